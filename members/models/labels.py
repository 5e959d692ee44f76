"""What member companies are sorted by: lists that the secretary keeps."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from kip.content import InTheReadersLanguage

NAMES = ["name_fi", "name_sv", "name_en"]


class Label(InTheReadersLanguage, models.Model):
    """A word for companies, in three languages."""

    IMPERSONAL: ClassVar[dict[str, str]] = dict.fromkeys(NAMES, "the name of a label")

    name_fi = models.CharField(_("name in Finnish"), max_length=100)
    name_sv = models.CharField(_("name in Swedish"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        abstract = True
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.in_readers_language("name")


@pghistory.track(fields=NAMES, model_name="SectorEvent")
class Sector(Label):
    """A line of business, e.g. battery chemicals."""

    class Meta(Label.Meta):
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")


@pghistory.track(fields=NAMES, model_name="SiteEvent")
class Site(Label):
    """An area of the Park in which companies have premises."""

    class Meta(Label.Meta):
        verbose_name = _("site in the Park")
        verbose_name_plural = _("sites in the Park")
