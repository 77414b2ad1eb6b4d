"""Work that must happen once its cause is committed, whether or not the broker is up at that second."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

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
RETURNED = "returned"
"""A report goes back to its HIP: `version` is the key of what was handed in."""
ACCEPTED = "accepted"
"""A report is accepted: `version` is its key."""
COMMENT = "comment"
"""Somebody said something about a report: `comment` is its key."""
FOLLOW_UP = "follow-up"
"""Somebody of the office is to look into something: `follow_up` is its key."""
RECEIPT = "receipt"
"""The receipt of a submission, for the one who submitted: `version` and `user` are their keys."""
ON_BEHALF = "on-behalf"
"""Somebody who is not of the HIP handed its report in; the HIP is told: `version` and `user` are their keys."""
WEBHOOK_STOPPED = "webhook-stopped"
"""A webhook is no longer sent anything: `webhook` is its key, `at` the moment."""
TO_TELL = (
    RECEIPT, RETURNED, ACCEPTED, COMMENT, MENTION, EXTENSION_REQUEST, EXTENSION, EXTENSION_DECLINED, EXTENSION_ENDED,
    FOLLOW_UP, ON_BEHALF, WEBHOOK_STOPPED,
)  # fmt: skip
"""What `notices` makes notifications of."""


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


def waiting(kinds: Iterable[str]) -> list[int]:
    """The keys of what is still to do; what was tried in vain comes last, so that it stands in nobody's way."""
    to_do = OutboxMessage.objects.filter(kind__in=tuple(kinds), done_at__isnull=True)
    return list(to_do.order_by("attempts", "id").values_list("pk", flat=True))


def attempt(message: int) -> None:
    """Note that somebody begins with it, before the transaction that may fail."""
    OutboxMessage.objects.filter(pk=message).update(attempts=F("attempts") + 1)


def claim(message: int) -> OutboxMessage | None:
    """Lock one message for this transaction; None where it is done, or another worker is at it."""
    to_do = OutboxMessage.objects.filter(pk=message, done_at__isnull=True)
    return to_do.select_for_update(skip_locked=True).first()


def give_up(kinds: Iterable[str], before: datetime) -> int:
    """Put aside what is so old that nobody wants to hear of it any more."""
    old = OutboxMessage.objects.filter(kind__in=tuple(kinds), done_at__isnull=True, created_at__lt=before)
    return old.update(done_at=clock.now())


def done(messages: list[OutboxMessage]) -> None:
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(done_at=clock.now())
