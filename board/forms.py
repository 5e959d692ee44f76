"""What board members and the secretary fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from board.models import OfficeKind, SeatKind, VoteChannel, VoteChoice
from board.standing import Standing
from kip.accounts.models import User
from kip.documents.forms import DocumentField, DocumentsField
from kip.forms import EmailField, Form
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
        label=_("How it came"),
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


class FormerSearchForm(Form):
    """What is looked for among resolutions from before the system; all may be left out."""

    q = forms.CharField(label=_("Words"), max_length=200, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2199, required=False)
