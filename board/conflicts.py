"""Grounds for suspecting a conflict of interest (§ 37). Pure: a suggestion; the member decides."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Ground(StrEnum):
    OWN_COMPANY = "own_company"
    SAME_PARENT = "same_parent"
    AMONG_ITS_PEOPLE = "among_its_people"


@dataclass(frozen=True)
class CompanyIdentity:
    """What tells companies apart, and whose they are."""

    name: str
    business_id: str = ""
    parent: str = ""


@dataclass(frozen=True)
class PersonIdentity:
    name: str
    email: str = ""


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()


def _is(one: CompanyIdentity, other: CompanyIdentity) -> bool:
    return _same(one.business_id, other.business_id) or _same(one.name, other.name)


def _one_owns_the_other(one: CompanyIdentity, other: CompanyIdentity) -> bool:
    return (
        _same(one.parent, other.parent)
        or _same(one.parent, other.name)
        or _same(one.name, other.parent)
    )


def grounds(
    person: PersonIdentity,
    companies: Collection[CompanyIdentity],
    applicant: CompanyIdentity,
    applicants_people: Collection[PersonIdentity],
) -> list[Ground]:
    """Why `person`, who stands for `companies`, may be disqualified in the applicant's matter."""
    found = []
    if any(_is(company, applicant) for company in companies):
        found.append(Ground.OWN_COMPANY)
    elif any(_one_owns_the_other(company, applicant) for company in companies):
        found.append(Ground.SAME_PARENT)
    if any(_same(person.email, p.email) or _same(person.name, p.name) for p in applicants_people):
        found.append(Ground.AMONG_ITS_PEOPLE)
    return found
