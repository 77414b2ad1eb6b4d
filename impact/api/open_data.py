"""REST: the catalogue of the open data."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from consortia import clock
from consortia.models import Programme
from consortia.notation import DUTCH
from consortia.rest import filters, linked_data
from consortia.rest.linked_data import JsonLdRenderer, TurtleRenderer
from consortia.rest.rendering import JsonRenderer
from impact.api import catalog
from impact.api.catalog import Site
from impact.api.keyed import Keyed
from impact.models import Vintage
from impact.rollups import Dimensions


class Catalog(Keyed):
    tag = "Open data"
    renderer_classes = [JsonLdRenderer, JsonRenderer, TurtleRenderer]
    lists_vintages = True
    is_daily = True

    @extend_schema(
        operation_id="getCatalog",
        responses={
            (200, JsonLdRenderer.media_type): OpenApiTypes.OBJECT,
            (200, JsonRenderer.media_type): OpenApiTypes.OBJECT,
            (200, TurtleRenderer.media_type): OpenApiResponse(str, "The same in Turtle."),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """What open data there is and where: DCAT-AP-NL 3.0, for data portals that harvest it."""
        tag, _known = self.begin()
        filters.read(request, paged=False)
        self.unless_known(tag)
        nodes = catalog.nodes(
            _site(request),
            Programme.objects.first(),
            list(Vintage.objects.select_related("last_quarter").order_by("pk")),
            Dimensions.read(),
            (self.last_modified or clock.now()).astimezone(clock.AMSTERDAM),
        )
        renderer: Any = request.accepted_renderer
        write = linked_data.turtle if renderer.format == TurtleRenderer.format else linked_data.json_ld
        kind = f"{renderer.media_type}; charset=utf-8" if renderer.charset else renderer.media_type
        return HttpResponse(write(nodes, catalog.PREFIXES), content_type=kind, headers={"ETag": tag})


def _site(request: Request) -> Site:
    # The Dutch pages, whatever the language of the caller: they link to the English ones.
    with override(DUTCH):
        pages = request.build_absolute_uri(reverse("impact:dashboard"))
    return Site(api=request.build_absolute_uri(reverse("api:catalog")).removesuffix("/catalog"), pages=pages)
