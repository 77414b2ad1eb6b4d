"""Redis, when there is no time to wait for it."""

from typing import Any

import redis
from django.conf import settings
from django_redis.pool import ConnectionFactory
from redis.backoff import NoBackoff
from redis.retry import Retry


def client() -> redis.Redis:
    """A client that fails within a second; by default the library tries for four."""
    options: dict[str, Any] = {"retry": Retry(NoBackoff(), 0), "socket_timeout": 1}
    if not settings.REDIS_URL.startswith("unix:"):
        options["socket_connect_timeout"] = 1
    return redis.Redis.from_url(settings.REDIS_URL, **options)


class ImpatientConnectionFactory(ConnectionFactory):
    """Connections of the cache, which try once."""

    def make_connection_params(self, url: str | None) -> dict[str, Any]:
        return {**super().make_connection_params(url), "retry": Retry(NoBackoff(), 0)}
