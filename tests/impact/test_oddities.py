"""What is odd beside a HIP's own past: the twelve planted mistakes, and each reason by itself."""

from decimal import Decimal
from itertools import combinations

import pytest

from impact import oddities
from impact.models import Kind
from impact.oddities import At, Likeness, Oddity, Series, Why
from tests.impact import odd_quarter
from tests.impact.odd_quarter import COMPANIES, EUROS, STOCKS, Cell, Planted, Report

FIRST_SCREEN = 24
SEED = 2026
CODES = (
    "assignments",
    "research-projects",
    "curricula",
    "trainings",
    *STOCKS,
    *EUROS,
    "training-completions",
    "companies",
)
LINES = ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure")


def _at(hip: int, cell: Cell) -> At:
    return At(hip, CODES.index(cell[0]), None if cell[1] is None else LINES.index(cell[1]))


def _companies(report: Report, line: str | None) -> set[int]:
    return {number for each, numbers in report.companies.items() if line in (None, each) for number in numbers}


def _series(hips: list[list[Report]]) -> list[Series]:
    found = []
    for hip, reports in enumerate(hips):
        *earlier, last = reports
        ago = {number + 1: report for number, report in enumerate(reversed(earlier))}
        for cell in {cell: None for report in reports for cell in report.numbers}:
            kind = Kind.STOCK if cell[0] in STOCKS else Kind.FLOW
            past = {number: report.numbers[cell] for number, report in ago.items()}
            found.append(
                Series(
                    at=_at(hip, cell),
                    kind=kind,
                    is_euro=cell[0] in EUROS,
                    now=last.numbers.get(cell),
                    past=past,
                    until_now=sum(past.values(), Decimal()),
                )
            )
        for cell, (part, whole) in last.shares.items():
            parts = {number: report.shares[cell][0] for number, report in ago.items()}
            wholes = {number: report.shares[cell][1] for number, report in ago.items()}
            found.append(
                Series(at=_at(hip, cell), kind=Kind.RATIO, now=part, past=parts, whole=whole, past_whole=wholes)
            )
        for line in (None, *COMPANIES):
            counts = {number: Decimal(len(_companies(report, line))) for number, report in ago.items()}
            now = Decimal(len(_companies(last, line)))
            found.append(
                Series(at=_at(hip, ("companies", line)), kind=Kind.UNIQUE, family="list", now=now, past=counts)
            )
    return found


def _likenesses(hips: list[list[Report]]) -> list[Likeness]:
    whole = [[_companies(report, None) for report in reports] for reports in hips]
    return [
        Likeness(
            at=_at(one, ("companies", None)),
            other_hip=other,
            other_line=None,
            size=len(whole[one][-1]),
            other_size=len(whole[other][-1]),
            common=len(whole[one][-1] & whole[other][-1]),
            common_before=len(whole[one][-2] & whole[other][-2]),
            size_before=min(len(whole[one][-2]), len(whole[other][-2])),
            kept=len(whole[one][-1] & whole[one][-2]),
            other_kept=len(whole[other][-1] & whole[other][-2]),
        )
        for one, other in combinations(range(len(hips)), 2)
    ]


def _found(seed: int) -> tuple[list[Oddity], list[Planted]]:
    hips, planted = odd_quarter.quarter(seed)
    return oddities.judge(_series(hips), _likenesses(hips)), planted


def missed_and_false(seed: int) -> tuple[list[Planted], list[Oddity]]:
    found, planted = _found(seed)
    places = [{_at(each.hip, cell) for cell in each.cells} for each in planted]
    shown = {odd.at for odd in found}
    missed = [each for each, cells in zip(planted, places, strict=True) if not cells & shown]
    false = [odd for odd in found if not any(odd.at in cells for cells in places)]
    return missed, false


def test_all_twelve_planted_mistakes_are_found_with_few_others_beside_them() -> None:
    found, planted = _found(SEED)
    missed, false = missed_and_false(SEED)

    assert [each.kind for each in planted] == [
        "a digit too many",
        "a digit too few",
        "thousands instead of euros",
        "euros instead of thousands",
        "zero where there always were many",
        "everything since the start",
        "growth with the wrong sign",
        "copied from last quarter",
        "left out",
        "two action lines swapped",
        "the list of another HIP",
        "a list cut off",
    ]
    assert missed == []
    assert len(false) <= 12
    assert len(found) <= FIRST_SCREEN


@pytest.mark.parametrize("seed", range(1, 13))
def test_other_seeds_find_all_twelve_too(seed: int) -> None:
    missed, false = missed_and_false(seed)

    assert missed == []
    assert len(false) <= 12


def test_each_planted_mistake_is_called_what_it_is() -> None:
    found, planted = _found(SEED)
    at = {odd.at: odd.why for odd in found}
    whys = {
        each.kind: {at[_at(each.hip, cell)] for cell in each.cells if _at(each.hip, cell) in at} for each in planted
    }

    assert whys == {
        "a digit too many": {Why.TENFOLD},
        "a digit too few": {Why.TENTH},
        "thousands instead of euros": {Why.THOUSANDTH},
        "euros instead of thousands": {Why.THOUSANDFOLD},
        "zero where there always were many": {Why.ZERO},
        "everything since the start": {Why.SINCE_THE_START},
        "growth with the wrong sign": {Why.SHRINKS},
        "copied from last quarter": {Why.SAME_AMOUNT},
        "left out": {Why.MISSING},
        "two action lines swapped": {Why.SWAPPED},
        "the list of another HIP": {Why.SAME_LIST},
        "a list cut off": {Why.LOW},
    }


