"""What comes in by a backfill workbook counts, once it is accepted, exactly as the brute-force model says."""

from random import Random

import pytest
from django.utils.translation import gettext as _

from impact import ledger, materialise, reporting, rollups
from impact.models import Indicator
from impact.standing import standing
from tests.impact.backfill.filling import Book, changes_of, downloaded, handed_in, looked, taken_over
from tests.impact.brute_force import Body, Counts
from tests.impact.strategies import LINES
from tests.impact.test_rollups_model import HIPS, QUARTERS, Office, check_every_cell, selection

pytestmark = pytest.mark.django_db

TYPES = {"company": "bedrijf", "school": "school"}
SIZES = {"micro": "micro", "small": "klein", "medium": "middelgroot", "large": "groot", "unknown": "onbekend"}
WAYS = {"project": "project", "training": "training", "internship": "stage", "teaching": "onderwijs"}


def any_body(random: Random) -> Body:
    """A draft as the office could have kept it in Excel."""
    figures = [
        {"indicator": code, "actionLine": line, "value": random.randint(0, 30)}
        for code in ("assignments", "learning-communities")
        for line in random.sample(LINES, 2)
    ]
    for line in random.sample(LINES, 1):
        part = random.randint(0, 20)
        figures.append(
            {"indicator": "training-completions", "actionLine": line, "numerator": part, "denominator": part + 7}
        )
    figures.append({"indicator": "cofinancing-cash", "value": random.randint(0, 99_999) / 100})
    participations = {}
    for _number in range(random.randint(3, 8)):
        number, line = f"{random.randint(1, 9):08}", random.choice(LINES)
        way = random.choice(("project", "training", "internship"))
        participations[number, line, way] = {
            "kvkNumber": number, "name": f"Bedrijf {number}", "organisationType": "company",
            "sizeClass": random.choice(tuple(SIZES)), "actionLine": line, "involvement": way,
        }  # fmt: skip
    people = {}
    for _number in range(random.randint(0, 4)):
        group, line, count = random.choice(("students", "teachers")), random.choice(LINES), random.randint(0, 40)
        people[group, line] = {
            "group": group, "actionLine": line, "headcount": count, "firstTime": random.randint(0, count),
        }  # fmt: skip
    return {
        "figures": figures,
        "participations": list(participations.values()),
        "unidentifiedCompanies": [
            {"actionLine": line, "count": random.randint(0, 5)} for line in random.sample(LINES, 2)
        ],
        "headcounts": list(people.values()),
    }


def typed(book: Book, hip: str, quarter: str, body: Body) -> None:
    """The body as somebody types it in the workbook."""
    names = dict(Indicator.objects.values_list("code", "name_nl"))
    for row in body["figures"]:
        line, name = row.get("actionLine", "-"), names[row["indicator"]]
        if "value" in row:
            label = f"{name} (€)" if line == "-" else name
            book.figure(hip, quarter, label, line).value = row["value"]
        else:
            book.figure(hip, quarter, f"{name}: {_('number completed')}", line).value = row["numerator"]
            book.figure(hip, quarter, f"{name}: {_('number enrolled')}", line).value = row["denominator"]
    for row in body["participations"]:
        at = book.add(
            "participations", hip, quarter, kvkNumber=row["kvkNumber"], name=row["name"],
            organisationType=TYPES[row["organisationType"]], sizeClass=row["sizeClass"],
        )  # fmt: skip
        book.at("participations", at, f"line:{row['actionLine']}").value = row["involvement"]
    for row in body["unidentifiedCompanies"]:
        book.cell("unidentifiedCompanies", hip, quarter, f"line:{row['actionLine']}").value = row["count"]
    for row in body["headcounts"]:
        book.add("headcounts", hip, quarter, **row)
    for section in ("Cijfers", "Organisaties", "Zonder KVK-nummer", "Deelnemers"):
        book.add("notes", hip, quarter, about=section, text="Zo stond het in Excel.")


def test_three_hips_and_four_quarters_count_as_the_model_says_once_a_reviewer_accepted_them(programme):
    random, office = Random(11), Office()
    periods = QUARTERS[:4]
    book = Book(downloaded(office.manager, list(HIPS), list(periods)))
    bodies = {(hip, quarter): any_body(random) for hip in HIPS for quarter in periods}
    for (hip, quarter), body in bodies.items():
        typed(book, hip, quarter, body)

    outlook = looked(office.manager, book.data)
    assert (outlook.errors, len(changes_of(outlook))) == ([], 12)
    taken = taken_over(office.manager, book.data, outlook)
    assert [each.problems for each in handed_in(office.manager, taken)] == [()] * 12
    for hip, quarter in taken.drafted:
        version = standing(office.reviewer, hip, quarter).version
        assert version is not None
        reporting.review(
            actor=office.reviewer, consortium=hip, quarter=quarter, decision="accept",
            content_hash=version.content_hash,
        )  # fmt: skip
        office.world.counting[hip, office.index(quarter)] = Counts(bodies[hip, quarter])

    cells = rollups.compute(selection(office.dimensions), ledger.resolve(), office.dimensions)
    check_every_cell(cells, office)
    assert materialise.roll_up()
    assert materialise.verify() == (ledger.newest(), [])
