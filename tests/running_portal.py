"""A portal as people run it, for tests: `ptvt_portal.local run` with its own processes, in a home of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from ptvt_portal.local.home import CHECKOUT, Home
from ptvt_portal.local.postgres import Postgres

NOT_THEIRS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ENVIRONMENT", "SECRET_KEY", "PYTEST_XDIST_WORKER")
PASSWORD = "for the running tests"
DRAFT = {
    "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 12}],
    "participations": [
        {
            "kvkNumber": "00001234",
            "name": "Voorbeeld BV",
            "organisationType": "company",
            "sizeClass": "small",
            "actionLine": "innovation",
            "involvement": "project",
        }
    ],
    "unidentifiedCompanies": [],
    "headcounts": [],
}


def eventually(question: Callable[[], Any], *, seconds: float) -> float | None:
    """After how many seconds the answer was yes."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        with contextlib.suppress(OSError, psycopg2.Error):
            if question():
                return time.monotonic() - start
        time.sleep(0.05)
    return None


@dataclass
class Portal:
    home: Home
    address: str
    environment: dict[str, str]
    supervisor: "subprocess.Popen[bytes]"
    tokens: dict[str, str]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def call(self, who: str | None, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        request = urllib.request.Request(f"{self.address}{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if who:
            request.add_header("Authorization", f"Bearer {self.tokens[who]}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def submitted(self, hip: int, slug: str, period: str) -> str:
        """Fill and submit as the HIP's coordinator; the content hash."""
        who, path = f"coordinator-{hip:02}", f"/api/v1/reports/{slug}/{period}"
        status, answer = self.call(who, "PUT", f"{path}/draft", DRAFT, If_Match="*")
        assert status == 200, answer
        status, answer = self.call(who, "POST", f"{path}/submissions", {})
        assert status in (200, 201), answer
        return answer["contentHash"]

    def accept(self, slug: str, period: str, content_hash: str) -> float:
        """Accept as the reviewer; how long the answer took."""
        start = time.monotonic()
        status, answer = self.call(
            "reviewer",
            "POST",
            f"/api/v1/reports/{slug}/{period}/reviews",
            {"decision": "accept", "contentHash": content_hash},
        )
        assert status in (200, 201), answer
        return time.monotonic() - start

    def counting(self, period: str) -> Any:
        _status, answer = self.call(
            None, "GET", f"/api/v1/roll-ups?consortium=none&actionLine=none&indicator=assignments&period={period}"
        )
        return answer["results"][0]["value"]

    def query(self, sql: str) -> Any:
        with contextlib.closing(psycopg2.connect(self.home.database_url)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def rolled_up(self) -> bool:
        """Whether the stored roll-ups are those of the newest ledger entry."""
        return self.query("SELECT (SELECT seq FROM impact_rollupstate) = (SELECT max(seq) FROM impact_ledgerentry)")

    def pid(self, name: str) -> int:
        return int((self.home.run / f"{name}.pid").read_text().split()[0])

    def ready(self) -> bool:
        with urllib.request.urlopen(f"{self.address}/health/ready", timeout=5) as response:
            return response.status == 200


@contextmanager
def running_portal(folder: Path, who: Sequence[str], *, demo: str = "bare", seconds: float = 120) -> Iterator[Portal]:
    """A portal, by default with nothing reported, and tokens of these demonstration accounts; it has to end well, too.

    It gets so many `seconds` to become ready.
    """
    home = Home(folder / "home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS} | {
        "PORTAL_HOME": str(home.root),
        "PORT": str(port),
        "DEMO": demo,
        "DEMO_PASSWORD": PASSWORD,
    }
    log = (folder / "run.log").open("wb")
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "ptvt_portal.local", "run"],
        cwd=CHECKOUT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    running = Portal(home, f"http://127.0.0.1:{port}", environment, supervisor, {})
    try:
        assert eventually(running.ready, seconds=seconds) is not None, Path(log.name).read_text()
        for each in who:
            made = running.manage("api_token", f"{each}@demo.example")
            assert made.returncode == 0, made.stderr
            running.tokens[each] = made.stdout.strip()
        yield running
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            code = supervisor.wait(30)
        finally:
            supervisor.kill()
            Postgres(home).stop()
            home.discard()
            log.close()
    assert code == 0
