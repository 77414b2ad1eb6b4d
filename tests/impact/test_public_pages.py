"""What everybody sees: the same numbers as the engine's, in two languages, with nothing that is not public."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import html5lib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consortia import partners
from consortia.models import Consortium, Programme, Role, Theme
from impact import ledger, materialise, progress, reference, rollups
from impact import programme as office
from impact.models import Goal, Indicator, Quarter
from impact.rollups import Dimensions, Selection
from tests import factories, golden
from tests.factories import company, figure, headcount, unidentified

pytestmark = pytest.mark.django_db

PAGES = [
    "", "hips", "hips/scale", "hips/hip-09", "indicatoren", "indicatoren/companies", "indicatoren/students",
    "indicatoren/training-completions", "indicatoren/learning-communities", "indicatoren/cofinancing",
    "actielijnen/talent", "actielijnen/infrastructure", "data", "over", "toegankelijkheid", "privacy", "contact",
]  # fmt: skip
WITH_FIGURES = PAGES[:12]
HIPS_OF_GOLDEN = [f"hips/{slug}" for slug in (golden.A, golden.B, golden.C, golden.D)]
MEASURES = {
    "value": lambda cell: cell.measures.value,
    "new": lambda cell: cell.measures.new,
    "trailingYear": lambda cell: cell.measures.trailing_year,
    "cumulative": lambda cell: cell.measures.cumulative,
    "low": lambda cell: cell.low,
    "high": lambda cell: cell.high,
    "reported": lambda cell: cell.coverage.reported,
    "expected": lambda cell: cell.coverage.expected,
    "trailingYearReported": lambda cell: cell.coverage.trailing_year_reported,
    "trailingYearExpected": lambda cell: cell.coverage.trailing_year_expected,
}


@pytest.fixture
def played(programme):
    return golden.play()


def text_of(response) -> str:
    """The visible text with single spaces."""
    body = re.sub(r"<(svg|script|head)\b.*?</\1>|(?=</t[dh]>)", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", body)))


def numbers_of(response) -> list[dict[str, str]]:
    """Every number of the page that says where it is from."""
    tags = re.findall(r'<span class="number"((?: data-[a-z]+="[^"]*")+)>', response.content.decode())
    return [{name: unescape(value) for name, value in re.findall(r'data-([a-z]+)="([^"]*)"', tag)} for tag in tags]


def visit(client, path, language="nl"):
    return client.get(f"/{path}" if language == "nl" else f"/en/{path}")


def engine() -> dict[tuple[str, str, str, str], rollups.Cell]:
    dimensions = Dimensions.read()

    def code(members, pk, attribute):
        return "none" if pk is None else getattr(members[pk], attribute)

    return {
        (
            code(dimensions.consortia, cell.consortium_id, "slug"),
            code(dimensions.action_lines, cell.action_line_id, "code"),
            dimensions.indicators[cell.indicator_id].code,
            dimensions.quarters[cell.quarter].pk,
        ): cell
        for cell in rollups.compute(Selection(), ledger.resolve(), dimensions)
    }


def wrong_numbers(response, cells) -> list[tuple[dict[str, str], object]]:
    """The numbers of a page that are not the engine's; those of goals and shares are compared elsewhere."""
    wrong = []
    for number in numbers_of(response):
        if number["measure"] not in MEASURES or number.get("withheld") or "goal" in number:
            continue
        cell = cells[number["consortium"], number["line"], number["indicator"], number["period"]]
        value = MEASURES[number["measure"]](cell)
        if number["value"] != "" if value is None else Decimal(number["value"] or "-1") != value:
            wrong.append((number, value))
    return wrong


# --- every page


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_page_answers_in_its_language_whatever_the_browser_asks_for(programme, language):
    other = {"nl": "en", "en": "nl"}[language]
    client = Client(headers={"accept-language": other})

    for path in PAGES:
        response = visit(client, path, language)
        assert response.status_code == 200, path
        assert response.headers["Content-Language"] == language
        assert f'<html lang="{language}">' in response.content.decode()


