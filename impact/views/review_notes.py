"""What a reviewer sees of one report beside its figures: odd values, notes at the cells, marks, and what is next."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from impact import cockpit, evidence, follow_ups, preview
from impact.edits import NO_LINE
from impact.measures import Number
from impact.models import FollowUp, ReportVersion
from impact.preview import Compared
from impact.rollups import Dimensions
from impact.submission import FigureLine
from impact.views import odd_words
from impact.views.asked import Question
from impact.views.desk import Desk
from impact.views.odd_words import OddShown


@dataclass(frozen=True)
class AtCell:
    """What stands at one figure, beside its number."""

    place: str
    explanation: str
    comments: int
    evidence: int
    marks: int
    reasons: tuple[str, ...] = ()
    """Why it is odd or asked a question of the HIP, each in a sentence."""

    def __bool__(self) -> bool:
        return bool(self.explanation or self.comments or self.evidence or self.marks or self.reasons)


def place_of(indicator: str, line: str | None) -> str:
    """A figure as comments, evidence and marks name it."""
    return f"/figures/{indicator}/{line or NO_LINE}"


def context(
    desk: Desk, version: ReportVersion, dimensions: Dimensions, questions: Iterable[Question]
) -> dict[str, Any]:
    """Everything beside the figures; of a draft there are no odd values."""
    found = cockpit.of_quarter(desk.actor, desk.quarter, desk.state, dimensions)
    marks = list(follow_ups.visible_to(desk.actor).filter(report=desk.report)) if not desk.report._state.adding else []
    open_marks: dict[tuple[str, str], list[FollowUp]] = {}
    for mark in marks:
        if mark.done_at is None:
            open_marks.setdefault((str(mark.report_id), mark.place), []).append(mark)
    own = [odd for odd in found.odd if odd.version.pk == version.pk]
    earlier = next((each for each in reversed(desk.standing.versions) if each.number < version.number), None)
    odd = odd_words.shown(own, dimensions, open_marks)
    return {
        "odd": odd,
        "marks": marks,
        "earlier": earlier,
        "earlier_values": preview.values_of(desk.report, earlier, desk.state, dimensions) if earlier else {},
        "at_cells": _at_cells(desk, marks, questions, odd),
        "next_url": _next(desk, found),
    }


def _at_cells(
    desk: Desk, marks: Iterable[FollowUp], questions: Iterable[Question], odd: Iterable[OddShown]
) -> dict[str, AtCell]:
    asked = {
        place_of(line.indicator, line.action_line): question
        for question in questions
        if isinstance(line := question.place.line, FigureLine)
    }
    explained = {place: question.explanation for place, question in asked.items()}
    reasons = {place_of(row.indicator.code, row.action_line.code if row.action_line else None): row for row in odd}
    backed = Counter({place: len(rows) for place, rows in evidence.grouped(_evidence(desk)).items()})
    marked = Counter(mark.place for mark in marks if mark.done_at is None)
    said = desk.checklist.open_comments
    return {
        place: AtCell(
            place,
            explained.get(place, ""),
            said.get(place, 0),
            backed[place],
            marked[place],
            (reasons[place].reason,) if place in reasons else tuple(asked[place].details) if place in asked else (),
        )
        for place in {*asked, *reasons, *said, *backed, *marked}
    }


def _evidence(desk: Desk) -> Any:
    return [] if desk.report._state.adding else evidence.of_report(desk.actor, desk.report)


def _next(desk: Desk, found: cockpit.Cockpit) -> str:
    """The next report of the quarter that waits for this reader, after this one and then from the top."""
    waiting = [row for row in found.rows if row.waits and not row.is_own and row.obligation.report.pk != desk.report.pk]
    number = desk.hip.number
    later = [row for row in waiting if row.obligation.report.consortium.number > number]
    chosen = next(iter(later or waiting), None)
    if chosen is None:
        return ""
    report = chosen.obligation.report
    return reverse("impact:review", args=[report.consortium.slug, report.quarter_id])


@dataclass(frozen=True)
class Earlier:
    """A figure in the version before, and how much it differs now."""

    value: Number | None
    difference: Decimal | None


def annotate(rows: Iterable[dict[str, Any]], notes: Mapping[str, Any]) -> None:
    """Put what stands at each figure, and what it was in the version before, with the rows of figures."""
    for row in rows:
        code = row["indicator"].code
        if row["total"] is not None:
            row["note"] = notes["at_cells"].get(place_of(code, None))
            row["earlier"] = _earlier(row["total"], notes)
        for each in row["lines"]:
            each["note"] = notes["at_cells"].get(place_of(code, each["line"].code))
            each["earlier"] = _earlier(each["figure"], notes)


def _earlier(figure: Compared, notes: Mapping[str, Any]) -> Earlier:
    then = notes["earlier_values"].get((figure.indicator_id, figure.action_line_id))
    unknown = then is None or figure.now is None
    return Earlier(then, None if unknown else Decimal(figure.now or 0) - Decimal(then))
