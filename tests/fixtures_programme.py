"""The reference data as a fixture: the fifteen HIPs, the codebook, the quarters and the goals.

Loading it takes a second, and most tests need it. It is loaded once for the tests of a module that follow each other,
and each of them runs in a transaction of its own that is undone. A test that really commits loads its own.
"""

from typing import Any

import pytest
from django.core.management import call_command

from consortia.models import Programme
from impact import reference


class Shared:
    """The reference data that is committed for the tests of one module, and removed after them."""

    def __init__(self) -> None:
        self.module: object = None

    def open(self, module: object) -> None:
        reference.load()
        self.module = module

    def close(self) -> None:
        if self.module is not None:
            self.module = None
            call_command("flush", verbosity=0, interactive=False, database="owner")


shared = Shared()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> None:
    """Have the reference data stand in the database, or not, before pytest-django opens it to a test."""
    if fixturedef.argname != "_django_db_helper":
        return
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction"))
    module = request.node.getparent(pytest.Module)
    wanted = module if "programme" in request.node.fixturenames and not commits else None
    if shared.module is wanted:
        return
    with request.getfixturevalue("django_db_blocker").unblock():
        shared.close()
        if wanted:
            shared.open(wanted)


@pytest.fixture
def programme(db: None) -> Programme:
    """What a new installation starts with, loaded as `manage.py load_programme` does."""
    if not Programme.objects.exists():
        reference.load()
    return Programme.objects.get()
