"""How often a caller may come: per token, and per address for whoever has none; every answer says what is left."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_WINDOW = 1
"""Seconds of the clock within which calls are counted."""


@dataclass(frozen=True)
class Standing:
    """How many calls there may be within a second, and how many there were."""

    limit: int
    calls: int

    @property
    def allows(self) -> bool:
        return self.calls <= self.limit

    def headers(self) -> Mapping[str, str]:
        left = max(0, self.limit - self.calls)
        return dict(zip(HEADERS, map(str, (self.limit, left, _WINDOW)), strict=True))


class PerSecond(BaseThrottle):
    """Counts calls within a second of the clock, in the shared cache; without a cache nobody is refused."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth:
            return self._judge(request, "token", request.auth.pk)
        return self.allow_address(request)

    def allow_address(self, request: Any) -> bool:
        """By address alone: also for tokens that turn out to be wrong."""
        return self._judge(request, "address", self.get_ident(request))

    def wait(self) -> float:
        return float(_WINDOW)

    def _judge(self, request: Any, kind: str, ident: object) -> bool:
        standing = Standing(settings.API_RATES[kind], _count(kind, ident))
        # At Django's own request, which the outermost layer sees as well.
        getattr(request, "_request", request).api_standing = standing
        return standing.allows


def headers(request: HttpRequest) -> Mapping[str, str]:
    """For the answer to this call; one that was not counted, say a browser's `OPTIONS`, says what an address has."""
    standing = getattr(request, "api_standing", None) or Standing(settings.API_RATES["address"], 0)
    return standing.headers()


def _count(kind: str, ident: object) -> int:
    """The number of calls with this one; 0 where nobody counts."""
    key = f"api-rate:{kind}:{ident}:{int(time.time()) // _WINDOW}"
    if cache.add(key, 1, timeout=2 * _WINDOW):
        return 1
    try:
        return cache.incr(key) or 0
    except ValueError:
        # It ran out between the two.
        return 1
