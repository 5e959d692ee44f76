"""What people ask about their data, and what the secretary answers."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.forms import Form
from kip.privacy.models import Channel, RequestKind
from kip.privacy.states import OUTCOMES
from kip.widgets import DateInput


class AskForm(Form):
    kind = forms.ChoiceField(
        label=_("What do you ask for?"), choices=RequestKind, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("In your words"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What is wrong and what is right, or what is to be erased and why."),
    )


class EnterForm(Form):
    """What came otherwise than in KIP."""

    kind = forms.ChoiceField(
        label=_("What the person asks for"), choices=RequestKind, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("In the person’s words"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[(each.value, each.label) for each in Channel if each != Channel.HERE],
        widget=forms.RadioSelect,
    )
    received_on = forms.DateField(
        label=_("Came on"),
        widget=DateInput(),
        validators=[MinValueValidator(date(1900, 1, 1), _("Give a day after 1900."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_on"].initial = timezone.localdate()


class AnswerForm(Form):
    outcome = forms.ChoiceField(
        label=_("What was done"),
        choices=[(each.value, each.label) for each in OUTCOMES],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("What the person is told"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("For a refusal, whole or in part: why. The person gets it by mail."),
    )
