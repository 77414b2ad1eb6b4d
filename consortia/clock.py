"""The one place that tells the time.

Commands ask `now()` instead of Django's timezone, so that the demonstration data and the tests can
replay years of reporting through the same commands. Outside `at()` it is the real clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_replayed: ContextVar[datetime | None] = ContextVar("replayed_moment", default=None)


def now() -> datetime:
    """The moment, in UTC; the replayed one inside `at()`."""
    return _replayed.get() or timezone.now()


def today() -> date:
    """The date in Amsterdam, where quarters and deadlines are kept."""
    return now().astimezone(AMSTERDAM).date()


def replayed() -> datetime | None:
    """The moment that is being replayed, or None when the real clock runs."""
    return _replayed.get()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Replay: commands inside believe that it is `moment`.

    The database accepts replayed ledger times only where the programme is marked as demonstration.
    """
    token = _replayed.set(moment)
    try:
        yield
    finally:
        _replayed.reset(token)
