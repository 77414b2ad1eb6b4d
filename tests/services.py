"""Starts a PostgreSQL and a broker of the tests' own before anything reads the settings, and ends them with the tests.

A pytest plugin named on the command line: it has to be there before pytest-django. Where the environment names servers
(`DATABASE_URL` with `DATABASE_OWNER_URL`, `REDIS_URL`), those are used. Sessions side by side do not meet.
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest

from ptvt_portal import translations
from ptvt_portal.local import broker
from ptvt_portal.local.children import end_with
from ptvt_portal.local.home import Home, LocalError
from ptvt_portal.local.locks import Lock
from ptvt_portal.local.postgres import THROW_AWAY, Postgres

PREFIX = "ptvt-tests-"

_services: "Services | None" = None


class Services:
    """The servers of one test session, in a folder that is gone afterwards."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o711)
        # Held for life: whoever can take it knows that this session has ended.
        self.lock = Lock(self.folder / "session.lock")
        self.lock.take()
        self.home = Home(self.folder.resolve() / "home")
        self.home.prepare()
        (self.home.root / "static").mkdir()
        self.postgres: Postgres | None = None
        self.broker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if not os.environ.get("REDIS_URL"):
            self._start_broker()
        if not os.environ.get("DATABASE_URL"):
            self.postgres = Postgres(self.home, options=THROW_AWAY)
            self.postgres.start()
            os.environ["DATABASE_URL"] = self.home.database_url
            os.environ["DATABASE_OWNER_URL"] = self.home.database_owner_url
        deadline = time.monotonic() + 10
        while self.broker is not None and not broker.answers(self.home):
            if time.monotonic() > deadline or self.broker.poll() is not None:
                raise LocalError(f"the broker did not start:\n{(self.home.logs / 'broker.log').read_text()}")
            time.sleep(0.01)

    def _start_broker(self) -> None:
        with (self.home.logs / "broker.log").open("wb") as log:
            self.broker = subprocess.Popen(
                broker.command(self.home, throw_away=True),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with(os.getpid()),
            )
        os.environ["REDIS_URL"] = self.home.redis_url

    def stop(self) -> None:
        if self.broker is not None:
            self.broker.terminate()
            self.broker.wait()
        if self.postgres is not None:
            self.postgres.stop()
        self.home.discard()
        shutil.rmtree(self.folder, ignore_errors=True)


def _sweep() -> None:
    """End and remove what a session left behind that was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if folder.stat().st_uid != os.getuid() or not (folder / "session.lock").exists():
            continue
        lock = Lock(folder / "session.lock")
        if lock.take():
            home = Home(folder.resolve() / "home")
            broker.end(home)
            Postgres(home).stop()
            home.discard()
            shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def _stop() -> None:
    global _services
    if _services is not None:
        services, _services = _services, None
        services.stop()


def _on_signal(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None]:
    """Set the stage; a wrapper comes before every plain implementation, pytest-django's among them."""
    global _services
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        # Each worker has a database pair of its own in the one broker: the message queue and the cache.
        if "?db=0" in os.environ["REDIS_URL"]:
            os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace(
                "?db=0", f"?db={2 * int(worker.removeprefix('gw')) + 2}"
            )
    elif not {"-h", "--help", "--version", "-V"} & set(args):
        os.environ["ENVIRONMENT"] = "test"
        os.environ.setdefault("SECRET_KEY", "of the tests; it protects nothing that lasts longer than they do")
        os.environ.setdefault("DEMO_PASSWORD", "password of the tests")
        _sweep()
        # A fresh checkout has the Dutch texts as source only.
        translations.compile_stale()
        _services = Services()
        os.environ["PORTAL_HOME"] = str(_services.home.root)
        atexit.register(_stop)
        signal.signal(signal.SIGTERM, _on_signal)
        try:
            _services.start()
        except LocalError as error:
            _stop()
            raise pytest.UsageError(str(error)) from None
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _stop()
