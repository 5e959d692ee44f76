"""Resigning, recording a resignation, and what an expulsion asks for."""

from datetime import date
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kip.documents.forms import DocumentField
from kip.forms import Form
from kip.widgets import DateInput
from members.models import ExpulsionGround, ResignationChannel


class ResignForm(Form):
    """A company resigns its membership here."""

    effective_on = forms.DateField(
        label=_("The membership ends on (optional)"), required=False, widget=DateInput()
    )
    statement = forms.CharField(
        label=_("A word to the association (optional)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    has_authority = forms.BooleanField(
        label=_("I may sign for the company, alone or with those who have agreed to this"),
        required=False,
    )
    letter = DocumentField(label=_("Or: the letter of resignation, signed"), required=False)

    def __init__(self, *args: Any, earliest: date, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].help_text = gettext(
            "A day from %(earliest)s to %(latest)s; left empty, the first of them."
        ) % {"earliest": formats.date_format(earliest), "latest": formats.date_format(latest)}


class RecordResignationForm(Form):
    """A resignation that came otherwise, as the secretary records it."""

    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[(c.value, c.label) for c in ResignationChannel if c != ResignationChannel.HERE],
        widget=forms.RadioSelect,
    )
    received_on = forms.DateField(
        label=_("Received on"),
        help_text=_("When the board or its chair got it, or the day of the meeting."),
        widget=DateInput(),
    )
    effective_on = forms.DateField(
        label=_("The membership ends on (optional)"),
        required=False,
        help_text=_("Only if the company asks for a later day than the bylaws set."),
        widget=DateInput(),
    )
    statement = forms.CharField(
        label=_("Where it stands"),
        required=False,
        help_text=_("Of a meeting: which one, and the section of its minutes."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    has_authority = forms.BooleanField(
        label=_("It is signed by who may sign for the company"), required=False
    )
    letter = DocumentField(label=_("The letter, or the minutes (optional)"), required=False)


class ConsentForm(Form):
    consent = forms.CharField(
        label=_("Where the board agreed"),
        max_length=200,
        help_text=_("E.g. “resolution 2027/9”."),
    )


class OpenExpulsionForm(Form):
    ground = forms.ChoiceField(label=_("Ground"), choices=ExpulsionGround, widget=forms.RadioSelect)
    facts = forms.CharField(
        label=_("The facts"),
        help_text=_("What has happened, and when. The member reads it as you write it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    paper = DocumentField(label=_("A paper (optional)"), required=False)
    answer_by = forms.DateField(
        label=_("The member may answer until"),
        required=False,
        help_text=_("May be left empty for unpaid membership fees: there need be no hearing."),
        widget=DateInput(),
    )


class HearingForm(Form):
    answer = forms.CharField(
        label=_("The member’s answer"), widget=forms.Textarea(attrs={"rows": 6})
    )
    paper = DocumentField(label=_("A paper (optional)"), required=False)


class MeetingExpulsionForm(Form):
    """What the general meeting decided."""

    meeting = forms.CharField(
        label=_("Meeting and section"),
        max_length=200,
        help_text=_("E.g. “Annual general meeting, 17 March 2027, § 9”."),
    )
    held_on = forms.DateField(label=_("Held on"), widget=DateInput())
    carried = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("The member is expelled")), ("no", _("The member is not expelled"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,
        help_text=_("Needed when the member is expelled: its people are told them."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DropForm(Form):
    reasons = forms.CharField(
        label=_("Why (optional)"),
        required=False,
        help_text=_("The member reads it as you write it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DoubtForm(Form):
    doubt = forms.CharField(
        label=_("Why the company may no longer meet the conditions"),
        help_text=_("Read by the board and the secretary."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
