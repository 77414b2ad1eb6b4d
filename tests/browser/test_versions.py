"""Versions side by side, the history and the manual in a real browser: what axe says, and how they fit on a phone."""

from typing import Any

import pytest
from django.test import Client

from consortia.models import Role, User
from impact import programme as office
from impact import reporting
from tests import factories
from tests.browser import axe
from tests.factories import company, figure, headcount, unidentified

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
PLACE = f"/rapportages/{HIP}/{PERIOD}"


@pytest.fixture
def coordinator(programme: Any) -> User:
    """Of a HIP with a returned version and a draft that follows it."""
    office.open_quarters()
    who = factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")
    where = {"consortium": HIP, "quarter": PERIOD}
    first = (figure("assignments", 12), company(1), company(2), unidentified(3), headcount(120, 80, category="mbo"))
    factories.reported(
        HIP, PERIOD, *first, upto="returned", coordinator=who, comment="Kijk nog eens naar de opdrachten."
    )
    second = (
        figure("assignments", 10),
        company(1, involvement="training"),
        company(4),
        headcount(130, 85, category="mbo"),
    )
    reporting.fill(actor=who, lines=factories.lines(*second), base="*", **where)
    return who


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize(
    "path",
    ["/handleiding", "/en/handleiding", f"{PLACE}/versies", f"{PLACE}/versies/vergelijken",
     f"/en{PLACE}/versies/vergelijken?alles=1"],
)  # fmt: skip
def test_axe_finds_nothing_and_nothing_sticks_out(
    page: Any, live_server: Any, coordinator: User, path: str, width: int
) -> None:
    client = Client()
    client.force_login(coordinator)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{live_server.url}{path}")

    assert axe.findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
