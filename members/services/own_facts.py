"""What a company keeps of itself. In force at once, confirmed by nobody, told in its history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.documents import services as documents
from kip.documents.content import Kind
from kip.exceptions import DomainError
from kip.pictures import TooManyPixels, Unreadable, made_small
from members.completeness import missing_facts
from members.models import KEPT_BY_ITSELF, Member
from members.registration import InvalidEInvoiceAddress, NoAddress, einvoice_address
from members.services.facts import NOTHING_READ, meant
from members.services.locks import locked_member

# Rows of a list that the association keeps, of which a company has some.
LABELS = ("sectors", "sites")

# A directory page carries fifty of them, each shown at half of this on a sharp screen.
LOGO_PIXELS = 480
LOGO_KINDS = (Kind.PNG, Kind.JPEG)

LIKE_THIS = gettext_noop(
    "An OVT number is 0037 and the business ID without its hyphen, like 003712345671."
)
NOT_AN_ADDRESS = {
    NoAddress.OVT_LENGTH: gettext_lazy("This is not an e-invoice address: its length is wrong."),
    NoAddress.OVT_CHECK_DIGIT: gettext_lazy(
        "This is not an e-invoice address: the business ID in it has a wrong digit."
    ),
    NoAddress.IBAN_LENGTH: gettext_lazy(
        "This is not an e-invoice address: it begins like an IBAN, but is none."
    ),
    NoAddress.IBAN_CHECK_DIGIT: gettext_lazy(
        "This is not an e-invoice address: the IBAN has a wrong digit."
    ),
    NoAddress.SIGNS: gettext_lazy(
        "This is not an e-invoice address: it has signs that no address has."
    ),
}


@act(gettext_noop("%(who)s changed what the company keeps of itself."))
def keep_own_facts(
    *,
    member_id: int,
    facts: Mapping[str, Any],
    read: Mapping[str, Any] = NOTHING_READ,
    by: User,
    at: datetime,
) -> Member:
    """The company, or the secretary for it, changes what the register is not concerned with.

    `facts` by name of `KEPT_BY_ITSELF`; "sectors" and "sites" are rows. Those that are as they were
    `read` are left alone. Raises `ChangedMeanwhile`, or `DomainError` on the field that would be
    empty, or is wrong.
    """
    if unknown := facts.keys() - {*KEPT_BY_ITSELF, *LABELS}:
        raise ValueError(f"not kept by a company itself: {', '.join(sorted(unknown))}")
    member = locked_member(member_id)
    require("members.keep_company", by, member, at=at)
    facts = meant(member, facts, read)
    own = {name: facts[name] for name in KEPT_BY_ITSELF if name in facts}
    changed = [name for name, fact in own.items() if fact != getattr(member, name)]
    for name in changed:
        setattr(member, name, own[name])
    if empty := [name for name in missing_facts(member) if name in facts]:
        raise DomainError(_("This cannot be left empty."), field=empty[0])
    if {"einvoice_address", "einvoice_operator"} & facts.keys():
        _check_einvoice(member)
    if changed:
        member.save(update_fields=changed)
    for name in LABELS:
        if name in facts:
            getattr(member, name).set(facts[name])
    return member


def _check_einvoice(member: Member) -> None:
    if bool(member.einvoice_address) != bool(member.einvoice_operator):
        raise DomainError(
            _("An e-invoice needs both: the address, and the operator that carries it there."),
            field="einvoice_operator" if member.einvoice_address else "einvoice_address",
        )
    if not member.einvoice_address:
        return
    try:
        member.einvoice_address = einvoice_address(member.einvoice_address)
    except InvalidEInvoiceAddress as error:
        raise DomainError(
            f"{NOT_AN_ADDRESS[error.why]} {_(LIKE_THIS)}", field="einvoice_address"
        ) from error
    member.einvoice_operator = member.einvoice_operator.strip().upper()


@act(gettext_noop("%(who)s chose a logo for the company."))
def choose_logo(*, member_id: int, upload: File, by: User, at: datetime) -> Member:
    """The logo that everybody sees, in place of the one before; kept small, see `made_small`.

    Raises `DomainError` on "logo" for what is no PNG or JPEG of at most
    `settings.DOCUMENT_MAX_BYTES` bytes, or has too many pixels.
    """
    member = locked_member(member_id)
    require("members.keep_company", by, member, at=at)
    try:
        kind = documents.check(upload)
    except documents.DocumentRefused as refused:
        raise DomainError(refused.message, field="logo") from refused
    if kind not in LOGO_KINDS:
        raise DomainError(_("A logo is a picture: save it as PNG or JPEG."), field="logo")
    small = _small_logo(upload)
    _replace_logo(member, documents.store(upload=small, by=by, at=at), by=by, at=at)
    return member


def _small_logo(upload: File) -> File:
    try:
        picture = made_small(cast(BinaryIO, upload.file), longest=LOGO_PIXELS)
    except TooManyPixels as error:
        raise DomainError(
            _("This picture has too many pixels: make it smaller, e.g. 1000 by 500 pixels."),
            field="logo",
        ) from error
    except Unreadable as error:
        raise DomainError(
            _("This picture is damaged or incomplete: save it anew and choose it again."),
            field="logo",
        ) from error
    return ContentFile(picture, name=upload.name)


@act(gettext_noop("%(who)s removed the logo of the company."))
def remove_logo(*, member_id: int, by: User, at: datetime) -> Member:
    """The company is shown without a logo. Without one, nothing happens."""
    member = locked_member(member_id)
    require("members.keep_company", by, member, at=at)
    _replace_logo(member, None, by=by, at=at)
    return member


def _replace_logo(member: Member, logo: Any, *, by: User, at: datetime) -> None:
    before, member.logo = member.logo, logo
    member.save(update_fields=["logo"])
    if before is not None:
        documents.discard(document=before, by=by, at=at)
