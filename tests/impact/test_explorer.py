"""The explorer: an address that is the permalink, a picture with its table, and the same numbers in every file."""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import html5lib
import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia.models import Programme, Role
from impact import materialise, reference, vintages
from impact.models import LedgerEntry
from tests import factories, golden
from tests.impact.test_public_pages import engine, numbers_of, text_of, wrong_numbers

pytestmark = pytest.mark.django_db

WHOLE = "indicator=companies&maat=value&hip=none&actielijn=none&vorm=lijn"
SEVERAL = (
    f"indicator=companies&maat=trailingYear&hip=none&hip={golden.A}&hip={golden.B}"
    "&actielijn=none&actielijn=talent&vorm=staaf"
)
PERSONS = f"indicator=students&maat=value&hip={golden.A}&actielijn=talent&vorm=lijn"
PICTURES = (
    WHOLE, SEVERAL, PERSONS, f"indicator=training-completions&maat=cumulative&hip={golden.A}&actielijn=none&vorm=staaf",
    "indicator=cofinancing&maat=cumulative&hip=none&actielijn=none&van=2025Q1&tot=2025Q2&vorm=lijn",
    f"indicator=learning-communities&maat=trailingYear&hip=none&hip={golden.D}&actielijn=none&vorm=lijn",
)  # fmt: skip
NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def played(programme):
    cache.clear()
    return golden.play()


def visit(client, query="", status=200, language="en"):
    response = client.get(f"/{'en/' if language == 'en' else ''}verkennen?{query}".rstrip("?"))
    assert response.status_code == status, query
    return response


def rows_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_a_page_is_well_formed_with_figures_and_without(programme, client):
    html5lib.HTMLParser(strict=True).parse(visit(client).content.decode())
    golden.play()

    for query in ("", *PICTURES):
        html5lib.HTMLParser(strict=True).parse(visit(client, query).content.decode())
        html5lib.HTMLParser(strict=True).parse(visit(client, query, language="nl").content.decode())


@pytest.mark.parametrize("role", [None, Role.READER])
def test_every_number_is_the_engines(played, client, role):
    if role:
        client.force_login(factories.user(role))
    cells = engine()

    for query in PICTURES:
        page = visit(client, query)
        assert wrong_numbers(page, cells) == [], query
        assert numbers_of(page) == numbers_of(visit(client, query, language="nl"))
    assert len(numbers_of(visit(client, SEVERAL))) > 40


def test_every_number_leads_to_its_reason(played, client):
    for query in PICTURES:
        page = visit(client, query)
        links = re.findall(r'<a class="why"[^>]* href="([^"]+)"', page.content.decode())
        shown = [number for number in numbers_of(page) if not number.get("withheld")]
        assert len(links) >= len([number for number in shown if number["measure"] != "trailingYearExpected"]) // 2
        for link in links[:2]:
            assert client.get(unescape(link)).status_code == 200


def test_the_same_asked_in_another_order_leads_to_the_one_address(played, client):
    shuffled = f"vorm=lijn&peilmoment=&hip={golden.B}&actielijn=none&hip={golden.A}&maat=value&indicator=companies&x=1"
    wanted = f"indicator=companies&maat=value&hip={golden.A}&hip={golden.B}&actielijn=none&vorm=lijn"

    assert visit(client, shuffled, 302).headers["Location"] == f"/en/verkennen?{wanted}"
    assert visit(client, f"{shuffled}&formaat=csv", 302).headers["Location"].endswith(f"{wanted}&formaat=csv")
    assert (
        f'rel="canonical" href="http://testserver/en/verkennen?{wanted.replace("&", "&amp;")}"'
        in visit(client, wanted).content.decode()
    )


