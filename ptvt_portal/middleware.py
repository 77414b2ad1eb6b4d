"""Where an address ends: our own pages without a slash, those of the admin and of accounts with one.

And who is at work, for the history of reference data.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes

from consortia import acting
from ptvt_portal.api_headers import is_api

_NOT_FOUND = 404


class PagesCommonMiddleware(CommonMiddleware):
    """Brings a visitor with a slash too few or too many to the page; below /api/ that is another address."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not request.path_info.startswith("/api/") and super().should_redirect_with_slash(request)

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if "\x00" in request.path_info:
            raise Http404("no address has this character, and no database takes it")
        return super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code == _NOT_FOUND and _is_page_with_slash(request):
            path, _, query = request.get_full_path().partition("?")
            return HttpResponsePermanentRedirect(escape_leading_slashes(path.rstrip("/")) + (query and f"?{query}"))
        return super().process_response(request, response)


def _is_page_with_slash(request: HttpRequest) -> bool:
    if request.method not in {"GET", "HEAD"} or request.path_info.startswith("/api/"):
        return False
    path = request.path_info
    urlconf = getattr(request, "urlconf", settings.ROOT_URLCONF)
    if not path.endswith("/") or is_valid_path(path, urlconf):
        # A page that ends with a slash and says itself that nothing is there; the admin would send it back here.
        return False
    return bool(is_valid_path(path.rstrip("/"), urlconf))


class ActingMiddleware:
    """Says on whose behalf a request changes something; reading changes nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self._get_response(request)
        # Whoever comes with a token is known later (`consortia.authentication`); there is no session to look into.
        user = None if is_api(request) else request.user.pk
        with acting.somebody(user, door=request.path_info):
            return self._get_response(request)
