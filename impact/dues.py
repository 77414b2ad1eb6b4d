"""What is due at this moment, and of what kind of reminder it is the time. Reads only.

A stage lasts until the next one begins. What was not said in its time, because nothing ran, is said later in the same
stage and not after it: nobody hears of fourteen days when there are three left.

Source: docs/semantics.md, "Time".
"""

from dataclasses import dataclass
from typing import Any

from consortia import clock
from consortia.message_kinds import About
from consortia.models import Consortium, User
from impact import ledger, obligations
from impact.models import Quarter
from impact.obligations import Obligation

OPENING, DUE_14, DUE_3, OVERDUE = "opening", "due-14", "due-3", "overdue"


@dataclass(frozen=True)
class Stage:
    """A part of the time around a due date, in days after it."""

    code: str
    kind: str
    first: int
    last: int


STAGES = (
    Stage("due-14", DUE_14, -14, -4),
    Stage("due-3", DUE_3, -3, 0),
    Stage("overdue-1", OVERDUE, 1, 7),
    Stage("overdue-8", OVERDUE, 8, 14),
)
_OPENING = Stage("opening", OPENING, -366, -15)


def is_owed(row: Obligation) -> bool:
    """Whether the HIP is reminded: it has to hand in, and never did; what was returned has its own message."""
    return row.is_due and not any(version.submitted_at for version in row.standing.versions)


def stage_of(row: Obligation) -> Stage | None:
    """The reminder whose time it is; None where nothing is owed, or it is nobody's time."""
    if not is_owed(row):
        return None
    days = -row.deadline.days_left
    if days <= _OPENING.last:
        # A quarter that was opened again or extended later on does not begin a second time.
        ordinary = (clock.today() - row.report.quarter.due_date).days
        return _OPENING if ordinary <= _OPENING.last else None
    stage = next((each for each in STAGES if each.first <= days <= each.last), None)
    if stage is None or stage.kind == OVERDUE:
        return stage
    return stage if _was_known(row, stage) else None


def _was_known(row: Obligation, stage: Stage) -> bool:
    """Whether the date stood when the stage began: an extension by a week is not followed by "in two weeks"."""
    extensions = [each for each in row.report.extensions.all() if each.last_day == row.deadline.due_date]
    if not row.deadline.is_extended or not extensions:
        return True
    stood = min(each.ended.ended_at if each.ended else each.granted_at for each in extensions)
    days_since = (clock.today() - stood.astimezone(clock.AMSTERDAM).date()).days
    return days_since >= -row.deadline.days_left - stage.first


def still_due(user: User, about: About) -> bool:
    """Whether a reminder still says what is so, to somebody who can do something about it."""
    row = _obligation(user, about)
    if row is None or row.deadline.due_date.isoformat() != about["due_date"]:
        return False
    stage = stage_of(row)
    return stage is not None and stage.code == about["stage"]


def still_overdue(user: User, about: About) -> bool:
    """Whether any HIP is still late for the quarter and the date that the office was told of."""
    quarter = Quarter.objects.get(pk=about["quarter"])
    return any(
        is_owed(row) and row.deadline.is_past and row.deadline.due_date.isoformat() == about["due_date"]
        for row in obligations.of_consortia(user, ledger.resolve(), quarter=quarter)
    )


def _obligation(user: Any, about: About) -> Obligation | None:
    hip = Consortium.objects.get(pk=about["consortium"])
    quarter = Quarter.objects.get(pk=about["quarter"])
    rows = obligations.of_consortia(user, ledger.resolve(), consortia=[hip.pk], quarter=quarter)
    return next(iter(rows), None)
