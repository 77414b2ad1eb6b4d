"""Celery tasks: thin edges that call the domain. Each may run twice, late or in parallel without harm."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import transaction

from impact import (
    evidence,
    materialise,
    notices,
    organisation_list_upload,
    outbox,
    programme,
    register_upload,
    reminders,
    uploads,
    vintages,
    webhook_delivery,
)
from impact.api import webhook_bodies
from impact.backfill import work as backfill

logger = logging.getLogger(__name__)

_WEBHOOK_EXPIRES = 30
"""Seconds; by then beat has asked again."""
_READERS = (
    (organisation_list_upload.waiting, organisation_list_upload.read),
    (register_upload.waiting, register_upload.read),
    (backfill.waiting, backfill.run),
)
"""For each kind of file that is read in the background: which wait, and how one is read."""


@shared_task
def roll_up() -> int:
    """Store the roll-ups of the newest seq; does nothing when they are there."""
    return materialise.roll_up()


@shared_task
def deliver_outbox() -> int:
    """Do what commands left behind; what fails stays, and is tried again by the next beat."""
    with transaction.atomic():
        messages = outbox.take(outbox.ROLL_UP)
        if messages:
            materialise.roll_up()
            outbox.done(messages)
    return len(messages)


@shared_task
def verify_roll_ups() -> int:
    """Prove that the stored roll-ups are what the ledger says; every difference is an alarm in the log."""
    seq, differences = materialise.verify()
    for difference in differences:
        logger.error("stored roll-up differs from the ledger at seq %s: %s", seq, difference)
    return len(differences)


@shared_task
def verify_vintages() -> int:
    """Prove that every vintage still has the figures that were published; every difference is an alarm in the log."""
    found = [(vintage, names) for vintage, names in vintages.verify_all() if names]
    for vintage, names in found:
        logger.error("vintage %s no longer has the figures that were published: %s", vintage.code, ", ".join(names))
    return len(found)


@shared_task
def open_quarters() -> int:
    """Open the quarters that have ended for reporting."""
    return programme.open_quarters()


@shared_task
def tell() -> int:
    """Make notifications of what happened."""
    return notices.deliver()


@shared_task
def remind() -> int:
    """Make the reminders that it is time for."""
    return reminders.remind()


@shared_task
def read_upload(upload_id: str) -> bool:
    """Read a file that was handed in, or do the step that was asked for; nothing where another worker is at it."""
    return any(read(upload_id) for _waiting, read in _READERS)


@shared_task
def read_uploads() -> int:
    """Read the files that wait, also those whose message got lost or whose worker was killed."""
    return sum(read(key) for waiting, read in _READERS for key in list(waiting().values_list("pk", flat=True)))


@shared_task
def purge_evidence() -> int:
    """Delete the files of evidence that no row names, and those that were taken away weeks ago."""
    return evidence.purge()


@shared_task
def purge_uploads() -> int:
    """Delete the files that were handed in to be read and are no longer needed."""
    return uploads.purge()


@shared_task
def deliver_webhooks() -> int:
    """Have every webhook sent what is new, each by a task of its own: one that is slow holds nobody up."""
    waiting = webhook_delivery.due()
    for key in waiting:
        deliver_webhook.apply_async([str(key)], expires=_WEBHOOK_EXPIRES)
    return len(waiting)


@shared_task
def deliver_webhook(webhook_id: str) -> int:
    """Send one webhook what is new; nothing where another worker is at it."""
    return webhook_delivery.deliver(UUID(webhook_id), webhook_bodies.message)


@shared_task
def purge_webhook_attempts() -> int:
    """Delete what is known of messages of long ago."""
    return webhook_delivery.purge()


def nudge_reading(upload_id: str) -> None:
    """Ask a worker to read a file once this transaction is committed; without a broker beat asks, or the page reads."""
    transaction.on_commit(lambda: _send_reading(upload_id), robust=True)


def _send_reading(upload_id: str) -> None:
    try:
        read_upload.apply_async([upload_id], retry=False, ignore_result=True)
    except read_upload.OperationalError as error:
        logger.warning("the broker is away, beat will pick it up: %s", error)


def nudge() -> None:
    """Ask a worker to look at the outbox once this transaction is committed.

    A broker that is away does not matter: beat asks again within seconds.
    """
    transaction.on_commit(_send, robust=True)


def _send() -> None:
    try:
        deliver_outbox.apply_async(retry=False, ignore_result=True)
        deliver_webhooks.apply_async(retry=False, ignore_result=True)
    except deliver_outbox.OperationalError as error:
        logger.warning("the broker is away, beat will pick it up: %s", error)
