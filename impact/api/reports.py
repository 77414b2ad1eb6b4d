"""REST: the reports of the HIPs, to read."""

from typing import Any

from django_filters import ModelMultipleChoiceFilter, MultipleChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from consortia.errors import NotVisible
from consortia.models import Consortium
from consortia.rest import filters, pages
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import StrictFilterSet
from consortia.rest.schema import PAGES, listing, query
from impact.api import report_content
from impact.api.report_content import (
    ReportSerializer,
    ReportSummarySerializer,
    VersionSerializer,
    VersionSummarySerializer,
)
from impact.models import Quarter, QuarterlyReport
from impact.standing import standing, standing_of
from impact.transitions import ReportStatus

TAG = "Reports"


class ReportFilter(StrictFilterSet):
    consortium = ModelMultipleChoiceFilter(
        queryset=Consortium.objects.all(), to_field_name="slug", field_name="consortium__slug", distinct=False
    )
    period = ModelMultipleChoiceFilter(queryset=Quarter.objects.all(), field_name="quarter", distinct=False)
    status = MultipleChoiceFilter(choices=[(status.value, status.value) for status in ReportStatus], method="keep_all")

    def keep_all(self, rows: Any, name: str, value: Any) -> Any:
        """The status follows from the versions and the ledger, as the caller sees them: it is no column."""
        return rows


class Reports(Endpoint):
    tag = TAG

    @extend_schema(
        operation_id="listReports",
        parameters=[
            query("consortium", "Slug of a HIP."),
            query("period", "A quarter, such as 2025Q1."),
            query("status", "Where the report stands.", enum=[status.value for status in ReportStatus]),
            *PAGES,
        ],
        responses=listing(ReportSummarySerializer),
    )
    def get(self, request: Request) -> Response:
        """The reports that the caller may see, by quarter and HIP, without their content."""
        visible = (
            QuarterlyReport.objects.visible_to(request.user)
            .select_related("consortium", "quarter")
            .prefetch_related("versions", "extensions")
            .order_by("quarter__index", "consortium__number")
        )
        bound, page = filters.read(request, ReportFilter, queryset=visible)
        statuses = bound.form.cleaned_data["status"]
        found = [standing_of(request.user, report) for report in bound.qs]
        rows = [held for held in found if not statuses or held.status in statuses]
        shown, last = pages.of_list(page, rows, lambda held: (held.report.quarter.index, held.report.consortium.number))
        return Response(page.answer([report_content.summary(held) for held in shown], last))


class OneReport(Endpoint):
    tag = TAG
    is_compressed = False

    @extend_schema(operation_id="getReport", responses=ReportSerializer)
    def get(self, request: Request, consortium: str, period: str) -> Response:
        """One report: its open version if the caller may see one, else the latest. Its `ETag` is for `PUT`."""
        filters.read(request, paged=False)
        held = standing(request.user, consortium, period)
        self.unless_known(held.tag)
        return Response(report_content.whole(held, request.user), headers={"ETag": held.tag})


class Versions(Endpoint):
    tag = TAG

    @extend_schema(operation_id="listVersions", parameters=PAGES, responses=listing(VersionSummarySerializer))
    def get(self, request: Request, consortium: str, period: str) -> Response:
        """The versions of a report that the caller may see, oldest first."""
        held = standing(request.user, consortium, period)
        _none, page = filters.read(request)
        shown, last = pages.of_list(page, held.versions, lambda version: (version.number,))
        return Response(page.answer([report_content.version_summary(version, held) for version in shown], last))


class OneVersion(Endpoint):
    tag = TAG

    @extend_schema(operation_id="getVersion", responses=VersionSerializer)
    def get(self, request: Request, consortium: str, period: str, number: int) -> Response:
        """One version, with its content."""
        filters.read(request, paged=False)
        held = standing(request.user, consortium, period)
        version = next((version for version in held.versions if version.number == number), None)
        if version is None:
            raise NotVisible("no such version")
        return Response(report_content.whole_version(version, held, request.user))
