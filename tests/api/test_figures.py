"""Figures, roll-ups, goals and progress over REST."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from consortia import clock
from impact import ledger, materialise
from impact import programme as office
from impact.models import Goal, Quarter
from tests import factories
from tests.api.conftest import Caller, parsed, refused, without_role
from tests.factories import company, figure, headcount, unidentified

pytestmark = pytest.mark.django_db

NOTHING = {
    "value": None, "new": None, "trailingYear": None, "cumulative": None, "low": None, "high": None,
    "numerator": None, "denominator": None,
}  # fmt: skip
NO_COVERAGE = dict.fromkeys(("reported", "expected", "trailingYearReported", "trailingYearExpected"))
PERSONS = ("students", "student-participations", "teachers", "employees", "jobseekers")

EXPLAINED = dict.fromkeys(("/figures/0/value", "/figures/1/value"), "de lijst met bedrijven komt later")


def cell(who: Caller, **asked: Any) -> Any:
    query = {"consortium": "none", "actionLine": "none", "period": "2025Q1", **asked}
    (row,) = who.rows("roll-ups", query)
    return row


def test_a_row_has_exactly_these_keys(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2), unidentified(3))

    assert cell(anonymous, indicator="companies") == {
        "consortium": None,
        "actionLine": None,
        "indicator": "companies",
        "period": "2025Q1",
        **NOTHING,
        "value": 2,
        "new": 2,
        "trailingYear": 2,
        "cumulative": 2,
        "low": 5,
        "high": 5,
        "reported": 1,
        "expected": 15,
        "trailingYearReported": 1,
        "trailingYearExpected": 60,
        "status": "provisional",
        "unit": "companies",
        "withheld": False,
        "break": False,
    }


def test_what_nobody_reported_is_a_row_all_the_same(anonymous: Caller) -> None:
    row = cell(anonymous, indicator="assignments", consortium="snel", actionLine="talent")

    assert {key: row[key] for key in NOTHING} == NOTHING
    assert (row["consortium"], row["actionLine"], row["reported"], row["expected"]) == ("snel", "talent", 0, 1)


def test_numbers_keep_their_digits(anonymous: Caller) -> None:
    factories.reported(
        "scale", "2025Q1",
        figure("training-completions", action_line="talent", numerator=108, denominator=410),
        figure("cofinancing-cash", "12500.25", action_line=None),
        figure("cofinancing-in-kind", "99.50", action_line=None),
        explanations=EXPLAINED,
    )  # fmt: skip

    ratio = cell(anonymous, indicator="training-completions")
    assert (ratio["value"], ratio["numerator"], ratio["denominator"]) == (Decimal("0.263415"), 108, 410)
    content = anonymous.get(
        "roll-ups", {"indicator": "cofinancing", "period": "2025Q1", "consortium": "none", "actionLine": "none"}
    ).content
    assert b'"value":12599.75,' in content
    leaves = {row["indicator"]: row for row in anonymous.rows("figures")}
    assert leaves["cofinancing-cash"]["value"] == Decimal("12500.25")
    assert leaves["cofinancing-in-kind"]["value"] == Decimal("99.5")
    assert leaves["training-completions"]["value"] is None
    assert leaves["training-completions"]["numerator"] == 108


def test_stored_and_computed_rows_are_written_alike(anonymous: Caller) -> None:
    factories.reported(
        "scale", "2025Q1",
        figure("training-completions", action_line="talent", numerator=1, denominator=2),
        figure("cofinancing-cash", "12500.20", action_line=None),
        figure("assignments", 10),
        company(1),
    )  # fmt: skip
    query = {"period": ["2025Q1", "2025Q2"], "consortium": ["none", "scale"]}
    computed = anonymous.get("roll-ups", query).content
    materialise.roll_up()

    assert anonymous.get("roll-ups", query).content == computed


def test_filters_take_several_values_and_ranges(anonymous: Caller) -> None:
    query = {
        "consortium": ["scale", "none"], "actionLine": ["talent", "none"], "indicator": ["companies", "trainings"],
        "periodFrom": "2024Q4", "periodTo": "2025Q2",
    }  # fmt: skip
    rows = anonymous.rows("roll-ups", query)

    assert len(rows) == 2 * 2 * 2 * 3
    assert {row["period"] for row in rows} == {"2024Q4", "2025Q1", "2025Q2"}
    assert {row["consortium"] for row in rows} == {"scale", None}
    both = anonymous.rows("roll-ups", {**query, "period": ["2025Q1", "2026Q1"]})
    assert {row["period"] for row in both} == {"2025Q1"}


@pytest.mark.parametrize(
    ("address", "query", "expected"),
    [
        ("roll-ups", "consortium=nobody", [("consortium", "unknown")]),
        ("roll-ups", "consortium=", [("consortium", "unknown")]),
        ("roll-ups", "actionLine=x&indicator=y", [("actionLine", "unknown"), ("indicator", "unknown")]),
        ("roll-ups", "period=2025Q5", [("period", "unknown")]),
        ("roll-ups", "periodFrom=2025-Q1&periodTo=1999Q1", [("periodFrom", "unknown"), ("periodTo", "unknown")]),
        ("roll-ups", "action_line=talent", [("action_line", "unknown-key")]),
        ("roll-ups", "format=csv", [("format", "unknown-key")]),
        ("roll-ups", "consortium=%00", [("consortium", "unreadable")]),
        (
            "roll-ups",
            "bogus=1&pageSize=0&asOf=%00&asOf=zz&consortium=x&indicator=y",
            [
                ("bogus", "unknown-key"),
                ("asOf", "unreadable"),
                ("pageSize", "out-of-range"),
                ("consortium", "unknown"),
                ("indicator", "unknown"),
            ],
        ),
        ("figures", "consortium=none", [("consortium", "unknown")]),
        ("figures", "actionLine=none", [("actionLine", "unknown")]),
        ("figures", "asOf=tomorrow", [("asOf", "malformed")]),
        ("figures", "asOf=", [("asOf", "malformed")]),
        ("figures", "asOf=2025-01-01T00:00:00", [("asOf", "malformed")]),
        ("progress", "asOf=999999", [("asOf", "future")]),
        ("progress", "asOf=2999-01-01T00:00:00Z", [("asOf", "future")]),
        ("goals", "asOf=1&asOf=2", [("asOf", "given-twice")]),
        ("goals", "indicator=companies", [("indicator", "unknown-key")]),
    ],
)
def test_unknown_keys_and_values_are_refused(
    anonymous: Caller, address: str, query: str, expected: list[tuple[str, str]]
) -> None:
    assert refused(anonymous.get(address, query)) == expected


@pytest.mark.parametrize("form", ["whole", "paged", "ndjson", "csv"])
def test_as_of_gives_what_was_known_then(anonymous: Caller, form: str) -> None:
    factories.reported("scale", "2025Q1", figure("assignments", 50))
    seq = ledger.newest()
    moment = clock.now()
    factories.reported("snel", "2025Q1", figure("assignments", 7))

    asked = {"indicator": "assignments", "period": "2025Q1", "actionLine": "none", "consortium": "none"}
    assert anonymous.rows("roll-ups", asked)[0]["value"] == 57
    for as_of in (str(seq), moment.isoformat(), moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")):
        query = {**asked, "asOf": as_of}
        if form == "ndjson":
            response = anonymous.get("roll-ups", query, Accept="application/x-ndjson")
            assert parsed(response)["value"] == 50
            assert response["Ledger-Seq"] == str(seq)
        elif form == "csv":
            (row,) = table(anonymous.get("roll-ups", query, Accept="text/csv"))
            assert row["value"] == "50"
        else:
            body = parsed(anonymous.get("roll-ups", query | ({"pageSize": 1} if form == "paged" else {})))
            assert (body["seq"], body["results"][0]["value"], body["next"]) == (seq, 50, None)


def test_a_later_page_stays_at_the_seq_of_the_first(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", figure("assignments", 1), figure("assignments", 2, action_line="talent"))
    for address in ("figures", "roll-ups"):
        query = {"indicator": "assignments", "pageSize": 1}
        if address == "roll-ups":
            query |= {"consortium": ["none", "scale"], "actionLine": ["none", "talent"], "period": "2025Q1"}
        before = anonymous.rows(address, {**query, "pageSize": 5000})
        body = parsed(anonymous.get(address, query))
        seq, found = body["seq"], body["results"]
        factories.reported("snel", "2025Q1" if address == "figures" else "2025Q2", figure("assignments", 1000))
        while body["next"]:
            body = parsed(anonymous.get(body["next"].removeprefix("http://testserver")))
            assert body["seq"] == seq
            found += body["results"]
        assert found == before


def test_pages_of_roll_ups_are_parts_of_the_whole(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", figure("assignments", 1), company(1))
    query = {"indicator": ["assignments", "companies"], "period": ["2025Q1", "2025Q2"]}
    whole = anonymous.rows("roll-ups", query)
    assert len(whole) == 16 * 6 * 2 * 2

    for size in (1, 7, 24, 100, 383, 384):
        found: list[Any] = []
        following = None
        while following is not None or not found:
            body = parsed(anonymous.get(following or "roll-ups", None if following else {**query, "pageSize": size}))
            found += body["results"]
            following = body["next"] and body["next"].removeprefix("http://testserver")
            if size == 1 and len(found) > 30:
                break
        assert found == whole[: len(found)]
        assert size == 1 or len(found) == len(whole)


def table(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode(), newline="")))


@pytest.mark.parametrize("address", ["figures", "roll-ups"])
def test_csv_and_ndjson_hold_the_same_rows(anonymous: Caller, address: str) -> None:
    factories.reported("scale", "2025Q1")
    rows = anonymous.rows(address, {"period": "2025Q1", "pageSize": 5000})

    response = anonymous.get(address, {"period": "2025Q1", "pageSize": 1}, Accept="application/x-ndjson")
    lines = b"".join(response.streaming_content).splitlines()
    assert [parsed(_Bytes(line)) for line in lines] == rows
    response = anonymous.get(address, {"period": "2025Q1"}, Accept="text/csv")
    assert response["Content-Type"].startswith("text/csv")
    assert table(response) == [
        {key: {None: "", True: "true", False: "false"}.get(value, str(value)) if not _is_number(value) else f"{value}"
         for key, value in row.items()}
        for row in rows
    ]  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


class _Bytes:
    streaming = False

    def __init__(self, content: bytes) -> None:
        self.content = content


def test_a_text_that_a_spreadsheet_would_run_is_neutralised() -> None:
    from consortia.rest import rendering

    rows = [{"unit": text} for text in ("=1+1", "+31", "-5", "@x", "\tx", "gewoon", 'met "aanhaling", en komma')]
    text = b"".join(rendering.as_csv(["unit"], rows)).decode()

    assert [row["unit"] for row in csv.DictReader(io.StringIO(text, newline=""))] == [
        "'=1+1", "'+31", "'-5", "'@x", "'\tx", "gewoon", 'met "aanhaling", en komma'
    ]  # fmt: skip


def test_persons_by_action_line_are_withheld_from_anonymous_callers(anonymous: Caller, stranger: Caller) -> None:
    factories.reported("scale", "2025Q1", headcount(120, 80), figure("assignments", 5))

    for who in (anonymous, without_role()):
        for hip in ("none", "scale"):
            row = cell(who, indicator="students", consortium=hip, actionLine="talent")
            assert {**row, **NOTHING, **NO_COVERAGE, "withheld": True} == row
            total = cell(who, indicator="students", consortium=hip)
            assert (total["value"], total["withheld"]) == (80, False)
        leaf = next(row for row in who.rows("figures") if row["indicator"] == "students")
        assert (leaf["withheld"], leaf["value"]) == (True, None)
    assert cell(stranger, indicator="students", actionLine="talent")["value"] == 80
    leaf = next(row for row in stranger.rows("figures") if row["indicator"] == "students")
    assert (leaf["withheld"], leaf["value"], leaf["version"]) == (False, 80, 1)


def test_anonymous_downloads_withhold_as_well(anonymous: Caller, reader: Caller) -> None:
    factories.reported("scale", "2025Q1", headcount(120, 80))
    query = {"period": "2025Q1"}
    for address in ("figures", "roll-ups"):
        for row in table(anonymous.get(address, query, Accept="text/csv")):
            if row["indicator"] in PERSONS and row["actionLine"]:
                assert (row["withheld"], row["value"]) == ("true", "")
        assert all(row["withheld"] == "false" for row in table(reader.get(address, query, Accept="text/csv")))


@pytest.mark.parametrize("address", ["figures", "roll-ups", "progress", "goals"])
def test_the_tag_changes_with_seq_query_format_and_audience(anonymous: Caller, reader: Caller, address: str) -> None:
    query = {"asOf": ""} if address in ("progress", "goals") else {"period": "2025Q1"}
    query = {key: value for key, value in query.items() if value}
    tags = {anonymous.get(address, query)["ETag"]}
    tags.add(anonymous.get(address, {**query, "pageSize": 7})["ETag"])
    if address in ("figures", "roll-ups"):
        tags.add(anonymous.get(address, query, Accept="text/csv")["ETag"])
        tags.add(anonymous.get(address, query, Accept="application/x-ndjson")["ETag"])
        tags.add(anonymous.get(address, query, Accept_Language="en")["ETag"])
        tags.add(reader.get(address, query)["ETag"])
        assert len(tags) == 6
    before = anonymous.get(address, query)["ETag"]
    assert anonymous.get(address, query, If_None_Match=before).status_code == 304
    factories.reported("scale", "2025Q1")
    after = anonymous.get(address, query, If_None_Match=before)
    assert after.status_code == 200
    vary = {part.strip() for part in after["Vary"].split(",")}
    assert vary == {"Accept", "Accept-Encoding", "Accept-Language", "Authorization"}


def test_the_tag_of_progress_changes_with_the_day(anonymous: Caller) -> None:
    with time_machine.travel(datetime(2026, 6, 30, 12, tzinfo=UTC), tick=False):
        tag = anonymous.get("progress")["ETag"]
        assert anonymous.get("progress", If_None_Match=tag).status_code == 304
    with time_machine.travel(datetime(2026, 6, 30, 12, tzinfo=UTC) + timedelta(days=1), tick=False):
        assert anonymous.get("progress", If_None_Match=tag).status_code == 200


def test_the_tag_of_progress_changes_with_a_name(anonymous: Caller) -> None:
    tag = anonymous.get("progress")["ETag"]
    Goal.objects.filter(code="companies").update(name_en="Companies that take part")
    after = anonymous.get("progress", If_None_Match=tag)
    assert after.status_code == 200
    assert parsed(after)["results"][0]["name"]["en"] == "Companies that take part"


def test_head_is_get_without_the_body(anonymous: Caller) -> None:
    for address in ("roll-ups?period=2025Q1&consortium=none", "progress", "periods"):
        got, head = anonymous.get(address), anonymous.head(address)
        assert (head.status_code, head.content, head["ETag"]) == (200, b"", got["ETag"])
    csv_head = anonymous.head("roll-ups?period=2025Q1", Accept="text/csv")
    assert b"".join(csv_head.streaming_content) == b""
    assert csv_head["ETag"] == anonymous.get("roll-ups?period=2025Q1", Accept="text/csv")["ETag"]


# --- goals


def test_goals_show_baseline_target_and_revisions(anonymous: Caller) -> None:
    before = ledger.newest()
    goal = Goal.objects.get(code="companies")
    office.revise_goal(
        actor=None,
        goal=goal,
        baseline_value=Decimal(10_000),
        baseline_date=datetime(2023, 9, 30).date(),
        target_value=Decimal("32000.50"),
        target_date=datetime(2027, 9, 30).date(),
        decision="Stuurgroep",
        decided_on=datetime(2026, 1, 15).date(),
        milestones={Quarter.objects.get(pk="2026Q4"): Decimal(25_000)},
    )

    now = anonymous.rows("goals")[0]
    assert (now["code"], now["indicator"], now["measure"]) == ("companies", "companies", "trailingYear")
    assert now["target"] == {"value": Decimal("32000.5"), "date": "2027-09-30"}
    assert now["baseline"]["value"] == 10_000
    assert now["baseline"]["date"] == "2023-09-30"
    assert set(now["baseline"]) == {"value", "date", "method", "source"}
    assert [revision["target"]["value"] for revision in now["revisions"]] == [30_000, Decimal("32000.5")]
    assert now["revisions"][1]["milestones"] == [{"period": "2026Q4", "value": 25_000}]
    assert now["revisions"][1]["decidedOn"] == "2026-01-15"
    then = anonymous.rows("goals", {"asOf": before})[0]
    assert (then["target"]["value"], len(then["revisions"])) == (30_000, 1)
    progress = anonymous.rows("progress")[0]
    assert (progress["target"]["value"], progress["originalTarget"]["value"]) == (Decimal("32000.5"), 30_000)
    unknown = next(row for row in anonymous.rows("goals") if row["code"] == "teachers")
    assert (unknown["baseline"]["value"], unknown["target"]["value"]) == (None, None)


def test_progress_measures_every_goal_against_its_path(anonymous: Caller) -> None:
    factories.reported(
        "scale", "2025Q3", figure("cofinancing-cash", 24_250_000, action_line=None), explanations=EXPLAINED
    )
    row = next(row for row in anonymous.rows("progress") if row["goal"] == "cofinancing")

    assert row["latest"] == {
        "period": "2025Q3",
        "value": 24_250_000,
        "planned": 48_500_000,
        "reported": 1,
        "expected": 15,
        "status": "provisional",
        "break": False,
    }
    assert row["latestFinal"] is None
    assert (row["shareOfGrowth"], row["shareOfTarget"]) == (Decimal("0.25"), Decimal("0.25"))
    assert row["neededPerQuarter"] == Decimal(9093750)
    assert len(row["series"]) == 17
    assert row["series"][-1]["planned"] == 97_000_000


def test_progress_before_anything_was_reported_has_no_latest(anonymous: Caller) -> None:
    for row in anonymous.rows("progress"):
        assert (row["latest"], row["latestFinal"], row["shareOfGrowth"], row["neededPerQuarter"]) == (None,) * 4
