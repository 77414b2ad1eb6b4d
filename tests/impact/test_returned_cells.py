"""Of 20 cells 2 come back: a change to any of the other 18 is refused through form, grid, workbook and API."""

import html
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from consortia.models import Programme, Role, User
from impact import content, drafts, edits, organisation_list_upload, reporting
from impact.forms import cells
from impact.models import ReportVersion
from impact.standing import standing
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine
from tests import factories
from tests.api.conftest import Caller, caller, parsed
from tests.api.test_workbooks import upload
from tests.factories import company, figure, headcount, school, unidentified
from tests.impact.workbook.filling import Book, address

pytestmark = pytest.mark.django_db

HIP, PERIOD = "scale", "2025Q1"
WHERE: dict[str, Any] = {"consortium": HIP, "quarter": PERIOD}
ROWS: tuple[Line, ...] = (
    figure("assignments", 12),
    figure("assignments", 5, action_line="talent"),
    figure("assignments", 0, action_line="infrastructure"),
    figure("trainings", 8),
    figure("trainings", 9, action_line="talent"),
    figure("curricula", 3, action_line="talent"),
    figure("research-projects", 2),
    figure("learning-communities", 6),
    figure("training-completions", numerator=40, denominator=50, action_line="talent"),
    figure("cofinancing-cash", "12500.25", action_line=None),
    figure("project-costs", "90000", action_line=None),
    company(1),
    company(2),
    company(3, involvement="cofinancing", size_class=""),
    school("25PW"),
    unidentified(3),
    unidentified(1, action_line="talent"),
    headcount(120, 80, category="mbo"),
    headcount(60, 20, category="hbo", institution_code="25PW"),
    headcount(7, 0, group="employees"),
)
OPEN = (0, 12)
"""The two that come back: assignments in innovation, and the second company."""
FIXED = [place for place in range(len(ROWS)) if place not in OPEN]


@pytest.fixture
def hip(programme: Programme) -> Caller:
    """The coordinator of a HIP of whose 20 cells 2 came back."""
    coordinator, reviewer = caller(Role.COORDINATOR, HIP), caller(Role.REVIEWER)
    assert isinstance(coordinator.user, User)
    assert len(ROWS) == 20
    version = factories.reported(HIP, PERIOD, *ROWS, upto="submitted", coordinator=coordinator.user)
    answer = reviewer.post(
        f"reports/{HIP}/{PERIOD}/reviews",
        {
            "decision": "return",
            "contentHash": version.content_hash,
            "returned": [
                {"pointer": "/figures/0/value", "comment": "Dit is de som van twee kwartalen."},
                {"pointer": "/participations/00000002", "comment": "Deed dit bedrijf mee?"},
            ],
        },
    )
    assert answer.status_code == 201, answer.content
    return coordinator


def otherwise(line: Line) -> Line:
    """The same row with another content."""
    match line:
        case FigureLine(value=Decimal() as value):
            return replace(line, value=value + 1)
        case FigureLine():
            return replace(line, denominator=Decimal(60))
        case ParticipationLine():
            return replace(line, name="Anders BV")
        case UnidentifiedLine():
            return replace(line, count=line.count + 1)
        case HeadcountLine():
            return replace(line, headcount=line.headcount + 1)
    raise AssertionError(line)


def body(*rows: Line) -> dict[str, Any]:
    return json.loads(json.dumps(content.write(rows), default=float))


def with_change(*places: int) -> list[Line]:
    return [otherwise(line) if place in places else line for place, line in enumerate(ROWS)]


def stored() -> list[Any]:
    return [edits.row(line) for line in drafts.lines_of(ReportVersion.objects.order_by("number").last())]  # type: ignore[arg-type]


# --- the API


def put(who: Caller, *rows: Line) -> Any:
    return who.put(f"reports/{HIP}/{PERIOD}/draft", body(*rows), If_Match="*")


