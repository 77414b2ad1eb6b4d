"""What a backfill workbook would change, report by report; taking it over; and handing in what was taken over.

A report goes through the same comparison and the same commands as a workbook of one quarter does. All of a workbook is
taken over, in one transaction, or nothing of it. Source: docs/semantics.md, "Input".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from consortia.errors import DomainError, Problem, Refused, Stale
from consortia.models import User
from impact import drafts, explanations, ledger, obligations, reporting, transitions
from impact.backfill import reading as backfill_reading
from impact.backfill.reading import Backfill, Report, Tell
from impact.forms import merging
from impact.forms.questions import Questions
from impact.ledger import State
from impact.models import ReportVersion
from impact.standing import Standing, standing
from impact.submission import FigureLine
from impact.transitions import ReportStatus, Step
from impact.workbook import comparison
from impact.workbook.comparison import Change, Comparison

SHOWN_ROWS = 20
"""Changed rows of one report that are shown, and conflicts."""
KEPT_PROBLEMS = 2_000
"""Of the whole workbook, errors as well as warnings."""
CLOSED = "closed"
"""A report that takes nothing in since its quarter is closed: an extension opens it."""


@dataclass
class Outlook:
    """What taking a workbook over would do, as the page shows it (JSON)."""

    reports: list[dict[str, Any]]
    errors: list[list[str]]
    warnings: list[list[str]]
    error_count: int
    warning_count: int

    def as_json(self) -> dict[str, Any]:
        return {
            "reports": self.reports,
            "errors": self.errors[:KEPT_PROBLEMS],
            "warnings": self.warnings[:KEPT_PROBLEMS],
            "error_count": self.error_count,
            "warning_count": self.warning_count,
        }


def look(*, actor: Any, data: bytes, tell: Tell) -> Outlook:
    """Read a workbook and lay each report in it beside what is there now; stores nothing.

    Raises:
        Refused: the file cannot be read, or is no backfill workbook of this portal.
        NotVisible, NotPermitted: as `reporting.judge`.
    """
    found = backfill_reading.read(data, tell=tell)
    outlook = Outlook([], _plain(found.findings.problems), _plain(found.findings.doubts), 0, 0)
    number = len(found.reports)
    state = ledger.resolve()
    for done, report in enumerate(list(found.reports), start=1):
        held = standing(actor, *report)
        # Large ones are let go as soon as they are looked at.
        laid = comparison.lay_beside(actor=actor, held=held, reading=found.reports.pop(report))
        outlook.reports.append(_summary(held, laid, state, found))
        outlook.errors += _plain(laid.errors)
        outlook.warnings += _plain(laid.warnings)
        tell(done, number)
    outlook.error_count, outlook.warning_count = len(outlook.errors), len(outlook.warnings)
    return outlook


def _plain(problems: Sequence[Problem]) -> list[list[str]]:
    return [[each.pointer, str(each.detail)] for each in problems]


def _summary(held: Standing, laid: Comparison, state: State, found: Backfill) -> dict[str, Any]:
    report = held.report
    questions = found.asked[report.quarter_id]
    kinds = [_kind(each) for each in laid.applicable]
    return {
        "hip": report.consortium.slug,
        "name": report.consortium.name,
        "quarter": report.quarter_id,
        "status": held.status.value,
        "tag": held.tag,
        "added": kinds.count("added"),
        "changed": kinds.count("changed"),
        "removed": kinds.count("removed"),
        "errors": len(laid.errors),
        "warnings": len(laid.warnings),
        "notes": len(found.notes[report.consortium.slug, report.quarter_id]),
        "conflicts": [_shown(each, questions) for each in laid.conflicts[:SHOWN_ROWS]],
        "conflict_count": len(laid.conflicts),
        "rows": [_shown(each, questions) for each in laid.applicable[:SHOWN_ROWS]],
        "refused_by": _refused_by(held, state) if laid.changes else "",
    }


def _kind(change: Change) -> str:
    return "removed" if change.workbook is None else "added" if change.draft is None else "changed"


def _shown(change: Change, questions: Questions) -> list[str]:
    """What a row is about, what it was when the workbook was made, what it is now, and what the workbook says."""
    line = change.workbook or change.draft or change.base
    assert line is not None, "a change has two sides"
    sides = (change.base, change.draft, change.workbook)
    return [
        merging.label_of(line, questions),
        *("" if side is None else merging.words_of([side], questions) for side in sides),
    ]


def _refused_by(held: Standing, state: State) -> str:
    """The state that keeps changes out: a status of the report, or `CLOSED`; empty where they may come in."""
    if not transitions.allows(held.status, Step.FILL):
        return held.status.value
    is_closed = held.report.quarter.index in state.closed
    is_open = obligations.takes_new_reports(held.report, is_closed=is_closed, has_counted=held.has_counted)
    return "" if is_open else CLOSED


# --- taking it over


@dataclass(frozen=True)
class Taken:
    drafted: tuple[Report, ...]
    """The reports of the workbook that are a draft now."""
    notes: Mapping[Report, Mapping[str, str]]


@transaction.atomic
def take_over(*, actor: User, data: bytes, seen: Mapping[Report, str], tell: Tell) -> Taken:
    """Make the changes of a workbook in every report, or in none.

    `seen`: the tag that each report had when the actor saw what would change.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `reporting.edit`.
        Refused: something is wrong with the workbook.
        Stale: a report changed since it was looked at, or others changed the same rows since the workbook was made.
    """
    found = backfill_reading.read(data, tell=tell)
    problems = list(backfill_reading.problems(found))
    if problems:
        raise Refused(problems)
    drafted, number = [], len(found.reports)
    for done, report in enumerate(list(found.reports), start=1):
        held = standing(actor, *report)
        if held.tag != seen.get(report):
            raise Stale(_named(held, _("this changed after you looked at it.")))
        laid = comparison.lay_beside(actor=actor, held=held, reading=found.reports.pop(report))
        if laid.changes:
            try:
                comparison.take_over(actor=actor, consortium=report[0], quarter=report[1], comparison=laid)
            except Refused:
                raise
            except DomainError as error:
                error.detail = _named(held, error.detail)
                raise
        if _explain(actor, report, found.notes[report]):
            drafted.append(report)
        tell(done, number)
    return Taken(tuple(drafted), found.notes)


def _named(held: Standing, detail: str) -> str:
    return f"{held.report.consortium.name}, {held.report.quarter_id}: {detail}"


def _explain(actor: User, report: Report, notes: Mapping[str, str]) -> bool:
    """Keep what explains the questions of a draft, for whoever hands it in; False where there is no draft."""
    version = standing(actor, *report).open_version
    if version is None or not transitions.allows(ReportStatus(version.status), Step.SUBMIT):
        return False
    if any(notes):
        given = {place: text for _pointer, place, text in _explained(actor, report, version, notes) if text}
        if given:
            explanations.keep(actor=actor, consortium=report[0], quarter=report[1], given=given)
    return True


def _explained(
    actor: User, report: Report, version: ReportVersion, notes: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Of each question of a draft its pointer, its place, and what of the notes explains it."""
    lines = drafts.lines_of(version)
    verdict = reporting.judge(actor=actor, consortium=report[0], quarter=report[1], lines=lines)
    by_origin = {line.origin: line for line in lines}
    for pointer in dict.fromkeys(warning.pointer for warning in verdict.warnings):
        line = by_origin.get(pointer) or by_origin.get(pointer.rpartition("/")[0])
        section = pointer.split("/")[1] if pointer.startswith("/") else ""
        indicator = line.indicator if isinstance(line, FigureLine) else ""
        yield pointer, explanations.place_of(pointer, line), notes.get(indicator) or notes.get(section, "")


