"""How a member leaves, on the secretary's pages: what all of them share, and resignations."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.audit.timeline import entries_of
from kip.exceptions import InvalidTransition
from kip.mail.confirm import confirm
from members import services
from members.forms.leaving import (
    ConsentForm,
    RecordResignationForm,
)
from members.models import Member, Resignation, ResignationChannel
from members.presentation.leaving import (
    consequences_of_ending,
    resignation_facts,
)
from members.states import ResignationStatus


class LeavingAdmin(ReadOnly):
    """For the secretary, and not for every superuser; each act asks once on its own page."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and allowed(
            "members.keep_register", request.user, at=timezone.now()
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("period__member")

    @admin.display(description=gettext_lazy("company"), ordering="period__member__name")
    def company(self, row: Any) -> str:
        return str(row.period.member)

    def _row(self, request: HttpRequest, pk: Any) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return found_or_404(self.get_queryset(request), pk)

    def _member(self, request: HttpRequest, pk: int) -> Member:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return found_or_404(Member.objects.all(), pk)

    def _page(self, request: HttpRequest, *trail: tuple[Any, str]) -> dict[str, Any]:
        """What a page needs of the admin around it."""
        return {**self.admin_site.each_context(request), "opts": self.opts, "trail": trail}

    def _members_page(self, request: HttpRequest, member: Member) -> dict[str, Any]:
        return self._page(
            request,
            (Member._meta.verbose_name_plural, reverse("admin:members_member_changelist")),
            (str(member), url_of(member)),
        )

    def _rows_page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        name = f"admin:members_{self.opts.model_name}"
        return self._page(
            request,
            (self.opts.verbose_name_plural, reverse(f"{name}_changelist")),
            (str(row), reverse(f"{name}_change", args=[row.pk])),
        )

    def _everything(self, request: HttpRequest, row: Any, **context: Any) -> HttpResponse:
        return render(
            request,
            "admin/members/leaving.html",
            {
                **self._page(request),
                "title": str(row),
                "member": row.period.member,
                "status": capfirst(row.get_status_display()),
                "entries": entries_of(row),
                **context,
            },
        )


def url_of(member: Member) -> str:
    return reverse("admin:members_member_change", args=[member.pk])


@admin.register(Resignation)
class ResignationAdmin(LeavingAdmin):
    nothing_yet = gettext_lazy(
        "Resignations will be here, as members give them or as you record them on the member’s"
        " page."
    )
    list_display = ["company", "received_on", "effective_on", "channel", "status"]
    list_filter = ["status", "channel"]
    search_fields = ["period__member__name"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("record/<int:pk>/", view(self.record), name="members_resignation_record"),
            path("<int:pk>/take-back/", view(self.take_back), name="members_resignation_take_back"),
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
        stands = row.status == ResignationStatus.STANDS
        acts = []
        if stands and row.effective_on > timezone.localdate():
            url = reverse("admin:members_resignation_take_back", args=[row.pk])
            acts.append(services.NextAct(_("Take it back, with the board’s consent"), url))
        return self._everything(
            request,
            row,
            tone="due" if stands else "neutral",
            facts=resignation_facts(row),
            documents=[row.document] if row.document else [],
            acts=acts,
            note=""
            if acts or not stands
            else _(
                "It has taken effect, and cannot be taken back. The company can apply for"
                " membership anew."
            ),
        )

    def record(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record a resignation that came by letter, or was made at a meeting."""
        member = self._member(request, pk)
        today = timezone.localdate()
        return confirm(
            request,
            title=_("Record a resignation"),
            lead=str(member),
            act_text=_("Record the resignation"),
            form=RecordResignationForm(
                request.POST or None, request.FILES or None, initial={"received_on": today}
            ),
            sample={
                "channel": ResignationChannel.LETTER,
                "received_on": today,
                "has_authority": True,
            },
            consequences=[
                *_what_ends(member),
                _("That is so if it came today: the delay counts from when it was received."),
                _("Nobody can refuse it."),
                _("It can be taken back until it takes effect, if the board agrees."),
            ],
            act=lambda data: services.record_resignation(
                member_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The resignation has been recorded."),
            back=url_of(member),
            danger=True,
            template="admin/confirm.html",
            context=self._members_page(request, member),
        )

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The company stays after all, and the board agrees."""
        row = self._row(request, pk)
        return confirm(
            request,
            title=_("Take back a resignation"),
            lead=str(row),
            act_text=_("Take the resignation back"),
            form=ConsentForm(request.POST or None),
            sample={"consent": "…"},
            consequences=[
                _("The membership goes on, and with it the roles and seats that were to end."),
                _("A role that was to end by itself on a later day does so."),
                _("Roles that were to begin only later are not brought back: name them anew."),
            ],
            act=lambda data: services.take_back_resignation(
                resignation_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The resignation has been taken back: the membership goes on."),
            back=reverse("admin:members_resignation_change", args=[pk]),
            template="admin/confirm.html",
            context=self._rows_page(request, row),
        )


def _what_ends(member: Member) -> list[str]:
    """What a resignation received today would end."""
    at = timezone.now()
    try:
        period = services.membership_now(member, at=at)
    except InvalidTransition:
        return []
    return consequences_of_ending(member, services.earliest_end(period, timezone.localdate(at)))
