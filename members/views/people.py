"""Who stands for a company: kept by its primary representative, or by the secretary for any."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kip.access import allowed
from kip.accounts.models import User
from kip.forms import DayForm
from kip.mail.confirm import confirm
from members import services
from members.forms.people import DatesForm, EndRoleForm, HandOverForm, NameForm
from members.models import (
    HELD_BY_ONE,
    Member,
    Representative,
    RepresentativeRole,
    come_back_since,
)
from members.presentation.register import stands_for

Trail = list[tuple[str, str]]


@require_safe
def company_people(request: HttpRequest, number: int) -> HttpResponse:
    """Everybody in a role, and who will be or was; for the company's people and the secretary.

    Who keeps the people also reads any other day: `?on=2025-03-31`.
    """
    at = timezone.now()
    today = timezone.localdate(at)
    member = get_object_or_404(Member, number=number)
    may_keep = allowed("members.keep_people", request.user, member, at=at)
    if not may_keep and not allowed("members.read_own_company", request.user, member, at=at):
        raise Http404
    day = DayForm.of(request)
    if day.is_bound and not may_keep:
        raise Http404
    if not day.is_today:
        return _company_people_on(request, member, day, at)
    rows = list(
        member.representatives.select_related("person").annotate(come_back_since=come_back_since())
    )
    order = RepresentativeRole.values
    rows.sort(key=lambda row: (order.index(row.role), row.since))
    present = [row for row in rows if row.holds(today)]
    missing = [
        RepresentativeRole(role).label
        for role in HELD_BY_ONE
        if role not in {row.role for row in present}
    ]
    return render(
        request,
        "members/people/people.html",
        {
            "member": member,
            "present": present,
            "ahead": [row for row in rows if row.since > today],
            # Who was here is of use to who keeps the people, and to nobody else.
            "former": [r for r in rows if may_keep and r.until is not None and r.until <= today],
            "missing": missing if present else [],
            "may_keep": may_keep,
            "form": day,
            # Nobody stands for a company that has left.
            "may_name": may_keep and member.periods.reaching(today).exists(),
            "may_hand_over": allowed("members.keep_register", request.user, member, at=at),
            "secretary": settings.SECRETARY_EMAIL,
            "breadcrumb": people_trail(request, member, at, itself=False),
        },
    )


def _company_people_on(
    request: HttpRequest, member: Member, day: DayForm, at: datetime
) -> HttpResponse:
    """Everybody who was, or will be, in a role on another day."""
    stands = stands_for([member.pk], day.day, roles=RepresentativeRole.values)
    return render(
        request,
        "members/people/on_a_day.html",
        {
            "member": member,
            "form": day,
            "stands": stands[member.pk],
            "breadcrumb": people_trail(request, member, at),
        },
    )


def name_representative(request: HttpRequest, number: int) -> HttpResponse:
    member, at = _kept(request, number)
    today = timezone.localdate(at)
    form = NameForm(
        request.POST or None,
        people=people_of(member),
        needs_address=not allowed("members.keep_register", request.user, member, at=at),
        initial={"since": today, "language": request.user.language},  # type: ignore[union-attr]
    )
    return confirm(
        request,
        title=_("Name a representative"),
        lead=str(member),
        act_text=_("Name this person"),
        form=form,
        consequences=[*_who_gives_way(member, HELD_BY_ONE), *_what_naming_does()],
        act=lambda data: services.name_representative(
            member_id=member.pk,
            role=data["role"],
            who=form.who,
            since=data["since"],
            until=data["until"],
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=lambda row: _recorded(row),
        back=people_url(member),
        onward=lambda row: onward(request, member),
        # To whom depends on who is named.
        context={"breadcrumb": people_trail(request, member, at), "letters": None},
    )


def hand_over(request: HttpRequest, number: int) -> HttpResponse:
    """The secretary hands a company over whose primary representative has vanished."""
    member, at = _kept(request, number)
    if not allowed("members.keep_register", request.user, member, at=at):
        raise Http404
    form = HandOverForm(
        request.POST or None,
        people=people_of(member),
        needs_address=False,
        initial={"since": timezone.localdate(at), "language": request.user.language},  # type: ignore[union-attr]
    )
    return confirm(
        request,
        title=_("Hand over to a new primary representative"),
        lead=str(member),
        act_text=_("Hand over"),
        form=form,
        consequences=[
            *_who_gives_way(member, [RepresentativeRole.PRIMARY]),
            _("Whoever had the role is told at the address known, with what this rests on."),
            _("The person’s other roles stay as they are: settle them on the page of the people."),
            *_what_naming_does(),
        ],
        act=lambda data: services.hand_over(
            member_id=member.pk,
            who=form.who,
            since=data["since"],
            ground=data["ground"],
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=lambda row: _recorded(row),
        back=people_url(member),
        context={"breadcrumb": people_trail(request, member, at), "letters": None},
    )


def change_dates(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    member, at = _kept(request, number)
    row = _role(member, pk)
    dates = {"since": row.since, "until": row.until}
    has_begun = row.since <= timezone.localdate(at)
    goes_along = (
        [
            _("Whoever had this role until the day on which it begins has it until the new day."),
        ]
        if row.role in HELD_BY_ONE and not has_begun
        else []
    )
    return confirm(
        request,
        title=_("Change the dates of a role"),
        lead=f"{row}, {member}",
        act_text=_("Change the dates"),
        form=DatesForm(request.POST or None, has_begun=has_begun, initial=dates),
        sample=dates,
        consequences=[
            *goes_along,
            _("Between these dates the person can act for the company, and at no other time."),
            _("Whose role changes now or later is told by mail."),
        ],
        act=lambda data: services.change_dates(
            representative_id=row.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy("The dates have been changed."),
        back=people_url(member),
        onward=lambda row: onward(request, member),
        context={"breadcrumb": people_trail(request, member, at), "letters": None},
    )


def end_role(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """End a role; take one back that has not begun."""
    member, at = _kept(request, number)
    row = _role(member, pk)
    today = timezone.localdate(at)
    ahead = row.since > today
    name = {"person": str(row.person or row.address)}
    if ahead:
        title, act_text = _("Take back a role that has not begun"), _("Take back the role")
        consequences = [
            _("The role is removed, as if nobody had been named."),
            *([_("Whoever was to have it until then goes on.")] if row.role in HELD_BY_ONE else []),
        ]
    else:
        title, act_text = _("End the role of %(person)s") % name, _("End the role")
        consequences = [
            _("From that day on %(person)s cannot act in this role.") % name,
            *_what_is_missing(row),
        ]
    return confirm(
        request,
        title=title,
        lead=f"{row}, {member}",
        act_text=act_text,
        form=None if ahead else EndRoleForm(request.POST or None, initial={"until": today}),
        sample={"until": today},
        consequences=consequences,
        act=lambda data: services.end_role(
            representative_id=row.pk,
            until=row.since if ahead else data["until"],
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("The role has been taken back.")
        if ahead
        else gettext_lazy("The end of the role has been recorded."),
        back=people_url(member),
        onward=lambda ended: onward(request, member),
        danger=True,
        context={"breadcrumb": people_trail(request, member, at)},
    )


# --- What these pages share -----------------------------------------------------------------------


def _kept(request: HttpRequest, number: int) -> tuple[Member, datetime]:
    """The company, for whoever keeps its people now; for others there is no such page."""
    at = timezone.now()
    member = get_object_or_404(Member, number=number)
    if not allowed("members.keep_people", request.user, member, at=at):
        raise Http404
    return member, at


def _role(member: Member, pk: int) -> Representative:
    row = get_object_or_404(member.representatives.select_related("person"), pk=pk)
    row.member = member
    return row


def people_of(member: Member, *, but: User | None = None) -> list[User]:
    """The company's people, of today, once and later."""
    return [person for person in services.people_of_company(member) if person != but]


