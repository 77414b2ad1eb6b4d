"""A list of organisations as a file, in a real browser: what axe says of every step, the progress of a long list."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from consortia.models import Role
from tests import factories
from tests.browser import axe
from tests.impact.test_organisation_list_pages import HIP, MIXED, PERIOD, long_list

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]


@pytest.fixture
def start(page: "Page", live_server) -> str:
    client = Client()
    client.force_login(factories.user(Role.COORDINATOR, HIP))
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return f"{live_server.url}/rapportages/{HIP}/{PERIOD}/lijst"


def hand_in(page: "Page", start: str, text: str) -> None:
    page.goto(start)
    page.set_input_files("#file", {"name": "lijst.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.click("main form button[type=submit]")
    page.wait_for_selector("#columns")


def test_axe_finds_nothing_on_the_way_from_the_file_to_the_preview(page, start):
    page.goto(start)
    found = axe.findings(page)
    hand_in(page, start, MIXED)
    found += axe.findings(page)
    page.select_option("select[name='column.0']", "")
    page.click("button[value=columns]")
    page.wait_for_selector(".error-summary")
    found += axe.findings(page)
    page.select_option("select[name='column.0']", "kvk")
    page.click("button[value=columns]")
    page.wait_for_selector("button[value=good]")
    found += axe.findings(page)

    assert found == []


def test_a_long_list_shows_its_progress_and_then_what_it_adds(page, start):
    """There is no worker here: after some seconds the page that waits has the list read itself."""
    hand_in(page, start, long_list(5_000))
    page.click("button[value=columns]")
    page.wait_for_selector("[data-reading]")
    found = axe.findings(page)
    page.wait_for_selector("button[value=all]", timeout=90_000)

    assert found == []


def test_without_javascript_the_page_that_waits_refreshes_itself(browser, page, start):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    hand_in(plain, start, long_list(5_000))
    plain.click("button[value=columns]")
    plain.wait_for_selector("[data-reading]")
    plain.wait_for_selector("button[value=all]", timeout=90_000)
    plain.click("button[value=all]", timeout=90_000)
    plain.wait_for_selector(".messages", timeout=90_000)
    context.close()
