"""What about personal data waits for the secretary."""

from datetime import datetime, time

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip.access import allowed
from kip.accounts.models import User
from kip.desk import Place, Waiting
from kip.privacy.models import DataRequest, Erasure
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
    erasures = list(
        Erasure.objects.filter(status__in=[ErasureStatus.PLANNED, ErasureStatus.STOPPED])
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
    return waiting


def places(*, user: User, at: datetime) -> list[Place]:
    return [Place(_("What the association holds about you"), reverse("my_data"))]


def about(*, person: User, user: User, at: datetime) -> list[Place]:
    if not allowed("privacy.handle", user, person, at=at):
        return []
    return [Place(_("Personal data"), reverse("admin:accounts_user_data", args=[person.pk]))]
