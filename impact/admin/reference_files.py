"""Reference data as a workbook: take it away, edit it in Excel, look at every difference, and store all or nothing.

What moves figures has steps of its own. A row is judged by the form of its page in the administration (`form_tables`),
or by the commands that its pages call (`step_tables`), so a file can do nothing that a person cannot.
"""

from collections.abc import Iterator, Mapping, Sequence

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import exports
from consortia.admin.office import REFUSED_BY_DATABASE, actor
from consortia.errors import Refused
from impact import spreadsheet
from impact.admin.file_tables import UNREADABLE, FileTable, Judged, digest
from impact.admin.form_tables import FORM_TABLES
from impact.admin.partner_table import PARTNERS
from impact.admin.people_table import PEOPLE
from impact.spreadsheet import Cell, Kind

_SALT = "reference-file"
_KEPT = 60 * 60
"""For how many seconds a preview can be applied."""


TABLES: dict[str, FileTable] = {table.code: table for table in (*FORM_TABLES, PARTNERS, PEOPLE)}


# --- pages


def index(request: HttpRequest) -> HttpResponse:
    """Which tables there are."""
    return TemplateResponse(
        request,
        "admin/reference_files.html",
        {**admin.site.each_context(request), "title": _("Reference data as Excel"), "tables": TABLES.values()},
    )


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Workbook"), widget=forms.FileInput({"accept": ".xlsx"}))


def table(request: HttpRequest, code: str) -> HttpResponseBase:
    """Download with `formaat=xlsx`; upload for a preview; then apply what was seen."""
    chosen = TABLES.get(code)
    if chosen is None:
        raise Http404
    if exports.is_asked(request):
        return _download(request, chosen)
    form = FileForm(request.POST or None, request.FILES or None) if request.method == "POST" else FileForm()
    rows: list[dict[str, str]] | None = None
    if request.method == "POST" and "kept" in request.POST:
        rows = _opened(request, chosen)
    elif request.method == "POST" and form.is_valid():
        try:
            rows = list(_read(chosen, form.cleaned_data["file"].read()))
        except Refused as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.pointer}: {problem.detail}" if problem.pointer else problem.detail)
    judged = _judged(request, chosen, rows or [])
    seen = digest(judged)
    refused = [each for each in judged if each.problems]
    if "kept" in request.POST and rows is not None and not refused and request.POST.get("seen") == seen:
        refusal = _apply(request, chosen, judged)
        if refusal is None:
            return HttpResponseRedirect(reverse("reference-files"))
        messages.error(request, refusal)
        judged = _judged(request, chosen, rows)
        seen, refused = digest(judged), [each for each in judged if each.problems]
    context = {
        **admin.site.each_context(request),
        "title": _("%(table)s as Excel") % {"table": chosen.title},
        "table": chosen,
        "form": form,
        "workbook": exports.address(request),
        "is_previewed": rows is not None,
        "refused": refused,
        "changed": [each for each in judged if each.differences and not each.problems],
        "unchanged": sum(not each.differences and not each.problems for each in judged),
        "kept": signing.dumps([str(actor(request).pk), code, rows], salt=_SALT, compress=True) if rows else "",
        "seen": seen,
    }
    return TemplateResponse(request, "admin/reference_file.html", context)


def _download(request: HttpRequest, chosen: FileTable) -> HttpResponseBase:
    return exports.answer(
        request,
        name=chosen.code,
        title=chosen.title,
        columns=[chosen.label(name) for name in chosen.columns],
        rows=chosen.exported(),
    )


def _judged(request: HttpRequest, chosen: FileTable, rows: Sequence[Mapping[str, str]]) -> list[Judged]:
    """What every row would do; a file that cannot be read says so instead."""
    unread = [Judged(cells, problems=[(cells["@"], cells["!"])]) for cells in rows if "!" in cells]
    filled = [cells for cells in rows if any(cells.get(name) for name in chosen.columns)]
    if unread or not filled:
        return unread
    return chosen.judged(request, filled)


# --- reading


def _read(chosen: FileTable, data: bytes) -> Iterator[dict[str, str]]:
    """The rows of the first sheet as texts by field, each with its address under `@`.

    Raises:
        Refused: no workbook, or columns that are not there.
    """
    sheet = spreadsheet.opened(data).sheets[0]
    columns: dict[str, int] = {}
    for row in sheet.rows():
        if not columns:
            headers = {cell.text.strip().casefold(): column for column, cell in row.cells.items()}
            columns = {
                name: headers[found]
                for name in chosen.columns
                for found in [next((known for known in chosen.headers[name] if known in headers), None)]
                if found is not None
            }
            if not set(chosen.key) <= set(columns):
                # Titles above the table are passed over.
                columns = {}
            continue
        yield {
            "@": row.at(0).address,
            **{name: _text(row.at(column)) for name, column in columns.items()},
            **{f"@{name}": row.at(column).address for name, column in columns.items()},
        }
    if not columns:
        names = ", ".join(chosen.label(name) for name in chosen.key)
        yield {
            "@": f"{sheet.name}!A1",
            "!": _("No row holds the names of the columns. Needed: %(names)s.") % {"names": names},
        }


def _text(cell: Cell) -> str:
    if cell.kind is Kind.DATE and cell.value is not None:
        return str(cell.value.isoformat())
    if cell.kind is Kind.BOOLEAN:
        return "yes" if cell.value else "no"
    if cell.kind in (Kind.FORMULA, Kind.ERROR):
        return UNREADABLE
    return cell.text.strip()


# --- applying what was seen


def _opened(request: HttpRequest, chosen: FileTable) -> list[dict[str, str]] | None:
    """The rows of a preview, as this person saw them not long ago."""
    try:
        who, code, rows = signing.loads(request.POST["kept"], salt=_SALT, max_age=_KEPT)
    except signing.BadSignature:
        messages.error(request, _("This preview is too old: upload the file again."))
        return None
    return rows if (who, code) == (str(actor(request).pk), chosen.code) else None


def _apply(request: HttpRequest, chosen: FileTable, judged: Sequence[Judged]) -> str | None:
    """Store all of it; gives why it could not be, and then nothing is stored."""
    try:
        number = chosen.store(request, judged)
    except IntegrityError:
        return str(REFUSED_BY_DATABASE)
    if number is None:
        return _("Something else has changed meanwhile. Below is what the file would do now.")
    messages.success(request, _("Stored: %(number)d rows.") % {"number": number})
    return None
