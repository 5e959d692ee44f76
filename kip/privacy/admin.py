"""Personal data, as the secretary handles them: requests, what is kept long enough, erasures."""

import re
from datetime import datetime, time
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip.access import allowed
from kip.accounts.models import User
from kip.admin_site import ReadOnly, found_or_404
from kip.audit.models import Ground
from kip.audit.retention import Retention
from kip.audit.services import foresee
from kip.audit.timeline import entries_of
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError
from kip.mail.confirm import confirm
from kip.pdf import pdf
from kip.privacy import presentation, services
from kip.privacy.forms import AnswerForm, EnterForm
from kip.privacy.models import UNDONE_WITHIN, DataRequest, Erasure, RequestKind
from kip.privacy.presentation import SHOWN, json_of, pdf_of, pdf_response
from kip.privacy.states import ERASURE, ErasureStatus, RequestStatus
from kip.privacy.words import PURPOSES, period_of

PER_PAGE = 50
# The key of a row in an address, as somebody may have typed it.
SHORT = re.compile(r"[0-9]{1,18}")
TONES = {
    ErasureStatus.PLANNED: "due",
    ErasureStatus.DONE: "good",
    ErasureStatus.UNDONE: "neutral",
    ErasureStatus.STOPPED: "wrong",
    RequestStatus.RECEIVED: "due",
    RequestStatus.PARTLY: "sea",
    RequestStatus.REFUSED: "wrong",
}


WHAT_STAYS = gettext_lazy(
    "What stays: votes, resolutions, minutes and the register of members, which the law makes the"
    " association keep; they name the person as they did. Everywhere else it says “Erased person”."
)


