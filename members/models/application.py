"""Applications: the form, the people that it names, and the files that belong to it."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.accounts.models import User
from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.models.company import COMPANY_FIELDS, Company
from members.models.questions import Answer
from members.states import APPLICATION, WITH_THE_ASSOCIATION, ApplicationStatus

DRAFT_LAPSES_AFTER = timedelta(days=90)
DRAFT_REMINDER_BEFORE = timedelta(days=14)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def with_the_association(self) -> "ApplicationQuerySet":
        """Submitted and not yet decided."""
        return self.filter(status__in=WITH_THE_ASSOCIATION)

    def whole(self) -> "ApplicationQuerySet":
        """With all that its page shows: one query for each kind of row."""
        return self.select_related("applicant", "entered_by").prefetch_related(
            "people",
            models.Prefetch("answers", Answer.objects.select_related("question")),
            models.Prefetch("documents", ApplicationDocument.objects.select_related("document")),
        )

    def drafts_to_remind(self, at: datetime) -> "ApplicationQuerySet":
        """Drafts that nobody has touched for so long that their applicant is to be reminded."""
        return self.filter(
            Q(reminded_at=None) | Q(reminded_at__lt=F("saved_at")),
            status=ApplicationStatus.DRAFT,
            saved_at__lte=at - DRAFT_LAPSES_AFTER + DRAFT_REMINDER_BEFORE,
        )

    def drafts_to_lapse(self, at: datetime) -> "ApplicationQuerySet":
        """Drafts untouched for 90 days whose applicant was reminded two weeks ago or earlier."""
        return self.filter(
            status=ApplicationStatus.DRAFT,
            saved_at__lte=at - DRAFT_LAPSES_AFTER,
            reminded_at__gte=F("saved_at"),
            reminded_at__lte=at - DRAFT_REMINDER_BEFORE,
        )

    def of(self, person: "settings.AUTH_USER_MODEL") -> "ApplicationQuerySet":  # type: ignore[name-defined]
        return self.filter(applicant=person)


@pghistory.track(
    fields=["status", *COMPANY_FIELDS, "reason", "resolution"],
    model_name="ApplicationEvent",
)
class Application(StatefulModel, Company):
    """A company's application for membership, from its first draft to the board's decision."""

    TRANSITIONS = APPLICATION
    PERSONAL: ClassVar[dict[str, Retention]] = {}

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=30, choices=ApplicationStatus, default=ApplicationStatus.DRAFT
    )
    # Who fills it in and is told; nobody when it came on paper from a company without e-mail.
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("applicant"),
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    # In which the company's people are written to; the applicant's own language, or the one that
    # the secretary chose for an application on paper.
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=User._meta.get_field("language").choices,
        default="fi",
    )
    agrees = models.BooleanField(_("agrees with the purpose and the bylaws"), default=False)
    has_authority = models.BooleanField(_("has authority to apply for the company"), default=False)

    begun_at = models.DateTimeField(_("begun"), editable=False)
    saved_at = models.DateTimeField(_("last saved"), editable=False)
    reminded_at = models.DateTimeField(_("reminded of the draft"), null=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    # When the latest answer came back: the days for checking count from it.
    returned_at = models.DateTimeField(_("came back"), null=True, editable=False)
    before_board_at = models.DateTimeField(_("brought before the board"), null=True, editable=False)
    # Until when the board means to decide, as the applicant is told; null while nobody can say.
    decision_by = models.DateField(_("decision expected by"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    resolution = models.CharField(_("resolution"), max_length=20, blank=True, editable=False)
    reason = models.TextField(_("reason given to the applicant"), blank=True, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application for membership")
        verbose_name_plural = _("applications for membership")
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(
                name="application_one_open_per_company",
                fields=["registration_key"],
                condition=Q(status__in=sorted(WITH_THE_ASSOCIATION)),
            ),
            models.CheckConstraint(
                name="application_ended_iff_dated",
                condition=Q(status__in=sorted(APPLICATION.final), ended_at__isnull=False)
                | (~Q(status__in=sorted(APPLICATION.final)) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="application_submitted_is_dated",
                condition=~Q(status__in=sorted({*WITH_THE_ASSOCIATION, "approved", "rejected"}))
                | Q(submitted_at__isnull=False),
            ),
        ]
        triggers = status_triggers(APPLICATION)

    @property
    def is_open(self) -> bool:
        return self.status in APPLICATION.open

    @property
    def is_draft(self) -> bool:
        return self.status == ApplicationStatus.DRAFT


class PersonRole(models.TextChoices):
    CONTACT = "contact", pgettext_lazy("person of an application", "contact")
    SIGNATORY = "signatory", pgettext_lazy("person of an application", "signs for the company")


class ApplicationPerson(models.Model):
    """A person the applicant names. Becomes a known person only when the company is admitted."""

    PERSONAL: ClassVar[dict[str, Retention]] = {
        "given_name": Retention.APPLICATION,
        "family_name": Retention.APPLICATION,
        "email": Retention.APPLICATION,
        "phone": Retention.APPLICATION,
        "title": Retention.APPLICATION,
    }

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="people")
    role = models.CharField(_("role"), max_length=20, choices=PersonRole)
    given_name = models.CharField(_("given name"), max_length=100)
    family_name = models.CharField(_("family name"), max_length=100)
    title = models.CharField(_("position"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("person of an application")
        verbose_name_plural = _("people of an application")
        ordering = ["role"]
        constraints = [
            models.UniqueConstraint(
                name="application_one_person_per_role", fields=["application", "role"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def is_named(self) -> bool:
        return bool(self.given_name and self.family_name)

    def is_same_person(self, other: "ApplicationPerson") -> bool:
        """By name, unless two addresses speak against it."""
        addresses = {self.email.casefold(), other.email.casefold()} - {""}
        return self._name == other._name and len(addresses) <= 1

    def shares_address_with(self, other: "ApplicationPerson") -> bool:
        """Two people, and one address by which KIP would take them for one."""
        same_address = bool(self.email) and self.email.casefold() == other.email.casefold()
        both_named = bool(self._name and other._name)
        return same_address and both_named and self._name != other._name

    @property
    def _name(self) -> str:
        return " ".join(str(self).casefold().split())


class DocumentKind(models.TextChoices):
    ATTACHMENT = "attachment", _("attachment")
    SIGNED_FORM = "signed_form", _("signed form")


@pghistory.track(fields=["application", "kind"], model_name="ApplicationDocumentEvent")
class ApplicationDocument(models.Model):
    """A file that belongs to an application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="documents")
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=DocumentKind)

    class Meta:
        verbose_name = _("document of an application")
        verbose_name_plural = _("documents of an application")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.document)
