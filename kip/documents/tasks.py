import logging

from celery import shared_task
from django.utils import timezone

from kip.documents import services
from kip.documents.services import archive

logger = logging.getLogger(__name__)


@shared_task
def sweep() -> None:
    """From time to time: what undone transactions left on the disk."""
    swept = services.sweep(at=timezone.now())
    if swept.removed:
        logger.info("removed %d files that belonged to no document", len(swept.removed))
    if swept.lost:
        logger.error("%d documents have lost their file", len(swept.lost))


@shared_task
def read_texts() -> None:
    """What was added to the archive becomes searchable."""
    archive.read_texts(at=timezone.now())
