from celery import shared_task
from django.utils import timezone

from kip.accounts import services


@shared_task
def purge_unverified() -> None:
    services.purge_unverified(by=None, at=timezone.now())
