"""The addresses of the REST API, version 1: the only module that knows the APIs of all apps."""

from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

import events.api
from consortia.api import ActionLines
from consortia.rest import filters
from consortia.rest.endpoint import Endpoint
from impact.api.changes import Changes
from impact.api.effects import ReportEffect
from impact.api.figures import Figures, RollUps
from impact.api.goals import GoalProgress, Goals
from impact.api.lineage import OneLineage
from impact.api.links import Links, OneLink
from impact.api.open_data import Catalog
from impact.api.organisations import OneOrganisation, Organisations
from impact.api.overlaps import Courses, Overlaps
from impact.api.packages import DataPackage
from impact.api.reference import Consortia, Indicators, OneConsortium, Periods
from impact.api.reports import OneReport, OneVersion, Reports, Versions
from impact.api.steps import Checks, Corrections, Draft, Reviews, Submissions, Withdrawals
from impact.api.vintages import Comparisons, OneVintage, Vintages
from impact.api.webhooks import OneWebhook, WebhookAttempts, WebhookReplays, Webhooks, WebhookSecrets
from impact.api.workbooks import Workbook, Workbooks
from ptvt_portal import api_errors


@cache
def description() -> bytes:
    """As committed: `make openapi` writes it, `make check` compares it with the code."""
    return (settings.BASE_DIR / "openapi.json").read_bytes()


class Description(Endpoint):
    is_public = True
    tag = "Description"

    @extend_schema(operation_id="getDescription", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """This description, OpenAPI 3.0."""
        filters.read(request, paged=False)
        return HttpResponse(description(), content_type="application/json")


_REPORT = "reports/<slug:consortium>/<slug:period>"

addresses = [
    path("openapi.json", Description.as_view()),
    path("consortia", Consortia.as_view()),
    path("consortia/<slug:slug>", OneConsortium.as_view()),
    path("action-lines", ActionLines.as_view()),
    path("indicators", Indicators.as_view()),
    path("periods", Periods.as_view()),
    path("goals", Goals.as_view()),
    path("progress", GoalProgress.as_view()),
    path("figures", Figures.as_view(), name="figures"),
    path("roll-ups", RollUps.as_view(), name="roll-ups"),
    path("catalog", Catalog.as_view(), name="catalog"),
    path("vintages", Vintages.as_view()),
    path("vintages/<str:id>", OneVintage.as_view(), name="vintage"),
    path("vintages/<str:id>/data-package", DataPackage.as_view(), name="data-package"),
    path("vintage-comparisons", Comparisons.as_view()),
    path("lineage", OneLineage.as_view()),
    path("overlaps", Overlaps.as_view()),
    path("dynamics", Courses.as_view()),
    path("changes", Changes.as_view()),
    path("webhooks", Webhooks.as_view()),
    path("webhooks/<uuid:id>", OneWebhook.as_view(), name="webhook"),
    path("webhooks/<uuid:id>/attempts", WebhookAttempts.as_view()),
    path("webhooks/<uuid:id>/replays", WebhookReplays.as_view()),
    path("webhooks/<uuid:id>/secrets", WebhookSecrets.as_view()),
    path("organisations", Organisations.as_view()),
    path("organisations/<uuid:id>", OneOrganisation.as_view(), name="organisation"),
    path("organisation-links", Links.as_view()),
    path("organisation-links/<int:id>", OneLink.as_view(), name="organisation-link"),
    path("reports", Reports.as_view()),
    path(_REPORT, OneReport.as_view()),
    path(f"{_REPORT}/versions", Versions.as_view()),
    path(f"{_REPORT}/versions/<int:number>", OneVersion.as_view(), name="version"),
    path(f"{_REPORT}/effect", ReportEffect.as_view()),
    path(f"{_REPORT}/draft", Draft.as_view()),
    path(f"{_REPORT}/checks", Checks.as_view()),
    path(f"{_REPORT}/workbook", Workbook.as_view()),
    path(f"{_REPORT}/workbooks", Workbooks.as_view()),
    path(f"{_REPORT}/submissions", Submissions.as_view()),
    path(f"{_REPORT}/reviews", Reviews.as_view()),
    path(f"{_REPORT}/corrections", Corrections.as_view()),
    path(f"{_REPORT}/withdrawals", Withdrawals.as_view()),
    *events.api.urlpatterns,
]

urlpatterns = [
    path("api/v1/", include((addresses, "api"))),
    # Last: what nobody above knows, one with a slash at the end among it.
    re_path(r"^api(?:/.*)?$", api_errors.no_such_address),
]
