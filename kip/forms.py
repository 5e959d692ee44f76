"""What the forms of the house have in common: an error says what to give."""

import json
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import pretty_name
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.widgets import DateInput


def what_to_give(name: str, field: forms.Field) -> dict[str, str]:
    """The messages of a field that is empty, or holds something else, by Django's codes."""
    if isinstance(field, forms.EmailField):
        text = _("Write an e-mail address, like name@company.example.")
        return {"required": text, "invalid": text}
    if isinstance(field, forms.URLField):
        text = _("Write a web address, like https://www.company.example.")
        return {"required": text, "invalid": text}
    if isinstance(field, forms.DateTimeField):
        text = _("Give the day and the time.")
        return {"required": text, "invalid": text}
    if isinstance(field, forms.DateField):
        text = _("Give the day.")
        return {"required": text, "invalid": text}
    if isinstance(field, forms.DecimalField | forms.FloatField):
        text = _("Write a number.")
        return {"required": text, "invalid": text}
    if isinstance(field, forms.IntegerField):
        text = _("Write a whole number.")
        return {"required": text, "invalid": text}
    if isinstance(field, forms.FileField):
        return {"required": _("Choose a file first.")}
    if isinstance(field, forms.BooleanField):
        return {"required": _("Tick this if it is so: without it you cannot go on.")}
    if isinstance(field, forms.MultipleChoiceField):
        return {"required": _("Choose at least one.")}
    if isinstance(field, forms.ChoiceField):
        return {"required": _("Choose one of these.")}
    label = str(field.label or pretty_name(name))
    if label.endswith("?"):
        return {"required": _("Answer the question “%(label)s”.") % {"label": label}}
    return {"required": _("Fill in “%(label)s”.") % {"label": label}}


def _djangos(field: forms.Field) -> dict[str, Any]:
    """The messages that Django gives every field of that class."""
    found: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        found |= getattr(kind, "default_error_messages", {})
    return found


class SaysWhatToGive:
    """For forms: what is missing or misread is asked for in words, in the reader's language."""

    fields: dict[str, forms.Field]

    def full_clean(self) -> None:
        for name, field in self.fields.items():
            # A message of the field's own says more, and stays.
            own = {
                code: text
                for code, text in field.error_messages.items()
                if text != _djangos(field).get(code)
            }
            field.error_messages = field.error_messages | what_to_give(name, field) | own
        super().full_clean()  # type: ignore[misc]


class Form(SaysWhatToGive, forms.Form):
    pass


class ModelForm(SaysWhatToGive, forms.ModelForm):
    pass


class EmailField(forms.EmailField):
    """An e-mail address of a length that a row can hold; Django's own takes longer ones."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254, **kwargs})


class SaysWhatWasRead:
    """For forms of facts that others may change meanwhile: the page sends what stood on it.

    So a service writes only what this person changed, and refuses what somebody else has changed
    since (`kip.exceptions.ChangedMeanwhile`). It goes before the form's class among the parents.
    """

    READ = "as_read"

    fields: dict[str, forms.Field]
    initial: dict[str, Any]
    data: Any
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._facts: list[str] = [name for name in self._meta.fields if name in self.fields]  # type: ignore[attr-defined]
        read = {name: self._sent(name, self.initial.get(name)) for name in self._facts}
        self.fields[self.READ] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.initial[self.READ] = json.dumps(read)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, by field name."""
        return {name: self.cleaned_data[name] for name in self._facts if name in self.cleaned_data}

    @property
    def read(self) -> dict[str, Any]:
        """What the person had before them, as `facts`; empty when the page did not say it."""
        if not self.is_bound:  # type: ignore[attr-defined]
            return {}
        found = {}
        for name, sent in self._read().items():
            if name not in self.facts:
                continue
            field, bound = self.fields[name], self[name]  # type: ignore[index]
            try:
                if field.has_changed(_lines(sent), _lines(bound.data)):
                    found[name] = field.to_python(sent)
                else:
                    found[name] = self.facts[name]
            except (ValidationError, TypeError, ValueError):
                continue  # nothing that the page has sent
        return found

    def now_reads(self, name: str, value: Any) -> None:
        """The page that comes back shows another value: what is sent next was typed knowing it."""
        self.data = self.data.copy()
        read = self._read() | {name: self._sent(name, value)}
        self.data[self.add_prefix(self.READ)] = json.dumps(read)  # type: ignore[attr-defined]

    def _read(self) -> dict[str, Any]:
        try:
            read = json.loads(self.data.get(self.add_prefix(self.READ), ""))  # type: ignore[attr-defined]
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def _sent(self, name: str, value: Any) -> Any:
        return self.fields[name].prepare_value(value)


def _lines(value: Any) -> Any:
    """A text with its lines parted alike: a browser parts them otherwise than a file does."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class DayForm(Form):
    """The local date of a page that can be read as of any date: `?on=2025-03-31`."""

    on = forms.DateField(
        label=gettext_lazy("As it stood on"),
        required=False,
        widget=DateInput,
        validators=[
            MinValueValidator(date(1900, 1, 1), gettext_lazy("Give a day after 1900.")),
            MaxValueValidator(date(2199, 12, 31), gettext_lazy("Give a day before 2200.")),
        ],
    )

    @classmethod
    def of(cls, request: HttpRequest) -> "DayForm":
        """What the address asks for. Read `day` from it."""
        return cls(request.GET if "on" in request.GET else None)

    @property
    def day(self) -> date:
        """The day asked for; today without one, or when it is none."""
        asked = self.cleaned_data["on"] if self.is_valid() else None
        return asked or timezone.localdate()

    @property
    def is_today(self) -> bool:
        return self.day == timezone.localdate()
