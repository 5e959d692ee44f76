"""Everything between an empty or older database and a program that can be served."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from kip.accounts.models import User


class Command(BaseCommand):
    help = "Migrate, collect static files if they changed, load the demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo data as well")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Migrating …")
        call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()
        # Not beside people who were restored from a backup.
        if options["demo"] and not User.objects.exists():
            self.stdout.write("Loading the demo data …")
            call_command("load_demo", verbosity=0)  # the launcher names the sign-ins

    def _collect_static(self) -> None:
        if settings.DEBUG:
            return  # runserver serves them from where they are
        stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
        fingerprint = _fingerprint()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        self.stdout.write("Collecting static files …")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(fingerprint)


def _fingerprint() -> str:
    """Changes when a static file of ours or of a package appears, changes or goes."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{file.st_size}\0{file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
