"""Saving a section as a draft, and what happens when somebody else was first."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from consortia.errors import NotAllowedNow, Problem, Refused, Stale
from impact import reporting, unfit
from impact.forms import merging
from impact.forms.merging import Difference, Side
from impact.submission import Line
from impact.views.desk import Desk

UNPROCESSABLE = 422
_CONFLICT = 409


def store(desk: Desk, section: str, lines: Sequence[Line], problems: Sequence[Problem], *, base: str) -> None:
    """Save the draft: what was posted for this section, and of the others what is stored.

    The stored sections were read after the page got its tag: where the tag still holds, they still hold. Figures that
    do not fit their indicator any more are left out: here nobody could repair them.

    Raises:
        Refused, Stale, NotAllowedNow: as `reporting.fill`.
    """
    others = merging.outside_section(desk.lines, section)
    left_out = unfit.among(desk.report, others)
    whole = [*(line for line in others if line not in left_out), *lines]
    address: dict[str, Any] = {"actor": desk.actor, "consortium": desk.hip.slug, "quarter": desk.quarter.pk}
    if problems:
        # A form that cannot be read is judged whole before anybody hears that others were busy as well.
        verdict = reporting.judge(**address, lines=whole, problems=problems)
        raise Refused(verdict.errors)
    # A page always knows what it was built on; "whatever is there" is for other doors.
    reporting.fill(**address, lines=whole, base="" if base == reporting.ANY else base)


def conflict(
    request: HttpRequest,
    desk: Desk,
    section: str,
    mine: Sequence[Line],
    *,
    original: Sequence[Line] | None,
    error: Stale | NotAllowedNow | Refused,
    choices: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Mine beside what is stored now, row by row, with the choice what to keep; nothing has been saved."""
    now = Desk(request, desk.hip.slug, desk.quarter.pk)
    theirs = merging.of_section(now.lines, section)
    found = merging.differences(mine, theirs, original, now.questions)
    latest = now.report.events.select_related("actor").last()
    context = {
        "desk": now,
        "section": section,
        "sections": now.states(section),
        "rows": [(row, _chosen(row, choices or {})) for row in found],
        "detail": error.detail,
        "is_own": error.is_own if isinstance(error, Stale) else latest is not None and latest.actor == desk.actor,
        "may_choose": now.may_fill and not isinstance(error, NotAllowedNow),
        "latest": latest,
        "mine": merging.dump(mine, section),
        "original": "" if original is None else merging.dump(original, section),
        "base": now.standing.tag,
    }
    return render(request, "impact/work/conflict.html", context, status=_CONFLICT)


def _chosen(row: Difference, choices: Mapping[str, str]) -> Side | None:
    """What was chosen; else the side that changed; where both did, nothing until the reader says so."""
    given = choices.get(row.key)
    return Side(given) if given in set(Side) else row.changed_by
