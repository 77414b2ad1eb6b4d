"""The shared cache. Where it is away, nothing may depend on it: no page, and no sign-in."""

from typing import Any

from django_redis.cache import RedisCache


class FailOpenRedisCache(RedisCache):
    """Away, it is empty, and takes whatever is added.

    Without this the lock of a rate limit, which is an `add`, could never be had, and nobody could sign in.
    """

    def add(self, *args: Any, **kwargs: Any) -> bool:
        added = super().add(*args, **kwargs)
        return True if added is None else added
