"""Makes the pictures of the manual, with a portal of its own: `make manual`, or `python -m docs.screenshots [NAME …]`.

Chromium signs in as a coordinator, as the manager and as a reviewer, walks through a quarter of the full demonstration
in Dutch and in English, and writes static/img/manual/{nl,en}/NAME.png. The manual says that their figures are made up,
and so does the line at the top of most. Whoever changes one of these pages makes the pictures anew and looks at them.
On other days the pictures have other dates; nothing else in them comes from outside.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from consortia.clock import AMSTERDAM
from tests.running_portal import PASSWORD, Portal, running_portal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "static" / "img" / "manual"
CHROMIUM = Path("/usr/bin/chromium")
WIDTH, HEIGHT, OFFICE_HEIGHT = 1280, 800, 940
COLOURS = 96
LARGEST = 150_000
"""Bytes of a picture: a dozen of them make one page."""
COORDINATOR = "coordinator-01@demo.example"
MANAGER, REVIEWER = "manager@demo.example", "reviewer@demo.example"
COLLEAGUE = "contributor-01"
ORGANISATIONS = "main [data-organisations], main form:has(input[type=search])"
EXPLANATION = {
    "": "Het project waaraan zij meededen is afgerond.",
    "/en": "The project that they took part in has ended.",
}


@dataclass
class Walk:
    """A coordinator in the browser, in one language, with a quarter that is still to be handed in."""

    page: "Page"
    portal: Portal
    prefix: str
    hip: str
    period: str
    corrected: str
    """A quarter with a history."""

    def go(self, path: str = "", *, period: str = "", upto: str = "") -> None:
        """To a page of the quarter, and there down to what is meant."""
        self.to(f"/rapportages/{self.hip}/{period or self.period}{path}")
        if upto:
            below = "each => scrollBy(0, each.getBoundingClientRect().top - 130)"
            self.page.locator(upto).first.evaluate(below)

    def to(self, path: str) -> None:
        self.page.goto(f"{self.portal.address}{self.prefix}{path}")
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.querySelector('.site-header')?.remove()")
        # It stays in sight, however far down the picture is taken.
        sticky = "bars => bars.forEach(bar => Object.assign(bar.style, {position: 'sticky', top: 0, zIndex: 9}))"
        self.page.locator(".demo-bar").evaluate_all(sticky)


def _work(walk: Walk) -> None:
    walk.to("/werk")


def _proposals(walk: Walk) -> None:
    walk.go("?sectie=participations", upto=ORGANISATIONS)


def _grid(walk: Walk) -> None:
    walk.go("?sectie=figures")


def _workbook(walk: Walk) -> None:
    walk.go("/werkboek")


def _together(walk: Walk) -> None:
    walk.go("/samenwerken")


def _evidence(walk: Walk) -> None:
    walk.go("/bewijs")


def _questions(walk: Walk) -> None:
    walk.go("/controle")
    question = walk.page.locator("main input[type=text][id^=explanation], main textarea[id^=explanation]")
    if question.count():
        question.first.fill(EXPLANATION[walk.prefix])


def _submit(walk: Walk) -> None:
    walk.go("/indienen")


def _versions(walk: Walk) -> None:
    walk.go("/versies", period=walk.corrected)


PICTURES: dict[str, Callable[[Walk], None]] = {
    "work": _work,
    "proposals": _proposals,
    "grid": _grid,
    "workbook": _workbook,
    "together": _together,
    "evidence": _evidence,
    "questions": _questions,
    "submit": _submit,
    "versions": _versions,
}
"""By name, in the order of the manual, how to come to what is shown."""


def _cockpit(walk: Walk) -> None:
    walk.to("/beoordelen")


def _timeliness(walk: Walk) -> None:
    walk.to("/beoordelen/op-tijd")


def _extensions(walk: Walk) -> None:
    walk.to("/beoordelen/uitstel")


def _review(walk: Walk) -> None:
    """The first report that waits, at its odd values where it has any."""
    walk.to("/beoordelen")
    where = walk.page.locator("tr[data-waits] [data-walk-link]").first.get_attribute("href") or ""
    walk.to(where.removeprefix(walk.prefix))


def _followups(walk: Walk) -> None:
    walk.to("/beoordelen/opvolging?toon=alle")


def _behalf(walk: Walk) -> None:
    walk.go()


def _backfill(walk: Walk) -> None:
    walk.to("/beoordelen/aanvullen")


def _register(walk: Walk) -> None:
    walk.to("/register")


def _duplicates(walk: Walk) -> None:
    walk.to("/register/dubbelen")


def _admin(walk: Walk) -> None:
    walk.to("/admin/")


def _vintage(walk: Walk) -> None:
    """The newest vintage, at its report."""
    walk.to("/edities")
    where = walk.page.locator("main table tbody a").first.get_attribute("href") or ""
    walk.to(where.removeprefix(walk.prefix))
    walk.page.locator("#report").evaluate("each => scrollBy(0, each.getBoundingClientRect().top - 60)")


def _money(walk: Walk) -> None:
    walk.to("/financien")


def _messages(walk: Walk) -> None:
    walk.to("/berichten")


OFFICE_PICTURES: dict[str, Callable[[Walk], None]] = {
    "cockpit": _cockpit,
    "timeliness": _timeliness,
    "extensions": _extensions,
    "review": _review,
    "followups": _followups,
    "behalf": _behalf,
    "backfill": _backfill,
    "register": _register,
    "duplicates": _duplicates,
    "admin": _admin,
    "vintage": _vintage,
    "money": _money,
    "messages": _messages,
}
"""The same of the manual for the programme office, which has signed in as its manager."""
OF_REVIEWER = frozenset({"review"})
"""Those that show what only a reviewer may do."""


def main(names: list[str]) -> None:
    """Make the pictures with these names, or all of them."""
    all_names = [*PICTURES, *OFFICE_PICTURES]
    if unknown := set(names) - set(all_names):
        sys.exit(f"no such picture: {', '.join(sorted(unknown))}; there are {', '.join(all_names)}")
    if not CHROMIUM.exists():
        sys.exit(f"no browser at {CHROMIUM} (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        running_portal(Path(folder), ["coordinator-01", COLLEAGUE], demo="full", seconds=900) as portal,
        sync_playwright() as playwright,
    ):
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        hip, period, corrected = _quarters(portal)
        for number, (language, prefix) in enumerate((("nl", ""), ("en", "/en"))):
            walk = Walk(_signed_in(browser, portal, language, prefix), portal, prefix, hip, period, corrected)
            if number == 0:
                _work_together(walk)
            office = replace(walk, page=_signed_in(browser, portal, language, prefix, who=MANAGER))
            reviewer = replace(walk, page=_signed_in(browser, portal, language, prefix, who=REVIEWER))
            if number == 0:
                _give_the_office_work(walk, office, reviewer)
            for name in names or all_names:
                walks = reviewer if name in OF_REVIEWER else office if name in OFFICE_PICTURES else walk
                (PICTURES | OFFICE_PICTURES)[name](walks)
                _write(walks.page, language, name)
        browser.close()


def _quarters(portal: Portal) -> tuple[str, str, str]:
    """The HIP, the quarter that it is in the middle of reporting, and the one with the longest history."""
    hip = _asked(portal, "consortia")["results"][0]["slug"]
    reports = [
        (row["id"], _asked(portal, f"reports/{hip}/{row['id']}"))
        for row in _asked(portal, "periods")["results"]
        if row["status"] != "upcoming"
    ]
    under_way = [period for period, report in reports if report["status"] in ("draft", "returned", "notStarted")]
    if not under_way:
        sys.exit("the demonstration has no quarter that is still to be handed in")
    # Of equally long ones the newest.
    versions = {period: report["version"] or 0 for period, report in reports if report["status"] == "accepted"}
    return hip, under_way[-1], max(sorted(versions, reverse=True), key=lambda period: versions[period])


def _asked(portal: Portal, path: str) -> Any:
    status, answer = portal.call("coordinator-01", "GET", f"/api/v1/{path}")
    assert status == 200, answer
    return answer


def _work_together(walk: Walk) -> None:
    """A colleague for one section, a comment for them, and a piece of evidence; in Dutch, as people are."""
    walk.go("/samenwerken")
    page = walk.page
    colleague = page.locator("table.checklist select").nth(1)
    colleague.select_option(colleague.locator("option").last.get_attribute("value"))
    page.locator("main button[name=stap][value=assign]").first.click()
    page.locator("textarea[name=text]").fill("Klopt het aantal bij innovatie? Vorig kwartaal waren het er 19.")
    page.locator("main button[name=stap][value=comment]").click()
    walk.go("/bewijs")
    page.locator("main [name=link]").fill("https://example.org/projectverslag")
    page.locator("main [name=title]").fill("Projectverslag op de site van de school")
    page.locator("main form:has([name=link]) button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")


def _give_the_office_work(walk: Walk, office: Walk, reviewer: Walk) -> None:
    """A HIP that asks for more time, something that a reviewer wants to come back to, and a programme report."""
    walk.go("/uitstel")
    page = walk.page
    page.locator("main [name=dueDate]").fill(page.locator("main [name=dueDate]").get_attribute("max") or "")
    page.locator("main [name=reason]").fill("De cijfers van een partner komen twee weken later.")
    page.locator("main form:has([name=reason]) button[type=submit]").click()
    page.wait_for_load_state("networkidle")
    _review(reviewer)
    reviewer.page.goto(f"{reviewer.page.url}/opvolging")
    reviewer.page.locator("main [name=text]").fill("Navragen waarom er twee keer zoveel studenten zijn.")
    reviewer.page.locator("main [name=due_date]").fill(f"{datetime.now(AMSTERDAM).date() + timedelta(days=14)}")
    reviewer.page.locator("main form:has([name=text]) button[type=submit]").last.click()
    reviewer.page.wait_for_load_state("networkidle")
    _vintage(office)
    office.page.locator("#report ~ form button[type=submit]").first.click()
    office.page.wait_for_load_state("networkidle", timeout=120_000)


def _signed_in(browser: "Browser", portal: Portal, language: str, prefix: str, *, who: str = COORDINATOR) -> "Page":
    context = browser.new_context(
        locale={"nl": "nl-NL", "en": "en-GB"}[language],
        timezone_id="Europe/Amsterdam",
        viewport={"width": WIDTH, "height": HEIGHT if who == COORDINATOR else OFFICE_HEIGHT},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{portal.address}{prefix}/werk")
    page.locator("[name=login]").fill(who)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile("/werk$"))
    return page


def _write(page: "Page", language: str, name: str) -> None:
    """What is in sight, in few colours: a page has few."""
    picture = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    file = FOLDER / language / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    assert size < LARGEST, f"{file} has {size} bytes"
    sys.stdout.write(f"{file.relative_to(ROOT)} {size // 1000} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
