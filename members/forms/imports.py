"""What the secretary says of a table that is to be imported."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kip.documents.services import MB
from kip.forms import Form
from kip.widgets import DateInput
from members.services.import_kinds import Question


class TableForm(Form):
    upload = forms.FileField(
        label=_("Table"),
        max_length=255,
        help_text=format_lazy(
            _("XLSX or CSV, at most {limit} MB and 20,000 rows."),
            limit=settings.DOCUMENT_MAX_BYTES // MB,
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class ImportForm(TableForm):
    """A table of companies as they are now."""

    effective_on = forms.DateField(
        label=_("Changes hold from"),
        help_text=_(
            "Other facts in the register, and other people, hold from this day; what held before is"
            " kept with its dates."
        ),
        widget=DateInput(),
    )
    tells = forms.BooleanField(
        label=_("Write to the people"),
        required=False,
        help_text=_(
            "Who is named gets a letter, and an invitation if they cannot sign in yet; who is"
            " replaced is told. Otherwise no mail goes out."
        ),
    )


class QuestionsForm(Form):
    """Who is known already: one field for each question, left empty while nobody has said."""

    def __init__(self, data: Any, questions: Sequence[Question]) -> None:
        super().__init__(data)
        self.keys: dict[str, str] = {}
        for number, question in enumerate(questions, start=1):
            name = f"question-{number}"
            self.keys[name] = question["key"]
            self.fields[name] = forms.TypedChoiceField(
                label=question["says"],
                choices=[
                    *((each["pk"], each["says"]) for each in question["candidates"]),
                    (0, _("none of these")),
                ],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def answers(self) -> dict[str, int]:
        return {
            key: self.cleaned_data[name]
            for name, key in self.keys.items()
            if self.cleaned_data.get(name) is not None
        }
