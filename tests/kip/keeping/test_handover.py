"""The bundle is whole, readable without KIP, has everything, and no secret."""

import io
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from board.models import Matter
from board.services import voting
from board.states import MatterStatus
from kip.accounts.models import User
from kip.desk import assurances, desk
from kip.documents import services as documents
from kip.exceptions import DomainError, NotAllowed
from kip.keeping import services
from kip.keeping.models import Backup, Handover
from kip.keeping.services import handing_over
from kip.keeping.states import HandoverStatus
from kip.sheets import Sheet, write_xlsx
from tests import world
from tests.board.factories import a_board, a_matter
from tests.members.factories import AT, a_person, a_secretary

pytestmark = pytest.mark.django_db

VERIFIER = Path(handing_over.__file__).resolve().parent.parent / "verifier.py"


def an_upload(text: str) -> SimpleUploadedFile:
    file = io.BytesIO()
    write_xlsx(Sheet(text, ["a"], [[text]]), file)
    return SimpleUploadedFile(f"{text}.xlsx", file.getvalue())


def a_document(text: str = "minutes") -> Any:
    return documents.store(upload=an_upload(text), by=None, at=AT)


def verified(*arguments: Any) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", *map(str, arguments)], capture_output=True, text=True
    )
    assert not done.stderr
    return done.returncode, done.stdout


def test_every_table_has_a_place_or_a_reason_why_not() -> None:
    parts = services.bundle_parts(by=None, at=AT)
    placed = [model for part in parts for table in part.tables for model in table.of]
    left_out = {label for part in parts for label in part.left_out}
    assert len(placed) == len(set(placed))
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            is_in, is_out = model in placed, model._meta.label in left_out
            assert is_in != is_out, f"{model._meta.label}: say in bundle.py where it belongs"
    assert all(reason for part in parts for reason in part.left_out.values())


def test_the_bundle(tmp_path: Path) -> None:
    the = world.build()
    the.secretary.set_password("a-very-long-secret-word")
    the.secretary.save()
    stored = a_document()
    path = tmp_path / "bundle.zip"
    with path.open("wb") as out:
        written = services.write_bundle(out, by=None, at=AT)
    assert not written.missing

    status, said = verified(VERIFIER, path, "--manifest", written.manifest)
    assert (status, said.count("WRONG")) == (0, 0), said
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        contents = {name: archive.read(name) for name in names}
        archive.extractall(tmp_path / "unpacked")
    unpacked = tmp_path / "unpacked"
    assert verified(unpacked / "verify.py")[0] == 0

    register = contents["members/register.json"].decode()
    assert the.member.name in register and contents["members/register.pdf"].startswith(b"%PDF")
    assert contents["board/resolutions.pdf"].startswith(b"%PDF")
    assert the.member.name in contents["members/member.csv"].decode()
    assert f"files/{stored.pk}-{stored.name}" in names
    index = contents["index.html"].decode()
    assert "<script" not in index and "members/member.csv" in index

    everything = b"\n".join(contents.values())
    for secret in (the.secretary.password, str(the.invitation.nonce), world.VOTE_REASON):
        assert secret.encode() not in everything
    assert b"[[personal-" not in everything

    # Whatever is changed afterwards, it says so.
    (unpacked / "members" / "member.csv").write_bytes(b"x")
    (unpacked / "board" / "resolutions.pdf").unlink()
    (unpacked / "more.txt").write_bytes(b"x")
    status, said = verified(unpacked / "verify.py", "--manifest", "0" * 64)
    assert status == 1
    for text in (
        "was changed: members/member.csv",
        "is missing: board/resolutions.pdf",
        "does not belong here: more.txt",
        "is not the manifest that was noted",
    ):
        assert f"WRONG: {text}" in said
    (unpacked / "manifest.json").write_text("{")
    assert verified(unpacked / "verify.py")[0] == 2
    cut = tmp_path / "cut.zip"
    cut.write_bytes(path.read_bytes()[:-1000])
    assert verified(VERIFIER, cut)[0] == 2


