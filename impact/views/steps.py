"""The steps of a report beyond filling it: check, hand in, look back, correct, withdraw."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Refused, Stale, escaped
from impact import corrections, explanations, meanwhile, preview, reporting, tasks
from impact.forms import merging
from impact.models import CorrectionCode, Rule
from impact.models.codebook import EURO
from impact.rollups import Dimensions
from impact.transitions import ReportStatus
from impact.views import drafting, teamwork
from impact.views.asked import Question, mistakes_of, questions_of, tree
from impact.views.desk import FIGURES, PARTICIPATIONS, Desk
from impact.views.effects import preview_of
from impact.views.refusals import work_page

_UNPROCESSABLE, _CONFLICT = 422, 409
_EXPLANATION, _PLACE = "explanation:", "place:"
_OPEN_AGAIN = "open_again"
_HEADLINES = (
    Rule.COMPANIES,
    Rule.COMPANIES_SME,
    Rule.FIRST_TIME_STUDENTS,
    Rule.FIRST_TIME_TEACHERS,
    Rule.FIRST_TIME_EMPLOYEES,
    Rule.COFINANCING,
)
"""What is shown large before handing in; the rest stands below it."""


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def check(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Everything that is wrong or unlikely in the draft, with links to the fields; what is explained is kept."""
    desk = Desk(request, slug, period)
    if request.method == "POST" and _OPEN_AGAIN in request.POST:
        return _open_again(request, desk)
    _require_draft(desk)
    if request.method != "POST":
        return _show_check(request, desk)
    problems = _keep(request, desk)
    if request.headers.get("X-Fragment"):
        # The page goes on by itself; whatever could not be kept shows when it is sent as a whole.
        return HttpResponse(status=_UNPROCESSABLE if problems else 204)
    if problems:
        return _show_check(request, desk, problems)
    messages.success(request, _("Your explanations are kept."))
    return redirect(desk.url("report_check"))


