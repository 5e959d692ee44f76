"""What the association asks on its application form besides, and what is answered."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from kip.content import InTheReadersLanguage


class QuestionKind(models.TextChoices):
    TEXT = "text", _("a line of text")
    LONG_TEXT = "long_text", _("several lines of text")
    YES_NO = "yes_no", _("yes or no")
    NUMBER = "number", _("a whole number")


@pghistory.track(
    fields=[
        *["kind", "label_fi", "label_sv", "label_en", "help_fi", "help_sv", "help_en"],
        *["required", "asked", "order"],
    ],
    model_name="QuestionEvent",
)
class Question(InTheReadersLanguage, models.Model):
    """A question that the association adds to its application form."""

    kind = models.CharField(_("kind"), max_length=20, choices=QuestionKind)
    label_fi = models.CharField(_("question in Finnish"), max_length=200)
    label_sv = models.CharField(_("question in Swedish"), max_length=200)
    label_en = models.CharField(_("question in English"), max_length=200)
    help_fi = models.CharField(_("help in Finnish"), max_length=300, blank=True)
    help_sv = models.CharField(_("help in Swedish"), max_length=300, blank=True)
    help_en = models.CharField(_("help in English"), max_length=300, blank=True)
    required = models.BooleanField(_("must be answered"), default=False)
    asked = models.BooleanField(
        _("asked in new applications"),
        default=True,
        help_text=_("Switch off to stop asking; answers already given are kept."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("question of the application form")
        verbose_name_plural = _("questions of the application form")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.in_readers_language("label")

    @property
    def help(self) -> str:
        return self.in_readers_language("help")


class Answer(models.Model):
    """What an application answers to one of the association's own questions."""

    application = models.ForeignKey(
        "members.Application", on_delete=models.CASCADE, related_name="answers"
    )
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["question__order", "question_id"]
        constraints = [
            models.UniqueConstraint(
                name="application_one_answer_per_question", fields=["application", "question"]
            )
        ]

    def __str__(self) -> str:
        return self.text
