"""A list of organisations as a file: hand it in, say which column is what, see what it would do, take it over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from consortia import access, notation
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import OrganisationType
from impact import organisation_list_upload as lists
from impact import tasks, uploads
from impact.forms.fields import Field
from impact.models import Involvement, Upload, UploadState
from impact.organisation_list_columns import COLUMN_LABELS, LIST_COLUMNS, Column
from impact.submission import MAX_ROWS
from impact.views.desk import PARTICIPATIONS, Desk
from impact.views.drafting import UNPROCESSABLE
from impact.views.list_columns import columns_of, columns_typed, far, progress
from impact.views.refusals import work_page


def _desk(request: HttpRequest, slug: str, period: str) -> Desk:
    """The report, for those who may fill it now.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow.
    """
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.FILL, desk.hip)
    if not desk.may_fill:
        raise NotAllowedNow(_("This report cannot be filled in now."))
    return desk


def _context(desk: Desk, **more: Any) -> dict[str, Any]:
    return {"desk": desk, "sections": desk.states(PARTICIPATIONS), **more}


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def receive(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Hand a list in; those that were handed in before can be gone on with."""
    desk = _desk(request, slug, period)
    issues: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            upload = _received(request, desk)
        except Refused as error:
            issues = [(_said(problem), "#file") for problem in error.problems]
        else:
            return _to(desk, upload.pk)
    earlier = [(row, _address(desk, row.pk)) for row in lists.of_report(desk.report)]
    return render(
        request,
        "impact/work/list.html",
        _context(desk, issues=issues, earlier=earlier, megabytes=uploads.MAX_BYTES // (1024 * 1024), most=MAX_ROWS),
        status=UNPROCESSABLE if issues else 200,
    )


def _received(request: HttpRequest, desk: Desk) -> Upload:
    file = request.FILES.get("file")
    if file is None:
        raise Refused([Problem("/file", "required", _("Choose a file first."))])
    # One byte more than is taken: enough to see that it is too much.
    data = file.read(uploads.MAX_BYTES + 1)
    return lists.receive(
        actor=desk.actor, consortium=desk.hip.slug, quarter=desk.quarter.pk, name=file.name or "", data=data
    )


def _said(problem: Problem) -> str:
    """The problem with the cell that it is about, where it is about one."""
    place = "" if problem.pointer.startswith("/") else problem.pointer
    return f"{place}: {problem.detail}" if place else str(problem.detail)


def _address(desk: Desk, id: UUID, name: str = "report_list_upload") -> str:  # noqa: A002
    return reverse(f"impact:{name}", args=[desk.hip.slug, desk.quarter.pk, id])


def _to(desk: Desk, id: UUID) -> HttpResponseRedirect:  # noqa: A002
    return HttpResponseRedirect(_address(desk, id))


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def upload(request: HttpRequest, slug: str, period: str, id: UUID) -> HttpResponse:  # noqa: A002
    """One list, as far as it is: its columns to confirm, being read, or what it would do."""
    desk = _desk(request, slug, period)
    found = uploads.find(desk.actor, slug, period, id)
    if "sheets" not in found.options:
        return redirect(desk.url("report_list"))
    if request.method == "POST":
        if request.POST.get("stap") == "columns":
            return _choose(request, desk, found)
        return _take_over(request, desk, found)
    if lists.is_late(found) and lists.read(found.pk):
        found.refresh_from_db()
    if request.headers.get("X-Fragment") == "progress":
        return progress(found)
    if not found.options["chosen"] or ("kolommen" in request.GET and found.state != UploadState.APPLIED):
        return _show_columns(request, desk, found)
    return _show(request, desk, found)


def _show(request: HttpRequest, desk: Desk, found: Upload, *, issues: Any = (), status: int = 200) -> HttpResponse:
    result = found.result
    context = _context(
        desk,
        upload=found,
        result=result,
        issues=issues,
        is_busy=found.state in uploads.BUSY,
        is_unreadable=found.state == UploadState.REFUSED,
        is_taken_over=found.state == UploadState.APPLIED,
        far=far(found),
        more_refused=max(0, result.get("refusals", 0) - len(result.get("refusals_shown", ()))),
        more_duplicates=max(0, result.get("duplicates", 0) - len(result.get("duplicates_shown", ()))),
        examples=[
            (identifier, name, desk.questions.line_name(line), dict(Involvement.choices).get(involvement, involvement))
            for identifier, name, line, involvement in result.get("examples", ())
        ],
    )
    return render(request, "impact/work/list_preview.html", context, status=status)


def _take_over(request: HttpRequest, desk: Desk, found: Upload) -> HttpResponse:
    try:
        number = lists.take_over(
            actor=desk.actor,
            consortium=desk.hip.slug,
            quarter=desk.quarter.pk,
            upload_id=found.pk,
            good_rows_only=request.POST.get("stap") == "good",
        )
    except Refused as error:
        issues = [(_said(problem), "") for problem in error.problems[: lists.SHOWN]]
        return _show(request, desk, found, issues=issues, status=UNPROCESSABLE)
    language = get_language() or notation.DUTCH
    messages.success(
        request,
        ngettext("%(number)s row was added to the list.", "%(number)s rows were added to the list.", number)
        % {"number": notation.number(number, language=language)},
    )
    return redirect(desk.section_url(PARTICIPATIONS))


@require_GET
@work_page
def refused(request: HttpRequest, slug: str, period: str, id: UUID) -> HttpResponse:  # noqa: A002
    """The rows that cannot be taken over, to mend and hand in again."""
    desk = _desk(request, slug, period)
    found = uploads.find(desk.actor, slug, period, id)
    if found.state not in (UploadState.READ, UploadState.APPLIED) or not found.result.get("refusals"):
        return _to(desk, found.pk)
    return HttpResponse(
        lists.refused_as_csv(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_("refused")}-{desk.quarter.pk}.csv"'},
    )


# --- the columns


def _show_columns(
    request: HttpRequest, desk: Desk, found: Upload, *, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    sheets = found.options["sheets"]
    texts = request.POST if request.method == "POST" else None
    asked = texts.get("sheet") if texts else request.GET.get("blad", found.options["sheet"])
    sheet = next((each for each in sheets if each["name"] == asked), sheets[0])
    fields = _fields(desk, found, texts, problems)
    issues = [(f"{field.label}: {error}", f"#{field.name}") for field in fields.values() for error in field.errors]
    issues += [(str(each.detail), "#columns") for each in problems if each.pointer in ("/columns", "/sheet")]
    chosen = found.options.get("columns") if found.options.get("sheet") == sheet["name"] else None
    context = _context(
        desk,
        upload=found,
        sheets=[each["name"] for each in sheets],
        sheet=sheet,
        columns=columns_of(sheet, chosen, texts),
        meanings=[(column.value, COLUMN_LABELS[column]) for column in LIST_COLUMNS],
        has_headings=("headings" in texts) if texts else bool(sheet["heading_row"]),
        heading_row=sheet["heading_row"] or sheet["top"][0][0],
        fields=fields,
        completes_zeros=("completes_zeros" in texts) if texts else found.options.get("completes_zeros", False),
        issues=issues,
    )
    return render(request, "impact/work/list_columns.html", context, status=UNPROCESSABLE if issues else 200)


def _fields(desk: Desk, found: Upload, texts: Any, problems: tuple[Problem, ...]) -> dict[str, Field]:
    """What holds for rows that do not say it."""
    lines = [(line.code, line.name) for line in desk.questions.action_lines]
    asked: dict[str, tuple[str, Any]] = {
        Column.ACTION_LINE.value: (_("Action line"), lines),
        Column.INVOLVEMENT.value: (_("Takes part through"), Involvement.choices),
        Column.TYPE.value: (_("Type, where the register does not know it"), OrganisationType.choices),
    }
    stored = {**found.options, Column.TYPE.value: found.options.get("organisation_type", OrganisationType.COMPANY)}
    fields = {
        name: Field(name=name, label=label, text=(texts or stored).get(name, ""), choices=choices)
        for name, (label, choices) in asked.items()
    }
    for problem in problems:
        field = fields.get(problem.pointer.removeprefix("/"))
        if field is not None:
            field.errors.append(str(problem.detail))
    return fields


def _choose(request: HttpRequest, desk: Desk, found: Upload) -> HttpResponse:
    columns, problems = columns_typed(request.POST, LIST_COLUMNS)
    if problems:
        return _show_columns(request, desk, found, problems=tuple(problems))
    try:
        lists.choose(
            actor=desk.actor,
            consortium=desk.hip.slug,
            quarter=desk.quarter.pk,
            upload_id=found.pk,
            sheet=request.POST.get("sheet", ""),
            first_row_is_heading="headings" in request.POST,
            columns=columns,
            action_line=request.POST.get(Column.ACTION_LINE.value, ""),
            involvement=request.POST.get(Column.INVOLVEMENT.value, ""),
            organisation_type=request.POST.get(Column.TYPE.value, ""),
            completes_zeros="completes_zeros" in request.POST,
        )
    except Refused as error:
        return _show_columns(request, desk, found, problems=tuple(error.problems))
    if found.size <= lists.SMALL:
        lists.read(found.pk)
    else:
        tasks.nudge_reading(str(found.pk))
    return _to(desk, found.pk)
