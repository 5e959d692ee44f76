"""A mailing as the secretary writes it."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.content import language_name
from kip.documents.forms import DocumentsField
from kip.documents.models import Document
from kip.forms import Form
from kip.mailings.audiences import Audience, field_labels
from kip.mailings.models import LANGUAGES, LONGEST_SUBJECT, WORDS, Mailing
from kip.widgets import DateTimeInput


class MailingForm(Form):
    """Subject and text in each language, whom of each row, and what goes along."""

    def __init__(
        self, *args: Any, audience: Audience, mailing: Mailing | None = None, **kwargs: Any
    ) -> None:
        if mailing is not None:
            known = {name: getattr(mailing, name) for name in [*WORDS, "part"]}
            kwargs["initial"] = known | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        groups: list[Any] = []
        if audience.parts:
            self.fields["part"] = forms.ChoiceField(
                label=_("Whom of each company"), choices=audience.parts
            )
            groups.append("part")
        for code in LANGUAGES:
            self.fields[f"subject_{code}"] = forms.CharField(
                label=_("Subject (%(language)s)") % {"language": language_name(code)},
                max_length=LONGEST_SUBJECT,
                required=False,
                widget=forms.TextInput(attrs={"lang": code}),
            )
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Text (%(language)s)") % {"language": language_name(code)},
                max_length=20_000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 10, "lang": code}),
            )
            legend = capfirst(language_name(code))
            groups.append(Fieldset(legend, f"subject_{code}", f"text_{code}"))
        attached = mailing.attachments.all() if mailing is not None else Document.objects.none()
        if mailing is not None and attached.exists():
            self.fields["without"] = forms.ModelMultipleChoiceField(
                label=_("Remove these attachments"),
                queryset=attached,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            groups.append("without")
        self.fields["uploads"] = DocumentsField(label=_("Add attachments"), required=False, most=5)
        groups.append("uploads")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*groups)
        self.merge_fields = [
            (f"{{{{ {name} }}}}", text) for name, text in field_labels(audience).items()
        ]

    @property
    def to_choose_again(self) -> list[str]:
        """The files that were chosen: a page that comes back has none of them any more."""
        return [each.name for each in self.files.getlist("uploads")] if self.errors else []

    @property
    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in WORDS}


class SendForm(Form):
    send_at = forms.DateTimeField(
        label=gettext_lazy("Goes out at (optional)"),
        required=False,
        help_text=gettext_lazy("Left empty, it goes out at once."),
        widget=DateTimeInput(),
    )


class CountForm(Form):
    """Asked for before a mailing goes to almost everybody."""

    counted = forms.IntegerField(
        label=gettext_lazy("How many people get it?"),
        help_text=gettext_lazy("Write the number that stands on this page."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
