"""Tables, of companies and of what was before the system: uploaded, shown, confirmed."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip import sheets
from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.exceptions import DomainError, add_to_form
from kip.mail.confirm import confirm
from members import services
from members.forms.imports import ImportForm, QuestionsForm, TableForm
from members.models import COMPANIES, ImportRun, Outcome
from members.services import ImportKind, NextAct
from members.states import ImportStatus

TONES = {
    ImportStatus.UPLOADED: "sea",
    ImportStatus.CHECKED: "due",
    ImportStatus.CONFIRMED: "sea",
    ImportStatus.DONE: "good",
    ImportStatus.FAILED: "wrong",
    ImportStatus.DROPPED: "neutral",
    ImportStatus.TAKEN_BACK: "neutral",
}


# So many questions are asked on one page; the answers to them bring the next.
QUESTIONS = 20


class OfKind(admin.SimpleListFilter):
    """What the tables are of."""

    title = gettext_lazy("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.key, kind.title) for kind in services.import_kinds()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Tables that were uploaded will be here, each with what it brings in and what is wrong in"
        " it."
    )
    list_display = [
        "name",
        "what",
        "status",
        "uploaded_at",
        "by",
        "new",
        "changed",
        "unchanged",
        "in_error",
    ]
    list_filter = ["status", OfKind]
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
            path("<int:pk>/answer/", view(self.answer), name="members_importrun_answer"),
            path("<int:pk>/take-back/", view(self.take_back), name="members_importrun_take_back"),
            path("<int:pk>/wrong.xlsx", view(self.wrong), name="members_importrun_wrong"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("what"), ordering="kind")
    def what(self, run: ImportRun) -> str:
        return str(services.kind_of(run.kind).title)

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
        kind = self._kind(request)
        form = (ImportForm if kind.asks_day else TableForm)(
            request.POST or None,
            request.FILES or None,
            initial={"effective_on": timezone.localdate()},
        )
        if request.method == "POST" and form.is_valid():
            said = {"effective_on": timezone.localdate(), "tells": False, **form.cleaned_data}
            try:
                run = services.upload_import(
                    **said,
                    kind=kind.key,
                    instead_of=_number(request.GET.get("instead")),
                    by=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                return redirect(self._url(run))
        return self._render(
            request,
            "upload",
            title=_("Import: %(what)s") % {"what": kind.title},
            kind=kind,
            kinds=services.import_kinds(),
            form=form,
            notes=kind.notes(),
        )

    def _kind(self, request: HttpRequest) -> ImportKind:
        """The one that the address names; without a name, member companies."""
        try:
            return services.kind_of(request.GET.get("kind", COMPANIES))
        except KeyError as error:
            raise Http404 from error

    def template(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The columns that an import reads, with notes; and an example where it is none of it."""
        self._require(request)
        of = self._kind(request)
        return sheets.download(
            of.template(), "csv" if kind == "csv" else "xlsx", name=f"{of.key}-template"
        )

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
            kind=services.kind_of(run.kind),
            questions=QuestionsForm(None, run.unanswered[:QUESTIONS])
            if run.status == ImportStatus.CHECKED and run.unanswered
            else None,
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
        if (
            run.status == ImportStatus.CHECKED
            and run.writes
            and not run.wrong
            and not run.unanswered
        ):
            acts.append(NextAct(_("Import"), self._url(run, "confirm")))
        kind = services.kind_of(run.kind)
        upload = f"{reverse('admin:members_importrun_upload')}?{urlencode({'kind': kind.key})}"
        if run.status == ImportStatus.FAILED or run.wrong:
            instead = f"{upload}&{urlencode({'instead': run.pk})}"
            acts.append(NextAct(_("Upload the mended table"), instead))
        elif run.status == ImportStatus.DONE:
            acts.append(NextAct(_("Open the list"), reverse(kind.leads_to)))
        if services.can_be_taken_back(run, at=timezone.now()):
            acts.append(NextAct(_("Take back the import"), self._url(run, "take_back")))
        if run.status in (ImportStatus.DONE, ImportStatus.DROPPED, ImportStatus.TAKEN_BACK):
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
        if run.status == ImportStatus.TAKEN_BACK:
            return _("What it brought in is gone again; its history stays.")
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
        if run.unanswered:
            return _("Say below who or what is known already. Nothing is written yet.")
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
        kind = services.kind_of(run.kind)
        texts = kind.consequences(run)
        if not kind.asks_day:
            rows = ngettext("%(count)d row is imported.", "%(count)d rows are imported.", run.new)
            texts.insert(0, rows % {"count": run.new})
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

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who or what in the table is known already, as the secretary says."""
        run = self._run(request, pk)
        form = QuestionsForm(request.POST or None, run.unanswered[:QUESTIONS])
        if request.method == "POST" and form.is_valid():
            try:
                services.answer_questions(
                    run_id=run.pk, answers=form.answers(), by=request.user, at=timezone.now()
                )
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("The table is being checked."))
        return redirect(self._url(run))

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(
            request,
            self._run(request, pk),
            services.take_back_import,
            title=_("Take back the import"),
            act_text=_("Take back"),
            done=gettext_lazy("The import has been taken back."),
            consequences=[
                _("Everything that it brought in goes. The history keeps that it was there."),
                _("A mended table can be imported in its place."),
            ],
            danger=True,
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
