"""Gives a `manage.py` command the local portal's database, whether or not `make run` is up."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ptvt_portal.local.home import Home, LocalError

# These look at the code only; starting a server for them would be a waste.
WITHOUT_DATABASE = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "spectacular",
        "version",
    }
)


def needs_database(arguments: list[str]) -> bool:
    if not arguments or {"-h", "--help", "--version"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_DATABASE


def demo_password(home: Home) -> str:
    """The one password of the demo accounts: as given, else as given or made up before."""
    place = home.root / "demo_password"
    given = os.environ.get("DEMO_PASSWORD", "").strip()
    if given and home.root.is_dir():
        place.unlink(missing_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(given + "\n")
    return given or home.secret("demo_password")[:16]


@contextmanager
def database(arguments: list[str]) -> Iterator[None]:
    """For the length of one command, have the database that its settings name."""
    if os.environ.get("DATABASE_URL") or not needs_database(arguments):
        yield
        return
    from ptvt_portal.local.postgres import Postgres

    home = Home.from_environment()
    # A command that is told to end shall leave by the door, and turn the light off.
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Postgres(home).used():
            os.environ["DEMO_PASSWORD"] = demo_password(home)
            yield
    except LocalError as error:
        sys.exit(str(error))