def test_the_words_of_a_vote_stay_out_until_the_board_has_decided() -> None:
    board = a_board(5)
    matter = a_matter(board)
    entered = {"matter_id": matter.pk, "choice": "for", "by": board.secretary, "at": AT}
    vote = voting.enter_vote(
        seat_id=board.seats[2].pk, channel="mail", source=an_upload("votes-yes"), **entered
    )
    voting.enter_vote(
        seat_id=board.seats[3].pk, channel="phone", source_note="said yes at once", **entered
    )
    assert vote.source is not None
    name = f"files/{vote.source.pk}-{vote.source.name}"

    def bundled() -> tuple[list[str], bytes]:
        out = io.BytesIO()
        assert not services.write_bundle(out, by=None, at=AT).missing
        with zipfile.ZipFile(out) as archive:
            return archive.namelist(), b"".join(map(archive.read, archive.namelist()))

    names, words = bundled()
    assert name not in names
    assert vote.source.name.encode() not in words and b"said yes at once" not in words
    Matter.objects.filter(pk=matter.pk).update(status=MatterStatus.DECIDED, ended_at=AT)
    names, words = bundled()
    assert name in names and b"said yes at once" in words


def test_a_lost_file_is_told(tmp_path: Path) -> None:
    document = a_document()
    Path(document.file.path).unlink()
    out = io.BytesIO()
    written = services.write_bundle(out, by=None, at=AT)
    assert len(written.missing) == 1 and str(document.pk) in written.missing[0]


def test_asked_for_made_taken_and_removed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(handing_over, "Progress", _Quiet)
    secretary = a_secretary()
    with pytest.raises(NotAllowed):
        services.ask_for_handover(by=a_person("other@kip.example"), at=AT)
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = reverse("admin:keeping_handover_make")
    assert "not encrypted" in client.get(page).content.decode()
    response = client.post(page, {"once": "1"})
    handover = Handover.objects.get()
    own = reverse("admin:keeping_handover_change", args=[handover.pk])
    assert response.headers["Location"] == own
    with pytest.raises(DomainError, match="already"):
        services.ask_for_handover(by=secretary, at=AT)
    assert "hx-trigger" in client.get(own).content.decode()

    services.sweep_handovers(at=AT)
    handover.refresh_from_db()
    assert handover.status == HandoverStatus.READY, handover.reason
    assert any(own == item.url for item in desk(at=AT))
    assert handover.manifest in client.get(own).content.decode()
    response = client.post(reverse("admin:keeping_handover_take", args=[handover.pk]))
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert "no-store" in response.headers["Cache-Control"]
    handover.refresh_from_db()
    assert handover.taken_by == secretary
    assert not any(own == item.url for item in desk(at=AT))

    path = handing_over.folder() / handover.file
    assert path.stat().st_mode & 0o777 == 0o600
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:keeping_handover_remove", args=[handover.pk]), {"once": "2"})
    handover.refresh_from_db()
    assert handover.status == HandoverStatus.GONE and not path.exists()
    assert (
        client.post(reverse("admin:keeping_handover_take", args=[handover.pk])).status_code == 404
    )


def test_the_desk_says_how_old_the_last_verified_backup_is() -> None:
    def said() -> list[str]:
        page = reverse("admin:keeping_backup_changelist")
        return [item.text for item in desk(at=AT) if item.url == page]

    assert said() == [
        "No verified backup has been made yet: ask whoever runs the server for one every day"
    ]
    row = {"name": "kip.tar.age", "place": "/backups", "size": 1}
    Backup.objects.create(made_at=AT, sha256="0" * 64, **row)  # which nobody has tried
    assert "No verified" in said()[0]
    old = AT - timedelta(days=2, minutes=1)
    Backup.objects.create(made_at=old, verified_at=AT, sha256="1" * 64, **row)
    assert said() == [
        "The last verified backup is of 31 January 2027: ask whoever runs the server why there is"
        " none since"
    ]
    assert not assurances(at=AT)
    Backup.objects.filter(verified_at=None).update(verified_at=AT)
    assert said() == []
    (place,) = assurances(at=AT)
    assert place.text == "Last verified backup: 2 February 2027, 11:00"
    assert place.url == reverse("admin:keeping_backup_changelist")


def test_a_worker_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    secretary: User = a_secretary()
    handover = services.ask_for_handover(by=secretary, at=AT)
    Handover.objects.update(started_at=AT)
    services.sweep_handovers(at=AT)
    handover.refresh_from_db()
    assert handover.status == HandoverStatus.FAILED and "again" in handover.reason
    assert services.ask_for_handover(by=secretary, at=AT).pk != handover.pk


class _Quiet:
    """The row is in the test's own transaction, where no other connection sees it."""

    def __init__(self, handover: Handover, *columns: str) -> None: ...

    def __enter__(self) -> Any:
        return lambda done, total: None

    def __exit__(self, *error: object) -> None: ...
