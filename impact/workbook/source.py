"""What a workbook is about: one report as somebody may see it now, and what stands beside it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from consortia.models import Consortium
from impact import drafts, ledger, obligations, proposals
from impact.forms.questions import Questions
from impact.ledger import State
from impact.models import Quarter, ReportVersion
from impact.proposals import Proposal
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
    before = _version_before(held, state)
    return Source(
        standing=held,
        questions=Questions.of(report.quarter, state),
        lines=tuple(drafts.lines_of(version)) if version else (),
        previous=tuple(drafts.lines_of(before)) if before else (),
        proposed=tuple(proposals.of(report, version).open),
        due_date=obligations.deadline_of(report).due_date,
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
