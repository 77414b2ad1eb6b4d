"""What comes in by a backfill workbook: all of it or nothing, in the name of the HIP, and reviewed by somebody else."""

import pytest
from django.db import DatabaseError, connection, transaction

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, Refused, Stale
from consortia.models import Membership, Notification, Role
from impact import drafts, explanations, ledger, notice_kinds, notices, obligations, programme, reporting
from impact.backfill import plan, work
from impact.backfill.work import Work
from impact.models import (
    EventKind,
    Extension,
    Indicator,
    OutboxMessage,
    Quarter,
    ReportEvent,
    ReportVersion,
    Upload,
    UploadKind,
    UploadState,
)
from impact.standing import standing
from tests import factories
from tests.impact.backfill.filling import (
    Book,
    address,
    downloaded,
    handed_in,
    looked,
    taken_over,
    uploaded,
    worked_on,
)
from tests.impact.backfill.test_round_trip import draft_rows, filled

pytestmark = pytest.mark.django_db

HIPS, QUARTERS = ["scale", "people"], ["2024Q4", "2025Q1"]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def manager(programme):
    return factories.user(Role.MANAGER)


@pytest.fixture
def assignments(programme):
    return Indicator.objects.get(code="assignments").name


def book_of(actor) -> Book:
    return Book(downloaded(actor, HIPS, QUARTERS))


def filled_book(actor, assignments, number=5) -> Book:
    """With one number in each of its four reports."""
    book = book_of(actor)
    for hip in HIPS:
        for quarter in QUARTERS:
            book.figure(hip, quarter, assignments, "innovation").value = number
    return book


# --- everything wrong at once


def test_planted_errors_are_all_reported_in_one_pass_each_at_its_cell(manager, assignments):
    filled(manager, "scale", "2025Q1")
    book = book_of(manager)

    def put(cell, value):
        cell.value = value
        return address(cell)

    wrong = [
        put(book.figure("scale", "2025Q1", assignments, "innovation"), "1.100"),
        put(book.figure("people", "2024Q4", assignments, "talent"), "=1+1"),
        put(book.figure("people", "2025Q1", assignments, "talent"), -4),
        put(book.figure("people", "2025Q1", assignments, "-"), 3),
        put(book.cell("unidentifiedCompanies", "people", "2025Q1", "line:talent"), "drie"),
    ]
    number = book.rows("participations", "scale", "2025Q1", kvkNumber="00005678")[0]
    wrong.append(put(book.at("participations", number, "kvkNumber"), "1234567"))
    row = book.add("participations", "people", "2024Q4", kvkNumber="00000011", organisationType="bedrijf")
    wrong.append(address(book.at("participations", row, "line:ecosystems")))
    row = book.add("participations", "people", "2024Q4", kvkNumber="00000012", organisationType="bedrijf",
                   line_talent="sponsor")  # fmt: skip
    wrong.append(address(book.at("participations", row, "line:talent")))
    for _twice in range(2):
        row = book.add("participations", "people", "2025Q1", kvkNumber="00000013", organisationType="bedrijf",
                       line_talent="project")  # fmt: skip
    wrong.append(address(book.at("participations", row, "line:talent")))
    row = book.add("headcounts", "people", "2025Q1", group="studenten", actionLine="talent", headcount=4, firstTime=5)
    book.at("headcounts", row, "actionLine").value = "talent"
    wrong.append(address(book.at("headcounts", row, "firstTime")))
    row = book.add("headcounts", "people", "2025Q1", group="leerlingen", actionLine="talent", headcount=4, firstTime=4)
    wrong.append(address(book.at("headcounts", row, "group")))
    row = book.add("figures", "people", "2025Q1", indicator="Onzin", talent=3)
    wrong.append(address(book.at("figures", row, "indicator")))
    row = book.add("figures", "people", "2024Q4", indicator=assignments, infrastructure=3)
    wrong.append(address(book.at("figures", row, "indicator")))
    row = book.add("figures", "people", "2025Q1", indicator=assignments, talent=3)
    book.at("figures", row, "consortium").value = "Een andere HIP"
    wrong.append(address(book.at("figures", row, "consortium")))
    row = book.add("figures", "people", "2025Q1", indicator=assignments, talent=3)
    book.at("figures", row, "quarter").value = None
    wrong.append(address(book.at("figures", row, "quarter")))
    row = book.add("notes", "people", "2025Q1", about="Onzin", text="Zo was het.")
    wrong.append(address(book.at("notes", row, "about")))

    outlook = looked(manager, book.data)

    places = [place for place, _detail in outlook.errors]
    assert sorted(places) == sorted(wrong)
    with pytest.raises(Refused):
        taken_over(manager, book.data, outlook)
    assert not ReportVersion.objects.exclude(report__consortium__slug="scale").exists()