class Handled(ReadOnly):
    """For who handles personal data: the secretary, and no superuser."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed("privacy.handle", request.user, obj, at=timezone.now())

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _around(self, request: HttpRequest, *trail: tuple[Any, str]) -> dict[str, Any]:
        changelist = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "trail": [(self.opts.verbose_name_plural, reverse(changelist)), *trail],
        }


@admin.register(DataRequest)
class DataRequestAdmin(Handled):
    nothing_yet = gettext_lazy(
        "What people ask about their data will be here, each with the day by which to answer."
    )
    list_display = ["person", "kind", "status", "received_at", "due"]
    list_filter = ["status", "kind"]
    list_select_related = ["person"]
    list_per_page = PER_PAGE
    ordering = ["-received_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("processing/", view(self.processing), name="privacy_datarequest_processing"),
            path(
                "processing.pdf",
                view(self.processing_pdf),
                name="privacy_datarequest_processing_pdf",
            ),
            path("<int:pk>/answer/", view(self.answer), name="privacy_datarequest_answer"),
            path("person/<int:pk>/", view(self.person), name="accounts_user_data"),
            path("person/<int:pk>/data.json", view(self.json), name="accounts_user_data_json"),
            path("person/<int:pk>/data.pdf", view(self.pdf), name="accounts_user_data_pdf"),
            path("person/<int:pk>/enter/", view(self.enter), name="accounts_user_data_enter"),
            path("person/<int:pk>/erase/", view(self.erase), name="accounts_user_data_erase"),
            *super().get_urls(),
        ]

    # --- A request -------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self._require(request)
        rows = DataRequest.objects.select_related("person", "entered_by", "answered_by")
        asked = found_or_404(rows, object_id)
        person = asked.person_id
        acts = []
        if asked.is_open:
            acts = [
                (
                    _("Answer the request"),
                    reverse("admin:privacy_datarequest_answer", args=[asked.pk]),
                )
            ]
            if asked.kind == RequestKind.ERASURE:
                url = reverse("admin:accounts_user_data_erase", args=[person])
                acts.insert(0, (_("See what would be erased"), f"{url}?request={asked.pk}"))
        acts.append((_("Personal data"), reverse("admin:accounts_user_data", args=[person])))
        facts = [
            (_("Received"), presentation.in_words(asked.received_at)),
            (_("How it came"), capfirst(asked.get_channel_display())),
            (_("Answer by"), presentation.in_words(asked.due)),
            (_("In the person’s words"), asked.text),
        ]
        if not asked.is_open:
            facts += [
                (_("Answered"), presentation.in_words(asked.answered_at)),
                (_("Answered by"), str(asked.answered_by)),
                (_("Answer"), asked.answer),
            ]
        return render(
            request,
            "admin/privacy/record.html",
            {
                **self._around(request),
                "title": str(asked),
                "status": asked.get_status_display(),
                "tone": TONES.get(asked.status, "good"),
                "acts": acts,
                "facts": facts,
                "entries": entries_of(asked),
            },
        )

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require(request)
        asked = get_object_or_404(DataRequest.objects.select_related("person"), pk=pk)
        back = reverse("admin:privacy_datarequest_change", args=[pk])
        return confirm(
            request,
            title=_("Answer: %(request)s") % {"request": asked},
            act_text=_("Send the answer"),
            form=AnswerForm(request.POST or None),
            sample={"outcome": RequestStatus.DONE, "answer": ""},
            consequences=[
                _("The answer cannot be changed afterwards."),
                _(
                    "A correction or erasure does not come with it: do that first, then say here"
                    " what was done."
                ),
            ],
            act=lambda data: services.answer_request(
                request_id=pk,
                outcome=data["outcome"],
                answer=data["answer"],
                by=request.user,
                at=timezone.now(),
            ),
            done=gettext_lazy("The request is answered."),
            back=back,
            template="admin/confirm.html",
            context=self._around(request, (str(asked), back)),
        )

    # --- A person --------------------------------------------------------------------------------

    def _person(self, request: HttpRequest, pk: int) -> User:
        self._require(request)
        return get_object_or_404(User, pk=pk)

    def person(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is held about somebody, and what can be done about it."""
        person, at = self._person(request, pk), timezone.now()
        held = services.held_about(person=person, by=request.user, at=at)
        return render(
            request,
            "admin/privacy/person.html",
            {
                **self._around(request, self._of(person)),
                "title": _("Personal data of %(person)s") % {"person": person},
                "person": person,
                "kept_since": services.long_enough(at=at)[0].get(pk),
                "sections": presentation.sections(held, Bylaws.objects.in_force_at(at), most=SHOWN),
                "requests": DataRequest.objects.filter(person=person)[:SHOWN],
                "erasures": Erasure.objects.filter(person=person)[:SHOWN],
            },
        )

    @staticmethod
    def _of(person: User) -> tuple[str, str]:
        return str(person), reverse("admin:accounts_user_change", args=[person.pk])

    def json(self, request: HttpRequest, pk: int) -> HttpResponse:
        return json_of(self._person(request, pk), by=request.user)

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._person(request, pk)
        try:
            return pdf_of(person, by=request.user)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("admin:accounts_user_data", pk)

    def enter(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What a person asked by phone, mail or letter."""
        person = self._person(request, pk)
        back = reverse("admin:accounts_user_data", args=[pk])

        def act(data: dict[str, Any]) -> DataRequest:
            at = timezone.now()
            day = data.pop("received_on")
            # At the beginning of its day: the month is counted from that.
            received_at = timezone.make_aware(datetime.combine(day, time()))
            try:
                return services.enter_request(
                    person=person, **data, received_at=received_at, by=request.user, at=at
                )
            except DomainError as error:
                if error.field == "received_at":
                    raise DomainError(error.message, field="received_on") from error
                raise

        return confirm(
            request,
            title=_("Enter a request of %(person)s") % {"person": person},
            act_text=_("Enter the request"),
            form=EnterForm(request.POST or None),
            consequences=[_("Its month counts from the day on which it came.")],
            act=act,
            done=gettext_lazy("The request is entered."),
            back=back,
            onward=lambda made: reverse("admin:privacy_datarequest_change", args=[made.pk]),
            template="admin/confirm.html",
            context={
                **self._around(request, self._of(person)),
                "letters": None,
                "lead": _("The person gets a letter that says by when it is answered."),
            },
        )

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would be erased of a person, why, what stays and why; confirmed once."""
        person, at = self._person(request, pk), timezone.now()
        back = reverse("admin:accounts_user_data", args=[pk])
        planned = Erasure.objects.filter(person=person, status__in=ERASURE.open).first()
        if planned is not None and request.method != "POST":
            messages.info(request, _("The erasure of this person is planned already."))
            return redirect("admin:privacy_erasure_change", planned.pk)
        asked = (
            DataRequest.objects.filter(
                person=person, kind=RequestKind.ERASURE, status=RequestStatus.RECEIVED
            )
            .order_by("-pk")
            .first()
        )
        due = next(iter(services.people_due(at=at, only=[pk])), None)
        ground = Ground.REQUEST if asked else Ground.EXPIRED if due else Ground.MISTAKE
        try:
            counts = foresee(person, at=at)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(back)
        return confirm(
            request,
            title=_("Erase the personal data of %(person)s") % {"person": person},
            act_text=_("Erase in thirty days"),
            danger=True,
            consequences=[
                _("Ground: %(ground)s.") % {"ground": ground.label},
                *(
                    [
                        _("No part in the association since %(day)s.")
                        % {"day": presentation.in_words(due.since)}
                    ]
                    if due
                    else []
                ),
                _("To be erased or taken out of others’ rows: %(what)s.")
                % {"what": ", ".join(f"{name}: {count}" for name, count in in_words(counts))},
                str(WHAT_STAYS),
                _("It is carried out on %(day)s. Until then anybody who is secretary can undo it.")
                % {"day": presentation.in_words(timezone.localdate(at + UNDONE_WITHIN))},
            ],
            act=lambda _data: services.plan_erasure(
                person=person,
                ground=ground,
                request_id=asked.pk if asked else None,
                by=request.user,
                at=timezone.now(),
            ),
            done=gettext_lazy("The erasure is planned."),
            back=back,
            onward=lambda made: reverse("admin:privacy_erasure_change", args=[made.pk]),
            template="admin/confirm.html",
            context={**self._around(request, self._of(person)), "letters": None},
        )

    # --- The register of processing --------------------------------------------------------------

    def processing(self, request: HttpRequest) -> HttpResponse:
        self._require(request)
        rules = Bylaws.objects.in_force_at(timezone.now())
        return render(
            request,
            "admin/privacy/processing.html",
            {
                **self._around(request),
                "title": _("Register of processing activities"),
                "controller": presentation.controller(),
                "purposes": presentation.register(rules),
            },
        )

    def processing_pdf(self, request: HttpRequest) -> HttpResponse:
        self._require(request)
        at = timezone.now()
        data = presentation.register_as_data(Bylaws.objects.in_force_at(at), at)
        try:
            return pdf_response(pdf("privacy/my_data.typ", data), "processing")
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("admin:privacy_datarequest_processing")


def in_words(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Rows by their kind in words; events and joins are counted as history."""
    found: dict[str, int] = {}
    for label, count in counts.items():
        model = apps.get_model(label)
        name = (
            _("rows of history")
            if hasattr(model, "pgh_tracked_model")
            else str(model._meta.verbose_name_plural)
        )
        found[name] = found.get(name, 0) + count
    return sorted(found.items())


@admin.register(Erasure)
class ErasureAdmin(Handled):
    nothing_yet = gettext_lazy(
        "Erasures that somebody has confirmed will be here, each with the day until which it can be"
        " taken back."
    )
    list_display = ["what", "ground", "status", "planned_at", "due_at"]
    list_filter = ["status", "ground"]
    list_select_related = ["person"]
    list_per_page = PER_PAGE
    ordering = ["-planned_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("due/", view(self.due), name="privacy_erasure_due"),
            path("plan/", view(self.plan), name="privacy_erasure_plan"),
            path("<int:pk>/undo/", view(self.undo), name="privacy_erasure_undo"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("whose, or what"))
    def what(self, erasure: Erasure) -> str:
        return str(erasure.person) if erasure.person_id else _part_name(erasure.part)

    def due(self, request: HttpRequest) -> HttpResponse:
        """Who and what has been kept long enough, why and since when; chosen here."""
        self._require(request)
        at = timezone.now()
        rules = Bylaws.objects.in_force_at(at)
        planned = set(
            Erasure.objects.filter(status=ErasureStatus.PLANNED)
            .exclude(part="")
            .values_list("part", flat=True)
        )
        return render(
            request,
            "admin/privacy/due.html",
            {
                **self._around(request),
                "title": _("Kept long enough"),
                "page_obj": Paginator(services.people_due(at=at), PER_PAGE).get_page(
                    request.GET.get("page")
                ),
                "parts": [
                    (part, PURPOSES[part.retention].name, period_of(part.retention, rules))
                    for part in services.expired_parts(at=at)
                    if part.key not in planned
                ],
                "why": period_of(Retention.CONTACT, rules),
                "stays": PURPOSES[Retention.RECORD],
            },
        )

    def plan(self, request: HttpRequest) -> HttpResponse:
        """Confirm what was chosen: `?person=7&person=9&part=mail.letters`."""
        self._require(request)
        back = reverse("admin:privacy_erasure_due")
        at = timezone.now()
        asked = request.GET.getlist("person")[:PER_PAGE]
        chosen = list(User.objects.filter(pk__in=[pk for pk in asked if SHORT.fullmatch(pk)]))
        people = [person.pk for person in chosen]
        known = services.parts_by_key(at=at)
        parts = [key for key in dict.fromkeys(request.GET.getlist("part")) if key in known]
        if not people and not parts:
            messages.error(request, _("Choose somebody or something first."))
            return redirect(back)
        return confirm(
            request,
            title=_("Erase what has been kept long enough"),
            act_text=_("Erase in thirty days"),
            danger=True,
            consequences=[
                *(
                    format_html(
                        '{} (<a href="{}">{}</a>)',
                        person,
                        reverse("admin:accounts_user_data_erase", args=[person.pk]),
                        _("See what would be erased"),
                    )
                    for person in chosen
                ),
                *([str(WHAT_STAYS)] if chosen else []),
                *(f"{known[key].name}: {known[key].count}" for key in parts),
                _("It is carried out on %(day)s. Until then anybody who is secretary can undo it.")
                % {"day": presentation.in_words(timezone.localdate(at + UNDONE_WITHIN))},
            ],
            act=lambda _data: services.plan_expired(
                people=people, parts=parts, by=request.user, at=timezone.now()
            ),
            done=lambda made: (
                ngettext(
                    "%(count)d erasure is planned.", "%(count)d erasures are planned.", len(made)
                )
                % {"count": len(made)}
            ),
            back=reverse("admin:privacy_erasure_changelist"),
            template="admin/confirm.html",
            context={
                **self._around(request, (_("Kept long enough"), back)),
                "letters": None,
                "cancel_url": back,
            },
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self._require(request)
        rows = Erasure.objects.select_related("person", "planned_by", "redaction", "request")
        erasure = found_or_404(rows, object_id)
        acts = []
        if erasure.is_planned or erasure.is_stopped:
            text = _("Take back the erasure") if erasure.is_planned else _("Lay it aside")
            acts.append((text, reverse("admin:privacy_erasure_undo", args=[erasure.pk])))
        if erasure.person_id:
            url = reverse("admin:accounts_user_data", args=[erasure.person_id])
            acts.append((_("Personal data"), url))
        facts = [
            (_("Ground"), capfirst(erasure.get_ground_display())),
            (
                _("Confirmed by"),
                f"{erasure.planned_by}, {presentation.in_words(erasure.planned_at)}",
            ),
            (_("To be erased"), presentation.in_words(erasure.due_at)),
        ]
        if erasure.part and erasure.is_planned:
            part = services.part_of(erasure, at=timezone.now())
            facts.append((_("Rows to be erased"), str(part.count if part else 0)))
        if erasure.obstacle:
            facts.append((_("Why not"), erasure.obstacle))
        if erasure.ended_at:
            facts.append((_("Ended"), presentation.in_words(erasure.ended_at)))
        if erasure.redaction:
            counted = in_words(erasure.redaction.counts)
            facts.append(
                (_("Rows changed"), ", ".join(f"{name}: {count}" for name, count in counted))
            )
        return render(
            request,
            "admin/privacy/record.html",
            {
                **self._around(request),
                "title": _("Erasure: %(what)s") % {"what": self.what(erasure)},
                "status": erasure.get_status_display(),
                "tone": TONES[erasure.status],
                "acts": acts,
                "facts": facts,
                "entries": entries_of(erasure),
            },
        )

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require(request)
        erasure = get_object_or_404(Erasure.objects.select_related("person"), pk=pk)
        back = reverse("admin:privacy_erasure_change", args=[pk])
        return confirm(
            request,
            title=_("Take back the erasure: %(what)s") % {"what": self.what(erasure)},
            act_text=_("Take back the erasure"),
            consequences=[_("Nothing is erased. It can be confirmed anew, for thirty days again.")],
            act=lambda _data: services.undo_erasure(
                erasure_id=pk, by=request.user, at=timezone.now()
            ),
            done=gettext_lazy("The erasure is taken back."),
            back=back,
            template="admin/confirm.html",
            context=self._around(request, (self.what(erasure), back)),
        )


def _part_name(key: str) -> str:
    at = timezone.now()
    known = services.parts_by_key(at=at)
    return str(known[key].name) if key in known else key
