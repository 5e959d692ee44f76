"""The words of one standing letter in one language, text by text."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.forms import Form
from kip.mail import wording
from kip.mail.letters import Made, Part, case_key


class WordingForm(Form):
    """One field for each text. `pieces` are the wordings that hold now, by source."""

    note = forms.CharField(
        label=gettext_lazy("Why it is changed"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For whoever reads the versions later. You may leave it empty."),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        made: Made,
        language: str,
        pieces: Mapping[str, str],
        seen: int,
    ) -> None:
        super().__init__(data, initial={"seen": seen})
        self.made, self.language = made, language
        texts: dict[str, forms.Field] = {}
        subjects = sum(part.in_subject for part in made.pieces.values())
        for number, (source, part) in enumerate(made.pieces.items(), start=1 - subjects):
            original = part.original(language)
            current = pieces.get(source, original)
            widget = forms.Textarea(
                attrs={
                    "rows": 1 if part.in_subject else min(8, 2 + len(current) // 60),
                    "lang": language,
                    "aria-describedby": f"about-{wording.key(source)}",
                }
            )
            texts[wording.key(source)] = forms.CharField(
                label=_("Subject")
                if part.in_subject
                else _("Text %(number)d") % {"number": number},
                initial=current,
                required=False,
                widget=widget,
                strip=False,
            )
        self.fields = texts | self.fields

    @property
    def pieces(self) -> dict[str, str]:
        """What was typed, by source; only what can be used."""
        return {
            source: self.cleaned_data[wording.key(source)]
            for source in self.made.pieces
            if wording.key(source) in self.cleaned_data
        }

    @property
    def so(self) -> dict[str, bool]:
        """By condition, what the preview was asked to take for given."""
        cases = self.made.cases()
        if not self.is_bound:
            return {name: case.usual for name, case in cases.items()}
        return {name: case_key(name) in self.data for name in cases}

    def clean(self) -> dict[str, Any]:
        for source, part in self.made.pieces.items():
            name = wording.key(source)
            if name not in self.cleaned_data:
                continue
            self.cleaned_data[name] = text = wording.tidy(self.cleaned_data[name])
            if problem := wording.problem(source, text, in_subject=part.in_subject):
                self.add_error(name, problem)
        return self.cleaned_data

    def left_out(self, part: Part) -> str:
        """A warning: what the letter should say, and its wording here does not."""
        bound = self[wording.key(part.source)]
        text = wording.tidy(str(bound.value() or ""))
        dropped = set(wording.dropped(part.source, text)) & self.made.needed(part)
        missing = [
            f"{{{field.name}}} ({self.made.field(field.expression).label})"
            for field in part.fields
            if field.name in dropped
        ]
        if not missing:
            return ""
        return _("This text no longer says: %(fields)s.") % {"fields": ", ".join(missing)}

    def reads_now(self, version: int) -> None:
        """What is sent from the page that comes back was typed knowing that version."""
        self.data = self.data.copy()
        self.data["seen"] = str(version)
