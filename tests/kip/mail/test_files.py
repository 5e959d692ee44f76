"""Without a mail server each letter is one file."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from kip.mail import delivery
from tests.kip.mail.stand_ins import Clock, Post


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "kip.mail.files.EmlFileBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


@pytest.mark.django_db
def test_a_letter_is_a_file_that_its_owner_alone_reads(
    letter: Post, folder: Path, clock: Clock
) -> None:
    mail = letter(personal={"code": "QX7-429"})
    assert delivery.deliver(clock=clock) == 1
    [file] = folder.iterdir()
    assert file.name == (
        "20261124-100500-aino@kip.example-notice-on-24-november-2026-"
        f"{mail.message_id.partition('@')[0][-8:]}.eml"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert message["Message-ID"] == mail.message_id
    assert "Your code is QX7-429." in message.get_body(("plain",)).get_content()


@pytest.mark.django_db
def test_the_same_letter_twice_is_one_file(letter: Post, folder: Path, clock: Clock) -> None:
    mail = letter()
    for _time in range(2):
        assert delivery._send(mail).outcome == "accepted"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_is_a_failure_that_may_pass(
    letter: Post, folder: Path, clock: Clock
) -> None:
    folder.write_text("in the way")
    mail = letter()
    assert delivery.deliver(clock=clock) == 0
    mail.refresh_from_db()
    assert mail.status == "queued"
    folder.unlink()
    clock.passes(60)
    assert delivery.deliver(clock=clock) == 1
