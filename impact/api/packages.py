"""REST: the data package of a vintage, a zip that is the same for everybody and for ever."""

from base64 import b64encode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from consortia.errors import NotVisible
from consortia.rest import filters
from consortia.rest.endpoint import Endpoint
from consortia.rest.rendering import JsonRenderer
from impact import data_package
from impact.models import Vintage


class ZipRenderer(JsonRenderer):
    media_type = "application/zip"
    format = extension = "zip"


class DataPackage(Endpoint):
    is_public = True
    tag = "Vintages"
    renderer_classes = [ZipRenderer]

    @extend_schema(
        operation_id="getDataPackage",
        responses={(200, ZipRenderer.media_type): OpenApiResponse(OpenApiTypes.BINARY, "A zip.")},
    )
    def get(self, request: Request, id: str) -> HttpResponse:  # noqa: A002 - the name in the description
        """The public figures of a vintage as a Data Package 2.0, CC BY 4.0; made again it is the same to the byte."""
        filters.read(request, paged=False)
        vintage = Vintage.objects.select_related("last_quarter").filter(code=id).first()
        if vintage is None:
            raise NotVisible(_("There is no such vintage."))
        self.is_fixed, self.last_modified = True, vintage.published_at
        tag = self.unless_known(data_package.tag(vintage))
        package = data_package.of(vintage)
        return HttpResponse(
            package.content,
            content_type=ZipRenderer.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{package.name}"',
                "ETag": tag,
                # RFC 9530: whether the download is whole.
                "Repr-Digest": f"sha-256=:{b64encode(package.digest).decode()}:",
            },
        )
