"""The lists of sectors and of sites, by which companies are sorted."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.admin_site import ByService, found_or_404
from kip.audit.timeline import entries_of
from members import services
from members.models import Sector, Site
from members.services.labels import FIELDS


@admin.register(Sector, Site)
class LabelAdmin(ByService):
    """An entry is added and changed, for all companies that have it; none is removed."""

    fields = list(FIELDS)
    change_form_template = "admin/history_form.html"
    nothing_yet = gettext_lazy(
        "What member companies are sorted by will be here, once you add the first."
    )
    list_display = ["name_en", "name_fi", "name_sv", "order"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allowed("members.keep_register", request.user, at=timezone.now())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed("members.keep_register", request.user, at=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        label = found_or_404(self.model.objects.all(), object_id)
        return super().change_view(
            request, object_id, form_url, {"entries": entries_of(label), **(extra_context or {})}
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        act = {"facts": form.cleaned_data, "by": request.user, "at": timezone.now()}
        if change:
            services.change_label(label=obj, **act)
        else:
            obj.pk = services.add_label(to=self.model, **act).pk
