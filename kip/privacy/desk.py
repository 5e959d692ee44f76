"""What about personal data waits for the secretary."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip.access import allowed
from kip.accounts.models import User
from kip.desk import Place, Waiting
from kip.privacy.models import DataRequest, Erasure
from kip.privacy.periods import months_after
from kip.privacy.services import long_enough
from kip.privacy.states import ErasureStatus, RequestStatus

GROUP = gettext_lazy("Personal data")


def for_the_secretary(*, at: datetime) -> list[Waiting]:
    """Requests with their deadline; erasures that could not be carried out, one by one; those that
    are to come in one line.
    """
    waiting = [
        Waiting(
            _("%(request)s: answer the request") % {"request": request},
            reverse("admin:privacy_datarequest_change", args=[request.pk]),
            since=request.received_at,
            due=timezone.make_aware(datetime.combine(request.due, time(23, 59))),
            group=str(GROUP),
        )
        for request in DataRequest.objects.filter(status=RequestStatus.RECEIVED)
        .select_related("person")
        .order_by("due")[:20]
    ]
    done_today = Q(status=ErasureStatus.DONE, ended_at__gt=at - timedelta(days=1))
    erasures = list(
        Erasure.objects.filter(
            Q(status__in=[ErasureStatus.PLANNED, ErasureStatus.STOPPED]) | done_today
        )
        .select_related("person")
        .order_by("due_at")
    )
    waiting += [
        Waiting(
            _("An erasure could not be carried out: %(why)s") % {"why": each.obstacle},
            reverse("admin:privacy_erasure_change", args=[each.pk]),
            since=each.ended_at or at,
            group=str(GROUP),
        )
        for each in erasures
        if each.is_stopped
    ]
    planned = [each for each in erasures if each.is_planned]
    if planned:
        text = ngettext(
            "%(count)d erasure will be carried out, on %(day)s: until then you can take it back",
            "%(count)d erasures will be carried out, the first on %(day)s: until then you can take"
            " them back",
            len(planned),
        )
        first = planned[0]
        waiting.append(
            Waiting(
                text
                % {
                    "count": len(planned),
                    "day": formats.date_format(timezone.localtime(first.due_at)),
                },
                reverse("admin:privacy_erasure_changelist") + "?status__exact=planned",
                since=first.planned_at,
                due=first.due_at,
                group=str(GROUP),
            )
        )
    return waiting + _kept_long_enough(erasures, at)


def _kept_long_enough(erasures: Sequence[Erasure], at: datetime) -> list[Waiting]:
    """One line for all of it, but for what is taken care of; due in a month from the oldest."""
    by_person, by_part = long_enough(at=at)
    people = by_person.keys() - {each.person_id for each in erasures}
    parts = by_part.keys() - {each.part for each in erasures}
    if not people and not parts:
        return []
    rows = sum(by_part[key][0] for key in parts)
    counts = [
        ngettext("%(count)d person", "%(count)d people", len(people)) % {"count": len(people)},
        ngettext("%(count)d row", "%(count)d rows", rows) % {"count": rows},
    ]
    first = min([by_person[pk] for pk in people] + [by_part[key][1] for key in parts])
    return [
        Waiting(
            _("Kept long enough: %(what)s. Choose what is to be erased")
            % {"what": ", ".join(counts[not people : 1 + bool(rows)])},
            reverse("admin:privacy_erasure_due"),
            since=timezone.make_aware(datetime.combine(first, time())),
            due=timezone.make_aware(datetime.combine(months_after(first, 1), time(23, 59))),
            group=str(GROUP),
        )
    ]


def places(*, user: User, at: datetime) -> list[Place]:
    return [Place(_("What the association holds about you"), reverse("my_data"))]


def about(*, person: User, user: User, at: datetime) -> list[Place]:
    if not allowed("privacy.handle", user, person, at=at):
        return []
    return [Place(_("Personal data"), reverse("admin:accounts_user_data", args=[person.pk]))]
