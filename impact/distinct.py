"""Counting different organisations exactly, over HIPs, action lines and quarters.

One pass gives every organisation and scope a bit mask of the quarters in which it took part. In a quarter,
new, trailing year and cumulative are then bit tests on a histogram of masks instead of distinct counts over
all rows. Linked organisations are joined in between. Source: docs/semantics.md, "Measures", "Scopes and action lines
overlap" and "Rows keep the organisation as reported".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consortia.models import OrganisationType, SizeClass
from impact.ledger import State
from impact.measures import Window, mask
from impact.models.codebook import Rule
from impact.models.reports import Involvement


@dataclass(frozen=True)
class Asked:
    """One indicator in one quarter: what to count, and over which quarters."""

    indicator_id: int
    rule: str
    window: Window


@dataclass(frozen=True)
class Distinct:
    """Different organisations in a quarter, first seen in it, in its year, and ever."""

    value: int
    new: int
    trailing_year: int
    cumulative: int


NONE = Distinct(0, 0, 0, 0)

Scope = tuple[int | None, int | None]
"""(HIP or None for the programme, action line or None for all)."""

_COMPANY = "p.organisation_type = %(company)s AND p.involvement <> %(internship)s"
_ROWS_OF_RULE = {
    Rule.COMPANIES: _COMPANY,
    Rule.COMPANIES_SME: f"{_COMPANY} AND p.size_class = ANY(%(sme)s)",
    Rule.PARTNERS: "TRUE",
}
_COLUMN_OF_RULE = {rule: f"mask_{number}" for number, rule in enumerate(_ROWS_OF_RULE)}
_GROUPING_SETS = {
    (True, True): "(organisation_id, hip, line)",
    (True, False): "(organisation_id, hip)",
    (False, True): "(organisation_id, line)",
    (False, False): "(organisation_id)",
}


def _sql(shapes: Iterable[tuple[bool, bool]]) -> str:
    first = ", ".join(
        f"bit_or(c.bit) FILTER (WHERE {rows}) AS {_COLUMN_OF_RULE[rule]}" for rule, rows in _ROWS_OF_RULE.items()
    )
    columns = ", ".join(_COLUMN_OF_RULE.values())
    again = ", ".join(f"bit_or({column}) AS {column}" for column in _COLUMN_OF_RULE.values())
    histogram = " UNION ALL ".join(
        f"SELECT '{rule.value}' AS rule, hip, line, {column} AS mask, count(*) AS n "  # noqa: S608 - no input
        f"FROM masks WHERE {column} IS NOT NULL GROUP BY 1, 2, 3, 4"
        for rule, column in _COLUMN_OF_RULE.items()
    )
    made = sorted(set(shapes))
    sets = ", ".join(_GROUPING_SETS[shape] for shape in made)
    # A column that is in no grouping set cannot be named: it stands for all.
    hip = "hip" if any(per_hip for per_hip, _per_line in made) else "NULL::bigint AS hip"
    line = "line" if any(per_line for _per_hip, per_line in made) else "NULL::bigint AS line"
    return f"""
        WITH counting AS (
            SELECT * FROM unnest(%(versions)s::bigint[], %(hips)s::bigint[], %(bits)s::bigint[])
                AS c(version_id, hip, bit)
        ), asked AS (
            SELECT * FROM unnest(%(indicators)s::bigint[], %(rules)s::text[], %(quarters)s::int[],
                %(now)s::bigint[], %(years)s::bigint[], %(evers)s::bigint[])
                AS a(indicator_id, rule, quarter, now, year, ever)
        ), seen AS (
            SELECT p.organisation_id, c.hip, p.action_line_id AS line, {first}
            FROM impact_participation p JOIN counting c ON c.version_id = p.version_id
            GROUP BY 1, 2, 3
        ), linked AS (
            SELECT * FROM unnest(%(linked)s::uuid[], %(roots)s::uuid[]) AS l(organisation_id, root)
        ), resolved AS (
            -- After the grouping, where there are far fewer rows to look up.
            SELECT coalesce(l.root, s.organisation_id) AS organisation_id, s.hip, s.line, {columns}
            FROM seen s LEFT JOIN linked l ON l.organisation_id = s.organisation_id
        ), masks AS (
            SELECT {hip}, {line}, {again} FROM resolved GROUP BY GROUPING SETS ({sets})
        ), histogram AS ({histogram})
        SELECT a.indicator_id, h.hip, h.line, a.quarter,
            coalesce(sum(h.n) FILTER (WHERE h.mask & a.now <> 0), 0),
            coalesce(sum(h.n) FILTER (WHERE h.mask & a.ever = a.now), 0),
            coalesce(sum(h.n) FILTER (WHERE h.mask & a.year <> 0), 0),
            coalesce(sum(h.n) FILTER (WHERE h.mask & a.ever <> 0), 0)
        FROM histogram h JOIN asked a ON a.rule = h.rule
        GROUP BY 1, 2, 3, 4
    """  # noqa: S608 - made of the constants above


def count(
    state: State, asked: Sequence[Asked], shapes: Iterable[tuple[bool, bool]]
) -> dict[tuple[int, Scope, int], Distinct]:
    """Distinct counts by (indicator, scope, quarter) for the versions that count, with the links that stand.

    `shapes` says which scopes to make: (per HIP?, per action line?). A cell without any organisation is
    left out: it is `NONE`.
    """
    counting = state.counting
    if not counting or not asked:
        return {}
    roots = state.roots()
    parameters: dict[str, Any] = {
        "company": OrganisationType.COMPANY.value,
        "internship": Involvement.INTERNSHIP.value,
        "sme": [SizeClass.MICRO.value, SizeClass.SMALL.value, SizeClass.MEDIUM.value],
        "versions": [row.version_id for row in counting],
        "hips": [row.consortium_id for row in counting],
        "bits": [1 << row.quarter for row in counting],
        "linked": list(roots),
        "roots": list(roots.values()),
        "indicators": [row.indicator_id for row in asked],
        "rules": [row.rule for row in asked],
        "quarters": [row.window.quarter for row in asked],
        "now": [1 << row.window.quarter for row in asked],
        "years": [mask(row.window.year) for row in asked],
        "evers": [mask(row.window.ever) for row in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(_sql(shapes), parameters)
        return {
            (indicator, (hip, line), quarter): Distinct(int(value), int(new), int(year), int(ever))
            for indicator, hip, line, quarter, value, new, year, ever in cursor.fetchall()
        }
