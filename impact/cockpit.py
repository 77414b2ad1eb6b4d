"""A quarter as its reviewers see it: every report with where it stands and what is odd in it. Reads only.

The number of queries does not depend on how many HIPs there are.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from impact import effects, follow_ups, obligations, odd_values, snapshots
from impact.effects import GoalChange
from impact.ledger import State
from impact.models import Comment, Quarter, ReportVersion, VersionAuthor, VersionStatus
from impact.obligations import Obligation
from impact.odd_values import Handed, OddValue
from impact.progress import Point
from impact.rollups import Dimensions
from impact.transitions import ReportStatus


@dataclass(frozen=True)
class Row:
    """The report of one HIP."""

    obligation: Obligation
    is_own: bool
    """Whether the reader entered or submitted what waits: then somebody else reviews it (four eyes)."""
    odd: int
    questions: int
    """What the check asked about, and the HIP explained."""
    comments: int
    follow_ups: int

    @property
    def waits(self) -> bool:
        return self.obligation.is_waiting

    @property
    def version(self) -> ReportVersion | None:
        return self.obligation.standing.version


@dataclass(frozen=True)
class Cockpit:
    quarter: Quarter
    rows: tuple[Row, ...]
    """By number of the HIP."""
    odd: tuple[OddValue, ...]
    """Those that weigh most first."""
    handed: tuple[Handed, ...]

    def number_of(self, *statuses: ReportStatus) -> int:
        return sum(row.obligation.status in statuses for row in self.rows)

    @property
    def submitted(self) -> int:
        return self.number_of(ReportStatus.SUBMITTED)

    @property
    def being_filled(self) -> int:
        return self.number_of(ReportStatus.DRAFT, ReportStatus.RETURNED)

    @property
    def not_started(self) -> int:
        return self.number_of(ReportStatus.NOT_STARTED, ReportStatus.WITHDRAWN)

    @property
    def accepted(self) -> int:
        return self.number_of(ReportStatus.ACCEPTED)

    @property
    def waiting(self) -> list[Handed]:
        return [each for each in self.handed if each[1].status == VersionStatus.SUBMITTED]


def of_quarter(actor: Any, quarter: Quarter, state: State, dimensions: Dimensions) -> Cockpit:
    """The reports of a quarter as far as the actor sees them."""
    owed = obligations.of_consortia(actor, state, quarter=quarter)
    owed.sort(key=lambda row: row.report.consortium.number)
    handed = handed_in(owed)
    odd = odd_values.of_quarter(quarter.index, handed, state, dimensions)
    odd_in = Counter(each.report.pk for each in odd)
    own = own_versions(actor, [version for _report, version in handed])
    reports = [row.report.pk for row in owed if not row.report._state.adding]
    comments = _numbers(Comment.objects.filter(report__in=reports, settled_at__isnull=True))
    marks = _numbers(follow_ups.visible_to(actor).filter(report__in=reports, done_at__isnull=True))
    rows = tuple(
        Row(
            obligation=row,
            is_own=row.standing.version is not None and row.standing.version.pk in own,
            odd=odd_in[row.report.pk],
            questions=len(row.standing.version.warnings) if row.standing.version else 0,
            comments=comments.get(row.report.pk, 0),
            follow_ups=marks.get(row.report.pk, 0),
        )
        for row in owed
    )
    return Cockpit(quarter=quarter, rows=rows, odd=tuple(odd), handed=tuple(handed))


def handed_in(owed: Sequence[Obligation]) -> list[Handed]:
    """What is to be looked at: the version that waits for a reviewer, else the one that counts."""
    found = []
    for row in owed:
        open_version = row.standing.open_version
        waits = open_version if open_version and open_version.status == VersionStatus.SUBMITTED else None
        if (version := waits or row.standing.counting) is not None:
            found.append((row.report, version))
    return found


def own_versions(actor: Any, versions: Collection[ReportVersion]) -> set[int]:
    """Those that the actor entered or submitted; see `standing.is_own`."""
    entered = VersionAuthor.objects.filter(user=actor, version__in=[version.pk for version in versions])
    return {
        *entered.values_list("version_id", flat=True),
        *(version.pk for version in versions if version.submitted_by_id == actor.pk),
    }


def _numbers(rows: Any) -> dict[Any, int]:
    return dict(rows.order_by().values_list("report_id").annotate(Count("pk")))


@dataclass(frozen=True)
class GoalAt:
    """A goal in one quarter: as it is, and as it becomes."""

    change: GoalChange
    before: Point | None
    after: Point | None

    @property
    def changes(self) -> bool:
        return (self.before and self.before.value) != (self.after and self.after.value)


def goals_if_accepted(
    quarter: Quarter, accepted: Sequence[Handed], state: State, dimensions: Dimensions
) -> list[GoalAt]:
    """Every goal in this quarter, now and once these versions count; in the order of the goals."""
    after = effects.accepting(accepted, state) if accepted else state
    changes = effects.on_goals(state, after, dimensions, reckon=snapshots.of_supposed)
    return [
        GoalAt(change, _point(change.before.series, quarter.index), _point(change.after.series, quarter.index))
        for change in changes
    ]


def _point(series: Sequence[Point], quarter: int) -> Point | None:
    return next((point for point in series if point.quarter == quarter), None)
