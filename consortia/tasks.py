"""Celery: mail that waits, daily overviews, and what is old. Each may run twice, late or in parallel without harm."""

from celery import shared_task

from consortia import digest, mail_delivery, notifications
from consortia.rest import repeating


@shared_task
def deliver_mail() -> int:
    """Send the mail that is due."""
    return mail_delivery.deliver()


@shared_task
def prepare_digests() -> int:
    """Lay down the daily overviews that are not there yet."""
    return digest.prepare()


@shared_task
def purge_messages() -> int:
    """Delete notifications and mail of long ago."""
    return notifications.purge()


@shared_task
def purge_answers() -> int:
    """Delete the answers of the API that are no longer kept for a repeated call."""
    return repeating.purge()
