"""The list of organisations in a real browser: two windows, lost connections and sessions, pages left at once."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from consortia.models import Role, User
from impact import drafts, reporting
from impact import programme as office
from impact.forms import organisation_rows
from impact.forms.participations import listed
from impact.models import DroppedProposal, VersionStatus
from impact.standing import standing
from impact.submission import FigureLine, Line
from tests import factories
from tests.browser import axe
from tests.factories import PASSWORD, company, figure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, BEFORE, PERIOD = "scale", "2023Q3", "2023Q4"
STEPS = "**/organisaties"
KNOWN = [str(61_000_000 + number) for number in range(4)]


class Person:
    """Somebody at the list, with a browser of their own."""

    def __init__(self, browser: "Browser", address: str, user: User, complaints: list[str]) -> None:
        self.context = browser.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam")
        self.context.set_default_timeout(15_000)
        self.address, self.complaints = address, complaints
        self.page = self.window()
        self.sign_in(self.page, user)

    def window(self) -> "Page":
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def sign_in(self, page: "Page", user: User) -> None:
        self.context.clear_cookies()
        page.goto(f"{self.address}/accounts/login/")
        page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(user.email)
        page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_url(lambda url: "login" not in url)

    def open(self, page: "Page") -> "Page":
        page.goto(f"{self.address}/rapportages/{HIP}/{PERIOD}?sectie=participations")
        page.locator("table.organisation-list[role=grid]").wait_for()
        return page


def leave_out(page: "Page", number: str) -> None:
    page.bring_to_front()
    page.locator(f'button[name=drop][value="{number}"]').click()


def count_is(page: "Page", group: str, number: int) -> None:
    page.locator(f'[data-count="{group}"]', has_text=re.compile(rf"^{number}$")).wait_for()


def kept(page: "Page") -> list[dict[str, Any]]:
    found = page.evaluate(
        "() => Object.entries({...localStorage}).filter(([name]) => name.startsWith('organisations|'))"
    )
    return [json.loads(text) for _name, text in found]


def dropped() -> set[str]:
    return set(DroppedProposal.objects.values_list("identifier", flat=True))


def without_network(route: "Route") -> None:
    route.abort("internetdisconnected")


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def coordinator(programme: None) -> User:
    office.open_quarters()
    user = factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")
    factories.reported(HIP, BEFORE, *(company(int(number)) for number in KNOWN), coordinator=user)
    return user


@pytest.fixture
def coby(browser: "Browser", live_server: Any, coordinator: User, complaints: list[str]) -> Iterator[Person]:
    person = Person(browser, live_server.url, coordinator, complaints)
    yield person
    person.context.close()


def test_a_step_without_a_connection_outlives_what_another_window_saves(coby: Person) -> None:
    one, other = coby.open(coby.page), coby.open(coby.window())
    one.route(STEPS, without_network)
    leave_out(one, KNOWN[0])
    one.locator("[data-status].is-warning").wait_for()
    leave_out(other, KNOWN[1])
    count_is(other, "dropped", 1)
    assert [row["step"]["organisations"] for row in kept(other)] == [[KNOWN[0]]]

    one.close()
    other.reload()
    count_is(other, "dropped", 2)
    other.locator("[data-status]", has_text=re.compile("[0-9]{2}:[0-9]{2}$")).wait_for()

    assert dropped() == set(KNOWN[:2])
    assert kept(other) == []


def test_a_step_that_another_window_sent_is_not_done_twice(coby: Person) -> None:
    one = coby.open(coby.page)
    one.route(STEPS, without_network)
    leave_out(one, KNOWN[0])
    one.locator("[data-status].is-warning").wait_for()
    other = coby.open(coby.window())
    count_is(other, "dropped", 1)
    other.locator(f'button[name=restore][value="{KNOWN[0]}"]').click()
    count_is(other, "proposed", len(KNOWN))

    # The first window has its connection back: it shows what the second one made of it.
    one.unroute(STEPS)
    one.locator("[data-status]", has_text=re.compile("[0-9]{2}:[0-9]{2}$")).wait_for()

    assert dropped() == set()
    assert kept(one) == []


def test_who_signed_in_again_in_another_window_goes_on_without_noticing(coby: Person, coordinator: User) -> None:
    page = coby.open(coby.page)
    coby.sign_in(coby.window(), coordinator)
    leave_out(page, KNOWN[0])
    count_is(page, "dropped", 1)

    assert dropped() == {KNOWN[0]}
    assert kept(page) == []


def test_a_step_waits_until_its_own_person_is_signed_in_again(coby: Person, coordinator: User) -> None:
    page = coby.open(coby.page)
    coby.context.clear_cookies()
    leave_out(page, KNOWN[0])
    page.locator("[data-sign-in]").wait_for()
    assert len(kept(page)) == 1

    # Somebody else does not save it, neither from the open page nor from a page of their own.
    window = coby.window()
    coby.sign_in(window, factories.user(Role.CONTRIBUTOR, HIP, name="Cas Collega"))
    page.evaluate("() => dispatchEvent(new Event('online'))")
    page.locator("[data-sign-in]").wait_for(state="hidden")
    coby.open(window)
    assert len(kept(page)) == 1
    assert dropped() == set()

    coby.sign_in(window, coordinator)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    count_is(page, "dropped", 1)
    assert dropped() == {KNOWN[0]}
    assert kept(page) == []


def test_what_was_kept_for_more_than_a_day_is_shown_and_asked_about(coby: Person) -> None:
    page = coby.open(coby.page)
    page.route(STEPS, without_network)
    for number in KNOWN[:2]:
        leave_out(page, number)
    page.locator("[data-status].is-warning").wait_for()
    page.evaluate(
        """() => Object.keys(localStorage).filter((name) => name.startsWith("organisations|")).forEach((name) => {
            const row = JSON.parse(localStorage.getItem(name));
            localStorage.setItem(name, JSON.stringify({ ...row, at: row.at - 25 * 60 * 60 * 1000 }));
        })"""
    )
    page.goto("about:blank")
    page.unroute(STEPS)
    coby.open(page)
    box = page.locator("[data-old-box]")
    box.wait_for()
    assert "Test" in box.inner_text() or KNOWN[0] in box.inner_text()
    assert axe.findings(page) == []
    # Asking is not forgetting.
    page.reload()
    box.wait_for()
    assert len(kept(page)) == 2
    page.locator("[data-old-save]").click()
    count_is(page, "dropped", 2)
    page.locator("[data-status]", has_text=re.compile("[0-9]{2}:[0-9]{2}$")).wait_for()

    assert dropped() == set(KNOWN[:2])
    assert kept(page) == []
    assert not box.is_visible()


def test_old_steps_can_be_forgotten_by_whoever_says_so(coby: Person) -> None:
    page = coby.open(coby.page)
    page.evaluate(
        """(number) => {
            const { user, url } = document.querySelector("form[data-organisations]").dataset;
            const step = { step: "drop", organisations: [number], seen: {} };
            localStorage.setItem(`organisations|${user}|${url}|1-1-1`, JSON.stringify({ at: 1, count: 1, step }));
        }""",
        KNOWN[0],
    )
    page.reload()
    page.locator("[data-old-forget]").click()
    page.locator("[data-old-box]").wait_for(state="hidden")

    assert kept(page) == []
    assert dropped() == set()


def test_a_step_on_what_is_ticked_leaves_alone_what_the_filter_hides(coby: Person) -> None:
    page = coby.open(coby.page)
    page.set_viewport_size({"width": 360, "height": 700})
    page.locator("table.organisation-list thead input").check()
    ticked, filter_field = page.locator("[data-ticked]"), page.locator("#filter")
    assert ticked.inner_text().startswith("4 ")
    filter_field.fill("nowhere to be found")
    assert page.locator("[data-nothing]").is_visible()
    assert page.locator(".organisation-group").first.is_hidden()
    assert ticked.is_hidden()
    filter_field.fill(KNOWN[2])
    assert page.locator("[data-nothing]").is_hidden()
    assert ticked.inner_text().startswith("1 ")
    page.locator("button[name=stap][value=drop]").click()
    count_is(page, "dropped", 1)
    assert dropped() == {KNOWN[2]}

    filter_field.fill("")
    assert ticked.inner_text().startswith("3 ")
    foot = page.locator("[data-status]")
    page.evaluate("document.querySelector('table.organisation-list').scrollIntoView()")
    box = foot.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 700, "the status stays in sight"
    page.locator("[data-confirm-all]").click()
    count_is(page, "confirmed", 3)
    assert page.evaluate("document.activeElement.hasAttribute('data-counts')")
    assert axe.findings(page) == []


def test_a_link_waits_for_the_steps_that_are_being_saved(coby: Person) -> None:
    page = coby.open(coby.page)

    def slowly(route: "Route") -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route(STEPS, slowly)
    for number in KNOWN[:2]:
        leave_out(page, number)
    page.locator('.sections-nav a[href*="sectie=figures"]').click()
    page.wait_for_url("**sectie=figures")

    assert dropped() == set(KNOWN[:2])
    assert kept(page) == []


def test_a_long_list_is_worked_on_page_by_page(coby: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organisation_rows, "PAGE_SIZE", 2)
    page = coby.open(coby.page)
    assert axe.findings(page) == []
    page.locator("a[rel=next]").click()
    page.wait_for_url("**blad=2")
    assert page.locator("tr[data-key]").count() == 2
    leave_out(page, KNOWN[3])
    count_is(page, "dropped", 1)
    count_is(page, "proposed", 3)
    page.locator("#filter").fill(KNOWN[1])
    page.locator("#filter").press("Enter")
    page.wait_for_url(f"**filter={KNOWN[1]}")

    assert [row.get_attribute("data-key") for row in page.locator("tr[data-key]").all()] == [KNOWN[1]]
    assert dropped() == {KNOWN[3]}


def test_a_number_that_is_typed_just_before_submitting_is_submitted(coby: Person, coordinator: User) -> None:
    lines: list[Line] = [figure("assignments", 12), company(int(KNOWN[0]))]
    reporting.fill(actor=coordinator, consortium=HIP, quarter=PERIOD, lines=lines, base=reporting.ANY)
    page = coby.page
    page.goto(f"{coby.address}/rapportages/{HIP}/{PERIOD}?sectie=figures")
    page.locator(".grid-foot:not([hidden])").wait_for()
    page.locator('[name="figure.assignments.innovation.value"]').fill("17")
    page.locator(".quarter-head__actions a.button--primary").click()
    page.wait_for_url("**/indienen")
    for question in page.locator("textarea[name^='explanation:'], input[type=text][name^='explanation:']").all():
        question.fill("Klopt, nagekeken.")
    page.locator("button[name=bevestig]").click()
    page.locator(".badge--submitted").wait_for()

    version = standing(coordinator, HIP, PERIOD).version
    assert version is not None
    assert version.status == VersionStatus.SUBMITTED
    stored = drafts.lines_of(version)
    assert [row.value for row in stored if isinstance(row, FigureLine)] == [17]
    assert set(listed(stored)) == {KNOWN[0]}
