"""The report on the programme of a vintage: what it says to whom, and that it stays the same to the last byte."""

import hashlib
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from consortia import clock
from consortia.errors import NotPermitted, Refused
from consortia.models import Consortium, Role, User
from impact import links, reporting, vintages
from impact.models import Audience, ProgrammeReport, ProgrammeReportDocument, Vintage
from impact.programme_report import contents, making
from tests import factories
from tests.factories import company, figure, headcount, school
from tests.pdf_text import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2026Q3"
AGAIN = """
import hashlib, json, sys, django
django.setup()
from django.utils import translation
from impact.programme_report import files
content = json.load(sys.stdin)
with translation.override(content["language"]):
    print(hashlib.sha256(files.pdf(content)).hexdigest(), hashlib.sha256(files.xlsx(content)).hexdigest())
"""


@pytest.fixture(autouse=True)
def one_language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the work, where a test is not about languages."""
    if "both_languages" not in request.fixturenames:
        monkeypatch.setattr(making, "LANGUAGES", ("en",))


@pytest.fixture
def both_languages() -> tuple[str, ...]:
    return making.LANGUAGES


@pytest.fixture
def manager() -> User:
    return factories.user(Role.MANAGER)


@pytest.fixture
def coordinator() -> User:
    return factories.user(Role.COORDINATOR, HIP)


@pytest.fixture
def vintage(manager: User, coordinator: User) -> Vintage:
    """Two HIPs of fifteen, after a vintage in which one of them said something else."""
    factories.reported(
        HIP, PERIOD, figure("assignments", 1200), figure("cofinancing-cash", "12500.25", action_line=None),
        company(1), company(2, size_class="large"), school(), headcount(4321, 3210, category="mbo"),
        coordinator=coordinator,
    )  # fmt: skip
    vintages.publish(actor=manager, code="eerder", name="De eerste")
    reporting.correct(actor=coordinator, consortium=HIP, quarter=PERIOD, reason="telfout")
    factories.reported(
        HIP, PERIOD, figure("assignments", 1150), figure("cofinancing-cash", "12500.25", action_line=None),
        company(1), company(2, size_class="large"), school(), headcount(4321, 3210, category="mbo"),
        coordinator=coordinator,
    )  # fmt: skip
    factories.reported("snel", PERIOD, figure("assignments", 7), company(2, size_class="large"), company(3))
    one, other = factories.OrganisationFactory(), factories.OrganisationFactory()
    links.link(actor=manager, kind="merge", source=one.pk, target=other.pk, reason="twee keer in het register")
    return vintages.publish(actor=manager, code="najaar", name="Stand najaar", note="Voor het ministerie")


def _made(actor: User, vintage: Vintage, note: str = "") -> ProgrammeReport:
    with translation.override("en"):
        return making.make(actor=actor, vintage=vintage, note=note)


def _document(report: ProgrammeReport, audience: str = "committee", language: str = "en") -> ProgrammeReportDocument:
    return report.documents.get(audience=audience, language=language)


def _workbook(document: ProgrammeReportDocument) -> Any:
    return openpyxl.load_workbook(io.BytesIO(bytes(document.xlsx)))


def _rows(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def _row(sheet: Any, *first: str) -> list[Any]:
    return next(row for row in _rows(sheet) if tuple(row[: len(first)]) == first)


# --- what it says


def test_it_says_goals_lines_hips_coverage_notes_changes_and_the_vintage(manager: User, vintage: Vintage) -> None:
    text = text_of(bytes(_document(_made(manager, vintage, note="Twee HIP's zijn nagebeld.")).pdf))

    for said in (
        "For the steering committee", "Twee HIP's zijn nagebeld.", "2 of 15", "SMEs among the companies",
        "of the 30,000 that is the goal", "The goals one by one", "Lines overlap, they do not add up",
        "a person in two HIPs counts twice", "SCALE – Smart Campus Leerpark", "De eerste",
        "twee keer in het register", "1,200", "1,157", "€12,500", "Stand najaar (najaar)", "edition 1",
        vintage.sha256, vintage.sha256_full,
        "Voor het ministerie", "provisional", "page 1 /",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.usefixtures("both_languages")
def test_it_is_in_both_languages_and_accessible(manager: User, vintage: Vintage) -> None:
    report = _made(manager, vintage)
    dutch, english = (bytes(_document(report, language=language).pdf) for language in ("nl", "en"))

    assert ("2026 K3" in text_of(dutch), "2026 Q3" in text_of(english)) == (True, True)
    for made in (dutch, english):
        assert b"pdfuaid:part" in made
        assert b"/StructTreeRoot" in made
        assert made.count(b"/Alt") >= 5


def test_in_the_workbook_numbers_are_numbers_below_headers_that_stay(manager: User, vintage: Vintage) -> None:
    book = _workbook(_document(_made(manager, vintage)))

    programme = _row(book["Programme"], "Company assignments")
    assert programme[1:6] == [1157, 1157, 1157, 2, 15]
    assert _row(book["Programme"], "Teachers")[1:4] == [None, None, None]
    assert _row(book["All figures"], "SCALE – Smart Campus Leerpark", "all action lines", "Co-financing")[4] == 12500.25
    assert "€" in next(
        cell.number_format for row in book["All figures"].iter_rows() for cell in row if cell.value == 12500.25
    )
    assert all(sheet.freeze_panes for sheet in book.worksheets[:-1])
    about = dict(row[:2] for row in _rows(book.worksheets[-1]))
    assert about["Vintage"] == "Stand najaar (najaar)"
    assert about["SHA-256 of the full figures"] == vintage.sha256_full


def test_a_hip_that_reported_nothing_has_no_zero(manager: User, vintage: Vintage) -> None:
    silent = _row(_workbook(_document(_made(manager, vintage)))["HIPs"], "Greenchain NH")

    assert silent[1:] == ["not reported", *[None] * 6]


def test_the_day_on_which_it_is_made_moves_nothing(manager: User, vintage: Vintage) -> None:
    def said() -> dict[str, Any]:
        read = contents.read(vintage, audience=Audience.COMMITTEE, actor=manager)
        return contents.said(read, number=1, note="")

    now = said()
    with clock.at(datetime(2027, 7, 1, tzinfo=UTC)):
        assert said() == now


# --- that it stays


@pytest.mark.usefixtures("both_languages")
def test_made_again_in_another_process_after_everything_changed_it_has_the_same_bytes(
    manager: User, coordinator: User, vintage: Vintage
) -> None:
    report = _made(manager, vintage, note="Let op")
    kept = {(row.language, row.audience): row for row in report.documents.all()}
    files = {key: (hashlib.sha256(row.pdf).hexdigest(), hashlib.sha256(row.xlsx).hexdigest())
             for key, row in kept.items()}  # fmt: skip

    Consortium.objects.filter(slug=HIP).update(name="Een andere naam")
    reporting.correct(actor=coordinator, consortium=HIP, quarter=PERIOD, reason="nog een fout")
    factories.reported(HIP, PERIOD, figure("assignments", 3), company(9), coordinator=coordinator)
    same = _made(manager, vintage, note="Let op")

    assert same.pk == report.pk
    for key, row in kept.items():
        row.refresh_from_db()
        again = subprocess.run(
            [sys.executable, "-c", AGAIN], input=json.dumps(row.content), capture_output=True, text=True, check=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "ptvt_portal.settings"},
        ).stdout.split()  # fmt: skip
        assert tuple(again) == files[key] == (row.pdf_sha256, row.xlsx_sha256)


def test_another_note_makes_another_edition_and_the_first_one_stays(
    client: Client, manager: User, vintage: Vintage
) -> None:
    first = _made(manager, vintage)
    second = _made(manager, vintage, note="Nagekomen")
    client.force_login(manager)

    assert (first.number, second.number) == (1, 2)
    newest = client.get("/en/edities/najaar/rapport.pdf")
    assert newest.content == bytes(_document(second).pdf)
    assert newest["ETag"] == f'"{_document(second).pdf_sha256}"'
    assert client.get("/en/edities/najaar/rapport.pdf?editie=1").content == bytes(_document(first).pdf)
    assert client.get("/en/edities/najaar/rapport.pdf?editie=3").status_code == 404
    assert client.get("/en/edities/najaar/rapport.pdf?editie=x").status_code == 404
    assert client.get("/en/edities/najaar/rapport.docx").status_code == 404


@pytest.mark.parametrize("table", ["programmereport", "programmereportdocument"])
def test_nobody_changes_or_removes_what_was_made(manager: User, vintage: Vintage, table: str) -> None:
    _made(manager, vintage)

    for statement in (f"UPDATE impact_{table} SET id = id", f"DELETE FROM impact_{table}"):
        with pytest.raises((InternalError, IntegrityError, ProgrammingError)), transaction.atomic():
            connection.cursor().execute(statement)


def test_the_database_keeps_no_hash_that_is_not_of_its_file(manager: User, vintage: Vintage) -> None:
    row = _document(_made(manager, vintage))
    row.pk, row.language, row.audience, row.pdf = None, "nl", "public", b"%PDF another"
    row.report = ProgrammeReport.objects.create(vintage=vintage, number=9, made_by=manager)

    with pytest.raises(IntegrityError, match="programmereportdocument_hashes"), transaction.atomic():
        row.save()


# --- for whom


def test_what_is_not_public_is_not_in_the_public_version(manager: User, vintage: Vintage) -> None:
    report = _made(manager, vintage, note="Alleen voor de stuurgroep")
    public, full = _document(report, "public"), _document(report, "committee")
    text = text_of(bytes(public.pdf))

    assert "Public version" in text
    assert "not public" in text
    assert "3,210" in text, "the total of persons over all lines is public"
    for hidden in ("Alleen voor de stuurgroep", "twee keer in het register", vintage.sha256_full):
        assert hidden not in text
        assert hidden not in json.dumps(public.content)
        assert hidden in json.dumps(full.content, ensure_ascii=False)
    lines = {"ecosystems", "talent", "lifelong learning", "innovation", "infrastructure"}
    persons = {"Students", "Participations of students", "Teachers", "Employees", "Jobseekers"}
    shown = [
        row
        for row in _rows(_workbook(public)["All figures"])
        if row[2] in persons and row[1] not in (None, "all action lines", "Action line")
    ]
    assert len(shown) >= len(lines)
    assert not [value for row in shown for value in row[4:] if isinstance(value, (int, float))]
    by_line = [row for row in _rows(_workbook(public)["Action lines"]) if row[0] in persons]
    assert not [value for row in by_line for value in row[1:6] if isinstance(value, (int, float))]


def test_the_report_of_the_committee_is_for_who_sees_the_whole_programme(
    client: Client, manager: User, coordinator: User, vintage: Vintage
) -> None:
    _made(manager, vintage)
    prefix = "/en"

    assert "/accounts/login/" in client.get(f"{prefix}/edities/najaar/rapport.pdf")["Location"]
    assert client.get(f"{prefix}/edities/najaar/rapport-openbaar.pdf").status_code == 200
    client.force_login(coordinator)
    assert client.get(f"{prefix}/edities/najaar/rapport.xlsx").status_code == 403
    client.force_login(factories.user(Role.READER))
    answer = client.get(f"{prefix}/edities/najaar/rapport.xlsx")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_one_click_of_the_office_makes_it_and_shows_where_it_is(
    client: Client, manager: User, vintage: Vintage
) -> None:
    assert "There is no report of this vintage yet" in client.get("/en/edities/najaar").content.decode()
    assert client.get("/en/edities/najaar/rapport-openbaar.pdf").status_code == 404
    client.force_login(manager)

    page = client.post("/en/edities/najaar/rapport", {"note": "Twee regels\r\nvoor de stuurgroep"}, follow=True)

    assert page.redirect_chain == [("/en/edities/najaar#report", 302)]
    text = page.content.decode()
    document = _document(ProgrammeReport.objects.get())
    assert "/en/edities/najaar/rapport.pdf?editie=1" in text
    assert document.pdf_sha256 in text
    assert document.xlsx_sha256 in text
    assert "Twee regels" in text_of(bytes(document.pdf))


def test_who_does_not_publish_makes_no_report(coordinator: User, vintage: Vintage) -> None:
    with pytest.raises(NotPermitted):
        _made(coordinator, vintage)
    with pytest.raises(NotPermitted):
        _made(factories.user(Role.READER), vintage)

    assert not ProgrammeReport.objects.exists()


def test_a_note_that_cannot_be_stored_is_refused(manager: User, vintage: Vintage) -> None:
    with pytest.raises(Refused):
        _made(manager, vintage, note="nul\0")


def test_a_person_number_in_a_note_is_refused(manager: User, vintage: Vintage) -> None:
    with pytest.raises(Refused):
        _made(manager, vintage, note="Bel met 111222333 over de cijfers")


def test_how_many_queries_it_takes_does_not_depend_on_how_much_was_reported(manager: User, vintage: Vintage) -> None:
    with CaptureQueriesContext(connection) as few:
        making.make(actor=manager, vintage=vintage)
    for slug in ("people", "greenchain-nh"):
        factories.reported(slug, PERIOD, figure("assignments", 3), company(5), headcount(7, 6))
    later = vintages.publish(actor=manager, code="later")
    with CaptureQueriesContext(connection) as many:
        making.make(actor=manager, vintage=later)

    assert len(many) <= len(few) + 2
