"""What is still to do on a quarter and by whom: parts, comments and changes, as one reader may see them. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from consortia import access
from consortia.access import Permission
from consortia.models import User
from impact import places, transitions
from impact.models import Comment, Evidence, Mention, ReportPart, Section
from impact.standing import Standing
from impact.transitions import Step


@dataclass(frozen=True)
class Part:
    """A part of the report with who takes care of it."""

    section: Section
    action_line: str | None
    owner: User | None
    done_by: User | None
    done_at: datetime | None
    """None where it was done before the report was last handed in: that is done with."""
    is_nil: bool

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


@dataclass(frozen=True)
class Checklist:
    """Who does what in one report, and where something was said that is not settled."""

    parts: tuple[Part, ...] = ()
    open_comments: dict[str, int] = field(default_factory=dict)
    """By place: how many."""

    evidence: int = 0
    """Files and links that stand with the report."""

    @property
    def number_of_comments(self) -> int:
        return sum(self.open_comments.values())

    def part(self, section: str) -> Part | None:
        """The section as a whole."""
        return next((each for each in self.parts if each.section == section and each.action_line is None), None)

    def comments_in(self, section: str) -> int:
        """Open comments at the section and at its rows."""
        return sum(number for place, number in self.open_comments.items() if places.section_of(place) == section)

    def owners_in(self, section: str) -> list[User]:
        """Who takes care of the section, or of a line of it; each once."""
        found = {part.owner.pk: part.owner for part in self.parts if part.section == section and part.owner}
        return list(found.values())


def of(actor: Any, held: Standing) -> Checklist:
    """The checklist of a report for who sees its drafts; for others it is empty."""
    report = held.report
    if report._state.adding or not access.allows(actor, Permission.SEE_REPORTS, report.consortium_id):
        return Checklist()
    said = Comment.objects.filter(report=report, settled_at__isnull=True)
    counts: dict[str, int] = {}
    for place in said.values_list("place", flat=True):
        counts[place] = counts.get(place, 0) + 1
    evidence = Evidence.objects.filter(report=report, removed_at__isnull=True).count()
    return Checklist(tuple(_parts(held)), counts, evidence)


def _parts(held: Standing) -> Iterable[Part]:
    since = since_when(held)
    rows = ReportPart.objects.filter(report=held.report).select_related("owner", "done_by", "action_line")
    for row in sorted(rows, key=_order):
        holds = is_done(row, since)
        yield Part(
            section=Section(row.section),
            action_line=row.action_line.code if row.action_line else None,
            owner=row.owner,
            done_by=row.done_by if holds else None,
            done_at=row.done_at if holds else None,
            is_nil=row.is_nil and holds,
        )


def since_when(held: Standing) -> datetime | None:
    """What was marked as done before this moment was handed in then, and says nothing of what is to be done now."""
    if not transitions.allows(held.status, Step.FILL):
        return None
    return max((version.submitted_at for version in held.versions if version.submitted_at), default=None)


def is_done(part: ReportPart, since: datetime | None) -> bool:
    return part.done_at is not None and (since is None or part.done_at > since)


def _order(part: ReportPart) -> tuple[int, int]:
    return Section.values.index(part.section), part.action_line.order if part.action_line else -1


def comments(actor: Any, held: Standing) -> QuerySet[Comment]:
    """What was said about a report, oldest first, for who sees its drafts; for others nothing."""
    report = held.report
    if report._state.adding or not access.allows(actor, Permission.SEE_REPORTS, report.consortium_id):
        return Comment.objects.none()
    mentions = Prefetch("mentions", Mention.objects.select_related("user"))
    return (
        Comment.objects.filter(report=report)
        .select_related("author", "settled_by")
        .prefetch_related(mentions)
        .order_by("at", "id")
    )


@dataclass(frozen=True)
class Mine:
    """What one person is to do: parts of reports that are due, and comments that are meant for them."""

    parts: list[ReportPart]
    comments: list[Comment]


def mine(actor: Any, due: Iterable[Standing]) -> Mine:
    """The actor's parts of these reports that are not done, and the open comments that mention them."""
    standings = {held.report.pk: held for held in due}
    rows = ReportPart.objects.filter(owner=actor, report__in=standings).select_related(
        "report__consortium", "report__quarter", "action_line"
    )
    parts = [row for row in rows if not is_done(row, since_when(standings[row.report_id]))]
    said = Comment.objects.filter(mentions__user=actor, settled_at__isnull=True).select_related(
        "report__consortium", "report__quarter", "author"
    )
    where = access.consortia_where(actor, Permission.SEE_REPORTS)
    if where is not None:
        # Whoever has left a HIP does not read on what is said there.
        said = said.filter(report__consortium__in=where)
    order = sorted(parts, key=lambda row: (row.report.quarter.index, row.report.consortium.number, *_order(row)))
    return Mine(order, list(said.order_by("-at")))
