"""What HIPs handed in, to look at; the office can withdraw what counts and give more time.

There is no accepting here: that happens on the page of the report, by somebody else than who entered it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consortia.admin import OfficeInline, ReasonForm, RecordAdmin, column, step_action, typed
from consortia.models import User
from impact import ledger, obligations, reporting, standing
from impact.admin.extensions import ExtensionInline, ExtensionRequestInline
from impact.admin.steps import LedgerRecordAdmin
from impact.models import (
    Comment,
    ExtensionRequest,
    Figure,
    Headcount,
    QuarterlyReport,
    ReportEvent,
    ReportVersion,
    UnidentifiedCount,
    VersionAuthor,
)
from impact.punctuality import Mark, Punctuality
from impact.transitions import STATUS_LABELS

_LINE = column("action_line", gettext_lazy("action line"))


class StatusFilter(admin.SimpleListFilter):
    """By the one rule of where a report stands; there are a few hundred obligations at most, so each is asked."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(str(status), label) for status, label in STATUS_LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        found = [report.pk for report in queryset if _standing(request, report).status == self.value()]
        return queryset.filter(pk__in=found)


def _standing(request: HttpRequest, report: QuarterlyReport) -> standing.Standing:
    return standing.standing_of(request.user, report)


class LateFilter(admin.SimpleListFilter):
    """By the one rule of when a report is late; overdue is the same as on the first page of the administration."""

    title = gettext_lazy("late")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("overdue", gettext_lazy("overdue: not handed in")), ("late", gettext_lazy("handed in late"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("overdue", "late"):
            return queryset
        found = {
            row.report.pk
            for row in obligations.of_consortia(request.user, ledger.resolve())
            if (row.is_overdue if self.value() == "overdue" else row.punctuality.mark == Mark.LATE)
        }
        return queryset.filter(pk__in=found)


class AskedFilter(admin.SimpleListFilter):
    """Where a HIP waits for an answer of the office."""

    title = gettext_lazy("waits for an answer")
    parameter_name = "asked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("time", gettext_lazy("asks for more time")), ("comment", gettext_lazy("comment that is not settled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "time":
            return queryset.filter(pk__in=ExtensionRequest.objects.unanswered().values("report"))
        if self.value() == "comment":
            return queryset.filter(pk__in=Comment.objects.from_hips().values("report"))
        return queryset


def _in_the_portal(report: QuarterlyReport) -> list[tuple[Any, str]]:
    """The pages where a report is filled in and reviewed."""
    where = [report.consortium.slug, report.quarter_id]
    return [(_("Report"), reverse("impact:report", args=where)), (_("Review"), reverse("impact:review", args=where))]


def _late(request: HttpRequest) -> dict[UUID, str]:
    """How late which reports are, in words."""
    owed = obligations.of_consortia(request.user, ledger.resolve())
    return {row.report.pk: _days_late(row.punctuality) for row in owed if row.is_late}


def _days_late(punctual: Punctuality) -> str:
    days = punctual.days_late
    if punctual.mark == Mark.LATE:
        return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}
    return ngettext("not handed in, %(days)d day over", "not handed in, %(days)d days over", days) % {"days": days}


class VersionInline(OfficeInline):
    model = ReportVersion
    fields = ["number", "status", "opened_at", "submitter", "submitted_at", "reviewer", "reviewed_at"]
    readonly_fields = ["submitter", "reviewer"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportVersion]:
        related = ("report__consortium", "submitted_by", "reviewed_by")
        return super().get_queryset(request).select_related(*related).order_by("number")

    @admin.display(description=gettext_lazy("submitted by"))
    def submitter(self, version: ReportVersion) -> Any:
        return version.submitted_by

    @admin.display(description=gettext_lazy("reviewed by"))
    def reviewer(self, version: ReportVersion) -> Any:
        return version.reviewed_by


@admin.register(QuarterlyReport)
class ReportAdmin(LedgerRecordAdmin):
    """Where every report stands, and its history."""

    list_display = ["quarter", "consortium", "status", "counts", "due", "late"]
    list_display_links = ["quarter", "consortium"]
    list_filter = [StatusFilter, LateFilter, AskedFilter, "consortium", "quarter"]
    search_fields = ["consortium__name", "consortium__slug", "quarter__id"]
    ordering = ["-quarter__index", "consortium__number"]
    fields = ["consortium", "quarter", "status", "counts", "due"]
    inlines = [VersionInline, ExtensionRequestInline, ExtensionInline]
    actions = [step_action("withdraw", gettext_lazy("Withdraw…"))]

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarterlyReport]:
        # Of the versions only what says where a report stands; their texts can be long.
        versions = ReportVersion.objects.only("report", "number", "status", "submitted_at", "reviewed_at")
        return (
            QuarterlyReport.objects.visible_to(request.user)
            .select_related("consortium", "quarter")
            .prefetch_related(Prefetch("versions", versions.order_by("number")), "extensions")
            .order_by(*self.ordering)
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        self.complete(request, changelist.result_list)
        return changelist

    def complete(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        late = _late(request)
        for report in rows:
            report.standing = _standing(request, report)
            report.lateness = late.get(report.pk, "")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        report = super().get_object(request, object_id, from_field)
        if report is not None:
            report.standing = _standing(request, report)
        return report

    @admin.display(description=gettext_lazy("status"))
    def status(self, report: Any) -> Any:
        return STATUS_LABELS[report.standing.status]

    @admin.display(description=gettext_lazy("counting version"))
    def counts(self, report: Any) -> Any:
        return report.standing.counting.number if report.standing.counting else "–"

    @admin.display(description=gettext_lazy("due date"))
    def due(self, report: QuarterlyReport) -> str:
        deadline = obligations.deadline_of(report)
        written = date_format(deadline.due_date)
        return _("%(day)s (extended)") % {"day": written} if deadline.is_extended else written

    @admin.display(description=gettext_lazy("late"))
    def late(self, report: Any) -> str:
        return str(report.lateness)

    def tools(self, request: HttpRequest, obj: Any) -> list[tuple[Any, str]]:
        extended = f"?consortium={obj.consortium_id}&quarter={obj.quarter_id}"
        tools = [
            *_in_the_portal(obj),
            (_("Extend…"), reverse("admin:impact_extension_add") + extended),
            (_("What happened"), reverse("admin:impact_reportevent_changelist") + f"?report__id__exact={obj.pk}"),
        ]
        if obj.standing.counting:
            tools.append((_("Withdraw…"), self.step_url("withdraw", obj)))
        return tools

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"withdraw": self.withdraw_view}

    def withdraw_view(self, request: HttpRequest) -> HttpResponse:
        reports = self.chosen(request)
        form = ReasonForm(typed(request))
        if self.attempt_each(request, form, self._withdraw, report=reports):
            return self.done(request, _("Withdrawn."), reports)
        return self.ask(
            request,
            form,
            title=_("Withdraw"),
            submit=_("Withdraw"),
            objects=reports,
            explanation=_(
                "From now on nothing counts for this report and the HIP is “not reported”. Figures as of an earlier "
                "moment keep it. The HIP can fill in the report again."
            ),
        )

    def _withdraw(self, *, actor: User, report: QuarterlyReport, reason: str) -> QuarterlyReport:
        where = {"consortium": report.consortium.slug, "quarter": report.quarter_id}
        return reporting.withdraw(actor=actor, reason=reason, **where)


class FigureInline(OfficeInline):
    model = Figure
    template = "admin/rows.html"
    columns: Any = [
        column("indicator", gettext_lazy("indicator")),
        _LINE,
        column("value", gettext_lazy("value")),
        column("numerator", gettext_lazy("numerator")),
        column("denominator", gettext_lazy("denominator")),
    ]
    readonly_fields = fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[Figure]:
        return super().get_queryset(request).select_related("indicator", "action_line").order_by("position")


class UnidentifiedInline(OfficeInline):
    model = UnidentifiedCount
    template = "admin/rows.html"
    columns: Any = [_LINE, column("count", gettext_lazy("count"))]
    readonly_fields = fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnidentifiedCount]:
        return super().get_queryset(request).select_related("action_line").order_by("position")


