"""Somebody has left an employer: everything that they hold is kept, ended or passed on."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.accounts.models import User
from kip.mail.confirm import confirm
from members import services
from members.forms.people import SettleForm
from members.views.people import onward, people_of, people_trail, people_url


def settle_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person has left an employer: everything they hold, to be kept, ended or passed on.

    The secretary sees all of it, a primary representative what is held for the own company.
    """
    at = timezone.now()
    is_secretary = allowed("members.keep_register", request.user, at=at)
    person = User.objects.filter(pk=person_id).first()
    held = [] if person is None else _may_settle(request, person, at)
    companies = [holding.member for holding, _people in held if holding.member is not None]
    if person is None or not (is_secretary or companies):
        raise Http404
    form = SettleForm(
        request.POST or None,
        held=held,
        initial={"on": timezone.localdate(at), "language": request.user.language},  # type: ignore[union-attr]
    )
    if is_secretary:
        back = reverse("admin:accounts_user_change", args=[person.pk])
        trail = [
            (_("The secretary’s desk"), reverse("admin:index")),
            (
                capfirst(str(User._meta.verbose_name_plural)),
                reverse("admin:accounts_user_changelist"),
            ),
            (str(person), back),
        ]
    else:
        back = people_url(companies[0])
        trail = people_trail(request, companies[0], at)
    if not held:
        return render(
            request,
            "members/people/holds_nothing.html",
            {"person": person, "back": back, "breadcrumb": trail},
        )
    return confirm(
        request,
        title=_("%(person)s has left an employer") % {"person": person},
        lead=_("Everything held in the association: keep it, end it, or pass it to somebody."),
        act_text=_("Settle it"),
        form=form,
        consequences=[
            _("Roles end and pass on as the day begins that you give, in Finnish time."),
            *(
                [
                    _("A seat on the board ends at once if that day has come; signing in always."),
                ]
                if is_secretary
                else []
            ),
            *dict.fromkeys(holding.also for holding, _to in held if holding.also),
            _("The person gets one letter that says what ends and who has it then."),
            _("Whoever takes a role over is told, and invited if they cannot sign in yet."),
        ],
        act=lambda data: services.settle_holdings(
            person_id=person.pk,
            on=data["on"],
            choices=form.choices,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("It is settled."),
        back=back,
        onward=lambda done: back if is_secretary else onward(request, companies[0]),
        context={"breadcrumb": trail, "letters": None},
    )


def _may_settle(
    request: HttpRequest, person: User, at: datetime
) -> list[tuple[services.Holding, list[User]]]:
    """What the reader may settle, each with the people to whom it may pass."""
    people: dict[int, list[User]] = {}
    found = []
    for holding in services.everything_held(person, at=at):
        if not allowed(holding.permission, request.user, holding.member, at=at):
            continue
        there: list[User] = []
        if holding.may_move and holding.member is not None:
            if holding.member.pk not in people:
                people[holding.member.pk] = people_of(holding.member, but=person)
            there = people[holding.member.pk]
        found.append((holding, there))
    return found
