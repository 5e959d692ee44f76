"""The rows of a confirmed import written into the register. Parts of its act."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.exceptions import DomainError
from members.columns import LABELS, Person
from members.models import (
    REGISTERED_FIELDS,
    ImportRun,
    Member,
    MembershipPeriod,
    Representative,
)
from members.registration import (
    einvoice_address,
    registration_key,
)
from members.services.import_rows import Plan
from members.services.locks import locked_member
from members.services.own_facts import keep_own_facts
from members.services.people import PURPOSE
from members.services.register import change_registered
from members.services.representatives import Who, appoint


class Writer:
    """Writes the rows of one import, inside its act."""

    def __init__(self, run: ImportRun, by: User, at: datetime) -> None:
        self.run, self.by, self.at = run, by, at
        self.people: dict[str, User] = {}

    def admit(self, rows: list[Plan], say: Callable[[int], None]) -> None:
        """New members, in bulk: nothing of theirs can collide with what is there."""
        last = Member.objects.aggregate(last=Max("number"))["last"] or 0
        made: list[tuple[Plan, Member]] = []
        for number, row in enumerate(rows, start=last + 1):
            assert row.since is not None
            facts = {name: fact for name, fact in row.facts.items() if name not in LABELS}
            if facts.get("einvoice_address"):
                facts["einvoice_address"] = einvoice_address(facts["einvoice_address"])
            member = Member(number=number, registered_since=row.since, **facts)
            member.registration_key = registration_key(
                member.country, member.register, member.business_id
            )
            made.append((row, member))
        Member.objects.bulk_create([member for _row, member in made], batch_size=500)
        MembershipPeriod.objects.bulk_create(
            [
                MembershipPeriod(member=member, since=member.registered_since, recorded_at=self.at)
                for _row, member in made
            ],
            batch_size=500,
        )
        for name in LABELS:
            through = getattr(Member, name).through
            to = f"{name.removesuffix('s')}_id"
            through.objects.bulk_create(
                [
                    through(member_id=member.pk, **{to: label})
                    for row, member in made
                    for label in row.facts.get(name, [])
                ],
                batch_size=2000,
            )
        roles = []
        for row, member in made:
            for role, person in self._people_of(row):
                roles.append(
                    Representative(
                        member=member,
                        person=person,
                        role=role,
                        since=self._begins(row),
                        recorded_at=self.at,
                    )
                )
            say(row.line)
        Representative.objects.bulk_create(roles, batch_size=500)
        if self.run.tells:
            self._invite(roles, say)

    def _people_of(self, row: Plan) -> Iterator[tuple[str, User]]:
        nameless: dict[Person, User] = {}
        for role, person in row.people.items():
            cache: dict[Any, User] = self.people if person.email else nameless
            key = person.email or person
            if key not in cache:
                cache[key] = accounts.ensure_person(
                    email=person.email,
                    given_name=person.given_name,
                    family_name=person.family_name,
                    language=person.language,
                    by=self.by,
                    at=self.at,
                )
            yield role, cache[key]

    def _begins(self, row: Plan) -> date:
        period = row.entry.period(timezone.localdate(self.at)) if row.entry else None
        since = row.since or (period.since if period else self.run.effective_on)
        return max(self.run.effective_on, since)

    def _invite(self, roles: list[Representative], say: Callable[[int], None]) -> None:
        told: set[tuple[int | None, int]] = set()
        for role in roles:
            person = role.person
            if person is None or not (person.email and person.is_active):
                continue
            if (person.pk, role.member_id) not in told:
                told.add((person.pk, role.member_id))
                accounts.invite(
                    person=person,
                    purpose=PURPOSE,
                    about=role.member.name,
                    by=self.by,
                    at=self.at,
                )

    def change(self, row: Plan) -> None:
        """One company that is known, by the services that change it by hand."""
        assert row.entry is not None
        try:
            self._change(row, row.entry.member.pk)
        except DomainError as error:
            raise DomainError(
                _("Row %(line)d: %(problem)s") % {"line": row.line, "problem": error}
            ) from error

    def _change(self, row: Plan, pk: int) -> None:
        member = locked_member(pk)
        registered = {name: row.facts[name] for name in REGISTERED_FIELDS if name in row.facts}
        if registered:
            change_registered(member, registered, since=self.run.effective_on, at=self.at)
            member.save(update_fields=[*registered, "registered_since"])
        own = {name: fact for name, fact in row.facts.items() if name not in registered}
        if own:
            keep_own_facts(member_id=pk, facts=own, by=self.by, at=self.at)
        if row.since is not None:
            MembershipPeriod.objects.create(member=member, since=row.since, recorded_at=self.at)
        for role, person in row.people.items():
            appoint(
                member,
                role,
                Who(
                    email=person.email,
                    given_name=person.given_name,
                    family_name=person.family_name,
                    language=person.language,
                ),
                since=self._begins(row),
                tell=self.run.tells,
                by=self.by,
                at=self.at,
            )
