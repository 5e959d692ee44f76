"""Backups, to look at; and bundles to hand over, made and taken along."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.exceptions import DomainError
from kip.keeping import services
from kip.keeping.models import Backup, Handover
from kip.keeping.states import HandoverStatus
from kip.mail.confirm import confirm

TONES = {
    HandoverStatus.ASKED: "sea",
    HandoverStatus.READY: "good",
    HandoverStatus.FAILED: "wrong",
    HandoverStatus.GONE: "neutral",
}


def _require(request: HttpRequest, permission: str) -> None:
    if not allowed(permission, request.user, at=timezone.now()):
        raise PermissionDenied


@admin.register(Backup)
class BackupAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Backups will be here, each with its size and with whether it was restored to try it. Ask"
        " whoever runs the server to have them made every day: they find how under “Backups” in the"
        " README of KIP."
    )
    list_display = ["name", "made_at", "size_in_words", "how_it_was_tried", "place", "removed_at"]
    list_filter = ["made_at"]
    list_per_page = 50
    fields = (
        *("name", "made_at", "place", "size_in_words", "sha256"),
        *("verified_at", "how_it_was_tried", "what_is_wrong", "removed_at"),
    )
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed("keeping.see_backups", request.user, at=timezone.now())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def size_in_words(self, backup: Backup) -> str:
        return filesizeformat(backup.size)

    @admin.display(description=gettext_lazy("tried"), ordering="verified_at")
    def how_it_was_tried(self, backup: Backup) -> str:
        if number := len(backup.problems):
            return ngettext("%(count)d thing is wrong", "%(count)d things are wrong", number) % {
                "count": number
            }
        return _("restored, and the same") if backup.verified_at else _("not tried")

    @admin.display(description=gettext_lazy("what was found"))
    def what_is_wrong(self, backup: Backup) -> str:
        """The first twenty: whoever made it has seen all of them."""
        return "; ".join(backup.found[:20]) or "–"


@admin.register(Handover)
class HandoverAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Bundles of everything that the association has will be here, for an auditor, an archive or"
        " another system."
    )
    list_display = ["asked_at", "status", "asked_by", "size_in_words", "taken_at", "taken_by"]
    list_filter = ["status"]
    list_select_related = ["asked_by", "taken_by"]
    list_per_page = 50

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("make/", view(self.make), name="keeping_handover_make"),
            path(
                "<int:pk>/download/",
                view(require_POST(self.take)),
                name="keeping_handover_take",
            ),
            path("<int:pk>/remove/", view(self.remove), name="keeping_handover_remove"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed("keeping.hand_over", request.user, at=timezone.now())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def size_in_words(self, handover: Handover) -> str:
        return filesizeformat(handover.size) if handover.size else "–"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One bundle: how far it is, and the button that takes it along."""
        _require(request, "keeping.hand_over")
        handover = found_or_404(Handover.objects.select_related("asked_by", "taken_by"), object_id)
        return render(
            request,
            "admin/keeping/handover/change_form.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": str(handover),
                "handover": handover,
                "tone": TONES[HandoverStatus(handover.status)],
                "until": (handover.ended_at or handover.asked_at)
                + timedelta(days=settings.HANDOVER_KEEP_DAYS),
            },
        )

    def make(self, request: HttpRequest) -> HttpResponse:
        """Ask once: what is in it is everything."""
        _require(request, "keeping.hand_over")
        days = settings.HANDOVER_KEEP_DAYS
        return self._confirm(
            request,
            title=_("Make a handover bundle"),
            act_text=_("Make the bundle"),
            act=lambda _data: services.ask_for_handover(by=request.user, at=timezone.now()),
            done=gettext_lazy("The bundle is being made."),
            consequences=[
                _("Everything that the association has is put into one file: the register, people,"
                  " applications, the board, letters, history, and all documents."),
                _("No passwords or personal links are in it; everything else is, also what only you"
                  " may see here. It is not encrypted: keep it as you would keep the archive."),
                ngettext(
                    "KIP keeps it for %(count)d day. Who downloads it is noted.",
                    "KIP keeps it for %(count)d days. Who downloads it is noted.",
                    days,
                )
                % {"count": days},
            ],
            back=reverse("admin:keeping_handover_changelist"),
            onward=lambda handover: reverse("admin:keeping_handover_change", args=[handover.pk]),
        )  # fmt: skip

    def take(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        _require(request, "keeping.hand_over")
        handover = found_or_404(Handover.objects.all(), pk)
        try:
            file: Path = services.take_handover(handover_id=pk, by=request.user, at=timezone.now())
        except DomainError as error:
            raise Http404 from error
        day = timezone.localtime(handover.asked_at).date().isoformat()
        return FileResponse(
            file.open("rb"),
            as_attachment=True,
            filename=f"handover-{day}.zip",
            content_type="application/zip",
            headers={"Cache-Control": "private, no-store"},
        )

    def remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        _require(request, "keeping.hand_over")
        handover = found_or_404(Handover.objects.all(), pk)
        back = reverse("admin:keeping_handover_change", args=[pk])
        return self._confirm(
            request,
            title=_("Remove the bundle"),
            act_text=_("Remove"),
            act=lambda _data: services.remove_handover(
                handover_id=pk, by=request.user, at=timezone.now()
            ),
            done=gettext_lazy("The bundle is removed."),
            consequences=[_("Its file goes. A new bundle can be made at any time.")],
            back=back,
            danger=True,
            trail=[(str(handover), back)],
        )

    def _confirm(self, request: HttpRequest, *, trail: Any = (), **page: Any) -> HttpResponse:
        plural = self.opts.verbose_name_plural
        return confirm(
            request,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "letters": None,
                "trail": [(plural, reverse("admin:keeping_handover_changelist")), *trail],
            },
            **page,
        )
