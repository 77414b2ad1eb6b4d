"""Locks between processes. The kernel lets go of them when their holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """A lock file, opened: closing it, or the end of the process, releases it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def wait(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def share(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def take(self) -> bool:
        """Hold it alone, if nobody else holds it."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def note(self, number: int) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{number}\n".encode(), 0)

    def noted(self) -> int | None:
        content = os.pread(self.descriptor, 32, 0).strip()
        return int(content) if content.isdigit() else None

    def close(self) -> None:
        os.close(self.descriptor)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    lock = Lock(path)
    try:
        lock.wait()
        yield
    finally:
        lock.close()
