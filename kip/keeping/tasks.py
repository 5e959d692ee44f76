from celery import shared_task
from django.utils import timezone

from kip.keeping import services


@shared_task
def work_on_handover(handover_id: int) -> None:
    services.work_on_handover(handover_id=handover_id, at=timezone.now())


@shared_task
def sweep_handovers() -> None:
    services.sweep_handovers(at=timezone.now())
