"""Handing in a list of organisations: from the file to the draft, every refusal, workers that come and go."""

import html
import re
import tracemalloc
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from celery.exceptions import OperationalError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from consortia import clock
from consortia.errors import NotAllowedNow, NotVisible, Refused
from consortia.models import Organisation, Role
from impact import drafts, organisation_list_upload, tasks, uploads
from impact.models import ReportVersion, Upload, UploadState
from impact.submission import ParticipationLine
from tests import factories
from tests.factories import company, school
from tests.spreadsheets import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q2"
WHERE = {"consortium": HIP, "quarter": PERIOD}
GOOD = "KvK-nummer;Naam;Actielijn;Betrokkenheid\n12345678;Een BV;innovatie;project\n02345678;Twee BV;talent;stage\n"
MIXED = GOOD + "1234567;Drie BV;talent;stage\n99999999;=CMD();talent;stage\n88888888;Vijf;taal;stage\n"
CHOSEN = {
    "column.0": "kvk",
    "column.1": "name",
    "column.2": "action_line",
    "column.3": "involvement",
    "headings": "on",
    "type": "company",
}


@pytest.fixture
def coordinator(programme):
    return factories.user(Role.COORDINATOR, HIP)


@pytest.fixture
def client(coordinator) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


def url(name: str = "report_list", *more: Any) -> str:
    with override("en"):
        return reverse(f"impact:{name}", args=[HIP, PERIOD, *more])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def handed_in(client: Client, data: str | bytes, name: str = "lijst.csv"):
    data = data.encode() if isinstance(data, str) else data
    return client.post(url(), {"file": SimpleUploadedFile(name, data)})


def organisations() -> list[ParticipationLine]:
    version = ReportVersion.objects.filter(report__consortium__slug=HIP, report__quarter=PERIOD).last()
    lines = drafts.lines_of(version) if version else []
    return [line for line in lines if isinstance(line, ParticipationLine)]


# --- from the file to the draft


def test_a_list_comes_into_the_draft_in_three_steps(client):
    columns = client.get(handed_in(client, GOOD)["Location"])
    assert 'value="kvk" selected' in columns.content.decode()
    assert "02345678" in text_of(columns)
    address = url("report_list_upload", Upload.objects.get().pk)

    preview = client.post(address, {**CHOSEN, "stap": "columns"}, follow=True)
    assert "Rows to add 2" in text_of(preview)
    assert organisations() == []

    done = client.post(address, {"stap": "all"}, follow=True)
    assert "2 rows were added to the list." in text_of(done)
    assert [(line.kvk_number, line.name, line.action_line, line.involvement) for line in organisations()] == [
        ("12345678", "Een BV", "innovation", "project"),
        ("02345678", "Twee BV", "talent", "internship"),
    ]


def test_a_workbook_comes_in_by_the_same_way_and_its_sheet_can_be_chosen(client):
    rows = [line.split(";") for line in GOOD.splitlines()]
    page = client.get(
        handed_in(client, workbook({"Uitleg": [["Lees mij"]], "Bedrijven": rows}), "lijst.xlsx")["Location"]
    )
    assert 'value="Bedrijven" selected' in page.content.decode()
    address = url("report_list_upload", Upload.objects.get().pk)
    assert "Lees mij" in text_of(client.get(f"{address}?blad=Uitleg&kolommen="))

    client.post(address, {**CHOSEN, "sheet": "Bedrijven", "stap": "columns"})
    client.post(address, {"stap": "all"})

    assert [line.kvk_number for line in organisations()] == ["12345678", "02345678"]


def test_what_the_draft_has_stays_as_it_is(client, coordinator):
    factories.reported(
        HIP, PERIOD, company("12345678", name="Eerste naam"), school(), upto="draft", coordinator=coordinator
    )
    before = organisations()

    upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
    organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)

    after = organisations()
    assert after[:2] == before
    assert [(line.kvk_number, line.name) for line in after[2:]] == [("02345678", "Twee BV")]


def test_what_a_row_leaves_open_comes_from_the_register(coordinator):
    factories.OrganisationFactory(
        kvk_number="12345678", name="Uit het register", size_class="large", postcode="3311 AB"
    )

    upload = factories.read_list(HIP, PERIOD, "KVK\n12345678\n", action_line="talent", involvement="network")
    organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)

    (line,) = organisations()
    assert (line.name, line.size_class, line.postcode) == ("Uit het register", "large", "3311 AB")


