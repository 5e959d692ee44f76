"""How fast KIP is, next to a bare Django page on the same machine: `make bench`.

Serves KIP as in production (gunicorn, two workers, PostgreSQL that writes to the disk) with the
demo's 22 companies and with 10,000, and `tests/floor.py` beside it. All is measured in turns, round
after round, so that what else the machine does falls on all alike. What counts is the ratio.

    make bench ARGS="--rounds 2 --members 1000"     shorter, less certain
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2

from kip.local import processes
from kip.local.folder import CHECKOUT
from kip.local.servers import HOST, Postgres, free_port, programs
from tests.stack import SmtpSink, Stack, wait_for

CLIENTS = (1, 8)
LETTERS = 300
BOARD = ["chair", *(f"board{n}" for n in range(2, 9))]
GOALS = {"public list": 2.0, "search": 3.0, "search with a slip": 3.0, "admin’s list": 12.0}


# --- One visitor ----------------------------------------------------------------------------------


class Visitor:
    """A keep-alive connection that asks for pages with as little work of its own as can be."""

    def __init__(self, port: int, session: str = "") -> None:
        self.port = port
        cookies = f"Cookie: sessionid={session}; csrftoken={'k' * 32}\r\n"
        self._headers = f"Host: {HOST}:{port}\r\n{cookies}".encode()
        self._socket: socket.socket | None = None

    def get(self, path: str) -> bytes:
        return self._ask(f"GET {path} HTTP/1.1\r\n".encode() + self._headers + b"\r\n")

    def post(self, path: str, body: str) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"X-CSRFToken: {'k' * 32}\r\nContent-Length: {len(body)}\r\n"
        )
        return self._ask(head.encode() + self._headers + b"\r\n" + body.encode())

    def _ask(self, request: bytes) -> bytes:
        """The answer's body. Fails on anything but a page, or what leads to one."""
        for is_last in (False, True):
            try:
                if self._socket is None:
                    self._socket = socket.create_connection((HOST, self.port), timeout=60)
                    self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._socket.sendall(request)
                return self._answer(self._socket)
            except OSError:  # the server closes what has been idle
                self._socket = None
                if is_last:
                    raise
        raise AssertionError

    def _answer(self, connection: socket.socket) -> bytes:
        got = b""
        while b"\r\n\r\n" not in got:
            if not (more := connection.recv(1 << 18)):
                raise ConnectionResetError
            got += more
        head, _, body = got.partition(b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 (200|302)", head), got[:2000]
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if length:
            parts, size = [body], len(body)
            while size < int(length[1]):
                parts.append(connection.recv(1 << 20))
                size += len(parts[-1])
        else:
            parts = [body]
            while not parts[-1].endswith(b"0\r\n\r\n"):
                parts.append(connection.recv(1 << 20))
        if b"onnection: close" in head:
            self._socket = None
        return b"".join(parts)


@dataclass
class Page:
    """A page to be measured: milliseconds for each request, by how many clients ask at once."""

    name: str
    size: str
    port: int
    path: str
    session: str = ""
    took: dict[int, list[float]] = field(default_factory=dict)

    def measure(self, clients: int, seconds: float) -> None:
        counts = [0] * clients
        begun = time.perf_counter()

        def ask(which: int) -> None:
            visitor = Visitor(self.port, self.session)
            while time.perf_counter() < begun + seconds:
                visitor.get(self.path)
                counts[which] += 1

        threads = [threading.Thread(target=ask, args=[which]) for which in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - begun
        self.took.setdefault(clients, []).append(1000 * elapsed / sum(counts))

    def ms(self, clients: int) -> float:
        return statistics.median(self.took[clients])


# --- What runs ------------------------------------------------------------------------------------


class Floor:
    """The bare page, served like KIP, in a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        admin_url = os.environ["DATABASE_URL"]
        connection = psycopg2.connect(admin_url)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE floor")
        url = urlsplit(admin_url)._replace(path="/floor").geturl()
        self.environment = os.environ | {"DATABASE_URL": url}
        self.session = subprocess.check_output(
            [sys.executable, "-m", "tests.floor"], cwd=CHECKOUT, env=self.environment, text=True
        ).strip()
        command = [
            "tests.floor" if part == "kip.wsgi" else part for part in processes.web(self.port)
        ]
        with (folder / "floor.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.environment, stdout=log, stderr=log
            )
        wait_for(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, AssertionError):
            return b"Row 49" in Visitor(self.port, self.session).get("/")
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def python(stack: Stack, code: str, **variables: str) -> Any:
    """What `code`, run on the stack's database, has put into `answer`."""
    said = stack.manage(
        "shell", "-v0", "-c", f"{code}\nimport json; print(json.dumps(answer))", **variables
    )
    return json.loads(said.splitlines()[-1])


def sign_in(stack: Stack, *names: str) -> dict[str, str]:
    """Sessions of the demo's people."""
    return python(
        stack,
        f"""
from django.test import Client
from kip.accounts.models import User
answer = {{}}
for name in {names!r}:
    client = Client()
    person = User.objects.get(email=name + "@kip.example")
    client.force_login(person, "kip.accounts.backends.Backend")
    answer[name] = client.cookies["sessionid"].value
""",
    )


@contextlib.contextmanager
def everything(members: int) -> Iterator[tuple[Floor, dict[str, Stack]]]:
    """The floor, and KIP with the demo's companies and with many."""
    with contextlib.ExitStack() as stop:
        folder = Path(tempfile.mkdtemp(prefix="kip-bench-"))
        folder.chmod(0o711)
        stop.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = Postgres(
            folder / "postgres", secrets.token_urlsafe(16), programs=programs(folder)["postgres"]
        )
        postgres.start()
        stop.callback(postgres.stop)
        os.environ |= {
            "DATABASE_URL": postgres.url(),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEBUG": "false",
            "DJANGO_SETTINGS_MODULE": "kip.settings",
            "WEB_CONCURRENCY": "2",
        }
        stacks = {}
        for size in ("22", f"{members:,}"):
            (folder / size).mkdir(mode=0o711)
            stack = stacks[size] = Stack(folder / size, secrets.token_urlsafe(12))
            stop.callback(stack.stop)
            say(f"Starting KIP with {size} companies …")
            stack.start()
            if size != "22":
                begun = time.perf_counter()
                seed = processes.manage("seed", "--members", str(members))
                subprocess.run(seed, cwd=CHECKOUT, env=stack.environment, check=True)
                say(f"  seed: {time.perf_counter() - begun:.0f} s")
        floor = Floor(folder)
        stop.callback(floor.stop)
        yield floor, stacks


# --- What is measured -----------------------------------------------------------------------------


def pages_of(stack: Stack, size: str) -> list[Page]:
    who = sign_in(stack, "secretary", "member")
    secretary = who["secretary"]
    page = {"size": size, "port": stack.port}
    return [
        Page("public list", path="/en/members/", **page),
        Page("search", path="/en/members/?q=halkokari", **page),
        Page("search with a slip", path="/en/members/?q=halkokrai", **page),
        Page("search of the secretary", path="/my/search/?q=halkokari", session=secretary, **page),
        Page("detail", path="/en/members/12/", **page),
        Page("My KIP", path="/my/", session=who["member"], **page),
        Page("admin’s list", path="/admin/members/member/", session=secretary, **page),
        Page("admin’s detail", path="/admin/members/member/12/change/", session=secretary, **page),
    ]


def measure_pages(
    floor: Floor, stacks: dict[str, Stack], rounds: int, seconds: float
) -> list[Page]:
    bare = Page("the floor", "", floor.port, "/", floor.session)
    pages = [page for size, stack in stacks.items() for page in pages_of(stack, size)]
    for page in (bare, *pages):
        page.measure(4, 0.3)  # what a process keeps from its first requests
        page.took.clear()
    for number in range(rounds):
        say(f"Round {number + 1} of {rounds} …")
        for clients in CLIENTS:
            for page in (bare, *pages):
                page.measure(clients, seconds)
    return [bare, *pages]


def report_pages(bare: Page, pages: list[Page]) -> None:
    say(
        f"\n{'milliseconds for a request, and × the floor':46}"
        + "".join(f"{f'{clients} client' + 's' * (clients > 1):>18}" for clients in CLIENTS)
    )
    small = {page.name: page for page in pages if page.size == "22"}
    say(f"{'the floor':46}" + "".join(f"{bare.ms(clients):10.1f} {1:6.1f}×" for clients in CLIENTS))
    for page in pages:
        line = f"{page.name + ', ' + page.size:46}" + "".join(
            f"{page.ms(clients):10.1f} {page.ms(clients) / bare.ms(clients):6.1f}×"
            for clients in CLIENTS
        )
        if page.size != "22":
            line += f"   {page.ms(1) / small[page.name].ms(1):.2f} × its own at 22"
            goal = GOALS.get(page.name)
            if goal is not None:
                reached = page.ms(1) / bare.ms(1) <= goal
                line += f"; {'within' if reached else 'NOT WITHIN'} {goal:.0f}×"
        say(line)


def measure_votes(stack: Stack, matters: int = 10) -> None:
    """Whole requests: eight votes on each of some matters, and the chair's declaration."""
    who = sign_in(stack, *BOARD)
    ids = python(
        stack,
        f"""
from datetime import timedelta
from django.utils import timezone
from board.services.matters import open_matter
from kip.accounts.models import User
by, at = User.objects.get(email="secretary@kip.example"), timezone.now()
matter = {{"proposal": "Yes.", "deadline": at + timedelta(days=9), "by": by, "at": at}}
answer = [open_matter(title=f"Matter {{n}}", **matter).pk for n in range({matters})]
""",
    )
    visitors = {name: Visitor(stack.port, session) for name, session in who.items()}
    votes, declarations = [], []
    for pk in ids:
        for visitor in visitors.values():
            votes.append(took(visitor.post, f"/board/matters/{pk}/vote/", "choice=for"))
        path = f"/board/matters/{pk}/declare/"
        declarations.append(took(visitors["chair"].post, path, "pressed=carried"))
    declared = stack.sql("SELECT count(*) FROM board_resolution WHERE matter_id = ANY(%s)", [ids])
    assert declared[0]["count"] == matters, "not every matter was declared"
    vote, declaration = statistics.median(votes), statistics.median(declarations)
    say(f"\na vote: {vote:.0f} ms; a declaration: {declaration:.0f} ms")


def measure_export(stack: Stack) -> None:
    visitor = Visitor(stack.port, sign_in(stack, "secretary")["secretary"])
    for kind in ("csv", "xlsx"):
        before = _largest_worker(stack)
        times = []
        for _again in range(3):
            begun = time.perf_counter()
            size = len(visitor.get(f"/admin/members/member/download/{kind}/"))
            times.append(time.perf_counter() - begun)
        more = (_largest_worker(stack) - before) / 2**20
        say(
            f"all members as {kind.upper()}: {statistics.median(times):.1f} s,"
            f" {size / 2**20:.1f} MB; the worker grew by {more:.0f} MB"
        )


def measure_letters(stack: Stack) -> None:
    """Letters written and delivered, next to a loop that sends as many with smtplib."""
    with SmtpSink() as sink:
        plain = EmailMessage()
        plain["From"], plain["To"], plain["Subject"] = "a@kip.example", "b@kip.example", "Letter"
        plain.set_content("A letter like another. " * 40)
        port = urlsplit(sink.url).port or 0
        begun = time.perf_counter()
        for _letter in range(LETTERS):
            with smtplib.SMTP(HOST, port) as server:
                server.send_message(plain)
        bare = LETTERS / (time.perf_counter() - begun)
        wrote, delivered = python(
            stack,
            f"""
import time
from django.db import transaction
from django.utils import timezone
from kip.accounts.models import User
from kip.mail.delivery import deliver
from kip.mail import services
services.kick = lambda: None  # only this process delivers
reader = User.objects.get(email="secretary@kip.example")
begun = time.perf_counter()
with transaction.atomic():
    for n in range({LETTERS}):
        services.post(
            key=f"bench:{{n}}", to=reader, template="accounts/mail/invitation_known",
            context={{"purpose": "a letter like another"}}, why="you measure it", at=timezone.now(),
        )
written = time.perf_counter()
sent = deliver()
answer = [{LETTERS} / (written - begun), sent / (time.perf_counter() - written)]
""",
            EMAIL_URL=sink.url,
        )
    say(
        f"letters a second: {wrote:.0f} written, {delivered:.0f} delivered;"
        f" a bare smtplib loop sends {bare:.0f}, so delivering costs {bare / delivered:.1f} ×"
    )


def measure_memory(stack: Stack) -> None:
    worker = max(_memory_of(stack.processes["worker"]), default=0)
    say(
        f"memory: a web worker {_largest_worker(stack) / 2**20:.0f} MB,"
        f" the background worker {worker / 2**20:.0f} MB"
    )


def _largest_worker(stack: Stack) -> int:
    return max(_memory_of(stack.processes["web"]))


def _memory_of(process: "subprocess.Popen[bytes]") -> list[int]:
    """Bytes that belong to each process alone."""
    there = psutil.Process(process.pid)
    return [each.memory_full_info().uss for each in [there, *there.children(recursive=True)]]


def took(call: Any, *arguments: Any) -> float:
    begun = time.perf_counter()
    call(*arguments)
    return 1000 * (time.perf_counter() - begun)


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each page in each round")
    parser.add_argument("--members", type=int, default=10_000)
    chosen = parser.parse_args()
    with everything(chosen.members) as (floor, stacks):
        bare, *pages = measure_pages(floor, stacks, chosen.rounds, chosen.seconds)
        report_pages(bare, pages)
        many = list(stacks.values())[-1]
        measure_votes(many)
        measure_export(many)
        measure_letters(many)
        measure_memory(many)
    say(f"load of the machine, last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
