"""Two questions that a process manager asks: is the process alive, and can it do its work?"""

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from ptvt_portal import production, redis


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The database is there and migrated, and in production without demo accounts.

    A broker that is away makes the portal degraded, not unready: everything can still be handed in and accepted, since
    jobs are remembered in the database.
    """
    checks = {"database": _database(), "broker": _broker()}
    if checks["database"] != "ok":
        return JsonResponse({"status": "unavailable", "checks": checks}, status=503)
    status = "ok" if checks["broker"] == "ok" else "degraded"
    return JsonResponse({"status": status, "checks": checks})


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = set(cursor.fetchall())
    except DatabaseError:
        return "unreachable or empty"
    if not _migrations() <= applied:
        return "not migrated"
    return "has demo accounts" if production.has_demo_accounts() else "ok"


_known: set[tuple[str, str]] = set()


def _migrations() -> set[tuple[str, str]]:
    """The migrations that this code has on disk, read once per process."""
    if not _known:
        _known.update(MigrationLoader(None).disk_migrations)
    return _known


def _broker() -> str:
    try:
        with redis.client() as client:
            client.ping()
    except RedisError:
        return "unreachable"
    return "ok"
