"""The fees of a year on the secretary’s pages: prepared, fixed, sent, reminded of."""

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip import sheets
from kip.exceptions import DomainError, add_to_form
from kip.ordering import Finnish
from members import services
from members.admin.fees.base import SHOWN, OfFees
from members.forms.fees import BandsField, BillForm, FeeYearForm, SendForm, ValuesForm
from members.models import IN_BANDS, FeeBasis, FeeYear, Member
from members.presentation.fees import (
    as_pdf,
    basis_of,
    draft_sheet,
    euros,
    invoice_sheet,
    stands,
    sums,
)
from members.references import grouped
from members.services.fees import billed_members, fee_lines

# Reminders beyond so many are not rehearsed one by one.
REHEARSED = 50


@admin.register(FeeYear)
class FeeYearAdmin(OfFees):
    nothing_yet = gettext_lazy(
        "The fees of each year will be here, with what the general meeting decided and who has"
        " paid."
    )
    list_display = ["year_shown", "status", "basis", "due_on", "decision"]
    list_display_links = ["year_shown"]
    change_list_template = "admin/members/feeyear/change_list.html"

    @admin.display(description=gettext_lazy("year"), ordering="year")
    def year_shown(self, row: FeeYear) -> str:
        return str(row.year)

    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("begin/", self.begin, "begin"),
            self._path("<int:pk>/edit/", self.edit, "edit"),
            self._path("<int:pk>/values/", self.values, "values"),
            self._path("<int:pk>/fix/", self.fix, "fix"),
            self._path("<int:pk>/bill/", self.bill, "bill"),
            self._path("<int:pk>/send/", self.send, "send"),
            self._path("<int:pk>/remind/", self.remind, "remind"),
            self._path("<int:pk>/list.xlsx", self.list_xlsx, "xlsx"),
            self._path("<int:pk>/list.csv", self.list_csv, "csv"),
            self._path("<int:pk>/invoices.pdf", self.invoices, "invoices"),
            *super().get_urls(),
        ]

    # --- Preparing

    def begin(self, request: HttpRequest) -> HttpResponse:
        """The next year, with the last one's facts before it."""
        self._require(request)
        last = FeeYear.objects.order_by("-year").first()
        today = timezone.localdate()
        year = max(last.year + 1 if last else today.year, today.year)
        kept = ["basis", "amount", "payee", "iban", "bic"]
        kept += ["vat_note_fi", "vat_note_sv", "vat_note_en"]
        initial: dict[str, Any] = {"year": year, "members_on": date(year, 1, 1)}
        if last is not None:
            initial |= {name: getattr(last, name) for name in kept}
            initial["bands"] = BandsField.as_text(last.bands.all())
        form = FeeYearForm(request.POST or None, initial=initial)
        return self._form(request, form, _("Prepare the fees of a year"), None)

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        if not row.is_draft:
            messages.error(request, _("These fees are fixed: nothing of them changes any more."))
            return redirect(self._url(row))
        initial = {"bands": BandsField.as_text(row.bands.all())}
        form = FeeYearForm(request.POST or None, instance=row, initial=initial)
        return self._form(request, form, _("Change the fees of the year"), row)

    def _form(self, request: HttpRequest, form: Any, title: str, row: Any) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            try:
                made = services.draft_fees(
                    facts=form.facts,
                    bands=form.cleaned_data["bands"] or [],
                    fee_year_id=row.pk if row else None,
                    by=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                messages.success(request, _("Saved. Nobody is billed yet."))
                return redirect(self._url(made))
        back = self._url(row) if row else self._list_url()
        return self._render(request, "edit", title=title, form=form, back=back)

    def values(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is counted with, company by company."""
        row = self._row(request, pk)
        if not row.is_draft or row.basis == FeeBasis.FLAT:
            messages.info(request, _("There is nothing to enter for these fees."))
            return redirect(self._url(row))
        page = Paginator(billed_members(row), SHOWN).get_page(request.GET.get("page"))
        entered = {
            value.member_id: value.amount if row.basis == FeeBasis.LIST else value.number
            for value in row.values.filter(member__in=[member.pk for member in page])
        }
        form = ValuesForm(
            request.POST or None,
            basis=row.basis,
            members=[(member, entered.get(member.pk)) for member in page],
        )
        if request.method == "POST" and form.is_valid():
            try:
                services.enter_values(
                    fee_year_id=row.pk, values=form.values, by=request.user, at=timezone.now()
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect(request.get_full_path() if page.has_next() else self._url(row))
        return self._render(
            request,
            "values",
            title=_("Enter values"),
            row=row,
            form=form,
            page_obj=page,
            asks_people=row.basis == FeeBasis.HEADCOUNT,
            back=self._url(row),
        )

    def fix(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        found = [line for line in fee_lines(row) if line.amount] if row.is_draft else []
        return self._confirm(
            request,
            lambda **how: services.fix_fees(fee_year_id=row.pk, **how),
            (str(row), self._url(row)),
            sample={},
            title=_("Fix the fees and bill the members"),
            act_text=_("Fix the fees"),
            lead=str(row),
            consequences=[
                ngettext(
                    "%(number)d company is billed, %(sum)s in all.",
                    "%(number)d companies are billed, %(sum)s in all.",
                    len(found),
                )
                % {"number": len(found), "sum": euros(sum(line.amount for line in found))},  # type: ignore[misc]
                *self._unsent(),
                _("Afterwards nothing of it changes: a wrong invoice is credited."),
            ],
            done=gettext_lazy("The fees are fixed, and the invoices made out."),
            back=self._url(row),
        )

    def _unsent(self) -> list[str]:
        return [
            _("Nothing is sent yet."),
            _("A company that is billed sees its invoice in KIP at once."),
        ]

    # --- One year

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A draft: who would pay what. Fixed: who has paid, and who owes."""
        row = self._row(request, object_id)
        shown = request.GET.get("show", "")
        context: dict[str, Any] = {"row": row, "title": str(row), "basis": basis_of(row)}
        context["account"] = grouped(row.iban)
        if row.is_draft:
            found = fee_lines(row)
            missing = [line for line in found if line.why_not]
            page = Paginator(missing if shown == "missing" else found, SHOWN)
            context |= {
                "missing": len(missing),
                "billed": sum(1 for line in found if line.amount),
                "sum": euros(sum(line.amount or 0 for line in found)),
                "shown": "missing" if shown == "missing" else "all",
                "page_obj": page.get_page(request.GET.get("page")),
                "takes_values": row.basis != FeeBasis.FLAT,
                "by_number": row.basis in IN_BANDS,
            }
            return self._render(request, "draft", **context)
        today = timezone.localdate()
        kinds = {
            "all": (_("all"), row.invoices.with_paid()),
            "unpaid": (_("unpaid"), row.invoices.unpaid()),
            "overdue": (_("overdue"), row.invoices.overdue(today)),
        }
        shown = shown if shown in kinds else "all"
        rows = kinds[shown][1].select_related("member").prefetch_related("reminders")
        counts = {key: each.count() for key, (_words, each) in kinds.items()}
        page_of = Paginator(rows.order_by(Finnish("billed_name"), "pk"), SHOWN)
        page_of.count = counts[shown]  # else it counts once more
        page_obj = page_of.get_page(request.GET.get("page"))
        context |= {
            "sums": sums(row),
            "kinds": [(key, words, counts[key]) for key, (words, _rows) in kinds.items()],
            "shown": shown,
            "page_obj": page_obj,
            "rows": [(each, *stands(each, today), each.reminders.all()) for each in page_obj],
            "to_send": services.to_send(row, with_einvoice=True).exists(),
            "waits_to_go": row.invoices.in_force()
            .filter(asked_at__isnull=False, sent_at=None)
            .count(),
        }
        return self._render(request, "change_form", **context)

    def bill(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        billed = row.invoices.in_force().values("member")
        members = Member.objects.in_force(timezone.localdate()).apart_from_doubles()
        members = members.exclude(pk__in=billed).order_by(Finnish("name"), "pk")
        return self._confirm(
            request,
            lambda member, **how: services.bill_one(fee_year_id=row.pk, member_id=member.pk, **how),
            (str(row), self._url(row)),
            title=_("Bill one more company"),
            act_text=_("Make out the invoice"),
            lead=str(row),
            form=BillForm(request.POST or None, members=members),
            consequences=self._unsent(),
            done=gettext_lazy("The invoice is made out."),
            back=self._url(row),
            onward=lambda made: reverse("admin:members_invoice_change", args=[made.pk]),
        )

    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        all_of_them = list(services.to_send(row, with_einvoice=True))
        plain = [each for each in all_of_them if not each.einvoice_address]
        reached = services.payers([each.member_id for each in all_of_them], at=timezone.now())
        beyond = [each for each in all_of_them if each.member_id not in reached]
        by_mail = sum(1 for each in plain if each.member_id in reached)
        return self._confirm(
            request,
            lambda **how: services.ask_to_send(fee_year_id=row.pk, **how),
            (str(row), self._url(row)),
            title=_("Send the invoices"),
            act_text=_("Send the invoices"),
            lead=str(row),
            form=SendForm(request.POST or None),
            consequences=[
                ngettext(
                    "%(number)d invoice goes by mail, as a PDF, to who is for billing, else to the"
                    " primary representative.",
                    "%(number)d invoices go by mail, as PDFs, to who is for billing, else to the"
                    " primary representative.",
                    by_mail,
                )
                % {"number": by_mail},
                _("Companies with an e-invoice address: %(number)d.")
                % {"number": len(all_of_them) - len(plain)},
                *(
                    _("No letter reaches %(company)s: print its invoice.")
                    % {"company": each.billed_name}
                    for each in beyond[:SHOWN]
                ),
                _("Each goes once. They are sent one after the other, within some minutes."),
            ],
            done=lambda number: (
                ngettext(
                    "%(number)d invoice is on its way.",
                    "%(number)d invoices are on their way.",
                    number,
                )
                % {"number": number}
            ),
            back=self._url(row),
        )

    def remind(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        today = timezone.localdate()
        found = services.to_remind(row, at=timezone.now())
        if not found:
            messages.info(request, _("There is nobody to remind now."))
            return redirect(self._url(row))
        texts = []
        for each in found[:SHOWN]:
            said = {"company": each.billed_name, "stands": stands(each, today)[0]}
            said["times"] = each.reminded
            if not each.payers:
                texts.append(_("%(company)s: %(stands)s. No letter reaches it.") % said)
            elif each.reminded:
                texts.append(
                    ngettext(
                        "%(company)s: %(stands)s. Reminded %(times)d time before.",
                        "%(company)s: %(stands)s. Reminded %(times)d times before.",
                        each.reminded,
                    )
                    % said
                )
            else:
                texts.append(_("%(company)s: %(stands)s.") % said)
        return self._confirm(
            request,
            lambda **how: services.remind_of_fees(fee_year_id=row.pk, **how),
            (str(row), self._url(row)),
            title=_("Remind of unpaid fees"),
            act_text=_("Send the reminders"),
            lead=str(row),
            consequences=texts,
            letters=len(found) <= REHEARSED,
            done=lambda number: (
                ngettext(
                    "%(number)d company is reminded.", "%(number)d companies are reminded.", number
                )
                % {"number": number}
            ),
            back=self._url(row),
        )

    # --- Files

    def list_xlsx(self, request: HttpRequest, pk: int) -> Any:
        return self._list(request, pk, "xlsx")

    def list_csv(self, request: HttpRequest, pk: int) -> Any:
        return self._list(request, pk, "csv")

    def _list(self, request: HttpRequest, pk: int, kind: str) -> Any:
        """The billing list, complete."""
        row = self._row(request, pk)
        if row.is_draft:
            sheet = draft_sheet(row, fee_lines(row))
        else:
            rows = row.invoices.with_paid().select_related("member").order_by("number")
            sheet = invoice_sheet(row, rows.iterator(1000), timezone.localdate())
        return sheets.download(sheet, kind, name=f"fees-{row.year}")

    def invoices(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All invoices in force, as one PDF to be printed."""
        row = self._row(request, pk)
        rows = list(row.invoices.in_force().select_related("member", "fee_year").order_by("number"))
        try:
            if not rows:
                raise DomainError(_("There are no invoices yet."))
            return as_pdf(services.invoices_pdf(rows), f"invoices-{row.year}")
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(self._url(row))
