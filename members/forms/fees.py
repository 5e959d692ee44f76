"""What the secretary says of fees, invoices and payments."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.forms import Form, ModelForm
from kip.widgets import DateInput
from members.bankfile import euros
from members.models import FeeBand, FeeBasis, FeeYear, Member
from members.models.fees import LARGEST
from members.services.fees import FEE_YEAR_FIELDS, Band

MOST = 10**15


class EurosField(forms.Field):
    """An amount as it is written in Finland: “1 234,50” or “1234.50”."""

    def __init__(self, *, least: Decimal = Decimal("0.01"), **kwargs: Any) -> None:
        self.least = least
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "maxlength": 20}

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        amount = euros(text)
        if amount is None:
            raise ValidationError(_("Write euros like 1200 or 1200,50."))
        if not self.least <= amount <= LARGEST:
            raise ValidationError(
                _("Write an amount from %(least)s to %(most)s.")
                % {"least": self.least, "most": LARGEST}
            )
        return amount

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value


class BandsField(forms.CharField):
    """A band on each line: its upper end, a colon, its fee; the last begins with “+”."""

    widget = forms.Textarea(attrs={"rows": 5})

    def to_python(self, value: Any) -> Any:
        found: list[Band] = []
        lines = (line.strip() for line in super().to_python(value).splitlines())
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            end, mark, fee = line.partition(":")
            amount = euros(fee) if mark else None
            digits = re.sub(r"\s", "", end)
            if (
                amount is None
                or not 0 <= amount <= LARGEST
                or not re.fullmatch(r"\+|[0-9]{1,15}", digits)
            ):
                raise ValidationError(
                    _("Line %(number)d: write it like “49: 1200”, or “+: 5000”.")
                    % {"number": number}
                )
            found.append((None if digits == "+" else int(digits), amount))
        return found

    @staticmethod
    def as_text(bands: Iterable[FeeBand]) -> str:
        return "\n".join(
            f"{'+' if band.up_to is None else band.up_to}: {band.amount}".replace(".", ",")
            for band in bands
        )


class FeeYearForm(ModelForm):
    """A year not fixed yet: the form only reads, `draft_fees` writes."""

    amount = EurosField(
        label=gettext_lazy("Fee in euros"),
        required=False,
        help_text=gettext_lazy("Only where it is the same for all."),
    )
    bands = BandsField(
        label=gettext_lazy("Bands"),
        required=False,
        help_text=gettext_lazy(
            "Only for a fee by people or turnover. One band on each line: the largest number in it"
            " and the fee, like “49: 1200”. The last one begins with “+”: “+: 5000”."
        ),
    )

    class Meta:
        model = FeeYear
        fields = FEE_YEAR_FIELDS
        widgets = {
            "basis": forms.RadioSelect(),
            **{name: DateInput() for name in ("members_on", "due_on", "decided_on")},
        }

    field_order = ["year", "basis", "amount", "bands"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["basis"].choices = FeeBasis.choices  # type: ignore[attr-defined]

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FEE_YEAR_FIELDS}

    def _post_clean(self) -> None:
        """The service says what is wrong, in its own words."""


class ValuesForm(Form):
    """One field for each company of a page."""

    def __init__(self, *args: Any, basis: str, members: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for member, value in members:
            name = f"value_{member.pk}"
            if basis == FeeBasis.LIST:
                field: forms.Field = EurosField(least=Decimal(0), required=False)
            else:
                field = forms.IntegerField(min_value=0, max_value=MOST, required=False)
                field.widget = forms.TextInput(attrs={"inputmode": "numeric"})
            field.label = str(member)
            if basis == FeeBasis.HEADCOUNT and member.headcount is not None:
                field.help_text = _("The company says %(number)s.") % {"number": member.headcount}
            self.fields[name] = field
            self.initial[name] = value

    @property
    def values(self) -> dict[int, Decimal | None]:
        return {
            int(name.removeprefix("value_")): None if typed is None else Decimal(typed)
            for name, typed in self.cleaned_data.items()
        }


class SendForm(Form):
    with_einvoice = forms.BooleanField(
        label=gettext_lazy("Also to companies with an e-invoice address"),
        required=False,
        help_text=gettext_lazy("Leave this empty if they get an e-invoice."),
    )


class BillForm(Form):
    member = forms.ModelChoiceField(label=gettext_lazy("Company"), queryset=Member.objects.none())
    amount = EurosField(label=gettext_lazy("Amount in euros"))
    due_on = forms.DateField(label=gettext_lazy("Due date"), widget=DateInput())

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members  # type: ignore[attr-defined]


class PaymentForm(Form):
    """It asks about more than is `owed` once that has been typed."""

    amount = EurosField(label=gettext_lazy("Amount in euros"))
    more = forms.BooleanField(
        label=gettext_lazy("It is more than is owed: book it all the same"), required=False
    )
    booked_on = forms.DateField(label=gettext_lazy("Booked on"), widget=DateInput())

    def __init__(self, *args: Any, owed: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owed = owed
        if not self.is_bound:
            del self.fields["more"]

    def clean(self) -> None:
        amount = self.cleaned_data.get("amount")
        if amount is None or amount <= self.owed:
            del self.fields["more"]


class ReasonForm(Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)


class BankFileForm(Form):
    upload = forms.FileField(
        label=gettext_lazy("File of the bank"),
        max_length=255,
        help_text=gettext_lazy("Reference payments (KTL), camt.054, or a table as CSV or XLSX."),
    )


class BookForm(Form):
    """What of a bank's file is booked beside the rest: payments of invoices that owe nothing."""

    also = forms.MultipleChoiceField(
        label=gettext_lazy("Nothing is owed any more: book these all the same"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("Leave out what was entered by hand before."),
    )

    def __init__(self, *args: Any, payments: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["also"].choices = payments  # type: ignore[attr-defined]
