"""The ledger, entry by entry, for who keeps a copy of the figures: what happened, and which rows that may have changed.

How a copy is kept in step with it stands in docs/feed.md. Source: docs/semantics.md, "The ledger".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q, QuerySet

from consortia import access
from consortia.access import Permission
from consortia.models import Organisation, User
from impact.models import LINKS, EntryKind, LedgerEntry, Quarter
from impact.models.codebook import PERSON_RULES

_AT_A_TIME = 2_000


@dataclass(frozen=True)
class Replaces:
    """The figures that an entry may have changed: those of one report, or of an indicator from a quarter on."""

    consortium: str | None = None
    period: str | None = None
    indicator: str | None = None
    period_from: str | None = None


@dataclass(frozen=True)
class LinkedOrganisations:
    """The two sides of a link. Without a name: an organisation that the caller's register does not list."""

    source: Organisation
    target: Organisation
    shows_source: bool
    shows_target: bool


@dataclass(frozen=True)
class Change:
    """An entry of the ledger, as one reader may see it; organisations, people and reasons are not for everybody."""

    seq: int
    time: datetime
    kind: str
    consortium: str | None
    period: str | None
    version: int | None
    indicator: str | None
    goal: str | None
    start_date: date | None
    end_date: date | None
    undoes: int | None
    replaces: Replaces | None
    actor: str | None
    reason: str | None
    link: LinkedOrganisations | None


def read(user: Any, *, after: int, upto: int, size: int) -> list[Change]:
    """The entries with a seq beyond `after` up to `upto`, in their order, at most `size` of them."""
    entries = _entries(after, upto)[:size]
    reader = _Reader(user)
    return [reader.change(entry) for entry in entries]


def stream(user: Any, *, after: int, upto: int) -> Iterator[Change]:
    """As `read`, all of them, a part at a time."""
    reader = _Reader(user)
    return (reader.change(entry) for entry in _entries(after, upto).iterator(chunk_size=_AT_A_TIME))


def audience(user: Any) -> list[object]:
    """What an answer depends on beside the ledger: whose it is, and the names that can change without an entry."""
    if not isinstance(user, User):
        return []
    hips = access.consortia_where(user, Permission.SEE_COUNTING)
    entries = LedgerEntry.objects.order_by()
    people = User.objects.filter(pk__in=entries.filter(actor__isnull=False).values("actor"))
    linked = Organisation.objects.filter(
        Q(pk__in=entries.filter(kind__in=LINKS).values("from_organisation"))
        | Q(pk__in=entries.filter(kind__in=LINKS).values("to_organisation"))
    )
    return [
        "everywhere" if hips is None else sorted(hips),
        access.allows(user, Permission.SEE_REPORTS),
        sorted((str(pk), name, email) for pk, name, email in people.values_list("pk", "name", "email")),
        sorted(map(str, linked.values_list("pk", "kvk_number", "institution_code", "name", "is_listed"))),
    ]


def _entries(after: int, upto: int) -> QuerySet[LedgerEntry]:
    return (
        LedgerEntry.objects.filter(seq__gt=after, seq__lte=upto)
        .select_related(
            "actor",
            "version",
            "consortium",
            "report__consortium",
            "goal_revision__goal",
            "definition__indicator",
            "from_organisation",
            "to_organisation",
            "undoes__from_organisation",
            "undoes__to_organisation",
        )
        .order_by("seq")
    )


class _Reader:
    """What is the same for all entries of an answer."""

    def __init__(self, user: Any) -> None:
        self._user = user
        self._is_known = isinstance(user, User)
        self._sees_drafts = access.allows(user, Permission.SEE_REPORTS)
        self._withheld_since = _withheld_since()
        self._first_quarter = Quarter.objects.order_by("index").values_list("pk", flat=True).first()

    def change(self, entry: LedgerEntry) -> Change:
        consortium = entry.report.consortium if entry.report else entry.consortium
        period = entry.report.quarter_id if entry.report else entry.quarter_id
        definition = entry.definition
        if definition is not None:
            period = definition.from_quarter_id
        shows_people = self._is_known and (
            consortium is None or access.allows(self._user, Permission.SEE_COUNTING, consortium)
        )
        return Change(
            seq=entry.seq,
            time=_required(entry.recorded_at),
            kind=entry.kind,
            consortium=consortium.slug if consortium else None,
            period=period,
            version=entry.version.number if entry.version else None,
            indicator=definition.indicator.code if definition else None,
            goal=entry.goal_revision.goal.code if entry.goal_revision else None,
            start_date=entry.start_date,
            end_date=entry.end_date,
            undoes=entry.undoes_id,
            replaces=self._replaces(entry),
            actor=str(entry.actor) if shows_people and entry.actor else None,
            reason=entry.reason if shows_people else None,
            link=self._link(entry.undoes or entry) if self._is_known else None,
        )

    def _replaces(self, entry: LedgerEntry) -> Replaces | None:
        if entry.report is not None:
            return Replaces(consortium=entry.report.consortium.slug, period=entry.report.quarter_id)
        if entry.kind != EntryKind.DEFINITION or entry.definition is None:
            return None
        definition = entry.definition
        # Whether persons are counted, and so withheld, is a matter of the indicator: of its older quarters, too.
        since = self._withheld_since.get(definition.indicator_id)
        everything = since is not None and since <= entry.seq
        return Replaces(
            indicator=definition.indicator.code,
            period_from=self._first_quarter if everything else definition.from_quarter_id,
        )

    def _link(self, entry: LedgerEntry) -> LinkedOrganisations | None:
        source, target = entry.from_organisation, entry.to_organisation
        if source is None or target is None:
            return None
        return LinkedOrganisations(
            source,
            target,
            shows_source=source.is_listed or self._sees_drafts,
            shows_target=target.is_listed or self._sees_drafts,
        )


def _withheld_since() -> Mapping[int, int]:
    """By indicator that ever counted persons: the entry that first made it so."""
    rows = LedgerEntry.objects.filter(definition__rule__in=PERSON_RULES).order_by()
    found = rows.values_list("definition__indicator").annotate(Min("seq"))
    return {indicator: seq for indicator, seq in found if indicator is not None}


def _required(moment: datetime | None) -> datetime:
    assert moment is not None, "the ledger is timed"
    return moment
