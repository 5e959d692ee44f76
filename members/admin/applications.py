"""Everything about an application, and what can be done with it."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.audit.timeline import entries_of
from kip.exceptions import DomainError
from kip.mail.confirm import confirm
from members import services
from members.forms.application import NoteForm, RequestForm
from members.forms.company import FactsForm
from members.models import COMPANY_FIELDS, Application, Message
from members.presentation import (
    TONES,
    answers_to_check,
    consequences_of_asking,
    consequences_of_withdrawing,
)
from members.states import WITH_THE_ASSOCIATION, ApplicationStatus

ANSWER_DAYS = 14


@admin.register(Application)
class ApplicationAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Applications for membership will be here, from the moment when somebody begins one."
    )
    list_display = ["name_shown", "status", "submitted_at", "waiting", "applicant"]
    list_filter = ["status"]
    search_fields = ["name", "business_id", "applicant__email"]
    ordering = ["-submitted_at", "-begun_at"]
    date_hierarchy = None
    list_select_related = ["applicant"]
    change_list_template = "admin/members/application/change_list.html"

    @admin.display(description=gettext_lazy("company"), ordering="name")
    def name_shown(self, application: Application) -> str:
        return str(application)

    @admin.display(description=gettext_lazy("open for"))
    def waiting(self, application: Application) -> str:
        if application.submitted_at is None or not application.is_open:
            return ""
        days = (timezone.now() - application.submitted_at).days
        return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("enter/", view(self.enter), name="members_application_enter"),
            path("<int:pk>/ask/", view(self.ask), name="members_application_ask"),
            path("<int:pk>/correct/", view(self.correct), name="members_application_correct"),
            path("<int:pk>/withdraw/", view(self.withdraw), name="members_application_withdraw"),
            path("<int:pk>/note/", view(self.note), name="members_application_note"),
            *super().get_urls(),
        ]

    def _application(self, request: HttpRequest, pk: Any) -> Application:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return found_or_404(Application.objects.whole(), pk)

    def _page(self, request: HttpRequest, application: Application) -> dict[str, Any]:
        """What the confirmation pages need of the admin around them."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "trail": [
                (
                    self.opts.verbose_name_plural,
                    reverse("admin:members_application_changelist"),
                ),
                (str(application), self._url(application)),
            ],
        }

    @staticmethod
    def _url(application: Application) -> str:
        return reverse("admin:members_application_change", args=[application.pk])

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Everything about one application on one page, and what can be done with it."""
        return self._everything(request, self._application(request, object_id), NoteForm())

    def _everything(
        self, request: HttpRequest, application: Application, note_form: NoteForm, status: int = 200
    ) -> HttpResponse:
        at = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(application),
            "application": application,
            "tone": TONES[application.status],
            "acts": self._acts(request, application, at),
            "sections": answers_to_check(application),
            "documents": [row.document for row in application.documents.all()],
            "talk": self._talk(request, application, at),
            "note_form": note_form,
            "entries": entries_of(application, hide=["members.Answer"]),
        }
        return render(request, "admin/members/application/change_form.html", context, status=status)

    @staticmethod
    def _talk(request: HttpRequest, application: Application, at: datetime) -> list[Message]:
        """Private notes are the secretary's own: not for whoever looks after the machine."""
        talk = application.messages.select_related("author")
        own = allowed("members.handle_applications", request.user, at=at)
        return list(talk if own else talk.seen_by_applicant())

    def _acts(
        self, request: HttpRequest, application: Application, at: datetime
    ) -> list[services.NextAct]:
        """The main act first; none for who looks after the machine and is no secretary."""
        if not allowed("members.handle_applications", request.user, at=at):
            return []
        acts = [
            act
            for acts in services.acts_on_application(
                application=application, user=request.user, at=at
            )
            for act in acts
        ]
        if application.is_draft and application.entered_by_id:
            url = reverse("application", args=[application.public_id])
            acts.append(services.NextAct(_("Continue to fill it in"), url))
        if application.status == ApplicationStatus.SUBMITTED:
            url = reverse("admin:members_application_ask", args=[application.pk])
            acts.append(services.NextAct(_("Ask the applicant for information"), url))
        if application.status == ApplicationStatus.INFORMATION_REQUESTED:
            url = reverse("application_answer", args=[application.public_id])
            acts.append(services.NextAct(_("Enter an answer that came otherwise"), url))
        if application.is_open and not application.is_draft:
            url = reverse("application_add_document", args=[application.public_id])
            acts.append(services.NextAct(_("Add a document"), url))
        if application.status in WITH_THE_ASSOCIATION:
            url = reverse("admin:members_application_correct", args=[application.pk])
            acts.append(services.NextAct(_("Correct the facts"), url))
        if application.is_open:
            url = reverse("admin:members_application_withdraw", args=[application.pk])
            acts.append(services.NextAct(_("Withdraw on the applicant’s behalf"), url))
        return acts

    def enter(self, request: HttpRequest) -> HttpResponse:
        """Begin to enter an application that came on paper or by phone."""
        return confirm(
            request,
            title=_("Enter an application that came on paper or by phone"),
            act_text=_("Begin to enter it"),
            consequences=[
                _("You fill in the same steps as an applicant does."),
                _("The form that the company signed is attached to it."),
                _("If the company has an e-mail address, its contact is told and can follow it."),
            ],
            act=lambda data: services.begin_on_behalf(by=request.user, at=timezone.now()),  # type: ignore[arg-type]
            done=gettext_lazy("Fill in what the company has told you."),
            back=reverse("admin:members_application_changelist"),
            onward=lambda application: reverse("application", args=[application.public_id]),
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "trail": [
                    (
                        self.opts.verbose_name_plural,
                        reverse("admin:members_application_changelist"),
                    )
                ],
            },
        )

    def ask(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the applicant for information, with a day by which to answer."""
        application = self._application(request, pk)
        due = timezone.localdate() + timedelta(days=ANSWER_DAYS)
        return confirm(
            request,
            title=_("Ask the applicant for information"),
            lead=str(application),
            act_text=_("Ask the applicant"),
            form=RequestForm(
                request.POST or None,
                initial={"due": due},
                on_paper=application.applicant is None,
            ),
            sample={"text": "…", "due": due},
            consequences=consequences_of_asking(application),
            act=lambda data: services.request_information(
                application_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **data,
            ),
            done=gettext_lazy("The applicant has been asked.")
            if application.applicant
            else gettext_lazy("The question is on file. Ask the company by phone or letter."),
            back=self._url(application),
            template="admin/confirm.html",
            context=self._page(request, application),
        )

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Correct what the application says of the company."""
        application = self._application(request, pk)
        is_voted_on = application.status == ApplicationStatus.BEFORE_BOARD
        form = FactsForm(request.POST or None, initial=application.facts())
        return confirm(
            request,
            title=_("Correct the facts"),
            lead=str(application),
            act_text=_("Keep the correction"),
            form=form,
            sample=application.facts(),
            consequences=[
                _("The applicant and the board read the corrected facts from now on."),
                *([_("Those who vote on it are told what was corrected.")] if is_voted_on else []),
                _("The history says what was corrected, and by whom."),
            ],
            act=lambda typed: services.correct_application(
                application_id=pk,
                facts={name: typed[name] for name in COMPANY_FIELDS},
                read=form.read,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("The facts have been corrected."),
            back=self._url(application),
            template="admin/confirm.html",
            # Whoever votes gets mail only of what is other than it was, as the sample is not.
            context=self._page(request, application) | ({"letters": None} if is_voted_on else {}),
        )

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Withdraw on the applicant's behalf."""
        application = self._application(request, pk)
        return confirm(
            request,
            title=_("Withdraw on the applicant’s behalf"),
            lead=str(application),
            act_text=_("Withdraw the application"),
            consequences=consequences_of_withdrawing(application),
            act=lambda data: services.withdraw(
                application_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("The application has been withdrawn."),
            back=self._url(application),
            danger=True,
            template="admin/confirm.html",
            context=self._page(request, application),
        )

    def note(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write a private note."""
        application = self._application(request, pk)
        if request.method != "POST":
            return redirect(self._url(application))
        form = NoteForm(request.POST)
        status = 200
        if form.is_valid():
            try:
                services.add_note(
                    application_id=pk,
                    text=form.cleaned_data["text"],
                    by=request.user,  # type: ignore[arg-type]
                    at=timezone.now(),
                )
            except DomainError as error:
                form.add_error("text", str(error))
                status = 409
            else:
                messages.success(request, _("The note has been kept."))
                return redirect(self._url(application))
        return self._everything(request, application, form, status)
