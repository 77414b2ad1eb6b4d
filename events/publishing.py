"""Commands on events and good practices: publish, reschedule, revise, cancel, withdraw.

Every command: lock → visible? → permission → state → check → change, in one transaction. Drafts are
edited in the office's forms; what is public changes here alone.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused
from consortia.models import User
from events.models import Event, EventFormat, EventStatus, GoodPractice, PracticeStatus


class Step(StrEnum):
    PUBLISH = "publish"
    REVISE = "revise"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"


STEP_LABELS = {
    Step.PUBLISH: gettext_lazy("publish"),
    Step.REVISE: gettext_lazy("correct the texts"),
    Step.RESCHEDULE: gettext_lazy("move in time or place"),
    Step.CANCEL: gettext_lazy("call off"),
    Step.WITHDRAW: gettext_lazy("withdraw"),
}

TRANSITIONS: dict[type[Event] | type[GoodPractice], dict[str, dict[Step, str]]] = {
    Event: {
        EventStatus.DRAFT: {Step.PUBLISH: EventStatus.PUBLISHED},
        EventStatus.PUBLISHED: {
            Step.REVISE: EventStatus.PUBLISHED,
            Step.RESCHEDULE: EventStatus.PUBLISHED,
            Step.CANCEL: EventStatus.CANCELLED,
        },
        EventStatus.CANCELLED: {},
    },
    GoodPractice: {
        PracticeStatus.DRAFT: {Step.PUBLISH: PracticeStatus.PUBLISHED},
        PracticeStatus.PUBLISHED: {
            Step.REVISE: PracticeStatus.PUBLISHED,
            Step.WITHDRAW: PracticeStatus.WITHDRAWN,
        },
        PracticeStatus.WITHDRAWN: {
            Step.REVISE: PracticeStatus.WITHDRAWN,
            Step.PUBLISH: PracticeStatus.PUBLISHED,
        },
    },
}
"""What may follow what, read by commands, the admin's buttons and tests."""

EVENT_TEXTS = frozenset(
    {"title_nl", "title_en", "summary_nl", "summary_en", "description_nl", "description_en"}
    | {"kind", "organised_by", "organiser"}
)
PRACTICE_TEXTS = frozenset(
    {
        f"{part}_{code}"
        for part in ("title", "summary", "problem", "approach", "results", "pitfalls")
        for code in ("nl", "en")
    }
    | {"contact", "source", "licence"}
)


def allows(item: Event | GoodPractice, step: Step) -> bool:
    return step in TRANSITIONS[type(item)][item.status]


# --- events


@transaction.atomic
def publish_event(*, actor: User, event_id: UUID) -> Event:
    """Show the event to everybody: on its page, in the API and in the calendar.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is public already.
        Refused: everything that is still missing.
    """
    event = _lock_event(actor, event_id, Step.PUBLISH)
    _check(event)
    event.published_at = clock.now()
    return _saved_event(event, Step.PUBLISH)


@transaction.atomic
def revise_event(*, actor: User, event_id: UUID, texts: Mapping[str, Any]) -> Event:
    """Correct texts of a published event; time and place change by `reschedule`.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is a draft, or cancelled.
        Refused: the event would lose something that a public one needs.
    """
    event = _lock_event(actor, event_id, Step.REVISE)
    return _changed_event(event, Step.REVISE, _known(texts, EVENT_TEXTS))


@transaction.atomic
def reschedule(
    *,
    actor: User,
    event_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    event_format: EventFormat | None = None,
    location: str | None = None,
    online_url: str | None = None,
) -> Event:
    """Move a published event in time or place; what is left out stays. Calendars see it by the higher `sequence`.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is a draft, or cancelled.
        Refused: the end is not after the start, or the format lacks its place.
    """
    event = _lock_event(actor, event_id, Step.RESCHEDULE)
    changes: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at}
    places = {"format": event_format, "location": location, "online_url": online_url}
    changes |= {field: value for field, value in places.items() if value is not None}
    return _changed_event(event, Step.RESCHEDULE, changes)


@transaction.atomic
def cancel(*, actor: User, event_id: UUID, reason: str, reason_en: str = "") -> Event:
    """Call a published event off (afgelasten); it stays in sight, marked, with the reason.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is a draft, or cancelled already.
        Refused: no reason.
    """
    event = _lock_event(actor, event_id, Step.CANCEL)
    event.cancelled_reason_nl, event.cancelled_reason_en = reason.strip(), reason_en.strip()
    _check(event, reason)
    event.sequence += 1
    return _saved_event(event, Step.CANCEL)


