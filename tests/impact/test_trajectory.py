from decimal import Decimal

from impact.trajectory import Path

START = 8000
COMPANIES = Path(baseline=10_000, target=30_000, start=START, end=START + 16)


def test_the_path_is_linear_in_completed_quarters_and_level_beyond_its_ends():
    assert COMPANIES.planned(START + 8) == 20_000
    assert COMPANIES.planned(START) == COMPANIES.planned(START - 3) == 10_000
    assert COMPANIES.planned(START + 16) == COMPANIES.planned(START + 20) == 30_000


def test_milestones_bend_the_path():
    path = Path(baseline=10_000, target=30_000, start=START, end=START + 16, milestones={START + 8: 14_000})

    assert path.planned(START + 4) == 12_000
    assert path.planned(START + 8) == 14_000
    assert path.planned(START + 12) == 22_000


def test_shares_are_not_clamped():
    assert COMPANIES.share_of_growth(20_000) == Decimal("0.5")
    assert COMPANIES.share_of_target(20_000) == Decimal("0.666667")
    assert COMPANIES.share_of_growth(9_000) == Decimal("-0.05")
    assert COMPANIES.share_of_growth(31_000) == Decimal("1.05")
    assert COMPANIES.share_of_growth(17_500) == Decimal("0.375")


def test_a_goal_without_growth_or_without_a_known_baseline_has_no_share():
    assert Path(10, 10, START, START + 16).share_of_growth(10) is None
    unknown = Path(None, None, START, START + 16)
    assert unknown.share_of_growth(5) is None
    assert unknown.share_of_target(5) is None
    assert unknown.planned(START + 3) is None
    assert unknown.needed_per_quarter(START + 3, 5) is None


def test_what_each_remaining_quarter_needs():
    assert COMPANIES.needed_per_quarter(START + 8, 17_500) == Decimal("1562.5")
    assert COMPANIES.needed_per_quarter(START + 16, 17_500) is None


def test_where_the_pace_of_the_last_four_quarters_leads():
    assert COMPANIES.at_current_pace(START + 8, {START + 8: 17_500, START + 4: 13_500}) == 25_500
    assert COMPANIES.at_current_pace(START + 4, {START + 4: 14_000}) == 26_000
    assert COMPANIES.at_current_pace(START + 6, {START + 6: 14_000}) is None
    assert COMPANIES.at_current_pace(START + 18, {START + 18: 31_000, START + 14: 30_000}) == 31_000
