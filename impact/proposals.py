"""Which organisations are proposed for a quarter: those of last time, and whom other sources name.

A proposal is computed and counts for nothing. Somebody confirms it, which adds its rows to the draft, or drops it,
which is written down; whatever is in the draft already is not proposed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.access import Permission
from consortia.errors import Problem, Refused
from consortia.models import Organisation, SizeClass, User
from impact import drafts, edits, in_hand, ledger, reporting
from impact.edits import Edit
from impact.ledger import Link
from impact.models import DroppedProposal, Participation, QuarterlyReport, ReportVersion
from impact.standing import Standing
from impact.submission import Line, ParticipationLine
from impact.transitions import Step

Pair = tuple[str, str]
"""An action line and a way of taking part."""
_BATCH = 2_000
_FACTS = ("kvk_number", "institution_code", "name", "organisation_type", "postcode", "size_class")


@dataclass(frozen=True)
class Suggestion:
    """An organisation that a source names, with what it knows of it; without an action line it gets the usual one."""

    row: ParticipationLine
    why: str
    """In the reader's language, as "attended the knowledge day of 12 March"."""


Source = Callable[[QuarterlyReport], Iterable[Suggestion]]

sources: list[Source] = []
"""Who else proposes organisations. An app adds its own in `AppConfig.ready`; each is asked once for a report."""


@dataclass(frozen=True)
class Proposal:
    """An organisation that probably took part, the rows it would get, and why."""

    lines: tuple[ParticipationLine, ...]
    reasons: tuple[str, ...]
    listed_as: str = ""
    """The number or code under which the draft has it already; empty: not there."""
    dropped_as: str = ""
    """The number or code under which somebody dropped it; empty: nobody did."""

    @property
    def identifier(self) -> str:
        return next((line.kvk_number for line in self.lines if line.kvk_number), "") or self.lines[0].institution_code

    @property
    def is_open(self) -> bool:
        return not self.listed_as and not self.dropped_as

    @property
    def is_dropped(self) -> bool:
        return bool(self.dropped_as) and not self.listed_as


@dataclass(frozen=True)
class Proposals:
    """What is proposed for one report."""

    all: tuple[Proposal, ...] = ()
    usual: Pair | None = None
    """How most organisations took part last time; None where there is no last time."""

    @cached_property
    def open(self) -> list[Proposal]:
        return [each for each in self.all if each.is_open]

    @cached_property
    def dropped(self) -> list[Proposal]:
        return [each for each in self.all if each.is_dropped]

    def where(self, is_open: Callable[[Line], bool]) -> "Proposals":
        """Those of which all rows may be added."""
        return replace(self, all=tuple(each for each in self.all if all(map(is_open, each.lines))))

    @cached_property
    def by_identifier(self) -> dict[str, Proposal]:
        """By every number and code under which it is proposed, was dropped, or stands in the draft."""
        found: dict[str, Proposal] = {}
        for each in self.all:
            named = {identifier for line in each.lines for identifier in (line.kvk_number, line.institution_code)}
            for identifier in (each.identifier, each.listed_as, each.dropped_as, *named):
                if identifier:
                    found.setdefault(identifier, each)
        return found


def usual(lines: Iterable[Line]) -> Pair | None:
    """The combination of action line and way of taking part that most rows have; of equals the first."""
    pairs = Counter((line.action_line, line.involvement) for line in lines if isinstance(line, ParticipationLine))
    return pairs.most_common(1)[0][0] if pairs else None


def of(report: QuarterlyReport, version: ReportVersion | None) -> Proposals:
    """What is proposed for the report, beside what this version of it holds.

    From the newest earlier quarter of which something counts, with the facts as they were reported then. An
    organisation that counts as another by now is proposed as that one, once.

    Source: docs/semantics.md, "Organisations".
    """
    earlier = _earlier(report)
    reported = _rows_of(earlier)
    most = usual(line for _organisation, line in reported)
    suggested = [each for source in sources for each in source(report)]
    dropped = DroppedProposal.objects.filter(report_id=report.pk).values_list("identifier", flat=True)
    world = _World.around([organisation for organisation, _line in reported], suggested, list(dropped))
    candidates: dict[UUID | str, _Candidate] = {}
    if earlier is not None:
        why = _("also in %(quarter)s") % {"quarter": _quarter(earlier.report.quarter_id)}
        for organisation, line in reported:
            found = candidates.setdefault(world.root(organisation), _Candidate())
            found.add(world.as_now(organisation, line), why)
    for each in suggested:
        named, row = world.named(each.row), each.row
        key: UUID | str = world.root(named) if isinstance(named, UUID) else named
        found = candidates.setdefault(key, _Candidate())
        if not found.lines:
            row = world.as_now(named, row) if isinstance(named, UUID) else row
            pair = (row.action_line, row.involvement) if row.action_line else most or ("", "")
            row = replace(row, action_line=pair[0], involvement=pair[1])
        found.add(row, each.why)
    listed: dict[UUID | str, str] = {world.root(pk): identifier for pk, identifier in _listed_in(version)}
    gone = {world.key_of(identifier): identifier for identifier in dropped}
    return Proposals(
        tuple(
            Proposal(tuple(each.lines), tuple(each.reasons), listed.get(key, ""), gone.get(key, ""))
            for key, each in candidates.items()
        ),
        most,
    )


