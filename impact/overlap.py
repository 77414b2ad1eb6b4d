"""Which organisations connect which HIPs: how many are in two of them, in one, two, three …, and who they are.

Every organisation is a set of HIPs, kept as a bit mask: PostgreSQL makes a histogram of the masks; pairs, totals and
"in at least so many" follow from that. Reads only. Source: docs/semantics.md, "Which organisations connect HIPs".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import connection

from consortia import access
from consortia.access import Permission
from impact.distinct import ROWS_OF_RULE, RULE_PARAMETERS
from impact.ledger import Counting, State
from impact.measures import Window, mask
from impact.models import EntryKind, Measure, Rule
from impact.models.codebook import DISTINCT_RULES

MOST_HIPS = 62
"""A HIP is a bit in a 64-bit mask."""


@dataclass(frozen=True)
class Span:
    """What is counted, by one rule, over which quarters: a measure of an indicator in a quarter."""

    rule: str
    quarters: range


def span_of(state: State, indicator_id: int, quarter: int, measure: str) -> Span | None:
    """The quarters of that measure, without those of an older definition; None where no organisations are counted."""
    in_force = state.definition(indicator_id, quarter)
    if in_force is None or in_force[1].rule not in DISTINCT_RULES:
        return None
    window = Window(quarter, in_force[0])
    quarters = {
        Measure.VALUE.value: window.now,
        Measure.TRAILING_YEAR.value: window.year,
        Measure.CUMULATIVE.value: window.ever,
    }[measure]
    return Span(in_force[1].rule, quarters)


@dataclass(frozen=True)
class Wanted:
    """Organisations that are in all of these HIPs, and in at least so many of all HIPs."""

    hips: frozenset[int] = frozenset()
    at_least: int = 1

    def has(self, hips: frozenset[int]) -> bool:
        return self.hips <= hips and len(hips) >= self.at_least


@dataclass(frozen=True)
class Overlaps:
    """How many organisations are in which HIPs, over one span."""

    reported: frozenset[int]
    """The HIPs that reported in the span; of any other nothing is known."""
    sets: Mapping[frozenset[int], int]
    """By the HIPs that an organisation is in: how many there are of it."""

    @property
    def total(self) -> int | None:
        """The programme's number; None where nobody reported."""
        return self.number_of(Wanted())

    def between(self, hip: int, other: int) -> int | None:
        """Organisations in both; with itself a HIP's own number. None where one of the two did not report."""
        if not {hip, other} <= self.reported:
            return None
        return self._pairs[min(hip, other), max(hip, other)]

    def in_exactly(self) -> dict[int, int]:
        """How many are in one HIP, in two, and so on without a gap; adds up to the programme's number."""
        counts: Counter[int] = Counter()
        for hips, number in self.sets.items():
            counts[len(hips)] += number
        return {size: counts[size] for size in range(1, max(counts, default=0) + 1)}

    def number_of(self, wanted: Wanted, *, within: frozenset[int] | None = None) -> int | None:
        """How many there are; `within` counts those of which these HIPs alone show that they are wanted."""
        if not self.reported or not wanted.hips <= self.reported:
            return None
        return sum(
            number for hips, number in self.sets.items() if wanted.has(hips if within is None else hips & within)
        )

    @cached_property
    def _pairs(self) -> Counter[tuple[int, int]]:
        pairs: Counter[tuple[int, int]] = Counter()
        for hips, number in self.sets.items():
            ordered = sorted(hips)
            for pair in (*combinations(ordered, 2), *zip(ordered, ordered, strict=True)):
                pairs[pair] += number
        return pairs


_RESOLVED = """
    counting AS (
        SELECT * FROM unnest(%(versions)s::bigint[], %(hips)s::bigint[], %(quarters)s::bigint[])
            AS c(version_id, hip, quarter)
    ), linked AS (
        SELECT * FROM unnest(%(linked)s::uuid[], %(roots)s::uuid[], %(faces)s::uuid[])
            AS l(organisation_id, root, face)
    ), seen AS (
        SELECT p.organisation_id, c.hip, bit_or(c.quarter) AS quarters
        FROM impact_participation p JOIN counting c ON c.version_id = p.version_id
        WHERE {rows} GROUP BY 1, 2
    ), resolved AS (
        -- After the grouping, where there are far fewer rows to look up.
        SELECT coalesce(l.root, s.organisation_id) AS organisation_id, coalesce(l.face, s.organisation_id) AS face,
            s.hip, s.quarters
        FROM seen s LEFT JOIN linked l ON l.organisation_id = s.organisation_id
    )
"""
_COUNT = """
    WITH {resolved}, spans AS (
        SELECT * FROM unnest(%(places)s::int[], %(spans)s::bigint[]) AS w(place, quarters)
    ), sets AS (
        SELECT w.place, r.organisation_id, bit_or(r.hip) AS hips
        FROM resolved r JOIN spans w ON r.quarters & w.quarters <> 0
        GROUP BY 1, 2
    )
    SELECT place, hips, count(*) FROM sets GROUP BY 1, 2
"""


