"""The reader's applications: where each stands, and what can be done until it is decided."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, InvalidTransition, add_to_form
from kip.mail.confirm import confirm
from members import services
from members.forms.application import AnswerForm, DocumentsForm
from members.models import Application, Message, MessageKind
from members.presentation import TONES, answers_to_check, consequences_of_withdrawing, progress
from members.states import ApplicationStatus
from members.views.drafting import application_for, files_added, task_list, trail


@require_safe
def application_list(request: HttpRequest) -> HttpResponse:
    """The reader's own applications, and the way to begin one."""
    applications = list(Application.objects.of(request.user))
    return render(
        request,
        "members/application_list.html",
        {
            "applications": [(a, TONES[a.status]) for a in applications],
            "has_open": any(a.is_open for a in applications),
            "breadcrumb": [(_("My KIP"), reverse("my_kip"))],
        },
    )


@require_safe
def application(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A draft is a task list; afterwards, where it stands and what happens next."""
    application = application_for(request, public_id)
    context: dict[str, Any] = {
        "application": application,
        "tone": TONES[application.status],
        "breadcrumb": trail(request, application, itself=False),
    }
    if application.is_draft:
        return render(request, "members/draft.html", context | task_list(application))
    talk = list(application.messages.seen_by_applicant().select_related("author"))
    waiting = [m for m in talk if m.kind == MessageKind.REQUEST and m.answered_at is None]
    today = timezone.localdate()
    bylaws = Bylaws.objects.in_force(today)
    return render(
        request,
        "members/application.html",
        context
        | {
            "talk": talk,
            "request_to_answer": waiting[-1]
            if waiting and application.status == ApplicationStatus.INFORMATION_REQUESTED
            else None,
            "today": today,
            "progress": progress(application, bylaws=bylaws, today=today),
            "answers": answers_to_check(application),
            "documents": [row.document for row in application.documents.all()],
        },
    )


def answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Answer the secretary's question."""
    application = application_for(request, public_id)
    if request.method != "POST" and application.status != ApplicationStatus.INFORMATION_REQUESTED:
        messages.info(request, _("There is no question to answer."))
        return redirect("application", public_id)
    status = 200
    form = AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_request(
                application_id=application.pk,
                text=form.cleaned_data["text"],
                uploads=form.cleaned_data["uploads"],
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except InvalidTransition:
            # What was typed stays on the page, to be copied: there is nowhere else to send it.
            form.add_error(None, _("There is no question to answer any more; nothing was sent."))
            status = 409
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Your answer has gone to the secretary."))
            return redirect("application", public_id)
    question = Message.objects.filter(
        application=application, kind=MessageKind.REQUEST, answered_at=None
    ).last()
    return render(
        request,
        "members/answer.html",
        {
            "application": application,
            "question": question,
            "today": timezone.localdate(),
            "form": form,
            "breadcrumb": trail(request, application),
        },
        status=status,
    )


def add_document(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Add a document at any time until the application is decided."""
    application = application_for(request, public_id)
    form = DocumentsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_documents(
                application_id=application.pk,
                uploads=form.cleaned_data["uploads"],
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, files_added(form))
            return redirect("application", public_id)
    return render(
        request,
        "members/add_document.html",
        {"application": application, "form": form, "breadcrumb": trail(request, application)},
    )


def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take the application back, after being asked once."""
    application = application_for(request, public_id)
    back = reverse("application", args=[public_id])
    return confirm(
        request,
        title=_("Withdraw the application of %(company)s") % {"company": application},
        act_text=_("Withdraw the application"),
        consequences=consequences_of_withdrawing(application),
        act=lambda data: services.withdraw(
            application_id=application.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("The application has been withdrawn."),
        back=back,
        danger=True,
        context={"breadcrumb": trail(request, application)},
    )
