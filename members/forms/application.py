"""The application form, step by step, and what the secretary fills in."""

import re
from typing import Any

from babel import Locale
from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kip.documents.forms import DocumentsField
from kip.forms import EmailField, Form, ModelForm
from kip.widgets import DateInput
from members.completeness import ACTIVITIES, AGREEMENT, COMPANY, DOCUMENTS, PEOPLE, QUESTIONS
from members.models import (
    Application,
    DocumentKind,
    PersonRole,
    Question,
    QuestionKind,
)
from members.registration import InvalidBusinessId, normalise

# Codes of regions, currencies and tests, which the standard's list holds too.
NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def countries() -> list[tuple[str, str]]:
    """Every country by its name in the reader's language, Finland first."""
    names = Locale(get_language() or "en").territories
    codes = [c for c in names if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES]
    others = sorted(
        ((code, names[code]) for code in codes if code != "FI"), key=lambda pair: pair[1]
    )
    return [("FI", names["FI"]), *others]


PHONE = RegexValidator(
    r"^(?=(?:[^0-9]*[0-9]){5})[0-9 +()-]+$",
    _("Write a phone number with digits, like +358 40 123 4567."),
)
FINNISH_POSTCODE = re.compile(r"[0-9]{5}")


class BeginForm(Form):
    email = EmailField(
        label=_("Your e-mail address"),
        help_text=_("We send a code to it. With the address you can continue on any device."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def demand_nothing(form: forms.BaseForm) -> None:
    """For who comes back later: only what is filled in is checked."""
    for field in form.fields.values():
        field.required = False


class StepForm(ModelForm):
    """A step whose answers are fields of the application, all needed unless said otherwise.

    With `later` it takes what there is so far; `cleaned_data` then leaves out what is wrong.
    """

    optional: tuple[str, ...] = ()

    def __init__(self, *args: Any, later: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.later = later
        for name, field in self.fields.items():
            if name not in self.declared_fields:
                field.required = name not in self.optional
            if name in self.optional:
                field.label = _("%(label)s (optional)") % {"label": field.label}
        if later:
            demand_nothing(self)

    def _post_clean(self) -> None:
        """The service writes the application, under its lock; the form only reads."""


class CompanyForm(StepForm):
    optional = ("website", "parent_company")
    register = forms.CharField(
        label=_("Register (for a foreign company)"),
        max_length=100,
        required=False,
        help_text=_("The register that gave the number."),
    )
    country = forms.ChoiceField(label=_("Country of registration"), choices=countries)
    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    class Meta:
        model = Application
        fields = [
            "name",
            "country",
            "business_id",
            "register",
            "legal_form",
            "domicile",
            "street",
            "postcode",
            "city",
            "website",
            "parent_company",
        ]
        help_texts = {
            "name": _("As it stands in the register of companies."),
            "legal_form": _("E.g. limited company, cooperative, municipality."),
            "domicile": _("The municipality where the company is registered."),
            "parent_company": _("If the company belongs to a group, the group’s parent."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "street": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        country, number = data.get("country"), data.get("business_id")
        if not country:  # which numbers are right depends on it
            data.pop("business_id", None)
        if country and number:
            try:
                data["business_id"] = normalise(country, number)
            except InvalidBusinessId:
                self.add_error(
                    "business_id",
                    _(
                        "This is not a Finnish business ID: check the digits. It looks like "
                        "1234567-1, and its last digit is a check digit."
                    ),
                )
                if self.later:  # nor is the number kept that stood there before
                    data["business_id"] = ""
        postcode = data.get("postcode")
        if country == "FI" and postcode and not FINNISH_POSTCODE.fullmatch(postcode):
            self.add_error("postcode", _("A Finnish postcode has five digits, like 67900."))
        if country == "FI":
            data["register"] = ""
        elif country and not data.get("register") and not self.later:
            self.add_error("register", _("Name the register that gave the number."))
        return data


class ActivitiesForm(StepForm):
    class Meta:
        model = Application
        fields = ["activities", "location", "active_from"]
        labels = {
            "activities": _("What does the company do in the Park?"),
            "location": _("Where in the Park?"),
            "active_from": _("Since when, or from when?"),
        }
        help_texts = {
            "activities": _("Two or three sentences are enough."),
            "location": _("The site, the building or the neighbour."),
        }
        widgets = {"activities": forms.Textarea(attrs={"rows": 4})}


class PeopleForm(Form):
    """The contact, and who signs for the company: often the same person."""

    contact_given_name = forms.CharField(label=_("Given name"), max_length=100)
    contact_family_name = forms.CharField(label=_("Family name"), max_length=100)
    contact_title = forms.CharField(label=_("Position (optional)"), max_length=100, required=False)
    contact_email = EmailField(label=_("E-mail address"))
    contact_phone = forms.CharField(
        label=_("Phone (optional)"), max_length=40, required=False, validators=[PHONE]
    )
    contact_signs = forms.BooleanField(
        label=_("The contact also signs for the company"), required=False
    )
    signatory_given_name = forms.CharField(label=_("Given name"), max_length=100, required=False)
    signatory_family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    signatory_title = forms.CharField(
        label=_("Position (optional)"), max_length=100, required=False
    )
    signatory_email = EmailField(label=_("E-mail address (optional)"), required=False)
    signatory_phone = forms.CharField(
        label=_("Phone (optional)"), max_length=40, required=False, validators=[PHONE]
    )

    FIELDS = ("given_name", "family_name", "title", "email", "phone")

    def __init__(
        self, *args: Any, application: Application, later: bool = False, **kwargs: Any
    ) -> None:
        self.later = later
        people = {person.role: person for person in application.people.all()}
        initial: dict[str, Any] = {
            f"{role}_{name}": getattr(person, name)
            for role, person in people.items()
            for name in self.FIELDS
        }
        if application.applicant and PersonRole.CONTACT not in people:
            applicant = application.applicant
            initial |= {
                "contact_email": applicant.email,
                "contact_given_name": applicant.given_name,
                "contact_family_name": applicant.family_name,
                "contact_phone": applicant.phone,
            }
        contact, signatory = people.get(PersonRole.CONTACT), people.get(PersonRole.SIGNATORY)
        initial["contact_signs"] = signatory is None or (
            contact is not None
            and all(getattr(contact, name) == getattr(signatory, name) for name in self.FIELDS)
        )
        if initial["contact_signs"]:
            initial |= {f"signatory_{name}": "" for name in self.FIELDS}
        super().__init__(*args, initial=initial, **kwargs)
        if application.entered_by_id:
            self.fields["contact_email"].required = False
            self.fields["contact_email"].label = _("E-mail address (optional)")
            self.fields["contact_email"].help_text = _("Leave empty if the company has no e-mail.")
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"),
                help_text=_("In which the company’s people read what the association writes."),
                choices=Application._meta.get_field("language").choices,
                initial=application.language,
            )
        if later:
            demand_nothing(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("contact_signs"):
            if any(data.get(f"signatory_{name}") for name in self.FIELDS):
                self.add_error("contact_signs", _("Untick this, or empty the fields below."))
        elif not self.later:
            for name in ("signatory_given_name", "signatory_family_name"):
                if not data.get(name):
                    self.add_error(name, _("Name who signs for the company."))
        return data

    @property
    def people(self) -> dict[str, dict[str, str]]:
        contact, signatory = (
            {
                name: self.cleaned_data[f"{role}_{name}"]
                for name in self.FIELDS
                if f"{role}_{name}" in self.cleaned_data  # what is wrong is left out
            }
            for role in (PersonRole.CONTACT, PersonRole.SIGNATORY)
        )
        if self.cleaned_data.get("contact_signs"):  # and nothing stays of whoever signed before
            signatory = {name: contact.get(name, "") for name in self.FIELDS}
        return {PersonRole.CONTACT: contact, PersonRole.SIGNATORY: signatory}


class DocumentsForm(Form):
    """Without `needed` it may be sent without a file."""

    uploads = DocumentsField(
        label=_("Files"),
        help_text=_("PDF, PNG, JPEG, Word or Excel, up to 10 MB each. You can choose several."),
    )

    def __init__(self, *args: Any, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uploads"].required = needed


class PaperDocumentsForm(DocumentsForm):
    """The secretary says which of the files is the form that the company signed."""

    kind = forms.ChoiceField(
        label=_("What these files are"),
        choices=DocumentKind,
        initial=DocumentKind.SIGNED_FORM,
    )
    field_order = ["kind", "uploads"]


class QuestionsForm(Form):
    """The association's own questions, as it asks them now."""

    def __init__(
        self, *args: Any, application: Application, later: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        answers = {answer.question_id: answer.text for answer in application.answers.all()}
        for question in Question.objects.filter(asked=True):
            self.fields[f"question_{question.pk}"] = self._field(
                question, answers.get(question.pk, "")
            )
        if later:
            demand_nothing(self)

    @staticmethod
    def _field(question: Question, answer: str) -> forms.Field:
        label = (
            question.label
            if question.required
            else _("%(label)s (optional)") % {"label": question.label}
        )
        common: dict[str, Any] = {
            "label": label,
            "help_text": question.help,
            "required": question.required,
            "initial": answer,
        }
        if question.kind == QuestionKind.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **common)
        if question.kind == QuestionKind.YES_NO:
            return forms.ChoiceField(
                choices=[("yes", _("yes")), ("no", _("no"))], widget=forms.RadioSelect, **common
            )
        if question.kind == QuestionKind.NUMBER:
            return forms.IntegerField(min_value=0, **common)
        return forms.CharField(max_length=300, **common)

    @property
    def answers(self) -> dict[int, str]:
        return {
            int(name.removeprefix("question_")): "" if value is None else str(value)
            for name, value in self.cleaned_data.items()
        }


class AgreementForm(StepForm):
    class Meta:
        model = Application
        fields = ["agrees", "has_authority"]
        labels = {
            "agrees": _("The company agrees with the purpose of the association and its bylaws."),
            "has_authority": _("I have the authority to apply for the company."),
        }


STEP_FORMS: dict[str, type[forms.BaseForm]] = {
    COMPANY: CompanyForm,
    ACTIVITIES: ActivitiesForm,
    PEOPLE: PeopleForm,
    DOCUMENTS: DocumentsForm,
    QUESTIONS: QuestionsForm,
    AGREEMENT: AgreementForm,
}


class AnswerForm(Form):
    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 6}))
    uploads = DocumentsField(
        label=_("Files (optional)"),
        required=False,
        help_text=_("PDF, PNG, JPEG, Word or Excel, up to 10 MB each."),
    )


class RequestForm(Form):
    text = forms.CharField(
        label=_("What do you need to know?"),
        help_text=_("The applicant reads this text as you write it."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    due = forms.DateField(
        label=_("Answer by"),
        help_text=_(
            "A reminder goes out by itself three days before, and when the day has passed."
        ),
        widget=DateInput(),
    )

    def __init__(self, *args: Any, on_paper: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if on_paper:  # nobody reads mail
            self.fields["text"].help_text = _("Kept with the application.")
            self.fields["due"].help_text = _("When the day has passed, your desk says so.")


class NoteForm(Form):
    text = forms.CharField(label=_("Private note"), widget=forms.Textarea(attrs={"rows": 3}))
