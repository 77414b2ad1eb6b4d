"""Sending the entries of the ledger to who asked for them: signed, in order, each at least once.

A message holds the entries after the last one that was delivered, as `GET /changes` gives them to the owner, and is
signed as Standard Webhooks describes: HMAC-SHA256 over id, time and body. What does not arrive is sent again, later and
later; after twenty failures in a row the webhook is stopped and its owner told. Nothing is lost: what was sent up to
where is a row, written before sending and after, and a worker that is killed in between leaves the same message to the
next one. Nothing is sent within a transaction, and no lock is held meanwhile.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from consortia import access, clock, outbound
from consortia.models import ApiToken, User
from consortia.outbound import Answer, Unreachable
from impact import feed, ledger, outbox
from impact.feed import Change
from impact.models import Webhook, WebhookAttempt

MOST_ENTRIES = 100
"""Of one message."""
MOST_FAILURES = 20
KEPT_DAYS = 30
BOTH_SECRETS = timedelta(hours=24)
"""For how long after a new secret messages are signed with the old one as well."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=6)
_IN_A_ROW = 50
"""Messages of one webhook before others have their turn."""
_LOOKED_AT = 50 * MOST_ENTRIES
"""Entries that are read to find those of one HIP."""
CLAIM = timedelta(minutes=2)
"""For how long a message may be on its way before another worker takes it for lost."""

Write = Callable[[Webhook, Sequence[Change], int], bytes]
"""Makes the body: the entries, and the seq up to which it goes."""


# --- signing


def secret_of(webhook: Webhook, generation: int | None = None) -> str:
    """What its messages are signed with. It follows from the portal's own key, and is kept nowhere."""
    which = str(generation or webhook.generation)
    key = salted_hmac(f"webhook {webhook.pk}", which, algorithm="sha256").digest()
    return "whsec_" + base64.b64encode(key).decode()


