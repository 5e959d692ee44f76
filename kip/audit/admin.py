from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip import access
from kip.admin_site import Listed
from kip.audit.models import Redaction

_SHOWN: Any = ("at", "person", "ground", "by", "rows_changed")


@admin.register(Redaction)
class RedactionAdmin(Listed):
    """When history was altered, and why. To look at."""

    nothing_yet = _("Whose data were erased from history, and why, will be here.")
    list_display = ["at", "person", "ground", "by"]
    list_filter = ["ground", "at"]
    list_select_related = ["person", "by"]
    list_per_page = 50
    show_full_result_count = False
    fields = _SHOWN
    readonly_fields = _SHOWN

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Not Django's own answer, which is yes to every superuser.
        return access.allowed("audit.redact", request.user, obj, at=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("rows changed"))
    def rows_changed(self, redaction: Redaction) -> str:
        return ", ".join(f"{label}: {count}" for label, count in redaction.counts.items())
