"""Reviewing one report, beside its past."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, notation
from consortia.access import Permission
from consortia.errors import NotPermitted, Problem, Refused, Stale
from impact import drafts, edits, preview, reporting, tasks
from impact.edits import NO_LINE
from impact.forms.headcounts import HeadcountsForm
from impact.forms.returning import ReturningForm
from impact.forms.unidentified import UnidentifiedForm
from impact.models import Kind, ReportVersion
from impact.models.codebook import EURO
from impact.preview import Compared
from impact.rollups import Dimensions
from impact.standing import is_own as is_own_version
from impact.submission import FigureLine
from impact.views import open_cells, return_places, review_notes
from impact.views.asked import Question, questions_of
from impact.views.desk import Desk
from impact.views.effects import preview_of
from impact.views.evidence import by_place
from impact.views.refusals import work_page

_UNPROCESSABLE, _CONFLICT = 422, 409


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def review(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """This quarter beside the previous one and the same a year ago; accept it, or return it with a message."""
    desk = Desk(request, slug, period)
    access.require(request.user, Permission.SEE_REPORTS)
    if request.method != "POST":
        return _show(request, desk)
    decision, comment = request.POST.get("decision", ""), request.POST.get("comment", "")
    returning = ReturningForm(request.POST.dict(), more=decision == "more")
    asked: dict[str, Any] = {"comment": comment, "returning": returning}
    if decision == "more":
        return _show(request, desk, **asked)
    if desk.may_review and (missing := _what_is_missing(decision, comment, returning)) is not None:
        return _show(request, desk, **asked, problems=missing, status=_UNPROCESSABLE)
    try:
        reporting.review(
            actor=desk.actor,
            consortium=slug,
            quarter=period,
            decision=decision,
            content_hash=request.POST.get("content_hash", ""),
            comment=comment,
            remarks=returning.remarks,
        )
    except Refused as error:
        problems = [str(problem.detail) for problem in returning.show(error.problems)]
        return _show(request, desk, **asked, problems=problems, status=_UNPROCESSABLE)
    except Stale as error:
        detail = _("%(detail)s Below is what is submitted now.") % {"detail": error.detail}
        return _show(request, Desk(request, slug, period), **asked, problems=[detail], status=_CONFLICT)
    except NotPermitted as error:
        if not desk.may_review:
            raise
        return _show(request, desk, **asked, problems=[error.detail], status=403)
    tasks.nudge()
    done = _("Accepted: %(report)s counts from now on.") if decision == "accept" else _("Returned: %(report)s.")
    messages.success(
        request, done % {"report": f"{desk.hip} {notation.quarter(period, language=get_language() or 'nl')}"}
    )
    return redirect("impact:reviews")


def _what_is_missing(decision: str, comment: str, returning: ReturningForm) -> list[str] | None:
    """What keeps a decision from being taken; what is wrong at a place is shown there. None: nothing does."""
    if decision == "accept" and returning.messages:
        return [_("You wrote what is to change. Return the report, or take those messages away first.")]
    if decision == "return" and not returning.messages and not comment.strip():
        return [_("Say what the HIP is to change.")]
    return None if decision != "return" or returning.is_whole() else []


def _show(
    request: HttpRequest,
    desk: Desk,
    *,
    comment: str = "",
    returning: ReturningForm | None = None,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    version = desk.version
    is_own = version is not None and is_own_version(desk.actor, version)
    if not desk.may_review or is_own:
        returning = None
    elif returning is None:
        returning = ReturningForm({})
    messages_at = returning.messages if returning else []
    context: dict[str, Any] = {
        "desk": desk,
        "comment": comment,
        "comment_errors": problems or [],
        "issues": [(problem, "#comment") for problem in problems or []]
        + [(error, f"#{each.name}") for each in messages_at for error in each.errors],
        "returning": returning,
        "asked_before": open_cells.asked_before(desk),
        "evidence": by_place(desk),
        "events": desk.report.events.select_related("actor", "version"),
        "may_review": desk.may_review,
        "is_own": is_own,
    }
    if version is not None:
        context |= _content(desk, version)
    if returning:
        context |= return_places.context(desk, context.get("odd", ()))
    return render(request, "impact/work/review.html", context, status=status)


def _content(desk: Desk, version: ReportVersion) -> dict[str, Any]:
    dimensions = Dimensions.read()
    questions = _questions(desk, version)
    odd = {
        (line.indicator, line.action_line)
        for question in questions
        if isinstance(line := question.place.line, FigureLine)
    }
    notes = review_notes.context(desk, version, dimensions, questions)
    figures = _figures(desk, version, dimensions, odd)
    review_notes.annotate(figures, notes)
    return {
        **notes,
        "version": version,
        "figures": figures,
        "organisations": preview.organisations(version, desk.previous_version),
        "headcounts": HeadcountsForm.of_lines(desk.questions, drafts.lines_of(version), desk.previous, blank=0),
        "unidentified": _unidentified(desk),
        "questions": questions,
        **(_what_it_does(desk, version, dimensions) if desk.standing.open_version else {}),
    }


def _what_it_does(desk: Desk, version: ReportVersion, dimensions: Dimensions) -> dict[str, Any]:
    """What accepting would change; of a correction also what is another than in the version that counts."""
    counting = desk.standing.counting
    corrected = {"counting": counting, "since_counting": preview.organisations(version, counting)} if counting else {}
    return {**preview_of(desk, version, dimensions), **corrected}


def _figures(
    desk: Desk, version: ReportVersion, dimensions: Dimensions, odd: set[tuple[str, str | None]]
) -> list[dict[str, Any]]:
    """A row for each indicator with its action lines below it; what was never reported is left out."""
    rows: dict[int, dict[str, Any]] = {}
    entered = edits.keyed(line for line in desk.lines if isinstance(line, FigureLine))
    for compared in preview.compare(desk.report, version, desk.state, dimensions):
        if compared.is_blank:
            continue
        indicator = dimensions.indicators[compared.indicator_id]
        row = rows.setdefault(
            indicator.pk,
            {
                "indicator": indicator,
                "notation": _notation(desk, compared),
                "total": None,
                "lines": [],
                "is_odd": False,
            },
        )
        line = dimensions.action_lines.get(compared.action_line_id or 0)
        place = f"/figures/{indicator.code}/{line.code if line else NO_LINE}"
        is_odd = (indicator.code, line.code if line else None) in odd
        if line is None:
            row["total"] = compared
            row["is_odd"] = is_odd
            row["place"] = place if place in entered else ""
        else:
            row["lines"].append(
                {
                    "line": line,
                    "figure": compared,
                    "is_odd": is_odd,
                    "place": place if place in entered else "",
                    "label": f"{indicator.name}, {line.short}",
                }
            )
    return list(rows.values())


def _notation(desk: Desk, compared: Compared) -> str:
    """As the `measure` filter takes it."""
    in_force = desk.state.definition(compared.indicator_id, desk.quarter.index)
    if in_force is not None and in_force[1].kind == Kind.RATIO:
        return "share"
    return "euro" if compared.unit == EURO else ""


def _questions(desk: Desk, version: ReportVersion) -> list[Question]:
    """The warnings as they stood when the HIP handed in, with what it said to them."""
    warnings = [Problem(row["pointer"], row["code"], row["detail"]) for row in version.warnings]
    explanations = {row["pointer"]: row.get("explanation", "") for row in version.warnings}
    return questions_of(desk, warnings, explanations)


def _unidentified(desk: Desk) -> list[Any]:
    form = UnidentifiedForm.of_lines(desk.questions, desk.lines, desk.previous)
    return [place for place in form.fields if not place.is_blank or place.previous is not None]