def signature(secret: str, message: str, moment: int, body: bytes) -> str:
    """As in the header `webhook-signature`: the version, a comma, and the HMAC in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def _signatures(hook: Webhook, message: str, moment: int, body: bytes) -> str:
    valid = [secret_of(hook)]
    if hook.renewed_at is not None and hook.renewed_at > clock.now() - BOTH_SECRETS:
        valid.append(secret_of(hook, hook.generation - 1))
    return " ".join(signature(secret, message, moment, body) for secret in valid)


# --- sending


def due() -> list[UUID]:
    """The webhooks for which there is something new and whose time it is."""
    waiting = Webhook.objects.filter(_is_due(clock.now()), disabled_at__isnull=True, delivered_seq__lt=ledger.newest())
    return list(waiting.order_by("next_attempt_at", "pk").values_list("pk", flat=True))


def deliver(pk: UUID, write: Write) -> int:
    """Messages until nothing is left or one does not arrive; gives their number.

    Another worker may be at it; then none.
    """
    number = 0
    for _turn in range(_IN_A_ROW):
        hook = _claim(pk)
        if hook is None:
            break
        entries, last = _entries(hook)
        if not entries:
            _arrived(hook, last, None)
            continue
        number += 1
        attempt = _send(hook, entries, last, write)
        if not attempt.has_arrived:
            _failed(hook, attempt)
            break
        _arrived(hook, last, attempt)
    return number


def purge() -> int:
    """Forget attempts of long ago; gives their number."""
    return WebhookAttempt.objects.filter(at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()[0]


def _is_due(now: datetime) -> Q:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    return free & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now))


@transaction.atomic
def _claim(pk: UUID) -> Webhook | None:
    """Take the next message for this worker, and lay down up to where it goes: sent again it is the same."""
    now, newest = clock.now(), ledger.newest()
    waiting = Webhook.objects.filter(_is_due(now), pk=pk, disabled_at__isnull=True, delivered_seq__lt=newest)
    found = waiting.select_for_update(of=("self",), skip_locked=True)
    hook = found.select_related("owner", "consortium", "token").first()
    if hook is None:
        return None
    if not _is_somebodys(hook):
        _stop(hook, now)
        return None
    hook.sending_seq = hook.sending_seq or min(newest, hook.delivered_seq + _LOOKED_AT)
    hook.claimed_until = now + CLAIM
    hook.save(update_fields=["sending_seq", "claimed_until"])
    return hook


def _is_somebodys(hook: Webhook) -> bool:
    """Whether there is still who may see what is sent."""
    if hook.token is not None and not ApiToken.objects.usable().filter(pk=hook.token.pk).exists():
        return False
    return hook.owner.is_active and bool(access.scopes_of(hook.owner))


def _reader(hook: Webhook) -> User:
    """The owner, as far as the key sees that it was made with."""
    if hook.token is not None and hook.token.consortium_id is not None:
        access.narrow(hook.owner, hook.token.consortium_id)
    return hook.owner


def _entries(hook: Webhook) -> tuple[list[Change], int]:
    """The next ones that it asked for, and the seq up to which nothing else is for it."""
    upto = hook.sending_seq
    assert upto is not None, "it was claimed"
    size = _LOOKED_AT if hook.consortium else MOST_ENTRIES + 1
    found = feed.read(_reader(hook), after=hook.delivered_seq, upto=upto, size=size)
    if hook.consortium is not None:
        found = [each for each in found if each.consortium in (None, hook.consortium.slug)]
    shown = found[:MOST_ENTRIES]
    return shown, shown[-1].seq if len(found) > len(shown) else upto


def _send(hook: Webhook, entries: list[Change], last: int, write: Write) -> WebhookAttempt:
    body = write(hook, entries, last)
    # The same message keeps its id however often it is sent: who gets it twice can tell.
    message, moment = f"{hook.pk}.{hook.delivered_seq + 1}-{last}", int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"ptvt-portal/{settings.API_VERSION}",
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": _signatures(hook, message, moment, body),
    }
    attempt = WebhookAttempt(webhook=hook, first_seq=hook.delivered_seq + 1, last_seq=last)
    try:
        answer: Answer = outbound.post(hook.address, body, headers)
    except Unreachable as error:
        attempt.error = str(error.detail)[:100]
    else:
        attempt.status, attempt.milliseconds = answer.status, answer.milliseconds
    return attempt


@transaction.atomic
def _arrived(hook: Webhook, last: int, attempt: WebhookAttempt | None) -> None:
    changed = _unchanged(hook).update(
        delivered_seq=last, sending_seq=None, failures=0, next_attempt_at=None, claimed_until=None
    )
    if attempt is not None and changed:
        attempt.save()


@transaction.atomic
def _failed(hook: Webhook, attempt: WebhookAttempt) -> None:
    failures, now = hook.failures + 1, clock.now()
    changed = _unchanged(hook).update(failures=failures, next_attempt_at=now + _pause(failures), claimed_until=None)
    if not changed:
        return
    attempt.save()
    if failures >= MOST_FAILURES:
        _stop(hook, now)


def _pause(failures: int) -> timedelta:
    """Twice as long each time, and by chance up to a quarter longer: not all knock at the same moment."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
    return pause + pause * secrets.randbelow(250) / 1000


def _stop(hook: Webhook, now: datetime) -> None:
    Webhook.objects.filter(pk=hook.pk).update(disabled_at=now, claimed_until=None)
    outbox.put(outbox.WEBHOOK_STOPPED, webhook=str(hook.pk), at=now.isoformat())


def _unchanged(hook: Webhook) -> QuerySet[Any]:
    """Only while nobody changed it meanwhile: a replay or another worker's claim wins over what was under way."""
    return Webhook.objects.filter(pk=hook.pk, claimed_until=hook.claimed_until, delivered_seq=hook.delivered_seq)
