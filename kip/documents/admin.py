from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kip import access
from kip.admin_site import ByService, Listed
from kip.documents.forms import ArchiveForm
from kip.documents.models import ArchivedDocument, Document
from kip.documents.services import archive
from kip.mail.confirm import confirm
from kip.widgets import DateInput

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


@admin.register(ArchivedDocument)
class ArchivedDocumentAdmin(ByService):
    """Papers from before the system: several are added at once, and each corrected on its own."""

    nothing_yet = _("Papers from before the system will be here, once scans of them are added.")
    change_list_template = "admin/documents/archiveddocument/change_list.html"
    list_display = ["reference", "title", "year", "body", "kind", "readers", "text_state"]
    list_display_links = ["reference", "title"]
    list_filter = ["body", "kind", "readers", "text_state", "language", "year"]
    search_fields = ["found_by"]
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput()}}
    fields = [
        *["title", "dated", "year", "body", "kind", "language", "readers"],
        *["file", "sha256", "added", "text_state"],
    ]
    readonly_fields = ["file", "sha256", "added", "text_state"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.upload)
        return [
            path("upload/", view, name="documents_archiveddocument_upload"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).listed().select_related("document__uploaded_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        return archive.search(queryset, text), False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.allowed("documents.keep_archive", request.user, obj, at=timezone.now())

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        archive.correct_archived(archived=obj, by=request.user, at=timezone.now())

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Several files at once, of which the same is known."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = gettext("Add to the archive")
        return confirm(
            request,
            title=title,
            act_text=title,
            form=ArchiveForm(request.POST or None, request.FILES or None),
            act=lambda data: archive.add_to_archive(**data, by=request.user, at=timezone.now()),
            done=lambda added: (
                ngettext("%(count)d paper added.", "%(count)d papers added.", len(added))
                % {"count": len(added)}
            ),
            back=reverse("admin:documents_archiveddocument_changelist"),
            template="admin/documents/archiveddocument/upload.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "letters": None,  # nobody gets any
            },
        )

    @admin.display(description=_("number"), ordering="pk")
    def reference(self, archived: ArchivedDocument) -> str:
        return archived.reference

    @admin.display(description=_("file"))
    def file(self, archived: ArchivedDocument) -> SafeString | str:
        document = archived.document
        return format_html('<a href="{}?inline">{}</a>', document.get_absolute_url(), document.name)

    @admin.display(description=_("SHA-256"))
    def sha256(self, archived: ArchivedDocument) -> str:
        return archived.document.sha256

    @admin.display(description=_("added"))
    def added(self, archived: ArchivedDocument) -> str:
        document = archived.document
        day = formats.date_format(timezone.localtime(document.uploaded_at), "DATETIME_FORMAT")
        return f"{day}, {document.uploaded_by or 'KIP'}"
