"""REST: the register of organisations, and where one takes part as far as the caller sees the reports."""

from collections.abc import Iterable, Sequence
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

from consortia import identifiers, sectors
from consortia.api import OrganisationSerializer, organisation
from consortia.errors import NotVisible
from consortia.models import ActionLine, Consortium, Organisation, OrganisationType, Province, SizeClass
from consortia.rest import filters, pages
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import StrictFilterSet
from consortia.rest.schema import PAGES, listing, query
from impact import register, register_search
from impact.api.links import LinkSerializer, written
from impact.models import Involvement, LedgerEntry, Participation
from impact.register_search import NONE, Asked, Lacking, Linked

TAG = "Register"


class _KvkNumbersField(MultipleChoiceField):
    def valid_value(self, value: str) -> bool:
        return identifiers.is_kvk_number(value)


class _KvkNumbers(MultipleChoiceFilter):
    field_class = _KvkNumbersField


def _one_of(values: Iterable[str]) -> MultipleChoiceFilter:
    """Several values widen it. All filters together are put on the rows at once, by `register_search`."""
    return MultipleChoiceFilter(choices=[(value, value) for value in values], method="filter_later")


class OrganisationFilter(StrictFilterSet):
    kvkNumber = _KvkNumbers(field_name="kvk_number", distinct=False)
    search = CharFilter(method="filter_search", max_length=200)
    province = _one_of([*Province.values, NONE])
    sbiSection = _one_of([*(sector.key for sector in sectors.every()), NONE])
    sizeClass = _one_of(SizeClass.values)
    organisationType = _one_of(OrganisationType.values)
    lacking = _one_of(Lacking.VALUES)
    linked = _one_of(Linked.VALUES)
    consortium = MultipleChoiceFilter(method="filter_later")
    actionLine = MultipleChoiceFilter(method="filter_later")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name, model, key in (("consortium", Consortium, "slug"), ("actionLine", ActionLine, "code")):
            known = model._default_manager.values_list(key, flat=True)
            self.filters[name].extra["choices"] = [(value, value) for value in known]

    def filter_search(self, rows: Any, name: str, text: str) -> Any:
        return register_search.matching(rows, text)

    def filter_later(self, rows: Any, name: str, values: Sequence[str]) -> Any:
        return rows

    def asked(self) -> Asked:
        given = self.form.cleaned_data
        return Asked(
            provinces=given["province"],
            sectors=given["sbiSection"],
            sizes=given["sizeClass"],
            types=given["organisationType"],
            lacking=given["lacking"],
            links=given["linked"],
            consortia=given["consortium"],
            action_lines=given["actionLine"],
        )


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
            query("province", "Code of CBS, or `none`: not known.", enum=[*Province.values, NONE]),
            query(
                "sbiSection",
                "Edition and letter of the Standaard Bedrijfsindeling, such as `2008-C`; or `none`: not known.",
                pattern=r"^((2008|2025)-[A-V]|none)$",
            ),
            query("sizeClass", "By head count.", enum=SizeClass.values),
            query("organisationType", "Type in the register.", enum=OrganisationType.values),
            query("lacking", "What the register does not say; several narrow the list.", enum=list(Lacking.VALUES)),
            query("linked", "What became of it by a link that stands.", enum=list(Linked.VALUES)),
            query("consortium", "Slug of a HIP in which it takes part, in what counts and the caller may see."),
            query("actionLine", "Code of an action line in which it takes part, as with `consortium`."),
            *PAGES,
        ],
        responses=listing(RegisteredOrganisationSerializer),
    )
    def get(self, request: Request) -> Response:
        """The register: every organisation that a counting report names, and those in one's own reports."""
        bound, page = filters.read(request, OrganisationFilter, queryset=register.visible_to(request.user))
        links = register.Links.visible_to(request.user)
        found = register_search.filtered(bound.qs, bound.asked(), request.user, links)
        rows = found.annotate(lower_name=Lower("name"))
        shown, last = pages.of_queryset(page, rows, "lower_name", "id")
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
