"""What the portal must count, worked out the slow way from plain data: sets and loops, no database.

An independent model of docs/semantics.md for the tests; it shares no code with `impact`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
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


@dataclass
class Definition:
    since: int
    kind: str
    by_action_line: bool = True


@dataclass
class World:
    """Quarters are indexes; `counting` holds the bodies that count, by HIP and quarter."""

    hips: list[str]
    lines: list[str]
    last_days: dict[int, date]
    definitions: dict[str, list[Definition]]
    takes_part: dict[str, tuple[date, date | None]]
    closed: set[int] = field(default_factory=set)
    counting: dict[tuple[str, int], Body] = field(default_factory=dict)

    def definition(self, indicator: str, quarter: int) -> Definition | None:
        known = [each for each in self.definitions[indicator] if each.since <= quarter]
        return max(known, key=lambda each: each.since) if known else None

    def expected(self, quarter: int) -> set[str]:
        day = self.last_days[quarter]
        there = {
            hip for hip, (first, last) in self.takes_part.items() if first <= day and (last is None or day <= last)
        }
        return there | {hip for hip, at in self.counting if at == quarter}

    def is_final(self, quarter: int) -> bool:
        if quarter not in self.closed:
            return False
        for each in range(max(0, quarter - 3), quarter + 1):
            if any((hip, each) not in self.counting for hip in self.expected(each)):
                return False
        return True

    def cell(self, hip: str | None, line: str | None, indicator: str, quarter: int) -> dict[str, Any]:
        """The roll-up cell, with the API's keys."""
        hips = self.hips if hip is None else [hip]
        definition = self.definition(indicator, quarter)
        since = definition.since if definition else quarter + 1
        year = [each for each in range(quarter - 3, quarter + 1) if each >= max(since, 0)]
        ever = [each for each in range(quarter + 1) if each >= since]
        found = {each: self._reported(hips, line, indicator, each) for each in ever}
        result: dict[str, Any] = {
            "reported": len(found[quarter]) if quarter in found else 0,
            "expected": len(self.expected(quarter) & set(hips)),
            "trailingYearReported": sum(len(found[each]) for each in year),
            "trailingYearExpected": sum(len(self.expected(each) & set(hips)) for each in year),
            "status": "final" if self.is_final(quarter) else "provisional",
            "break": bool(definition) and since > min(each.since for each in self.definitions[indicator]),
        }
        result |= dict.fromkeys(
            ("value", "new", "trailingYear", "cumulative", "low", "high", "numerator", "denominator")
        )
        if definition is None:
            return result
        now = [quarter]
        windows = {"value": now, "trailingYear": year, "cumulative": ever}
        if definition.kind == "stock":
            windows = dict.fromkeys(windows, now)
        for measure, window in windows.items():
            rows = [row for each in window for rows in found[each].values() for row in rows]
            if any(found[each] for each in window):
                result[measure] = self._combine(indicator, definition.kind, rows)
        if result["reported"] and definition.kind == "ratio":
            rows = [row for rows in found[quarter].values() for row in rows]
            result["numerator"] = sum(row[0] for row in rows)
            result["denominator"] = sum(row[1] for row in rows)
        if result["reported"] and indicator in ORGANISATIONS:
            before = {row for each in ever if each < quarter for rows in found[each].values() for row in rows}
            result["new"] = len({row for rows in found[quarter].values() for row in rows} - before)
        if result["reported"] and indicator == "companies":
            result["low"], result["high"] = self._bounds(hips, line, quarter, found[quarter])
        return result

    def _reported(self, hips: list[str], line: str | None, indicator: str, quarter: int) -> dict[str, list[Any]]:
        """By HIP that reported: its rows, as far as they bear on the cell."""
        found: dict[str, list[Any]] = {}
        for hip in hips:
            body = self.counting.get((hip, quarter))
            if body is None:
                continue
            rows = list(self._rows(body, line, indicator, quarter))
            if rows or indicator in ORGANISATIONS:
                found[hip] = rows
        return found

    def _rows(self, body: Body, line: str | None, indicator: str, quarter: int) -> Iterator[Any]:
        def in_line(row: dict[str, Any]) -> bool:
            return line is None or row.get("actionLine") == line

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
                    definition = self.definition(indicator, quarter)
                    assert definition is not None
                    if definition.kind == "ratio":
                        yield row["numerator"], row["denominator"]
                    else:
                        yield Decimal(str(row["value"]))

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
            body = self.counting.get((hip, quarter))
            if body is None:
                continue
            counts = [
                row["count"] for row in body["unidentifiedCompanies"] if line is None or row["actionLine"] == line
            ]
            high += sum(counts)
            low = max(low, len(set(found[hip])) + max(counts, default=0))
        return low, high
