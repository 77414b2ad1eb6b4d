"""What the portal must count, worked out the slow way from plain data: sets and loops, no database.

An independent model of docs/semantics.md for the tests; it shares no code with `impact`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

Body = dict[str, list[dict[str, Any]]]

SME = {"micro", "small", "medium"}
PERSONS = {
    "students": ("students", "firstTime"),
    "student-participations": ("students", "headcount"),
    "teachers": ("teachers", "firstTime"),
    "employees": ("employees", "firstTime"),
    "jobseekers": ("jobseekers", "firstTime"),
}
ORGANISATIONS = {"companies", "companies-sme", "partners"}


@dataclass(frozen=True)
class Definition:
    since: int
    kind: str
    by_action_line: bool = True
    unit: str = ""


@dataclass(frozen=True)
class Revision:
    """A goal as it was set or revised; milestones by the last day of their quarter."""

    baseline: Decimal | None
    baseline_date: date
    target: Decimal | None
    target_date: date
    milestones: tuple[tuple[date, Decimal], ...] = ()


@dataclass
class Goal:
    indicator: str
    measure: str
    revisions: list[Revision]


@dataclass(frozen=True)
class Counts:
    """A body that counts: as which version, and by which entry of the ledger."""

    body: Body
    version: int = 0
    seq: int = 0


@dataclass
class World:
    """Quarters are indexes; `counting` holds the bodies that count, by HIP and quarter."""

    hips: list[str]
    lines: list[str]
    last_days: dict[int, date]
    definitions: dict[str, list[Definition]]
    takes_part: dict[str, tuple[date, date | None]]
    closed: set[int] = field(default_factory=set)
    counting: dict[tuple[str, int], Counts] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """By the number or code of an organisation that of the one that it counts as."""
    goals: dict[str, Goal] = field(default_factory=dict)
    kept: dict[tuple[int, str | None, str, str], tuple[Body, list[Any]]] = field(default_factory=dict, repr=False)
    """What a body contributes, by its identity, line, indicator and kind: bodies never change."""

    def reckon(self) -> "Reckoning":
        """The figures as this world is now; ask anew once it has changed."""
        return Reckoning(self)

    def cell(self, hip: str | None, line: str | None, indicator: str, quarter: int) -> dict[str, Any]:
        return self.reckon().cell(hip, line, indicator, quarter)


class Reckoning:
    """All figures of a world that stands still, with what was worked out once kept for the next cell."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._roots: dict[str, str] = {}
        self._definitions: dict[tuple[str, int], Definition | None] = {}
        self._found: dict[tuple[str | None, str | None, str, int], dict[str, list[Any]]] = {}
        self._expected = {quarter: self._expect(quarter) for quarter in world.last_days}
        self._final = {quarter: self._is_final(quarter) for quarter in world.last_days}

    def definition(self, indicator: str, quarter: int) -> Definition | None:
        """In force in the quarter; a sum changes with what it is a sum of."""
        key = (indicator, quarter)
        if key not in self._definitions:
            self._definitions[key] = self._definition_of(indicator, quarter)
        return self._definitions[key]

    def _definition_of(self, indicator: str, quarter: int) -> Definition | None:
        own = self._own_definition(indicator, quarter)
        if own is None or indicator != "cofinancing":
            return own
        parts = [self._own_definition(part, quarter) for part in ("cofinancing-cash", "cofinancing-in-kind")]
        return replace(own, since=max([own.since, *[part.since for part in parts if part is not None]]))

    def _own_definition(self, indicator: str, quarter: int) -> Definition | None:
        known = [each for each in self.world.definitions[indicator] if each.since <= quarter]
        return max(known, key=lambda each: each.since) if known else None

    def _expect(self, quarter: int) -> set[str]:
        day = self.world.last_days[quarter]
        there = {
            hip
            for hip, (first, last) in self.world.takes_part.items()
            if first <= day and (last is None or day <= last)
        }
        return there | {hip for hip, at in self.world.counting if at == quarter}

    def _is_final(self, quarter: int) -> bool:
        if quarter not in self.world.closed:
            return False
        for each in range(max(0, quarter - 3), quarter + 1):
            if any((hip, each) not in self.world.counting for hip in self._expected[each]):
                return False
        return True

    def cell(self, hip: str | None, line: str | None, indicator: str, quarter: int) -> dict[str, Any]:
        """The roll-up cell, with the API's keys."""
        hips = self.world.hips if hip is None else [hip]
        definition = self.definition(indicator, quarter)
        since = definition.since if definition else quarter + 1
        year = [each for each in range(quarter - 3, quarter + 1) if each >= max(since, 0)]
        ever = [each for each in range(quarter + 1) if each >= since]
        found = {each: self.reported(hip, line, indicator, each) for each in ever}
        result: dict[str, Any] = {
            "reported": len(found[quarter]) if quarter in found else 0,
            "expected": len(self._expected[quarter] & set(hips)),
            "trailingYearReported": sum(len(found[each]) for each in year),
            "trailingYearExpected": sum(len(self._expected[each] & set(hips)) for each in year),
            "status": "final" if self._final[quarter] else "provisional",
            "break": bool(definition) and since > min(each.since for each in self.world.definitions[indicator]),
        }
        result |= dict.fromkeys(
            ("value", "new", "trailingYear", "cumulative", "low", "high", "numerator", "denominator")
        )
        if definition is None:
            return result
        for measure, window in self.windows(indicator, quarter).items():
            rows = [row for each in window for rows in found[each].values() for row in rows]
            if any(found[each] for each in window):
                result[measure] = self._combine(indicator, definition.kind, rows)
        if result["reported"] and definition.kind == "ratio":
            rows = [row for rows in found[quarter].values() for row in rows]
            result["numerator"] = sum(row[0] for row in rows)
            result["denominator"] = sum(row[1] for row in rows)
        if result["reported"] and indicator in ORGANISATIONS:
            result["new"] = len(self.newcomers(hip, line, indicator, quarter))
        if result["reported"] and indicator == "companies":
            result["low"], result["high"] = self._bounds(hips, line, quarter, found[quarter])
        return result

    def windows(self, indicator: str, quarter: int) -> dict[str, list[int]]:
        """The quarters that each measure looks at."""
        definition = self.definition(indicator, quarter)
        if definition is None:
            return {"value": [], "trailingYear": [], "cumulative": []}
        if definition.kind == "stock":
            return {measure: [quarter] for measure in ("value", "trailingYear", "cumulative")}
        ever = [each for each in range(quarter + 1) if each >= definition.since]
        return {"value": [quarter], "trailingYear": [each for each in ever if each > quarter - 4], "cumulative": ever}

    def organisations(
        self, hip: str | None, line: str | None, indicator: str, quarters: list[int]
    ) -> set[str]:  # fmt: skip
        """Who took part in any of these quarters, as those that they count as."""
        return {row for each in quarters for rows in self.reported(hip, line, indicator, each).values() for row in rows}

    def newcomers(self, hip: str | None, line: str | None, indicator: str, quarter: int) -> set[str]:
        ever = self.windows(indicator, quarter)["cumulative"]
        before = self.organisations(hip, line, indicator, [each for each in ever if each < quarter])
        return self.organisations(hip, line, indicator, [quarter]) - before

    def root(self, organisation: str) -> str:
        if organisation not in self._roots:
            on = self.world.links.get(organisation)
            self._roots[organisation] = organisation if on is None else self.root(on)
        return self._roots[organisation]

    def reported(self, hip: str | None, line: str | None, indicator: str, quarter: int) -> dict[str, list[Any]]:
        """By HIP that reported: its rows, as far as they bear on the cell."""
        key = (hip, line, indicator, quarter)
        if key not in self._found:
            found: dict[str, list[Any]] = {}
            for each in self.world.hips if hip is None else [hip]:
                counts = self.world.counting.get((each, quarter))
                if counts is None:
                    continue
                rows = self._rows(counts.body, line, indicator, quarter)
                if indicator in ORGANISATIONS:
                    rows = [self.root(row) for row in rows]
                if rows or indicator in ORGANISATIONS:
                    found[each] = rows
            self._found[key] = found
        return self._found[key]

    def _rows(self, body: Body, line: str | None, indicator: str, quarter: int) -> list[Any]:
        definition = self.definition(indicator, quarter)
        assert definition is not None
        key = (id(body), line, indicator, definition.kind)
        if key not in self.world.kept:
            self.world.kept[key] = (body, list(rows_of(body, line, indicator, definition.kind)))
        return self.world.kept[key][1]

    def _combine(self, indicator: str, kind: str, rows: list[Any]) -> Any:
        if indicator in ORGANISATIONS:
            return len(set(rows))
        if kind == "ratio":
            whole = sum(row[1] for row in rows)
            part = sum(row[0] for row in rows)
            return (Decimal(part) / whole).quantize(Decimal("0.000001"), ROUND_HALF_EVEN) if whole else None
        return sum(rows)

    def _bounds(self, hips: list[str], line: str | None, quarter: int, found: dict[str, list[Any]]) -> tuple[int, int]:
        everyone = {row for rows in found.values() for row in rows}
        low, high = len(everyone), len(everyone)
        for hip in hips:
            counts = self.world.counting.get((hip, quarter))
            if counts is None:
                continue
            numbers = [
                row["count"]
                for row in counts.body["unidentifiedCompanies"]
                if line is None or row["actionLine"] == line
            ]
            high += sum(numbers)
            low = max(low, len(set(found[hip])) + max(numbers, default=0))
        return low, high

    def figures(self) -> Iterator[dict[str, Any]]:
        """The leaves, with the API's keys; the quarter as its index."""
        for (hip, quarter), counts in self.world.counting.items():
            for indicator in self.world.definitions:
                definition = self.definition(indicator, quarter)
                if definition is None or indicator in ORGANISATIONS or indicator == "cofinancing":
                    continue
                for line in [*self.world.lines, None]:
                    rows = list(rows_of(counts.body, line, indicator, definition.kind, exactly=True))
                    if not rows:
                        continue
                    is_ratio = definition.kind == "ratio"
                    yield {
                        "consortium": hip,
                        "quarter": quarter,
                        "actionLine": line,
                        "indicator": indicator,
                        "value": None if is_ratio else sum(rows),
                        "numerator": sum(row[0] for row in rows) if is_ratio else None,
                        "denominator": sum(row[1] for row in rows) if is_ratio else None,
                        "unit": definition.unit,
                        "version": counts.version,
                        "seq": counts.seq,
                    }

    # --- goals

    def progress(self, code: str) -> dict[str, Any]:
        """A goal in ended quarters, with the API's keys. Source: docs/semantics.md, "Goals"."""
        goal = self.world.goals[code]
        original, current = goal.revisions[0], goal.revisions[-1]
        over_a_year = goal.measure == "trailingYear"
        series, latest, latest_final = [], None, None
        for quarter, day in sorted(self.world.last_days.items()):
            cell = self.cell(None, None, goal.indicator, quarter)
            point = {
                "quarter": quarter,
                "value": cell[goal.measure],
                "planned": planned(current, day),
                "reported": cell["trailingYearReported" if over_a_year else "reported"],
                "expected": cell["trailingYearExpected" if over_a_year else "expected"],
                "status": cell["status"],
                "break": cell["break"],
            }
            series.append(point)
            if cell["reported"]:
                latest = point
                latest_final = point if cell["status"] == "final" else latest_final
        result: dict[str, Any] = {"series": series, "latest": latest, "latestFinal": latest_final}
        result |= dict.fromkeys(
            ("shareOfGrowth", "shareOfTarget", "shareOfOriginalGrowth", "shareOfOriginalTarget", "neededPerQuarter",
             "atCurrentPace")
        )  # fmt: skip
        if latest is None or latest["value"] is None:
            return result
        value = Fraction(latest["value"])
        result["shareOfGrowth"], result["shareOfTarget"] = shares(current, value)
        result["shareOfOriginalGrowth"], result["shareOfOriginalTarget"] = shares(original, value)
        day = self.world.last_days[latest["quarter"]]
        to_come = ended_by(current.target_date) - ended_by(day)
        if current.target is not None and to_come > 0:
            result["neededPerQuarter"] = six((Fraction(current.target) - value) / to_come)
        earlier = next((point["value"] for point in series if point["quarter"] == latest["quarter"] - 4), None)
        if earlier is None and ended_by(current.baseline_date) == ended_by(day) - 4:
            earlier = current.baseline
        if earlier is not None and self._is_one_meaning(goal, latest["quarter"]):
            pace = (value - Fraction(earlier)) / 4
            result["atCurrentPace"] = six(value + pace * max(to_come, 0))
        return result

    def _is_one_meaning(self, goal: Goal, quarter: int) -> bool:
        """Whether the two figures of a pace, and all quarters that they are over, have the same definition."""
        oldest = quarter - 7 if goal.measure == "trailingYear" else quarter - 4
        first = min(each.since for each in self.world.definitions[goal.indicator])
        now = self.definition(goal.indicator, quarter)
        return now is not None and (now.since == first or now.since <= oldest)


