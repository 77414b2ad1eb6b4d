"""More time for a HIP: what was asked, what was granted or declined, and what was ended early."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import clock
from consortia.admin import OfficeInline, ReasonForm, RecordAdmin, column, day, reason, typed
from consortia.models import Consortium
from impact import extensions, programme
from impact.models import Extension, ExtensionRequest, Quarter


class ExtensionInline(OfficeInline):
    model = Extension
    template = "admin/rows.html"
    columns: Any = [
        "due_date",
        "reason",
        "granted_at",
        column("last_day", gettext_lazy("holds until"), orders=False),
    ]
    readonly_fields = fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[Extension]:
        return super().get_queryset(request).select_related("report__consortium")


class ExtensionRequestInline(OfficeInline):
    """What the HIP asked; the next extension is the answer, unless it is declined."""

    model = ExtensionRequest
    template = "admin/rows.html"
    columns: Any = [
        "due_date",
        "reason",
        column("requested_by", gettext_lazy("requested by"), orders=False),
        "requested_at",
        column("extension", gettext_lazy("granted"), orders=False),
        "decline_reason",
    ]
    readonly_fields = fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExtensionRequest]:
        return super().get_queryset(request).select_related("report__consortium", "requested_by", "extension__report")


class AnswerFilter(admin.SimpleListFilter):
    title = gettext_lazy("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("waits for an answer")), ("granted", _("granted")), ("declined", _("declined"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {
            "open": {"extension__isnull": True, "declined_at__isnull": True},
            "granted": {"extension__isnull": False},
            "declined": {"declined_at__isnull": False},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


class GrantForm(forms.Form):
    """The names are those of `programme.extend`."""

    due_date = day(gettext_lazy("New due date"))
    reason = reason()


@admin.register(ExtensionRequest)
class ExtensionRequestAdmin(RecordAdmin):
    """What HIPs asked for, and what they were answered."""

    list_display = ["report", "due_date", "reason", "requester", "requested_at", "answer"]
    list_filter = [AnswerFilter, "report__consortium", "report__quarter"]
    search_fields = ["report__consortium__name", "report__quarter__id", "reason"]
    ordering = ["-requested_at"]
    fields = ["report", "due_date", "reason", "requester", "requested_at", "answer", "decline_reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExtensionRequest]:
        related = ("report__consortium", "report__quarter", "requested_by", "extension__report__consortium")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=gettext_lazy("requested by"))
    def requester(self, asked: ExtensionRequest) -> Any:
        return asked.requested_by

    @admin.display(description=gettext_lazy("answer"))
    def answer(self, asked: ExtensionRequest) -> str:
        if asked.extension is not None:
            return _("granted until %(day)s") % {"day": date_format(asked.extension.due_date)}
        return _("declined") if asked.is_answered else _("waits for an answer")

    def tools(self, request: HttpRequest, obj: ExtensionRequest) -> list[tuple[Any, str]]:
        if obj.is_answered:
            return []
        return [(_("Grant…"), self.step_url("grant", obj)), (_("Decline…"), self.step_url("decline", obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"grant": self.grant_view, "decline": self.decline_view}

    def grant_view(self, request: HttpRequest) -> HttpResponse:
        asked: ExtensionRequest = self.chosen_one(request)
        form = GrantForm(typed(request), initial={"due_date": asked.due_date, "reason": asked.reason})
        where = {"consortium": asked.report.consortium, "quarter": asked.report.quarter}
        extension = self.attempt(request, form, programme.extend, **where)
        if extension:
            granted = _("The HIP has until %(day)s.") % {"day": date_format(extension.due_date)}
            return self.done(request, granted, [asked])
        return self.ask(request, form, title=_("Grant"), submit=_("Grant"), objects=[asked], explanation=asked.reason)

    def decline_view(self, request: HttpRequest) -> HttpResponse:
        asked: ExtensionRequest = self.chosen_one(request)
        form = ReasonForm(typed(request))
        if self.attempt(request, form, extensions.decline, request_id=asked.pk):
            return self.done(request, _("Declined. The HIP sees why."), [asked])
        return self.ask(
            request, form, title=_("Decline"), submit=_("Decline"), objects=[asked], explanation=asked.reason
        )


class EndForm(forms.Form):
    """The names are those of `extensions.end`."""

    last_day = day(gettext_lazy("Last day"))
    reason = reason()


class ExtensionForm(forms.Form):
    """The names are those of `programme.extend`."""

    consortium = forms.ModelChoiceField(Consortium.objects.all(), label=gettext_lazy("HIP"))
    quarter = forms.ModelChoiceField(Quarter.objects.order_by("-index"), label=gettext_lazy("Quarter"))
    due_date = day(gettext_lazy("New due date"))
    reason = reason()


@admin.register(Extension)
class ExtensionAdmin(RecordAdmin):
    """More time for one HIP and quarter: given with a reason, and then it stands."""

    may_add = True
    list_display = ["report", "due_date", "holds_until", "reason", "granter", "granted_at"]
    list_filter = ["report__consortium", "report__quarter"]
    list_select_related = ["report__consortium", "granted_by"]
    search_fields = ["report__consortium__name", "report__quarter__id", "reason"]
    ordering = ["-granted_at"]
    fields = ["report", "due_date", "reason", "granter", "granted_at", "holds_until", "end_reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Extension]:
        return super().get_queryset(request).select_related("report__consortium", "granted_by", "end__ended_by")

    @admin.display(description=gettext_lazy("granted by"))
    def granter(self, extension: Extension) -> Any:
        return extension.granted_by

    @admin.display(description=gettext_lazy("holds until"))
    def holds_until(self, extension: Extension) -> str:
        return date_format(extension.last_day)

    @admin.display(description=gettext_lazy("ended early because"))
    def end_reason(self, extension: Extension) -> str:
        return f"{extension.ended.reason} ({extension.ended.ended_by})" if extension.ended else "–"

    def tools(self, request: HttpRequest, obj: Extension) -> list[tuple[Any, str]]:
        if obj.ended or obj.due_date <= clock.today():
            return []
        return [(_("End early…"), self.step_url("end", obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"end": self.end_view}

    def end_view(self, request: HttpRequest) -> HttpResponse:
        extension: Extension = self.chosen_one(request)
        form = EndForm(typed(request), initial={"last_day": clock.today()})
        if self.attempt(request, form, extensions.end, extension_id=extension.pk):
            return self.done(request, _("Ended early. The HIP sees why."), [extension])
        return self.ask(
            request,
            form,
            title=_("End early"),
            submit=_("End early"),
            objects=[extension],
            explanation=_(
                "The extension holds until the end of the day that you choose, and stays in the history as it was "
                "granted. What was handed in by now stays in time or late as it was."
            ),
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {name: request.GET.get(name) for name in ("consortium", "quarter")}
        form = ExtensionForm(typed(request), initial=initial)
        extension = self.attempt(request, form, programme.extend)
        if extension:
            day = date_format(extension.due_date, "j F Y")
            return self.done(request, _("The HIP has until %(day)s.") % {"day": day}, [extension], added=True)
        return self.ask(request, form, title=_("Extend"))
