"""A whole quarter in a real browser: how little has to be done for it, by hand, by workbook, and with the keyboard."""

import io
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from consortia.models import Role, User
from impact import drafts
from impact import programme as office
from impact.forms.participations import listed
from impact.models import DroppedProposal, VersionStatus
from impact.standing import standing
from impact.submission import FigureLine, HeadcountLine
from tests import factories
from tests.browser import axe
from tests.factories import PASSWORD, company, figure, headcount

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

HIP, BEFORE, PERIOD = "scale", "2023Q3", "2023Q4"
MOST_BY_HAND, MOST_BY_WORKBOOK = 45, 8
LINES = ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure")
INDICATORS = ("assignments", "research-projects", "curricula", "trainings")
KNOWN = [61_000_000 + number for number in range(600)]
DROPPED = [str(number) for number in KNOWN[:10]]
PASTED = [str(62_000_000 + number) for number in range(15)]
SEARCHED = [str(63_000_000 + number) for number in range(10)]
FIGURES = [[str(10 * row + column + 11) for column in range(5)] for row in range(4)]
GROUPS = ("students", "teachers", "employees", "jobseekers")
WORDS = {"students": "leerlingen en studenten", "teachers": "docenten"}


class Person:
    """Somebody at the quarter who counts what they do: every click, every paste and every field that is typed in."""

    def __init__(self, browser: "Browser", address: str, user: User, complaints: list[str]) -> None:
        self.context = browser.new_context(
            locale="nl-NL", timezone_id="Europe/Amsterdam", viewport={"width": 1440, "height": 1000}
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.address = address
        self.done: list[str] = []
        self.page.goto(f"{address}/accounts/login/")
        self.page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(user.email)
        self.page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "login" not in url)

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.address}/rapportages/{HIP}/{PERIOD}{path}")

    def click(self, what: str, place: "Locator") -> None:
        self.done.append(f"click {what}")
        place.click()

    def type(self, what: str, place: "Locator", text: str) -> None:
        self.done.append(f"type {what}")
        place.fill(text)

    def paste(self, what: str, text: str) -> None:
        """Where the focus is, as a spreadsheet leaves it on the clipboard."""
        self.done.append(f"paste {what}")
        self.page.evaluate(
            """(text) => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                document.activeElement.dispatchEvent(
                    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            text,
        )

    def section(self, name: str) -> "Locator":
        return self.page.locator(f'.sections-nav a[href*="sectie={name}"]')

    def figures_are_saved(self) -> None:
        self.page.locator('.grid-foot[data-kind="saved"]').wait_for()
        from playwright.sync_api import expect

        under_way = ", ".join(f'[data-state="{state}"]' for state in ("typed", "saving", "waiting"))
        expect(self.page.locator(under_way)).to_have_count(0, timeout=30_000)

    def count_is(self, group: str, number: int) -> None:
        self.page.locator(f'[data-count="{group}"]', has_text=re.compile(rf"^{number}$")).wait_for()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def coordinator(programme: None) -> User:
    office.open_quarters()
    return factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")


@pytest.fixture
def coby(browser: "Browser", live_server: Any, coordinator: User, complaints: list[str]) -> Iterator[Person]:
    person = Person(browser, live_server.url, coordinator, complaints)
    yield person
    person.context.close()


@pytest.fixture
def last_time(coordinator: User) -> None:
    """The quarter before, accepted: 600 companies, 20 figures, 12 head counts; 10 more companies in the register."""
    rows: list[Any] = [
        figure(indicator, int(text), action_line=line)
        for indicator, texts in zip(INDICATORS, FIGURES, strict=True)
        for line, text in zip(LINES, texts, strict=True)
    ]
    rows += [headcount(100, 80, group=group, action_line=line) for group in GROUPS for line in LINES[:3]]
    rows += [company(number, action_line=LINES[3 if number % 3 else 1]) for number in KNOWN]
    factories.reported(HIP, BEFORE, *rows, coordinator=coordinator)
    for number in SEARCHED:
        factories.OrganisationFactory(kvk_number=number, name=f"Zoekbedrijf {number} BV")


def _tell(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """On the screen of whoever runs the tests, also where they pass."""
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


def _explain_and_submit(person: Person) -> None:
    """Through the questions, of which each has its one line, to what is submitted."""
    person.click("submit", person.page.locator(".quarter-head__actions a.button--primary"))
    for question in person.page.locator("textarea[name^='explanation:'], input[type=text][name^='explanation:']").all():
        person.type("an explanation", question, "Klopt: nagekeken met de projectleiders.")
    person.click("confirm", person.page.locator("button[name=bevestig]"))
    person.page.locator(".badge--submitted").wait_for()


def _assert_it_is_all_there(coordinator: User) -> None:
    found = standing(coordinator, HIP, PERIOD)
    assert found.version is not None
    assert found.version.status == VersionStatus.SUBMITTED
    lines = drafts.lines_of(found.version)
    organisations = set(listed(lines))
    assert organisations == {*map(str, KNOWN), *PASTED, *SEARCHED} - set(DROPPED)
    values = {(row.indicator, row.action_line): int(row.value or 0) for row in lines if isinstance(row, FigureLine)}
    assert values == {
        (indicator, line): int(text)
        for indicator, texts in zip(INDICATORS, FIGURES, strict=True)
        for line, text in zip(LINES, texts, strict=True)
    }
    counts = [row for row in lines if isinstance(row, HeadcountLine)]
    assert (len(counts), {int(row.headcount) for row in counts}) == (12, {110})
    assert set(DroppedProposal.objects.values_list("identifier", flat=True)) == set(DROPPED)


@pytest.mark.usefixtures("last_time")
def test_a_quarter_of_625_organisations_takes_at_most_45_interactions(
    coby: Person, coordinator: User, capsys: pytest.CaptureFixture[str]
) -> None:
    page = coby.page
    coby.open()

    # 20 figures, in one block.
    coby.click("the first figure", page.locator('[name="figure.assignments.ecosystems.value"]'))
    coby.paste("20 figures", "\n".join("\t".join(row) for row in FIGURES))
    coby.figures_are_saved()

    # 10 companies did not take part any more, all others did; 15 new ones pasted, 10 found in the register.
    coby.click("organisations", coby.section("participations"))
    for place, number in enumerate(DROPPED, start=1):
        coby.click(
            f"leave {number} out", page.locator(f'tbody[data-group=proposed] button[name=drop][value="{number}"]')
        )
        coby.count_is("dropped", place)
    coby.click("confirm all", page.locator("[data-confirm-all]"))
    coby.count_is("confirmed", 590)
    coby.paste("15 organisations", "\n".join(f"{number}\tNieuw {number} BV\t3311 AB" for number in PASTED))
    coby.count_is("confirmed", 605)
    for place, number in enumerate(SEARCHED, start=606):
        coby.type(f"search {number}", page.get_by_label("Naam of KVK-nummer"), number)
        coby.click(f"add {number}", page.locator(f'#register button[name=add][value="{number}"]'))
        coby.count_is("confirmed", place)

    # 12 head counts, in one block.
    coby.click("head counts", coby.section("headcounts"))
    rows = [f"{group}\t\t{line}\t\t110\t88" for group in GROUPS for line in LINES[:3]]
    coby.click("the first row", page.locator("table[data-grid] tbody tr select").first)
    coby.paste("12 head counts", "\n".join(rows))
    coby.figures_are_saved()

    _explain_and_submit(coby)

    _tell(capsys, f"by hand: {len(coby.done)} interactions of at most {MOST_BY_HAND}")
    _assert_it_is_all_there(coordinator)
    assert len(coby.done) <= MOST_BY_HAND


@pytest.mark.usefixtures("last_time")
def test_the_same_quarter_by_workbook_takes_at_most_8_clicks(
    coby: Person, coordinator: User, capsys: pytest.CaptureFixture[str]
) -> None:
    page = coby.page
    coby.open("/werkboek")

    with page.expect_download() as download:
        coby.click("download", page.locator("a[download]").first)
    data = _filled_in(download.value.path().read_bytes())
    coby.click("choose the file", page.get_by_label("werkboek").or_(page.locator("#file")).first)
    page.locator("#file").set_input_files(
        {"name": download.value.suggested_filename, "mimeType": "application/octet-stream", "buffer": data}
    )
    coby.click("upload", page.locator("main form button[type=submit]").last)
    coby.click("take over", page.locator("main form .form-actions button[type=submit]").first)
    _explain_and_submit(coby)

    clicks = [each for each in coby.done if each.startswith("click")]
    _tell(capsys, f"by workbook: {len(clicks)} clicks of at most {MOST_BY_WORKBOOK}")
    _assert_it_is_all_there(coordinator)
    assert len(clicks) <= MOST_BY_WORKBOOK


def _filled_in(data: bytes) -> bytes:
    """The workbook as somebody fills it in with Excel; its columns are known by the keys of its first row."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheets = {str(sheet.cell(1, 1).value).rpartition(":")[2].lstrip("#"): sheet for sheet in book.worksheets}

    def sheet(name: str) -> tuple[Any, dict[str, int]]:
        found = next(each for key, each in sheets.items() if key.endswith(name))
        return found, {str(cell.value): cell.column for cell in found[1] if cell.value}

    figures, at = sheet("figures")
    rows = {figures.cell(row, 1).value: row for row in range(5, figures.max_row + 1)}
    for indicator, texts in zip(INDICATORS, FIGURES, strict=True):
        for line, text in zip(LINES, texts, strict=True):
            figures.cell(rows[indicator], at[line]).value = int(text)
    proposed, at = sheet("proposals")
    for row in range(5, proposed.max_row + 1):
        number = proposed.cell(row, at["kvkNumber"]).value
        if number:
            proposed.cell(row, at["takesPart"]).value = "nee" if number in DROPPED else "ja"
    organisations, at = sheet("participations")
    for row, number in enumerate([*PASTED, *SEARCHED], start=5):
        facts = {"kvkNumber": number, "name": f"Nieuw {number} BV", "organisationType": "bedrijf", "sizeClass": "klein"}
        for key, value in {**facts, "line:innovation": "project"}.items():
            organisations.cell(row, at[key]).value = value
    counts, at = sheet("headcounts")
    for row, (group, line) in enumerate(((group, line) for group in GROUPS for line in LINES[:3]), start=5):
        values = {"group": group, "category": None, "actionLine": line, "headcount": 110, "firstTime": 88}
        for key, value in values.items():
            counts.cell(row, at[key]).value = value
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


# --- with the keyboard alone


class Keyboard:
    """Tab, arrows, Enter and typing; the mouse stays where it is."""

    MOST_TABS = 250

    def __init__(self, page: "Page") -> None:
        self.page = page

    def to(self, place: "Locator") -> None:
        for _tab in range(self.MOST_TABS):
            if place.evaluate("(element) => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {place}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def enter(self, place: "Locator") -> None:
        self.to(place)
        self.press("Enter")


def test_a_whole_report_is_made_with_the_keyboard_alone(coby: Person, coordinator: User) -> None:
    factories.reported(
        HIP, BEFORE, figure("assignments", 12), headcount(100, 80), *(company(number) for number in KNOWN[:4]),
        coordinator=coordinator,
    )  # fmt: skip
    factories.OrganisationFactory(kvk_number=SEARCHED[0], name="Zoekbedrijf BV")
    page, keys, found = coby.page, Keyboard(coby.page), []

    coby.open()
    found += axe.findings(page)
    keys.to(page.locator('[name="figure.assignments.innovation.value"]'))
    keys.type("13")
    keys.press("Enter")
    coby.figures_are_saved()

    keys.enter(coby.section("participations"))
    page.locator("[data-count=proposed]", has_text="4").wait_for()
    found += axe.findings(page)
    # One is left out, one takes part in another line as well, the rest is as it was.
    keys.to(page.locator("table.organisation-list [data-active]"))
    keys.press("ArrowDown", "Delete")
    coby.count_is("dropped", 1)
    keys.press("ArrowRight", "ArrowRight", "Enter")
    coby.count_is("confirmed", 1)
    found += axe.findings(page)
    page.reload()
    keys.enter(page.locator("[data-confirm-all]"))
    coby.count_is("confirmed", 3)
    page.reload()
    keys.to(page.get_by_label("Naam of KVK-nummer"))
    keys.type("zoekbedrijf")
    page.locator("#register button[name=add]").wait_for()
    found += axe.findings(page)
    keys.press("Enter")
    coby.count_is("confirmed", 4)
    # A letter chooses another way of taking part.
    keys.to(page.locator("table.organisation-list [data-active]"))
    keys.press("ArrowRight", "n")
    page.get_by_role("listbox").wait_for()
    found += axe.findings(page)
    keys.press("Enter")
    page.locator("[data-status]", has_text=re.compile("[0-9]{2}:[0-9]{2}$")).wait_for()

    keys.enter(coby.section("headcounts"))
    page.wait_for_url("**sectie=headcounts")
    found += axe.findings(page)
    keys.to(page.locator("table[data-grid] tbody tr select").first)
    keys.type("s")
    keys.to(page.locator('select[name$=".action_line"]').first)
    keys.type("t")
    keys.to(page.locator('input[name$=".headcount"]').first)
    keys.type("110")
    keys.press("Tab")
    keys.type("88")
    keys.press("Enter")
    coby.figures_are_saved()

    keys.enter(page.locator(".quarter-head__actions a.button--primary"))
    page.wait_for_url("**/indienen")
    found += axe.findings(page)
    for question in page.locator("textarea[name^='explanation:'], input[type=text][name^='explanation:']").all():
        keys.to(question)
        keys.type("Klopt, nagekeken.")
    keys.enter(page.locator("button[name=bevestig]"))
    page.locator(".badge--submitted").wait_for()
    found += axe.findings(page)

    version = standing(coordinator, HIP, PERIOD).version
    assert version is not None
    organisations = listed(drafts.lines_of(version))
    assert version.status == VersionStatus.SUBMITTED
    assert set(organisations) == {str(KNOWN[0]), str(KNOWN[2]), str(KNOWN[3]), SEARCHED[0]}
    assert sum(len(row.lines) for row in organisations.values()) == 6
    assert found == []
