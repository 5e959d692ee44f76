"""What the floor of the association puts into a handover bundle: all apps below this one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _
from pghistory.models import Context

from kip.accounts.models import Invitation, User
from kip.bylaws.models import Bylaws
from kip.documents.models import Document
from kip.keeping.services import Paper, Part, table_of, tables_of
from kip.keeping.services.bundling import path_of, withheld
from kip.mail.models import OutboxMail
from kip.mail.placeholders import mask
from kip.mail.rendering import ASSOCIATION

FRAME = {
    "sessions.Session": "who is signed in: a secret",
    "accounts.CacheRow": "counts limits, for minutes",
    "account.EmailConfirmation": "codes on their way: secrets",
    "mfa.Authenticator": "second factors: secrets",
    "auth.Permission": "names of Django's",
    "auth.Group_permissions": "names of Django's",
    "accounts.User_user_permissions": "not used",
    "contenttypes.ContentType": "names of Django's",
}


def people(*, by: Any, at: datetime) -> Part:
    return Part(
        "people",
        _("People and sign-in"),
        [
            table_of(User, without={"password": "a secret"}),
            table_of(Invitation, without={"nonce": "opens the invitation: a secret"}),
            table_of(EmailAddress),
            *tables_of(
                "accounts",
                apps.get_models(include_auto_created=True),
                {"accounts.User", "accounts.Invitation", *FRAME},
            ),
            *(table_of(model) for model in (apps.get_model("auth", "Group"),)),
        ],
        left_out=FRAME,
    )


def letters(*, by: Any, at: datetime) -> Part:
    secret = {"personal": "sealed codes and links", "html": "the same words as the text"}
    not_yet = withheld(OutboxMail._meta.label)

    def masked(name: str) -> Callable[[OutboxMail], str]:
        return lambda row: "" if row.pk in not_yet else mask(getattr(row, name))

    return Part(
        "letters",
        _("letters"),
        [
            table_of(
                OutboxMail,
                without=secret,
                change={name: masked(name) for name in ("subject", "text", "link")},
            ),
            *tables_of(
                "mail", apps.get_models(include_auto_created=True), {OutboxMail._meta.label}
            ),
            *tables_of("mailings", apps.get_models(include_auto_created=True)),
        ],
    )


def history(*, by: Any, at: datetime) -> Part:
    return Part(
        "history",
        _("Who did what, and when"),
        [
            table_of(Context, title=_("acts of the association")),
            table_of(LogEntry),
            *tables_of("audit", apps.get_models(include_auto_created=True)),
        ],
    )


def bylaws(*, by: Any, at: datetime) -> Part:
    return Part(
        "bylaws",
        _("Bylaws"),
        tables_of("bylaws", apps.get_models(include_auto_created=True)),
        [Paper("bylaws", _("Bylaws"), "keeping/book.typ", _bylaws_as_data)],
    )


def _bylaws_as_data() -> dict[str, Any]:
    return {
        "title": str(_("Bylaws")),
        "association": str(ASSOCIATION),
        "page": str(_("Page {page} of {pages}")),
        "sections": [
            {
                "title": f"{version._meta.verbose_name} {version.version}: {version.valid_from}",
                "facts": [[str(_("adopted")), version.adopted]],
                "paragraphs": [
                    text
                    for text in (
                        *(version.purpose_fi, version.admission_fi, version.text_fi),
                        *(version.purpose_sv, version.admission_sv, version.text_sv),
                        *(version.purpose_en, version.admission_en, version.text_en),
                    )
                    if text
                ],
            }
            for version in Bylaws.objects.order_by("version")
        ],
    }


def documents(*, by: Any, at: datetime) -> Part:
    not_yet = withheld(Document._meta.label)

    def unless_withheld(what: Callable[[Document], str]) -> Callable[[Document], str]:
        return lambda row: "" if row.pk in not_yet else what(row)

    return Part(
        "documents",
        _("Documents"),
        [
            table_of(
                Document,
                change={
                    "file": unless_withheld(path_of),
                    "name": unless_withheld(lambda row: row.name),
                },
            ),
            *tables_of(
                "documents", apps.get_models(include_auto_created=True), {Document._meta.label}
            ),
        ],
    )


def privacy(*, by: Any, at: datetime) -> Part:
    return Part(
        "privacy",
        _("Personal data"),
        tables_of("privacy", apps.get_models(include_auto_created=True)),
    )


def keeping(*, by: Any, at: datetime) -> Part:
    return Part(
        "keeping",
        _("Safe keeping"),
        tables_of("keeping", apps.get_models(include_auto_created=True)),
    )


PARTS = [people, letters, history, bylaws, documents, privacy, keeping]