def people_url(member: Member) -> str:
    return reverse("company_people", args=[member.number])


def onward(request: HttpRequest, member: Member) -> str:
    """The company's people again, unless it was the reader's own role that ended."""
    at = timezone.now()
    for permission in ("members.keep_people", "members.read_own_company"):
        if allowed(permission, request.user, member, at=at):
            return people_url(member)
    return reverse("my_kip")


def people_trail(
    request: HttpRequest, member: Member, at: datetime, *, itself: bool = True
) -> Trail:
    if allowed("members.keep_register", request.user, member, at=at):
        trail = [
            (_("The secretary’s desk"), reverse("admin:index")),
            (
                capfirst(str(Member._meta.verbose_name_plural)),
                reverse("admin:members_member_changelist"),
            ),
            (str(member), reverse("admin:members_member_change", args=[member.pk])),
        ]
    else:
        trail = [
            (_("My KIP"), reverse("my_kip")),
            (str(member), reverse("own_company", args=[member.number])),
        ]
    return [*trail, (_("People"), people_url(member))] if itself else trail


def _who_gives_way(member: Member, roles: Any) -> list[str]:
    """Of roles that one person at a time holds: who has them, and who is to have them."""
    today = timezone.localdate()
    rows = member.representatives.reaching(today).filter(role__in=roles).select_related("person")
    sentences = []
    for row in rows.order_by("role", "since"):
        words = {
            "role": capfirst(row.get_role_display()),
            "person": row.person,
            "day": formats.date_format(row.since),
        }
        if row.holds(today):
            text = _(
                "%(role)s now: %(person)s. If you name somebody else, that ends as they begin."
            )
        else:
            text = _("%(role)s from %(day)s: %(person)s. Who begins before that has it until then.")
        sentences.append(text % words)
    return sentences


def _what_naming_does() -> list[str]:
    return [
        _("The person is told by mail, and invited if they cannot sign in yet."),
        _("From the first day on they can act for the company in this role."),
    ]


def _what_is_missing(row: Representative) -> list[str]:
    """What a company lacks without this role, if nobody else is to have it."""
    if row.role == RepresentativeRole.PRIMARY:
        return [
            _(
                "Nobody in the company keeps its data and people until a new one is named: name the"
                " new one instead, and this role ends on that day."
            )
        ]
    if row.role == RepresentativeRole.VOTING:
        return [_("Nobody votes for the company but a deputy, until a new one is named.")]
    return []


def _recorded(row: Representative) -> str:
    words = {
        "role": row.get_role_display(),
        "person": row.person or row.address,
        "day": formats.date_format(row.since),
    }
    if row.until is None:
        return _("Recorded: %(person)s, %(role)s, from %(day)s.") % words
    return _("Recorded: %(person)s, %(role)s, from %(day)s until %(until)s.") % {
        **words,
        "until": formats.date_format(row.until),
    }
