"""`make messages` and the check that the translations are complete, fresh and compiled."""

import contextlib
import shutil
import subprocess
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings

from kip.local.folder import CHECKOUT

# English is the source and needs no catalogue.
LANGUAGES = ["fi", "sv"]
NOT_OURS = [".venv", ".local", ".git", "tests", "static", "requirements*.txt", "__pycache__"]


class Command(BaseCommand):
    help = "Check the Finnish and Swedish catalogues; --write collects the texts and compiles."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="change the catalogues")

    def handle(self, *args: Any, **options: Any) -> None:
        locale = Path(settings.LOCALE_PATHS[0])
        if options["write"]:
            _collect(CHECKOUT)
            call_command("compilemessages", locale=LANGUAGES, ignore_patterns=NOT_OURS)
            return
        with tempfile.TemporaryDirectory() as folder:
            # A copy, because collecting writes beside the sources.
            copy = Path(folder) / "kip"
            shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(*NOT_OURS))
            collected = copy / locale.relative_to(CHECKOUT)
            with override_settings(LOCALE_PATHS=[collected]):
                _collect(copy)
            complaints = [
                complaint
                for language in LANGUAGES
                for complaint in _complaints(
                    language, _po(locale, language), _po(collected, language)
                )
            ]
        if complaints:
            raise CommandError("\n".join([*complaints, "`make messages` collects and compiles."]))
        self.stdout.write(f"The catalogues {', '.join(LANGUAGES)} are complete and compiled.")


def _po(locale: Path, language: str) -> Path:
    return locale / language / "LC_MESSAGES" / "django.po"


def _collect(root: Path) -> None:
    for language in LANGUAGES:
        _po(root / "kip" / "locale", language).parent.mkdir(parents=True, exist_ok=True)
    # makemessages knows no other root than the current folder.
    with contextlib.chdir(root):
        call_command(
            "makemessages",
            locale=LANGUAGES,
            extensions=["html", "txt", "py"],
            ignore_patterns=NOT_OURS,
            no_location=True,
            no_obsolete=True,
            verbosity=0,
        )


def _complaints(language: str, committed: Path, collected: Path) -> list[str]:
    import polib  # for development only

    if not committed.exists():
        return [f"{language}: there is no catalogue {committed}."]
    ours, fresh = polib.pofile(str(committed)), polib.pofile(str(collected))
    compiled = committed.with_suffix(".mo")
    texts, fresh_texts = _texts(ours), _texts(fresh)
    by_kind = {
        "not translated": [entry.msgid for entry in ours.untranslated_entries()],
        "fuzzy": [entry.msgid for entry in ours.fuzzy_entries()],
        "not in the catalogue": [text for _, text in fresh_texts.keys() - texts.keys()],
        "no longer used": [text for _, text in texts.keys() - fresh_texts.keys()],
    }
    complaints = [
        f"{language}: {kind}: {text!r}" for kind, found in by_kind.items() for text in sorted(found)
    ]
    if not compiled.exists() or _texts(polib.mofile(str(compiled))) != {
        key: translation for key, translation in texts.items() if any(translation)
    }:
        complaints.append(f"{language}: {compiled} is not what the catalogue compiles to.")
    # Placeholders: %(who)s must be in the translation as well.
    formats = subprocess.run(
        ["msgfmt", "--check-format", "--output-file=/dev/null", committed],
        capture_output=True,
        text=True,
    )
    if formats.returncode != 0:
        complaints.append(f"{language}: {formats.stderr.strip()}")
    return complaints


def _texts(catalogue: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    """(context, source) to the translation, or to those of the singular and the plurals."""
    return {
        (entry.msgctxt or "", entry.msgid): tuple(entry.msgstr_plural.values()) or (entry.msgstr,)
        for entry in catalogue
        if not entry.obsolete
    }
