"""Saving a section cell by cell while somebody types, and telling open pages what others changed meanwhile.

Every cell is judged by itself: a bad one keeps no good one from being saved. JSON in and out, for `static/js/grid.js`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotVisible, Refused, Stale
from impact import edits, reporting
from impact.edits import Conflict
from impact.forms import cells, merging
from impact.forms.cells import Cell, Reading
from impact.models import DraftChange
from impact.views.desk import Desk
from impact.views.refusals import Unreadable, answer, json_page, read_json, somebody_else

MOST_CELLS = 500
_MOST_CHANGES = 1_000
Answer = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@json_page
def report_cells(request: HttpRequest, slug: str, period: str) -> JsonResponse:
    """POST saves cells of a section; GET gives what was changed after a revision."""
    desk = Desk(request, slug, period)
    return _save(request, desk) if request.method == "POST" else _changes(request, desk)


# --- saving


def _save(request: HttpRequest, desk: Desk) -> JsonResponse:
    access.require(desk.actor, Permission.FILL, desk.hip)
    user, section, wanted = _read_request(request)
    if user != str(desk.actor.pk):
        return somebody_else(desk.actor)
    readings = cells.read(section, desk.questions, wanted)
    conflicts = _apply(desk, [reading for reading in readings if not reading.errors])
    told = _last_changes(desk, [conflict.key for conflict in conflicts.values()])
    now = timezone.localtime(clock.now())
    return answer(
        {
            "time": f"{now:%H:%M}",
            "cells": [
                _conflict(desk, reading, conflicts[reading.cell.name], told)
                if reading.cell.name in conflicts
                else _outcome(reading)
                for reading in readings
            ],
        }
    )


def _read_request(request: HttpRequest) -> tuple[str, str, list[Cell]]:
    """The user of the page, the section and its cells.

    Raises:
        Unreadable: no page of ours sends this.
    """
    body = read_json(request)
    rows = body.get("cells")
    if body.get("section") not in cells.SECTIONS or not isinstance(rows, list) or len(rows) > MOST_CELLS:
        raise Unreadable
    wanted = []
    for row in rows:
        if not (
            isinstance(row, dict)
            and isinstance(row.get("name"), str)
            and _are_texts(row.get("base"))
            and _are_texts(row.get("text"))
        ):
            raise Unreadable
        wanted.append(Cell(row["name"], row["base"], row["text"]))
    if len({cell.name for cell in wanted}) < len(wanted):
        raise Unreadable
    return str(body.get("user")), body["section"], wanted


def _are_texts(side: object) -> bool:
    return isinstance(side, dict) and all(isinstance(text, str) and "\x00" not in text for text in side.values())


def _apply(desk: Desk, readings: Sequence[Reading]) -> dict[str, Conflict]:
    """Save all that can be saved. Refused cells get their errors; of the others, those in conflict are given back.

    A cell of which one row cannot be changed is left out with all its rows, and the rest is tried again.
    """
    pending = list(readings)
    conflicts: dict[str, Conflict] = {}
    while pending:
        try:
            reporting.edit(
                actor=desk.actor,
                consortium=desk.hip.slug,
                quarter=desk.quarter.pk,
                wanted=cells.together(pending),
            )
            break
        except Stale as error:
            found = {conflict.key: conflict for conflict in error.conflicts if isinstance(conflict, Conflict)}
            left_out = [reading for reading in pending if any(edit.key in found for edit in reading.edits)]
            conflicts |= {
                reading.cell.name: next(found[edit.key] for edit in reading.edits if edit.key in found)
                for reading in left_out
            }
        except Refused as error:
            left_out = _refuse(pending, error)
        pending = [reading for reading in pending if reading not in left_out]
    return conflicts


def _refuse(pending: Sequence[Reading], error: Refused) -> list[Reading]:
    """Put each problem at its cell; what belongs to none of them stands in the way of all."""
    left_out = []
    for reading in pending:
        origins = (reading.origin, *(edit.key for edit in reading.edits))
        mine = [each for each in error.problems if f"{each.pointer}/".startswith(tuple(f"{each}/" for each in origins))]
        if mine:
            reading.is_incomplete = all(problem.code == "required" for problem in mine)
            for problem in mine:
                reading.refuse(cells.part_of(problem.pointer, reading), str(problem.detail))
            left_out.append(reading)
    if left_out:
        return left_out
    for reading in pending:
        reading.refuse("", error.detail)
    return list(pending)


def _outcome(reading: Reading) -> Answer:
    name = reading.cell.name
    if reading.errors:
        state = "incomplete" if reading.is_incomplete else "refused"
        return {"name": name, "state": state, "errors": reading.errors}
    line = reading.line
    return {
        "name": name,
        "state": "saved",
        "text": cells.texts_of(line),
        "newName": cells.name_of(line) if line is not None else name,
    }


def _conflict(desk: Desk, reading: Reading, conflict: Conflict, told: Mapping[str, DraftChange]) -> Answer:
    return {
        "name": reading.cell.name,
        "state": "conflict",
        "mine": dict(reading.cell.text),
        "theirs": cells.texts_of(conflict.theirs),
        "mineInWords": merging.words_of([conflict.mine] if conflict.mine else [], desk.questions),
        "theirsInWords": merging.words_of([conflict.theirs] if conflict.theirs else [], desk.questions),
        **_by_whom(desk, told.get(conflict.key)),
    }


# --- what others changed


def _changes(request: HttpRequest, desk: Desk) -> JsonResponse:
    """Current texts of the cells that were changed after the revision `na`, by whom; all of them where that is many.

    With `geheel` also what a form has to build on to be saved whole.
    """
    if not desk.sees_everything:
        raise NotVisible(_("There is no such report."))
    section, after = request.GET.get("sectie", ""), request.GET.get("na", "")
    if section not in cells.SECTIONS or not (after.isascii() and after.isdigit() and len(after) < 10):
        return answer({"detail": _("This could not be read.")}, status=400)
    found: Answer = {
        "revision": desk.report.revision,
        "user": str(desk.actor.pk),
        "token": get_token(request),
        "mayFill": desk.may_fill,
    }
    since = (
        list(_log(desk).filter(revision__gt=int(after))[: _MOST_CHANGES + 1]) if not desk.report._state.adding else []
    )
    is_whole = len(since) > _MOST_CHANGES or any(not change.changes for change in since)
    by_key = {row["key"]: change for change in reversed(since) for row in change.changes}
    if since:
        stored = edits.keyed(merging.of_section(desk.lines, section))
        first = f"/{merging.SECTIONS[section]}/"
        changed = {**stored, **by_key} if is_whole else by_key
        found["cells"] = [
            {
                "name": cells.name_of_key(key),
                "text": cells.texts_of(stored.get(key)),
                **_by_whom(desk, by_key.get(key, since[0])),
            }
            for key in changed
            if key.startswith(first)
        ]
    if "geheel" in request.GET:
        found["base"] = desk.standing.tag
        found["original"] = merging.dump(merging.of_section(desk.lines, section), section)
    return answer({"isWhole": is_whole, "cells": [], **found})


def _log(desk: Desk) -> Any:
    """The changes of this report, the newest first."""
    return DraftChange.objects.filter(report=desk.report).select_related("actor").order_by("-revision")


def _last_changes(desk: Desk, keys: Sequence[str]) -> dict[str, DraftChange]:
    """By key the last save that changed the row, as far as the log says so row by row."""
    found: dict[str, DraftChange] = {}
    if not keys:
        return found
    for change in _log(desk)[:_MOST_CHANGES]:
        for key in keys:
            if key not in found and (not change.changes or any(row["key"] == key for row in change.changes)):
                found[key] = change
        if len(found) == len(set(keys)):
            break
    return found


def _by_whom(desk: Desk, change: DraftChange | None) -> Answer:
    if change is None:
        return {"who": "", "when": "", "isOwn": False}
    when = timezone.localtime(change.at)
    is_today = when.date() == timezone.localtime(clock.now()).date()
    return {
        "who": str(change.actor),
        "when": f"{when:%H:%M}" if is_today else f"{when:%d-%m %H:%M}",
        "isOwn": change.actor_id == desk.actor.pk,
    }
