"""Drafts over REST: replacing one, and having one judged."""

from typing import Any

import pytest
from django.test import override_settings

from impact.models import QuarterlyReport
from tests import factories
from tests.api.conftest import (
    CHECKS,
    DRAFT,
    DRAFT_AT,
    EMPTY,
    REPORT,
    SUBMISSIONS,
    Caller,
    caller,
    parsed,
    put,
    refused,
)

pytestmark = pytest.mark.django_db


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


def test_who_changed_it_themselves_is_not_told_of_somebody_else(coordinator: Caller, contributor: Caller) -> None:
    tag = put(coordinator)["ETag"]
    put(coordinator, EMPTY, tag)

    sent = {"If_Match": tag, "Accept_Language": "en"}
    own = parsed(coordinator.put(DRAFT_AT, DRAFT, **sent))
    put(contributor, DRAFT)
    others = parsed(coordinator.put(DRAFT_AT, DRAFT, **sent))

    assert "yourself" in own["detail"]
    assert "omebody" not in f"{own['title']} {own['detail']}"
    assert {row["actor"] for row in own["changes"]} == {str(coordinator.user)}
    assert "Somebody else" in others["detail"]
    assert {row["actor"] for row in others["changes"]} == {str(coordinator.user), str(contributor.user)}


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
