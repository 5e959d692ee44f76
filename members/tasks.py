from celery import shared_task
from django.utils import timezone

from members import services


@shared_task
def remind() -> None:
    services.remind_and_lapse(at=timezone.now())
