"""Why this number: the versions and records of every cell add up to it, and nobody sees what is not theirs."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.models import Organisation, Role
from impact import content, effects, leaves, ledger, lineage, materialise, reporting, rollups
from impact import programme as office
from impact.ledger import State
from impact.lineage import Absence, Lineage, Question
from impact.lineage_organisations import OrganisationRecord
from impact.measures import share
from impact.models import EntryKind, Indicator, Kind
from impact.models.codebook import PERSON_RULES
from impact.rollups import Cell, Dimensions, Selection
from tests import factories, golden
from tests.factories import company, figure, headcount, school, unidentified
from tests.golden import INNOVATION, Q1, Q2, Q3, TALENT, A, B
from tests.impact.strategies import bodies

pytestmark = pytest.mark.django_db


def whole(user: Any, question: Question, dimensions: Dimensions, state: State, size: int = 1_000) -> Lineage:
    """With the records of all pages."""
    first = found = lineage.trace(user, question, dimensions, state=state, size=size)
    records = [*found.records]
    while found.last is not None:
        found = lineage.trace(user, question, dimensions, state=state, size=size, after=found.last)
        records += found.records
    return lineage.replace(first, records=tuple(records))


def question(dimensions: Dimensions, indicator: str, period: str, measure: str = "value", hip: str | None = None,
             line: str | None = None) -> Question:  # fmt: skip
    def pk(members: Any, attribute: str, code: str | None) -> Any:
        return next((pk for pk, row in members.items() if getattr(row, attribute) == code), None)

    return Question(
        consortium_id=pk(dimensions.consortia, "slug", hip),
        action_line_id=pk(dimensions.action_lines, "code", line),
        indicator_id=pk(dimensions.indicators, "code", indicator),
        quarter=pk(dimensions.quarters, "pk", period),
        measure=measure,
    )


def check(found: Lineage, cell: Cell) -> None:
    """Versions and records add up to the measure of the cell, exactly."""
    measure = found.question.measure
    expected = (
        getattr(cell.measures, measure) if measure in lineage.PARTS_OF_RATIO else effects.measures_of(cell)[measure]
    )
    assert found.value == expected
    assert len(found.records) == found.named
    if found.absence in (Absence.NOT_REPORTED, Absence.NOT_DEFINED, Absence.NOT_APPLICABLE, Absence.WITHHELD):
        assert (found.value, found.versions, found.total) == (None, (), 0)
        return
    assert found.definition is not None
    if found.counts_organisations:
        check_organisations(found)
    else:
        check_rows(found)


def check_rows(found: Lineage) -> None:
    assert found.definition is not None
    assert found.not_named == 0
    for parts in (found.records, found.versions):
        if found.definition.kind == Kind.RATIO:
            numerator, denominator = sum(row.numerator for row in parts), sum(row.denominator for row in parts)
            assert (found.numerator, found.denominator) == (numerator, denominator)
            known = {"numerator": numerator, "denominator": denominator}
            assert found.value == known.get(found.question.measure, share(numerator, denominator))
        else:
            assert sum(row.value for row in parts) == found.value


def check_organisations(found: Lineage) -> None:
    counted = found.value
    if found.bounds is not None:
        assert found.value == getattr(found.bounds, found.question.measure)
        assert found.bounds.high == found.total + sum(row.count for row in found.bounds.without)
        assert found.bounds.low == max([found.total, *(row.least for row in found.bounds.of_hips)])
        counted = found.bounds.identified
    assert found.total == found.named + found.not_named == counted
    assert len({record.organisation_id for record in found.records}) == found.named
    for overlap in found.overlaps:
        assert overlap.sum - overlap.repeated == counted
    for record in found.records:
        assert record.rows
    if found.hidden_rows == 0:
        assert found.not_named == 0
        per_version: dict[int, set[Any]] = {part.counting.version_id: set() for part in found.versions}
        for record in found.records:
            for row in record.rows:
                per_version[row.version.version_id].add(record.organisation_id)
        assert {part.counting.version_id: part.value for part in found.versions} == {
            pk: len(organisations) for pk, organisations in per_version.items()
        }


def cells_of(state: State, dimensions: Dimensions, quarters: Sequence[int]) -> list[Cell]:
    hips = {row.consortium_id for row in state.counting}
    return rollups.compute(Selection(consortia=[None, *hips], quarters=quarters), state, dimensions)


def check_cells(user: Any, cells: Sequence[Cell], state: State, dimensions: Dimensions, size: int = 1_000) -> None:
    for cell in cells:
        for measure in lineage.MEASURES:
            asked = Question(cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter, measure)
            check(whole(user, asked, dimensions, state, size), cell)


@pytest.fixture
def played(programme: Any) -> golden.Played:
    return golden.play()


def is_told(cell: Cell) -> bool:
    """Of the cells in which nothing was ever reported a few are enough."""
    return cell.measures.cumulative is not None or cell.indicator_id % 7 == 0


def test_every_measure_of_every_golden_cell_is_made_of_its_records(played: golden.Played) -> None:
    dimensions, manager = Dimensions.read(), factories.user(Role.MANAGER)
    state = ledger.resolve()
    materialise.roll_up()
    first = question(dimensions, "companies", Q1).quarter
    cells = [cell for cell in cells_of(state, dimensions, range(first, first + 4)) if is_told(cell)]
    assert len(cells) > 200
    check_cells(manager, cells[::3], state, dimensions)


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(
    reports=st.lists(
        st.tuples(st.sampled_from(("scale", "people", "snel")), st.sampled_from((Q1, Q2, Q3)), bodies()),
        min_size=3, max_size=6, unique_by=lambda report: report[:2],
    ),
    links=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4),
    chosen=st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_cell_of_a_random_programme_is_made_of_its_records(programme, reports, links, chosen) -> None:
    with transaction.atomic():
        people = [factories.user(Role.MANAGER), factories.user(Role.COORDINATOR, "people"), None]
        for hip, period, body in reports:
            report(hip, period, body)
        known = sorted(Organisation.objects.values_list("pk", flat=True))
        linked: set[Any] = set()
        for source, target in links:
            # Only to later ones, so that no circle arises.
            if known and source % len(known) < target % len(known) and source % len(known) not in linked:
                linked.add(source % len(known))
                ledger.append(
                    kind=EntryKind.MERGE, actor=people[0], reason="dubbel",
                    from_organisation_id=known[source % len(known)], to_organisation_id=known[target % len(known)],
                )  # fmt: skip
        dimensions, state = Dimensions.read(), ledger.resolve()
        first = question(dimensions, "companies", Q1).quarter
        cells = cells_of(state, dimensions, range(first, first + 4))
        told = [cell for cell in cells if is_told(cell)]
        for cell in chosen.sample(told, min(25, len(told))):
            for who in people:
                hides = who is None and cell.action_line_id is not None
                if not (hides and leaves.has_rule(state, cell.indicator_id, PERSON_RULES)):
                    check_cells(who, [cell], state, dimensions, size=chosen.choice([2, 1000]))
        transaction.set_rollback(True)


def report(hip: str, period: str, body: Any) -> None:
    where = {"consortium": hip, "quarter": period}
    read, problems = content.read(json.loads(json.dumps(body), parse_float=Decimal, parse_int=Decimal))
    assert not problems
    coordinator = factories.user(Role.COORDINATOR, hip)
    reporting.fill(actor=coordinator, lines=read, base=reporting.ANY, **where)
    warnings = reporting.judge(actor=coordinator, lines=read, **where).warnings
    explanations = {each.pointer: "klopt" for each in warnings}
    version = reporting.submit(actor=coordinator, explanations=explanations, **where)
    reviewer = factories.user(Role.REVIEWER)
    reporting.review(actor=reviewer, decision="accept", content_hash=version.content_hash, **where)


def test_the_lineage_of_an_earlier_moment_is_that_of_then(played: golden.Played) -> None:
    dimensions, manager = Dimensions.read(), factories.user(Role.MANAGER)
    then, now = ledger.resolve(played.before_the_correction), ledger.resolve()
    asked = question(dimensions, "assignments", Q3, hip=golden.D)

    assert [row.value for row in whole(manager, asked, dimensions, then).records] == [20]
    found = whole(manager, asked, dimensions, now)
    assert [row.value for row in found.records] == [10]
    (part,) = found.versions
    assert (part.counting.version_number, part.is_correction) == (2, True)
    assert part.version.correction_reason == "dubbel geteld"
    cells = cells_of(then, dimensions, [asked.quarter])
    check_cells(manager, [cell for cell in cells if is_told(cell)][::5], then, dimensions)


def test_a_withdrawn_report_is_in_no_lineage_but_that_of_before(played: golden.Played) -> None:
    dimensions, manager = Dimensions.read(), factories.user(Role.MANAGER)
    asked = question(dimensions, "companies", Q3, hip=golden.C)

    now = lineage.trace(manager, asked, dimensions)
    assert (now.absence, now.value, now.versions, now.records) == (Absence.NOT_REPORTED, None, (), ())
    assert now.missing == ((asked.consortium_id, asked.quarter),)
    then = lineage.trace(manager, asked, dimensions, state=ledger.resolve(played.before_the_withdrawal))
    assert (then.value, then.total, [record.kvk_number for record in then.records]) == (1, 1, ["00000009"])


def test_overlaps_say_how_parts_make_the_number(programme: Any) -> None:
    factories.reported("scale", Q1, *(company(number, action_line=TALENT) for number in range(1, 11)))
    factories.reported("people", Q1, *(company(number) for number in range(8, 16)))
    dimensions = Dimensions.read()

    found = lineage.trace(factories.user(Role.REVIEWER), question(dimensions, "companies", Q1), dimensions)

    hips, lines = found.overlaps
    assert found.value == found.total == 15
    for overlap in (hips, lines):
        assert sorted(count for _part, count in overlap.parts) == [8, 10]
        assert (overlap.sum, overlap.repeated, overlap.shared) == (18, 3, 3)


def test_bounds_are_explained_by_the_counts_without_a_number(programme: Any) -> None:
    factories.reported(
        "scale", Q1, *(company(number) for number in range(1, 11)), unidentified(7), unidentified(2, action_line=TALENT)
    )
    factories.reported("people", Q1, *(company(number) for number in range(8, 16)), unidentified(1))
    dimensions, reader = Dimensions.read(), factories.user(Role.READER)

    low = lineage.trace(reader, question(dimensions, "companies", Q1, "low"), dimensions)
    high = lineage.trace(reader, question(dimensions, "companies", Q1, "high"), dimensions)

    assert (low.value, high.value, low.total) == (17, 25, 15)
    for found in (low, high):
        assert found.bounds is not None
        assert sorted((row.least, row.sum) for row in found.bounds.of_hips) == [(9, 1), (17, 9)]
        check(found, found.cell)


def test_linked_organisations_are_one_record_with_the_way_to_it(programme: Any) -> None:
    factories.reported("scale", Q1, company(1), company(2, action_line=TALENT))
    factories.reported("people", Q2, company(3))
    one, two, three = (Organisation.objects.get(kvk_number=f"0000000{number}") for number in (1, 2, 3))
    manager = factories.user(Role.MANAGER)
    before = ledger.newest()
    merged = ledger.append(
        kind=EntryKind.MERGE, actor=manager, reason="dubbel", from_organisation=one, to_organisation=two
    )
    succeeded = ledger.append(
        kind=EntryKind.SUCCESSION, actor=manager, reason="overname", from_organisation=two, to_organisation=three
    )
    dimensions = Dimensions.read()
    asked = question(dimensions, "companies", Q2, "cumulative")

    found = lineage.trace(manager, asked, dimensions)
    (record,) = found.records
    assert isinstance(record, OrganisationRecord)
    assert (found.value, found.total, record.organisation_id) == (1, 1, three.pk)
    assert [link.seq for link in record.links] == [merged.seq, succeeded.seq]
    assert [(row.kvk_number, row.organisation_id) for row in record.rows] == [
        ("00000001", one.pk), ("00000002", two.pk), ("00000003", three.pk)
    ]  # fmt: skip
    then = lineage.trace(manager, asked, dimensions, state=ledger.resolve(before))
    assert (then.value, len(then.records)) == (3, 3)
    ledger.append(kind=EntryKind.UNDO, actor=manager, undoes=succeeded)
    undone = lineage.trace(manager, asked, dimensions)
    assert (undone.value, sorted(len(row.rows) for row in undone.records)) == (2, [1, 2])


def test_an_organisation_that_was_there_earlier_under_another_number_is_not_new(programme: Any) -> None:
    factories.reported("scale", Q1, company(1))
    factories.reported("people", Q2, company(2), company(3))
    one, two = (Organisation.objects.get(kvk_number=f"0000000{number}") for number in (1, 2))
    manager = factories.user(Role.MANAGER)
    ledger.append(
        kind=EntryKind.SUCCESSION, actor=manager, reason="overname", from_organisation=one, to_organisation=two
    )
    dimensions = Dimensions.read()

    found = lineage.trace(manager, question(dimensions, "companies", Q2, "new"), dimensions)

    assert (found.value, [record.kvk_number for record in found.records]) == (1, ["00000003"])
    assert [(part.counting.quarter, part.value) for part in found.versions] == [
        (found.question.quarter - 1, 0), (found.question.quarter, 1)
    ]  # fmt: skip


# --- what is not defined, not there, or does not apply


def test_where_there_is_no_number_the_lineage_says_why(programme: Any) -> None:
    factories.reported("scale", Q1, figure("training-completions", action_line=TALENT, numerator=0, denominator=0))
    dimensions, manager = Dimensions.read(), factories.user(Role.MANAGER)
    asked = {
        Absence.NOT_REPORTED: question(dimensions, "assignments", Q1),
        Absence.NOT_APPLICABLE: question(dimensions, "assignments", Q1, "new"),
        Absence.NO_DENOMINATOR: question(dimensions, "training-completions", Q1),
    }
    for absence, each in asked.items():
        found = lineage.trace(manager, each, dimensions)
        assert (found.absence, found.value) == (absence, None)
    early = lineage.trace(manager, question(dimensions, "assignments", Q1), dimensions, state=ledger.resolve(0))
    assert (early.absence, early.definition, early.versions) == (Absence.NOT_DEFINED, None, ())


def test_a_changed_definition_is_where_the_lineage_begins(programme: Any) -> None:
    factories.reported("scale", Q1, figure("trainings", 1, action_line=TALENT))
    indicator = Indicator.objects.get(code="trainings")
    office.define_indicator(
        actor=None, indicator=indicator, from_quarter=factories.quarter(Q2), kind=Kind.FLOW, unit="courses",
        source="entered", meaning_nl="anders", meaning_en="otherwise", reason="stuurgroep",
    )  # fmt: skip
    for period, value in ((Q2, 2), (Q3, 4)):
        factories.reported("scale", period, figure("trainings", value, action_line=TALENT))
    dimensions = Dimensions.read()

    found = lineage.trace(factories.user(Role.MANAGER), question(dimensions, "trainings", Q3, "cumulative"), dimensions)

    assert (found.value, found.cell.is_break, [row.value for row in found.records]) == (6, True, [2, 4])
    assert found.since == question(dimensions, "trainings", Q2).quarter
    check(found, found.cell)


# --- pages


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_hold_every_record_once(played: golden.Played, size: int) -> None:
    dimensions, manager, state = Dimensions.read(), factories.user(Role.MANAGER), ledger.resolve()
    for indicator, measure in (
        ("companies", "cumulative"), ("partners", "trailingYear"), ("companies", "new"), ("assignments", "cumulative"),
        ("students", "cumulative"), ("cofinancing", "cumulative"), ("training-completions", "trailingYear"),
    ):  # fmt: skip
        asked = question(dimensions, indicator, Q2, measure)
        at_once = lineage.trace(manager, asked, dimensions, state=state)
        assert at_once.last is None
        in_pages = whole(manager, asked, dimensions, state, size)
        assert in_pages.records == at_once.records
        assert len(in_pages.records) == in_pages.total > 0


def test_head_counts_that_are_partly_shown_come_in_pages_as_well(programme: Any) -> None:
    for hip in ("scale", "people", "snel"):
        factories.reported(
            hip, Q1, headcount(9, 5, category="mbo"), headcount(8, 4, category="hbo"),
            headcount(7, 3, category="mbo", action_line=INNOVATION),
        )  # fmt: skip
    dimensions, state = Dimensions.read(), ledger.resolve()
    asked = question(dimensions, "students", Q1)
    own = factories.user(Role.COORDINATOR, "people")

    for who, kinds in (
        (own, ["total", "total", "headcount", "headcount", "headcount", "total", "total"]),
        (None, ["total"] * 3),
        (factories.user(Role.READER), ["headcount"] * 9),
    ):
        found = whole(who, asked, dimensions, state)
        assert sorted(record.kind for record in found.records) == sorted(kinds)
        check(found, found.cell)
        for size in (1, 2, 4):
            assert whole(who, asked, dimensions, state, size).records == found.records


# --- who sees what


def test_names_are_shown_to_who_sees_the_report_and_the_rest_is_counted(played: golden.Played) -> None:
    dimensions, state = Dimensions.read(), ledger.resolve()
    asked = question(dimensions, "companies", Q1)
    expected = {
        None: 0, factories.user(): 0, factories.user(Role.READER): 5, factories.user(Role.REVIEWER): 5,
        factories.user(Role.MANAGER): 5, factories.user(Role.COORDINATOR, A): 4, factories.user(Role.CONTRIBUTOR, B): 2,
        factories.user(Role.COORDINATOR, "snel"): 0,
    }  # fmt: skip
    for who, named in expected.items():
        found = whole(who, asked, dimensions, state, size=2)
        assert (found.total, found.named, found.not_named) == (5, named, 5 - named)
        check(found, found.cell)
        assert sorted(part.value for part in found.versions) == [0, 2, 4]


def test_a_hip_sees_its_own_rows_and_how_many_others_there_are_in_all(played: golden.Played) -> None:
    dimensions = Dimensions.read()
    own = factories.user(Role.COORDINATOR, B)

    found = lineage.trace(own, question(dimensions, "companies", Q1), dimensions)

    third = next(record for record in found.records if record.kvk_number == "00000003")
    assert {row.version.consortium_id for row in third.rows} == {
        question(dimensions, "companies", Q1, hip=B).consortium_id
    }
    assert (len(third.rows), found.hidden_rows) == (1, 5)
    for part in found.versions:
        assert (
            part.shows_rows
            == part.shows_remarks
            == (part.counting.consortium_id == third.rows[0].version.consortium_id)
        )


def test_who_is_new_is_named_only_to_who_sees_why(played: golden.Played) -> None:
    """Else a HIP would learn that another listed one of its companies earlier."""
    dimensions, own = Dimensions.read(), factories.user(Role.COORDINATOR, golden.D)

    programme = lineage.trace(own, question(dimensions, "companies", Q2, "new"), dimensions)
    assert (programme.value, programme.named, programme.not_named, programme.records) == (3, 0, 3, ())
    of_hip = lineage.trace(own, question(dimensions, "companies", Q2, "new", hip=golden.D), dimensions)
    assert (of_hip.value, of_hip.named) == (2, 2)
    reader = lineage.trace(factories.user(Role.READER), programme.question, dimensions)
    assert (reader.named, reader.not_named) == (3, 0)


def test_a_reader_is_shown_only_what_still_counts(played: golden.Played) -> None:
    dimensions, reader = Dimensions.read(), factories.user(Role.READER)
    asked = question(dimensions, "companies", Q3)

    then = lineage.trace(reader, asked, dimensions, state=ledger.resolve(played.before_the_withdrawal))

    # Company 9 is named by the report of D, which counts, and not by that of C, which was withdrawn.
    assert (then.total, then.named) == (2, 2)
    ninth = next(record for record in then.records if record.kvk_number == "00000009")
    assert (len(ninth.rows), then.hidden_rows) == (1, 1)
    assert not any(part.shows_remarks for part in then.versions)


def test_persons_by_action_line_are_withheld_and_totals_end_at_hips(played: golden.Played) -> None:
    dimensions, state = Dimensions.read(), ledger.resolve()
    for hip in (None, A):
        for measure in lineage.MEASURES:
            found = lineage.trace(None, question(dimensions, "students", Q2, measure, hip, TALENT), dimensions)
            assert (found.withheld, found.absence, found.value) == (True, Absence.WITHHELD, None)
            assert (found.versions, found.records, found.missing, found.total) == ((), (), (), 0)
    found = whole(None, question(dimensions, "students", Q2, "cumulative"), dimensions, state)
    assert [(row.kind, row.action_line_id, row.position, row.value) for row in found.records] == [
        ("total", None, None, 25), ("total", None, None, 10), ("total", None, None, 10)
    ]  # fmt: skip


def test_the_number_of_queries_does_not_grow_with_the_records(programme: Any) -> None:
    dimensions, own = Dimensions.read(), factories.user(Role.COORDINATOR, "scale")
    rollups.sees_everything(own)
    counts = []
    for number, hips in ((2, ("scale", "people")), (30, ("snel", "it-verband-zuid-holland"))):
        for hip in hips:
            factories.reported(
                hip, Q1, *(company(each) for each in range(1, number)), school(), figure("assignments", 3),
                headcount(9, 5), headcount(9, 5, action_line=INNOVATION),
            )  # fmt: skip
        state = ledger.resolve()
        of_kinds = []
        for indicator in ("companies", "assignments", "students"):
            with CaptureQueriesContext(connection) as queries:
                lineage.trace(own, question(dimensions, indicator, Q1), dimensions, state=state)
            of_kinds.append(len(queries))
        counts.append(of_kinds)
    assert counts[0] == counts[1]