def test_what_cannot_be_drawn_is_said_at_its_field(played, client):
    many = "hip=" + "&hip=".join(["none", "scale", "people", "snel", "groene-transitie"])
    for query, field in (
        ("indicator=nothing", "indicator"),
        ("maat=new", "maat"),
        ("hip=nowhere", "hip"),
        ("actielijn=a%00b", "actielijn"),
        ("van=1999Q1", "van"),
        ("van=2025Q3&tot=2025Q1", "tot"),
        ("tot=2099Q1", "tot"),
        ("editie=none-such", "editie"),
        ("peilmoment=yesterday", "peilmoment"),
        ("peilmoment=2999-01-01", "peilmoment"),
        ("peilmoment=69", "peilmoment"),
        ("vorm=taart", "vorm"),
        ("indicator=companies&indicator=partners", "indicator"),
        (f"{many}&actielijn=none&actielijn=talent", "hip"),
    ):
        page = visit(client, query, 400).content.decode()
        assert page.count('class="form-field__error"') == 1, query
        assert f'id="id_{field}_error"' in page
        assert "<figure" not in page
        html5lib.HTMLParser(strict=True).parse(page)


def test_a_format_that_there_is_not_is_refused(played, client):
    assert "csv, xlsx, svg or png" in text_of(visit(client, f"{WHOLE}&formaat=exe", 400))


def test_a_vintage_and_a_moment_show_what_was_known_then(played, client):
    vintages.publish(actor=factories.user(Role.MANAGER), code="toen", seq=played.before_the_correction)
    query = "indicator=assignments&maat=value&hip=none&actielijn=none"
    now = {row["period"]: row["value"] for row in rows_of(visit(client, f"{query}&vorm=lijn&formaat=csv"))}

    for asked in ("editie=toen", f"peilmoment={played.before_the_correction}"):
        csv_rows = rows_of(visit(client, f"{query}&{asked}&vorm=lijn&formaat=csv"))
        then = {row["period"]: row["value"] for row in csv_rows}
        assert Decimal(then["2025Q3"]) - Decimal(now["2025Q3"]) == 10
        assert {row["asOf"] for row in csv_rows} == {str(played.before_the_correction)}
        page = visit(client, f"{query}&{asked}&vorm=lijn")
        assert {number["value"] for number in numbers_of(page) if number["measure"] == "value"} == set(then.values())
        assert f"peilmoment={played.before_the_correction}" in unescape(page.content.decode())
    visit(client, "editie=toen&peilmoment=1", 400)


def test_a_day_becomes_the_entry_up_to_which_was_known_then(played, client):
    query = "indicator=assignments&maat=value&hip=none&actielijn=none"
    moment = LedgerEntry.objects.get(seq=played.before_the_correction).recorded_at.isoformat().replace("+00:00", "Z")
    response = visit(client, f"{query}&peilmoment={moment}", 302)

    assert response.headers["Location"].endswith(f"&peilmoment={played.before_the_correction}&vorm=lijn")


def test_the_address_for_ever_says_its_quarters_and_its_moment(played, client):
    page = unescape(visit(client, WHOLE).content.decode())
    for_ever = re.search(r'href="([^"]+)">this one<', page)[1]
    asked = dict(parse_qsl(urlsplit(for_ever).query))

    assert (asked["van"], asked["tot"], asked["peilmoment"]) == ("2023Q3", "2025Q3", str(played.now))
    assert numbers_of(client.get(for_ever)) == numbers_of(visit(client, WHOLE))


# --- the files


