"""Whom a session belongs to, read with one query."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, QuerySet

from kip.accounts.models import SECRETARY, User


class Backend(AuthenticationBackend):
    """Signs in by e-mail address; knows with the person whether it is the secretary."""

    def get_user(self, user_id: Any) -> User | None:
        is_secretary = User.groups.through.objects.filter(
            user=OuterRef("pk"), group__name=SECRETARY
        )
        person: User | None = (
            User.objects.filter(pk=user_id).annotate(in_the_group=Exists(is_secretary)).first()
        )
        if person is None or not self.user_can_authenticate(person):
            return None
        person.is_secretary = person.in_the_group  # type: ignore[attr-defined]
        return person

    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        """None: what somebody may do in the admin comes from the group (`kip.accounts.groups`)."""
        return Permission.objects.none()
