"""Tables of names, texts, amounts and due dates as a workbook: a row is judged by the form of its page.

So a file can do nothing that a person cannot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.forms.models import modelform_factory
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consortia.models import ActionLine, Consortium, Partnership
from impact.admin.file_tables import NO, UNREADABLE, YES, Cells, FileTable, Judged, shown
from impact.models import Goal, Indicator, Quarter


@dataclass(frozen=True)
class FormTable(FileTable):
    """Which of its fields a file may change, and whether it may add rows."""

    code: str
    model: type[models.Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    may_add: bool = False

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.key + self.fields

    def label(self, name: str) -> str:
        if name == "consortium":
            return _("HIP number")
        return capfirst(str(self.model._meta.get_field(name).verbose_name))  # type: ignore[union-attr]

    def exported(self) -> Iterator[Sequence[object]]:
        for key, row in self._rows().items():
            yield [*key, *(_cell(row, name) for name in self.fields)]

    def judged(self, request: HttpRequest, rows: Sequence[Cells]) -> list[Judged]:
        known, met, found = self._rows(), set(), []
        hips = {str(hip.number): str(hip.pk) for hip in Consortium.objects.all()}
        for cells in rows:
            key = tuple(cells[name] for name in self.key)
            row = known.get(key)
            judged = Judged(cells, name=" · ".join(key), is_new=row is None)
            if key in met:
                judged.refuse("", _("This row is in the file twice."))
            elif row is None and not self.may_add:
                judged.refuse("", _("There is no such row, and a file adds none here."))
            else:
                self._judge(judged, row, hips)
            met.add(key)
            found.append(judged)
        return found

    def store(self, request: HttpRequest, judged: Sequence[Judged]) -> int:
        office, number = self._office, 0
        with transaction.atomic():
            for each in judged:
                if each.form is None or not each.differences:
                    continue
                row = office.save_form(request, each.form, change=not each.is_new)
                office.save_model(request, row, each.form, change=not each.is_new)
                log = office.log_addition if each.is_new else office.log_change
                log(request, row, office.construct_change_message(request, each.form, [], add=each.is_new))
                number += 1
        return number

    @cached_property
    def _office(self) -> Any:
        return admin.site._registry[self.model]

    @cached_property
    def _form(self) -> type[forms.ModelForm]:
        new = self.key if self.may_add else ()
        return modelform_factory(
            self.model, form=self._office.form, fields=[*new, *self.fields], formfield_callback=_field
        )

    def _rows(self) -> dict[tuple[str, ...], models.Model]:
        related = [name for name in self.key if name == "consortium"]
        return {self._key_of(row): row for row in self.model._default_manager.select_related(*related)}

    def _key_of(self, row: Any) -> tuple[str, ...]:
        return tuple(str(row.consortium.number if name == "consortium" else getattr(row, name)) for name in self.key)

    def _judge(self, judged: Judged, row: models.Model | None, hips: Mapping[str, str]) -> None:
        form = self._form(instance=row)
        data: dict[str, Any] = {name: form[name].value() for name in form.fields}
        for name, value in judged.cells.items():
            if name not in form.fields:
                continue
            if value == UNREADABLE:
                judged.refuse(name, _("A formula or an error stands here: type the value itself."))
            elif isinstance(form.fields[name], forms.BooleanField):
                if value.casefold() not in (*YES, *NO):
                    judged.refuse(name, _("Type yes or no."))
                data[name] = value.casefold() in YES
            else:
                data[name] = hips.get(value, "") if name == "consortium" else value
        form = self._form({name: value for name, value in data.items() if value not in (None, False)}, instance=row)
        judged.form = form
        for name, errors in form.errors.items():
            for error in errors:
                judged.refuse(name, error)
        if judged.problems:
            return
        for name in form.changed_data:
            old, new = shown(form.initial.get(name)), shown(form.cleaned_data.get(name))
            # A list that is written with other spaces, or an empty one, is the same list.
            if old != new:
                judged.differences.append((self.label(name), old, new))


def _field(db_field: Any, **options: Any) -> Any:
    if isinstance(db_field, models.URLField):
        options["assume_scheme"] = "https"
    return db_field.formfield(**options)


def _cell(row: models.Model, name: str) -> object:
    value = getattr(row, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(value) if isinstance(value, list) else value


FORM_TABLES = (
    FormTable(
        "hips",
        Consortium,
        ("number",),
        (
            "name", "is_placeholder", "regions", "grant_eur", "grant_is_maximum", "total_cost_eur",
            "description_nl", "description_en", "website", "source",
        ),
    ),
    FormTable("partnerships", Partnership, ("consortium", "name"), ("start_date", "end_date"), may_add=True),
    FormTable("action-lines", ActionLine, ("code",), (
        "name_nl", "name_en", "short_nl", "short_en", "definition_nl", "definition_en",
    )),
    FormTable("indicators", Indicator, ("code",), (
        "name_nl", "name_en", "question_nl", "question_en", "is_proposal",
    )),
    FormTable("goals", Goal, ("code",), ("name_nl", "name_en")),
    FormTable("quarters", Quarter, ("id",), ("due_date",)),
)  # fmt: skip
