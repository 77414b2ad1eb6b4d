"""Whether reports came in time and how complete they were, per HIP and quarter, as of any moment. Reads only.

Source: docs/semantics.md, "In time and complete".
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, prefetch_related_objects

from consortia import access, clock
from consortia.access import Permission
from consortia.models import Consortium
from impact import punctuality
from impact.coverage import Participants
from impact.due_dates import DueDates
from impact.ledger import State
from impact.models import (
    EntryKind,
    Figure,
    Group,
    Headcount,
    LedgerEntry,
    Participation,
    Quarter,
    QuarterlyReport,
    ReportVersion,
    Section,
    Source,
    UnidentifiedCount,
)
from impact.punctuality import Mark, Punctuality

Part = tuple[str, int | str]
"""What is asked for: ("indicator", its id), ("group", a group of people) or ("section", a section)."""


@dataclass(frozen=True)
class Completeness:
    """Of everything that a report is asked for, what has at least one row in a version."""

    asked: frozenset[Part]
    filled: frozenset[Part]

    @property
    def missing(self) -> frozenset[Part]:
        return self.asked - self.filled

    @property
    def share(self) -> Decimal:
        return Decimal(len(self.filled)) / len(self.asked)


@dataclass(frozen=True, kw_only=True)
class Timeliness(Punctuality):
    """One HIP and one ended quarter, as of a moment."""

    consortium_id: int
    quarter: int
    first: Completeness | None = None
    """Of the version that was handed in first."""
    counting: Completeness | None = None
    """Of the version that counts."""


@dataclass(frozen=True)
class Rate:
    """How many of the reports that were due came in time, came late, or did not come."""

    in_time: int = 0
    late: int = 0
    missing: int = 0
    filled: int = 0
    asked: int = 0
    """Of what the first submissions were asked for, and filled in."""

    @property
    def due(self) -> int:
        return self.in_time + self.late + self.missing

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.in_time) / self.due if self.due else None

    @property
    def complete(self) -> Decimal | None:
        return Decimal(self.filled) / self.asked if self.asked else None


def rate(rows: Iterable[Timeliness]) -> Rate:
    """Reports that are not due yet, or were not expected, are in neither part."""
    rows = list(rows)
    firsts = [row.first for row in rows if row.first is not None]
    return Rate(
        in_time=sum(row.mark == Mark.IN_TIME for row in rows),
        late=sum(row.mark == Mark.LATE for row in rows),
        missing=sum(row.mark == Mark.MISSING for row in rows),
        filled=sum(len(each.filled) for each in firsts),
        asked=sum(len(each.asked) for each in firsts),
    )


def of_reports(
    actor: Any,
    state: State,
    *,
    moment: datetime | None = None,
    consortia: Collection[int] | None = None,
    quarters: Collection[int] | None = None,
) -> dict[tuple[int, int], Timeliness]:
    """By HIP and quarter, of the HIPs whose reports the actor sees (of `consortia`, where given) and ended quarters.

    `moment` is the one that `state` holds for; now, without it. As many queries for all HIPs and quarters as for one.
    """
    due_dates = DueDates()
    moment = moment or clock.now()
    today = moment.astimezone(clock.AMSTERDAM).date()
    ended = {
        row.index: row
        for row in Quarter.objects.filter(end_date__lt=today)
        if quarters is None or row.index in quarters
    }
    hips = {
        row.pk: row
        for row in Consortium.objects.all()
        if (consortia is None or row.pk in consortia) and access.allows(actor, Permission.SEE_REPORTS, row.pk)
    }
    reports = _reports(hips, ended)
    expected = Participants.of(state, ended.values()).expected
    first = {key: punctuality.first_handed_in(report.versions.all(), moment) for key, report in reports.items()}
    counting = {(row.consortium_id, row.quarter): row.version_id for row in state.counting}
    wanted = {version.pk for version in first.values() if version} | {
        pk for key, pk in counting.items() if key in reports
    }
    completeness = _completeness(wanted, {row.pk: row.index for row in ended.values()})
    found = {}
    for key, report in reports.items():
        version = first[key]
        found[key] = Timeliness(
            consortium_id=key[0],
            quarter=key[1],
            first=completeness.get(version.pk) if version else None,
            counting=completeness.get(counting[key]) if key in counting else None,
            **vars(
                punctuality.of_report(report, version, due_dates, moment=moment, is_expected=key[0] in expected[key[1]])
            ),
        )
    return found


def _reports(hips: Mapping[int, Consortium], ended: Mapping[int, Quarter]) -> dict[tuple[int, int], QuarterlyReport]:
    """Every HIP and quarter, also where there is no row yet."""
    stored = (
        QuarterlyReport.objects.filter(consortium__in=hips, quarter__in=[row.pk for row in ended.values()])
        .select_related("consortium", "quarter")
        .prefetch_related("versions", "extensions")
    )
    found = {(report.consortium_id, report.quarter.index): report for report in stored}
    untouched = {
        (pk, index): QuarterlyReport(consortium=hip, quarter=quarter)
        for pk, hip in hips.items()
        for index, quarter in ended.items()
        if (pk, index) not in found
    }
    prefetch_related_objects(list(untouched.values()), "versions", "extensions")
    return {(pk, index): (found | untouched)[pk, index] for index in sorted(ended) for pk in hips}


# --- completeness


def _completeness(versions: Collection[int], quarters: Mapping[str, int]) -> dict[int, Completeness]:
    """Of each version: what was asked for by the codebook as it was when it was handed in, and what has a row."""
    filled: dict[int, set[Part]] = defaultdict(set)
    for version, indicator in _pairs(Figure, versions, "indicator_id"):
        filled[version].add(("indicator", indicator))
    for version, group in _pairs(Headcount, versions, "group"):
        filled[version].add(("group", group))
    rows: Any = ReportVersion.objects.filter(pk__in=versions).annotate(
        has_organisations=Exists(Participation.objects.filter(version=OuterRef("pk"))),
        has_unidentified=Exists(UnidentifiedCount.objects.filter(version=OuterRef("pk"))),
    )
    codebook = _Codebook()
    found = {}
    for pk, quarter, at, has_organisations, has_unidentified in rows.order_by().values_list(
        "pk", "report__quarter_id", "submitted_at", "has_organisations", "has_unidentified"
    ):
        asked = codebook.asked(quarters[quarter], at)
        here = filled[pk]
        if has_organisations:
            here.add(("section", Section.PARTICIPATIONS.value))
        if has_unidentified:
            here.add(("section", Section.UNIDENTIFIED.value))
        found[pk] = Completeness(asked=asked, filled=frozenset(here) & asked)
    return found


def _pairs(model: Any, versions: Collection[int], field: str) -> Iterable[tuple[int, Any]]:
    found: Iterable[tuple[int, Any]] = (
        model.objects.filter(version__in=versions).order_by().values_list("version_id", field).distinct()
    )
    return found


_ALWAYS: frozenset[Part] = frozenset(
    {
        *(("group", group) for group in Group.values),
        ("section", Section.PARTICIPATIONS.value),
        ("section", Section.UNIDENTIFIED.value),
    }
)


class _Codebook:
    """What a report was asked for at a moment, from all definitions that the ledger knows, read once."""

    def __init__(self) -> None:
        since = "definition__from_quarter__index"
        entries: Any = LedgerEntry.objects.filter(kind=EntryKind.DEFINITION).order_by(since, "seq")
        self._entries: list[tuple[datetime, int, int, str]] = list(
            entries.values_list("recorded_at", "definition__indicator_id", since, "definition__source")
        )
        self._known: dict[tuple[int, int], frozenset[Part]] = {}

    def asked(self, quarter: int, moment: datetime) -> frozenset[Part]:
        # What was handed in before the portal had a codebook is asked for what the codebook began with.
        known = [entry for entry in self._entries if entry[0] <= moment] or self._entries
        key = quarter, len(known)
        if key not in self._known:
            in_force = {indicator: source for _at, indicator, since, source in known if since <= quarter}
            entered = {("indicator", pk) for pk, source in in_force.items() if source == Source.ENTERED}
            self._known[key] = _ALWAYS | entered
        return self._known[key]
