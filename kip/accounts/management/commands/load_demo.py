"""Demo data, once: into the private database of `make run`, or where somebody insists."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.transaction import atomic
from django.utils import timezone

from kip.accounts import demo


class Command(BaseCommand):
    help = "Load invented people, companies and applications, unless they are there already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--yes-with-known-password",
            action="store_true",
            help="load it although this is not the private database of `make run`",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_ALLOWED and not options["yes_with_known_password"]:
            raise CommandError(
                "This is not the private demo database. Demo people share a known password, and "
                "KIP refuses to start while they can sign in. If you mean it: "
                "load_demo --yes-with-known-password"
            )
        if not settings.DEMO_PASSWORD:
            raise CommandError("Set DEMO_PASSWORD: the password that all demo people share.")
        with atomic():
            loaded = demo.load(password=settings.DEMO_PASSWORD, at=timezone.now())
        if not loaded:
            self.stdout.write("The demo data is there already.")
            return
        if not options["verbosity"]:
            return
        self.stdout.write("The demo data is loaded. Sign in as one of these:")
        for person in demo.demo_sign_ins():
            self.stdout.write(f"  {person.email}  ({person.get_full_name()})")
