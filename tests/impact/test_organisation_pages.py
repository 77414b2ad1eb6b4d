"""The list of organisations as a page and as a grid: proposals, cells, pasted rows, conflicts."""

import html
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia.models import Role, User
from impact import proposals, reporting
from impact.drafts import lines_of
from impact.edits import Edit, key_of
from impact.forms import organisation_rows
from impact.forms.organisation_rows import totals
from impact.forms.participations import listed
from impact.models import DroppedProposal
from impact.standing import standing
from impact.views import organisation_rows as rows_view
from tests import factories
from tests.factories import company, school

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD, BEFORE = "scale", "2025Q2", "2025Q1"
WHERE: dict[str, Any] = {"consortium": HIP, "quarter": PERIOD}
PAGE = f"/en/rapportages/{HIP}/{PERIOD}?sectie=participations"
ROWS = f"/en/rapportages/{HIP}/{PERIOD}/organisaties"


@pytest.fixture
def coordinator(programme: None) -> User:
    return factories.user(Role.COORDINATOR, HIP)


@pytest.fixture
def client(coordinator: User) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


def send(client: Client, user: User, step: str, **more: Any) -> Any:
    body = {"step": step, "user": str(user.pk), **more}
    return client.post(ROWS, json.dumps(body), content_type="application/json")


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def pairs(user: User) -> dict[str, list[tuple[str, str]]]:
    version = standing(user, HIP, PERIOD).version
    rows = listed(lines_of(version)) if version else {}
    return {key: [(line.action_line, line.involvement) for line in row.lines] for key, row in rows.items()}


# --- without a script


def test_the_list_shows_what_is_proposed_confirmed_and_dropped(client, coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2), company(3))
    proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000001"])
    proposals.drop(actor=coordinator, **WHERE, identifiers=["00000002"])

    page = text(client.get(PAGE))

    assert re.search(r"1 proposed\s*1 confirmed\s*1 dropped", page)
    assert "also in 2025\N{NO-BREAK SPACE}Q1" in page or "also in 2025 Q1" in page
    assert "1/2" in page, "the navigation says how many are confirmed"


def test_each_row_is_confirmed_dropped_and_restored_by_its_own_button(client, coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    base = standing(coordinator, HIP, PERIOD).tag

    client.post(PAGE, {"base": base, "confirm": "00000001"})
    client.post(PAGE, {"base": base, "drop": "00000002"})
    assert (list(pairs(coordinator)), DroppedProposal.objects.count()) == (["00000001"], 1)
    client.post(PAGE, {"base": base, "restore": "00000002"})
    client.post(PAGE, {"base": standing(coordinator, HIP, PERIOD).tag, "drop": "00000001"})

    assert pairs(coordinator) == {}
    assert [row.identifier for row in DroppedProposal.objects.all()] == ["00000001"]


def test_ticked_proposals_are_confirmed_together(client, coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2), company(3))

    client.post(PAGE, {"base": "", "stap": "confirm", "organisation": ["00000001", "00000003"]})

    assert list(pairs(coordinator)) == ["00000001", "00000003"]


def test_what_is_ticked_and_chosen_stays_when_something_is_missing(client, coordinator):
    factories.reported(HIP, PERIOD, company(1), company(2), upto="draft", coordinator=coordinator)
    base, before = standing(coordinator, HIP, PERIOD).tag, pairs(coordinator)

    for step in ("tick", "untick"):
        sent = {"base": base, "stap": step, "organisation": ["00000002"], "action_line": "talent"}
        response = client.post(PAGE, sent)
        page = response.content.decode()
        assert response.status_code == 422
        assert re.findall(r'value="(\d+)" checked', page) == ["00000002"]
        assert 'value="talent" selected' in page.split('name="action_line"')[-1]
        assert 'href="#involvement"' in page
        assert 'id="ticked-error">Choose an action line and how they take part.' in page
    for step in ("tick", "confirm"):
        response = client.post(PAGE, {"base": base, "stap": step})
        assert response.status_code == 422
        assert 'id="ticked-error">Tick the organisations first' in response.content.decode()

    assert pairs(coordinator) == before


