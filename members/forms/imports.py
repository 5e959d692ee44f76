"""What the secretary says of a table of member companies."""

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kip.documents.services import MB
from kip.forms import Form
from kip.widgets import DateInput


class ImportForm(Form):
    upload = forms.FileField(
        label=_("Table"),
        max_length=255,
        help_text=format_lazy(
            _("XLSX or CSV, at most {limit} MB and 20,000 rows."),
            limit=settings.DOCUMENT_MAX_BYTES // MB,
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
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
