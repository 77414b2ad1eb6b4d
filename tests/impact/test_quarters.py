from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact import quarters
from impact.quarters import CalendarQuarter


def test_a_moment_just_before_midnight_utc_falls_in_the_next_quarter_in_amsterdam():
    assert quarters.of_moment(datetime(2026, 3, 31, 22, 30, tzinfo=UTC)).id == "2026Q2"
    assert quarters.of_moment(datetime(2026, 3, 31, 21, 30, tzinfo=UTC)).id == "2026Q1"
    assert quarters.of_moment(datetime(2025, 12, 31, 22, 59, tzinfo=UTC)).id == "2025Q4"


def test_a_report_is_due_thirty_days_after_the_quarter_ends():
    assert CalendarQuarter(2026, 1).due_date == date(2026, 4, 30)
    assert CalendarQuarter(2023, 4).due_date == date(2024, 1, 30)


def test_the_third_quarter_belongs_to_the_school_year_that_begins_in_it():
    assert CalendarQuarter(2025, 3).school_year == "2025-2026"
    assert CalendarQuarter(2026, 2).school_year == "2025-2026"
    assert CalendarQuarter(2026, 3).school_year == "2026-2027"


def test_the_programme_has_seventeen_quarters():
    assert len(quarters.between(CalendarQuarter(2023, 3), CalendarQuarter(2027, 3))) == 17


def test_sixteen_quarters_are_completed_between_the_baseline_and_the_target_date():
    assert quarters.completed_by(date(2027, 9, 30)) - quarters.completed_by(date(2023, 9, 30)) == 16
    assert quarters.from_ordinal(quarters.completed_by(date(2023, 9, 29))).id == "2023Q2"


@pytest.mark.parametrize("text", ["2025Q5", "2025q1", "25Q1", "2025Q1 ", "", "２025Q1"])
def test_what_is_not_a_quarter_is_refused(text):
    with pytest.raises(ValueError, match="not a quarter"):
        quarters.parse(text)


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2200, 1, 1)))
def test_every_day_lies_in_exactly_the_quarter_that_it_is_said_to_be_in(day):
    quarter = quarters.of_date(day)

    assert quarter.start_date <= day <= quarter.end_date
    assert quarters.parse(quarter.id) == quarter
    assert quarters.from_ordinal(quarter.ordinal) == quarter
