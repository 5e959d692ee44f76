"""Which two records the secretary compares."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kip import finding
from kip.accounts.models import User
from kip.forms import Form
from members.models import Member

# Of several that a name fits, so many are named.
SHOWN = 5


class OtherCompanyForm(Form):
    other = forms.CharField(
        label=_("With which company?"),
        help_text=_("Its name, business ID or member number."),
        max_length=200,
    )

    def clean_other(self) -> Member:
        text = self.cleaned_data["other"].strip()
        known_by = Q(name__iexact=text) | Q(business_id__iexact=text)
        if text.isdecimal() and len(text) < 10:
            known_by |= Q(number=text)
        return _the_one(Member.objects.apart_from_doubles().filter(known_by), text)


class OtherPersonForm(Form):
    other = forms.CharField(
        label=_("With which person?"),
        help_text=_("The name, the e-mail address or the number of the record."),
        max_length=200,
    )

    def clean_other(self) -> User:
        text = self.cleaned_data["other"].strip()
        people = User.objects.apart_from_doubles()
        if text.isdecimal() and len(text) < 10:
            return _the_one(people.filter(pk=text), text)
        found = finding.find(people, text)
        return _the_one(found.rows if found.is_exact else people.none(), text)


def _the_one(rows: Any, text: str) -> Any:
    found = list(rows[: SHOWN + 1])
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(_("No record is known by “%(text)s”."), params={"text": text})
    shown = [
        f"{row.number}: {row}"
        if isinstance(row, Member)
        else f"{row.pk}: {row}, {row.email or '–'}"
        for row in found[:SHOWN]
    ]
    raise forms.ValidationError(
        _("Several records are known by this. Write the number of one: %(records)s"),
        params={"records": "; ".join(shown) + (" …" if len(found) > SHOWN else "")},
    )
