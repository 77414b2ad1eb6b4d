"""Links between organisations over REST."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.models import Organisation, Scope
from impact import ledger, outbox
from impact.models import EntryKind, LedgerEntry, OutboxMessage
from tests import factories
from tests.api.conftest import Caller, caller, parsed, refused, without_role
from tests.factories import OrganisationFactory, company

pytestmark = pytest.mark.django_db

LINKS = "organisation-links"
WHY = "zelfde bedrijf, twee nummers"


@pytest.fixture(autouse=True)
def accepted(programme: None) -> None:
    factories.reported("scale", "2025Q1", company(1, name="Een BV"), company(2), company(3))
    factories.reported("snel", "2025Q2", company(2, name="Twee BV"), company(4))


def id_of(number: int) -> str:
    return str(Organisation.objects.get(kvk_number=f"{number:08}").pk)


def asked(source: int, target: int, kind: str = "merge", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "from": id_of(source), "to": id_of(target), "reason": WHY, **more}


def linked(who: Caller, source: int, target: int, kind: str = "merge") -> Any:
    response = who.post(LINKS, asked(source, target, kind))
    assert response.status_code == 201, response.content
    return parsed(response)


def location(who: Caller, number: int) -> str | None:
    response = who.get(f"organisations/{id_of(number)}")
    return response["Location"].rpartition("/")[2] if response.status_code == 308 else None


def companies(who: Caller, **query: Any) -> Any:
    where = {"consortium": "none", "actionLine": "none", "indicator": "companies", "period": "2025Q2", **query}
    (row,) = who.rows("roll-ups", where)
    return row["cumulative"]


# --- linking and undoing


def test_a_link_is_made_read_and_undone(manager: Caller, reader: Caller) -> None:
    before = ledger.newest()
    response = manager.post(LINKS, asked(1, 2))

    link = parsed(response)
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver/api/v1/{LINKS}/{link['id']}"
    assert link == {
        "id": link["seq"], "kind": "merge", "from": id_of(1), "to": id_of(2), "reason": WHY, "seq": before + 1,
        "time": link["time"], "undone": None,
    }  # fmt: skip
    assert link["time"].endswith("Z")
    assert parsed(reader.get(f"{LINKS}/{link['id']}")) == link
    assert reader.rows(LINKS) == [link]
    assert OutboxMessage.objects.filter(kind=outbox.ROLL_UP, payload={"seq": link["seq"]}).exists()

    gone = manager.send("DELETE", f"{LINKS}/{link['id']}")

    assert (gone.status_code, gone.content) == (204, b"")
    undoing = LedgerEntry.objects.latest("seq")
    assert (undoing.kind, undoing.undoes_id, undoing.actor) == (EntryKind.UNDO, link["seq"], manager.user)
    (row,) = reader.rows(LINKS)
    assert row["undone"] == {"seq": undoing.seq, "time": row["undone"]["time"], "reason": ""}
    refused(manager.send("DELETE", f"{LINKS}/{link['id']}"), 409)


def test_figures_follow_and_each_moment_sees_its_own_links(manager: Caller, anonymous: Caller) -> None:
    assert companies(anonymous) == 4
    link = linked(manager, 1, 4, "succession")
    assert companies(anonymous) == 3
    linked(manager, 4, 2)
    assert companies(anonymous) == 2

    manager.send("DELETE", f"{LINKS}/{link['id']}")

    assert companies(anonymous) == 3
    assert [companies(anonymous, asOf=link["seq"] + step) for step in (-1, 0, 1, 2)] == [4, 3, 2, 3]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/kind", "unknown"), ("/from", "unknown"), ("/to", "unknown"), ("/reason", "required")]),
        ({"kind": "takeover", "from": "x", "to": str(uuid4()), "reason": " "},
         [("/kind", "unknown"), ("/from", "unknown"), ("/to", "unknown"), ("/reason", "required")]),
        ({"kind": 1, "from": None, "to": [], "reason": True, "why": ""},
         [("/why", "unknown-key"), ("/kind", "not-text"), ("/from", "not-text"), ("/to", "not-text"),
          ("/reason", "not-text")]),
        ([], [("", "not-an-object")]),
        ({"reason": "x" * 10_001}, [("/kind", "unknown"), ("/from", "unknown"), ("/to", "unknown"),
                                    ("/reason", "too-long")]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_refused_at_once(manager: Caller, body: Any, expected: Any) -> None:
    before = ledger.newest()

    assert refused(manager.post(LINKS, body)) == expected
    assert ledger.newest() == before


@pytest.mark.parametrize("reason", ["", " \n", "a\x00b", "123456782"])
def test_a_reason_is_needed_that_can_be_stored(manager: Caller, reason: str) -> None:
    ((pointer, _code),) = refused(manager.post(LINKS, asked(1, 2, reason=reason)))

    assert pointer == "/reason"


def test_what_the_state_does_not_allow_is_409(manager: Caller) -> None:
    linked(manager, 1, 2)
    linked(manager, 2, 3, "succession")

    for source, target in ((1, 3), (1, 2), (3, 3), (3, 2), (3, 1)):
        refused(manager.post(LINKS, asked(source, target)), 409)


def test_permission_comes_before_body_and_state(manager: Caller, reader: Caller, anonymous: Caller) -> None:
    link = linked(manager, 1, 2)

    for body in (asked(1, 3), b"{nonsense", None):
        refused(anonymous.post(LINKS, body), 401)
        refused(reader.post(LINKS, body), 403)
        refused(caller("reviewer").post(LINKS, body), 403)
        refused(caller("manager", scopes=[Scope.READ, Scope.REPORT]).post(LINKS, body), 403)
    refused(anonymous.send("DELETE", f"{LINKS}/{link['id']}"), 401)
    refused(reader.send("DELETE", f"{LINKS}/{link['id']}"), 403)
    refused(caller("manager", scopes=[Scope.READ]).send("DELETE", f"{LINKS}/{link['id']}"), 403)
    assert LedgerEntry.objects.latest("seq").seq == link["seq"]


def test_what_is_no_link_is_not_found(manager: Caller) -> None:
    link = linked(manager, 1, 2)
    manager.send("DELETE", f"{LINKS}/{link['id']}")

    for number in (0, link["id"] - 1, link["id"] + 1, 10**30):
        refused(manager.get(f"{LINKS}/{number}"), 404)
        refused(manager.send("DELETE", f"{LINKS}/{number}"), 404)
    assert refused(manager.get(f"{LINKS}/{link['id']}", "x=1")) == [("x", "unknown-key")]
    assert refused(manager.send("DELETE", f"{LINKS}/{link['id']}?x=1")) == [("x", "unknown-key")]
    assert refused(manager.post(f"{LINKS}?x=1", asked(1, 2))) == [("x", "unknown-key")]


def test_links_come_in_pages_and_in_a_fixed_number_of_queries(manager: Caller, reader: Caller) -> None:
    reader.rows(LINKS)  # notes that the token is used
    counts = []
    for _size in range(2):
        for _ in range(4):
            one, other = OrganisationFactory(), OrganisationFactory()
            manager.post(LINKS, {"kind": "merge", "from": str(one.pk), "to": str(other.pk), "reason": WHY})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = reader.rows(LINKS, "pageSize=5000")
        counts.append(len(queries))
        body, again = parsed(reader.get(LINKS, "pageSize=3")), []
        while True:
            again += body["results"]
            if not body["next"]:
                break
            body = parsed(reader.get(body["next"].removeprefix("http://testserver")))
        assert again == found

    assert counts[0] == counts[1]


# --- organisations


def test_a_merged_organisation_leads_to_the_end_of_the_chain_of_merges(manager: Caller, reader: Caller) -> None:
    first = linked(manager, 1, 2)
    assert location(reader, 1) == id_of(2)
    second = linked(manager, 2, 3)
    linked(manager, 3, 4, "succession")

    assert location(reader, 1) == location(reader, 2) == location(without_role(), 2) == id_of(3)
    assert location(reader, 3) is None, "a succession does not lead away"
    manager.send("DELETE", f"{LINKS}/{second['id']}")
    assert location(reader, 1) == id_of(2)
    assert location(reader, 2) is None
    manager.send("DELETE", f"{LINKS}/{first['id']}")
    assert location(reader, 1) is None


def test_the_redirect_is_a_308_that_is_not_kept_also_for_head(manager: Caller, reader: Caller) -> None:
    linked(manager, 1, 2)
    address = f"organisations/{id_of(1)}"

    for response in (reader.get(address), reader.head(address), reader.get(address, If_None_Match="*")):
        assert response.status_code == 308
        assert response["Location"] == f"http://testserver/api/v1/organisations/{id_of(2)}"
        assert response["Cache-Control"] == "no-store"
        assert response.content == b""
        assert "ETag" not in response
        assert "API-Version" in response
    assert reader.head(f"organisations/{id_of(2)}").status_code == 200
    assert refused(reader.get(address, "x=1")) == [("x", "unknown-key")]


def linked_with_a_draft(manager: Caller, source: int, target: int) -> dict[str, Any]:
    """A link with what only a draft names: the command refuses it, so written by the one writer of the ledger."""
    source_row, target_row = (Organisation.objects.get(pk=id_of(number)) for number in (source, target))
    ledger.append(
        kind=EntryKind.MERGE, actor=manager.user, reason=WHY, from_organisation=source_row, to_organisation=target_row
    )
    (link,) = manager.rows(LINKS)
    return link


def test_a_link_with_what_only_a_draft_names_is_refused_at_its_place(manager: Caller) -> None:
    factories.reported("scale", "2025Q3", company(9), upto="draft")
    for source, target, pointer in ((9, 1, "/from"), (1, 9, "/to")):
        assert refused(manager.post(LINKS, asked(source, target))) == [(pointer, "unknown")]


def test_who_may_not_see_the_merged_one_learns_nothing_of_it(
    manager: Caller, reader: Caller, coordinator: Caller, anonymous: Caller
) -> None:
    factories.reported("scale", "2025Q3", company(9), upto="draft", coordinator=coordinator.user)
    link = linked_with_a_draft(manager, 9, 2)
    hidden = f"organisations/{id_of(9)}"

    refused(anonymous.get(hidden), 401)
    refused(reader.get(hidden), 404)
    refused(reader.get(f"{LINKS}/{link['id']}"), 404)
    assert reader.rows(LINKS) == []
    assert parsed(reader.get(f"organisations/{id_of(2)}"))["links"] == []
    assert coordinator.get(hidden).status_code == 308
    assert coordinator.rows(LINKS) == [link]


def test_what_was_merged_into_an_organisation_of_a_draft_leads_nowhere_for_others(
    manager: Caller, reader: Caller
) -> None:
    factories.reported("scale", "2025Q3", company(9), upto="draft")
    linked_with_a_draft(manager, 1, 9)

    assert location(manager, 1) == id_of(9)
    assert location(reader, 1) is None
    assert parsed(reader.get(f"organisations/{id_of(1)}"))["links"] == []


def test_an_organisation_has_its_links_and_the_rows_of_all_that_counts_as_it(
    manager: Caller, reader: Caller, stranger: Caller
) -> None:
    first, second = linked(manager, 1, 2), linked(manager, 2, 4, "succession")
    third = linked(manager, 3, 4)

    shown = parsed(reader.get(f"organisations/{id_of(4)}"))

    assert shown["links"] == [first, second, third]
    rows = [(row["organisation"], row["kvkNumber"], row["name"]) for row in shown["participations"]]
    assert rows == [
        (id_of(1), "00000001", "Een BV"),
        (id_of(2), "00000002", "Testbedrijf 00000002 BV"),
        (id_of(3), "00000003", "Testbedrijf 00000003 BV"),
        (id_of(2), "00000002", "Twee BV"),
        (id_of(4), "00000004", "Testbedrijf 00000004 BV"),
    ]
    middle = parsed(reader.get(f"organisations/{id_of(2)}"))
    assert middle["links"] == [first, second]
    assert {row["organisation"] for row in middle["participations"]} == {id_of(1), id_of(2)}
    assert {row["consortium"] for row in parsed(stranger.get(f"organisations/{id_of(4)}"))["participations"]} == {
        "snel"
    }
    assert {row["kvkNumber"]: row["links"] for row in reader.rows("organisations") if row["kvkNumber"]} == {
        "00000001": [first, second], "00000002": [first, second], "00000003": [third],
        "00000004": [first, second, third],
    }  # fmt: skip


def test_organisations_with_links_are_read_in_a_fixed_number_of_queries(manager: Caller, reader: Caller) -> None:
    reader.rows(LINKS)  # notes that the token is used
    counts = []
    for _size in range(2):
        for _ in range(4):
            one = OrganisationFactory()
            manager.post(LINKS, {"kind": "merge", "from": str(one.pk), "to": id_of(2), "reason": WHY})
        with CaptureQueriesContext(connection) as listed:
            reader.rows("organisations")
        with CaptureQueriesContext(connection) as single:
            reader.get(f"organisations/{id_of(2)}")
        counts.append((len(listed), len(single)))

    assert counts[0] == counts[1]


def test_a_linked_number_may_still_be_reported(manager: Caller, coordinator: Caller, anonymous: Caller) -> None:
    linked(manager, 1, 2)
    body = {
        "figures": [], "unidentifiedCompanies": [], "headcounts": [],
        "participations": [
            {"kvkNumber": f"{number:08}", "name": "Nog steeds BV", "organisationType": "company",
             "actionLine": "innovation", "involvement": "project"}
            for number in (1, 2)
        ],
    }  # fmt: skip

    verdict = parsed(coordinator.post("reports/scale/2025Q2/checks", body))

    assert verdict["errors"] == []
    factories.reported("scale", "2025Q2", company(1), company(2))
    assert companies(anonymous, consortium="scale") == 2
