"""The admin: the secretary's workplace, whose front page is the desk."""

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.desk import Waiting, desk


class KipAdminSite(AdminSite):
    site_title = _("KIP administration")
    site_header = _("Kokkola Industrial Park Association")
    index_title = _("The secretary’s desk")
    enable_nav_sidebar = False

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        at = timezone.now()
        groups: dict[str, list[Waiting]] = {}
        for item in desk(at=at):
            groups.setdefault(str(item.group), []).append(item)
        return super().index(request, {"groups": groups, "at": at, **(extra_context or {})})


class ReadOnly(ModelAdmin):
    """Shown, never edited: what is here is changed by acts of the association."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class KipAdminConfig(AdminConfig):
    default_site = "kip.admin_site.KipAdminSite"
