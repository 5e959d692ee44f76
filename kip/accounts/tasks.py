from importlib import import_module

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from kip.accounts import services


@shared_task
def purge_unverified() -> None:
    """Forget addresses that nobody proved, and sessions that are over."""
    services.purge_unverified(by=None, at=timezone.now())
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
