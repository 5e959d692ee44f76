"""Letters about what somebody asked about their data."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kip.mail.services import post
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
