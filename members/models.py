"""Companies: those that apply, and those that are members. A `Member` is never a person."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.accounts.models import User
from kip.audit.retention import Retention
from kip.content import InTheReadersLanguage
from kip.states import StatefulModel, status_triggers
from members.registration import registration_key
from members.states import APPLICATION, WITH_THE_ASSOCIATION, ApplicationStatus


class DateRange(Func):
    """`[from, until)`: open-ended while `until` is null."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Company(models.Model):
    """What the association knows of a company, whether it applies or is a member."""

    IMPERSONAL: ClassVar[dict[str, str]] = {"name": "the name of a company"}

    name = models.CharField(_("name of the company"), max_length=200, blank=True)
    country = models.CharField(
        _("country of registration"),
        max_length=2,
        default="FI",
        help_text=_("The two letters of the country, e.g. FI or SE."),
    )
    business_id = models.CharField(
        _("business ID"),
        max_length=40,
        blank=True,
        help_text=_("In Finland like 1234567-1; elsewhere the number in the company's register."),
    )
    register = models.CharField(
        _("register"),
        max_length=100,
        blank=True,
        help_text=_("Only for a foreign company: the register that gave the number."),
    )
    # By what the same company is found again, however its number was typed; set on saving.
    registration_key = models.TextField(default="", blank=True, editable=False)
    legal_form = models.CharField(_("legal form"), max_length=60, blank=True)
    domicile = models.CharField(_("domicile"), max_length=100, blank=True)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    website = models.URLField(_("website"), blank=True)
    parent_company = models.CharField(_("parent company"), max_length=200, blank=True)
    activities = models.TextField(_("activities in the Park"), blank=True)
    location = models.CharField(_("where in the Park"), max_length=200, blank=True)
    active_from = models.CharField(
        _("since when, or from when"),
        max_length=60,
        blank=True,
        help_text=_("E.g. “since 1998” or “from 1 March 2027”."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or str(_("Company without a name yet"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.registration_key = registration_key(self.country, self.register, self.business_id)
        saved = kwargs.get("update_fields")
        if saved is not None and {"country", "register", "business_id"} & set(saved):
            kwargs["update_fields"] = {*saved, "registration_key"}
        super().save(*args, **kwargs)

    @property
    def postal_address(self) -> str:
        return ", ".join(
            part for part in (self.street, f"{self.postcode} {self.city}".strip()) if part
        )

    def facts(self) -> dict[str, str]:
        """The facts by field name, to be copied from an application to its member."""
        return {name: getattr(self, name) for name in COMPANY_FIELDS}


DRAFT_LAPSES_AFTER = timedelta(days=90)
DRAFT_REMINDER_BEFORE = timedelta(days=14)

COMPANY_FIELDS = [field.name for field in Company._meta.local_fields if field.editable]


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

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
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


class MemberQuerySet(models.QuerySet["Member"]):
    def in_force(self, on: date) -> "MemberQuerySet":
        """Members on a local date."""
        return self.filter(pk__in=MembershipPeriod.objects.in_force(on).values("member"))

    def with_membership(self, on: date) -> "MemberQuerySet":
        """With `since`, the beginning of the membership in force on a local date, and `left`, the
        end of the last one when none is.
        """
        own = MembershipPeriod.objects.filter(member=OuterRef("pk"))
        since = Subquery(own.in_force(on).values("joined")[:1])
        ended = Subquery(own.filter(until__lte=on).order_by("-until").values("until")[:1])
        return self.annotate(since=since).annotate(
            left=Case(When(since=None, then=ended), output_field=models.DateField())
        )

    def represented_by(self, person: Any, on: date) -> "MemberQuerySet":
        return self.filter(
            pk__in=Representative.objects.in_force(on).filter(person=person).values("member")
        )


@pghistory.track(fields=["number", *COMPANY_FIELDS], model_name="MemberEvent")
class Member(Company):
    """A member company. Whether it is a member on a day is told by its membership periods."""

    number = models.PositiveIntegerField(_("member number"), unique=True, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member company")
        verbose_name_plural = _("member companies")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="member_one_per_company",
                fields=["registration_key"],
                condition=~Q(registration_key=""),
            )
        ]


class MembershipPeriodQuerySet(models.QuerySet["MembershipPeriod"]):
    def in_force(self, on: date) -> "MembershipPeriodQuerySet":
        """What makes a company a member on a local date."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), joined__lte=on)


@pghistory.track(
    fields=["member", "joined", "until", "resolution"], model_name="MembershipPeriodEvent"
)
class MembershipPeriod(models.Model):
    """One membership of one company, `[joined, until)`, by local dates."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="periods")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="membership"
    )
    joined = models.DateField(_("member since"))
    until = models.DateField(_("member until"), null=True, blank=True)
    resolution = models.CharField(_("admitted by resolution"), max_length=20, blank=True)

    objects = MembershipPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership period")
        verbose_name_plural = _("membership periods")
        ordering = ["joined"]
        constraints = [
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gt=F("joined")),
            ),
            ExclusionConstraint(
                name="membership_periods_do_not_overlap",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    (DateRange("joined", "until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.joined} – {self.until or ''}"


class RepresentativeRole(models.TextChoices):
    PRIMARY = "primary", pgettext_lazy("representative", "primary representative")
    VOTING = "voting", pgettext_lazy("representative", "voting representative")


class RepresentativeQuerySet(models.QuerySet["Representative"]):
    def in_force(self, on: date) -> "RepresentativeQuerySet":
        """Who stands for a company on a local date."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)

    def in_force_at(self, at: datetime) -> "RepresentativeQuerySet":
        return self.in_force(timezone.localdate(at))


@pghistory.track(
    fields=["member", "person", "role", "since", "until"], model_name="RepresentativeEvent"
)
class Representative(models.Model):
    """A person standing for a member company in a role, `[since, until)`, by local dates."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="representatives")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=20, choices=RepresentativeRole)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("representative")
        verbose_name_plural = _("representatives")
        ordering = ["member", "role", "since"]
        constraints = [
            models.CheckConstraint(
                name="representative_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
            ),
            ExclusionConstraint(
                name="representative_one_per_role",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (DateRange("since", "until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}"
