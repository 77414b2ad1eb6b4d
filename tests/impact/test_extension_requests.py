"""A HIP asks for more time: when it can, until when, and how the office answers."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.models import Consortium
from impact import extensions, obligations, programme, tasks
from impact.models import ExtensionRequest, OutboxMessage, Quarter, QuarterlyReport
from impact.outbox import EXTENSION_REQUEST
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