def _lock_event(actor: User, event_id: UUID, step: Step) -> Event:
    # Only the event's own row: two commands on it wait for each other, and nobody waits for the HIP.
    event = Event.objects.visible_to(actor).select_for_update().filter(pk=event_id).first()
    if event is None:
        raise NotVisible("no such event")
    access.require(actor, Permission.CONFIGURE)
    _require_step(event, step)
    return event


def _changed_event(event: Event, step: Step, changes: Mapping[str, Any]) -> Event:
    different = {field: value for field, value in changes.items() if getattr(event, field) != value}
    if not different:
        # Calendars would announce a change where there is none.
        return event
    for field, value in different.items():
        setattr(event, field, value)
    _check(event)
    event.sequence += 1
    return _saved_event(event, step)


def _saved_event(event: Event, step: Step) -> Event:
    event.status = TRANSITIONS[Event][event.status][step]
    event.updated_at = clock.now()
    event.save()
    return event


# --- good practices


@transaction.atomic
def publish_practice(*, actor: User, slug: str) -> GoodPractice:
    """Show the good practice to everybody, for the first time or again.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is public already.
        Refused: everything that is still missing.
    """
    practice = _lock_practice(actor, slug, Step.PUBLISH)
    _check(practice)
    practice.published_at = clock.now()
    practice.withdrawn_reason = ""
    return _saved_practice(practice, Step.PUBLISH)


@transaction.atomic
def revise_practice(*, actor: User, slug: str, texts: Mapping[str, Any]) -> GoodPractice:
    """Correct texts of a good practice that was published; its address stays.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is a draft.
        Refused: it would lose something that a public one needs.
    """
    practice = _lock_practice(actor, slug, Step.REVISE)
    for field, value in _known(texts, PRACTICE_TEXTS).items():
        setattr(practice, field, value)
    _check(practice)
    return _saved_practice(practice, Step.REVISE)


@transaction.atomic
def withdraw(*, actor: User, slug: str, reason: str) -> GoodPractice:
    """Take a good practice out of sight (intrekken); the office keeps it, with the reason.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: it is not public.
        Refused: no reason.
    """
    practice = _lock_practice(actor, slug, Step.WITHDRAW)
    practice.withdrawn_reason = reason.strip()
    _check(practice, reason)
    return _saved_practice(practice, Step.WITHDRAW)


def _lock_practice(actor: User, slug: str, step: Step) -> GoodPractice:
    practice = GoodPractice.objects.visible_to(actor).select_for_update().filter(slug=slug).first()
    if practice is None:
        raise NotVisible("no such good practice")
    access.require(actor, Permission.CONFIGURE)
    _require_step(practice, step)
    return practice


def _saved_practice(practice: GoodPractice, step: Step) -> GoodPractice:
    practice.status = TRANSITIONS[GoodPractice][practice.status][step]
    practice.updated_at = clock.now()
    practice.save()
    return practice


# --- both


def _require_step(item: Event | GoodPractice, step: Step) -> None:
    if not allows(item, step):
        raise NotAllowedNow(
            _("“%(title)s” is %(status)s: this step is not possible now.")
            % {"title": item.title, "status": item.get_status_display()}
        )


def _known(texts: Mapping[str, Any], fields: frozenset[str]) -> Mapping[str, Any]:
    if strange := sorted(set(texts) - fields):
        raise Refused([Problem(f"/{field}", "unknown", _("This does not change by revising.")) for field in strange])
    return texts


def _check(item: Event | GoodPractice, reason: str | None = None) -> None:
    """Refuse with everything that is missing or that its column cannot hold."""
    problems = item.shortcomings()
    if reason is not None and not reason.strip():
        problems.append(Problem("/reason", "required", _("Say why.")))
    try:
        item.clean_fields()
    except ValidationError as error:
        named = {problem.pointer for problem in problems}
        problems += [
            Problem(f"/{field}", "invalid", message)
            for field, messages in error.message_dict.items()
            for message in messages
            if f"/{field}" not in named
        ]
    if problems:
        raise Refused(problems)
