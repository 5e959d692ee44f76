"""The worker of `make dev`: started anew when a file changes, as runserver is."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import autoreload


class Command(BaseCommand):
    help = "Run a Celery worker that restarts when a source file changes (development only)."

    def handle(self, *args: Any, **options: Any) -> None:
        autoreload.run_with_reloader(_work)


def _work() -> None:
    from kip.celery import app

    # One thread and no pool: the reloader ends the process without asking.
    app.worker_main(["--quiet", "worker", "--pool", "solo", "--loglevel", "info"])
