"""What a service raises when the association's rules say no.

The message is written for the person who asked, in their language, and says how to mend it.
Views show it; nothing else needs to know why.
"""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext as _


class DomainError(Exception):
    """The association's rules refuse this act. `field` names the form field at fault, if one is."""

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class InvalidTransition(DomainError):
    """The thing is not in a state from which this act is possible (it may just have left it)."""


class NotAllowed(DomainError):
    """This person may not do this, at this instant."""


class ChangedMeanwhile(DomainError):
    """Somebody else has changed the same `field` since this person read it; it is `now` so."""

    def __init__(self, message: str | Promise, *, field: str, now: Any) -> None:
        super().__init__(message, field=field)
        self.now = now


def add_to_form(form: Any, error: DomainError) -> None:
    """Show the refusal beside what was typed, or at the top when no field is at fault."""
    if isinstance(error, ChangedMeanwhile):
        form.now_reads(error.field, error.now)
    form.add_error(error.field if error.field in form.fields else None, str(error))


def save_or_refuse(row: Any, **how: Any) -> None:
    """Save what the row's constraints allow; what they do not is a `DomainError` in their words."""
    try:
        row.full_clean()
        row.save(**how)
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise DomainError(
            " ".join(error.messages), field=None if field == NON_FIELD_ERRORS else field
        ) from error
    except IntegrityError as error:  # somebody was quicker than the check
        raise DomainError(_("This overlaps with what is already recorded.")) from error
