"""The organisations that a distinct count is made of: how many where, and by name as far as somebody sees them.

The masks and rules are those of `impact.distinct`: one pass over the rows answers all. Source: docs/semantics.md,
"Why this number".
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from consortia.models import Organisation
from impact.distinct import ROWS_OF_RULE, RULE_PARAMETERS
from impact.ledger import Counting, Link, State
from impact.measures import bounds
from impact.models import Rule, UnidentifiedCount

HIPS, LINES, QUARTERS = "consortium", "actionLine", "period"


@dataclass(frozen=True)
class Asked:
    """Which organisations: by a rule, in the rows of these versions, in one action line or (None) in any.

    The versions stand in the order in which rows are shown.
    """

    rule: str
    versions: Sequence[Counting]
    action_line_id: int | None
    only_new_in: int | None = None
    """The quarter: then only those that the rows of no earlier quarter have."""


@dataclass(frozen=True)
class Overlap:
    """The count in parts that overlap: by HIP, action line or quarter. The sum of the parts less `repeated` is it."""

    by: str
    parts: tuple[tuple[int, int], ...]
    """The id (of a quarter its index) and how many organisations."""
    repeated: int
    """How often one was counted once more."""
    shared: int
    """How many organisations are in more than one part."""

    @property
    def sum(self) -> int:
        return sum(count for _part, count in self.parts)


@dataclass(frozen=True)
class Without:
    """Companies without a KVK number, as a version reports them for an action line."""

    version: Counting
    action_line_id: int
    position: int
    count: int


@dataclass(frozen=True)
class OfHip:
    """What a HIP adds to the bounds: its identified companies, the largest and the sum of its other counts."""

    consortium_id: int
    identified: int
    largest: int
    sum: int

    @property
    def least(self) -> int:
        return self.identified + self.largest


@dataclass(frozen=True)
class Bounds:
    """The fewest and the most companies there can be, and why."""

    low: int
    high: int
    identified: int
    of_hips: tuple[OfHip, ...]
    without: tuple[Without, ...]


@dataclass(frozen=True)
class Row:
    """A participation as it was reported."""

    version: Counting
    position: int
    action_line_id: int
    involvement: str
    name: str
    kvk_number: str
    institution_code: str
    organisation_type: str
    size_class: str
    organisation_id: UUID
    """As reported: the record may be another organisation, that this one counts as."""


@dataclass(frozen=True)
class OrganisationRecord:
    """An organisation that counts once, and why it does."""

    organisation_id: UUID
    name: str
    kvk_number: str
    institution_code: str
    rows: tuple[Row, ...]
    """Of the versions that are shown. How many others there are is not said of one organisation: it would tell, from
    one moment to the next, who else lists it."""
    links: tuple[Link, ...]
    """Those that lead here from the organisations of the rows."""


@dataclass(frozen=True)
class Found:
    """How many there are, where, and a page of those that are shown by name."""

    total: int
    named: int
    hidden_rows: int
    """Rows that count, in versions that are not shown."""
    by_version: dict[int, int]
    overlaps: tuple[Overlap, ...]
    page: tuple[OrganisationRecord, ...]
    last: tuple[str, str] | None
    """The key of the last record of the page where more follow."""


def _sql(asked: Asked) -> str:
    in_line = "" if asked.action_line_id is None else "AND p.action_line_id = %(line)s"
    having, chosen = "", ""
    if asked.only_new_in is not None:
        having = "HAVING bit_or(mask) = %(now)s"
        chosen = "JOIN organisations USING (organisation_id)"
    sets = "(organisation_id, hip)" + (", (organisation_id, line)" if asked.action_line_id is None else "")
    line = "r.line" if asked.action_line_id is None else "NULL::bigint AS line"
    return f"""
        WITH counting AS (
            SELECT * FROM unnest(%(versions)s::bigint[], %(hips)s::bigint[], %(bits)s::bigint[], %(shown)s::bigint[])
                AS c(version_id, hip, bit, shown)
        ), seen AS (
            SELECT p.organisation_id, c.hip, p.action_line_id AS line, bit_or(c.bit) AS mask, bit_or(c.shown) AS shown,
                count(*) FILTER (WHERE c.shown = 0) AS hidden
            FROM impact_participation p JOIN counting c ON c.version_id = p.version_id
            WHERE {ROWS_OF_RULE[Rule(asked.rule)]} {in_line}
            GROUP BY 1, 2, 3
        ), linked AS (
            SELECT * FROM unnest(%(linked)s::uuid[], %(roots)s::uuid[]) AS l(organisation_id, root)
        ), resolved AS MATERIALIZED (
            SELECT coalesce(l.root, s.organisation_id) AS organisation_id, s.hip, s.line, s.mask, s.shown, s.hidden
            FROM seen s LEFT JOIN linked l ON l.organisation_id = s.organisation_id
        ), organisations AS MATERIALIZED (
            SELECT organisation_id, bit_or(mask) AS of_all, bit_or(shown) <> 0 AS is_named,
                sum(hidden) AS hidden,
                min(hip) < max(hip) AS in_hips, min(line) < max(line) AS in_lines
            FROM resolved GROUP BY organisation_id {having}
        ), parts AS (
            SELECT r.hip, {line}, bit_or(r.mask) AS mask FROM resolved r {chosen}
            GROUP BY GROUPING SETS ({sets})
        ), page AS (
            SELECT r.id, lower(r.name) AS key, r.name, r.kvk_number, r.institution_code
            FROM organisations o JOIN consortia_organisation r ON r.id = o.organisation_id
            WHERE o.is_named AND (%(after)s::text IS NULL OR (lower(r.name), r.id) > (%(after)s, %(after_id)s::uuid))
            ORDER BY lower(r.name), r.id LIMIT %(limit)s
        )
        SELECT 'part', hip, line, CASE WHEN hip IS NULL THEN 0 ELSE mask END, count(*), NULL::uuid, NULL, NULL, NULL,
            NULL FROM parts GROUP BY 2, 3, 4
        UNION ALL
        SELECT 'mask', NULL, NULL, of_all, count(*), NULL, NULL, NULL, NULL, NULL FROM organisations GROUP BY 4
        UNION ALL
        SELECT 'shared', count(*) FILTER (WHERE in_hips), count(*) FILTER (WHERE in_lines), NULL, count(*), NULL, NULL,
            NULL, NULL, NULL FROM organisations
        UNION ALL
        SELECT 'named', NULL, NULL, count(*) FILTER (WHERE is_named), coalesce(sum(hidden), 0)::bigint, NULL, NULL,
            NULL, NULL, NULL FROM organisations
        UNION ALL
        SELECT 'page', NULL, NULL, NULL, row_number() OVER (ORDER BY key, id), id, key, name, kvk_number,
            institution_code FROM page
    """  # noqa: S608 - made of constants


def find(
    asked: Asked, state: State, shown: Collection[int], *, size: int, after: tuple[str, str] | None = None
) -> Found:
    """Count the organisations, and read a page of those that a version in `shown` names.

    The links of the state are resolved. Without versions there is nothing. That one is new rests on all versions: where
    one is not shown, no name is.
    """
    if not asked.versions:
        return Found(0, 0, 0, {}, (), (), None)
    if asked.only_new_in is not None and any(row.version_id not in shown for row in asked.versions):
        shown = ()
    roots = state.roots()
    parameters: dict[str, Any] = {
        **RULE_PARAMETERS,
        "versions": [row.version_id for row in asked.versions],
        "hips": [row.consortium_id for row in asked.versions],
        "bits": [1 << row.quarter for row in asked.versions],
        "shown": [int(row.version_id in shown) for row in asked.versions],
        "line": asked.action_line_id,
        "now": None if asked.only_new_in is None else 1 << asked.only_new_in,
        "linked": list(roots),
        "roots": list(roots.values()),
        "after": after and after[0],
        "after_id": after and after[1],
        "limit": size + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_sql(asked), parameters)
        rows = cursor.fetchall()
    of_hips: dict[int, Counter[int]] = defaultdict(Counter)
    of_lines: dict[int, Counter[int]] = defaultdict(Counter)
    masks: Counter[int] = Counter()
    in_hips = in_lines = named = total = hidden_rows = 0
    page: list[tuple[Any, ...]] = []
    for kind, hip, line, mask, count, *more in rows:
        if kind == "page":
            page.append((count, *more))
        elif kind == "mask":
            masks[mask] = count
        elif kind == "shared":
            in_hips, in_lines, total = hip, line, count
        elif kind == "named":
            named, hidden_rows = mask, count
        elif hip is not None:
            of_hips[hip][mask] = count
        else:
            of_lines[line][mask] = count
    page.sort(key=lambda row: row[0])
    records = _records(asked, state, shown, [row[1:] for row in page[:size]])
    return Found(
        total=total,
        named=named,
        hidden_rows=hidden_rows,
        by_version={row.version_id: _within(of_hips[row.consortium_id], row.quarter) for row in asked.versions},
        overlaps=(
            Overlap(HIPS, _sums(of_hips), _repeated(_sums(of_hips), total), in_hips),
            Overlap(LINES, _sums(of_lines), _repeated(_sums(of_lines), total), in_lines),
            _of_quarters(asked, masks, total),
        ),
        page=tuple(records),
        last=(str(page[size - 1][2]), str(page[size - 1][1])) if len(page) > size else None,
    )


def _within(masks: Counter[int], quarter: int) -> int:
    return sum(count for mask, count in masks.items() if mask >> quarter & 1)


def _sums(parts: dict[int, Counter[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((part, masks.total()) for part, masks in parts.items() if masks.total())


def _repeated(parts: Iterable[tuple[int, int]], total: int) -> int:
    return max(sum(count for _part, count in parts) - total, 0)


def _of_quarters(asked: Asked, masks: Counter[int], total: int) -> Overlap:
    quarters = sorted({row.quarter for row in asked.versions})
    parts = tuple((quarter, count) for quarter in quarters if (count := _within(masks, quarter)))
    shared = sum(count for mask, count in masks.items() if mask.bit_count() > 1)
    return Overlap(QUARTERS, parts, _repeated(parts, total), shared)


_COLUMNS = """p.version_id, p.position, p.action_line_id, p.involvement, p.name, p.kvk_number, p.institution_code,
    p.organisation_type, p.size_class, p.organisation_id"""


def _records(
    asked: Asked, state: State, shown: Collection[int], page: Sequence[tuple[Any, ...]]
) -> list[OrganisationRecord]:
    """The rows behind a page of organisations, in the order of the page."""
    if not page:
        return []
    roots = state.roots()
    wanted = {row[0] for row in page}
    members = [*wanted, *(source for source, root in roots.items() if root in wanted)]
    versions = {row.version_id: row for row in asked.versions}
    places = {version: place for place, version in enumerate(versions)}
    in_line = "" if asked.action_line_id is None else "AND p.action_line_id = %(line)s"
    where = f"""FROM impact_participation p
        WHERE p.organisation_id = ANY(%(members)s::uuid[]) AND p.version_id = ANY(%(versions)s)
            AND {ROWS_OF_RULE[Rule(asked.rule)]} {in_line}"""
    parameters: dict[str, Any] = {**RULE_PARAMETERS, "members": members, "line": asked.action_line_id}
    rows: dict[UUID, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} {where}", {**parameters, "versions": [pk for pk in versions if pk in shown]})
        for version, *columns in cursor.fetchall():
            row = Row(versions[version], *columns)
            rows[roots.get(row.organisation_id, row.organisation_id)].append(row)
    return [
        OrganisationRecord(
            organisation_id=pk,
            name=name,
            kvk_number=number or "",
            institution_code=code or "",
            rows=tuple(sorted(rows[pk], key=lambda row: (places[row.version.version_id], row.position))),
            links=_links_to(rows[pk], state),
        )
        for pk, _key, name, number, code in page
    ]


def _links_to(rows: Iterable[Row], state: State) -> tuple[Link, ...]:
    reported = {row.organisation_id for row in rows}
    found = {link.seq: link for organisation in reported for link in state.path_of(organisation)}
    return tuple(found[seq] for seq in sorted(found))


def bounds_of(asked: Asked, found: Found) -> Bounds:
    """The bounds of a count in one quarter, with the counts of companies without a KVK number that make them."""
    versions = {row.version_id: row for row in asked.versions}
    places = {version: place for place, version in enumerate(versions)}
    counts = UnidentifiedCount.objects.filter(version__in=versions).order_by()
    if asked.action_line_id is not None:
        counts = counts.filter(action_line=asked.action_line_id)
    rows = counts.values_list("version_id", "action_line_id", "position", "count")
    without = tuple(
        Without(versions[version], line, position, count)
        for version, line, position, count in sorted(rows, key=lambda row: (places[row[0]], row[2]))
    )
    by_hip: dict[int, dict[int, int]] = defaultdict(dict)
    for row in without:
        by_hip[row.version.consortium_id][row.action_line_id] = row.count
    identified = {row.consortium_id: found.by_version[row.version_id] for row in asked.versions}
    low, high = bounds(found.total, identified, by_hip)
    of_hips = tuple(
        OfHip(hip, identified[hip], max(lines.values()), sum(lines.values())) for hip, lines in by_hip.items()
    )
    return Bounds(low, high, found.total, of_hips, without)


def names_of(records: Iterable[OrganisationRecord]) -> dict[UUID, str]:
    """The names in the register of everything that the links of the records touch."""
    touched = {pk for record in records for link in record.links for pk in (link.source, link.target)}
    return dict(Organisation.objects.filter(pk__in=touched).values_list("pk", "name")) if touched else {}
