import contextlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kip.keeping import services

FOUND = 2


class Command(BaseCommand):
    help = (
        "Write everything that the association has into one ZIP that can be read without KIP. Exit"
        " status: 0 made, 1 not made, 2 made, but something was missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path)

    def handle(self, **options: Any) -> None:
        path: Path = options["out"]
        try:
            with path.open("xb") as out:
                path.chmod(0o600)
                written = services.write_bundle(out, by=None, at=timezone.now())
        except FileExistsError as error:
            raise CommandError(f"{path} is there already.") from error
        except OSError as error:
            with contextlib.suppress(OSError):
                path.unlink()
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self.stdout.write(f"{path}  manifest: SHA-256 {written.manifest}")
        if written.missing:
            raise CommandError("\n".join(written.missing), returncode=FOUND)
