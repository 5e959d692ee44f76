from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kip.exceptions import DomainError
from kip.keeping import services

FOUND = 2


class Command(BaseCommand):
    help = (
        "Restore an archive into a scratch database and compare. Exit status: 0 it comes back as it"
        " was, 1 it cannot be opened or restored, 2 something is wrong in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="the secret key; else BACKUP_IDENTITY")

    def handle(self, **options: Any) -> None:
        identity = options["identity"] or settings.BACKUP_IDENTITY
        if not identity:
            raise CommandError("Say which secret key opens it: --identity FILE")
        try:
            backup = services.verify_backup(
                path=options["file"], identity=Path(identity), at=timezone.now()
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        if backup.problems:
            raise CommandError("\n".join(backup.found), returncode=FOUND)
        self.stdout.write(f"Verified: {backup.name} comes back as it was.")
