"""The ledger and what is stored because it follows from it: to look at, for whoever wants to know why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.admin import RecordAdmin, column
from impact.models import LedgerEntry, OutboxMessage, RollUp, RollUpState


@admin.register(LedgerEntry)
class LedgerAdmin(RecordAdmin):
    list_display = ["number", "recorded_at", "kind", "subject", "actor", "reason"]
    list_filter = ["kind", "report__consortium", "report__quarter"]
    search_fields = ["=seq", "reason", "actor__email", "actor__name", "report__consortium__name", "consortium__name"]
    ordering = ["-seq"]
    fields = ["number", "recorded_at", "kind", "subject", "start_date", "end_date", "actor", "reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).select_related(
            "actor", "report__consortium", "version", "consortium", "quarter", "goal_revision__goal",
            "definition__indicator", "definition__from_quarter", "report__quarter",
            "from_organisation", "to_organisation", "undoes__from_organisation",
            "undoes__to_organisation",
        )  # fmt: skip

    @admin.display(description=gettext_lazy("number"), ordering="seq")
    def number(self, entry: LedgerEntry) -> int:
        return entry.seq

    @admin.display(description=gettext_lazy("about"))
    def subject(self, entry: LedgerEntry) -> str:
        if entry.report and entry.version:
            return _("%(report)s, version %(number)d") % {"report": entry.report, "number": entry.version.number}
        link = entry.undoes or entry
        if link.from_organisation:
            return f"{link.from_organisation} → {link.to_organisation}"
        first: Any = entry.report or entry.consortium or entry.quarter
        if first is None and entry.goal_revision:
            first = entry.goal_revision.goal
        if first is None and entry.definition:
            return f"{entry.definition.indicator} ({entry.definition.from_quarter})"
        return str(first)


@admin.register(RollUp)
class RollUpAdmin(RecordAdmin):
    """The cells as they are stored; what pages show follows from the ledger and not from these."""

    columns: Any = [
        column("consortium", gettext_lazy("HIP")),
        column("action_line", gettext_lazy("action line")),
        column("indicator", gettext_lazy("indicator")),
        column("quarter_id", gettext_lazy("quarter")),
        column("value", gettext_lazy("this quarter")),
        column("new", gettext_lazy("new")),
        column("trailing_year", gettext_lazy("this and the three quarters before")),
        column("cumulative", gettext_lazy("since the first quarter")),
        column("low", gettext_lazy("lower bound")),
        column("high", gettext_lazy("upper bound")),
        column("reported", gettext_lazy("reported")),
        column("expected", gettext_lazy("expected")),
        column("is_final", gettext_lazy("final"), boolean=True),
        column("seq", gettext_lazy("ledger number")),
    ]
    list_display = fields = columns
    list_filter = ["indicator", "quarter", "consortium", "action_line", "is_final"]
    list_select_related = ["consortium", "action_line", "indicator"]
    search_fields = ["=indicator__code"]
    ordering = ["id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RollUp]:
        return super().get_queryset(request).select_related("consortium", "action_line", "indicator")


@admin.register(RollUpState)
class RollUpStateAdmin(RecordAdmin):
    columns: Any = [
        column("seq", gettext_lazy("ledger number")),
        column("computed_at", gettext_lazy("computed")),
    ]
    list_display = fields = columns


@admin.register(OutboxMessage)
class OutboxAdmin(RecordAdmin):
    """Work that commands left behind; a background process does it within seconds."""

    columns: Any = [
        column("id", gettext_lazy("number")),
        column("kind", gettext_lazy("kind")),
        column("payload", gettext_lazy("content"), orders=False),
        column("created_at", gettext_lazy("made")),
        column("done_at", gettext_lazy("done")),
        column("attempts", gettext_lazy("attempts")),
        column("last_error", gettext_lazy("last error"), orders=False),
    ]
    list_display = fields = columns
    list_filter = [("done_at", admin.EmptyFieldListFilter), "kind"]
    ordering = ["-id"]
