"""Returning two cells in a real browser: marked by the reviewer, changed by the HIP, and all the rest stays."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from consortia.models import Role, User
from impact import drafts, edits
from impact import programme as office
from impact.standing import standing
from tests import factories
from tests.browser import axe
from tests.factories import company, figure, headcount, unidentified

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
PLACE = f"/rapportages/{HIP}/{PERIOD}"
ROWS = (
    figure("assignments", 12), figure("assignments", 5, action_line="talent"),
    figure("cofinancing-cash", "12500.25", action_line=None),
    company(1), company(2, action_line="talent"), unidentified(3),
    headcount(120, 80, category="mbo"), headcount(7, 0, group="employees"),
)  # fmt: skip


@pytest.fixture
def coordinator(programme: Any) -> User:
    office.open_quarters()
    who = factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")
    factories.reported(HIP, PERIOD, *ROWS, upto="submitted", coordinator=who)
    return who


def sign_in(page: Any, live_server: Any, user: User) -> None:
    client = Client()
    client.force_login(user)
    page.context.clear_cookies()
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])


def looks_right(page: Any, name: str) -> None:
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
        assert axe.findings(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.set_viewport_size({"width": 1440, "height": 900})


def stored(user: User) -> dict[str, Any]:
    version = standing(user, HIP, PERIOD).version
    assert version is not None
    return {key: edits.row(line) for key, line in edits.keyed(drafts.lines_of(version)).items()}


def test_two_cells_come_back_and_only_those_can_be_changed(page: Any, live_server: Any, coordinator: User) -> None:
    page.context.set_default_timeout(60_000)
    sign_in(page, live_server, factories.user(Role.REVIEWER, name="Bea Beoordelaar"))
    page.goto(f"{live_server.url}/beoordelen/{HIP}/{PERIOD}")
    cell = page.locator("details.return-cell", has=page.locator('[name="returned:/figures/assignments/innovation"]'))
    cell.locator("summary").click()
    cell.locator("textarea").fill("Dit is de som van twee kwartalen.")
    page.locator('[name="chosen.0.place"]').select_option("/participations/00000002")
    page.locator('[name="chosen.0.message"]').fill("Deed dit bedrijf mee?")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / "review-1440.png"), full_page=True)
    page.locator('button[name="decision"][value="return"]').click()
    page.wait_for_url(lambda url: url.endswith("/beoordelen"))
    before = stored(coordinator)

    sign_in(page, live_server, coordinator)
    page.goto(f"{live_server.url}/werk")
    looks_right(page, "work")
    page.goto(f"{live_server.url}{PLACE}?sectie=figures")
    page.wait_for_selector(".grid-foot:not([hidden])")
    assert page.locator(".open-cells li").count() == 2
    looks_right(page, "figures")
    field = page.locator('[name="figure.assignments.innovation.value"]')
    fixed = page.locator('[name="figure.assignments.talent.value"]')
    assert fixed.evaluate("field => field.readOnly && field.tabIndex === -1")
    # A block from a spreadsheet lands in what is open; the rest says that it is fixed.
    fixed.evaluate(
        """field => {
            field.focus();
            const data = new DataTransfer();
            data.setData("text/plain", "9\\t9\\t10");
            field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    assert (fixed.input_value(), field.input_value()) == ("5", "10")
    field.press("Enter")
    page.wait_for_selector('td[data-cell="figure.assignments.innovation"][data-state="saved"]')
    page.goto(f"{live_server.url}{PLACE}?sectie=participations")
    page.wait_for_selector("[data-foot]:not([hidden])")
    assert page.locator("tr[data-fixed]").count() == 1
    looks_right(page, "organisations")
    row = page.locator('tr[data-key="00000002"]')
    row.locator('td[data-line="innovation"]').click()
    with page.expect_response("**/organisaties"):
        page.keyboard.press("Enter")
    fixed_row = page.locator('tr[data-key="00000001"]')
    fixed_row.locator('td[data-line="talent"]').click()
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    page.goto(f"{live_server.url}{PLACE}?sectie=headcounts")
    page.wait_for_selector(".grid-foot:not([hidden])")
    looks_right(page, "headcounts")
    page.goto(f"{live_server.url}/en{PLACE}/controle")
    looks_right(page, "check")

    after = stored(coordinator)
    assert after.pop("/participations/00000002/innovation/project") is not None
    assert after.pop("/figures/assignments/innovation")["value"] == 10
    assert after == {key: row for key, row in before.items() if key != "/figures/assignments/innovation"}
