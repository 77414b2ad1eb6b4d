"""HIPs by province: only what a region names, the engine's numbers, and no figure of a province."""

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.models import Consortium
from consortia.models.organisations import Province
from impact import regions
from tests import golden
from tests.impact.test_public_pages import engine, numbers_of, text_of, wrong_numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(programme):
    return golden.play()


def visit(client, path):
    response = client.get(f"/en/{path}")
    assert response.status_code == 200, path
    return response


@pytest.mark.parametrize(
    ("region", "provinces"),
    [
        ("Zuid-Holland", [Province.ZUID_HOLLAND]),
        ("Drechtsteden (Zuid-Holland)", [Province.ZUID_HOLLAND]),
        ("Noord-Holland Noord", [Province.NOORD_HOLLAND]),
        ("limburg en noord-brabant", [Province.NOORD_BRABANT, Province.LIMBURG]),
        ("Noord-Nederland", []),
        ("Greenport West-Holland", []),
        ("Rotterdamse haven", []),
        ("Utrechtse Heuvelrug", []),
        ("", []),
    ],
)
def test_a_hip_is_in_the_provinces_that_its_region_names_and_in_no_other(region, provinces):
    assert regions.provinces_of(Consortium(regions=[region])) == provinces


def test_every_province_has_its_shape_and_its_address():
    assert set(regions.outlines().outlines) == set(Province)
    assert [regions.by_slug(regions.slug_of(province)) for province in Province] == list(Province)
    assert regions.by_slug("holland") is None


def test_every_number_is_the_engines_on_a_page_that_is_well_formed(played, client):
    cells = engine()

    for path in ("regio", "regio/zuid-holland", "regio/fryslan"):
        page = visit(client, path)
        assert wrong_numbers(page, cells) == [], path
        html5lib.HTMLParser(strict=True).parse(page.content.decode())
        html5lib.HTMLParser(strict=True).parse(client.get(f"/{path}").content.decode())
    assert {number["consortium"] for number in numbers_of(visit(client, "regio/zuid-holland"))} == {golden.A, golden.B}
    assert client.get("/regio/holland").status_code == 404


def test_a_region_that_names_no_province_is_told_as_it_stands(programme, client):
    page = text_of(visit(client, "regio"))

    assert "names no province" in page
    assert "Noord-Nederland" in page
    assert "Of 7 HIPs the region is not known yet." in page


def test_the_queries_do_not_grow_with_the_hips(played, client):
    def queries(path: str) -> int:
        visit(client, path)
        with CaptureQueriesContext(connection) as captured:
            visit(client, path)
        return len(captured)

    few = queries("regio"), queries("regio/zuid-holland")
    Consortium.objects.update(regions=["Zuid-Holland"])
    assert (queries("regio"), queries("regio/zuid-holland")) == few
    assert max(few) <= 14
