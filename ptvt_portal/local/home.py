"""Where the local portal keeps its things, and under which names its servers are reached."""

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]

# PostgreSQL refuses to run as root; this is "nobody" on every Unix.
NOBODY = 65534

DATABASE = "portal"
OWNER_ROLE = "portal_owner"
APPLICATION_ROLE = "portal_app"


class LocalError(Exception):
    """Something that the person at the keyboard can mend; the message says how."""


@dataclass(frozen=True)
class Home:
    """A folder with one local portal: its database, broker, media, secrets and the notes about its processes."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        return cls((CHECKOUT / os.environ.get("PORTAL_HOME", ".portal")).resolve())

    @property
    def run(self) -> Path:
        """One file per process, held locked as long as the process lives, with its number in it."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def sockets(self) -> Path:
        """A short folder for the sockets: their paths may not exceed about 100 characters, a checkout's may.

        It follows from the home alone, so that every process finds the same one whatever its environment.
        """
        name = hashlib.sha256(f"{os.getuid()}:{self.root}".encode()).hexdigest()[:16]
        return Path("/tmp") / f"ptvt-portal-{name}"  # noqa: S108  (its owner and mode are checked before use)

    @property
    def database_socket(self) -> Path:
        return self.sockets / "postgres"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "broker" / "redis.sock"

    @property
    def database_url(self) -> str:
        return self._postgres_url(APPLICATION_ROLE)

    @property
    def database_owner_url(self) -> str:
        return self._postgres_url(OWNER_ROLE)

    def _postgres_url(self, role: str) -> str:
        return f"postgres://{role}@{quote(str(self.database_socket), safe='')}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.broker_socket}?db=0"

    def prepare(self) -> None:
        """Make the folders. Others on the machine see nothing in them but the way to the database's own folder."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711 if os.getuid() == 0 else 0o700)
            for folder in (self.run, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            raise LocalError(f"{self.root} cannot be used by this user ({error}); choose another PORTAL_HOME") from None
        private_folder(self.sockets, owner=os.getuid(), mode=0o711 if os.getuid() == 0 else 0o700)
        private_folder(self.broker_socket.parent, owner=os.getuid())

    def tidy(self) -> None:
        """Take away the folders of the sockets, unless there is still one in them."""
        for folder in (self.broker_socket.parent, self.database_socket, self.sockets):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def discard(self) -> None:
        """Remove the home with all that it keeps elsewhere; its servers must have ended."""
        elsewhere = self.root / "postgres"
        if elsewhere.is_symlink():
            shutil.rmtree(elsewhere.resolve(), ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)

    def secret(self, name: str) -> str:
        """A random text that stays the same as long as the home exists; before that, a new one each time."""
        if not self.root.is_dir():
            return secrets.token_urlsafe(48)
        path = self.root / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            value = secrets.token_urlsafe(48)
            file.write(value + "\n")
        return value


def private_folder(path: Path, *, owner: int, mode: int = 0o700) -> None:
    """Make a folder that belongs to `owner`; refuse one that somebody else put there before us.

    Raises:
        LocalError: the folder is not ours.
    """
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.getuid()}:
            raise LocalError(f"{path} belongs to somebody else; remove it, or choose another PORTAL_HOME") from None
    if path.lstat().st_uid != owner:
        os.chown(path, owner, owner)
    path.chmod(mode)


def open_to_others(path: Path) -> bool:
    """Whether any user of this machine can reach the folder."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents])
