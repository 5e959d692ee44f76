from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kip.exceptions import DomainError
from kip.keeping import archive, services

FOUND = 2


class Command(BaseCommand):
    help = (
        "Write the database and the documents into one encrypted archive, and restore that into a"
        " scratch database to see that it comes back. Exit status: 0 made (and verified, where the"
        " identity is known), 1 not made, 2 made, but something is wrong in it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, help="the folder; else BACKUP_DIR")
        parser.add_argument("--identity", type=Path, help="the secret key; else BACKUP_IDENTITY")
        parser.add_argument("--keep", type=int, metavar="DAYS", help="remove those older than this")
        parser.add_argument("--new-identity", type=Path, help="only make a pair of keys")

    def handle(self, **options: Any) -> None:
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep takes a number of days, at least 1.")
        try:
            if options["new_identity"]:
                public = archive.new_identity(options["new_identity"])
                self.stdout.write(f"Public key, for BACKUP_RECIPIENTS: {public}")
                return
            self._backup(**options)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _backup(self, **options: Any) -> None:
        folder = options["to"] or Path(settings.BACKUP_DIR)
        named = options["identity"] or settings.BACKUP_IDENTITY
        identity = Path(named) if named else None
        at = timezone.now()
        backup = services.make_backup(
            folder=folder, to=settings.BACKUP_RECIPIENTS, identity=identity, at=at
        )
        self.stdout.write(f"{folder / backup.name}  {backup.size} bytes")
        self.stdout.write(f"SHA-256 {backup.sha256}")
        if identity is None:
            self.stdout.write("Not verified: no identity is known here (BACKUP_IDENTITY).")
        elif not backup.problems:
            self.stdout.write("Verified: it was restored into a scratch database, and is the same.")
        if options["keep"] is not None:
            for name in services.remove_old(folder=folder, days=options["keep"], at=at):
                self.stdout.write(f"removed {name}")
        if identity is not None and identity.resolve().is_relative_to(settings.DATA_DIR.resolve()):
            self.stderr.write(
                f"The key that opens it is in {identity}, beside the data. Keep a copy of that file"
                " somewhere else: without it nobody can open the backup."
            )
        if backup.problems:
            raise CommandError("\n".join(backup.found), returncode=FOUND)
