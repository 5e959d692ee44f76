from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kip.exceptions import DomainError
from kip.keeping import services
from kip.keeping.models import Problem

FOUND = 2


class Command(BaseCommand):
    help = (
        "Restore an archive into the configured database and DATA_DIR/documents. Refuses to replace"
        " anything without --overwrite. Exit status: 0 restored, 1 nothing was changed, 2 restored,"
        " but something is wrong in it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="the secret key; else BACKUP_IDENTITY")
        parser.add_argument(
            "--overwrite",
            metavar="DATABASE",
            default="",
            help="replace what is there: the database’s name, typed in full",
        )
        parser.add_argument(
            "--made-elsewhere",
            action="store_true",
            help="restore also what was made under a SECRET_KEY that is not given here. Only for an"
            " archive of which you know otherwise who made it: what is in it acts as the"
            " database’s owner while it is restored, and says who may sign in afterwards.",
        )

    def handle(self, **options: Any) -> None:
        identity = options["identity"] or settings.BACKUP_IDENTITY
        if not identity:
            raise CommandError("Say which secret key opens it: --identity FILE")
        try:
            restored = services.restore_backup(
                path=options["file"],
                identity=Path(identity),
                overwrite=options["overwrite"],
                made_elsewhere=options["made_elsewhere"],
                at=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        manifest = restored.manifest
        self.stdout.write(f"Restored: the state of {manifest['made_at']}, of {manifest['site']}.")
        if restored.old_database:
            self.stdout.write(
                f"What was there is kept in the database {restored.old_database}: drop it when all"
                " is well."
            )
        if restored.old_folder:
            self.stdout.write(f"The old files are in {restored.old_folder}.")
        self.stdout.write("Set when it was made: " + ", ".join(manifest["settings"]))
        if not manifest["is_ours"]:
            self.stderr.write(
                "It was made under another SECRET_KEY: without that key in SECRET_KEY_FALLBACKS"
                " open invitations and authenticator apps are lost."
            )
        self.stdout.write("Now: manage.py migrate, and the grants of the README.")
        if restored.problems:
            texts = [str(Problem(code).label) % {"what": what} for code, what in restored.problems]
            raise CommandError("\n".join(texts), returncode=FOUND)
