"""What a reviewer finds in the list of places to return, and beside an odd figure."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from consortia.models import Role
from tests import factories
from tests.factories import company, figure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PERIOD = "2026Q1"


@pytest.fixture
def page(programme: None) -> Any:
    """The page of a report with one odd figure, for a reviewer."""
    for period in ("2025Q1", "2025Q2", "2025Q3", "2025Q4"):
        factories.reported("scale", period, figure("assignments", 20), figure("curricula", 3), company(1))
    rows = [figure("curricula", 3), figure("assignments", 400)]
    rows += [company(1, name="Zuid BV"), company(2, name="aarde BV"), company(3, name="Midden BV")]
    factories.reported("scale", PERIOD, *rows, figure("assignments", 20, action_line="talent"), upto="submitted")
    client = Client()
    client.force_login(factories.user(Role.REVIEWER))
    return client.get(f"/en/beoordelen/scale/{PERIOD}")


def test_the_odd_places_come_first_then_figures_as_in_the_codebook_and_names_by_the_alphabet(page: Any) -> None:
    groups = dict(page.context["return_places"])

    assert next(iter(groups)) == "Odd values"
    odd = [place for place, _label in groups["Odd values"]]
    assert "/figures/assignments/innovation" in odd
    rest = [place for place, _label in groups["Figures"]]
    assert "/figures/assignments/innovation" not in rest, "once is enough"
    of_codebook = [place for place in rest if place in ("/figures/assignments/talent", "/figures/curricula/innovation")]
    assert of_codebook == ["/figures/assignments/talent", "/figures/curricula/innovation"]
    names = [label.split(" (")[0] for place, label in groups["Organisations"] if place.count("/") > 1]
    assert names == ["aarde BV", "Midden BV", "Zuid BV"]


def test_an_odd_figure_says_in_its_own_row_why_it_is_odd_and_what_it_was(page: Any) -> None:
    cells = re.findall(r'<span class="at-cell">(.*?)</span>', page.content.decode())

    assert any("the four quarters before: always 20" in html.unescape(cell) for cell in cells)


def test_the_message_beside_a_figure_has_a_label_that_is_seen(page: Any) -> None:
    name = "returned:/figures/assignments/innovation"

    assert f'<label for="{name}">What is to change here?' in page.content.decode()
