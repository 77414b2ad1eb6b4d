"""Likely duplicates: what is found, what is not, that it stays quick, and what the office says of them."""

import random
import time
import unicodedata
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Organisation, Role
from impact import duplicates, links
from impact.duplicates import ALIKE, SAME_NAME, SAME_NAME_AND_POSTCODE, Known, among, normal_name
from impact.models import DismissedDuplicate
from tests import factories
from tests.factories import OrganisationFactory

HERE, NEARBY, ELSEWHERE = "3311 AB", "3311 CD", "9700 AA"


def likely(*pairs):
    """(score, why) of what is found among organisations with these names and postcodes."""
    return [(pair.score, pair.why) for pair in among(Known(uuid4(), name, postcode) for name, postcode in pairs)]


# --- names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bakkerij Jansen B.V.", "bakkerij jansen"),
        ("BAKKERIJ  JANSEN bv", "bakkerij jansen"),
        ("Jansen Bakkerij", "bakkerij jansen"),
        ("B. V. Bakkerij-Jansen", "bakkerij jansen"),
        ("Café Ünïted N.V.", "cafe united"),
        ("Stichting ROC Nova", "nova roc"),
        ("Jansen & Zn.", "jansen zn"),
        ("Jansen en Zn", "jansen zn"),
        ("Smit’s V.O.F.", "smits"),
        ("A.S.M. 2", "2 asm"),
        ("BV", "bv"),
        (" – ", ""),
    ],
)
def test_a_name_is_compared_without_case_accents_punctuation_and_legal_forms(name, expected):
    assert normal_name(name) == expected


@given(st.text(max_size=60))
def test_any_text_has_a_normal_form_however_its_accents_are_encoded(text):
    once = normal_name(text)

    assert once == " ".join(sorted(once.split()))
    assert once == normal_name(unicodedata.normalize("NFD", text)) == normal_name(unicodedata.normalize("NFC", text))
    assert normal_name(f"  {text} ") == once


@given(st.lists(st.sampled_from(["bakkerij", "Jansen", "Zoon", "Café", "3"]), min_size=1, max_size=4), st.randoms())
def test_the_order_of_words_and_a_legal_form_make_no_other_name(words, shuffling):
    shuffled = list(words)
    shuffling.shuffle(shuffled)

    assert normal_name(" ".join(words)) == normal_name(" ".join([*shuffled, "B.V."]).upper())


# --- pairs


def test_the_same_name_and_postcode_come_first():
    found = likely(("Bakkerij Jansen BV", HERE), ("Jansen Bakkerij", HERE), ("Bakkerij Janssen", NEARBY))

    assert [why for _score, why in found] == [SAME_NAME_AND_POSTCODE, ALIKE, ALIKE]
    assert found[0][0] == 100 > found[1][0]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (("Bakkerij Jansen", HERE), ("Bakkerij Janssen", HERE), ALIKE),
        (("Bakkerij Jansen", HERE), ("Bakkerij Janssen", NEARBY), ALIKE),
        (("Bakkerij Jansen", HERE), ("Bakkerij Janssen", ""), ALIKE),
        (("Bakkerij Jansen", ""), ("Bakkerij Jansen", ""), SAME_NAME),
        (("Bakkerij Jansen", HERE), ("Bakkerij Jansen", ELSEWHERE), SAME_NAME),
        (("Jansen", HERE), ("Jansen", NEARBY), SAME_NAME),
    ],
)
def test_what_is_found(first, second, why):
    assert [found for _score, found in likely(first, second)] == [why]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Bakkerij Jansen", HERE), ("Bakkerij Janssen", ELSEWHERE)),
        (("Jansen", HERE), ("Jansen", ELSEWHERE)),
        (("Basisschool 3", HERE), ("Basisschool 4", HERE)),
        (("Testbedrijf 00000001 BV", HERE), ("Testbedrijf 00000010 BV", HERE)),
        (("Bakkerij Jansen", HERE), ("Slagerij De Vries", HERE)),
        ((" - ", HERE), ("...", HERE)),
    ],
)
def test_what_is_not_found(first, second):
    assert likely(first, second) == []


def test_the_answer_does_not_depend_on_the_order_of_the_register():
    known = [Known(uuid4(), f"Bakkerij {name}", HERE) for name in ("Jansen", "Janssen", "Jansens", "Jensen", "Jansen")]
    found = among(known)
    random.Random(7).shuffle(known)

    assert among(known) == found
    assert all(pair.first < pair.second for pair in found)
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)


