"""The reported rows that a sum or a share is made of: entered figures, and head counts of persons.

Source: docs/semantics.md, "Why this number".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Count, Q, Sum

from impact.leaves import FIRST_TIME, HEADCOUNTS
from impact.ledger import Counting, State
from impact.measures import Number, plain
from impact.models import Figure, Headcount, Indicator, IndicatorDefinition, Rule, Source
from impact.models.codebook import PARTS_OF_COFINANCING, PERSON_RULES


class Grain(Enum):
    """How fine the rows of a version are shown."""

    ROW = "row"
    LINE = "line"
    """Head counts by action line: without categories and institutions."""
    TOTAL = "total"
    """One number a version: persons by action line are not shown."""


@dataclass(frozen=True)
class Asked:
    """Which rows: of an indicator as defined, in these versions, in one action line or (None) in any.

    The versions stand in the order in which rows are shown.
    """

    definition: IndicatorDefinition
    versions: Sequence[Counting]
    action_line_id: int | None
    grains: dict[int, Grain]
    """By version."""


@dataclass(frozen=True)
class Added:
    """What a version adds: a sum, or the parts of a share; and how many records show it."""

    records: int
    value: Number | None = None
    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True)
class RowRecord:
    """A reported row, or several of one version together where they are not shown apart."""

    kind: str
    """`figure` or `headcount`; `total` stands for several."""
    version: Counting
    indicator_id: int
    action_line_id: int | None
    value: Number | None = None
    numerator: int | None = None
    denominator: int | None = None
    position: int | None = None
    group: str = ""
    category: str = ""
    institution_code: str = ""
    headcount: int | None = None
    first_time: int | None = None
    counts_first_time: bool = False


Key = tuple[int, int]
"""The place of the version, and the place of the record within it."""


@dataclass(frozen=True)
class Found:
    """What every version with a row adds, and a page of records."""

    by_version: dict[int, Added]
    page: tuple[RowRecord, ...]
    last: Key | None

    @property
    def total(self) -> int:
        return sum(added.records for added in self.by_version.values())


def find(asked: Asked, state: State, *, size: int, after: Key | None = None) -> Found:
    """Add up by version, and read a page of records. A version without a row has not reported, and is left out."""
    if asked.definition.rule in PERSON_RULES:
        return _Persons(asked).found(size, after)
    return _Entered(asked, state).found(size, after)


class _Rows:
    """What head counts and figures share: grains, places and pages."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.versions = {row.version_id: row for row in asked.versions}
        self.places = {version: place for place, version in enumerate(self.versions)}

    def rows(self) -> Any:
        """The rows of the database that bear on the question."""
        raise NotImplementedError

    def sums(self) -> dict[str, Any]:
        """Aggregates by the fields of `RowRecord`."""
        raise NotImplementedError

    def record(self, row: Any) -> RowRecord:
        raise NotImplementedError

    def found(self, size: int, after: Key | None) -> Found:
        by_version = self._by_version()
        keyed = [(key, record) for key, record in self._together() if after is None or key > after]
        keyed += self._apart(size + 1, after)
        keyed.sort(key=lambda each: each[0])
        page = keyed[:size]
        last = page[-1][0] if len(keyed) > size else None
        return Found(by_version, tuple(record for _key, record in page), last)

    def _by_version(self) -> dict[int, Added]:
        rows = self.rows().order_by().values("version_id").annotate(
            rows=Count("pk"), lines=Count("action_line", distinct=True), **self.sums()
        )  # fmt: skip
        found = {row["version_id"]: row for row in rows}
        records = {Grain.ROW: "rows", Grain.LINE: "lines"}
        return {
            version: Added(
                records=row[records[grain]] if (grain := self.asked.grains[version]) in records else 1,
                **{name: _number(row[name]) for name in self.sums()},
            )
            for version in self.versions
            if (row := found.get(version)) is not None
        }

    def _together(self) -> list[tuple[Key, RowRecord]]:
        """The records of versions that do not show their rows."""
        found = []
        for grain, fields in ((Grain.LINE, ["version_id", "action_line_id"]), (Grain.TOTAL, ["version_id"])):
            versions = [pk for pk in self.versions if self.asked.grains[pk] == grain]
            if not versions:
                continue
            rows = self.rows().filter(version__in=versions).order_by().values(*fields).annotate(**self.sums())
            for row in rows:
                line = row.get("action_line_id", self.asked.action_line_id)
                record = RowRecord(
                    kind="total",
                    version=self.versions[row["version_id"]],
                    indicator_id=self.asked.definition.indicator_id,
                    action_line_id=line,
                    **{name: _number(row[name]) for name in self.sums()},
                )
                found.append(((self.places[row["version_id"]], line or 0), record))
        return found

    def _apart(self, size: int, after: Key | None) -> list[tuple[Key, RowRecord]]:
        """The rows themselves, no more than fit on the page."""
        versions = [pk for pk in self.versions if self.asked.grains[pk] == Grain.ROW]
        if after is None:
            chosen = Q(version__in=versions)
        else:
            here, later = after[0], [pk for pk in versions if self.places[pk] > after[0]]
            at = [pk for pk in versions if self.places[pk] == here]
            chosen = Q(version__in=later) | Q(version__in=at, position__gt=after[1])
        # By quarter and HIP, which is the order of the versions.
        rows = (
            self.rows()
            .filter(chosen)
            .order_by("version__report__quarter__index", "version__report__consortium__number", "position")[:size]
        )
        return [((self.places[row.version_id], row.position), self.record(row)) for row in rows] if versions else []


