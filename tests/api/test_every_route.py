"""What holds for every route of the API, whatever it is about. The routes are those of the access matrix."""

import gzip
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consortia import tokens
from consortia.models import Organisation, Role, User
from impact import links, vintages, webhooks
from ptvt_portal import api
from tests import factories
from tests.api.conftest import parsed, refused
from tests.events.factories import EventFactory, GoodPracticeFactory, published_event, published_practice
from tests.test_access_matrix import API

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
HEADERS = {
    "API-Version": "1.0.0",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
JSON = "application/json"
VARY = {"Accept", "Accept-Encoding", "Accept-Language", "Authorization"}
WITHOUT_A_BODY = "/secrets"
MADE_ANEW = "/workbook"
"""The one answer that is another each time: it says when it was made."""


class Routes:
    """Every route with its methods and the query that it needs, and a manager who may go everywhere."""

    def __init__(self, ids: dict[str, str], manager: User) -> None:
        self.methods: dict[str, set[str]] = {}
        self.queries: dict[str, str] = {}
        for method, address in API:
            path, _mark, query = ("/" + address.format(**ids)).partition("?")
            self.methods.setdefault(path, set()).add(method)
            self.queries[path] = self.queries.get(path) or query
        self._key = tokens.issue(user=manager)[1]

    def call(self, method: str, path: str, *, token: bool = True, query: str | None = None, **options: Any) -> Any:
        headers = {name.replace("_", "-"): value for name, value in options.pop("headers", {}).items()}
        if token:
            headers.setdefault("Authorization", f"Bearer {self._key}")
        asked = self.queries[path.rstrip("/")] if query is None else query
        response = Client().generic(method, path, QUERY_STRING=asked, headers=headers, **options)
        holds(response)
        return response

    def answers(self) -> list[tuple[str, Any]]:
        """Every route that answers a manager's GET, with its answer."""
        found = [(path, self.call("GET", path)) for path, methods in self.methods.items() if "GET" in methods]
        return [(path, response) for path, response in found if response.status_code == 200]


@pytest.fixture
def routes(programme: Any) -> Routes:
    factories.reported("scale", "2025Q1", factories.company(1), factories.figure("assignments", 3))
    factories.reported("scale", "2025Q2", upto="submitted")
    factories.reported("scale", "2025Q3", factories.company(77), upto="draft")
    manager = factories.user(Role.MANAGER)
    one, other = factories.OrganisationFactory(), factories.OrganisationFactory()
    link = links.link(actor=manager, kind="merge", source=one.pk, target=other.pk, reason="dubbel")
    published_practice(slug="published")
    GoodPracticeFactory(slug="draft")
    return Routes(
        {
            "listed": str(Organisation.objects.get(kvk_number="00000001").pk),
            "unlisted": str(Organisation.objects.get(kvk_number="00000077").pk),
            "link": str(link.seq),
            "vintage": vintages.publish(actor=manager).code,
            "event": str(published_event().pk),
            "event_draft": str(EventFactory().pk),
            "webhook": str(webhooks.add(actor=manager, url="https://example.org/").pk),
        },
        manager,
    )


def holds(response: Any) -> None:
    for name, value in HEADERS.items():
        assert response[name] == value, (response.request["PATH_INFO"], name)
    assert response["Cache-Control"]
    assert "Set-Cookie" not in response
    assert "Cookie" not in response.get("Vary", "")
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"
        if response.request["REQUEST_METHOD"] != "HEAD":
            assert {"status", "title", "detail"} <= parsed(response).keys()
            assert parsed(response)["status"] == response.status_code


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def test_every_route_is_walked() -> None:
    ids = {"link": "1", "vintage": "x"}
    every = re.compile(r"\{(\w+)\}")
    tried = [every.sub(lambda name: ids.get(name[1], str(uuid4())), path)[len("api/v1/") :] for _method, path in API]

    missing = [
        str(each.pattern)
        for each in api.addresses
        if not any(each.pattern.match(path.partition("?")[0]) for path in tried)
    ]
    assert not missing, "give them a row in tests/test_access_matrix.py"


@pytest.mark.django_db
def test_every_answer_is_had_once_whole_or_compressed(routes: Routes) -> None:
    compressed = set()
    answers = routes.answers()
    assert len(answers) > 20
    for path, got in answers:
        assert set(re.split(r", ?", got["Vary"])) >= VARY, path
        assert re.fullmatch(r'"[^"]+"', got["ETag"]), path
        assert "private" in got["Cache-Control"], path
        assert got["Content-Language"] == "nl", path
        if path.endswith(MADE_ANEW):
            continue
        head = routes.call("HEAD", path)
        assert (head.status_code, content(head), head["ETag"]) == (200, b"", got["ETag"]), path
        for name in ("Content-Type", "Vary", "Cache-Control", "Content-Language"):
            assert head.get(name) == got.get(name), (path, name)
        assert ("Last-Modified" in head) == ("Last-Modified" in got), path
        known = routes.call("GET", path, headers={"If-None-Match": f'"x", {got["ETag"]}'})
        assert (known.status_code, known["ETag"], content(known)) == (304, got["ETag"], b""), path
        assert (known["Vary"], known["Cache-Control"]) == (got["Vary"], got["Cache-Control"]), path
        zipped = routes.call("GET", path, headers={"Accept-Encoding": "br;q=1, gzip;q=0.8", "If-None-Match": '"x"'})
        if zipped.get("Content-Encoding") != "gzip":
            assert zipped["ETag"] == got["ETag"], path
            continue
        compressed.add(path)
        assert gzip.decompress(content(zipped)) == content(got), path
        assert zipped["ETag"] == f'{got["ETag"][:-1]}-gzip"', path
        again = routes.call("GET", path, headers={"Accept-Encoding": "gzip", "If-None-Match": zipped["ETag"]})
        assert (again.status_code, again["ETag"]) == (304, zipped["ETag"]), path
    assert {"/api/v1/roll-ups", "/api/v1/openapi.json", "/api/v1/indicators"} <= compressed
    assert "/api/v1/reports/scale/2025Q1" not in compressed, "its tag is for If-Match"


@pytest.mark.django_db
def test_every_route_refuses_as_the_rules_say(routes: Routes) -> None:
    for path, methods in routes.methods.items():
        options = routes.call("OPTIONS", path, token=False, query="")
        allowed = set(options["Allow"].split(", "))
        assert options.status_code == 204, path
        assert allowed - {"HEAD", "OPTIONS"} == methods, path
        assert ("HEAD" in allowed) == ("GET" in methods), path
        assert options["Access-Control-Allow-Methods"] == options["Allow"], path
        permitted = set(options["Access-Control-Allow-Headers"].split(", "))
        assert {"Authorization", "Content-Type", "If-Match", "If-None-Match"} <= permitted
        for method in METHODS - allowed | {"BREW"}:
            other = routes.call(method, path, token=False, data=b"{}", content_type=JSON)
            assert (other.status_code, set(other["Allow"].split(", "))) == (405, allowed), (method, path)
        for method in methods:
            slash = routes.call(method, f"{path}/", data=b"{}", content_type=JSON)
            refused(slash, 404)
            assert "Location" not in slash, path
            picture = {"Accept": "image/png"}
            refused(routes.call(method, path, data=b"{}", content_type=JSON, headers=picture), 406)
            wrong = routes.call(method, path, token=False, headers={"Authorization": "Bearer wrong"})
            refused(wrong, 401)
            assert wrong["WWW-Authenticate"] == "Bearer", path
        for method in methods & {"POST", "PUT"} if not path.endswith(WITHOUT_A_BODY) else ():
            for body, kind, status in ((b"<x/>", "application/xml", 415), (b'{"x": ', JSON, 400)):
                response = routes.call(method, path, data=body, content_type=kind, headers={"If-Match": "*"})
                # What may be done, and whether it can be now, comes before what is sent.
                assert response.status_code in (status, 403, 404, 409, 415), (path, kind)
    for path, _got in routes.answers():
        response = routes.call("GET", path, query=f"{routes.queries[path]}&nothing=1".lstrip("&"))
        assert ("nothing", "unknown-key") in refused(response), path


@pytest.mark.django_db
def test_the_tag_of_a_report_names_its_state_in_every_coding_and_language(routes: Routes) -> None:
    path = "/api/v1/reports/scale/2025Q2"
    tags = {
        routes.call("GET", path, headers=headers)["ETag"]
        for headers in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Language": "en"}, {"Accept": "*/*"})
    }

    assert len(tags) == 1
