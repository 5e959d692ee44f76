"""What companies propose for the register, to be confirmed or declined."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.audit.timeline import entries_of
from kip.mail.confirm import confirm
from members import services
from members.forms.company import ConfirmChangeForm, DeclineChangeForm
from members.models import ProposedChange
from members.presentation.company import CHANGE_TONES, before_and_after, where_people_go
from members.services import NextAct, ends_with_membership
from members.states import ChangeStatus


@admin.register(ProposedChange)
class ProposedChangeAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "What companies propose for the register will be here, to be confirmed or declined: a"
        " new name, domicile or business ID, or a merger."
    )
    list_display = ["__str__", "status", "effective_on", "proposed_at", "proposed_by"]
    list_filter = ["status"]
    search_fields = ["member__name", "merge_into__name"]
    list_select_related = ["member", "merge_into", "proposed_by"]
    ordering = ["-proposed_at"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/confirm/", view(self.confirm), name="members_proposedchange_confirm"),
            path("<int:pk>/decline/", view(self.decline), name="members_proposedchange_decline"),
            *super().get_urls(),
        ]

    def _change(self, request: HttpRequest, pk: Any) -> ProposedChange:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = ProposedChange.objects.select_related(
            "member", "merge_into", "document", "proposed_by", "settled_by"
        )
        return found_or_404(rows, pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One change: what was, what is to be, and for a merger who goes where."""
        change = self._change(request, object_id)
        may_settle = change.status == ChangeStatus.PROPOSED and allowed(
            "members.keep_register", request.user, at=timezone.now()
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(change),
            "change": change,
            "tone": CHANGE_TONES[change.status],
            "acts": [
                NextAct(_confirmed(change), self._url(change, "confirm")),
                NextAct(_("Decline"), self._url(change, "decline")),
            ]
            if may_settle
            else [],
            "rows": before_and_after(change),
            "consequences": self._consequences(change) if may_settle else [],
            "entries": entries_of(change),
        }
        return render(request, "admin/members/proposedchange/change_form.html", context)

    @staticmethod
    def _url(change: ProposedChange, page: str = "change") -> str:
        return reverse(f"admin:members_proposedchange_{page}", args=[change.pk])

    @staticmethod
    def _consequences(change: ProposedChange) -> list[str]:
        day = {"day": formats.date_format(change.effective_on)}
        into = change.merge_into
        if into is None:
            return [
                _("The register says this from %(day)s.") % day,
                _("What it said before is kept with its dates."),
            ]
        moves = services.people_in_merger(change.member, into, on=change.effective_on)
        ending = ends_with_membership(member=change.member, on=change.effective_on)
        return [
            _("The membership of %(company)s ends on %(day)s.") % {"company": change.member, **day},
            *where_people_go(moves, into),
            *(text for texts in ending for text in texts),
        ]

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        change = self._change(request, pk)
        initial = {"effective_on": change.effective_on}
        return self._settle(
            request,
            change,
            title=_("Confirm the change"),
            act_text=_confirmed(change),
            form=ConfirmChangeForm(request.POST or None, initial=initial),
            sample={"reply": "", **initial},
            consequences=self._consequences(change),
            act=services.confirm_change,
            done=gettext_lazy("The change is confirmed."),
            danger=change.merge_into is not None,
        )

    def decline(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._settle(
            request,
            self._change(request, pk),
            title=_("Decline the change"),
            act_text=_("Decline the change"),
            form=DeclineChangeForm(request.POST or None),
            sample={"reply": ""},
            consequences=[_("The register stays as it is.")],
            act=services.decline_change,
            done=gettext_lazy("The change is declined, and the company is told why."),
        )

    def _settle(
        self, request: HttpRequest, change: ProposedChange, *, act: Any, **page: Any
    ) -> HttpResponse:
        back = self._url(change)
        return confirm(
            request,
            lead=str(change),
            act=lambda data: act(change_id=change.pk, by=request.user, at=timezone.now(), **data),
            back=back,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "trail": [
                    (
                        self.opts.verbose_name_plural,
                        reverse("admin:members_proposedchange_changelist"),
                    ),
                    (str(change), back),
                ],
            },
            **page,
        )


def _confirmed(change: ProposedChange) -> str:
    """What the button says that confirms it."""
    return _("Confirm the merger") if change.merge_into_id else _("Confirm the change")
