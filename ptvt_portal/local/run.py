"""`make run`: everything that is not configured elsewhere, then the portal, until Ctrl-C or SIGTERM."""

import contextlib
import errno
import os
import socket
import sys
import time
import urllib.error
import urllib.request

from ptvt_portal.local import broker
from ptvt_portal.local.children import Child, Children
from ptvt_portal.local.command import demo_password
from ptvt_portal.local.home import CHECKOUT, Home, LocalError
from ptvt_portal.local.locks import Lock
from ptvt_portal.local.postgres import Postgres

DEMO_ACCOUNTS = (
    ("manager@demo.example", "programme manager"),
    ("reviewer@demo.example, reviewer2@demo.example", "reviewers"),
    ("coordinator-01@demo.example … coordinator-15@demo.example", "coordinators, one per HIP"),
    ("contributor-01@demo.example", "contributor of the first HIP"),
    ("reader@demo.example", "reader"),
)


class Portal:
    """The local portal while it runs."""

    def __init__(self) -> None:
        self.home = Home.from_environment()
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.port = _port()
        self.demo = os.environ.get("DEMO") or "full"
        if self.demo not in {"full", "bare", "none"}:
            raise LocalError(f"DEMO is full, bare or none, not {self.demo}")
        self.environment = dict(os.environ)
        self.children = Children()

    def run(self) -> None:
        self.children.listen_to_signals()
        self._refuse_taken_port()
        self.home.prepare()
        only = Lock(self.home.run / "supervisor.pid")
        if not only.take():
            raise LocalError(
                f"The portal of {self.home.root} is already running (process {only.noted()}). "
                "End that one first, or start another with PORTAL_HOME=… PORT=… make run"
            )
        only.note(os.getpid())
        self.environment |= {
            "ENVIRONMENT": "local",
            "PORTAL_HOME": str(self.home.root),
            "PORT": str(self.port),
            "DEMO": self.demo,
            "DEMO_PASSWORD": demo_password(self.home),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "ptvt_portal.settings",
        }
        with contextlib.ExitStack() as servers:
            postgres = None
            if not os.environ.get("DATABASE_URL"):
                postgres = servers.enter_context(Postgres(self.home).used())
                self.environment |= {
                    "DATABASE_URL": self.home.database_url,
                    "DATABASE_OWNER_URL": self.home.database_owner_url,
                }
            servers.callback(self.children.end_all)
            self._start()
            while not self.children.stopping:
                self.children.listen(0.2)
                self.children.keep_alive()
                if postgres is not None and postgres.revive():
                    print("PostgreSQL had ended and was started again", flush=True)
            print("Stopping ...", flush=True)
        self.home.tidy()
        print("Stopped.", flush=True)

    def _start(self) -> None:
        python = sys.executable
        if not os.environ.get("REDIS_URL"):
            broker.end(self.home)
            self.environment["REDIS_URL"] = self.home.redis_url
            self.children.add(self._child("broker", broker.command(self.home), needed=True))
        if self.children.run(self._child("prepare", [python, "-m", "ptvt_portal.local.prepare"])):
            if self.children.stopping:
                return
            raise LocalError("The portal could not be prepared; the reason stands above.")
        as_root = "ignore:You're running the worker with superuser privileges"
        celery = [python, "-W", as_root, "-m", "celery", "--quiet", "-A", "ptvt_portal.celery"]
        schedule = str(self.home.run / "beat-schedule")
        worker = [*celery, "worker", "--concurrency=2", "--loglevel=info", "--without-gossip", "--without-mingle"]
        web = [
            *(python, "-m", "gunicorn", "ptvt_portal.wsgi", "--bind", f"{self.host}:{self.port}", "--preload"),
            *("--worker-class=gthread", "--workers=2", "--threads=4", "--timeout=60", "--graceful-timeout=5"),
            *("--no-control-socket", "--log-level=warning"),
        ]
        # Pages come first: they need neither of the other two, and processors are few.
        self.children.add(self._child("web", web))
        ready = self._await_ready()
        self.children.add(self._child("worker", worker))
        self.children.add(
            self._child("beat", [*celery, "beat", f"--schedule={schedule}", "--pidfile=", "--loglevel=warning"])
        )
        if ready:
            self._tell()

    def _child(self, name: str, command: list[str], *, needed: bool = False) -> Child:
        note = self.home.run / f"{name}.pid"
        return Child(name, command, note=note, environment=self.environment, needed=needed)

    def _await_ready(self) -> bool:
        address = f"http://{self._name}:{self.port}/health/ready"
        deadline = time.monotonic() + 60
        while not self.children.stopping:
            self.children.listen(0.1)
            self.children.keep_alive()
            try:
                with urllib.request.urlopen(address, timeout=2):
                    return True
            except (OSError, urllib.error.URLError) as error:
                if time.monotonic() > deadline:
                    raise LocalError(f"The portal did not become ready: {error}") from error
        return False

    @property
    def _name(self) -> str:
        return "localhost" if self.host in {"0.0.0.0", "127.0.0.1"} else self.host  # noqa: S104  (only compared)

    def _tell(self) -> None:
        print(f"\nThe portal is at http://{self._name}:{self.port}/  (Ctrl-C ends it)")
        if self.demo != "none":
            print(
                f"Sign in at http://{self._name}:{self.port}/accounts/login/, password of every demo account: "
                f"{self.environment['DEMO_PASSWORD']}"
            )
            for accounts, role in DEMO_ACCOUNTS:
                print(f"  {accounts:<60}{role}")
        print(flush=True)

    def _refuse_taken_port(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise LocalError(
                        f"Port {self.port} is taken by another program. Choose another: PORT={self.port + 1} make run"
                    ) from None
                raise LocalError(f"Cannot listen on {self.host}:{self.port}: {error.strerror}") from None


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise LocalError(f"PORT is a number from 1 to 65535, not {text}")
    return int(text)


def main() -> int:
    os.chdir(CHECKOUT)
    try:
        Portal().run()
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
