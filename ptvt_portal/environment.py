"""Typed reading of the process environment: what the settings are made of."""

import os
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name).lower()
    return value in {"1", "true", "yes", "on"} if value else default


def number(name: str, default: int) -> int:
    return int(text(name, str(default)))


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str) -> dict[str, Any]:
    """The Django settings of a `postgres://user:password@host:port/name?option=value` address.

    A percent-encoded host is the folder of a Unix socket: `postgres://portal_app@%2Frun%2Fpg/portal`.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"a database address begins with postgres://, not {parts.scheme}://")
    # `hostname` lowers the case, which a folder may not survive.
    host = parts.netloc.rpartition("@")[2]
    if parts.port is not None:
        host = host.rpartition(":")[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def next_redis_database(url: str) -> str:
    """The same Redis server, the numbered database after the one that the address names (0 where it names none)."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        options = dict(parse_qsl(parts.query))
        options["db"] = str(int(options.get("db", "0")) + 1)
        return f"unix://{parts.netloc}{parts.path}?{urlencode(options)}"
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + 1}").geturl()


def celery_broker(url: str) -> str:
    """The address as Celery's transport spells it: a Unix socket is `redis+socket://`, its database `virtual_host`."""
    if not url.startswith("unix:"):
        return url
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return f"redis+socket://{parts.path}?virtual_host={options.get('db', '0')}"


class MailServer(NamedTuple):
    host: str
    port: int
    user: str
    password: str
    tls_from_the_start: bool


def mail_server(url: str) -> MailServer:
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"}:
        raise ValueError(f"a mail address begins with smtp:// or smtps://, not {parts.scheme}://")
    secure = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname or "localhost",
        port=parts.port or (465 if secure else 587 if parts.username else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls_from_the_start=secure,
    )
