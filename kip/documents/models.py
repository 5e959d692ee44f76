import secrets
import uuid
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

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
