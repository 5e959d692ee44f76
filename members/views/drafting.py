"""An applicant's draft: begun, filled in step by step, checked, submitted."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kip.access import allowed
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, add_to_form
from members import services
from members.completeness import (
    AGREEMENT,
    DOCUMENTS,
    PEOPLE,
    QUESTIONS,
    STEP_TITLES,
    Step,
    is_complete,
    steps,
)
from members.forms.application import STEP_FORMS, DocumentsForm, PaperDocumentsForm
from members.models import Application
from members.presentation import sections_to_check, what_submitting_does


def application_for(request: HttpRequest, public_id: uuid.UUID) -> Application:
    """The application, for those who may read it; for others it does not exist."""
    application = get_object_or_404(
        Application.objects.whole(),
        public_id=public_id,
    )
    if not allowed("members.read_application", request.user, application, at=timezone.now()):
        raise Http404
    return application


def trail(
    request: HttpRequest, application: Application, *, itself: bool = True
) -> list[tuple[str, str]]:
    """The way here: by the applicant's own pages, or by the secretary's."""
    here = reverse("application", args=[application.public_id])
    if application.applicant_id == request.user.pk:
        trail = [(_("My KIP"), reverse("my_kip")), (_("Applications"), reverse("applications"))]
    else:
        trail = [
            (_("The secretary’s desk"), reverse("admin:index")),
            (_("Applications"), reverse("admin:members_application_changelist")),
        ]
        if not application.is_draft:
            here = reverse("admin:members_application_change", args=[application.pk])
            itself = True
    return [*trail, (str(application), here)] if itself else trail


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    application = services.begin_application(by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return redirect("application", application.public_id)


def task_list(application: Application) -> dict[str, Any]:
    """The steps with where each stands, and where to go on: the first that lacks something."""
    found = steps(application)
    tasks = []
    for step in found:
        status, tone, hint = _("done"), "good", ""
        if step.lacks:
            status, tone = _("to do"), "due"
            hint = _("Still needed: %(what)s") % {"what": ", ".join(step.lacks)}
        elif step.key == DOCUMENTS and not application.documents.all():
            status, tone = _("optional"), "neutral"
        url = reverse("application_step", args=[application.public_id, step.key])
        tasks.append(
            {"title": step.title, "url": url, "status": status, "tone": tone, "hint": hint}
        )
    to_do = [task["url"] for step, task in zip(found, tasks, strict=True) if step.lacks]
    return {
        "tasks": tasks,
        "complete": not to_do,
        "begun": any(step.is_complete for step in found if step.key != DOCUMENTS),
        "onward": to_do[0] if to_do else reverse("application_check", args=[application.public_id]),
    }


def _step_form(
    step: Step, application: Application, data: Any = None, files: Any = None
) -> forms.BaseForm:
    form_class = STEP_FORMS[step.key]
    if step.key == DOCUMENTS:
        needed = bool(data and "add" in data) or (bool(step.lacks) and not _later(data))
        papers = PaperDocumentsForm if application.entered_by_id else DocumentsForm
        return papers(data, files, needed=needed)
    of_it = "application" if step.key in {PEOPLE, QUESTIONS} else "instance"
    return form_class(data, later=_later(data), **{of_it: application})


def _later(data: Any) -> bool:
    """Whether “Save and come back later” was pressed."""
    return bool(data and "later" in data)


def _save_step(step: str, application: Application, form: Any, request: HttpRequest) -> None:
    act = {"application_id": application.pk, "by": request.user, "at": timezone.now()}
    if step == PEOPLE:
        services.save_people(
            people=form.people, language=form.cleaned_data.get("language", ""), **act
        )
    elif step == QUESTIONS:
        services.save_answers(answers=form.answers, **act)
    elif step == DOCUMENTS:
        if form.cleaned_data.get("uploads"):
            services.add_documents(
                uploads=form.cleaned_data["uploads"],
                **({"kind": form.cleaned_data["kind"]} if "kind" in form.cleaned_data else {}),
                **act,
            )
    else:
        services.save_draft(facts=form.cleaned_data, **act)


def step(request: HttpRequest, public_id: uuid.UUID, step: str) -> HttpResponse:
    """One step of the form; saving it leads to the next, or back to where it was opened from."""
    application = application_for(request, public_id)
    found = {s.key: s for s in steps(application)}
    keys = list(found)
    if step not in found:
        raise Http404
    if not application.is_draft:
        messages.info(request, _("The application is no draft any more and cannot be edited."))
        return redirect("application", public_id)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = _step_form(found[step], application, *posted)
    # Who leaves keeps what can be kept, and is told of the rest.
    if posted and (form.is_valid() or _later(request.POST)):
        try:
            _save_step(step, application, form, request)
        except DomainError as error:
            add_to_form(form, error)
            if _later(request.POST):
                messages.warning(request, _("Not saved: see what is marked below."))
        else:
            if form.is_valid():
                if _later(request.POST):
                    messages.success(request, _("Saved. You can continue at any time."))
                elif form.cleaned_data.get("uploads"):
                    messages.success(request, files_added(form))
                return redirect(_after(step, keys, application, request))
            messages.warning(
                request,
                _("No file was added: see what is marked below.")
                if step == DOCUMENTS
                else _("Saved, except for what is marked below."),
            )
    return render(
        request,
        f"members/steps/{step}.html"
        if step in {PEOPLE, DOCUMENTS, AGREEMENT}
        else "members/step.html",
        {
            "application": application,
            "form": form,
            "title": STEP_TITLES[step],
            "number": keys.index(step) + 1,
            "of": len(keys),
            "breadcrumb": trail(request, application),
            "documents": list(application.documents.all()),
            "back": _back(request),
            "bylaws": Bylaws.objects.in_force(timezone.localdate()) if step == AGREEMENT else None,
        },
    )


def files_added(form: forms.BaseForm) -> str:
    count = len(form.cleaned_data["uploads"])
    return ngettext("The file was added.", "The files were added.", count)


def _back(request: HttpRequest) -> str:
    """For an address: that the step was opened from “Check your answers”."""
    return "?back=check" if request.GET.get("back") == "check" else ""


def _next(step: str, keys: list[str], application: Application) -> str:
    following = keys[keys.index(step) + 1 :]
    if following:
        return reverse("application_step", args=[application.public_id, following[0]])
    return reverse("application_check", args=[application.public_id])


def _after(step: str, keys: list[str], application: Application, request: HttpRequest) -> str:
    if "add" in request.POST:  # more files may follow
        return reverse("application_step", args=[application.public_id, step]) + _back(request)
    if _later(request.POST):
        return reverse("application", args=[application.public_id])
    if _back(request):
        return reverse("application_check", args=[application.public_id])
    return _next(step, keys, application)


@require_POST
def remove_document(request: HttpRequest, public_id: uuid.UUID, document_id: int) -> HttpResponse:
    application = application_for(request, public_id)
    try:
        services.remove_document(
            application_id=application.pk,
            document_id=document_id,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The document was removed."))
    return redirect(reverse("application_step", args=[public_id, DOCUMENTS]) + _back(request))


def check(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Check your answers, then submit."""
    application = application_for(request, public_id)
    if not application.is_draft:
        return redirect("application", public_id)
    refusal, others = "", []
    if request.method == "POST":
        try:
            submitted = services.submit(
                application_id=application.pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except DomainError as error:
            refusal = str(error)
        else:
            if submitted:
                messages.success(request, _("The application has been submitted."))
                return redirect("application", public_id)
            others = _others(request, application)
            refusal = (
                _("This company is already with the association; the application stays a draft:")
                if others
                else _("This company is already with the association; its contact has been told.")
            )
    return render(
        request,
        "members/check.html",
        {
            "application": application,
            "sections": sections_to_check(application),
            "complete": is_complete(application),
            "tasks": task_list(application)["tasks"],
            "breadcrumb": trail(request, application),
            "what_submitting_does": what_submitting_does(application),
            "refusal": refusal,
            "others": others,
        },
        status=409 if refusal else 200,
    )


def _others(request: HttpRequest, application: Application) -> list[tuple[str, str]]:
    """For the secretary only: the other application or member that this company is."""
    at = timezone.now()
    if not allowed("members.handle_applications", request.user, at=at):
        return []
    applications, members = services.same_company(
        application, timezone.localdate(at), but=application
    )
    return [
        *(
            (
                _("Application of %(company)s") % {"company": row},
                reverse("admin:members_application_change", args=[row.pk]),
            )
            for row in applications
        ),
        *(
            (
                _("%(company)s, member number %(number)d") % {"company": row, "number": row.number},
                reverse("admin:members_member_change", args=[row.pk]),
            )
            for row in members
        ),
    ]
