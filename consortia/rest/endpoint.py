"""What every address of the REST API has in common."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from django.utils.translation import trans_real
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consortia import clock
from consortia.errors import NotPermitted
from consortia.models import ApiToken, Scope
from consortia.rest import compression, conditional
from consortia.rest.conditional import NotModified
from consortia.rest.throttling import PerSecond


class Endpoint(APIView):
    """An address. Refusals are exceptions; the one exception handler of the API writes them down."""

    is_public: ClassVar[bool] = False
    """Whether it answers anonymous callers."""
    tag: ClassVar[str] = ""
    """Its chapter in the description."""
    is_compressed: ClassVar[bool] = True
    """Whether its answers may be compressed: not where the tag is that of a state, for `If-Match`."""
    never_kept: ClassVar[Collection[str]] = ()
    """Members of an answer that are too secret to be kept for a repeated call; `said_again` has them then."""
    is_fixed = False
    """Whether the answer to this request stays the same for ever, for this caller: then nobody has to ask again."""
    last_modified: datetime | None = None
    """When what the answer is made of was last changed, where that is known."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(language_of(request)):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method != "OPTIONS":
            # Before anything else is judged: what is refused counts as well.
            self._count(request)
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)

    def _count(self, request: Request) -> None:
        throttle = PerSecond()
        try:
            self.perform_authentication(request)
        except AuthenticationFailed:
            if throttle.allow_address(request):
                raise
            self.throttled(request, throttle.wait())
        if not throttle.allow_request(request, self):
            self.throttled(request, throttle.wait())

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Which methods there are: asked by browsers before a call from another site, without a token."""
        return HttpResponse(status=204)

    def require_scope(self, *scopes: Scope) -> None:
        """Go on only with a token that has one of these scopes.

        Raises:
            NotPermitted: it has none of them.
        """
        token = self.request.auth
        if not isinstance(token, ApiToken) or not set(scopes) & set(token.scopes):
            wanted = ", ".join(scopes)
            raise NotPermitted(_("This token lacks the scope that is needed: %(scopes)s.") % {"scopes": wanted})

    def said_again(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """The members that were not kept, for the answer whose other members are these."""
        return {}

    def unless_known(self, tag: str) -> str:
        """Go on only if the caller does not have the answer with this tag.

        Raises:
            NotModified: the caller has it.
        """
        names = self.request.headers.get("If-None-Match", "")
        if conditional.is_known(names, tag) or (not names and self._is_unmodified()):
            raise NotModified(tag)
        return tag

    def unless_named(self, tag: str) -> str:
        """As `unless_known`, before it is known whether the request can be answered at all.

        Such a tag was given for this very request, which was answered then; `*` says nothing of the kind.
        """
        if conditional.is_named(self.request.headers.get("If-None-Match", ""), tag):
            raise NotModified(tag)
        return tag

    def _is_unmodified(self) -> bool:
        # For anonymous callers alone: what a role allows has no such date.
        since = parse_http_date_safe(self.request.headers.get("If-Modified-Since", ""))
        if since is None or self.last_modified is None or self.request.auth is not None:
            return False
        return since >= int(self.last_modified.timestamp())

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, NotModified):
            return HttpResponseNotModified(headers={"ETag": exc.tag})
        return super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(response, Response):
            response.render()
        if request.method in ("GET", "HEAD") and response.status_code in (200, 304):
            response = _conditional(request, response)
            self._say_how_long_to_keep(response)
            if self.is_compressed:
                compression.compress(request, response)
        response.headers["Content-Language"] = translation.get_language()
        patch_vary_headers(response, ("Accept", "Accept-Encoding", "Accept-Language", "Authorization"))
        return response

    def _say_how_long_to_keep(self, response: Any) -> None:
        whose = "public" if getattr(self.request, "auth", None) is None else "private"
        if self.is_fixed:
            response.headers["Cache-Control"] = f"{whose}, max-age={_A_YEAR}, immutable"
        else:
            # Kept, but asked for again each time: a new ledger entry must show at once.
            patch_cache_control(response, no_cache=True, **{whose: True})
        if self.last_modified is not None:
            response.headers["Last-Modified"] = http_date(_cautious(self.last_modified).timestamp())


_A_YEAR = 365 * 24 * 60 * 60
_SETTLED_AFTER = timedelta(minutes=1)


def _cautious(moment: datetime) -> datetime:
    """The moment, or while it is fresh a second before it.

    The header knows no parts of a second: what follows within the same one, or is committed only now, would be missed
    by who asks `If-Modified-Since`.
    """
    return moment if clock.now() - moment > _SETTLED_AFTER else moment - timedelta(seconds=1)


def _conditional(request: Any, response: Any) -> Any:
    if response.status_code == 200 and not response.streaming:
        if "ETag" not in response.headers:
            response.headers["ETag"] = conditional.tag_of_content(response.content)
        tag = response.headers["ETag"]
        if conditional.is_known(request.headers.get("If-None-Match", ""), tag):
            return HttpResponseNotModified(headers={"ETag": tag})
    return response


def language_of(request: Any) -> str:
    """The language of the messages: what `Accept-Language` prefers, else Dutch. Cookies do not count here."""
    for code, _quality in trans_real.parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
