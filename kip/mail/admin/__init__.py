"""The secretary's pages of mail: the outbox, and the words of standing letters."""

from kip.mail.admin import outbox, wordings  # noqa: F401
