"""REST: the action lines, and how a HIP and an organisation are written."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.models import ActionLine, Organisation, OrganisationType, SizeClass
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


def organisation(row: Organisation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kvkNumber": row.kvk_number,
        "institutionCode": row.institution_code,
        "name": row.name,
        "organisationType": row.organisation_type,
        "postcode": row.postcode or None,
        "sizeClass": row.size_class,
    }
