"""What the secretary says of a yearly check."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kip.forms import Form
from kip.widgets import DateInput


class AnswerByForm(Form):
    answer_by = forms.DateField(
        label=_("Answer by"), help_text=_("The last day for the answers."), widget=DateInput()
    )
