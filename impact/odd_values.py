"""The odd values of a quarter: what was handed in, beside what counts of earlier quarters, by their effect.

Everything is reckoned by the functions that reckon all figures, as if what waits for a review counted already. The
number of queries does not depend on how many HIPs there are. Source: docs/decisions.md, "Odd values".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from decimal import Decimal
from typing import Any

from impact import distinct, effects, leaves, list_weights, oddities, rollups, snapshots
from impact.edits import NO_LINE
from impact.ledger import Counting, State
from impact.list_weights import HipLine, Size
from impact.measures import NOTHING, Number, Pooled, Window, share
from impact.models import Figure, IndicatorDefinition, Kind, QuarterlyReport, ReportVersion, Rule, Section
from impact.models.codebook import DISTINCT_RULES, EURO, PERSON_RULES
from impact.oddities import At, Likeness, Oddity, Series, Why
from impact.rollups import Dimensions

Handed = tuple[QuarterlyReport, ReportVersion]
"""A report of the quarter, with the version that waits for a reviewer or that counts."""


@dataclass(frozen=True)
class OddValue:
    """An odd value with what a reviewer needs beside it."""

    oddity: Oddity
    report: QuarterlyReport
    version: ReportVersion
    place: str
    """Where a comment on it belongs: its row where it was entered, else the section that it is derived from."""
    unit: str
    effect: Number | None
    """What the programme has more (or less) than with the HIP's value of the quarter before in its place."""
    weight: Decimal
    """The effect as a part of the programme's total over all lines; by this they are sorted."""
    explanation: str = ""

    @property
    def is_share(self) -> bool:
        return self.oddity.series.is_ratio

    @property
    def hip_id(self) -> int:
        return self.report.consortium_id


def of_quarter(quarter: int, handed: Collection[Handed], state: State, dimensions: Dimensions) -> list[OddValue]:
    """The odd values of these reports of one quarter, those that weigh most first."""
    if not handed:
        return []
    supposed = effects.accepting(handed, state)
    by_hip = {report.consortium_id: (report, version) for report, version in handed}
    found = snapshots.kept(
        "odd", supposed, dimensions, f"{quarter} {sorted(by_hip)}", lambda: _rows(quarter, handed, supposed, dimensions)
    )
    explained = _explanations([version for _report, version in handed], supposed, quarter)
    odd = []
    for row in found:
        oddity, effect, weight = _weighed(row)
        report, version = by_hip[oddity.at.hip]
        odd.append(
            OddValue(
                oddity=oddity,
                report=report,
                version=version,
                place=_place(oddity, quarter, supposed, dimensions),
                unit=_unit(oddity.at.indicator, quarter, supposed),
                effect=effect,
                weight=weight,
                explanation=_explanation(oddity, explained.get(version.pk, {}), supposed, quarter),
            )
        )
    return sorted(odd, key=lambda each: (-each.weight, each.report.consortium.number))


Row = tuple[dict[str, Any], tuple[Any, ...], Number | None, Decimal]
"""An odd value as it is kept: the fields of its series, those of the oddity, its effect and its weight."""
_OF_SERIES = tuple(field.name for field in fields_of(Series))


def _rows(quarter: int, handed: Collection[Handed], state: State, dimensions: Dimensions) -> list[Row]:
    """What is odd, with its effect and its weight, as plain values: nothing in it but what was handed in."""
    numbers = _numbers(quarter, state, dimensions)
    now = [row for row in state.counting if row.quarter == quarter]
    before = [row for row in state.counting if row.quarter == quarter - 1]
    roots = state.roots()
    weights = list_weights.weights(now, before, roots)
    series = _series(quarter, handed, numbers, state, dimensions)
    rows = []
    for oddity in oddities.judge(series, _likenesses(now, before, roots, weights, state, quarter)):
        effect = _effect(oddity, quarter, numbers, weights, state)
        told = oddity.why.value, oddity.other_hip, oddity.other_line, oddity.also
        series_of = {**vars(oddity.series), "at": (oddity.at.hip, oddity.at.indicator, oddity.at.line)}
        fields = {name: series_of[name] for name in _OF_SERIES}
        rows.append((fields, told, effect, _weight(oddity, effect, quarter, numbers)))
    return rows


def _weighed(row: Row) -> tuple[Oddity, Number | None, Decimal]:
    of_series, (why, *other), effect, weight = row
    series = Series(**{**of_series, "at": At(*of_series["at"])})
    return Oddity(series, Why(why), *other), effect, weight


# --- what was reported, as if these counted