def _world(number, kind):
    dice = random.Random(1)
    parts = ["".join(dice.choice("bdgklmnprst") + dice.choice("aeiou") for _ in range(3)) for _ in range(3_000)]
    names = {
        "one postcode": lambda: (f"Bakkerij {dice.choice(parts)} {dice.choice(parts)}", HERE),
        "no postcodes": lambda: (f"Bakkerij {dice.choice(parts)} {dice.choice(parts)}", ""),
        "one name": lambda: ("Bakkerij Jansen BV", HERE),
        "numbered": lambda: (f"Demobedrijf {dice.randint(0, 999_999):06} BV", f"{dice.randint(1000, 9999)} AB"),
    }
    return [Known(UUID(int=dice.getrandbits(128)), *names[kind]()) for _ in range(number)]


@pytest.mark.parametrize("kind", ["one postcode", "no postcodes", "one name", "numbered"])
def test_twice_as_many_take_about_twice_as_long_also_in_one_huge_group(kind):
    def seconds(number):
        known = _world(number, kind)
        started = time.process_time()
        among(known)
        return time.process_time() - started

    seconds(500)
    small, large = min(seconds(3_000) for _ in range(2)), min(seconds(12_000) for _ in range(2))

    assert large < 10 * max(small, 0.05), "a square would be 16 times as long"


# --- the queue


@pytest.fixture
def manager(db):
    return factories.user(Role.MANAGER)


@pytest.fixture
def twins(db):
    return [OrganisationFactory(name=name, postcode=HERE) for name in ("Bakkerij Jansen BV", "Bakkerij Jansen B.V.")]


def pairs():
    return [{pair.first, pair.second} for pair in duplicates.find()]


def test_the_queue_has_listed_organisations_that_are_not_linked(manager, twins):
    OrganisationFactory(name="Bakkerij Jansen", postcode=HERE, is_listed=False)
    assert pairs() == [{row.pk for row in twins}]

    entry = links.link(actor=manager, kind="merge", source=twins[0].pk, target=twins[1].pk, reason="dubbel")
    assert pairs() == []

    links.undo(actor=manager, seq=entry.seq)
    assert pairs() == [{row.pk for row in twins}]


def test_what_was_dismissed_does_not_come_back(manager, twins):
    first, second = sorted(twins, key=lambda row: row.pk)

    row = duplicates.dismiss(actor=manager, first=second.pk, second=str(first.pk), reason=" vader en zoon ")

    assert (row.first, row.second, row.reason, row.dismissed_by) == (first, second, "vader en zoon", manager)
    assert pairs() == []


def test_dismissing_is_for_the_manager_and_once(manager, twins):
    ends = {"first": twins[0].pk, "second": twins[1].pk}
    with pytest.raises(NotPermitted):
        duplicates.dismiss(actor=factories.user(Role.REVIEWER), **ends)

    duplicates.dismiss(actor=manager, **ends)

    with pytest.raises(NotAllowedNow):
        duplicates.dismiss(actor=manager, **ends)
    assert DismissedDuplicate.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("nonsense", str(UUID(int=1)), [("/first", "unknown"), ("/second", "unknown")]),
        ("twin", "twin", [("/second", "duplicate")]),
    ],
)
def test_what_cannot_be_dismissed_is_refused(manager, twins, first, second, expected):
    ends = [str(twins[0].pk) if given == "twin" else given for given in (first, second)]

    with pytest.raises(Refused) as error:
        duplicates.dismiss(actor=manager, first=ends[0], second=ends[1])

    assert [(problem.pointer, problem.code) for problem in error.value.problems] == expected


def test_the_queue_is_read_in_a_fixed_number_of_queries(manager, django_assert_num_queries):
    for size in (2, 12):
        for _ in range(size):
            OrganisationFactory(name="Bakkerij Jansen", postcode=HERE)
        with django_assert_num_queries(5):
            duplicates.find()


@pytest.mark.parametrize(
    ("kept", "gone", "why"),
    [
        ({"kvk_number": "12345678"}, {"kvk_number": None, "place": "Breda"}, duplicates.HAS_NUMBER),
        ({"reports": 2}, {"reports": 1, "place": "Breda"}, duplicates.IN_MORE_REPORTS),
        ({"place": "Breda"}, {}, duplicates.KNOWN_BETTER),
        ({"name": "Smid BV"}, {"name": "Smit BV"}, duplicates.AS_GOOD),
    ],
)
def test_of_a_pair_the_record_stays_that_others_know(kept: dict[str, Any], gone: dict[str, Any], why: str) -> None:
    def made(reports: int = 0, **facts: Any) -> tuple[Organisation, int]:
        return Organisation(**{"name": "Smid BV", "kvk_number": "87654321", **facts}), reports

    (one, ours), (other, theirs) = made(**kept), made(**gone)
    reports = {one.pk: ours, other.pk: theirs}

    assert duplicates.to_keep(one, other, reports) == duplicates.to_keep(other, one, reports) == (one, why)
