"""What a revision of a goal would do to the progress that everybody reads, before it is taken. Reads only.

No figure moves by it: what changes is what figures are held against. Source: docs/semantics.md, "Goals".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from impact import progress, rollups
from impact.ledger import State
from impact.models import Goal, GoalRevision, Milestone, Quarter
from impact.progress import Point, Progress
from impact.rollups import Dimensions


@dataclass(frozen=True)
class Outlook:
    """The progress of the goal as it reads now, and as it would read."""

    before: Progress | None
    """None: the goal was never set."""
    after: Progress

    @property
    def path(self) -> tuple[tuple[Point | None, Point], ...]:
        """The quarters in which something else would be planned: the point as it is, and as it becomes."""
        old = {point.quarter: point for point in self.before.series} if self.before else {}
        pairs = ((old.get(point.quarter), point) for point in self.after.series)
        return tuple(pair for pair in pairs if (pair[0] and pair[0].planned) != pair[1].planned)


def outlook(
    state: State, goal: Goal, dimensions: Dimensions, *, milestones: Mapping[Quarter, Decimal], **numbers: Any
) -> Outlook:
    """What changes once these numbers are the goal's; their names are those of `programme.revise_goal`."""
    so_far = state.revisions.get(goal.pk, ())
    revision = _unsaved(GoalRevision(id=0, goal=goal, number=len(so_far) + 1, **numbers), milestones)
    supposed = state.suppose(revisions={**state.revisions, goal.pk: (*so_far, revision)})
    # The figures are the same on both sides, so those that are stored will do.
    cells = rollups.read(progress.selection(supposed), None, dimensions, state=state)
    before, after = (
        next((row for row in progress.of_cells(cells, each, dimensions) if row.goal == goal), None)
        for each in (state, supposed)
    )
    assert after is not None, "it is set in the supposed state"
    return Outlook(before, after)


def _unsaved(revision: Any, milestones: Mapping[Quarter, Decimal]) -> GoalRevision:
    """With its milestones where a revision of the ledger has them: fetched before anybody asks."""
    rows = [Milestone(revision=revision, quarter=quarter, value=value) for quarter, value in milestones.items()]
    revision._prefetched_objects_cache = {"milestones": rows}
    found: GoalRevision = revision
    return found
