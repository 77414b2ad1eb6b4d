"""Submissions, reviews, corrections and withdrawals over REST."""

from typing import Any

import pytest

from consortia.models import Organisation
from impact import ledger, outbox, tasks
from impact.models import OutboxMessage
from tests import factories
from tests.api.conftest import (
    CORRECTIONS,
    REPORT,
    REVIEWS,
    SUBMISSIONS,
    WITHDRAWALS,
    Caller,
    accept,
    caller,
    parsed,
    put,
    refused,
)

pytestmark = pytest.mark.django_db

# --- submissions


def test_a_warning_has_to_be_explained(coordinator: Caller) -> None:
    factories.reported("scale", "2024Q4", factories.figure("assignments", 1_200), coordinator=coordinator.user)
    put(coordinator)

    assert refused(coordinator.post(SUBMISSIONS)) == [("/figures/0/value", "explanation-required")]
    blank = {"explanations": {"/figures/0/value": "  "}}
    assert refused(coordinator.post(SUBMISSIONS, blank)) == [("/figures/0/value", "explanation-required")]
    done = coordinator.post(SUBMISSIONS, {"explanations": {"/figures/0/value": "project afgerond"}})
    assert done.status_code == 201
    assert parsed(done)["warnings"][0]["explanation"] == "project afgerond"


def test_a_contributor_may_fill_but_not_submit(contributor: Caller) -> None:
    assert put(contributor).status_code == 200
    refused(contributor.post(SUBMISSIONS), 403)


def test_nothing_to_submit(coordinator: Caller) -> None:
    refused(coordinator.post(SUBMISSIONS), 409)
    refused(coordinator.post(SUBMISSIONS, {"comment": ""}), 409)


@pytest.mark.parametrize(
    ("address", "body", "expected"),
    [
        (SUBMISSIONS, {"remark": ""}, [("/remark", "unknown-key")]),
        (SUBMISSIONS, {"comment": None}, [("/comment", "not-text")]),
        (
            SUBMISSIONS,
            {"comment": 1, "explanations": []},
            [("/comment", "not-text"), ("/explanations", "not-an-object")],
        ),
        (SUBMISSIONS, {"explanations": {"/figures/0": 1}}, [("/explanations/~1figures~10", "not-text")]),
        (SUBMISSIONS, [], [("", "not-an-object")]),
        (SUBMISSIONS, b"{", [("", "malformed")]),
        (SUBMISSIONS, {"comment": "BSN 111222333"}, [("/comment", "bsn")]),
        (SUBMISSIONS, {"comment": "a\u0000b"}, [("/comment", "unreadable")]),
        (SUBMISSIONS, {"comment": "x" * 10_001}, [("/comment", "too-long")]),
    ],
)
def test_a_malformed_submission(coordinator: Caller, address: str, body: Any, expected: Any) -> None:
    put(coordinator)

    assert refused(coordinator.post(address, body)) == expected


# --- reviews


def test_nobody_reviews_their_own(manager: Caller) -> None:
    both = caller("coordinator", "scale")
    from consortia.models import Membership

    Membership.objects.create(user=both.user, role="reviewer")
    from consortia import tokens

    both.token = tokens.issue(user=both.user)[1]
    put(both)
    both.post(SUBMISSIONS)

    refused(accept(both), 403)


def test_a_reviewer_accepts_what_they_saw(coordinator: Caller, reviewer: Caller) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS)
    seen = parsed(reviewer.get(REPORT))["contentHash"]

    response = reviewer.post(REVIEWS, {"decision": "accept", "contentHash": "0" * 64})

    refused(response, 412)
    assert parsed(response)["current"] == seen
    assert reviewer.post(REVIEWS, {"decision": "accept", "contentHash": seen}).status_code == 201


def test_who_may_review(coordinator: Caller, manager: Caller, stranger: Caller, anonymous: Caller) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS)
    body = {"decision": "accept", "contentHash": ""}
    refused(anonymous.post(REVIEWS, body), 401)
    refused(stranger.post(REVIEWS, body), 404)
    refused(coordinator.post(REVIEWS, body), 403)
    refused(manager.post(REVIEWS, body), 403)
    refused(caller("reviewer", scopes=["read"]).post(REVIEWS, body), 403)


def test_there_is_nothing_to_review(reviewer: Caller, coordinator: Caller) -> None:
    refused(reviewer.post(REVIEWS, {"decision": "accept", "contentHash": "0" * 64}), 409)
    put(coordinator)
    refused(accept(reviewer), 409)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/decision", "unknown"), ("/contentHash", "required")]),
        ({"decision": "maybe", "contentHash": "x"}, [("/decision", "unknown")]),
        ({"decision": 1, "contentHash": None}, [("/decision", "not-text"), ("/contentHash", "not-text")]),
        ({"decision": "return", "contentHash": "x", "returned": {}}, [("/returned", "not-a-list")]),
        (
            {
                "decision": "return",
                "contentHash": "x",
                "returned": [1, {"pointer": "/figures"}, {"comment": "", "x": 1}],
            },
            [
                ("/returned/0", "not-an-object"),
                ("/returned/1/comment", "required"),
                ("/returned/2/x", "unknown-key"),
                ("/returned/2/pointer", "required"),
            ],
        ),
        (
            {"decision": "return", "contentHash": "x", "returned": [{"pointer": "/a\u0000", "comment": "b\u0000"}]},
            [("/returned/0/comment", "unreadable"), ("/returned/0/pointer", "unreadable")],
        ),
        (
            {"decision": "accept", "contentHash": "x", "returned": [{"pointer": "/figures", "comment": "look again"}]},
            [("/returned", "meaningless")],
        ),
    ],
)
def test_a_malformed_review(coordinator: Caller, reviewer: Caller, body: Any, expected: Any) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS)

    assert sorted(refused(reviewer.post(REVIEWS, body))) == sorted(expected)


