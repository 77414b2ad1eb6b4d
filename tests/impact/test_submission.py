"""The one check: what cannot be true or stored is refused at its place, all at once."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact import content, submission
from impact.models import RuleKind
from impact.plausibility import Past, RuleInForce
from impact.submission import DefinitionInForce, Known
from tests.impact.strategies import EUROS, FLOWS, LINES, STOCKS, bodies

EMPTY = {section: [] for section in content.SECTIONS}
KNOWN = Known(
    definitions={
        **{code: DefinitionInForce("flow", "things", "entered", True) for code in FLOWS},
        **{code: DefinitionInForce("stock", "things", "entered", True) for code in STOCKS},
        **{code: DefinitionInForce("flow", "euro", "entered", False) for code in EUROS},
        "training-completions": DefinitionInForce("ratio", "completed / enrolled", "entered", True),
        "companies": DefinitionInForce("unique", "companies", "derived", True),
    },
    action_lines=LINES,
)


def judged(body, known=KNOWN):
    lines, problems = content.read(json.loads(json.dumps(body), parse_float=Decimal, parse_int=Decimal))
    assert not problems
    return submission.check(lines, known)


def errors(known=KNOWN, **sections):
    return {(problem.pointer, problem.code) for problem in judged({**EMPTY, **sections}, known).errors}


def company(**changes):
    row = {
        "kvkNumber": "00001234", "name": "Voorbeeld BV", "organisationType": "company",
        "actionLine": "innovation", "involvement": "project",
    }  # fmt: skip
    return {key: value for key, value in (row | changes).items() if value is not None}


@given(bodies())
def test_a_right_draft_has_no_errors(body):
    assert judged(body).errors == ()


@given(bodies(min_rows=1), st.data())
def test_a_row_that_is_there_twice_is_refused_at_the_later_one(body, data):
    section = data.draw(st.sampled_from([name for name, rows in body.items() if rows]))
    body[section].append(data.draw(st.sampled_from(body[section])))

    places = {problem.pointer for problem in judged(body).errors}

    assert len(places) == 1
    assert places.pop().startswith(f"/{section}/{len(body[section]) - 1}")


@pytest.mark.parametrize(
    ("row", "pointer", "code"),
    [
        ({"indicator": "nonsense", "value": 1}, "indicator", "unknown"),
        ({"indicator": "companies", "actionLine": "talent", "value": 1}, "indicator", "derived"),
        ({"indicator": "assignments", "value": 1}, "actionLine", "required"),
        ({"indicator": "assignments", "actionLine": "sport", "value": 1}, "actionLine", "unknown"),
        ({"indicator": "cofinancing-cash", "actionLine": "talent", "value": 1}, "actionLine", "not-by-action-line"),
        ({"indicator": "assignments", "actionLine": "talent"}, "value", "required"),
        ({"indicator": "assignments", "actionLine": "talent", "value": -1}, "value", "out-of-range"),
        ({"indicator": "assignments", "actionLine": "talent", "value": 1_000_000_001}, "value", "out-of-range"),
        ({"indicator": "assignments", "actionLine": "talent", "value": 12.7}, "value", "not-whole"),
        ({"indicator": "cofinancing-cash", "value": 12.345}, "value", "too-precise"),
        (
            {"indicator": "assignments", "actionLine": "talent", "value": 1, "numerator": 1, "denominator": 2},
            "numerator",
            "not-a-ratio",
        ),
        (
            {"indicator": "training-completions", "actionLine": "talent", "numerator": 5},
            "denominator",
            "required",
        ),
        (
            {"indicator": "training-completions", "actionLine": "talent", "numerator": 5, "denominator": 4},
            "numerator",
            "out-of-range",
        ),
        (
            {"indicator": "training-completions", "actionLine": "talent", "value": 1, "numerator": 4, "denominator": 4},
            "value",
            "ratio",
        ),
    ],
)
def test_a_figure_that_cannot_be_is_refused_at_its_place(row, pointer, code):
    assert (f"/figures/0/{pointer}", code) in errors(figures=[row])


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"kvkNumber": None}, "kvkNumber", "required"),
        ({"kvkNumber": "1234567"}, "kvkNumber", "malformed"),
        ({"kvkNumber": "１２３４５６７８"}, "kvkNumber", "malformed"),
        ({"kvkNumber": "123456782"}, "kvkNumber", "bsn"),
        ({"institutionCode": "25pw"}, "institutionCode", "malformed"),
        ({"postcode": "0123 AB"}, "postcode", "malformed"),
        ({"postcode": "1234 SS"}, "postcode", "malformed"),
        ({"name": "Jan 123456782"}, "name", "bsn"),
        ({"name": "Jan 123.456.782"}, "name", "bsn"),
        ({"name": "x" * 201}, "name", "too-long"),
        ({"name": "nul\x00"}, "name", "unreadable"),
        ({"name": "half \ud800"}, "name", "unreadable"),
        ({"organisationType": "club"}, "organisationType", "unknown"),
        ({"sizeClass": "huge"}, "sizeClass", "unknown"),
        ({"involvement": "friend"}, "involvement", "unknown"),
        ({"actionLine": "sport"}, "actionLine", "unknown"),
    ],
)
def test_a_participation_that_cannot_be_is_refused_at_its_place(changes, pointer, code):
    assert (f"/participations/0/{pointer}", code) in errors(participations=[company(**changes)])


def test_a_kvk_number_without_a_valid_check_digit_is_accepted():
    assert errors(participations=[company(kvkNumber="00000001"), company(kvkNumber="69599084")]) == set()


def test_a_row_with_number_and_code_of_different_organisations_is_refused():
    known = Known(
        definitions=KNOWN.definitions, action_lines=LINES, organisations={"00001234": uuid4(), "25PW": uuid4()}
    )

    found = errors(known, participations=[company(institutionCode="25PW")])

    assert found == {("/participations/0/institutionCode", "other-organisation")}


def test_two_rows_that_turn_out_to_be_one_organisation_are_a_duplicate():
    school = uuid4()
    known = Known(definitions=KNOWN.definitions, action_lines=LINES, organisations={"00001234": school, "25PW": school})

    found = errors(known, participations=[company(), company(kvkNumber=None, institutionCode="25PW")])

    assert found == {("/participations/1", "duplicate")}


def test_one_code_cannot_belong_to_two_numbers_in_one_draft():
    rows = [company(institutionCode="25PW"), company(kvkNumber="00001235", institutionCode="25PW")]

    assert ("/participations/1/institutionCode", "other-organisation") in errors(participations=rows)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"group": "parents"}, "group", "unknown"),
        ({"category": "phd"}, "category", "unknown"),
        ({"group": "teachers", "category": "123456782"}, "category", "bsn"),
        ({"institutionCode": "X"}, "institutionCode", "malformed"),
        ({"firstTime": 11}, "firstTime", "out-of-range"),
        ({"headcount": 1.5}, "headcount", "not-whole"),
    ],
)
def test_a_head_count_that_cannot_be_is_refused_at_its_place(changes, pointer, code):
    row = {"group": "students", "actionLine": "talent", "headcount": 10, "firstTime": 4} | changes

    assert (f"/headcounts/0/{pointer}", code) in errors(headcounts=[row])


def test_everything_wrong_is_said_at_once():
    found = errors(
        figures=[{"indicator": "assignments", "actionLine": "talent", "value": -1}, {"indicator": "x", "value": 1}],
        participations=[company(kvkNumber="1")],
        unidentifiedCompanies=[{"actionLine": "talent", "count": 1.5}, {"actionLine": "talent", "count": 1}],
    )

    assert found == {
        ("/figures/0/value", "out-of-range"),
        ("/figures/1/indicator", "unknown"),
        ("/participations/0/kvkNumber", "malformed"),
        ("/unidentifiedCompanies/0/count", "not-whole"),
        ("/unidentifiedCompanies/1", "duplicate"),
    }


def test_what_is_merely_unlikely_is_a_warning():
    known = Known(
        definitions=KNOWN.definitions,
        action_lines=LINES,
        rules=[
            RuleInForce(code="factor-ten", kind=RuleKind.PREVIOUS, factor=Decimal(10), least=100),
            RuleInForce(code="section-empty", kind=RuleKind.SECTION_EMPTY, least=10),
        ],
        past=Past(figures={1: {("assignments", "talent"): Decimal(12)}}, sizes={"participations": 40}),
    )

    verdict = judged({**EMPTY, "figures": [{"indicator": "assignments", "actionLine": "talent", "value": 400}]}, known)

    assert verdict.errors == ()
    assert {(problem.pointer, problem.code) for problem in verdict.warnings} == {
        ("/figures/0/value", "unusual"),
        ("/participations", "section-empty"),
    }
