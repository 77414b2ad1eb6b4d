"""Reference data as a workbook: take it away, edit it in Excel, look at every difference, and store all or nothing.

Only names, texts, amounts and due dates: what moves figures has steps of its own. A row is judged by the form of its
page in the administration, so a file can do nothing that a person cannot.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.db import IntegrityError, models, transaction
from django.forms.models import modelform_factory
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from consortia import exports
from consortia.admin.office import REFUSED_BY_DATABASE, actor
from consortia.errors import Refused
from consortia.models import ActionLine, Consortium, Partnership
from impact import spreadsheet
from impact.models import Goal, Indicator, Quarter
from impact.spreadsheet import Cell, Kind

_SALT = "reference-file"
_KEPT = 60 * 60
"""For how many seconds a preview can be applied."""
_YES, _NO = ("ja", "yes", "true", "1", "x"), ("nee", "no", "false", "0", "")


@dataclass(frozen=True)
class Table:
    """One kind of rows: by which fields a row is known, and which of its fields a file may change."""

    code: str
    model: type[models.Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    may_add: bool = False

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.fields

    def label(self, name: str) -> str:
        if name == "consortium":
            return _("HIP number")
        return capfirst(str(self.model._meta.get_field(name).verbose_name))  # type: ignore[union-attr]

    def names_of(self, name: str) -> set[str]:
        """How the header of a column may read: its label in either language, or its name."""
        found = {name.casefold()}
        for language in ("nl", "en"):
            with override(language):
                found.add(self.label(name).casefold())
        return found

    @cached_property
    def office(self) -> Any:
        return admin.site._registry[self.model]

    @cached_property
    def form(self) -> type[forms.ModelForm]:
        new = self.key if self.may_add else ()
        return modelform_factory(
            self.model, form=self.office.form, fields=[*new, *self.fields], formfield_callback=_field
        )

    def rows(self) -> dict[tuple[str, ...], models.Model]:
        related = [name for name in self.key if name == "consortium"]
        return {self.key_of(row): row for row in self.model._default_manager.select_related(*related)}

    def key_of(self, row: Any) -> tuple[str, ...]:
        return tuple(str(row.consortium.number if name == "consortium" else getattr(row, name)) for name in self.key)


def _field(db_field: Any, **options: Any) -> Any:
    if isinstance(db_field, models.URLField):
        options["assume_scheme"] = "https"
    return db_field.formfield(**options)


TABLES = {
    table.code: table
    for table in (
        Table(
            "hips",
            Consortium,
            ("number",),
            (
                "name", "is_placeholder", "regions", "grant_eur", "grant_is_maximum", "total_cost_eur",
                "description_nl", "description_en", "website", "source",
            ),
        ),
        Table("partnerships", Partnership, ("consortium", "name"), ("start_date", "end_date"), may_add=True),
        Table("action-lines", ActionLine, ("code",), (
            "name_nl", "name_en", "short_nl", "short_en", "definition_nl", "definition_en",
        )),
        Table("indicators", Indicator, ("code",), (
            "name_nl", "name_en", "question_nl", "question_en", "is_proposal",
        )),
        Table("goals", Goal, ("code",), ("name_nl", "name_en")),
        Table("quarters", Quarter, ("id",), ("due_date",)),
    )
}  # fmt: skip


@dataclass
class Judged:
    """What one row of the file would do: nothing, change, add, or be refused with its reasons."""

    cells: Mapping[str, str]
    form: forms.ModelForm | None = None
    differences: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """(address of the cell, what is wrong with it)."""
    name: str = ""
    is_new: bool = False


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
    judged = list(_judged(chosen, rows)) if rows is not None else []
    seen = _digest(judged)
    refused = [each for each in judged if each.problems]
    if "kept" in request.POST and rows is not None and not refused and request.POST.get("seen") == seen:
        refusal = _apply(request, chosen, judged)
        if refusal is None:
            return HttpResponseRedirect(reverse("reference-files"))
        messages.error(request, refusal)
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


def _download(request: HttpRequest, chosen: Table) -> HttpResponseBase:
    rows = chosen.rows()
    return exports.answer(
        request,
        name=chosen.code,
        title=chosen.title,
        columns=[chosen.label(name) for name in chosen.columns],
        rows=([*key, *(_cell(row, name) for name in chosen.fields)] for key, row in rows.items()),
    )


def _cell(row: models.Model, name: str) -> object:
    value = getattr(row, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(value) if isinstance(value, list) else value


# --- reading and judging


def _read(chosen: Table, data: bytes) -> Iterator[dict[str, str]]:
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
                for found in [next((known for known in chosen.names_of(name) if known in headers), None)]
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
        return "\x00"
    return cell.text.strip()


def _judged(chosen: Table, rows: Sequence[Mapping[str, str]]) -> Iterator[Judged]:
    known, met = chosen.rows(), set()
    hips = {str(hip.number): str(hip.pk) for hip in Consortium.objects.all()}
    for cells in rows:
        if "!" in cells:
            yield Judged(cells, problems=[(cells["@"], cells["!"])])
            continue
        key = tuple(cells[name] for name in chosen.key)
        if not any(cells.get(name) for name in chosen.columns):
            continue
        row = known.get(key)
        judged = Judged(cells, name=" · ".join(key), is_new=row is None)
        if key in met:
            judged.problems.append((cells["@"], _("This row is in the file twice.")))
        elif row is None and not chosen.may_add:
            judged.problems.append((cells["@"], _("There is no such row, and a file adds none here.")))
        else:
            _judge(chosen, judged, row, hips)
        met.add(key)
        yield judged


def _judge(chosen: Table, judged: Judged, row: models.Model | None, hips: Mapping[str, str]) -> None:
    form = chosen.form(instance=row)
    data: dict[str, Any] = {name: form[name].value() for name in form.fields}
    for name, value in judged.cells.items():
        if name not in form.fields:
            continue
        address = judged.cells[f"@{name}"]
        if value == "\x00":
            judged.problems.append((address, _("A formula or an error stands here: type the value itself.")))
        elif isinstance(form.fields[name], forms.BooleanField):
            if value.casefold() not in (*_YES, *_NO):
                judged.problems.append((address, _("Type yes or no.")))
            data[name] = value.casefold() in _YES
        else:
            data[name] = hips.get(value, "") if name == "consortium" else value
    form = chosen.form({name: value for name, value in data.items() if value not in (None, False)}, instance=row)
    judged.form = form
    for name, errors in form.errors.items():
        address = judged.cells.get(f"@{name}", judged.cells["@"])
        judged.problems.extend((address, str(error)) for error in errors)
    if judged.problems:
        return
    for name in form.changed_data:
        old, new = _shown(form.initial.get(name)), _shown(form.cleaned_data.get(name))
        # A list that is written with other spaces, or an empty one, is the same list.
        if old != new:
            judged.differences.append((chosen.label(name), old, new))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", []):
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- applying what was seen


def _digest(judged: Sequence[Judged]) -> str:
    said = [[each.name, each.differences, each.problems] for each in judged]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _opened(request: HttpRequest, chosen: Table) -> list[dict[str, str]] | None:
    """The rows of a preview, as this person saw them not long ago."""
    try:
        who, code, rows = signing.loads(request.POST["kept"], salt=_SALT, max_age=_KEPT)
    except signing.BadSignature:
        messages.error(request, _("This preview is too old: upload the file again."))
        return None
    return rows if (who, code) == (str(actor(request).pk), chosen.code) else None


def _apply(request: HttpRequest, chosen: Table, judged: Sequence[Judged]) -> str | None:
    """Store all of it; gives what the database refused, and then nothing is stored."""
    office, number = chosen.office, 0
    try:
        with transaction.atomic():
            for each in judged:
                if each.form is None or not each.differences:
                    continue
                row = office.save_form(request, each.form, change=not each.is_new)
                office.save_model(request, row, each.form, change=not each.is_new)
                log = office.log_addition if each.is_new else office.log_change
                log(request, row, office.construct_change_message(request, each.form, [], add=each.is_new))
                number += 1
    except IntegrityError:
        return str(REFUSED_BY_DATABASE)
    messages.success(request, _("Stored: %(number)d rows.") % {"number": number})
    return None
