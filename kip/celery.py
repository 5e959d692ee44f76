"""The Celery application: who runs what, and when, outside a request.

Tasks are thin and enqueued by name. Everything periodic asks "what is due by now?" with `<=`,
so a run that was missed is made good by the next one.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kip.settings")

app = Celery("kip")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "sweep-mail": {"task": "kip.mail.tasks.sweep", "schedule": 60.0},
    "purge-unverified": {"task": "kip.accounts.tasks.purge_unverified", "schedule": 3600.0},
    "sweep-mailings": {"task": "kip.mailings.tasks.sweep", "schedule": 60.0},
    "read-texts": {"task": "kip.documents.tasks.read_texts", "schedule": 60.0},
    "sweep-documents": {"task": "kip.documents.tasks.sweep", "schedule": 6 * 3600.0},
    "remind-applicants": {"task": "members.tasks.remind", "schedule": 600.0},
    "remind-of-check": {"task": "members.tasks.remind_of_check", "schedule": 600.0},
    "sweep-imports": {"task": "members.tasks.sweep_imports", "schedule": 60.0},
    "send-invoices": {"task": "members.tasks.send_invoices", "schedule": 60.0},
    "look-for-doubles": {
        "task": "members.tasks.look_for_doubles",
        "schedule": crontab(hour=3, minute=20),
    },
    "sweep-handovers": {"task": "kip.keeping.tasks.sweep_handovers", "schedule": 60.0},
    "carry-out-erasures": {"task": "kip.privacy.tasks.carry_out_due", "schedule": 3600.0},
    "remind-board": {"task": "board.tasks.remind", "schedule": 300.0},
}
