from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Ground(models.TextChoices):
    """Why a person's data was erased. A list and not a text, so that no data slips in again."""

    REQUEST = "request", _("the person asked for it")
    EXPIRED = "expired", _("it had been kept as long as there was a reason to")
    MISTAKE = "mistake", _("it should not have been recorded")


class Redaction(models.Model):
    """That history was altered: for whom, when, by whom, why, and how much. Never what it said."""

    # Nobody, where rows went whose time had come, whoever they were about.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("erased by")
    )
    at = models.DateTimeField(_("erased at"))
    ground = models.CharField(_("ground"), max_length=10, choices=Ground.choices)
    # Rows changed, by model label: {"accounts.User": 1, "accounts.UserEvent": 3}.
    counts: Any = models.JSONField(_("rows changed"), default=dict)

    class Meta:
        verbose_name = _("redaction")
        verbose_name_plural = _("redactions")
        ordering = ["-at", "-pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
