"""Working on a quarter together: what is still to do and by whom, what people say, and who changed what."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, exports
from consortia.access import Permission
from consortia.errors import Refused
from impact import checklist, mentions, places, teamwork
from impact.checklist import Checklist, Part
from impact.forms import merging
from impact.models import Comment, DraftChange, Section
from impact.teamwork import Assignment
from impact.transitions import Step, allows
from impact.views import work_lists
from impact.views.desk import SECTION_TITLES, Desk, Place
from impact.views.places import PAGE_OF, Places, chosen_place
from impact.views.refusals import work_page
from impact.views.section_state import SectionState

_UNPROCESSABLE = 422
_CHANGES_A_PAGE = 20
_ROWS_SHOWN = 5
_SIDES = ("before", "after")


@dataclass(frozen=True)
class Task:
    """A row of the checklist: a section or one action line of it."""

    part: Part | None
    section: str
    action_line: str
    label: str
    state: SectionState | None
    rows: int
    questions: int
    comments: int

    @property
    def key(self) -> str:
        return f"{self.section}:{self.action_line}"

    @property
    def owner_key(self) -> str:
        return str(self.part.owner.pk) if self.part and self.part.owner else ""


@dataclass(frozen=True)
class Thread:
    place: str
    where: Place
    comments: list[Comment] = field(default_factory=list)


@dataclass(frozen=True)
class Saved:
    """One save in words: the rows that it changed, as far as they are shown."""

    change: DraftChange
    rows: list[tuple[str, str, str]]

    @property
    def more(self) -> int:
        return self.change.number - len(self.rows) if self.rows else 0


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def together(request: HttpRequest, slug: str, period: str) -> HttpResponseBase:
    """The checklist of a report, what was said about it, and its last changes."""
    desk = Desk(request, slug, period)
    access.require(request.user, Permission.SEE_REPORTS, desk.hip)
    if exports.is_asked(request):
        said = checklist.comments(desk.actor, desk.standing)
        return work_lists.comments(request, desk, said, Places(desk))
    if request.method != "POST":
        return _show(request, desk)
    step, _colon, what = request.POST.get("stap", "").partition(":")
    where = {"actor": desk.actor, "consortium": slug, "quarter": period}
    if step == "comment":
        return _comment(request, desk, where)
    if step == "assign":
        return _assign(request, desk, where)
    if step in ("done", "reopen"):
        section, _colon, line = what.partition(":")
        mark = teamwork.mark_done if step == "done" else teamwork.reopen
        mark(**where, section=section, action_line=line or None)
        messages.success(request, _("Marked as done.") if step == "done" else _("Open again."))
    elif step == "settle" and what.isascii() and what.isdigit() and len(what) < 18:
        teamwork.settle(**where, comment=int(what))
        messages.success(request, _("The comment is settled."))
    return redirect(desk.url("report_together"))


def _comment(request: HttpRequest, desk: Desk, where: Mapping[str, Any]) -> HttpResponse:
    text, place = request.POST.get("text", ""), chosen_place(request)
    try:
        teamwork.comment(**where, text=text, place=place)
    except Refused as error:
        return _show(request, desk, text=text, place=place, refusal=error)
    messages.success(request, _("Your comment is there."))
    return redirect(f"{desk.url('report_together')}#comments")


def _assign(request: HttpRequest, desk: Desk, where: Mapping[str, Any]) -> HttpResponse:
    access.require(desk.actor, Permission.SUBMIT, desk.hip)
    chosen = _chosen(request)
    people = {str(user.pk): user for user in teamwork.fillers_of(desk.hip)}
    unknown = [teamwork.nobody(f"/{name}") for name, owner in chosen.values() if owner and owner not in people]
    if unknown:
        return _show(request, desk, refusal=Refused(unknown))
    wanted = [Assignment(part, line or None, people.get(owner)) for (part, line), (_name, owner) in chosen.items()]
    try:
        teamwork.assign(**where, wanted=wanted)
    except Refused as error:
        names = [name for name, _owner in chosen.values()]
        found = [replace(each, pointer=f"/{names[int(each.pointer.split('/')[1])]}") for each in error.problems]
        return _show(request, desk, refusal=Refused(found))
    messages.success(request, _("Saved."))
    return redirect(desk.url("report_together"))


def _chosen(request: HttpRequest) -> dict[tuple[str, str], tuple[str, str]]:
    """By part the field and who was chosen in it, where that is not who was shown: a colleague's choices stay."""
    chosen = {}
    for name, value in request.POST.items():
        if name.startswith("owner:") and str(value) != request.POST.get(f"was:{name}", ""):
            section, _colon, line = name.removeprefix("owner:").partition(":")
            chosen[section, line] = name, str(value)
    if request.POST.get("new_section"):
        added = request.POST["new_section"], request.POST.get("new_line", "")
        chosen[added] = "new_owner", request.POST.get("new_owner", "")
    return chosen


