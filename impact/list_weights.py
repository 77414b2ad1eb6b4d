"""What each HIP's list of organisations does to the programme's count, and which lists are alike. Exact.

A count of different organisations is no sum: taking a list away leaves whoever another HIP lists, too. So each list is
put beside the one that the same HIP handed in for the quarter before, as if that stood in its place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from impact.distinct import ROWS_OF_RULE, RULE_PARAMETERS
from impact.ledger import Counting
from impact.models.codebook import DISTINCT_RULES, Rule

HipLine = tuple[int, int | None]
"""A HIP, and an action line or (None) all of them together."""


@dataclass(frozen=True)
class Size:
    """How many organisations a list has: in this quarter, in the one before, and in both."""

    now: int
    before: int
    kept: int


@dataclass(frozen=True)
class Common:
    """How many organisations two lists have in common: in this quarter, and in the one before."""

    now: int
    before: int


_PLACES = """
    WITH reports AS (
        SELECT * FROM unnest(%(versions)s::bigint[], %(hips)s::bigint[], %(are_now)s::boolean[])
            AS r(version_id, hip, is_now)
    ), resolved AS (
        SELECT p.*, r.hip, r.is_now,
            CASE (%(linked)s::uuid[])[width_bucket(p.organisation_id, %(linked)s::uuid[])]
                WHEN p.organisation_id THEN (%(roots)s::uuid[])[width_bucket(p.organisation_id, %(linked)s::uuid[])]
                ELSE p.organisation_id END AS root
        FROM impact_participation p JOIN reports r ON r.version_id = p.version_id
    )
"""


def weights(
    now: Iterable[Counting], before: Iterable[Counting], roots: Mapping[Any, Any]
) -> dict[tuple[str, HipLine], tuple[int, Size]]:
    """By rule and list: what the programme's count is more (or less) than with the list of the quarter before there.

    Of an action line the programme's count in that line. With the sizes of the lists.
    """
    rules = list(DISTINCT_RULES)
    flags = ", ".join(
        f"bool_or(p.is_now AND {ROWS_OF_RULE[rule]}) AS now{n},"
        f" bool_or(NOT p.is_now AND {ROWS_OF_RULE[rule]}) AS old{n}"
        for n, rule in enumerate(rules)
    )
    others = ", ".join(
        f"count(*) FILTER (WHERE now{n}) OVER (PARTITION BY line, root) - now{n}::int AS others{n}"
        for n, _rule in enumerate(rules)
    )
    sums = ", ".join(
        f"count(*) FILTER (WHERE now{n} AND others{n} = 0) - count(*) FILTER (WHERE old{n} AND others{n} = 0),"
        f" count(*) FILTER (WHERE now{n}), count(*) FILTER (WHERE old{n}), count(*) FILTER (WHERE now{n} AND old{n})"
        for n, _rule in enumerate(rules)
    )
    statement = f"""{_PLACES}, listed AS (
            SELECT p.root, p.hip, p.action_line_id AS line, {flags}
            FROM resolved p GROUP BY GROUPING SETS ((p.root, p.hip, p.action_line_id), (p.root, p.hip))
        ), weighed AS (SELECT *, {others} FROM listed)
        SELECT hip, line, {sums} FROM weighed GROUP BY hip, line
    """  # noqa: S608 - made of the constants above
    found: dict[tuple[str, HipLine], tuple[int, Size]] = {}
    for hip, line, *numbers in _rows(statement, now, before, roots):
        for place, rule in enumerate(rules):
            weight, *sizes = numbers[4 * place : 4 * place + 4]
            found[rule, (hip, line)] = int(weight), Size(*map(int, sizes))
    return found


def alike(
    now: Iterable[Counting], before: Iterable[Counting], roots: Mapping[Any, Any]
) -> dict[tuple[HipLine, HipLine], Common]:
    """By two HIPs, or two action lines of one HIP, how many companies both list; only where there are any now."""
    statement = f"""{_PLACES}, listed AS (
            SELECT p.root, p.hip, p.action_line_id AS line, bool_or(p.is_now) AS now, bool_or(NOT p.is_now) AS old
            FROM resolved p WHERE {ROWS_OF_RULE[Rule.COMPANIES]} GROUP BY 1, 2, 3
        ), of_hips AS (
            SELECT root, hip, bool_or(now) AS now, bool_or(old) AS old FROM listed GROUP BY 1, 2
        ), pairs AS (
            SELECT a.hip, NULL::bigint AS line, b.hip AS other_hip, NULL::bigint AS other_line,
                a.now AND b.now AS now, a.old AND b.old AS old
            FROM of_hips a JOIN of_hips b ON a.root = b.root AND a.hip < b.hip
            UNION ALL
            SELECT a.hip, a.line, b.hip, b.line, a.now AND b.now, a.old AND b.old
            FROM listed a JOIN listed b ON a.root = b.root AND a.hip = b.hip AND a.line < b.line
        )
        SELECT hip, line, other_hip, other_line, count(*) FILTER (WHERE now), count(*) FILTER (WHERE old)
        FROM pairs GROUP BY 1, 2, 3, 4 HAVING bool_or(now)
    """  # noqa: S608 - made of the constants above
    return {
        ((hip, line), (other_hip, other_line)): Common(int(common), int(common_before))
        for hip, line, other_hip, other_line, common, common_before in _rows(statement, now, before, roots)
    }


def _rows(
    statement: str, now: Iterable[Counting], before: Iterable[Counting], roots: Mapping[Any, Any]
) -> list[tuple[Any, ...]]:
    reports = [*((row, True) for row in now), *((row, False) for row in before)]
    # In their order, for the search.
    linked = dict(sorted(roots.items()))
    parameters = {
        **RULE_PARAMETERS,
        "versions": [row.version_id for row, _is_now in reports],
        "hips": [row.consortium_id for row, _is_now in reports],
        "are_now": [is_now for _row, is_now in reports],
        "linked": list(linked),
        "roots": list(linked.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
