"""Telling people something: once, in their language, by the mail that they want."""

import re
import smtplib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from consortia import clock, digest, local_mail, mail, mail_delivery, message_kinds, message_texts, notifications
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.message_kinds import Kind, Placeholder
from consortia.message_texts import Text
from consortia.models import (
    Delivery,
    KeptMail,
    Mail,
    MailState,
    MessageTemplate,
    Notification,
    Preference,
    Programme,
    User,
)  # fmt: skip
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)

NEWS = Kind(
    code="news",
    label="news",
    subject="News of {hip}",
    body="Hello {name},\n\n**Look** at this:\n\n> {said}\n\nBefore {day}, {number} of them.",
    action="Look",
    placeholders={
        "hip": Placeholder("the HIP", "SCALE"),
        "said": Placeholder("what was said", "Yes"),
        "day": Placeholder("the day", date(2026, 4, 30)),
        "number": Placeholder("how many", 1234),
    },
    audience=(Permission.SEE_COUNTING,),
)
ALARM = Kind(
    code="alarm",
    label="alarm",
    subject="Alarm",
    body="Look out, {name}.",
    is_essential=True,
    audience=(Permission.SEE_COUNTING,),
    still_holds=lambda _user, about: not about.get("over"),
)
CONTEXT = {"hip": "SCALE", "said": "one\ntwo", "day": date(2026, 4, 30), "number": 1234}


@pytest.fixture(autouse=True)
def kinds(monkeypatch, programme):
    monkeypatch.setattr(message_kinds, "_KINDS", {each.code: each for each in (message_kinds.DIGEST, NEWS, ALARM)})


@pytest.fixture
def reader() -> User:
    return factories.user("reader", email="reader@example.org", name="Rie <b>")


def tell(user, kind="news", cause="it happened", **more):
    return notifications.tell(user=user, kind=kind, cause=cause, context=CONTEXT, url="/werk", **more)


def test_the_same_cause_tells_the_same_person_once_and_another_person_too(reader):
    other = factories.user("reader")

    assert [tell(reader), tell(reader), tell(other), tell(reader, cause="something else")] == [True, False, True, True]

    assert Notification.objects.count() == Mail.objects.count() == 3


def test_telling_twice_leaves_the_transaction_of_the_caller_whole(reader):
    with transaction.atomic():
        tell(reader)
        tell(reader)
        Programme.objects.update(contact_name="Het bureau")

    assert Programme.objects.get().contact_name == "Het bureau"


def test_what_is_undone_is_not_told(reader):
    with transaction.atomic():
        tell(reader)
        transaction.set_rollback(True)

    assert not Notification.objects.exists()
    assert not Mail.objects.exists()


def test_a_message_is_in_the_language_of_who_gets_it(reader):
    english = factories.user("reader", language="en")

    with override("en"):
        tell(reader)
    tell(english)

    dutch, other = (Notification.objects.get(recipient=user).text for user in (reader, english))
    assert "30 april 2026, 1.234" in dutch
    assert "30 April 2026, 1,234" in other


