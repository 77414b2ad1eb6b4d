"""The cycle of a quarter as the office and HIPs see it: opening, in time or late, more time, closing."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from celery import Celery
from celery.beat import ScheduleEntry
from django.conf import settings
from django.test import Client

from consortia import clock
from consortia.errors import NotAllowedNow, Refused
from consortia.models import Consortium
from impact import closing, extensions, ledger, programme, reporting, tasks
from impact.models import Extension, ExtensionRequest, LedgerEntry, Quarter, QuarterlyReport
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
ON_TIME, MORE_TIME = "/en/beoordelen/op-tijd", "/en/beoordelen/uitstel"


def later(days=14):
    return clock.today() + timedelta(days=days)


@pytest.fixture
def manager():
    return factories.user("manager")


@pytest.fixture
def office(manager):
    client = Client()
    client.force_login(manager)
    return client


def _moment(year, month, day, hour=0, minute=0):
    return datetime.combine(date(year, month, day), time(hour, minute), tzinfo=clock.AMSTERDAM)


# --- opening


@pytest.mark.parametrize(
    ("day", "in_utc", "period"),
    [
        ((2026, 4, 1), datetime(2026, 3, 31, 22, 5, tzinfo=UTC), "2026Q1"),  # three days after the clock went forward
        ((2026, 1, 1), datetime(2025, 12, 31, 23, 5, tzinfo=UTC), "2025Q4"),  # in winter
        ((2026, 7, 1), datetime(2026, 6, 30, 22, 5, tzinfo=UTC), "2026Q2"),
    ],
)
def test_a_quarter_opens_by_itself_at_five_past_midnight_in_amsterdam(manager, day, in_utc, period):
    planned = settings.CELERY_BEAT_SCHEDULE["open-quarters"]
    now = [_moment(*day, 0, 4)]
    app = Celery(set_as_current=False)
    app.conf.timezone = settings.CELERY_TIMEZONE
    schedule = planned["schedule"]
    entry = ScheduleEntry(
        name="open-quarters", task=planned["task"], schedule=type(schedule)(
            hour=schedule._orig_hour, minute=schedule._orig_minute, nowfun=lambda: now[0], app=app
        ), last_run_at=_moment(*day, 0, 4) - timedelta(hours=23, minutes=50), app=app,
    )  # fmt: skip
    reports = QuarterlyReport.objects.filter(quarter=period)
    reports.delete()

    too_early = entry.is_due().is_due
    with clock.at(in_utc - timedelta(minutes=6)):
        tasks.open_quarters()
    before = reports.count()
    now[0] = in_utc.astimezone(clock.AMSTERDAM)
    with clock.at(in_utc):
        tasks.open_quarters()

    assert (too_early, before, entry.is_due().is_due, reports.count()) == (False, 0, True, 15)


def test_a_report_can_be_begun_from_midnight_on_also_before_the_job_ran():
    QuarterlyReport.objects.all().delete()
    with clock.at(_moment(2026, 3, 31, 23, 59)), pytest.raises(NotAllowedNow):
        factories.reported(HIP, "2026Q1", upto="draft")
    with clock.at(_moment(2026, 4, 1)):
        assert factories.reported(HIP, "2026Q1", upto="draft").number == 1


# --- in time and complete


def _reported_late(consortium=HIP, day=(2025, 5, 3)):
    with clock.at(_moment(*day, 12)):
        factories.reported(consortium, PERIOD, upto="submitted")


def test_the_office_sees_a_row_a_hip_and_a_column_a_quarter_with_words_beside_the_signs(office):
    _reported_late()

    page = office.get(ON_TIME).content.decode()

    assert page.count('<th scope="row">') == 15 + 2
    assert "3 days late" in page
    assert "not handed in, " in page


def test_as_of_an_earlier_day_the_page_leaves_out_what_came_later(office):
    _reported_late()

    assert "3 days late" not in office.get(f"{ON_TIME}?op=2025-05-02").content.decode()
    assert "3 days late" in office.get(f"{ON_TIME}?op=2025-05-03").content.decode()
    assert "This is no day" in office.get(f"{ON_TIME}?op=x").content.decode()


def test_a_hip_sees_itself_alone_and_a_reader_nothing(client):
    client.force_login(factories.user("coordinator", HIP))
    page = client.get(ON_TIME).content.decode()

    assert page.count('<th scope="row">') == 1
    assert MORE_TIME not in page
    client.force_login(factories.user("reader"))
    assert client.get(ON_TIME).status_code == 403


def test_the_matrix_takes_as_many_queries_for_many_reports_as_for_one(office, django_assert_max_num_queries):
    _reported_late()
    office.get(ON_TIME)
    with django_assert_max_num_queries(45) as few:
        office.get(ON_TIME)
    for slug in ("people", "snel", "greenchain-nh"):
        _reported_late(slug)

    with django_assert_max_num_queries(len(few)):
        office.get(ON_TIME)


# --- more time


def _ask(days=14, consortium=HIP):
    return extensions.request_extension(
        actor=factories.user("coordinator", consortium), consortium=consortium, quarter=PERIOD,
        due_date=later(days), reason="Ziekte van de coördinator",
    )  # fmt: skip


def test_a_request_is_granted_from_the_page_on_another_day_than_was_asked(office):
    made = _ask()
    page = office.get(MORE_TIME).content.decode()
    assert f'value="{later(14).isoformat()}"' in page

    given = {"step": "grant", "id": made.pk, "dueDate": later(7).isoformat(), "reason": "Een week"}
    assert office.post(MORE_TIME, given).status_code == 302

    made.refresh_from_db()
    assert made.extension.due_date == later(7)
    assert "Nobody waits" in office.get(MORE_TIME).content.decode()


def test_a_request_is_declined_with_a_reason_that_the_hip_reads(office, client):
    made = _ask()
    refused = office.post(MORE_TIME, {"step": "decline", "id": made.pk, "reason": ""})
    assert made.report.consortium.name in str(refused.context["issues"]), "the page has a form for every HIP"
    assert (refused.status_code, f"decline-{made.pk}-reason.error" in refused.content.decode()) == (422, True)

    office.post(MORE_TIME, {"step": "decline", "id": made.pk, "reason": "Te laat gevraagd"})

    client.force_login(made.requested_by)
    for address in (f"/en/rapportages/{HIP}/{PERIOD}", f"/en/rapportages/{HIP}/{PERIOD}/uitstel"):
        assert "Te laat gevraagd" in client.get(address).content.decode()


def test_an_extension_is_ended_early_from_the_page(office, manager):
    extension = programme.extend(
        actor=manager, consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD),
        due_date=later(20), reason="Ziekte",
    )  # fmt: skip
    given = {"step": "end", "id": extension.pk, "lastDay": later(30).isoformat(), "reason": "Niet nodig"}

    assert office.post(MORE_TIME, given).status_code == 422
    assert office.post(MORE_TIME, {**given, "lastDay": later(2).isoformat()}).status_code == 302
    assert Extension.objects.get().last_day == later(2)
    assert "Ended early" in office.get(MORE_TIME).content.decode()


@pytest.mark.parametrize(
    "given", [{}, {"step": "x", "id": "1"}, {"step": "grant", "id": "9" * 30}, {"step": "end", "id": "0"}]
)
def test_a_step_that_the_page_does_not_have_is_not_found(office, given):
    assert office.post(MORE_TIME, given).status_code == 404


def test_the_administration_grants_declines_and_ends_as_well(office):
    granted, declined = _ask(), _ask(consortium="people")
    admin = "/en/admin/impact"
    office.post(
        f"{admin}/extensionrequest/grant/?id={granted.pk}", {"due_date": later(9).isoformat(), "reason": "Goed"}
    )
    office.post(f"{admin}/extensionrequest/decline/?id={declined.pk}", {"reason": "Nee"})
    extension = Extension.objects.get()
    office.post(f"{admin}/extension/end/?id={extension.pk}", {"last_day": later(1).isoformat(), "reason": "Klaar"})

    declined.refresh_from_db()
    assert (extension.due_date, declined.decline_reason) == (later(9), "Nee")
    assert Extension.objects.get().last_day == later(1)
    listed = office.get(f"{admin}/extensionrequest/?answer=declined").content.decode()
    assert ("Declined" in listed or "declined" in listed, ExtensionRequest.objects.count()) == (True, 2)
    assert "Nee" in office.get(f"{admin}/extensionrequest/{declined.pk}/change/").content.decode()
    assert "Klaar" in office.get(f"{admin}/extension/{extension.pk}/change/").content.decode()


# --- closing


def _close(office, reason=""):
    return office.post(f"/en/admin/impact/quarter/close/?id={PERIOD}", {"reason": reason})


def test_closing_says_first_who_is_missing_who_waits_and_who_still_has_time(office, manager):
    factories.reported("people", PERIOD, upto="submitted")
    programme.extend(
        actor=manager, consortium=Consortium.objects.get(slug="snel"), quarter=Quarter.objects.get(pk=PERIOD),
        due_date=later(5), reason="Ziekte",
    )  # fmt: skip

    page = office.get(f"/en/admin/impact/quarter/close/?id={PERIOD}").content.decode()
    found = closing.outlook(manager, ledger.resolve(), Quarter.objects.get(pk=PERIOD))

    assert "14 of 15 HIPs have not reported" in page
    assert "1 report waits for a reviewer" in page
    assert [(row.report.consortium.slug, day) for row, day in found.extended] == [("snel", later(5))]
    assert (found.becomes_final, found.is_incomplete) == (False, True)
    assert ledger.closed_quarters() == set()


def test_closing_with_somebody_missing_asks_for_a_reason(office, manager):
    refused = _close(office)

    assert (refused.status_code, ledger.closed_quarters()) == (200, set())
    with pytest.raises(Refused):
        programme.close_quarter(actor=manager, quarter=Quarter.objects.get(pk=PERIOD))
    _close(office, "Meer komt er niet")
    assert ledger.closed_quarters() == {PERIOD}
    assert LedgerEntry.objects.latest("seq").reason == "Meer komt er niet"


def test_closing_when_everybody_is_in_asks_for_none_and_makes_the_figures_final(manager):
    for hip in Consortium.objects.exclude(slug=HIP):
        programme.set_participation(
            actor=manager, consortium=hip, start_date=date(2023, 9, 1), end_date=date(2023, 9, 2), reason="test"
        )
    programme.set_participation(
        actor=manager,
        consortium=Consortium.objects.get(slug=HIP),
        start_date=date(2025, 1, 1),
        end_date=None,
        reason="test",
    )
    factories.reported(HIP, PERIOD)
    quarter = Quarter.objects.get(pk=PERIOD)

    found = closing.outlook(manager, ledger.resolve(), quarter)
    programme.close_quarter(actor=manager, quarter=quarter)

    assert (found.becomes_final, found.not_reported, found.also_missing) == (True, (), ())
    with pytest.raises(NotAllowedNow):
        factories.reported("people", PERIOD)
    reporting.correct(actor=manager, consortium=HIP, quarter=PERIOD, reason="aanvulling")
