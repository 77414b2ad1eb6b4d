"""The NLGov REST API Design Rules: over the description, and over every address as it answers."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate
from rest_framework.request import Request

from consortia.rest.throttling import PerSecond
from ptvt_portal import api, api_errors
from tests import factories
from tests.api.conftest import BASE, DRAFT, EMPTY, Caller, parsed, refused

METHODS = ("get", "put", "post", "delete", "patch")
HEADERS = {
    "API-Version": "1.0.0",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, of_path in description["paths"].items():
        for method, operation in of_path.items():
            yield path, method, operation


# --- the description


def test_the_committed_description_is_what_the_code_says(description: dict[str, Any]) -> None:
    committed = json.loads((settings.BASE_DIR / "openapi.json").read_text())

    assert committed == json.loads(json.dumps(description)), "make openapi"


def test_the_description_is_valid_openapi_3_0(description: dict[str, Any]) -> None:
    validate(description)
    assert description["openapi"].startswith("3.0.")


def test_the_description_says_who_to_ask_and_where(description: dict[str, Any]) -> None:
    assert description["info"]["contact"].keys() == {"name", "email", "url"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", description["info"]["version"])
    assert description["servers"] == [{"url": "/api/v1"}]
    assert "English" in description["info"]["description"]


def test_paths_and_keys_are_written_as_the_rules_say(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        assert re.fullmatch(r"(/([a-z0-9-]+|openapi\.json|\{[a-z]+\}))+", path)
        assert method in METHODS
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert re.fullmatch(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*", parameter["name"])
    for name, schema in description["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z]+)+", name)
        for key, member in schema["properties"].items():
            assert re.fullmatch(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*", key)
            if re.search(r"(^d|D)ate$", key):
                assert member["format"] == "date"
            if re.search(r"(At|^time)$", key):
                assert member["format"] == "date-time"


def test_every_operation_has_an_id_of_its_own(description: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _path, _method, operation in operations(description)]

    assert len(set(ids)) == len(ids)


def test_every_answer_declares_its_version_and_every_error_its_problem(description: dict[str, Any]) -> None:
    problem = description["components"]["schemas"]["Problem"]
    assert {"status", "title", "detail"} <= set(problem["required"])
    for path, method, operation in operations(description):
        for status, response in operation["responses"].items():
            assert "API-Version" in response["headers"], (path, method, status)
            if status >= "400":
                assert response["content"].keys() == {"application/problem+json"}
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}
        assert "400" in operation["responses"]
        assert ("404" in operation["responses"]) == ("{" in path)


def test_addresses_without_a_token_say_so(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        is_public = method == "get" and not path.startswith(("/reports", "/organisation", "/webhooks"))
        assert ({} in operation["security"]) == is_public
        assert {"token": []} in operation["security"]


# --- every address as it answers

PUBLIC = [
    "openapi.json", "consortia", "consortia/scale", "action-lines", "indicators", "periods", "goals", "progress",
    "figures", "roll-ups?period=2025Q1&consortium=none", "overlaps?period=2025Q1&measure=value",
    "dynamics?period=2025Q1&consortium=none", "catalog", "vintages", "changes", "events", "good-practices",
]  # fmt: skip
SECRET = [
    "organisations", "organisation-links", "reports", "reports/scale/2025Q1", "reports/scale/2025Q1/versions",
    "webhooks",
]  # fmt: skip
TAKE_POSTS = {"organisation-links", "vintages", "webhooks"}
STEPS = ["checks", "submissions", "reviews", "corrections", "withdrawals"]


def holds_to_the_rules(response: Any) -> None:
    for name, value in HEADERS.items():
        assert response[name] == value, name
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["Strict-Transport-Security"].startswith("max-age=")
    assert response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")
    assert "Set-Cookie" not in response
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"
        if response.content:
            assert {"status", "title", "detail"} <= parsed(response).keys()


def test_no_address_was_forgotten_here() -> None:
    tried = {re.sub(r"\?.*", "", each) for each in [*PUBLIC, *SECRET]}
    tried |= {f"reports/scale/2025Q1/{step}" for step in [*STEPS, "draft", "versions/1", "workbook", "workbooks"]}
    tried |= {f"{each}/{uuid4()}" for each in ("organisations", "events")}
    tried |= {"reports/scale/2025Q1/effect", "vintages/x", "vintages/x/data-package", "vintage-comparisons", "lineage"}
    tried |= {"good-practices/x", "organisation-links/1"}
    tried |= {f"webhooks/{uuid4()}{part}" for part in ("", "/attempts", "/replays", "/secrets")}

    for pattern in api.addresses:
        assert any(pattern.pattern.match(each) for each in tried), pattern


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PUBLIC, *SECRET])
def test_reading_holds_to_the_rules(manager: Caller, anonymous: Caller, address: str) -> None:
    bare, _mark, query = address.partition("?")
    for who in (manager, anonymous):
        got = who.get(bare, query)
        assert got.status_code == (401 if who is anonymous and address in SECRET else 200)
        holds_to_the_rules(got)
        if got.status_code == 200:
            known = who.get(bare, query, If_None_Match=got["ETag"])
            assert known.status_code == 304
            assert known["Vary"] == got["Vary"]
            holds_to_the_rules(known)
        holds_to_the_rules(who.head(bare))
    slash = manager.get(f"{bare}/", query)
    refused(slash, 404)
    holds_to_the_rules(slash)
    unacceptable = manager.get(bare, query, Accept="text/html")
    refused(unacceptable, 406)
    holds_to_the_rules(unacceptable)
    options = anonymous.send("OPTIONS", bare)
    assert options.status_code == 204
    allowed = "GET, POST, HEAD, OPTIONS" if bare in TAKE_POSTS else "GET, HEAD, OPTIONS"
    assert options["Access-Control-Allow-Methods"] == options["Allow"] == allowed
    holds_to_the_rules(options)
    for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(allowed.split(", ")):
        response = anonymous.send(method, bare, {})
        refused(response, 405)
        assert response["Allow"] == allowed
        holds_to_the_rules(response)


@pytest.mark.django_db
@pytest.mark.parametrize("step", [*STEPS, "draft"])
def test_writing_holds_to_the_rules(manager: Caller, anonymous: Caller, step: str) -> None:
    address = f"reports/scale/2025Q1/{step}"
    method = "PUT" if step == "draft" else "POST"
    for who, body in ((anonymous, {}), (manager, {}), (manager, DRAFT), (manager, [1])):
        response = who.send(method, address, body, If_Match="*")
        holds_to_the_rules(response)
        assert response["Cache-Control"] == "no-store"
    refused(anonymous.send(method, address, {}), 401)
    refused(manager.send(method, f"{address}/", {}), 404)
    for wrong in ("GET", "DELETE", "PATCH"):
        response = manager.send(wrong, address)
        refused(response, 405)
        assert response["Allow"] == f"{method}, OPTIONS"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/periods", "/api/v1/nothing", "/api/v1/periods/x/y/"]
)
def test_what_is_not_there_is_a_problem_and_no_page(anonymous: Caller, address: str) -> None:
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        response = anonymous.send(method, address)
        refused(response, 404)
        holds_to_the_rules(response)
    refused(anonymous.get(address, Accept="text/html"), 404)


@pytest.mark.django_db
def test_the_description_is_served_as_it_is_committed(anonymous: Caller) -> None:
    response = anonymous.get("openapi.json")

    assert response["Content-Type"] == "application/json"
    assert response.content == (settings.BASE_DIR / "openapi.json").read_bytes()


# --- errors of Django itself


@pytest.mark.django_db
def test_a_failure_is_a_problem_too(programme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("a detail that is nobody's business")

    monkeypatch.setattr("impact.ledger.resolve", fail)
    response = Client(raise_request_exception=False).get(f"{BASE}/periods")

    refused(response, 500)
    assert b"nobody's business" not in response.content
    holds_to_the_rules(response)


@pytest.mark.django_db
def test_an_unknown_host_is_a_problem_too() -> None:
    response = Client().get(f"{BASE}/periods", headers={"Host": "elsewhere.example"})

    assert response.status_code == 400
    holds_to_the_rules(response)


def test_the_other_pages_keep_their_own_errors() -> None:
    resolver = get_resolver()
    assert resolver.resolve_error_handler(404) is api_errors.page_not_found
    assert resolver.resolve_error_handler(500) is api_errors.server_error


# --- who asks, in which language, how often


@pytest.mark.django_db
def test_a_session_is_no_token(client: Client, programme: Any) -> None:
    person = factories.user("manager")
    client.force_login(person)

    assert client.get(f"{BASE}/reports").status_code == 401
    assert client.put(f"{BASE}/reports/scale/2025Q1/draft", EMPTY, content_type="application/json").status_code == 401
    row = client.get(f"{BASE}/roll-ups?indicator=students&actionLine=talent&period=2025Q1&consortium=none").json()
    assert row["results"][0]["withheld"] is True


@pytest.mark.django_db
def test_messages_come_in_the_language_that_is_asked_for(anonymous: Caller) -> None:
    dutch = anonymous.get("reports")
    english = anonymous.get("reports", Accept_Language="de, en-GB;q=0.8, nl;q=0.1")

    assert (dutch["Content-Language"], english["Content-Language"]) == ("nl", "en")
    assert parsed(english)["title"] == "Who are you?"

    nowhere = anonymous.get("nothing", Accept_Language="en")
    assert (nowhere.status_code, nowhere["Content-Language"]) == (404, "en")
    assert parsed(nowhere)["title"] == "There is no such thing here"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("application/json;q=0.1, text/csv", "text/csv"),
        ("application/json;q=0, */*;q=0.1", "text/csv"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("APPLICATION/X-NDJSON", "application/x-ndjson"),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
    ],
)
def test_the_format_is_the_one_that_is_preferred(anonymous: Caller, accept: str, expected: str | None) -> None:
    response = anonymous.get("figures", Accept=accept)

    if expected is None:
        refused(response, 406)
    else:
        assert response["Content-Type"].partition(";")[0] == expected


@pytest.mark.django_db
@override_settings(API_RATES={"token": 3, "address": 2})
def test_who_calls_too_often_has_to_wait(
    manager: Caller, reader: Caller, anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consortia.rest.throttling.time.time", lambda: 1_000_000.5)

    assert [anonymous.get("periods").status_code for _ in range(3)] == [200, 200, 429]
    response = anonymous.get("periods")
    refused(response, 429)
    assert response["Retry-After"] == "1"
    assert standing(response) == (2, 0, 1)
    holds_to_the_rules(response)
    refused(anonymous.get("no-such-address"), 429)
    assert [manager.get("periods").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert reader.get("periods").status_code == 200
    refused(anonymous.get("periods", Authorization="Bearer guess"), 429)
    monkeypatch.setattr("consortia.rest.throttling.time.time", lambda: 1_000_001.5)
    refused(anonymous.get("periods", Authorization="Bearer guess"), 401)
    assert manager.get("periods").status_code == 200


def standing(response: Any) -> tuple[int, ...]:
    return tuple(int(response[f"RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset"))


@pytest.mark.django_db
@override_settings(API_RATES={"token": 30, "address": 20})
def test_every_answer_says_what_is_left(manager: Caller, anonymous: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consortia.rest.throttling.time.time", lambda: 2_000_000.5)

    assert standing(anonymous.get("periods")) == (20, 19, 1)
    assert standing(anonymous.get("figures", Accept="text/csv")) == (20, 18, 1)
    assert standing(anonymous.get("no-such-address")) == (20, 17, 1)
    assert standing(anonymous.get("reports")) == (20, 16, 1)
    assert standing(anonymous.get("periods", Authorization="Bearer guess")) == (20, 15, 1)
    assert standing(manager.get("reports")) == (30, 29, 1)
    assert standing(manager.get("figures", Accept="text/html")) == (30, 28, 1)
    assert standing(manager.post("vintages", {})) == (30, 27, 1)
    assert standing(anonymous.send("OPTIONS", "periods")) == (20, 20, 1)


def test_nobody_is_refused_for_lack_of_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def add(self, *_args: Any, **_options: Any) -> None: ...

        def incr(self, *_args: Any, **_options: Any) -> None: ...

    monkeypatch.setattr("consortia.rest.throttling.cache", Away())
    request = Request(RequestFactory().get("/"))

    assert all(PerSecond().allow_request(request, None) for _ in range(500))


def test_the_rates_are_not_lower_than_what_was_promised() -> None:
    assert min(settings.API_RATES.values()) >= 200
