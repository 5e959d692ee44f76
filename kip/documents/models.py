"""Files that are kept, and the archive: what there was on paper before the system."""

import secrets
import uuid
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip import finding
from kip.audit.retention import Retention
from kip.documents.content import Kind

MAX_BYTES = 10 * 1024 * 1024


class ContentType(models.TextChoices):
    """The kinds that are kept, as the reader knows them."""

    PDF = Kind.PDF.media_type, _("PDF")
    PNG = Kind.PNG.media_type, _("PNG image")
    JPEG = Kind.JPEG.media_type, _("JPEG image")
    DOCX = Kind.DOCX.media_type, _("Word document")
    XLSX = Kind.XLSX.media_type, _("Excel workbook")


# What a browser shows by itself, without running anything that is in it.
SHOWN_BY_BROWSERS = {ContentType.PDF, ContentType.PNG, ContentType.JPEG}


def random_name(document: "Document", name: str) -> str:
    """Where a file lies says nothing about it: not its name, not its kind, not its neighbours."""
    token = secrets.token_hex(16)
    return f"{token[:2]}/{token}"


class Document(models.Model):
    """A stored file. It never changes: what is corrected is a new document."""

    # Its name is a label: who is erased is taken out of it, also where the file itself is a record.
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "name": Retention.APPLICATION,
        "file": Retention.RECORD,
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(_("file"), upload_to=random_name, max_length=200, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    content_type = models.CharField(_("kind"), max_length=100, choices=ContentType.choices)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("added by"),
    )
    uploaded_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-uploaded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="document_size", condition=models.Q(size__gt=0, size__lte=MAX_BYTES)
            ),
            models.CheckConstraint(
                name="document_kind",
                condition=models.Q(content_type__in=[kind.media_type for kind in Kind]),
            ),
            models.CheckConstraint(
                name="document_hash", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            # Erased documents (`kip.audit.services.redact`) have neither file nor name.
            models.UniqueConstraint(
                name="document_file_once", fields=["file"], condition=~models.Q(file="")
            ),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.name or str(_("Erased document"))

    def get_absolute_url(self) -> str:
        """Where it is read, by those who may. `?inline` shows it instead of saving it."""
        args: list[Any] = [self.pk, self.name] if self.name else [self.pk]
        return reverse("document", args=args)

    @property
    def is_erased(self) -> bool:
        return not self.file

    @property
    def is_shown_by_browsers(self) -> bool:
        return self.content_type in SHOWN_BY_BROWSERS


class ArchiveBody(models.TextChoices):
    """Whose paper it was."""

    GENERAL_MEETING = "general_meeting", pgettext_lazy("whose paper", "general meeting")
    BOARD = "board", pgettext_lazy("whose paper", "board")
    WORKING_GROUP = "working_group", pgettext_lazy("whose paper", "working group")
    OTHER = "other", pgettext_lazy("whose paper", "another body")


class ArchiveKind(models.TextChoices):
    MINUTES = "minutes", pgettext_lazy("paper", "minutes")
    NOTICE = "notice", pgettext_lazy("paper", "notice of a meeting")
    RESOLUTION = "resolution", pgettext_lazy("paper", "resolution")
    BYLAWS = "bylaws", pgettext_lazy("paper", "bylaws")
    REPORT = "report", pgettext_lazy("paper", "report")
    OTHER = "other", pgettext_lazy("paper", "other")


class Readers(models.TextChoices):
    """Who may read it; each reads what the ones before may read too."""

    MEMBERS = "members", pgettext_lazy("may read", "members’ representatives and the board")
    BOARD = "board", pgettext_lazy("may read", "the board")
    SECRETARY = "secretary", pgettext_lazy("may read", "the secretary only")


class TextState(models.TextChoices):
    """What has become of the text in the file."""

    WAITING = "waiting", pgettext_lazy("text of a scan", "not read yet")
    FOUND = "found", pgettext_lazy("text of a scan", "searchable")
    NONE = "none", pgettext_lazy("text of a scan", "not searchable: it holds no text")
    UNREADABLE = (
        "unreadable",
        pgettext_lazy("text of a scan", "not searchable: its text cannot be read"),
    )


class ArchivedDocumentQuerySet(models.QuerySet["ArchivedDocument"]):
    def listed(self) -> "ArchivedDocumentQuerySet":
        """Without their texts, which may be long."""
        return self.defer("text", "found_by").select_related("document")


@pghistory.track(
    fields=["title", "dated", "year", "body", "kind", "language", "readers"],
    model_name="ArchivedDocumentEvent",
)
class ArchivedDocument(models.Model):
    """A paper from before the system, with what is known of it. The file itself never changes."""

    PERSONAL: ClassVar[dict[str, Retention]] = {
        "title": Retention.RECORD,
        "text": Retention.RECORD,
    }

    document = models.OneToOneField(
        Document, on_delete=models.PROTECT, related_name="archived", verbose_name=_("file")
    )
    title = models.CharField(_("title"), max_length=200)
    dated = models.DateField(
        _("date"), null=True, blank=True, help_text=_("If it is known; else the year alone.")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    body = models.CharField(_("body"), max_length=20, choices=ArchiveBody)
    kind = models.CharField(_("kind of paper"), max_length=20, choices=ArchiveKind)
    language = models.CharField(
        _("language"),
        max_length=2,
        blank=True,
        choices=[("fi", "suomi"), ("sv", "svenska"), ("en", "English")],
    )
    readers = models.CharField(
        _("who may read it"), max_length=10, choices=Readers, default=Readers.SECRETARY
    )
    text = models.TextField(_("text"), blank=True, editable=False)
    text_state = models.CharField(
        _("search"),
        max_length=10,
        choices=TextState,
        default=TextState.WAITING,
        editable=False,
    )
    # Set by whoever reads it, before they begin.
    reading_since = models.DateTimeField(null=True, editable=False)

    found_by = finding.column("title", "text")

    objects = ArchivedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document in the archive")
        verbose_name_plural = pgettext_lazy("papers", "archive")
        ordering = ["-year", models.F("dated").desc(nulls_last=True), "title", "pk"]
        indexes = [
            finding.index("archived_found_by"),
            models.Index(fields=["-year", "title"], name="archived_by_year"),
        ]
        constraints = [
            models.CheckConstraint(
                name="archived_in_the_year_of_its_date",
                condition=models.Q(dated__isnull=True) | models.Q(dated__year=models.F("year")),
                violation_error_message=_("The date lies in another year."),
            ),
            models.CheckConstraint(
                name="archived_in_our_time", condition=models.Q(year__gte=1900, year__lte=2199)
            ),
            models.CheckConstraint(
                name="archived_text_iff_found",
                condition=models.Q(text="") ^ models.Q(text_state=TextState.FOUND.value),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="of_one_file", fields=["document"]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """What a table of old resolutions names it by."""
        return f"A{self.pk}"
