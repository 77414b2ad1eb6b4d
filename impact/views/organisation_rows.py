"""Saving the list of organisations row by row, for `static/js/organisations.js`: JSON in, rows as HTML out.

Rows come back as the page itself writes them, so that script and page cannot come to differ.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import Problem, Refused, Stale
from impact import edits, proposals, reporting
from impact.edits import Conflict, Edit
from impact.forms import organisation_rows, participations
from impact.forms.organisation_rows import CONFIRMED
from impact.forms.pasting import SeveralForm
from impact.models import Involvement
from impact.proposals import Pair
from impact.submission import Line, ParticipationLine
from impact.views import organisations
from impact.views.desk import Desk
from impact.views.refusals import Unreadable, answer, json_page, read_json, somebody_else

MOST_ROWS = 5_000
MOST_SHOWN = organisation_rows.PAGE_SIZE


@dataclass
class Outcome:
    """What a step did: the rows to show anew, and what could not be done."""

    keys: Collection[str] | None = ()
    """None: more than are worth showing one by one."""
    message: str = ""
    errors: list[dict[str, object]] = field(default_factory=list)
    conflicts: list[dict[str, str]] = field(default_factory=list)
    rest: str = ""
    """Of what was pasted, the rows that are still to be repaired."""


@require_http_methods(["GET", "HEAD", "POST"])
@json_page
def report_organisations(request: HttpRequest, slug: str, period: str) -> JsonResponse:
    """POST takes one step on one organisation or many: set a cell, confirm, drop, restore, add, paste, or only show.

    GET says who is signed in, with a token to send steps with.
    """
    desk = Desk(request, slug, period)
    if request.method != "POST":
        return answer({"user": str(desk.actor.pk), "token": get_token(request)})
    access.require(desk.actor, Permission.FILL, desk.hip)
    body = _read(request)
    if body.get("user") != str(desk.actor.pk):
        return somebody_else(desk.actor)
    step = _STEPS.get(_text(body, "step"))
    if step is None:
        raise Unreadable
    try:
        outcome = step(desk, body)
    except Refused as error:
        outcome = Outcome(_keys(body), errors=[_error(desk, problem) for problem in error.problems])
    except Stale as error:
        found = [each for each in error.conflicts if isinstance(each, Conflict)]
        outcome = Outcome(_keys(body), conflicts=_conflicts(desk, found))
    return _show(request, slug, period, outcome)


def _show(request: HttpRequest, slug: str, period: str, outcome: Outcome) -> JsonResponse:
    """The rows as they are by now, with counts and totals."""
    desk = Desk(request, slug, period)
    whole = organisations.groups_of(desk)
    keys = set(outcome.keys or ())
    shown = {desk.listed_as.get(key, key) for key in keys}
    is_much = outcome.keys is None or len(keys) > MOST_SHOWN
    rows = [] if is_much else whole.some(shown)
    totals = render_to_string("impact/work/_organisation_totals.html", organisations.totals_context(desk), request)
    state = next(state for state in desk.states() if state.name == "participations")
    return answer(
        {
            "isMuch": is_much,
            "rows": [{"key": row.key, "group": row.group, "html": _row(request, desk, row)} for row in rows],
            "gone": [] if is_much else list((keys | shown) - {row.key for row in rows}),
            "counts": whole.counts,
            "totals": totals,
            "section": {"filled": state.filled, "asked": state.asked},
            "base": desk.standing.tag,
            "time": f"{timezone.localtime(clock.now()):%H:%M}",
            "message": outcome.message,
            "errors": outcome.errors,
            "conflicts": outcome.conflicts,
            "rest": outcome.rest,
        }
    )


def _row(request: HttpRequest, desk: Desk, row: organisation_rows.Row) -> str:
    context = {"row": row, "may_fill": True, "section_path": desk.url(), "desk": desk}
    return render_to_string("impact/work/_organisation_row.html", context)


# --- what was sent


def _read(request: HttpRequest) -> dict[str, Any]:
    body = read_json(request)
    if b"\\u0000" in request.body:
        raise Unreadable
    return body


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Unreadable
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_ROWS or not all(isinstance(each, str) for each in value):
        raise Unreadable
    return value


def _keys(body: Mapping[str, Any]) -> list[str]:
    """The organisations that a step is about."""
    if "organisation" in body:
        return [_text(body, "organisation")]
    return [] if body.get("organisations") is None else _texts(body["organisations"])


def _address(desk: Desk) -> dict[str, Any]:
    return {"actor": desk.actor, "consortium": desk.hip.slug, "quarter": desk.quarter.pk}


# --- the steps


def _confirm(desk: Desk, body: Mapping[str, Any]) -> Outcome:
    is_all = body.get("organisations") is None
    keys = [each.identifier for each in desk.proposals.open] if is_all else _keys(body)
    number = proposals.confirm(**_address(desk), identifiers=None if is_all else keys)
    return Outcome(keys, organisations.confirmed_words(number))


def _drop(desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """`seen`: by organisation the pairs of action line and involvement that stood in its row."""
    keys, seen = _keys(body), body.get("seen")
    if not isinstance(seen, dict) or set(seen) - set(keys):
        raise Unreadable
    rows: list[Line] = []
    for key, pairs in seen.items():
        organisation = desk.organisations.get(key)
        for pair in pairs if isinstance(pairs, list) else ():
            line, involvement = [*_texts(pair), "", ""][:2]
            rows.append(_line(organisation, key, line, involvement))
    number = proposals.drop(**_address(desk), identifiers=keys, seen=rows)
    return Outcome(keys, organisations.dropped_words(number))


def _restore(desk: Desk, body: Mapping[str, Any]) -> Outcome:
    proposals.restore(**_address(desk), identifiers=_keys(body))
    return Outcome(_keys(body), _("Proposed again."))


def _set(desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """One cell: how an organisation takes part in one action line. A proposal is confirmed by it."""
    key, code = _text(body, "organisation"), _text(body, "actionLine")
    before, after = _texts(body.get("from")), _texts(body.get("to"))
    if {*before, *after} - set(Involvement.values) or code not in {line.code for line in desk.questions.action_lines}:
        raise Unreadable
    if body.get("group") != CONFIRMED and key not in desk.listed_as:
        return _confirm_otherwise(desk, key, code, after)
    key = desk.listed_as.get(key, key)
    organisation = desk.organisations.get(key)
    if organisation is None:
        mine = _words(desk, [_line(None, key, code, each) for each in after])
        return Outcome([key], conflicts=[{"key": key, "name": key, "mine": mine, "theirs": _("not there")}])
    if not after and all(line.action_line == code for line in organisation.lines):
        return Outcome([key], errors=[{"key": key, "detail": _nothing_left()}])
    wanted = []
    # All ways of taking part in the line: what a colleague added to this very cell is a conflict as well.
    for involvement in Involvement.values:
        line: Line = replace(_line(organisation, key, code, involvement), origin=f"/participations/{key}")
        wanted.append(
            Edit(edits.key_of(line), line if involvement in before else None, line if involvement in after else None)
        )
    try:
        reporting.edit(**_address(desk), wanted=wanted)
    except Stale:
        # The whole cell, not only the ways of taking part in which the two differ.
        mine = _words(desk, [_line(organisation, key, code, each) for each in after])
        theirs = _words(desk, [line for line in organisation.lines if line.action_line == code])
        return Outcome([key], conflicts=[{"key": key, "name": organisation.label, "mine": mine, "theirs": theirs}])
    return Outcome([key])


def _nothing_left() -> str:
    return _("At least one action line is needed. Press Delete if this organisation did not take part at all.")


def _confirm_otherwise(desk: Desk, key: str, code: str, after: Sequence[str]) -> Outcome:
    proposal = desk.proposals.by_identifier.get(key)
    stays = [(line.action_line, line.involvement) for line in proposal.lines] if proposal else []
    pairs = [pair for pair in stays if pair[0] and pair[0] != code] + [(code, each) for each in after]
    if not pairs:
        return Outcome([key], errors=[{"key": key, "detail": _nothing_left()}])
    proposals.confirm(**_address(desk), identifiers=[key], pairs={key: pairs})
    return Outcome([key])


def _line(organisation: participations.Listed | None, key: str, code: str, involvement: str) -> ParticipationLine:
    """The stored row; else the row that it would be, with the facts that the list has of the organisation."""
    if organisation is None:
        return ParticipationLine(origin="", kvk_number=key, action_line=code, involvement=involvement)
    pair = (code, involvement)
    stored = [line for line in organisation.lines if (line.action_line, line.involvement) == pair]
    return stored[0] if stored else replace(organisation.first, action_line=code, involvement=involvement)


def _paste(desk: Desk, body: Mapping[str, Any]) -> Outcome:
    """Rows from a spreadsheet. Each is an input of its own: the good ones are added, the others stay to be repaired."""
    texts = {
        "several.pasted": _text(body, "text"),
        "several.action_line": _text(body, "actionLine"),
        "several.involvement": _text(body, "involvement"),
    }
    form = SeveralForm(desk.questions, texts, type_follows_number=True)
    if form.too_many() or not form.rows:
        problems = form.too_many() or [Problem(form.ORIGIN, "required", _("Paste at least one number."))]
        return Outcome(errors=[{"detail": problem.detail} for problem in problems], rest=form.pasted.text)
    lines = form.lines(organisations.registered(form.identifiers))
    refused = _save_pasted(desk, form, lines)
    rows = {f"{form.ORIGIN}/{row.number}": row for row in form.rows}
    added = {line.identifier for line in lines if line.origin not in refused} - desk.listed_as.keys()
    return Outcome(
        {line.identifier for line in lines},
        organisations.added_words(len(added)),
        errors=[
            {"row": rows[origin].number, "text": rows[origin].text, "detail": str(problem.detail)}
            for origin in rows
            for problem in refused.get(origin, ())
        ],
        rest="\n".join(rows[origin].text for origin in rows if origin in refused),
    )


def _save_pasted(desk: Desk, form: SeveralForm, lines: Sequence[ParticipationLine]) -> dict[str, list[Problem]]:
    """Confirm what was proposed and add the rest, as far as possible; the problems of the others by their origin."""
    known = desk.proposals.by_identifier
    proposed = {line.identifier for line in lines if line.identifier in known and not known[line.identifier].listed_as}
    # Of an organisation that was proposed the row says that it took part; how, only where the row says it itself.
    says_how = {f"{form.ORIGIN}/{row.number}" for row in form.rows if row.action_line or row.involvement}
    pairs: dict[str, list[Pair]] = {}
    for line in lines:
        if line.identifier in proposed and line.origin in says_how:
            pairs.setdefault(line.identifier, []).append((line.action_line, line.involvement))

    def confirm(chosen: Sequence[ParticipationLine]) -> None:
        proposals.confirm(**_address(desk), identifiers={line.identifier for line in chosen}, pairs=pairs)

    def add(chosen: Sequence[ParticipationLine]) -> None:
        stored = form.added_to(desk.organisations, chosen).values()
        fresh = [line for row in stored for line in row.lines if line.origin.startswith(form.ORIGIN)]
        wanted = [Edit(edits.key_of(line), None, line) for line in fresh]
        reporting.edit(**_address(desk), wanted=wanted, leave_conflicts=True)

    refused = _save_all_but_refused(confirm, [line for line in lines if line.identifier in proposed])
    return refused | _save_all_but_refused(add, [line for line in lines if line.identifier not in proposed])


def _save_all_but_refused(
    save: Callable[[Sequence[ParticipationLine]], None], lines: Sequence[ParticipationLine]
) -> dict[str, list[Problem]]:
    """Save the lines; leave out those that are refused, and try again with the rest."""
    refused: dict[str, list[Problem]] = {}
    while chosen := [line for line in lines if line.origin not in refused]:
        try:
            save(chosen)
            break
        except Refused as error:
            for line in chosen:
                places = (f"{line.origin}/", f"/participations/{line.identifier}/")
                problems = [each for each in error.problems if f"{each.pointer}/".startswith(places)]
                if problems:
                    refused[line.origin] = problems
            if all(line.origin not in refused for line in chosen):
                raise
    return refused


def _show_again(desk: Desk, body: Mapping[str, Any]) -> Outcome:
    return Outcome(_keys(body))


_STEPS: dict[str, Callable[[Desk, Mapping[str, Any]], Outcome]] = {
    "set": _set,
    "confirm": _confirm,
    "drop": _drop,
    "restore": _restore,
    "paste": _paste,
    "show": _show_again,
}


# --- what could not be done


def _error(desk: Desk, problem: Problem) -> dict[str, object]:
    key = problem.pointer.removeprefix("/participations/").partition("/")[0]
    return {"key": desk.listed_as.get(key, key), "detail": str(problem.detail)}


def _conflicts(desk: Desk, found: Iterable[Conflict]) -> list[dict[str, str]]:
    """Per organisation what the reader wanted and what is stored by now, in words."""
    by_organisation: dict[str, list[Conflict]] = {}
    for conflict in found:
        line = conflict.theirs or conflict.mine or conflict.base
        if isinstance(line, ParticipationLine):
            by_organisation.setdefault(line.identifier, []).append(conflict)
    return [
        {
            "key": key,
            "name": next((row.label for row in [desk.organisations.get(key)] if row), key),
            "mine": _words(desk, [each.mine for each in conflicts]),
            "theirs": _words(desk, [each.theirs for each in conflicts]),
        }
        for key, conflicts in by_organisation.items()
    ]


def _words(desk: Desk, lines: Iterable[Line | None]) -> str:
    labels: dict[str, Any] = dict(Involvement.choices)
    parts = [
        f"{desk.questions.line_name(line.action_line)}: {labels.get(line.involvement, line.involvement)}"
        for line in lines
        if isinstance(line, ParticipationLine)
    ]
    return " · ".join(parts) or _("not there")
