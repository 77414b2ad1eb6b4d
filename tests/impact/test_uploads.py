"""Files that are handed in to be read: kept as they came, seen by who may fill the report, and gone after a week."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.models import Role
from impact import uploads
from impact.models import Upload, UploadKind, UploadState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def coordinator(programme):
    return factories.user(Role.COORDINATOR, "scale")


def keep(actor, data=b"inhoud", name="boek.xlsx", quarter="2025Q1", **options):
    return uploads.keep(
        actor=actor, consortium="scale", quarter=quarter, kind=UploadKind.WORKBOOK, name=name, data=data, **options
    )


def test_the_bytes_come_back_as_they_were_and_the_name_is_no_path(coordinator, media):
    upload = keep(coordinator, data=b"\x00een boek", name="../../etc/C:\\temp\\mijn\x00 boek.xlsx")

    assert uploads.read_bytes(upload) == b"\x00een boek"
    assert upload.name == "mijn boek.xlsx"
    assert [path.relative_to(media).parts for path in Path(media).rglob("*") if path.is_file()] == [
        ("uploads", str(upload.pk))
    ]


def test_of_one_report_the_newest_files_are_kept(coordinator, media, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(uploads, "KEPT_FILES", 3)
    other = uploads.keep(
        actor=coordinator, consortium="scale", quarter="2024Q4", kind=UploadKind.WORKBOOK, name="a", data=b"a"
    )
    with django_capture_on_commit_callbacks(execute=True):
        kept = [keep(coordinator) for _number in range(5)]

    assert {upload.pk for upload in Upload.objects.all()} == {other.pk, *(upload.pk for upload in kept[2:])}
    assert len([path for path in Path(media).rglob("*") if path.is_file()]) == 4


def test_a_file_that_is_no_longer_what_was_kept_is_not_given(coordinator):
    changed, gone = keep(coordinator), keep(coordinator)
    Path(changed.file.path).write_bytes(b"anders")
    Path(gone.file.path).unlink()

    for upload in (changed, gone):
        with pytest.raises(NotVisible):
            uploads.read_bytes(upload)


def test_an_empty_file_and_one_that_is_too_large_are_refused(coordinator, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)

    for data in (b"", b"x" * 11):
        with pytest.raises(Refused):
            keep(coordinator, data=data)
    assert not Upload.objects.exists()


def test_only_who_may_fill_the_report_keeps_a_file_and_only_while_it_may_be_filled(coordinator):
    factories.reported("scale", "2025Q2", upto="submitted")

    with pytest.raises(NotVisible):
        keep(factories.user(Role.COORDINATOR, "people"))
    with pytest.raises(NotPermitted):
        keep(factories.user(Role.REVIEWER))
    with pytest.raises(NotAllowedNow):
        keep(coordinator, quarter="2025Q2")
    assert not Upload.objects.exists()


def test_a_file_is_found_by_who_may_fill_its_report_and_by_nobody_else(coordinator):
    upload = keep(coordinator)

    colleague = factories.user(Role.CONTRIBUTOR, "scale")
    assert uploads.find(colleague, "scale", "2025Q1", upload.pk) == upload
    for actor, quarter, key in [
        (coordinator, "2025Q2", upload.pk),
        (coordinator, "2025Q1", uuid4()),
        (factories.user(Role.REVIEWER), "2025Q1", upload.pk),
        (factories.user(Role.COORDINATOR, "people"), "2025Q1", upload.pk),
    ]:
        with pytest.raises(NotVisible):
            uploads.find(actor, "scale", quarter, key)


def test_how_far_reading_is_and_how_it_ended_is_kept(coordinator):
    upload = keep(coordinator)

    uploads.progress(upload, 5, 20)
    half = Upload.objects.get()
    uploads.finish(upload, UploadState.READ, {"rows": 20})
    read = Upload.objects.get()

    assert (half.state, half.done_rows, half.total_rows) == (UploadState.READING, 5, 20)
    assert (read.state, read.result) == (UploadState.READ, {"rows": 20})


def test_after_a_week_rows_and_files_are_gone_and_so_is_what_no_row_knows(coordinator, media):
    old, fresh = keep(coordinator), keep(coordinator)
    Upload.objects.filter(pk=old.pk).update(uploaded_at=clock.now() - timedelta(days=8))
    stray = Path(media) / "uploads" / str(uuid4())
    stray.write_bytes(b"x")
    import os

    os.utime(stray, (0, 0))

    assert uploads.purge() == 1
    assert list(Upload.objects.all()) == [fresh]
    assert default_storage.listdir("uploads")[1] == [str(fresh.pk)]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("upload_kind_known", "kind = 'brief'"),
        ("upload_state_known", "state = 'kwijt'"),
        ("upload_has_hash", "sha256 = 'abc'"),
        ("upload_has_content", "size = 0"),
    ],
)
def test_the_database_refuses_an_upload_that_cannot_be(coordinator, name, change):
    keep(coordinator)

    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE impact_upload SET {change}")
