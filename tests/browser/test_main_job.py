"""The main job, as people do it in a real browser: a coordinator reports, somebody else accepts, everybody sees it."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.translation import gettext, ngettext, override

from consortia.models import Role, User
from impact import programme as office
from impact.models import VersionStatus
from impact.standing import standing
from tests import factories
from tests.factories import PASSWORD, company, figure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, BEFORE, PERIOD = "scale", "2023Q3", "2023Q4"
SECONDS = 30
"""How long a page may wait for the worker here; how soon it is there is for `make bench` to say."""


def nl(text: str) -> str:
    """The text as a Dutch visitor reads it."""
    with override("nl"):
        return gettext(text)


@pytest.fixture
def complaints(browser: "Browser") -> Iterator[list[str]]:
    """What any page of this test said on the console, a broken content security policy included."""
    heard: list[str] = []
    yield heard
    assert heard == []


class Person:
    """Somebody with a browser of their own, who finds things by what they are called."""

    def __init__(self, browser: "Browser", address: str, complaints: list[str]) -> None:
        context = browser.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam")
        context.set_default_timeout(15_000)
        self.address = address
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self._listen(message, complaints))
        self.page.on("pageerror", lambda error: complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())

    @staticmethod
    def _listen(message: "ConsoleMessage", complaints: list[str]) -> None:
        # That a refused form answers 4xx is what it should do; the browser remarks on it all the same.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            complaints.append(f"{message.text} at {message.location}")

    def sign_in(self, user: User) -> None:
        self.page.goto(f"{self.address}/werk")
        self.page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(user.email)
        self.page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name=nl("Sign in")).click()
        self.page.get_by_role("heading", name=nl("My work"), level=1).wait_for()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=nl(name), exact=True).click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def reads(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()


@pytest.fixture
def people() -> dict[str, User]:
    return {
        "coordinator": factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator"),
        "reviewer": factories.user(Role.REVIEWER, name="Bea Beoordelaar"),
    }


def _companies(address: str) -> Any:
    with urllib.request.urlopen(f"{address}/api/v1/progress", timeout=10) as answer:
        goals = json.load(answer)
    rows = goals["results"] if isinstance(goals, dict) else goals
    latest = next(goal for goal in rows if goal["indicator"] == "companies")["latest"]
    return latest and (latest["period"], latest["value"])


def test_a_quarter_from_the_first_figure_to_the_public_page(
    browser: "Browser", live_server: Any, people: dict[str, User], complaints: list[str]
) -> None:
    office.open_quarters()
    factories.reported(
        HIP, BEFORE, figure("assignments", 12), company("69599084", name="Test EMZ Dagobert"),
        coordinator=people["coordinator"], reviewer=people["reviewer"],
    )  # fmt: skip
    address = live_server.url
    coby = Person(browser, address, complaints)
    coby.sign_in(people["coordinator"])

    # The quarter that is due, and in it a number that is no number here.
    coby.follow(re.compile(r"SCALE.*2023.K4"))
    coby.page.get_by_label("Bedrijfsopdrachten, innovatie").fill("1.200,5")
    coby.page.get_by_label("Cofinanciering in geld").fill("12.500,25")
    coby.press("Save")
    coby.page.get_by_role("alert").or_(coby.page.locator(".error-summary")).first.wait_for()
    wrong = coby.page.get_by_label("Bedrijfsopdrachten, innovatie")
    assert (wrong.input_value(), wrong.get_attribute("aria-invalid")) == ("1.200,5", "true")
    assert coby.page.get_by_label("Cofinanciering in geld").input_value() == "12.500,25"
    wrong.fill("1.200")
    coby.press("Save")
    coby.reads(nl("Saved."))

    # Organisations: one from the register, found while typing; one by its number; two pasted.
    coby.follow(re.compile(nl("Organisations")))
    coby.page.get_by_label(nl("Name or KVK number")).fill("dagobert")
    coby.page.get_by_role("button", name=re.compile(rf"^{re.escape(nl('Add'))} Test EMZ Dagobert")).click()
    coby.page.locator("tbody[data-group=confirmed]", has_text="Test EMZ Dagobert").wait_for()
    coby.page.get_by_label(nl("Name or KVK number")).fill("68727720")
    coby.press("Search the register")
    coby.follow(re.compile("68727720"))
    coby.page.get_by_label(nl("Name"), exact=False).last.fill("Nieuw Techniek BV")
    _tick(coby, "innovatie van de beroepspraktijk", nl("training"))
    coby.press("Save")
    coby.page.get_by_text(nl("Add several at once, from Excel")).click()
    several = coby.page.locator("form", has=coby.page.get_by_label(nl("KVK numbers")))
    several.get_by_label(nl("KVK numbers")).fill("68750110\tPlakken BV\n69599068\tKlikken BV\n")
    several.get_by_label(nl("Action line")).select_option(index=1)
    several.get_by_label(nl("Takes part through")).select_option(nl("network"))
    several.get_by_label(nl("Type, where the register does not know it")).select_option("company")
    coby.press("Add these")
    with override("nl"):
        coby.reads(
            ngettext("%(number)d organisation was added.", "%(number)d organisations were added.", 2) % {"number": 2}
        )

    # Head counts.
    coby.page.get_by_role("navigation", name=nl("Parts of this report")).get_by_role(
        "link", name=re.compile(nl("Participants"))
    ).click()
    for label, text in ((nl("Head count"), "120"), (nl("Of whom for the first time this school year"), "80")):
        with override("nl"):
            coby.page.get_by_label(gettext("%(field)s, row %(number)d") % {"field": label, "number": 1}).fill(text)
    with override("nl"):
        first = {"number": 1}
        group = coby.page.get_by_label(gettext("%(field)s, row %(number)d") % {"field": nl("Group"), **first})
        line = coby.page.get_by_label(gettext("%(field)s, row %(number)d") % {"field": nl("Action line"), **first})
    group.select_option("students")
    line.select_option("talent")
    coby.press("Save and check")

    # One question: a hundred times as many assignments. It is answered here and confirmed on the last page.
    question = coby.page.get_by_role("textbox", name=re.compile("Bedrijfsopdrachten"))
    question.fill("Een groot project met alle studenten")
    coby.press("On to submitting")
    coby.reads("12.500,25")
    assert coby.page.get_by_role("textbox", name=re.compile("Bedrijfsopdrachten")).input_value().startswith("Een groot")
    coby.press("Submit")
    coby.reads(nl("Submitted, waiting for a reviewer."))
    assert _companies(address) == (BEFORE, 1)

    # Somebody else looks and accepts.
    bea = Person(browser, address, complaints)
    bea.sign_in(people["reviewer"])
    bea.follow(re.compile(r"SCALE.*2023.K4"))
    bea.reads("Een groot project met alle studenten")
    visitor = Person(browser, address, complaints)
    visitor.page.goto(address)
    assert _headline(visitor) == "1"
    clicked = time.monotonic()
    bea.press("Accept")
    while _companies(address) != (PERIOD, 4):
        assert time.monotonic() - clicked < SECONDS
    visitor.page.reload(wait_until="commit")
    shown = _headline(visitor)
    assert time.monotonic() - clicked < SECONDS
    assert shown == "4"
    bea.page.get_by_role("heading", name=nl("Reviews"), level=1).wait_for()
    coby.page.goto(f"{address}/rapportages/{HIP}/{PERIOD}")
    coby.reads(nl("Accepted: these figures count."))


def _headline(visitor: Person) -> str:
    """The one number of the public page."""
    return visitor.page.get_by_role("heading", level=1).locator("strong").inner_text()


def _tick(person: Person, action_line: str, involvement: str) -> None:
    part = person.page.get_by_role("group", name=re.compile(action_line, re.IGNORECASE)).last
    part.get_by_label(involvement, exact=True).check()


def test_nobody_accepts_what_they_submitted_themselves(
    browser: "Browser", live_server: Any, people: dict[str, User], complaints: list[str]
) -> None:
    both = people["coordinator"]
    both.memberships.create(role=Role.REVIEWER)
    office.open_quarters()
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=both)
    coby = Person(browser, live_server.url, complaints)
    coby.sign_in(both)

    coby.page.goto(f"{live_server.url}/beoordelen/{HIP}/{PERIOD}")

    coby.reads(
        nl("You entered or submitted this yourself. Somebody else has to review it: nobody accepts their own figures.")
    )
    assert coby.page.get_by_role("button", name=nl("Accept"), exact=True).count() == 0
    # Whoever sends the form all the same is refused by the domain, not by the missing button.
    answer = coby.page.context.request.post(
        coby.page.url,
        form={
            "csrfmiddlewaretoken": coby.page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
            "decision": "accept",
            "content_hash": standing(both, HIP, PERIOD).version.content_hash,  # type: ignore[union-attr]
        },
        headers={"Referer": coby.page.url},
    )
    assert answer.status == 403
    assert standing(both, HIP, PERIOD).status == "submitted"


def test_the_quarter_can_be_filled_without_any_script(
    browser: "Browser", live_server: Any, people: dict[str, User]
) -> None:
    office.open_quarters()
    factories.OrganisationFactory(kvk_number="69599084", name="Test EMZ Dagobert")
    context = browser.new_context(locale="nl-NL", java_script_enabled=False)
    context.set_default_timeout(15_000)
    somebody = Person.__new__(Person)
    somebody.address, somebody.page = live_server.url, context.new_page()
    somebody.sign_in(people["coordinator"])

    somebody.page.goto(f"{live_server.url}/rapportages/{HIP}/{PERIOD}")
    somebody.page.get_by_label("Bedrijfsopdrachten, innovatie").fill("7")
    somebody.press("Save")
    somebody.reads(nl("Saved."))
    somebody.page.goto(f"{live_server.url}/rapportages/{HIP}/{PERIOD}?sectie=participations")
    somebody.page.get_by_label(nl("Name or KVK number")).fill("dagobert")
    somebody.press("Search the register")
    somebody.page.get_by_role("button", name=re.compile(rf"^{re.escape(nl('Add'))} Test EMZ Dagobert")).click()
    # How it takes part is asked here: there is no last time to go by.
    _tick(somebody, "innovatie van de beroepspraktijk", nl("project"))
    somebody.press("Save")
    somebody.reads("Test EMZ Dagobert")
    context.close()