def rows_of(body: Body, line: str | None, indicator: str, kind: str, *, exactly: bool = False) -> Iterator[Any]:
    """What a body says for an indicator in a line; of all lines for None, or `exactly` only rows without a line."""

    def in_line(row: dict[str, Any]) -> bool:
        return row.get("actionLine") == line or (line is None and not exactly)

    if indicator in ORGANISATIONS:
        for row in body["participations"]:
            company = row["organisationType"] == "company" and row["involvement"] != "internship"
            counts = {
                "partners": True,
                "companies": company,
                "companies-sme": company and row.get("sizeClass", "unknown") in SME,
            }[indicator]
            if counts and in_line(row):
                yield row.get("kvkNumber") or row["institutionCode"]
    elif indicator in PERSONS:
        group, member = PERSONS[indicator]
        for row in body["headcounts"]:
            if row["group"] == group and in_line(row):
                yield row[member]
    elif indicator == "cofinancing":
        for row in body["figures"]:
            if row["indicator"] in ("cofinancing-cash", "cofinancing-in-kind") and line is None:
                yield Decimal(str(row["value"]))
    else:
        for row in body["figures"]:
            if row["indicator"] == indicator and in_line(row):
                yield (row["numerator"], row["denominator"]) if kind == "ratio" else Decimal(str(row["value"]))