def _numbers(quarter: int, state: State, dimensions: Dimensions) -> rollups.PooledSeries:
    """By HIP or programme, action line or all, and indicator: by quarter what was reported there."""
    of_lists = [pk for pk in state.definitions if leaves.has_rule(state, pk, DISTINCT_RULES)]
    found = dict(rollups.pooled_series(state, [pk for pk in state.definitions if pk not in of_lists]))
    window = [index for index in dimensions.quarters if quarter - oddities.QUARTERS <= index <= quarter]
    # Of a list only the quarter itself is looked at: what lies before the window need not be counted.
    recent = state.suppose(counting=tuple(row for row in state.counting if row.quarter in window))
    asked = [
        distinct.Asked(indicator, in_force[1].rule, Window(index, in_force[0]))
        for indicator in of_lists
        for index in window
        if (in_force := state.definition(indicator, index)) and in_force[1].rule in DISTINCT_RULES
    ]
    counts = distinct.count(recent, asked, {(True, True), (True, False), (False, False)})
    for each in asked:
        # Whoever handed in has reported its list: who is not in it is zero.
        hips = {row.consortium_id for row in recent.counting if row.quarter == each.window.quarter}
        scopes = [(None, None), *((hip, line) for hip in hips for line in (None, *dimensions.action_lines))]
        for scope in scopes:
            count = counts.get((each.indicator_id, scope, each.window.quarter), distinct.NONE).value
            series = found.setdefault((*scope, each.indicator_id), {})
            series[each.window.quarter] = Pooled(count, reported=1)
    return found


def _series(
    quarter: int, handed: Iterable[Handed], numbers: rollups.PooledSeries, state: State, dimensions: Dimensions
) -> Iterable[Series]:
    for indicator in dimensions.indicators:
        in_force = state.definition(indicator, quarter)
        # The parts of a sum are judged themselves.
        if in_force is None or in_force[1].rule == Rule.COFINANCING:
            continue
        for report, _version in handed:
            for line in (None, *dimensions.action_lines):
                at = At(report.consortium_id, indicator, line)
                reported = numbers.get((at.hip, line, indicator))
                if reported and any(pooled.total or pooled.denominator for pooled in reported.values()):
                    yield _one(at, quarter, in_force, reported)


def _one(at: At, quarter: int, in_force: tuple[int, IndicatorDefinition], reported: Mapping[int, Pooled]) -> Series:
    since, definition = in_force
    known = {quarter - index: pooled for index, pooled in reported.items() if since <= index <= quarter}
    values = {ago: Decimal(pooled.total) for ago, pooled in known.items()}
    wholes = {ago: Decimal(pooled.denominator) for ago, pooled in known.items() if pooled.denominator is not None}
    now, whole = values.pop(0, None), wholes.pop(0, None)
    return Series(
        at=at,
        kind=definition.kind,
        is_euro=definition.unit == EURO,
        family=_family(definition.rule),
        now=now,
        past=values,
        whole=whole,
        past_whole=wholes,
        until_now=sum(values.values(), Decimal()) if definition.kind == Kind.FLOW else None,
    )


def _family(rule: str) -> str:
    """The same organisations make all counts of them, and the same students both counts of those."""
    if rule in DISTINCT_RULES:
        return "organisations"
    return "students" if rule in (Rule.FIRST_TIME_STUDENTS, Rule.HEADCOUNT_STUDENTS) else ""


def _likenesses(
    now: Sequence[Counting],
    before: Sequence[Counting],
    roots: Mapping[Any, Any],
    weights: Mapping[tuple[str, HipLine], tuple[int, Size]],
    state: State,
    quarter: int,
) -> Iterable[Likeness]:
    companies = next(
        (
            indicator
            for indicator in state.definitions
            if (in_force := state.definition(indicator, quarter)) and in_force[1].rule == Rule.COMPANIES
        ),
        None,
    )
    if companies is None:
        return
    for (one, other), common in list_weights.alike(now, before, roots).items():
        (_weight_of_one, size), (_weight_of_other, other_size) = (
            weights[Rule.COMPANIES, one],
            weights[Rule.COMPANIES, other],
        )
        yield Likeness(
            at=At(one[0], companies, one[1]),
            other_hip=other[0],
            other_line=other[1],
            size=size.now,
            other_size=other_size.now,
            common=common.now,
            common_before=common.before,
            size_before=min(size.before, other_size.before),
            kept=size.kept,
            other_kept=other_size.kept,
        )


# --- what it does to the programme


