"""What a version would say if it counted, by the same reckoning as everything that does count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from consortia.models import OrganisationType
from impact import rollups
from impact.ledger import Counting, State
from impact.measures import Number
from impact.models import Participation, QuarterlyReport, ReportVersion
from impact.rollups import Cell, Dimensions, Selection


@dataclass(frozen=True)
class Compared:
    """One figure in this quarter, in the one before, and a year ago."""

    indicator_id: int
    action_line_id: int | None
    unit: str
    now: Number | None
    before: Number | None
    year_ago: Number | None
    is_broken_before: bool = False
    """The quarter before has another definition: a difference would say nothing."""
    is_broken_year_ago: bool = False

    @property
    def since_before(self) -> Decimal | None:
        return None if self.is_broken_before else _difference(self.now, self.before)

    @property
    def since_year_ago(self) -> Decimal | None:
        return None if self.is_broken_year_ago else _difference(self.now, self.year_ago)

    @property
    def share_since_before(self) -> Decimal | None:
        return _share(self.since_before, self.before)

    @property
    def share_since_year_ago(self) -> Decimal | None:
        return _share(self.since_year_ago, self.year_ago)

    @property
    def is_blank(self) -> bool:
        return self.now is None and self.before is None and self.year_ago is None


def _difference(now: Number | None, then: Number | None) -> Decimal | None:
    return None if now is None or then is None else Decimal(now) - Decimal(then)


def _share(difference: Decimal | None, then: Number | None) -> Decimal | None:
    return difference / Decimal(then) if difference is not None and then else None


def compare(report: QuarterlyReport, version: ReportVersion, state: State, dimensions: Dimensions) -> list[Compared]:
    """Every indicator of this version, in total and by action line, beside what counts of older quarters."""
    index = report.quarter.index
    wanted = {index: "now", index - 1: "before", index - 4: "year_ago"}
    others = [row for row in state.counting if row.consortium_id == report.consortium_id and row.quarter in wanted]
    cells = _cells(report, version, state, dimensions, [row for row in others if row.quarter != index], sorted(wanted))
    values: dict[tuple[int, int | None], dict[str, Number | None]] = {}
    units: dict[tuple[int, int | None], str] = {}
    for cell in cells:
        key = (cell.indicator_id, cell.action_line_id)
        is_beside = _has_same_scale(state, cell.indicator_id, index, cell.quarter)
        values.setdefault(key, {})[wanted[cell.quarter]] = cell.measures.value if is_beside else None
        if cell.quarter == index:
            units[key] = cell.unit
    return [
        Compared(
            indicator_id=key[0],
            action_line_id=key[1],
            unit=units.get(key, ""),
            now=found.get("now"),
            before=found.get("before"),
            year_ago=found.get("year_ago"),
            is_broken_before=not state.compares(key[0], index, index - 1),
            is_broken_year_ago=not state.compares(key[0], index, index - 4),
        )
        for key, found in values.items()
    ]


def _has_same_scale(state: State, indicator: int, quarter: int, earlier: int) -> bool:
    """Whether a number of the earlier quarter can stand in the notation of this one."""
    now, then = (state.definition(indicator, each) for each in (quarter, earlier))
    return not now or not then or (now[1].kind, now[1].unit) == (then[1].kind, then[1].unit)


def values_of(
    report: QuarterlyReport, version: ReportVersion, state: State, dimensions: Dimensions
) -> dict[tuple[int, int | None], Number | None]:
    """The values of another version of the same report, by indicator and action line."""
    cells = _cells(report, version, state, dimensions, [], [report.quarter.index])
    return {(cell.indicator_id, cell.action_line_id): cell.measures.value for cell in cells}


def totals(report: QuarterlyReport, version: ReportVersion, state: State, dimensions: Dimensions) -> list[Cell]:
    """The figures of the HIP that become public with this version, over all action lines."""
    cells = _cells(report, version, state, dimensions, [], [report.quarter.index], lines=[None])
    return [cell for cell in cells if cell.measures.value is not None]


def _cells(
    report: QuarterlyReport,
    version: ReportVersion,
    state: State,
    dimensions: Dimensions,
    others: Sequence[Counting],
    quarters: Sequence[int],
    *,
    lines: Sequence[int | None] | None = None,
) -> list[Cell]:
    this = Counting(
        seq=state.seq,
        consortium_id=report.consortium_id,
        quarter=report.quarter.index,
        version_id=version.pk,
        version_number=version.number,
    )
    supposed = state.suppose(counting=(*others, this))
    known = [quarter for quarter in quarters if quarter in dimensions.quarters]
    selection = Selection(consortia=[report.consortium_id], action_lines=lines, quarters=known)
    return rollups.compute(selection, supposed, dimensions)


@dataclass(frozen=True)
class Named:
    """An organisation as a version lists it."""

    name: str
    identifier: str
    type_label: str


@dataclass(frozen=True)
class Organisations:
    """Who is in a version, and what changed since the version that counts of the quarter before."""

    all: list[Named]
    new: list[Named]
    gone: list[Named]
    has_previous: bool


def organisations(version: ReportVersion, previous: ReportVersion | None) -> Organisations:
    now = _named([version.pk])
    before = _named([previous.pk]) if previous else {}
    return Organisations(
        all=list(now.values()),
        new=[row for pk, row in now.items() if previous and pk not in before],
        gone=[row for pk, row in before.items() if pk not in now],
        has_previous=previous is not None,
    )


def _named(versions: Iterable[int]) -> dict[UUID, Named]:
    # Rows as they are: of thousands of them, finding the words of each type would be most of a page's work.
    labels = {value: str(label) for value, label in OrganisationType.choices}
    rows = Participation.objects.filter(version__in=versions).order_by("name", "position")
    found: dict[UUID, Named] = {}
    for organisation, name, number, code, kind in rows.values_list(
        "organisation_id", "name", "kvk_number", "institution_code", "organisation_type"
    ):
        found.setdefault(organisation, Named(name, number or code, labels[kind]))
    return found
