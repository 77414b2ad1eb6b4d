"""What every test may use. Data comes from `tests/factories.py`."""

import contextlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.core.cache import cache
from django.db import OperationalError, connections
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from tests.emptying import empty, instead_of_flush

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ["tests.fixtures_programme"]

CHROMIUM = Path("/usr/bin/chromium")

# How long an example takes says how busy the machine is; what takes long is measured by `make bench`.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have every test that really commits cleaned up after by the owner: the application's role may not truncate."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        names = set(getattr(item, "fixturenames", ()))
        commits = (marker is not None and marker.kwargs.get("transaction")) or names & {
            "transactional_db",
            "live_server",
        }
        if commits:
            kept = {key: value for key, value in marker.kwargs.items() if key != "databases"} if marker else {}
            kept |= {"transaction": True, "databases": ["default", "owner"]}
            item.add_marker(pytest.mark.django_db(**kept), append=False)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Generator[None]:
    """Make the test database as its owner, whichever connection the chosen tests ask for.

    pytest-django sets up only what they ask for; the application's connection would then stay with the real database.
    With `--reuse-db`, on a server that `DATABASE_URL` names, it stays for the next run, which then begins at once.
    """
    instead_of_flush()
    verbosity, stays = request.config.option.verbose, request.config.option.reuse_db
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=verbosity, interactive=False, keepdb=stays)
        if stays:
            empty()
    yield
    with django_db_blocker.unblock():
        # A database that is still in use cannot be dropped, and it is in use by the application's connection.
        connections.close_all()
        # A thread of a test may be slower to let go; the servers of the tests end with the session anyway.
        with contextlib.suppress(OperationalError):
            teardown_databases(made, verbosity=verbosity, keepdb=stays)


@pytest.fixture(autouse=True)
def language_of_the_portal() -> None:
    """A page that one test opened in English does not make the next test speak English."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def empty_cache(request: pytest.FixtureRequest) -> None:
    """Rate limits and cached answers of one test are not those of the next."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium; where it is not there its tests are skipped, or with REQUIRE_BROWSER=1 fail."""
    if not CHROMIUM.exists():
        message = f"no browser at {CHROMIUM} (apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, in which Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    if os.getuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page of a new visitor with a Dutch browser."""
    context = browser.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
