"""Follow-up marks: the list of what the office wants to come back to, and marking a place of a report."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, clock, exports
from consortia.access import Permission
from consortia.errors import DomainError, Problem, Refused
from consortia.models import User
from impact import follow_ups
from impact.models import FollowUp
from impact.views import work_lists
from impact.views.desk import Desk
from impact.views.places import Places, chosen_place
from impact.views.refusals import work_page

MINE, ALL, OVERDUE, DONE = VIEWS = "mijn", "alle", "te-laat", "klaar"
_MOST_DONE = 100
_UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def follow_up_list(request: HttpRequest) -> HttpResponseBase:
    """One's own marks, all of them, those that are overdue, or those that are done."""
    access.require(request.user, Permission.SEE_REPORTS)
    problems: list[str] = []
    view = request.GET.get("toon", MINE)
    if request.method == "POST":
        problems = _step(request)
        if not problems:
            return redirect(request.get_full_path())
    marks = _of_view(request.user, view)
    if exports.is_asked(request):
        return work_lists.follow_ups(request, marks)
    context = {
        "marks": [(mark, _where(mark)) for mark in marks],
        "view": view,
        "owners": follow_ups.owners(),
        "issues": [(problem, "") for problem in problems],
        "counts": _counts(request.user),
    }
    return render(request, "impact/work/follow_ups.html", context, status=_UNPROCESSABLE if problems else 200)


def _of_view(user: Any, view: str) -> Sequence[FollowUp]:
    marks = follow_ups.visible_to(user)
    if view == DONE:
        return list(marks.filter(done_at__isnull=False).order_by("-done_at")[:_MOST_DONE])
    marks = marks.filter(done_at__isnull=True)
    if view == OVERDUE:
        marks = marks.filter(due_date__lt=clock.today())
    elif view != ALL:
        marks = follow_ups.mine(user)
    return list(marks)


def _counts(user: Any) -> dict[str, int]:
    open_marks = follow_ups.visible_to(user).filter(done_at__isnull=True).values_list("owner", "due_date")
    rows = list(open_marks)
    return {
        "mine": sum(owner == user.pk for owner, _due in rows),
        "all": len(rows),
        "overdue": sum(due < clock.today() for _owner, due in rows),
    }


def _where(mark: FollowUp) -> str:
    """The report's page, at the marks."""
    return f"{_review_url(mark.report.consortium.slug, mark.report.quarter_id)}#follow-ups-title"


def _review_url(slug: str, period: str) -> str:
    return reverse("impact:review", args=[slug, period])


def _step(request: HttpRequest) -> list[str]:
    """Finish a mark or give it to somebody else; what is wrong, in words."""
    step, _colon, number = request.POST.get("stap", "").partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return [_("There is no such follow-up mark.")]
    actor: Any = request.user
    try:
        if step == "done":
            follow_ups.finish(actor=actor, follow_up=int(number))
            messages.success(request, _("Marked as done."))
        elif step == "hand-over":
            owner, due_date, problems = _chosen(request.POST)
            if problems or owner is None or due_date is None:
                return [str(problem.detail) for problem in problems]
            follow_ups.hand_over(actor=actor, follow_up=int(number), owner=owner, due_date=due_date)
            messages.success(request, _("Saved."))
    except DomainError as error:
        return [error.detail]
    return []


def _chosen(given: Mapping[str, str]) -> tuple[User | None, date | None, list[Problem]]:
    """Who, and by when."""
    problems = []
    owner = next((user for user in follow_ups.owners() if str(user.pk) == given.get("owner", "")), None)
    if owner is None:
        problems.append(Problem("/owner", "unknown", _("Choose somebody of the programme office.")))
    due_date = None
    try:
        due_date = date.fromisoformat(given.get("due_date", ""))
    except ValueError:
        problems.append(Problem("/dueDate", "malformed", _("Give a day.")))
    return owner, due_date, problems


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def mark(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Mark a place of a report: what has to be looked into, by whom and by when."""
    access.require(request.user, Permission.SEE_REPORTS)
    desk = Desk(request, slug, period)
    given = request.POST if request.method == "POST" else request.GET
    place = chosen_place(request) if request.method == "POST" else given.get("plek", "")
    problems: list[Problem] = []
    if request.method == "POST":
        owner, due_date, problems = _chosen(request.POST)
        if owner is not None and due_date is not None:
            try:
                follow_ups.mark(
                    actor=desk.actor,
                    consortium=slug,
                    quarter=period,
                    text=request.POST.get("text", ""),
                    owner=owner,
                    due_date=due_date,
                    place=place,
                )
            except Refused as error:
                problems = list(error.problems)
        if not problems:
            messages.success(request, _("Marked for follow-up."))
            return redirect(f"{_review_url(slug, period)}#follow-ups-title")
    named = Places(desk)
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(problem.pointer.strip("/"), []).append(str(problem.detail))
    context = {
        "desk": desk,
        "owners": follow_ups.owners(),
        "text": given.get("text", ""),
        "owner": given.get("owner", str(desk.actor.pk)),
        "due_date": given.get("due_date", ""),
        "place": place,
        "place_choices": named.choices(place),
        "place_by_number": named.has_too_many,
        "place_errors": errors.get("place", []),
        "errors": errors,
        "issues": [(str(each.detail), f"#{_FIELDS.get(each.pointer.strip('/'), 'text')}") for each in problems],
    }
    return render(request, "impact/work/follow_up.html", context, status=_UNPROCESSABLE if problems else 200)


_FIELDS = {"dueDate": "due_date", "owner": "owner", "place": "place", "text": "text"}