# --- one by one


def _flow(now: int | None, *past: int, line: int | None = 1, hip: int = 1, **fields: object) -> Series:
    """Newest of the past first."""
    given: dict[str, object] = {
        "at": At(hip, 1, line),
        "kind": Kind.FLOW,
        "now": None if now is None else Decimal(now),
        "past": {number: Decimal(value) for number, value in enumerate(past, start=1)},
        **fields,
    }
    return Series(**given)  # type: ignore[arg-type]


def _whys(*cells: Series) -> list[Why]:
    return [odd.why for odd in oddities.judge(cells)]


def test_a_number_within_what_the_hip_reported_before_is_not_odd() -> None:
    assert _whys(_flow(12, 10, 14, 9, 12)) == []
    assert _whys(_flow(15, 10, 14, 9, 12)) == []


def test_a_season_that_comes_back_every_year_is_not_odd() -> None:
    assert _whys(_flow(35, 100, 80, 85, 33, 98, 79, 82, 34, 96)) == []


def test_without_three_earlier_quarters_a_hip_is_compared_with_the_others_only() -> None:
    others = [_flow(20 + hip, 20, 20, 20, 20, hip=hip) for hip in range(2, 8)]

    assert _whys(_flow(100, 10, 10), *others) == []
    assert _whys(_flow(1000, 10, 10), *others) == [Why.PEERS]


def test_a_small_number_may_become_zero() -> None:
    assert _whys(_flow(0, 1, 2, 1, 3)) == []
    assert _whys(_flow(0, 20, 22, 19, 23)) == [Why.ZERO]


def test_what_is_left_out_is_odd_only_where_it_always_was_there() -> None:
    assert _whys(_flow(None, 20, 22, 19, 23)) == [Why.MISSING]
    assert _whys(_flow(None, 20, 0, 19, 23)) == []
    assert _whys(_flow(None, 20, 22, 19)) == []


def test_a_mistake_in_one_action_line_is_not_said_again_of_the_total() -> None:
    found = oddities.judge(
        [_flow(200, 22, 21, 24, 23, line=1), _flow(10, 11, 10, 12, 9, line=2), _flow(210, 33, 31, 36, 32, line=None)]
    )

    assert [odd.at.line for odd in found] == [1]


def test_a_mistake_in_all_action_lines_is_said_of_the_total() -> None:
    found = oddities.judge(
        [_flow(220, 22, 21, 24, 23, line=1), _flow(110, 11, 10, 12, 9, line=2), _flow(330, 33, 31, 36, 32, line=None)]
    )

    assert [odd.at.line for odd in found] == [None]


def test_what_the_same_organisations_make_odd_is_said_once() -> None:
    found = oddities.judge(
        [
            _flow(20, 60, 62, 61, 59, kind=Kind.UNIQUE, family="organisations"),
            _flow(25, 80, 82, 81, 79, kind=Kind.UNIQUE, family="organisations", at=At(1, 2, 1)),
        ]
    )

    assert [(odd.at.indicator, odd.also) for odd in found] == [(1, (2,))]


def test_a_share_of_few_people_may_be_anything() -> None:
    def share(part: int, whole: int) -> Series:
        past = {ago: Decimal(round(whole * 0.8)) for ago in range(1, 5)}
        wholes = {ago: Decimal(whole) for ago in range(1, 5)}
        return _flow(part, kind=Kind.RATIO, past=past, whole=Decimal(whole), past_whole=wholes)

    assert _whys(share(3, 6)) == []
    assert _whys(share(60, 200)) == [Why.LOW]


def test_action_lines_that_hold_each_other_are_no_copies() -> None:
    cells = [_flow(60, 60, 60, 60, line=1, kind=Kind.UNIQUE), _flow(20, 20, 20, 20, line=2, kind=Kind.UNIQUE)]
    nested = Likeness(
        at=At(1, 1, 1), other_hip=1, other_line=2, size=60, other_size=20, common=20, common_before=0,
        size_before=20, kept=60, other_kept=20,
    )  # fmt: skip

    assert oddities.judge(cells, [nested]) == []


def test_two_lists_that_were_the_same_all_along_are_not_odd() -> None:
    cells = [_flow(60, 60, 60, 60, line=1, kind=Kind.UNIQUE), _flow(60, 60, 60, 60, line=2, kind=Kind.UNIQUE)]

    def alike(before: int) -> Likeness:
        return Likeness(
            at=At(1, 1, 1), other_hip=1, other_line=2, size=60, other_size=60, common=60, common_before=before,
            size_before=60, kept=60, other_kept=before,
        )  # fmt: skip

    assert oddities.judge(cells, [alike(60)]) == []
    assert [(odd.at.line, odd.other_line) for odd in oddities.judge(cells, [alike(4)])] == [(2, 1)]
