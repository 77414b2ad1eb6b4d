"""The ledger: `append` is its only writer, `resolve` says what holds as of a sequence number.

The database gives `seq` and the time under an advisory lock that is held until commit, so readers see the
entries in their order, without a gap. Source: docs/semantics.md, "The ledger".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from consortia import clock
from consortia.errors import Problem, Refused
from consortia.models import User
from impact.models import LINKS, EntryKind, GoalRevision, IndicatorDefinition, LedgerEntry, Quarter, Rule
from impact.models.codebook import PARTS_OF_COFINANCING

LOCK = 72_001
"""Key of the advisory lock; the same number stands in the migration `guards`."""


def lock() -> None:
    """Hold back every other entry until commit: what is read after this still holds when `append` follows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def hold() -> None:
    """Hold back every other entry until commit without being about to write one; several may do so at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def newest_definition() -> int:
    """The number of the entry that last said what an indicator means."""
    entries = LedgerEntry.objects.filter(kind=EntryKind.DEFINITION).order_by("-seq")
    return entries.values_list("seq", flat=True).first() or 0


def append(*, kind: EntryKind, actor: User | None, reason: str = "", **subject: Any) -> LedgerEntry:
    """Write the next line of the ledger, inside the transaction of the command that calls."""
    entry = LedgerEntry.objects.create(kind=kind, actor=actor, reason=reason, recorded_at=clock.replayed(), **subject)
    entry.refresh_from_db(fields=["recorded_at"])
    return entry


def newest() -> int:
    """The newest sequence number; 0 when nothing has been written."""
    return LedgerEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def recorded_at(seq: int) -> datetime | None:
    """When the entry was written; None where there is none."""
    return LedgerEntry.objects.filter(seq=seq).values_list("recorded_at", flat=True).first()


def seq_at(moment: datetime) -> int:
    """The newest sequence number at that moment, the same for ever after.

    Raises:
        Refused: the moment lies in the future.
    """
    with connection.cursor() as cursor:
        # First the clock: whatever takes its time after this is later than the moment.
        cursor.execute("SELECT clock_timestamp()")
        if moment > cursor.fetchone()[0]:
            raise Refused([Problem("asOf", "future", _("This moment has not come yet."))])
        # Then wait for an entry that has its time but is not yet committed; else it would come into the answer for
        # this same moment later on. In autocommit the lock ends with the statement.
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
    before = LedgerEntry.objects.filter(recorded_at__lte=moment)
    return before.order_by("-seq").values_list("seq", flat=True).first() or 0


def parse_as_of(text: str) -> int:
    """Read `asOf`: digits are a sequence number, else it is a time with its zone, or a date (its first moment).

    Raises:
        Refused: not of that form, or in the future.
    """
    if re.fullmatch(r"[0-9]{1,18}", text):
        seq = int(text)
        if seq > newest():
            raise Refused([Problem("asOf", "future", _("The ledger has not come that far yet."))])
        return seq
    try:
        # A "+" in an address that was not encoded arrives as a space.
        moment = datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", text))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            moment = moment.replace(tzinfo=clock.AMSTERDAM)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        detail = _("Give a sequence number, or a time with its zone such as 2026-01-31T12:00:00Z.")
        raise Refused([Problem("asOf", "malformed", detail)])
    return seq_at(_in_utc(moment))


def _in_utc(moment: datetime) -> datetime:
    """The database knows fewer zones than the standard allows; at the ends of the calendar, that end."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime(1, 1, 1, tzinfo=UTC) if moment.year == 1 else datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Counting:
    """A version that counts, and the entry that made it so."""

    seq: int
    consortium_id: int
    quarter: int
    version_id: int
    version_number: int


@dataclass(frozen=True)
class Link:
    """Organisation `source` counts as `target`, by the entry `seq`."""

    seq: int
    kind: str
    source: UUID
    target: UUID


@dataclass(frozen=True)
class State:
    """All that holds as of `seq`. Quarters are their index."""

    seq: int
    counting: tuple[Counting, ...]
    takes_part: Mapping[int, tuple[date, date | None]]
    """By HIP id: the first and the last day."""
    closed: frozenset[int]
    definitions: Mapping[int, tuple[tuple[int, IndicatorDefinition], ...]]
    """By indicator id: (from quarter, definition), oldest first."""
    revisions: Mapping[int, tuple[GoalRevision, ...]]
    """By goal id, oldest first: the first is the original, the last is current."""
    links: Mapping[UUID, Link]
    """By the organisation that is linked to another: at most one link of each stands."""
    is_supposed: bool = False
    """Something in it is not (yet) in the ledger: what is stored for this `seq` does not hold for it."""

    def suppose(self, **differently: Any) -> "State":
        """The same state, but for what is given."""
        return replace(self, is_supposed=True, **differently)

    def definition(self, indicator_id: int, quarter: int) -> tuple[int, IndicatorDefinition] | None:
        """The definition in force in that quarter and the quarter from which it holds.

        A sum of other indicators means something else, too, from the quarter on in which one of those does.
        """
        in_force = self._own_definition(indicator_id, quarter)
        if in_force is None or in_force[1].rule != Rule.COFINANCING:
            return in_force
        parts = [pair for pk in self.parts_of_cofinancing if (pair := self._own_definition(pk, quarter))]
        return max([in_force[0], *(since for since, _definition in parts)]), in_force[1]

    def _own_definition(self, indicator_id: int, quarter: int) -> tuple[int, IndicatorDefinition] | None:
        in_force = [pair for pair in self.definitions.get(indicator_id, ()) if pair[0] <= quarter]
        return in_force[-1] if in_force else None

    @cached_property
    def parts_of_cofinancing(self) -> list[int]:
        return [pk for pk, known in self.definitions.items() if known[0][1].indicator.code in PARTS_OF_COFINANCING]

    def break_in(self, indicator_id: int, quarter: int) -> int | None:
        """The quarter from which the definition in force holds, where another one held before; else None."""
        in_force = self.definition(indicator_id, quarter)
        if in_force is None or in_force[0] <= self.definitions[indicator_id][0][0]:
            return None
        return in_force[0]

    def compares(self, indicator_id: int, quarter: int, earlier: int) -> bool:
        """Whether both quarters have one definition, so that a difference between them means something."""
        since = self.break_in(indicator_id, quarter)
        return since is None or since <= earlier

    def path_of(self, organisation: UUID) -> tuple[Link, ...]:
        """The links that lead from an organisation to the one that it counts as; none where it is that itself."""
        path: list[Link] = []
        while (link := self.links.get(organisation)) is not None:
            path.append(link)
            organisation = link.target
        return tuple(path)

    def root_of(self, organisation: UUID) -> UUID:
        """The organisation as which this one counts: A → B → C counts as C."""
        path = self.path_of(organisation)
        return path[-1].target if path else organisation

    def roots(self) -> dict[UUID, UUID]:
        """For every linked organisation the one that it counts as."""
        return {source: self.root_of(source) for source in self.links}


