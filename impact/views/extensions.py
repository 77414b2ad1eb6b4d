"""Asking the office for more time, and the office's answers."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, clock, exports
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused
from consortia.models import User
from impact import extensions, programme
from impact.views import work_lists
from impact.views.desk import Desk
from impact.views.refusals import work_page

_UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def ask(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Until when, and why; where a request waits for its answer, that one."""
    desk = Desk(request, slug, period)
    access.require(request.user, Permission.SUBMIT, desk.hip)
    if not desk.may_ask_extension:
        raise NotAllowedNow(_("Nothing is due for this report, so there is nothing to extend."))
    day, reason = request.POST.get("dueDate", ""), request.POST.get("reason", "")
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            extensions.request_extension(
                actor=desk.actor, consortium=slug, quarter=period, due_date=_day(day), reason=reason
            )
        except Refused as error:
            problems = [(problem.pointer.strip("/"), str(problem.detail)) for problem in error.problems]
        else:
            messages.success(request, _("Asked. Until the programme office answers, the due date stays as it is."))
            return redirect(desk.url())
    context = {
        "desk": desk,
        "sections": desk.states(),
        "day": day,
        "reason": reason,
        "first_day": max(desk.deadline.due_date + timedelta(days=1), clock.today()),
        "last_day": extensions.last_day(desk.report),
        "declined": extensions.last_answer(desk.report),
        "day_errors": [detail for name, detail in problems if name == "dueDate"],
        "reason_errors": [detail for name, detail in problems if name == "reason"],
        "issues": [(detail, f"#{name}") for name, detail in problems],
    }
    return render(request, "impact/work/extension.html", context, status=_UNPROCESSABLE if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def answer(request: HttpRequest) -> HttpResponseBase:
    """What waits for an answer of the office, and the extensions that run; each with its own small form."""
    access.require(request.user, Permission.CONFIGURE)
    assert isinstance(request.user, User), "the permission is that of a person"
    if exports.is_asked(request):
        return work_lists.extensions(request, extensions.open_requests(), extensions.running())
    problems: list[tuple[str, str]] = []
    step, pk = request.POST.get("step", ""), request.POST.get("id", "")
    if request.method == "POST":
        try:
            done = _take(request.user, step, int(pk) if pk.isdecimal() else 0, request.POST)
        except Refused as error:
            problems = [(problem.pointer.strip("/"), str(problem.detail)) for problem in error.problems]
        else:
            messages.success(request, done)
            return redirect("impact:extensions")
    key = f"{step}-{pk}"
    context = {
        "requests": extensions.open_requests(),
        "running": extensions.running(),
        "today": clock.today(),
        "key": key,
        "typed": request.POST,
        "errors": {name: [detail for at, detail in problems if at == name] for name, _detail in problems},
        "issues": [(f"{_hip_of(step, pk)}: {detail}", f"#{key}-{name}") for name, detail in problems],
    }
    return render(request, "impact/work/extensions.html", context, status=_UNPROCESSABLE if problems else 200)


def _take(actor: User, step: str, pk: int, given: Mapping[str, str]) -> str:
    """One step of the page; gives what to say of it.

    Raises:
        NotVisible: there is no such request or extension, or no such step.
        Refused, NotAllowedNow.
    """
    reason = given.get("reason", "")
    if step == "decline":
        extensions.decline(actor=actor, request_id=pk, reason=reason)
        return _("Declined. The HIP sees why.")
    if step == "end":
        extensions.end(actor=actor, extension_id=pk, last_day=_day(given.get("lastDay", "")), reason=reason)
        return _("Ended early. The HIP sees why.")
    asked = extensions.open_requests().filter(pk=pk).first()
    day = _day(given.get("dueDate", ""))
    if step != "grant" or asked is None:
        raise NotVisible(_("There is no such request."))
    if day is None:
        raise Refused([Problem("/dueDate", "required", _("Choose a day."))])
    programme.extend(
        actor=actor, consortium=asked.report.consortium, quarter=asked.report.quarter, due_date=day, reason=reason
    )
    return _("Granted. The HIP has until %(day)s.") % {"day": date_format(day, "j F Y")}


def _hip_of(step: str, pk: str) -> str:
    """Whose request or extension a refused step was about: the page has one form for each."""
    rows: Any = extensions.running() if step == "end" else extensions.open_requests()
    row = rows.filter(pk=int(pk)).first()
    return row.report.consortium.name if row else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
