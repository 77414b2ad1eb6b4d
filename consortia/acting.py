"""On whose behalf the program works at this moment, for the history of reference data (`consortia.models.tracking`).

Set around a request, a task or a command of `manage.py`; what happens outside of these is done by nobody that the
portal knows, say in SQL.
"""

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pghistory


def somebody(user: UUID | None, *, door: str) -> AbstractContextManager[Any]:
    """A person who came in by this door: an address of a page, or `api`."""
    return pghistory.context(user=str(user) if user else None, door=door)


def program(name: str) -> AbstractContextManager[Any]:
    """A task or a command, by its name."""
    return pghistory.context(program=name)


def is_really(user: UUID) -> None:
    """Who it is shows only now, say by an API token, or because a task works for somebody."""
    pghistory.context(user=str(user))
