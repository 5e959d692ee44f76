"""A member company's fees, for who keeps its data or is for billing."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kip.exceptions import DomainError
from members.models import Invoice
from members.presentation.fees import pdf_response, stands
from members.services import without_vote
from members.views.company import member_for, trail

SHOWN = 20


@require_safe
def own_fees(request: HttpRequest, number: int) -> HttpResponse:
    """The company's invoices, and what is paid of each."""
    member = member_for(request, number, to="members.read_fees")
    today = timezone.localdate()
    rows = Invoice.objects.with_paid().filter(member=member).select_related("fee_year")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    return render(
        request,
        "members/own_fees.html",
        {
            "member": member,
            "page_obj": page,
            "rows": [(row, *stands(row, today)) for row in page],
            "has_no_vote": without_vote(today).filter(pk=member.pk).exists(),
            "breadcrumb": trail(request, member),
        },
    )


@require_safe
def own_invoice(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """One invoice of the company, as a PDF."""
    member = member_for(request, number, to="members.read_fees")
    rows = Invoice.objects.select_related("fee_year", "member", "document")
    invoice = get_object_or_404(rows, pk=pk, member=member)
    try:
        return pdf_response(invoice)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(reverse("own_fees", args=[member.number]))
