"""Why personal data are kept and how long, in words: for the notice, the register of processing and
whoever reads their own data. All of it is made from the classes, the models and the bylaws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kip.audit.retention import Retention, declared_models, personal_fields
from kip.bylaws.models import Bylaws
from kip.privacy.services import called


@dataclass(frozen=True)
class Purpose:
    """What a class of personal data is for: in words, each a sentence or two."""

    name: str | Promise
    purpose: str | Promise
    ground: str | Promise
    source: str | Promise
    readers: str | Promise
    what: str | Promise


PURPOSES = {
    Retention.CONTACT: Purpose(
        name=_("People with a part in the association"),
        what=_("Name, e-mail address, phone, postal address, language; roles and invitations."),
        purpose=_(
            "To reach those who stand for member companies, sit on the board or take part in the"
            " association’s work, and to know who may act for whom."
        ),
        ground=_("The legitimate interest of the association (GDPR, article 6(1)(f))."),
        source=_("The person, the company that named them, or the association’s meetings."),
        readers=_("The secretary, the board, and the people of the same company."),
    ),
    Retention.SIGN_IN: Purpose(
        name=_("Signing in"),
        what=_("The proved e-mail address, the second step, when the person last signed in."),
        purpose=_("To let the person in, and nobody else."),
        ground=_("The legitimate interest in safe sign-in (GDPR, article 6(1)(f))."),
        source=_("The person."),
        readers=_("The program; whether an address is proved, the secretary too."),
    ),
    Retention.APPLICATION: Purpose(
        name=_("Applications for membership"),
        what=_("The contact and the signatories whom the applicant names; messages and papers."),
        purpose=_("To handle a company’s application and to answer for how it was handled."),
        ground=_(
            "The legitimate interest of the association and of the applicant (GDPR, article"
            " 6(1)(f))."
        ),
        source=_("The applicant company."),
        readers=_("The secretary, and the board while it decides."),
    ),
    Retention.CORRESPONDENCE: Purpose(
        name=_("Letters"),
        what=_("Letters from the association, their addresses, and what became of them; requests."),
        purpose=_("To show what was told to whom, and that it arrived."),
        ground=_("The legitimate interest of the association (GDPR, article 6(1)(f))."),
        source=_("Written by the association; answers by the person."),
        readers=_("The secretary; what concerns a company, its people too."),
    ),
    Retention.RECORD: Purpose(
        name=_("Records of the association"),
        what=_("Resolutions, votes and their reasons, minutes, the register of members."),
        purpose=_("To show who decided what, when, and on which ground."),
        ground=_(
            "Legal obligation (GDPR, article 6(1)(c)): the Associations Act, sections 11, 31 and"
            " 35."
        ),
        source=_("The acts of the association itself."),
        readers=_("The secretary and the board; what the Act gives to members, members too."),
    ),
}


def months(count: int) -> str:
    return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}


def period_of(retention: str, rules: Bylaws) -> str:
    """How long data of a class are kept, by these bylaws."""
    if retention == Retention.CONTACT:
        return _(
            "As long as the person has a part in the association, and %(time)s after its end."
        ) % {"time": months(rules.contact_months)}
    if retention == Retention.APPLICATION:
        return _("%(time)s after the application was decided.") % {
            "time": capfirst(months(rules.application_months))
        }
    if retention == Retention.CORRESPONDENCE:
        return _("%(time)s after it was sent.") % {
            "time": capfirst(months(rules.correspondence_months))
        }
    if retention == Retention.SIGN_IN:
        return str(_("As long as the person may sign in."))
    return str(_("For good."))


def fields_of(retention: str) -> list[tuple[str, str]]:
    """Every field of that class, by what it belongs to: (kind of row, fields), in words."""
    found = []
    for model in declared_models():
        names = [
            called(model, model._meta.get_field(name))
            for name, kept in personal_fields(model).items()
            if kept == retention
        ]
        if names:
            found.append((capfirst(called(model)), ", ".join(names)))
    return found


def facts(retention: str, rules: Bylaws) -> Sequence[tuple[str, str]]:
    """A class in words: (what, how)."""
    words = PURPOSES[Retention(retention)]
    return [
        (str(_("What")), str(words.what)),
        (str(_("Purpose")), str(words.purpose)),
        (str(_("Legal ground")), str(words.ground)),
        (str(_("Where it comes from")), str(words.source)),
        (str(_("Who reads it")), str(words.readers)),
        (str(_("How long it is kept")), str(period_of(retention, rules))),
    ]
