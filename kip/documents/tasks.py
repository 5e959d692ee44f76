import logging

from celery import shared_task
from django.utils import timezone

from kip.documents import services

logger = logging.getLogger(__name__)


@shared_task
def sweep() -> None:
    """From time to time: what undone transactions left on the disk."""
    swept = services.sweep(at=timezone.now())
    if swept.removed:
        logger.info("removed %d files that belonged to no document", len(swept.removed))
    if swept.lost:
        logger.error("%d documents have lost their file", len(swept.lost))
