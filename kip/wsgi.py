"""The web process: `gunicorn kip.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kip.settings")

application = get_wsgi_application()

from kip.accounts.demo import refuse_demo_sign_ins  # noqa: E402  (needs the app registry)

refuse_demo_sign_ins()
