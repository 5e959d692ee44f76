"""The floor of `tests/bench.py`: a bare Django page that lists 50 rows for a signed-in user.

What `startproject` gives, with a table of 10,000 rows in PostgreSQL, and nothing of KIP.

    python -m tests.floor       makes the tables and a user, and prints the user's session
    gunicorn tests.floor        serves it
"""

import os
from typing import Any

import django
import environ
from django.conf import settings

LIST = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rows</title></head><body>
<p>{{ user }}</p>
<table>
  {% for row in rows %}
    <tr><th>{{ row.pk }}</th><td>{{ row.name }}</td><td>{{ row.town }}</td><td>{{ row.since }}</td>
  {% endfor %}
</table></body></html>"""

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": environ.Env().db("DATABASE_URL") | {"CONN_MAX_AGE": 60}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        }
    ],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

ROWS = 10_000
PAGE = engines["django"].from_string(LIST)


class Row(models.Model):
    name = models.CharField(max_length=200)
    town = models.CharField(max_length=100)
    since = models.DateField()

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.name


@login_required
def rows(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.render({"rows": Row.objects.order_by("pk")[:50]}, request))


urlpatterns = [path("", rows)]
application = get_wsgi_application()


def prepare() -> Any:
    """The tables, the rows and a user; the key of the user's session."""
    from datetime import date

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Row)
    Row.objects.bulk_create(
        Row(name=f"Row {n} of a table", town="Kokkola", since=date(2006, 5, 22))
        for n in range(ROWS)
    )
    client = Client()
    client.force_login(User.objects.create_user("floor"))
    return client.cookies["sessionid"].value


if __name__ == "__main__":
    print(prepare())  # noqa: T201
