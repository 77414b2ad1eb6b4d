"""The pages of backfilling: choose, download, upload, look, take over, hand in; and what a HIP sees of it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia.models import Consortium, Role
from impact import drafts, programme, receipt, reporting
from impact.backfill import work
from impact.models import Indicator, Quarter, ReportVersion, Upload, UploadState
from impact.standing import standing
from tests import factories
from tests.impact.backfill.filling import Book, handed_in, taken_over
from tests.impact.backfill.test_round_trip import filled
from tests.pdf_text import text_of as text_of_pdf

pytestmark = pytest.mark.django_db

PAGE = "/beoordelen/aanvullen"
CHOICE = "hip=scale&hip=people&kwartaal=2024Q4&kwartaal=2025Q1"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def manager(programme, client):
    actor = factories.user(Role.MANAGER)
    client.force_login(actor)
    return actor


@pytest.fixture
def assignments(programme):
    return Indicator.objects.get(code="assignments").name


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def book_from(client, choice=CHOICE) -> Book:
    response = client.get(f"{PAGE}/werkboek.xlsx?{choice}")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return Book(response.content)


def uploaded(client, data) -> str:
    response = client.post(PAGE, {"file": SimpleUploadedFile("inhaal.xlsx", data)})
    assert response.status_code == 302, text_of(response)
    return response["Location"]


def test_from_choice_to_submission_through_the_pages(client, manager, assignments):
    book = book_from(client)
    for quarter in ("2024Q4", "2025Q1"):
        book.figure("people", quarter, assignments, "talent").value = 4
    page = uploaded(client, book.data)

    looked = client.get(page)
    taken = client.post(page, {"stap": "take-over"}, follow=True)
    done = client.post(page, {"stap": "hand-in", "rapportage": ["people/2024Q4"]}, follow=True)

    assert [row["added"] for row in looked.context["reports"] if row["hip"] == "people"] == [1, 1]
    assert [row["key"] for row in taken.context["drafts"]] == ["people/2024Q4", "people/2025Q1"]
    assert [row["is_in"] for row in done.context["drafts"]] == [True, False]
    submitted = ReportVersion.objects.filter(status="submitted")
    assert list(submitted.values_list("report__quarter", flat=True)) == ["2024Q4"]
    assert "inhaal.xlsx" in text_of(client.get(PAGE))


def test_nothing_chosen_and_no_file_are_said_at_their_place(client, manager):
    assert client.get(f"{PAGE}/werkboek.xlsx").status_code == 422
    assert client.post(PAGE).status_code == 422
    upload = factories.uploaded_backfill(["scale"], ["2025Q1"], is_wrong=False)
    upload.state, upload.result = UploadState.APPLIED, {"reports": [], "drafted": [], "errors": [], "error_count": 0}
    upload.save()
    assert client.post(f"{PAGE}/{upload.pk}", {"stap": "hand-in"}).status_code == 422


def test_what_is_wrong_is_listed_and_handed_back_marked_and_as_a_list(client, manager):
    upload = factories.uploaded_backfill(["scale"], ["2025Q1"])
    page = f"{PAGE}/{upload.pk}"

    shown, marked, listed = client.get(page), client.get(f"{page}/gemarkeerd.xlsx"), client.get(f"{page}/meldingen.csv")
    refused = client.post(page, {"stap": "take-over"}, follow=True)

    assert "Cijfers!E5" in text_of(shown)
    assert Book(marked.content).book["Cijfers"]["E5"].comment is not None
    assert "Cijfers!E5" in listed.content.decode()
    assert "kan zo niet" in text_of(refused)
    assert Upload.objects.get().state == UploadState.READ


def test_closed_quarters_are_opened_by_an_extension_on_the_page(client, manager, assignments):
    programme.open_quarters()
    programme.close_quarter(actor=manager, quarter=Quarter.objects.get(pk="2024Q4"), reason="Afgesloten")
    book = book_from(client)
    book.figure("people", "2024Q4", assignments, "talent").value = 4
    page = uploaded(client, book.data)

    shown = client.get(page)
    without_reason = client.post(page, {"stap": "extend", "dueDate": "2099-01-01", "reason": ""})
    granted = client.post(page, {"stap": "extend", "dueDate": "2099-01-01", "reason": "Archief"}, follow=True)

    assert shown.context["closed"] == 1
    assert without_reason.status_code == 422
    assert granted.context["closed"] == 0
    assert granted.context["may_take_over"] is True


def test_a_large_workbook_waits_for_a_worker_and_the_page_says_how_far_it_is(client, manager, monkeypatch):
    monkeypatch.setattr(work, "SMALL", 0)
    page = uploaded(client, book_from(client).data)

    waiting = client.get(page)
    progress = client.get(page, headers={"X-Fragment": "progress"}).json()
    assert work.run(Upload.objects.get().pk)
    ready = client.get(page, headers={"X-Fragment": "progress"}).json()

    assert waiting.context["is_busy"] is True
    assert (progress["isReady"], ready["isReady"]) == (False, True)


def test_the_number_of_queries_of_its_pages_does_not_grow_with_the_reports(client, manager):
    counts = []
    for hips in (["scale"], [row.slug for row in Consortium.objects.all()[:6]]):
        upload = factories.uploaded_backfill(hips, ["2024Q3", "2024Q4"], is_wrong=False)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{PAGE}/{upload.pk}").status_code == 200
        counts.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGE).status_code == 200
        counts.append(len(queries))

    assert counts[:2] == counts[2:]


# --- on behalf of a HIP, on the ordinary pages


def test_who_fills_in_for_a_hip_is_told_so_and_the_hip_sees_who_did_it(client, manager):
    before = text_of(client.get("/rapportages/people/2025Q1"))
    filled(manager, "people", "2025Q1")
    hip = Client()
    hip.force_login(factories.user(Role.COORDINATOR, "people"))

    name = Consortium.objects.get(slug="people").name
    assert f"U vult in namens {name}" in before
    page, versions = hip.get("/rapportages/people/2025Q1"), hip.get("/rapportages/people/2025Q1/versies")
    assert f"Ingevuld namens de HIP door {manager}" in text_of(page)
    assert "namens de HIP" in text_of(versions)
    assert "U vult in namens" not in text_of(page)


def test_the_hip_goes_on_with_what_the_office_began(manager):
    filled(manager, "people", "2025Q1")
    coordinator = factories.user(Role.COORDINATOR, "people")
    filled(coordinator, "people", "2025Q1", {"figures": [], "participations": [], "unidentifiedCompanies": [],
                                             "headcounts": []})  # fmt: skip

    version = standing(coordinator, "people", "2025Q1").version
    assert drafts.lines_of(version) == []
    assert reporting.submit(actor=coordinator, consortium="people", quarter="2025Q1").submitted_by == coordinator


def test_receipt_and_api_say_that_it_was_handed_in_on_behalf_of_the_hip(client, manager, assignments):
    from consortia import tokens

    book = book_from(client)
    book.figure("people", "2025Q1", assignments, "talent").value = 4
    handed_in(manager, taken_over(manager, book.data))
    own = factories.reported("scale", "2025Q1", upto="submitted")
    key = tokens.issue(user=manager)[1]
    api = Client(headers={"Authorization": f"Bearer {key}"})

    version = standing(manager, "people", "2025Q1").version
    assert f"{manager}, namens de HIP" in text_of_pdf(receipt.pdf(version))
    assert "namens de HIP" not in text_of_pdf(receipt.pdf(own))
    assert api.get("/api/v1/reports/people/2025Q1").json()["onBehalf"] is True
    assert api.get("/api/v1/reports/people/2025Q1/versions/1").json()["onBehalf"] is True
    assert api.get("/api/v1/reports/scale/2025Q1").json()["onBehalf"] is False
