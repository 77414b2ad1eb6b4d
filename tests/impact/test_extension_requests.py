"""A HIP asks for more time: when it can, until when, and how the office answers."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.models import Consortium
from impact import extensions, obligations, programme, tasks
from impact.models import EventKind, ExtensionEnd, ExtensionRequest, OutboxMessage, Quarter, QuarterlyReport
from impact.outbox import EXTENSION, EXTENSION_DECLINED, EXTENSION_ENDED, EXTENSION_REQUEST
from impact.standing import find
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}


@pytest.fixture
def coordinator():
    return factories.user("coordinator", HIP)


def later(days=14):
    return clock.today() + timedelta(days=days)


def ask(actor, *, due_date=None, reason="Ziekte", **where):
    return extensions.request_extension(actor=actor, due_date=due_date or later(), reason=reason, **{**WHERE, **where})


def refused(sql, *parameters, error=IntegrityError):
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_a_request_waits_for_the_office_and_changes_nothing_yet(coordinator):
    made = ask(coordinator)

    assert extensions.unanswered(made.report) == made
    assert obligations.deadline_of(made.report).is_extended is False
    assert OutboxMessage.objects.get(kind=EXTENSION_REQUEST).payload == {"request": made.pk}
    tasks.deliver_outbox()
    assert OutboxMessage.objects.get(kind=EXTENSION_REQUEST).done_at is None


def test_an_extension_answers_the_request(coordinator):
    made = ask(coordinator)
    given = programme.extend(
        actor=factories.user("manager"),
        consortium=Consortium.objects.get(slug=HIP),
        quarter=Quarter.objects.get(pk=PERIOD),
        due_date=later(7),
        reason="Een week",
    )

    assert ExtensionRequest.objects.get(pk=made.pk).extension == given
    assert extensions.unanswered(made.report) is None
    assert ask(coordinator).pk != made.pk


def test_one_request_waits_at_a_time(coordinator):
    ask(coordinator)

    with pytest.raises(NotAllowedNow):
        ask(coordinator)


def test_only_who_hands_in_asks():
    for role, hip, refusal in (
        ("contributor", HIP, NotPermitted),
        ("reviewer", None, NotPermitted),
        ("reader", None, NotVisible),
        ("coordinator", "people", NotVisible),
    ):
        with pytest.raises(refusal):
            ask(factories.user(role, hip))


@pytest.mark.parametrize("status", ["submitted", "accepted"])
def test_nothing_is_asked_for_what_was_handed_in(coordinator, status):
    factories.reported(HIP, PERIOD, upto=status, coordinator=coordinator)

    with pytest.raises(NotAllowedNow):
        ask(coordinator)


@pytest.mark.parametrize(
    ("days", "reason", "expected"),
    [
        (-1, "", [("/dueDate", "out-of-range"), ("/reason", "required")]),
        (200, "nr 111222333", [("/dueDate", "out-of-range"), ("/reason", "bsn")]),
        (None, "x", [("/dueDate", "required")]),
    ],
)
def test_all_that_is_wrong_is_said_at_once(coordinator, days, reason, expected):
    with pytest.raises(Refused) as refusal:
        extensions.request_extension(
            actor=coordinator, **WHERE, due_date=None if days is None else later(days), reason=reason
        )

    assert [(problem.pointer, problem.code) for problem in refusal.value.problems] == expected
    assert ExtensionRequest.objects.count() == 0


def test_the_day_is_later_than_the_due_date_that_holds(coordinator):
    report = find(coordinator, HIP, PERIOD)
    with clock.at(clock.now().replace(year=2025, month=4, day=10)), pytest.raises(Refused):
        ask(coordinator, due_date=report.quarter.due_date)


@pytest.mark.parametrize(("month", "day", "first"), [(4, 10, "1 May 2025"), (6, 3, "3 June 2025")])
def test_the_page_names_the_first_day_that_can_be_asked_for(coordinator, client, month, day, first):
    with clock.at(clock.now().replace(year=2025, month=month, day=day, hour=12)):
        client.force_login(coordinator)
        page = client.get(f"/en/rapportages/{HIP}/{PERIOD}/uitstel").content.decode()

    assert f"From {first} until" in page


def test_a_request_stays_as_it_was_written_and_is_answered_once_by_its_own_report(coordinator):
    made = ask(coordinator)
    manager = factories.user("manager")
    other = QuarterlyReport.objects.get(consortium__slug="people", quarter=PERIOD)
    elsewhere = programme.extend(
        actor=manager, consortium=other.consortium, quarter=other.quarter, due_date=later(), reason="x"
    )

    refused("UPDATE impact_extensionrequest SET reason = 'y'")
    refused("UPDATE impact_extensionrequest SET extension_id = %s", elsewhere.pk)
    refused("DELETE FROM impact_extensionrequest", error=ProgrammingError)
    columns = "INSERT INTO impact_extensionrequest (report_id, due_date, reason, requested_by_id, requested_at) VALUES "
    refused(columns + "(%s, now(), 'x', %s, now())", made.report_id, coordinator.pk)
    refused(columns + "(%s, now(), '', %s, now())", other.pk, coordinator.pk)
    programme.extend(
        actor=manager, consortium=made.report.consortium, quarter=made.report.quarter, due_date=later(), reason="x"
    )
    refused("UPDATE impact_extensionrequest SET extension_id = NULL")


# --- declining, and ending early


def grant(manager, *, due_date=None, period=PERIOD):
    hip, quarter = Consortium.objects.get(slug=HIP), Quarter.objects.get(pk=period)
    return programme.extend(
        actor=manager, consortium=hip, quarter=quarter, due_date=due_date or later(), reason="ziekte"
    )


def test_the_office_declines_with_a_reason_and_the_hip_may_ask_again(coordinator):
    manager = factories.user("manager")
    made = ask(coordinator)

    extensions.decline(actor=manager, request_id=made.pk, reason="Te laat gevraagd.")

    report = find(coordinator, HIP, PERIOD)
    assert extensions.unanswered(report) is None
    assert extensions.last_answer(report).decline_reason == "Te laat gevraagd."
    assert obligations.deadline_of(report).is_extended is False
    assert list(OutboxMessage.objects.filter(kind=EXTENSION_DECLINED).values_list("payload", flat=True)) == [
        {"request": made.pk}
    ]
    assert report.events.last().kind == EventKind.DECLINED
    ask(coordinator)
    assert extensions.last_answer(report) is None


def test_a_request_is_answered_once_and_by_the_office_alone(coordinator):
    manager = factories.user("manager")
    made = ask(coordinator)

    with pytest.raises(NotPermitted):
        extensions.decline(actor=factories.user("reviewer"), request_id=made.pk, reason="nee")
    with pytest.raises(Refused):
        extensions.decline(actor=manager, request_id=made.pk, reason=" ")
    with pytest.raises(NotVisible):
        extensions.decline(actor=manager, request_id=0, reason="nee")
    extensions.decline(actor=manager, request_id=made.pk, reason="nee")
    with pytest.raises(NotAllowedNow):
        extensions.decline(actor=manager, request_id=made.pk, reason="nee")
    grant(manager)
    assert ExtensionRequest.objects.get().extension is None


def test_a_declined_request_stays_declined_whoever_writes(coordinator):
    made = ask(coordinator)
    manager = factories.user("manager")
    declined = "UPDATE impact_extensionrequest SET declined_by_id = %s, declined_at = now(), decline_reason = %s"
    refused(declined, manager.pk, "")
    refused("UPDATE impact_extensionrequest SET decline_reason = 'x'")
    extensions.decline(actor=manager, request_id=made.pk, reason="nee")
    refused(declined, manager.pk, "iets anders")
    refused("UPDATE impact_extensionrequest SET extension_id = %s", grant(manager).pk)
    columns = "report_id, due_date, reason, requested_by_id, requested_at, declined_by_id, declined_at, decline_reason"
    refused(
        f"INSERT INTO impact_extensionrequest ({columns}) VALUES (%s, now(), 'x', %s, now(), %s, now(), 'x')",
        made.report_id, coordinator.pk, manager.pk,
    )  # fmt: skip


def test_granting_tells_the_outbox():
    made = grant(factories.user("manager"))

    assert OutboxMessage.objects.get(kind=EXTENSION).payload == {"extension": made.pk}


def test_an_extension_holds_until_the_end_of_its_last_day_and_opens_a_closed_quarter_until_then(coordinator):
    manager = factories.user("manager")
    quarter = Quarter.objects.get(pk=PERIOD)
    programme.close_quarter(actor=manager, quarter=quarter, reason="klaar")
    grant(manager, due_date=later(5))
    report = find(coordinator, HIP, PERIOD)

    def takes_reports(days):
        with clock.at(clock.now() + timedelta(days=days)):
            return obligations.takes_new_reports(report, is_closed=True, has_counted=False)

    assert [takes_reports(days) for days in (0, 5, 6)] == [True, True, False]


def test_an_extension_that_is_ended_early_holds_until_the_day_that_was_chosen(coordinator):
    manager = factories.user("manager")
    extension = grant(manager, due_date=later(20))

    extensions.end(actor=manager, extension_id=extension.pk, last_day=later(3), reason="Toch niet nodig.")

    report = find(coordinator, HIP, PERIOD)
    assert obligations.deadline_of(report).due_date == later(3)
    assert report.extensions.get().due_date == later(20)
    assert report.events.last().kind == EventKind.SHORTENED
    assert OutboxMessage.objects.get(kind=EXTENSION_ENDED).payload == {"extension": extension.pk}
    with clock.at(clock.now() + timedelta(days=4)):
        assert obligations.takes_new_reports(report, is_closed=True, has_counted=False) is False


@pytest.mark.parametrize("days", [None, -1, 20, 21])
def test_an_extension_ends_from_today_on_and_before_the_day_that_was_granted(days):
    manager = factories.user("manager")
    extension = grant(manager, due_date=later(20))

    with pytest.raises(Refused) as refusal:
        extensions.end(
            actor=manager, extension_id=extension.pk, last_day=None if days is None else later(days), reason="x"
        )

    assert [problem.pointer for problem in refusal.value.problems] == ["/lastDay"]


def test_an_extension_is_ended_once_by_the_office_with_a_reason():
    manager = factories.user("manager")
    extension = grant(manager, due_date=later(20))
    how = {"extension_id": extension.pk, "last_day": later(1)}

    with pytest.raises(NotPermitted):
        extensions.end(actor=factories.user("reviewer"), reason="x", **how)
    with pytest.raises(Refused):
        extensions.end(actor=manager, reason="", **how)
    extensions.end(actor=manager, reason="x", **how)
    with pytest.raises(NotAllowedNow):
        extensions.end(actor=manager, reason="x", **how)


def test_extensions_and_how_they_ended_stay_as_they_were_written():
    manager = factories.user("manager")
    extension = grant(manager, due_date=later(20))
    ending = (
        "INSERT INTO impact_extensionend (extension_id, last_day, reason, ended_by_id, ended_at) "
        "VALUES (%s, %s, %s, %s, now())"
    )
    refused(ending, extension.pk, later(-1), "x", manager.pk)
    refused(ending, extension.pk, later(20), "x", manager.pk)
    refused(ending, extension.pk, later(1), "", manager.pk)
    extensions.end(actor=manager, extension_id=extension.pk, last_day=later(1), reason="x")
    refused(ending, extension.pk, later(2), "x", manager.pk)
    for table in ("impact_extension", "impact_extensionend"):
        refused(f"UPDATE {table} SET reason = 'y'", error=ProgrammingError)
        refused(f"DELETE FROM {table}", error=ProgrammingError)
    assert ExtensionEnd.objects.get().reason == "x"
