"""The letters about membership fees: the invoice, and its reminder."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kip.mail.services import post
from members.letters.leaving import AS_BILLING
from members.models import Invoice, Representative, RepresentativeRole
from members.references import grouped

AS_PRIMARY = _("You get this because you are the primary representative of a member company.")


def invoice(row: Invoice, payer: Representative, *, at: datetime) -> None:
    _to_payer("invoice", row, payer, key=f"invoice:{row.pk}", at=at)


def reminder(row: Invoice, payer: Representative, *, nth: int, at: datetime) -> None:
    key = f"invoice-reminder:{row.pk}:{nth}"
    _to_payer("invoice_reminder", row, payer, key=key, at=at, owed=row.owed, nth=nth)


def _to_payer(
    name: str, row: Invoice, payer: Representative, *, key: str, at: datetime, **context: Any
) -> None:
    """To a person with a page to open, or to a bare address without one."""
    is_billing = payer.role == RepresentativeRole.BILLING
    page = reverse("own_fees", args=[row.member.number]) if payer.person else ""
    post(
        key=f"{key}:{payer.pk}",
        to=payer.person or payer.address,
        language=None if payer.person else row.language,
        template=f"members/mail/{name}",
        context={
            "invoice": row,
            "year": row.fee_year,
            "account": grouped(row.fee_year.iban),
            "reference": grouped(row.reference),
            **context,
        },
        why=AS_BILLING if is_billing else AS_PRIMARY,
        about=row.member.in_letters,
        at=at,
        link=page,
        link_text=_("Open the company’s fees"),
        attachments=[row.document] if row.document_id else [],
    )
