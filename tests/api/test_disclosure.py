"""What is withheld cannot be found from the rows that are there."""

import pytest

from tests import factories
from tests.factories import headcount

pytestmark = pytest.mark.django_db
ASKED = {"consortium": "scale", "period": "2025Q1", "indicator": "students"}


@pytest.fixture
def one_line(programme):
    factories.reported("scale", "2025Q1", headcount(40, 30))


def test_that_one_action_line_alone_has_persons_does_not_show(one_line, anonymous):
    rows = anonymous.rows("figures", ASKED)

    assert len(rows) == 5
    assert all(row["withheld"] and row["value"] is None for row in rows)
    assert len({(row["version"], row["seq"]) for row in rows}) == 1
    of_another = anonymous.rows("figures", {**ASKED, "actionLine": "innovation"})
    assert of_another == [row for row in rows if row["actionLine"] == "innovation"]


def test_who_sees_exact_figures_sees_the_rows_that_were_reported(one_line, reader):
    (row,) = reader.rows("figures", ASKED)

    assert (row["actionLine"], row["value"], row["withheld"]) == ("talent", 30, False)


def test_an_address_with_a_nul_is_not_there(programme, client):
    for address in ("/api/v1/vintages/%00", "/edities/%00", "/edities/%00/verschil", "/hips/%00"):
        assert client.get(address).status_code == 404, address
