"""The office's own work, in a real browser and without touching code: the walk through a year of configuring."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils.translation import gettext, override

from consortia import clock
from consortia.models import Consortium, Mail, Organisation, Role, User
from impact import ledger, materialise, obligations
from impact.models import Goal, IndicatorDefinition, Quarter, Vintage
from tests import factories
from tests.browser import axe
from tests.factories import PASSWORD, company, figure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("programme")]

CHOSEN = "een lang en eigen wachtwoord"


def nl(text: str) -> str:
    with override("nl"):
        return gettext(text)


@pytest.fixture
def page(browser: "Browser", live_server: Any) -> "Iterator[Page]":
    """That of the programme manager, signed in; a complaint of the browser fails the test."""
    heard: list[str] = []
    context = browser.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam", base_url=live_server.url)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if complains(said) else None)
    sign_in(page, factories.user(Role.MANAGER, name="Mieke de Vries"))
    yield page
    context.close()
    assert heard == []


def complains(said: "ConsoleMessage") -> bool:
    """A refused form answers 4xx, and should; Django's own select2 tries inline styles, which the policy stops."""
    expected = ("of 4", "Applying inline style")
    return said.type == "error" and not any(each in said.text for each in expected)


def sign_in(page: "Page", user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(user.email)
    page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(lambda url: "login" not in url)


def change(page: "Page", row: Any) -> None:
    meta = row._meta
    page.goto(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]))


def tool(page: "Page", name: str) -> None:
    page.locator(".object-tools").get_by_role("link", name=nl(name), exact=True).click()
    page.locator("#content-main .submit-row").wait_for()


def look_up(page: "Page", field: str, text: str) -> None:
    """Choose in a box that looks up while one types."""
    page.locator(f".field-{field} .select2-selection").click()
    page.locator(".select2-search__field").fill(text)
    page.locator(".select2-results__option", has_text=text).first.click()


def save(page: "Page") -> None:
    page.locator(".submit-row input[type=submit].default").first.click()
    page.wait_for_load_state()


def worked(page: "Page") -> None:
    page.locator(".messagelist .success").first.wait_for()


