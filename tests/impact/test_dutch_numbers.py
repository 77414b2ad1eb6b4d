"""Numbers in Dutch notation: read whole or refused, never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact import dutch_numbers
from impact.dutch_numbers import NotANumber


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0", 0), ("7", 7), ("1100", 1100), ("1.100", 1100), (" 12 ", 12), ("1.000.000.000", 10**9), ("007", 7)],
)
def test_a_count_is_read_as_a_dutch_reader_means_it(typed: str, meant: int) -> None:
    assert dutch_numbers.read_count(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "12,7", "12,0", "1,100", "1,100,000", "1.10", "1.1000", "12500.25", "0.100", "01.100", "1.100,5", ".100", "1.",
        ",5", "1 100", "1e3", "twaalf", "-3", "−3", "+3", "½", "١٢", "12a", "", " ", "NaN", "Infinity", "1" * 40,
        "1_000", "0x1F",
    ],
)  # fmt: skip
def test_what_is_no_whole_number_or_could_mean_two_things_is_refused(typed: str) -> None:
    with pytest.raises(NotANumber) as refusal:
        dutch_numbers.read_count(typed)

    assert str(refusal.value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.234,56", "1234.56"), ("1234,56", "1234.56"), ("12,5", "12.5"), ("€ 1.100", "1100"),
        ("€\N{NO-BREAK SPACE}5", "5"), ("1.100,-", "1100"), ("1.100,--", "1100"), ("0,05", "0.05"), ("12500", "12500"),
    ],
)  # fmt: skip
def test_an_amount_is_read_with_its_cents(typed: str, meant: str) -> None:
    assert dutch_numbers.read_amount(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed",
    ["12500.25", "1,234.56", "12,345", "1.23,45", "12,", "12,5,5", "€", "-1,00", "1.234.56", "12,5a", "12,٥", "1,²"],
)
def test_an_amount_in_another_notation_is_refused(typed: str) -> None:
    with pytest.raises(NotANumber):
        dutch_numbers.read_amount(typed)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_count_means_the_same_with_and_without_points(number: int) -> None:
    grouped = f"{number:,}".replace(",", ".")

    assert dutch_numbers.read_count(str(number)) == dutch_numbers.read_count(grouped) == number


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_an_amount_survives_being_shown_and_sent_again(amount: Decimal) -> None:
    grouped = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))

    assert dutch_numbers.read_amount(dutch_numbers.write(amount)) == amount
    assert dutch_numbers.read_amount(grouped) == amount


@given(st.text(alphabet="0123456789.,-€ e", max_size=12) | st.text(max_size=12))
def test_what_is_read_has_exactly_the_digits_that_were_typed(typed: str) -> None:
    try:
        number = dutch_numbers.read_count(typed)
    except NotANumber:
        return

    digits = "".join(character for character in typed if character in "0123456789")
    assert str(number) == str(int(digits))
    assert "," not in typed


@given(st.text(alphabet="0123456789.,-€ ", max_size=12) | st.text(max_size=12))
def test_an_amount_keeps_every_digit_on_its_side_of_the_comma(typed: str) -> None:
    try:
        amount = dutch_numbers.read_amount(typed)
    except NotANumber:
        return

    whole, _comma, cents = typed.partition(",")
    assert int(amount) == int("".join(filter("0123456789".__contains__, whole)))
    decimals = "".join(filter("0123456789".__contains__, cents))
    assert amount - int(amount) == Decimal(f"0.{decimals or '0'}")