def test_a_school_that_the_register_knows_by_its_code_is_the_one_in_the_draft(coordinator):
    Organisation.objects.create(
        kvk_number="41414141", institution_code="99XA", name="School", organisation_type="school", is_listed=True
    )
    factories.reported(HIP, PERIOD, school("99XA"), upto="draft", coordinator=coordinator)

    upload = factories.read_list(
        HIP, PERIOD, "KVK;Actielijn;Rol\n41414141;talent;onderwijs\n41414141;LLO;onderwijs\n", actor=coordinator
    )
    organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)

    assert upload.result["unchanged"] == 1
    assert [(line.identifier, line.action_line) for line in organisations()] == [
        ("99XA", "talent"),
        ("99XA", "lifelong-learning"),
    ]


def test_the_same_list_again_adds_nothing(client, coordinator):
    for _time in range(2):
        upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
        organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)

    assert (upload.result["added"], upload.result["unchanged"]) == (0, 2)
    assert len(organisations()) == 2
    assert "There is nothing to add" in text_of(
        client.get(url("report_list_upload", factories.read_list(HIP, PERIOD, GOOD).pk))
    )


def test_a_list_is_taken_over_once(coordinator):
    upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
    organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)

    with pytest.raises(NotAllowedNow):
        organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)


# --- refused rows


def test_with_refused_rows_nothing_is_added_unless_the_good_ones_are_chosen(client, coordinator):
    upload = factories.read_list(HIP, PERIOD, MIXED, actor=coordinator)
    address = url("report_list_upload", upload.pk)

    shown = text_of(client.get(address))
    assert "3 rows are refused" in shown
    assert all(cell in shown for cell in ("A4", "B5", "C6"))
    assert client.post(address, {"stap": "all"}).status_code == 422
    assert organisations() == []

    client.post(address, {"stap": "good"})
    assert [line.kvk_number for line in organisations()] == ["12345678", "02345678"]


def test_the_refused_rows_come_back_as_a_file_that_runs_nothing(client):
    upload = factories.read_list(HIP, PERIOD, MIXED + "'@SUM(1);+31;talent;stage\n123456782;Zes;talent;stage\n")

    response = client.get(url("report_list_refused", upload.pk))

    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "KvK-nummer;Naam;Actielijn;Betrokkenheid;What is wrong"
    assert [line.split(";")[0] for line in lines[1:]] == ["1234567", "99999999", "88888888", "'@SUM(1)", "…"]
    assert lines[4].split(";")[1] == "'+31"
    assert "A4: " in lines[1]
    assert "123456782" not in response.content.decode()


def test_the_refused_rows_mended_and_handed_in_again_are_good(client, coordinator):
    upload = factories.read_list(HIP, PERIOD, MIXED)
    again = client.get(url("report_list_refused", upload.pk)).content.decode()
    again = again.replace("1234567;", "01234567;", 1).replace("(formula)", "Vier BV").replace(";taal;", ";talent;")

    mended = factories.read_list(HIP, PERIOD, again, actor=coordinator)

    assert (mended.result["added"], mended.result["refusals"]) == (3, 0)


def test_only_so_many_refused_rows_are_shown(client):
    upload = factories.read_list(HIP, PERIOD, "KVK;Actielijn;Rol\n" + "1;talent;stage\n" * 250)

    assert "And 50 more" in text_of(client.get(url("report_list_upload", upload.pk)))
    assert len(client.get(url("report_list_refused", upload.pk)).content.splitlines()) == 251


# --- bad input


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x00\x01\x02", "lijst.csv"),
        (b"\n\n", "lijst.csv"),
        (b"PK\x03\x04 no workbook", "lijst.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "lijst.xls"),
        (b"x" * (uploads.MAX_BYTES + 1), "lijst.csv"),
    ],
)
def test_a_file_that_is_no_list_is_refused_and_not_kept(client, data, name):
    response = handed_in(client, data, name)

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert Upload.objects.count() == 0


def test_no_file_at_all_is_refused_in_words(client):
    response = client.post(url())

    assert (response.status_code, "Choose a file first." in text_of(response)) == (422, True)


@pytest.mark.parametrize(
    "sent",
    [
        {"column.0": ""},
        {"column.1": "kvk"},
        {"column.2": ""},
        {"column.3": "", "involvement": "nonsense"},
        {"column.1": "nonsense"},
        {"sheet": "elders"},
        {"type": "ruimteschip"},
        {"type": ""},
    ],
)
def test_columns_that_cannot_be_are_refused_with_what_was_chosen(client, sent):
    handed_in(client, GOOD)
    upload = Upload.objects.get()

    response = client.post(url("report_list_upload", upload.pk), {**CHOSEN, **sent, "stap": "columns"})

    assert response.status_code == 422
    assert 'class="error-summary"' in response.content.decode()
    upload.refresh_from_db()
    assert not upload.options["chosen"]


