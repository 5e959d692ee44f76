"""The secretary's pages for the board's composition and its resolutions."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board import words
from board.forms import OfficeForm, SeatForm, TermForm, UntilForm
from board.models import (
    FormerResolution,
    Matter,
    Office,
    Resolution,
    Seat,
    Term,
    YearPlan,
    with_progress,
)
from board.services import terms
from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.audit.timeline import entries_of
from kip.mail.confirm import confirm


@admin.register(Term)
class TermAdmin(ReadOnly):
    nothing_yet = gettext_lazy("The board’s terms will be here, each with its seats and offices.")
    list_display = ["elected", "since", "until", "mark"]
    change_list_template = "admin/board/term/change_list.html"

    @admin.display(description=gettext_lazy("remark"))
    def mark(self, term: Term) -> str:
        return _("from before the system") if term.brought_in_by_id is not None else ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("begin/", view(self.begin), name="board_term_begin"),
            path("<int:pk>/seat/", view(self.seat), name="board_term_seat"),
            path("seats/<int:pk>/office/", view(self.office), name="board_seat_office"),
            path("seats/<int:pk>/end/", view(self.end_seat), name="board_seat_end"),
            path(
                "seats/<int:pk>/take-back/", view(self.take_back_seat), name="board_seat_take_back"
            ),
            path("<int:pk>/take-back/", view(self.take_back), name="board_term_take_back"),
            *super().get_urls(),
        ]

    def _page(self, request: HttpRequest, term: Term | None = None) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        trail = [(self.opts.verbose_name_plural, reverse("admin:board_term_changelist"))]
        if term is not None:
            trail.append((str(term), self._url(term)))
        return {**self.admin_site.each_context(request), "opts": self.opts, "trail": trail}

    @staticmethod
    def _url(term: Term) -> str:
        return reverse("admin:board_term_change", args=[term.pk])

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One term: its seats and offices, past and present."""
        page = self._page(request)
        term = found_or_404(Term.objects.all(), object_id)
        at = timezone.now()
        seats = list(
            Seat.objects.filter(term=term).select_related("person").prefetch_related("offices")
        )
        rows = [
            {
                "seat": seat,
                "title": words.seat_title("", seat.kind),
                "offices": list(seat.offices.all()),
                "holds": seat.holds(at),
                "ahead": seat.since > at,
            }
            for seat in seats
        ]
        context = {
            **page,
            "title": str(term),
            "term": term,
            "rows": rows,
            "ahead": term.since > at,
            "over": term.until is not None and term.until <= at,
            "entries": entries_of(
                term, *seats, hide=["board.Entitlement", "board.Matter", "board.MeetingRecord"]
            ),
        }
        return render(request, "admin/board/term/change_form.html", context)

    def begin(self, request: HttpRequest) -> HttpResponse:
        now = timezone.localtime()
        return confirm(
            request,
            title=_("Record a new term of the board"),
            act_text=_("Record the term"),
            form=TermForm(request.POST or None, initial={"since": now}),
            consequences=[
                _("When the term begins, the term, seats and offices of the board before end."),
                _(
                    "Its open matters stop then, and the secretary is told by mail; the new board"
                    " takes them up anew."
                ),
            ],
            act=lambda data: terms.begin_term(by=request.user, at=timezone.now(), **data),  # type: ignore[arg-type]
            done=gettext_lazy("The term has been recorded. Now record its seats."),
            back=reverse("admin:board_term_changelist"),
            onward=self._url,
            template="admin/confirm.html",
            # Whether matters stop at once depends on the instant typed.
            context=self._page(request) | {"letters": None},
        )

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        term = get_object_or_404(Term, pk=pk)
        then = terms.term_after(term)
        return confirm(
            request,
            title=_("Take back a term that has not begun"),
            lead=str(term),
            act_text=_("Take back the term"),
            consequences=[
                _("Its seats and offices are removed."),
                _(
                    "Who was invited only for this term is told that the invitation is taken back;"
                    " its link stops working."
                ),
                _("The board before it stays in office.")
                if then is None
                else _("The board before it stays in office until the next term begins, %(day)s.")
                % {"day": formats.date_format(timezone.localtime(then.since), "DATETIME_FORMAT")},
                *(
                    _("%(person)s keeps the seat.") % {"person": seat.person}
                    for seat in terms.seats_ending_at(term.since)
                ),
            ],
            act=lambda data: terms.take_back_term(
                term_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("The term has been taken back."),
            back=reverse("admin:board_term_changelist"),
            danger=True,
            template="admin/confirm.html",
            context=self._page(request, term),
        )

    def take_back_seat(self, request: HttpRequest, pk: int) -> HttpResponse:
        seat = get_object_or_404(Seat.objects.select_related("term", "person"), pk=pk)
        return confirm(
            request,
            title=_("Take back a seat that has not begun"),
            lead=str(seat.person),
            act_text=_("Take back the seat"),
            consequences=[
                _("The seat is removed, with the offices recorded for it."),
                _(
                    "Who was invited only for this seat is told that the invitation is taken back;"
                    " its link stops working."
                ),
            ],
            act=lambda data: terms.take_back_seat(
                seat_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("The seat has been taken back."),
            back=self._url(seat.term),
            danger=True,
            template="admin/confirm.html",
            context=self._page(request, seat.term),
        )

    def seat(self, request: HttpRequest, pk: int) -> HttpResponse:
        term = get_object_or_404(Term, pk=pk)
        form = SeatForm(
            request.POST or None,
            initial={"since": timezone.localtime(term.since), "language": "fi"},
        )
        return confirm(
            request,
            title=_("Record a seat on the board"),
            lead=str(term),
            act_text=_("Record the seat"),
            form=form,
            sample={
                "given_name": "…",
                "family_name": "…",
                "email": "somebody@kip.invalid",
                "language": "fi",
                "organisation": "",
                "member": None,
                "kind": "member",
                "order": None,
                "since": term.since,
            },
            consequences=[_("The person is invited by mail to sign in.")],
            act=lambda data: terms.seat_new_person(
                term=term,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The seat has been recorded."),
            back=self._url(term),
            template="admin/confirm.html",
            context=self._page(request, term) | {"letters": None},
        )

    def office(self, request: HttpRequest, pk: int) -> HttpResponse:
        seat = get_object_or_404(Seat.objects.select_related("term", "person"), pk=pk)
        now = timezone.localtime()
        held = Office.objects.in_force(now).select_related("seat__person")
        return confirm(
            request,
            title=_("Record an office"),
            lead=str(seat.person),
            consequences=[
                *(
                    _("%(office)s now: %(person)s. If you record this office, it is handed over.")
                    % {
                        "office": capfirst(office.get_kind_display()),
                        "person": office.seat.person,
                    }
                    for office in held
                    if office.seat_id != pk
                ),
                *(
                    _("%(person)s now holds: %(office)s. That office ends.")
                    % {"office": office.get_kind_display(), "person": seat.person}
                    for office in held
                    if office.seat_id == pk
                ),
            ],
            act_text=_("Record the office"),
            form=OfficeForm(request.POST or None, initial={"since": now}),
            sample={"kind": "chair", "since": now},
            act=lambda data: terms.give_office(
                seat_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The office has been recorded."),
            back=self._url(seat.term),
            template="admin/confirm.html",
            context=self._page(request, seat.term),
        )

    def end_seat(self, request: HttpRequest, pk: int) -> HttpResponse:
        seat = get_object_or_404(Seat.objects.select_related("term", "person"), pk=pk)
        now = timezone.localtime()
        return confirm(
            request,
            title=_("End a seat on the board"),
            lead=str(seat.person),
            act_text=_("End the seat"),
            form=UntilForm(request.POST or None, initial={"until": now}),
            sample={"until": now},
            consequences=[
                _("Offices held from this seat end with it."),
                _(
                    "Open matters in which it was entitled stop when it ends, and the secretary is"
                    " told by mail; the board takes them up anew."
                ),
            ],
            act=lambda data: terms.end_seat(
                seat_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The seat has ended."),
            back=self._url(seat.term),
            danger=True,
            template="admin/confirm.html",
            # Whether matters stop at once depends on the instant typed.
            context=self._page(request, seat.term) | {"letters": None},
        )


@admin.register(Seat)
class SeatAdmin(ReadOnly):
    """Who sits on the board today, as a list to be taken along and written to."""

    nothing_yet = gettext_lazy("Who sits on the board will be here.")
    list_display = ["person", "kind", "order", "organisation", "since", "until"]
    list_filter = ["kind"]
    list_select_related = ["person"]
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seat]:
        return Seat.objects.in_force(timezone.now())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The term's own page says the rest, of seats before and after too."""
        seat = found_or_404(Seat.objects.all(), object_id)
        return redirect("admin:board_term_change", seat.term_id)


class BoardsOwn(ReadOnly):
    """What the board has before it: for who may read it, and not for every superuser."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and allowed(
            "board.prepare", request.user, at=timezone.now()
        )


@admin.register(Matter)
class MatterAdmin(BoardsOwn):
    """The list of matters; each opens on the page that the board sees."""

    nothing_yet = gettext_lazy(
        "What the board is asked to decide will be here: applications, expulsions, and other"
        " matters."
    )
    list_display = ["__str__", "kind", "status", "opened_at", "deadline"]
    list_filter = ["status", "kind"]
    search_fields = ["title", "application__name", "expulsion__period__member__name"]
    list_select_related = ["application", "expulsion__period__member"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("board:matter", found_or_404(Matter.objects.all(), object_id).pk)


@admin.register(YearPlan)
class YearPlanAdmin(ReadOnly):
    """The list of plans; each opens on the page that the board sees."""

    nothing_yet = gettext_lazy(
        "The association’s year will be here: what is to be done, when, and by whom."
    )
    list_display = ["year", "meeting_on", "progress"]
    change_list_template = "admin/board/yearplan/change_list.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_progress(super().get_queryset(request))

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, plan: Any) -> str:
        return str(plan.progress)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("board:plan", found_or_404(YearPlan.objects.all(), object_id).year)


@admin.register(Resolution)
class ResolutionAdmin(BoardsOwn):
    """The register of resolutions, by number."""

    nothing_yet = gettext_lazy(
        "The board’s resolutions will be here, each with its number, as they are declared."
    )
    list_display = ["reference_shown", "matter_shown", "outcome", "declared_at"]
    list_filter = ["year", "carried"]
    search_fields = ["text", "matter__title", "matter__application__name"]
    list_select_related = ["matter__application", "matter__expulsion__period__member"]

    @admin.display(description=gettext_lazy("Number"))
    def reference_shown(self, resolution: Resolution) -> str:
        return resolution.reference

    @admin.display(description=gettext_lazy("Matter"), ordering="matter")
    def matter_shown(self, resolution: Resolution) -> str:
        return str(resolution.matter)

    @admin.display(description=gettext_lazy("Outcome"), ordering="carried")
    def outcome(self, resolution: Resolution) -> str:
        return _("Carried") if resolution.carried else _("Not carried")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("board:matter", found_or_404(Resolution.objects.all(), object_id).matter_id)


@admin.register(FormerResolution)
class FormerResolutionAdmin(BoardsOwn):
    """Resolutions from before the system; each opens on the page that the board sees."""

    nothing_yet = gettext_lazy(
        "Resolutions from before the system will be here, once a table of them is imported."
    )
    list_display = ["number", "title", "body", "decided_on"]
    list_filter = ["body", "year"]
    search_fields = ["title", "text", "number"]
    date_hierarchy = "decided_on"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("found_by")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = found_or_404(FormerResolution.objects.all(), object_id)
        return redirect("board:former_resolution", found.pk)
