"""A stand-in for the API of KVK on this machine: fictitious answers of its documented shape, and its refusals."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWERS = Path(__file__).parent / "consortia" / "kvk"
KEY = "a key for tests"
UNKNOWN = json.dumps({"fout": [{"code": "IPD0005", "omschrijving": "De gevraagde gegevens zijn niet gevonden."}]})


@dataclass
class Kvk:
    """`next_answers` come first, in their order: a status, a body and headers each."""

    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Paths, with the key that came along."""
    next_answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, str, dict[str, str]]:
        if self.next_answers:
            return self.next_answers.pop(0)
        name = ""
        if path.startswith("/v2/zoeken?kvkNummer="):
            name = f"zoeken-{path.partition('=')[2][:8]}.json"
        elif path.startswith("/v1/basisprofielen/"):
            name = f"basisprofiel-{path.rpartition('/')[2]}.json"
        file = ANSWERS / name
        return (200, file.read_text(), {}) if name and file.exists() else (404, UNKNOWN, {})


@contextmanager
def running() -> Iterator[Kvk]:
    """The server, on a port of its own, until the block ends."""
    kvk = Kvk()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kvk.asked.append((self.path, self.headers.get("apikey", "")))
            status, body, headers = (
                kvk.answer(self.path) if self.headers.get("apikey") == KEY else (401, '{"fout": []}', {})
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            content = body.encode()
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kvk.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kvk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
