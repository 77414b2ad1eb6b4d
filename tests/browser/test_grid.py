"""The grid in a real browser: keys, blocks from a spreadsheet, lost tabs and connections, two people at one cell."""

import re
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from consortia.models import Role, User
from impact import drafts, edits
from impact import programme as office
from impact.models import ReportPart
from impact.standing import standing
from tests import factories
from tests.browser import axe
from tests.factories import PASSWORD, figure, headcount

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, BEFORE, PERIOD = "scale", "2023Q3", "2023Q4"
LINES = ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure")


@pytest.fixture
def coordinator(programme: None) -> User:
    office.open_quarters()
    return factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    heard: list[str] = []
    yield heard
    assert heard == []


class Desk:
    """Somebody at the quarter, with a browser of their own."""

    def __init__(self, browser: "Browser", address: str, user: User, complaints: list[str], **context: Any) -> None:
        given = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam", **context}
        self.context: BrowserContext = browser.new_context(**given)
        self.context.set_default_timeout(15_000)
        self.address, self.user, self.complaints = address, user, complaints
        self.page = self.new_page()
        self.sign_in()

    def new_page(self) -> "Page":
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        return page

    def _listen(self, message: Any) -> None:
        # A lost network or session is what some tests are about; the browser remarks on it.
        if message.type in ("error", "warning") and not re.search(
            r"status of 4|ERR_INTERNET|Failed to fetch", message.text
        ):
            self.complaints.append(message.text)

    def sign_in(self) -> None:
        self.page.goto(f"{self.address}/accounts/login/")
        self.page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(self.user.email)
        self.page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "login" not in url)

    def open(self, section: str = "figures") -> "Page":
        self.page.goto(f"{self.address}/rapportages/{HIP}/{PERIOD}?sectie={section}")
        self.page.wait_for_selector(".grid-foot:not([hidden])")
        return self.page

    def field(self, name: str) -> "Locator":
        return self.page.locator(f'[name="{name}"]')

    def paste(self, text: str) -> None:
        """Paste into the field that has the focus, as a spreadsheet leaves it on the clipboard."""
        self.page.evaluate(
            """(text) => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                document.activeElement.dispatchEvent(
                    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            text,
        )

    def all_is_saved(self) -> None:
        self.page.wait_for_selector('.grid-foot[data-kind="saved"]')
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('[data-state]')].some((each) =>"
            " ['typed', 'saving', 'waiting'].includes(each.dataset.state))"
        )

    def state_of(self, name: str, state: str) -> "Locator":
        place = self.page.locator(f'[data-cell="{name}"][data-state="{state}"]')
        place.wait_for()
        return place


@pytest.fixture
def desk(browser: "Browser", live_server: Any, coordinator: User, complaints: list[str]) -> Iterator[Desk]:
    somebody = Desk(browser, live_server.url, coordinator, complaints)
    yield somebody
    somebody.context.close()


def _stored(user: User) -> dict[str, Any]:
    version = standing(user, HIP, PERIOD).version
    rows = edits.keyed(drafts.lines_of(version)) if version else {}
    return {key: edits.row(line) for key, line in rows.items()}


def _value(user: User, line: str, indicator: str = "assignments") -> Any:
    row = _stored(user).get(f"/figures/{indicator}/{line}")
    return None if row is None else row["value"]


def name_of(line: str, indicator: str = "assignments") -> str:
    return f"figure.{indicator}.{line}"


def test_a_section_is_filled_with_the_keyboard_alone(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    desk.field(f"{name_of('ecosystems')}.value").focus()
    keys = page.keyboard
    keys.type("1")
    keys.press("ArrowRight")
    keys.type("2")
    keys.press("Tab")
    keys.type("3")
    keys.press("Enter")  # down, to the next indicator
    keys.press("Shift+Enter")  # and back
    keys.press("F2")
    keys.press("ArrowLeft")
    keys.type("1")  # 13
    keys.press("ArrowUp")
    desk.all_is_saved()

    assert [_value(coordinator, line) for line in LINES[:3]] == [1, 2, 13]
    total = page.locator(f'[data-cell="{name_of("talent")}"]').locator("xpath=..").locator("[data-total]")
    assert total.inner_text() == "16"
    # Typing replaces; escape brings back what was there.
    desk.field(f"{name_of('talent')}.value").focus()
    keys.type("99")
    assert desk.field(f"{name_of('talent')}.value").input_value() == "99"
    keys.press("Escape")
    assert desk.field(f"{name_of('talent')}.value").input_value() == "2"
    assert axe.findings(page) == []


def test_a_block_of_twenty_figures_is_pasted_and_taken_back(desk: Desk, coordinator: User) -> None:
    desk.open()
    first = desk.page.locator("table[data-grid] tbody tr").first.locator("input").first
    first.focus()
    block = "\r\n".join("\t".join(str(row * 10 + column) for column in range(1, 6)) for row in range(4)) + "\r\n"

    desk.paste(block)
    desk.all_is_saved()

    numbers = sorted(row["value"] for row in _stored(coordinator).values())
    assert numbers == sorted(row * 10 + column for row in range(4) for column in range(1, 6))
    desk.page.keyboard.press("Control+z")
    desk.page.wait_for_function("() => document.querySelector('table[data-grid] tbody input').value === ''")
    deadline = time.monotonic() + 10
    while _stored(coordinator) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _stored(coordinator) == {}


def test_numbers_that_could_mean_two_things_are_marked_and_not_stored(desk: Desk, coordinator: User) -> None:
    desk.open()
    desk.field(f"{name_of('ecosystems')}.value").focus()

    desk.paste("1.100\t1,100\t12,7\t1234")

    refused = desk.state_of(name_of("talent"), "refused")
    assert "1.100" in refused.locator(".cell-state").inner_text()
    assert desk.field(f"{name_of('talent')}.value").get_attribute("aria-invalid") == "true"
    desk.state_of(name_of("lifelong-learning"), "refused")
    desk.state_of(name_of("innovation"), "saved")
    assert [_value(coordinator, line) for line in LINES] == [1100, None, None, 1234, None]
    # Among numbers that can only be English, a point may be either.
    desk.field("figure.cofinancing-cash.hip.value").focus()
    desk.paste("12,500.25\n1.250\n")
    desk.state_of("figure.cofinancing-cash.hip", "saved")
    assert float(_value(coordinator, "-", "cofinancing-cash")) == 12500.25
    assert desk.page.locator('table.figures-table--amounts [data-state="refused"]').count() == 1
    assert axe.findings(desk.page) == []


def test_a_refused_number_is_refused_again_when_it_comes_back(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    field = desk.field(f"{name_of('talent')}.value")
    for text, state in (("1,100", "refused"), ("5", "saved"), ("1,100", "refused")):
        field.fill(text)
        page.keyboard.press("Tab")
        desk.state_of(name_of("talent"), state)
    page.wait_for_selector('.grid-foot[data-kind="refused"]')
    assert _value(coordinator, "talent") == 5

    desk.open()
    desk.state_of(name_of("talent"), "refused")
    page.locator(".quarter-head__actions a").first.click()

    stay = page.locator("[data-stay]")
    stay.wait_for()
    assert page.url.endswith("?sectie=figures")
    assert stay.locator("li").count() == 1
    assert axe.findings(page) == []
    stay.locator("li a").click()
    assert page.evaluate("document.activeElement.name") == f"{name_of('talent')}.value"
    stay.locator("a.button").click()
    page.wait_for_url(lambda url: "sectie" not in url)


def test_a_column_with_the_names_of_the_rows_is_left_out_or_stops_the_block(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    desk.field(f"{name_of('ecosystems')}.value").focus()
    notice = page.locator("[data-notice]")

    desk.paste("assignments\t1\t2\t3\t4\t5\t6\t7")
    desk.all_is_saved()

    assert [_value(coordinator, line) for line in LINES] == [1, 2, 3, 4, 5]
    assert "2" in notice.inner_text()
    page.keyboard.press("Control+z")
    desk.all_is_saved()
    assert notice.is_visible()
    desk.paste("assignments\t1\nsomething else\t2")
    assert [desk.field(f"{name_of(line)}.value").input_value() for line in LINES] == [""] * 5
    assert notice.is_visible()


def test_twelve_rows_of_head_counts_are_pasted_as_one_block(desk: Desk, coordinator: User) -> None:
    desk.open("headcounts")
    rows = ["Groep\tCategorie\tActielijn\tInstellingscode\tDeelnemers\tEerste keer"]
    names = ["talent", "innovation", "ecosystems"]
    for number, group in enumerate(("Studenten", "teachers", "Werknemers", "Jobseekers")):
        for place, line in enumerate(names):
            category = "MBO" if group == "Studenten" else ""
            rows.append(f"{group}\t{category}\t{line}\t25PW\t{100 + 10 * number + place}\t1{place}")

    desk.field("headcount.0.group").focus()
    desk.paste("\r\n".join(rows[1:]))
    desk.all_is_saved()

    stored = _stored(coordinator)
    assert len(stored) == 12, desk.page.locator("table[data-grid]").inner_text()
    assert stored["/headcounts/teachers//innovation/25PW"]["headcount"] == 111
    assert axe.findings(desk.page) == []
    desk.page.reload()
    assert desk.page.locator("table[data-grid] tbody tr").count() == 12 + 3


def test_of_a_tab_that_is_killed_at_most_one_cell_is_lost(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    desk.field(f"{name_of('ecosystems')}.value").focus()
    for number in range(1, 6):
        page.keyboard.type(str(number))
        page.keyboard.press("ArrowRight")
    # No time to save, no goodbye.
    page.close(run_before_unload=False)

    desk.page = desk.new_page()
    desk.open()
    desk.all_is_saved()

    found = [_value(coordinator, line) for line in LINES]
    assert sum(each is None for each in found) <= 1
    assert found == [1, 2, 3, 4, 5]


def test_what_is_typed_without_a_network_is_kept_and_sent_later(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    desk.context.set_offline(True)
    desk.field(f"{name_of('talent')}.value").fill("7")
    page.keyboard.press("Enter")
    desk.state_of(name_of("talent"), "waiting")
    assert _value(coordinator, "talent") is None
    assert page.locator(".grid-foot").get_attribute("data-kind") == "trouble"

    desk.context.set_offline(False)
    desk.state_of(name_of("talent"), "saved")

    assert _value(coordinator, "talent") == 7


def test_who_was_signed_out_signs_in_again_and_loses_nothing(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    cookies = desk.context.cookies()
    desk.context.clear_cookies(name="sessionid")
    desk.field(f"{name_of('talent')}.value").fill("7")
    page.keyboard.press("Enter")
    page.locator("[data-sign-in]:not([hidden])").wait_for()
    assert _value(coordinator, "talent") is None

    desk.context.add_cookies(cookies)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.state_of(name_of("talent"), "saved")

    assert _value(coordinator, "talent") == 7
    assert page.locator("[data-sign-in]").is_hidden()


def test_two_browsers_at_one_cell_choose_and_nothing_is_lost(
    browser: "Browser", live_server: Any, desk: Desk, coordinator: User, complaints: list[str]
) -> None:
    anna = Desk(browser, live_server.url, factories.user(Role.CONTRIBUTOR, HIP, name="Anna"), complaints)
    desk.open()
    anna.open()
    anna.field(f"{name_of('talent')}.value").fill("6")
    anna.page.keyboard.press("Enter")
    anna.all_is_saved()

    desk.field(f"{name_of('talent')}.value").fill("7")
    desk.page.keyboard.press("Enter")

    place = desk.state_of(name_of("talent"), "conflict")
    choice = place.get_by_role("group")
    assert "Anna" in choice.inner_text()
    assert _value(coordinator, "talent") == 6
    assert desk.field(f"{name_of('talent')}.value").input_value() == "7"
    assert axe.findings(desk.page) == []
    # Not even the button saves over it, and a reload keeps both.
    desk.page.locator("button[name=stap][value=save]").click()
    assert _value(coordinator, "talent") == 6
    desk.page.reload()
    desk.state_of(name_of("talent"), "conflict")
    place.get_by_role("button").first.click()
    desk.state_of(name_of("talent"), "saved")
    assert _value(coordinator, "talent") == 7
    # What one saves, the other sees within ten seconds or so.
    anna.page.locator(f'[data-cell="{name_of("talent")}"][data-state="changed"]').wait_for(timeout=15_000)
    assert anna.field(f"{name_of('talent')}.value").input_value() == "7"
    anna.context.close()


def test_the_button_saves_what_is_left_and_shows_what_cannot_be_saved(desk: Desk, coordinator: User) -> None:
    page = desk.open()
    desk.field(f"{name_of('talent')}.value").fill("7")
    desk.field(f"{name_of('innovation')}.value").fill("veel")
    page.locator("button[name=stap][value=save]").click()
    page.locator(".error-summary").wait_for()

    assert _value(coordinator, "talent") == 7
    assert axe.findings(page) == []
    desk.field(f"{name_of('innovation')}.value").fill("8")
    page.locator("button[name=stap][value=next]").click()
    page.wait_for_url(re.compile("participations"))

    assert [_value(coordinator, line) for line in ("talent", "innovation")] == [7, 8]


def test_the_quarters_before_stand_below_the_grid_for_the_cell_at_hand(desk: Desk, coordinator: User) -> None:
    factories.reported(HIP, BEFORE, figure("assignments", 1_009))
    page = desk.open()

    desk.field(f"{name_of('innovation')}.value").focus()

    assert "2023 K3 1.009" in page.locator("[data-before]").inner_text()
    desk.field(f"{name_of('talent')}.value").focus()
    assert page.locator("[data-before]").inner_text() == ""


def test_nothing_happened_is_asked_once(desk: Desk, coordinator: User) -> None:
    page = desk.open("unidentified")
    assert axe.findings(page) == []

    page.locator(".nil a").click()
    assert axe.findings(page) == []
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector(".nil:not(:has(a))")

    assert ReportPart.objects.get().is_nil
    assert len(_stored(coordinator)) == 5


@pytest.mark.parametrize("section", ["figures", "unidentified", "headcounts"])
def test_on_a_phone_only_the_table_scrolls_sideways(
    browser: "Browser", live_server: Any, coordinator: User, complaints: list[str], section: str
) -> None:
    phone = Desk(browser, live_server.url, coordinator, complaints, viewport={"width": 360, "height": 740})

    page = phone.open(section)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert axe.findings(page) == []
    phone.context.close()


def test_a_thousand_rows_stay_fluid(desk: Desk, coordinator: User) -> None:
    rows = [
        headcount(10 + number, number % 10, group="employees", category=f"soort {number}") for number in range(1_000)
    ]
    factories.reported(HIP, PERIOD, *rows, upto="draft")
    began = time.monotonic()
    page = desk.open("headcounts")
    loaded = time.monotonic() - began
    page.evaluate(
        """() => {
            window.delays = [];
            new PerformanceObserver((list) => {
                for (const each of list.getEntries()) if (each.name === "keydown") window.delays.push(each.duration);
            }).observe({ type: "event", durationThreshold: 16 });
        }"""
    )
    desk.field("headcount.500.headcount").focus()
    for number in range(20):
        page.keyboard.type(str(500 + number), delay=30)
        page.keyboard.press("Enter")
    desk.all_is_saved()

    delays = sorted(page.evaluate("() => window.delays")) or [0]
    sys.stdout.write(
        f"\n1,000 rows: open in {loaded:.1f} s; {len(delays)} keys slower than 16 ms, "
        f"median of those {delays[len(delays) // 2]:.0f} ms, slowest {delays[-1]:.0f} ms\n"
    )
    stored = _stored(coordinator)
    assert stored["/headcounts/employees/soort 519/talent/"]["headcount"] == 519
    assert len(stored) == 1_000
