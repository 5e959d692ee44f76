"""Looking for companies and people that are likely on record twice. What is found is shown."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_noop

from kip.accounts.models import User
from kip.audit.acts import act
from members import likeness
from members.likeness import Likeness, Record
from members.models import CompanyPair, FormerFacts, Member, PersonPair, Representative
from members.services.merging import AnyPair
from members.states import PairStatus


@act(gettext_noop("%(who)s looked for records that are likely the same."))
def look_for_doubles(*, by: User | None, at: datetime) -> int:
    """Put every likely pair on record, and forget those that look alike no more.

    What the secretary has settled stays as it is. Returns how many pairs are likely.
    """
    companies = _record(CompanyPair, likeness.same_company(_companies()), at=at)
    people = _record(PersonPair, likeness.same_person(_people()), at=at)
    return companies + people


def _record(kind: type[AnyPair], pairs: dict[likeness.Pair, set[Likeness]], *, at: datetime) -> int:
    gone, known = [], []
    # Not one that is being merged just now: it is likely no more.
    for pair in kind.objects.select_for_update(of=["self"], skip_locked=True).filter(
        status=PairStatus.LIKELY
    ):
        found = pairs.get((pair.first_id, pair.second_id), set())
        named = {Likeness.NAMED} & set(pair.likenesses)
        if not found | named:
            gone.append(pair.pk)
        elif sorted(found | named) != pair.likenesses:
            pair.likenesses = sorted(found | named)
            known.append(pair)
    kind.objects.filter(pk__in=gone).delete()
    kind.objects.bulk_update(known, ["likenesses"], batch_size=1000)
    kind.objects.bulk_create(
        (
            kind(first_id=first, second_id=second, likenesses=sorted(likenesses), found_at=at)
            for (first, second), likenesses in pairs.items()
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return kind.objects.filter(status=PairStatus.LIKELY).count()


def _companies() -> Iterator[Record]:
    names: defaultdict[int, list[str]] = defaultdict(list)
    for key, name in FormerFacts.objects.values_list("member", "name"):
        names[key].append(name)
    rows = Member.objects.apart_from_doubles().values_list(
        "pk", "name", "website", "einvoice_address"
    )
    for key, name, website, einvoice in rows:
        marks = {
            Likeness.SAME_WEBSITE: _given(likeness.website(website)),
            Likeness.SAME_EINVOICE: _given(einvoice),
        }
        called = {likeness.company_name(each) for each in (name, *names[key])}
        yield Record(key, called - {""}, marks)


def _people() -> Iterator[Record]:
    companies: defaultdict[int, set[str]] = defaultdict(set)
    for person, member in Representative.objects.exclude(person=None).values_list(
        "person", "member"
    ):
        companies[person].add(str(member))
    known = User.objects.apart_from_doubles().filter(~Q(given_name="") | ~Q(family_name=""))
    for key, given_name, family_name, phone in known.values_list(
        "pk", "given_name", "family_name", "phone"
    ):
        marks = {
            Likeness.SAME_PHONE: _given(likeness.phone(phone)),
            Likeness.SAME_COMPANY: companies[key],
        }
        yield Record(key, _given(likeness.person_name(f"{given_name} {family_name}")), marks)


def _given(text: str) -> set[str]:
    return {text} - {""}
