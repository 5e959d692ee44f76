"""What the secretary fills in to record a new version of the bylaws."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kip.bylaws.models import Bylaws
from kip.content import language_name
from kip.forms import ModelForm
from kip.widgets import DateInput

IN_THREE_LANGUAGES = ("fi", "sv", "en")

# What a version says, as it is written down and read: the heading, and the fields under it.
GROUPS = [
    (_("When and by whom"), ["valid_from", "adopted"]),
    (
        _("What everybody reads"),
        [f"{name}_{code}" for name in ("purpose", "admission") for code in IN_THREE_LANGUAGES],
    ),
    (_("The bylaws in full"), [f"text_{code}" for code in IN_THREE_LANGUAGES]),
    (
        _("How the board decides"),
        [
            "board_quorum",
            "board_quorum_number",
            "board_majority",
            "written_procedure",
            "decision_days",
            "early_closing",
            "votes_hidden",
            "record_language",
        ],
    ),
    (_("Applications"), ["checking_days"]),
    (_("Leaving"), ["resignation_delay_days", "expulsion_decided_by"]),
    (_("Fees"), ["unpaid_excludes_from_voting"]),
    (_("Personal data"), ["contact_months", "application_months", "correspondence_months"]),
]


class BylawsForm(ModelForm):
    """A version that does not exist yet: the form only reads, `services.adopt` writes."""

    class Meta:
        model = Bylaws
        fields = [name for _heading, names in GROUPS for name in names]
        widgets = {
            "valid_from": DateInput(),
            **{
                f"{name}_{code}": forms.Textarea(attrs={"rows": rows})
                for name, rows in (("purpose", 4), ("admission", 4), ("text", 10))
                for code in IN_THREE_LANGUAGES
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["record_language"].choices = [  # type: ignore[attr-defined]
            (code, capfirst(language_name(code))) for code in IN_THREE_LANGUAGES
        ]
        for name, field in self.fields.items():
            if name.startswith("text_") or name == "board_quorum_number":
                field.label = _("%(label)s (optional)") % {"label": field.label}
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*(Fieldset(heading, *names) for heading, names in GROUPS))
