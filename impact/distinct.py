"""Counting different organisations exactly, over HIPs, action lines and quarters.

One pass gives every organisation and scope a bit mask of the quarters in which it took part. In a quarter,
new, trailing year and cumulative are then bit tests on a histogram of masks instead of distinct counts over
all rows. Linked organisations are joined in between. Source: docs/semantics.md, "Measures", "Scopes and action lines
overlap" and "Rows keep the organisation as reported".
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consortia.models import OrganisationType, SizeClass
from impact.ledger import State
from impact.measures import Window, mask
from impact.models.codebook import Rule
from impact.models.content import Involvement


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
ROWS_OF_RULE = {
    Rule.COMPANIES: _COMPANY,
    Rule.COMPANIES_SME: f"{_COMPANY} AND p.size_class = ANY(%(sme)s)",
    Rule.PARTNERS: "TRUE",
}
"""Which rows `p` of participations an indicator counts, as SQL with `RULE_PARAMETERS`."""
RULE_PARAMETERS: dict[str, Any] = {
    "company": OrganisationType.COMPANY.value,
    "internship": Involvement.INTERNSHIP.value,
    "sme": [SizeClass.MICRO.value, SizeClass.SMALL.value, SizeClass.MEDIUM.value],
}
GROUPING_SETS = {
    (True, True): "(organisation_id, hip, line)",
    (True, False): "(organisation_id, hip)",
    (False, True): "(organisation_id, line)",
    (False, False): "(organisation_id)",
}
"""By whether HIPs and whether lines are told apart, as SQL."""


def _sql(asked_rules: Collection[str], shapes: Iterable[tuple[bool, bool]]) -> str:
    """Rows → an organisation in a place → its masks in every scope → histogram of masks → bit tests.

    The rules that a row counts for are one number, `counts_for`, so that the first and largest grouping has one
    aggregate. A linked organisation becomes its root after that grouping, by a binary search instead of a join: the
    planner cannot know how few rows are linked, and would prepare for many.
    """
    made = sorted(set(shapes))
    rules = [rule for rule in ROWS_OF_RULE if rule in asked_rules]
    mask_of = {rule: f"mask_{number}" for number, rule in enumerate(rules)}
    # What is in no grouping set is not grouped by either: it stands for all.
    hip = "hip" if any(per_hip for per_hip, _per_line in made) else "NULL::bigint"
    line = "line" if any(per_line for _per_hip, per_line in made) else "NULL::bigint"
    counts_for = " + ".join(
        f"CASE WHEN {ROWS_OF_RULE[rule]} THEN {1 << number} ELSE 0 END" for number, rule in enumerate(rules)
    )
    masks = ", ".join(
        f"bit_or(mask) FILTER (WHERE counts_for & {1 << number} <> 0) AS {mask}"
        for number, mask in enumerate(mask_of.values())
    )
    columns = ", ".join(mask_of.values())
    by_rule = ", ".join(f"('{rule.value}', {mask})" for rule, mask in mask_of.items())
    return f"""
        WITH counting AS (
            SELECT * FROM unnest(%(versions)s::bigint[], %(hips)s::bigint[], %(bits)s::bigint[])
                AS c(version_id, hip, bit)
        ), asked AS (
            SELECT * FROM unnest(%(indicators)s::bigint[], %(rules)s::text[], %(quarters)s::int[],
                %(now)s::bigint[], %(years)s::bigint[], %(evers)s::bigint[])
                AS a(indicator_id, rule, quarter, now, year, ever)
        ), rows AS (
            SELECT p.organisation_id, c.hip, p.action_line_id AS line, {counts_for} AS counts_for, c.bit
            FROM impact_participation p JOIN counting c ON c.version_id = p.version_id
        ), seen AS (
            SELECT organisation_id, {hip} AS hip, {line} AS line, counts_for, bit_or(bit) AS mask
            FROM rows GROUP BY 1, 2, 3, 4
        ), resolved AS (
            SELECT CASE (%(linked)s::uuid[])[width_bucket(organisation_id, %(linked)s::uuid[])]
                WHEN organisation_id THEN (%(roots)s::uuid[])[width_bucket(organisation_id, %(linked)s::uuid[])]
                ELSE organisation_id END AS organisation_id, hip, line, counts_for, mask
            FROM seen
        ), masks AS (
            SELECT {hip} AS hip, {line} AS line, {masks}
            FROM resolved GROUP BY GROUPING SETS ({", ".join(GROUPING_SETS[shape] for shape in made)})
        ), histogram AS (
            SELECT hip, line, {columns}, count(*)::int AS n FROM masks GROUP BY hip, line, {columns}
        )
        SELECT a.indicator_id, h.hip, h.line, a.quarter,
            coalesce(sum(h.n) FILTER (WHERE r.mask & a.now <> 0), 0),
            coalesce(sum(h.n) FILTER (WHERE r.mask & a.ever = a.now), 0),
            coalesce(sum(h.n) FILTER (WHERE r.mask & a.year <> 0), 0),
            sum(h.n)
        FROM histogram h CROSS JOIN LATERAL (VALUES {by_rule}) r(rule, mask)
        JOIN asked a ON a.rule = r.rule AND r.mask & a.ever <> 0
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
    # In their order, for the search.
    roots = dict(sorted(state.roots().items()))
    parameters: dict[str, Any] = {
        **RULE_PARAMETERS,
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
        cursor.execute(_sql({row.rule for row in asked}, shapes), parameters)
        return {
            (indicator, (hip, line), quarter): Distinct(int(value), int(new), int(year), int(ever))
            for indicator, hip, line, quarter, value, new, year, ever in cursor.fetchall()
        }