def _open_again(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Go on with a report that came back or was withdrawn, as it stands: a draft of it, and on to the next page.

    Where somebody made that draft in the meantime, there is nothing left to be done for it.
    """
    following = "report_submit" if request.POST[_OPEN_AGAIN] == "submit" else "report_check"
    if desk.may_open_again:
        try:
            drafting.store(desk, FIGURES, merging.of_section(desk.lines, FIGURES), [], base=desk.standing.tag)
        except Refused as error:
            for problem in error.problems:
                messages.error(request, f"{desk.place(problem.pointer).label}: {problem.detail}")
            return redirect(desk.url())
        except Stale:
            pass
    return redirect(desk.url(following))


def _keep(request: HttpRequest, desk: Desk) -> dict[str, str]:
    """Write down the explanations that were sent, by their place; gives by pointer what could not be."""
    places = {pointer: request.POST.get(f"{_PLACE}{pointer}", "") for pointer in _explanations(request)}
    given = {places[pointer]: text for pointer, text in _explanations(request).items() if places[pointer]}
    if not given:
        return {}
    try:
        explanations.keep(actor=desk.actor, consortium=desk.hip.slug, quarter=desk.quarter.pk, given=given)
    except Refused as error:
        found = {problem.pointer: str(problem.detail) for problem in error.problems}
        return {
            f"/explanations/{escaped(pointer)}": found[f"/explanations/{escaped(place)}"]
            for pointer, place in places.items()
            if f"/explanations/{escaped(place)}" in found
        }
    return {}


def _require_draft(desk: Desk) -> None:
    """Only a draft is checked and handed in.

    Raises:
        NotPermitted, NotAllowedNow.
    """
    access.require(desk.actor, Permission.FILL, desk.hip)
    if not desk.is_draft:
        raise NotAllowedNow(_why_no_draft(desk))


def _why_no_draft(desk: Desk) -> str:
    """What is the case instead, and where to go; the reader comes at the page of the report."""
    if desk.status == ReportStatus.SUBMITTED and desk.version and desk.version.submitted_at:
        day = date_format(timezone.localtime(desk.version.submitted_at), "j F Y")
        return _(
            "This report was submitted on %(day)s and waits for a reviewer. Below is what was handed in; it can be "
            "checked again once it comes back."
        ) % {"day": day}
    if desk.may_correct:
        return _("This report was accepted, so these figures count. Choose “Correct…” to change something.")
    if desk.status == ReportStatus.ACCEPTED:
        return _("This report was accepted, so these figures count. There is nothing to check.")
    if desk.may_open_again and desk.status == ReportStatus.RETURNED:
        return _("This report was returned. Change below what was asked, or choose “Check” to go on with it as it is.")
    if desk.may_open_again:
        return _("This report was withdrawn. Fill in a section, or choose “Check” to go on with it as it is.")
    return _("There is no draft to check. Fill in a section first.")


def _show_check(request: HttpRequest, desk: Desk, problems: Mapping[str, str] | None = None) -> HttpResponse:
    questions, issues = _asked(desk, _explanations(request), problems or {})
    context = {
        "desk": desk,
        "page": "check",
        "sections": desk.states(),
        "errors": desk.verdict.errors,
        "repairs": tree(mistakes_of(desk)),
        "questions": questions,
        "by_section": tree(questions),
        "unexplained": sum(not question.explanation for question in questions),
        "blank": [state for state in desk.states() if not state.filled],
        "forgotten": desk.forgotten(),
        "issues": issues,
        "base": desk.standing.tag,
        **_open_ends(desk),
    }
    return render(request, "impact/work/check.html", context, status=_UNPROCESSABLE if issues else 200)


def _open_ends(desk: Desk) -> dict[str, Any]:
    """What does not count yet, and what waits for an answer."""
    return {
        "proposed_count": len(desk.proposals.open),
        "comment_count": desk.checklist.number_of_comments,
        "list_url": desk.section_url(PARTICIPATIONS),
    }


def _asked(
    desk: Desk, typed: Mapping[str, str], problems: Mapping[str, str]
) -> tuple[list[Question], list[tuple[str, str]]]:
    """The questions with what was typed or else kept before, and what is wrong with the explanations."""
    questions = [
        replace(question, error=_error_at(question, problems))
        for question in questions_of(desk, desk.verdict.warnings, dict(typed), explanations.of(desk.report, desk.lines))
    ]
    return questions, [(f"{each.place.label}: {each.error}", f"#{each.name}") for each in questions if each.error]


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def submit(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """The numbers that will be public, once more, and one button that hands the draft in."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.SUBMIT, desk.hip)
    _require_draft(desk)
    if request.method != "POST" or "bevestig" not in request.POST:
        problems = _keep(request, desk) if request.method == "POST" else {}
        return _show_submit(request, desk, typed=_explanations(request), problems=problems)
    comment, typed = request.POST.get("comment", ""), _explanations(request)
    try:
        reporting.submit(
            actor=desk.actor,
            consortium=slug,
            quarter=period,
            comment=comment,
            explanations=typed,
            # A page always knows what it was built on.
            base=request.POST.get("base", "").replace(reporting.ANY, ""),
        )
    except Refused as error:
        problems = {problem.pointer: str(problem.detail) for problem in error.problems}
        return _show_submit(request, desk, typed=typed, comment=comment, problems=problems)
    except Stale as error:
        again = Desk(request, slug, period)
        if not again.is_draft:
            messages.error(request, error.detail)
            return redirect(again.url())
        # What was typed belonged to rows that may have moved: only what was kept by its place is shown again.
        return _show_submit(request, again, typed={}, comment=comment, built_on=request.POST.get("base", ""))
    messages.success(request, _("Submitted. A reviewer looks at it now; you will see the answer in My work."))
    return redirect(desk.url())


def _explanations(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix(_EXPLANATION): str(text)
        for name, text in request.POST.items()
        if name.startswith(_EXPLANATION)
    }


def _show_submit(
    request: HttpRequest,
    desk: Desk,
    *,
    typed: Mapping[str, str],
    comment: str = "",
    problems: Mapping[str, str] | None = None,
    built_on: str | None = None,
) -> HttpResponse:
    """The page before handing in; `built_on` is the tag of one that was confirmed after the report had changed."""
    problems = problems or {}
    questions, issues = _asked(desk, typed, problems)
    if "/comment" in problems:
        issues.append((problems["/comment"], "#comment"))
    assert desk.version is not None, "a draft is an open version"
    dimensions = Dimensions.read()
    cells = preview.totals(desk.report, desk.version, desk.state, dimensions)
    rules = {
        pk: found[1].rule for pk in dimensions.indicators if (found := desk.state.definition(pk, desk.quarter.index))
    }
    previewed = preview_of(desk, desk.version, dimensions)
    # Where nothing counts yet everything is new: then nothing is marked.
    changing = {row.indicator.pk: row.hip for row in previewed["own_rows"] if desk.standing.counting}
    figures = [
        (
            dimensions.indicators[cell.indicator_id],
            cell,
            "euro" if cell.unit == EURO else "",
            changing.get(cell.indicator_id),
        )
        for cell in cells
    ]
    headlines = [each for each in figures if rules.get(each[1].indicator_id) in _HEADLINES]
    context = {
        "desk": desk,
        "sections": desk.states(),
        "errors": desk.verdict.errors,
        "repairs": tree(mistakes_of(desk)),
        "headlines": headlines,
        "figures": [each for each in figures if each not in headlines],
        "blank": [state for state in desk.states() if not state.filled],
        "forgotten": desk.forgotten(),
        "questions": questions,
        "by_section": tree(questions),
        "comment": comment,
        "comment_error": problems.get("/comment", ""),
        "issues": issues,
        "base": desk.standing.tag,
        **_open_ends(desk),
        **previewed,
        **({} if built_on is None else _changed_since(desk, built_on)),
    }
    status = _UNPROCESSABLE if issues else 200 if built_on is None else _CONFLICT
    return render(request, "impact/work/submit.html", context, status=status)


def _changed_since(desk: Desk, tag: str) -> dict[str, Any]:
    """What is different from the page that was confirmed, and whether the reader did that themselves."""
    found = meanwhile.since(desk.report, tag)
    return {
        "has_changed": True,
        "is_own_change": found.is_by(desk.actor),
        "saves": [] if found.revision is None else teamwork.saves_after(desk, found.revision),
    }


def _error_at(question: Question, problems: Mapping[str, str]) -> str:
    """What is wrong with an explanation: its text, or that it is missing."""
    found = problems.get(f"/explanations/{escaped(question.pointer)}", "")
    if found or question.pointer not in problems or question.explanation.strip():
        return found
    return _("Write in one line why this is right.")


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def correct(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Open the next version of an accepted report, with the reason why; or say it anew while that is a draft."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.CORRECT, desk.hip)
    if not desk.may_correct and not desk.may_explain_correction:
        raise NotAllowedNow(_("Only an accepted report can be corrected."))
    where: dict[str, Any] = {"actor": desk.actor, "consortium": slug, "quarter": period}
    given: dict[str, Any] = {"reason": request.POST.get("reason", ""), "code": request.POST.get("code", "")}
    if request.method != "POST":
        version = desk.version
        if version is not None and desk.may_explain_correction:
            given = {"reason": version.correction_reason, "code": version.correction_code}
        codes = _codes(given["code"])
        return _ask_reason(request, desk, "impact/work/correct.html", codes=codes, **given)
    try:
        if desk.may_explain_correction:
            corrections.explain(**where, **given)
        else:
            reporting.correct(**where, **given)
    except Refused as error:
        codes = _codes(given["code"])
        return _ask_reason(request, desk, "impact/work/correct.html", refusal=error, codes=codes, **given)
    if desk.may_explain_correction:
        messages.success(request, _("The reason of the correction is kept."))
        return redirect(desk.url())
    messages.success(
        request,
        _("You can correct the report now. The accepted figures go on counting until the new ones are accepted."),
    )
    return redirect(desk.url())


def _codes(given: str) -> list[tuple[str, str]]:
    """The kinds of corrections to choose from, with one that came through the API and is not in the list."""
    known = [(value, str(label)) for value, label in CorrectionCode.choices]
    return known if not given or given in CorrectionCode.values else [*known, (given, given)]


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def withdraw(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Make nothing count for this report any more, with the reason why."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.WITHDRAW, desk.hip)
    if not desk.may_withdraw:
        raise NotAllowedNow(_("Nothing counts for this report."))
    reason = request.POST.get("reason", "")
    if request.method != "POST":
        return _ask_reason(request, desk, "impact/work/withdraw.html")
    try:
        reporting.withdraw(actor=desk.actor, consortium=slug, quarter=period, reason=reason)
    except Refused as error:
        return _ask_reason(request, desk, "impact/work/withdraw.html", reason=reason, refusal=error)
    tasks.nudge()
    messages.success(request, _("Withdrawn. The figures of this report no longer count."))
    return redirect(desk.url())


def _ask_reason(
    request: HttpRequest, desk: Desk, template: str, *, reason: str = "", refusal: Refused | None = None, **more: Any
) -> HttpResponse:
    problems = [(problem.pointer.strip("/"), str(problem.detail)) for problem in refusal.problems] if refusal else []
    context = {
        "desk": desk,
        "sections": desk.states(),
        "reason": reason,
        "reason_errors": [detail for name, detail in problems if name == "reason"],
        "code_errors": [detail for name, detail in problems if name == "code"],
        "issues": [(detail, f"#{name}") for name, detail in problems],
        **more,
    }
    return render(request, template, context, status=_UNPROCESSABLE if problems else 200)
