"""Reports over REST, to read."""

from typing import Any

import pytest

from consortia import clock
from impact import ledger
from impact import programme as office
from impact.models import Quarter
from tests import factories
from tests.api.conftest import (
    CORRECTIONS,
    DRAFT,
    EMPTY,
    REPORT,
    REVIEWS,
    SUBMISSIONS,
    Caller,
    accept,
    hip,
    parsed,
    put,
    refused,
    without_role,
)

pytestmark = pytest.mark.django_db


def test_a_quarter_end_to_end(coordinator: Caller, reviewer: Caller, anonymous: Caller) -> None:
    before = parsed(coordinator.get(REPORT))
    assert before == {
        "consortium": "scale",
        "period": "2025Q1",
        "status": "notStarted",
        "version": None,
        "contentHash": None,
        "dueDate": "2025-04-30",
        "counting": None,
        "onBehalf": None,
        "comment": None,
        "warnings": None,
        "reviewComment": None,
        "returned": None,
        "correctionReason": None,
        "correctionCode": None,
        "openPlaces": None,
        "content": None,
    }
    tag = coordinator.get(REPORT)["ETag"]

    filled = put(coordinator, tag=tag)
    assert filled.status_code == 200
    assert filled["ETag"] != tag
    shown = parsed(filled)
    assert (shown["status"], shown["version"], shown["counting"]) == ("draft", 1, None)
    assert shown["content"] == parsed(coordinator.get(REPORT))["content"]
    assert shown["content"]["figures"][2]["value"].__class__.__name__ == "Decimal"

    submitted = coordinator.post(SUBMISSIONS, {"comment": "klaar"})
    assert submitted.status_code == 201
    assert submitted["Location"].endswith(f"/{REPORT}/versions/1")
    assert (parsed(submitted)["status"], parsed(submitted)["comment"]) == ("submitted", "klaar")

    accepted = accept(reviewer)
    assert accepted.status_code == 201
    body = parsed(accepted)
    assert body["status"] == "accepted"
    assert body["counting"] == {"version": 1, "contentHash": body["contentHash"], "seq": ledger.newest()}
    (row,) = anonymous.rows("roll-ups", "consortium=none&actionLine=none&indicator=assignments&period=2025Q1")
    assert row["value"] == 12


def test_content_comes_back_as_it_was_sent(coordinator: Caller) -> None:
    body = {
        **DRAFT,
        "participations": [
            *DRAFT["participations"],
            {"kvkNumber": "00000007", "organisationType": "company", "sizeClass": "unknown", "actionLine": "talent",
             "involvement": "network"},
        ],
    }  # fmt: skip
    answer = parsed(put(coordinator, body))["content"]

    assert answer["figures"] == parsed_like(body["figures"])
    # A size class that is left out stays left out.
    assert answer["participations"] == body["participations"]
    assert answer["unidentifiedCompanies"] == body["unidentifiedCompanies"]
    assert answer["headcounts"] == body["headcounts"]
    assert parsed(put(coordinator, EMPTY))["content"] == EMPTY


def parsed_like(rows: Any) -> Any:
    import json
    from decimal import Decimal

    return json.loads(json.dumps(rows), parse_float=Decimal)


def test_who_sees_a_report(
    coordinator: Caller, contributor: Caller, stranger: Caller, reviewer: Caller, manager: Caller, reader: Caller
) -> None:
    put(coordinator)
    addresses = [REPORT, f"{REPORT}/versions", f"{REPORT}/versions/1"]
    for address in addresses:
        for who in (coordinator, contributor, reviewer, manager):
            assert who.get(address).status_code == 200
        for who in (stranger, reader, without_role()):
            refused(who.get(address), 404)
        refused(Caller().get(address), 401)
    coordinator.post(SUBMISSIONS)
    accept(reviewer)
    put_again = coordinator.post(CORRECTIONS, {"reason": "telfout"})
    assert put_again.status_code == 201
    # The reader sees what counts, and nothing of what is being corrected.
    shown = parsed(reader.get(REPORT))
    assert (shown["status"], shown["version"], shown["comment"], shown["warnings"]) == ("accepted", 1, None, None)
    assert [row["number"] for row in reader.rows(f"{REPORT}/versions")] == [1]
    refused(reader.get(f"{REPORT}/versions/2"), 404)
    refused(stranger.get(REPORT), 404)
    assert parsed(coordinator.get(REPORT))["version"] == 2


def test_a_report_that_does_not_exist_is_not_found(manager: Caller) -> None:
    for address in ("reports/nobody/2025Q1", "reports/scale/2035Q1", "reports/scale/nonsense", f"{REPORT}/versions/9"):
        refused(manager.get(address), 404)


