"""Doubts about the conditions of membership, and expulsions, on the secretary's pages."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.bylaws.models import Body
from kip.mail.confirm import confirm
from members import services
from members.admin.leaving import LeavingAdmin, url_of
from members.forms.leaving import (
    DoubtForm,
    DropForm,
    MeetingExpulsionForm,
    OpenExpulsionForm,
)
from members.models import Expulsion
from members.presentation.leaving import (
    EXPULSION_TONES,
    consequences_of_ending,
    expulsion_facts,
)
from members.states import ExpulsionStatus

# How long a member has to answer, unless the secretary says otherwise.
HEARING_DAYS = 21


@admin.register(Expulsion)
class ExpulsionAdmin(LeavingAdmin):
    nothing_yet = gettext_lazy(
        "Expulsions that have been opened will be here, with what the member answered and what"
        " was decided. One is opened on the member’s page."
    )
    list_display = ["company", "ground", "status", "answer_by", "opened_at"]
    list_filter = ["status", "ground"]
    search_fields = ["period__member__name"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("open/<int:pk>/", view(self.open), name="members_expulsion_open"),
            path("doubt/<int:pk>/", view(self.doubt), name="members_expulsion_doubt"),
            path("<int:pk>/decide/", view(self.decide), name="members_expulsion_decide"),
            path("<int:pk>/drop/", view(self.drop), name="members_expulsion_drop"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self._row(request, object_id)
        return self._everything(
            request,
            row,
            tone=EXPULSION_TONES[row.status],
            facts=expulsion_facts(row),
            documents=[d for d in (row.document, row.answer_document) if d],
            acts=self._acts(request, row, timezone.now()),
            note=_comes_next(row, timezone.now()),
        )

    @staticmethod
    def _acts(request: HttpRequest, row: Expulsion, at: datetime) -> list[services.NextAct]:
        """The main act first."""
        acts = [
            act
            for acts in services.acts_on_expulsion(expulsion=row, user=request.user, at=at)
            for act in acts
        ]
        if row.decided_by == Body.MEETING and row.hearing_is_over(at):
            url = reverse("admin:members_expulsion_decide", args=[row.pk])
            acts.append(services.NextAct(_("Record what the general meeting decided"), url))
        if row.is_open and row.answered_at is None:
            url = reverse("answer_hearing", args=[row.period.member.number, row.pk])
            acts.append(services.NextAct(_("Enter what the member answers"), url))
        if row.is_open:
            url = reverse("admin:members_expulsion_drop", args=[row.pk])
            acts.append(services.NextAct(_("Drop the expulsion"), url))
        return acts

    def open(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open an expulsion: the member is heard first."""
        member = self._member(request, pk)
        answer_by = timezone.localdate() + timedelta(days=HEARING_DAYS)
        period = member.periods.in_force(timezone.localdate()).first()
        doubt = period.doubt if period is not None else ""
        initial = {"answer_by": answer_by}
        if doubt:
            initial |= {"ground": "conditions", "facts": doubt}
        return confirm(
            request,
            title=_("Open an expulsion"),
            lead=str(member),
            act_text=_("Open the expulsion"),
            form=OpenExpulsionForm(request.POST or None, request.FILES or None, initial=initial),
            sample={"ground": "obligations", "facts": "…", "answer_by": answer_by},
            consequences=[
                _("The primary and the voting representative are told, and can answer here."),
                _(
                    "Nothing is decided by it. Afterwards it is decided by the body that the bylaws"
                    " say."
                ),
            ],
            act=lambda data: services.open_expulsion(
                member_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The expulsion is open."),
            back=url_of(member),
            onward=lambda row: reverse("admin:members_expulsion_change", args=[row.pk]),
            danger=True,
            template="admin/confirm.html",
            context=self._members_page(request, member),
        )

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what the general meeting decided."""
        row = self._row(request, pk)
        member, today = row.period.member, timezone.localdate()
        return confirm(
            request,
            title=_("Record what the general meeting decided"),
            lead=str(row),
            act_text=_("Record the decision"),
            form=MeetingExpulsionForm(request.POST or None, initial={"held_on": today}),
            sample={"meeting": "…", "held_on": today, "carried": True, "reasons": "…"},
            consequences=[
                _("If the member is expelled:"),
                *consequences_of_ending(member, today),
                _("It ends on the day of the meeting, and its people are told the reasons."),
                _("If it is not, it stays a member and is told so."),
            ],
            act=lambda data: services.record_meeting_expulsion(
                expulsion_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The decision has been recorded."),
            back=reverse("admin:members_expulsion_change", args=[pk]),
            danger=True,
            template="admin/confirm.html",
            context=self._rows_page(request, row),
        )

    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the case go."""
        row = self._row(request, pk)
        return confirm(
            request,
            title=_("Drop the expulsion"),
            lead=str(row),
            act_text=_("Drop the expulsion"),
            form=DropForm(request.POST or None),
            sample={},
            consequences=[
                _("The company stays a member, and is told so."),
                _("A matter before the board closes without a decision."),
            ],
            act=lambda data: services.drop_expulsion(
                expulsion_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The expulsion has been dropped."),
            back=reverse("admin:members_expulsion_change", args=[pk]),
            template="admin/confirm.html",
            context=self._rows_page(request, row),
        )

    def doubt(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Flag for the board that a member may no longer meet the conditions; or settle that."""
        member = self._member(request, pk)
        period = member.periods.in_force(timezone.localdate()).first()
        doubted = period is not None and period.doubted_at is not None

        def act(data: dict[str, Any]) -> str:
            by, at = request.user, timezone.now()
            if data["pressed"] == "settle":
                services.settle_doubt(member_id=pk, by=by, at=at)  # type: ignore[arg-type]
                return _("The doubt is settled.")
            services.doubt_membership(member_id=pk, doubt=data["doubt"], by=by, at=at)  # type: ignore[arg-type]
            return _("The doubt is on the desk, and shown to the board.")

        if doubted:
            since = formats.date_format(timezone.localtime(period.doubted_at))  # type: ignore[union-attr]
            title, act_text = _("Settle a doubt"), _("The company meets the conditions")
            consequences = [
                _("Doubted since %(day)s: %(doubt)s") % {"day": since, "doubt": period.doubt},  # type: ignore[union-attr]
                _("It goes from the desk and the board’s page. The history keeps that it was."),
            ]
        else:
            title, act_text = _("Flag a member for the board"), _("Flag for the board")
            consequences = [
                _("It stands on the desk and on the board’s page of matters until it is settled."),
                _("Nothing ends by itself: an expulsion is opened, heard and decided."),
            ]
        return confirm(
            request,
            title=title,
            lead=str(member),
            act_text=act_text,
            pressed="settle" if doubted else "doubt",
            form=None if doubted else DoubtForm(request.POST or None),
            sample={"doubt": "…"},
            consequences=consequences,
            act=act,
            done=lambda said: said,
            back=url_of(member),
            template="admin/confirm.html",
            context=self._members_page(request, member),
        )


def _comes_next(row: Expulsion, at: datetime) -> str:
    """What has to happen before it is decided, and who decides."""
    if not row.is_open or row.status == ExpulsionStatus.BEFORE_BOARD:
        return ""
    by_board = row.decided_by == Body.BOARD
    if not row.hearing_is_over(at):
        day = {"day": formats.date_format(row.answer_by)} if row.answer_by else {}
        return (
            _(
                "The member may answer until %(day)s. Then it comes to your desk, and you bring it"
                " before the board."
            )
            if by_board
            else _(
                "The member may answer until %(day)s. Then it comes to your desk, and you put it to"
                " the general meeting."
            )
        ) % day
    if by_board:
        return _("The board decides: bring it before the board.")
    return _("The general meeting decides: put it on its agenda, and record here what it decided.")
