"""Somebody tries the API in the browser."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests import factories
from tests.browser import axe
from tests.factories import company

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]


def test_a_call_is_filled_in_and_its_answer_shown_with_the_command(page: "Page", live_server: Any) -> None:
    from playwright.sync_api import expect

    factories.reported("scale", "2025Q1", company(1), company(2))
    page.goto(f"{live_server.url}/en/data/api/proberen#listRollUps")
    call = page.locator("#listRollUps")
    call.locator("[name=period]").fill("2025Q1, 2025Q2")
    call.get_by_role("button", name="Ask").click()

    expect(call.locator("[data-status]")).to_contain_text("200")
    body = json.loads(call.locator("[data-body]").inner_text())
    assert [(row["period"], row["value"]) for row in body["results"]] == [("2025Q1", 2), ("2025Q2", None)]
    assert "period=2025Q1&period=2025Q2" in call.locator("[data-command]").inner_text()
    assert axe.findings(page) == []


def test_a_key_is_sent_and_not_shown(page: "Page", live_server: Any) -> None:
    from playwright.sync_api import expect

    page.goto(f"{live_server.url}/data/api/proberen#listReports")
    page.locator("[data-key]").fill("no key that anybody has")
    call = page.locator("#listReports")
    call.get_by_role("button", name="Vraag op").click()

    expect(call.locator("[data-status]")).to_contain_text("401")
    assert "no key that anybody has" not in call.inner_text()
    assert "$TOKEN" in call.locator("[data-command]").inner_text()