def test_an_organisation_that_is_left_out_on_a_stale_page_is_shown_beside_what_a_colleague_saved(client, coordinator):
    factories.reported(HIP, PERIOD, company(1), company(2), upto="draft", coordinator=coordinator)
    stale = standing(coordinator, HIP, PERIOD).tag
    added = company(1, action_line="talent")
    reporting.edit(actor=coordinator, **WHERE, wanted=[Edit(key_of(added), None, added)])

    response = client.post(PAGE, {"base": stale, "drop": "00000001"})

    assert response.status_code == 409
    assert len(pairs(coordinator)["00000001"]) == 2


def test_one_pick_from_the_register_adds_it_in_the_way_most_took_part(client, coordinator):
    factories.reported(HIP, BEFORE, company(1, action_line="talent", involvement="network"))
    factories.OrganisationFactory(kvk_number="69599084", name="Test EMZ Dagobert")

    found = client.get(f"{PAGE}&zoek=dagobert")
    client.post(PAGE, {"base": standing(coordinator, HIP, PERIOD).tag, "add": "69599084"})

    assert 'name="add" value="69599084"' in found.content.decode()
    assert pairs(coordinator) == {"69599084": [("talent", "network")]}


def test_in_a_first_quarter_a_pick_asks_how_it_takes_part(client, coordinator):
    factories.OrganisationFactory(kvk_number="69599084")

    response = client.post(PAGE, {"base": "", "add": "69599084"})

    assert response["Location"].endswith("nieuw=69599084")
    assert pairs(coordinator) == {}


# --- row by row, for the grid


def test_a_cell_is_set_and_its_row_comes_back_as_the_page_writes_it(client, coordinator):
    factories.reported(HIP, PERIOD, company(1), upto="draft", coordinator=coordinator)

    where = {"organisation": "00000001", "group": "confirmed", "actionLine": "talent"}
    answer = send(client, coordinator, "set", **where, **{"from": [], "to": ["training"]}).json()

    assert pairs(coordinator) == {"00000001": [("innovation", "project"), ("talent", "training")]}
    assert (answer["conflicts"], answer["errors"]) == ([], [])
    assert 'data-codes="training"' in answer["rows"][0]["html"]
    assert "<th" in answer["totals"] and answer["counts"]["confirmed"] == 1


def test_a_cell_that_a_colleague_changed_is_a_conflict_and_not_overwritten(client, coordinator):
    factories.reported(HIP, PERIOD, company(1, involvement="network"), upto="draft", coordinator=coordinator)

    where = {"organisation": "00000001", "group": "confirmed", "actionLine": "innovation"}
    answer = send(client, coordinator, "set", **where, **{"from": ["project"], "to": ["training"]}).json()

    assert pairs(coordinator) == {"00000001": [("innovation", "network")]}
    (conflict,) = answer["conflicts"]
    assert (conflict["mine"], conflict["theirs"]) == ("innovation: training", "innovation: network")


def test_a_cell_of_an_organisation_that_a_colleague_took_out_is_a_conflict(client, coordinator):
    factories.reported(HIP, PERIOD, company(2), upto="draft", coordinator=coordinator)

    where = {"organisation": "00000001", "group": "confirmed", "actionLine": "innovation"}
    answer = send(client, coordinator, "set", **where, **{"from": ["project"], "to": []}).json()

    assert (answer["conflicts"][0]["theirs"], answer["gone"]) == ("not there", ["00000001"])


def test_the_last_line_of_an_organisation_is_not_taken_away_by_a_cell(client, coordinator):
    factories.reported(HIP, PERIOD, company(1), upto="draft", coordinator=coordinator)

    where = {"organisation": "00000001", "group": "confirmed", "actionLine": "innovation"}
    answer = send(client, coordinator, "set", **where, **{"from": ["project"], "to": []}).json()

    assert "At least one action line" in answer["errors"][0]["detail"]
    assert list(pairs(coordinator)) == ["00000001"]


def test_a_cell_of_a_proposal_confirms_it_with_that_change(client, coordinator):
    factories.reported(HIP, BEFORE, company(1))

    where = {"organisation": "00000001", "group": "proposed", "actionLine": "talent"}
    send(client, coordinator, "set", **where, **{"from": [], "to": ["project"]})

    assert pairs(coordinator) == {"00000001": [("innovation", "project"), ("talent", "project")]}


