"""What HIPs owe and until when: the reports of the quarters that have ended, with where each stands.

Source: docs/semantics.md, "Time" and "Zero, missing, coverage".
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects

from consortia import access, clock
from consortia.access import Permission
from consortia.models import Consortium
from impact import transitions
from impact.coverage import Participants
from impact.ledger import State
from impact.models import Quarter, QuarterlyReport, ReportVersion
from impact.standing import Standing, standing_of
from impact.transitions import ReportStatus, Step


@dataclass(frozen=True)
class Deadline:
    """Handing in is in time until the end of `due_date`; afterwards it is late, and still possible."""

    due_date: date
    is_extended: bool
    days_left: int
    """Below zero: so many days too late."""

    @property
    def is_past(self) -> bool:
        return self.days_left < 0

    @property
    def days_late(self) -> int:
        return max(-self.days_left, 0)


def deadline_of(report: QuarterlyReport) -> Deadline:
    """The quarter's due date, or the latest extension of this HIP, as far as it was not ended early."""
    extended = max((extension.last_day for extension in report.extensions.all()), default=None)
    due_date = max(extended, report.quarter.due_date) if extended else report.quarter.due_date
    return Deadline(
        due_date=due_date,
        is_extended=due_date > report.quarter.due_date,
        days_left=(due_date - clock.today()).days,
    )


@dataclass(frozen=True)
class Obligation:
    """One HIP and one ended quarter."""

    standing: Standing
    deadline: Deadline
    is_open: bool
    """Whether a report may be handed in: not where the quarter is closed and nothing ever counted."""

    @property
    def report(self) -> QuarterlyReport:
        return self.standing.report

    @property
    def status(self) -> ReportStatus:
        return self.standing.status

    @property
    def status_label(self) -> str:
        return str(transitions.STATUS_LABELS[self.status])

    @property
    def is_due(self) -> bool:
        """Whether the HIP has something to do."""
        fillable = transitions.allows(self.status, Step.FILL)
        return self.is_open and fillable

    @property
    def counts(self) -> bool:
        """Whether a version counts, also while a correction of it is under way."""
        return self.standing.counting is not None

    @property
    def is_waiting(self) -> bool:
        """Whether the reviewers have something to do."""
        return self.status == ReportStatus.SUBMITTED

    @property
    def is_late(self) -> bool:
        """Due and past its date, or handed in after it; never while a version counts: a correction has no due date."""
        if self.counts:
            return False
        if self.is_due:
            return self.deadline.is_past
        first = first_handed_in(self.standing.versions)
        return first is not None and days_late(first, self.report) > 0


def first_handed_in(versions: Iterable[ReportVersion]) -> ReportVersion | None:
    """The version with which the obligation was met, in time or late, whatever happened to it since."""
    handed_in = [version for version in versions if version.submitted_at is not None]
    return min(handed_in, key=lambda version: version.number, default=None)


def due_when_handed_in(version: ReportVersion, report: QuarterlyReport) -> date:
    """The due date that held when the version was handed in; no later decision moves it.

    What was handed in before the database kept it: the quarter's due date, and what had been granted by then.
    """
    if version.due_date is not None:
        return version.due_date
    assert version.submitted_at is not None, "a draft has not been handed in"
    return due_at(report, version.submitted_at)


def due_at(report: QuarterlyReport, moment: datetime) -> date:
    """The due date with the extensions that had been granted, and not ended, by that moment."""
    days = (extension.last_day_at(moment) for extension in report.extensions.all())
    return max([report.quarter.due_date, *(day for day in days if day is not None)])


def days_late(version: ReportVersion, report: QuarterlyReport) -> int:
    """How many days in Amsterdam after the due date that held then the version was handed in; 0 is in time."""
    assert version.submitted_at is not None, "a draft has not been handed in"
    day = version.submitted_at.astimezone(clock.AMSTERDAM).date()
    return max((day - due_when_handed_in(version, report)).days, 0)


def takes_new_reports(report: QuarterlyReport, *, is_closed: bool, has_counted: bool) -> bool:
    """Whether the quarter is open for this report; a correction of what once counted always is."""
    if report.quarter.end_date >= clock.today():
        return False
    if has_counted or not is_closed:
        return True
    return any(extension.last_day >= clock.today() for extension in report.extensions.all())


def of_consortia(
    actor: Any, state: State, *, consortia: Collection[int] | None = None, quarter: Quarter | None = None
) -> list[Obligation]:
    """What is expected of these HIPs (None: of all) as far as the actor sees their reports: oldest deadline first."""
    quarters = {
        row.index: row
        for row in Quarter.objects.filter(end_date__lt=clock.today())
        if quarter is None or row.pk == quarter.pk
    }
    hips = {row.pk: row for row in Consortium.objects.all() if consortia is None or row.pk in consortia}
    visible = {pk for pk in hips if access.allows(actor, Permission.SEE_REPORTS, pk)}
    reports = {
        (report.consortium_id, report.quarter.index): report
        for report in QuarterlyReport.objects.visible_to(actor)
        .filter(consortium__in=visible, quarter__in=[row.pk for row in quarters.values()])
        .select_related("consortium", "quarter")
        .prefetch_related("versions", "extensions")
    }
    expected = Participants.of(state, quarters.values()).expected
    untouched = [
        QuarterlyReport(consortium=hips[hip], quarter=row)
        for index, row in quarters.items()
        for hip in visible & expected[index]
        if (hip, index) not in reports
    ]
    # Rows that do not exist yet have nothing to fetch, but would ask for it one by one.
    prefetch_related_objects(untouched, "versions", "extensions")
    owed = [
        report
        for report in (*reports.values(), *untouched)
        if report.consortium_id in expected[report.quarter.index] or len(report.versions.all())
    ]
    return sorted(
        _obligations(actor, state, owed),
        key=lambda row: (row.deadline.due_date, row.report.quarter.index, row.report.consortium.number),
    )


def _obligations(actor: Any, state: State, reports: Iterable[QuarterlyReport]) -> Iterable[Obligation]:
    for report in reports:
        standing = standing_of(actor, report)
        is_open = takes_new_reports(
            report, is_closed=report.quarter.index in state.closed, has_counted=standing.has_counted
        )
        yield Obligation(standing=standing, deadline=deadline_of(report), is_open=is_open)
