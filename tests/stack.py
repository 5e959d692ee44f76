"""The real thing for browser and fault tests: web, worker, broker and mail as own processes.

Started once per session, for the first test that asks for the fixture `stack`, and driven from
outside: by URL, by SQL, by management command. All tests that use it run in one xdist worker.
"""

import contextlib
import email
import email.policy
import os
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg2
import psycopg2.extras
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from kip.local import processes
from kip.local.folder import CHECKOUT
from kip.local.servers import HOST, Valkey, free_port, programs

T = TypeVar("T")

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def wait_for(what: Callable[[], T], *, within: float = 15.0) -> T:
    """The first true value of `what()`, asked again and again; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (value := what()):
        assert time.monotonic() < deadline, f"not within {within} s, last answer: {value!r}"
        time.sleep(0.1)
    return value


class SmtpSink:
    """An SMTP server that keeps what it is given and answers as it is told.

    Each mail takes the next of `answers`; when none is left, mail is accepted. `delay` is in
    seconds, before the answer.
    """

    def __init__(self) -> None:
        self.answers: deque[str] = deque()
        self.delay = 0.0
        self.attempts: list[EmailMessage] = []
        self.accepted: list[EmailMessage] = []
        self._controller = Controller(self, hostname=HOST, port=free_port())

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        import asyncio

        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.attempts.append(message)
        await asyncio.sleep(self.delay)
        answer = self.answers.popleft() if self.answers else "250 Accepted"
        if answer.startswith("2"):
            self.accepted.append(message)
        return answer

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self._controller.port}"

    def __enter__(self) -> "SmtpSink":
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._controller.stop()


class Stack:
    """Web, worker and broker on a database of their own, with the demo data.

    Mail lands as .eml files (`mails()`), unless the worker is told otherwise
    (`with stack.smtp() as sink`).
    """

    def __init__(self, folder: Path, demo_password: str, migrated: str = "template1") -> None:
        """`migrated` is the database of which its own is a copy."""
        self.folder = folder
        self.migrated = migrated
        self.demo_password = demo_password
        self.port = free_port()
        self.database = f"kip_stack_{secrets.token_hex(4)}"
        self._admin_url = os.environ["DATABASE_URL"]
        self.database_url = urlsplit(self._admin_url)._replace(path=f"/{self.database}").geturl()
        # One port for good: web and worker must find the broker again after it was away.
        self.broker = Valkey(
            folder / "valkey",
            secrets.token_urlsafe(16),
            programs=programs(folder)["valkey"],
            port=free_port(),
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    # --- By URL, by SQL, by command -------------------------------------------------------------

    def url(self, path: str = "/") -> str:
        return f"http://{HOST}:{self.port}{path}"

    def manage(self, *arguments: str, **variables: str) -> str:
        """Run a management command; its output. Fails the test when the command fails."""
        done = subprocess.run(
            processes.manage(*arguments),
            cwd=CHECKOUT,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of an ad-hoc query, each committed at once; errors are psycopg2's."""
        with contextlib.closing(psycopg2.connect(self.database_url)) as connection:
            connection.autocommit = True
            with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                cursor.execute(query, parameters)
                return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """The .eml files written so far, oldest first; those to one address when it is given."""
        files = sorted((self.folder / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime)
        messages = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in files
        ]
        return [
            message
            for message in messages
            if isinstance(message, EmailMessage) and (to is None or to in str(message["To"]))
        ]

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url("/readyz"), timeout=10) as response:
                return bool(response.status == 200)
        except (urllib.error.HTTPError, OSError):
            return False

    # --- What is started and stopped ------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "SITE_URL": self.url("").rstrip("/"),
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.broker.url,
            "DEMO_ALLOWED": "true",
            "DEMO_PASSWORD": self.demo_password,
            "EMAIL_URL": "",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        self._administer(f'CREATE DATABASE "{self.database}" TEMPLATE "{self.migrated}"')
        self.start_broker()
        self.manage("prepare", "--demo")
        self._spawn("web", processes.web(self.port))
        self.start_worker()

    def stop(self) -> None:
        for name in list(self.processes):
            self._end(name, signal.SIGTERM)
        self.stop_broker()
        self._administer(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def start_broker(self) -> None:
        self.broker.start()

    def stop_broker(self) -> None:
        self.broker.stop()

    def start_worker(self, **variables: str) -> None:
        self._spawn("worker", processes.worker(), **variables)
        self._wait_until_ready()

    def kill_worker(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        self._end("worker", with_signal)

    def start_beat(self) -> None:
        self._spawn("beat", processes.beat(self.folder / "beat-schedule"))

    def stop_beat(self) -> None:
        self._end("beat", signal.SIGTERM)

    @contextlib.contextmanager
    def smtp(self) -> Iterator[SmtpSink]:
        """Let the worker deliver to an SMTP server instead of writing files."""
        with SmtpSink() as sink:
            self.kill_worker(signal.SIGTERM)
            self.start_worker(EMAIL_URL=sink.url)
            try:
                yield sink
            finally:
                self.kill_worker(signal.SIGTERM)
                self.start_worker()

    def restore(self) -> None:
        """Bring back what a test stopped or killed and did not bring back itself."""
        if not self.broker.is_running:
            self.start_broker()
        if self.processes["worker"].poll() is not None:
            self.start_worker()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _spawn(self, name: str, command: list[str], **variables: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=self.environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _end(self, name: str, with_signal: signal.Signals) -> None:
        process = self.processes[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, with_signal)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while not self.is_ready():
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended:\n{self.log(name)[-3000:]}"
            assert time.monotonic() < deadline, f"not ready:\n{self.log('web')[-3000:]}"
            time.sleep(0.1)

    def _administer(self, statement: str) -> None:
        connection = psycopg2.connect(self._admin_url)
        connection.autocommit = True  # databases are not made in a transaction
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)


# --- Fixtures -------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """One stack, so one xdist worker; and first, because those tests take longest.

    The group must be marked before xdist reads it, and the order made after pytest-django's.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", [])
        if "stack" in fixtures:
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.xdist_group("stack"))
        if "browser" in fixtures:
            item.add_marker(pytest.mark.e2e)
    yield
    items.sort(key=lambda item: item.get_closest_marker("stack") is None)


@pytest.fixture(scope="session")
def _the_stack(migrated: str) -> Iterator[Stack]:
    # Another process group than the session's, and a folder that the servers' user can pass.
    folder = Path(os.environ["KIP_TEST_FOLDER"]) / f"stack-{os.getpid()}"
    folder.mkdir(mode=0o711)
    stack = Stack(folder, os.environ["DEMO_PASSWORD"], migrated)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def stack(_the_stack: Stack) -> Iterator[Stack]:
    """The running stack, whole again after each test whatever that did to it."""
    yield _the_stack
    _the_stack.restore()


# Per module: while synchronous Playwright runs, Django refuses the ORM in the whole process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        missing = "Browser tests need Chromium (on Debian: apt-get install chromium)."
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=BROWSER_FLAGS)
        yield launched
        launched.close()


