"""What the members' part puts into a handover bundle: all its tables, and the register to read."""

from datetime import datetime
from functools import partial
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.keeping.services import Paper, Part, table_of, tables_of
from members.models import ImportRun
from members.presentation.register import register_as_data

# The same tables as MemberSector and MemberSite.
TWICE = {"members.Member_sectors": "members_member_sectors is in membersector",
         "members.Member_sites": "members_member_sites is in membersite"}  # fmt: skip


def part(*, by: Any, at: datetime) -> Part:
    taken_by: Any = by or "KIP"
    whole = partial(register_as_data, timezone.localdate(at), by=taken_by, at=at)
    return Part(
        "members",
        _("Members"),
        [
            table_of(ImportRun, without={"content": "a file on its way, forgotten afterwards"}),
            *tables_of(
                "members",
                apps.get_models(include_auto_created=True),
                {ImportRun._meta.label, *TWICE},
            ),
        ],
        [Paper("register", _("Register of members"), "members/register.typ", whole)],
        left_out=TWICE,
    )
