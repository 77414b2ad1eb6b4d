"""The steps of a report beyond filling it: check, hand in, look back, correct, withdraw."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Refused, Stale, escaped
from impact import content, drafts, preview, reporting, tasks
from impact.forms.figures import FiguresForm
from impact.forms.headcounts import HeadcountsForm
from impact.forms.participations import listed
from impact.forms.unidentified import UnidentifiedForm
from impact.models import CorrectionCode, Rule
from impact.models.codebook import EURO
from impact.models.reports import ReportVersion
from impact.rollups import Dimensions
from impact.views.desk import Desk, Question, questions_of
from impact.views.effects import preview_of
from impact.views.refusals import work_page

_UNPROCESSABLE, _CONFLICT = 422, 409
_EXPLANATION = "explanation:"
_HEADLINES = (
    Rule.COMPANIES,
    Rule.COMPANIES_SME,
    Rule.FIRST_TIME_STUDENTS,
    Rule.FIRST_TIME_TEACHERS,
    Rule.FIRST_TIME_EMPLOYEES,
    Rule.COFINANCING,
)
"""What is shown large before handing in; the rest stands below it."""


@require_http_methods(["GET", "HEAD"])
@work_page
def check(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Everything that is wrong or unlikely in the draft, with links to the fields."""
    desk = Desk(request, slug, period)
    _require_draft(desk)
    return _show_check(request, desk, {})


def _require_draft(desk: Desk) -> None:
    """Only a draft is checked and handed in.

    Raises:
        NotPermitted, NotAllowedNow.
    """
    access.require(desk.actor, Permission.FILL, desk.hip)
    if not desk.is_draft:
        raise NotAllowedNow(_("There is no draft to check. Fill in a section first."))


def _show_check(request: HttpRequest, desk: Desk, explanations: Mapping[str, str]) -> HttpResponse:
    context = {
        "desk": desk,
        "sections": desk.states(),
        "errors": [(desk.place(problem.pointer), problem.detail) for problem in desk.verdict.errors],
        "questions": questions_of(desk, desk.verdict.warnings, dict(explanations)),
        "blank": [state for state in desk.states() if not state.filled],
        "forgotten": desk.forgotten(),
        "base": desk.standing.tag,
    }
    return render(request, "impact/work/check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def submit(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """The numbers that will be public, once more, and one button that hands the draft in."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.SUBMIT, desk.hip)
    _require_draft(desk)
    if request.method != "POST" or "bevestig" not in request.POST:
        return _show_submit(request, desk, explanations=_explanations(request))
    comment, explanations = request.POST.get("comment", ""), _explanations(request)
    try:
        reporting.submit(
            actor=desk.actor,
            consortium=slug,
            quarter=period,
            comment=comment,
            explanations=explanations,
            # A page always knows what it was built on.
            base=request.POST.get("base", "").replace(reporting.ANY, ""),
        )
    except Refused as error:
        problems = {problem.pointer: str(problem.detail) for problem in error.problems}
        return _show_submit(request, desk, explanations=explanations, comment=comment, problems=problems)
    except Stale as error:
        messages.error(request, _("%(detail)s The numbers below are the new ones.") % {"detail": error.detail})
        # What was explained belonged to rows that may have moved: it is shown again only for the comment.
        again = Desk(request, slug, period)
        if not again.is_draft:
            return redirect(again.url())
        return _show_submit(request, again, explanations={}, comment=comment, status=_CONFLICT)
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
    explanations: Mapping[str, str],
    comment: str = "",
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    questions = [
        replace(question, error=_error_at(question, problems))
        for question in questions_of(desk, desk.verdict.warnings, dict(explanations))
    ]
    issues = [(f"{each.place.label}: {each.error}", f"#{each.name}") for each in questions if each.error]
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
        "errors": [(desk.place(problem.pointer), problem.detail) for problem in desk.verdict.errors],
        "headlines": headlines,
        "figures": [each for each in figures if each not in headlines],
        "blank": [state for state in desk.states() if not state.filled],
        "forgotten": desk.forgotten(),
        "questions": questions,
        "comment": comment,
        "comment_error": problems.get("/comment", ""),
        "issues": issues,
        "base": desk.standing.tag,
        **previewed,
    }
    return render(request, "impact/work/submit.html", context, status=_UNPROCESSABLE if issues else status)


def _error_at(question: Question, problems: Mapping[str, str]) -> str:
    """What is wrong with an explanation: its text, or that it is missing."""
    found = problems.get(f"/explanations/{escaped(question.pointer)}", "")
    if found or question.pointer not in problems or question.explanation.strip():
        return found
    return _("Write in one line why this is right.")


@require_http_methods(["GET", "HEAD"])
@work_page
def versions(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Who handed in what and when; with `versie` in the address the whole content of an older version."""
    desk = Desk(request, slug, period)
    number = request.GET.get("versie", "")
    chosen = next((version for version in desk.standing.versions if str(version.number) == number), None)
    rows = (
        ReportVersion.objects.filter(pk__in=[version.pk for version in desk.standing.versions])
        .select_related("opened_by", "submitted_by", "reviewed_by")
        .order_by("-number")
    )
    context: dict[str, Any] = {
        "desk": desk,
        "sections": desk.states(),
        "versions": rows,
        "counting": desk.standing.counting,
        "events": desk.report.events.select_related("actor", "version") if desk.sees_everything else [],
        "chosen": chosen,
    }
    if chosen is not None:
        context |= contents_of(desk, chosen)
    return render(request, "impact/work/versions.html", context)


def contents_of(desk: Desk, version: ReportVersion) -> dict[str, Any]:
    """The four sections of a version, to read."""
    lines = drafts.lines_of(version)
    codes = [line.code for line in desk.questions.action_lines]
    return {
        "figures": FiguresForm.of_lines(desk.questions, lines, desk.previous),
        "organisations": [(row, row.involvements(codes)) for row in listed(lines).values()],
        "unidentified": UnidentifiedForm.of_lines(desk.questions, lines, desk.previous),
        "headcounts": HeadcountsForm.of_lines(desk.questions, lines, desk.previous, blank=0),
        "is_unchanged": content.digest(lines) == version.content_hash,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def correct(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Open the next version of an accepted report, with the reason why."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.CORRECT, desk.hip)
    if not desk.may_correct:
        raise NotAllowedNow(_("Only an accepted report can be corrected."))
    reason, code = request.POST.get("reason", ""), request.POST.get("code", "")
    if request.method != "POST":
        return _ask_reason(request, desk, "impact/work/correct.html", codes=CorrectionCode.choices)
    try:
        reporting.correct(actor=desk.actor, consortium=slug, quarter=period, reason=reason, code=code)
    except Refused as error:
        asked = {"codes": CorrectionCode.choices, "code": code}
        return _ask_reason(request, desk, "impact/work/correct.html", reason=reason, refusal=error, **asked)
    messages.success(
        request,
        _("You can correct the report now. The accepted figures go on counting until the new ones are accepted."),
    )
    return redirect(desk.url())


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
