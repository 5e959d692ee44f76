"""Letters about what somebody asked about their data."""

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kip.mail.services import post
from kip.mail.wording import Case, Field, Letter
from kip.privacy.models import DataRequest

WHY = _("You get this because the association has been asked about your personal data.")


def received(request: DataRequest, *, at: datetime) -> None:
    """That it came, and by when it is answered."""
    _write("received", request, at)


def answered(request: DataRequest, *, at: datetime) -> None:
    """What was done, or why not; and to whom one can complain."""
    _write("answered", request, at)


def _write(name: str, request: DataRequest, at: datetime) -> None:
    post(
        key=f"datarequest-{name}:{request.pk}",
        to=request.person,
        template=f"privacy/mail/{name}",
        context={"request": request, "at": at},
        why=WHY,
        at=at,
        link=reverse("my_data"),
        link_text=_("See your data"),
    )


# --- What the secretary may say in other words ----------------------------------------------------

FIELDS: Mapping[str, Field] = {
    "request.answer": Field(_("the secretary’s answer")),
    "request.due": Field(_("the day by which to answer")),
    "request.get_kind_display": Field(_("what is asked for"), needed=True),
    "request.get_status_display": Field(_("what became of it"), needed=True),
}
CASES: Mapping[str, Case] = {"request.answer": Case(_("the secretary wrote something"))}
_WHO_ASKED = _("the person who asked")
LETTERS = [
    Letter(f"privacy/mail/{name}", when, _WHO_ASKED, _("Personal data"), FIELDS, CASES)
    for name, when in (
        ("received", _("somebody asks about their data")),
        ("answered", _("a request about personal data is answered")),
    )
]
