"""Who a company is and what is known of it: its facts in order, what is left out, what changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from members.completeness import Task
from members.models import REGISTERED_FIELDS, Company, FormerFacts, Member, ProposedChange
from members.services.changes import Move
from members.states import ChangeStatus

Fact = tuple[str, str]

# What a company keeps of itself, page by page; the register's part is changed by proposal.
REGISTER = "register"
PART_TITLES: dict[str, Promise] = {
    REGISTER: gettext_lazy("In the register"),
    "address": gettext_lazy("Address and website"),
    "park": gettext_lazy("In the Park"),
    "about": gettext_lazy("About the company"),
    "safety": gettext_lazy("People and safety"),
    "invoicing": gettext_lazy("E-invoices"),
}
SEEN_BY_THE_ASSOCIATION = {"safety", "invoicing"}


def country_name(code: str) -> str:
    return str(Locale(get_language() or "en").territories.get(code, code))


def label_of(company: type[Company] | Company, name: str) -> str:
    return capfirst(str(company._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def facts_of(company: Company, *names: str) -> list[Fact]:
    return [(label_of(company, name), _in_words(company, name)) for name in names]


def _in_words(company: Company, name: str) -> str:
    in_words = getattr(company, f"get_{name}_display", None)
    value = in_words() if in_words is not None else getattr(company, name)
    if hasattr(value, "all"):
        return ", ".join(str(label) for label in value.all())
    return "" if value is None else str(value)


def register_facts(company: Company) -> list[Fact]:
    register = ["register"] if company.country != "FI" else []
    return [
        *facts_of(company, "name"),
        (_("Country of registration"), country_name(company.country)),
        *facts_of(company, "business_id", *register, "legal_form", "domicile"),
    ]


def address_facts(company: Company) -> list[Fact]:
    return [
        (_("Postal address"), company.postal_address),
        *facts_of(company, "website", "parent_company"),
    ]


def company_facts(company: Company) -> list[Fact]:
    """Who a company is: its name, registration, address and group."""
    return [*register_facts(company), *address_facts(company)]


def activity_facts(company: Company) -> list[Fact]:
    return facts_of(company, "activities", "location", "active_from")


# --- A member company -------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """What is kept of a member on one page, whether everybody sees it, and where it is changed."""

    key: str
    title: str
    facts: list[Fact]
    is_public: bool
    url: str


def parts_of(member: Member) -> list[Part]:
    """Everything that a member keeps of itself. Reads its prefetched sectors and sites."""
    facts = {
        REGISTER: register_facts(member),
        "address": address_facts(member),
        "park": [*activity_facts(member), *facts_of(member, "sectors", "sites", "certificates")],
        "about": facts_of(member, "about_fi", "about_sv", "about_en"),
        "safety": facts_of(member, "headcount", "chemicals", "seveso"),
        "invoicing": facts_of(member, "einvoice_address", "einvoice_operator"),
    }
    return [
        Part(key, str(title), facts[key], key not in SEEN_BY_THE_ASSOCIATION, _part(member, key))
        for key, title in PART_TITLES.items()
    ]


def _part(member: Member, key: str) -> str:
    if key == REGISTER:
        return reverse("propose_change", args=[member.number])
    return reverse("own_facts", args=[member.number, key])


def public_facts(member: Member) -> list[Fact]:
    """What everybody may know, of what there is. Nothing of persons."""
    at_home = member.country == "FI"
    facts = [
        *facts_of(member, "business_id"),
        *([] if at_home else [(_("Country of registration"), country_name(member.country))]),
        *([] if at_home else facts_of(member, "register")),
        *facts_of(member, "legal_form", "domicile"),
        (_("Postal address"), member.postal_address),
        *facts_of(member, "parent_company"),
        *facts_of(member, "location", "active_from", "sites", "certificates"),
    ]
    return [(label, fact) for label, fact in facts if fact]


TASKS: dict[str, tuple[Promise, Promise, str]] = {
    "about": (
        gettext_lazy("Write about the company"),
        gettext_lazy("A few sentences for its page in the directory, best in three languages."),
        "about",
    ),
    "labels": (
        gettext_lazy("Say in which sector you are, and on which site"),
        gettext_lazy("By these the company is found in the directory."),
        "park",
    ),
    "headcount": (
        gettext_lazy("Say how many people work in the Park"),
        gettext_lazy("The association counts; the number of one company is not published."),
        "safety",
    ),
    "seveso": (
        gettext_lazy("Say which hazardous chemicals there are, and the Seveso tier"),
        gettext_lazy("For cooperation in safety. Choose “not an establishment” if so."),
        "safety",
    ),
    "invoices": (
        gettext_lazy("Say where invoices go"),
        gettext_lazy("An e-invoice address, or somebody for billing among your people."),
        "invoicing",
    ),
    "voting": (
        gettext_lazy("Name who votes for the company"),
        gettext_lazy("Without a voting representative nobody votes for it at general meetings."),
        "people",
    ),
    "safety_contact": (
        gettext_lazy("Name a safety contact"),
        gettext_lazy("Whom the association and the neighbours ask about safety."),
        "people",
    ),
    "logo": (
        gettext_lazy("Add your logo"),
        gettext_lazy("For the directory."),
        "logo",
    ),
}


def task_list(member: Member, tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """What is left out, for `components/task_list.html`; what is done is not listed."""
    pages = {
        "people": reverse("company_people", args=[member.number]),
        "logo": reverse("own_logo", args=[member.number]),
    }
    found = []
    for task in tasks:
        if task.is_done:
            continue
        title, hint, page = TASKS[task.key]
        found.append(
            {
                "title": title,
                "hint": hint,
                "url": pages.get(page) or reverse("own_facts", args=[member.number, page]),
                "status": _("to do") if task.is_needed else _("optional"),
                "tone": "due" if task.is_needed else "neutral",
            }
        )
    return found


# --- A proposed change ------------------------------------------------------------------------


CHANGE_TONES = {
    ChangeStatus.PROPOSED: "due",
    ChangeStatus.CONFIRMED: "good",
    ChangeStatus.DECLINED: "wrong",
    ChangeStatus.WITHDRAWN: "neutral",
}


def before_and_after(change: ProposedChange) -> list[tuple[str, str, str]]:
    """Each fact that changes: its name, what the register said until then, what it is to say."""
    before: Member | FormerFacts = change.member
    if change.status == ChangeStatus.CONFIRMED:
        kept = FormerFacts.objects.filter(member=change.member, until=change.effective_on)
        before = kept.first() or change.member
    return [
        (label_of(Member, name), _registered(name, getattr(before, name)), _registered(name, fact))
        for name in REGISTERED_FIELDS
        if (fact := change.facts.get(name)) is not None
    ]


def _registered(name: str, fact: str) -> str:
    return country_name(fact) if name == "country" and fact else fact


def where_people_go(moves: Iterable[Move], into: Member) -> list[str]:
    """A sentence for each role, for the secretary who confirms a merger."""
    sentences = []
    for move in moves:
        words = {"role": str(move.role), "company": into, "other": move.taken_by}
        if move.taken_by is None:
            sentences.append(_("%(role)s: goes on at %(company)s.") % words)
        elif move.taken_by.person_id == move.role.person_id and move.role.person_id is not None:
            sentences.append(_("%(role)s: ends; has this role at %(company)s already.") % words)
        else:
            sentences.append(_("%(role)s: ends; at %(company)s this is %(other)s.") % words)
    return sentences


# --- For search engines -----------------------------------------------------------------------


def organization(member: Member) -> dict[str, Any]:
    """A member company in the words of schema.org."""
    here = settings.SITE_URL
    described = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": f"{here}{member.get_absolute_url()}",
        "name": member.name,
        "url": member.website,
        "logo": f"{here}{member.logo_url}" if member.logo_url else "",
        "description": member.about or member.activities,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": member.street,
            "postalCode": member.postcode,
            "addressLocality": member.city,
        },
        "parentOrganization": {"@type": "Organization", "name": member.parent_company}
        if member.parent_company
        else "",
        "memberOf": {
            "@type": "Organization",
            "name": _("Kokkola Industrial Park Association"),
            "url": f"{here}{reverse('home')}",
        },
    }
    return {key: value for key, value in described.items() if value}
