"""Every refusal of the REST API, written down once, as problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, MethodNotAllowed, Throttled

from consortia.errors import DomainError, NotAllowedNow, NotPermitted, NotVisible, Refused, Stale
from consortia.rest.endpoint import language_of
from consortia.rest.rendering import dumps
from consortia.rest.throttling import PerSecond
from ptvt_portal.api_headers import is_api

_STATUSES: dict[type[DomainError], int] = {
    Refused: 400,
    NotPermitted: 403,
    NotVisible: 404,
    NotAllowedNow: 409,
    Stale: 412,
}


def _titles() -> dict[int, str]:
    return {
        400: _("This cannot be taken as it is"),
        401: _("Who are you?"),
        403: _("This is not allowed"),
        404: _("There is no such thing here"),
        405: _("This method is not known here"),
        406: _("Not in this format"),
        409: _("Not at this moment"),
        412: _("It has changed in the meantime"),
        413: _("Too large"),
        415: _("This format is not read here"),
        422: _("Not the same call"),
        428: _("Say what you build on"),
        429: _("Too many calls"),
        500: _("Something went wrong in the portal"),
    }


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **members: Any) -> HttpResponse:
    """An answer of type `application/problem+json`, whatever format was asked for."""
    title = _titles().get(status) or HTTPStatus(status).phrase
    content = dumps({"status": status, "title": title, "detail": detail or title, **members})
    return HttpResponse(content, status=status, content_type="application/problem+json", headers=headers)


def problem_handler(error: Exception, context: Any) -> HttpResponse | None:
    """The exception handler of the API; what it does not know is a 500, with its traceback in the log."""
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, Http404):
        return problem(404, "")
    if isinstance(error, PermissionDenied):
        return problem(403, "")
    if isinstance(error, APIException):
        return _of_framework(error)
    return None


def _of_domain(error: DomainError) -> HttpResponse:
    status = next(status for kind, status in _STATUSES.items() if isinstance(error, kind))
    members: dict[str, Any] = dict(getattr(error, "members", {}))
    headers = {}
    detail = str(error.detail)
    if isinstance(error, Refused):
        # The joined details can be as long as the input; each stands with its place.
        if len(error.problems) > 1:
            detail = _("%(number)d things are wrong; each stands with its place.") % {"number": len(error.problems)}
        members["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": str(each.detail)} for each in error.problems
        ]
    if isinstance(error, Stale):
        members["current"] = error.current
        if error.current.startswith('"'):
            headers["ETag"] = error.current
    return problem(status, detail, headers=headers, **members)


def _of_framework(error: APIException) -> HttpResponse:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    detail = str(error.detail)
    members = {}
    if isinstance(error, MethodNotAllowed):
        detail = _("This address does not know the method.")
    if error.status_code == HTTPStatus.BAD_REQUEST:
        members["errors"] = [{"pointer": "", "code": "malformed", "detail": detail}]
    return problem(error.status_code, detail, headers=headers, **members)


# --- where Django itself answers


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """For every address below /api/ that nobody knows; one with a trailing slash is another address."""
    throttle = PerSecond()
    with translation.override(language_of(request)):
        if request.method != "OPTIONS" and not throttle.allow_address(request):
            return _of_framework(Throttled(throttle.wait()))
        detail = _("There is nothing at this address. Addresses of the API have no slash at the end.")
        return problem(404, detail, headers={"Content-Language": translation.get_language()})


def bad_request(request: HttpRequest, exception: Exception) -> Any:
    return problem(400, "", errors=[]) if is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> Any:
    return problem(403, "") if is_api(request) else defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> Any:
    return problem(404, "") if is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> Any:
    return problem(500, "") if is_api(request) else defaults.server_error(request)
