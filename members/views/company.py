"""A member company's own place: what waits for it, what is known of it, who stands for it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kip.access import allowed
from kip.exceptions import DomainError, add_to_form
from kip.mail.models import OutboxMail
from members import services
from members.completeness import company_tasks
from members.documents import documents_of
from members.forms.company import PARTS, LogoForm
from members.models import Member, Representative, RepresentativeRole
from members.presentation.checking import own_check
from members.presentation.company import PART_TITLES, parts_of, task_list
from members.presentation.history import own_history as company_history
from members.presentation.leaving import own_leaving
from members.states import ChangeStatus

LETTERS_SHOWN = 20
ACTS_SHOWN = 50

# In the address of a page that mends one thing: it was opened from the yearly check.
FROM_CHECK = "?check"


def member_for(
    request: HttpRequest, number: int, *, to: str = "members.keep_company", rows: Any = None
) -> Member:
    """The company, for those who may do `to` with it now; for others there is none."""
    member = get_object_or_404(Member.objects.all() if rows is None else rows, number=number)
    if not allowed(to, request.user, member, at=timezone.now()):
        raise Http404
    return member


def home_of(request: HttpRequest, member: Member) -> str:
    """Where the reader looks after the company: the secretary in the admin, others in My KIP."""
    if request.user.is_secretary:  # type: ignore[union-attr]
        return reverse("admin:members_member_change", args=[member.pk])
    return reverse("own_company", args=[member.number])


def back_of(request: HttpRequest, member: Member) -> str:
    """Where a page that mends one thing leads back to."""
    if FROM_CHECK.strip("?") in request.GET:
        return reverse("own_check", args=[member.number])
    return home_of(request, member)


def trail(request: HttpRequest, member: Member) -> list[tuple[str, str]]:
    """The way here from the reader's own front page."""
    if request.user.is_secretary:  # type: ignore[union-attr]
        front = [
            (_("The secretary’s desk"), reverse("admin:index")),
            (_("Member companies"), reverse("admin:members_member_changelist")),
        ]
    else:
        front = [(_("My KIP"), reverse("my_kip"))]
    return [*front, (str(member), home_of(request, member))]


@require_safe
def own_company(request: HttpRequest, number: int) -> HttpResponse:
    """For who stands for the company now; for others there is no such page."""
    at = timezone.now()
    today = timezone.localdate(at)
    whole = Member.objects.with_membership(today).select_related("logo")
    member = member_for(
        request,
        number,
        to="members.read_own_company",
        rows=whole.with_standing(today).prefetch_related("sectors", "sites"),
    )
    may_keep = allowed("members.keep_company", request.user, member, at=at)
    standing: list[Representative] = member.standing  # type: ignore[attr-defined]
    representatives = [row for row in standing if row.holds(today)]
    roles = {row.role for row in standing}
    votes = [
        row
        for role in (RepresentativeRole.VOTING, RepresentativeRole.DEPUTY)
        for row in representatives
        if row.role == role
    ]
    has_labels = bool(member.sectors.all()) and bool(member.sites.all())
    tasks = company_tasks(member, roles=roles, has_labels=has_labels)
    return render(
        request,
        "members/own_company.html",
        {
            "member": member,
            "may_keep": may_keep,
            "may_read_fees": allowed("members.read_fees", request.user, member, at=at),
            "check": own_check(member, at=at),
            "tasks": task_list(member, tasks) if may_keep else [],
            "change": member.proposed_changes.filter(status=ChangeStatus.PROPOSED)
            .select_related("merge_into")
            .first(),
            "parts": parts_of(member),
            "representatives": representatives,
            "votes": votes,
            "leaving": own_leaving(
                member,
                speaks=allowed("members.resign", request.user, member, at=at),
                at=at,
            ),
            "secretary": settings.SECRETARY_EMAIL,
            "breadcrumb": [(_("My KIP"), reverse("my_kip"))],
        },
    )


@require_safe
def own_papers(request: HttpRequest, number: int) -> HttpResponse:
    """The company's documents, and mail from the association: the reader's own, and for who speaks
    for the company what was ever written to it, whoever its people were then.
    """
    member = member_for(request, number, to="members.read_own_company")
    to_whom = Q(reader=request.user)
    reads_all = allowed("members.read_mail", request.user, member, at=timezone.now())
    if reads_all:
        entered_twice = Member.objects.filter(double_of=member)
        to_whom |= Q(about__in=[row.in_letters for row in (member, *entered_twice)])
    letters = OutboxMail.objects.filter(to_whom).exclude(key__startswith="sign-in:")
    return render(
        request,
        "members/own_papers.html",
        {
            "member": member,
            "documents": list(documents_of([member])),
            "reads_all": reads_all,
            "page_obj": Paginator(letters.select_related("reader"), LETTERS_SHOWN).get_page(
                request.GET.get("page")
            ),
            "breadcrumb": trail(request, member),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def own_facts(request: HttpRequest, number: int, part: str) -> HttpResponse:
    """One page of what the company keeps of itself; the primary and the secretary change it."""
    member = member_for(request, number)
    if part not in PARTS:
        raise Http404
    form = PARTS[part](request.POST or None, instance=member)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_own_facts(
                member_id=member.pk,
                facts=form.facts,
                read=form.read,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Saved. It is in force at once."))
            return redirect(back_of(request, member))
    return render(
        request,
        "members/own_facts.html",
        {
            "title": PART_TITLES[part],
            "member": member,
            "form": form,
            "is_public": part not in {"safety", "invoicing"},
            "back": back_of(request, member),
            "breadcrumb": trail(request, member),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def own_logo(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the company's logo, or take it away."""
    member = member_for(request, number, rows=Member.objects.select_related("logo"))
    act: dict[str, Any] = {"member_id": member.pk, "by": request.user, "at": timezone.now()}
    if request.method == "POST" and "remove" in request.POST:
        services.remove_logo(**act)
        messages.success(request, _("The company is shown without a logo now."))
        return redirect(back_of(request, member))
    form = LogoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose_logo(upload=form.cleaned_data["logo"], **act)
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("This is the company’s logo now."))
            return redirect(back_of(request, member))
    return render(
        request,
        "members/own_logo.html",
        {
            "member": member,
            "form": form,
            "back": back_of(request, member),
            "breadcrumb": trail(request, member),
        },
    )


@require_safe
def own_history(request: HttpRequest, number: int) -> HttpResponse:
    """Who changed what of the company, for its own people and the secretary."""
    member = get_object_or_404(Member, number=number)
    at = timezone.now()
    if not allowed("members.read_own_company", request.user, member, at=at) and not allowed(
        "members.keep_company", request.user, member, at=at
    ):
        raise Http404
    history = company_history(member, reader=request.user, at=at)  # type: ignore[arg-type]
    return render(
        request,
        "members/own_history.html",
        {
            "member": member,
            "page_obj": Paginator(history, ACTS_SHOWN).get_page(request.GET.get("page")),
            "breadcrumb": trail(request, member),
        },
    )
