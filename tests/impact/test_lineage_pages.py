"""The page "Why this number?", and the way to it from every figure."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia.models import Role
from impact import ledger, reporting
from tests import factories
from tests.factories import company, figure, headcount, unidentified

pytestmark = pytest.mark.django_db

WHY = "/cijfers/waarom"
CELL_MEASURES = {"value", "new", "trailingYear", "cumulative", "low", "high", "reported", "trailingYearReported"}


def text_of(response: Any) -> str:
    body = re.sub(r"<(svg|script|head)\b.*?</\1>|(?=</t[dh]>)", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", body))).replace("\N{NO-BREAK SPACE}", " ")


def why(client: Client, indicator: str = "companies", period: str = "2025Q1", **asked: str) -> Any:
    return client.get(f"/en{WHY}", {"indicator": indicator, "kwartaal": period, **asked})


@pytest.fixture
def visitor(programme: Any) -> Client:
    return Client()


def signed_in(role: Role, hip: str | None = None) -> Client:
    client = Client()
    client.force_login(factories.user(role, hip))
    return client


def test_the_page_says_the_number_the_sum_and_the_reports(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", *(company(number) for number in range(1, 101)))
    factories.reported("people", "2025Q1", *(company(number) for number in range(71, 151)))

    response = why(visitor)
    page = text_of(response)

    assert response.status_code == 200
    assert "150 companies" in page
    assert "30 companies take part in more than one HIP." in page
    assert re.search(r"Added up 180 Counted more than once \N{MINUS SIGN}30 Different companies 150", page)
    assert "Which companies these are is not shown to you: 150." in page
    assert "Testbedrijf" not in page and "Person" not in page
    assert 'content="noindex"' in response.content.decode()


def test_who_sees_the_report_is_shown_rows_people_and_reasons(visitor: Client) -> None:
    coordinator = factories.user(Role.COORDINATOR, "scale")
    factories.reported("scale", "2025Q1", figure("assignments", 5), company(1), coordinator=coordinator)
    reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="dubbel geteld")
    factories.reported("scale", "2025Q1", figure("assignments", 4), company(1), coordinator=coordinator)
    own = Client()
    own.force_login(coordinator)

    page = text_of(why(own))
    assert "Testbedrijf 00000001 BV" in page
    assert coordinator.name in page
    assert "correction: dubbel geteld" in page
    assert "/rapportages/scale/2025Q1/versies?versie=2" in why(own).content.decode()
    assert "dubbel geteld" not in text_of(why(visitor)) and "correction" in text_of(why(visitor))
    assert "correction:" not in text_of(why(visitor))
    assert "4 assignments" in text_of(why(own, "assignments"))


def test_a_share_a_bound_and_persons_are_explained_in_words(visitor: Client) -> None:
    factories.reported(
        "scale", "2025Q1", company(1), unidentified(3), headcount(9, 5),
        figure("training-completions", action_line="talent", numerator=8, denominator=10),
    )  # fmt: skip
    factories.reported("people", "2025Q1", figure("training-completions", numerator=100, denominator=400))

    page = text_of(why(visitor, "training-completions"))
    assert "26.3%" in page and "108 of 410." in page and "Together 108 410 26.3%" in page
    assert "The largest of that number and the last column is 4." in text_of(why(visitor, maat="low"))
    persons = text_of(why(visitor, "students"))
    assert "5 persons" in persons and "a person in two HIPs counts twice" in persons


def test_partners_are_organisations(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", company(1))
    factories.reported("people", "2025Q1", company(1))

    page = text_of(why(visitor, "partners"))
    assert "Different organisations in the reports" in page and "Different companies" not in page


@pytest.mark.parametrize(("code", "shown"), [("duplicate", "correction: counted twice"), ("own-words", "")])
def test_everybody_reads_the_kind_of_a_correction_and_nobody_else_its_words(
    visitor: Client, code: str, shown: str
) -> None:
    coordinator = factories.user(Role.COORDINATOR, "scale")
    factories.reported("scale", "2025Q1", company(1), coordinator=coordinator)
    reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="van Jansen", code=code)
    factories.reported("scale", "2025Q1", company(1), coordinator=coordinator)

    page = text_of(why(visitor))
    assert shown in page and "correction" in page
    assert "Jansen" not in page and "own-words" not in page


def test_a_number_that_follows_from_a_figure_is_worked_out_first(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", *(company(number) for number in range(1, 101)))
    front = visitor.get("/en/").content.decode()

    for name, said in {
        "shareOfGrowth": "(100 − 10,000) ÷ (30,000 − 10,000) = −49.5%",
        "shareOfTarget": "100 ÷ 30,000 = 0.3%",
        "neededPerQuarter": "(30,000 − 100) ÷ 10 = 2,990",
    }.items():
        address = f"{WHY}?doel=companies&maat={name}"
        assert address in unescape(front), name
        page = text_of(visitor.get(f"/en{address}"))
        assert said in page.split("The figure that it rests on")[0], page[:1500]
        assert "100 companies" in page.split("The figure that it rests on")[1]


def test_the_pace_says_from_which_quarter_it_starts(visitor: Client) -> None:
    factories.reported("scale", "2024Q1", *(company(number) for number in range(1, 11)))
    factories.reported("scale", "2025Q1", *(company(number) for number in range(1, 31)))

    response = visitor.get(f"/en{WHY}?doel=companies&maat=atCurrentPace")
    assert "30 + (30 − 10) ÷ 4 × 10 = 80" in text_of(response)
    parts = response.content.decode().split("working-parts")[1].split("</dl>")[0]
    assert "kwartaal=2024Q1" in parts and "kwartaal=2025Q1" in parts


def test_a_share_of_smes_names_the_part_and_the_whole(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2))
    address = "indicator=companies-sme&kwartaal=2025Q1&maat=trailingYear&deelvan=companies"

    response = visitor.get(f"/en{WHY}?{address}")
    assert re.search(r"\d ÷ 2 = \d+(\.\d)?%", text_of(response))
    parts = unescape(response.content.decode().split("working-parts")[1].split("</dl>")[0])
    assert "indicator=companies-sme&" in parts and "indicator=companies&" in parts
    assert address in unescape(visitor.get("/").content.decode())


def test_the_name_of_a_link_says_what_it_explains_and_begins_with_the_number(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", company(1))

    page = visitor.get("/en/").content.decode()
    links = re.findall(r'<a class="why" rel="nofollow"([^>]*)>(.*?)</a>', page)
    named = [
        (re.search(r'aria-label="([^"]*)"', attributes), re.sub("<[^>]+>", "", text)) for attributes, text in links
    ]
    assert sum(label is not None for label, _text in named) > 10
    assert all(label[1] == f"{text}, why this number?" for label, text in named if label)


def test_the_pace_of_a_provisional_quarter_says_so(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", company(1))

    page = text_of(visitor.get("/en/"))
    assert page.count("HIPs reported this quarter") == 2
    assert "The line begins below the start figure of 10,000" in page


def test_where_there_is_no_number_the_page_says_why(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", headcount(9, 5))

    assert "No report that counts says anything about this." in text_of(why(visitor, "assignments"))
    withheld = text_of(why(visitor, "students", actielijn="talent"))
    assert "Not public" in withheld and "SCALE" not in withheld.split("Not public")[1].split("The programme")[0]
    assert "does not have this measure" in text_of(why(visitor, "assignments", maat="new"))


def test_an_earlier_moment_is_named_and_stays_in_the_links(visitor: Client) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2, action_line="talent"))
    before = ledger.newest()
    factories.reported("people", "2025Q1", company(3))

    response = why(visitor, peilmoment=str(before))
    page = response.content.decode()
    assert "2 companies" in text_of(response) and "As known now" in text_of(response)
    links = [unescape(link) for link in re.findall(r'class="why"[^>]*href="([^"]*)"', page)]
    assert links and all(f"peilmoment={before}" in link for link in links)
    assert "peilmoment" not in "".join(re.findall(r'class="why"[^>]*href="([^"]*)"', why(visitor).content.decode()))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("indicator=companies", 400),
        ("indicator=companies&kwartaal=2025Q1&peilmoment=morgen", 400),
        ("indicator=companies&kwartaal=2025Q1&peilmoment=99999999", 400),
        ("indicator=companies&kwartaal=2025Q1&vanaf=x", 400),
        ("indicator=nothing&kwartaal=2025Q1", 404),
        ("indicator=companies&kwartaal=2099Q9", 404),
        ("indicator=companies&kwartaal=2025Q1&hip=x", 404),
        ("indicator=companies&kwartaal=2025Q1&actielijn=x", 404),
        ("indicator=companies&kwartaal=2025Q1&maat=reported", 404),
        ("doel=companies&maat=shareOfGrowth&kwartaal=2025Q1", 400),
        ("doel=companies&maat=shareOfGrowth", 404),
        ("doel=companies&maat=latest", 404),
        ("doel=companies", 404),
        ("doel=nothing&maat=shareOfGrowth", 404),
        ("indicator=companies-sme&kwartaal=2025Q1&deelvan=companies", 404),
        ("indicator=companies-sme&kwartaal=2025Q1&maat=trailingYear&deelvan=partners", 404),
        ("indicator=partners&kwartaal=2025Q1&maat=trailingYear&deelvan=companies", 404),
    ],
)
@pytest.mark.parametrize("language", ["", "/en"])
def test_an_address_that_asks_for_nothing_gets_a_calm_page(
    visitor: Client, query: str, status: int, language: str
) -> None:
    response = visitor.get(f"{language}{WHY}?{query}")

    assert response.status_code == status
    assert b"<h1" in response.content


def test_the_records_come_in_pages_without_one_twice_or_missed(programme: Any) -> None:
    factories.reported("scale", "2025Q1", *(company(number) for number in range(1, 121)))
    client = signed_in(Role.REVIEWER)

    found: list[str] = []
    response = why(client)
    while True:
        page = response.content.decode()
        found += re.findall(r'<td class="number">(\d{8})</td>', page)
        following = re.search(r'href="([^"]*)" rel="next nofollow"', page)
        if following is None:
            break
        factories.OrganisationFactory()
        response = client.get(unescape(following[1]).split("#")[0])
    assert found == [f"{number:08}" for number in range(1, 121)]
    assert "101–120 of 120" in text_of(response)


@pytest.mark.parametrize("path", ["", "hips", "hips/scale", "indicatoren/companies", "actielijnen/talent"])
def test_every_figure_of_a_cell_leads_to_its_lineage(visitor: Client, path: str) -> None:
    factories.reported("scale", "2025Q1")

    page = visitor.get(f"/{path}").content.decode()
    numbers = re.findall(r'(<a class="why"[^>]*href="([^"]*)">)?<span class="number"((?: data-[a-z]+="[^"]*")+)>', page)
    assert numbers
    for link, address, attributes in numbers:
        data = dict(re.findall(r'data-([a-z]+)="([^"]*)"', attributes))
        if "withheld" in data:
            assert not link
        elif "goal" not in data and data["measure"] in CELL_MEASURES:
            assert link, data
            assert f"indicator={data['indicator']}" in address and f"kwartaal={data['period']}" in address
    for address in {unescape(address) for _link, address, _attributes in numbers if address}:
        assert visitor.get(address.split("#")[0]).status_code == 200, address


def test_the_table_under_a_chart_has_linked_numbers(visitor: Client) -> None:
    factories.reported("scale", "2025Q1")

    table = visitor.get("/").content.decode().split('id="chart-companies"')[1].split("</figure>")[0]

    assert re.search(r'<a class="why"[^>]*kwartaal=2025Q1[^>]*maat=trailingYear', unescape(table))


def test_reviewers_are_led_from_what_counts_and_not_from_what_is_supposed(programme: Any) -> None:
    factories.reported("scale", "2025Q1", figure("assignments", 5))
    factories.reported("scale", "2025Q2", figure("assignments", 6), upto="submitted")
    client = signed_in(Role.REVIEWER)

    page = client.get("/beoordelen/scale/2025Q2").content.decode()
    links = {unescape(link) for link in re.findall(r'class="why"[^>]*href="([^"]*)"', page)}
    of_assignments = {link for link in links if "indicator=assignments" in link and "hip=scale" in link}
    assert of_assignments and all("kwartaal=2025Q1" in link for link in of_assignments)
    report = client.get("/rapportages/scale/2025Q1").content.decode()
    assert re.search(r'class="why"[^>]*href="[^"]*indicator=assignments[^"]*kwartaal=2025Q1', report)


def test_the_page_asks_no_more_of_the_database_when_there_is_more_to_show(programme: Any) -> None:
    client, counts = signed_in(Role.REVIEWER), []
    for hip, number in (("scale", 2), ("people", 60)):
        factories.reported(hip, "2025Q1", *(company(each) for each in range(1, number)))
        client.get("/over")
        with CaptureQueriesContext(connection) as queries:
            assert why(client).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
