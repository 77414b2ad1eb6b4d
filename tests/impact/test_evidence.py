"""Evidence with a report: who adds, sees and takes away, what is stored where, and what a fault leaves behind."""

import hashlib
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, IntegrityError, ProgrammingError, connections, transaction

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from impact import evidence, reporting, tasks
from impact.models import Evidence
from impact.standing import find
from tests import factories
from tests.impact import files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}
FILE = {"data": files.PDF, "name": "factuur_maart.pdf"}


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "evidence"


@pytest.fixture
def coordinator():
    return factories.user("coordinator", HIP)


@pytest.fixture
def draft(coordinator):
    return factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)


def refused(sql, *parameters, using="default", error=IntegrityError):
    with pytest.raises(error), transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)


def codes(refusal):
    return [(problem.pointer, problem.code) for problem in refusal.value.problems]


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_kept_outside_the_web_root_under_a_name_of_its_own(coordinator, draft, stored):
    added = evidence.add_file(actor=coordinator, **WHERE, **FILE, place="/figures/assignments/innovation")

    assert (added.title, added.media_type, added.size) == ("factuur maart", "application/pdf", len(files.PDF))
    assert added.sha256 == hashlib.sha256(files.PDF).hexdigest()
    assert names(stored) == [str(added.pk)]
    assert (stored / str(added.pk)).read_bytes() == files.PDF


def test_what_is_stored_of_an_image_is_the_picture_alone(coordinator, draft, stored):
    added = evidence.add_file(actor=coordinator, **WHERE, data=files.photo(), name="IMG_1.jpg")

    on_disk = (stored / str(added.pk)).read_bytes()
    assert b"Telefoonmerk" not in on_disk
    assert (added.sha256, added.size) == (hashlib.sha256(on_disk).hexdigest(), len(on_disk))


@pytest.mark.parametrize(
    ("name", "title"),
    [("../../etc/passwd", "passwd"), ("C:\\map\\Bon 3.PDF", "Bon 3"), ("a\u202efdp.exe", "afdp"), ("", "Bestand"),
     (".pdf", ".pdf"), ("x" * 300 + ".pdf", "x" * 200)],
)  # fmt: skip
def test_without_a_title_it_is_called_as_the_file(coordinator, draft, name, title):
    assert evidence.add_file(actor=coordinator, **WHERE, data=files.PDF, name=name).title == title


def test_a_link_is_kept_as_it_is(coordinator, draft):
    added = evidence.add_link(actor=coordinator, **WHERE, link=" https://www.hip.example/verslag?jaar=2025#3 ")

    assert (added.link, added.title) == ("https://www.hip.example/verslag?jaar=2025#3", "www.hip.example")


@pytest.mark.parametrize(
    ("link", "code"),
    [("", "malformed"), ("http://hip.example", "malformed"), ("javascript:alert(1)", "malformed"),
     ("https://", "malformed"), ("https://user:geheim@hip.example", "credentials"),
     ("https://x@hip.example", "credentials"),
     ("https://localhost/x", "malformed"), ("https://hip.example:x/", "malformed"), ("https://[x", "malformed"),
     ("https://hip.example/\"><script>", "malformed"), ("https://hip.example/a b", "malformed"),
     ("https://hip.example/" + "x" * 600, "too-long"), ("https://hip.example/111222333", "bsn"),
     ("HTTPS//hip.example", "malformed"), ("//hip.example", "malformed")],
)  # fmt: skip
def test_a_link_that_is_none_or_holds_a_secret_is_refused(coordinator, draft, link, code):
    with pytest.raises(Refused) as refusal:
        evidence.add_link(actor=coordinator, **WHERE, link=link)

    assert codes(refusal) == [("/link", code)]
    assert Evidence.objects.count() == 0


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_stored(coordinator, draft, stored):
    with pytest.raises(Refused) as refusal:
        evidence.add_file(
            actor=coordinator, **WHERE, data=b"<svg/>", name="x.png", place="/nowhere", title="nr 111222333"
        )

    assert codes(refusal) == [("/file", "web-page"), ("/place", "unknown"), ("/title", "bsn")]
    assert (Evidence.objects.count(), names(stored)) == (0, [])


def test_the_files_of_a_report_have_a_limit_together(coordinator, draft, monkeypatch):
    monkeypatch.setattr(evidence, "MAX_TOTAL", len(files.PDF) + 10)
    first = evidence.add_file(actor=coordinator, **WHERE, **FILE)

    with pytest.raises(Refused) as refusal:
        evidence.add_file(actor=coordinator, **WHERE, **FILE)
    assert codes(refusal) == [("/file", "too-much")]

    evidence.remove(actor=coordinator, **WHERE, evidence=first.pk)
    assert evidence.add_file(actor=coordinator, **WHERE, **FILE)