# --- all or nothing


def test_all_reports_of_a_workbook_come_in_as_drafts_on_behalf_of_their_hips(manager, assignments):
    taken = taken_over(manager, filled_book(manager, assignments).data)

    assert sorted(taken.drafted) == sorted((hip, quarter) for hip in HIPS for quarter in QUARTERS)
    assert list(draft_rows(manager, "people", "2024Q4")) == ["/figures/assignments/innovation"]
    assert set(ReportEvent.objects.values_list("kind", "actor", "on_behalf")) == {(EventKind.FILLED, manager.pk, True)}


def test_one_report_that_changed_after_the_look_keeps_all_out(manager, assignments):
    data = filled_book(manager, assignments).data
    outlook = looked(manager, data)
    filled(factories.user(Role.COORDINATOR, "people"), "people", "2025Q1")

    with pytest.raises(Stale) as refused:
        taken_over(manager, data, outlook)

    assert "2025Q1" in refused.value.detail
    assert list(ReportVersion.objects.values_list("report__consortium__slug", flat=True)) == ["people"]


def test_rows_that_a_hip_changed_since_the_download_are_conflicts_and_keep_all_out(manager, assignments):
    coordinator = factories.user(Role.COORDINATOR, "people")
    filled(coordinator, "people", "2025Q1")
    data = filled_book(manager, assignments).data
    body_of_the_hip = {"figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}],
                       "participations": [], "unidentifiedCompanies": [], "headcounts": []}  # fmt: skip
    filled(coordinator, "people", "2025Q1", body_of_the_hip)

    outlook = looked(manager, data)
    conflicts = {(each["hip"], each["quarter"]): each["conflicts"] for each in outlook.reports if each["conflicts"]}
    with pytest.raises(Stale):
        taken_over(manager, data, outlook)

    assert list(conflicts) == [("people", "2025Q1")]
    assert conflicts["people", "2025Q1"][0][1:] == ["12", "99", "5"]
    assert ReportVersion.objects.count() == 1


@pytest.mark.parametrize("upto", ["submitted", "accepted"])
def test_what_is_submitted_or_accepted_stays_as_it_is_and_the_office_is_told(manager, assignments, upto):
    factories.reported("people", "2025Q1", upto=upto)
    data = filled_book(manager, assignments).data

    outlook = looked(manager, data)
    with pytest.raises(NotAllowedNow):
        taken_over(manager, data, outlook)

    assert {(each["hip"], each["quarter"]): each["refused_by"] for each in outlook.reports if each["refused_by"]} == {
        ("people", "2025Q1"): upto
    }
    assert ReportVersion.objects.count() == 1


# --- quarters that are closed


def test_a_closed_quarter_takes_nothing_in_until_the_manager_grants_an_extension_in_one_step(manager, assignments):
    programme.open_quarters()
    for quarter in Quarter.objects.filter(pk__in=QUARTERS):
        programme.close_quarter(actor=manager, quarter=quarter, reason="Afgesloten")
    upload = uploaded(manager, filled_book(manager, assignments).data)
    refused = {each["refused_by"] for each in upload.result["reports"]}
    with pytest.raises(NotAllowedNow):
        work.ask(actor=manager, upload_id=upload.pk, work=Work.TAKE_OVER)

    due = clock.today().replace(year=clock.today().year + 1)
    number = work.extend(actor=manager, upload_id=upload.pk, due_date=due, reason="Jaren van voor het portaal")
    worked_on(upload)
    work.ask(actor=manager, upload_id=upload.pk, work=Work.TAKE_OVER)
    worked_on(upload)

    assert refused == {plan.CLOSED}
    assert number == 4
    assert set(Extension.objects.values_list("granted_by", "reason")) == {(manager.pk, "Jaren van voor het portaal")}
    assert upload.state == UploadState.APPLIED
    assert ReportVersion.objects.count() == 4


