"""Backfilling by the office: a workbook with several quarters of several HIPs, looked at, taken over and handed in."""

import io
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consortia import access, clock, csv_cells, notation
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from impact import tasks, uploads
from impact.backfill import layout, plan, source, template, work
from impact.backfill.work import Work
from impact.models import Upload, UploadKind, UploadState
from impact.transitions import STATUS_LABELS, ReportStatus
from impact.views.refusals import work_page
from impact.workbook import marking
from impact.workbook.template import CONTENT_TYPE

_UNPROCESSABLE = 422
MOST_SHOWN = 200
MARKABLE = 2 * 1024 * 1024
"""Bytes up to which a workbook is handed back with its cells marked, which takes all of it in memory."""


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def backfill(request: HttpRequest) -> HttpResponse:
    """Choose what to download, upload what was filled in, and find again what was uploaded before."""
    access.require(request.user, Permission.FILL)
    if request.method != "POST":
        return _show_start(request)
    given = request.FILES.get("file")
    if given is None:
        missing = Problem("/file", "required", _("Choose the workbook that you filled in."))
        return _show_start(request, [missing], field="file")
    try:
        data = given.read(uploads.LARGEST_BACKFILL + 1)
        upload = work.receive(actor=_actor(request), name=given.name or "", data=data)
    except Refused as error:
        return _show_start(request, error.problems, field="file")
    _begin(upload)
    return redirect("impact:backfill_upload", upload.pk)


def _actor(request: HttpRequest) -> Any:
    return request.user


def _begin(upload: Upload) -> None:
    """A small one is done at once, a large one by a worker."""
    if upload.size <= work.SMALL:
        work.run(upload.pk)
    else:
        tasks.nudge_reading(str(upload.pk))


def _show_start(request: HttpRequest, problems: Any = (), *, field: str = "") -> HttpResponse:
    hips, quarters = source.choices()
    asked = request.GET if field == "choice" else {}
    context = {
        "hips": hips,
        "quarters": quarters[::-1],
        "chosen_hips": set(request.GET.getlist("hip")) if asked else set(),
        "chosen_quarters": set(request.GET.getlist("kwartaal")) if asked else set(),
        "recent": work.recent(),
        "issues": [(str(each.detail), f"#{each.pointer.strip('/')}") for each in problems],
        "file_errors": [str(each.detail) for each in problems if field == "file"],
        "choice_errors": [str(each.detail) for each in problems if field == "choice"],
        "most_reports": layout.MOST_REPORTS,
        "most_rows": layout.MOST_ROWS,
        "megabytes": uploads.LARGEST_BACKFILL // (1024 * 1024),
    }
    return render(request, "impact/backfill/start.html", context, status=_UNPROCESSABLE if problems else 200)


@require_safe
@work_page
def download(request: HttpRequest) -> HttpResponse:
    """The workbook of the chosen HIPs and quarters."""
    try:
        about = source.of(request.user, request.GET.getlist("hip"), request.GET.getlist("kwartaal"))
    except Refused as error:
        return _show_start(request, error.problems, field="choice")
    stream = io.BytesIO()
    template.write(about, stream)
    return _as_file(stream.getvalue(), template.file_name(about), content_type=CONTENT_TYPE)


