"""Pages that belong to no part of the association: the front page, My KIP, the machine's."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from kip import desk
from kip.celery import app as celery_app


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@require_safe
def my_kip(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    return render(
        request,
        "my_kip.html",
        {
            "waiting": desk.my_kip(user=request.user, at=at),
            "places": desk.places(user=request.user, at=at),
            "at": at,
        },
    )


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else, so that it says so with the database down."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether everything that people need answers: 200, or 503 naming what does not."""
    missing = _missing_in_the_database() + _missing_in_the_background()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def _missing_in_the_database() -> list[str]:
    try:
        executor = MigrationExecutor(connection)
        unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return ["database"]
    return ["migrations"] if unapplied else []


def _missing_in_the_background() -> list[str]:
    """One attempt of a second for each (CELERY_BROKER_TRANSPORT_OPTIONS): a probe must not hang."""
    try:
        with celery_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
            answers = celery_app.control.ping(timeout=1, limit=1, connection=broker)
    except (KombuError, RedisError, OSError):
        return ["broker", "worker"]
    return [] if answers else ["worker"]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
