"""What HIPs owe and until when: the reports of the quarters that have ended, with where each stands.

Source: docs/semantics.md, "Time" and "Zero, missing, coverage".
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects

from consortia import access, clock
from consortia.access import Permission
from consortia.models import Consortium
from impact import punctuality, transitions
from impact.coverage import Participants
from impact.due_dates import DueDates
from impact.ledger import State
from impact.models import Quarter, QuarterlyReport
from impact.punctuality import Mark, Punctuality
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
    punctuality: Punctuality
    """By the first submission: nothing that happens to a report afterwards makes it late."""
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
        """Whether it came after its due date, or did not come although that has passed."""
        return self.punctuality.is_late

    @property
    def is_overdue(self) -> bool:
        """Whether it still has to come, and should have: nothing was ever handed in."""
        return self.is_due and self.punctuality.mark == Mark.MISSING


def punctuality_of(standing: Standing, state: State) -> Punctuality:
    """Of one report, as the list of all that is owed says it."""
    report = standing.report
    is_expected = Participants.of(state, [report.quarter]).expected_in(report.consortium_id, report.quarter.index) > 0
    first = punctuality.first_handed_in(standing.versions)
    return punctuality.of_report(report, first, DueDates(), is_expected=is_expected)


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
        _obligations(actor, state, owed, expected),
        key=lambda row: (row.deadline.due_date, row.report.quarter.index, row.report.consortium.number),
    )


def _obligations(
    actor: Any, state: State, reports: Iterable[QuarterlyReport], expected: Mapping[int, Collection[int]]
) -> Iterable[Obligation]:
    due_dates = DueDates()
    for report in reports:
        standing = standing_of(actor, report)
        yield Obligation(
            standing=standing,
            deadline=deadline_of(report),
            punctuality=punctuality.of_report(
                report,
                punctuality.first_handed_in(standing.versions),
                due_dates,
                is_expected=report.consortium_id in expected[report.quarter.index],
            ),
            is_open=takes_new_reports(
                report, is_closed=report.quarter.index in state.closed, has_counted=standing.has_counted
            ),
        )