def _show(
    request: HttpRequest, desk: Desk, *, text: str = "", place: str | None = None, refusal: Refused | None = None
) -> HttpResponse:
    place = request.GET.get("plek", places.WHOLE) if place is None else place
    named = Places(desk)
    people = teamwork.people_of(desk.report)
    states = desk.states()
    problems = [(problem.pointer.strip("/"), str(problem.detail)) for problem in refusal.problems] if refusal else []
    threads = _threads(checklist.comments(desk.actor, desk.standing), named)
    may_fill = desk.may_fill
    context = {
        "desk": desk,
        "page": "together",
        "sections": states,
        "tasks": _tasks(desk, states),
        "may_divide": allows(desk.status, Step.FILL) and access.allows(desk.actor, Permission.SUBMIT, desk.hip),
        "may_mark": may_fill,
        "fillers": teamwork.fillers_of(desk.hip) if may_fill else (),
        "section_choices": [(section.value, SECTION_TITLES[PAGE_OF[section]]) for section in Section],
        "open": [thread for thread in threads if any(not said.settled_at for said in thread.comments)],
        "settled": [thread for thread in threads if all(said.settled_at for said in thread.comments)],
        "place": place,
        "place_choices": named.choices(place),
        "place_by_number": named.has_too_many,
        "text": text,
        "text_errors": [detail for name, detail in problems if name == "text"],
        "place_errors": [detail for name, detail in problems if name == "place"],
        "issues": [(detail, f"#{name}") for name, detail in problems],
        "mentionable": [(user, mentions.name_for(user, people)) for user in people if user.pk != desk.actor.pk],
        **_changes(request, desk),
    }
    return render(request, "impact/work/together.html", context, status=_UNPROCESSABLE if problems else 200)


def _tasks(desk: Desk, states: Sequence[SectionState]) -> list[Task]:
    """Each section, and below it the action lines that somebody was asked to take care of."""
    listed: Checklist = desk.checklist
    asked: Counter[str] = Counter()
    if desk.may_check:
        asked.update(desk.place(pointer).section for pointer in {each.pointer for each in desk.verdict.warnings})
    tasks = []
    for state, section in zip(states, (merging.SECTIONS[state.name] for state in states), strict=True):
        tasks.append(
            Task(
                part=listed.part(section),
                section=section,
                action_line="",
                label=state.title,
                state=state,
                rows=state.filled,
                questions=asked[state.name],
                comments=listed.comments_in(section),
            )
        )
        rows = Counter(getattr(line, "action_line", None) for line in merging.of_section(desk.lines, state.name))
        tasks += [
            Task(
                part=part,
                section=section,
                action_line=part.action_line,
                label=desk.questions.line_name(part.action_line),
                state=None,
                rows=rows[part.action_line],
                questions=0,
                comments=0,
            )
            for part in listed.parts
            if part.section == section and part.action_line is not None and (part.owner or part.is_done)
        ]
    return tasks


def _threads(said: Any, named: Places) -> list[Thread]:
    """By place, in the order in which people began to speak."""
    found: dict[str, Thread] = {}
    for comment in said:
        found.setdefault(comment.place, Thread(comment.place, named.named(comment.place))).comments.append(comment)
    return list(found.values())


def _changes(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """The saves of this report, newest first."""
    if desk.report._state.adding:
        return {"saves": [], "page": None}
    page = Paginator(_log(desk), _CHANGES_A_PAGE).get_page(request.GET.get("page"))
    return {"saves": [Saved(change, _rows_of(change, desk)) for change in page], "page": page}


def saves_after(desk: Desk, revision: int) -> list[Saved]:
    """The saves after a revision of the report, newest first, as far as anybody reads them."""
    return [
        Saved(change, _rows_of(change, desk)) for change in _log(desk).filter(revision__gt=revision)[:_CHANGES_A_PAGE]
    ]


def _log(desk: Desk) -> QuerySet[DraftChange]:
    return DraftChange.objects.filter(report=desk.report).select_related("actor", "version").order_by("-revision")


def _rows_of(change: DraftChange, desk: Desk) -> list[tuple[str, str, str]]:
    """What changed, from what to what: empty where there was nothing, or is nothing any more."""
    shown = []
    for row in change.changes[:_ROWS_SHOWN]:
        section = PAGE_OF[row["key"].split("/")[1]]
        before, after = (merging.load(json.dumps([row[side]] if row[side] else []), section) for side in _SIDES)
        lines = [*(after or []), *(before or [])]
        if lines:
            label = merging.label_of(lines[0], desk.questions)
            words = [merging.words_of(each or [], desk.questions) for each in (before, after)]
            shown.append((label, words[0], words[1]))
    return shown
