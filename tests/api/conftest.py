"""A caller of the REST API, as a script elsewhere would be one."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from consortia import tokens
from consortia.models import Consortium, Membership, Role, Scope, User
from tests import factories

BASE = "/api/v1"
JSON = "application/json"


@dataclass
class Caller:
    """Somebody with a token, or without one. `json` keeps every number's digits."""

    token: str = ""
    user: User | None = None

    def get(self, address: str, query: Any = None, **headers: str) -> Any:
        return self._call("GET", address, QUERY_STRING=_encoded(query), headers=headers)

    def head(self, address: str, **headers: str) -> Any:
        return self._call("HEAD", address, headers=headers)

    def send(self, method: str, address: str, body: Any = None, content_type: str = JSON, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=float).encode()
        return self._call(method, address, data=data, content_type=content_type, headers=headers)

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", address, body, **headers)

    def put(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", address, body, **headers)

    def rows(self, address: str, query: Any = None) -> list[Any]:
        response = self.get(address, query)
        assert response.status_code == 200, response.content
        return list(parsed(response)["results"])

    def _call(self, method: str, address: str, headers: dict[str, str], **options: Any) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        full = address if address.startswith("/") else f"{BASE}/{address}"
        return Client().generic(method, full, headers=given, **options)


def _encoded(query: Any) -> str:
    from urllib.parse import urlencode

    return query if isinstance(query, str) else urlencode(query or {}, doseq=True)


def parsed(response: Any) -> Any:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return json.loads(content, parse_float=Decimal)


def refused(response: Any, status: int = 400) -> list[tuple[str, str]]:
    """(pointer, code) of everything that is wrong."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response["Content-Type"] == "application/problem+json"
    body = parsed(response)
    assert {"status", "title", "detail"} <= body.keys()
    assert body["status"] == status
    return [(error["pointer"], error["code"]) for error in body.get("errors", [])]


def caller(role: Role | str | None = None, hip: str | None = None, *, scopes: list[Scope] | None = None) -> Caller:
    """Somebody new with this role, and a token with all scopes of it or with these."""
    person = factories.user(role, hip)
    _token, key = tokens.issue(user=person, scopes=scopes)
    return Caller(key, person)


def without_role() -> Caller:
    """Somebody whose role was taken away after the token was made."""
    somebody = caller(Role.READER)
    Membership.objects.filter(user=somebody.user).delete()
    return somebody


@pytest.fixture
def anonymous(programme: Any) -> Caller:
    return Caller()


@pytest.fixture
def coordinator(programme: Any) -> Caller:
    return caller(Role.COORDINATOR, "scale")


@pytest.fixture
def stranger(programme: Any) -> Caller:
    """The coordinator of another HIP."""
    return caller(Role.COORDINATOR, "snel")


@pytest.fixture
def contributor(programme: Any) -> Caller:
    return caller(Role.CONTRIBUTOR, "scale")


@pytest.fixture
def reviewer(programme: Any) -> Caller:
    return caller(Role.REVIEWER)


@pytest.fixture
def manager(programme: Any) -> Caller:
    return caller(Role.MANAGER)


@pytest.fixture
def reader(programme: Any) -> Caller:
    return caller(Role.READER)


def hip(slug: str = "scale") -> Consortium:
    return Consortium.objects.get(slug=slug)


DRAFT: dict[str, Any] = {
    "figures": [
        {"indicator": "assignments", "actionLine": "innovation", "value": 12},
        {"indicator": "training-completions", "actionLine": "lifelong-learning", "numerator": 40, "denominator": 50},
        {"indicator": "cofinancing-cash", "value": 12500.25},
    ],
    "participations": [
        {"kvkNumber": "00001234", "name": "Voorbeeld BV", "organisationType": "company", "postcode": "3311 AB",
         "sizeClass": "small", "actionLine": "innovation", "involvement": "project"},
        {"institutionCode": "25PW", "name": "Voorbeeldcollege", "organisationType": "school", "actionLine": "talent",
         "involvement": "teaching"},
    ],
    "unidentifiedCompanies": [{"actionLine": "innovation", "count": 3}],
    "headcounts": [
        {"group": "students", "category": "mbo", "actionLine": "talent", "institutionCode": "25PW", "headcount": 120,
         "firstTime": 80},
    ],
}  # fmt: skip
EMPTY: dict[str, Any] = {"figures": [], "participations": [], "unidentifiedCompanies": [], "headcounts": []}


# --- the report that the tests are about, and its steps

REPORT = "reports/scale/2025Q1"
DRAFT_AT, CHECKS = f"{REPORT}/draft", f"{REPORT}/checks"
SUBMISSIONS, REVIEWS = f"{REPORT}/submissions", f"{REPORT}/reviews"
CORRECTIONS, WITHDRAWALS = f"{REPORT}/corrections", f"{REPORT}/withdrawals"


def put(who: Caller, body: Any = DRAFT, tag: str = "*") -> Any:
    return who.put(DRAFT_AT, body, If_Match=tag)


def accept(who: Caller) -> Any:
    shown = parsed(who.get(REPORT))
    return who.post(REVIEWS, {"decision": "accept", "contentHash": shown["contentHash"]})
