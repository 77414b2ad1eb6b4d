"""The local portal: its servers, its processes, and what it says when something is in the way."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from ptvt_portal import environment
from ptvt_portal.local import command
from ptvt_portal.local.children import Child, Children
from ptvt_portal.local.home import CHECKOUT, Home, LocalError, private_folder
from ptvt_portal.local.locks import Lock
from ptvt_portal.local.postgres import THROW_AWAY, Postgres

CONFIGURED = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "ENVIRONMENT", "SECRET_KEY", "PYTEST_XDIST_WORKER")


def eventually(question: Callable[[], bool], *, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("a home with spaces") / ("deep" * 12) / ("deeper" * 12)
    home = Home(folder)
    yield home
    Postgres(home).stop()
    home.discard()


class TestAddresses:
    def test_a_socket_folder_in_a_database_address_is_decoded_and_keeps_its_case(self):
        settings = environment.database("postgres://me@%2Ftmp%2FA%20b/portal")

        assert (settings["HOST"], settings["NAME"], settings["USER"]) == ("/tmp/A b", "portal", "me")

    def test_a_database_address_has_port_password_and_options(self):
        settings = environment.database("postgresql://me:p%40ss@db.example:5433/portal?sslmode=require")

        assert settings["HOST"] == "db.example"
        assert settings["PORT"] == "5433"
        assert settings["PASSWORD"] == "p@ss"
        assert settings["OPTIONS"] == {"sslmode": "require"}

    def test_another_kind_of_database_is_refused(self):
        with pytest.raises(ValueError, match="postgres://"):
            environment.database("sqlite:///portal.db")

    @pytest.mark.parametrize(
        ("url", "following"),
        [
            ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=1"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock?db=1"),
            ("redis://:secret@host:6379/4", "redis://:secret@host:6379/5"),
            ("rediss://host", "rediss://host/1"),
        ],
    )
    def test_the_cache_has_the_database_after_the_brokers(self, url: str, following: str):
        assert environment.next_redis_database(url) == following

    def test_celery_spells_a_socket_in_its_own_way(self):
        assert (
            environment.celery_broker("unix:///run/redis.sock?db=2") == "redis+socket:///run/redis.sock?virtual_host=2"
        )
        assert environment.celery_broker("redis://host/2") == "redis://host/2"

    def test_mail_is_sent_encrypted_from_the_start_where_the_address_says_so(self):
        assert environment.mail_server("smtps://me:p%40ss@mail.example") == ("mail.example", 465, "me", "p@ss", True)


class TestHome:
    def test_its_sockets_have_short_paths_however_deep_it_lies(self, home: Home):
        assert len(str(home.database_socket / ".s.PGSQL.5432.lock")) < 100

    def test_a_secret_stays_the_same(self, home: Home):
        home.prepare()

        assert home.secret("secret_key") == home.secret("secret_key")
        assert (home.root / "secret_key").stat().st_mode & 0o077 == 0

    def test_looking_at_a_secret_makes_no_home(self, home: Home):
        assert len(home.secret("secret_key")) > 50
        assert not home.root.exists()

    def test_a_folder_that_is_a_link_is_not_taken_for_ours(self, tmp_path: Path):
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "ours").symlink_to(tmp_path / "elsewhere")

        with pytest.raises(LocalError, match="belongs to somebody else"):
            private_folder(tmp_path / "ours", owner=os.getuid())


class TestCommands:
    @pytest.mark.parametrize("arguments", [[], ["help"], ["check"], ["migrate", "--help"], ["compilemessages"]])
    def test_what_needs_no_database_starts_none(self, arguments: list[str]):
        assert not command.needs_database(arguments)

    @pytest.mark.parametrize("arguments", [["migrate"], ["shell"], ["api_token", "someone@demo.example"]])
    def test_all_else_does(self, arguments: list[str]):
        assert command.needs_database(arguments)


class TestPostgres:
    def test_the_last_one_out_stops_it(self, home: Home):
        first, second = Postgres(home, options=THROW_AWAY), Postgres(home, options=THROW_AWAY)

        with first.used():
            with second.used():
                assert self.rows(home) == [("portal_app", "portal")]
            assert self.rows(home) == [("portal_app", "portal")]

        assert not (first.data / "postmaster.pid").exists()

    def test_it_comes_back_after_a_sudden_death(self, home: Home):
        postgres = Postgres(home, options=THROW_AWAY)
        with postgres.used():
            os.kill(int((postgres.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

            assert eventually(postgres.revive)
            assert self.rows(home) == [("portal_app", "portal")]

    def test_the_note_of_a_dead_server_whose_number_is_anothers_now_is_no_obstacle(self, home: Home):
        postgres = Postgres(home, options=THROW_AWAY)
        with postgres.used():
            pass
        (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
        if os.getuid() == 0:
            os.chown(postgres.data / "postmaster.pid", postgres._user, postgres._user)

        with postgres.used():
            assert self.rows(home) == [("portal_app", "portal")]

    def test_the_application_owns_nothing(self, home: Home):
        with Postgres(home, options=THROW_AWAY).used(), pytest.raises(psycopg2.errors.InsufficientPrivilege):
            self.rows(home, "CREATE TABLE mine (id int)")

    @staticmethod
    def rows(
        home: Home, statement: str = "SELECT current_user::text, current_database()::text"
    ) -> list[tuple[str, ...]]:
        settings = environment.database(home.database_url)
        connection = psycopg2.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()


class TestChildren:
    def child(self, tmp_path: Path, script: str) -> Child:
        return Child("child", [sys.executable, "-c", script], note=tmp_path / "child.pid", environment=os.environ)

    def test_a_child_that_is_killed_comes_back(self, tmp_path: Path):
        children = Children()
        child = children.add(self.child(tmp_path, "import time; time.sleep(60)"))
        first = int(child.note.read_text())

        os.kill(first, signal.SIGKILL)
        assert child.process is not None
        child.process.wait()
        children.keep_alive()

        assert int(child.note.read_text()) != first
        assert child.alive()
        children.end_all()

    def test_what_it_says_stands_under_its_name(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        code = Children().run(self.child(tmp_path, "print('one'); print('two'); raise SystemExit(3)"))

        assert code == 3
        assert capsys.readouterr().out.splitlines() == ["child   | one", "child   | two"]

    def test_what_an_earlier_start_left_behind_is_ended_first(self, tmp_path: Path):
        script = "import os, sys, time; os.setsid(); print(flush=True); time.sleep(60)"
        lock = Lock(tmp_path / "child.pid")
        assert lock.take()
        leftover = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, pass_fds=(lock.descriptor,))
        assert leftover.stdout is not None
        leftover.stdout.readline()
        lock.note(leftover.pid)
        lock.close()
        children = Children()

        child = children.add(self.child(tmp_path, "import time; time.sleep(60)"))

        assert leftover.wait(timeout=5) == -signal.SIGTERM
        assert child.alive()
        children.end_all()


class Run:
    """`make run`, or rather what it starts, in a home of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.process: subprocess.Popen[str] | None = None

    def start(self, *, wait: bool = True, **extra: str) -> "subprocess.Popen[str]":
        inherited = {name: value for name, value in os.environ.items() if name not in CONFIGURED}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ptvt_portal.local", "run"],
            cwd=CHECKOUT,
            env=inherited | {"PORTAL_HOME": str(self.home), "PORT": str(self.port), "DEMO": "none"} | extra,
            stdout=subprocess.PIPE if not wait else (self.home.parent / "output").open("w"),
            stderr=subprocess.STDOUT,
            text=True,
        )
        if wait:
            process = self.process
            assert eventually(lambda: self.ready() or process.poll() is not None, seconds=90)
            assert process.poll() is None, (self.home.parent / "output").read_text()
        return self.process

    def ready(self) -> bool:
        return self.health() == {"status": "ok", "checks": {"database": "ok", "broker": "ok"}}

    def health(self) -> object:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5) as answer:
                return json.load(answer)
        except (OSError, urllib.error.URLError):
            return None

    def number(self, name: str) -> int:
        note = self.home / "run" / f"{name}.pid"
        return int(note.read_text() or 0) if note.exists() else 0

    def held(self, name: str) -> bool:
        """Whether a process of this name, or one that it started, is still there."""
        lock = Lock(self.home / "run" / f"{name}.pid")
        free = lock.take()
        lock.close()
        return not free

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run = Run(tmp_path / "portal home", port)
    yield run
    if run.process is not None and run.process.poll() is None:
        run.stop()
    Home(run.home).discard()


class TestRun:
    def test_it_starts_survives_and_ends_whole(self, run: Run):
        run.start()
        assert eventually(lambda: run.held("worker") and run.held("beat"))

        # A second one on the same home, and one on the same port, say why they do not start.
        output, _ = subprocess.Popen.communicate(Run(run.home, run.port + 1).start(wait=False))
        assert f"already running (process {run.number('supervisor')})" in output
        output, _ = subprocess.Popen.communicate(Run(run.home.with_name("other"), run.port).start(wait=False))
        assert f"PORT={run.port + 1} make run" in output

        # A worker that is killed comes back by itself.
        worker = run.number("worker")
        os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: run.number("worker") not in {0, worker}, seconds=5)

        # Without a supervisor nothing goes on but the database, and the next start takes over.
        assert run.process is not None
        run.process.kill()
        run.process.wait()
        assert eventually(lambda: not any(run.held(name) for name in ("web", "worker", "beat", "broker")))
        run.start()

        assert run.stop() == 0
        assert not any(run.held(name) for name in ("supervisor", "web", "worker", "beat", "broker"))
        assert not (run.home / "postgres" / "data" / "postmaster.pid").exists()
