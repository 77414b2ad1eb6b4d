"""Sending to an address that somebody named: never into our own network, and never for long."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import override_settings

from consortia import outbound
from consortia.outbound import Unreachable


@contextmanager
def receiver(*parts: bytes, pause: float = 0) -> Iterator[int]:
    """Answers one call with these bytes, part by part; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _peer = server.accept()
            # Who waited long enough hangs up.
            with connection, contextlib.suppress(OSError):
                connection.recv(65_536)
                for part in parts:
                    connection.sendall(part)
                    time.sleep(pause)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        *((each, False) for each in (
            "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0",
            "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
            "2001:db8::1",
        )),
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_public_internet_is_known(address: str, is_public: bool) -> None:
    assert outbound.is_public(address) is is_public


@override_settings(PRODUCTION=True)
@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://user:secret@example.org/", "https://[::1/",
        "https://example.org/#x", "https://example.org:0/", "https://example.org:99999/", "https://exämple.org/",
        "https://example.org/a b", "https://example.org/\r\nX: y", "https://127.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest", "https://example.org/" + "x" * 500,
    ],
)  # fmt: skip
def test_an_address_that_can_never_be_sent_to_is_refused_at_once(address: str) -> None:
    assert [each.pointer for each in outbound.problems(address, "/url")] == ["/url"]


@override_settings(PRODUCTION=True)
def test_an_address_that_may_be_is_not() -> None:
    assert outbound.problems("https://dashboard.example.org:8443/ptvt?a=b", "/url") == []


def _resolves(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """What the name means, call by call; gives the list of the addresses that were connected to."""
    reached: list[str] = []
    waiting = list(answers)

    def getaddrinfo(_host: str, port: int, **_options: Any) -> list[Any]:
        return [(0, 0, 0, "", (each, port)) for each in waiting.pop(0)]

    def connect(address: tuple[str, int], _patience: float) -> Any:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(outbound, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(outbound, "create_connection", connect)
    return reached


@override_settings(PRODUCTION=True)
@pytest.mark.parametrize("found", [["127.0.0.1"], ["10.0.0.5"], ["169.254.169.254"], ["93.184.216.34", "::1"]])
def test_in_production_a_name_that_leads_inside_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    reached = _resolves(monkeypatch, found)

    with pytest.raises(Unreachable):
        outbound.post("https://inside.example/", b"", {})
    assert reached == []


@override_settings(PRODUCTION=True)
def test_a_name_that_means_something_else_a_moment_later_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = _resolves(monkeypatch, ["93.184.216.34", "93.184.216.35"], ["127.0.0.1"])

    with pytest.raises(Unreachable):
        outbound.post("https://rebinding.example/", b"", {})
    assert reached == ["93.184.216.34", "93.184.216.35"]


def test_the_answer_is_its_status_and_a_redirect_is_not_followed() -> None:
    with receiver(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n") as port:
        answer = outbound.post(f"http://127.0.0.1:{port}/x?y=1", b"{}", {"Content-Type": "application/json"})

    assert answer.status == 302


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_what_speaks_no_http_did_not_answer(said: bytes) -> None:
    with receiver(said) as port, pytest.raises(Unreachable):
        outbound.post(f"http://127.0.0.1:{port}/", b"", {})


def test_who_answers_a_byte_now_and_then_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "PATIENCE", 0.3)
    drops = [bytes([each]) for each in b"HTTP/1.1 200 OK\r\n"]

    with receiver(*drops, pause=0.1) as port, pytest.raises(Unreachable, match="TimeoutError"):
        outbound.post(f"http://127.0.0.1:{port}/", b"", {})


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        outbound.post(f"http://127.0.0.1:{port}/", b"", {})