@dataclass
class _Candidate:
    lines: list[ParticipationLine] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, line: ParticipationLine, why: str) -> None:
        if why not in self.reasons:
            self.reasons.append(why)
        if not self.lines or (
            line.action_line
            and all((line.action_line, line.involvement) != (each.action_line, each.involvement) for each in self.lines)
        ):
            self.lines.append(line)


@dataclass(frozen=True)
class _World:
    """The links that stand, and the organisations that are named by number or that others count as."""

    links: Mapping[UUID, Link]
    organisations: Mapping[UUID, Organisation]
    by_identifier: Mapping[str, UUID]

    @classmethod
    def around(cls, reported: Iterable[UUID], suggested: Iterable[Suggestion], dropped: Iterable[str]) -> "_World":
        links = ledger.links()
        targets = {_root(links, organisation) for organisation in reported if organisation in links}
        numbers = {*dropped, *(each.row.kvk_number for each in suggested)} - {""}
        codes = {*dropped, *(each.row.institution_code for each in suggested)} - {""}
        wanted = Q(pk__in=targets) | Q(kvk_number__in=numbers) | Q(institution_code__in=codes)
        rows = {row.pk: row for row in Organisation.objects.filter(wanted)}
        # Whom a suggested or dropped organisation counts as is only known after it is found.
        missing = {_root(links, pk) for pk in rows if pk in links} - rows.keys()
        if missing:
            rows |= {row.pk: row for row in Organisation.objects.filter(pk__in=missing)}
        identifiers = {each: row.pk for row in rows.values() for each in (row.kvk_number, row.institution_code) if each}
        return cls(links, rows, identifiers)

    def root(self, organisation: UUID) -> UUID:
        return _root(self.links, organisation)

    def key_of(self, identifier: str) -> UUID | str:
        known = self.by_identifier.get(identifier)
        return identifier if known is None else self.root(known)

    def named(self, row: ParticipationLine) -> UUID | str:
        return self.by_identifier.get(row.kvk_number) or self.by_identifier.get(row.institution_code) or row.identifier

    def as_now(self, organisation: UUID, line: ParticipationLine) -> ParticipationLine:
        """The row as reported; of one that counts as another by now, with that one's number and facts."""
        root = self.root(organisation)
        target = self.organisations.get(root)
        if root == organisation or target is None or not target.identifier:
            return line
        known = {name: getattr(target, name) or "" for name in _FACTS}
        if known["size_class"] == SizeClass.UNKNOWN:
            known["size_class"] = line.size_class
        known["postcode"] = known["postcode"] or line.postcode
        known["name"] = known["name"] or line.name
        return replace(line, **known)


def _root(links: Mapping[UUID, Link], organisation: UUID) -> UUID:
    while (link := links.get(organisation)) is not None:
        organisation = link.target
    return organisation


def _quarter(period: str) -> str:
    return notation.quarter(period, language=get_language() or notation.DUTCH)


def _earlier(report: QuarterlyReport) -> ReportVersion | None:
    """The version that counts of the newest earlier quarter of which one does."""
    # The annotation of `with_counting` is beyond what types know.
    reports: Any = QuarterlyReport.objects.with_counting()
    counting = reports.filter(
        consortium=report.consortium_id, quarter__index__lt=report.quarter.index, counting_version_id__isnull=False
    )
    newest = counting.order_by("-quarter__index").values_list("counting_version_id", flat=True).first()
    return ReportVersion.objects.select_related("report").filter(pk=newest).first() if newest else None


def _rows_of(version: ReportVersion | None) -> list[tuple[UUID, ParticipationLine]]:
    if version is None:
        return []
    rows = Participation.objects.filter(version=version).order_by("position")
    found = []
    for organisation, line, involvement, *facts in rows.values_list(
        "organisation_id", "action_line__code", "involvement", *_FACTS
    ):
        known = dict(zip(_FACTS, facts, strict=True))
        found.append((organisation, ParticipationLine(origin="", action_line=line, involvement=involvement, **known)))
    return found


def _listed_in(version: ReportVersion | None) -> list[tuple[UUID, str]]:
    """The organisations of a version, each with the number or code under which it is there."""
    if version is None:
        return []
    rows = Participation.objects.filter(version=version).order_by("-position")
    return [
        (organisation, number or code)
        for organisation, number, code in rows.values_list("organisation_id", "kvk_number", "institution_code")
    ]


# --- commands


