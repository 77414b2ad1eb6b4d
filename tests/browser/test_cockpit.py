"""A reviewer goes through a quarter with the keyboard; and what axe says of the cockpit's pages."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from consortia import clock
from consortia.models import Role, User
from impact import follow_ups, reporting
from impact import programme as office
from impact.models import ReportVersion
from tests import factories
from tests.browser import axe
from tests.factories import company, figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

PAST, PERIOD = ("2025Q2", "2025Q3", "2025Q4"), "2026Q1"


@pytest.fixture
def reviewer(programme: Any) -> User:
    """With three reports that wait, one of which is odd."""
    office.open_quarters()
    for hip in ("scale", "people", "snel"):
        for period in PAST:
            factories.reported(hip, period, figure("assignments", 20), company(1))
    factories.reported("scale", PERIOD, figure("assignments", 400), company(1), upto="submitted")
    factories.reported("people", PERIOD, figure("assignments", 21), company(2), upto="submitted")
    factories.reported("snel", PERIOD, figure("assignments", 19), company(3), upto="submitted")
    return factories.user(Role.REVIEWER, name="Rosa Reviewer")


def _sign_in(page: "Page", address: str, user: User) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


def _status(hip: str) -> str:
    return ReportVersion.objects.filter(report__consortium__slug=hip, report__quarter=PERIOD).latest("number").status


def test_a_quarter_is_reviewed_with_the_keyboard_alone(page: "Page", live_server: Any, reviewer: User) -> None:
    _sign_in(page, live_server.url, reviewer)
    page.set_viewport_size({"width": 1440, "height": 900})
    cockpit = f"{live_server.url}/beoordelen?kwartaal={PERIOD}"

    # The first odd value, opened and returned with a message.
    page.goto(cockpit)
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(re.compile(f"/beoordelen/scale/{PERIOD}"))
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.value") == "return"
    page.locator("#comment").focus()
    page.keyboard.type("Zijn dit er echt 400? (a, r en j typen hier gewoon)")
    page.keyboard.press("Tab")
    page.locator("[data-decide='return']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/beoordelen(\\?|$)"))
    assert _status("scale") == "returned"

    # The rest in bulk; one of them is decided by a colleague in the meantime.
    page.goto(cockpit)
    page.keyboard.press("a")
    page.wait_for_url(re.compile("/beoordelen/goedkeuren"))
    assert (_status("people"), _status("snel")) == ("submitted", "submitted")
    version = ReportVersion.objects.get(report__consortium__slug="snel", report__quarter=PERIOD)
    reporting.review(
        actor=factories.user(Role.REVIEWER),
        consortium="snel",
        quarter=PERIOD,
        decision="return",
        content_hash=version.content_hash,
        comment="Nog even wachten.",
    )
    page.locator("#decision").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="1 rapportage goedgekeurd").wait_for()

    assert page.get_by_role("heading", name="1 is niet goedgekeurd").is_visible()
    assert "SNEL" in page.locator(".banner--warning").inner_text()
    assert (_status("people"), _status("snel")) == ("accepted", "returned")


def test_the_keys_are_off_in_fields_and_where_they_were_switched_off(
    page: "Page", live_server: Any, reviewer: User
) -> None:
    _sign_in(page, live_server.url, reviewer)
    page.goto(f"{live_server.url}/beoordelen?kwartaal={PERIOD}")

    page.locator("#kwartaal").focus()
    page.keyboard.press("j")
    assert page.locator(".is-walked").count() == 0

    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.locator("[data-shortcuts-on]").uncheck()
    page.reload()
    page.keyboard.press("j")
    assert page.locator(".is-walked").count() == 0


@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_and_nothing_sticks_out(page: "Page", live_server: Any, reviewer: User, width: int) -> None:
    follow_ups.mark(
        actor=reviewer,
        consortium="scale",
        quarter=PERIOD,
        text="Bellen over de opdrachten.",
        owner=reviewer,
        due_date=clock.today() + timedelta(days=5),
        place="/figures/assignments/innovation",
    )
    version = ReportVersion.objects.get(report__consortium__slug="people", report__quarter=PERIOD)
    _sign_in(page, live_server.url, reviewer)
    page.set_viewport_size({"width": width, "height": 900})

    for path in (
        f"/beoordelen?kwartaal={PERIOD}",
        f"/en/beoordelen/scale/{PERIOD}",
        f"/beoordelen/goedkeuren?kwartaal={PERIOD}&rapport=people:{version.content_hash}",
        "/en/beoordelen/opvolging",
        f"/beoordelen/scale/{PERIOD}/opvolging",
    ):
        page.goto(f"{live_server.url}{path}")
        assert axe.findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
