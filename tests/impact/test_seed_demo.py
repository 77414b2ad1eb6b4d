"""Seeding the demonstration: into an empty database only, whole, and once."""

from collections import Counter
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from consortia import clock, notifications
from consortia.errors import NotAllowedNow
from consortia.models import Delivery, Mail, MailState, Notification, Programme, User
from events.models import Event, GoodPractice
from impact import demo, ledger, programme, reference
from impact.demo_history import LATE, RETURNED, WAITING
from impact.models import LedgerEntry, Quarter, QuarterlyReport, ReportVersion
from impact.standing import standing

pytestmark = pytest.mark.django_db

PASSWORD = "a password of the demo"


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("seed_demo", *arguments, stdout=output)
    return output.getvalue()


def status_of(consortium: str, period: str) -> str:
    return str(standing(User.objects.get(email="manager@demo.example"), consortium, period).status)


def test_bare_has_accounts_and_open_quarters_and_nothing_reported():
    demo.seed(full=False, password=PASSWORD)

    assert User.objects.filter(is_demo=True).count() == 20
    assert QuarterlyReport.objects.count() == 15 * sum(row.end_date < clock.today() for row in Quarter.objects.all())
    assert not ReportVersion.objects.exists()
    assert ledger.closed_quarters() == set()
    assert Programme.objects.get().is_demo
    assert LedgerEntry.objects.latest("seq").recorded_at == demo.START


def test_the_command_prints_the_password_that_it_was_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)

    assert f"password of the demo accounts: {PASSWORD}\n" in run("--demo", "bare")


def test_the_command_makes_up_a_password_when_none_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DEMO_PASSWORD")
    password = run("--demo", "bare").split()[-1]

    assert User.objects.get(email="manager@demo.example").check_password(password)


def test_a_second_time_only_the_password_is_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    run("--demo", "bare")
    seq = ledger.newest()

    assert run("--demo", "full") == "demonstration data: is there already\n"
    assert ledger.newest() == seq

    monkeypatch.setenv("DEMO_PASSWORD", "another password")
    assert "changed" in run("--demo", "bare")
    assert User.objects.get(email="reader@demo.example").check_password("another password")


def test_the_command_brings_meetings_and_good_practices_that_say_what_they_are():
    with clock.at(datetime(2023, 11, 20, 12, tzinfo=UTC)):
        run("--demo", "full", "--companies", "20", "--seed", "3")

    assert Counter(Event.objects.values_list("status", flat=True)) == {"published": 4, "cancelled": 1, "draft": 1}
    assert GoodPractice.objects.public().count() == 2
    for row in (*Event.objects.all(), *GoodPractice.objects.all()):
        assert row.title_nl.startswith("Demonstratie")
        assert row.title_en.startswith("Demonstration") or row.is_draft


def test_people_find_in_their_inbox_what_happened_and_nobody_is_mailed():
    with clock.at(datetime(2024, 3, 15, 12, tzinfo=UTC)):
        demo.seed(full=True, password=PASSWORD, companies=20)
        told = {
            (number, kind)
            for number in (LATE, RETURNED, WAITING)
            for kind in notifications.inbox(
                User.objects.get(email=f"coordinator-{number:02}@demo.example")
            ).values_list("kind", flat=True)
        }

    assert {(LATE, "overdue"), (RETURNED, "returned"), (WAITING, "receipt"), (WAITING, "accepted")} <= told
    assert not Mail.objects.exclude(state=MailState.DROPPED).exists()
    assert not Notification.objects.filter(delivery=Delivery.DAILY, mail__isnull=True).exists()


def test_real_data_is_not_touched():
    reference.load()

    with pytest.raises(CommandError, match="not a demonstration"):
        run("--demo", "bare")
    assert not User.objects.exists()


def test_production_gets_no_demonstration(settings: Settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        run("--demo", "bare")
    with pytest.raises(NotAllowedNow):
        demo.seed(full=False, password=PASSWORD)
    assert not Programme.objects.exists()


def test_a_programme_row_without_a_ledger_becomes_the_demonstration():
    Programme.objects.create(**{**reference.PROGRAMME, "end_date": date(2027, 9, 30)})

    demo.seed(full=False, password=PASSWORD)

    assert Programme.objects.get().is_demo
    assert programme.open_quarters() == 0


@pytest.mark.parametrize("number", ["0", "900001", "many"])
def test_the_number_of_companies_fits_the_safe_range(number: str):
    with pytest.raises(CommandError):
        run("--companies", number)


def test_a_quarter_that_ended_this_week_is_told_faster():
    with clock.at(datetime(2024, 1, 3, 12, tzinfo=UTC)):
        demo.seed(full=True, password=PASSWORD, companies=40)

        assert status_of("it-verband-zuid-holland", "2023Q4") == "accepted"
        assert status_of("scale", "2023Q4") == "draft"
        assert LedgerEntry.objects.latest("seq").recorded_at < clock.now()


def test_any_seed_and_any_first_quarter_can_be_replayed():
    with clock.at(datetime(2023, 12, 1, 12, tzinfo=UTC)):
        demo.seed(full=True, password=PASSWORD, companies=1, seed=7)

    assert ledger.closed_quarters() == set()
