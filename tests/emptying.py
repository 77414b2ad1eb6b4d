"""Empties the test database after a test that really commits.

Django's `flush` truncates every table, filled or not, and then writes the content types and permissions anew: a second
and more each time, at several hundred tests. Here only what is filled is truncated, and those two stay.
"""

from functools import cache

from django.db import connections
from django.test import TransactionTestCase
from psycopg2.sql import SQL, Identifier, Literal

# Written by `migrate`, the same for every test, and referring to nothing else.
STAYS = {"django_content_type", "auth_permission", "django_migrations"}


@cache
def _filled() -> SQL:
    """The query for the tables that hold a row."""
    tables = sorted(set(connections["owner"].introspection.table_names()) - STAYS)
    one = SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
    return SQL(" UNION ALL ").join(one.format(Literal(table), Identifier(table)) for table in tables)


def empty() -> None:
    """Truncate, as the owner, every table that holds a row."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(_filled())
        if tables := [Identifier(name) for (name,) in cursor.fetchall()]:
            cursor.execute(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(tables)))


def instead_of_flush() -> None:
    """Have every test case that commits end with `empty`."""
    TransactionTestCase._fixture_teardown = lambda _: empty()  # type: ignore[attr-defined]
