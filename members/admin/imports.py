"""Member companies from a table: uploaded, shown as what would change, confirmed."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip import sheets
from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.exceptions import DomainError, add_to_form
from kip.mail.confirm import confirm
from members import columns, services
from members.forms.imports import ImportForm
from members.models import ImportRun, Member, Outcome
from members.services import NextAct
from members.states import ImportStatus

TONES = {
    ImportStatus.UPLOADED: "sea",
    ImportStatus.CHECKED: "due",
    ImportStatus.CONFIRMED: "sea",
    ImportStatus.DONE: "good",
    ImportStatus.FAILED: "wrong",
    ImportStatus.DROPPED: "neutral",
}


def notes() -> list[str]:
    """What whoever fills in the template has to know."""
    return [
        _("One row for each company. A new one has no member number yet."),
        _("A column that you delete changes nothing. An empty cell empties the fact."),
        _("An empty cell for a person changes nothing. People who are known keep their own name."),
        _("Several sectors or sites: one after another, with “;” between them."),
        _("Seveso tier: none, lower or upper. Country: two letters. Language: fi, sv or en."),
        _("An import ends no membership and no role: do that on the company’s own page."),
    ]


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Tables of companies that were uploaded will be here, each with what it brings in and"
        " what is wrong in it."
    )
    list_display = [
        "name",
        "status",
        "uploaded_at",
        "by",
        "new",
        "changed",
        "unchanged",
        "in_error",
    ]
    list_filter = ["status"]
    list_select_related = ["by"]
    ordering = ["-uploaded_at"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload), name="members_importrun_upload"),
            path("template.<slug:kind>", view(self.template), name="members_importrun_template"),
            path("<int:pk>/confirm/", view(self.confirm), name="members_importrun_confirm"),
            path("<int:pk>/again/", view(self.again), name="members_importrun_again"),
            path("<int:pk>/drop/", view(self.drop), name="members_importrun_drop"),
            path("<int:pk>/wrong.xlsx", view(self.wrong), name="members_importrun_wrong"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("wrong"), ordering="wrong")
    def in_error(self, run: ImportRun) -> int:
        """By another name than the field's: `field-wrong` is a class of forms."""
        return run.wrong

    def _require(self, request: HttpRequest) -> None:
        if not allowed("members.keep_register", request.user, at=timezone.now()):
            raise PermissionDenied

    def _run(self, request: HttpRequest, pk: Any) -> ImportRun:
        self._require(request)
        return found_or_404(ImportRun.objects.select_related("by", "confirmed_by"), pk)

    @staticmethod
    def _url(run: ImportRun, page: str = "change") -> str:
        return reverse(f"admin:members_importrun_{page}", args=[run.pk])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._require(request)
        return super().changelist_view(request, extra_context)

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Choose a table; nothing is written before what it would change has been read."""
        self._require(request)
        form = ImportForm(
            request.POST or None,
            request.FILES or None,
            initial={"effective_on": timezone.localdate()},
        )
        if request.method == "POST" and form.is_valid():
            try:
                run = services.upload_import(
                    **form.cleaned_data,
                    instead_of=_number(request.GET.get("instead")),
                    by=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                return redirect(self._url(run))
        return self._render(
            request, "upload", title=_("Import member companies"), form=form, notes=notes()
        )

    def template(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The columns that an import reads, with notes and without rows."""
        self._require(request)
        sheet = columns.as_sheet(
            Member.objects.none(), timezone.localdate(), title=_("Member companies"), notes=notes()
        )
        return sheets.download(sheet, "csv" if kind == "csv" else "xlsx", name="members-template")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One import: how far it is, and row by row what it would do."""
        run = self._run(request, object_id)
        counts = [(outcome, outcome.label, getattr(run, outcome.value)) for outcome in Outcome]
        shown = request.GET.get("show", Outcome.WRONG if run.wrong else "")
        rows = run.rows.filter(outcome=shown) if shown in Outcome.values else run.rows.all()
        return self._render(
            request,
            "change_form",
            title=str(run),
            run=run,
            tone=TONES[ImportStatus(run.status)],
            acts=self._acts(run),
            to_do=self._to_do(run),
            leads_on=run.status != ImportStatus.CHECKED or run.writes or run.wrong,
            counts=counts,
            shown=shown,
            page_obj=Paginator(rows, 50).get_page(request.GET.get("page")),
        )

    def _acts(self, run: ImportRun) -> list[NextAct]:
        """What can be done with it now, first what leads on."""
        acts = []
        if run.status == ImportStatus.CHECKED and run.writes and not run.wrong:
            acts.append(NextAct(_("Import"), self._url(run, "confirm")))
        upload = reverse("admin:members_importrun_upload")
        if run.status == ImportStatus.FAILED or run.wrong:
            instead = f"{upload}?{urlencode({'instead': run.pk})}"
            acts.append(NextAct(_("Upload the mended table"), instead))
        elif run.status == ImportStatus.DONE:
            members = reverse("admin:members_member_changelist")
            acts.append(NextAct(_("Open the member companies"), members))
        if run.status in (ImportStatus.DONE, ImportStatus.DROPPED):
            acts.append(NextAct(_("Import another table"), upload))
        if run.status in (ImportStatus.CHECKED, ImportStatus.FAILED):
            acts.append(NextAct(_("Check again"), self._url(run, "again")))
            acts.append(NextAct(_("Drop"), self._url(run, "drop")))
        return acts

    @staticmethod
    def _to_do(run: ImportRun) -> str:
        """Where it stands and what comes next, in one or two sentences."""
        if run.status == ImportStatus.DONE:
            return _("All of it is in the register, and KIP has forgotten the file.")
        if run.status == ImportStatus.DROPPED:
            return _("Nothing of it was imported, and KIP has forgotten the file.")
        if run.status == ImportStatus.FAILED:
            return _("Mend the table and upload it, or have this one checked again.")
        if run.status != ImportStatus.CHECKED:
            return ""
        if run.wrong:
            return ngettext(
                "%(count)d row is wrong. Nothing is imported while something is wrong: mend it in"
                " the file, and upload it again.",
                "%(count)d rows are wrong. Nothing is imported while something is wrong: mend them"
                " in the file, and upload it again.",
                run.wrong,
            ) % {"count": run.wrong}
        if not run.writes:
            return _("The register says all this already: there is nothing to import.")
        return _("Nothing is written yet. Read below what would change, and import it then.")

    def wrong(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is wrong, cell by cell, to be mended beside the table."""
        run = self._run(request, pk)
        rows = run.rows.filter(outcome=Outcome.WRONG).iterator()
        sheet = sheets.Sheet(
            title=_("What is wrong in %(file)s") % {"file": run.name},
            columns=[_("Row"), _("Cell"), _("Column"), _("Company"), _("What is wrong")],
            rows=(
                [row.line, cell, column, row.company, problem]
                for row in rows
                for cell, column, problem in row.errors
            ),
        )
        return sheets.download(sheet, "xlsx", name="wrong")

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk)
        day = {"day": formats.date_format(run.effective_on)}
        texts = []
        if run.new:
            texts.append(
                ngettext(
                    "%(count)d company becomes a member.",
                    "%(count)d companies become members.",
                    run.new,
                )
                % {"count": run.new}
            )
        if run.changed:
            texts.append(
                ngettext(
                    "%(count)d company is changed.", "%(count)d companies are changed.", run.changed
                )
                % {"count": run.changed}
            )
        texts.append(_("Other facts in the register, and other people, hold from %(day)s.") % day)
        texts.append(
            _("Everybody who is named gets a letter, and an invitation if they need one.")
            if run.tells
            else _("Nobody gets mail.")
        )
        texts.append(_("All of it is written, or nothing."))
        return self._act(
            request,
            run,
            services.confirm_import,
            title=_("Import %(file)s") % {"file": run},
            act_text=_("Import"),
            done=gettext_lazy("The import has begun."),
            consequences=texts,
        )

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(
            request,
            self._run(request, pk),
            services.check_again,
            title=_("Check the table again"),
            act_text=_("Check again"),
            done=gettext_lazy("The table is being checked."),
            consequences=[_("The table is compared with the register as it is now.")],
        )

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(
            request,
            self._run(request, pk),
            services.drop_import,
            title=_("Drop the table"),
            act_text=_("Drop"),
            done=gettext_lazy("The table is dropped."),
            consequences=[_("Nothing of it is imported, and KIP forgets the file.")],
            danger=True,
        )

    def _act(self, request: HttpRequest, run: ImportRun, act: Any, **page: Any) -> HttpResponse:
        back = self._url(run)
        return confirm(
            request,
            act=lambda _data: act(run_id=run.pk, by=request.user, at=timezone.now()),
            back=back,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "letters": None,
                "trail": [
                    (
                        self.opts.verbose_name_plural,
                        reverse("admin:members_importrun_changelist"),
                    ),
                    (str(run), back),
                ],
            },
            **page,
        )

    def _render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts}
        return render(
            request, f"admin/members/importrun/{template}.html", {**everywhere, **context}
        )


def _number(text: str | None) -> int | None:
    """A row's number from the address; what is none is nobody's."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None
