"""How often a caller may come: per token, and per address for whoever has none."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class PerSecond(BaseThrottle):
    """Counts calls within a second of the clock, in the shared cache; without a cache nobody is refused."""

    def allow_request(self, request: Request, view: Any) -> bool:
        return _count("token", request.auth.pk) if request.auth else self.allow_address(request)

    def allow_address(self, request: Request) -> bool:
        """By address alone: also for tokens that turn out to be wrong."""
        return _count("address", self.get_ident(request))

    def wait(self) -> float:
        return 1.0


def _count(kind: str, ident: object) -> bool:
    key = f"api-rate:{kind}:{ident}:{int(time.time())}"
    if cache.add(key, 1, timeout=2):
        return True
    try:
        number = cache.incr(key)
    except ValueError:
        # It ran out between the two.
        return True
    return number is None or number <= settings.API_RATES[kind]