_COUNTING_SQL = """
    SELECT seq, consortium_id, quarter_index, version_id, number FROM (
        SELECT DISTINCT ON (entry.report_id)
            entry.seq, report.consortium_id, quarter.index AS quarter_index, entry.version_id, version.number
        FROM impact_ledgerentry entry
        JOIN impact_quarterlyreport report ON report.id = entry.report_id
        JOIN impact_quarter quarter ON quarter.id = report.quarter_id
        LEFT JOIN impact_reportversion version ON version.id = entry.version_id
        WHERE entry.seq <= %s AND entry.report_id IS NOT NULL
        ORDER BY entry.report_id, entry.seq DESC
    ) newest WHERE version_id IS NOT NULL ORDER BY consortium_id, quarter_index
"""


def resolve(seq: int | None = None) -> State:
    """What holds as of that sequence number; as of now when none is given."""
    seq = newest() if seq is None else seq
    with connection.cursor() as cursor:
        cursor.execute(_COUNTING_SQL, [seq])
        counting = tuple(Counting(*row) for row in cursor.fetchall())
    takes_part: dict[int, tuple[date, date | None]] = {}
    closed: set[int] = set()
    definitions: dict[int, dict[int, IndicatorDefinition]] = {}
    revisions: dict[int, list[GoalRevision]] = {}
    links: dict[UUID, Link] = {}
    entries = (
        LedgerEntry.objects.filter(seq__lte=seq, report__isnull=True)
        .select_related(
            "quarter", "goal_revision__goal__indicator", "definition__from_quarter", "definition__indicator", "undoes"
        )
        .prefetch_related("goal_revision__milestones__quarter")
        .order_by("seq")
    )
    for entry in entries:
        match entry.kind:
            case EntryKind.PARTICIPATION:
                assert entry.consortium_id and entry.start_date
                takes_part[entry.consortium_id] = (entry.start_date, entry.end_date)
            case EntryKind.QUARTER_CLOSED:
                assert entry.quarter
                closed.add(entry.quarter.index)
            case EntryKind.QUARTER_REOPENED:
                assert entry.quarter
                closed.discard(entry.quarter.index)
            case EntryKind.GOAL:
                assert entry.goal_revision
                revisions.setdefault(entry.goal_revision.goal_id, []).append(entry.goal_revision)
            case EntryKind.DEFINITION:
                assert entry.definition
                of_indicator = definitions.setdefault(entry.definition.indicator_id, {})
                of_indicator[entry.definition.from_quarter.index] = entry.definition
            case EntryKind.MERGE | EntryKind.SUCCESSION:
                assert entry.from_organisation_id and entry.to_organisation_id
                source, target = entry.from_organisation_id, entry.to_organisation_id
                links[source] = Link(entry.seq, entry.kind, source, target)
            case EntryKind.UNDO:
                assert entry.undoes and entry.undoes.from_organisation_id
                del links[entry.undoes.from_organisation_id]
    return State(
        seq=seq,
        counting=counting,
        takes_part=takes_part,
        closed=frozenset(closed),
        definitions={key: tuple(sorted(value.items())) for key, value in definitions.items()},
        revisions={key: tuple(value) for key, value in revisions.items()},
        links=links,
    )


def links() -> dict[UUID, Link]:
    """The links that stand now, by the organisation that is linked to another."""
    rows = LedgerEntry.objects.filter(kind__in=LINKS, undone_by__isnull=True).order_by("seq")
    found = rows.values_list("seq", "kind", "from_organisation_id", "to_organisation_id")
    return {link.source: link for link in (Link(*row) for row in found)}


def closed_quarters() -> set[str]:
    """The ids of the quarters that are closed now."""
    latest = (
        LedgerEntry.objects.filter(quarter__isnull=False)
        .order_by("quarter_id", "-seq")
        .distinct("quarter_id")
        .values_list("quarter_id", "kind")
    )
    return {quarter for quarter, kind in latest if kind == EntryKind.QUARTER_CLOSED}


def is_closed(quarter: Quarter) -> bool:
    return quarter.pk in closed_quarters()