class HeadcountInline(OfficeInline):
    model = Headcount
    template = "admin/rows.html"
    columns: Any = [
        column("get_group_display", gettext_lazy("group"), orders=False),
        column("category", gettext_lazy("category")),
        _LINE,
        column("institution_code", gettext_lazy("institution code")),
        column("headcount", gettext_lazy("participations")),
        column("first_time", gettext_lazy("first time this school year")),
    ]
    readonly_fields = fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[Headcount]:
        return super().get_queryset(request).select_related("action_line").order_by("position")


@admin.register(ReportVersion)
class VersionAdmin(RecordAdmin):
    """What was handed in. Its organisations, thousands at times, show on the page of the report."""

    list_display = ["report", "number", "status", "submitter", "submitted_at", "reviewer", "reviewed_at"]
    list_display_links = ["report", "number"]
    list_filter = ["status", "report__consortium", "report__quarter"]
    list_select_related = ["report__consortium", "submitted_by", "reviewed_by"]
    search_fields = ["report__consortium__name", "report__quarter__id", "content_hash"]
    ordering = ["-report__quarter__index", "report__consortium__number", "-number"]
    fields = [
        "report", "number", "status", "organisations", "opener", "opened_at", "correction", "correction_reason",
        "content_hash", "authors", "submitter", "submitted_at", "comment", "questions", "reviewer", "reviewed_at",
        "reviewed_hash", "review_comment", "remarks",
    ]  # fmt: skip
    inlines = [FigureInline, UnidentifiedInline, HeadcountInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportVersion]:
        related = ("report__consortium", "opened_by", "submitted_by", "reviewed_by")
        return super().get_queryset(request).select_related(*related)

    @admin.display(description=gettext_lazy("rows of organisations"))
    def organisations(self, version: ReportVersion) -> int:
        return version.participations.count()

    @admin.display(description=gettext_lazy("entered by"))
    def authors(self, version: ReportVersion) -> str:
        return ", ".join(str(author.user) for author in version.authors.select_related("user")) or "–"

    @admin.display(description=gettext_lazy("warnings with their explanation"))
    def questions(self, version: ReportVersion) -> str:
        return (
            "\n".join(f"{each['detail']} ({each['pointer']}) {each['explanation']}" for each in version.warnings) or "–"
        )

    @admin.display(description=gettext_lazy("remarks of the reviewer at places"))
    def remarks(self, version: ReportVersion) -> str:
        return "\n".join(f"{each['pointer']}: {each['comment']}" for each in version.review_remarks) or "–"

    @admin.display(description=gettext_lazy("kind of correction"))
    def correction(self, version: ReportVersion) -> str:
        return version.correction_label or "–"

    @admin.display(description=gettext_lazy("opened by"))
    def opener(self, version: ReportVersion) -> Any:
        return version.opened_by

    @admin.display(description=gettext_lazy("submitted by"))
    def submitter(self, version: ReportVersion) -> Any:
        return version.submitted_by

    @admin.display(description=gettext_lazy("reviewed by"))
    def reviewer(self, version: ReportVersion) -> Any:
        return version.reviewed_by

    def tools(self, request: HttpRequest, obj: ReportVersion) -> list[tuple[Any, str]]:
        return [(_("All of the report"), self.url_of(obj.report)), *_in_the_portal(obj.report)]


