"""An export of the trade register: what its rows say, what they would change, and taking that over at once."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused, Stale
from consortia.models import Organisation, Role, User
from impact import ledger, register_upload, rollups, tasks, uploads
from impact.models import Participation, RegisterImport, Upload, UploadState
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import OrganisationFactory, company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HEADINGS = "KvK-nummer;Handelsnaam;Postcode;Vestigingsplaats;Gemeente;Provincie;Werkzame personen;SBI-code"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    # What a worker says is in the language of who chose the columns.
    with translation.override("en"):
        yield


@pytest.fixture
def manager() -> User:
    return factories.user(Role.MANAGER)


@pytest.fixture
def listed(programme: None) -> list[Organisation]:
    return [OrganisationFactory(kvk_number=f"{number:08}", name=f"Oud {number}") for number in (1, 2, 3)]


def csv(*rows: str) -> bytes:
    return "\n".join((HEADINGS, *rows)).encode()


def handed_in(actor: User, data: bytes, **choices: Any) -> Upload:
    upload = register_upload.receive(actor=actor, name="export.csv", data=data)
    sheet = upload.options["sheets"][0]
    given: dict[str, Any] = {
        "sheet": sheet["name"],
        "first_row_is_heading": True,
        "columns": {name: number for name, (number, _sure) in sheet["recognised"].items()},
        "province_year": "2026",
        "sbi_version": "2008",
        **choices,
    }
    register_upload.choose(actor=actor, upload_id=upload.pk, **given)
    assert register_upload.read(upload.pk)
    upload.refresh_from_db()
    return upload


WHOLE = "00000001;Nieuw BV;3311ab;Dordrecht;Dordrecht;Zuid-Holland;12;62.01"


def test_the_columns_of_an_export_are_recognised(manager: User) -> None:
    upload = register_upload.receive(actor=manager, name="export.csv", data=csv(WHOLE))

    assert {name: number for name, (number, _sure) in upload.options["sheets"][0]["recognised"].items()} == {
        "kvk": 0, "name": 1, "postcode": 2, "place": 3, "municipality": 4, "province": 5, "employees": 6, "sbi": 7,
    }  # fmt: skip


def test_the_preview_says_what_changes_from_what_and_changes_nothing(manager: User, listed: list[Organisation]) -> None:
    upload = handed_in(manager, csv(WHOLE, "00000002;Oud 2;;;;;;", "00000099;Onbekend;;;;;;"))

    result = upload.result
    assert upload.state == UploadState.READ
    assert (result["rows"], result["changed"], result["unchanged"], result["unknown"]) == (3, 1, 1, 1)
    ((number, _name, _pk, changes),) = result["changes_shown"]
    assert number == "00000001"
    assert changes == [
        ["name", "Oud 1", "Nieuw BV"],
        ["postcode", "", "3311 AB"],
        ["place", "", "Dordrecht"],
        ["municipality", "", "Dordrecht"],
        ["province", "", "PV28"],
        ["province_year", "", 2026],
        ["sbi_code", "", "6201"],
        ["sbi_version", "", "2008"],
    ]
    assert Organisation.objects.get(kvk_number="00000001").name == "Oud 1"


def test_what_was_shown_is_taken_over_and_who_did_is_kept(manager: User, listed: list[Organisation]) -> None:
    upload = handed_in(manager, csv(WHOLE, "00000099;Onbekend;;;;;;"))

    kept = register_upload.take_over(actor=manager, upload_id=upload.pk)

    row = Organisation.objects.get(kvk_number="00000001")
    assert (row.pk, row.name, row.postcode, row.province, row.province_year) == (
        listed[0].pk, "Nieuw BV", "3311 AB", "PV28", 2026,
    )  # fmt: skip
    assert (row.sbi_code, row.sbi_version, row.data_source) == ("6201", "2008", "kvk-import")
    assert row.data_at is not None
    assert not Organisation.objects.filter(kvk_number="00000099").exists(), "nobody has reported it"
    assert Organisation.objects.get(kvk_number="00000002").data_source == "", "the export says nothing of it"
    assert (kept.imported_by, kept.changed, kept.unknown, kept.sha256) == (manager, 1, 1, upload.sha256)


def test_taken_over_twice_changes_nothing_the_second_time(manager: User, listed: list[Organisation]) -> None:
    register_upload.take_over(actor=manager, upload_id=handed_in(manager, csv(WHOLE)).pk)
    at = Organisation.objects.get(kvk_number="00000001").data_at

    again = handed_in(manager, csv(WHOLE))

    assert (again.result["changed"], again.result["unchanged"]) == (0, 1)
    assert register_upload.take_over(actor=manager, upload_id=again.pk).changed == 0
    assert Organisation.objects.get(kvk_number="00000001").data_at == at
    with pytest.raises(NotAllowedNow):
        register_upload.take_over(actor=manager, upload_id=again.pk)


def test_numbers_participations_and_figures_stay(manager: User) -> None:
    factories.reported("scale", "2025Q1", company(1, size_class="large", name="Toen"))
    rows = list(Participation.objects.values())
    before = rollups.compute(Selection(), ledger.resolve(), Dimensions.read())

    register_upload.take_over(
        actor=manager, upload_id=handed_in(manager, csv("00000001;Nu;1234AB;X;X;Limburg;3;85")).pk
    )

    assert Organisation.objects.get(kvk_number="00000001").size_class == "micro"
    assert list(Participation.objects.values()) == rows
    assert rollups.compute(Selection(), ledger.resolve(), Dimensions.read()) == before


def test_what_only_a_draft_names_stays_bare(manager: User) -> None:
    factories.reported("scale", "2025Q1", company(9), upto="draft")

    upload = handed_in(manager, csv("00000009;Naam;;;;;;"))

    assert (upload.result["changed"], upload.result["unknown"]) == (0, 1)


@pytest.mark.parametrize(
    ("row", "address", "words"),
    [
        ("1;Naam;;;;;;", "A2", "fewer than eight digits"),
        (";Naam;;;;;;", "A2", "no KVK number"),
        ("123456782;Naam;;;;;;", "A2", "BSN"),
        ("00000001;123456782;;;;;;", "B2", "BSN"),
        ("00000001;Naam;1234SS;;;;;", "C2", "1234 AB"),
        ("00000001;Naam;;;123456782;;;", "E2", "BSN"),
        ("00000001;Naam;;;;Zuid-Hollant;;", "F2", "Zuid-Holland"),
        ("00000001;Naam;;;;;veel;", "G2", "whole number"),
        ("00000001;Naam;;;;;;software", "H2", "no SBI code"),
        ("00000001;=1+1;;;;;;", "B2", "formula"),
        (f"00000001;{'x' * 201};;;;;;", "B2", "At most 200"),
    ],
)
def test_what_cannot_be_is_refused_at_its_cell_and_nothing_is_taken_over(
    manager: User, listed: list[Organisation], row: str, address: str, words: str
) -> None:
    upload = handed_in(manager, csv(row, "00000002;Nieuw;;;;;;"))

    assert upload.result["refused_rows"] == 1
    ((where, detail),) = upload.result["refusals_shown"]
    assert where == address and words in detail
    with pytest.raises(Refused):
        register_upload.take_over(actor=manager, upload_id=upload.pk)
    assert not Organisation.objects.filter(name="Nieuw").exists()
    assert register_upload.take_over(actor=manager, upload_id=upload.pk, good_rows_only=True).changed == 1


def test_a_number_that_says_two_things_is_refused_at_the_later_row(manager: User, listed: list[Organisation]) -> None:
    upload = handed_in(manager, csv("00000001;A;;;;;;", "00000001;A;;;;;;", "00000001;B;;;;;;"))

    assert upload.result["repeated"] == 1
    ((where, detail),) = upload.result["refusals_shown"]
    assert where == "A4" and "A2" in detail


def test_a_code_in_a_number_cell_is_taken_only_where_no_zero_can_be_lost(manager: User) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("Export")
    rows = [["KVK-nummer", "SBI"], ["00000001", 1131], ["00000002", 43221], ["00000003", "01131"]]
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    book.close()
    for number in (1, 2, 3):
        OrganisationFactory(kvk_number=f"{number:08}")

    upload = handed_in(manager, stream.getvalue())

    assert [where for where, _detail in upload.result["refusals_shown"]] == ["Export!B2"]
    assert [changes[0][2] for _number, _name, _pk, changes in upload.result["changes_shown"]] == ["43221", "01131"]


def test_what_changed_meanwhile_is_shown_again_first(manager: User, listed: list[Organisation]) -> None:
    upload = handed_in(manager, csv(WHOLE))
    Organisation.objects.filter(kvk_number="00000001").update(name="Intussen")

    with pytest.raises(Stale):
        register_upload.take_over(actor=manager, upload_id=upload.pk)

    register_upload.read_again(actor=manager, upload_id=upload.pk)
    assert register_upload.read(upload.pk)
    assert register_upload.take_over(actor=manager, upload_id=upload.pk).changed == 1


@pytest.mark.parametrize(
    ("choices", "pointer"),
    [
        ({"columns": {"name": 1}}, "/columns"),
        ({"columns": {"kvk": 0}}, "/columns"),
        ({"columns": {"kvk": 0, "action_line": 1}}, "/columns"),
        ({"province_year": ""}, "/province_year"),
        ({"province_year": "26"}, "/province_year"),
        ({"sbi_version": "1993"}, "/sbi_version"),
        ({"sheet": "Elders"}, "/sheet"),
    ],
)
def test_a_choice_that_is_missing_or_none_is_refused(manager: User, choices: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Refused) as refused:
        handed_in(manager, csv(WHOLE), **choices)

    assert pointer in {problem.pointer for problem in refused.value.problems}


def test_only_the_office_imports(manager: User, listed: list[Organisation]) -> None:
    upload = handed_in(manager, csv(WHOLE))

    for role in (Role.REVIEWER, Role.READER):
        with pytest.raises(NotPermitted):
            register_upload.receive(actor=factories.user(role), name="x.csv", data=csv(WHOLE))
        with pytest.raises(NotVisible):
            register_upload.take_over(actor=factories.user(role), upload_id=upload.pk)


def test_a_worker_reads_it_and_what_was_killed_is_begun_anew(manager: User, listed: list[Organisation]) -> None:
    upload = handed_in(manager, csv(WHOLE))
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.READING, result={})

    assert tasks.read_uploads() == 1

    upload.refresh_from_db()
    assert upload.state == UploadState.READ and upload.result["changed"] == 1


def test_who_imported_what_stays_as_it_was_written(manager: User, listed: list[Organisation]) -> None:
    kept = register_upload.take_over(actor=manager, upload_id=handed_in(manager, csv(WHOLE)).pk)
    uploads.purge(older_than_days=-1)
    assert RegisterImport.objects.get().pk == kept.pk

    for statement in ("UPDATE impact_registerimport SET changed = 0", "DELETE FROM impact_registerimport"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_an_import_that_cannot_be_is_no_row(manager: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterImport.objects.create(imported_by=manager, name="x", sha256="", rows=1, changed=0)


# --- the pages


def signed_in(who: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


def test_the_office_imports_an_export_through_the_pages(manager: User, listed: list[Organisation]) -> None:
    office = signed_in(manager)
    assert "Import a KVK export" in office.get("/en/register").content.decode()
    refused = office.post("/en/register/importeren", {})
    assert refused.status_code == 422 and b"Choose a file first" in refused.content

    sent = office.post("/en/register/importeren", {"file": SimpleUploadedFile("kvk.csv", csv(WHOLE))})
    address = sent["Location"]
    columns = office.get(address)
    assert b"Which column is what?" in columns.content
    chosen = {each["name"]: each["meaning"] for each in columns.context["columns"]}
    given = {"stap": "columns", "sheet": "", "headings": "on", **chosen, "province_year": "2026"}
    assert b"Say of which edition" in office.post(address, given).content
    assert office.post(address, {**given, "sbi_version": "2008"}).status_code == 302

    preview = office.get(address)
    assert b"<del>Oud 1</del>" in preview.content and b"<ins>Nieuw BV</ins>" in preview.content
    done = office.post(address, {"stap": "all"}, follow=True)
    assert b"1 organisation was changed in the register" in done.content
    assert b"kvk.csv" in office.get("/en/register/importeren").content
    assert "from KVK export" in office.get(f"/en/register/{listed[0].pk}").content.decode()


def test_the_page_of_imports_takes_a_fixed_number_of_queries(manager: User, listed: list[Organisation]) -> None:
    office = signed_in(manager)
    counts = []
    for number in (1, 4):
        for _each in range(number):
            register_upload.take_over(actor=manager, upload_id=handed_in(manager, csv(WHOLE)).pk)
        with CaptureQueriesContext(connection) as queries:
            office.get("/en/register/importeren")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20
