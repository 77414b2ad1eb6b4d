"""Work that must happen once its cause is committed, whether or not the broker is up at that second."""

from typing import Any

from django.db import transaction

from consortia import clock
from impact.models import LedgerEntry, OutboxMessage

ROLL_UP = "roll-up"
MENTION = "mention"
"""Somebody is mentioned in a comment: `mention` is its key."""
EXTENSION_REQUEST = "extension-request"
"""A HIP asks the office for more time: `request` is its key."""
EXTENSION = "extension"
"""The office gave a HIP more time: `extension` is its key."""
EXTENSION_DECLINED = "extension-declined"
"""The office gave a HIP no more time: `request` is its key."""
EXTENSION_ENDED = "extension-ended"
"""The office ended an extension early: `extension` is its key."""
FOLLOW_UP = "follow-up"
"""Somebody of the office is to look into something: `follow_up` is its key."""
RECEIPT = "receipt"
"""The receipt of a submission, for the one who submitted: `version` and `user` are their keys."""


def add(entry: LedgerEntry) -> OutboxMessage:
    """Ask for a roll-up because of a ledger entry, in the transaction that wrote it."""
    return put(ROLL_UP, seq=entry.seq)


def put(kind: str, **payload: Any) -> OutboxMessage:
    return OutboxMessage.objects.create(kind=kind, payload=payload)


@transaction.atomic
def take(kind: str) -> list[OutboxMessage]:
    """The messages of a kind that are still to do, locked for this transaction; those of others are skipped."""
    waiting = OutboxMessage.objects.filter(kind=kind, done_at__isnull=True)
    return list(waiting.select_for_update(skip_locked=True).order_by("id"))


def done(messages: list[OutboxMessage]) -> None:
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(done_at=clock.now())
