"""Quarter arithmetic, due dates and school years. Pure.

Source: docs/semantics.md, "Time". Quarters are calendar quarters in Amsterdam.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consortia.clock import AMSTERDAM

DAYS_TO_REPORT = 30
_ID = re.compile(r"([0-9]{4})Q([1-4])")


@dataclass(frozen=True, order=True)
class CalendarQuarter:
    """A quarter of a year: `CalendarQuarter(2025, 1)` is `2025Q1`."""

    year: int
    number: int

    @property
    def id(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def ordinal(self) -> int:
        """Counts quarters, so that differences are distances."""
        return self.year * 4 + self.number - 1

    @property
    def start_date(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end_date(self) -> date:
        return from_ordinal(self.ordinal + 1).start_date - timedelta(days=1)

    @property
    def due_date(self) -> date:
        """Until the end of this day a report is in time."""
        return self.end_date + timedelta(days=DAYS_TO_REPORT)

    @property
    def school_year(self) -> str:
        """`2025-2026`. The third quarter is not split: it belongs to the school year that begins in it."""
        first = self.year if self.number >= 3 else self.year - 1
        return f"{first}-{first + 1}"


def from_ordinal(ordinal: int) -> CalendarQuarter:
    return CalendarQuarter(ordinal // 4, ordinal % 4 + 1)


def parse(text: str) -> CalendarQuarter:
    """Read `2025Q1`.

    Raises:
        ValueError: the text is not of that form.
    """
    match = _ID.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quarter: {text!r}")
    return CalendarQuarter(int(match[1]), int(match[2]))


def of_date(day: date) -> CalendarQuarter:
    return CalendarQuarter(day.year, (day.month + 2) // 3)


def of_moment(moment: datetime) -> CalendarQuarter:
    """The quarter in which a moment falls in Amsterdam: 2026-03-31T22:30Z is in 2026Q2."""
    return of_date(moment.astimezone(AMSTERDAM).date())


def between(first: CalendarQuarter, last: CalendarQuarter) -> list[CalendarQuarter]:
    """All quarters from the first to the last, both included."""
    return [from_ordinal(ordinal) for ordinal in range(first.ordinal, last.ordinal + 1)]


def completed_by(day: date) -> int:
    """The ordinal of the newest quarter that has ended by the end of that day."""
    quarter = of_date(day)
    return quarter.ordinal if quarter.end_date == day else quarter.ordinal - 1
