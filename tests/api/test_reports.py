"""Reports over REST: reading them, and every step of one."""

from typing import Any

import pytest
from django.test import override_settings

from consortia import clock
from consortia.models import Organisation
from impact import ledger, tasks
from impact import programme as office
from impact.models import OutboxMessage, Quarter, QuarterlyReport
from tests import factories
from tests.api.conftest import DRAFT, EMPTY, Caller, caller, hip, parsed, refused, without_role

pytestmark = pytest.mark.django_db

REPORT = "reports/scale/2025Q1"
DRAFT_AT, CHECKS = f"{REPORT}/draft", f"{REPORT}/checks"
SUBMISSIONS, REVIEWS = f"{REPORT}/submissions", f"{REPORT}/reviews"
CORRECTIONS, WITHDRAWALS = f"{REPORT}/corrections", f"{REPORT}/withdrawals"


def put(who: Caller, body: Any = DRAFT, tag: str = "*") -> Any:
    return who.put(DRAFT_AT, body, If_Match=tag)


def accept(who: Caller) -> Any:
    shown = parsed(who.get(REPORT))
    return who.post(REVIEWS, {"decision": "accept", "contentHash": shown["contentHash"]})


# --- reading


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
        "comment": None,
        "warnings": None,
        "reviewComment": None,
        "returned": None,
        "correctionReason": None,
        "correctionCode": None,
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
    # A size class that is left out is unknown.
    sent = [{"sizeClass": "unknown", **row} for row in body["participations"]]
    assert answer["participations"] == sent
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
    put(coordinator, EMPTY)

    rows = coordinator.rows(f"{REPORT}/versions")
    assert [(row["number"], row["status"], row["isCounting"]) for row in rows] == [
        (1, "returned", False), (2, "draft", False),
    ]  # fmt: skip
    assert rows[0]["submittedAt"].endswith("Z")
    first = parsed(coordinator.get(f"{REPORT}/versions/1"))
    assert first["content"] == shown["content"]
    assert first["reviewComment"] == "Kijk nog eens"


# --- the draft


@pytest.mark.parametrize("body", [b"{", b"", b"[]", DRAFT])
def test_a_draft_is_judged_in_one_order(coordinator: Caller, stranger: Caller, reviewer: Caller, body: Any) -> None:
    def answer(who: Caller, tag: str | None = "*") -> Any:
        headers = {"If_Match": tag} if tag else {}
        return who.put(DRAFT_AT, body, **headers)

    refused(answer(Caller()), 401)
    refused(answer(stranger), 404)
    refused(answer(stranger, None), 404)
    refused(answer(reviewer, None), 403)
    refused(answer(caller("coordinator", "scale", scopes=["read"])), 403)
    refused(answer(coordinator, None), 428)
    refused(answer(coordinator, '"stale"'), 412)
    factories.reported("scale", "2025Q1", upto="submitted", coordinator=coordinator.user)
    refused(answer(coordinator, '"stale"'), 409)


def test_a_stale_draft_is_refused_with_what_changed(coordinator: Caller, contributor: Caller) -> None:
    tag = put(coordinator)["ETag"]
    theirs = {**DRAFT, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]}
    assert put(contributor, theirs, tag).status_code == 200

    response = put(coordinator, DRAFT, tag)

    refused(response, 412)
    body = parsed(response)
    assert body["current"] == response["ETag"] == coordinator.get(REPORT)["ETag"]
    assert [(row["kind"], row["actor"]) for row in body["changes"]] == [("filled", str(contributor.user))]
    assert {(row["section"], (row["sent"] or {}).get("indicator")) for row in body["differences"]} == {
        ("figures", "assignments"), ("figures", "training-completions"), ("figures", "cofinancing-cash"),
    }  # fmt: skip
    changed = next(row for row in body["differences"] if row["current"])
    assert (changed["current"]["value"], changed["sent"]["value"]) == (99, 12)
    assert parsed(coordinator.get(REPORT))["content"]["figures"][0]["value"] == 99
    assert put(coordinator, DRAFT, body["current"]).status_code == 200


@pytest.mark.parametrize("tag", ['"nonsense"', "unquoted", '"scale-2025Q1-x"', '"a-b-c-99999999999999999999"', "W/*"])
def test_any_other_tag_is_stale(coordinator: Caller, tag: str) -> None:
    put(coordinator)

    refused(put(coordinator, DRAFT, tag), 412)


def test_a_weak_or_one_of_several_tags(coordinator: Caller) -> None:
    tag = put(coordinator)["ETag"]

    refused(put(coordinator, DRAFT, f"W/{tag}"), 412)
    assert put(coordinator, DRAFT, f'"other", {tag}').status_code == 200


