"""The command lines of the processes that make up KIP. Production runs the same ones."""

import os
import sys
from pathlib import Path

from kip.local.servers import HOST

# By module, never by the script of a virtual environment: those fail on a path with a space in it.
PYTHON = [sys.executable, "-m"]


def web(port: int) -> list[str]:
    return [
        *PYTHON,
        *("gunicorn", "kip.wsgi", "--bind", f"{HOST}:{port}"),
        *("--workers", os.environ.get("WEB_CONCURRENCY") or "2", "--threads", "4"),
        *("--graceful-timeout", "4", "--no-control-socket", "--log-level", "warning"),
    ]


def web_reloading(port: int) -> list[str]:
    return [sys.executable, "manage.py", "runserver", f"{HOST}:{port}"]


def worker() -> list[str]:
    # Threads: mail waits for the network, and a signal to the process group hits one process.
    # Celery warns at length about root, who must be able to try KIP as well.
    return [
        *(sys.executable, "-W", "ignore:::celery.platforms", "-m"),
        *("celery", "-A", "kip", "--quiet", "worker", "--pool", "threads", "--concurrency", "2"),
        *("--without-gossip", "--without-mingle", "--loglevel", "warning"),
    ]


def worker_reloading() -> list[str]:
    return [sys.executable, "manage.py", "reloading_worker"]


def beat(schedule: Path) -> list[str]:
    # No pid file: one left behind by a crash would refuse the next start.
    return [
        *PYTHON,
        *("celery", "-A", "kip", "--quiet", "beat", "--schedule", str(schedule), "--pidfile="),
        *("--loglevel", "warning"),
    ]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]
