"""Whom of the members a mailing can go to: companies by their people, representatives, people."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kip.accounts.models import User
from kip.mailings.audiences import Audience, Candidate, Facts, Field, joined
from members.models import Member, Representative, RepresentativeRole

EVERYBODY = "all"


def members() -> Audience:
    """The companies of a list: of each, who holds the chosen role today."""
    return Audience(
        key="members",
        model=Member,
        candidates=_of_companies,
        why=_why,
        reaches_most=lambda ids, part, at: _is_most(len(set(ids)), at),
        fields=FIELDS,
        parts=[
            *RepresentativeRole.choices,
            (EVERYBODY, gettext_lazy("everybody who stands for it")),
        ],
    )


def representatives() -> Audience:
    """The roles of a list, as far as they are held today."""
    return Audience(
        key="representatives",
        model=Representative,
        candidates=lambda ids, part, at: _candidates(
            Representative.objects.in_force_at(at).filter(pk__in=ids)
        ),
        why=_why,
        reaches_most=lambda ids, part, at: _is_most(
            Representative.objects.filter(pk__in=ids).values("member").distinct().count(), at
        ),
        fields=FIELDS,
    )


def people() -> Audience:
    """The people of a list."""
    return Audience(
        key="people",
        model=User,
        candidates=lambda ids, part, at: (
            Candidate({}, person) for person in _kept(User, ids).order_by("pk")
        ),
        why=lambda facts: _("somebody whom the association knows"),
        reaches_most=_most_people,
    )


FIELDS = {
    "company": Field(gettext_lazy("name of the company"), lambda facts: joined(facts, "company")),
    "member_number": Field(
        gettext_lazy("member number"), lambda facts: joined(facts, "member_number")
    ),
    "role": Field(
        pgettext_lazy("representative", "role"),
        lambda facts: ", ".join(dict.fromkeys(_role(each) for each in facts)),
    ),
}


def _of_companies(ids: Collection[int], part: str, at: datetime) -> Iterator[Candidate]:
    rows = Representative.objects.in_force_at(at).filter(member__in=_kept(Member, ids))
    return _candidates(rows if part == EVERYBODY else rows.filter(role=part))


def _kept(model: Any, ids: Collection[int]) -> QuerySet[Any]:
    """The rows with these ids; for one that was merged into another since, that other."""
    named = model.objects.filter(pk__in=ids)
    return model.objects.filter(pk__in=named.values(kept=Coalesce("double_of", "pk")))


def _candidates(rows: QuerySet[Representative]) -> Iterator[Candidate]:
    for row in rows.select_related("member", "person").order_by("member__number", "pk"):
        facts: Facts = {
            "company": row.member.name,
            "member_number": row.member.number,
            "role": row.role,
        }
        # Of a bare address only the company's language could be known, and it has none.
        yield Candidate(facts, row.person, row.address, language="")


def _role(facts: Facts) -> str:
    """In the language of the moment."""
    known = dict(RepresentativeRole.choices)
    return str(known.get(facts.get("role", ""), ""))


def _why(facts: Facts) -> str:
    return f"{_role(facts)}, {facts.get('company', '')}"


def _is_most(companies: int, at: datetime) -> bool:
    return companies * 2 > Member.objects.in_force(timezone.localdate(at)).count()


def _most_people(ids: Collection[int], part: str, at: datetime) -> bool:
    """More than half of those whom the association can write to, or of the member companies."""
    known = User.objects.apart_from_doubles().exclude(Q(email=None), postal_address="").count()
    companies = Representative.objects.in_force_at(at).filter(person__in=ids)
    return len(ids) * 2 > known or _is_most(companies.values("member").distinct().count(), at)