def _effect(
    oddity: Oddity,
    quarter: int,
    numbers: rollups.PooledSeries,
    weights: Mapping[tuple[str, HipLine], tuple[int, Size]],
    state: State,
) -> Number | None:
    series, at = oddity.series, oddity.at
    in_force = state.definition(at.indicator, quarter)
    if in_force is not None and in_force[1].rule in DISTINCT_RULES:
        return weights.get((in_force[1].rule, (at.hip, at.line)), (0, None))[0]
    if not series.is_ratio:
        then = next((value for ago in (1, 4) if (value := series.ago(ago)) is not None), series.usual)
        return (series.now or Decimal(0)) - (then or Decimal(0))
    programme = numbers[None, at.line, at.indicator].get(quarter, NOTHING)
    numerator = programme.total - (series.now or 0) + series.past.get(1, Decimal(0))
    denominator = (programme.denominator or 0) - (series.whole or 0) + series.past_whole.get(1, Decimal(0))
    value, otherwise = share(programme.total, programme.denominator or 0), share(numerator, denominator)
    return None if value is None or otherwise is None else value - otherwise


def _weight(oddity: Oddity, effect: Number | None, quarter: int, numbers: rollups.PooledSeries) -> Decimal:
    """Beside the quarter before: a mistake in this one must not make itself seem small."""
    if not effect:
        return Decimal(0)
    programme = numbers.get((None, None, oddity.at.indicator), {})
    for index in (quarter - 1, quarter):
        pooled = programme.get(index, NOTHING)
        total = share(pooled.total, pooled.denominator or 0) if oddity.series.is_ratio else pooled.total
        if total:
            return abs(Decimal(effect)) / Decimal(total)
    return Decimal(1)


# --- where it is, and what the HIP said of it


def _place(oddity: Oddity, quarter: int, state: State, dimensions: Dimensions) -> str:
    rule = _rule(oddity.at.indicator, quarter, state)
    if rule in DISTINCT_RULES:
        return Section.PARTICIPATIONS
    if rule in PERSON_RULES:
        return Section.HEADCOUNTS
    line = oddity.at.line
    if line is None and _has_lines(oddity.at.indicator, quarter, state):
        return Section.FIGURES
    code = NO_LINE if line is None else dimensions.action_lines[line].code
    return f"/{Section.FIGURES}/{dimensions.indicators[oddity.at.indicator].code}/{code}"


def _rule(indicator: int, quarter: int, state: State) -> str:
    in_force = state.definition(indicator, quarter)
    return in_force[1].rule if in_force else ""


def _has_lines(indicator: int, quarter: int, state: State) -> bool:
    in_force = state.definition(indicator, quarter)
    return in_force is not None and in_force[1].by_action_line


def _unit(indicator: int, quarter: int, state: State) -> str:
    in_force = state.definition(indicator, quarter)
    return in_force[1].unit if in_force else ""


Said = dict[str | tuple[int, int | None], str]
"""By section, or by indicator and action line, what the HIP said."""


def _explanations(versions: Iterable[ReportVersion], state: State, quarter: int) -> dict[int, Said]:
    """By version what it explains; a pointer names a figure by its number in the order of the content."""
    asked = [version for version in versions if version.warnings]
    rows = Figure.objects.filter(version__in=[version.pk for version in asked]).order_by("version", "position")
    figures: dict[int, list[tuple[int, int | None]]] = {}
    for version_id, indicator, line in rows.values_list("version_id", "indicator_id", "action_line_id"):
        figures.setdefault(version_id, []).append((indicator, line))
    found: dict[int, Said] = {}
    for version in asked:
        said = found.setdefault(version.pk, {})
        for warning in version.warnings:
            _empty, section, number, *_rest = [*str(warning["pointer"]).split("/"), "", ""]
            of_version = figures.get(version.pk, [])
            key: str | tuple[int, int | None] = section
            if section == Section.FIGURES and number.isdigit() and int(number) < len(of_version):
                key = of_version[int(number)]
            said.setdefault(key, warning.get("explanation", ""))
    return found


def _explanation(oddity: Oddity, said: Said, state: State, quarter: int) -> str:
    rule = _rule(oddity.at.indicator, quarter, state)
    if rule in DISTINCT_RULES:
        return said.get(Section.PARTICIPATIONS, "")
    if rule in PERSON_RULES:
        return said.get(Section.HEADCOUNTS, "")
    at, other = oddity.at, oddity.other_line
    return said.get((at.indicator, at.line)) or said.get((at.indicator, other), "") or said.get(Section.FIGURES, "")
