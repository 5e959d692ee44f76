"""What companies are sorted by: the lists of sectors and of sites, kept by the secretary."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from members.models import Sector, Site

FIELDS = ("name_fi", "name_sv", "name_en", "order")


@act(gettext_noop("%(who)s added an entry to the list."))
def add_label(
    *, to: type[Sector] | type[Site], facts: Mapping[str, Any], by: User, at: datetime
) -> Sector | Site:
    """One more sector or site to choose from; `facts` by field name."""
    require("members.keep_register", by, at=at)
    return to.objects.create(**_known(facts))


@act(gettext_noop("%(who)s changed an entry of the list."))
def change_label(
    *, label: Sector | Site, facts: Mapping[str, Any], by: User, at: datetime
) -> Sector | Site:
    """Another name or place in the list, for all companies that have it."""
    require("members.keep_register", by, at=at)
    row = type(label).objects.select_for_update().get(pk=label.pk)
    for name, value in _known(facts).items():
        setattr(row, name, value)
    row.save()
    return row


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := facts.keys() - set(FIELDS):
        raise ValueError(f"not fields of a label: {', '.join(sorted(unknown))}")
    return dict(facts)
