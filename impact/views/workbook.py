"""The quarter by Excel: download it prefilled, upload it, see what changes, confirm."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused, Stale
from impact import content, uploads
from impact.forms import merging
from impact.models import Section, Upload, UploadKind, UploadState
from impact.submission import Line
from impact.views.desk import Desk
from impact.views.refusals import work_page
from impact.workbook import comparison, marking, source, template
from impact.workbook.comparison import Change, Comparison

_UNPROCESSABLE, _CONFLICT = 422, 409
MOST_SHOWN = 200
"""Changed rows and errors that are listed; more than that nobody reads."""


def _desk(request: HttpRequest, slug: str, period: str) -> Desk:
    """Raises NotVisible, NotPermitted, NotAllowedNow: only a report that may be filled now has a workbook."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.FILL, desk.hip)
    if not desk.may_fill:
        raise NotAllowedNow(_("This report cannot be filled in now."))
    return desk


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def workbook(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """A button that downloads the workbook, and a form that uploads it."""
    desk = _desk(request, slug, period)
    if request.method != "POST":
        return _show_upload(request, desk)
    given = request.FILES.get("file")
    if given is None:
        return _show_upload(request, desk, [Problem("/file", "required", _("Choose the workbook that you filled in."))])
    try:
        upload = uploads.keep(
            actor=desk.actor,
            consortium=slug,
            quarter=period,
            kind=UploadKind.WORKBOOK,
            name=given.name or "",
            data=given.read(uploads.MAX_BYTES + 1),
        )
    except Refused as error:
        return _show_upload(request, desk, error.problems)
    return redirect("impact:report_workbook_upload", slug, period, upload.pk)


def _show_upload(request: HttpRequest, desk: Desk, problems: Any = ()) -> HttpResponse:
    context = {
        "desk": desk,
        "sections": desk.states(),
        "page": "workbook",
        "issues": [(str(problem.detail), "#file") for problem in problems],
        "file_errors": [str(problem.detail) for problem in problems],
    }
    return render(request, "impact/work/workbook.html", context, status=_UNPROCESSABLE if problems else 200)


@require_http_methods(["GET", "HEAD"])
@work_page
def download(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """The workbook, prefilled with the draft as it is now."""
    _desk(request, slug, period)
    about = source.of(request.user, slug, period)
    return _as_file(template.written(about), template.file_name(about))


def _as_file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=template.CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def upload(request: HttpRequest, slug: str, period: str, key: UUID) -> HttpResponse:
    """What an uploaded workbook would change, and the button that makes it so."""
    desk = _desk(request, slug, period)
    kept = _kept(desk, key)
    try:
        found = _compared(desk, kept)
    except Refused as error:
        return _show_preview(request, desk, kept, None, error.problems, status=_UNPROCESSABLE)
    if request.method != "POST":
        return _show_preview(request, desk, kept, found, found.errors)
    if found.errors:
        return _show_preview(request, desk, kept, found, found.errors, status=_UNPROCESSABLE)
    leave = request.POST.get("conflicts") == "leave"
    if found.conflicts and (not leave or request.POST.get("seen") != found.seen):
        return _show_preview(request, desk, kept, found, asked=True, status=_CONFLICT)
    try:
        left = comparison.take_over(
            actor=desk.actor, consortium=slug, quarter=period, comparison=found, leave_conflicts=leave, seen=found.seen
        )
    except Stale:
        desk = _desk(request, slug, period)
        return _show_preview(request, desk, kept, _compared(desk, kept), asked=True, status=_CONFLICT)
    except Refused as error:
        return _show_preview(request, desk, kept, found, error.problems, status=_UNPROCESSABLE)
    taken = len(found.applicable)
    uploads.finish(kept, UploadState.APPLIED, {"changed": taken, "left": len(left)})
    _tell(request, taken, len(left))
    return redirect(desk.url())


def _tell(request: HttpRequest, taken: int, left: int) -> None:
    if taken:
        text = ngettext(
            "Taken over from the workbook: %(number)d row.", "Taken over from the workbook: %(number)d rows.", taken
        )
        messages.success(request, text % {"number": taken})
    else:
        messages.success(request, _("The workbook says the same as the draft. Nothing had to change."))
    if left:
        text = ngettext(
            "%(number)d row that was changed in the portal meanwhile stayed as it is.",
            "%(number)d rows that were changed in the portal meanwhile stayed as they are.",
            left,
        )
        messages.warning(request, text % {"number": left})


@require_http_methods(["GET", "HEAD"])
@work_page
def marked(request: HttpRequest, slug: str, period: str, key: UUID) -> HttpResponse:
    """The reader's own workbook, with what is wrong marked in its cells."""
    desk = _desk(request, slug, period)
    kept = _kept(desk, key)
    data = uploads.read_bytes(kept)
    found = _compared(desk, kept)
    name = kept.name.rpartition(".")[0] or kept.name
    return _as_file(marking.marked(data, found.errors), f"{name}-{_('marked')}.xlsx")


def _kept(desk: Desk, upload_id: UUID) -> Upload:
    kept = uploads.find(desk.actor, desk.hip.slug, desk.quarter.pk, upload_id)
    uploads.require_kind(kept, UploadKind.WORKBOOK)
    return kept


def _compared(desk: Desk, kept: Upload) -> Comparison:
    return comparison.compare(
        actor=desk.actor, held=desk.standing, questions=desk.questions, data=uploads.read_bytes(kept)
    )


# --- the preview


@dataclass(frozen=True)
class ShownChange:
    """A changed row in words; empty where there is no such row."""

    label: str
    base: str
    draft: str
    workbook: str
    kind: str
    """`added`, `changed` or `removed`, as seen from the draft."""
    is_own: bool
    """The reader changed it in the portal meanwhile."""


def _show_preview(
    request: HttpRequest,
    desk: Desk,
    kept: Upload,
    found: Comparison | None,
    errors: Any = (),
    *,
    asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "desk": desk,
        "sections": desk.states(),
        "page": "workbook",
        "kept": kept,
        "errors": errors[:MOST_SHOWN],
        "error_count": len(errors),
        "can_mark": found is not None,
        "asked": asked,
        "found": found,
        "most": MOST_SHOWN,
    }
    if found is not None:
        context |= {
            "counts": _counts(found),
            "changes": [_shown(each, desk) for each in found.applicable[:MOST_SHOWN]],
            "conflicts": [_shown(each, desk) for each in found.conflicts],
            "own": sum(1 for each in found.applicable if each.is_own),
            "left_out": len(found.left_out),
            "warnings": found.warnings[:MOST_SHOWN],
        }
    return render(request, "impact/work/workbook_preview.html", context, status=status)


def _shown(change: Change, desk: Desk) -> ShownChange:
    line = change.workbook or change.draft or change.base
    assert line is not None, "a change has two sides"
    kind = "removed" if change.workbook is None else "added" if change.draft is None else "changed"
    return ShownChange(
        label=merging.label_of(line, desk.questions),
        base=_words(change.base, desk),
        draft=_words(change.draft, desk),
        workbook=_words(change.workbook, desk),
        kind=kind,
        is_own=change.is_own,
    )


def _words(line: Line | None, desk: Desk) -> str:
    return "" if line is None else merging.words_of([line], desk.questions)


def _counts(found: Comparison) -> list[tuple[str, int, int, int]]:
    """For each section how many rows are new, otherwise, and gone."""
    numbers: Counter[tuple[str, str]] = Counter()
    for each in found.applicable:
        line = each.workbook or each.draft
        kind = "removed" if each.workbook is None else "added" if each.draft is None else "changed"
        if line is not None:
            numbers[content.section_of(line), kind] += 1
    return [
        (str(label), numbers[value, "added"], numbers[value, "changed"], numbers[value, "removed"])
        for value, label in Section.choices
    ]
