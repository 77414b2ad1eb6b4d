"""The register over REST."""

from uuid import uuid4

import pytest

from tests import factories
from tests.api.conftest import Caller, parsed, refused, without_role
from tests.factories import OrganisationFactory, company, school

pytestmark = pytest.mark.django_db


def names(who: Caller, query: object = None) -> list[str]:
    return [row["name"] for row in who.rows("organisations", query)]


def test_any_token_searches_number_and_name(stranger: Caller, reader: Caller, anonymous: Caller) -> None:
    OrganisationFactory(kvk_number="00004711", name="Bakkerij Jansen")
    OrganisationFactory(kvk_number="00004712", name="Jansen Techniek BV")
    OrganisationFactory(kvk_number=None, institution_code="99ZX", name="ROC Voorbeeld", organisation_type="school")

    for who in (stranger, reader, without_role()):
        assert names(who, "search=jansen") == ["Bakkerij Jansen", "Jansen Techniek BV"]
        assert names(who, {"search": "techniek jansen"}) == ["Jansen Techniek BV"]
        assert names(who, "search=000047") == ["Bakkerij Jansen", "Jansen Techniek BV"]
        assert names(who, "search=99zx") == ["ROC Voorbeeld"]
        assert names(who, "kvkNumber=00004712&kvkNumber=00004711") == ["Bakkerij Jansen", "Jansen Techniek BV"]
        assert names(who, "kvkNumber=00004719") == []
    refused(anonymous.get("organisations"), 401)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kvkNumber=123", [("kvkNumber", "unknown")]),
        ("kvkNumber=", [("kvkNumber", "unknown")]),
        ("name=x", [("name", "unknown-key")]),
        ("search=%00", [("search", "unreadable")]),
        ("search=" + "x" * 201, [("search", "too-long")]),
    ],
)
def test_unknown_keys_and_values_are_refused(reader: Caller, query: str, expected: list[tuple[str, str]]) -> None:
    assert refused(reader.get("organisations", query)) == expected


def test_pages_follow_the_name(reader: Caller) -> None:
    for name in ("b", "A", "a", "C", "B"):
        OrganisationFactory(name=name)
    whole = reader.rows("organisations")
    body = parsed(reader.get("organisations", "pageSize=2"))
    found = body["results"]
    while body["next"]:
        body = parsed(reader.get(body["next"].removeprefix("http://testserver")))
        found += body["results"]

    assert found == whole
    assert [row["name"].lower() for row in found] == sorted(row["name"].lower() for row in found)


def test_where_it_takes_part_follows_the_visibility_of_reports(
    coordinator: Caller, stranger: Caller, reader: Caller, manager: Caller
) -> None:
    factories.reported("scale", "2025Q1", company(1, name="Eerst BV"), coordinator=coordinator.user)
    factories.reported("snel", "2025Q2", company(1, name="Later BV"), school(), coordinator=stranger.user)
    (row,) = reader.rows("organisations", "kvkNumber=00000001")
    address = f"organisations/{row['id']}"

    def seen(who: Caller) -> list[tuple[str, str, str]]:
        return [
            (each["consortium"], each["period"], each["name"]) for each in parsed(who.get(address))["participations"]
        ]

    assert row["name"] == "Eerst BV"
    assert seen(coordinator) == [("scale", "2025Q1", "Eerst BV")]
    assert seen(stranger) == [("snel", "2025Q2", "Later BV")]
    assert seen(reader) == seen(manager) == [("scale", "2025Q1", "Eerst BV"), ("snel", "2025Q2", "Later BV")]
    assert seen(without_role()) == []
    manager.post("reports/snel/2025Q2/withdrawals", {"reason": "dubbel"})
    assert seen(reader) == [("scale", "2025Q1", "Eerst BV")]
    refused(reader.get(f"organisations/{uuid4()}"), 404)
    refused(reader.get("organisations/nonsense"), 404)
