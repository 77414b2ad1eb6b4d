"""Parts of the OpenAPI description that all addresses share; nothing here runs on a request."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.serializers import Serializer

from consortia.rest import pages


@extend_schema_field({"type": "number"})
class NumberField(serializers.Field[Any, Any, Any, Any]):
    """A number that keeps its digits, never text."""


class TextsSerializer(Serializer[Any]):
    nl = serializers.CharField()
    en = serializers.CharField()


def with_keyword(serializer: type[Serializer[Any]], name: str, field: Any) -> type[Serializer[Any]]:
    """Adds a key whose name Python keeps for itself, such as `break`."""
    serializer._declared_fields[name] = field
    return serializer


def listing(row: type[Serializer[Any]], *, with_seq: bool = False) -> type[Serializer[Any]]:
    """The envelope of a list of such rows."""
    name = row.__name__.removesuffix("Serializer")
    members: dict[str, Any] = {
        "results": row(many=True),
        "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last one."),
    }
    if with_seq:
        members["seq"] = serializers.IntegerField(help_text="The ledger entry up to which this holds.")
    return type(f"{name}ListSerializer", (Serializer,), members)


def query(name: str, description: str, *, many: bool = True, **schema: Any) -> OpenApiParameter:
    """A query key; with `many` it may be given several times."""
    plain = {"type": "string", **schema}
    return OpenApiParameter(
        name, {"type": "array", "items": plain} if many else plain, OpenApiParameter.QUERY, description=description
    )


PAGES = [
    OpenApiParameter(
        pages.SIZE,
        {"type": "integer", "minimum": 1, "maximum": pages.MAX_SIZE, "default": pages.DEFAULT_SIZE},
        OpenApiParameter.QUERY,
        description="Rows on a page.",
    ),
    OpenApiParameter(pages.TOKEN, OpenApiTypes.STR, OpenApiParameter.QUERY, description="From `next`; opaque."),
]
AS_OF = OpenApiParameter(
    "asOf",
    OpenApiTypes.STR,
    OpenApiParameter.QUERY,
    description="As known then: digits are a seq of the ledger, else a time with its zone, or a date. "
    "One in the future is refused.",
)
