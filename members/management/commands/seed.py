"""Invented companies by the thousand, to try out or measure KIP with many of them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.demo.many import fill
from members.models import Member


class Command(BaseCommand):
    help = "Add invented member companies, with five people each, until there are so many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, default=10_000, help="how many in all")
        parser.add_argument(
            "--among-others", action="store_true", help="although there are real members"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_ALLOWED:
            raise CommandError("This is not a private demo database, and nothing takes them out.")
        real = Member.objects.exclude(name__endswith="(demo)").count()
        if real and not options["among_others"]:
            raise CommandError(
                f"There are {real} members here besides the demo's, and nothing takes the invented "
                "ones out again. If you mean it: seed --among-others"
            )
        added = fill(members=options["members"], by=None, at=timezone.now())
        self.stdout.write(f"{added} companies added; there are {Member.objects.count()}.")