def test_what_is_filled_in_never_is_markup(reader):
    notifications.tell(
        user=reader,
        kind="news",
        cause="x",
        context={**CONTEXT, "said": "<script>alert(1)</script> **a** [b](http://c)"},
    )

    told = Notification.objects.get()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **a** [b](http://c)" in told.html
    assert "Rie &lt;b&gt;" in told.html
    assert "<strong>Look</strong>" in told.html
    assert "<script>alert(1)</script> **a** [b](http://c)" in told.text


def test_a_quotation_of_several_lines_stays_one(reader):
    tell(reader)

    told = Notification.objects.get()
    assert "> one\n> two" in told.text
    assert re.search(r"<blockquote>\s*<p>one<br>two</p>\s*</blockquote>", told.html)


def test_an_account_that_is_not_active_is_told_nothing():
    assert tell(factories.user("reader", is_active=False)) is False
    assert not Notification.objects.exists()


def test_a_mail_without_a_place_in_the_portal_is_sent_once_and_at_once(reader):
    notifications.prefer(actor=reader, wanted={"news": "daily"}, language="nl")

    assert [tell(reader, in_portal=False), tell(reader, in_portal=False)] == [True, False]

    assert not Notification.objects.exists()
    assert Mail.objects.get().state == MailState.PENDING


# --- sending


def test_a_mail_leaves_once_with_the_office_as_its_reply_to(reader):
    Programme.objects.update(contact_email="office@example.org")
    tell(reader)

    assert [mail_delivery.deliver(), mail_delivery.deliver()] == [1, 0]

    (sent,) = django_mail.outbox
    assert sent.to == ["reader@example.org"]
    assert sent.reply_to == ["office@example.org"]
    assert sent.extra_headers["Message-ID"] == mail.message_id(reader, "it happened")
    assert "http" in sent.body
    ((html, media_type),) = sent.alternatives
    assert media_type == "text/html"
    assert "/werk" in html
    assert Mail.objects.get().state == MailState.SENT


def test_a_mail_goes_to_the_address_of_the_moment(reader):
    tell(reader)
    User.objects.filter(pk=reader.pk).update(email="new@example.org")

    mail_delivery.deliver()

    assert django_mail.outbox[0].to == ["new@example.org"]


def test_mail_that_does_not_hold_any_more_is_dropped(reader):
    tell(reader, kind="alarm", about={"over": True})

    assert mail_delivery.deliver() == 0

    assert Mail.objects.get().state == MailState.DROPPED
    assert django_mail.outbox == []


def test_nobody_is_mailed_after_the_account_is_deactivated(reader):
    tell(reader)
    User.objects.filter(pk=reader.pk).update(is_active=False)

    mail_delivery.deliver()

    assert Mail.objects.get().state == MailState.DROPPED


def refusing(monkeypatch, error):
    def send(_self, *_arguments, **_options):
        raise error

    monkeypatch.setattr(django_mail.EmailMultiAlternatives, "send", send)


def test_a_server_that_is_away_is_tried_again_later_and_less_and_less_often(reader, monkeypatch):
    with clock.at(NOON):
        tell(reader)
    refusing(monkeypatch, ConnectionRefusedError("reader@example.org"))
    tries = []

    for minute in range(3 * 24 * 60):
        with clock.at(NOON + timedelta(minutes=minute)):
            waiting = Mail.objects.get()
            if waiting.state == MailState.PENDING and waiting.next_try_at <= clock.now():
                mail_delivery.deliver()
                tries.append(minute)

    assert tries == [0, 1, 6, 21, 81, 321, 1041, 2481]
    failed = Mail.objects.get()
    assert (failed.state, failed.attempts, failed.last_error) == (MailState.FAILED, 8, "ConnectionRefusedError")


def test_a_server_that_is_away_is_not_asked_for_every_mail(reader, monkeypatch):
    for number in range(3):
        tell(reader, cause=str(number))
    refusing(monkeypatch, ConnectionRefusedError())

    mail_delivery.deliver()

    assert sorted(Mail.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_an_address_that_is_refused_for_ever_fails_at_once_and_stands_in_no_log(reader, monkeypatch, caplog):
    tell(reader)
    tell(factories.user("reader"))
    refusing(monkeypatch, smtplib.SMTPRecipientsRefused({"reader@example.org": (550, b"unknown reader@example.org")}))

    mail_delivery.deliver()

    assert set(Mail.objects.values_list("state", "last_error")) == {(MailState.FAILED, "SMTPRecipientsRefused 550")}
    assert "reader@example.org" not in caplog.text


def test_the_office_tries_a_failed_mail_again_and_nobody_else_does(reader):
    tell(reader)
    failed = Mail.objects.get()
    with pytest.raises(NotAllowedNow):
        mail_delivery.retry(actor=factories.user("manager"), mail=failed)
    Mail.objects.update(state=MailState.FAILED, attempts=8)
    with pytest.raises(NotPermitted):
        mail_delivery.retry(actor=reader, mail=failed)

    mail_delivery.retry(actor=factories.user("manager"), mail=failed)

    assert mail_delivery.deliver() == 1


def test_without_a_mail_server_production_keeps_mail_waiting(reader, settings):
    settings.MAIL_LEAVES = False
    tell(reader)

    assert mail_delivery.deliver() == 0
    assert Mail.objects.get().state == MailState.PENDING


def test_a_portal_without_a_mail_server_keeps_mail_where_it_can_be_read(reader, settings):
    settings.EMAIL_BACKEND = f"{local_mail.__name__}.KeepingBackend"
    tell(reader)

    mail_delivery.deliver()

    kept = KeptMail.objects.get()
    assert (kept.to, kept.subject) == ("reader@example.org", "News of SCALE")
    assert kept.message_id == mail.message_id(reader, "it happened")
    assert "<blockquote>" in kept.html


def test_mail_that_was_kept_is_gone_when_its_sending_could_not_be_noted(reader, settings):
    settings.EMAIL_BACKEND = f"{local_mail.__name__}.KeepingBackend"
    tell(reader)

    with transaction.atomic():
        mail_delivery.deliver()
        transaction.set_rollback(True)

    assert not KeptMail.objects.exists()
    assert Mail.objects.get().state == MailState.PENDING


# --- preferences, overview, stopping


def test_whoever_wants_no_mail_still_finds_it_in_the_portal(reader):
    notifications.prefer(actor=reader, wanted={"news": "none"}, language="nl")

    tell(reader)

    assert notifications.unread(reader) == 1
    assert not Mail.objects.exists()


def test_nobody_can_do_without_what_is_essential(reader):
    with pytest.raises(Refused):
        notifications.prefer(actor=reader, wanted={"alarm": "none"}, language="nl")
    Preference.objects.create(user=reader, kind="alarm", delivery=Delivery.NONE)

    tell(reader, kind="alarm")

    assert Mail.objects.count() == 1


def test_a_preference_that_means_nothing_is_refused(reader):
    with pytest.raises(Refused) as refused:
        notifications.prefer(actor=reader, wanted={"news": "by pigeon", "weather": "none"}, language="fr")

    assert [problem.pointer for problem in refused.value.problems] == ["/news", "/weather", "/language"]


def test_the_overview_holds_everything_since_the_one_before_and_comes_once(reader):
    notifications.prefer(actor=reader, wanted={"news": "daily", "alarm": "daily"}, language="nl")
    for number, hour in enumerate((-30, -10, -5)):
        with clock.at(NOON + timedelta(hours=hour)):
            tell(reader, cause=str(number))
    with clock.at(NOON):
        tell(reader, cause="after eight")
        assert [digest.prepare(), digest.prepare()] == [1, 0]
        assert [mail_delivery.deliver(), mail_delivery.deliver()] == [1, 0]

    (sent,) = django_mail.outbox
    assert sent.body.count("* News of SCALE") == 3
    with clock.at(NOON + timedelta(days=1)):
        digest.prepare()
        mail_delivery.deliver()
    assert [each.body.count("* News of SCALE") for each in django_mail.outbox] == [3, 1]


def test_the_overview_leaves_out_what_does_not_hold_and_does_not_come_without_anything(reader):
    notifications.prefer(actor=reader, wanted={"news": "daily", "alarm": "daily"}, language="nl")
    with clock.at(NOON - timedelta(days=1)):
        tell(reader)
        tell(reader, kind="alarm", cause="alarm", about={"over": True})
        other = factories.user("reader")
        notifications.prefer(actor=other, wanted={"alarm": "daily"}, language="en")
        tell(other, kind="alarm", cause="alarm", about={"over": True})
    with clock.at(NOON):
        digest.prepare()
        mail_delivery.deliver()

    (sent,) = django_mail.outbox
    assert "News of SCALE" in sent.body
    assert "Alarm" not in sent.body


def link(reader) -> str:
    mail_delivery.deliver()
    return re.search(r"/berichten/afmelden/(\S+)>", django_mail.outbox[-1].extra_headers["List-Unsubscribe"])[1]


def test_the_link_in_a_mail_stops_its_kind_for_its_reader(reader):
    other = factories.user("reader")
    tell(reader)

    notifications.unsubscribe(token=link(reader))

    assert notifications.delivery_of(reader, NEWS) == Delivery.NONE
    assert notifications.delivery_of(other, NEWS) == Delivery.AT_ONCE


def test_the_link_in_an_overview_stops_what_would_be_in_it(reader):
    notifications.prefer(actor=reader, wanted={"news": "daily", "alarm": "daily"}, language="nl")
    with clock.at(NOON - timedelta(days=1)):
        tell(reader)
    with clock.at(NOON):
        digest.prepare()
        token = link(reader)

    notifications.unsubscribe(token=token)

    assert notifications.deliveries(reader) == {"news": Delivery.NONE, "alarm": Delivery.DAILY}


def test_mail_that_nobody_can_do_without_has_no_such_link(reader):
    tell(reader, kind="alarm")
    mail_delivery.deliver()

    assert "List-Unsubscribe" not in django_mail.outbox[0].extra_headers
    assert "afmelden" not in django_mail.outbox[0].body


def test_a_link_that_somebody_made_up_stops_nothing(reader):
    with pytest.raises(NotVisible):
        notifications.unsubscribe(token="made:up")


# --- reading, and what is old


def test_one_reads_ones_own_messages_and_nobody_elses(reader):
    tell(reader)
    told = Notification.objects.get()
    with pytest.raises(NotVisible):
        notifications.mark_read(actor=factories.user("reader"), notification=told.pk)

    notifications.mark_read(actor=reader, notification=told.pk)

    assert notifications.unread(reader) == 0


def test_what_is_done_by_now_counts_as_read(reader):
    tell(reader, about={"hip": "scale", "day": "2026-04-30"})
    tell(reader, cause="other", about={"hip": "snel"})

    assert notifications.settle(kinds=["news"], about={"hip": "scale"}) == 1

    assert notifications.unread(reader) == 1


def test_what_is_old_goes_and_what_still_waits_stays(reader):
    with clock.at(NOON):
        tell(reader)
        tell(reader, cause="sent")
        mail_delivery.deliver()
        tell(reader, cause="waits")
    with clock.at(NOON + timedelta(days=181)):
        notifications.purge()

    assert [each.cause for each in Mail.objects.all()] == ["waits"]
    assert not Notification.objects.exists()


# --- the office's texts


def test_the_text_of_the_office_goes_before_the_built_in_one_in_its_language_only(reader):
    MessageTemplate.objects.create(kind="news", language="nl", subject="Nieuws: {hip}", body="Dag *{name}*")
    english = factories.user("reader", language="en")

    tell(reader)
    tell(english)

    assert Notification.objects.get(recipient=reader).subject == "Nieuws: SCALE"
    assert Notification.objects.get(recipient=english).subject == "News of SCALE"


def test_a_placeholder_that_does_not_exist_is_named():
    found = message_texts.problems(NEWS, Text("About {hpi}", "Dear {name}, {what} {"))

    assert [(problem.pointer, problem.code) for problem in found] == [
        ("/subject", "unknown-placeholder"),
        ("/body", "unknown-placeholder"),
        ("/body", "stray-brace"),
    ]
    assert "{hpi}" in found[0].detail


def test_the_preview_fills_in_the_samples():
    message = message_texts.sample(NEWS, Text("{hip}", "{name}: {day}"), "nl")

    assert (message.subject, message.text) == ("SCALE", "Anna de Vries: 30 april 2026")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO consortia_notification SELECT gen_random_uuid(), kind, cause, about, subject, text, html, url, "
        "action, delivery, created_at, read_at, mail_id, recipient_id FROM consortia_notification",
        "UPDATE consortia_mail SET state = 'sent'",
        "UPDATE consortia_mail SET state = 'lost'",
        "UPDATE consortia_notification SET delivery = 'pigeon'",
        "UPDATE consortia_notification SET read_at = created_at - interval '1 second'",
    ],
)
def test_the_database_refuses_what_cannot_be(reader, statement):
    tell(reader)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