@pytest.mark.parametrize("name", ["column.99999999", "column.x", "column.-1", "column.", "column.1²"])
def test_a_column_that_there_is_not_is_not_looked_at(client, name):
    handed_in(client, GOOD)

    response = client.post(
        url("report_list_upload", Upload.objects.get().pk), {**CHOSEN, name: "code", "stap": "columns"}, follow=True
    )

    assert response.status_code == 200


def test_a_damaged_workbook_is_told_where_it_breaks_once_it_is_read(client, monkeypatch):
    upload = factories.received_list(HIP, PERIOD, GOOD)
    monkeypatch.setattr(
        organisation_list_upload, "table", lambda *_arguments, **_more: organisation_list_upload.tables(b"\x00")
    )

    organisation_list_upload.read(upload.pk)

    assert "cannot be read" in text_of(client.get(url("report_list_upload", upload.pk)))


def test_a_list_of_another_report_or_nobodys_is_not_there(client, coordinator):
    elsewhere = factories.read_list("people", PERIOD, GOOD)

    assert client.get(url("report_list_upload", elsewhere.pk)).status_code == 404
    assert client.get(url("report_list_refused", elsewhere.pk)).status_code == 404
    assert client.get(url("report_list_upload", uuid4())).status_code == 404
    for command in (organisation_list_upload.take_over, organisation_list_upload.choose):
        more = {"sheet": "", "first_row_is_heading": True, "columns": {}}
        with pytest.raises(NotVisible):
            command(
                actor=coordinator, **WHERE, upload_id=elsewhere.pk,
                **(more if command is organisation_list_upload.choose else {}),
            )  # fmt: skip


def test_a_report_that_cannot_be_filled_takes_no_list(client, coordinator):
    upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
    factories.reported(HIP, PERIOD, upto="submitted", coordinator=coordinator)

    assert client.get(url())["Location"].endswith(f"/{PERIOD}")
    with pytest.raises(NotAllowedNow):
        organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)
    assert len(organisations()) == 3


def test_the_bytes_that_were_previewed_are_the_ones_that_are_taken_over(coordinator):
    upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
    with upload.file.storage.open(upload.file.name, "wb") as stream:
        stream.write(GOOD.replace("12345678", "87654321", 1).encode())

    with pytest.raises(NotVisible):
        organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)


def test_a_row_that_a_colleague_added_meanwhile_stays_theirs(coordinator):
    upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
    factories.reported(HIP, PERIOD, company("12345678", name="Zo heet het"), upto="draft", coordinator=coordinator)

    assert organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk) == 1
    assert [line.name for line in organisations()] == ["Zo heet het", "Twee BV"]


# --- long lists


def long_list(rows: int) -> str:
    numbers = range(20_000_000, 20_000_000 + rows)
    return "KVK;Naam;Actielijn;Rol\n" + "".join(
        f"{number};Bedrijf {number} BV;innovatie;project\n" for number in numbers
    )


@pytest.fixture
def sent(monkeypatch) -> list[list[str]]:
    """What workers are asked to do; nobody does it."""
    asked: list[list[str]] = []
    monkeypatch.setattr(tasks.read_upload, "apply_async", lambda arguments, **_more: asked.append(arguments))
    return asked


def test_a_long_list_is_read_by_a_worker_while_the_page_tells_how_far_it_is(
    client, sent, django_capture_on_commit_callbacks
):
    handed_in(client, long_list(5_000))
    upload = Upload.objects.get()
    address = url("report_list_upload", upload.pk)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(address, {**CHOSEN, "stap": "columns"}, follow=True)
    assert sent == [[str(upload.pk)]]
    assert 'http-equiv="refresh"' in page.content.decode()

    uploads.progress(upload, 1_500, 5_000)
    far = client.get(address, headers={"X-Fragment": "progress"}).json()
    assert far == {"isReady": False, "done": 1500, "total": 5000, "text": "1,500 of 5,000 rows read."}
    assert "1,500 of 5,000 rows read." in text_of(client.get(address))
    assert "lijst.csv" in text_of(client.get(url()))

    assert tasks.read_upload(str(upload.pk))
    assert client.get(address, headers={"X-Fragment": "progress"}).json()["isReady"]
    assert "Rows to add 5,000" in text_of(client.get(address))


def test_how_far_reading_is_is_written_down_on_the_way(monkeypatch):
    told = []
    rows = [["KVK"], *[[str(number)] for number in range(30_000_000, 30_002_000)]]
    monkeypatch.setattr(uploads, "progress", lambda _upload, done, total: told.append((done, total)))

    factories.read_list(HIP, PERIOD, workbook({"Blad1": rows}), action_line="talent", involvement="network")

    assert told == [(0, None), (500, 2001), (1000, 2001), (1500, 2001), (2000, 2001), (2001, 2001)]


