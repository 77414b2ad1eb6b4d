"""`Idempotency-Key`: a call that is sent again, because no answer came, is answered again and not carried out again.

Every POST of the API stands below `repeatable`. The key is the caller's own: it belongs to one token and one address.
What a call changed and its answer are committed together; a call that failed changed nothing, is not kept, and may be
sent again. Who comes while the first call is at work waits a little for its answer, and is then told to come back.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

import orjson
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from psycopg2.errors import LockNotAvailable
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from consortia import clock
from consortia.errors import Problem, Refused
from consortia.models import ApiToken, KeptAnswer
from consortia.rest.rendering import dumps

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
LONGEST_KEY = 255
PATIENCE = timedelta(seconds=5)
"""For how long a call waits for the answer to the same one."""
_LOCK = 72_031
_MULTIPART = "multipart/form-data"

Handler = TypeVar("Handler", bound=Callable[..., Any])


class KeyReused(APIException):
    """The key stands for a call with another content."""

    status_code = 422


class StillAtWork(APIException):
    """The same call is being carried out at this moment."""

    status_code = 409
    wait = 1


def repeatable(post: Handler) -> Handler:
    """Let a method of an endpoint be called again with the same key: it is carried out once."""

    @wraps(post)
    def answer(self: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        given = request.headers.get(HEADER)
        if given is None or not isinstance(request.auth, ApiToken) or _is_too_large(request):
            return post(self, request, *args, **kwargs)
        return _once(self, request, request.auth, _key(given), lambda: post(self, request, *args, **kwargs))

    # By this a test sees that no POST was forgotten.
    answer.is_repeatable = True  # type: ignore[attr-defined]
    return cast("Handler", answer)


def purge() -> int:
    """Delete the answers of longer ago; gives their number."""
    return KeptAnswer.objects.filter(at__lt=clock.now() - KEPT).delete()[0]


def _once(endpoint: Any, request: Request, token: ApiToken, key: str, carry_out: Callable[[], Any]) -> Any:
    asked = _digest(request)
    with transaction.atomic():
        _take_turn(token, request.path, key)
        kept = KeptAnswer.objects.filter(token=token, path=request.path, key=key).first()
        if kept is not None and kept.at >= clock.now() - KEPT:
            return _again(endpoint, kept, asked)
        if kept is not None:
            kept.delete()
        response = carry_out()
        KeptAnswer.objects.create(
            token=token,
            path=request.path,
            key=key,
            asked=asked,
            status=response.status_code,
            headers={name: value for name, value in response.headers.items() if name != "Content-Type"},
            content=b"" if response.data is None else dumps(_without(endpoint.never_kept, response.data)),
        )
        return response


def _without(names: Collection[str], data: Any) -> Any:
    return {name: value for name, value in data.items() if name not in names} if names else data


def _again(endpoint: Any, kept: KeptAnswer, asked: str) -> HttpResponse:
    if kept.asked != asked:
        raise KeyReused(_("This Idempotency-Key was used here for a call with another content."))
    headers = {**kept.headers, REPLAYED: "true"}
    content = bytes(kept.content)
    if endpoint.never_kept:
        said = orjson.loads(content)
        content = dumps({**said, **endpoint.said_again(said)})
    return HttpResponse(content, status=kept.status, content_type="application/json", headers=headers)


def _key(given: str) -> str:
    """The key, with or without the quotation marks of a structured header.

    Raises:
        Refused: empty, too long, or with characters that are not printed.
    """
    key = given.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        detail = _("Give 1 to %(number)d printable ASCII characters.") % {"number": LONGEST_KEY}
        raise Refused([Problem(HEADER, "malformed", detail)])
    return key


def _take_turn(token: ApiToken, path: str, key: str) -> None:
    """Hold the key at this address until the transaction ends.

    Raises:
        StillAtWork: somebody else held it all the while.
    """
    number = int.from_bytes(hashlib.sha256(f"{token.pk} {path} {key}".encode()).digest()[:4], signed=True)
    patience = int(PATIENCE.total_seconds() * 1000)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [patience])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, number])
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise StillAtWork(_("The same call is still at work; ask again in a moment.")) from error


def _is_too_large(request: Request) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _digest(request: Request) -> str:
    """Of all that was asked, without judging it: that is done only after the permission is."""
    found = hashlib.sha256()
    for part in _parts(request):
        found.update(len(part).to_bytes(8))
        found.update(part)
    return found.hexdigest()


def _parts(request: Request) -> Iterator[bytes]:
    yield request.META.get("QUERY_STRING", "").encode()
    body: bytes = request._request.body
    kind, _semicolon, parameters = (request.content_type or "").partition(";")
    yield kind.strip().lower().encode()
    boundary = parameters.partition("boundary=")[2].partition(";")[0].strip().strip('"')
    # Every attempt to send a form has another boundary.
    is_form = kind.strip().lower() == _MULTIPART and boundary
    yield body.replace(f"--{boundary}".encode("latin-1", "replace"), b"--") if is_form else body
