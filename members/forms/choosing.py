"""Fields in which something is written that the association knows."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member


class MemberField(forms.CharField):
    """A company by what it is known by; not a list of ten thousand.

    `among` gives the companies to choose from, which are those that are members today unless it
    says otherwise. The cleaned value is the company, or None where nothing had to be written.
    """

    default_error_messages = {
        "unknown": _("No company is known by this: write its business ID or member number."),
        "several": _("Several companies go by this name: write the business ID or member number."),
    }

    def __init__(
        self, *, among: Callable[[], QuerySet[Member]] | None = None, **kwargs: Any
    ) -> None:
        self.among = among or _members_today
        super().__init__(
            **{
                "max_length": 200,
                "help_text": _("Its name, business ID or member number."),
                **kwargs,
            }
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        known_by = Q(name__iexact=text) | Q(business_id__iexact=text)
        if text.isdecimal() and len(text) < 10:
            known_by |= Q(number=text)
        found = list(self.among().filter(known_by)[:2])
        if len(found) != 1:
            code = "several" if found else "unknown"
            raise ValidationError(self.error_messages[code], code=code)
        return found[0]


def _members_today() -> QuerySet[Member]:
    return Member.objects.in_force(timezone.localdate())
