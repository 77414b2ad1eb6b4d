"""The change feed: the ledger in order, and a copy that is kept in step with it."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.models import Consortium, Organisation, Role
from impact import ledger, reporting
from impact import programme as office
from impact.models import EntryKind, Goal, Indicator, LedgerEntry, Quarter
from tests import factories
from tests.api.conftest import Caller, hip, parsed, refused, without_role
from tests.factories import company, figure, headcount

pytestmark = pytest.mark.django_db

EVERYBODY = {
    "seq", "time", "kind", "consortium", "period", "version", "indicator", "goal", "startDate", "endDate", "undoes",
    "replaces",
}  # fmt: skip


def newest(who: Caller, number: int = 1) -> Any:
    rows = who.rows("changes", {"after": ledger.newest() - number})
    return rows[0] if number == 1 else rows


def link(kind: EntryKind, source: int | Organisation, target: int | Organisation) -> LedgerEntry:
    sides = [
        side if isinstance(side, Organisation) else Organisation.objects.get(kvk_number=f"{side:08}")
        for side in (source, target)
    ]
    return ledger.append(
        kind=kind,
        actor=factories.user(Role.MANAGER, name="Mans Manager"),
        reason="zelfde bedrijf",
        from_organisation=sides[0],
        to_organisation=sides[1],
    )


def undo(entry: LedgerEntry) -> LedgerEntry:
    return ledger.append(kind=EntryKind.UNDO, actor=factories.user(Role.MANAGER), reason="toch niet", undoes=entry)


def withdraw(consortium: str, quarter: str) -> None:
    manager = factories.user(Role.MANAGER, name="Mans Manager")
    reporting.withdraw(actor=manager, consortium=consortium, quarter=quarter, reason="dubbel ingediend")


def redefine(indicator: str, since: str, **changed: Any) -> None:
    row = Indicator.objects.get(code=indicator)
    before = row.definitions.order_by("id").last()
    assert before is not None
    same = {
        name: getattr(before, name)
        for name in ("kind", "unit", "source", "rule", "by_action_line", "meaning_nl", "meaning_en")
    }
    office.define_indicator(
        actor=factories.user(Role.MANAGER),
        indicator=row,
        from_quarter=Quarter.objects.get(pk=since),
        **{**same, **changed},
    )


def test_the_feed_gives_every_entry_once_in_order_without_a_gap(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1")

    body = parsed(anonymous.get("changes"))

    assert [row["seq"] for row in body["results"]] == list(range(1, ledger.newest() + 1))
    assert body["seq"] == ledger.newest()
    assert body["next"] is None
    times = [row["time"] for row in body["results"]]
    assert times == sorted(times)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", time) for time in times)


def test_everybody_sees_what_an_entry_is_about_and_nobody_without_a_token_who_or_why(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2))
    counts = newest(anonymous)
    withdraw("scale", "2025Q1")
    withdrawn = newest(anonymous)
    merge = link(EntryKind.MERGE, 1, 2)
    merged = newest(anonymous)
    undo(merge)
    undone = newest(anonymous)

    rows = (counts, withdrawn, merged, undone)
    assert all(row.keys() == EVERYBODY for row in rows)
    assert [row["kind"] for row in rows] == ["counts", "withdrawn", "merge", "undo"]
    about = {"consortium": "scale", "period": "2025Q1"}
    assert [row["replaces"] for row in rows] == [about, about, None, None]
    assert [row["version"] for row in rows] == [1, None, None, None]
    assert [row["undoes"] for row in rows] == [None, None, None, merge.seq]
    assert {key: counts[key] for key in about} == {key: withdrawn[key] for key in about} == about
    assert {merged["consortium"], merged["period"], undone["consortium"]} == {None}
    everything = anonymous.get("changes").content.decode()
    for private in ("Mans Manager", "dubbel ingediend", "zelfde bedrijf", "Testbedrijf", "00000001"):
        assert private not in everything


def test_entries_of_the_office_say_what_they_are_about(anonymous: Caller, manager: Caller) -> None:
    assert manager.user is not None
    office.set_participation(
        actor=manager.user,
        consortium=hip(),
        start_date=date(2023, 9, 1),
        end_date=date(2025, 12, 31),
        reason="eerder klaar",
    )
    office.close_quarter(actor=manager.user, quarter=Quarter.objects.get(pk="2024Q1"), reason="alles binnen")
    office.reopen_quarter(actor=manager.user, quarter=Quarter.objects.get(pk="2024Q1"), reason="toch niet")
    redefine("assignments", "2025Q3")
    goal = Goal.objects.order_by("order").first()
    assert goal is not None
    revision = goal.revisions.order_by("number").last()
    assert revision is not None
    office.revise_goal(
        actor=manager.user,
        goal=goal,
        baseline_value=revision.baseline_value,
        baseline_date=revision.baseline_date,
        target_value=40_000,
        target_date=revision.target_date,
        decision="besluit",
        reason="hoger",
        decided_on=date(2026, 1, 1),
    )

    part, closed, reopened, defined, revised = newest(anonymous, 5)

    assert (part["kind"], part["consortium"], part["startDate"], part["endDate"]) == (
        "participation", "scale", "2023-09-01", "2025-12-31",
    )  # fmt: skip
    assert (closed["kind"], closed["period"]) == ("quarter-closed", "2024Q1")
    assert (reopened["kind"], reopened["period"]) == ("quarter-reopened", "2024Q1")
    assert (defined["kind"], defined["indicator"], defined["period"]) == ("definition", "assignments", "2025Q3")
    assert defined["replaces"] == {"indicator": "assignments", "periodFrom": "2025Q3"}
    assert (revised["kind"], revised["goal"]) == ("goal", goal.code)
    assert [row["replaces"] for row in (part, closed, reopened, revised)] == [None] * 4
    assert newest(without_role(), 5)[1]["reason"] == "alles binnen"


def test_who_and_why_of_a_hip_are_for_those_who_see_what_counts_in_it(
    manager: Caller, reviewer: Caller, reader: Caller, coordinator: Caller, contributor: Caller, stranger: Caller
) -> None:
    factories.reported("scale", "2025Q1", reviewer=factories.user(Role.REVIEWER, name="Riet Reviewer"))
    withdraw("scale", "2025Q1")

    for who in (manager, reviewer, reader, coordinator, contributor):
        counts, withdrawn = newest(who, 2)
        assert (counts["actor"], withdrawn["actor"]) == ("Riet Reviewer", "Mans Manager")
        assert withdrawn["reason"] == "dubbel ingediend"
    for who in (stranger, without_role()):
        counts, withdrawn = newest(who, 2)
        assert {counts["actor"], counts["reason"], withdrawn["actor"], withdrawn["reason"]} == {None}
        assert withdrawn["replaces"] == {"consortium": "scale", "period": "2025Q1"}


def test_with_a_token_a_link_names_both_sides_and_its_undoing_too(stranger: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2))
    entry = link(EntryKind.SUCCESSION, 1, 2)
    undo(entry)

    made, undone = newest(stranger, 2)

    side = {"id": str(entry.from_organisation_id), "kvkNumber": "00000001", "institutionCode": None}
    assert made["link"]["from"] == {**side, "name": "Testbedrijf 00000001 BV"}
    assert made["link"]["to"]["kvkNumber"] == "00000002"
    assert made["link"]["id"] == entry.seq
    assert (made["actor"], made["reason"]) == ("Mans Manager", "zelfde bedrijf")
    assert undone["link"] == made["link"]
    assert undone["undoes"] == entry.seq


def test_a_link_does_not_tell_the_name_of_what_only_a_draft_names(stranger: Caller, reviewer: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1))
    factories.reported("scale", "2025Q2", company(77), upto="draft")
    link(EntryKind.MERGE, 77, 1)

    assert newest(stranger)["link"]["from"]["name"] == ""
    assert newest(stranger)["link"]["from"]["kvkNumber"] is None
    assert newest(stranger)["link"]["to"]["kvkNumber"] == "00000001"
    assert newest(reviewer)["link"]["from"]["kvkNumber"] == "00000077"


def test_an_indicator_that_counts_persons_is_replaced_from_the_first_quarter_on(anonymous: Caller) -> None:
    """Its rows become withheld, the older ones too."""
    factories.reported("scale", "2024Q4", figure("assignments", 5))
    before = anonymous.rows("figures")
    redefine("assignments", "2025Q3", source="derived", rule="headcount-students", kind="flow")
    row = newest(anonymous)

    assert row["period"] == "2025Q3"
    assert row["replaces"] == {"indicator": "assignments", "periodFrom": "2023Q3"}
    assert [row["withheld"] for row in before] == [False]
    assert [row["withheld"] for row in anonymous.rows("figures", {"indicator": "assignments"})] == [True] * 5


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("after=x", [("after", "malformed")]),
        ("after=-1", [("after", "malformed")]),
        ("after=", [("after", "malformed")]),
        ("after=1.0", [("after", "malformed")]),
        ("after=1234567890123456789", [("after", "malformed")]),
        ("after=%D9%A1", [("after", "malformed")]),
        ("after=1&after=2", [("after", "given-twice")]),
        ("after=%00", [("after", "unreadable")]),
        ("before=1&after=x", [("before", "unknown-key"), ("after", "malformed")]),
        ("pageSize=0&after=x", [("pageSize", "out-of-range"), ("after", "malformed")]),
        ("pageToken=x", [("pageToken", "unknown")]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_all_at_once(anonymous: Caller, query: str, expected: Any) -> None:
    assert refused(anonymous.get("changes", query)) == expected


def test_beyond_the_newest_entry_there_is_nothing(anonymous: Caller) -> None:
    for after in (ledger.newest(), ledger.newest() + 1, 10**18 - 1):
        body = parsed(anonymous.get("changes", {"after": after}))
        assert (body["results"], body["next"], body["seq"]) == ([], None, ledger.newest())


def test_pages_stay_with_the_entry_up_to_which_the_first_one_was(anonymous: Caller) -> None:
    upto = ledger.newest()
    found = []
    page = parsed(anonymous.get("changes", {"pageSize": 7, "after": 3}))
    while True:
        found += [row["seq"] for row in page["results"]]
        assert page["seq"] == upto
        assert len(page["results"]) <= 7
        if page["next"] is None:
            break
        office.close_quarter(
            actor=None,
            quarter=Quarter.objects.exclude(pk__in=ledger.closed_quarters()).order_by("index")[0],
        ) if len(found) == 7 else None
        page = parsed(anonymous.get(page["next"].removeprefix("http://testserver")))

    assert found == list(range(4, upto + 1))


def test_ndjson_gives_the_same_entries_whole_and_streamed(anonymous: Caller, manager: Caller) -> None:
    factories.reported("scale", "2025Q1")
    for who in (anonymous, manager):
        response = who.get("changes", {"after": 2, "pageSize": 1}, Accept="application/x-ndjson")
        assert response.streaming
        assert response["Content-Type"] == "application/x-ndjson"
        assert response["Ledger-Seq"] == str(ledger.newest())
        lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]
        assert lines == who.rows("changes", {"after": 2})
    assert anonymous.get("changes", Accept="text/csv").status_code == 406


def test_the_tag_changes_with_the_ledger_the_question_and_the_reader(
    anonymous: Caller, manager: Caller, coordinator: Caller
) -> None:
    factories.reported("scale", "2025Q1")
    tags = {
        anonymous.get("changes")["ETag"],
        anonymous.get("changes", {"after": 1})["ETag"],
        anonymous.get("changes", Accept="application/x-ndjson")["ETag"],
        manager.get("changes")["ETag"],
        coordinator.get("changes")["ETag"],
    }
    assert len(tags) == 5
    assert not any(tag.startswith("W/") for tag in tags)
    tag = manager.get("changes")["ETag"]
    assert manager.get("changes", If_None_Match=tag).status_code == 304
    assert manager.user is not None
    entry = LedgerEntry.objects.get(seq=ledger.newest())
    assert entry.actor is not None
    entry.actor.name = "Anders"
    entry.actor.save()
    assert manager.get("changes", If_None_Match=tag).status_code == 200
    tag = anonymous.get("changes")["ETag"]
    assert anonymous.get("changes", If_None_Match=tag).status_code == 304
    withdraw("scale", "2025Q1")
    assert anonymous.get("changes", If_None_Match=tag).status_code == 200


def test_the_number_of_queries_does_not_grow(manager: Caller, anonymous: Caller) -> None:
    def queries(who: Caller, number: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(newest(who, number)) == number
        return len(captured)

    factories.reported("scale", "2025Q1", company(1), company(2))
    undo(link(EntryKind.MERGE, 1, 2))
    newest(manager)  # The first call of a token in an hour notes that it was used.
    few = [queries(who, 3) for who in (manager, anonymous)]
    for slug in list(Consortium.objects.values_list("slug", flat=True))[1:9]:
        factories.reported(slug, "2025Q1", company(3), company(4))
        undo(link(EntryKind.SUCCESSION, 3, 4))

    assert [queries(who, 27) for who in (manager, anonymous)] == few


# --- keeping a copy


def matches(row: Any, filters: Any) -> bool:
    if "indicator" in filters:
        return bool(row["indicator"] == filters["indicator"] and row["period"] >= filters["periodFrom"])
    return bool(row["consortium"] == filters["consortium"] and row["period"] == filters["period"])


def replayed(who: Caller, after: int, rows: list[Any]) -> tuple[int, list[Any]]:
    """The rule of docs/feed.md to the letter: entry by entry."""
    page = parsed(who.get("changes", {"after": after}))
    for each in page["results"]:
        if each["replaces"]:
            rows = [row for row in rows if not matches(row, each["replaces"])]
            rows += who.rows("figures", {**each["replaces"], "asOf": page["seq"]})
    return page["seq"], rows


def same(first: list[Any], second: list[Any]) -> bool:
    return sorted(map(str, first)) == sorted(map(str, second))


def test_a_copy_equals_the_full_pull_from_the_beginning_and_from_anywhere(anonymous: Caller, reader: Caller) -> None:
    factories.reported("scale", "2025Q1", figure("assignments", 5), headcount(10, 5), company(1))
    factories.reported("snel", "2025Q1", figure("assignments", 7), figure("trainings", 2))
    copies: dict[Caller | int, Any] = {}
    for number, who in enumerate((anonymous, reader)):
        copies[number] = replayed(who, 0, [])
        assert same(copies[number][1], who.rows("figures"))
    factories.reported("scale", "2025Q2", figure("assignments", 0))
    coordinator = factories.user(Role.COORDINATOR, "scale")
    reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="geteld")
    factories.reported("scale", "2025Q1", figure("assignments", 6), headcount(9, 5))
    withdraw("snel", "2025Q1")
    redefine("students", "2025Q1", unit="personen", rule="headcount-students")
    redefine("trainings", "2025Q2", source="derived", rule="headcount-students", kind="flow")
    for number, who in enumerate((anonymous, reader)):
        seq, rows = replayed(who, *copies[number])
        assert seq == ledger.newest()
        assert rows
        assert same(rows, who.rows("figures"))
        assert same(replayed(who, 0, [])[1], rows)


def test_with_a_token_of_the_office_the_organisations_are_replayed_too(manager: Caller) -> None:
    """The content of the versions that count, with the links that stand on top."""
    factories.reported("scale", "2025Q1", company(1), company(2))
    factories.reported("snel", "2025Q1", company(2), company(3), company(4))
    merge = link(EntryKind.MERGE, 3, 1)
    link(EntryKind.SUCCESSION, 4, 3)

    def companies() -> int:
        counting: dict[tuple[str, str], int] = {}
        links: dict[str, str] = {}
        for each in manager.rows("changes"):
            place = each["consortium"], each["period"]
            match each["kind"]:
                case "counts":
                    counting[place] = each["version"]
                case "withdrawn":
                    del counting[place]
                case "merge" | "succession":
                    links[each["link"]["from"]["kvkNumber"]] = each["link"]["to"]["kvkNumber"]
                case "undo":
                    del links[each["link"]["from"]["kvkNumber"]]
        found = set()
        for (consortium, period), number in counting.items():
            version = parsed(manager.get(f"reports/{consortium}/{period}/versions/{number}"))
            for row in version["content"]["participations"]:
                organisation = row["kvkNumber"]
                while organisation in links:
                    organisation = links[organisation]
                found.add(organisation)
        return len(found)

    def shown() -> Any:
        query = {"consortium": "none", "actionLine": "none", "indicator": "companies", "period": "2025Q1"}
        return manager.rows("roll-ups", query)[0]["cumulative"]

    assert companies() == shown() == 2
    undo(merge)
    assert companies() == shown() == 3
    withdraw("snel", "2025Q1")
    assert companies() == shown() == 2
