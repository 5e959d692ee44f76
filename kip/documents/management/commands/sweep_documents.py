from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kip.documents.services import sweep


class Command(BaseCommand):
    help = "Remove stored files that belong to no document, and name documents without a file."

    def handle(self, **options: Any) -> None:
        swept = sweep(at=timezone.now())
        for name in swept.removed:
            self.stdout.write(f"removed {name}")
        for name in swept.lost:
            self.stderr.write(f"lost {name}")
        if swept.lost:
            raise CommandError(
                f"{len(swept.lost)} documents have lost their file: restore it from a backup."
            )