def test_a_page_is_well_formed_with_figures_and_without(programme, client):
    for path in WITH_FIGURES:
        html5lib.HTMLParser(strict=True).parse(visit(client, path, "en").content.decode())
    golden.play()

    for path in [*PAGES, HIPS_OF_GOLDEN[0]]:
        html5lib.HTMLParser(strict=True).parse(visit(client, path).content.decode())


def test_a_page_speaks_one_language(played, client):
    for path in PAGES:
        dutch, english = text_of(visit(client, path)), text_of(visit(client, path, "en"))
        assert "Hoofdmenu" not in english
        assert " tot en met " not in english
        for words in (" up to and including ", "provisional", "not reported", "take part", " of the "):
            assert words not in dutch, path


@pytest.mark.parametrize("path", ["hips/", "hips/scale/", "en/indicatoren/", "over/", "en/hips/?a=1"])
def test_a_slash_too_many_leads_to_the_page(programme, client, path):
    response = client.get(f"/{path}")

    assert response.status_code == 301
    assert response.headers["Location"] == "/" + path.replace("/?", "?").removesuffix("/")


@pytest.mark.parametrize("path", ["hips/nergens", "indicatoren/niets", "actielijnen/geen"])
def test_what_does_not_exist_is_not_found(programme, client, path):
    assert client.get(f"/{path}").status_code == 404
    assert client.get(f"/en/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "hips", "indicatoren", "data", "over", "contact"])
def test_a_page_stands_before_anything_is_loaded(db, client, path):
    assert visit(client, path).status_code == 200


def test_a_page_is_asked_for_again_each_time_and_kept_by_no_proxy(programme, client):
    assert set(visit(client, "").headers["Cache-Control"].split(", ")) == {"no-cache", "private"}


def test_pages_are_only_for_reading(programme, client):
    for path in PAGES:
        assert client.post(f"/{path}").status_code == 405


# --- demonstration data


def test_real_data_is_not_called_a_demonstration(programme, client):
    assert "X-Demo-Data" not in visit(client, "").headers
    assert "Demonstratie" not in text_of(visit(client, ""))


def test_every_answer_says_that_the_data_is_made_up(db, client):
    reference.load(is_demo=True)

    for path in PAGES:
        assert visit(client, path).headers["X-Demo-Data"] == "true"
        assert "Demonstratiegegevens: alle cijfers zijn verzonnen." in text_of(visit(client, path))
    assert client.get("/api/v1/goals").headers["X-Demo-Data"] == "true"
    assert client.get("/nergens").headers["X-Demo-Data"] == "true"
    assert "X-Demo-Data" not in client.get("/health/live").headers


# --- the numbers


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize("role", [None, Role.READER])
def test_every_number_on_every_page_is_the_engines(played, client, role, is_stored):
    if is_stored:
        materialise.roll_up()
    if role:
        client.force_login(factories.user(role))
    cells = engine()

    for path in [*WITH_FIGURES, *HIPS_OF_GOLDEN]:
        assert wrong_numbers(visit(client, path), cells) == [], path

    assert numbers_of(visit(client, "", "en")) == numbers_of(visit(client, ""))
    assert len(numbers_of(visit(client, ""))) > 100
    assert len(numbers_of(visit(client, f"hips/{golden.A}"))) > 100


def test_the_first_thing_said_is_how_many_companies_take_part(played, client):
    assert "8 van de 30.000 bedrijven doen mee" in text_of(visit(client, ""))
    assert "8 of the 30,000 companies take part" in text_of(visit(client, "", "en"))
    assert "<title>8 van de 30.000 bedrijven doen mee" in visit(client, "").content.decode()


def test_the_first_number_comes_with_its_quarter_status_and_coverage(played, client):
    page = text_of(visit(client, ""))

    assert "2025 K3" in page
    assert "Voorlopig" in page
    assert "2 van 4 HIP’s" in page
    assert "9 van de 11 HIP-rapportages" in page


def test_the_goals_are_those_of_the_progress(played, client):
    numbers = {
        (number["goal"], number["measure"]): number["value"]
        for number in numbers_of(visit(client, ""))
        if "goal" in number
    }
    for row in progress.read(None, Dimensions.read()):
        found = {measure: value for (goal, measure), value in numbers.items() if goal == row.goal.code}
        assert Decimal(found[row.goal.measure] or 0) == (row.latest.value if row.latest else 0)
        for measure, value in [
            ("shareOfTarget", row.share_of_target),
            ("shareOfGrowth", row.share_of_growth),
            ("neededPerQuarter", row.needed_per_quarter),
            ("target", row.current.target_value),
        ]:
            if measure in found and value is not None:
                assert Decimal(found[measure]) == value


def test_shares_are_shown_labelled_and_not_clamped(played, client):
    page = text_of(visit(client, ""))

    assert "Van de afgesproken groei −50%" in page
    assert "Van het doel 0%" in page
    assert "19.992 minder dan gepland" in page


def test_a_goal_whose_baseline_is_not_known_says_so(played, client):
    page = text_of(visit(client, ""))

    assert page.count("De nulmeting is nog niet bekend, en het doel dus ook niet") == 2
    assert "wie bij twee HIP’s meedoet, telt twee keer" in page


def test_a_revised_target_stands_beside_the_original_one(played, client):
    goal = Goal.objects.get(code="companies")
    office.revise_goal(
        actor=None,
        goal=goal,
        baseline_value=Decimal(10_000),
        baseline_date=date(2023, 9, 30),
        target_value=Decimal(20_000),
        target_date=date(2027, 9, 30),
        decision="herijking",
        decided_on=date(2026, 1, 1),
    )

    page = text_of(visit(client, ""))

    assert "8 van de 20.000 bedrijven doen mee" in page
    assert "van het oorspronkelijke doel van 30.000" in page


def test_the_sme_share_is_a_headline_figure(played, client):
    page = visit(client, "")

    assert "Aandeel mkb 75%" in text_of(page)
    assert {"consortium": "none", "measure": "smeShare", "value": "0.75"}.items() <= next(
        number for number in numbers_of(page) if number["measure"] == "smeShare"
    ).items()


def test_the_pages_say_that_lines_and_hips_overlap(played, client):
    assert "Lijnen overlappen, ze tellen niet op" in text_of(visit(client, ""))
    assert "Lijnen overlappen, ze tellen niet op" in text_of(visit(client, f"hips/{golden.A}"))
    assert "HIP’s overlappen" in text_of(visit(client, "hips"))


def test_companies_without_a_number_are_a_range_and_never_added(played, client):
    factories.reported(golden.A, "2025Q4", company(1), unidentified(3))

    page = visit(client, f"hips/{golden.A}")

    assert "tussen de 4 en 4" in text_of(page)
    assert [number["value"] for number in numbers_of(page) if number["measure"] == "low"] == ["4"]


def test_a_share_of_nothing_is_not_a_missing_share(played, client):
    factories.reported(
        golden.A, "2025Q4",
        figure("training-completions", action_line="lifelong-learning", numerator=0, denominator=0),
    )  # fmt: skip

    page = text_of(visit(client, "indicatoren/training-completions"))

    assert "2025 K4 n.v.t." in page
    assert "26,3% 108 van 410" in page


def test_a_changed_definition_is_marked(played, client):
    indicator = Indicator.objects.get(code="assignments")
    office.define_indicator(
        actor=None, indicator=indicator, from_quarter=Quarter.objects.get(pk="2025Q4"), kind="flow",
        unit="assignments", source="entered", meaning_nl="Alleen opdrachten van mkb-bedrijven.",
        meaning_en="Assignments of SMEs alone.",
    )  # fmt: skip

    page = text_of(visit(client, "indicatoren/assignments"))

    assert "definitie veranderd" in page
    assert page.index("Vanaf 2025 K4") < page.index("Vanaf 2023 K3")
    assert "Alleen opdrachten van mkb-bedrijven." in page


# --- zero and missing


def test_zero_is_shown_as_zero_and_missing_as_missing(played, client):
    numbers = {
        (number["indicator"], number["period"]): number["value"]
        for number in numbers_of(visit(client, f"hips/{golden.C}"))
        if number["line"] == "none" and number["measure"] == "value"
    }
    page = text_of(visit(client, f"hips/{golden.C}"))

    assert numbers["companies", "2025Q1"] == "0"
    assert numbers["companies", "2025Q3"] == ""
    assert numbers["assignments", "2025Q1"] == "0"
    assert numbers["assignments", "2025Q2"] == ""
    assert "niet gerapporteerd" in page


def test_the_front_page_tells_a_hip_that_did_not_report_from_one_with_nothing(played, client):
    factories.reported(golden.B, "2025Q3", figure("assignments", 0))
    page = visit(client, "").content.decode()

    def row(slug: str) -> str:
        found = re.search(rf'<th scope="row"><a href="/hips/{slug}">.*?</tr>', page, re.DOTALL)
        assert found
        return found[0]

    assert re.search(r'data-measure="value" data-value="0">0<', row(golden.B))
    assert "niet gerapporteerd" in row(golden.C)
    assert "doet niet mee" in row("hip-09")


def test_a_hip_without_any_report_says_that_it_has_none(played, client):
    page = text_of(visit(client, "hips/hip-09"))

    assert "Nog geen cijfers" in page
    assert "De naam en de beschrijving van deze HIP volgen nog." in page


def test_before_the_first_report_the_front_page_names_the_goal(programme, client):
    page = text_of(visit(client, ""))

    assert "Het doel: 30.000 bedrijven die meedoen" in page
    assert "Er is nog niets gerapporteerd" in page


# --- what is not public


def is_person_cell(number: dict[str, str]) -> bool:
    persons = {"students", "student-participations", "teachers", "employees", "jobseekers"}
    return number["indicator"] in persons and number["line"] != "none"


def test_persons_by_action_line_are_nowhere_for_a_visitor(played, client):
    factories.reported(golden.B, "2025Q3", headcount(17, 11, group="teachers"), headcount(4321, 1234))

    for path in [*WITH_FIGURES, "indicatoren/teachers", *HIPS_OF_GOLDEN, "actielijnen/talent"]:
        for language in ("nl", "en"):
            response = visit(client, path, language)
            assert [number for number in numbers_of(response) if is_person_cell(number)] == [], path

    assert "niet openbaar" in text_of(visit(client, "actielijnen/talent"))
    assert "1.234" in text_of(visit(client, f"hips/{golden.B}"))


def test_whoever_is_signed_in_sees_persons_by_action_line(played, client):
    factories.reported(golden.B, "2025Q3", headcount(17, 11, group="teachers"))
    client.force_login(factories.user(Role.READER))

    for path in ("actielijnen/talent", "indicatoren/teachers", f"hips/{golden.B}"):
        shown = [number for number in numbers_of(visit(client, path)) if is_person_cell(number)]
        assert "11" in {number["value"] for number in shown if number["indicator"] == "teachers"}, path


# --- the HIPs


def test_a_hip_is_shown_with_who_where_and_what_for(played, client):
    hip = Consortium.objects.get(slug=golden.A)
    lead = hip.partners.get(role="lead").organisation
    partners.replace_lead(actor=factories.user(Role.MANAGER), consortium=hip,
                          organisation=factories.OrganisationFactory(name="Nieuwe Penvoerder"),
                          first_day=date(2025, 1, 1))  # fmt: skip
    hip.partnerships.create(name="PPS Duurzaam Water")

    page = text_of(visit(client, f"hips/{golden.A}"))

    for words in [
        hip.name, "Drechtsteden (Zuid-Holland)", "klimaat- en energietransitie", "Nieuwe Penvoerder",
        "sinds 1 januari 2025", lead.name, "tot en met 31 december 2024", "PPS Duurzaam Water", "€ 9 mln", "€ 21,5 mln",
        "federatieov.nl",
    ]:  # fmt: skip
        assert words in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "climate and energy transition" in text_of(visit(client, f"hips/{golden.A}", "en"))


def test_what_is_not_known_of_a_hip_is_left_out(played, client):
    assert "Totale kosten" not in text_of(visit(client, f"hips/{golden.C}"))
    assert "ten hoogste € 9 mln" in text_of(visit(client, f"hips/{golden.C}")).replace("\N{NO-BREAK SPACE}", " ")


def test_texts_of_the_office_are_shown_and_not_obeyed(played, client):
    evil = "<script>alert('x')</script>\"'&"
    hip = Consortium.objects.get(slug=golden.A)
    Consortium.objects.filter(pk=hip.pk).update(name=evil, description_nl=evil, regions=[evil], source=evil)
    hip.themes.add(Theme.objects.create(slug="evil", name_nl=evil, name_en=evil))
    hip.partnerships.create(name=evil)
    Indicator.objects.update(name_nl=evil)
    Goal.objects.update(name_nl=evil)
    Programme.objects.update(name_nl=evil, summary_nl=evil, contact_name=evil)

    for path in [*PAGES, *HIPS_OF_GOLDEN]:
        page = visit(client, path).content.decode()
        assert "alert('x')" not in page, path


# --- how much is read


def queries(client, path) -> int:
    visit(client, path)
    with CaptureQueriesContext(connection) as captured:
        assert visit(client, path).status_code == 200
    return len(captured)


def test_the_front_page_reads_little(played, client):
    materialise.roll_up()

    assert queries(client, "") <= 16

    client.force_login(factories.user(Role.READER))

    assert queries(client, "") <= 17, "one more: how many messages wait"


def test_the_number_of_queries_does_not_grow_with_the_programme(played, client):
    materialise.roll_up()
    paths = [*WITH_FIGURES, f"hips/{golden.A}"]
    before = {path: queries(client, path) for path in paths}

    for _number in range(4):
        hip = factories.ConsortiumFactory()
        hip.themes.add(Theme.objects.get(slug="energy"))
        partners.add_partner(actor=None, consortium=hip, organisation=factories.OrganisationFactory(), role="lead")
        factories.reported(hip, "2025Q3", company(1), company(20), figure("assignments", 3))
    materialise.roll_up()

    assert {path: queries(client, path) for path in paths} == before


# --- the frame


def test_the_menu_offers_what_the_role_may_do(programme, client):
    def menu(role=None, consortium=None) -> str:
        client.logout()
        if role:
            client.force_login(factories.user(role, consortium))
        return text_of(visit(client, "over"))

    assert "Mijn werk" not in menu()
    assert "Mijn werk" in menu(Role.COORDINATOR, "scale")
    assert "Beoordelen" not in menu(Role.COORDINATOR, "scale")
    assert "Beoordelen" in menu(Role.REVIEWER)
    assert "Beoordelen" in menu(Role.MANAGER)
    assert "Beheer" not in menu(Role.REVIEWER)
    assert "Beheer" in menu(Role.MANAGER)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_has_its_name_and_address(programme, language):
    names = {
        "impact:dashboard": "", "impact:hips": "hips", "impact:indicators": "indicatoren", "impact:data": "data",
        "about": "over", "accessibility": "toegankelijkheid", "privacy": "privacy", "contact": "contact",
    }  # fmt: skip
    with translation.override(language):
        prefix = "/" if language == "nl" else "/en/"
        assert {name: reverse(name) for name in names} == {name: prefix + path for name, path in names.items()}
        assert reverse("impact:hip", args=["scale"]) == f"{prefix}hips/scale"
        assert reverse("impact:indicator", args=["companies"]) == f"{prefix}indicatoren/companies"
        assert reverse("impact:action_line", args=["talent"]) == f"{prefix}actielijnen/talent"
