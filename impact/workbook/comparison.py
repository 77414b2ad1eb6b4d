"""What a workbook would change: base, draft and workbook row by row; and making the change."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from consortia.errors import Problem, Refused, Stale
from consortia.models import User
from impact import drafts, edits, proposals, reporting, returning
from impact.edits import Conflict, Edit
from impact.forms.questions import Questions
from impact.standing import Standing, standing
from impact.submission import Line, Verdict
from impact.workbook import history
from impact.workbook import reading as workbook_reading
from impact.workbook.history import Save
from impact.workbook.reading import Reading


@dataclass(frozen=True)
class Change:
    """A row that the workbook wants otherwise, and what is in the draft by now."""

    key: str
    base: Line | None
    draft: Line | None
    workbook: Line | None
    is_conflict: bool
    """Somebody else changed this row too, into something else."""
    is_own: bool = False
    """The actor changed this row in the portal meanwhile: what they want now is in the workbook."""


@dataclass(frozen=True)
class Comparison:
    reading: Reading
    wanted: tuple[Edit, ...]
    """What the actor changed in the portal since has what is stored now as its base: their newer word counts."""
    own: frozenset[str]
    """The keys of those rows."""
    left_out: tuple[str, ...]
    """Open proposals that the workbook answers with no, by number or code."""
    stored: tuple[Line, ...]
    errors: tuple[Problem, ...]
    """Pointers are addresses of cells, names of sheets, or empty."""
    warnings: tuple[Problem, ...]

    @cached_property
    def changes(self) -> list[Change]:
        """What the workbook wants otherwise than it is now; what already is as wanted is no change."""
        now = edits.keyed(self.stored)
        _lines, conflicts = edits.apply(self.stored, self.wanted)
        clashing = {conflict.key: conflict for conflict in conflicts}
        base = edits.keyed(self.reading.about.base)
        found = []
        for edit in self.wanted:
            draft = clashing[edit.key].theirs if edit.key in clashing else now.get(edit.key)
            if not edits.same(draft, edit.line):
                found.append(
                    Change(edit.key, base.get(edit.key), draft, edit.line, edit.key in clashing, edit.key in self.own)
                )
        return found

    @property
    def conflicts(self) -> list[Change]:
        return [change for change in self.changes if change.is_conflict]

    @property
    def applicable(self) -> list[Change]:
        return [change for change in self.changes if not change.is_conflict]

    @property
    def seen(self) -> str:
        """What the conflicts were when somebody chose to leave them as they are."""
        return fingerprint((change.key, change.draft) for change in self.conflicts)


def stale(found: Comparison, held: Standing) -> list[Problem]:
    """The rows that others changed too as errors, each at its cell: for whoever chose to take over all or nothing."""
    if not found.conflicts:
        return []
    saves = history.since(held.report, found.reading.about.revision)
    problems = []
    for change in found.conflicts:
        last = history.last(saves, change.key)
        where = found.reading.address(change.key)
        if last is None:
            detail = _("This was changed in the portal after the workbook was downloaded: %(key)s.")
            problems.append(Problem(where, "stale", detail % {"key": change.key}))
            continue
        detail = _("%(who)s changed this in the portal after the workbook was downloaded, on %(when)s: %(key)s.")
        when = formats.date_format(timezone.localtime(last.at), "j F Y H:i")
        problems.append(Problem(where, "stale", detail % {"who": last.actor, "when": when, "key": change.key}))
    return problems


def fingerprint(rows: Iterable[tuple[str, Line | None]]) -> str:
    text = "\n".join(f"{key} {edits.row(line)}" for key, line in sorted(rows, key=lambda row: row[0]))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def compare(*, actor: Any, held: Standing, questions: Questions, data: bytes) -> Comparison:
    """Read a workbook and lay it beside the draft as it is now; stores nothing.

    Raises:
        Refused: the file cannot be read, or is no workbook of this report.
        NotVisible, NotPermitted: as `reporting.judge`.
    """
    report = held.report
    slug, period = report.consortium.slug, report.quarter_id
    reading = workbook_reading.read(data, consortium=slug, quarter=period, questions=questions)
    return lay_beside(actor=actor, held=held, reading=reading)


def lay_beside(*, actor: Any, held: Standing, reading: Reading) -> Comparison:
    """What was read of a report, beside its draft as it is now; stores nothing.

    Raises:
        NotVisible, NotPermitted: as `reporting.judge`.
    """
    report = held.report
    where: dict[str, Any] = {"actor": actor, "consortium": report.consortium.slug, "quarter": report.quarter_id}
    stored = drafts.lines_of(held.version) if held.version else []
    verdict = _judged(where, reading.lines)
    errors = [*reading.problems, *_at_cells(verdict.errors, reading)]
    if verdict.errors:
        errors = [*reading.problems, *_at_cells(_new_errors(verdict.errors, reading, where), reading)]
    wanted, own = _rebased(_of_what_was_read(reading), stored, history.since(report, reading.about.revision), actor)
    if not errors:
        errors = _errors_together(stored, wanted, reading, where)
    # Not of the workbook as it stands, which may be older than a return, but of what it would make of the draft.
    errors += _at_cells(returning.problems(report, held, edits.apply(stored, wanted)[0]), reading)
    warnings = [*reading.findings.doubts, *_at_cells(verdict.warnings, reading)]
    return Comparison(
        reading=reading,
        wanted=tuple(wanted),
        own=own,
        left_out=tuple(_still_proposed(reading.left_out, held)),
        stored=tuple(stored),
        errors=_once(errors),
        warnings=_once(warnings),
    )


def _judged(where: dict[str, Any], lines: Sequence[Line]) -> Verdict:
    """What the check says of the lines by themselves, whatever is fixed."""
    verdict = reporting.judge(**where, lines=lines)
    return replace(verdict, errors=tuple(each for each in verdict.errors if each.code != returning.FIXED))


def _of_what_was_read(reading: Reading) -> list[Edit]:
    """What the workbook changes; a sheet that is not there, or cannot be read, says nothing of its rows."""
    wanted = edits.between(reading.about.base, reading.lines)
    return [edit for edit in wanted if edit.key.split("/")[1] in reading.sheets]


def _rebased(
    wanted: Sequence[Edit], stored: Sequence[Line], saves: Sequence[Save], actor: Any
) -> tuple[list[Edit], frozenset[str]]:
    """The edits, with those rows that only the actor changed since the workbook was made based on what they are now."""
    _lines, conflicts = edits.apply(stored, wanted)
    now = edits.keyed(stored)
    own = {
        each.key: each.theirs
        for each in conflicts
        # A row that stands under another key by now is left to a person.
        if edits.same(each.theirs, now.get(each.key))
        if history.actors(saves, each.key) == {actor.pk}
    }
    rebased = [replace(edit, base=own[edit.key]) if edit.key in own else edit for edit in wanted]
    return rebased, frozenset(own)


def _still_proposed(identifiers: Sequence[str], held: Standing) -> list[str]:
    """Only what is still proposed: what a colleague put into the draft meanwhile stays there."""
    if not identifiers:
        return []
    proposed = proposals.of(held.report, held.version).by_identifier
    return [each for each in identifiers if each in proposed and proposed[each].is_open]


def _at_cells(problems: Iterable[Problem], reading: Reading) -> list[Problem]:
    return [replace(problem, pointer=reading.address(problem.pointer)) for problem in problems]


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """An organisation has one name and several rows: what is wrong with it is said once."""
    return tuple({(each.pointer, each.code, str(each.detail)): each for each in problems}.values())


def _new_errors(errors: Sequence[Problem], reading: Reading, where: dict[str, Any]) -> list[Problem]:
    """Without those that the rows had when the workbook was made, and that were left as they are."""
    base = edits.keyed(reading.about.base)
    by_key = edits.keyed(reading.lines)
    unchanged = {key for key, line in by_key.items() if key in base and edits.same(base[key], line)}
    if not unchanged:
        return list(errors)
    before = _judged(where, [replace(line, origin=key) for key, line in base.items()]).errors
    known = {
        (f"{by_key[key].origin}{problem.pointer.removeprefix(key)}", problem.code)
        for problem in before
        for key in (problem.pointer, problem.pointer.rpartition("/")[0])
        if key in unchanged
    }
    return [error for error in errors if (error.pointer, error.code) not in known or error.code == "duplicate"]


def _errors_together(
    stored: Sequence[Line], wanted: Sequence[Edit], reading: Reading, where: dict[str, Any]
) -> list[Problem]:
    """What is right by itself may not fit what others put into the draft meanwhile."""
    if not wanted or not edits.between(reading.about.base, stored):
        return []
    lines, _conflicts = edits.apply(stored, wanted)
    before = {
        (each.pointer, each.code)
        for each in _judged(where, [replace(line, origin=key) for key, line in edits.keyed(stored).items()]).errors
    }
    errors = _judged(where, lines).errors
    return _at_cells([each for each in errors if (each.pointer, each.code) not in before], reading)


@transaction.atomic
def take_over(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    comparison: Comparison,
    leave_conflicts: bool = False,
    seen: str | None = None,
) -> list[Conflict]:
    """Make the changes of a workbook; gives the rows that were left as others made them.

    `seen`: the conflicts that the actor chose to leave (`Comparison.seen`); None: whatever they are.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as `reporting.edit`.
        Refused: something is wrong with the workbook.
        Stale: rows were changed by others, and the actor did not choose to leave them, or saw others.
    """
    if comparison.errors:
        raise Refused(comparison.errors)
    _version, conflicts = reporting.edit(
        actor=actor,
        consortium=consortium,
        quarter=quarter,
        wanted=comparison.wanted,
        leave_conflicts=leave_conflicts,
    )
    if seen is not None and seen != fingerprint((each.key, each.theirs) for each in conflicts):
        raise Stale(_("Somebody else changed this report in the meantime."), conflicts=conflicts)
    if comparison.left_out:
        _leave_out(comparison.left_out, actor=actor, consortium=consortium, quarter=quarter)
    return conflicts


def _leave_out(identifiers: Sequence[str], **where: Any) -> None:
    still = _still_proposed(identifiers, standing(where["actor"], where["consortium"], where["quarter"]))
    if still:
        proposals.drop(**where, identifiers=still, seen=())