@transaction.atomic
def confirm(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    identifiers: Collection[str] | None = None,
    pairs: Mapping[str, Sequence[Pair]] | None = None,
) -> int:
    """Add the rows of proposals to the draft, in one save; gives how many organisations that were.

    `identifiers`: which; None stands for all that nobody dropped. `pairs`: by identifier in which action lines and how,
    instead of as proposed. What a colleague confirmed or added in the meantime stays as it is and is no error.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as `reporting.edit`.
        Refused: an organisation that is not proposed (any more), or rows that cannot be stored.
    """
    held, proposed = _in_hand(actor, consortium, quarter)
    chosen = proposed.open if identifiers is None else _chosen(proposed, identifiers)
    chosen = [each for each in chosen if not each.listed_as]
    wanted = []
    for each in chosen:
        for line in _paired(each, pairs or {}):
            origin = f"/participations/{each.identifier}"
            wanted.append(Edit(edits.key_of(line), None, replace(line, origin=origin)))
    if wanted:
        reporting.edit(actor=actor, consortium=consortium, quarter=quarter, wanted=wanted)
    again = {each.dropped_as for each in chosen if each.dropped_as}
    if again:
        in_hand.author(held.open_version, actor)
        DroppedProposal.objects.filter(report=held.report, identifier__in=again).delete()
    return len(chosen)


@transaction.atomic
def drop(
    *, actor: User, consortium: str, quarter: str, identifiers: Collection[str], seen: Iterable[Line] | None = None
) -> int:
    """Leave organisations out: what the draft has of them goes, and what was proposed is not proposed any more.

    `seen`: their rows as the actor saw them; None: whatever is there. Gives how many organisations were left out.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow, Refused: as `reporting.edit`.
        Stale: a colleague has meanwhile changed rows of these in the draft.
    """
    held, proposed = _in_hand(actor, consortium, quarter)
    version = held.open_version or (held.versions[-1] if held.versions else None)
    stored = edits.keyed(drafts.lines_of(version)) if version else {}
    known = [proposed.by_identifier[each] for each in identifiers if each in proposed.by_identifier]
    rows = {key: line for key, line in stored.items() if isinstance(line, ParticipationLine)}
    named = {*identifiers, *(each.listed_as for each in known if each.listed_as)}
    # A row may carry the number, the code or both.
    named |= {
        each for line in rows.values() if _names(line, named) for each in (line.kvk_number, line.institution_code)
    }
    named -= {""}
    theirs: dict[str, Line] = {key: line for key, line in rows.items() if _names(line, named)}
    base = theirs if seen is None else edits.keyed(seen)
    wanted = [Edit(key, base.get(key), None) for key in {**theirs, **base}]
    if wanted:
        reporting.edit(actor=actor, consortium=consortium, quarter=quarter, wanted=wanted)
    fresh = {each.identifier for each in known if not each.dropped_as}
    if fresh:
        in_hand.author(held.open_version, actor)
    DroppedProposal.objects.bulk_create(
        [DroppedProposal(report=held.report, identifier=identifier, dropped_by=actor) for identifier in sorted(fresh)],
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    return len({*fresh, *(rows[key].identifier for key in theirs)})


@transaction.atomic
def restore(*, actor: User, consortium: str, quarter: str, identifiers: Collection[str]) -> int:
    """Propose dropped organisations again; gives how many there were. What was not dropped is no error.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as `reporting.edit`.
    """
    held, proposed = _in_hand(actor, consortium, quarter)
    again = {each.dropped_as for key in identifiers if (each := proposed.by_identifier.get(key)) and each.dropped_as}
    removed, _by_model = DroppedProposal.objects.filter(
        report=held.report, identifier__in={*identifiers, *again}
    ).delete()
    if removed:
        in_hand.author(held.open_version, actor)
    return removed


def _in_hand(actor: User, consortium: str, quarter: str) -> tuple[Standing, Proposals]:
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    in_hand.require_open_quarter(report, held)
    version = held.open_version or (held.versions[-1] if held.versions else None)
    return held, of(report, version)


def _chosen(proposed: Proposals, identifiers: Collection[str]) -> list[Proposal]:
    unknown = [each for each in identifiers if each not in proposed.by_identifier]
    if unknown:
        detail = _("This organisation is not proposed any more.")
        raise Refused([Problem(f"/participations/{each}", "not-proposed", detail) for each in unknown])
    return list({id(proposed.by_identifier[each]): proposed.by_identifier[each] for each in identifiers}.values())


def _paired(proposal: Proposal, pairs: Mapping[str, Sequence[Pair]]) -> list[ParticipationLine]:
    chosen = pairs.get(proposal.identifier, ())
    return [
        replace(proposal.lines[0], action_line=line, involvement=involvement)
        for line, involvement in dict.fromkeys(chosen)
    ] or list(proposal.lines)


def _names(line: ParticipationLine, identifiers: Collection[str]) -> bool:
    return line.kvk_number in identifiers or line.institution_code in identifiers
