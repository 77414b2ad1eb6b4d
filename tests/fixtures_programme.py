"""The reference data as a fixture: the fifteen HIPs, the codebook, the quarters and the goals.

Loading it takes a second, and most tests need it. It is loaded once for the tests of a module that follow each other,
and each of them runs within the transaction that loaded it and is undone. A test that really commits loads its own.
"""

from typing import Any

import pytest
from django.db import connection, transaction

from consortia.models import Programme
from impact import reference


class Shared:
    """The transaction in which the reference data of a module stands."""

    def __init__(self) -> None:
        self._module: object = None
        self._transaction: transaction.Atomic | None = None

    def is_for(self, module: object) -> bool:
        return self._transaction is not None and self._module is module and not connection.closed_in_transaction

    def open(self, module: object) -> None:
        self._module, self._transaction = module, transaction.atomic()
        self._transaction.__enter__()
        reference.load()

    def close(self) -> None:
        if self._transaction is not None:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)
        self._module = self._transaction = None


shared = Shared()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> None:
    """Before pytest-django opens the database to a test: have the reference data stand there, or not."""
    if fixturedef.argname != "_django_db_helper":
        return
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction"))
    module = request.node.getparent(pytest.Module)
    wants = "programme" in request.node.fixturenames and not commits
    if wants and shared.is_for(module):
        return
    with request.getfixturevalue("django_db_blocker").unblock():
        shared.close()
        if wants:
            shared.open(module)


@pytest.fixture
def programme(db: None) -> Programme:
    """What a new installation starts with, loaded as `manage.py load_programme` does."""
    if not Programme.objects.exists():
        reference.load()
    return Programme.objects.get()
