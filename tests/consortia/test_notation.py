"""How numbers and quarters are written."""

from decimal import Decimal

import pytest

from consortia import notation


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (12431, "12.431", "12,431"),
        (0, "0", "0"),
        (-214, "\u2212214", "\u2212214"),
        (Decimal("1234.56"), "1.234,56", "1,234.56"),
        (Decimal(100), "100", "100"),
        (Decimal("1E+3"), "1.000", "1,000"),
        (Decimal("2.50"), "2,5", "2.5"),
    ],
)
def test_a_number_is_written_as_the_language_does(value, dutch, english):
    assert (notation.number(value, language="nl"), notation.number(value, language="en")) == (dutch, english)


def test_a_half_is_rounded_away_from_zero():
    assert notation.number(Decimal("0.125"), language="en", decimals=2) == "0.13"


def test_a_change_carries_its_sign():
    written = [notation.difference(value, language="nl") for value in (120, -214, 0)]

    assert written == ["+120", "\u2212214", "±0"]


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (97_000_000, "€\xa097.000.000", "€97,000,000"),
        (Decimal("12.5"), "€\xa012,50", "€12.50"),
        (-5, "€\xa0\u22125", "\u2212€5"),
    ],
)
def test_an_amount_has_cents_only_where_there_are_any(value, dutch, english):
    assert (notation.euro(value, language="nl"), notation.euro(value, language="en")) == (dutch, english)


def test_a_large_amount_is_written_in_millions():
    assert notation.euro_millions(97_000_000, language="nl") == "€\xa097\xa0mln"


@pytest.mark.parametrize(
    ("share", "dutch"), [("0.263415", "26,3%"), ("0.5", "50%"), ("-0.05", "\u22125%"), ("1.05", "105%")]
)
def test_a_share_is_written_as_a_percentage(share, dutch):
    assert notation.percentage(Decimal(share), language="nl") == dutch


@pytest.mark.parametrize(
    ("identifier", "dutch", "english"),
    [("2026Q1", "2026\xa0K1", "2026\xa0Q1"), ("2023 K3", "2023\xa0K3", "2023\xa0Q3"), ("later", "later", "later")],
)
def test_a_quarter_has_a_k_in_dutch(identifier, dutch, english):
    written = (notation.quarter(identifier, language="nl"), notation.quarter(identifier, language="en"))

    assert written == (dutch, english)
