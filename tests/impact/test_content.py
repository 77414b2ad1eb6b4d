"""The JSON door: what it reads, what it refuses, and that writing and reading are each other's inverse."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact import content
from tests.impact.strategies import bodies

EMPTY = {section: [] for section in content.SECTIONS}


def read(body):
    return content.read(json.loads(json.dumps(body), parse_float=Decimal, parse_int=Decimal))


def codes(problems):
    return {(problem.pointer, problem.code) for problem in problems}


@given(bodies())
def test_what_is_written_is_read_back_unchanged(body):
    lines, problems = read(body)
    assert not problems

    written = content.write(lines)
    again, problems = content.read(written)

    assert not problems
    assert again == lines
    assert content.write(again) == written


@given(bodies(), st.randoms(use_true_random=False))
def test_the_content_hash_does_not_depend_on_the_order_of_rows(body, random):
    lines, _problems = read(body)
    shuffled = list(lines)
    random.shuffle(shuffled)

    assert content.digest(lines) == content.digest(shuffled)
    assert content.digest(lines) == content.digest(content.renumber(lines))


@given(bodies(min_rows=1))
def test_any_change_changes_the_content_hash(body):
    lines, _problems = read(body)

    assert content.digest(lines[1:]) != content.digest(lines)


@pytest.mark.parametrize("body", [None, [], "x", Decimal(3), True])
def test_a_body_that_is_no_object_is_refused(body):
    assert codes(content.read(body)[1]) == {("", "not-an-object")}


def test_every_missing_list_and_unknown_key_is_named_at_once():
    _lines, problems = read({"figures": [], "extra": 1, "a/b~c": 2})

    assert codes(problems) == {
        ("/participations", "required"),
        ("/unidentifiedCompanies", "required"),
        ("/headcounts", "required"),
        ("/extra", "unknown-key"),
        ("/a~1b~0c", "unknown-key"),
    }


@pytest.mark.parametrize("value", ["12", True, False, [], {}])
def test_a_number_that_is_no_json_number_is_refused(value):
    _lines, problems = read({**EMPTY, "figures": [{"indicator": "assignments", "value": value}]})

    assert codes(problems) == {("/figures/0/value", "not-a-number")}


def test_rows_that_cannot_be_read_do_not_hide_the_others():
    lines, problems = read(
        {
            "figures": [7, {"indicator": 5, "value": 1}, {"indicator": "assignments", "value": 1}],
            "participations": "none",
            "unidentifiedCompanies": [{"actionLine": "talent"}],
            "headcounts": [],
        }
    )

    assert [line.origin for line in lines] == ["/figures/2"]
    assert codes(problems) == {
        ("/figures/0", "not-an-object"),
        ("/figures/1/indicator", "not-text"),
        ("/participations", "not-a-list"),
        ("/unidentifiedCompanies/0/count", "required"),
    }


def test_a_number_of_absurd_size_is_refused_and_not_worked_out():
    row = {"indicator": "assignments", "value": Decimal("1e999999")}
    _lines, problems = content.read({**EMPTY, "figures": [row]})

    assert codes(problems) == {("/figures/0/value", "out-of-range")}
