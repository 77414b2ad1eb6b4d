"""Who changed what in the reference data, and which steps the office took.

The changes come from the database itself (`consortia.changes`), whatever made them; the steps are what the
administration noted, with their words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.admin.widgets import AdminDateWidget
from django.core.paginator import Paginator
from django.db.models import Model, Q
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import changes, csv_cells, exports
from consortia.admin.office import RecordAdmin
from consortia.changes import Asked, Entry
from consortia.models import Change, User


def _kinds() -> list[tuple[str, Any]]:
    named = {model._meta.label_lower: capfirst(str(model._meta.verbose_name)) for model in changes.tracked()}
    return [("", gettext_lazy("Everything")), *sorted(named.items(), key=lambda item: item[1])]


class ChangesForm(forms.Form):
    """Which changes to show."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=_kinds, required=False)
    who = forms.CharField(label=gettext_lazy("Who (name or e-mail)"), required=False, max_length=100)
    first_day = forms.DateField(label=gettext_lazy("From"), required=False, widget=AdminDateWidget)
    last_day = forms.DateField(label=gettext_lazy("Until"), required=False, widget=AdminDateWidget)
    text = forms.CharField(label=gettext_lazy("Contains"), required=False, max_length=100)

    def asked(self) -> Asked:
        """What the fields say; a field that makes no sense asks for nothing."""
        data = self.cleaned_data if self.is_valid() else {}
        who = (data.get("who") or "").strip()
        users = list(User.objects.filter(Q(name__icontains=who) | Q(email__icontains=who))) if who else None
        return Asked(
            kinds=[model for model in changes.tracked() if model._meta.label_lower == data.get("kind")],
            users=users,
            first_day=data.get("first_day"),
            last_day=data.get("last_day"),
            text=(data.get("text") or "").strip(),
        )


class Changes:
    """The changes that are asked for, as a paginator takes them: counted once, and read page by page."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    @cached_property
    def _number(self) -> int:
        return changes.number(self._asked)

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, part: slice) -> list[Entry]:
        return changes.read(self._asked, limit=part.stop - part.start, offset=part.start)


def page_of(request: HttpRequest, asked: Asked) -> Any:
    """One page of the changes, as rows with the address of what was changed."""
    found: Any = Paginator(cast("Sequence[Any]", Changes(asked)), changes.AT_ONCE).get_page(request.GET.get("page"))
    found.object_list = [(entry, _address(entry)) for entry in found.object_list]
    return found


def _address(entry: Entry) -> str:
    """Where the row stands now; nowhere once it is removed, or where it has no page of its own."""
    if entry.change == Change.REMOVED:
        return ""
    meta = entry.model._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(entry.key)])
    except NoReverseMatch:
        return ""


@admin.register(LogEntry)
class HistoryAdmin(RecordAdmin):
    """The steps of the office; beside them the list of all changes."""

    list_display = ["action_time", "user", "content_type", "object_repr", "action_flag", "message"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__email", "user__name"]
    fields = ["action_time", "user", "content_type", "object_repr", "action_flag", "message"]
    change_list_template = "admin/steps_taken.html"

    @admin.display(description=gettext_lazy("what changed"))
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()

    def steps(self) -> Mapping[str, Callable[[HttpRequest], Any]]:
        return {"changes": self.changes_view, "changes.csv": self.download_view}

    def changes_view(self, request: HttpRequest) -> HttpResponseBase:
        form = ChangesForm(request.GET)
        if exports.is_asked(request):
            title = _("All changes of reference data")
            return exports.answer(request, name="changes", title=title, columns=_columns(), rows=_cells(form.asked()))
        context = {
            **self.admin_site.each_context(request),
            "title": _("All changes of reference data"),
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "page": page_of(request, form.asked()),
            "download": reverse("admin:admin_logentry_changes.csv") + f"?{request.GET.urlencode()}",
            "workbook": exports.address(request),
        }
        return TemplateResponse(request, "admin/changes.html", context)

    def download_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """The same changes as CSV, a row for each field."""
        rows: Iterator[Sequence[object]] = chain([_columns()], _cells(ChangesForm(request.GET).asked()))
        response = StreamingHttpResponse(csv_cells.written(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="changes.csv"'
        return response


def _columns() -> list[str]:
    return [_("When"), _("Who"), _("What"), _("Row"), _("Change"), _("Field"), _("Old"), _("New")]


def _cells(asked: Asked) -> Iterator[list[object]]:
    for entry in changes.every(asked):
        when = date_format(localtime(entry.when), "Y-m-d H:i:s")
        first = [when, entry.who, entry.kind, entry.row, entry.change.label]
        for field in entry.differences:
            yield [*first, field.label, field.old, field.new]
        if not entry.differences:
            yield [*first, "", "", ""]


def shown(request: HttpRequest, row: Model) -> dict[str, Any]:
    """For the page of a row's history: its changes, and those of what belongs to it."""
    return {"page": page_of(request, Asked(row=row))} if type(row) in changes.tracked() else {}
