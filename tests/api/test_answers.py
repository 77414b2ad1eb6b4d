"""Answers are as the description says, and a longer list asks no more of the database."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openapi_schema_validator import OAS30ReadValidator

from impact import materialise
from tests import factories
from tests.api.conftest import DRAFT, Caller, parsed
from tests.factories import OrganisationFactory, company, figure, headcount

pytestmark = pytest.mark.django_db


def described(operation: str, status: str) -> dict[str, Any]:
    """The schema of an answer, with every reference written out and null allowed where it says so."""
    whole = json.loads((settings.BASE_DIR / "openapi.json").read_text())

    def spell_out(node: Any) -> Any:
        if isinstance(node, list):
            return [spell_out(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return spell_out(deepcopy(whole["components"]["schemas"][node["$ref"].rpartition("/")[2]]))
        node = {key: spell_out(value) for key, value in node.items()}
        if node.get("nullable") and "allOf" in node:
            return {"anyOf": [*node["allOf"], {"type": "object", "nullable": True, "maxProperties": 0}]}
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False
        return node

    for of_path in whole["paths"].values():
        for each in of_path.values():
            if each["operationId"] == operation:
                return dict(spell_out(each["responses"][status]["content"]["application/json"]["schema"]))
    raise AssertionError(operation)


def fits(response: Any, operation: str, status: str = "200") -> None:
    assert response.status_code == int(status), response.content
    body = json.loads(b"".join(response.streaming_content) if response.streaming else response.content)
    errors = [
        f"{list(error.absolute_path)}: {error.message}"
        for error in OAS30ReadValidator(described(operation, status)).iter_errors(body)
    ]
    assert not errors, errors[:5]


def test_every_answer_is_as_described(
    coordinator: Caller, reviewer: Caller, manager: Caller, anonymous: Caller
) -> None:
    factories.reported("snel", "2025Q1", company(1), figure("assignments", 3), headcount(4, 2))
    report = "reports/scale/2025Q1"
    fits(coordinator.get(report), "getReport")
    fits(coordinator.post(f"{report}/checks", {**DRAFT, "figures": [{"indicator": "x"}]}), "checkDraft")
    fits(coordinator.put(f"{report}/draft", DRAFT, If_Match="*"), "replaceDraft")
    fits(coordinator.post(f"{report}/submissions", {"comment": "klaar"}), "submitReport", "201")
    seen = parsed(reviewer.get(report))["contentHash"]
    remark = [{"pointer": "/figures/0", "comment": "?"}]
    returned = {"decision": "return", "contentHash": seen, "returned": remark}
    fits(reviewer.post(f"{report}/reviews", returned), "reviewReport", "201")
    coordinator.put(f"{report}/draft", DRAFT, If_Match="*")
    coordinator.post(f"{report}/submissions")
    reviewer.post(f"{report}/reviews", {"decision": "accept", "contentHash": seen})
    fits(coordinator.post(f"{report}/corrections", {"reason": "telfout"}), "correctReport", "201")
    fits(manager.post(f"{report}/withdrawals", {"reason": "dubbel"}), "withdrawReport", "201")
    for who in (manager, anonymous):
        fits(who.get("consortia"), "listConsortia")
        fits(who.get("consortia/scale"), "getConsortium")
        fits(who.get("action-lines"), "listActionLines")
        fits(who.get("indicators"), "listIndicators")
        fits(who.get("periods"), "listPeriods")
        fits(who.get("goals"), "listGoals")
        fits(who.get("progress"), "listProgress")
        fits(who.get("figures"), "listFigures")
        fits(who.get("roll-ups", "period=2025Q1"), "listRollUps")
    fits(manager.get("reports"), "listReports")
    fits(manager.get(f"{report}/versions"), "listVersions")
    fits(manager.get(f"{report}/versions/1"), "getVersion")
    fits(manager.get("organisations"), "listOrganisations")
    (organisation,) = manager.rows("organisations", "kvkNumber=00000001")
    fits(manager.get(f"organisations/{organisation['id']}"), "getOrganisation")


def test_every_key_of_the_contract_is_always_there(anonymous: Caller) -> None:
    for address, keys in {
        "consortia": "slug name leadPartner regions themes startDate endDate grantEur totalCostEur",
        "action-lines": "code name definition",
        "indicators": "code kind unit source byActionLine name definition isProposal",
        "periods": "id startDate endDate dueDate status expected reported",
        "goals": "code indicator measure baseline target revisions",
        "progress": "goal indicator baseline target originalTarget latest latestFinal series shareOfGrowth "
        "shareOfTarget neededPerQuarter atCurrentPace",
    }.items():
        for row in anonymous.rows(address):
            assert set(keys.split()) <= row.keys(), address


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = call()
        if response.streaming:
            b"".join(response.streaming_content)
    assert response.status_code == 200
    return len(captured)


LISTS = [
    "consortia", "action-lines", "indicators", "periods", "goals", "progress", "figures", "roll-ups?period=2025Q1",
    "roll-ups?period=2025Q1&pageSize=100", "reports", "reports/scale/2025Q1/versions", "organisations",
    "organisations?search=bedrijf", "openapi.json",
]  # fmt: skip


STORED = [address for address in LISTS if address.startswith(("roll-ups", "progress"))]


@pytest.mark.parametrize(
    ("address", "stored"), [*((address, False) for address in LISTS), *((address, True) for address in STORED)]
)
def test_a_longer_list_asks_no_more_of_the_database(manager: Caller, address: str, stored: bool) -> None:
    bare, _mark, query = address.partition("?")
    grow("scale", "2025Q1", 1)
    if stored:
        materialise.roll_up()
    manager.get(bare, query)
    few = queries(lambda: manager.get(bare, query))
    grow("snel", "2025Q1", 2)
    grow("snel", "2025Q2", 3)
    grow("people", "2025Q1", 4)
    if stored:
        materialise.roll_up()

    assert queries(lambda: manager.get(bare, query)) == few <= 20


def grow(hip: str, period: str, number: int) -> None:
    version = factories.reported(
        hip, period, *(company(100 * number + each) for each in range(5 * number)),
        figure("assignments", number), headcount(number + 1, number),
    )  # fmt: skip
    OrganisationFactory.create_batch(number)
    assert version.status == "accepted"


@pytest.mark.parametrize("address", ["reports/scale/2025Q1", "reports/scale/2025Q1/versions/1"])
def test_a_longer_report_asks_no_more_of_the_database(coordinator: Caller, address: str) -> None:
    coordinator.put("reports/scale/2025Q1/draft", DRAFT, If_Match="*")
    few = queries(lambda: coordinator.get(address))
    more = [{**DRAFT["participations"][0], "kvkNumber": f"{number:08}"} for number in range(50)]
    coordinator.put("reports/scale/2025Q1/draft", {**DRAFT, "participations": more}, If_Match="*")

    assert queries(lambda: coordinator.get(address)) == few <= 20


def test_a_bigger_draft_asks_no_more_of_the_database(coordinator: Caller) -> None:
    def put(rows: int) -> int:
        companies = [{**DRAFT["participations"][0], "kvkNumber": f"{number:08}"} for number in range(rows)]
        body = {**DRAFT, "participations": companies}
        return queries(lambda: coordinator.put("reports/scale/2025Q1/draft", body, If_Match="*"))

    put(1)
    assert put(10) == put(200)
