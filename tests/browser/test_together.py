"""Working together in a real browser: dividing the work, a word for a colleague, evidence, more time; axe on each."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from consortia import clock
from consortia.models import User
from impact.models import Comment, Evidence, ExtensionRequest, ReportPart
from tests import factories
from tests.browser import axe
from tests.factories import PASSWORD
from tests.impact import files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"


@pytest.fixture
def anna(programme: None) -> User:
    return factories.user("contributor", HIP, name="Anna de Vries")


@pytest.fixture
def coordinator(programme: None, settings: Any, tmp_path: Path) -> User:
    settings.MEDIA_ROOT = tmp_path
    coordinator = factories.user("coordinator", HIP, name="Carla Coördinator")
    factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)
    return coordinator


@pytest.fixture
def page(browser: "Browser", live_server: Any, coordinator: User) -> "Iterator[Page]":
    """The coordinator's, signed in; a complaint of the browser fails the test."""
    heard: list[str] = []
    context = browser.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam", base_url=live_server.url)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "console", lambda said: heard.append(said.text) if said.type == "error" and "of 4" not in said.text else None
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(coordinator.email)
    page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(lambda url: "login" not in url)
    yield page
    context.close()
    assert heard == []


def test_the_work_is_divided_and_a_colleague_is_asked_with_the_keyboard_alone(page: "Page", anna: User) -> None:
    page.goto(f"/rapportages/{HIP}/{PERIOD}/samenwerken")
    assert axe.findings(page) == []
    page.locator('[name="owner:figures:"]').select_option(str(anna.pk))
    page.locator('button[value="assign"]').press("Enter")
    page.wait_for_load_state()
    assert ReportPart.objects.get().owner == anna
    page.locator('button[value="done:headcounts:"]').press("Enter")
    page.wait_for_load_state()

    page.locator("#place").select_option("/figures/assignments/innovation")
    page.locator("details.mentions summary").press("Enter")
    page.get_by_role("button", name="@Anna de Vries").press("Enter")
    page.keyboard.type("klopt 12?")
    page.locator('button[value="comment"]').press("Enter")
    page.wait_for_load_state()

    said = Comment.objects.get()
    assert (said.text, said.mentions.get().user) == ("@Anna de Vries klopt 12?", anna)
    assert axe.findings(page) == []
    page.goto(f"/rapportages/{HIP}/{PERIOD}")
    page.locator("a.said").first.press("Enter")
    page.locator(f'button[value="settle:{said.pk}"]').press("Enter")
    page.wait_for_load_state()
    assert Comment.objects.get().settled_at is not None


def test_evidence_is_added_and_comes_back_as_a_download(page: "Page", tmp_path: Path) -> None:
    page.goto(f"/rapportages/{HIP}/{PERIOD}/bewijs")
    page.locator("#file").set_input_files({"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    page.locator('button[value="add"]').click()
    page.locator("#file\\.error").wait_for()
    assert axe.findings(page) == []
    page.locator("#file").set_input_files({"name": "factuur.pdf", "mimeType": "text/html", "buffer": files.PDF})
    page.locator('button[value="add"]').click()
    page.wait_for_load_state()

    with page.expect_download() as downloaded:
        page.get_by_role("link", name="factuur").click()
    assert Path(downloaded.value.path()).read_bytes() == files.PDF
    assert downloaded.value.suggested_filename == "factuur.pdf"
    assert axe.findings(page) == []
    page.locator(f'button[value="remove:{Evidence.objects.get().pk}"]').click()
    page.wait_for_load_state()
    assert Evidence.objects.get().removed_at is not None


def test_more_time_is_asked_for(page: "Page") -> None:
    page.goto(f"/rapportages/{HIP}/{PERIOD}/uitstel")
    page.locator("main form button[type=submit]").last.click()
    page.locator("#reason\\.error").wait_for()
    assert axe.findings(page) == []
    page.locator("#dueDate").fill((clock.today() + timedelta(days=9)).isoformat())
    page.locator("#reason").fill("De school is dicht")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(lambda url: not url.endswith("uitstel"))

    assert ExtensionRequest.objects.get().reason == "De school is dicht"
    page.goto(f"/rapportages/{HIP}/{PERIOD}/uitstel")
    assert axe.findings(page) == []
