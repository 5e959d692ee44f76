"""Invoices on the secretary’s pages: paid, credited."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.admin_site import found_or_404
from kip.audit.timeline import entries_of
from kip.exceptions import DomainError
from members import services
from members.admin.fees.base import OfFees
from members.forms.fees import PaymentForm, ReasonForm
from members.models import Invoice, Payment
from members.presentation.fees import euros, pdf_response, stands
from members.references import grouped


@admin.register(Invoice)
class InvoiceAdmin(OfFees):
    nothing_yet = gettext_lazy("Invoices will be here once the fees of a year are fixed.")
    list_display = ["number_shown", "billed_name", "year_shown", "euros_shown", "due_on", "state"]
    list_display_links = ["number_shown", "billed_name"]
    list_filter = ["fee_year", "status"]
    search_fields = ["billed_name", "reference", "business_id"]
    list_select_related = ["fee_year"]
    ordering = ["-number"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Invoice.objects.with_paid().select_related("fee_year", "member", "document")

    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("<int:pk>/pay/", self.pay, "pay"),
            self._path("<int:pk>/credit/", self.credit, "credit"),
            self._path("<int:pk>/invoice.pdf", self.file, "pdf"),
            path(
                "payments/<int:pk>/take-back/",
                self.admin_site.admin_view(self.take_back),
                name="members_payment_take_back",
            ),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("invoice number"), ordering="number")
    def number_shown(self, row: Invoice) -> str:
        return str(row.number)

    @admin.display(description=gettext_lazy("year"), ordering="fee_year__year")
    def year_shown(self, row: Invoice) -> str:
        return str(row.fee_year.year)

    @admin.display(description=gettext_lazy("Amount"), ordering="amount")
    def euros_shown(self, row: Invoice) -> str:
        return euros(row.amount)

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Invoice) -> str:
        return stands(row, timezone.localdate())[0]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self._row(request, object_id)
        words, tone = stands(row, timezone.localdate())
        return self._render(
            request,
            "change_form",
            title=str(row),
            row=row,
            words=words,
            tone=tone,
            why=services.basis_in_words(row),
            reference=grouped(row.reference),
            payments=row.payments.select_related("by", "reverses", "bank_file", "reversal"),
            reminders=row.reminders.select_related("by"),
            entries=entries_of(row),
        )

    def _trail(self, row: Invoice) -> tuple[str, str]:
        return str(row), self._url(row)

    def pay(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        initial = {"amount": max(row.owed, 0) or None, "booked_on": timezone.localdate()}
        return self._confirm(
            request,
            lambda **how: services.record_payment(invoice_id=row.pk, **how),
            self._trail(row),
            sample={"amount": Decimal(1), "booked_on": timezone.localdate(), "more": True},
            title=_("Enter a payment"),
            act_text=_("Enter the payment"),
            lead=f"{row.billed_name}: {stands(row, timezone.localdate())[0]}",
            form=PaymentForm(request.POST or None, initial=initial, owed=row.owed),
            consequences=[_("The whole or a part, as the account says.")],
            done=gettext_lazy("The payment is entered."),
            back=self._url(row),
        )

    def credit(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        return self._confirm(
            request,
            lambda **how: services.credit_invoice(invoice_id=row.pk, **how),
            self._trail(row),
            sample={"reason": "–"},
            title=_("Credit the invoice"),
            act_text=_("Credit the invoice"),
            lead=f"{row.billed_name}, {euros(row.amount)}",
            form=ReasonForm(request.POST or None),
            consequences=[
                _("Nothing is owed on it any more. This cannot be undone."),
                _("What was paid stays on file, to be given back."),
                _("The company can be billed for the year once more."),
            ],
            done=gettext_lazy("The invoice is credited."),
            back=self._url(row),
            danger=True,
        )

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require(request)
        payment = found_or_404(Payment.objects.select_related("invoice"), pk)
        day = formats.date_format(payment.booked_on)
        return self._confirm(
            request,
            lambda **how: services.take_back_payment(payment_id=payment.pk, **how),
            self._trail(payment.invoice),
            sample={"reason": "–"},
            title=_("Take back a payment"),
            act_text=_("Take the payment back"),
            lead=f"{payment.invoice.billed_name}: {euros(payment.amount)}, {day}",
            form=ReasonForm(request.POST or None),
            consequences=[_("It stays on file, and so does that it was taken back.")],
            done=gettext_lazy("The payment is taken back."),
            back=self._url(payment.invoice),
            danger=True,
        )

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        try:
            return pdf_response(row)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(self._url(row))
