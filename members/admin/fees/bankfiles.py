"""A bank’s files on the secretary’s pages: read, looked at, booked or dropped."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip.exceptions import DomainError, add_to_form
from members import services
from members.admin.fees.base import SHOWN, OfFees
from members.bankfile import COLUMNS, NEEDED
from members.forms.fees import BankFileForm, BookForm
from members.models import BankFile
from members.presentation.fees import euros
from members.services import paying
from members.states import BankFileStatus


@admin.register(BankFile)
class BankFileAdmin(OfFees):
    nothing_yet = gettext_lazy(
        "A bank’s files of payments will be here, each with what was booked from it."
    )
    list_display = ["name", "status", "uploaded_at", "by", "payments", "booked"]
    list_filter = ["status"]
    list_select_related = ["by"]
    change_list_template = "admin/members/bankfile/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("upload/", self.upload, "upload"),
            self._path("<int:pk>/book/", self.book, "book"),
            self._path("<int:pk>/drop/", self.drop, "drop"),
            *super().get_urls(),
        ]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Read a file; nothing is booked before its payments have been looked at."""
        self._require(request)
        form = BankFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                row = services.read_bank_file(
                    **form.cleaned_data, by=request.user, at=timezone.now()
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                return redirect(self._url(row))
        return self._render(
            request,
            "upload",
            title=_("Read a bank’s file"),
            form=form,
            back=self._list_url(),
            columns=[(paying.COLUMN_NAMES[name], COLUMNS[name]) for name in NEEDED],
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self._row(request, object_id, BankFile.objects.select_related("by"))
        found = paying.matched(row)
        waits = row.status == BankFileStatus.READ
        words = {match: match.label for match in paying.Match}
        if not waits:
            words[paying.Match.PAID] = _("nothing is owed any more")
        counts = [
            (words[match], sum(1 for each in found if each.match == match))
            for match in paying.Match
        ]
        page_obj = Paginator(found, SHOWN).get_page(request.GET.get("page"))
        return self._render(
            request,
            "change_form",
            title=str(row),
            row=row,
            waits=waits,
            books=sum(1 for each in found if each.match in paying.BOOKS | paying.ASKED),
            counts=[(label, number) for label, number in counts if number],
            page_obj=page_obj,
            rows=[(each, words[each.match]) for each in page_obj],
        )

    def book(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        found = paying.matched(row)
        books = [each for each in found if each.match in paying.BOOKS]
        number = len(books)
        asked = [
            (each.paid.archive_id, self._in_words(each))
            for each in found
            if each.match in paying.ASKED
        ]
        return self._confirm(
            request,
            lambda pressed, **how: services.book_bank_file(
                bank_file_id=row.pk, read=pressed, **how
            ),
            (str(row), self._url(row)),
            sample={},
            title=_("Book the payments"),
            act_text=_("Book the payments"),
            lead=str(row),
            pressed=paying.fingerprint(found),
            form=BookForm(request.POST or None, payments=asked) if asked else None,
            consequences=[
                ngettext(
                    "%(number)d payment is booked, %(sum)s in all.",
                    "%(number)d payments are booked, %(sum)s in all.",
                    number,
                )
                % {"number": number, "sum": euros(sum(each.paid.amount for each in books))},
                *(
                    _("%(payment)s: %(over)s more than is owed. This is booked too.")
                    % {"payment": self._in_words(each), "over": euros(each.over)}
                    for each in books
                    if each.over
                ),
                *([_("What is ticked above is booked as well.")] if asked else []),
                _("The others in the file are left alone: %(number)d.")
                % {"number": len(found) - number - len(asked)},
                _("All of it is written, or nothing."),
            ],
            done=gettext_lazy("The payments are booked."),
            back=self._url(row),
        )

    def _in_words(self, each: Any) -> str:
        day = formats.date_format(each.paid.booked_on)
        return f"{each.invoice.billed_name}: {euros(each.paid.amount)}, {day}"

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        return self._confirm(
            request,
            lambda **how: services.drop_bank_file(bank_file_id=row.pk, **how),
            (str(row), self._url(row)),
            sample={},
            title=_("Drop the file"),
            act_text=_("Drop"),
            lead=str(row),
            consequences=[_("Nothing of it is booked.")],
            done=gettext_lazy("The file is dropped."),
            back=self._url(row),
            danger=True,
        )
