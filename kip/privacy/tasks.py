from celery import shared_task
from django.utils import timezone

from kip.privacy import services


@shared_task
def carry_out_due() -> int:
    """Erasures whose thirty days are over."""
    return services.carry_out_due(at=timezone.now())
