"""The archive among a person's own pages."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kip.desk import Place
from kip.documents.services import archive


def places(*, user: Any, at: datetime) -> list[Place]:
    return [Place(_("Archive"), reverse("archive"))] if archive.open_to(user=user, at=at) else []