def test_the_office_does_its_tasks_without_touching_code(page: "Page", browser: "Browser", live_server: Any) -> None:
    hip = Consortium.objects.get(number=9)
    school, company_name = "Techniek College Noord", "Nieuwe Penvoerder BV"
    factories.OrganisationFactory(name=school, organisation_type="school", kvk_number="69599084")
    factories.OrganisationFactory(name=company_name, kvk_number="68727720")
    factories.reported("scale", "2025Q1", figure("assignments", 12), company(1), company(2))
    materialise.roll_up()

    page.goto(reverse("admin:index"))
    page.locator("#attention a", has_text=re.compile("echte naam")).wait_for()
    assert axe.findings(page) == []

    # HIP 9 has its real name, and its first lead partner.
    change(page, hip)
    page.locator("#id_name").fill("Maakindustrie Oost")
    page.locator("#id_is_placeholder").uncheck()
    save(page)
    worked(page)
    change(page, hip)
    tool(page, "Add a partner…")
    look_up(page, "organisation", school)
    page.locator("#id_role").select_option("lead")
    page.locator("#id_level").select_option("contract")
    page.locator("#id_start_date").fill("2023-09-01")
    save(page)
    worked(page)

    # Its coordinator is invited, chooses a password, and is in.
    change(page, hip)
    tool(page, "Invite somebody…")
    page.locator("#id_email").fill("coordinator@example.org")
    page.locator("#id_name").fill("Coby Coördinator")
    save(page)
    worked(page)
    accept(browser, live_server.url)

    # Another organisation takes over the lead.
    change(page, hip)
    tool(page, "Hand over the lead…")
    look_up(page, "organisation", company_name)
    page.locator("#id_first_day").fill(clock.today().isoformat())
    save(page)
    worked(page)

    # An indicator is added, and counts from the next quarter on.
    upcoming = Quarter.objects.filter(start_date__gt=clock.today()).order_by("index").first()
    assert upcoming is not None
    page.goto(reverse("admin:impact_indicator_add"))
    for field, text in {
        "code": "internships", "order": "90", "name_nl": "Stages", "name_en": "Internships", "unit": "placements",
        "meaning_nl": "Stageplaatsen bij bedrijven.", "meaning_en": "Internships with companies.",
    }.items():  # fmt: skip
        page.locator(f"#id_{field}").fill(text)
    page.locator("#id_from_quarter").select_option(upcoming.pk)
    page.locator("#id_kind").select_option("flow")
    page.locator("#id_source").select_option("entered")
    save(page)
    worked(page)

    # A goal is revised.
    goal = Goal.objects.get(code="companies")
    change(page, goal)
    tool(page, "Revise…")
    assert axe.findings(page) == []
    page.locator("#id_target_value").fill("28000")
    page.locator("#id_decision").fill("Besluit van de stuurgroep")
    page.locator("#id_decided_on").fill(clock.today().isoformat())
    save(page)
    page.locator("#effect").wait_for()
    assert axe.findings(page) == []
    page.locator("#id_reason").fill("Het doel was te hoog")
    save(page)
    worked(page)

    # A HIP gets more time.
    page.goto(reverse("admin:impact_extension_add"))
    page.locator("#id_consortium").select_option(str(hip.pk))
    ended = Quarter.objects.filter(end_date__lt=clock.today()).latest("index")
    page.locator("#id_quarter").select_option(ended.pk)
    page.locator("#id_due_date").fill((clock.today() + timedelta(days=30)).isoformat())
    page.locator("#id_reason").fill("Nieuwe coördinator")
    save(page)
    worked(page)

    # Two companies are one: first the effect, then the confirmation.
    change(page, Organisation.objects.get(kvk_number="00000001"))
    tool(page, "Merge, succession…")
    page.locator("#id_kind input[value=merge]").check()
    page.locator("#id_to").fill("00000002")
    page.locator("#id_reason").fill("Zelfde bedrijf")
    save(page)
    page.locator("#effect").wait_for()
    assert axe.findings(page) == []
    save(page)
    worked(page)

    # The quarter is published, and the report on the programme is made.
    page.goto(reverse("admin:impact_vintage_add"))
    page.locator("#id_id").fill("najaar-2026")
    save(page)
    page.locator("#outlook").wait_for()
    save(page)
    worked(page)
    page.goto(reverse("impact:vintage", args=["najaar-2026"]))
    page.get_by_role("button", name=nl("Make the report"), exact=True).click()
    with page.expect_download() as downloaded:
        page.locator("section[aria-labelledby=report] a[download]").first.click()
    assert Path(downloaded.value.path()).read_bytes().startswith(b"%PDF")

    # What was done stands in the history, and in what holds.
    page.goto(reverse("admin:admin_logentry_changes"))
    page.get_by_text("Maakindustrie Oost").first.wait_for()
    assert axe.findings(page) == []
    hip.refresh_from_db()
    assert (hip.name, hip.is_placeholder) == ("Maakindustrie Oost", False)
    leading = hip.partners.leading_on(clock.today()).get()
    assert leading.organisation.name == company_name
    assert IndicatorDefinition.objects.get(indicator__code="internships").from_quarter == upcoming
    assert ledger.resolve().revisions[goal.pk][-1].target_value == 28_000
    assert len(ledger.resolve().links) == 1
    assert Vintage.objects.get().code == "najaar-2026"
    owed = obligations.of_consortia(User.objects.get(name="Mieke de Vries"), ledger.resolve(), consortia=[hip.pk])
    assert any(each.deadline.is_extended for each in owed)


def accept(browser: "Browser", address: str) -> None:
    """Follow the link in the mail, as who was invited does."""
    invited = User.objects.get(email="coordinator@example.org")
    link = re.search(r"/uitnodiging/[\w-]+", Mail.objects.get(recipient=invited).text)
    assert link is not None
    context = browser.new_context(locale="nl-NL", base_url=address)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(link[0])
    assert axe.findings(page) == []
    page.locator("#id_new_password1").fill(CHOSEN)
    page.locator("#id_new_password2").fill(CHOSEN)
    page.locator("main button[type=submit]").first.click()
    page.get_by_role("heading", name=nl("My work"), level=1).wait_for()
    context.close()
    invited.refresh_from_db()
    assert invited.check_password(CHOSEN)