def test_an_extension_without_a_reason_or_a_day_grants_none(manager, assignments):
    programme.open_quarters()
    for quarter in Quarter.objects.filter(pk__in=QUARTERS):
        programme.close_quarter(actor=manager, quarter=quarter, reason="Afgesloten")
    upload = uploaded(manager, filled_book(manager, assignments).data)
    due = clock.today().replace(year=clock.today().year + 1)

    with pytest.raises(Refused):
        work.extend(actor=manager, upload_id=upload.pk, due_date=due, reason=" ")
    with pytest.raises(Refused):
        work.extend(actor=manager, upload_id=upload.pk, due_date=None, reason="Toch")

    assert not Extension.objects.exists()


# --- handing in, and four eyes


def test_each_report_is_handed_in_with_what_explains_it_and_waits_for_somebody_else(manager, assignments):
    factories.reported("people", "2024Q3", factories.figure("assignments", 900))
    book = filled_book(manager, assignments)
    for hip in HIPS:
        for quarter in QUARTERS:
            book.add("notes", hip, quarter, text=f"Uit het archief, {hip}")
    book.add("notes", "people", "2024Q4", about=assignments, text="Een project liep af.")
    book.add("notes", "people", "2024Q4", about="Deelnemers", text="Niet geteld toen.")

    taken = taken_over(manager, book.data)
    results = handed_in(manager, taken)

    held = standing(manager, "people", "2024Q4")
    assert [each.problems for each in results] == [()] * 4, results
    assert held.version.submitted_by == manager
    assert held.version.comment == "Uit het archief, people"
    assert {each["explanation"] for each in held.version.warnings} <= {"Een project liep af.", "Niet geteld toen."}
    assert any(each["explanation"] == "Een project liep af." for each in held.version.warnings)


def test_a_report_with_an_open_question_stays_a_draft_and_the_others_are_handed_in(manager, assignments):
    factories.reported("people", "2024Q3", factories.figure("assignments", 900))

    results = handed_in(manager, taken_over(manager, filled_book(manager, assignments).data))

    assert [each.report for each in results if each.problems] == [("people", "2024Q4")]
    assert standing(manager, "people", "2024Q4").status == "draft"
    assert standing(manager, "scale", "2024Q4").status == "submitted"


def test_what_explains_a_draft_is_kept_for_whoever_hands_it_in(manager, assignments):
    factories.reported("people", "2024Q3", factories.figure("assignments", 900))
    book = filled_book(manager, assignments)
    book.add("notes", "people", "2024Q4", about=assignments, text="Een project liep af.")

    taken_over(manager, book.data)

    held = standing(manager, "people", "2024Q4")
    kept = explanations.of(held.report, drafts.lines_of(held.version))
    assert [each.text for each in kept.values()] == ["Een project liep af."]


def test_the_office_does_not_review_what_it_entered_not_even_with_both_roles(manager, assignments):
    Membership.objects.create(user=manager, role=Role.REVIEWER)
    manager.__dict__.pop("_access_grants", None)
    handed_in(manager, taken_over(manager, filled_book(manager, assignments).data))
    version = standing(manager, "people", "2025Q1").version
    where = {"consortium": "people", "quarter": "2025Q1", "decision": "accept", "content_hash": version.content_hash}

    with pytest.raises(NotPermitted):
        reporting.review(actor=manager, **where)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE impact_reportversion SET status = 'accepted', reviewed_by_id = %s, reviewed_at = now(), "
            "reviewed_hash = content_hash WHERE id = %s",
            [str(manager.pk), version.pk],
        )

    reviewer = factories.user(Role.REVIEWER)
    assert reporting.review(actor=reviewer, **where).status == "accepted"


