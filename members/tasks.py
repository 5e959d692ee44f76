from celery import shared_task
from django.utils import timezone

from members import services


@shared_task
def remind() -> None:
    services.remind_and_lapse(at=timezone.now())


@shared_task
def remind_of_check() -> None:
    services.remind_of_check(at=timezone.now())


@shared_task
def work_on_import(run_id: int) -> None:
    services.work_on_import(run_id=run_id, at=timezone.now())


@shared_task
def sweep_imports() -> None:
    services.sweep_imports(at=timezone.now())


@shared_task
def send_invoices() -> None:
    services.send_asked_invoices(at=timezone.now())


@shared_task
def look_for_doubles() -> None:
    at = timezone.now()
    services.look_for_doubles(by=None, at=at)
    services.forget_merges(by=None, at=at)
