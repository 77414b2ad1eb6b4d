"""The questions that a draft raises: each kind beside a plain model, at its edges, in words of both languages."""

from decimal import Decimal
from statistics import median

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from impact import plausibility
from impact.models import RuleKind
from impact.plausibility import Gist, Past, RuleInForce

PLACE = ("assignments", "talent")
AT = "/figures/0/value"
UNITS = {
    "assignments": "assignments",
    "cofinancing-cash": "euro",
    "cofinancing-in-kind": "euro",
    "project-costs": "euro",
    "cofinancing": "euro",
}
DERIVED = {
    "cofinancing": "cofinancing",
    "students": "first-time-students",
    "student-participations": "headcount-students",
}

UNUSUAL = RuleInForce(code="unusual", kind=RuleKind.UNUSUAL, factor=Decimal(5), least=10)
YEAR = RuleInForce(code="year", kind=RuleKind.YEAR_ON_YEAR, factor=Decimal(3), least=50)
TEN = RuleInForce(code="ten", kind=RuleKind.PREVIOUS, factor=Decimal(10), least=100)
VANISHED = RuleInForce(code="vanished", kind=RuleKind.VANISHED, factor=Decimal("0.5"), least=20)
EMPTY = RuleInForce(code="empty", kind=RuleKind.SECTION_EMPTY, least=10)
COFINANCING = RuleInForce(code="cofinancing", kind=RuleKind.COFINANCING, least=1_000)
ALL = (UNUSUAL, YEAR, TEN, VANISHED, EMPTY, COFINANCING)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def now(*figures, organisations=(), cofinancers=0, people=None, without=0, filled=()):
    """A draft with these figures: (indicator, action line, value)."""
    return Gist(
        figures={(indicator, line): Decimal(value) for indicator, line, value in figures},
        pointers={(indicator, line): f"/figures/{at}" for at, (indicator, line, _value) in enumerate(figures)},
        organisations={each: f"Bedrijf {each}" for each in organisations},
        cofinancers=cofinancers,
        people=people or {},
        sizes={"unidentifiedCompanies": without},
        filled=frozenset(filled),
    )


def before(*values, place=PLACE, organisations=(), cofinancers=0, sizes=None):
    """What counted, the quarter before first; None where nothing did."""
    return Past(
        figures={ago: {place: Decimal(value)} for ago, value in enumerate(values, 1) if value is not None},
        organisations={each: f"Bedrijf {each}" for each in organisations},
        cofinancers=cofinancers,
        sizes=sizes or {},
    )


def asked(draft, past, *rules):
    return plausibility.questions(draft, past, rules, UNITS, DERIVED)


def places(draft, past, *rules):
    return [(problem.pointer, problem.code) for problem in asked(draft, past, *rules)]


def words(draft, past, *rules):
    return [problem.detail for problem in asked(draft, past, *rules)]


# --- far from the median


def model_of_unusual(value, earlier, factor, least):
    """As a statistician would write it down, with fractions of integers and the library's own median."""
    known = [each for each in earlier if each is not None]
    if len(known) < 3:
        return False
    middle = median(known)
    deviation = median([abs(each - middle) for each in known])
    usual = max(deviation * Decimal("1.4826"), middle / 10, Decimal(1))
    return abs(value - middle) >= least and abs(value - middle) > factor * usual


NUMBERS = st.integers(0, 10_000).map(Decimal)
AMOUNTS = st.integers(0, 100_000_000).map(lambda cents: Decimal(cents) / 100)


@given(
    st.one_of(NUMBERS, AMOUNTS),
    st.lists(st.one_of(st.none(), NUMBERS, AMOUNTS), min_size=4, max_size=4),
    st.integers(1, 8).map(Decimal),
    st.integers(0, 500),
)
def test_unusual_is_what_lies_far_from_the_median_of_the_last_four_quarters(value, earlier, factor, least):
    rule = RuleInForce(code="unusual", kind=RuleKind.UNUSUAL, factor=factor, least=least)

    with translation.override("en"):
        found = places(now((*PLACE, value)), before(*earlier), rule)

    assert found == ([(AT, "unusual")] if model_of_unusual(value, earlier, factor, least) else [])


@given(st.lists(AMOUNTS, min_size=1, max_size=9))
def test_the_median_is_that_of_the_library(values):
    assert plausibility.median(values) == median(values)


