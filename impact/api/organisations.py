"""REST: the register of organisations, and where one takes part as far as the caller sees the reports."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models.functions import Lower
from django.urls import reverse
from django_filters import CharFilter, MultipleChoiceFilter
from django_filters.fields import MultipleChoiceField
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia import identifiers
from consortia.api import OrganisationSerializer, organisation
from consortia.errors import NotVisible
from consortia.models import Organisation, OrganisationType
from consortia.rest import filters, pages
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import StrictFilterSet
from consortia.rest.schema import PAGES, listing, query
from impact import register
from impact.api.links import LinkSerializer, written
from impact.models import Involvement, LedgerEntry, Participation

TAG = "Register"


class _KvkNumbersField(MultipleChoiceField):
    def valid_value(self, value: str) -> bool:
        return identifiers.is_kvk_number(value)


class _KvkNumbers(MultipleChoiceFilter):
    field_class = _KvkNumbersField


class OrganisationFilter(StrictFilterSet):
    kvkNumber = _KvkNumbers(field_name="kvk_number", distinct=False)
    search = CharFilter(method="filter_search", max_length=200)

    def filter_search(self, rows: Any, name: str, text: str) -> Any:
        return register.search(rows, text)


class ParticipationSerializer(Serializer):
    organisation = serializers.UUIDField(help_text="As reported: this one, or one that counts as it.")
    kvkNumber = serializers.CharField(allow_null=True, help_text="As reported.")
    institutionCode = serializers.CharField(allow_null=True, help_text="As reported.")
    consortium = serializers.CharField()
    period = serializers.CharField()
    actionLine = serializers.CharField()
    involvement = serializers.ChoiceField(Involvement.values)
    name = serializers.CharField(help_text="As reported then.")
    organisationType = serializers.ChoiceField(OrganisationType.values)
    sizeClass = serializers.CharField()


class RegisteredOrganisationSerializer(OrganisationSerializer):
    links = LinkSerializer(
        many=True,
        help_text="The links that stand: to what it counts as, and of all that counts as it. Oldest first.",
    )


class OrganisationInReportsSerializer(RegisteredOrganisationSerializer):
    participations = ParticipationSerializer(
        many=True,
        help_text="Where it and all that counts as it took part, in what counts and the caller may see, oldest first.",
    )


def _linked(row: Organisation, links: Sequence[LedgerEntry]) -> dict[str, Any]:
    return {**organisation(row), "links": [written(entry) for entry in links]}


def _participation(row: Participation) -> dict[str, Any]:
    report = row.version.report
    return {
        "organisation": row.organisation_id,
        "kvkNumber": row.kvk_number or None,
        "institutionCode": row.institution_code or None,
        "consortium": report.consortium.slug,
        "period": report.quarter_id,
        "actionLine": row.action_line.code,
        "involvement": row.involvement,
        "name": row.name,
        "organisationType": row.organisation_type,
        "sizeClass": row.size_class,
    }


class Organisations(Endpoint):
    tag = TAG

    @extend_schema(
        operation_id="listOrganisations",
        parameters=[
            query("kvkNumber", "Eight digits.", pattern=r"^\d{8}$"),
            query("search", "Words of the name, or the beginning of a number or code.", many=False),
            *PAGES,
        ],
        responses=listing(RegisteredOrganisationSerializer),
    )
    def get(self, request: Request) -> Response:
        """The register: every organisation that a counting report names, and those in one's own reports."""
        bound, page = filters.read(request, OrganisationFilter, queryset=register.visible_to(request.user))
        rows = bound.qs.annotate(lower_name=Lower("name"))
        shown, last = pages.of_queryset(page, rows, "lower_name", "id")
        links = register.Links.visible_to(request.user)
        return Response(page.answer([_linked(row, links.of(row.pk)) for row in shown], last))


class OneOrganisation(Endpoint):
    tag = TAG

    @extend_schema(
        operation_id="getOrganisation",
        responses={
            200: OrganisationInReportsSerializer,
            308: OpenApiResponse(
                description="It was merged: `Location` is the organisation that stands in for it, as long as the "
                "link stands. Not to be cached."
            ),
        },
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """One organisation, its links, and where it takes part; one that was merged leads to what stands in for it."""
        filters.read(request, paged=False)
        row: Organisation | None = register.visible_to(request.user).filter(pk=id).first()
        if row is None:
            raise NotVisible("no such organisation")
        links = register.Links.visible_to(request.user)
        if instead := links.merged_into(row.pk):
            address = request.build_absolute_uri(reverse("api:organisation", args=[instead]))
            return Response(status=308, headers={"Location": address, "Cache-Control": "no-store"})
        participations = register.participations_of(links.members(row.pk), request.user)
        return Response(
            {**_linked(row, links.of(row.pk)), "participations": [_participation(each) for each in participations]}
        )
