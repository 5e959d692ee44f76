"""What board members and the secretary fill in."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from board.models import (
    Anchor,
    OfficeKind,
    PlannedTask,
    SeatKind,
    TaskOutcome,
    VoteChannel,
    VoteChoice,
    YearPlan,
)
from board.services.planning import who_may_be_responsible
from board.standing import Standing
from kip.accounts.models import User
from kip.documents.forms import DocumentField, DocumentsField
from kip.forms import EmailField, Form, ModelForm
from kip.widgets import DateInput, DateTimeInput
from members.forms.choosing import MemberField


class VoteForm(Form):
    """The three buttons are the choice."""

    choice = forms.ChoiceField(choices=VoteChoice)
    reason = forms.CharField(
        label=_("Reason (optional)"),
        required=False,
        help_text=_("Read by the board only, and kept with the resolution."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ConflictForm(Form):
    ground = forms.CharField(
        label=_("Ground (optional)"),
        required=False,
        help_text=_("E.g. “I am employed by the applicant’s parent company”. Kept in the record."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class BringForm(Form):
    """How a matter is put to the board."""

    proposal = forms.CharField(
        label=_("Proposal to the board"),
        help_text=_("What the board is asked to resolve; it becomes the text of the resolution."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    deadline = forms.DateTimeField(
        label=_("Deadline"),
        help_text=_("In Finnish time. Reminders go out at half-time and one day before."),
        widget=DateTimeInput(),
    )
    for_meeting = forms.BooleanField(
        label=_("Take it up at a meeting instead of voting in writing"), required=False
    )
    papers = DocumentsField(
        label=_("Papers for the board (optional)"),
        required=False,
        help_text=_("The application and its documents are shown to the board anyway."),
    )


class OpenMatterForm(BringForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    field_order = ["title", "proposal", "deadline", "for_meeting", "papers"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["papers"].help_text = ""


class DeadlineForm(Form):
    deadline = forms.DateTimeField(
        label=_("Deadline"), help_text=_("In Finnish time."), widget=DateTimeInput()
    )
    for_meeting = forms.BooleanField(
        label=_("Take it up at a meeting instead of voting in writing"), required=False
    )


class ReasonForm(Form):
    """Why a company is not admitted, or why it is expelled."""

    reason = forms.CharField(
        label=_("Reason given to the applicant"),
        help_text=_("The applicant reads it as you write it. Who voted how is not told."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, expelled: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if expelled:
            self.fields["reason"].label = _("Reasons given to the member")
            self.fields["reason"].help_text = _(
                "The member reads them as you write them. Who voted how is not told."
            )


class EnterVoteForm(Form):
    seat = forms.TypedChoiceField(label=_("Whose vote"), coerce=int)
    choice = forms.ChoiceField(label=_("Vote"), choices=VoteChoice, widget=forms.RadioSelect)
    channel = forms.ChoiceField(
        label=pgettext_lazy("vote", "How it came"),
        choices=[(c.value, c.label) for c in VoteChannel if c != VoteChannel.HERE],
        widget=forms.RadioSelect,
    )
    source = DocumentField(label=_("The message itself (for a vote by mail)"), required=False)
    source_note = forms.CharField(
        label=_("Note (for a vote by phone)"),
        required=False,
        max_length=300,
        help_text=_("Who called, and when."),
    )

    def __init__(self, *args: Any, standing: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = [  # type: ignore[attr-defined]
            (seat_id, str(standing.entitlements[seat_id])) for seat_id in standing.tally.voters
        ]


class MeetingDecisionForm(Form):
    """A decision as it stands in the minutes."""

    meeting = forms.CharField(
        label=_("Meeting"), max_length=200, help_text=_("E.g. “Meeting of the board 4/2027”.")
    )
    held_on = forms.DateField(label=_("Held on"), widget=DateInput())
    section = forms.CharField(
        label=_("Section of the minutes (§)"), max_length=20, help_text=_("E.g. 7.")
    )
    present = forms.TypedMultipleChoiceField(
        label=_("Present"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    recused = forms.TypedMultipleChoiceField(
        label=_("Of these disqualified in this matter"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    carried = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("The proposal was carried")), ("no", _("The proposal was not carried"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    unanimous = forms.BooleanField(label=_("Unanimous, without a vote"), required=False)
    in_favour = forms.IntegerField(label=_("Votes in favour"), min_value=0, required=False)
    against = forms.IntegerField(label=_("Votes against"), min_value=0, required=False)
    abstained = forms.IntegerField(label=_("Abstained"), min_value=0, required=False)
    dissents = forms.CharField(
        label=_("Dissenting opinions (optional)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = forms.CharField(
        label=_("Reason given to the applicant"),
        required=False,
        help_text=_("When a company is not admitted."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, standing: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = [(seat_id, str(row)) for seat_id, row in standing.entitlements.items()]
        for name in ("present", "recused"):
            self.fields[name].choices = seats  # type: ignore[attr-defined]
        if standing.matter.expulsion_id is not None:
            self.fields["reason"].label = _("Reasons given to the member")
            self.fields["reason"].help_text = _("When a company is expelled.")
        elif standing.matter.application_id is None:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("in_favour", "against", "abstained"):
            data[name] = data.get(name) or 0
        return data


class TermForm(Form):
    elected = forms.CharField(
        label=_("Elected"),
        max_length=200,
        help_text=_("E.g. “Annual general meeting, 17 March 2027”."),
    )
    since = forms.DateTimeField(
        label=_("From"),
        help_text=_("When the meeting ended. The board before ends at that instant."),
        widget=DateTimeInput(),
    )


class SeatForm(Form):
    """A person known by e-mail address, or made known here."""

    given_name = forms.CharField(label=_("Given name"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100)
    email = EmailField(label=_("E-mail address"))
    language = forms.ChoiceField(
        label=_("Language"), choices=User._meta.get_field("language").choices
    )
    organisation = forms.CharField(
        label=_("Organisation, if it is no member (optional)"), max_length=200, required=False
    )
    member = MemberField(
        label=_("Member company (optional)"),
        required=False,
        help_text=_(
            "The company that the person comes from, by its name, business ID or member number: the"
            " seat ends with its membership."
        ),
    )
    kind = forms.ChoiceField(label=_("Seat"), choices=SeatKind)
    order = forms.IntegerField(
        label=_("Order (for a deputy)"),
        required=False,
        min_value=1,
        help_text=_("Who steps in first has 1."),
    )
    since = forms.DateTimeField(label=_("From"), widget=DateTimeInput())


class OfficeForm(Form):
    kind = forms.ChoiceField(label=_("Office"), choices=OfficeKind, widget=forms.RadioSelect)
    since = forms.DateTimeField(
        label=_("From"),
        help_text=_("Whoever holds the office now hands it over at that instant."),
        widget=DateTimeInput(),
    )


class UntilForm(Form):
    until = forms.DateTimeField(label=_("Until"), widget=DateTimeInput())


class PlanForm(Form):
    """A year to plan: like an earlier one, or with what every such association does."""

    year = forms.IntegerField(label=_("Year"), min_value=2006, max_value=2199)
    meeting_on = forms.DateField(
        label=_("Day of the annual general meeting (optional)"),
        required=False,
        help_text=_("As it is foreseen; it can be set later, and moves what is counted from it."),
        widget=DateInput(),
    )
    copied = forms.ModelChoiceField(
        label=_("Copied from (optional)"),
        queryset=YearPlan.objects.order_by("-year"),
        required=False,
        empty_label=_("the year of an association as such"),
    )


class MeetingDayForm(Form):
    meeting_on = forms.DateField(
        label=_("Day of the annual general meeting"),
        required=False,
        help_text=_("Empty while it is not known."),
        widget=DateInput(),
    )


class TaskForm(ModelForm):
    """A task of the year, whose time is told one way or the other."""

    class Meta:
        model = PlannedTask
        fields = [
            *["what", "who", "responsible", "anchor"],
            *["begins_on", "ends_on", "begins_days", "ends_days"],
        ]
        widgets = {"begins_on": DateInput(), "ends_on": DateInput(), "anchor": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ["who", "responsible"]:
            self.fields[name].label = _("%(label)s (optional)") % {
                "label": capfirst(self.fields[name].label)
            }
        self.fields["anchor"].choices = Anchor.choices  # type: ignore[attr-defined]
        self.fields["responsible"].queryset = who_may_be_responsible(  # type: ignore[attr-defined]
            self.instance.responsible_id
        )
        self.fields["responsible"].empty_label = _("nobody in particular")  # type: ignore[attr-defined]
        self.fields["responsible"].help_text = _(
            "The secretary or a board member, on whose page it stands while it is due."
        )
        for name in ["begins_days", "ends_days"]:
            self.fields[name].help_text = _("With a minus sign: days after the meeting.")

    def clean(self) -> dict[str, Any]:
        """Only the time that the task is told by counts; the other one is forgotten."""
        cleaned = super().clean() or self.cleaned_data
        counted = {
            Anchor.CALENDAR: ("begins_on", "ends_on"),
            Anchor.MEETING: ("begins_days", "ends_days"),
        }
        anchor = cleaned.get("anchor")
        for kind, names in counted.items():
            for name in names:
                if kind != anchor:
                    cleaned[name] = None
                    self.errors.pop(name, None)
                elif cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, self.fields[name].error_messages["required"])
        begins, ends = (cleaned.get(name) for name in counted.get(anchor, ("", "")))
        if begins is not None and ends is not None:
            if anchor == Anchor.CALENDAR and ends < begins:
                self.add_error("ends_on", _("It ends before it begins: give a later day."))
            if anchor == Anchor.MEETING and ends > begins:
                self.add_error(
                    "ends_days", _("It ends before it begins: give a smaller number of days.")
                )
        return cleaned

    def _post_clean(self) -> None:
        """The row is checked where it is written."""


class SettleForm(Form):
    outcome = forms.ChoiceField(
        label=_("What became of the task"),
        choices=[(each.value, each.label) for each in (TaskOutcome.DONE, TaskOutcome.DROPPED)],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note (optional)"), required=False, max_length=300)


class FormerSearchForm(Form):
    """What is looked for among resolutions from before the system; all may be left out."""

    q = forms.CharField(label=_("Words to look for"), max_length=200, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2199, required=False)
