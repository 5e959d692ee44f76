"""Forms about letters on paper."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kip.forms import Form
from kip.mail.models import OutboxMailQuerySet
from kip.mail.paper import LABELS_ON_A_SHEET, MOST
from kip.mail.posting import LONGEST_REASON
from kip.widgets import DateInput


class Ids(forms.Field):
    """Ids of rows, as many as the page sends; anything else is nobody's."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        return [int(each) for each in value or [] if each.isdecimal() and len(each) < 19]


class PaperForm(Form):
    """What to take of the letters to post."""

    take = forms.ChoiceField(
        choices=[("letters", ""), ("labels", ""), ("posted", "")], widget=forms.HiddenInput
    )
    letter = Ids(required=False)
    upto = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    duplex = forms.BooleanField(
        label=_("Printed on both sides: each letter begins on a sheet of its own"), required=False
    )
    start = forms.IntegerField(
        label=_("First free label"),
        help_text=_(
            "Of the 24 on a sheet, from left to right, so that a sheet that was begun can be used."
        ),
        required=False,
        min_value=1,
        max_value=LABELS_ON_A_SHEET,
        error_messages=dict.fromkeys(
            ("min_value", "max_value", "invalid"), _("Give a number from 1 to 24.")
        ),
        initial=1,
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("take") != "labels":
            self.errors.pop("start", None)  # nobody reads it then
        return self.cleaned_data

    def chosen(self, waiting: OutboxMailQuerySet) -> OutboxMailQuerySet:
        """Those ticked, or all that were on the list when the page was made; the oldest `MOST`."""
        ids, upto = self.cleaned_data.get("letter"), self.cleaned_data.get("upto")
        return waiting.filter(**({"pk__in": ids} if ids else {"pk__lte": upto or 0}))[:MOST]


class PostedForm(Form):
    posted_on = forms.DateField(label=_("Posted on"), widget=DateInput)


class ReturnedForm(Form):
    reason = forms.CharField(
        label=_("What stands on it, or was found out"),
        help_text=_("E.g. “Moved away”, as the post has marked it."),
        max_length=LONGEST_REASON,
    )
