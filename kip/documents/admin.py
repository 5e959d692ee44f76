from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kip import access
from kip.admin_site import Listed
from kip.documents.models import Document

_SHOWN: Any = (
    "name_or_erased",
    "content_type",
    "size_in_words",
    "sha256",
    "uploaded_at",
    "uploaded_by",
    "where",
)


@admin.register(Document)
class DocumentAdmin(Listed):
    """To look at: documents come and go with what they belong to."""

    nothing_yet = _(
        "Documents will be here that came with applications, matters, and members’ letters."
    )
    list_display = ["name_or_erased", "content_type", "size_in_words", "uploaded_at", "uploaded_by"]
    list_filter = ["content_type", "uploaded_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "sha256"]
    date_hierarchy = "uploaded_at"
    list_per_page = 50
    show_full_result_count = False
    fields = _SHOWN
    readonly_fields = _SHOWN

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Not Django's own answer, which is yes to every superuser.
        return access.allowed("documents.read_any", request.user, obj, at=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("name"), ordering="name")
    def name_or_erased(self, document: Document) -> str:
        return str(document)

    @admin.display(description=_("size"), ordering="size")
    def size_in_words(self, document: Document) -> str:
        return filesizeformat(document.size)

    @admin.display(description=_("file"))
    def where(self, document: Document) -> SafeString | str:
        if document.is_erased:
            return "–"
        return format_html('<a href="{}">{}</a>', document.get_absolute_url(), document.name)
