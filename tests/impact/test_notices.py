"""Who is told of what happened to a report, and who is reminded of what is due."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.utils import translation

from consortia import clock, mail_delivery, message_kinds, message_texts, notifications
from consortia.access import Permission
from consortia.models import Consortium, Mail, MailState, Membership, Notification, Programme, Role, User
from impact import (
    dues,
    extensions,
    follow_ups,
    notice_kinds,
    notices,
    outbox,
    reminders,
    reporting,
    teamwork,
)  # fmt: skip
from impact import (
    programme as office,
)
from impact.models import OutboxMessage, Quarter, QuarterlyReport, VersionStatus
from tests import factories

pytestmark = pytest.mark.django_db
HIP, PERIOD = "scale", "2025Q3"
WHERE = {"consortium": HIP, "quarter": PERIOD}
DUE = date(2025, 10, 30)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=clock.AMSTERDAM)


@pytest.fixture(autouse=True)
def in_october(programme: Programme) -> Iterator[time_machine.Traveller]:
    # The database tells its own time in the ledger, except in a demonstration.
    with time_machine.travel(noon(date(2025, 10, 5)), tick=False) as traveller:
        office.open_quarters()
        yield traveller


@pytest.fixture
def coordinator() -> User:
    return factories.user(Role.COORDINATOR, HIP, name="Carla Coördinator")


@pytest.fixture
def manager() -> User:
    return factories.user(Role.MANAGER, name="Mia Manager")


def told(user: User) -> list[str]:
    return sorted(Notification.objects.filter(recipient=user).values_list("kind", flat=True))


def submitted(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)


# --- what happened


def test_whoever_submits_gets_the_receipt(coordinator):
    other = factories.user(Role.COORDINATOR, HIP)
    submitted(coordinator)

    notices.deliver()

    assert (told(coordinator), told(other)) == (["receipt"], [])
    assert Notification.objects.get().url == f"/rapportages/{HIP}/{PERIOD}/versies/1/ontvangstbewijs.pdf"
    assert "5 oktober 2025 12:00" in Notification.objects.get().text


def test_a_return_is_told_to_who_may_submit_with_the_message_at_each_place(coordinator):
    other, contributor = factories.user(Role.COORDINATOR, HIP), factories.user(Role.CONTRIBUTOR, HIP)
    submitted(coordinator)
    version = QuarterlyReport.objects.get(consortium__slug=HIP, quarter=PERIOD).versions.get()
    reporting.review(
        actor=factories.user(Role.REVIEWER),
        decision="return",
        content_hash=version.content_hash,
        comment="Bijna goed.",
        remarks=[{"pointer": "/figures/0/value", "comment": "Is dit\ntwaalf?"}],
        **WHERE,
    )

    notices.deliver()

    assert told(coordinator) == ["receipt", "returned"]
    assert told(other) == ["returned"]
    assert told(contributor) == []
    text = Notification.objects.get(recipient=other).text
    assert "> Bijna goed.\n> • " in text
    assert "> twaalf?" in text


def test_an_acceptance_without_a_word_quotes_nothing(coordinator):
    factories.reported(HIP, PERIOD, coordinator=coordinator)

    notices.deliver()

    accepted = Notification.objects.get(kind="accepted")
    assert ">" not in accepted.text
    assert "blockquote" not in accepted.html


def test_a_comment_reaches_the_hip_and_the_thread_but_not_its_author_nor_twice_who_is_mentioned(coordinator):
    colleague, contributor = factories.user(Role.COORDINATOR, HIP), factories.user(Role.CONTRIBUTOR, HIP)
    reviewer, silent = factories.user(Role.REVIEWER), factories.user(Role.REVIEWER)
    stranger = factories.user(Role.COORDINATOR, "snel")
    teamwork.comment(actor=reviewer, text="Klopt dit?", **WHERE)
    notices.deliver()
    Notification.objects.all().delete()

    teamwork.comment(actor=coordinator, text=f"Ja, toch @{contributor.email}?", **WHERE)
    notices.deliver()

    people = (coordinator, colleague, contributor, reviewer, silent, stranger)
    assert [told(user) for user in people] == [[], ["comment"], ["mention"], ["comment"], [], []]


def test_a_request_goes_to_the_office_and_its_answer_back(coordinator, manager):
    reviewer = factories.user(Role.REVIEWER)
    extensions.request_extension(actor=coordinator, due_date=date(2025, 11, 15), reason="ziekte", **WHERE)
    notices.deliver()
    office.extend(
        actor=manager,
        consortium=Consortium.objects.get(slug=HIP),
        quarter=Quarter.objects.get(pk=PERIOD),
        due_date=date(2025, 11, 14),
        reason="Sterkte.",
    )
    notices.deliver()

    assert [told(user) for user in (manager, reviewer, coordinator)] == [
        ["extension-request"], [], ["extension-granted"],
    ]  # fmt: skip
    assert "14 november 2025" in Notification.objects.get(recipient=coordinator).subject


def test_a_mark_is_told_to_who_takes_it_up_and_again_to_the_next(manager):
    first, second = factories.user(Role.REVIEWER), factories.user(Role.REVIEWER)
    mark = follow_ups.mark(actor=manager, text="Vraag na.", owner=first, due_date=date(2025, 10, 20), **WHERE)
    notices.deliver()
    follow_ups.hand_over(actor=manager, follow_up=mark.pk, owner=second, due_date=date(2025, 10, 20))
    notices.deliver()

    assert [told(user) for user in (first, second, manager)] == [["follow-up"], ["follow-up"], []]


def test_what_happened_days_ago_is_not_told_any_more(coordinator, in_october):
    submitted(coordinator)
    in_october.shift(timedelta(days=3, seconds=1))

    assert notices.deliver() == 0

    assert told(coordinator) == []
    assert not OutboxMessage.objects.filter(kind__in=outbox.TO_TELL, done_at=None).exists()


def test_telling_twice_tells_once(coordinator):
    submitted(coordinator)
    notices.deliver()
    OutboxMessage.objects.update(done_at=None)

    notices.deliver()

    assert told(coordinator) == ["receipt"]
    assert Mail.objects.count() == 1


def test_a_message_that_fails_stands_in_nobodys_way(coordinator, monkeypatch):
    submitted(coordinator)
    broken = OutboxMessage.objects.get(kind=outbox.RECEIPT)
    teamwork.comment(actor=factories.user(Role.REVIEWER), text="Hallo", **WHERE)

    def fail(_payload):
        raise LookupError

    monkeypatch.setattr(notices, "_TELL", {**notices._TELL, outbox.RECEIPT: fail})
    with pytest.raises(LookupError):
        notices.deliver()
    with pytest.raises(LookupError):
        notices.deliver()

    assert told(coordinator) == ["comment"]
    broken.refresh_from_db()
    assert (broken.attempts, broken.done_at) == (2, None)


def test_nobody_is_mailed_about_a_hip_that_is_not_theirs_any_more(coordinator):
    teamwork.comment(actor=factories.user(Role.REVIEWER), text="Hallo", **WHERE)
    notices.deliver()
    Membership.objects.filter(user=coordinator).delete()

    mail_delivery.deliver()

    assert Mail.objects.get(recipient=coordinator).state == MailState.DROPPED


# --- reminders


def test_every_reminder_comes_in_its_time_and_once(coordinator, manager, in_october):
    seen = []
    begin = date(2025, 9, 30)
    for day in (begin + timedelta(days=number) for number in (0, 1, 2, 15, 16, 17, 26, 27, 30, 31, 32, 37, 38, 44, 45)):
        in_october.move_to(noon(day))
        before = set(Notification.objects.values_list("pk", flat=True))
        reminders.remind()
        new = Notification.objects.filter(recipient=coordinator, about__quarter=PERIOD).exclude(pk__in=before)
        seen += [(day, each.kind) for each in new]

    assert seen == [
        (date(2025, 10, 1), "opening"),
        (date(2025, 10, 16), "due-14"),
        (date(2025, 10, 27), "due-3"),
        (date(2025, 10, 31), "overdue"),
        (date(2025, 11, 7), "overdue"),
    ]
    of_office = Notification.objects.filter(recipient=manager, about__quarter=PERIOD)
    assert [each.kind for each in of_office] == ["overdue-office"]
    assert of_office.get().text.count("•") == 15


@pytest.mark.parametrize(
    ("first_run", "expected"),
    [
        (date(2025, 10, 15), {"opening"}),
        (date(2025, 10, 20), {"due-14"}),
        (date(2025, 10, 30), {"due-3"}),
        (date(2025, 11, 3), {"overdue"}),
        (date(2025, 11, 14), set()),
    ],
)
def test_after_a_pause_comes_only_what_it_is_time_for(coordinator, manager, in_october, first_run, expected):
    in_october.move_to(noon(first_run))

    reminders.remind()

    mine = Notification.objects.filter(recipient=coordinator, about__quarter=PERIOD)
    assert {each.kind for each in mine} == expected


@pytest.mark.parametrize("status", [VersionStatus.SUBMITTED, VersionStatus.RETURNED, VersionStatus.ACCEPTED])
def test_nobody_is_reminded_of_what_was_submitted(coordinator, manager, in_october, status):
    factories.reported(HIP, PERIOD, upto=status, coordinator=coordinator)

    for days in range(60):
        in_october.move_to(noon(date(2025, 10, 6)) + timedelta(days=days))
        reminders.remind()

    assert not Notification.objects.filter(recipient=coordinator, about__quarter=PERIOD).exists()


def test_a_reminder_that_waits_is_dropped_when_the_report_comes_in(coordinator, manager, in_october):
    in_october.move_to(noon(date(2025, 10, 27)))
    reminders.remind()
    submitted(coordinator)

    notices.deliver()
    mail_delivery.deliver()

    to_me = [each.subject for each in django_mail.outbox if each.to == [coordinator.email] and "SCALE" in each.subject]
    assert len(to_me) == 1
    assert Mail.objects.get(recipient=coordinator, kind="due-3", about__quarter=PERIOD).state == MailState.DROPPED
    assert not Notification.objects.filter(recipient=coordinator, kind="due-3", read_at=None).exists()


def test_a_reminder_that_waited_too_long_is_not_sent_after_the_next_one(coordinator, manager, in_october):
    in_october.move_to(noon(date(2025, 10, 16)))
    reminders.remind()
    in_october.move_to(noon(date(2025, 10, 27)))
    reminders.remind()

    mail_delivery.deliver()

    states = Mail.objects.filter(recipient=coordinator, about__quarter=PERIOD).values_list("kind", "state")
    assert dict(states) == {"due-14": MailState.DROPPED, "due-3": MailState.SENT}


def extended(manager: User, until: date) -> None:
    hip, quarter = Consortium.objects.get(slug=HIP), Quarter.objects.get(pk=PERIOD)
    office.extend(actor=manager, consortium=hip, quarter=quarter, due_date=until, reason="ziekte")


def test_an_extension_brings_reminders_for_the_new_date_and_none_for_what_it_leaves_behind(
    coordinator, manager, in_october
):
    seen = []
    for day in (date(2025, 10, 20) + timedelta(days=number) for number in (0, 7, 8, 11, 17, 18, 28, 31, 32, 39, 46)):
        in_october.move_to(noon(day))
        if day == date(2025, 10, 28):
            extended(manager, date(2025, 11, 20))
        before = set(Notification.objects.values_list("pk", flat=True))
        reminders.remind()
        new = Notification.objects.filter(recipient=coordinator, about__quarter=PERIOD).exclude(pk__in=before)
        seen += [(day, each.about["stage"]) for each in new]

    assert seen == [
        (date(2025, 10, 20), "due-14"),
        (date(2025, 10, 27), "due-3"),
        (date(2025, 11, 6), "due-14"),
        (date(2025, 11, 17), "due-3"),
        (date(2025, 11, 21), "overdue-1"),
        (date(2025, 11, 28), "overdue-8"),
    ]


def test_an_extension_by_a_week_is_not_followed_by_two_weeks_left(coordinator, manager, in_october):
    in_october.move_to(noon(date(2025, 10, 29)))
    extended(manager, date(2025, 11, 6))

    reminders.remind()

    assert not Notification.objects.filter(recipient=coordinator, about__quarter=PERIOD).exists()


def test_only_who_may_submit_is_reminded(manager):
    contributor, reviewer = factories.user(Role.CONTRIBUTOR, HIP), factories.user(Role.REVIEWER)

    reminders.remind()

    assert [told(user) for user in (contributor, reviewer, manager)] == [[], [], []]


def test_a_closed_quarter_reminds_nobody(coordinator, manager):
    office.close_quarter(actor=manager, quarter=Quarter.objects.get(pk=PERIOD), reason="klaar")

    reminders.remind()

    assert not Notification.objects.filter(recipient=coordinator, about__quarter=PERIOD).exists()


# --- texts


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_has_texts_whose_placeholders_exist(language):
    for kind in message_kinds.all_kinds():
        text = message_texts.built_in(kind, language)
        with translation.override(language):
            assert message_texts.problems(kind, text) == [], kind.code
        sample = message_texts.sample(kind, text, language)
        assert "{" not in sample.subject + sample.text + sample.html


def test_every_cause_has_somebody_who_tells_it():
    assert set(notices._TELL) == set(outbox.TO_TELL)


def test_people_choose_only_among_what_they_may_get(coordinator, manager):
    of_coordinator = {kind.code for kind in notifications.kinds_for(coordinator)}
    of_manager = {kind.code for kind in notifications.kinds_for(manager)}

    assert notice_kinds.EXTENSION_REQUEST not in of_coordinator
    assert {dues.DUE_3, notice_kinds.RETURNED} <= of_coordinator
    assert {notice_kinds.EXTENSION_REQUEST, notice_kinds.FOLLOW_UP} <= of_manager
    assert Permission.SUBMIT in message_kinds.get(dues.OVERDUE).audience


def test_nobody_of_the_office_is_asked_about_what_only_people_of_a_hip_hear(coordinator, manager):
    of_own_hip = {*notice_kinds.REMINDERS, notice_kinds.ON_BEHALF, notice_kinds.EXTENSION_ENDED}
    of_manager = {kind.code for kind in notifications.kinds_for(manager)}

    assert of_own_hip <= {kind.code for kind in notifications.kinds_for(coordinator)}
    assert not of_own_hip & of_manager
    # Who hands in for a HIP hears what comes of it.
    assert {notice_kinds.RECEIPT, notice_kinds.RETURNED, notice_kinds.ACCEPTED} <= of_manager
    assert {kind.code for kind in notifications.kinds_for(factories.user(Role.REVIEWER))} == {
        notice_kinds.MENTION, notice_kinds.COMMENT, notice_kinds.FOLLOW_UP,
    }  # fmt: skip
    assert notifications.kinds_for(factories.user(Role.READER)) == []


def test_the_office_that_takes_part_in_a_hip_as_well_is_asked_about_its_reminders(manager):
    manager.memberships.create(role=Role.COORDINATOR, consortium=Consortium.objects.get(slug="scale"))

    assert set(notice_kinds.REMINDERS) <= {kind.code for kind in notifications.kinds_for(manager)}
