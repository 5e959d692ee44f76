"""A mailing until it goes: its words, its attachments, and who gets it."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.core.files import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Bylaws
from kip.documents import services as documents
from kip.documents.models import Document
from kip.exceptions import DomainError, InvalidTransition
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.services import Way, Written, kick_after_commit, post_many, way_to
from kip.mail.states import Channel
from kip.mailings.audiences import Audience, Candidate, audience_of, field_labels
from kip.mailings.fields import unknown
from kip.mailings.models import LANGUAGES, WORDS, Mailing, MailingRecipient
from kip.mailings.rendering import Pressed, stands_in_a_link
from kip.mailings.states import LeftOut

BATCH = 1000

# Whom a row is about (`who`): a person's id, or an address that belongs to nobody known.
Who = int | str


@act(gettext_noop("%(who)s began a mailing."))
def begin_mailing(
    *,
    audience: str,
    rows: Collection[int],
    query: str = "",
    part: str = "",
    words: Mapping[str, str],
    uploads: Iterable[File] = (),
    by: User,
    at: datetime,
) -> Mailing:
    """A draft to everybody behind the rows of a list. `words` are subject and text by language:
    "subject_fi", "text_fi" and so on. `query` says how the list was filtered.

    Raises `DomainError` on the field that cannot stand so; `NotAllowed`.
    """
    require("mailings.write", by, at=at)
    kind = _audience(audience)
    if not rows:
        raise DomainError(_("Nobody is in this list."))
    mailing = Mailing(
        audience=audience,
        rows=sorted(rows),
        query=query,
        part=_part(kind, part),
        by=by,
        created_at=at,
        **_words(kind, words),
    )
    mailing.save()
    _attach(mailing, uploads, by=by, at=at)
    read_list(mailing, at=at)
    return mailing


@act(gettext_noop("%(who)s changed a mailing."))
def change_mailing(
    *,
    mailing_id: int,
    part: str = "",
    words: Mapping[str, str],
    uploads: Iterable[File] = (),
    without: Iterable[Document] = (),
    by: User,
    at: datetime,
) -> Mailing:
    """Other words, attachments more or fewer, or somebody else of each company."""
    require("mailings.write", by, at=at)
    mailing = draft(mailing_id)
    kind = _audience(mailing.audience)
    for name, text in _words(kind, words).items():
        setattr(mailing, name, text)
    is_others = part != mailing.part
    mailing.part = _part(kind, part)
    mailing.save(update_fields=[*WORDS, "part"])
    for document in without:
        mailing.attachments.remove(document)
        _discard(document, by=by, at=at)
    _attach(mailing, uploads, by=by, at=at)
    if is_others:
        read_list(mailing, at=at)
    return mailing


@act(gettext_noop("%(who)s had the recipients of a mailing read again."))
def read_list_again(*, mailing_id: int, by: User, at: datetime) -> None:
    """Who stands behind the list may have changed since."""
    require("mailings.write", by, at=at)
    mailing = draft(mailing_id)
    read_list(mailing, at=at)


@act(gettext_noop("%(who)s discarded a mailing."))
def discard_mailing(*, mailing_id: int, by: User, at: datetime) -> None:
    """A draft goes, with its attachments: nobody has got it."""
    require("mailings.write", by, at=at)
    mailing = draft(mailing_id)
    attached = list(mailing.attachments.all())
    mailing.delete()
    for document in attached:
        _discard(document, by=by, at=at)


@act(gettext_noop("%(who)s left somebody out of a mailing."))
def leave_out(*, recipient_id: int, by: User, at: datetime) -> None:
    """E.g. somebody who asked not to be written to. Whoever has the same address then gets it."""
    _set_aside(recipient_id, LeftOut.BY_HAND, by=by, at=at)


@act(gettext_noop("%(who)s took somebody into a mailing again."))
def take_in(*, recipient_id: int, by: User, at: datetime) -> None:
    _set_aside(recipient_id, "", by=by, at=at)


@act(gettext_noop("%(who)s had a test copy of a mailing sent."))
def send_test(*, mailing_id: int, by: User, at: datetime) -> int:
    """To oneself, in each language in which it is written, with the values of its first reader.

    Returns how many copies. Raises `DomainError` while nothing is written or nobody gets it.
    """
    require("mailings.write", by, at=at)
    mailing = Mailing.objects.get(pk=mailing_id)
    kind = _audience(mailing.audience)
    if not by.email:
        raise DomainError(_("You have no e-mail address to which a test copy could go."))
    copies = []
    for language in mailing.languages:
        reader = sample_reader(mailing, language)
        if reader is None:
            raise DomainError(_("Nobody gets this mailing: there is nothing to show."))
        letter = Pressed(mailing, kind, language).fill(reader, channel=Channel.EMAIL)
        letter = replace(letter, subject=_("Test: %(subject)s") % {"subject": letter.subject})
        copies.append(
            Written(
                key=f"mailing-test:{mailing.pk}:{uuid.uuid4().hex}",
                reader_id=by.pk,
                channel=Channel.EMAIL,
                to_address=by.email,
                postal_address="",
                language=language,
                letter=letter,
            )
        )
    if not copies:
        raise DomainError(_("Write the subject and the text first."))
    post_many(copies, at=at, attachments=mailing.attachments.all())
    kick_after_commit()
    return len(copies)


def sample_reader(mailing: Mailing, language: str) -> MailingRecipient | None:
    """The first who gets it in that language, else the first of all."""
    getting = mailing.recipients.getting_it().order_by("pk")
    return getting.filter(language=language).first() or getting.first()


def language_of(mailing: Mailing, reader: str, *, at: datetime) -> str:
    """In which language somebody gets it who reads `reader`, by the bylaws at `at`."""
    rules = Bylaws.objects.in_force_at(at)
    return mailing.language_for(reader, rules.record_language)


def draft(mailing_id: int) -> Mailing:
    """Locked. Raises `InvalidTransition` for what is no draft any more."""
    mailing = Mailing.objects.select_for_update(of=["self"]).get(pk=mailing_id)
    if not mailing.is_draft:
        raise InvalidTransition(
            _("This is “%(status)s”, so that step is not possible any more.")
            % {"status": mailing.get_status_display()}
        )
    return mailing


def people_behind(
    mailing: Mailing, kind: Audience, *, at: datetime, among: Collection[Who] | None = None
) -> list[MailingRecipient]:
    """Everybody behind its list as it is at `at`, unsaved: each person once with every reason, each
    address once, whoever comes first. Who was left out by hand stays so; with `among` nobody else
    is looked at.
    """
    language = Bylaws.objects.in_force_at(at).record_language
    once: dict[Who, MailingRecipient] = {}
    for candidate in kind.candidates(mailing.rows, mailing.part, at):
        key = candidate.person.pk if candidate.person is not None else candidate.address.lower()
        if among is not None and key not in among:
            continue
        if key in once:
            once[key].reasons.append(candidate.facts)
        else:
            once[key] = _recipient(mailing, candidate, language, at=at)
    stopped = set(
        StoppedAddress.objects.stopped(each.address for each in once.values()).values_list(
            "address", flat=True
        )
    )
    for each in once.values():
        if each.channel == Channel.EMAIL and each.address in stopped:
            each.left_out = LeftOut.COMES_BACK
    left_out = mailing.recipients.filter(left_out=LeftOut.BY_HAND).select_related("person")
    for key in {who(row) for row in left_out} & once.keys():
        once[key].left_out = LeftOut.BY_HAND
    settle_doubles(once.values())
    return list(once.values())


def who(row: MailingRecipient) -> Who:
    """Whom a row is about, wherever they are written to: a person, or a bare address. Of somebody
    who was entered twice the one who was kept.
    """
    person = row.person
    return row.address if person is None else person.double_of_id or person.pk


def settle_doubles(recipients: Iterable[MailingRecipient]) -> None:
    """One letter to an address: to the first who has it and is not left out otherwise."""
    taken: set[str] = set()
    for each in recipients:
        if each.left_out not in ("", LeftOut.DOUBLE) or each.channel != Channel.EMAIL:
            continue
        each.left_out = LeftOut.DOUBLE if each.address in taken else ""
        taken.add(each.address)


def _recipient(
    mailing: Mailing, candidate: Candidate, record_language: str, *, at: datetime
) -> MailingRecipient:
    person = candidate.person
    if candidate.address or person is None:
        way = Way(Channel.EMAIL if candidate.address else None)
    else:
        way = way_to(person, at=at)
    address = candidate.address or (person.email or "" if person is not None else "")
    return MailingRecipient(
        mailing=mailing,
        person=person,
        given_name=person.given_name if person is not None else "",
        family_name=person.family_name if person is not None else "",
        channel=way.channel or Channel.EMAIL,
        address=address.lower(),
        postal_address="\n".join(way.lines),
        language=person.language if person is not None else candidate.language or record_language,
        reasons=[candidate.facts],
        left_out="" if way.channel else LeftOut.NO_ADDRESS,
    )


def read_list(mailing: Mailing, *, at: datetime) -> None:
    """Who stands behind it now, in place of who stood there."""
    found = people_behind(mailing, _audience(mailing.audience), at=at)
    mailing.recipients.all().delete()
    MailingRecipient.objects.bulk_create(found, batch_size=BATCH)


def _set_aside(recipient_id: int, left_out: str, *, by: User, at: datetime) -> None:
    require("mailings.write", by, at=at)
    recipient = MailingRecipient.objects.get(pk=recipient_id)
    mailing = draft(recipient.mailing_id)
    if left_out == "" and recipient.left_out != LeftOut.BY_HAND:
        raise DomainError(_("This person was not left out by hand."))
    same = list(
        mailing.recipients.select_for_update()
        .filter(address=recipient.address, channel=recipient.channel)
        .order_by("pk")
        if recipient.address
        else mailing.recipients.select_for_update().filter(pk=recipient_id)
    )
    for each in same:
        if each.pk == recipient_id:
            each.left_out = left_out
    settle_doubles(same)
    # First those who get none, or the address would be there twice for a moment.
    for each in sorted(same, key=lambda row: row.left_out == ""):
        each.save(update_fields=["left_out"])


def _audience(key: str) -> Audience:
    kind = audience_of(key)
    if kind is None:
        raise DomainError(_("Nobody can be written to from this list."))
    return kind


def _part(kind: Audience, part: str) -> str:
    known = [value for value, _text in kind.parts]
    if part and part not in known:
        raise DomainError(_("Choose one of these."), field="part")
    return part or (known[0] if known else "")


def _words(kind: Audience, words: Mapping[str, str]) -> dict[str, str]:
    """Checked: fields that exist and stand in no link, and of a language both parts or neither."""
    cleaned = {name: (words.get(name) or "").strip() for name in WORDS}
    known = field_labels(kind)
    for name, text in cleaned.items():
        if strangers := unknown(text, known):
            raise DomainError(
                _("There is no field “%(field)s” here. There are: %(fields)s.")
                % {"field": strangers[0], "fields": ", ".join(known)},
                field=name,
            )
        if name.startswith("text_") and stands_in_a_link(text, list(known)):
            raise DomainError(
                _("A field cannot be part of a link’s address: write the whole address."),
                field=name,
            )
    for code in LANGUAGES:
        subject, text = f"subject_{code}", f"text_{code}"
        if bool(cleaned[subject]) != bool(cleaned[text]):
            missing = text if cleaned[subject] else subject
            raise DomainError(
                _("In each language write both, the subject and the text, or neither."),
                field=missing,
            )
    if not any(cleaned.values()):
        raise DomainError(
            _("Write the subject and the text in one language at least."), field="subject_fi"
        )
    return cleaned


def _attach(mailing: Mailing, uploads: Iterable[File], *, by: User, at: datetime) -> None:
    for upload in uploads:
        mailing.attachments.add(documents.store(upload=upload, by=by, at=at))


def _discard(document: Document, *, by: User, at: datetime) -> None:
    """Unless a letter has it, as a test copy of the draft does."""
    if not OutboxMail.objects.filter(attachments=document).exists():
        documents.discard(document=document, by=by, at=at)
