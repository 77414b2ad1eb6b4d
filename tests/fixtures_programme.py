"""The reference data as a fixture: the fifteen HIPs, the codebook, the quarters and the goals.

Loading it takes a second, and most tests need it. It is loaded once for the tests of a module that follow each other,
and each of them runs in a transaction of its own that is undone; a test that really commits has its own. After the
first time its rows are copied in by the owner of the tables, who may do without the triggers that wrote them then.
"""

import io
from functools import cache
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, connections, transaction
from psycopg2.sql import SQL, Identifier
from pytest_django.plugin import DjangoDbBlocker

from consortia.models import Programme
from impact import reference
from tests.emptying import empty


@cache
def _loaded() -> dict[str, str]:
    """Load it, and give what that wrote: the rows by table, as COPY has them."""
    reference.load()
    found = {}
    with connections["owner"].cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table, stream = model._meta.db_table, io.StringIO()
            if table.startswith(("consortia_", "impact_", "events_")):
                cursor.copy_expert(SQL("COPY {} TO STDOUT").format(Identifier(table)), stream)
            if stream.tell():
                found[table] = stream.getvalue()
    return found


def _load() -> None:
    if not _loaded.cache_info().currsize:
        _loaded()
        return
    tables = _loaded()
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(Identifier(table)))
        for table, rows in tables.items():
            cursor.copy_expert(SQL("COPY {} FROM STDIN").format(Identifier(table)), io.StringIO(rows))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(Identifier(table)))


class Shared:
    """The reference data that is committed for the tests of one module, and removed after them."""

    def __init__(self) -> None:
        self.module: object = None
        self.blocker: DjangoDbBlocker | None = None

    def have(self, module: object, blocker: DjangoDbBlocker) -> None:
        """Have it stand in the database for this module; None: not at all."""
        if self.module is module:
            return
        self.blocker = blocker
        with blocker.unblock():
            if self.module is not None:
                empty()
            if module is not None:
                _load()
        self.module = module

    def end(self) -> None:
        if self.blocker is not None:
            self.have(None, self.blocker)


_shared = Shared()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> None:
    """Load it, or remove it, just before pytest-django opens the database to a test."""
    if fixturedef.argname == "_django_db_helper":
        marker = request.node.get_closest_marker("django_db")
        commits = bool(marker and marker.kwargs.get("transaction"))
        wants = "programme" in request.node.fixturenames and not commits
        _shared.have(_module(request.node) if wants else None, request.getfixturevalue("django_db_blocker"))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Remove it with the last test of its module: the next one may begin with data of its own."""
    # After the very last test the database is no longer there.
    if nextitem is not None and _module(nextitem) is not _module(item):
        _shared.end()


def _module(item: pytest.Item) -> object:
    return item.getparent(pytest.Module)


@pytest.fixture
def programme(db: None) -> Programme:
    """What a new installation starts with, loaded as `manage.py load_programme` does."""
    if not Programme.objects.exists():
        # What a test loads within its transaction, or as of another day, is for that test alone.
        is_its_own = connection.in_atomic_block or time_machine.escape_hatch.is_travelling()
        reference.load() if is_its_own else _load()
    return Programme.objects.get()
