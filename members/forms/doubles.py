"""Which two records the secretary compares."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kip import finding
from kip.accounts.models import User
from kip.forms import Form
from members.forms.choosing import MemberField
from members.models import Member

# Of several that a name fits, so many are named.
SHOWN = 5


class OtherCompanyForm(Form):
    other = MemberField(label=_("With which company?"), among=Member.objects.apart_from_doubles)


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
            found = people.filter(pk=text)
        else:
            known = finding.find(people, text)
            found = known.rows if known.is_exact else people.none()
        rows = list(found[: SHOWN + 1])
        if not rows:
            raise forms.ValidationError(
                _("No record is known by “%(text)s”."), params={"text": text}
            )
        if len(rows) > 1:
            shown = [
                f"{row.pk}: {', '.join(filter(None, [str(row), row.email]))}"
                for row in rows[:SHOWN]
            ]
            raise forms.ValidationError(
                _("Several records are known by this. Write the number of one: %(records)s"),
                params={"records": "; ".join(shown) + (" …" if len(rows) > SHOWN else "")},
            )
        return rows[0]
