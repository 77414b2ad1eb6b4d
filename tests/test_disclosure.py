"""Nobody without a token finds out how the persons of a HIP are divided over its action lines.

Worlds that differ in nothing but that division have the same face: every public answer, page and file is the same to
the letter. So what is withheld follows from none of them, nor from all of them together, over all moments and vintages.
Source: docs/semantics.md, "Disclosure".
"""

import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from consortia import tokens
from consortia.models import Role
from impact import ledger, reporting, vintages
from impact.models import Vintage
from impact.submission import Line
from tests import factories
from tests.factories import company, figure, headcount
from tests.impact import small_world

pytestmark = pytest.mark.django_db

LINES = small_world.LINES
PERSONS = ("students", "student-participations")
Split = tuple[int, ...]
"""How many persons there are in each action line."""


def splits(total: int) -> Iterator[Split]:
    """Every way to divide so many persons over the action lines."""
    for split in itertools.product(range(total + 1), repeat=len(LINES)):
        if sum(split) == total:
            yield split


def persons(split: Split, *, zeros: bool) -> list[Line]:
    """One row a line; a line without persons has a row of 0, or none."""
    return [
        headcount(number, number, action_line=line)
        for line, number in zip(LINES, split, strict=True)
        if number or zeros
    ]


def faces(first: Split, second: Split, *, zeros: bool = False, whole: bool = True) -> tuple[dict[str, str], Any]:
    """A world in which a report is corrected from one split to another, with a vintage after each.

    Returns what everybody sees of it, and the exact counts of the persons.
    """
    cache.clear()
    with transaction.atomic():
        _tell(first, second, zeros=zeros)
        found = _face(whole=whole), _exact()
        # The world was looked at, and goes away.
        transaction.set_rollback(True)
    cache.clear()
    return found


def _tell(first: Split, second: Split, *, zeros: bool) -> None:
    manager, coordinator = factories.user(Role.MANAGER), factories.user(Role.COORDINATOR, "alfa")
    others = (company(1), figure("assignments", 3, action_line="talent"))
    factories.reported("beta", "2024Q1", company(2), headcount(9, 5), headcount(4, 4, action_line="innovation"))
    factories.reported("alfa", "2024Q1", *others, *persons(first, zeros=zeros), coordinator=coordinator)
    vintages.publish(actor=manager, code="a")
    reporting.correct(actor=coordinator, consortium="alfa", quarter="2024Q1", reason="telfout")
    factories.reported("alfa", "2024Q1", *others, *persons(second, zeros=zeros), coordinator=coordinator)
    factories.reported("alfa", "2024Q2", *others, *persons(first, zeros=zeros), coordinator=coordinator)
    vintages.publish(actor=manager, code="b")


# --- what everybody sees


FORMATS = {
    "figures": ("application/json", "text/csv", "application/x-ndjson"),
    "roll-ups": ("application/json", "text/csv", "application/x-ndjson", "application/json-stat+json"),
}


def _face(*, whole: bool) -> dict[str, str]:
    client = Client()
    found = {}
    for address, accept in _addresses(whole=whole):
        response = client.get(address, headers={"Accept": accept, "Host": "testserver"})
        assert response.status_code == 200, (address, response.content[:300])
        content = b"".join(response.streaming_content) if response.streaming else response.content
        found[f"{accept} {address}"] = _masked(_as_text(content, response["Content-Type"]))
    return found


