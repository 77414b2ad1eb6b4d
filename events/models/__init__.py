"""What is shared: meetings and good practices. Constraints and querysets; the steps live in `publishing`."""

from events.models.event import PUBLIC_EVENTS, Event, EventFormat, EventKind, EventQuerySet, EventStatus
from events.models.practice import GoodPractice, GoodPracticeQuerySet, Licence, PracticeStatus

__all__ = [
    "PUBLIC_EVENTS",
    "Event",
    "EventFormat",
    "EventKind",
    "EventQuerySet",
    "EventStatus",
    "GoodPractice",
    "GoodPracticeQuerySet",
    "Licence",
    "PracticeStatus",
]
