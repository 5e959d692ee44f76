"""What a password must be, where Django's own words are not in all our languages."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's rule; its refusal has no Finnish, so it is in words of our own."""

    def get_error_message(self) -> str:
        return ngettext(
            "This password is too short: choose one of at least %(count)d character.",
            "This password is too short: choose one of at least %(count)d characters.",
            self.min_length,
        ) % {"count": self.min_length}
