"""Money as the office and a HIP see it, and the year overview for RVO as PDF and workbook."""

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.utils.translation import override

from consortia.models import Consortium
from impact import budgets, year_overview
from impact.finance import CASH, COSTS, IN_KIND
from impact.models import Indicator
from tests import factories
from tests.factories import company, figure, headcount
from tests.pdf_text import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP = "scale"
PAGE = "/en/financien"


def hip(slug=HIP):
    return Consortium.objects.get(slug=slug)


def money(period, slug=HIP, costs=100, cash=10, in_kind=None):
    values = {COSTS: costs, CASH: cash, IN_KIND: in_kind}
    lines = [figure(code, value, action_line=None) for code, value in values.items() if value is not None]
    return factories.reported(slug, period, *lines, company(1), company(2), headcount(10, 5, category="mbo"))


def plan(actor, code, amount, *, year=2024, slug=HIP):
    return budgets.plan(
        actor=actor, consortium=hip(slug), year=year, indicator=Indicator.objects.get(code=code),
        amount=Decimal(amount), source="Beschikking",
    )  # fmt: skip


@pytest.fixture
def manager():
    return factories.user("manager")


@pytest.fixture
def office(manager):
    client = Client()
    client.force_login(manager)
    return client


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_office_sees_every_hip_with_what_deviates_on_top(office, manager):
    for quarter in ("2024Q1", "2024Q2", "2024Q3", "2024Q4"):
        money(quarter)
    money("2024Q1", "people")
    plan(manager, COSTS, 1000)
    plan(manager, CASH, 41)

    page = office.get(f"{PAGE}?jaar=2024")

    assert page.content.decode().count('<th scope="row">') == 15 + 1
    assert "1 amount deviates more than 25% from its plan" in text(page)
    assert "−60%" in text(page)
    assert "plan known of 1 of 15 HIPs" in text(page)
    assert "€500" in text(page)


def test_every_number_of_a_hip_leads_to_why_it_is_what_it_is(office):
    money("2024Q1", costs=111)
    money("2024Q2", costs=222)
    page = office.get(f"{PAGE}/{HIP}").content.decode()

    for amount, address in re.findall(r'aria-label="(€\d+), why this number\?" href="([^"]+)"', page):
        answer = office.get(address.replace("&amp;", "&"))
        assert (answer.status_code, amount in text(answer)) == (200, True), (amount, address)
    assert {"€111", "€222", "€333"} <= set(re.findall(r'aria-label="(€\d+), why', page))


def test_whoever_has_one_hip_sees_that_one(client):
    client.force_login(factories.user("coordinator", HIP))
    money("2024Q1")

    assert client.get(PAGE).headers["Location"] == f"{PAGE}/{HIP}"
    assert "€100" in text(client.get(f"{PAGE}/{HIP}"))
    for address in (f"{PAGE}/people", f"{PAGE}/people/2024.pdf", f"{PAGE}/people/2024.xlsx"):
        assert client.get(address).status_code == 404


def test_the_list_takes_as_many_queries_for_many_hips_as_for_one(office, manager, django_assert_max_num_queries):
    money("2024Q1")
    office.get(PAGE)
    with django_assert_max_num_queries(60) as few:
        office.get(PAGE)
    for slug in ("people", "snel"):
        money("2024Q2", slug)
        plan(manager, COSTS, 10, slug=slug)

    with django_assert_max_num_queries(len(few)):
        office.get(PAGE)


# --- the year overview


@pytest.fixture
def reported(manager):
    money("2024Q1", costs="1000.50")
    money("2024Q2", costs=2000, in_kind=7)
    plan(manager, COSTS, 1000)


def test_the_overview_says_what_was_planned_spent_and_achieved_and_what_it_rests_on(reported, manager):
    with override("en"):
        found = year_overview.of(manager, hip(), 2024)
        said = text_of(year_overview.pdf(found))

    for words in (
        "Year overview for RVO, 2024", hip().name, "€3,000.50", "200.1%", "more than 25%",
        "RVO asks for a change request", "of 4: 2", "Source of the plan: Beschikking",
        f"entry {found.seq} of the ledger", "€1,260.21 (42%)", "counts, version 1", "not reported",
    ):  # fmt: skip
        assert words in said, words
    assert "Demonstration data" not in said


def test_the_same_entry_and_plan_give_the_same_bytes_whatever_happens_later(reported, manager, office):
    first = year_overview.of(manager, hip(), 2024)
    before = year_overview.pdf(first), year_overview.xlsx(first)
    money("2024Q3")
    plan(manager, COSTS, 5)

    again = year_overview.of(manager, hip(), 2024, seq=first.seq, revision=first.revision)
    newest = year_overview.of(manager, hip(), 2024)

    assert (year_overview.pdf(again), year_overview.xlsx(again)) == before
    assert year_overview.pdf(newest) != before[0]
    address = f"/financien/{HIP}/2024.pdf?seq={first.seq}&begroting={first.revision}"
    with override("nl"):
        dutch = year_overview.pdf(year_overview.of(manager, hip(), 2024, seq=first.seq, revision=first.revision))
    assert office.get(address).content == dutch
    assert office.get(f"/financien/{HIP}/2024.pdf?seq=x").status_code == 404
    assert office.get(f"/financien/{HIP}/2019.pdf").status_code == 404


def test_the_pdf_is_accessible_and_the_workbook_has_numbers_and_no_formulas(reported, manager):
    hip_row = hip()
    hip_row.name = "=HYPERLINK(1)"
    hip_row.save()
    with override("en"):
        found = year_overview.of(manager, hip_row, 2024)
    sheet = openpyxl.load_workbook(io.BytesIO(year_overview.xlsx(found))).active
    values = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]

    assert b"pdfuaid:part" in year_overview.pdf(found)
    assert 3000.5 in values
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s", "n"}
    assert "=HYPERLINK(1)" in values


def test_a_budget_line_is_added_in_the_administration_and_holds(office):
    given = {
        "consortium": hip().pk, "year": 2024, "indicator": Indicator.objects.get(code=COSTS).pk,
        "amount": "1000", "source": "Beschikking",
    }  # fmt: skip
    page = "/en/admin/impact/budgetline/add/"

    assert office.post(page, {**given, "source": ""}).status_code == 200
    assert office.post(page, given).status_code == 302
    assert set(budgets.read().amounts.values()) == {Decimal(1000)}
    assert "€1,000" in text(office.get("/en/admin/impact/budgetline/"))