def test_without_a_broker_beat_reads_the_list(client, monkeypatch, django_capture_on_commit_callbacks):
    def away(*_arguments, **_more):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.read_upload, "apply_async", away)
    handed_in(client, long_list(5_000))
    upload = Upload.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url("report_list_upload", upload.pk), {**CHOSEN, "stap": "columns"}).status_code == 302

    assert tasks.read_uploads() == 1
    upload.refresh_from_db()
    assert upload.state == UploadState.READ
    assert tasks.read_uploads() == 0


def test_without_workers_the_page_that_waits_reads_the_list(client, sent):
    handed_in(client, long_list(5_000))
    address = url("report_list_upload", Upload.objects.get().pk)
    page = client.post(address, {**CHOSEN, "stap": "columns"}, follow=True)
    assert "waits for its turn" in text_of(page)

    with time_machine.travel(clock.now() + timedelta(seconds=10), tick=True):
        assert client.get(address, headers={"X-Fragment": "progress"}).json()["isReady"]


def test_a_list_whose_worker_was_killed_is_begun_anew(client):
    upload = factories.received_list(HIP, PERIOD, GOOD)
    uploads.progress(upload, 1, 2)

    assert tasks.read_uploads() == 1
    upload.refresh_from_db()
    assert upload.result["added"] == 2


def test_a_list_that_ends_every_worker_is_given_up(client):
    with override("en"):
        upload = factories.received_list(HIP, PERIOD, GOOD)
    upload.options["attempts"] = 3
    upload.save()

    assert tasks.read_uploads() == 0
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert "This file cannot be read." in text_of(client.get(url("report_list_upload", upload.pk)))


def test_a_list_whose_columns_nobody_chose_is_not_read():
    actor = factories.user(Role.COORDINATOR, HIP)
    upload = organisation_list_upload.receive(actor=actor, **WHERE, name="x.csv", data=GOOD.encode())

    assert tasks.read_uploads() == 0
    assert not tasks.read_upload(str(upload.pk))
    assert not tasks.read_upload(str(uuid4()))


def test_old_files_are_purged(coordinator):
    upload = factories.read_list(HIP, PERIOD, GOOD, actor=coordinator)
    Upload.objects.update(uploaded_at=clock.now() - timedelta(days=60))

    assert tasks.purge_uploads() == 1
    assert not upload.file.storage.exists(upload.file.name)


def test_the_pages_ask_the_database_as_often_for_a_short_list_as_for_a_long_one(client):
    def number(rows: int) -> list[int]:
        upload = factories.read_list(HIP, PERIOD, long_list(rows))
        counts = []
        for address in (
            url(),
            url("report_list_upload", upload.pk),
            url("report_list_upload", upload.pk) + "?kolommen=",
        ):
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
        return counts

    number(1)
    assert number(2) == number(200)


def test_reading_a_long_list_takes_little_memory():
    upload = factories.received_list(HIP, PERIOD, long_list(30_000))
    tracemalloc.start()

    organisation_list_upload.read(upload.pk)

    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_workers_one_reads_and_the_other_lets_it():
    from tests.test_concurrency import at_once

    upload = factories.received_list(HIP, PERIOD, long_list(3_000))

    results = at_once(*[lambda: organisation_list_upload.read(upload.pk)] * 2)

    assert sorted(results) == [False, True]
    upload.refresh_from_db()
    assert (upload.state, upload.result["added"]) == (UploadState.READ, 3_000)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_clicks_at_once_one_takes_the_list_over():
    from tests.test_concurrency import at_once

    actor = factories.user(Role.COORDINATOR, HIP)
    upload = factories.read_list(HIP, PERIOD, long_list(500), actor=actor)

    results = at_once(*[lambda: organisation_list_upload.take_over(actor=actor, **WHERE, upload_id=upload.pk)] * 2)

    assert sorted(type(result) for result in results if not isinstance(result, int)) == [NotAllowedNow]
    assert 500 in results
    assert len(organisations()) == 500


def test_a_refused_step_changes_nothing(coordinator):
    upload = factories.read_list(HIP, PERIOD, MIXED, actor=coordinator)

    with pytest.raises(Refused) as refused:
        organisation_list_upload.take_over(actor=coordinator, **WHERE, upload_id=upload.pk)

    assert [problem.pointer for problem in refused.value.problems] == ["A4", "B5", "C6"]
    upload.refresh_from_db()
    assert upload.state == UploadState.READ