def six(number: Fraction) -> Decimal:
    """Six decimals, half to even."""
    return Decimal(round(number * 10**6)).scaleb(-6)


def ended_by(day: date) -> int:
    """How many quarters have ended by the end of that day, since the year 0."""
    morrow = day + timedelta(days=1)
    return morrow.year * 4 + (morrow.month - 1) // 3


def shares(revision: Revision, value: Fraction) -> tuple[Decimal | None, Decimal | None]:
    """Of the growth and of the target."""
    of_growth = of_target = None
    if revision.target is not None and revision.target != 0:
        of_target = six(value / Fraction(revision.target))
    if revision.target is not None and revision.baseline is not None and revision.target != revision.baseline:
        growth = Fraction(revision.target - revision.baseline)
        of_growth = six((value - Fraction(revision.baseline)) / growth)
    return of_growth, of_target


def planned(revision: Revision, day: date) -> Decimal | None:
    """On the straight line between the two points around it; level beyond the first and the last."""
    if revision.baseline is None or revision.target is None:
        return None
    points = sorted(
        {
            ended_by(revision.baseline_date): Fraction(revision.baseline),
            **{ended_by(at): Fraction(value) for at, value in revision.milestones},
            ended_by(revision.target_date): Fraction(revision.target),
        }.items()
    )
    now = ended_by(day)
    if now <= points[0][0]:
        return six(points[0][1])
    for (start, low), (end, high) in pairwise(points):
        if now <= end:
            return six(low + (high - low) * (now - start) / (end - start))
    return six(points[-1][1])