def test_all_are_confirmed_and_one_is_dropped_and_restored(client, coordinator):
    factories.reported(HIP, BEFORE, company(1), school(), company(3))

    send(client, coordinator, "drop", organisations=["00000003"], seen={})
    everything = send(client, coordinator, "confirm", organisations=None).json()
    restored = send(client, coordinator, "restore", organisations=["00000003"]).json()

    assert everything["counts"] == {"proposed": 0, "confirmed": 2, "dropped": 1}
    assert [row["group"] for row in restored["rows"]] == ["proposed"]


def test_a_row_is_dropped_only_as_it_was_seen(client, coordinator):
    factories.reported(HIP, PERIOD, company(1), company(1, action_line="talent"), upto="draft", coordinator=coordinator)

    seen = {"00000001": [["innovation", "project"]]}
    answer = send(client, coordinator, "drop", organisations=["00000001"], seen=seen).json()

    assert answer["conflicts"][0]["key"] == "00000001"
    assert len(pairs(coordinator)["00000001"]) == 2


def test_a_pasted_block_is_added_and_its_faults_are_told_by_row(client, coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    factories.OrganisationFactory(kvk_number="69599084", name="Test EMZ Dagobert", size_class="medium")
    block = "\n".join(
        (
            "KVK-nummer\tNaam\tPostcode\tActielijn\tVia",
            "00000001",
            "69599084",
            "68750110\tNieuw BV\t3311AB\ttalent\tnetwerk",
            "123\tFout BV",
            "68727720\tOok fout BV\t3311 AB\tketen van iets\tproject",
        )
    )

    answer = send(client, coordinator, "paste", text=block, actionLine="innovation", involvement="project").json()

    assert pairs(coordinator) == {
        "00000001": [("innovation", "project")],
        "69599084": [("innovation", "project")],
        "68750110": [("talent", "network")],
    }
    assert [(error["row"], bool(error["detail"])) for error in answer["errors"]] == [(5, True), (6, True)]
    assert answer["rest"].splitlines() == ["123\tFout BV", "68727720\tOok fout BV\t3311 AB\tketen van iets\tproject"]
    assert answer["message"] == "3 organisations were added."


def test_what_no_page_sends_is_refused_and_changes_nothing(client, coordinator):
    factories.reported(HIP, BEFORE, company(1))
    where = {"organisation": "00000001", "actionLine": "talent", "from": [], "to": ["unknown"]}
    for body in (
        "", "[]", "{}", '{"step": "confirm"}', "\x00", '{"a": "\\ud800"}',
        json.dumps({"user": str(coordinator.pk), "step": "set", **where}),
        json.dumps({"user": str(coordinator.pk), "step": "drop", "organisations": ["00000001"], "seen": []}),
        json.dumps({"user": str(coordinator.pk), "step": "confirm", "organisations": [1]}),
        json.dumps({"user": str(coordinator.pk), "step": "paste", "text": "\x00"}),
    ):  # fmt: skip
        assert client.post(ROWS, body, content_type="application/json").status_code in (400, 409)
    assert pairs(coordinator) == {}


def test_a_page_asks_who_is_signed_in_by_now_and_gets_a_new_token(client, coordinator):
    factories.reported(HIP, BEFORE, company(1))
    answer = client.get(ROWS).json()
    colleague = Client()
    colleague.force_login(factories.user(Role.CONTRIBUTOR, HIP, name="Cas Collega"))
    refused = send(colleague, coordinator, "confirm", organisations=None)

    assert answer["user"] == str(coordinator.pk)
    assert len(answer["token"]) > 20
    # The page keeps its step: it is not this person's.
    assert refused.status_code == 409
    assert refused.json()["user"] != str(coordinator.pk)
    assert pairs(coordinator) == {}


def test_a_row_is_shown_as_it_is_by_now_without_being_changed(client, coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    answer = send(client, coordinator, "show", organisations=["00000002", "00000009"]).json()

    assert [(row["key"], row["group"]) for row in answer["rows"]] == [("00000002", "proposed")]
    assert answer["gone"] == ["00000009"]
    assert answer["counts"] == {"proposed": 2, "confirmed": 0, "dropped": 0}
    assert pairs(coordinator) == {}


def test_a_long_list_comes_in_pages_and_is_filtered_before_it_is_sent(client, coordinator, monkeypatch):
    monkeypatch.setattr(organisation_rows, "PAGE_SIZE", 10)
    factories.reported(HIP, BEFORE, *(company(each, name=f"Bedrijf {each:02d} Café") for each in range(1, 26)))
    proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000003"])

    def keys(query: str) -> list[str]:
        return re.findall(r'<tr data-key="(\d+)"', client.get(PAGE + query).content.decode())

    pages = [keys(f"&blad={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(key for page in pages for key in page) == [f"{each:08d}" for each in range(1, 26)]
    assert keys("&blad=99") == keys("&blad=3") == pages[2]
    assert keys("&blad=x") == keys("&blad=0") == keys("") == pages[0]
    assert keys("&filter=cafe+17") == ["00000017"]
    assert keys("&filter=00000021") == ["00000021"]
    assert keys("&filter=nergens%00") == []
    shown = text(client.get(f"{PAGE}&blad=2"))
    assert "24 proposed" in shown
    assert "1 confirmed" in shown
    assert "Page 2 of 3" in shown
    # A button of a row leads back to the same page.
    back = client.post(f"{PAGE}&blad=2&filter=bedrijf", {"confirm": "00000012"})
    assert back["Location"].endswith("filter=bedrijf&blad=2")


def test_a_step_on_a_long_list_sends_only_the_rows_that_it_is_about(client, coordinator, monkeypatch):
    monkeypatch.setattr(rows_view, "MOST_SHOWN", 10)
    factories.reported(HIP, BEFORE, *(company(each) for each in range(1, 26)))
    one = send(client, coordinator, "confirm", organisations=["00000001"]).json()
    rest = send(client, coordinator, "confirm", organisations=None).json()

    assert [row["key"] for row in one["rows"]] == ["00000001"]
    assert one["counts"] == {"proposed": 24, "confirmed": 1, "dropped": 0}
    assert (rest["isMuch"], rest["rows"], rest["gone"]) == (True, [], [])
    assert rest["counts"]["confirmed"] == 25


def test_who_may_not_fill_is_told_so_as_json(coordinator):
    factories.reported(HIP, BEFORE, company(1))
    reviewer, other = Client(), Client()
    reviewer.force_login(factories.user(Role.REVIEWER))
    other.force_login(factories.user(Role.COORDINATOR, "people"))

    assert Client().post(ROWS, "{}", content_type="application/json").status_code == 401
    assert reviewer.post(ROWS, "{}", content_type="application/json").status_code == 403
    assert other.post(ROWS, "{}", content_type="application/json").status_code == 404


def test_totals_count_companies_once_and_leave_out_internships_and_schools():
    rows = [
        company(1), company(1, action_line="talent"), company(2, size_class="large"), school(),
        company(3, involvement="internship"),
    ]  # fmt: skip
    found = totals(listed(rows), ["innovation", "talent"])

    assert [(each.companies, each.sme) for each in found] == [(2, 1), (1, 1), (2, 1)]


def test_the_page_and_a_step_take_as_many_queries_for_two_organisations_as_for_forty(client, coordinator):
    counts = []
    for period, before, number in (("2024Q2", "2024Q1", 2), ("2025Q1", "2024Q4", 40)):
        factories.reported(HIP, before, *(company(each) for each in range(1, number + 1)), coordinator=coordinator)
        address = f"/en/rapportages/{HIP}/{period}"
        with CaptureQueriesContext(connection) as page:
            client.get(f"{address}?sectie=participations")
        body = json.dumps({"user": str(coordinator.pk), "step": "confirm", "organisations": None})
        with CaptureQueriesContext(connection) as step:
            client.post(f"{address}/organisaties", body, content_type="application/json")
        counts.append((len(page), len(step)))

    assert counts[0] == counts[1]