def test_everything_wrong_is_said_at_once(coordinator: Caller) -> None:
    body = {
        "figures": [
            {"indicator": "assignments", "actionLine": "innovation", "value": "12"},
            {"indicator": "assignments", "actionLine": "innovation", "value": True},
            {"indicator": "assignments", "actionLine": "talent", "value": 12.7},
            {"indicator": "assignments", "actionLine": "talent", "value": 1, "extra": 1},
            {"indicator": "companies", "actionLine": "talent", "value": 1},
            {"indicator": "cofinancing-cash", "value": 0.001},
        ],
        "participations": [{"organisationType": "company", "actionLine": "talent", "involvement": "project"}],
        "unidentifiedCompanies": "none",
        "more": {},
    }

    assert sorted(refused(put(coordinator, body))) == [
        ("/figures/0/value", "not-a-number"),
        ("/figures/1/value", "not-a-number"),
        ("/figures/2/value", "not-whole"),
        ("/figures/3/extra", "unknown-key"),
        ("/figures/4/indicator", "derived"),
        ("/figures/5/value", "too-precise"),
        ("/headcounts", "required"),
        ("/more", "unknown-key"),
        ("/participations/0/kvkNumber", "required"),
        ("/unidentifiedCompanies", "not-a-list"),
    ]
    assert parsed(coordinator.get(REPORT))["status"] == "notStarted"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "malformed"),
        (b"\xff", "malformed"),
        (b'{"figures": NaN}', "malformed"),
        (b'{"figures": [-Infinity]}', "malformed"),
        (b'{"figures": [], "figures": []}', "duplicate-key"),
        (b'{"figures": [{"indicator": "a", "indicator": "b"}]}', "duplicate-key"),
        (b'{"figures": ' + b"[" * 20 + b"]" * 20 + b"}", "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b'{"figures": "\\ud800"}', "malformed"),
        (b'{"\\udfff": 1}', "malformed"),
        (b'{"figures": 1e999999999999999999999}', "malformed"),
    ],
)
def test_what_is_no_plain_json_is_refused(coordinator: Caller, raw: bytes, code: str) -> None:
    assert refused(put(coordinator, raw)) == [("", code)]
    assert refused(coordinator.post(CHECKS, raw)) == [("", code)]


@pytest.mark.parametrize("number", [b"1e400", b"-1", b"1000000001", b"1e-400", b"9" * 5000, b"0.5"])
def test_absurd_numbers_are_refused_at_their_place(coordinator: Caller, number: bytes) -> None:
    raw = (
        b'{"figures": [{"indicator": "assignments", "actionLine": "talent", "value": ' + number + b"}], "
        b'"participations": [], "unidentifiedCompanies": [], "headcounts": []}'
    )

    ((pointer, code),) = refused(put(coordinator, raw))
    assert pointer == "/figures/0/value"
    assert code in {"out-of-range", "not-whole"}


def test_amounts_keep_their_cents(coordinator: Caller) -> None:
    raw = (
        b'{"figures": [{"indicator": "project-costs", "value": 999999999.99}], '
        b'"participations": [], "unidentifiedCompanies": [], "headcounts": []}'
    )

    assert b'"value":999999999.99' in put(coordinator, raw).content


def test_other_formats_are_not_read(coordinator: Caller) -> None:
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        refused(coordinator.send("PUT", DRAFT_AT, b"a=1", content_type=content_type, If_Match="*"), 415)
    parameters = "application/json; charset=utf-8"
    assert coordinator.send("PUT", DRAFT_AT, EMPTY, content_type=parameters, If_Match="*").status_code == 200


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=2_000)
def test_a_body_that_is_too_large_is_refused(coordinator: Caller) -> None:
    big = b'{"figures": "' + b"x" * 3_000 + b'"}'

    refused(put(coordinator, big), 413)
    refused(coordinator.post(CHECKS, big), 413)
    refused(coordinator.post(SUBMISSIONS, big), 413)


# --- checks


def test_checks_judge_and_store_nothing(coordinator: Caller, contributor: Caller) -> None:
    factories.reported("scale", "2024Q4", factories.figure("assignments", 1_200), coordinator=coordinator.user)
    revision = QuarterlyReport.objects.get(consortium__slug="scale", quarter="2025Q1").revision
    body = {**EMPTY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 12}]}

    answer = contributor.post(CHECKS, body)

    assert answer.status_code == 200
    verdict = parsed(answer)
    assert verdict["errors"] == []
    assert [(row["pointer"], row["code"]) for row in verdict["warnings"]] == [("/figures/0/value", "unusual")]
    body["figures"].append({"indicator": "nothing"})
    assert [(row["pointer"], row["code"]) for row in parsed(contributor.post(CHECKS, body))["errors"]] == [
        ("/figures/1/indicator", "unknown")
    ]
    assert [row["pointer"] for row in parsed(contributor.post(CHECKS, {}))["errors"]] == [
        "/figures", "/participations", "/unidentifiedCompanies", "/headcounts"
    ]  # fmt: skip
    assert QuarterlyReport.objects.get(consortium__slug="scale", quarter="2025Q1").revision == revision


def test_who_may_check(stranger: Caller, reviewer: Caller, manager: Caller, anonymous: Caller) -> None:
    refused(anonymous.post(CHECKS, EMPTY), 401)
    refused(stranger.post(CHECKS, EMPTY), 404)
    refused(reviewer.post(CHECKS, EMPTY), 403)
    assert manager.post(CHECKS, EMPTY).status_code == 200


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
    monkeypatch.setattr(tasks, "nudge", lambda: nudges.append(OutboxMessage.objects.count()))
    put(coordinator)
    coordinator.post(SUBMISSIONS)
    waiting = OutboxMessage.objects.count()
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

    assert [row["name"] for row in coordinator.rows("organisations", "kvkNumber=00001234")] == ["Voorbeeld BV"]
    assert stranger.rows("organisations", "kvkNumber=00001234") == []
    row = Organisation.objects.get(kvk_number="00001234")
    refused(stranger.get(f"organisations/{row.pk}"), 404)
    assert parsed(coordinator.get(f"organisations/{row.pk}"))["participations"] == []
