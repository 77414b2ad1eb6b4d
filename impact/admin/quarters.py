"""Quarters: their due date, and closing them."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import clock
from consortia.admin import OfficeForm, ReasonForm, reason, step_action, typed
from impact import closing, ledger, programme
from impact.admin.steps import LedgerStepAdmin
from impact.models import EntryKind, LedgerEntry, Quarter


class QuarterForm(OfficeForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        due_date = data.get("due_date")
        if due_date and due_date <= self.instance.end_date:
            self.add_error("due_date", _("A report is due after the quarter has ended."))
        return data


class ClosingForm(forms.Form):
    reason = reason(required=False)


@admin.register(Quarter)
class QuarterAdmin(LedgerStepAdmin):
    """Made with the reference data; only the due date is edited. Open or closed stands in the ledger."""

    may_add = False
    form = QuarterForm
    list_display = ["name", "start_date", "end_date", "due_date", "state"]
    ordering = ["-index"]
    search_fields = ["id"]
    fields = ["name", "state", "start_date", "end_date", "due_date"]
    readonly_fields = ["name", "state", "start_date", "end_date"]
    actions = [
        step_action("close", gettext_lazy("Close…")),
        step_action("reopen", gettext_lazy("Reopen…")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quarter]:
        newest = LedgerEntry.objects.filter(quarter=OuterRef("pk")).order_by("-seq")
        return super().get_queryset(request).annotate(newest_entry=Subquery(newest.values("kind")[:1]))

    @admin.display(description=gettext_lazy("quarter"), ordering="index")
    def name(self, quarter: Quarter) -> str:
        return str(quarter)

    @admin.display(description=gettext_lazy("state"))
    def state(self, quarter: Any) -> str:
        if quarter.newest_entry == EntryKind.QUARTER_CLOSED:
            return _("closed")
        return _("open") if quarter.end_date < clock.today() else _("upcoming")

    def tools(self, request: HttpRequest, obj: Any) -> list[tuple[Any, str]]:
        if obj.newest_entry == EntryKind.QUARTER_CLOSED:
            return [(_("Reopen…"), self.step_url("reopen", obj))]
        return [(_("Close…"), self.step_url("close", obj))] if obj.end_date < clock.today() else []

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"close": self.close_view, "reopen": self.reopen_view}

    def close_view(self, request: HttpRequest) -> HttpResponse:
        chosen = self.chosen(request)
        form = ClosingForm(typed(request))
        if self.attempt_each(request, form, programme.close_quarter, quarter=chosen):
            return self.done(request, _("Closed."), chosen)
        state = ledger.resolve()
        return self.ask(
            request,
            form,
            title=_("Close"),
            submit=_("Close"),
            objects=chosen,
            template="admin/closing.html",
            outlooks=[closing.outlook(request.user, state, quarter) for quarter in chosen],
            explanation=_(
                "No new first reports any more, unless a HIP gets an extension; corrections stay possible. Figures are "
                "final once every HIP has reported."
            ),
        )

    def reopen_view(self, request: HttpRequest) -> HttpResponse:
        chosen = self.chosen(request)
        form = ReasonForm(typed(request))
        if self.attempt_each(request, form, programme.reopen_quarter, quarter=chosen):
            return self.done(request, _("Reopened."), chosen)
        return self.ask(
            request,
            form,
            title=_("Reopen"),
            submit=_("Reopen"),
            objects=chosen,
            explanation=_("First reports are possible again; figures of the quarter are provisional from now on."),
        )
