"""Asking the office for more time."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Refused
from impact import extensions
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
        "day_errors": [detail for name, detail in problems if name == "dueDate"],
        "reason_errors": [detail for name, detail in problems if name == "reason"],
        "issues": [(detail, f"#{name}") for name, detail in problems],
    }
    return render(request, "impact/work/extension.html", context, status=_UNPROCESSABLE if problems else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
