"""Whether this portal holds demonstration data, said on every page and in a header of every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from consortia.models import Programme

HEADER = "X-Demo-Data"
_SERVER_ERROR = 500
_NOT_MODIFIED = 304


def programme_of(request: HttpRequest) -> Programme | None:
    """The programme, read at most once a request; None before the reference data is loaded."""
    # Not kept between requests: the mark has to be there with the first answer after the data.
    known: list[Programme] | None = request.__dict__.get("_programme")
    if known is None:
        known = request.__dict__["_programme"] = list(Programme.objects.all()[:1])
    return known[0] if known else None


def is_demo(request: HttpRequest) -> bool:
    """Whether the figures in this answer are made up."""
    programme = programme_of(request)
    return programme is not None and programme.is_demo


class DemoHeaderMiddleware:
    """Marks pages and API answers while demonstration data is loaded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if self._is_marked(request, response) and is_demo(request):
            response.headers[HEADER] = "true"
        return response

    @staticmethod
    def _is_marked(request: HttpRequest, response: HttpResponse) -> bool:
        # The health checks have to answer without a database, and so has the page that says that it is away. Whoever
        # has an answer already has its mark as well, and costs no query more.
        if response.status_code >= _SERVER_ERROR or response.status_code == _NOT_MODIFIED:
            return False
        return not request.path_info.startswith("/health/")
