"""Processes that are kept alive, each in a session of its own, with their output line by line under their name.

Everything happens in one thread, so that a child can be told, between fork and exec, to end when its parent does.
"""

import contextlib
import ctypes
import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ptvt_portal.local.home import LocalError
from ptvt_portal.local.locks import Lock

PR_SET_PDEATHSIG = 1
LONG_ENOUGH = 5.0

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with(parent: int) -> Callable[[], None]:
    """What a child does between fork and exec so that it ends when its parent does, even by kill -9 (on Linux)."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


class Child:
    """One process. While it lives, it holds the lock on `note`, a file with its number.

    The lock is handed down to all that it starts, so a note that can be locked belongs to nobody any more, and a number
    in a locked one is not that of a stranger.
    """

    def __init__(
        self, name: str, command: list[str], *, note: Path, environment: Mapping[str, str], needed: bool = False
    ) -> None:
        self.name = name
        self.command = command
        self.note = note
        self.environment = environment
        self.needed = needed
        self.patience = 20.0
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.again = 0.0
        self.failures = 0

    def start(self) -> None:
        lock = Lock(self.note)
        if not lock.take():
            self._end_leftover(lock)
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.environment),
            start_new_session=True,
            pass_fds=(lock.descriptor,),
            preexec_fn=end_with(os.getpid()),
        )
        lock.note(self.process.pid)
        lock.close()
        self.started = time.monotonic()
        assert self.process.stdout is not None
        flags = fcntl.fcntl(self.process.stdout, fcntl.F_GETFL)
        fcntl.fcntl(self.process.stdout, fcntl.F_SETFL, flags | os.O_NONBLOCK)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_end(self) -> None:
        """Signal the main process only: it knows how to end its own ones."""
        if self.alive():
            assert self.process is not None
            self.process.terminate()

    def kill(self) -> None:
        """End the process and all that it started and that outlived it."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _end_leftover(self, lock: Lock) -> None:
        """End the process of an earlier start whose supervisor was killed."""
        number = lock.noted()
        if number is None:
            raise LocalError(f"a process of an earlier start still holds {self.note}; end it, then try again")
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)
        deadline = time.monotonic() + self.patience
        while not lock.take():
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(number, signal.SIGKILL)
            if time.monotonic() > deadline + LONG_ENOUGH:
                raise LocalError(f"process {number} of an earlier start does not end; end it, then try again")
            time.sleep(0.05)


class Children:
    """A group of children: their output, their returning to life, and their end in order."""

    def __init__(self) -> None:
        self.kept: list[Child] = []
        self.stopping = False
        self.hurry = False
        self._selector = selectors.DefaultSelector()
        self._partial: dict[int, bytes] = {}

    def listen_to_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        self.hurry = self.stopping and number == signal.SIGINT
        self.stopping = True

    def add(self, child: Child) -> Child:
        """Start a child and keep it alive from now on."""
        self._start(child)
        self.kept.append(child)
        return child

    def run(self, child: Child) -> int:
        """Run a child to its end, or until we are told to stop; its exit code."""
        self._start(child)
        while child.alive() and not self.stopping:
            self.listen(0.05)
        if self.stopping:
            self.end(child)
        self.listen(0)
        assert child.process is not None
        return child.process.wait()

    def listen(self, seconds: float) -> None:
        """Pass on what the children say, for at most this long."""
        for key, _ in self._selector.select(seconds):
            name: str = key.data
            content = os.read(key.fd, 65536)
            if not content:
                self._selector.unregister(key.fileobj)
                rest = self._partial.pop(key.fd, b"")
                content = b"\n" if rest else b""
                key.fileobj.close()  # type: ignore[union-attr]
                self._say(name, rest + content)
                continue
            whole, newline, rest = (self._partial.get(key.fd, b"") + content).rpartition(b"\n")
            self._partial[key.fd] = rest
            self._say(name, whole + newline)

    def _say(self, name: str, content: bytes) -> None:
        for line in content.decode(errors="replace").splitlines():
            print(f"{name:<8}| {line}", flush=True)

    def keep_alive(self) -> None:
        """Start again what has died: at once, and more slowly what dies again and again."""
        now = time.monotonic()
        for child in self.kept:
            if child.alive():
                continue
            if child.process is not None:
                code = child.process.returncode
                child.kill()
                child.failures = 0 if now - child.started > LONG_ENOUGH else child.failures + 1
                child.again = now + min(0.5 * max(child.failures - 1, 0), 10)
                child.process = None
                self._say(child.name, f"ended ({code}), starts again".encode())
            if now >= child.again:
                self._start(child)

    def end(self, child: Child) -> None:
        """Ask a child to end, wait for it, and kill it when it takes too long."""
        child.ask_to_end()
        deadline = time.monotonic() + child.patience
        while child.alive() and time.monotonic() < deadline and not self.hurry:
            self.listen(0.05)
        child.kill()
        self.listen(0)

    def end_all(self) -> None:
        """End all at once, but those that others need only after these."""
        for child in reversed(self.kept):
            if not child.needed:
                child.ask_to_end()
        self.kept.sort(key=lambda child: child.needed)
        while self.kept:
            self.end(self.kept.pop(0))

    def _start(self, child: Child) -> None:
        child.start()
        assert child.process is not None
        assert child.process.stdout is not None
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child.name)