def test_a_report_has_a_limited_number_of_pieces(coordinator, draft, monkeypatch):
    monkeypatch.setattr(evidence, "MAX_NUMBER", 1)
    evidence.add_link(actor=coordinator, **WHERE, link="https://hip.example")

    with pytest.raises(Refused) as refusal:
        evidence.add_link(actor=coordinator, **WHERE, link="https://hip.example")
    assert codes(refusal) == [("", "too-many")]


def test_who_fills_in_adds_and_others_do_not(draft):
    assert evidence.add_file(actor=factories.user("contributor", HIP), **WHERE, **FILE)
    assert evidence.add_file(actor=factories.user("manager"), **WHERE, **FILE)
    for role, hip, refusal in (
        ("reviewer", None, NotPermitted),
        ("reader", None, NotVisible),
        ("coordinator", "people", NotVisible),
    ):
        person = factories.user(role, hip)
        with pytest.raises(refusal):
            evidence.add_file(actor=person, **WHERE, **FILE)
        with pytest.raises(refusal):
            evidence.add_link(actor=person, **WHERE, link="https://hip.example")
        with pytest.raises(refusal):
            evidence.remove(actor=person, **WHERE, evidence=uuid4())


def test_nobody_without_the_right_has_a_file_looked_into(draft, monkeypatch):
    monkeypatch.setattr("impact.media_types.inspect", lambda _data: pytest.fail("it was opened"))

    with pytest.raises(NotVisible):
        evidence.add_file(actor=factories.user("coordinator", "people"), **WHERE, **FILE)


def test_what_was_handed_in_keeps_its_evidence_until_a_correction(coordinator, draft):
    kept = evidence.add_file(actor=coordinator, **WHERE, **FILE)
    version = reporting.submit(actor=coordinator, **WHERE)

    def is_fixed():
        with pytest.raises(NotAllowedNow):
            evidence.add_link(actor=coordinator, **WHERE, link="https://hip.example")
        with pytest.raises(NotAllowedNow):
            evidence.remove(actor=coordinator, **WHERE, evidence=kept.pk)
        refused(f"UPDATE impact_evidence SET removed_at = now(), removed_by_id = '{coordinator.pk}'")
        refused(
            "INSERT INTO impact_evidence (id, report_id, place, title, link, file, media_type, sha256, added_by_id, "
            "added_at) SELECT gen_random_uuid(), report_id, '', 'x', 'https://x.nl', '', '', '', added_by_id, now() "
            "FROM impact_evidence"
        )

    is_fixed()
    reporting.review(actor=factories.user("reviewer"), **WHERE, decision="accept", content_hash=version.content_hash)
    is_fixed()
    reporting.correct(actor=coordinator, **WHERE, reason="een fout")
    assert evidence.add_link(actor=coordinator, **WHERE, link="https://hip.example")


def test_what_is_taken_away_nobody_gets_any_more_and_that_it_was_there_stays(coordinator, draft):
    added = evidence.add_file(actor=coordinator, **WHERE, **FILE)
    evidence.remove(actor=coordinator, **WHERE, evidence=added.pk)
    evidence.remove(actor=factories.user("contributor", HIP), **WHERE, evidence=added.pk)

    report = find(coordinator, HIP, PERIOD)
    assert list(evidence.of_report(coordinator, report)) == []
    assert [each.removed_by for each in evidence.removed_of(coordinator, report)] == [coordinator]
    with pytest.raises(NotVisible):
        evidence.file_of(coordinator, HIP, PERIOD, added.pk)


def test_a_file_goes_to_who_sees_the_drafts_and_to_nobody_else(coordinator):
    factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)
    added = evidence.add_file(actor=coordinator, **WHERE, **FILE)
    version = reporting.submit(actor=coordinator, **WHERE)
    reviewer = factories.user("reviewer")
    reporting.review(actor=reviewer, **WHERE, decision="accept", content_hash=version.content_hash)

    for person in (coordinator, factories.user("contributor", HIP), reviewer, factories.user("manager")):
        assert evidence.file_of(person, HIP, PERIOD, added.pk) == added
    for person in (factories.user("reader"), factories.user("coordinator", "people"), factories.user()):
        with pytest.raises(NotVisible):
            evidence.file_of(person, HIP, PERIOD, added.pk)


