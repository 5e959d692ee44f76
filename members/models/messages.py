"""What is said about an application."""

from datetime import datetime
from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.audit.retention import Retention
from members.models.application import Application


class MessageKind(models.TextChoices):
    REQUEST = "request", _("question from the secretary")
    ANSWER = "answer", _("answer from the applicant")
    NOTE = "note", _("private note")


class MessageQuerySet(models.QuerySet["Message"]):
    def seen_by_applicant(self) -> "MessageQuerySet":
        return self.exclude(kind=MessageKind.NOTE)


@pghistory.track(fields=["application", "kind", "due", "answered_at"], model_name="MessageEvent")
class Message(models.Model):
    """A word between secretary and applicant, or the secretary's private note."""

    PERSONAL: ClassVar[dict[str, Retention]] = {"text": Retention.APPLICATION}

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    text = models.TextField(_("text"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    written_at = models.DateTimeField(_("written"))
    due = models.DateField(_("answer by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["written_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="message_due_iff_request",
                condition=Q(kind="request", due__isnull=False)
                | (~Q(kind="request") & Q(due__isnull=True, answered_at__isnull=True)),
            )
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text[:60]

    def is_overdue(self, at: datetime) -> bool:
        """A question whose day has passed at an instant without an answer."""
        unanswered = self.kind == MessageKind.REQUEST and self.answered_at is None
        return unanswered and self.due is not None and self.due < timezone.localdate(at)