@pytest.mark.parametrize(
    ("value", "earlier", "is_asked"),
    [
        (124, (40, 38, 41, 40), True),
        (60, (40, 40, 40, 40), False),  # exactly five times a tenth of the median
        (61, (40, 40, 40, 40), True),
        (44, (40, 40, 40, 40), False),
        (19, (40, 40, 40, 40), True),
        (124, (40, 38, None, None), False),  # two quarters are no history
        (124, (40, None, 38, 41), True),
        (124, (10, 150, 40, 90), False),  # it always went up and down
        (9, (0, 0, 0, 0), False),  # less than the smallest difference
        (10, (0, 0, 0, 0), True),
    ],
)
def test_a_figure_is_unusual_only_well_outside_what_was_usual(value, earlier, is_asked):
    assert bool(places(now((*PLACE, value)), before(*earlier), UNUSUAL)) is is_asked


@pytest.mark.parametrize(
    ("value", "earlier", "english"),
    [
        (124, (40, 38, 41, 40), "This is 3.1× the median of your last four quarters (40)."),
        (1_240, (40, 38, 41, 40), "This is 31× the median of your last four quarters (40)."),
        (124, (40, None, 41, 38), "This is 3.1× the median of three of your last four quarters (40)."),
        (81, (40, 38, 41, 41), "This is 2× the median of your last four quarters (40.5)."),
        (0, (40, 38, 41, 40), "This is less than a tenth of the median of your last four quarters (40)."),
        (0, (40, None, 41, 40), "This is less than a tenth of the median of three of your last four quarters (40)."),
        (12, (0, 0, 0, 3), "The median of your last four quarters is 0."),
        (12, (0, 0, 0, None), "The median of three of your last four quarters is 0."),
        (30_000, (1_200, 1_300, 1_250, 1_250), "This is 24× the median of your last four quarters (1,250)."),
    ],
)
def test_how_unusual_is_said_in_words(value, earlier, english):
    assert words(now((*PLACE, value)), before(*earlier), UNUSUAL) == [english]


# --- a year ago, last quarter


@pytest.mark.parametrize(
    ("value", "ago", "english"),
    [
        (124, 40, "A year ago this was 40; this is 3.1× as much."),
        (40, 124, "A year ago this was 124; this is 0.3× as much."),
        (10, 1_240, "A year ago this was 1,240; this is less than a tenth of it."),
        (50, 0, "A year ago this was 0."),
        (0, 50, "A year ago this was 50; this is less than a tenth of it."),
        (119, 40, ""),
        (120, 40, "A year ago this was 40; this is 3× as much."),
        (89, 40, ""),
        (49, 0, ""),
    ],
)
def test_a_figure_is_compared_with_a_year_ago(value, ago, english):
    past = before(None, None, None, ago)

    assert words(now((*PLACE, value)), past, YEAR) == ([english] if english else [])


@pytest.mark.parametrize(
    ("value", "last", "is_asked"),
    [
        (130, 12, True),
        (40, 3, False),
        (119, 12, False),
        (120, 12, True),
        (100, 0, True),
        (99, 0, False),
        (12, 130, True),
    ],
)
def test_a_figure_is_compared_with_the_quarter_before(value, last, is_asked):
    assert places(now((*PLACE, value)), before(last), TEN) == ([(AT, "unusual")] if is_asked else [])


def test_the_same_place_is_not_asked_the_same_twice():
    past = before(12, 12, 12, 12)

    assert places(now((*PLACE, 1_200)), past, TEN, YEAR, UNUSUAL) == [(AT, "unusual"), (AT, "year-on-year")]
    assert "median" in words(now((*PLACE, 1_200)), past, TEN, YEAR, UNUSUAL)[0]


def test_a_rule_of_its_own_takes_the_place_of_the_one_for_every_figure():
    own = RuleInForce(code="own", kind=RuleKind.PREVIOUS, factor=Decimal(1000), least=0, indicator="assignments")
    other = RuleInForce(code="other", kind=RuleKind.PREVIOUS, factor=Decimal(2), least=0, indicator="trainings")

    assert places(now((*PLACE, 1_200)), before(12), TEN, own) == []
    assert places(now((*PLACE, 1_200)), before(12), TEN, other) == [(AT, "unusual")]


# --- what may be compared


def test_nothing_is_compared_across_a_change_of_definition():
    reports = {quarter: Gist(figures={PLACE: Decimal(quarter)}) for quarter in range(1, 6)}

    past = plausibility.past(reports, 6, {"assignments": 4})

    assert past.figures == {1: {PLACE: 5}, 2: {PLACE: 4}, 3: {}, 4: {}}
    assert plausibility.past(reports, 6, {"assignments": 6}).figures == {1: {}, 2: {}, 3: {}, 4: {}}
    assert plausibility.past(reports, 6, {}).figures == {1: {}, 2: {}, 3: {}, 4: {}}


