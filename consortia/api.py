"""REST: the action lines, and how a HIP and an organisation are written."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.models import ActionLine, DataSource, Organisation, OrganisationType, Province, SbiVersion, SizeClass
from consortia.rest import filters, pages
from consortia.rest.endpoint import Endpoint
from consortia.rest.schema import PAGES, TextsSerializer, listing


def texts(row: Any, field: str) -> dict[str, str]:
    """Both languages of a text; Dutch stands in where English is not given."""
    dutch = getattr(row, f"{field}_nl")
    return {"nl": dutch, "en": getattr(row, f"{field}_en") or dutch}


class ActionLineSerializer(Serializer):
    code = serializers.CharField()
    name = TextsSerializer()
    definition = TextsSerializer()


def action_line(row: ActionLine) -> dict[str, Any]:
    return {"code": row.code, "name": texts(row, "name"), "definition": texts(row, "definition")}


class ActionLines(Endpoint):
    is_public = True
    tag = "Reference data"

    @extend_schema(operation_id="listActionLines", parameters=PAGES, responses=listing(ActionLineSerializer))
    def get(self, request: Request) -> Response:
        """The five action lines, in the official order."""
        _none, page = filters.read(request)
        rows = list(ActionLine.objects.order_by("order"))
        shown, last = pages.of_list(page, rows, lambda row: (row.order,))
        return Response(page.answer([action_line(row) for row in shown], last))


class OrganisationSerializer(Serializer):
    id = serializers.UUIDField()
    kvkNumber = serializers.CharField(allow_null=True)
    institutionCode = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    organisationType = serializers.ChoiceField(OrganisationType.values)
    postcode = serializers.CharField(allow_null=True)
    sizeClass = serializers.ChoiceField(SizeClass.values)
    province = serializers.ChoiceField(Province.values, allow_null=True, help_text="Code of CBS.")
    provinceYear = serializers.IntegerField(allow_null=True, help_text="Of which year the code of the province is.")
    municipality = serializers.CharField(allow_null=True)
    place = serializers.CharField(allow_null=True)
    sbiCode = serializers.CharField(
        allow_null=True, help_text="Digits of the Standaard Bedrijfsindeling, without dots."
    )
    sbiVersion = serializers.ChoiceField(SbiVersion.values, allow_null=True)
    sbiSection = serializers.CharField(allow_null=True, help_text="Edition and letter, such as `2008-C`.")
    dataSource = serializers.ChoiceField(
        DataSource.values, allow_null=True, help_text="Who said last what the register says of it."
    )
    dataAt = serializers.DateTimeField(allow_null=True)


def organisation(row: Organisation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kvkNumber": row.kvk_number,
        "institutionCode": row.institution_code,
        "name": row.name,
        "organisationType": row.organisation_type,
        "postcode": row.postcode or None,
        "sizeClass": row.size_class,
        "province": row.province or None,
        "provinceYear": row.province_year,
        "municipality": row.municipality or None,
        "place": row.place or None,
        "sbiCode": row.sbi_code or None,
        "sbiVersion": row.sbi_version or None,
        "sbiSection": row.sector.key if row.sector else None,
        "dataSource": row.data_source or None,
        "dataAt": row.data_at,
    }
