"""The office's texts with their preview, the queue of mail, and the mail about passwords."""

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consortia import message_texts
from consortia.message_kinds import DIGEST
from consortia.models import Mail, MailState, MessageTemplate, Programme, Role, User
from impact import notice_kinds
from ptvt_portal import production
from tests import factories

pytestmark = pytest.mark.django_db
LIST, ADD, PREVIEW = (f"admin:consortia_messagetemplate_{name}" for name in ("changelist", "add", "preview"))


@pytest.fixture
def manager(programme: Programme) -> User:
    return factories.user(Role.MANAGER)


@pytest.fixture
def office(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def test_the_list_shows_every_kind_in_both_languages(office):
    page = office.get(reverse(LIST)).content.decode()

    assert "{hip}: the report on {quarter} is due on {due_date}" in page
    assert f"kind={notice_kinds.RETURNED}&amp;language=en" in page


def test_a_new_text_begins_with_the_built_in_one_and_is_used_from_then_on(office):
    address = f"{reverse(ADD)}?kind=digest&language=en"
    assert "This is new since the overview before." in office.get(address).content.decode()

    answer = office.post(address, {"kind": "digest", "language": "en", "subject": "News", "body": "Hi {name}"})

    assert answer.status_code == 302
    assert message_texts.text_of(DIGEST, "en").body == "Hi {name}"
    page = office.get(reverse("admin:consortia_messagetemplate_change", args=[MessageTemplate.objects.get().pk]))
    assert page.status_code == 200


def test_a_placeholder_that_does_not_exist_is_refused_by_name(office):
    sent = {"kind": "digest", "language": "nl", "subject": "Nieuws", "body": "Dag {naam}"}

    page = office.post(reverse(ADD), sent).content.decode()

    assert "{naam}" in page.split("errorlist", 1)[1]
    assert not MessageTemplate.objects.exists()


def test_the_preview_shows_what_was_typed_and_stores_nothing(office):
    sent = {"kind": "comment", "language": "nl", "subject": "Over {hip}", "body": "**Lees** {comment} <b>x</b> {wat}"}

    page = office.post(reverse(PREVIEW), sent).content.decode()

    assert "Over SCALE" in page
    assert "<strong>Lees</strong>" in page
    assert "<b>x</b>" not in page.replace("&lt;b&gt;", "")
    assert "{wat}" in page
    assert not MessageTemplate.objects.exists()


def test_failed_mail_comes_first_and_is_tried_again(office, manager):
    for cause, state in (("1", MailState.PENDING), ("2", MailState.FAILED), ("3", MailState.DROPPED)):
        Mail.objects.create(
            recipient=manager, kind="comment", cause=cause, subject=f"Mail {cause}", text="geheim", html="geheim",
            message_id=cause, state=state,
        )  # fmt: skip
    failed = Mail.objects.get(cause="2")
    page = office.get(reverse("admin:consortia_mail_changelist")).content.decode()
    assert page.index("Mail 2") < page.index("Mail 1") < page.index("Mail 3")
    shown = office.get(reverse("admin:consortia_mail_change", args=[failed.pk])).content.decode()
    assert "geheim" not in shown
    assert "kon niet worden verstuurd" in office.get(reverse("admin:index")).content.decode()

    office.post(f"{reverse('admin:consortia_mail_retry')}?id={failed.pk}")

    failed.refresh_from_db()
    assert failed.state == MailState.PENDING


def test_the_list_of_mail_asks_the_same_number_of_queries_at_any_length(office, manager):
    def queries(number: int) -> int:
        for each in range(number):
            Mail.objects.create(recipient=manager, kind="x", cause=f"{number}{each}", message_id=f"{number}{each}")
        with CaptureQueriesContext(connection) as counted:
            office.get(reverse("admin:consortia_mail_changelist"))
        return len(counted)

    assert queries(2) == queries(20) <= 30


@pytest.mark.parametrize(("language", "subject"), [("nl", "Kies een wachtwoord"), ("en", "Choose a password")])
def test_a_new_password_is_asked_for_in_the_language_of_the_account(programme, client, language, subject):
    Programme.objects.update(contact_email="office@example.org")
    factories.user(Role.READER, email="rie@example.org", language=language)

    client.post(reverse("account_reset_password"), {"email": "rie@example.org"})

    (sent,) = django_mail.outbox
    assert sent.subject.startswith((subject, "Choose a password"))
    assert sent.reply_to == ["office@example.org"]
    assert "/accounts/password/reset/key/" in sent.body
    assert sent.alternatives[0][1] == "text/html"


def test_production_without_a_mail_server_says_so(settings, caplog):
    settings.MAIL_LEAVES = False

    production.warn_without_mail_server()

    assert "EMAIL_URL" in caplog.text
