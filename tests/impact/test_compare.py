"""Side by side: one scale for each indicator, the engine's numbers, and the same address and files as the explorer."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from itertools import pairwise

import html5lib
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact import series_chart
from impact.charts import Reading
from impact.series_chart import Series
from tests import golden
from tests.impact.test_public_pages import engine, numbers_of, text_of, wrong_numbers

pytestmark = pytest.mark.django_db

TWO = (
    f"naast=hips&indicator=companies&indicator=assignments&maat=value&hip={golden.A}&hip={golden.B}"
    "&tot=2025Q3&vorm=lijn"
)
LINES = f"naast=actielijnen&indicator=companies&maat=trailingYear&hip={golden.A}&vorm=staaf"
PERSONS = "naast=actielijnen&indicator=students&maat=value&vorm=lijn"


@pytest.fixture
def played(programme):
    cache.clear()
    return golden.play()


def visit(client, query="", status=200):
    response = client.get(f"/en/vergelijken?{query}".rstrip("?"))
    assert response.status_code == status, query
    return response


def rows_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_every_number_is_the_engines_on_a_page_that_is_well_formed(played, client):
    cells = engine()

    for query in ("", TWO, LINES, PERSONS):
        page = visit(client, query)
        assert wrong_numbers(page, cells) == [], query
        html5lib.HTMLParser(strict=True).parse(page.content.decode())
    assert {number["consortium"] for number in numbers_of(visit(client, TWO))} == {golden.A, golden.B}
    assert len({number["line"] for number in numbers_of(visit(client, LINES))}) == 5


def test_every_course_has_its_picture_and_its_rows_in_every_file(played, client):
    page = visit(client, TWO).content.decode()
    assert page.count('class="chart chart--small"') == 4
    rows = rows_of(visit(client, f"{TWO}&formaat=csv"))
    shown = {
        tuple(number[key] for key in ("consortium", "indicator", "period")): number["value"]
        for number in numbers_of(visit(client, TWO))
        if number["measure"] == "value"
    }
    assert {(row["consortium"], row["indicator"], row["period"]): row["value"] for row in rows} == shown
    drawing = ElementTree.fromstring(visit(client, f"{TWO}&formaat=svg").content)
    spots = [each for each in drawing.iter() if each.get("class", "").startswith("series-spot")]
    assert len(spots) == len([row for row in rows if row["value"]])
    assert visit(client, f"{TWO}&formaat=png").content[:4] == b"\x89PNG"
    assert visit(client, f"{TWO}&formaat=xlsx").getvalue()[:2] == b"PK"


def test_persons_by_action_line_are_not_public(played, client):
    assert "Persons by action line are not shown" in text_of(visit(client, PERSONS))
    assert {row["value"] for row in rows_of(visit(client, f"{PERSONS}&formaat=csv"))} == {""}


def test_what_cannot_be_compared_is_said_at_its_field(played, client):
    many = "&indicator=".join(["companies", "partners", "students", "teachers", "employees"])
    for query, field in (
        (f"hip={golden.A}", "hip"),
        (f"naast=actielijnen&hip={golden.A}&hip={golden.B}", "hip"),
        ("naast=regio", "naast"),
        (f"indicator={many}", "indicator"),
        ("hip=none", "hip"),
    ):
        assert f'id="id_{field}_error"' in visit(client, query, 400).content.decode(), query


def test_the_same_in_another_order_leads_to_the_one_address(played, client):
    shuffled = "&".join(sorted(TWO.split("&"), reverse=True))

    assert visit(client, shuffled, 302).headers["Location"] == f"/en/vergelijken?{TWO}"


def test_the_queries_do_not_grow_with_what_is_compared(played, client):
    def queries(query: str) -> int:
        visit(client, query)
        with CaptureQueriesContext(connection) as captured:
            visit(client, query)
        return len(captured)

    one = queries(f"naast=hips&indicator=companies&maat=value&hip={golden.A}&hip={golden.B}&vorm=lijn")
    assert one == queries("naast=hips&indicator=companies&maat=value&vorm=lijn") <= 12
    assert queries(TWO) <= 13


def test_small_pictures_share_a_scale_and_keep_to_it():
    def series(*values: int | None) -> Series:
        readings = [Reading(str(place), None if v is None else Decimal(v), None) for place, v in enumerate(values)]
        return Series("one", "one", tuple(readings))

    both = [series(10, 20), series(100, None)]
    top = series_chart.top_of(both)
    charts = [
        series_chart.series_chart(
            code="c", title="t", description="d", series=[each], write=str, sizes=["xs"], top=top
        ).of_size("xs")
        for each in both
    ]

    assert [mark.text for mark in charts[0].marks] == [mark.text for mark in charts[1].marks]
    assert float(charts[0].spots[0].y) > float(charts[0].spots[1].y) > float(charts[1].spots[0].y)


def test_names_at_the_ends_of_lines_keep_apart_and_within_the_drawing():
    def flat(name: str) -> Series:
        return Series(name, name, tuple(Reading(str(place), Decimal(1), None) for place in range(3)))

    chart = series_chart.series_chart(
        code="c", title="t", description="d", series=[flat(f"HIP {n}") for n in range(8)], write=str
    )
    for size in ("s", "m", "l"):
        drawing = chart.of_size(size)
        heights = [float(end.label.y) for end in drawing.ends]
        assert len(heights) == 8
        assert all(after - before >= 16 for before, after in pairwise(heights))
        assert max(heights) <= float(drawing.height)
    assert [key.letter for key in chart.keys] == list("ABCDEFGH")
    assert len({key.path for key in chart.keys}) == 8
