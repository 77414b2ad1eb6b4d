"""Every list of the administration as a workbook: the same columns, filters, search and order, all pages at once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.db.models import ManyToOneRel
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.html import strip_tags
from django.utils.text import capfirst

from consortia import exports

_AT_A_TIME = 1_000
_TYPED = (bool, int, Decimal, date)


class ListedAdmin(admin.ModelAdmin):
    """A table whose list can be taken away by whoever may see it."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        if not exports.is_asked(request) or not self.has_view_or_change_permission(request):
            more = {"workbook": exports.address(request), **(extra_context or {})}
            return super().changelist_view(request, more)
        return _workbook(self, request)

    def complete(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Put at the rows of a list what its columns need, and the table does not have."""


def _workbook(model_admin: ListedAdmin, request: HttpRequest) -> HttpResponseBase:
    asked = request.GET
    # To the list this is a filter that it does not know.
    request.GET = _without_format(asked)
    try:
        listed = model_admin.get_changelist_instance(request)
        rows = listed.get_queryset(request)
    except IncorrectLookupParameters:
        # As Django answers it: a filter with a value that cannot be.
        return HttpResponseRedirect(f"{request.path}?e=1")
    finally:
        request.GET = asked
    names = [name for name in listed.list_display if name != "action_checkbox"]
    labels = [capfirst(str(label_for_field(name, model_admin.model, model_admin))) for name in names]
    return exports.answer(
        request,
        name=str(model_admin.opts.model_name),
        title=str(capfirst(model_admin.opts.verbose_name_plural)),
        columns=labels,
        rows=_rows(model_admin, request, rows, names),
    )


def _without_format(asked: Any) -> Any:
    kept = asked.copy()
    for key in (exports.FORMAT, exports.WHICH):
        kept.pop(key, None)
    return kept


def _rows(model_admin: ListedAdmin, request: HttpRequest, rows: Any, names: Sequence[Any]) -> Iterator[list[object]]:
    found = rows.iterator(chunk_size=_AT_A_TIME)
    while part := list(islice(found, _AT_A_TIME)):
        model_admin.complete(request, part)
        for row in part:
            yield [_value(model_admin, row, name) for name in names]


def _value(model_admin: admin.ModelAdmin, row: Any, name: Any) -> object:
    """What the list shows, where it can be as a number or a date."""
    raw: Callable[[Any], object] | None = getattr(name, "raw", None)
    if raw is not None and isinstance(found := raw(row), _TYPED):
        return found
    field, _attribute, value = lookup_field(name, row, model_admin)
    if field is None:
        return value if value is None or isinstance(value, _TYPED) else strip_tags(str(value))
    if isinstance(field.remote_field, ManyToOneRel):
        related = getattr(row, field.name)
        return None if related is None else str(related)
    if getattr(field, "flatchoices", None):
        return str(dict(field.flatchoices).get(value, value))
    return value
