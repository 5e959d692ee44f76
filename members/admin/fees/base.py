"""What the pages of fees share."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.mail.confirm import confirm

SHOWN = 50


class OfFees(ReadOnly):
    """For who keeps the fees; each act asks once on its own page."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and allowed(
            "members.keep_fees", request.user, at=timezone.now()
        )

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _path(self, route: str, view: Callable[..., Any], page: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=self._name(page))

    def _url(self, row: Any, page: str = "change") -> str:
        return reverse(f"admin:{self._name(page)}", args=[row.pk])

    def _list_url(self) -> str:
        return reverse(f"admin:{self._name('changelist')}")

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _row(self, request: HttpRequest, pk: Any, rows: Any = None) -> Any:
        self._require(request)
        return found_or_404(self.get_queryset(request) if rows is None else rows, pk)

    def _render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts}
        folder = f"admin/members/{self.opts.model_name}"
        return render(request, f"{folder}/{template}.html", {**everywhere, **context})

    def _confirm(
        self,
        request: HttpRequest,
        act: Callable[..., Any],
        *trail: tuple[Any, str],
        letters: bool = False,
        **page: Any,
    ) -> HttpResponse:
        """Ask once. Unless its `letters` are to be named, the page promises none."""
        return confirm(
            request,
            act=lambda data: act(by=request.user, at=timezone.now(), **data),
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                **({} if letters else {"letters": None}),
                "trail": [(self.opts.verbose_name_plural, self._list_url()), *trail],
            },
            **page,
        )