def test_the_files_have_the_numbers_that_are_drawn(played, client):
    for query in PICTURES:
        place = ("consortium", "line", "indicator", "period")
        measure = dict(parse_qsl(query))["maat"]
        page = {
            tuple(number[key] for key in place): number["value"]
            for number in numbers_of(visit(client, query))
            if number["measure"] == measure
        }
        files = {
            (row["consortium"], row["actionLine"], row["indicator"], row["period"]): row["value"]
            for row in rows_of(visit(client, f"{query}&formaat=csv"))
        }
        assert files == page
        book = openpyxl.load_workbook(io.BytesIO(visit(client, f"{query}&formaat=xlsx").getvalue()))
        values = [row[6] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
        exact = [Decimal(value) for value in files.values() if value]
        assert [Decimal(str(value)) for value in values if isinstance(value, int | float)] == pytest.approx(exact)


def test_a_drawing_stands_alone_and_has_a_spot_for_every_number(played, client):
    for query in PICTURES:
        response = visit(client, f"{query}&formaat=svg")
        drawing = ElementTree.fromstring(response.content)
        reported = [row for row in rows_of(visit(client, f"{query}&formaat=csv")) if row["value"]]
        marks = [each for each in drawing.iter() if each.get("class", "").startswith(("series-spot", "series-bar"))]
        assert len(marks) == len(reported), query
        assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
        assert "style" not in {key for each in drawing.iter() for key in each.attrib}
        assert drawing.find(f"{NAMESPACE}title").text
        assert drawing.find(f"{NAMESPACE}desc").text


def test_the_same_drawing_comes_as_pixels(played, client):
    response = visit(client, f"{SEVERAL}&formaat=png")

    assert response.headers["Content-Type"] == "image/png"
    assert response.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(response.content[16:20]) == 2 * 1148


def test_a_drawing_of_made_up_data_says_so(db, client):
    reference.load(is_demo=True)
    golden.play()
    assert Programme.objects.get().is_demo

    assert "Demonstration data" in visit(client, f"{WHOLE}&formaat=svg").content.decode()


def test_a_drawing_for_everybody_may_be_kept_and_asked_for_again(played, client):
    drawing = visit(client, f"{WHOLE}&formaat=svg")
    assert set(drawing.headers["Cache-Control"].split(", ")) == {"public", "max-age=600"}
    again = client.get(f"/en/verkennen?{WHOLE}&formaat=svg", headers={"If-None-Match": drawing.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    fixed = f"{WHOLE.removesuffix('&vorm=lijn')}&peilmoment={played.now}&vorm=lijn&formaat=svg"
    assert "max-age=86400" in visit(client, fixed).headers["Cache-Control"]
    client.force_login(factories.user(Role.READER))
    assert "private" in visit(client, f"{WHOLE}&formaat=svg").headers["Cache-Control"]


def test_it_can_be_put_elsewhere_as_a_picture_with_words(played, client):
    page = unescape(visit(client, WHOLE).content.decode())
    snippet = unescape(re.search(r"<code>(.*?)</code>", page, re.DOTALL)[1])

    parts = re.fullmatch(
        r'<a href="([^"]+)"><img src="([^"]+)" alt="([^"]+)" width="1148" loading="lazy"></a>', snippet
    )
    assert client.get(unescape(parts[1])).status_code == 200
    assert client.get(unescape(parts[2])).headers["Content-Type"].startswith("image/svg+xml")
    assert "Companies" in parts[3] or "companies" in parts[3]


# --- what is not public


def test_persons_by_action_line_are_in_no_file_of_a_visitor(played, client):
    assert {row["value"] for row in rows_of(visit(client, f"{PERSONS}&formaat=csv"))} == {""}
    assert {row["withheld"] for row in rows_of(visit(client, f"{PERSONS}&formaat=csv"))} == {"true"}
    assert b"series-spot" not in visit(client, f"{PERSONS}&formaat=svg").content
    assert "Not public" in text_of(visit(client, PERSONS))
    client.force_login(factories.user(Role.READER))
    assert any(row["value"] for row in rows_of(visit(client, f"{PERSONS}&formaat=csv")))


@pytest.mark.parametrize("is_stored", [True, False])
def test_the_queries_do_not_grow_with_what_is_chosen(played, is_stored):
    if is_stored:
        materialise.roll_up()
    client = Client()

    def queries(query: str) -> int:
        visit(client, query)
        with CaptureQueriesContext(connection) as captured:
            visit(client, query)
        return len(captured)

    seq = LedgerEntry.objects.order_by("seq").first().seq + 40
    small, large = queries(WHOLE), queries(SEVERAL)
    assert small == large <= 12
    assert max(queries(query) for query in PICTURES) <= 12
    assert queries(f"indicator=companies&maat=value&hip=none&actielijn=none&peilmoment={seq}&vorm=lijn") <= 12
    assert queries(f"{SEVERAL}&formaat=svg") <= 12