def test_accepting_asks_for_a_roll_up(
    coordinator: Caller, reviewer: Caller, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudges: list[int] = []
    asked = OutboxMessage.objects.filter(kind=outbox.ROLL_UP)
    monkeypatch.setattr(tasks, "nudge", lambda: nudges.append(asked.count()))
    put(coordinator)
    coordinator.post(SUBMISSIONS)
    waiting = asked.count()
    accept(reviewer)
    assert nudges == [waiting + 1]
    manager.post(WITHDRAWALS, {"reason": "dubbel"})
    assert nudges == [waiting + 1, waiting + 2]


# --- corrections and withdrawals


def test_a_correction_opens_the_next_version_prefilled(coordinator: Caller, manager: Caller, reviewer: Caller) -> None:
    factories.reported("scale", "2025Q1", coordinator=coordinator.user)
    content = parsed(coordinator.get(REPORT))["content"]

    opened = coordinator.post(CORRECTIONS, {"reason": "telfout", "code": "count"})

    assert opened.status_code == 201
    body = parsed(opened)
    assert (body["status"], body["version"], body["counting"]["version"]) == ("draft", 2, 1)
    assert (body["correctionReason"], body["correctionCode"]) == ("telfout", "count")
    assert body["content"] == content
    refused(manager.post(CORRECTIONS, {"reason": "nog eens"}), 409)


def test_who_may_correct(
    coordinator: Caller, contributor: Caller, stranger: Caller, reviewer: Caller, anonymous: Caller
) -> None:
    body = {"reason": "telfout"}
    refused(coordinator.post(CORRECTIONS, body), 409)
    factories.reported("scale", "2025Q1", coordinator=coordinator.user)
    refused(anonymous.post(CORRECTIONS, body), 401)
    refused(stranger.post(CORRECTIONS, body), 404)
    refused(contributor.post(CORRECTIONS, body), 403)
    refused(reviewer.post(CORRECTIONS, body), 403)
    assert caller("manager", scopes=["manage"]).post(CORRECTIONS, body).status_code == 201


def test_a_withdrawn_report_no_longer_counts(coordinator: Caller, manager: Caller, anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", coordinator=coordinator.user)
    where = "consortium=none&actionLine=none&indicator=assignments&period=2025Q1"
    seq = ledger.newest()
    assert anonymous.rows("roll-ups", where)[0]["value"] == 12

    withdrawn = manager.post(WITHDRAWALS, {"reason": "dubbel ingediend"})

    assert withdrawn.status_code == 201
    assert (parsed(withdrawn)["status"], parsed(withdrawn)["counting"]) == ("withdrawn", None)
    assert anonymous.rows("roll-ups", where)[0]["value"] is None
    assert anonymous.rows("roll-ups", f"{where}&asOf={seq}")[0]["value"] == 12
    refused(manager.post(WITHDRAWALS, {"reason": "nog eens"}), 409)
    assert put(coordinator, tag=withdrawn["ETag"]).status_code == 200


def test_who_may_withdraw(coordinator: Caller, reviewer: Caller, stranger: Caller, anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", coordinator=coordinator.user)
    body = {"reason": "dubbel"}
    refused(anonymous.post(WITHDRAWALS, body), 401)
    refused(stranger.post(WITHDRAWALS, body), 404)
    refused(coordinator.post(WITHDRAWALS, body), 403)
    refused(reviewer.post(WITHDRAWALS, body), 403)
    refused(caller("manager", scopes=["read", "report"]).post(WITHDRAWALS, body), 403)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}])
def test_a_reason_is_required(coordinator: Caller, manager: Caller, body: Any) -> None:
    factories.reported("scale", "2025Q1", coordinator=coordinator.user)

    assert refused(coordinator.post(CORRECTIONS, body)) == [("/reason", "required")]
    assert refused(manager.post(WITHDRAWALS, body)) == [("/reason", "required")]
    assert refused(manager.post(WITHDRAWALS, {"reason": "x", "code": "y"})) == [("/code", "unknown-key")]


def test_an_organisation_named_only_in_a_draft_is_not_listed(coordinator: Caller, stranger: Caller) -> None:
    put(coordinator)

    # What a draft says of it stands in the draft; the register learns it at acceptance.
    assert [row["name"] for row in coordinator.rows("organisations", "kvkNumber=00001234")] == [""]
    assert stranger.rows("organisations", "kvkNumber=00001234") == []
    row = Organisation.objects.get(kvk_number="00001234")
    refused(stranger.get(f"organisations/{row.pk}"), 404)
    assert parsed(coordinator.get(f"organisations/{row.pk}"))["participations"] == []
