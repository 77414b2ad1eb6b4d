"""Which format to answer in, by the `Accept` header and its quality values."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class ByQuality(BaseContentNegotiation):
    """The stock one ignores quality values, and lets a query key choose the format."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        accepted = ranges(request.META.get("HTTP_ACCEPT", "*/*") or "*/*")
        # Of equals the first one offered, hence `max` over them in their order.
        best = max(offered, key=lambda renderer: _quality(renderer.media_type or "", accepted))
        if _quality(best.media_type or "", accepted) <= 0:
            raise NotAcceptable(available_renderers=offered)
        return best, best.media_type or ""


def ranges(header: str) -> list[tuple[str, float]]:
    """What a header of the family of `Accept` names, each with its quality."""
    found = []
    for part in header.split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _equals, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        found.append((media_range.lower(), quality))
    return found


def _quality(media_type: str, accepted: list[tuple[str, float]]) -> float:
    """The most specific range that fits decides (RFC 9110, 12.5.1)."""
    kind = media_type.partition("/")[0]
    for candidate in (media_type, f"{kind}/*", "*/*"):
        fitting = [quality for media_range, quality in accepted if media_range == candidate]
        if fitting:
            return max(fitting)
    return 0.0
