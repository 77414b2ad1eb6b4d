"""Which rows of a draft somebody changed, and whether somebody else changed the same ones. Pure.

A row is known by its key: what may be there once, such as an indicator in an action line, or an organisation in a line
and a way of taking part. The key stays the same when rows move: cells, comments, evidence and workbooks name places
by it. Source: docs/semantics.md, "Input".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from consortia.errors import escaped
from impact import content
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine

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
    found: dict[str, Line] = {}
    for line in lines:
        found.setdefault(key_of(line), line)
    return found


def key_of(line: Line) -> str:
    """The key of one row: `/figures/assignments/innovation`, `/participations/00001234/talent/project`.

    It says nothing that another row says: an organisation is named by what its own row carries, the KVK number first.
    """
    match line:
        case FigureLine():
            parts = ["figures", line.indicator, line.action_line or NO_LINE]
        case ParticipationLine():
            parts = ["participations", line.identifier, line.action_line, line.involvement]
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
    are not edited carry their key as origin, edited ones the origin that their door gave them. A row of an organisation
    that got another number or code since is not gone: it is what somebody else made of the row.
    """
    wanted = list(wanted)
    keys = {edit.key for edit in wanted}
    renamed = _Renamed(stored)
    now = {key: replace(line, origin=key) for key, line in keyed(stored).items()}
    result: dict[str, Line] = dict(now)
    conflicts = []
    for edit in wanted:
        theirs = now.get(edit.key)
        if theirs is None and isinstance(edit.base, ParticipationLine):
            other = renamed.key_of(edit.base)
            theirs = None if other in keys else now.get(other)
        if not same(theirs, edit.base) and not same(theirs, edit.line):
            conflicts.append(Conflict(edit.key, edit.base, edit.line, theirs))
        elif edit.line is None:
            result.pop(edit.key, None)
        else:
            result[edit.key] = edit.line
    return list(result.values()), conflicts


class _Renamed:
    """The key of a row by every number and code of its organisation, also those that other rows name."""

    def __init__(self, stored: Iterable[Line]) -> None:
        self._stored = stored

    @cached_property
    def _keys(self) -> dict[tuple[str, str, str], str]:
        rows = [line for line in self._stored if isinstance(line, ParticipationLine)]
        both = [(line.kvk_number, line.institution_code) for line in rows if line.kvk_number and line.institution_code]
        other = dict(both) | {code: number for number, code in both}
        keys: dict[tuple[str, str, str], str] = {}
        for line in rows:
            own = {line.kvk_number, line.institution_code}
            for name in own | {other.get(each, "") for each in own}:
                keys.setdefault((name, line.action_line, line.involvement), key_of(line))
        return keys

    def key_of(self, line: ParticipationLine) -> str:
        """Where the organisation stands in this line and this way by now; empty where it does not."""
        names = [name for name in (line.kvk_number, line.institution_code) if name]
        found = (self._keys.get((name, line.action_line, line.involvement), "") for name in names)
        return next(filter(None, found), "")


def log(changes: Iterable[Edit]) -> list[Mapping[str, Any]]:
    """The changes as they are kept with the draft; amounts become text, for JSON has no exact decimals."""
    return [{"key": each.key, "before": plain(each.base), "after": plain(each.line)} for each in changes]


def plain(line: Line | None) -> dict[str, Any] | None:
    """A row as it is kept beside drafts, in JSON."""
    return None if line is None else {key: _exact(value) for key, value in content.row(line).items()}


def _exact(value: object) -> object:
    return value if isinstance(value, (int, str)) else str(value)
