"""Whom a session belongs to, read with one query."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from kip.accounts.models import SECRETARY, User
from kip.mail.models import StoppedAddress


class Backend(AuthenticationBackend):
    """Signs in by e-mail address; knows with the person whether it is the secretary, and since when
    nothing is sent to the person's address.
    """

    def get_user(self, user_id: Any) -> User | None:
        is_secretary = User.groups.through.objects.filter(
            user=OuterRef("pk"), group__name=SECRETARY
        )
        stopped = StoppedAddress.objects.filter(until=None, address=OuterRef("email"))
        person: User | None = (
            User.objects.filter(pk=user_id)
            .annotate(
                in_the_group=Exists(is_secretary),
                unreachable_since=Subquery(stopped.values("since")[:1]),
            )
            .first()
        )
        if person is None or not self.user_can_authenticate(person):
            return None
        person.is_secretary = person.in_the_group  # type: ignore[attr-defined]
        return person

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        """None: what somebody may do in the admin comes from the group (`kip.accounts.groups`)."""
        return Permission.objects.none()
