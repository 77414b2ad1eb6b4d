"""Reference data over REST."""

from datetime import timedelta
from typing import Any

import pytest

from consortia import clock
from consortia.models import Consortium, Organisation, OrganisationType, Partner
from impact import ledger
from impact import programme as office
from impact.models import Indicator, Quarter
from tests import factories
from tests.api.conftest import Caller, caller, parsed, refused

pytestmark = pytest.mark.django_db


def test_the_fifteen_hips_come_in_order_on_one_page(anonymous: Caller) -> None:
    body = parsed(anonymous.get("consortia"))

    assert len(body["results"]) == 15
    assert body["next"] is None
    first = body["results"][0]
    assert (first["slug"], first["leadPartner"], first["grantEur"]) == ("scale", "Da Vinci College", 9_000_000)
    assert (first["startDate"], first["endDate"]) == ("2023-09-01", "2027-09-30")
    assert first["totalCostEur"] == 21_500_000
    unknown = next(row for row in body["results"] if row["slug"] == "people")
    assert (unknown["leadPartner"], unknown["grantEur"], unknown["totalCostEur"]) == (None, None, None)


def test_one_hip_is_as_in_the_list(anonymous: Caller) -> None:
    assert parsed(anonymous.get("consortia/scale")) == anonymous.rows("consortia")[0]
    refused(anonymous.get("consortia/no-such-hip"), 404)


def test_a_hip_that_leaves_shows_its_last_day(anonymous: Caller) -> None:
    hip = Consortium.objects.get(slug="snel")
    office.set_participation(
        actor=None, consortium=hip, start_date=clock.today() - timedelta(days=400), end_date=clock.today()
    )

    assert parsed(anonymous.get("consortia/snel"))["endDate"] == clock.today().isoformat()


def test_a_lead_partner_of_the_past_is_not_shown(anonymous: Caller) -> None:
    hip = Consortium.objects.get(slug="people")
    for name, first, last in (("Vroeger", -20, -10), ("Nu", -9, None)):
        lead = Organisation.objects.create(name=name, organisation_type=OrganisationType.SCHOOL)
        Partner.objects.create(
            consortium=hip,
            organisation=lead,
            role="lead",
            start_date=clock.today() + timedelta(days=first),
            end_date=last and clock.today() + timedelta(days=last),
        )

    assert parsed(anonymous.get("consortia/people"))["leadPartner"] == "Nu"


def test_action_lines_come_in_the_official_order(anonymous: Caller) -> None:
    rows = anonymous.rows("action-lines")

    assert [row["code"] for row in rows] == [
        "ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure"
    ]  # fmt: skip
    assert set(rows[0]) == {"code", "name", "definition"}
    assert set(rows[0]["name"]) == {"nl", "en"}


def test_the_codebook_says_how_each_indicator_counts(anonymous: Caller) -> None:
    rows = {row["code"]: row for row in anonymous.rows("indicators")}

    assert len(rows) == 19
    companies = rows["companies"]
    assert (companies["kind"], companies["source"], companies["byActionLine"]) == ("unique", "derived", True)
    assert companies["isProposal"] is True
    assert rows["project-costs"]["byActionLine"] is False
    assert rows["training-completions"]["kind"] == "ratio"
    assert companies["definitions"][0]["fromPeriod"] == "2023Q3"


def test_a_new_definition_holds_from_its_quarter_on(anonymous: Caller) -> None:
    indicator = Indicator.objects.get(code="curricula")
    for period, unit in (("2026Q1", "courses"), ("2027Q3", "modules")):
        office.define_indicator(
            actor=None,
            indicator=indicator,
            from_quarter=Quarter.objects.get(pk=period),
            kind="flow",
            unit=unit,
            source="entered",
            meaning_nl="nieuw",
            meaning_en="new",
        )

    row = next(row for row in anonymous.rows("indicators") if row["code"] == "curricula")
    assert row["unit"] == "courses"
    assert [each["fromPeriod"] for each in row["definitions"]] == ["2023Q3", "2026Q1", "2027Q3"]
    assert row["definitions"][-1]["definition"] == {"nl": "nieuw", "en": "new"}
    seqs = [each["seq"] for each in row["definitions"]]
    assert seqs == sorted(seqs)
    assert seqs[-1] == ledger.newest()
    assert all(each["recordedAt"].endswith("Z") for each in row["definitions"])


def test_periods_say_who_has_reported(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1")
    factories.reported("snel", "2025Q1", upto="submitted")
    office.close_quarter(actor=None, quarter=Quarter.objects.get(pk="2024Q1"))

    rows = {row["id"]: row for row in anonymous.rows("periods")}

    assert len(rows) == 17
    assert next(iter(rows)) == "2023Q3"
    assert rows["2025Q1"] == {
        "id": "2025Q1",
        "startDate": "2025-01-01",
        "endDate": "2025-03-31",
        "dueDate": "2025-04-30",
        "status": "open",
        "expected": 15,
        "reported": 1,
    }
    assert rows["2024Q1"]["status"] == "closed"
    assert rows["2027Q3"]["status"] == "upcoming"


@pytest.mark.parametrize("address", ["consortia", "action-lines", "indicators", "periods", "goals", "progress"])
def test_every_list_comes_in_pages_that_follow_each_other(anonymous: Caller, address: str) -> None:
    whole = anonymous.rows(address)
    found: list[Any] = []
    following = f"/api/v1/{address}?pageSize=2"
    while following:
        body = parsed(Caller().get(following.removeprefix("http://testserver")))
        assert len(body["results"]) <= 2
        found += body["results"]
        following = body["next"]

    assert found == whole


@pytest.mark.parametrize("query", ["pageSize=0", "pageSize=5001", "pageSize=ten", "pageSize=", "pageSize=%C2%B2"])
def test_a_page_has_1_to_5000_rows(anonymous: Caller, query: str) -> None:
    assert refused(anonymous.get("periods", query)) == [("pageSize", "out-of-range")]


def test_a_page_token_of_another_list_is_refused(anonymous: Caller) -> None:
    token = parsed(anonymous.get("periods", {"pageSize": 1}))["next"].partition("pageToken=")[2]

    assert anonymous.get("periods", f"pageToken={token}").status_code == 200
    assert refused(anonymous.get("indicators", f"pageToken={token}")) == [("pageToken", "unknown")]
    assert refused(anonymous.get("periods", "pageToken=nonsense")) == [("pageToken", "unknown")]


@pytest.mark.parametrize("address", ["consortia", "consortia/scale", "action-lines", "indicators", "periods"])
def test_unknown_keys_are_refused(anonymous: Caller, address: str) -> None:
    assert refused(anonymous.get(address, "year=2025")) == [("year", "unknown-key")]


def test_what_the_caller_has_is_not_sent_again(anonymous: Caller) -> None:
    tag = anonymous.get("periods")["ETag"]
    known = anonymous.get("periods", If_None_Match=f'"other", W/{tag}')

    assert known.status_code == 304
    assert known.content == b""
    assert known["ETag"] == tag
    factories.reported("scale", "2025Q1")
    assert anonymous.get("periods", If_None_Match=tag).status_code == 200


def test_a_token_needs_the_scope_to_read(programme: Any) -> None:
    assert caller("coordinator", "scale", scopes=["read"]).get("periods").status_code == 200
    refused(caller("coordinator", "scale", scopes=["report"]).get("periods"), 403)


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Bearer a b", "bearer \xe9"])
def test_a_bad_token_is_refused_also_where_none_is_needed(anonymous: Caller, header: str) -> None:
    response = anonymous.get("periods", Authorization=header)

    refused(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"