def test_the_office_is_an_author_also_where_the_hip_hands_in_what_it_entered(manager, assignments):
    Membership.objects.create(user=manager, role=Role.REVIEWER)
    manager.__dict__.pop("_access_grants", None)
    taken_over(manager, filled_book(manager, assignments).data)
    coordinator = factories.user(Role.COORDINATOR, "people")
    version = reporting.submit(actor=coordinator, consortium="people", quarter="2025Q1")

    with pytest.raises(NotPermitted):
        reporting.review(
            actor=manager, consortium="people", quarter="2025Q1", decision="accept", content_hash=version.content_hash
        )


def test_what_is_filled_in_afterwards_stays_late(manager, assignments):
    handed_in(manager, taken_over(manager, filled_book(manager, assignments).data))

    rows = obligations.of_consortia(manager, ledger.resolve())

    assert {row.is_late for row in rows if row.is_waiting} == {True}


def test_the_hip_is_told_when_somebody_else_hands_in_for_it_and_not_when_it_does_so_itself(manager, assignments):
    handed_in(manager, taken_over(manager, filled_book(manager, assignments).data))
    factories.reported("scale", "2025Q2")

    told = OutboxMessage.objects.filter(kind="on-behalf")

    assert sorted(each.payload["version"] for each in told) == sorted(
        ReportVersion.objects.filter(submitted_by=manager).values_list("pk", flat=True)
    )
    assert {each.payload["user"] for each in told} == {str(manager.pk)}


def test_the_coordinators_of_the_hip_get_a_message_of_what_was_handed_in_for_them(manager, assignments):
    coordinator, other = factories.user(Role.COORDINATOR, "people"), factories.user(Role.COORDINATOR, "snel")
    handed_in(manager, taken_over(manager, filled_book(manager, assignments).data))

    notices.deliver()
    notices.deliver()

    told = Notification.objects.filter(kind=notice_kinds.ON_BEHALF)
    assert list(told.values_list("recipient", flat=True)) == [coordinator.pk] * 2
    assert not told.filter(recipient=other).exists()
    assert str(manager) in told[0].text


# --- the file in the hands of the worker


def test_from_upload_to_submission_step_by_step(manager, assignments):
    upload = uploaded(manager, filled_book(manager, assignments).data)
    assert upload.state == UploadState.READ
    assert {each["added"] for each in upload.result["reports"]} == {1}

    work.ask(actor=manager, upload_id=upload.pk, work=Work.TAKE_OVER)
    worked_on(upload)
    assert upload.state == UploadState.APPLIED
    chosen = [("scale", "2024Q4"), ("people", "2025Q1")]
    work.ask(actor=manager, upload_id=upload.pk, work=Work.HAND_IN, reports=chosen)
    worked_on(upload)

    assert [(each["hip"], each["problems"]) for each in upload.result["handed_in"]] == [("scale", []), ("people", [])]
    assert ReportVersion.objects.filter(status="submitted").count() == 2
    with pytest.raises(NotAllowedNow):
        work.ask(actor=manager, upload_id=upload.pk, work=Work.TAKE_OVER)


def test_a_step_that_another_worker_does_or_that_killed_three_is_not_begun_again(manager, assignments):
    upload = work.receive(actor=manager, name="inhaal.xlsx", data=filled_book(manager, assignments).data)
    upload.options["attempts"] = 3
    upload.save()

    worked_on(upload)

    assert upload.state == UploadState.REFUSED
    assert work.run(upload.pk) is False


def test_a_worker_that_is_killed_while_handing_in_goes_on_with_the_rest(manager, assignments):
    taken = taken_over(manager, filled_book(manager, assignments).data)
    plan.hand_in(actor=manager, reports=taken.drafted[:2], notes=taken.notes, tell=lambda _done, _all: None)

    assert [each.problems for each in handed_in(manager, taken)] == [()] * 4
    assert OutboxMessage.objects.filter(kind="on-behalf").count() == 4


def test_what_is_no_backfill_workbook_is_refused_with_words(manager):
    upload = uploaded(manager, b"PK\x03\x04 nonsense")

    assert upload.state == UploadState.REFUSED
    assert upload.result["refused"]


def test_the_database_keeps_files_of_one_report_and_of_several_apart(manager, assignments):
    upload = work.receive(actor=manager, name="inhaal.xlsx", data=b"x")

    with pytest.raises(DatabaseError), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(kind=UploadKind.WORKBOOK)
