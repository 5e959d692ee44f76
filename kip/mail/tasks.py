"""Enqueued by name: `deliver` by an act that wrote letters, `sweep` by the clock, each minute."""

from celery import shared_task

from kip.mail import delivery, receiving


@shared_task(name="kip.mail.tasks.deliver")
def deliver() -> None:
    delivery.deliver(refused=receiving.refused)


@shared_task(name="kip.mail.tasks.sweep")
def sweep() -> None:
    """What the broker lost, what waited for another attempt, what a killed worker left behind."""
    delivery.deliver(refused=receiving.refused)
