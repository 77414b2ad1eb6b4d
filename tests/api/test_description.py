"""The rules of the NLGov linter beside those of `test_rules`, over the committed description, without the linter."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return dict(json.loads((settings.BASE_DIR / "openapi.json").read_text()))


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, of_path in description["paths"].items():
        for method, operation in of_path.items():
            yield path, method, operation


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the description, at whatever depth."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(child)


def test_only_standard_methods_are_used_and_no_path_ends_with_a_slash(description: dict[str, Any]) -> None:
    for path, method, _operation in operations(description):
        assert method in METHODS, path
        assert not path.endswith("/")


def test_the_parameters_of_a_path_are_those_that_are_declared(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        declared = [each for each in operation.get("parameters", []) if each["in"] == "path"]
        assert sorted(each["name"] for each in declared) == sorted(re.findall(r"\{(\w+)\}", path)), (path, method)
        assert all(each["required"] for each in declared)
        names = [(each["in"], each["name"]) for each in operation.get("parameters", [])]
        assert len(set(names)) == len(names), (path, method)


def test_every_answer_that_is_no_error_has_the_version_among_its_headers(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for status, response in operation["responses"].items():
            if status[0] in "23":
                assert "API-Version" in response["headers"], (path, method, status)


def test_every_error_has_the_members_of_problem_details(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for path, method, operation in operations(description):
        for status, response in operation["responses"].items():
            if status[0] in "45":
                reference = response["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
                members = schemas[reference]["properties"]
                assert {"status", "title", "detail"} <= members.keys(), (path, method, status)


def test_every_write_and_every_read_with_parameters_can_be_a_400(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        if method not in ("get", "delete") or operation.get("parameters"):
            assert "400" in operation["responses"], (path, method)


def test_dates_are_dates_and_times_have_their_zone(description: dict[str, Any]) -> None:
    for node in objects(description):
        for name, member in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            if re.search(r"(^date$|^datum$|\wDate$|\wDatum$|_[dD]ate|_[dD]atum)", name):
                assert member.get("format") == "date", name
            assert member.get("format") not in ("time", "date-time-local"), name


def test_tags_and_schemas_have_names_of_their_own_in_the_right_case(description: dict[str, Any]) -> None:
    tags = [each["name"] for each in description.get("tags", [])]
    assert len(set(tags)) == len(tags)
    for name in description["components"]["schemas"]:
        assert re.fullmatch(r"([A-Z][a-z\d]*)+", name)


def test_no_server_is_without_tls_and_each_has_the_major_version(description: dict[str, Any]) -> None:
    for server in description["servers"]:
        assert not server["url"].startswith("http://")
        assert re.search(r"/v\d+$", server["url"])


def test_examples_are_of_the_kind_that_they_stand_for(description: dict[str, Any]) -> None:
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
    for node in objects(description):
        if "example" in node and node.get("type") in kinds:
            assert isinstance(node["example"], kinds[node["type"]]), node
