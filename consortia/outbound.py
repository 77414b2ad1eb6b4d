"""Sending to an address that somebody outside the office named, without letting it reach into our own network.

In production only https to public addresses: the name is resolved once, every address it has must be public, and the
connection goes to one of exactly those, whatever the name means a moment later. No redirects, no proxies, one patience
for the whole call, and of the answer only its status. Elsewhere http and loopback are allowed as well, for trying out.
"""

import re
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import IPPROTO_TCP, create_connection, getaddrinfo, socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from consortia.errors import DomainError, Problem

PATIENCE = 10.0
"""Seconds for everything once the name is resolved."""
LONGEST_ADDRESS = 500
_NAT64 = IPv6Network("64:ff9b::/96")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([2-5][0-9]{2})[ \r]")


class Unreachable(DomainError):
    """There was no answer: no such host, not allowed, refused, too slow, or no HTTP."""


@dataclass(frozen=True)
class Answer:
    status: int
    milliseconds: int


def problems(address: str, pointer: str) -> list[Problem]:
    """What is wrong with an address, as far as one sees without asking anybody."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return [Problem(pointer, "malformed", _("This is no web address."))]
    schemes = ("https",) if settings.PRODUCTION else ("https", "http")
    if parts.scheme not in schemes or not parts.hostname or port == 0 or not address.isascii():
        return [Problem(pointer, "malformed", _("Give an address that begins with https://."))]
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
        return [Problem(pointer, "malformed", _("This is no web address."))]
    if parts.username is not None or parts.password is not None or parts.fragment:
        return [Problem(pointer, "malformed", _("Leave out names, passwords and what stands behind #."))]
    if settings.PRODUCTION and _is_private_number(parts.hostname):
        return [Problem(pointer, "not-public", _("This address is not one of the public internet."))]
    return []


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it; the body of the answer is not read.

    Raises:
        Unreachable: there was no answer.
    """
    parts = urlsplit(address)
    try:
        found = _resolved(parts)
        start = time.monotonic()
        connection = _Checked(parts, found, start + PATIENCE)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, {**headers, "Connection": "close"})
            status = connection.status()
        finally:
            connection.close()
    except (OSError, HTTPException, UnicodeError) as error:
        raise Unreachable(type(error).__name__) from error
    return Answer(status, round((time.monotonic() - start) * 1000))


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet, also where it stands within another one."""
    found = ip_address(text.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in _with_inner(found))


def _with_inner(found: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(found, IPv4Address):
        return [found]
    inner: list[IPv4Address | None] = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in _NAT64:
        inner.append(IPv4Address(int(found) & 0xFFFF_FFFF))
    named = [each for each in inner if each is not None]
    # An IPv4 address in IPv6 notation is judged by what it is, and is itself no global one.
    return list(named) if found.ipv4_mapped is not None else [found, *named]


def _is_private_number(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return False


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _resolved(parts: SplitResult) -> list[str]:
    """The addresses of the host; in production none unless all of them are public."""
    rows = getaddrinfo(parts.hostname or "", _port(parts), proto=IPPROTO_TCP)
    found = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if settings.PRODUCTION and not all(map(is_public, found)):
        raise Unreachable(_("not a public address"))
    return found


class _Checked(HTTPConnection):
    """To one of the addresses that were looked at before, and until a moment that does not move.

    With https the certificate has to be that of the name.
    """

    def __init__(self, parts: SplitResult, addresses: Sequence[str], until: float) -> None:
        super().__init__(parts.hostname or "", _port(parts))
        if parts.scheme == "https":
            # For the header `Host`, which leaves out the usual port.
            self.default_port = 443
        self._is_secure = parts.scheme == "https"
        self._addresses = addresses
        self._until = until
        self.sock: Any = None

    def connect(self) -> None:
        plain = self._reached()
        if self._is_secure:
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        plain.settimeout(self._left())
        self.sock = plain

    def status(self) -> int:
        """Of the answer, read by ourselves: a receiver that sends a byte now and then holds nobody up."""
        begun = b""
        while len(begun) < 13:
            self.sock.settimeout(self._left())
            part = self.sock.recv(13 - len(begun))
            if not part:
                break
            begun += part
        line = _STATUS_LINE.match(begun)
        if line is None:
            raise HTTPException("no HTTP")
        return int(line[1])

    def _reached(self) -> socket:
        for address in self._addresses[:-1]:
            try:
                return create_connection((address, self.port), self._left())
            except OSError:
                # The host has another address.
                continue
        return create_connection((self._addresses[-1], self.port), self._left())

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