def count(state: State, spans: Sequence[Span | None]) -> list[Overlaps]:
    """The overlaps over each of these spans, in their order; one query for every rule among them."""
    bits = _bits(state)
    found: list[dict[frozenset[int], int]] = [{} for _span in spans]
    for rule in DISTINCT_RULES:
        places = [place for place, each in enumerate(spans) if each is not None and each.rule == rule]
        wanted = {quarter for place in places for quarter in _quarters(spans[place])}
        counting = [row for row in state.counting if row.quarter in wanted]
        if not counting:
            continue
        parameters = {
            **_parameters(state, counting, bits),
            "places": places,
            "spans": [mask(_quarters(spans[place])) for place in places],
        }
        with connection.cursor() as cursor:
            cursor.execute(_COUNT.format(resolved=_RESOLVED.format(rows=ROWS_OF_RULE[rule])), parameters)
            for place, hips, number in cursor.fetchall():
                found[place][_hips(hips, bits)] = number
    return [
        Overlaps(frozenset(row.consortium_id for row in state.counting if row.quarter in _quarters(each)), sets)
        for each, sets in zip(spans, found, strict=True)
    ]


def _quarters(span: Span | None) -> range:
    return range(0) if span is None else span.quarters


def _bits(state: State) -> dict[int, int]:
    """The bit of each HIP of which anything counts."""
    hips = sorted({row.consortium_id for row in state.counting})
    assert len(hips) <= MOST_HIPS
    return {hip: 1 << place for place, hip in enumerate(hips)}


def _hips(bits_set: int, bits: Mapping[int, int]) -> frozenset[int]:
    return frozenset(hip for hip, bit in bits.items() if bits_set & bit)


def _parameters(state: State, counting: Iterable[Counting], bits: Mapping[int, int]) -> dict[str, Any]:
    counting, roots = list(counting), state.roots()
    return {
        **RULE_PARAMETERS,
        "versions": [row.version_id for row in counting],
        "hips": [bits[row.consortium_id] for row in counting],
        "quarters": [1 << row.quarter for row in counting],
        "linked": list(roots),
        "roots": list(roots.values()),
        "faces": [_face(state, organisation) for organisation in roots],
    }


def _face(state: State, organisation: UUID) -> UUID:
    """The organisation under whose name a row is shown: merged ones are one record, taken-over ones keep their name."""
    for link in state.path_of(organisation):
        if link.kind != EntryKind.MERGE:
            break
        organisation = link.target
    return organisation


# --- who they are

PAGE_SIZE = 100


@dataclass(frozen=True)
class Member:
    """One organisation, and in which of the HIPs that the reader sees it takes part."""

    organisation_id: UUID
    name: str
    identifier: str
    hips: frozenset[int]


@dataclass(frozen=True)
class Members:
    """A page of names, and how many there are that it does not name."""

    total: int | None
    """All organisations that are wanted; None where a HIP did not report."""
    named: int
    """Of these, those whose name this reader may see; the others are counted and not listed."""
    page: tuple[Member, ...]
    last: UUID | None
    """The last organisation of the page, where more follow."""

    @property
    def not_named(self) -> int:
        return (self.total or 0) - self.named


def sees_in(user: Any) -> frozenset[int] | None:
    """The HIPs whose counting reports the user sees, with the organisations in them; None stands for all."""
    hips = access.consortia_where(user, Permission.SEE_COUNTING)
    return None if hips is None else frozenset(hips)


_MEMBERS = """
    WITH {resolved}, chosen AS (
        -- Under the newest of its names in these quarters.
        SELECT (array_agg(face ORDER BY quarters DESC, face))[1] AS face, bit_or(hip) AS hips
        FROM resolved GROUP BY organisation_id
        HAVING bit_or(hip) & %(all_of)s = %(all_of)s AND bit_count(bit_or(hip)::bit(64)) >= %(at_least)s
    )
    SELECT o.id, o.name, coalesce(o.kvk_number, o.institution_code, ''), chosen.hips
    FROM chosen JOIN consortia_organisation o ON o.id = chosen.face
    WHERE %(after)s::uuid IS NULL
        OR (lower(o.name), o.id) > (SELECT lower(name), id FROM consortia_organisation WHERE id = %(after)s::uuid)
    ORDER BY lower(o.name), o.id LIMIT %(limit)s
"""


def members(
    state: State,
    span: Span | None,
    wanted: Wanted,
    user: Any,
    *,
    overlaps: Overlaps | None = None,
    after: UUID | None = None,
    size: int = PAGE_SIZE,
) -> Members:
    """The organisations that are wanted, by name, as far as the user may know it of them.

    An organisation is named only where the HIPs that the user sees show by themselves that it is wanted: who sees
    one HIP alone cannot learn which of its organisations another one lists as well.
    """
    if overlaps is None:
        overlaps = count(state, [span])[0]
    total, seen = overlaps.number_of(wanted), sees_in(user)
    named = overlaps.number_of(wanted, within=seen) or 0
    if span is None or not named:
        return Members(total, 0, (), None)
    bits = _bits(state)
    counting = [
        row for row in state.counting if row.quarter in span.quarters and (seen is None or row.consortium_id in seen)
    ]
    parameters = {
        **_parameters(state, counting, bits),
        "all_of": sum(bits[hip] for hip in wanted.hips),
        "at_least": wanted.at_least,
        "after": after,
        "limit": size + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS.format(resolved=_RESOLVED.format(rows=ROWS_OF_RULE[Rule(span.rule)])), parameters)
        rows = cursor.fetchall()
    page = tuple(Member(pk, name, code, _hips(hips, bits)) for pk, name, code, hips in rows[:size])
    return Members(total, named, page, page[-1].organisation_id if len(rows) > size else None)