def fixed_at(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    errors = parsed(answer)["errors"]
    assert {each["code"] for each in errors} == {"fixed"}
    return [each["pointer"] for each in errors]


def test_the_api_refuses_a_change_of_any_of_the_other_18(hip: Caller) -> None:
    checks = f"reports/{HIP}/{PERIOD}/checks"
    for place in FIXED:
        (pointer,) = fixed_at(put(hip, *with_change(place)))
        line = content.renumber(ROWS)[place]
        assert pointer.startswith(f"{line.origin}/")
        judged = parsed(hip.post(checks, body(*with_change(place))))["errors"]
        assert [(each["pointer"], each["code"]) for each in judged] == [(pointer, "fixed")]
        (gone,) = fixed_at(put(hip, *(each for number, each in enumerate(ROWS) if number != place)))
        assert gone == edits.key_of(ROWS[place])

    assert len(fixed_at(put(hip, *with_change(*range(20))))) == 18
    assert fixed_at(put(hip, *ROWS, figure("curricula", 1), company(9))) == ["/figures/11", "/participations/4"]
    assert parsed(hip.get(f"reports/{HIP}/{PERIOD}"))["status"] == "returned"
    assert ReportVersion.objects.count() == 1


def test_the_api_takes_a_change_of_the_2_and_says_what_is_open(hip: Caller) -> None:
    shown = parsed(hip.get(f"reports/{HIP}/{PERIOD}"))
    assert shown["openPlaces"] == ["/figures/assignments/innovation", "/participations/00000002"]
    assert shown["returned"][0] == {"pointer": "/figures/0/value", "comment": "Dit is de som van twee kwartalen."}

    answer = put(hip, *with_change(*OPEN))

    assert answer.status_code == 200, answer.content
    assert parsed(answer)["openPlaces"] == shown["openPlaces"]
    assert hip.post(f"reports/{HIP}/{PERIOD}/submissions", {}).status_code == 201
    assert parsed(hip.get(f"reports/{HIP}/{PERIOD}"))["openPlaces"] is None


# --- the form


class _Fields(HTMLParser):
    """The fields of the form of a section, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.readonly: set[str] = set()
        self._select = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        name = given.get("name", "")
        if tag == "select":
            self._select = "" if "disabled" in given else name
            if "disabled" in given:
                self.readonly.add(name)
        elif tag == "option" and self._select and "selected" in given:
            self.sent[self._select] = given["value"]
        elif tag == "input" and name and "disabled" not in given and given.get("type") != "checkbox":
            self.sent[name] = given.get("value", "")
            if "readonly" in given:
                self.readonly.add(name)
        elif tag == "input" and given.get("type") == "checkbox" and "checked" in given and "disabled" not in given:
            self.sent[name] = given["value"]


@pytest.fixture
def client(hip: Caller) -> Client:
    client = Client()
    client.force_login(hip.user)
    return client


def page(client: Client, section: str, **query: str) -> tuple[str, _Fields]:
    response = client.get(f"/rapportages/{HIP}/{PERIOD}", {"sectie": section, **query})
    assert response.status_code == 200
    text = response.content.decode()
    form = next(each for each in re.findall(r"<form.*?</form>", text, re.DOTALL) if 'name="base"' in each)
    fields = _Fields()
    fields.feed(form)
    return text, fields


def post(client: Client, section: str, sent: dict[str, str]) -> Any:
    return client.post(f"/rapportages/{HIP}/{PERIOD}?sectie={section}", {**sent, "stap": sent.get("stap", "save")})


def changed_field(sent: dict[str, str], line: Line) -> str:
    """The field of the form in which the row is made another one."""
    match line:
        case FigureLine():
            return f"{cells.name_of(line)}.{'value' if line.value is not None else 'denominator'}"
        case UnidentifiedLine():
            return cells.name_of(line)
        case _:
            key = edits.key_of(line)
            (number,) = [name.split(".")[1] for name, value in sent.items() if value == key]
            return f"headcount.{number}.headcount"


SECTIONS = {FigureLine: "figures", UnidentifiedLine: "unidentified", HeadcountLine: "headcounts"}


def test_the_form_refuses_a_change_of_any_of_the_other_18_at_its_field(client: Client) -> None:
    for kind, section in SECTIONS.items():
        _text, fields = page(client, section)
        for place in FIXED:
            if not isinstance(ROWS[place], kind):
                continue
            name = changed_field(fields.sent, ROWS[place])
            assert name in fields.readonly
            for typed in ("61", ""):
                answer = post(client, section, {**fields.sent, name: typed})
                assert answer.status_code == 422, name
                assert f'id="{name}.error"' in answer.content.decode(), name
    for place in (11, 13, 14):
        key = ROWS[place].identifier  # type: ignore[union-attr]
        _text, fields = page(client, "participations", organisatie=key)
        assert "name" in fields.readonly
        answer = post(client, "participations", {**fields.sent, "name": "Anders BV"})
        assert answer.status_code == 422
        assert 'id="name.error"' in answer.content.decode()
    assert ReportVersion.objects.count() == 1


def test_the_form_takes_a_change_of_the_2(client: Client) -> None:
    _text, fields = page(client, "figures")
    assert "figure.assignments.innovation.value" not in fields.readonly
    assert post(client, "figures", {**fields.sent, "figure.assignments.innovation.value": "10"}).status_code == 302
    _text, fields = page(client, "participations", organisatie="00000002")
    assert fields.readonly == set()
    assert post(client, "participations", {**fields.sent, "name": "Anders BV"}).status_code == 302

    wanted = [replace(ROWS[0], value=Decimal(10)), *ROWS[1:12], replace(ROWS[12], name="Anders BV"), *ROWS[13:]]  # type: ignore[call-arg]
    assert sorted(map(str, stored())) == sorted(str(edits.row(line)) for line in wanted)


@pytest.mark.parametrize("step", ["drop", "untick", "tick", "several"])
def test_the_list_refuses_a_change_of_a_fixed_organisation(client: Client, step: str) -> None:
    _text, fields = page(client, "participations")
    sent = {**fields.sent, "stap": step, "organisation": "00000001", "action_line": "innovation"}
    sent |= {"involvement": "training" if step == "tick" else "project"}
    sent |= {"several.pasted": "00000009", "several.action_line": "talent", "several.involvement": "project"}
    sent["several.organisation_type"] = "company"

    answer = post(client, "participations", sent)

    assert answer.status_code == 422
    assert "vast" in html.unescape(answer.content.decode()) or "stay" in answer.content.decode()
    assert ReportVersion.objects.count() == 1


def test_the_grid_refuses_each_fixed_cell_and_saves_the_open_one(client: Client, hip: Caller) -> None:
    def save(section: str, *wanted: tuple[str, dict[str, str], dict[str, str]]) -> dict[str, Any]:
        body = {
            "user": str(hip.user.pk),  # type: ignore[union-attr]
            "section": section,
            "cells": [{"name": name, "base": base, "text": text} for name, base, text in wanted],
        }
        answer = client.post(f"/rapportages/{HIP}/{PERIOD}/cellen", json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content
        return {each["name"]: each for each in answer.json()["cells"]}

    for kind, section in SECTIONS.items():
        lines = [line for line in ROWS if isinstance(line, kind)]
        wanted = [(cells.name_of(line), cells.texts_of(line), cells.texts_of(otherwise(line))) for line in lines]
        answers = save(section, *wanted)
        for line in lines:
            is_open = line is ROWS[0]
            assert answers[cells.name_of(line)]["state"] == ("saved" if is_open else "refused"), line
            assert bool(answers[cells.name_of(line)].get("errors")) != is_open

    assert stored() == [edits.row(otherwise(line) if line is ROWS[0] else line) for line in ROWS]


def test_the_grid_of_organisations_refuses_a_fixed_one(client: Client, hip: Caller) -> None:
    def step(name: str, **more: Any) -> Any:
        body = {"step": name, "user": str(hip.user.pk), **more}  # type: ignore[union-attr]
        address = f"/rapportages/{HIP}/{PERIOD}/organisaties"
        return client.post(address, json.dumps(body), content_type="application/json").json()

    change = {"group": "confirmed", "actionLine": "talent", "from": [], "to": ["project"]}
    refused = step("set", organisation="00000001", **change)
    pasted = step("paste", text="00000009", actionLine="talent", involvement="project")
    dropped = step("drop", organisations=["00000003"], seen={"00000003": [["innovation", "cofinancing"]]})
    assert [each["key"] for each in refused["errors"]] == ["00000001"]
    assert [each["row"] for each in pasted["errors"]] == [1]
    assert [each["key"] for each in dropped["errors"]] == ["00000003"]
    assert ReportVersion.objects.count() == 1

    assert step("set", organisation="00000002", **change)["errors"] == []
    assert step("drop", organisations=["00000002"], seen={
        "00000002": [["innovation", "project"], ["talent", "project"]]
    })["errors"] == []  # fmt: skip


# --- the workbook


def cell_of(book: Book, line: Line) -> Any:
    match line:
        case FigureLine():
            key = line.indicator if line.value is not None else f"{line.indicator}/denominator"
            return book.figure(key, line.action_line or "-")
        case UnidentifiedLine():
            return book.cell("unidentifiedCompanies", line.action_line, "count")
        case ParticipationLine():
            column = "kvkNumber" if line.kvk_number else "institutionCode"
            row = book.row("participations", line.identifier, book.column("participations", column))
            return book.cell("participations", row, "name")
    number = int(line.headcount)
    row = book.row("headcounts", number, book.column("headcounts", "headcount"))  # type: ignore[arg-type]
    return book.cell("headcounts", row, "headcount")


def workbook(who: Caller) -> Book:
    return Book(who.get(f"reports/{HIP}/{PERIOD}/workbook").content)


def test_the_workbook_refuses_a_change_of_any_of_the_other_18_at_its_cell(hip: Caller) -> None:
    book = workbook(hip)
    expected = set()
    for place, line in enumerate(ROWS):
        cell = cell_of(book, line)
        assert cell.protection.locked == (place in FIXED), line
        cell.value = "Anders BV" if isinstance(line, ParticipationLine) else int(cell.value) + 1
        if place in FIXED:
            expected.add(address(cell))

    answer = parsed(upload(hip, book.data, apply="true"))

    assert len(expected) == 18
    assert {each["cell"] for each in answer["errors"]} == expected
    assert {each["code"] for each in answer["errors"]} == {"fixed"}
    assert answer["applied"] is False
    assert ReportVersion.objects.count() == 1


def test_the_workbook_refuses_what_is_emptied_and_what_is_added(hip: Caller) -> None:
    book = workbook(hip)
    emptied = [cell_of(book, ROWS[place]) for place in (1, 9, 15, 17)]
    for cell in emptied:
        cell.value = None
    book.cell("headcounts", emptied[-1].row, "firstTime").value = None
    added = book.figure("curricula", "innovation")
    added.value = 4
    taken_out = book.organisation("00000001", "line:innovation")
    taken_out.value = None
    book.organisation("00000001", "line:talent").value = "project"

    answer = parsed(upload(hip, book.data))

    talent = book.organisation("00000001", "line:talent")
    assert {each["cell"] for each in answer["errors"]} == {
        address(cell) for cell in (*emptied, added, taken_out, talent)
    }
    assert {each["code"] for each in answer["errors"]} == {"fixed"}


def test_the_workbook_takes_a_change_of_the_2_and_says_what_the_reviewer_said(hip: Caller) -> None:
    book = workbook(hip)
    figure_cell, company_cell = cell_of(book, ROWS[0]), cell_of(book, ROWS[12])
    assert "som van twee kwartalen" in figure_cell.comment.text
    assert "Deed dit bedrijf mee?" in company_cell.comment.text
    figure_cell.value, company_cell.value = 10, "Anders BV"

    answer = parsed(upload(hip, book.data, apply="true"))

    assert (answer["errors"], answer["applied"]) == ([], True)
    assert [each["pointer"] for each in answer["changes"]] == [
        "/figures/assignments/innovation", "/participations/00000002/innovation/project",
    ]  # fmt: skip


def test_a_workbook_from_before_the_return_is_held_to_it_as_well(programme: Programme) -> None:
    coordinator, reviewer = caller(Role.COORDINATOR, HIP), caller(Role.REVIEWER)
    factories.reported(HIP, PERIOD, *ROWS, upto="draft", coordinator=coordinator.user)  # type: ignore[arg-type]
    book = workbook(coordinator)
    reporting.submit(actor=coordinator.user, **WHERE)  # type: ignore[arg-type]
    version = standing(reviewer.user, HIP, PERIOD).version
    assert version is not None
    reporting.review(
        actor=reviewer.user,  # type: ignore[arg-type]
        decision="return",
        content_hash=version.content_hash,
        remarks=[{"pointer": "/figures/0", "comment": "te veel"}],
        **WHERE,
    )
    cell = cell_of(book, ROWS[1])
    cell.value = 6

    answer = parsed(upload(coordinator, book.data, apply="true"))

    assert [(each["cell"], each["code"]) for each in answer["errors"]] == [(address(cell), "fixed")]


# --- a list of organisations


def test_a_list_refuses_each_row_that_adds_something_fixed(hip: Caller) -> None:
    text = "KVK;naam\n00000009;Nieuw BV\n00000002;Tweede BV\n"
    listed = factories.read_list(HIP, PERIOD, text, actor=hip.user, action_line="talent", involvement="project")

    assert listed.result["added"] == 1
    assert [where for where, _detail in listed.result["refusals_shown"]] == ["A2"]
    added = organisation_list_upload.take_over(
        actor=hip.user,  # type: ignore[arg-type]
        upload_id=listed.pk,
        good_rows_only=True,
        **WHERE,
    )
    assert added == 1


# --- what is seen


def test_what_is_open_stands_on_top_with_its_message_and_beside_the_cell(client: Client) -> None:
    def words(text: str) -> str:
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())

    text, fields = page(client, "figures")
    top = re.search(r'<ul class="open-cells">(.*?)</ul>', text, re.DOTALL)
    assert top is not None
    assert re.findall(r'href="([^"]+)"', top[1]) == [
        f"/rapportages/{HIP}/{PERIOD}?sectie=figures#figure.assignments.innovation.value",
        f"/rapportages/{HIP}/{PERIOD}?sectie=participations&amp;organisatie=00000002",
    ]
    assert "Dit is de som van twee kwartalen." in words(top[1])
    assert 'id="figure.assignments.innovation.value.remark"' in text
    assert "figure.assignments.talent.value" in fields.readonly

    organisations, _fields = page(client, "participations")
    assert len(re.findall(r"<tr [^>]*data-fixed", organisations)) == 3
    row = re.search(r'<tr data-key="00000002".*?</tr>', organisations, re.DOTALL)
    assert row is not None
    assert "Deed dit bedrijf mee?" in row[0]

    home = words(client.get("/werk").content.decode())
    assert "Dit is de som van twee kwartalen." in home
    client.post(f"/rapportages/{HIP}/{PERIOD}/controle", {"open_again": "check"})
    check = words(client.get(f"/rapportages/{HIP}/{PERIOD}/controle").content.decode())
    assert "Deed dit bedrijf mee?" in check
