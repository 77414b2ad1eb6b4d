"""Whether a report came in time: the one rule, by its first submission and the due date that held then.

Source: docs/semantics.md, "In time and complete".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from consortia import clock
from impact.due_dates import DueDates
from impact.models import QuarterlyReport, ReportVersion


class Mark(StrEnum):
    """How a HIP met its obligation for one quarter."""

    IN_TIME = "in-time"
    LATE = "late"
    MISSING = "missing"
    """The due date has passed and nothing was ever handed in."""
    NOT_YET = "not-yet"
    """Nothing was handed in, and there still is time."""
    NOT_EXPECTED = "not-expected"


MARK_LABELS = {
    Mark.IN_TIME: _("in time"),
    Mark.LATE: _("late"),
    Mark.MISSING: _("not handed in"),
    Mark.NOT_YET: _("not due yet"),
    Mark.NOT_EXPECTED: _("not expected"),
}


@dataclass(frozen=True, kw_only=True)
class Punctuality:
    """One report of one ended quarter, as of a moment."""

    mark: Mark
    due_date: date | None
    """That held when the report was first handed in; where it was not, the one that held at the moment. None: not
    expected."""
    is_extended: bool = False
    """Whether it was later than that of the quarter, both as they were then."""
    handed_in_at: datetime | None = None
    """The first time; no correction, return or withdrawal changes it."""
    days_late: int = 0
    """After the due date: until it was handed in, or where it was not until the moment."""

    @property
    def is_late(self) -> bool:
        """Whether the due date passed before anything was handed in, which since may have come or not."""
        return self.mark in (Mark.LATE, Mark.MISSING)


def first_handed_in(versions: Iterable[ReportVersion], moment: datetime | None = None) -> ReportVersion | None:
    """The version with which the obligation was met by the moment, in time or late, whatever happened to it since."""
    handed_in = [
        version
        for version in versions
        if version.submitted_at is not None and (moment is None or version.submitted_at <= moment)
    ]
    return min(handed_in, key=lambda version: version.number, default=None)


def of_report(
    report: QuarterlyReport,
    first: ReportVersion | None,
    due_dates: DueDates,
    *,
    moment: datetime | None = None,
    is_expected: bool = True,
) -> Punctuality:
    """Of the version with which it was first handed in (None: it was not), as of the moment, or now."""
    if first is None and not is_expected:
        return Punctuality(mark=Mark.NOT_EXPECTED, due_date=None)
    at = moment or clock.now()
    if first is not None and first.submitted_at is not None:
        at = first.submitted_at
    # What was handed in before the database kept its due date: what is known of that moment.
    due_date = (first and first.due_date) or due_dates.of_report(report, at)
    over = max((at.astimezone(clock.AMSTERDAM).date() - due_date).days, 0)
    late, in_time = (Mark.MISSING, Mark.NOT_YET) if first is None else (Mark.LATE, Mark.IN_TIME)
    return Punctuality(
        mark=late if over else in_time,
        due_date=due_date,
        is_extended=due_date > due_dates.of_quarter(report.quarter, at),
        handed_in_at=first.submitted_at if first else None,
        days_late=over,
    )
