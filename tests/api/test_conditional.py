"""Whether a caller has an answer already is told by one small query; what stays for ever says so."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date

from consortia.models import Consortium, Organisation, Partner, Role
from impact import fingerprint, ledger, vintages
from impact.models import Goal
from tests import factories
from tests.api.conftest import Caller, without_role
from tests.factories import company, figure, headcount

pytestmark = pytest.mark.django_db

FOR_EVER = "max-age=31536000, immutable"
KEYED = {
    "figures": "",
    "roll-ups": "period=2025Q1",
    "overlaps": "period=2025Q1&measure=value",
    "dynamics": "period=2025Q1",
    "goals": "",
    "progress": "",
    "lineage": "indicator=companies&period=2025Q1",
    "changes": "",
    "vintages": "",
    "vintages/a": "",
    "vintage-comparisons": "from=a",
    "consortia": "",
    "consortia/scale": "",
    "indicators": "",
    "periods": "",
}
OF_A_MOMENT = ["figures", "roll-ups", "overlaps", "dynamics", "goals", "progress", "lineage"]
STAYING = ["figures", "roll-ups", "overlaps", "dynamics"]


@pytest.fixture
def published(programme: Any) -> int:
    factories.reported("scale", "2025Q1", company(1), figure("assignments", 12), headcount(20, 8))
    return vintages.publish(actor=factories.user(Role.MANAGER), code="a").entry_id


def known(who: Caller, address: str, query: str, tag: str) -> list[str]:
    """The queries of asking again."""
    with CaptureQueriesContext(connection) as captured:
        response = who.get(address, query, If_None_Match=tag)
    assert response.status_code == 304, (address, query)
    assert response.content == b""
    return [each["sql"] for each in captured]


@pytest.mark.parametrize("address", KEYED)
def test_an_anonymous_caller_who_has_the_answer_costs_one_query(
    published: int, anonymous: Caller, address: str
) -> None:
    moments = ["", f"asOf={published}", "asOf=2030-01-01T00:00:00Z"] if address in OF_A_MOMENT else [""]
    for moment in moments:
        asked = "&".join(part for part in (KEYED[address], moment) if part)
        with time_machine.travel("2031-01-01") if "2030" in moment else time_machine.travel(timezone.now()):
            response = anonymous.get(address, asked)
            if response.status_code == 200:
                assert len(known(anonymous, address, asked, response["ETag"])) == 1


def test_with_a_token_the_token_and_the_role_are_looked_up_as_well(published: int, reader: Caller) -> None:
    for address in ("figures", "roll-ups", "overlaps", "dynamics", "goals", "progress"):
        tag = reader.get(address, KEYED[address])["ETag"]
        queries = known(reader, address, KEYED[address], tag)
        assert len(queries) <= 3, queries


def test_a_page_that_the_caller_has_costs_one_query(published: int, anonymous: Caller) -> None:
    following = anonymous.get("roll-ups", "pageSize=5&period=2025Q1").json()["next"].removeprefix("http://testserver")
    tag = anonymous.get(following)["ETag"]
    factories.reported("snel", "2025Q1", company(2))

    assert len(known(anonymous, following, None, tag)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("address", KEYED)
def test_a_new_entry_makes_a_new_tag_but_not_as_of_before_it(published: int, anonymous: Caller, address: str) -> None:
    query = KEYED[address]
    old = anonymous.get(address, query)["ETag"]
    then = f"{query}&asOf={published}".lstrip("&")
    fixed = anonymous.get(address, then)["ETag"] if address in OF_A_MOMENT else None
    factories.reported("snel", "2025Q1", company(2))

    assert anonymous.get(address, query)["ETag"] != old
    if fixed:
        assert anonymous.get(address, then)["ETag"] == fixed


def test_a_new_name_makes_a_new_tag(published: int, anonymous: Caller) -> None:
    tags = [anonymous.get("goals")["ETag"]]
    Goal.objects.update(name_nl="Anders")
    tags.append(anonymous.get("goals")["ETag"])
    Consortium.objects.filter(slug="snel").update(name="Anders")
    tags.append(anonymous.get("goals")["ETag"])

    assert len(set(tags)) == 3


def test_another_lead_partner_or_its_new_name_makes_a_new_tag(published: int, anonymous: Caller) -> None:
    organisation = factories.OrganisationFactory()
    scale = Consortium.objects.get(slug="scale")
    tags = [anonymous.get("consortia/scale")["ETag"]]
    Partner.objects.filter(consortium=scale).delete()
    Partner.objects.create(consortium=scale, organisation=organisation, role="lead")
    tags.append(anonymous.get("consortia/scale")["ETag"])
    Organisation.objects.filter(pk=organisation.pk).update(name="Heel anders")
    renamed = anonymous.get("consortia/scale")
    tags.append(renamed["ETag"])

    assert len(set(tags)) == 3
    assert renamed.json()["leadPartner"] == "Heel anders"


def test_what_differs_in_how_it_is_asked_for_has_another_tag(published: int, anonymous: Caller, reader: Caller) -> None:
    tags = [
        anonymous.get("roll-ups", "period=2025Q1")["ETag"],
        anonymous.get("roll-ups", "period=2025Q2")["ETag"],
        anonymous.get("roll-ups", "period=2025Q1", Accept="text/csv")["ETag"],
        anonymous.get("roll-ups", "period=2025Q1", Accept="application/x-ndjson")["ETag"],
        anonymous.get("roll-ups", "period=2025Q1", Accept="application/json-stat+json")["ETag"],
        anonymous.get("roll-ups", "period=2025Q1", Accept_Language="en")["ETag"],
        reader.get("roll-ups", "period=2025Q1")["ETag"],
    ]

    assert len(set(tags)) == len(tags)


def test_the_answer_of_a_request_that_is_none_is_no_304(published: int, anonymous: Caller) -> None:
    assert anonymous.get("figures", "period=x", If_None_Match="*").status_code == 400
    assert anonymous.get("figures", If_None_Match="*").status_code == 304
    assert anonymous.get("figures", If_None_Match="*", Accept="text/csv").status_code == 304


# --- for ever


@pytest.mark.parametrize("address", STAYING)
def test_what_is_of_a_moment_may_be_kept_by_anybody_for_ever(published: int, anonymous: Caller, address: str) -> None:
    for moment in (str(published), timezone.now().isoformat().replace("+", "%2B")):
        asked = f"{KEYED[address]}&asOf={moment}".lstrip("&")
        response = anonymous.get(address, asked)
        assert response["Cache-Control"] == f"public, {FOR_EVER}"
        again = anonymous.get(address, asked, If_None_Match=response["ETag"])
        assert again["Cache-Control"] == f"public, {FOR_EVER}"
        assert parse_http_date(response["Last-Modified"]) <= timezone.now().timestamp()
        for name in ("Accept", "Accept-Encoding", "Accept-Language", "Authorization"):
            assert name in response["Vary"]
    assert "no-cache" in anonymous.get(address, KEYED[address])["Cache-Control"]


def test_every_page_after_the_first_is_of_a_moment(published: int, anonymous: Caller) -> None:
    first = anonymous.get("figures", "pageSize=1")

    assert "no-cache" in first["Cache-Control"]
    second = anonymous.get(first.json()["next"].removeprefix("http://testserver"))
    assert second["Cache-Control"] == f"public, {FOR_EVER}"


def test_a_vintage_stays_as_it_was_published(published: int, anonymous: Caller, reader: Caller) -> None:
    assert anonymous.get("vintages/a")["Cache-Control"] == f"public, {FOR_EVER}"
    assert "no-cache" in reader.get("vintages/a")["Cache-Control"]
    assert "no-cache" in anonymous.get("vintages")["Cache-Control"]


def test_what_a_token_shows_is_kept_by_its_caller_alone(published: int, reader: Caller) -> None:
    assert reader.get("figures", f"asOf={published}")["Cache-Control"] == f"private, {FOR_EVER}"


def test_who_may_be_shown_more_later_asks_again(published: int) -> None:
    assert "no-cache" in without_role().get("figures", f"asOf={published}")["Cache-Control"]


@pytest.mark.parametrize("address", ["goals", "progress", "lineage"])
def test_what_holds_names_or_goes_with_the_day_is_asked_for_again(
    published: int, anonymous: Caller, address: str
) -> None:
    asked = f"{KEYED[address]}&asOf={published}".lstrip("&")

    assert "no-cache" in anonymous.get(address, asked)["Cache-Control"]
    assert "no-cache" in anonymous.get("roll-ups", asked, Accept="application/json-stat+json")["Cache-Control"] or (
        address != "goals"
    )


def test_before_the_first_vintage_slugs_can_change_so_nothing_is_for_ever(programme: Any, anonymous: Caller) -> None:
    assert "no-cache" in anonymous.get("figures", f"asOf={ledger.newest()}")["Cache-Control"]


# --- Last-Modified


def test_who_asks_by_date_is_told_only_once_the_second_is_long_over(published: int, anonymous: Caller) -> None:
    fresh = anonymous.get("figures")["Last-Modified"]
    assert anonymous.get("figures", If_Modified_Since=fresh).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        settled = anonymous.get("figures")["Last-Modified"]
        changed_at = fingerprint.read().changed_at
        assert changed_at is not None
        assert parse_http_date(settled) == int(changed_at.timestamp())
        assert anonymous.get("figures", If_Modified_Since=settled).status_code == 304
        assert anonymous.get("figures", If_Modified_Since=settled, If_None_Match='"x"').status_code == 200


def test_a_date_says_nothing_of_what_a_token_shows(published: int, reader: Caller) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        settled = reader.get("figures")["Last-Modified"]
        assert reader.get("figures", If_Modified_Since=settled).status_code == 200


def test_what_goes_with_the_day_was_changed_by_midnight_at_the_latest(published: int, anonymous: Caller) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        modified = parse_http_date(anonymous.get("progress")["Last-Modified"])

        assert timezone.now().timestamp() - modified < 25 * 60 * 60
