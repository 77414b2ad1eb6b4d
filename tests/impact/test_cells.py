"""Saving cell by cell, what others changed since, the quarters before, and attesting that nothing happened."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted
from consortia.models import Role, User
from impact import drafts, edits, nil, reporting
from impact import programme as office
from impact.models import DraftChange, Indicator, Quarter, ReportPart, ReportVersion
from impact.standing import standing
from impact.submission import Line
from tests import factories
from tests.factories import company, figure, headcount, unidentified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q2"
WHERE: dict[str, Any] = {"consortium": HIP, "quarter": PERIOD}
ASSIGNMENTS = "figure.assignments.innovation"
TALENT = "figure.assignments.talent"
SHARE = "figure.training-completions.talent"
ROW = {"group": "students", "category": "mbo", "action_line": "talent", "headcount": "120", "first_time": "80"}


@pytest.fixture
def coordinator(programme: None) -> User:
    office.open_quarters()
    return factories.user(Role.COORDINATOR, HIP, name="Coby")


@pytest.fixture
def client(coordinator: User) -> Client:
    return _signed_in(coordinator)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _url(name: str = "report_cells", period: str = PERIOD) -> str:
    with override("nl"):
        return reverse(f"impact:{name}", args=[HIP, period])


def _post(client: Client, *cells: dict[str, Any], section: str = "figures", **more: Any) -> Any:
    user = client.session.get("_auth_user_id")
    body = {"user": user, "section": section, "cells": list(cells), **more}
    return client.post(_url(), json.dumps(body), content_type="application/json")


def _cell(name: str, text: dict[str, str], base: dict[str, str] | None = None) -> dict[str, Any]:
    return {"name": name, "base": base or {}, "text": text}


def _stored(user: User) -> dict[str, Line]:
    version = standing(user, HIP, PERIOD).version
    return edits.keyed(drafts.lines_of(version)) if version else {}


def _states(response: Any) -> dict[str, str]:
    assert response.status_code == 200, response.content
    return {cell["name"]: cell["state"] for cell in response.json()["cells"]}


# --- saving


def test_a_typed_cell_is_saved_and_opens_the_draft(client: Client, coordinator: User) -> None:
    response = _post(client, _cell(ASSIGNMENTS, {"value": "1.100"}))

    (answer,) = response.json()["cells"]
    assert (answer["state"], answer["text"]) == ("saved", {"value": "1100"})
    assert edits.row(_stored(coordinator)["/figures/assignments/innovation"])["value"] == 1100  # type: ignore[index]
    assert response["Cache-Control"] == "private, no-store"


def test_one_bad_cell_does_not_keep_the_others_from_being_saved(client: Client, coordinator: User) -> None:
    response = _post(
        client,
        _cell(ASSIGNMENTS, {"value": "12"}),
        _cell(TALENT, {"value": "1,100"}),
        _cell(SHARE, {"numerator": "60", "denominator": "50"}),
        _cell("figure.nothing.talent", {"value": "1"}),
        _cell("figure.cofinancing-cash.hip", {"value": "12.500,25"}),
    )

    assert _states(response) == {
        ASSIGNMENTS: "saved",
        TALENT: "refused",
        SHARE: "refused",
        "figure.nothing.talent": "refused",
        "figure.cofinancing-cash.hip": "saved",
    }
    by_name = {cell["name"]: cell for cell in response.json()["cells"]}
    assert set(by_name[TALENT]["errors"]) == {"value"}
    assert set(by_name[SHARE]["errors"]) == {"numerator"}
    assert set(_stored(coordinator)) == {"/figures/assignments/innovation", "/figures/cofinancing-cash/-"}


@pytest.mark.parametrize("text", ["1,100", "12,7", "-3", "veel", "1e3", "1.10", "9" * 31, "2000000000"])
def test_what_cannot_be_read_is_refused_and_nothing_is_stored(client: Client, coordinator: User, text: str) -> None:
    response = _post(client, _cell(ASSIGNMENTS, {"value": text}))

    assert _states(response) == {ASSIGNMENTS: "refused"}
    assert _stored(coordinator) == {}
    assert not ReportVersion.objects.exists()


def test_a_share_and_a_row_are_incomplete_until_all_their_numbers_are_there(client: Client, coordinator: User) -> None:
    share = _post(client, _cell(SHARE, {"numerator": "3", "denominator": ""}))
    row = _post(client, _cell("new-1", {**ROW, "first_time": ""}), section="headcounts")
    group = _post(client, _cell("new-1", {**ROW, "group": ""}), section="headcounts")

    assert [*_states(share).values(), *_states(row).values(), *_states(group).values()] == ["incomplete"] * 3
    assert _stored(coordinator) == {}


def test_a_cell_that_was_emptied_is_not_reported_any_more(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 5), figure("curricula", 1), upto="draft")

    _post(client, _cell(ASSIGNMENTS, {"value": ""}, {"value": "5"}))

    assert set(_stored(coordinator)) == {"/figures/curricula/innovation"}


def test_two_people_at_one_cell_see_both_sides_and_nothing_is_overwritten(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 5), upto="draft")
    anna = factories.user(Role.CONTRIBUTOR, HIP, name="Anna")
    _post(_signed_in(anna), _cell(ASSIGNMENTS, {"value": "6"}, {"value": "5"}))

    response = _post(client, _cell(ASSIGNMENTS, {"value": "7"}, {"value": "5"}), _cell(TALENT, {"value": "1"}))

    conflict, saved = response.json()["cells"]
    assert saved["state"] == "saved"
    assert (conflict["state"], conflict["mine"], conflict["theirs"]) == ("conflict", {"value": "7"}, {"value": "6"})
    assert (conflict["who"], conflict["isOwn"], conflict["theirsInWords"]) == ("Anna", False, "6")
    assert edits.row(_stored(coordinator)["/figures/assignments/innovation"])["value"] == 6  # type: ignore[index]
    mine = _post(client, _cell(ASSIGNMENTS, conflict["mine"], conflict["theirs"]))
    assert _states(mine) == {ASSIGNMENTS: "saved"}
    assert edits.row(_stored(coordinator)["/figures/assignments/innovation"])["value"] == 7  # type: ignore[index]


def test_a_row_of_head_counts_that_becomes_another_one_is_not_there_twice(client: Client, coordinator: User) -> None:
    (saved,) = _post(client, _cell("new-1", ROW), section="headcounts").json()["cells"]
    assert saved["newName"] == "/headcounts/students/mbo/talent/"

    _post(client, _cell(saved["newName"], {**ROW, "category": "HBO"}, saved["text"]), section="headcounts")

    assert set(_stored(coordinator)) == {"/headcounts/students/hbo/talent/"}


def test_a_row_that_others_changed_is_not_renamed_by_halves(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, headcount(120, 80, category="mbo"), upto="draft")
    _post(client, _cell("x", {**ROW, "first_time": "81"}, ROW), section="headcounts")

    response = _post(client, _cell("x", {**ROW, "category": "hbo"}, ROW), section="headcounts")

    assert _states(response) == {"x": "conflict"}
    assert set(_stored(coordinator)) == {"/headcounts/students/mbo/talent/"}


def test_rows_that_change_places_are_saved_together(client: Client, coordinator: User) -> None:
    other = {**ROW, "action_line": "innovation", "headcount": "9", "first_time": "9"}
    factories.reported(
        HIP, PERIOD, headcount(120, 80, category="mbo"), headcount(9, 9, category="mbo", action_line="innovation"),
        upto="draft",
    )  # fmt: skip

    response = _post(
        client,
        _cell("a", {**ROW, "action_line": "innovation"}, ROW),
        _cell("b", {**other, "action_line": "talent"}, other),
        section="headcounts",
    )

    assert set(_states(response).values()) == {"saved"}
    rows = _stored(coordinator)
    numbers = {key: edits.row(line)["headcount"] for key, line in rows.items()}  # type: ignore[index]
    assert numbers == {"/headcounts/students/mbo/talent/": 9, "/headcounts/students/mbo/innovation/": 120}


def test_a_row_that_is_given_twice_is_refused_at_the_later_one(client: Client, coordinator: User) -> None:
    response = _post(client, _cell("a", ROW), _cell("b", ROW), section="headcounts")

    assert _states(response) == {"a": "saved", "b": "refused"}
    assert len(_stored(coordinator)) == 1


@pytest.mark.parametrize("category", ["MBO", "other", "Other", "Anders"])
def test_a_category_may_be_called_by_its_name_in_either_language(client: Client, category: str) -> None:
    response = _post(client, _cell("a", {**ROW, "category": category}), section="headcounts")

    assert _states(response) == {"a": "saved"}


def test_companies_without_a_number_are_saved_per_line(client: Client, coordinator: User) -> None:
    response = _post(client, _cell("unidentified.talent", {"count": "0"}), section="unidentified")

    assert _states(response) == {"unidentified.talent": "saved"}
    assert set(_stored(coordinator)) == {"/unidentifiedCompanies/talent"}


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{", "null", '{"section": "figures"}', '{"section": "participations", "cells": []}',
        '{"section": "figures", "cells": [{"name": "x", "base": {}, "text": {"value": 3}}]}',
        '{"section": "figures", "cells": [{"name": 3, "base": {}, "text": {}}]}',
        '{"section": "figures", "cells": [{"name": "x", "base": {}, "text": {"value": "\\u0000"}}]}',
        '{"section": "figures", "cells": [{"name": "x", "base": {}, "text": {"value": "\\ud800"}}]}',
        json.dumps({"section": "figures", "cells": [{"name": "x", "base": {}, "text": {}}] * 2}),
        json.dumps({"section": "figures", "cells": [{"name": str(n), "base": {}, "text": {}} for n in range(501)]}),
        "[" * 100_000,
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused_whole(client: Client, body: str) -> None:
    assert client.post(_url(), body, content_type="application/json").status_code == 400


def test_saving_asks_for_a_session_a_token_a_right_and_the_same_person(client: Client, coordinator: User) -> None:
    cell = _cell(ASSIGNMENTS, {"value": "1"})
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(coordinator)

    assert Client().post(_url(), "{}", content_type="application/json").status_code == 401
    assert Client().get(_url()).status_code == 401
    assert _post(strict, cell).status_code == 403
    assert _post(_signed_in(factories.user(Role.REVIEWER)), cell).status_code == 403
    assert _post(_signed_in(factories.user(Role.COORDINATOR, "people")), cell).status_code == 404
    assert _post(_signed_in(factories.user(Role.READER)), cell).status_code == 404
    assert _post(client, cell, user="0").status_code == 409
    assert not ReportVersion.objects.exists()


def test_what_is_submitted_takes_no_cell(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto="submitted")

    response = _post(client, _cell(ASSIGNMENTS, {"value": "1"}, {"value": "12"}))

    assert response.status_code == 409
    assert response.json()["detail"]


# --- what others changed


def _changes(client: Client, after: int, section: str = "figures", **more: str) -> Any:
    return client.get(_url(), {"na": after, "sectie": section, **more})


def test_an_open_page_learns_what_others_changed_since_and_who(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 5), unidentified(3), upto="draft", coordinator=coordinator)
    revision = standing(coordinator, HIP, PERIOD).report.revision
    assert _changes(client, revision).json()["cells"] == []
    anna = _signed_in(factories.user(Role.CONTRIBUTOR, HIP, name="Anna"))
    _post(anna, _cell(ASSIGNMENTS, {"value": "6"}, {"value": "5"}))
    _post(anna, _cell("unidentified.innovation", {}, {"count": "3"}), section="unidentified")
    _post(client, _cell(TALENT, {"value": "2"}))

    answer = _changes(client, revision).json()

    told = {cell["name"]: (cell["text"], cell["who"], cell["isOwn"]) for cell in answer["cells"]}
    assert told == {ASSIGNMENTS: ({"value": "6"}, "Anna", False), TALENT: ({"value": "2"}, "Coby", True)}
    others = _changes(client, revision, "unidentified").json()
    assert [(cell["name"], cell["text"]) for cell in others["cells"]] == [("unidentified.innovation", {})]
    assert answer["revision"] == standing(coordinator, HIP, PERIOD).report.revision
    assert _changes(client, answer["revision"]).json()["cells"] == []


def test_a_save_that_is_not_told_row_by_row_is_told_as_the_whole_section(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 5), *(company(number) for number in range(501)), upto="draft")

    answer = _changes(client, 0).json()

    assert answer["isWhole"] is True
    assert [(cell["name"], cell["text"]) for cell in answer["cells"]] == [(ASSIGNMENTS, {"value": "5"})]


def test_a_form_that_is_saved_whole_learns_what_to_build_on(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 5), upto="draft")

    answer = _changes(client, 0, geheel="1").json()

    assert answer["base"] == standing(coordinator, HIP, PERIOD).tag
    assert "assignments" in answer["original"]


def test_a_draft_is_told_to_nobody_who_may_not_see_it(coordinator: User) -> None:
    factories.reported(HIP, PERIOD)

    assert _changes(_signed_in(factories.user(Role.READER)), 0).status_code == 404
    assert _changes(_signed_in(factories.user(Role.COORDINATOR, "people")), 0).status_code == 404
    assert _changes(_signed_in(factories.user(Role.REVIEWER)), 0).status_code == 200
    assert _changes(_signed_in(coordinator), 0, section="x").status_code == 400
    assert _signed_in(coordinator).get(_url(), {"na": "-1", "sectie": "figures"}).status_code == 400


def test_saving_and_looking_cost_the_same_whatever_the_number_of_cells(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 5), upto="draft")
    names = [f"figure.{code}.{line}" for code in ("curricula", "trainings") for line in ("talent", "innovation")]
    _post(client, _cell(TALENT, {"value": "1"}))

    counts = []
    for some in (names[:1], names[1:]):
        with CaptureQueriesContext(connection) as queries:
            assert set(_states(_post(client, *(_cell(name, {"value": "3"}) for name in some))).values()) == {"saved"}
        counts.append(len(queries))
    looks = []
    for after in (standing(coordinator, HIP, PERIOD).report.revision - 1, 0):
        with CaptureQueriesContext(connection) as queries:
            _changes(client, after)
        looks.append(len(queries))

    assert counts[0] == counts[1]
    assert looks[0] == looks[1]


# --- the quarters before


def test_the_four_quarters_before_stand_beside_each_cell(client: Client, coordinator: User) -> None:
    factories.reported(HIP, "2024Q2", figure("assignments", 7), headcount(5, 4, category="mbo"))
    factories.reported(HIP, "2024Q4", figure("assignments", 8))
    factories.reported(HIP, "2025Q1", figure("assignments", 1_009), headcount(6, 5, category="mbo"), upto="draft")
    factories.reported(HIP, PERIOD, figure("assignments", 10), headcount(9, 8, category="mbo"), upto="draft")

    page = client.get(_url("report")).content.decode()
    rows = client.get(_url("report") + "?sectie=headcounts").content.decode()

    told = page.split('data-before-of="figure.assignments.innovation"')[1].split("</p>")[0]
    assert _plain(told) == "2025 K1 1.009 · 2024 K4 8 · 2024 K3 – · 2024 K2 (een jaar geleden) 7" or (
        _plain(told) == "2025 K1 1.009 · 2024 K4 8 · 2024 K3 – · 2024 K2 (a year ago) 7"
    )
    told = rows.split('data-before-of="/headcounts/students/mbo/talent/"')[1].split("</p>")[0]
    assert "6 / 5" in _plain(told)
    assert "5 / 4" in _plain(told)


def _plain(fragment: str) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", "", fragment.split(">", 1)[1]))
    return " ".join(text.split())


def test_a_quarter_under_another_definition_says_so(client: Client, coordinator: User) -> None:
    factories.reported(HIP, "2025Q1", figure("assignments", 9))
    office.define_indicator(
        actor=factories.user(Role.MANAGER), indicator=Indicator.objects.get(code="assignments"),
        from_quarter=Quarter.objects.get(pk=PERIOD), kind="flow", unit="assignments", source="entered",
        meaning_nl="anders", meaning_en="otherwise", by_action_line=True,
    )  # fmt: skip

    page = client.get(_url("report")).content.decode()

    told = page.split('data-before-of="figure.assignments.innovation"')[1].split("</p>")[0]
    assert "definiti" in _plain(told)


def test_a_full_history_costs_as_many_queries_as_one_quarter_of_it(client: Client, coordinator: User) -> None:
    factories.reported(HIP, "2025Q1", figure("assignments", 9))
    client.get(_url("report"))
    counts = []
    for periods in ((), ("2024Q2", "2024Q3", "2024Q4")):
        for period in periods:
            factories.reported(HIP, period, figure("assignments", 9), figure("curricula", 2))
        with CaptureQueriesContext(connection) as queries:
            client.get(_url("report"))
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- nothing happened


def _rows(user: User, section: str) -> list[dict[str, Any]]:
    return [edits.row(line) or {} for key, line in _stored(user).items() if key.startswith(f"/{section}/")]


@pytest.mark.parametrize("section", ["figures", "unidentified", "headcounts", "participations"])
def test_the_button_asks_once_and_then_attests_zeros(client: Client, coordinator: User, section: str) -> None:
    address = f"{_url('report_nil')}?sectie={section}"
    in_draft = "unidentifiedCompanies" if section == "unidentified" else section

    asked = client.get(address)
    assert asked.status_code == 200
    assert not ReportPart.objects.exists()
    answer = client.post(address)

    assert answer.status_code == 302
    part = ReportPart.objects.get()
    assert (part.section, part.is_nil, part.done_by) == (in_draft, True, coordinator)
    rows = _rows(coordinator, in_draft)
    numbers = {value for row in rows for value in row.values() if not isinstance(value, str)}
    assert numbers == (set() if section == "participations" else {0})
    expected = {"unidentified": 5, "headcounts": 20, "participations": 0}
    assert len(rows) == expected.get(section, len(rows))
    assert "Coby" in client.get(f"{_url('report')}?sectie={section}").content.decode()


def test_a_nil_section_of_figures_is_complete_and_can_be_submitted(client: Client, coordinator: User) -> None:
    nil.attest_nil(actor=coordinator, section="figures", **WHERE)

    share = edits.row(_stored(coordinator)["/figures/training-completions/talent"])
    assert share == {
        "indicator": "training-completions", "actionLine": "talent", "numerator": 0, "denominator": 0,
    }  # fmt: skip
    version = reporting.submit(actor=coordinator, **WHERE)
    assert version.status == "submitted"


def test_what_is_filled_in_stays_and_the_part_is_done_but_not_nil(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, headcount(3, 2, category="mbo"), upto="draft")

    part = nil.attest_nil(actor=coordinator, section="headcounts", **WHERE)

    assert (part.is_nil, part.done_by) == (False, coordinator)
    rows = _rows(coordinator, "headcounts")
    assert len(rows) == 20
    assert {"group": "students", "category": "mbo", "actionLine": "talent", "headcount": 3, "firstTime": 2} in rows


@pytest.mark.parametrize("text", ["3", ""])
def test_whoever_reports_something_after_all_takes_the_nil_back(client: Client, coordinator: User, text: str) -> None:
    nil.attest_nil(actor=coordinator, section="unidentifiedCompanies", **WHERE)
    nil.attest_nil(actor=coordinator, section="headcounts", **WHERE)

    _post(client, _cell("unidentified.talent", {"count": text}, {"count": "0"}), section="unidentified")

    nils = dict(ReportPart.objects.values_list("section", "is_nil"))
    assert nils == {"unidentifiedCompanies": False, "headcounts": True}
    assert ReportPart.objects.get(section="unidentifiedCompanies").done_at is None


def test_a_list_with_organisations_is_not_empty(client: Client, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, company(1), upto="draft")

    with pytest.raises(NotAllowedNow):
        nil.attest_nil(actor=coordinator, section="participations", **WHERE)
    response = client.post(f"{_url('report_nil')}?sectie=participations", follow=True)

    assert response.status_code == 200
    assert not ReportPart.objects.exists()


def test_only_who_may_fill_attests(client: Client, coordinator: User) -> None:
    with pytest.raises(NotPermitted):
        nil.attest_nil(actor=factories.user(Role.REVIEWER), section="figures", **WHERE)
    factories.reported(HIP, PERIOD, upto="submitted")
    with pytest.raises(NotAllowedNow):
        nil.attest_nil(actor=coordinator, section="figures", **WHERE)


def test_a_nil_is_in_the_log_like_any_other_change(client: Client, coordinator: User) -> None:
    nil.attest_nil(actor=coordinator, section="unidentifiedCompanies", **WHERE)

    change = DraftChange.objects.get()
    assert (change.number, change.actor) == (5, coordinator)
    assert clock.now() - change.at < timedelta(minutes=1)
