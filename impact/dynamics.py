"""Who came, stayed, came back and went: organisations from one quarter to the next, and what becomes of a cohort.

Of every organisation two bit masks are enough: the quarters in which it took part, and those of them after which a HIP
that listed it has not reported yet. All else is bit tests on a histogram of the two. Reads only.
Source: docs/semantics.md, "From one quarter to the next".
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from impact.coverage import Participants
from impact.distinct import GROUPING_SETS, ROWS_OF_RULE, RULE_PARAMETERS, Scope
from impact.ledger import State
from impact.measures import Window, mask, share
from impact.models import Quarter
from impact.models.codebook import DISTINCT_RULES, Rule


@dataclass(frozen=True)
class Movement:
    """One quarter of a scope. present = new + stayed + returning; present before = stayed + lost + unknown."""

    present: int | None = None
    """None, as all the others, where nobody reported the quarter."""
    new: int | None = None
    """Seen for the first time."""
    stayed: int | None = None
    """Also there in the quarter before."""
    returning: int | None = None
    """Seen earlier, and not in the quarter before."""
    lost: int | None = None
    """There in the quarter before, and now not; None where nobody reported that, or it is counted differently."""
    unknown: int | None = None
    """As lost, but of a HIP that has not reported this quarter: missing is not zero."""


NOT_REPORTED = Movement()


@dataclass(frozen=True)
class Cohort:
    """The organisations that were first seen in one quarter."""

    quarter: int
    size: int
    is_first: bool
    """The first quarter that anybody reported: everybody who was there already is in it."""
    present: Mapping[int, int]
    """By each later quarter that was reported: how many of them take part."""

    def share(self, quarter: int) -> Decimal | None:
        return share(self.present[quarter], self.size)


Histogram = Mapping[tuple[int, int], int]
"""(quarters in which it took part, those of them after which is a gap) → organisations."""

_HISTOGRAM = """
    WITH counting AS (
        SELECT * FROM unnest(%(versions)s::bigint[], %(hips)s::bigint[], %(bits)s::bigint[], %(gaps)s::bigint[])
            AS c(version_id, hip, bit, gap)
    ), linked AS (
        SELECT * FROM unnest(%(linked)s::uuid[], %(roots)s::uuid[]) AS l(organisation_id, root)
    ), seen AS (
        SELECT p.organisation_id, c.hip, p.action_line_id AS line, bit_or(c.bit) AS seen, bit_or(c.gap) AS gaps
        FROM impact_participation p JOIN counting c ON c.version_id = p.version_id
        WHERE {rows} GROUP BY 1, 2, 3
    ), resolved AS (
        SELECT coalesce(l.root, s.organisation_id) AS organisation_id, s.hip, s.line, s.seen, s.gaps
        FROM seen s LEFT JOIN linked l ON l.organisation_id = s.organisation_id
        -- Not before the grouping: the planner takes a line for far fewer rows than it has.
        WHERE {lines}
    ), masks AS (
        SELECT {hip}, {line}, bit_or(seen) AS seen, bit_or(gaps) AS gaps
        FROM resolved GROUP BY GROUPING SETS ({sets})
    )
    SELECT hip, line, seen, gaps, count(*) FROM masks GROUP BY 1, 2, 3, 4