def test_organisations_are_those_of_last_quarter_and_sections_those_of_the_newest_report():
    reports = {
        1: Gist(organisations={"a": "A"}, sizes={"figures": 3}),
        3: Gist(organisations={"b": "B"}, sizes={"figures": 5}),
        9: Gist(sizes={"figures": 99}),
    }

    assert plausibility.past(reports, 4, {}).organisations == {"b": "B"}
    assert plausibility.past(reports, 6, {}).organisations == {}
    assert plausibility.past(reports, 6, {}).sizes == {"figures": 5}
    assert plausibility.past(reports, 1, {}) == Past()


@given(
    st.lists(st.tuples(st.sampled_from(list(UNITS)), st.none(), NUMBERS), max_size=4, unique_by=lambda each: each[0])
)
def test_a_first_report_is_asked_nothing_about_its_past(figures):
    with translation.override("en"):
        draft = now(*figures, organisations="a")

        assert asked(draft, Past(), *ALL) == []


@given(st.integers(0, 5_000), st.integers(-10, 10))
def test_a_figure_near_those_of_the_last_four_quarters_is_never_asked_about(usual, percent):
    value = Decimal(usual) + Decimal(usual) * percent / 100

    with translation.override("en"):
        assert asked(now((*PLACE, value), filled=["figures"]), before(usual, usual, usual, usual), *ALL) == []


# --- organisations and sections


def test_many_organisations_that_are_gone_are_counted_and_the_first_named():
    past = before(organisations=range(60))

    assert words(now(organisations=range(31, 60)), past, VANISHED) == [
        "31 of the 60 organisations of last quarter are not listed any more, such as Bedrijf 0, Bedrijf 1, Bedrijf 2."
    ]
    assert places(now(organisations=range(31, 60)), past, VANISHED) == [("/participations", "vanished")]


def test_few_that_are_gone_are_named_all():
    rule = RuleInForce(code="vanished", kind=RuleKind.VANISHED, factor=Decimal("0.1"), least=1)

    assert words(now(organisations=range(2, 9)), before(organisations=range(9)), rule) == [
        "2 of the 9 organisations of last quarter are not listed any more: Bedrijf 0, Bedrijf 1."
    ]


@pytest.mark.parametrize(
    ("there", "left", "is_asked"),
    [(60, 30, False), (60, 29, True), (39, 20, False), (30, 11, False), (30, 10, True), (0, 0, False), (60, 0, False)],
)
def test_organisations_come_and_go_until_more_than_the_share_is_gone(there, left, is_asked):
    """An empty list is another question."""
    found = places(now(organisations=range(left)), before(organisations=range(there)), VANISHED)

    assert bool(found) is is_asked


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.integers(1, 10), st.integers(0, 10))
def test_vanished_is_the_difference_of_two_sets(earlier, current, tenths, least):
    rule = RuleInForce(code="vanished", kind=RuleKind.VANISHED, factor=Decimal(tenths) / 10, least=least)
    gone = len(earlier - current)

    with translation.override("en"):
        found = places(now(organisations=sorted(current)), before(organisations=sorted(earlier)), rule)

    expected = bool(current) and gone >= max(least, 1) and gone * 10 > tenths * len(earlier)
    assert bool(found) is expected


def test_figures_and_participants_are_asked_about_however_few_there_were():
    few = {"figures": 1, "participations": 9, "unidentifiedCompanies": 9, "headcounts": 1}

    assert [pointer for pointer, _code in places(now(), before(sizes=few), EMPTY)] == ["/figures", "/headcounts"]
    assert places(now(), before(sizes=dict.fromkeys(few, 0)), EMPTY) == []


def test_each_section_that_was_filled_and_is_empty_now_is_asked_about():
    sizes = {"figures": 12, "participations": 1_500, "unidentifiedCompanies": 10, "headcounts": 9}

    assert places(now(), before(sizes=sizes), EMPTY) == [
        ("/figures", "section-empty"),
        ("/participations", "section-empty"),
        ("/unidentifiedCompanies", "section-empty"),
        ("/headcounts", "section-empty"),
    ]
    assert words(now(), before(sizes=sizes), EMPTY)[1] == (
        "No organisation is listed; the report before this one had 1,500 rows."
    )
    assert places(now(filled=sizes), before(sizes=sizes), EMPTY) == []


