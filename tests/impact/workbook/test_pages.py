"""The pages of the workbook: download, upload, look, confirm."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consortia.models import Role
from impact.models import Upload, UploadState
from tests import factories
from tests.impact.workbook.filling import Book, address
from tests.impact.workbook.test_round_trip import BODY, draft_rows, filled

pytestmark = pytest.mark.django_db

PAGE = "/rapportages/scale/2025Q1/werkboek"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def colleague(programme):
    return factories.user(Role.CONTRIBUTOR, "scale")


@pytest.fixture
def coordinator(programme, client):
    actor = factories.user(Role.COORDINATOR, "scale")
    client.force_login(actor)
    filled(actor)
    return actor


def downloaded(client) -> Book:
    response = client.get(f"{PAGE}.xlsx")
    assert response.status_code == 200
    assert 'filename="scale-2025Q1.xlsx"' in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    return Book(response.content)


def uploaded(client, data, name="boek.xlsx"):
    """The address of the preview."""
    response = client.post(PAGE, {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_from_download_to_the_draft_in_one_upload_and_one_confirmation(client, coordinator):
    book = downloaded(client)
    book.figure("assignments", "innovation").value = 14
    preview = uploaded(client, book.data)

    shown = client.get(preview)
    before = draft_rows(coordinator)
    done = client.post(preview, {"seen": shown.context["found"].seen}, follow=True)

    assert before["/figures/assignments/innovation"]["value"] == 12
    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 14
    assert done.redirect_chain[-1][0] == "/rapportages/scale/2025Q1"
    assert Upload.objects.get().state == UploadState.APPLIED


def test_an_unchanged_workbook_says_that_nothing_changes(client, coordinator):
    response = client.get(uploaded(client, downloaded(client).data))

    assert response.context["found"].changes == []
    assert "zegt hetzelfde" in text_of(response) or "says the same" in text_of(response)


def test_errors_are_listed_with_their_cells_and_nothing_can_be_taken_over(client, coordinator):
    book = downloaded(client)
    one, two = book.figure("assignments", "innovation"), book.figure("curricula", "talent")
    one.value, two.value = "1.100", "=1+1"
    preview = uploaded(client, book.data)

    shown = client.get(preview)
    refused = client.post(preview)
    marked = client.get(f"{preview}/gemarkeerd.xlsx")

    assert address(one) in text_of(shown)
    assert address(two) in text_of(shown)
    assert refused.status_code == 422
    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 12
    again = openpyxl.load_workbook(io.BytesIO(marked.content))
    assert again[one.parent.title][one.coordinate].comment is not None


def test_rows_that_a_colleague_changed_are_shown_side_by_side_and_left_only_if_chosen(client, coordinator, colleague):
    book = downloaded(client)
    book.figure("assignments", "innovation").value = 14
    book.figure("curricula", "talent").value = 5
    filled(colleague, {**BODY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]})
    preview = uploaded(client, book.data)

    shown = client.get(preview)
    seen = shown.context["found"].seen
    undecided = client.post(preview, {"seen": seen})
    decided = client.post(preview, {"seen": seen, "conflicts": "leave"})

    row = shown.context["conflicts"][0]
    assert (row.base, row.draft, row.workbook) == ("12", "99", "14")
    assert undecided.status_code == 409
    assert decided.status_code == 302
    after = draft_rows(coordinator)
    assert after["/figures/assignments/innovation"]["value"] == 99
    assert after["/figures/curricula/talent"]["value"] == 5


def test_what_the_reader_changed_in_the_portal_is_told_and_taken_over(client, coordinator):
    book = downloaded(client)
    book.figure("assignments", "innovation").value = 14
    filled(coordinator, {**BODY, "figures": [{**BODY["figures"][0], "value": 13}, *BODY["figures"][1:]]})
    preview = uploaded(client, book.data)

    shown = client.get(preview)
    taken = client.post(preview, {"seen": shown.context["found"].seen})

    assert (shown.context["own"], shown.context["conflicts"]) == (1, [])
    assert taken.status_code == 302
    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 14


def test_a_choice_made_for_other_conflicts_is_asked_again(client, coordinator, colleague):
    book = downloaded(client)
    book.figure("assignments", "innovation").value = 14
    preview = uploaded(client, book.data)
    seen = client.get(preview).context["found"].seen
    filled(colleague, {**BODY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]})

    response = client.post(preview, {"seen": seen, "conflicts": "leave"})

    assert response.status_code == 409
    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 99


def test_a_hostile_file_is_kept_out_with_its_message(client, coordinator):
    response = client.get(uploaded(client, bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100), name="oud.xls"))

    assert response.status_code == 422
    assert ".xlsx" in text_of(response)
    assert client.get(response.request["PATH_INFO"] + "/gemarkeerd.xlsx").status_code == 302


def test_no_file_and_an_empty_file_are_said_at_the_field(client, coordinator):
    for files in ({}, {"file": SimpleUploadedFile("leeg.xlsx", b"")}):
        response = client.post(PAGE, files)
        assert response.status_code == 422
        assert 'id="file-error"' in response.content.decode()


def test_proposed_organisations_take_part_again_or_are_left_out_by_one_word(client, programme):
    from impact import proposals
    from impact.standing import standing

    factories.reported("scale", "2025Q1", *(factories.company(number) for number in (1, 2, 3)))
    actor = factories.user(Role.COORDINATOR, "scale")
    client.force_login(actor)
    response = client.get("/rapportages/scale/2025Q2/werkboek.xlsx")
    book = Book(response.content)
    for number, answer in (("00000001", "ja"), ("00000002", "nee")):
        row = book.row("proposals", number, book.column("proposals", "kvkNumber"))
        book.cell("proposals", row, "takesPart").value = answer

    posted = client.post(
        "/rapportages/scale/2025Q2/werkboek", {"file": SimpleUploadedFile("boek.xlsx", book.data)}
    )  # fmt: skip
    shown = client.get(posted["Location"])
    taken = client.post(posted["Location"], {"seen": shown.context["found"].seen})

    assert taken.status_code == 302, (shown.context["found"].errors, taken.context["errors"])
    held = standing(actor, "scale", "2025Q2")
    after = proposals.of(held.report, held.version)
    assert [each.identifier for each in after.open] == ["00000003"]
    assert [each.identifier for each in after.dropped] == ["00000002"]
    assert held.version.participations.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_draft(client, programme):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for hip, last in (("scale", 5), ("people", 60)):
        factories.reported(hip, "2025Q1", *(factories.company(each) for each in range(1, last)), upto="draft")
        client.force_login(factories.user(Role.COORDINATOR, hip))
        address = f"/rapportages/{hip}/2025Q1/werkboek"
        with CaptureQueriesContext(connection) as download:
            data = client.get(f"{address}.xlsx").content
        for_download = len(download)
        preview = client.post(address, {"file": SimpleUploadedFile("boek.xlsx", data)})["Location"]
        with CaptureQueriesContext(connection) as look:
            assert client.get(preview).status_code == 200
        counts.append((for_download, len(look)))

    assert counts[0] == counts[1]