def test_the_list_shows_what_one_may_see(
    coordinator: Caller, stranger: Caller, reviewer: Caller, reader: Caller
) -> None:
    factories.reported("scale", "2025Q1")
    factories.reported("scale", "2025Q2", upto="submitted")
    factories.reported("snel", "2025Q1", upto="draft")

    assert {row["consortium"] for row in coordinator.rows("reports")} == {"scale"}
    assert {row["status"] for row in coordinator.rows("reports")} == {"accepted", "submitted", "notStarted"}
    assert len({row["consortium"] for row in reviewer.rows("reports")}) == 15
    assert [(row["consortium"], row["period"]) for row in reader.rows("reports")] == [("scale", "2025Q1")]
    assert without_role().rows("reports") == []
    refused(Caller().get("reports"), 401)
    asked = reviewer.rows("reports", "status=draft&status=submitted")
    assert [(row["consortium"], row["period"], row["status"]) for row in asked] == [
        ("snel", "2025Q1", "draft"), ("scale", "2025Q2", "submitted"),
    ]  # fmt: skip
    assert len(reviewer.rows("reports", "consortium=scale&consortium=snel&period=2025Q1&period=2025Q2")) == 4
    assert reviewer.rows("reports", "consortium=snel&status=accepted") == []
    assert set(asked[0]) == {"consortium", "period", "status", "version", "contentHash", "dueDate", "counting"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=done", [("status", "unknown")]),
        ("consortium=nobody&period=x", [("consortium", "unknown"), ("period", "unknown")]),
        ("consortium=%00", [("consortium", "unreadable")]),
        ("hip=scale", [("hip", "unknown-key")]),
    ],
)
def test_the_list_refuses_what_it_does_not_know(reviewer: Caller, query: str, expected: Any) -> None:
    assert refused(reviewer.get("reports", query)) == expected


def test_reports_come_in_pages(reviewer: Caller) -> None:
    whole = reviewer.rows("reports")
    body = parsed(reviewer.get("reports", "pageSize=100"))
    found = body["results"]
    while body["next"]:
        body = parsed(reviewer.get(body["next"].removeprefix("http://testserver")))
        found += body["results"]
    assert found == whole
    assert len(found) > 150


def test_an_extension_moves_the_due_date(coordinator: Caller, manager: Caller) -> None:
    office.extend(
        actor=manager.user,
        consortium=hip(),
        quarter=Quarter.objects.get(pk="2025Q1"),
        due_date=clock.today(),
        reason="ziekte",
    )

    assert parsed(coordinator.get(REPORT))["dueDate"] == clock.today().isoformat()


def test_the_tag_of_a_report_is_its_own_state(coordinator: Caller, reviewer: Caller) -> None:
    put(coordinator)
    tag = coordinator.get(REPORT)["ETag"]

    assert reviewer.get(REPORT, Accept_Language="en")["ETag"] == tag
    assert not tag.startswith("W/")
    assert coordinator.get(REPORT, If_None_Match=tag).status_code == 304
    factories.reported("snel", "2025Q1")
    assert coordinator.get(REPORT)["ETag"] == tag
    put(coordinator, EMPTY)
    assert coordinator.get(REPORT, If_None_Match=tag).status_code == 200


def test_versions_keep_the_history(coordinator: Caller, reviewer: Caller) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS)
    shown = parsed(reviewer.get(REPORT))
    remark = {"pointer": "/figures/0/value", "comment": "Klopt dit?"}
    returned = reviewer.post(
        REVIEWS,
        {"decision": "return", "contentHash": shown["contentHash"], "comment": "Kijk nog eens", "returned": [remark]},
    )
    assert parsed(returned)["status"] == "returned"
    assert parsed(coordinator.get(REPORT))["returned"] == [remark]
    assert parsed(coordinator.get(REPORT))["reviewComment"] == "Kijk nog eens"
    # Only that figure may change.
    put(coordinator, {**DRAFT, "figures": DRAFT["figures"][1:]})

    rows = coordinator.rows(f"{REPORT}/versions")
    assert [(row["number"], row["status"], row["isCounting"]) for row in rows] == [
        (1, "returned", False), (2, "draft", False),
    ]  # fmt: skip
    assert rows[0]["submittedAt"].endswith("Z")
    first = parsed(coordinator.get(f"{REPORT}/versions/1"))
    assert first["content"] == shown["content"]
    assert first["reviewComment"] == "Kijk nog eens"