def test_evidence_of_another_report_is_not_there(coordinator, draft):
    other = factories.user("coordinator", "people")
    factories.reported("people", PERIOD, factories.company(5), upto="draft", coordinator=other)
    theirs = evidence.add_file(actor=other, consortium="people", quarter=PERIOD, **FILE)

    with pytest.raises(NotVisible):
        evidence.file_of(coordinator, HIP, PERIOD, theirs.pk)
    with pytest.raises(NotVisible):
        evidence.remove(actor=coordinator, **WHERE, evidence=theirs.pk)


# --- faults


def test_where_the_disk_fails_there_is_no_row(coordinator, draft, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with pytest.raises(OSError, match="No space"):
        evidence.add_file(actor=coordinator, **WHERE, **FILE)

    assert Evidence.objects.count() == 0


def test_where_the_row_fails_the_file_is_left_alone_and_purged_later(coordinator, draft, stored, monkeypatch):
    with monkeypatch.context() as broken:
        # What the check lets through by mistake the database still refuses, with the file on the disk already.
        broken.setattr("impact.submission.check_text", lambda *_args: [])
        with pytest.raises(ValueError, match="NUL"):
            evidence.add_file(actor=coordinator, **WHERE, **FILE, title="a\0b")
    kept = evidence.add_file(actor=coordinator, **WHERE, **FILE)
    assert (Evidence.objects.count(), len(names(stored))) == (1, 2)
    assert tasks.purge_evidence() == 0, "its row may not be committed yet"

    for path in stored.iterdir():
        os.utime(path, (0, 0))
    assert tasks.purge_evidence() == 1
    assert names(stored) == [str(kept.pk)]


def test_the_bytes_of_what_was_taken_away_go_some_weeks_later(coordinator, draft, stored):
    added = evidence.add_file(actor=coordinator, **WHERE, **FILE)
    evidence.remove(actor=coordinator, **WHERE, evidence=added.pk)
    os.utime(stored / str(added.pk), (0, 0))

    assert evidence.purge() == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert evidence.purge() == 1
    assert (names(stored), Evidence.objects.count()) == ([], 1)


def test_where_nothing_was_ever_stored_there_is_nothing_to_purge(programme):
    assert evidence.purge() == 0


def test_a_file_that_is_gone_from_the_disk_is_not_there(coordinator, draft):
    added = evidence.add_file(actor=coordinator, **WHERE, **FILE)
    default_storage.delete(added.file.name)

    with pytest.raises(NotVisible):
        evidence.file_of(coordinator, HIP, PERIOD, added.pk)


# --- what the database holds


def test_evidence_is_never_changed_and_taken_away_once(coordinator, draft):
    added = evidence.add_file(actor=coordinator, **WHERE, **FILE)

    for change in ("title = 'x'", "file = 'evidence/x'", "sha256 = repeat('0', 64)", "place = 'figures'", "size = 1"):
        refused(f"UPDATE impact_evidence SET {change}")
    refused("UPDATE impact_evidence SET removed_at = now()")
    refused("DELETE FROM impact_evidence", error=ProgrammingError)
    evidence.remove(actor=coordinator, **WHERE, evidence=added.pk)
    refused("UPDATE impact_evidence SET removed_at = NULL, removed_by_id = NULL")
    refused("UPDATE impact_evidence SET removed_at = now()")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_owner_cannot_rewrite_evidence_either(coordinator, draft):
    evidence.add_link(actor=coordinator, **WHERE, link="https://hip.example")

    refused("UPDATE impact_evidence SET link = 'https://elders.example'", using="owner")
    refused("DELETE FROM impact_evidence", using="owner", error=DatabaseError)


@pytest.mark.parametrize(
    "columns",
    [{"title": ""}, {"link": "http://x.nl"}, {"link": ""}, {"size": 5}, {"media_type": "x"},
     {"removed_at": "2025-01-01"},
     {"file": "evidence/x", "media_type": "x", "size": 1, "sha256": "0" * 64, "link": ""},
     {"file": "evidence/x", "media_type": "x", "size": 1, "sha256": "0" * 64},
     {"file": "evidence/x", "media_type": "x", "size": 0, "sha256": "0" * 64, "link": ""},
     {"file": "evidence/x", "media_type": "x", "size": 1, "sha256": "x", "link": ""}],
)  # fmt: skip
def test_evidence_is_a_file_of_its_own_or_a_secure_link(coordinator, draft, columns):
    row = {"place": "", "title": "x", "link": "https://x.nl", "file": "", "media_type": "", "sha256": "", **columns}
    row |= {"id": str(uuid4()), "report_id": str(draft.report_id), "added_by_id": str(coordinator.pk)}
    marks = ", ".join(["%s"] * len(row))

    refused(f"INSERT INTO impact_evidence (added_at, {', '.join(row)}) VALUES (now(), {marks})", *row.values())
