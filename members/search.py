"""Finding companies and people, as far as the reader may know them."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from kip import finding
from kip.access import allowed
from kip.accounts.models import User
from kip.finding import Found
from kip.ordering import Finnish
from members.models import FormerFacts, Member, MemberQuerySet, Representative, Site
from members.models.labels import NAMES


class Reach(NamedTuple):
    """Which companies and people somebody may find, and in which companies' roles."""

    companies: MemberQuerySet
    people: QuerySet[User]
    own: MemberQuerySet
    is_whole: bool = False  # the secretary's


def reach_of(person: User, *, at: datetime) -> Reach:
    """The secretary finds all; a company's people find each other; everybody finds the members."""
    if allowed("members.keep_register", person, at=at):
        everything = Member.objects.apart_from_doubles()
        people = User.objects.apart_from_doubles()
        return Reach(everything, people, everything, is_whole=True)
    today = timezone.localdate(at)
    members = Member.objects.in_force(today)
    own = members.represented_by(person, today)
    colleagues = Representative.objects.in_force(today).filter(member__in=own).values("person")
    return Reach(members, User.objects.filter(pk__in=colleagues), own)


def companies(text: str, among: MemberQuerySet, people: QuerySet[User] | None = None) -> Found:
    """Those that every word fits: in a name of any time, business ID, domicile or site.

    `people` are those by whom a company may be found as well.
    """
    known_by = [_known_by(finding.exactly(word), people, word) for word in finding.words_of(text)]
    found = reduce(lambda rows, keys: rows.filter(pk__in=_union(keys)), known_by, among)
    if exact := finding.exactly_these(among, found, lambda: _one_by_one(among, known_by)):
        return exact
    letters = finding.letters_of(text)
    like_it = among if letters else among.none()
    for word in letters:
        like_it = like_it.filter(pk__in=_union(_known_by(finding.nearly(word))))
    with finding.by_likeness():
        keys = list(like_it.order_by().values_list("pk", flat=True))
    return finding.resembling(
        among,
        finding.weighed(Member.objects.filter(pk__in=keys), text),
        finding.weighed(FormerFacts.objects.filter(member__in=keys), text, "member"),
    )


def best_first(found: Found, text: str) -> QuerySet[Member]:
    """Whose name begins with what was typed, then the others, by name; when many, all by name."""
    if not found.is_exact:
        return found.rows
    best = [Case(When(finding.begins(text), then=0), default=1)] if found.number is not None else []
    return found.rows.order_by(*best, Finnish("name"), "pk")


def former_names(text: str, members: Iterable[Member]) -> dict[int, list[str]]:
    """By member, what it was called when it was called what was typed."""
    conditions = chain.from_iterable(map(finding.exactly, finding.words_of(text)))
    rows = FormerFacts.objects.filter(reduce(or_, conditions, Q(pk=None)), member__in=members)
    names: dict[int, list[str]] = {}
    for row in rows:
        names.setdefault(row.member_id, []).append(row.name)
    return names


def _known_by(
    conditions: list[Q], people: QuerySet[User] | None = None, word: str = ""
) -> list[QuerySet[Any]]:
    """Members that go or went by a name like that; for a `word` also by their sites and people."""
    parts = [
        finding.any_of(Member.objects.all(), conditions),
        finding.any_of(FormerFacts.objects.all(), conditions, "member"),
    ]
    if word:
        sites = Site.objects.alias(found_by=finding.said(*NAMES)).filter(*conditions)
        parts.append(Member.sites.through.objects.filter(site__in=sites).values("member"))
    if people is not None:
        representatives = Representative.objects.order_by()
        called_so = representatives.filter(person__in=people.filter(*conditions))
        bare_address = representatives.exclude(address="").filter(address__icontains=word)
        parts += [called_so.values("member"), bare_address.values("member")]
    return parts


def _union(parts: list[QuerySet[Any]]) -> QuerySet[Any]:
    return parts[0].union(*parts[1:])


def _one_by_one(among: MemberQuerySet, known_by: list[list[QuerySet[Any]]]) -> MemberQuerySet:
    """What the unions find, said so that the database can go by name and stop after a page."""
    for parts in known_by:
        among = among.filter(reduce(or_, (Q(pk__in=keys) for keys in parts)))
    return among