@admin.register(ReportEvent)
class EventAdmin(RecordAdmin):
    """Who did what to a report, and when."""

    list_display = ["at", "report", "kind", "who", "on_behalf", "comment"]
    list_filter = ["kind", "on_behalf", "report__consortium", "report__quarter"]
    list_select_related = ["report__consortium", "actor"]
    search_fields = ["actor__email", "actor__name", "report__consortium__name", "report__quarter__id"]
    ordering = ["-at", "-id"]
    fields = ["at", "report", "version_number", "kind", "who", "on_behalf", "comment"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportEvent]:
        return super().get_queryset(request).select_related("report__consortium", "version", "actor")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup == "report__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("by"), ordering="actor")
    def who(self, event: ReportEvent) -> Any:
        return event.actor

    @admin.display(description=gettext_lazy("version"))
    def version_number(self, event: ReportEvent) -> Any:
        return event.version.number if event.version else "–"


@admin.register(VersionAuthor)
class AuthorAdmin(RecordAdmin):
    """Who entered something in which version: they never review it."""

    columns: Any = [
        column("version", gettext_lazy("version"), orders=False),
        column("user", gettext_lazy("user"), orders=False),
    ]
    list_display = fields = columns
    list_filter = ["version__report__consortium", "version__report__quarter"]
    list_select_related = ["version__report__consortium", "user"]
    search_fields = ["user__email", "user__name", "version__report__consortium__name"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[VersionAuthor]:
        return super().get_queryset(request).select_related("version__report__consortium", "user")
