"""An export of the trade register, for the office: hand it in, name its columns, see what changes, take it over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, clock, exports, notation
from consortia.access import Permission
from consortia.errors import Problem, Refused, Stale
from consortia.models import SbiVersion, User
from impact import register_upload, tasks, uploads
from impact.forms.fields import Field
from impact.models import RegisterImport, Upload, UploadKind, UploadState
from impact.organisation_list_columns import COLUMN_LABELS, REGISTER_COLUMNS
from impact.organisation_list_upload import SHOWN, SMALL
from impact.register_data import Difference
from impact.submission import MAX_ROWS
from impact.views import register_lists
from impact.views.drafting import UNPROCESSABLE
from impact.views.list_columns import columns_of, columns_typed, far, progress
from impact.views.refusals import work_page
from impact.views.register_words import words_of

_MOST_LISTED = 20


def _office(request: HttpRequest) -> User:
    """
    Raises:
        NotPermitted: no programme manager.
    """
    access.require(request.user, Permission.CONFIGURE)
    assert isinstance(request.user, User)
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def receive(request: HttpRequest) -> HttpResponseBase:
    """Hand an export in; those that were handed in before can be gone on with, and who took over what can be read."""
    actor = _office(request)
    issues: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            upload = _received(request, actor)
        except Refused as error:
            issues = [(_said(problem), "#file") for problem in error.problems]
        else:
            return redirect("impact:register_export", upload.pk)
    files = Upload.objects.filter(kind=UploadKind.EXPORT).select_related("uploaded_by").order_by("-uploaded_at")
    imports = RegisterImport.objects.select_related("imported_by").order_by("-imported_at", "-pk")
    if exports.is_asked(request):
        return register_lists.imports(request, imports, files)
    context = {
        "issues": issues,
        "megabytes": uploads.MAX_BYTES // (1024 * 1024),
        "most": MAX_ROWS,
        "earlier": files[:_MOST_LISTED],
        "imports": imports[:_MOST_LISTED],
    }
    return render(request, "impact/register_import.html", context, status=UNPROCESSABLE if issues else 200)


def _received(request: HttpRequest, actor: User) -> Upload:
    file = request.FILES.get("file")
    if file is None:
        raise Refused([Problem("/file", "required", _("Choose a file first."))])
    # One byte more than is taken: enough to see that it is too much.
    return register_upload.receive(actor=actor, name=file.name or "", data=file.read(uploads.MAX_BYTES + 1))


def _said(problem: Problem) -> str:
    """The problem with the cell that it is about, where it is about one."""
    return str(problem.detail) if problem.pointer.startswith("/") else f"{problem.pointer}: {problem.detail}"


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def export(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - the name in the address
    """One export, as far as it is: its columns to confirm, being read, or what it would change."""
    actor = _office(request)
    found = uploads.find_of_office(actor, UploadKind.EXPORT, id)
    if "sheets" not in found.options:
        return redirect("impact:register_import")
    if request.method == "POST":
        if request.POST.get("stap") == "columns":
            return _choose(request, actor, found)
        return _take_over(request, actor, found)
    if register_upload.is_late(found) and register_upload.read(found.pk):
        found.refresh_from_db()
    if request.headers.get("X-Fragment") == "progress":
        return progress(found)
    if not found.options["chosen"] or ("kolommen" in request.GET and found.state != UploadState.APPLIED):
        return _show_columns(request, found)
    return _show(request, found)


def _show(request: HttpRequest, found: Upload, *, issues: Any = (), status: int = 200) -> HttpResponse:
    result = found.result
    context = {
        "upload": found,
        "result": result,
        "issues": issues,
        "is_busy": found.state in uploads.BUSY,
        "is_unreadable": found.state == UploadState.REFUSED,
        "is_taken_over": found.state == UploadState.APPLIED,
        "far": far(found),
        "changes": [
            (number, name, pk, [words_of(Difference(*change)) for change in changes])
            for number, name, pk, changes in result.get("changes_shown", ())
        ],
        "more_changes": max(0, result.get("changed", 0) - len(result.get("changes_shown", ()))),
        "more_refused": max(0, result.get("refusals", 0) - len(result.get("refusals_shown", ()))),
        "more_unknown": max(0, result.get("unknown", 0) - len(result.get("unknown_shown", ()))),
    }
    return render(request, "impact/register_export.html", context, status=status)


def _take_over(request: HttpRequest, actor: User, found: Upload) -> HttpResponse:
    try:
        kept = register_upload.take_over(
            actor=actor, upload_id=found.pk, good_rows_only=request.POST.get("stap") == "good"
        )
    except Refused as error:
        issues = [(_said(problem), "") for problem in error.problems[:SHOWN]]
        return _show(request, found, issues=issues, status=UNPROCESSABLE)
    except Stale:
        register_upload.read_again(actor=actor, upload_id=found.pk)
        _begin(found)
        messages.warning(request, _("The register has changed since you looked. Below is what would change now."))
        return _to(found)
    number = notation.number(kept.changed, language=get_language() or notation.DUTCH)
    text = ngettext(
        "%(number)s organisation was changed in the register.",
        "%(number)s organisations were changed in the register.",
        kept.changed,
    )
    messages.success(request, text % {"number": number})
    return _to(found)


def _to(found: Upload) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("impact:register_export", args=[found.pk]))


def _begin(found: Upload) -> None:
    if found.size <= SMALL:
        register_upload.read(found.pk)
    else:
        tasks.nudge_reading(str(found.pk))


# --- the columns


def _show_columns(request: HttpRequest, found: Upload, *, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    sheets = found.options["sheets"]
    texts = request.POST if request.method == "POST" else None
    asked = texts.get("sheet") if texts else request.GET.get("blad", found.options["sheet"])
    sheet = next((each for each in sheets if each["name"] == asked), sheets[0])
    fields = _fields(found, texts, problems)
    issues = [(f"{field.label}: {error}", f"#{field.name}") for field in fields.values() for error in field.errors]
    issues += [(str(each.detail), "#columns") for each in problems if each.pointer in ("/columns", "/sheet")]
    chosen = found.options.get("columns") if found.options.get("sheet") == sheet["name"] else None
    context = {
        "upload": found,
        "sheets": [each["name"] for each in sheets],
        "sheet": sheet,
        "columns": columns_of(sheet, chosen, texts),
        "meanings": [(column.value, COLUMN_LABELS[column]) for column in REGISTER_COLUMNS],
        "has_headings": ("headings" in texts) if texts else bool(sheet["heading_row"]),
        "heading_row": sheet["heading_row"] or sheet["top"][0][0],
        "fields": fields,
        "completes_zeros": ("completes_zeros" in texts) if texts else found.options.get("completes_zeros", False),
        "issues": issues,
    }
    return render(request, "impact/register_columns.html", context, status=UNPROCESSABLE if issues else 200)


def _fields(found: Upload, texts: Any, problems: tuple[Problem, ...]) -> dict[str, Field]:
    """Of which year and edition the codes are."""
    stored = {
        "province_year": str(found.options.get("province_year") or clock.today().year),
        "sbi_version": found.options.get("sbi_version", ""),
    }
    fields = {
        "province_year": Field(
            name="province_year",
            label=_("The provinces are of the year"),
            text=(texts or stored).get("province_year", ""),
            choices=[(str(year), str(year)) for year in range(clock.today().year, 2015, -1)],
        ),
        "sbi_version": Field(
            name="sbi_version",
            label=_("The SBI codes are of"),
            text=(texts or stored).get("sbi_version", ""),
            choices=SbiVersion.choices,
        ),
    }
    for problem in problems:
        field = fields.get(problem.pointer.removeprefix("/"))
        if field is not None:
            field.errors.append(str(problem.detail))
    return fields


def _choose(request: HttpRequest, actor: User, found: Upload) -> HttpResponse:
    columns, problems = columns_typed(request.POST, REGISTER_COLUMNS)
    if problems:
        return _show_columns(request, found, problems=tuple(problems))
    try:
        register_upload.choose(
            actor=actor,
            upload_id=found.pk,
            sheet=request.POST.get("sheet", ""),
            first_row_is_heading="headings" in request.POST,
            columns=columns,
            province_year=request.POST.get("province_year", ""),
            sbi_version=request.POST.get("sbi_version", ""),
            completes_zeros="completes_zeros" in request.POST,
        )
    except Refused as error:
        return _show_columns(request, found, problems=tuple(error.problems))
    _begin(found)
    return _to(found)
