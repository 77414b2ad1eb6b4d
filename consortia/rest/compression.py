"""Answers in gzip for who takes it; in the API alone, where no cookie can be guessed from the size of an answer."""

from collections.abc import Iterable
from typing import Any, cast

from django.utils.text import compress_sequence, compress_string
from rest_framework.request import Request

from consortia.rest import conditional
from consortia.rest.negotiation import ranges

SMALLEST = 500
"""In bytes: below it the header costs what is won."""
_TEXTS = ("text/", "application/json", "application/json-stat+json", "application/ld+json", "application/x-ndjson")


def compress(request: Request, response: Any) -> None:
    """Compress the answer where that is asked for and pays; its tag then says so."""
    if not _is_wanted(request) or response.status_code not in (200, 304):
        return
    if response.status_code == 304:
        # What the caller has is the compressed one only where it says so itself.
        if conditional.zipped(response.headers["ETag"]) in request.headers.get("If-None-Match", ""):
            response.headers["ETag"] = conditional.zipped(response.headers["ETag"])
        return
    if not response.headers["Content-Type"].startswith(_TEXTS):
        return
    if not response.streaming:
        if len(response.content) < SMALLEST:
            return
        response.content = compress_string(response.content)
    elif request.method != "HEAD":
        response.streaming_content = compress_sequence(cast("Iterable[bytes]", response.streaming_content))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = conditional.zipped(response.headers["ETag"])


def _is_wanted(request: Request) -> bool:
    accepted = dict(ranges(request.headers.get("Accept-Encoding", "")))
    return accepted.get("gzip", accepted.get("*", 0.0)) > 0