# --- handing in


@dataclass(frozen=True)
class HandedIn:
    """How handing in one report went: what is wrong, in words; nothing where it is in."""

    report: Report
    problems: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"hip": self.report[0], "quarter": self.report[1], "problems": list(self.problems)}


def hand_in(
    *, actor: User, reports: Sequence[Report], notes: Mapping[Report, Mapping[str, str]], tell: Tell
) -> list[HandedIn]:
    """Submit drafts one by one, each with what explains it; one that is refused keeps no other from being in."""
    found = []
    for done, report in enumerate(reports, start=1):
        try:
            _submit(actor, report, notes.get(report, {}))
        except Refused as error:
            found.append(HandedIn(report, tuple(dict.fromkeys(str(each.detail) for each in error.problems))))
        except DomainError as error:
            found.append(HandedIn(report, (error.detail,)))
        else:
            found.append(HandedIn(report))
        tell(done, len(reports))
    return found


@transaction.atomic
def _submit(actor: User, report: Report, notes: Mapping[str, str]) -> None:
    """
    Raises:
        NotVisible, NotPermitted, NotAllowedNow, Stale, Refused: as for `reporting.submit`.
    """
    held = standing(actor, *report)
    version = held.open_version
    if version is not None and version.submitted_by_id == actor.pk:
        return  # A worker that was killed got this far.
    given: dict[str, str] = {}
    if version is not None:
        kept = explanations.of(held.report, drafts.lines_of(version))
        for pointer, place, text in _explained(actor, report, version, notes):
            holds = kept.get(place)
            given[pointer] = text or (holds.text if holds and holds.holds else "")
    reporting.submit(
        actor=actor,
        consortium=report[0],
        quarter=report[1],
        comment=notes.get("", ""),
        explanations={pointer: text for pointer, text in given.items() if text},
        base=held.tag,
    )
