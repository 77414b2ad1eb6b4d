"""Why this number: the versions and the records that a measure of a roll-up cell is made of, exactly.

Of any moment, and as far as somebody may see them: what is not shown by name is counted, never left out in silence.
Source: docs/semantics.md, "Why this number".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from impact import effects, leaves, ledger, lineage_organisations, lineage_rows, rollups
from impact.coverage import Participants
from impact.ledger import Counting, State
from impact.lineage_organisations import Bounds, OrganisationRecord, Overlap
from impact.lineage_rows import Grain, RowRecord
from impact.measures import Number, Window, share
from impact.models import IndicatorDefinition, Kind, ReportVersion, Rule
from impact.models.codebook import DISTINCT_RULES, PERSON_RULES
from impact.rollups import Cell, Dimensions, Selection
from impact.sight import Sight

PARTS_OF_RATIO = ("numerator", "denominator")
MEASURES = (*effects.MEASURES, *PARTS_OF_RATIO)
"""By their names in the API."""
BOUNDS = ("low", "high")
SIZE = 1_000


@dataclass(frozen=True)
class Question:
    """A cell, as in roll-ups, and one of its measures."""

    consortium_id: int | None
    action_line_id: int | None
    indicator_id: int
    quarter: int
    measure: str = "value"


class Absence(StrEnum):
    """Why there is no number."""

    NOT_REPORTED = "notReported"
    NOT_DEFINED = "notDefined"
    """The quarter lies before the first definition."""
    NOT_APPLICABLE = "notApplicable"
    """This indicator has no such measure."""
    NO_DENOMINATOR = "noDenominator"
    """A share of nothing."""
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Part:
    """A version that counts in the cell, and what it adds; its people and reasons where `shows_remarks`."""

    counting: Counting
    version: ReportVersion
    shows_rows: bool
    shows_remarks: bool
    value: Number | None
    """For organisations how many of them are in it; for a share see its parts."""
    numerator: int | None = None
    denominator: int | None = None

    @property
    def is_correction(self) -> bool:
        return bool(self.version.correction_reason)


@dataclass(frozen=True)
class Lineage:
    """A number and everything that it is made of; a page of the records."""

    question: Question
    seq: int
    cell: Cell
    value: Number | None
    numerator: int | None
    denominator: int | None
    absence: Absence | None
    since: int | None
    """The quarter from which the definition holds."""
    definition: IndicatorDefinition | None
    """The one in force in the quarter, else the first there will be."""
    quarters: tuple[int, ...]
    """Those that the measure looks at."""
    versions: tuple[Part, ...]
    """By quarter and HIP."""
    missing: tuple[tuple[int, int], ...]
    """HIP and quarter that were expected, and of which nothing counts here."""
    overlaps: tuple[Overlap, ...] = ()
    """For organisations: how parts that overlap make the number."""
    bounds: Bounds | None = None
    """For `low` and `high`."""
    records: tuple[RowRecord | OrganisationRecord, ...] = ()
    total: int = 0
    """All records: those that can be read in pages, and those that are not shown by name."""
    named: int = 0
    hidden_rows: int = 0
    """For organisations: rows that count, in reports that are not shown."""
    last: tuple[Any, ...] | None = None
    """What `after` takes for the next page; None where there is none."""

    @property
    def not_named(self) -> int:
        return self.total - self.named

    @property
    def withheld(self) -> bool:
        return self.cell.withheld

    @property
    def counts_organisations(self) -> bool:
        return self.definition is not None and self.definition.rule in DISTINCT_RULES


def trace(
    user: Any,
    question: Question,
    dimensions: Dimensions,
    *,
    state: State | None = None,
    size: int = SIZE,
    after: Sequence[Any] | None = None,
) -> Lineage:
    """What makes the number, as `user` may see it; as of now without a state.

    For organisations `total` is the number (`value`, `new`, `trailingYear`, `cumulative`); else the records of all
    pages add up to it, or for a share their numerators and denominators do.
    """
    state = state or ledger.resolve()
    blank = _blank(question, state, dimensions, user)
    if blank.absence is not None:
        return blank
    sight = Sight.of(user, state)
    if blank.counts_organisations:
        return _of_organisations(blank, state, dimensions, sight, size, after)
    return _of_rows(blank, state, dimensions, sight, size, after)


def _blank(question: Question, state: State, dimensions: Dimensions, user: Any) -> Lineage:
    """The answer without versions and records: the number, or why there is none as far as the definition tells."""
    selection = Selection(
        [question.consortium_id], [question.action_line_id], [question.indicator_id], [question.quarter]
    )
    cells = rollups.read(selection, user, dimensions, state=state)
    cell = cells[0] if cells else _no_cell(question)
    in_force = state.definition(question.indicator_id, question.quarter)
    known = state.definitions.get(question.indicator_id, ())
    since, definition = in_force or (known[0] if known else (None, None))
    absence = None
    if cell.withheld:
        absence = Absence.WITHHELD
    elif in_force is None:
        absence = Absence.NOT_DEFINED
    elif not _applies(question.measure, in_force[1]):
        absence = Absence.NOT_APPLICABLE
    return Lineage(
        question=question,
        seq=state.seq,
        cell=cell,
        value=_number_of(cell, question.measure),
        numerator=None,
        denominator=None,
        absence=absence,
        since=since,
        definition=definition,
        quarters=() if in_force is None else tuple(_looked_at(question, *in_force)),
        versions=(),
        missing=(),
    )


def _no_cell(question: Question) -> Cell:
    """Of an indicator that no entry of the ledger defines yet."""
    return Cell(
        question.consortium_id, question.action_line_id, question.indicator_id, question.quarter,
        unit="", is_final=False, is_break=False,
    )  # fmt: skip


def _applies(measure: str, definition: IndicatorDefinition) -> bool:
    if measure == "new":
        return definition.kind == Kind.UNIQUE
    if measure in BOUNDS:
        return definition.rule == Rule.COMPANIES
    return measure not in PARTS_OF_RATIO or definition.kind == Kind.RATIO


def _number_of(cell: Cell, measure: str) -> Number | None:
    if measure in PARTS_OF_RATIO:
        number: int | None = getattr(cell.measures, measure)
        return number
    return effects.measures_of(cell)[measure]


def _looked_at(question: Question, since: int, definition: IndicatorDefinition) -> range:
    window = Window(question.quarter, since)
    if definition.kind == Kind.STOCK:
        return window.now
    return {"trailingYear": window.year, "cumulative": window.ever, "new": window.ever}.get(
        question.measure, window.now
    )


def _versions_in(lineage: Lineage, state: State, dimensions: Dimensions) -> list[Counting]:
    """Those that count for the HIPs and quarters, by quarter and HIP."""
    hip = lineage.question.consortium_id
    places = {pk: place for place, pk in enumerate(dimensions.consortia)}
    return sorted(
        (
            row
            for row in state.counting
            if row.quarter in lineage.quarters and (hip is None or row.consortium_id == hip)
        ),
        key=lambda row: (row.quarter, places[row.consortium_id]),
    )


def _missing(
    lineage: Lineage, state: State, dimensions: Dimensions, versions: Sequence[Counting]
) -> tuple[tuple[int, int], ...]:
    hip = lineage.question.consortium_id
    expected = Participants.of(state, dimensions.quarters.values()).expected
    present = {(row.consortium_id, row.quarter) for row in versions}
    return tuple(
        (pk, quarter)
        for quarter in lineage.quarters
        for pk in dimensions.consortia
        if pk in expected.get(quarter, ()) and (hip is None or pk == hip) and (pk, quarter) not in present
    )


def _of_organisations(
    blank: Lineage, state: State, dimensions: Dimensions, sight: Sight, size: int, after: Sequence[Any] | None
) -> Lineage:
    assert blank.definition is not None
    question = blank.question
    versions = _versions_in(blank, state, dimensions)
    missing = _missing(blank, state, dimensions, versions)
    if blank.value is None:
        return replace(blank, absence=Absence.NOT_REPORTED, missing=missing)
    asked = lineage_organisations.Asked(
        rule=blank.definition.rule,
        versions=versions,
        action_line_id=question.action_line_id,
        only_new_in=question.quarter if question.measure == "new" else None,
    )
    shown = {row.version_id for row in versions if sight.of_rows(row)}
    key = None if after is None else (str(after[0]), str(after[1]))
    found = lineage_organisations.find(asked, state, shown, size=size, after=key)
    added = {row.version_id: lineage_rows.Added(0, found.by_version[row.version_id]) for row in versions}
    return replace(
        blank,
        versions=_parts(versions, added, sight),
        missing=missing,
        overlaps=tuple(each for each in found.overlaps if _is_told(each, question)),
        bounds=lineage_organisations.bounds_of(asked, found) if question.measure in BOUNDS else None,
        records=found.page,
        total=found.total,
        named=found.named,
        hidden_rows=found.hidden_rows,
        last=found.last,
    )


def _is_told(overlap: Overlap, question: Question) -> bool:
    """Whether the cell takes several parts of that kind together."""
    match overlap.by:
        case lineage_organisations.HIPS:
            return question.consortium_id is None
        case lineage_organisations.LINES:
            return question.action_line_id is None
    return question.measure in {"trailingYear", "cumulative"}


def _of_rows(
    blank: Lineage, state: State, dimensions: Dimensions, sight: Sight, size: int, after: Sequence[Any] | None
) -> Lineage:
    assert blank.definition is not None
    versions = _versions_in(blank, state, dimensions)
    are_persons = leaves.has_rule(state, blank.question.indicator_id, PERSON_RULES)
    asked = lineage_rows.Asked(
        definition=blank.definition,
        versions=versions,
        action_line_id=blank.question.action_line_id,
        grains={row.version_id: _grain(row, sight, blank.definition, are_persons=are_persons) for row in versions},
    )
    key = None if after is None else (int(after[0]), int(after[1]))
    found = lineage_rows.find(asked, state, size=size, after=key)
    reported = [row for row in versions if row.version_id in found.by_version]
    numerator = denominator = None
    value, absence = blank.value, None
    if not reported:
        absence = Absence.NOT_REPORTED
    elif blank.definition.kind == Kind.RATIO:
        numerator = sum(added.numerator or 0 for added in found.by_version.values())
        denominator = sum(added.denominator or 0 for added in found.by_version.values())
        absence = Absence.NO_DENOMINATOR if value is None and not denominator else None
        if blank.question.measure not in PARTS_OF_RATIO:
            value = share(numerator, denominator)
    return replace(
        blank,
        value=value,
        numerator=numerator,
        denominator=denominator,
        absence=absence,
        versions=_parts(reported, found.by_version, sight),
        missing=_missing(blank, state, dimensions, reported),
        records=found.page,
        total=found.total,
        named=found.total,
        last=found.last,
    )


def _grain(version: Counting, sight: Sight, definition: IndicatorDefinition, *, are_persons: bool) -> Grain:
    if are_persons and not sight.is_exact:
        return Grain.TOTAL
    # Head counts name institutions; figures name nobody.
    return Grain.LINE if definition.rule in PERSON_RULES and not sight.of_rows(version) else Grain.ROW


def _parts(versions: Sequence[Counting], added: dict[int, lineage_rows.Added], sight: Sight) -> tuple[Part, ...]:
    rows = (
        ReportVersion.objects.filter(pk__in=[row.version_id for row in versions])
        .select_related("submitted_by", "reviewed_by")
        .defer("warnings", "review_remarks", "comment", "review_comment")
    )
    found = {row.pk: row for row in rows}
    return tuple(
        Part(
            counting=row,
            version=found[row.version_id],
            shows_rows=sight.of_rows(row),
            shows_remarks=sight.of_remarks(row),
            value=added[row.version_id].value,
            numerator=added[row.version_id].numerator,
            denominator=added[row.version_id].denominator,
        )
        for row in versions
    )