# --- one workbook


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def upload(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far it is, what it would change, and the buttons of the next step."""
    kept = uploads.find_of_office(request.user, UploadKind.BACKFILL, key)
    if request.method == "POST":
        return _step(request, kept)
    if request.headers.get("X-Fragment") == "progress":
        done, total = work.progress(kept)
        return JsonResponse(
            {"isReady": kept.state not in uploads.BUSY, "done": done, "total": total, "text": _far(kept)},
            headers={"Cache-Control": "no-store"},
        )
    return _show(request, kept)


def _step(request: HttpRequest, kept: Upload) -> HttpResponse:
    step = request.POST.get("stap", "")
    try:
        if step == "extend":
            number = work.extend(
                actor=_actor(request),
                upload_id=kept.pk,
                due_date=_day(request.POST.get("dueDate", "")),
                reason=request.POST.get("reason", ""),
            )
            text = ngettext("%(number)d report got an extension.", "%(number)d reports got an extension.", number)
            messages.success(request, text % {"number": number})
        elif step in set(Work):
            chosen = [tuple(each.split("/", 1)) for each in request.POST.getlist("rapportage") if "/" in each]
            work.ask(actor=_actor(request), upload_id=kept.pk, work=Work(step), reports=chosen)  # type: ignore[arg-type]
    except Refused as error:
        kept.refresh_from_db()
        return _show(request, kept, error.problems)
    except NotAllowedNow as error:
        messages.error(request, error.detail)
        return redirect("impact:backfill_upload", kept.pk)
    kept.refresh_from_db()
    if kept.state in uploads.BUSY:
        _begin(kept)
    return redirect("impact:backfill_upload", kept.pk)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _far(kept: Upload) -> str:
    done, total = work.progress(kept)
    language = get_language() or notation.DUTCH
    numbers = {
        "done": notation.number(done, language=language),
        "total": notation.number(total or 0, language=language),
    }
    if kept.state == UploadState.WAITING:
        return _("The workbook waits for its turn.")
    if not total:
        return _("The file is being opened.")
    if total > layout.MOST_REPORTS:
        return _("%(done)s of %(total)s rows read.") % numbers
    return _("%(done)s of %(total)s reports done.") % numbers


def _show(request: HttpRequest, kept: Upload, problems: Any = ()) -> HttpResponse:
    done, total = work.progress(kept)
    result = kept.result
    reports = result.get("reports", [])
    context = {
        "kept": kept,
        "is_busy": kept.state in uploads.BUSY,
        "is_unreadable": kept.state == UploadState.REFUSED,
        "is_taken_over": kept.state == UploadState.APPLIED,
        "done": done,
        "total": total,
        "far": _far(kept),
        "refused": result.get("refused", ()),
        "not_taken": result.get("not_taken", ())[:MOST_SHOWN],
        "errors": result.get("errors", ())[:MOST_SHOWN],
        "warnings": result.get("warnings", ())[:MOST_SHOWN],
        "error_count": result.get("error_count", 0),
        "warning_count": result.get("warning_count", 0),
        "most": MOST_SHOWN,
        "can_mark": kept.size <= MARKABLE,
        "reports": [_row(each) for each in reports],
        "closed": sum(each["refused_by"] == plan.CLOSED for each in reports),
        "kept_out": sum(each["refused_by"] not in ("", plan.CLOSED) for each in reports),
        "conflicts": sum(each["conflict_count"] for each in reports),
        "changing": sum(bool(each["added"] or each["changed"] or each["removed"]) for each in reports),
        "shown": _shown(request, reports),
        "may_take_over": work.may_take_over(kept),
        "may_extend": access.allows(request.user, Permission.CONFIGURE),
        "drafts": _drafts(kept) if kept.state == UploadState.APPLIED else [],
        "first_day": clock.today(),
        "issues": [(str(each.detail), f"#{each.pointer.strip('/')}") for each in problems],
        "errors_at": {each.pointer.strip("/"): str(each.detail) for each in problems},
        "day": request.POST.get("dueDate", ""),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "impact/backfill/upload.html", context, status=_UNPROCESSABLE if problems else 200)


def _row(each: dict[str, Any]) -> dict[str, Any]:
    """A report in the table: with what keeps it out, in words."""
    refused_by = each["refused_by"]
    said = ""
    if refused_by == plan.CLOSED:
        said = _("the quarter is closed: an extension is needed")
    elif refused_by == ReportStatus.ACCEPTED:
        said = _("accepted: a correction is opened in the report itself")
    elif refused_by:
        said = _("%(status)s: stays as it is") % {"status": STATUS_LABELS[ReportStatus(refused_by)]}
    elif each["conflict_count"]:
        text = ngettext(
            "%(number)d row was changed in the portal since", "%(number)d rows were changed in the portal since",
            each["conflict_count"],
        )  # fmt: skip
        said = text % {"number": each["conflict_count"]}
    return {**each, "said": said, "key": f"{each['hip']}/{each['quarter']}"}


def _shown(request: HttpRequest, reports: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The report whose rows are listed: the one that was asked for, else the first with something to see."""
    asked = request.GET.get("rapportage", "")
    telling = [each for each in reports if each["rows"] or each["conflicts"]]
    found = next((each for each in telling if f"{each['hip']}/{each['quarter']}" == asked), None)
    found = found or next((each for each in telling if each["conflicts"]), telling[0] if telling else None)
    if found is None:
        return None
    number = found["added"] + found["changed"] + found["removed"]
    return {**found, "number": number, "is_part": number > len(found["rows"])}


def _drafts(kept: Upload) -> list[dict[str, Any]]:
    """What was taken over, with how handing it in went so far."""
    names = {(each["hip"], each["quarter"]): each["name"] for each in kept.result["reports"]}
    outcome = {(each["hip"], each["quarter"]): each["problems"] for each in kept.result.get("handed_in", ())}
    return [
        {
            "hip": hip,
            "quarter": quarter,
            "name": names[hip, quarter],
            "key": f"{hip}/{quarter}",
            "is_in": outcome.get((hip, quarter)) == [],
            "problems": outcome.get((hip, quarter), []),
        }
        for hip, quarter in kept.result.get("drafted", ())
    ]


@require_safe
@work_page
def marked(request: HttpRequest, key: UUID) -> HttpResponse:
    """The office's own workbook, with what is wrong marked in its cells; of a large one the list alone."""
    kept = uploads.find_of_office(request.user, UploadKind.BACKFILL, key)
    errors = kept.result.get("errors", ())
    if not errors or kept.size > MARKABLE:
        return redirect("impact:backfill_upload", kept.pk)
    problems = [Problem(place, "", detail) for place, detail in errors]
    name = kept.name.rpartition(".")[0] or kept.name
    return _as_file(
        marking.marked(uploads.read_bytes(kept), problems), f"{name}-{_('marked')}.xlsx", content_type=CONTENT_TYPE
    )


@require_safe
@work_page
def errors(request: HttpRequest, key: UUID) -> HttpResponse:
    """What is wrong and what is unusual as a list, to go through beside the workbook."""
    kept = uploads.find_of_office(request.user, UploadKind.BACKFILL, key)
    rows = [[_("wrong"), *each] for each in kept.result.get("errors", ())]
    rows += [[_("unusual"), *each] for each in kept.result.get("warnings", ())]
    written = csv_cells.written([[_("What"), _("Cell"), _("Message")], *rows], delimiter=";")
    # The mark at the beginning tells Excel that this is UTF-8.
    name = kept.name.rpartition(".")[0] or kept.name
    return _as_file(b"\xef\xbb\xbf" + b"".join(written), f"{name}.csv", content_type="text/csv; charset=utf-8")


def _as_file(data: bytes, name: str, *, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    patch_cache_control(response, private=True, no_store=True)
    return response
