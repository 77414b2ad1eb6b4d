"""The headers of every answer below /api/, also where Django or another layer answered."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from consortia.rest import throttling

_HEADERS = {
    "API-Version": settings.API_VERSION,
    # The domain of the figures is the public: any site may ask, and none can send somebody's cookies along.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "API-Version, Content-Disposition, ETag, Idempotency-Replayed, Ledger-Seq, Location, Repr-Digest, Retry-After, "
        "X-Demo-Data, " + ", ".join(throttling.HEADERS)
    ),
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": (
        "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, "
        "If-None-Match"
    ),
    "Access-Control-Max-Age": "86400",
}


def is_api(request: HttpRequest) -> bool:
    """Whether the address belongs to the API, also where nothing stands at it."""
    return request.path_info == "/api" or request.path_info.startswith("/api/")


class ApiHeadersMiddleware:
    """The outermost layer: nothing answers around it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if not is_api(request):
            return response
        headers = {**_HEADERS, **throttling.headers(request)}
        if request.method == "OPTIONS":
            headers |= {**_PREFLIGHT, "Access-Control-Allow-Methods": response.headers.get("Allow", "GET")}
        for name, value in headers.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response
