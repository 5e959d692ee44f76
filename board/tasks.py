from celery import shared_task
from django.utils import timezone

from board.services import reminding


@shared_task
def remind() -> None:
    reminding.remind(at=timezone.now())
