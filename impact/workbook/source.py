"""What a workbook is about: one report as somebody may see it now, and what stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from consortia.models import Consortium
from impact import drafts, ledger, obligations, proposals, returning
from impact.forms.questions import Questions
from impact.ledger import State
from impact.models import Quarter, ReportVersion
from impact.proposals import Proposal
from impact.returning import Fixed
from impact.standing import Standing, standing
from impact.submission import Line


@dataclass(frozen=True)
class Source:
    standing: Standing
    questions: Questions
    lines: tuple[Line, ...]
    """The draft, or what a new version starts from."""
    previous: tuple[Line, ...] = ()
    """What counts of the quarter before, else what was filled in last."""
    proposed: tuple[Proposal, ...] = ()
    due_date: date | None = None
    kept: Fixed | None = None
    """What a selective return holds the draft to."""
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the reviewer says, by place, where only those places may change."""

    @property
    def hip(self) -> Consortium:
        return self.standing.report.consortium

    @property
    def quarter(self) -> Quarter:
        return self.standing.report.quarter


def of(actor: Any, consortium: str, quarter: str) -> Source:
    """Raises `NotVisible`: no such report, or not for this actor; who may fill it is for the caller to ask."""
    held = standing(actor, consortium, quarter)
    report, version = held.report, held.version
    state = ledger.resolve()
    kept, proposed = returning.fixed(held), proposals.of(report, version)
    before = _version_before(held, state)
    return Source(
        standing=held,
        questions=Questions.of(report.quarter, state),
        lines=tuple(drafts.lines_of(version)) if version else (),
        previous=tuple(drafts.lines_of(before)) if before else (),
        proposed=tuple(proposed.open if kept is None else proposed.where(kept.is_open).open),
        due_date=obligations.deadline_of(report).due_date,
        kept=kept,
        remarks=returning.remarks_of(held) if kept else {},
    )


def _version_before(held: Standing, state: State) -> ReportVersion | None:
    """Of the quarter before: the version that counts, else the newest. Only for who sees all of the report."""
    report = held.report
    index = report.quarter.index - 1
    counting = next(
        (
            row.version_id
            for row in state.counting
            if row.consortium_id == report.consortium_id and row.quarter == index
        ),
        None,
    )
    before = ReportVersion.objects.filter(report__consortium=report.consortium_id, report__quarter__index=index)
    return before.filter(pk=counting).first() if counting else before.order_by("-number").first()
