"""Form fields that refuse a file beside the field where it was chosen."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext

from kip.documents.content import Kind
from kip.documents.models import ArchiveBody, ArchivedDocument, ArchiveKind
from kip.documents.services import MB, DocumentRefused, check
from kip.forms import Form, ModelForm
from kip.widgets import DateInput

_ACCEPT = ",".join(ending for kind in Kind for ending in kind.endings)
_WHAT_IS_KEPT = format_lazy(
    gettext_lazy("PDF, PNG, JPEG, DOCX or XLSX, at most {limit} MB."),
    limit=settings.DOCUMENT_MAX_BYTES // MB,
)


class DocumentInput(forms.FileInput):
    """A file input whose browser offers the kinds that are kept."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": _ACCEPT, **(attrs or {})})


class DocumentsInput(DocumentInput):
    allow_multiple_selected = True


class DocumentField(forms.FileField):
    """One file, checked by its content. The cleaned value is the upload, for `services.store`."""

    widget = DocumentInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 255, "help_text": _WHAT_IS_KEPT, **kwargs})

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile):
            try:
                check(upload)
            except DocumentRefused as refused:
                raise ValidationError(str(refused), code="refused") from refused
        return upload


class DocumentsField(DocumentField):
    """Several files at once. The cleaned value is a list of uploads, empty when none was chosen.

    Each refusal names its file.
    """

    widget = DocumentsInput

    def __init__(self, *, most: int = 10, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        uploads: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if not uploads:
            super().clean(None, initial)  # says so when one is required
            return []
        if len(uploads) > self.most:
            raise ValidationError(
                ngettext(
                    "Choose at most %(count)d file at a time.",
                    "Choose at most %(count)d files at a time.",
                    self.most,
                )
                % {"count": self.most},
                code="too_many",
            )
        cleaned, refusals = [], []
        for upload in uploads:
            try:
                cleaned.append(super().clean(upload))
            except ValidationError as refused:
                refusals += [f"{upload.name}: {message}" for message in refused.messages]
        if refusals:
            if len(uploads) > 1:
                refusals.append(gettext("None of the files was added."))
            raise ValidationError(refusals)
        return cleaned


def _any(choices: Any) -> list[tuple[str, Any]]:
    return [("", gettext_lazy("any")), *choices]


class ArchiveSearchForm(Form):
    """What is looked for in the archive; all of it may be left out."""

    q = forms.CharField(label=gettext_lazy("Words to look for"), max_length=200, required=False)
    year = forms.IntegerField(
        label=gettext_lazy("Year"), min_value=1900, max_value=2199, required=False
    )
    body = forms.ChoiceField(
        label=gettext_lazy("Body"), choices=_any(ArchiveBody.choices), required=False
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of paper"), choices=_any(ArchiveKind.choices), required=False
    )


class ArchiveForm(ModelForm):
    """Papers for the archive, of which the same is known."""

    uploads = DocumentsField(label=gettext_lazy("Files"), most=20)

    class Meta:
        model = ArchivedDocument
        fields = ["uploads", "title", "dated", "year", "body", "kind", "language", "readers"]
        widgets = {"dated": DateInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = gettext_lazy("If it is empty, the name of each file.")
        self.fields["year"].required = False  # it follows from the date

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("year") is None and not {"dated", "year"} & self.errors.keys():
            if data.get("dated"):
                data["year"] = data["dated"].year
            else:
                self.add_error("year", gettext("Give the year, or the date."))
        return data

    @property
    def to_choose_again(self) -> list[str]:
        """The files that were chosen: a page that comes back has none of them any more."""
        return [each.name for each in self.files.getlist("uploads")] if self.errors else []
