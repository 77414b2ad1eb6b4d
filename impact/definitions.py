"""What an indicator means in the course of time: where a new meaning may begin, and what it would do.

Source: docs/semantics.md, "A revision is a new fact".
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from impact import effects
from impact.effects import Effect
from impact.ledger import State
from impact.models import Figure, Goal, Indicator, IndicatorDefinition, Quarter, VersionStatus
from impact.rollups import Dimensions


def answered(indicator: Indicator, state: State) -> set[int]:
    """The quarters in which a figure of the indicator was handed in, or counts: under the meaning that it had then."""
    handed_in = Q(version__status=VersionStatus.SUBMITTED)
    counts = Q(version__in=[row.version_id for row in state.counting])
    figures = Figure.objects.filter(handed_in | counts, indicator=indicator).order_by()
    return set(figures.values_list("version__report__quarter__index", flat=True).distinct())


def reach(indicator: Indicator, begins: int, state: State) -> tuple[int, int | None]:
    """The first quarter of a definition that begins there, and the first that a later one has; None: no later one."""
    later = [since for since, _definition in state.definitions.get(indicator.pk, ()) if since > begins]
    return begins, min(later, default=None)


def first_free(indicator: Indicator, begins: int, state: State, quarters: Collection[int]) -> int | None:
    """The first quarter from `begins` on in which a new definition may begin: nothing is answered under another one.

    None where there is no such quarter in the programme.
    """
    taken = answered(indicator, state)
    for quarter in sorted(quarters):
        if quarter < begins:
            continue
        _since, until = reach(indicator, quarter, state)
        if not any(quarter <= each and (until is None or each < until) for each in taken):
            return quarter
    return None


def free(indicator: Indicator, state: State, quarters: Collection[int]) -> list[int]:
    """Every quarter in which a new definition may begin."""
    taken = answered(indicator, state)
    found = []
    for quarter in sorted(quarters):
        _since, until = reach(indicator, quarter, state)
        if not any(quarter <= each and (until is None or each < until) for each in taken):
            found.append(quarter)
    return found


@dataclass(frozen=True)
class Outlook:
    """What a new definition would do."""

    first: Quarter
    last: Quarter
    """The newest quarter of the programme that it holds in."""
    is_break: bool
    """Whether an older definition goes before: then series are broken from its first quarter on."""
    drafts: int
    """Reports that somebody is filling in, with a figure for it: they have to look again."""
    goals: tuple[Goal, ...]
    """That look at the indicator, or at a sum that it is part of."""
    effect: Effect


def outlook(definition: IndicatorDefinition, state: State, dimensions: Dimensions) -> Outlook:
    """What would change if this definition were in the ledger; it need not be stored."""
    indicator, begins = definition.indicator, definition.from_quarter.index
    known = dict(state.definitions.get(indicator.pk, ()))
    supposed = state.suppose(
        definitions={**state.definitions, indicator.pk: tuple(sorted({**known, begins: definition}.items()))}
    )
    since, until = reach(indicator, begins, state)
    drafts = Figure.objects.filter(
        indicator=indicator,
        version__status=VersionStatus.DRAFT,
        version__report__quarter__index__gte=since,
        version__report__quarter__index__lt=len(dimensions.quarters) if until is None else until,
    ).values("version")
    moved = {indicator.pk} | {
        pk
        for pk in state.definitions
        for quarter in dimensions.quarters
        if supposed.break_in(pk, quarter) != state.break_in(pk, quarter)
    }
    revisions = sorted(state.revisions.values(), key=lambda rows: rows[-1].goal.order)
    return Outlook(
        first=definition.from_quarter,
        last=dimensions.quarters[max(dimensions.quarters) if until is None else until - 1],
        is_break=any(other < begins for other in known),
        drafts=drafts.distinct().count(),
        goals=tuple(rows[-1].goal for rows in revisions if rows[-1].goal.indicator_id in moved),
        effect=effects.between(state, supposed, dimensions, indicators=sorted(moved & state.definitions.keys())),
    )
