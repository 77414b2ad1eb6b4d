"""Every refusal that the domain can give; each surface translates them once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and the place where it can be repaired (a JSON pointer into the draft)."""

    pointer: str
    code: str
    detail: str


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


class DomainError(Exception):
    """A command did not happen, and changed nothing."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(DomainError):
    """The input cannot be true or stored (400). Carries everything that is wrong, all at once."""

    def __init__(self, problems: Sequence[Problem], detail: str = "") -> None:
        super().__init__(detail or "; ".join(str(problem.detail) for problem in problems))
        self.problems = tuple(problems)


class NotVisible(DomainError):
    """The actor may not know that it exists (404)."""


class NotPermitted(DomainError):
    """The actor's role may not do this (403)."""


class NotAllowedNow(DomainError):
    """The state does not allow this step (409)."""


class Stale(DomainError):
    """It was changed first (412). `current` is the tag that a new attempt must build on.

    `conflicts` are the places where both changed something, where the command knows them; `is_own` says that nobody
    but the actor changed it.
    """

    def __init__(
        self, detail: str, *, current: str = "", conflicts: Sequence[object] = (), is_own: bool = False
    ) -> None:
        super().__init__(detail)
        self.current = current
        self.is_own = is_own
        self.conflicts = tuple(conflicts)
