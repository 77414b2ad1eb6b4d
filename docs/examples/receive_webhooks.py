#!/usr/bin/env python3
"""Receive the webhooks of the portal: check who sent it, drop what came twice, print the entries. Nothing but Python.

    WEBHOOK_SECRET=whsec_… python receive_webhooks.py --port 8080 --state seen.txt

The rule stands in docs/webhooks.md. Put a web server with https in front of it.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

PATIENCE = 300
"""Seconds that a message may have been on its way; older ones are a copy that somebody sends again."""


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the portal made this message, just now. `body` is what came in, byte for byte."""
    try:
        message, moment = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split()
        is_fresh = abs(now - int(moment)) <= PATIENCE
    except (KeyError, ValueError):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message}.{moment}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(signed).decode()
    # For a day after a new secret there are two signatures.
    return is_fresh and any(hmac.compare_digest(expected.encode(), each.encode()) for each in given)


class Seen:
    """The seq up to which everything is done; what comes again lies before it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seq = int(path.read_text()) if path.exists() else 0

    def keep(self, seq: int) -> None:
        self.seq = seq
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(seq))
        fresh.replace(self._path)


class Handler(BaseHTTPRequestHandler):
    secret: str
    seen: Seen

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_genuine(self.secret, headers, body, time.time()):
            self._answer(401)
            return
        message = json.loads(body)
        for entry in message["results"]:
            if entry["seq"] > self.seen.seq:
                # Your work goes here; `replaces` says what to pull anew (docs/feed.md).
                print(json.dumps(entry), flush=True)
        # Only now: what is not answered with 2xx comes again.
        self.seen.keep(max(self.seen.seq, message["seq"]))
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--state", type=Path, default=Path("seen.txt"))
    asked = parser.parse_args()
    Handler.secret, Handler.seen = os.environ["WEBHOOK_SECRET"], Seen(asked.state)
    server = HTTPServer(("127.0.0.1", asked.port), Handler)
    print(f"listening on port {asked.port}", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
