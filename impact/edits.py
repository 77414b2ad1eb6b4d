"""Which rows of a draft somebody changed, and whether somebody else changed the same ones. Pure.

A row is known by its key: what may be there once, such as an indicator in an action line, or an organisation in a line
and a way of taking part. The key stays the same when rows move: cells, comments, evidence and workbooks name places
by it. Source: docs/semantics.md, "Input".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consortia.errors import escaped
from impact import content
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine, organisation_keys

NO_LINE = "-"
"""Stands for the action line in the key of a figure of the HIP as a whole."""


@dataclass(frozen=True)
class Edit:
    """A row that somebody wants otherwise: what it was when they looked, and what it becomes; None: no such row."""

    key: str
    base: Line | None
    line: Line | None


@dataclass(frozen=True)
class Conflict:
    """A row that two people changed: what both started from, what one of them wants, and what is stored by now."""

    key: str
    base: Line | None
    mine: Line | None
    theirs: Line | None


def keyed(lines: Iterable[Line]) -> dict[str, Line]:
    """The rows by their key, in their order; of rows with one key (a draft cannot have them) the first."""
    lines = list(lines)
    participations = [line for line in lines if isinstance(line, ParticipationLine)]
    organisations = iter(organisation_keys(participations, {}))
    found: dict[str, Line] = {}
    for line in lines:
        organisation = str(next(organisations)) if isinstance(line, ParticipationLine) else ""
        found.setdefault(_key(line, organisation), line)
    return found


def key_of(line: Line) -> str:
    """The key of one row by itself: `/figures/assignments/innovation`, `/participations/00001234/talent/project`."""
    return _key(line, line.identifier if isinstance(line, ParticipationLine) else "")


def _key(line: Line, organisation: str) -> str:
    match line:
        case FigureLine():
            parts = ["figures", line.indicator, line.action_line or NO_LINE]
        case ParticipationLine():
            parts = ["participations", organisation, line.action_line, line.involvement]
        case UnidentifiedLine():
            parts = ["unidentifiedCompanies", line.action_line]
        case HeadcountLine():
            parts = ["headcounts", line.group, line.category, line.action_line, line.institution_code]
    return "".join(f"/{escaped(part)}" for part in parts)


def row(line: Line | None) -> dict[str, Any] | None:
    """The row as in the API; None where there is none."""
    return None if line is None else content.row(line)


def same(some: Line | None, other: Line | None) -> bool:
    """Whether two rows say the same, whatever door they came through."""
    return row(some) == row(other)


def between(base: Iterable[Line], mine: Iterable[Line]) -> list[Edit]:
    """What leads from one content to the other, row by row."""
    before, after = keyed(base), keyed(mine)
    return [
        Edit(key, before.get(key), after.get(key))
        for key in {**before, **after}
        if not same(before.get(key), after.get(key))
    ]


def apply(stored: Sequence[Line], wanted: Iterable[Edit]) -> tuple[list[Line], list[Conflict]]:
    """The stored rows with the edits made, and the edits of rows that are not what their author saw any more.

    What already is as wanted is no conflict. A changed row stays where it is, a new one goes to the end. The rows that
    are not edited carry their key as origin, edited ones the origin that their door gave them.
    """
    now = {key: replace(line, origin=key) for key, line in keyed(stored).items()}
    result: dict[str, Line] = dict(now)
    conflicts = []
    for edit in wanted:
        theirs = now.get(edit.key)
        if not same(theirs, edit.base) and not same(theirs, edit.line):
            conflicts.append(Conflict(edit.key, edit.base, edit.line, theirs))
        elif edit.line is None:
            result.pop(edit.key, None)
        else:
            result[edit.key] = edit.line
    return list(result.values()), conflicts


def log(changes: Iterable[Edit]) -> list[Mapping[str, Any]]:
    """The changes as they are kept with the draft; amounts become text, for JSON has no exact decimals."""
    return [{"key": each.key, "before": _plain(each.base), "after": _plain(each.line)} for each in changes]


def _plain(line: Line | None) -> dict[str, Any] | None:
    return None if line is None else {key: _exact(value) for key, value in content.row(line).items()}


def _exact(value: object) -> object:
    return value if isinstance(value, (int, str)) else str(value)
