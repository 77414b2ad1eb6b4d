"""Overlap between HIPs and the movements from quarter to quarter: against plain sets, and who may see which names."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.models import Consortium, Organisation, Role
from impact import ledger, overlap, rollups
from impact import programme as office
from impact.dynamics import NOT_REPORTED, Dynamics, Movement
from impact.models import EntryKind, Indicator, Quarter
from impact.overlap import Wanted
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import company, figure, school
from tests.impact.test_rollups_model import rolled_back

pytestmark = pytest.mark.django_db

A, B, C = "scale", "people", "snel"
Q1, Q2, Q3, Q4 = "2024Q1", "2024Q2", "2024Q3", "2024Q4"
FIRST = 2
"""The index of 2024Q1."""
MEASURES = ("value", "trailingYear", "cumulative")


def hip(slug):
    return Consortium.objects.get(slug=slug).pk


def hips(*slugs):
    return frozenset(hip(slug) for slug in slugs)


def indicator(code="companies"):
    return Indicator.objects.get(code=code).pk


def index(period):
    return Quarter.objects.get(pk=period).index


def overlaps(period, measure="value", code="companies", seq=None):
    state = ledger.resolve(seq)
    return overlap.count(state, [overlap.span_of(state, indicator(code), index(period), measure)])[0]


def members(user, wanted, period=Q1, measure="value", **more):
    state = ledger.resolve()
    span = overlap.span_of(state, indicator(), index(period), measure)
    return overlap.members(state, span, wanted, user, **more)


def names(found):
    return [each.name for each in found.page]


def dynamics(scopes=((None, None),), code="companies", seq=None):
    return Dynamics(ledger.resolve(seq), Quarter.objects.all(), scopes, [indicator(code)])


def movement(period, *, of=None, line=None, code="companies"):
    scope = (hip(of) if of else None, line)
    return dynamics([scope], code).movement(scope, indicator(code), index(period))


def organisation(number):
    return Organisation.objects.get(kvk_number=f"{number:08}")


def link(kind, source, target):
    return ledger.append(
        kind=kind, actor=factories.user(Role.MANAGER), reason="hetzelfde bedrijf",
        from_organisation=organisation(source), to_organisation=organisation(target),
    )  # fmt: skip


def undo(entry):
    return ledger.append(kind=EntryKind.UNDO, actor=factories.user(Role.MANAGER), reason="toch niet", undoes=entry)


# --- overlaps


def test_two_hips_share_the_companies_that_both_list(programme):
    factories.reported(A, Q1, *[company(number) for number in range(1, 101)])
    factories.reported(B, Q1, *[company(number) for number in range(71, 151)])

    found = overlaps(Q1)

    assert found.between(hip(A), hip(B)) == found.between(hip(B), hip(A)) == 30
    assert (found.between(hip(A), hip(A)), found.between(hip(B), hip(B))) == (100, 80)
    assert found.total == 150
    assert found.in_exactly() == {1: 120, 2: 30}


def test_a_hip_that_did_not_report_shares_an_unknown_number_and_an_empty_one_none(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(B, Q1, figure("assignments", 0))

    found = overlaps(Q1)

    assert found.between(hip(A), hip(B)) == 0
    assert found.between(hip(A), hip(C)) is None
    assert found.between(hip(C), hip(C)) is None
    assert found.number_of(Wanted(hips(A, C))) is None
    assert overlaps(Q2).total is None
    assert overlaps(Q2).in_exactly() == {}


def test_a_window_brings_together_what_was_reported_in_different_quarters(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(B, Q2, company(1))

    assert overlaps(Q2).between(hip(A), hip(B)) is None
    assert overlaps(Q2, "trailingYear").between(hip(A), hip(B)) == 1
    assert overlaps("2025Q1", "trailingYear").between(hip(A), hip(B)) is None
    assert overlaps("2025Q1", "cumulative").between(hip(A), hip(B)) == 1


def test_a_merged_company_counts_once_and_can_connect_two_hips(programme):
    factories.reported(A, Q1, company(1), company(3))
    factories.reported(B, Q1, company(2))
    before = ledger.newest()
    assert overlaps(Q1).between(hip(A), hip(B)) == 0

    merged = link(EntryKind.MERGE, 1, 2)

    assert overlaps(Q1).between(hip(A), hip(B)) == 1
    assert overlaps(Q1).total == 2
    assert overlaps(Q1, seq=before).between(hip(A), hip(B)) == 0
    undo(merged)
    assert overlaps(Q1).between(hip(A), hip(B)) == 0
    assert overlaps(Q1).total == 3


def test_schools_connect_hips_among_the_organisations_and_not_among_the_companies(programme):
    factories.reported(A, Q1, school("25PW"), company(1))
    factories.reported(B, Q1, school("25PW"), company(1, involvement="internship"))

    assert overlaps(Q1).between(hip(A), hip(B)) == 0
    assert overlaps(Q1, code="partners").between(hip(A), hip(B)) == 2


def test_a_changed_definition_begins_a_new_overlap(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(B, Q2, company(1))
    define_anew(Q2)

    assert overlaps(Q2, "cumulative").between(hip(A), hip(B)) is None
    assert overlaps(Q2, "cumulative").total == 1


def define_anew(period):
    row = Indicator.objects.get(code="companies")
    old = row.definitions.get()
    office.define_indicator(
        actor=None, indicator=row, from_quarter=Quarter.objects.get(pk=period), kind=old.kind, unit=old.unit,
        source=old.source, rule=old.rule, by_action_line=old.by_action_line, meaning_nl="Anders", meaning_en="Other",
    )  # fmt: skip


def test_the_queries_do_not_grow_with_the_companies_nor_with_the_spans(programme):
    factories.reported(A, Q1, company(1))

    def queries():
        state, reviewer = ledger.resolve(), factories.user(Role.REVIEWER)
        spans = [overlap.span_of(state, indicator(), quarter, measure) for quarter in range(6) for measure in MEASURES]
        with CaptureQueriesContext(connection) as captured:
            overlap.count(state, spans)
            overlap.members(state, spans[-1], Wanted(), reviewer)
            Dynamics(state, [], [(None, None), (hip_a, None)], [companies])
        return len(captured)

    hip_a, companies = hip(A), indicator()
    few = queries()
    factories.reported(A, Q2, *[company(number) for number in range(1, 60)])
    factories.reported(B, Q2, *[company(number) for number in range(30, 90)])

    assert queries() == few <= 5


# --- who they are


@pytest.fixture
def shared(programme):
    """Company 1 is in A, 2 in A and B, 3 in B and C, 4 in all three."""
    factories.reported(A, Q1, company(1), company(2), company(4))
    factories.reported(B, Q1, company(2), company(3), company(4))
    factories.reported(C, Q1, company(3), company(4))


def called(*numbers):
    return [f"Testbedrijf {number:08} BV" for number in numbers]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.MANAGER, Role.READER])
def test_who_sees_what_counts_everywhere_sees_all_names(shared, role):
    person = factories.user(role)

    pair = members(person, Wanted(hips(A, B)))

    assert (names(pair), pair.total, pair.named, pair.not_named) == (called(2, 4), 2, 2, 0)
    assert [each.hips for each in pair.page] == [hips(A, B), hips(A, B, C)]
    assert names(members(person, Wanted(hips(A)))) == called(1, 2, 4)
    assert names(members(person, Wanted(at_least=2))) == called(2, 3, 4)
    assert names(members(person, Wanted(at_least=3))) == called(4)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CONTRIBUTOR])
def test_a_hip_sees_its_own_names_and_only_counts_of_others(shared, role):
    person = factories.user(role, A)

    own = members(person, Wanted(hips(A)))
    assert (names(own), own.not_named) == (called(1, 2, 4), 0)
    assert {each.hips for each in own.page} == {hips(A)}, "which of them another HIP lists is not said"
    for wanted, total in [(hips(A, B), 2), (hips(B), 3), (hips(B, C), 2)]:
        found = members(person, Wanted(wanted))
        assert (names(found), found.total, found.not_named) == ([], total, total)
    assert members(person, Wanted(at_least=2)).not_named == 3
    everything = members(person, Wanted())
    assert (names(everything), everything.total, everything.not_named) == (called(1, 2, 4), 4, 1)


def test_who_works_for_two_hips_sees_the_names_that_both_list(shared):
    person = factories.user(Role.COORDINATOR, A)
    person.memberships.create(role=Role.CONTRIBUTOR, consortium_id=hip(B))

    pair = members(person, Wanted(hips(A, B)))

    assert (names(pair), pair.not_named) == (called(2, 4), 0)
    assert {each.hips for each in pair.page} == {hips(A, B)}
    assert (names(members(person, Wanted(hips(A, C)))), members(person, Wanted(hips(A, C))).not_named) == ([], 1)
    assert members(person, Wanted(at_least=2)).not_named == 1


def test_who_has_no_role_sees_counts_alone(shared):
    for person in (None, factories.user()):
        found = members(person, Wanted(hips(A, B)))
        assert (found.page, found.total, found.named, found.not_named) == ((), 2, 0, 2)


def test_what_is_drafted_names_nobody(shared):
    factories.reported(A, Q2, company(9), upto="submitted")

    found = members(factories.user(Role.COORDINATOR, A), Wanted(hips(A)), Q2, "cumulative")

    assert names(found) == called(1, 2, 4)


def test_names_come_in_pages_that_follow_on_each_other(programme):
    factories.reported(A, Q1, *[company(number, name="Gelijk BV") for number in range(1, 12)], company(12, name="aa"))
    person, seen, after = factories.user(Role.READER), [], None

    for _page in range(4):
        found = members(person, Wanted(hips(A)), size=4, after=after)
        seen += [each.identifier for each in found.page]
        after = found.last
        assert (found.total, found.named) == (12, 12)
        if after is None:
            break

    assert seen[0] == "00000012"
    assert sorted(seen) == [f"{number:08}" for number in range(1, 13)]


def test_a_merged_company_is_named_as_its_record_and_a_taken_over_one_as_in_its_quarter(programme):
    factories.reported(A, Q1, company(1), company(3))
    factories.reported(A, Q2, company(4))
    factories.reported(B, Q1, company(2))
    link(EntryKind.MERGE, 1, 2)
    link(EntryKind.SUCCESSION, 3, 4)
    person = factories.user(Role.READER)

    assert names(members(person, Wanted(), Q1)) == called(2, 3)
    assert names(members(person, Wanted(), Q2)) == called(4)
    assert names(members(person, Wanted(), Q2, "cumulative")) == called(2, 4)


# --- from one quarter to the next


def test_organisations_come_stay_return_and_go(programme):
    factories.reported(A, Q1, company(1), company(2), company(3))
    factories.reported(A, Q2, company(2), company(4))
    factories.reported(A, Q3, company(1), company(2), company(5))

    assert movement(Q1, of=A) == Movement(3, 3, 0, 0, None, None)
    assert movement(Q2, of=A) == Movement(2, 1, 1, 0, 2, 0)
    assert movement(Q3, of=A) == Movement(3, 1, 1, 1, 1, 0)
    assert movement(Q4, of=A) == NOT_REPORTED


def test_a_missing_report_makes_unknown_and_not_lost(programme):
    factories.reported(A, Q1, company(1), company(2), company(3))
    factories.reported(B, Q1, company(3), company(4))
    factories.reported(B, Q2, figure("assignments", 1))

    # 4 was in B alone, which reported; 3 also in A, which did not.
    assert movement(Q2) == Movement(present=0, new=0, stayed=0, returning=0, lost=1, unknown=3)
    assert movement(Q2, of=A) == NOT_REPORTED
    assert movement(Q2, of=B).lost == 2


def test_who_left_the_programme_has_nothing_left_to_report(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(B, Q1, company(2))
    factories.reported(B, Q2, company(2))
    office.set_participation(
        actor=None, consortium=Consortium.objects.get(slug=A), start_date=date(2023, 9, 1), end_date=date(2024, 5, 1)
    )

    assert movement(Q2) == Movement(present=1, new=0, stayed=1, returning=0, lost=1, unknown=0)


def test_a_quarter_that_nobody_reported_is_no_quarter_to_have_been_lost_from(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(A, Q3, company(1), company(2))

    assert movement(Q2) == NOT_REPORTED
    assert movement(Q3) == Movement(present=2, new=1, stayed=0, returning=1, lost=None, unknown=None)


def test_a_changed_definition_begins_a_new_count(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(A, Q2, company(1))
    before = ledger.newest()
    define_anew(Q2)

    assert movement(Q2) == Movement(present=1, new=1, stayed=0, returning=0, lost=None, unknown=None)
    assert dynamics(seq=before).movement((None, None), indicator(), index(Q2)).stayed == 1
    assert [cohort.quarter for cohort in dynamics().retention((None, None), indicator(), index(Q2))] == [index(Q2)]


def test_a_company_that_goes_on_under_another_number_stays(programme):
    factories.reported(A, Q1, company(1))
    factories.reported(A, Q2, company(2))
    assert movement(Q2) == Movement(1, 1, 0, 0, 1, 0)

    link(EntryKind.SUCCESSION, 1, 2)

    assert movement(Q2) == Movement(1, 0, 1, 0, 0, 0)


def test_a_cohort_is_followed_through_the_reported_quarters(programme):
    factories.reported(A, Q1, company(1), company(2), company(3), company(4))
    factories.reported(A, Q2, company(1), company(2), company(5))
    factories.reported(A, Q4, company(1), company(5))

    first, second, last = dynamics().retention((None, None), indicator(), index(Q4))

    assert (first.quarter, first.size, first.is_first) == (FIRST, 4, True)
    assert first.present == {FIRST + 1: 2, FIRST + 3: 1}
    assert first.share(FIRST + 3) == Decimal("0.25")
    assert (second.size, second.is_first, second.present) == (1, False, {FIRST + 3: 1})
    assert (last.size, last.present, last.quarter) == (0, {}, FIRST + 3)


# --- against plain sets


SLUGS = (A, B, C)
PERIODS = (Q1, Q2, Q3, Q4, "2025Q1", "2025Q2")
LINES = ("talent", "innovation")


@dataclass
class Plain:
    """The same law with sets and loops; shares no code with the portal."""

    reports: dict[tuple[str, int], set[tuple[int, str]]] = field(default_factory=dict)
    same: dict[int, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    """From which quarter on a HIP takes no part."""
    since: int = 0

    def one(self, number):
        while number in self.same:
            number = self.same[number]
        return number

    def who(self, slug, quarter, line=None):
        """None where the HIP did not report."""
        rows = self.reports.get((slug, quarter))
        return None if rows is None else {self.one(number) for number, at in rows if line in (None, at)}

    def all(self, slugs, quarters, line=None):
        found = [self.who(slug, quarter, line) for slug, quarter in product(slugs, quarters) if quarter >= self.since]
        found = [each for each in found if each is not None]
        return set().union(*found) if found else None

    @staticmethod
    def window(measure, quarter):
        start = {"value": quarter, "trailingYear": quarter - 3, "cumulative": 0}[measure]
        return range(max(start, 0), quarter + 1)

    def shared(self, one, other, measure, quarter):
        mine, theirs = (self.all([slug], self.window(measure, quarter)) for slug in (one, other))
        return None if mine is None or theirs is None else len(mine & theirs)

    def movement(self, slugs, line, quarter):
        present = self.all(slugs, [quarter], line)
        if present is None:
            return (None,) * 6
        earlier = self.all(slugs, range(quarter), line) or set()
        before = self.all(slugs, [quarter - 1], line)
        stayed = present & (before or set())
        new = present - earlier
        if before is None:
            return len(present), len(new), 0, len(present - new), None, None
        silent = [
            slug for slug in slugs if (slug, quarter) not in self.reports and quarter < self.left.get(slug, quarter + 1)
        ]
        unknown = (before - present) & (self.all(silent, [quarter - 1], line) or set())
        lost = before - present - unknown
        return len(present), len(new), len(stayed), len(present - new - stayed), len(lost), len(unknown)


@st.composite
def worlds(draw):
    rows = st.sets(st.tuples(st.integers(1, 8), st.sampled_from(LINES)), max_size=7)
    keys = st.tuples(st.sampled_from(SLUGS), st.integers(0, len(PERIODS) - 1))
    reports = draw(st.dictionaries(keys, rows, min_size=4, max_size=14))
    pairs = draw(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=3))
    left = draw(st.dictionaries(st.sampled_from(SLUGS), st.integers(2, 5), max_size=1))
    since = draw(st.sampled_from([0, 0, 0, 1, 3]))
    return reports, pairs, left, since


def build(world):
    reports, pairs, left, since = world
    plain = Plain(reports=reports, left=left, since=since)
    for (slug, quarter), rows in reports.items():
        parts = [company(number, action_line=line) for number, line in sorted(rows)]
        factories.reported(slug, PERIODS[quarter], *(parts or [figure("assignments", 0)]))
    known = {number for rows in reports.values() for number, _line in rows}
    for source, target in pairs:
        if {source, target} <= known and source not in plain.same and plain.one(target) != source:
            link(EntryKind.MERGE, source, target)
            plain.same[source] = target
    for slug, quarter in left.items():
        # A HIP with a report is expected all the same.
        day = Quarter.objects.get(pk=PERIODS[quarter]).start_date
        office.set_participation(
            actor=None, consortium=Consortium.objects.get(slug=slug), start_date=date(2023, 9, 1), end_date=day
        )
    if since:
        define_anew(PERIODS[since])
    return plain


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_overlaps_and_movements_equal_plain_sets(programme, world):
    with rolled_back():
        plain = build(world)
        dimensions, state = Dimensions.read(), ledger.resolve()
        pks, companies = {slug: hip(slug) for slug in SLUGS}, indicator()
        lines = {row.code: pk for pk, row in dimensions.action_lines.items()}
        scopes = [(of, line) for of in (None, *SLUGS) for line in (None, *LINES)]
        keys = {scope: (pks.get(scope[0]), lines.get(scope[1])) for scope in scopes}
        counted = Dynamics(state, dimensions.quarters.values(), list(keys.values()), [companies])
        cells = {
            (cell.consortium_id, cell.action_line_id, cell.quarter): cell.measures
            for cell in rollups.compute(Selection(indicators=[companies]), state, dimensions)
        }
        for quarter in range(plain.since, len(PERIODS)):
            for measure in MEASURES:
                span = overlap.span_of(state, companies, FIRST + quarter, measure)
                check_overlaps(plain, overlap.count(state, [span])[0], measure, quarter, pks)
            for scope in scopes:
                found = counted.movement(keys[scope], companies, FIRST + quarter)
                expected = plain.movement(SLUGS if scope[0] is None else [scope[0]], scope[1], quarter)
                assert found == Movement(*expected), (scope, quarter)
                cell = cells[(*keys[scope], FIRST + quarter)]
                assert (found.present, found.new) == (cell.value, cell.new)
        check_cohorts(plain, counted.retention((None, None), companies, FIRST + len(PERIODS) - 1))


def check_overlaps(plain, found, measure, quarter, pks):
    for one, other in product(SLUGS, SLUGS):
        assert found.between(pks[one], pks[other]) == plain.shared(one, other, measure, quarter), (one, other)
    everybody = plain.all(SLUGS, plain.window(measure, quarter))
    assert found.total == (None if everybody is None else len(everybody))
    sizes = [
        sum(number in (plain.all([slug], plain.window(measure, quarter)) or ()) for slug in SLUGS)
        for number in everybody or ()
    ]
    assert found.in_exactly() == {size: sizes.count(size) for size in range(1, max(sizes, default=0) + 1)}


def check_cohorts(plain, cohorts):
    reported = [quarter for quarter in range(plain.since, len(PERIODS)) if plain.all(SLUGS, [quarter]) is not None]
    assert [cohort.quarter - FIRST for cohort in cohorts] == reported
    for cohort in cohorts:
        quarter = cohort.quarter - FIRST
        first_seen = plain.all(SLUGS, [quarter]) - (plain.all(SLUGS, range(quarter)) or set())
        assert cohort.size == len(first_seen)
        assert cohort.is_first == (quarter == reported[0])
        assert cohort.present == {
            FIRST + later: len(first_seen & plain.all(SLUGS, [later])) for later in reported if later > quarter
        }
