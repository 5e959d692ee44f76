"""Enqueued by name: `prepare` by the act that sends a mailing, `sweep` by the clock."""

from celery import shared_task
from django.utils import timezone

from kip.mailings import services


@shared_task
def prepare(mailing_id: int) -> None:
    services.prepare(mailing_id=mailing_id, at=timezone.now())


@shared_task
def sweep() -> None:
    services.sweep(at=timezone.now())