def _addresses(*, whole: bool) -> Iterator[tuple[str, str]]:
    api, json = "/api/v1", "application/json"
    moments = ["", *(f"asOf={seq}" for seq in range(_first_report(), ledger.newest() + 1))]
    for moment in moments:
        for address, formats in FORMATS.items():
            for accept in formats if whole else formats[:1]:
                yield f"{api}/{address}?pageSize=5000&{moment}", accept
        for address in ("progress", "goals"):
            yield f"{api}/{address}?{moment}", json
    for hip, line, indicator, measure in itertools.product(
        ("none", "alfa"), ("none", *LINES), PERSONS, ("value", "trailingYear")
    ):
        asked = f"consortium={hip}&actionLine={line}&indicator={indicator}&period=2024Q2&measure={measure}"
        if whole or (hip, measure) == ("alfa", "trailingYear"):
            yield f"{api}/lineage?{asked}", json
    yield f"{api}/vintage-comparisons?from=a&to=b&pageSize=5000", json
    for code in "ab":
        yield f"{api}/vintages/{code}/data-package", "application/zip"
    if not whole:
        return
    for address in ("changes", "vintages", "vintages/a", "catalog", "periods", "consortia", "openapi.json"):
        yield f"{api}/{address}", json
    for address in ("overlaps", "dynamics"):
        yield f"{api}/{address}?pageSize=5000", json
    pages = [
        "", "hips", "hips/alfa", "hips/beta", "indicatoren", "indicatoren/students",
        "indicatoren/student-participations", *(f"actielijnen/{line}" for line in LINES), "edities", "edities/a",
        "edities/a/figures.csv", "edities/a/roll-ups.csv", "edities/a/verschil?met=nu&alles=1",
        "edities/a/verschil?met=b&hip=alfa&alles=1", "overlap", "overlap/verloop",
    ]  # fmt: skip
    for page in pages:
        yield f"/{page}", "text/html"
    yield "/en/hips/alfa", "text/html"
    for page in ("hips?formaat=xlsx", "edities?formaat=xlsx", "edities/a/verschil?met=nu&formaat=xlsx"):
        yield f"/{page}", "*/*"


def _first_report() -> int:
    return int(ledger.LedgerEntry.objects.filter(report__isnull=False).order_by("seq").values_list("seq", flat=True)[0])


def _as_text(content: bytes, kind: str) -> str:
    if kind.startswith("application/zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    if "spreadsheetml" in kind:
        book = openpyxl.load_workbook(io.BytesIO(content))
        return "\n".join(repr([cell.value for cell in row]) for sheet in book for row in sheet.iter_rows())
    return content.decode()


_MASKS = (
    re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"),
    re.compile(r"datetime\.datetime\([\d, ]+\)"),
    re.compile(r"\b\d{1,2}:\d\d\b"),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r'(nonce|name="csrfmiddlewaretoken" value)="[^"]*"'),
    # The hash of a file in which one of these stands.
    re.compile(r'"hash": "sha256:[0-9a-f]{64}"'),
)


def _masked(text: str) -> str:
    """Without what is another each time: the moment, random names, and the hash that is sealed with a random salt."""
    for sealed in Vintage.objects.values_list("sha256_full", flat=True):
        text = text.replace(sealed, "SEALED")
    for mask in _MASKS:
        text = mask.sub("…", text)
    return text


def _exact() -> dict[Any, int]:
    key = tokens.issue(user=factories.user(Role.READER))[1]
    query = "&".join(f"indicator={code}" for code in PERSONS)
    body = Client().get(f"/api/v1/figures?{query}", headers={"Authorization": f"Bearer {key}"}).json()
    keys = ("consortium", "indicator", "period", "actionLine")
    return {tuple(row[key] for key in keys): row["value"] for row in body["results"]}


def different(one: dict[str, str], other: dict[str, str]) -> list[str]:
    assert one.keys() == other.keys()
    return [address for address in one if one[address] != other[address]]


@pytest.fixture
def world() -> None:
    small_world.build()


def test_two_divisions_of_the_same_persons_have_the_same_face(world: None) -> None:
    one, exact = faces((3, 0, 0), (4, 0, 0), zeros=True)
    other, other_exact = faces((1, 1, 1), (0, 2, 2))

    assert exact != other_exact, "to who sees the exact figures they are not the same"
    assert different(one, other) == []


def test_another_number_of_persons_does_show(world: None) -> None:
    one, _exact_rows = faces((3, 0, 0), (4, 0, 0), whole=False)
    more, _exact_rows = faces((3, 0, 0), (5, 0, 0), whole=False)

    assert any("roll-ups" in address for address in different(one, more))


@pytest.mark.proof
def test_no_division_of_few_persons_can_be_told_from_any_other(world: None) -> None:
    """By brute force: every way to place one person, corrected to every way to divide two."""
    worlds: Sequence[tuple[Split, Split]] = list(itertools.product(splits(1), splits(2)))
    assert len(worlds) == 3 * 6
    face, _rows = faces(*worlds[0], whole=False)
    counts: dict[Any, set[int]] = {}
    for world_of in worlds:
        other, rows = faces(*world_of, whole=False)
        assert different(face, other) == [], world_of
        for key in itertools.product(PERSONS, ("2024Q1", "2024Q2"), LINES):
            counts.setdefault(key, set()).add(rows.get(("alfa", *key), 0))
    assert all(len(found) > 1 for found in counts.values()), "behind the one face each count can be several numbers"
