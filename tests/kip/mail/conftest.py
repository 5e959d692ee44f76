"""Letters to post, and a mail server to send them to.

Models are imported inside: this file is read before the settings are known.
"""

import copy
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from kip.local.servers import free_port
from tests.kip.mail.stand_ins import AT, Clock, MailServer, Post


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_TIMEOUT = 2
    yield handler
    controller.stop()


@pytest.fixture
def templates(settings: Any) -> None:
    changed = copy.deepcopy(settings.TEMPLATES)
    changed[0]["DIRS"] = [*changed[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = changed


@pytest.fixture
def reader(db: None) -> Any:
    from kip.accounts.models import User

    return User.objects.create_user("aino@kip.example", given_name="Aino", language="en")


@pytest.fixture
def secretary(db: None) -> Any:
    from django.contrib.auth.models import Group

    from kip.accounts.models import SECRETARY, User

    person = User.objects.create_user("secretary@kip.example", given_name="Siiri", language="en")
    person.groups.add(Group.objects.get_or_create(name=SECRETARY)[0])
    return person


@pytest.fixture
def letter(templates: None, reader: Any) -> Post:
    """Post a notice to Aino; keyword arguments of `post` change what they name."""
    from kip.mail.services import post

    def post_one(key: str = "notice:1", **changes: Any) -> Any:
        return post(
            **{
                "key": key,
                "to": reader,
                "template": "testing/notice",
                "context": {"day": date(2026, 11, 24), "company": "Satama & Meri Oy"},
                "why": "You get this because you asked.",
                "link": "/my/",
                "link_text": "Open My KIP",
                "at": AT,
            }
            | changes
        )

    return post_one