"""


class Dynamics:
    """The histograms of some scopes, of one state, and what follows from them."""

    def __init__(
        self, state: State, quarters: Iterable[Quarter], scopes: Collection[Scope], indicators: Collection[int]
    ) -> None:
        self._state = state
        self._participants = Participants.of(state, quarters)
        rules = {
            definition.rule for pk in indicators for _since, definition in state.definitions.get(pk, ())
        }.intersection(DISTINCT_RULES)
        self._histograms = {rule: self._read(rule, scopes) for rule in rules}

    def movement(self, scope: Scope, indicator: int, quarter: int) -> Movement:
        """What happened from the quarter before to this one; a changed definition begins anew."""
        in_force = self._state.definition(indicator, quarter)
        if in_force is None or in_force[1].rule not in DISTINCT_RULES:
            return NOT_REPORTED
        if not self._participants.reported_in(scope[0], quarter):
            return NOT_REPORTED
        window = Window(quarter, in_force[0])
        has_before = quarter - 1 in window.ever and bool(self._participants.reported_in(scope[0], quarter - 1))
        return _movement(self._histogram(in_force[1].rule, scope), window, has_before=has_before)

    def retention(self, scope: Scope, indicator: int, upto: int) -> list[Cohort]:
        """Of each cohort, by the definition that holds in the quarter `upto`, who was there in later quarters."""
        in_force = self._state.definition(indicator, upto)
        if in_force is None or in_force[1].rule not in DISTINCT_RULES:
            return []
        ever = Window(upto, in_force[0]).ever
        reported = [quarter for quarter in ever if self._participants.reported_in(scope[0], quarter)]
        return _cohorts(self._histogram(in_force[1].rule, scope), mask(ever), reported)

    def is_final(self, quarter: int) -> bool:
        return self._participants.is_final(self._state, quarter)

    def is_break(self, indicator: int, quarter: int) -> bool:
        """Whether an older definition went before: what was counted by it is left out."""
        return self._state.break_in(indicator, quarter) is not None

    def reported_in(self, scope: Scope, quarter: int) -> int:
        return self._participants.reported_in(scope[0], quarter)

    def expected_in(self, scope: Scope, quarter: int) -> int:
        return self._participants.expected_in(scope[0], quarter)

    def _histogram(self, rule: str, scope: Scope) -> Histogram:
        return self._histograms[rule].get(scope, {})

    def _read(self, rule: str, scopes: Collection[Scope]) -> dict[Scope, dict[tuple[int, int], int]]:
        state = self._state
        hips = {hip for hip, _line in scopes}
        lines = {line for _hip, line in scopes}
        counting = [row for row in state.counting if None in hips or row.consortium_id in hips]
        if not counting:
            return {}
        roots = state.roots()
        shapes = sorted({(hip is not None, line is not None) for hip, line in scopes})
        parameters: dict[str, Any] = {
            **RULE_PARAMETERS,
            "versions": [row.version_id for row in counting],
            "hips": [row.consortium_id for row in counting],
            "bits": [1 << row.quarter for row in counting],
            "gaps": [(1 << row.quarter) * self._is_gap(row.consortium_id, row.quarter + 1) for row in counting],
            "linked": list(roots),
            "roots": list(roots.values()),
            "lines": [line for line in lines if line is not None],
        }
        sql = _HISTOGRAM.format(
            rows=ROWS_OF_RULE[Rule(rule)],
            lines="TRUE" if None in lines else "s.line = ANY(%(lines)s)",
            # A column that is in no grouping set cannot be named: it stands for all.
            hip="hip" if any(per_hip for per_hip, _per_line in shapes) else "NULL::bigint AS hip",
            line="line" if any(per_line for _per_hip, per_line in shapes) else "NULL::bigint AS line",
            sets=", ".join(GROUPING_SETS[shape] for shape in shapes),
        )
        found: dict[Scope, dict[tuple[int, int], int]] = defaultdict(dict)
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            for hip, line, seen, gaps, number in cursor.fetchall():
                found[hip, line][seen, gaps] = number
        return found

    def _is_gap(self, consortium: int, quarter: int) -> bool:
        """Whether the HIP should have reported the quarter and has not. Who has left owes nothing any more."""
        people = self._participants
        return people.expected_in(consortium, quarter) > people.reported_in(consortium, quarter)


def _movement(histogram: Histogram, window: Window, *, has_before: bool) -> Movement:
    now, before, ever = 1 << window.quarter, 0, mask(window.ever)
    if has_before:
        before = 1 << (window.quarter - 1)
    present = new = stayed = lost = unknown = 0
    for (seen, gaps), number in histogram.items():
        was_there = seen & before
        if seen & now:
            present += number
            if seen & ever == now:
                new += number
            if was_there:
                stayed += number
        elif was_there:
            if gaps & before:
                unknown += number
            else:
                lost += number
    return Movement(
        present=present,
        new=new,
        stayed=stayed,
        returning=present - new - stayed,
        lost=lost if has_before else None,
        unknown=unknown if has_before else None,
    )


def _cohorts(histogram: Histogram, ever: int, reported: Sequence[int]) -> list[Cohort]:
    sizes: dict[int, int] = dict.fromkeys(reported, 0)
    present = {first: {later: 0 for later in reported if later > first} for first in reported}
    for (seen, _gaps), number in histogram.items():
        counted = seen & ever
        if not counted:
            continue
        first = (counted & -counted).bit_length() - 1
        sizes[first] += number
        for later in present[first]:
            if counted >> later & 1:
                present[first][later] += number
    return [Cohort(quarter, sizes[quarter], quarter == reported[0], present[quarter]) for quarter in reported]