class Visitors:
    """People at the stack's pages, each with a browser window of their own (own cookies).

    What their pages complain of is collected: script errors, refused styles and scripts, failed
    requests for static files. The fixture fails the test on any of it.
    """

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self._browser = browser
        self._stack = stack
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def arrive(self, *, javascript: bool = True, language: str = "en", **options: Any) -> Page:
        """A new window. `options` are Playwright's, e.g. `viewport` or `color_scheme`."""
        context = self._browser.new_context(
            base_url=self._stack.url(),
            java_script_enabled=javascript,
            locale=language,
            **options,
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(f"{page.url}: {message.text}")
                if message.type == "error"
                else None
            ),
        )
        return page

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visitors(browser: Browser, stack: Stack) -> Iterator[Visitors]:
    at_the_site = Visitors(browser, stack)
    yield at_the_site
    at_the_site.leave()
    assert not at_the_site.complaints


@pytest.fixture
def page(visitors: Visitors) -> Page:
    return visitors.arrive()


_axe = Axe()


def axe(page: Page) -> None:
    """Assert that axe finds nothing wrong for WCAG 2.2 AA on the page as it stands."""
    result = _axe.run(
        page,
        options={
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            "resultTypes": ["violations"],
            # Else axe writes the style sheets that others import into the page, as in the admin's
            # forms; the page refuses that, and no rule of these needs it.
            "preload": False,
        },
    )
    assert result.violations_count == 0, f"{page.url}\n{result.generate_report()}"