# --- figures beside each other

SUM = RuleInForce(
    code="sum",
    kind=RuleKind.SUM,
    indicator="cofinancing",
    indicator_name="Co-financing",
    whole="project-costs",
    whole_name="Project costs",
)


def test_a_part_is_not_more_than_its_whole():
    cash, kind = ("cofinancing-cash", None, 600), ("cofinancing-in-kind", None, 500)

    assert places(now(cash, ("project-costs", None, 600)), Past(), SUM) == []
    assert places(now(cash, kind), Past(), SUM) == [], "no whole, nothing to compare"
    assert places(now(("project-costs", None, 600)), Past(), SUM) == []
    assert words(now(cash, kind, ("project-costs", None, 600)), Past(), SUM) == [
        "Co-financing is €1,100: more than Project costs (€600), of which it is a part."
    ]
    assert places(now(cash, kind, ("project-costs", None, 600)), Past(), SUM) == [("/figures/2/value", "sum")]


def test_a_part_is_compared_line_by_line_where_both_have_lines():
    rule = RuleInForce(code="sum", kind=RuleKind.SUM, indicator="assignments", whole="trainings", least=2)
    draft = now(
        ("assignments", "talent", 5), ("assignments", "innovation", 4), ("assignments", "ecosystems", 9),
        ("trainings", "talent", 3), ("trainings", "innovation", 3),
    )  # fmt: skip

    assert places(draft, Past(), rule) == [(AT, "sum")]


def test_sums_of_head_counts_are_compared_too():
    rule = RuleInForce(code="sum", kind=RuleKind.SUM, indicator="students", whole="learners")
    people = {("students", "talent"): (Decimal(120), Decimal(80)), ("teachers", "talent"): (Decimal(9), Decimal(9))}

    assert places(now(("learners", "talent", 79), people=people), Past(), rule) == [(AT, "sum")]
    assert places(now(("learners", "talent", 80), people=people), Past(), rule) == []
    participations = RuleInForce(code="sum", kind=RuleKind.SUM, indicator="student-participations", whole="students")
    assert places(now(people=people), Past(), participations) == [("/headcounts", "sum")]


def test_cofinancing_without_any_company_is_asked_about():
    cash = ("cofinancing-cash", None, "1000.00")

    assert words(now(cash), Past(), COFINANCING) == ["There is €1,000 of co-financing, but no organisation takes part."]
    assert places(now(cash), Past(), COFINANCING) == [(AT, "cofinancing")]
    assert places(now(("cofinancing-cash", None, "999.99")), Past(), COFINANCING) == []
    assert places(now(("cofinancing-cash", None, 0)), Past(), COFINANCING) == []
    assert places(now(cash, without=3), Past(), COFINANCING) == [], "companies without a KVK number are companies"
    assert places(now(cash, organisations="a"), Past(), COFINANCING) == []


def test_cofinancing_is_asked_about_when_those_who_gave_it_are_gone():
    cash = ("cofinancing-in-kind", None, 5_000)
    past = before(organisations="abc", cofinancers=3)

    assert words(now(cash, organisations="abc"), past, COFINANCING) == [
        "There is €5,000 of co-financing, but no organisation is listed as co-financing; last quarter there were 3."
    ]
    assert places(now(cash, organisations="abc", cofinancers=1), past, COFINANCING) == []


# --- in both languages


def test_the_office_may_say_more_under_a_question():
    rule = RuleInForce(
        code="ten", kind=RuleKind.PREVIOUS, factor=Decimal(10), least=100, text="Count groups, not people."
    )

    assert words(now((*PLACE, 1_200)), before(12), rule) == [
        "Last quarter this was 12; this is 100× as much. Count groups, not people."
    ]


def test_numbers_are_written_as_the_reader_does():
    amount = ("cofinancing-cash", None, "1234567.50")
    past = before("100000.25", place=("cofinancing-cash", None))

    assert words(now(amount), past, TEN) == ["Last quarter this was €100,000.25; this is 12× as much."]
    with translation.override("nl"):
        found = words(now(amount), past, TEN)[0]
        usual = words(now((*PLACE, 124)), before(40, 38, 41, 41), UNUSUAL)[0]
    assert "€\N{NO-BREAK SPACE}100.000,25" in found
    assert "3,1×" in usual
    assert "(40,5)" in usual