class _Entered(_Rows):
    """Entered figures; for co-financing those of its two parts."""

    def __init__(self, asked: Asked, state: State) -> None:
        super().__init__(asked)
        self._state = state

    def rows(self) -> Any:
        rows = Figure.objects.filter(self._bearing())
        return rows if self.asked.action_line_id is None else rows.filter(action_line=self.asked.action_line_id)

    def _bearing(self) -> Q:
        definition = self.asked.definition
        if definition.source == Source.ENTERED:
            return Q(indicator=definition.indicator_id, version__in=self.versions)
        bearing = Q(pk__in=[])
        if definition.rule == Rule.COFINANCING:
            for part in Indicator.objects.filter(code__in=PARTS_OF_COFINANCING).values_list("pk", flat=True):
                versions = [pk for pk, row in self.versions.items() if self._is_entered(part, row.quarter)]
                bearing |= Q(indicator=part, version__in=versions)
        return bearing

    def _is_entered(self, indicator: int, quarter: int) -> bool:
        in_force = self._state.definition(indicator, quarter)
        return in_force is not None and in_force[1].source == Source.ENTERED

    def sums(self) -> dict[str, Any]:
        return {name: Sum(name) for name in ("value", "numerator", "denominator")}

    def record(self, row: Figure) -> RowRecord:
        return RowRecord(
            kind="figure",
            version=self.versions[row.version_id],
            indicator_id=row.indicator_id,
            action_line_id=row.action_line_id,
            value=plain(row.value),
            numerator=row.numerator,
            denominator=row.denominator,
            position=row.position,
        )


class _Persons(_Rows):
    """Head counts of a group: one of their two numbers."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._group, counted = HEADCOUNTS[asked.definition.rule]
        self._counts_first_time = counted == FIRST_TIME

    def rows(self) -> Any:
        rows = Headcount.objects.filter(group=self._group, version__in=self.versions)
        return rows if self.asked.action_line_id is None else rows.filter(action_line=self.asked.action_line_id)

    def sums(self) -> dict[str, Any]:
        return {"value": Sum("first_time" if self._counts_first_time else "headcount")}

    def record(self, row: Headcount) -> RowRecord:
        return RowRecord(
            kind="headcount",
            version=self.versions[row.version_id],
            indicator_id=self.asked.definition.indicator_id,
            action_line_id=row.action_line_id,
            value=row.first_time if self._counts_first_time else row.headcount,
            position=row.position,
            group=row.group,
            category=row.category,
            institution_code=row.institution_code,
            headcount=row.headcount,
            first_time=row.first_time,
            counts_first_time=self._counts_first_time,
        )


def _number(value: Any) -> Any:
    """A sum of the database, in which whole numbers come as decimals."""
    return None if value is None else plain(value)
