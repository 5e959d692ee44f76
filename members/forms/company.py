"""What is kept of a company: corrected by the secretary, kept by the company itself, proposed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kip.documents.forms import DocumentField, DocumentInput
from kip.forms import Form, SaysWhatWasRead
from kip.widgets import DateInput
from members.forms.application import (
    FINNISH_POSTCODE,
    ActivitiesForm,
    CompanyForm,
    StepForm,
)
from members.forms.choosing import MemberField
from members.models import REGISTERED_FIELDS, Application, Member


class FactsForm(SaysWhatWasRead, CompanyForm):
    """All that an application says of a company, for the secretary who corrects it."""

    class Meta(CompanyForm.Meta):
        fields = [*CompanyForm.Meta.fields, *ActivitiesForm.Meta.fields]
        labels = ActivitiesForm.Meta.labels
        help_texts = CompanyForm.Meta.help_texts | ActivitiesForm.Meta.help_texts
        widgets = CompanyForm.Meta.widgets | ActivitiesForm.Meta.widgets


# --- What a company keeps of itself, page by page ----------------------------------------------


class PartForm(SaysWhatWasRead, StepForm):
    pass


class AddressForm(PartForm):
    optional = ("website", "parent_company")
    website = CompanyForm.declared_fields["website"]

    class Meta:
        model = Member
        fields = ["street", "postcode", "city", "website", "parent_company"]
        widgets = CompanyForm.Meta.widgets

    def clean_postcode(self) -> str:
        postcode = self.cleaned_data["postcode"]
        if self.instance.country == "FI" and not FINNISH_POSTCODE.fullmatch(postcode):
            raise ValidationError(_("A Finnish postcode has five digits, like 67900."))
        return postcode


class ParkForm(PartForm):
    optional = ("sectors", "sites", "certificates")

    class Meta:
        model = Member
        fields = ["activities", "location", "active_from", "sectors", "sites", "certificates"]
        labels = ActivitiesForm.Meta.labels | {
            "sectors": _("Sectors"),
            "sites": _("Sites in the Park"),
        }
        help_texts = ActivitiesForm.Meta.help_texts | {
            "sectors": _("By these the company is found in the directory."),
        }
        widgets = {
            "activities": forms.Textarea(attrs={"rows": 4}),
            "certificates": forms.Textarea(attrs={"rows": 3}),
            "sectors": forms.CheckboxSelectMultiple,
            "sites": forms.CheckboxSelectMultiple,
        }


def _about(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AboutForm(PartForm):
    optional = ("about_fi", "about_sv", "about_en")
    about_fi = _about(_("In Finnish"))
    about_sv = _about(_("In Swedish"))
    about_en = _about(_("In English"))

    class Meta:
        model = Member
        fields = ["about_fi", "about_sv", "about_en"]


class SafetyForm(PartForm):
    optional = ("headcount", "chemicals", "seveso")
    headcount = forms.IntegerField(
        label=_("People employed in the Park"), min_value=0, max_value=100_000, required=False
    )

    class Meta:
        model = Member
        fields = ["headcount", "chemicals", "seveso"]
        widgets = {"chemicals": forms.Textarea(attrs={"rows": 4})}


class InvoicingForm(PartForm):
    optional = ("einvoice_address", "einvoice_operator")

    class Meta:
        model = Member
        fields = ["einvoice_address", "einvoice_operator"]
        help_texts = {"einvoice_operator": _("Its code, e.g. 003721291126 or NDEAFIHH.")}


PARTS: dict[str, type[PartForm]] = {
    "address": AddressForm,
    "park": ParkForm,
    "about": AboutForm,
    "safety": SafetyForm,
    "invoicing": InvoicingForm,
}


class LogoForm(Form):
    logo = DocumentField(
        label=_("Logo"),
        help_text=_("PNG or JPEG, at most 10 MB. It is made small, and shown on white."),
        widget=DocumentInput({"accept": ".png,.jpg,.jpeg"}),
    )


# --- What is proposed for the register ---------------------------------------------------------


def _effective_on() -> forms.DateField:
    return forms.DateField(
        label=_("In force from"),
        help_text=_("The day that the register of companies gives."),
        widget=DateInput(),
    )


def _ground() -> forms.CharField:
    return forms.CharField(
        label=_("Why (optional)"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def _upload() -> DocumentField:
    return DocumentField(
        label=_("Document (optional)"),
        required=False,
        help_text=_("E.g. an extract from the trade register: PDF, PNG or JPEG."),
    )


class ChangeForm(SaysWhatWasRead, CompanyForm):
    """What the register is to say of a company."""

    website = None  # type: ignore[assignment]
    effective_on = _effective_on()
    ground = _ground()
    upload = _upload()

    class Meta(CompanyForm.Meta):
        model = Application
        fields = REGISTERED_FIELDS

    field_order = [
        *["name", "legal_form", "domicile", "country", "business_id", "register"],
        *["effective_on", "ground", "upload"],
    ]


class MergerForm(Form):
    """Into which member company a company merges."""

    into = MemberField(label=_("Which member company is it part of then?"))
    effective_on = _effective_on()
    ground = _ground()
    upload = _upload()


class ConfirmChangeForm(Form):
    effective_on = _effective_on()
    reply = forms.CharField(
        label=_("A word to the company (optional)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DeclineChangeForm(Form):
    reply = forms.CharField(
        label=_("Why not?"),
        help_text=_("The company reads this text as you write it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
