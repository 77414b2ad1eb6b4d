"""One's own webhooks on a page."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consortia import clock, machines
from consortia.models import Role, Scope, User
from impact import ledger, webhook_delivery, webhooks
from impact.models import Webhook, WebhookAttempt
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

SECRET = re.compile(r'id="secret">(whsec_[\w+/=]{44})<')
URL = "https://dashboard.example.org/ptvt"


@pytest.fixture
def owner(programme: Any) -> User:
    return factories.user(Role.COORDINATOR, "scale")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str = "webhooks", *args: Any) -> str:
    with translation.override("en"):
        return reverse(f"impact:{name}", args=args)


def test_a_secret_is_shown_once(owner: User) -> None:
    client = signed_in(owner)

    answer = client.post(page(), {"url": URL, "consortium": "scale"})

    hook = Webhook.objects.get()
    found = SECRET.search(answer.content.decode())
    assert found is not None
    assert found[1] == webhook_delivery.secret_of(hook)
    assert "no-store" in answer["Cache-Control"]
    assert hook.consortium is not None
    for name, arguments in (("webhooks", []), ("webhook", [hook.pk])):
        shown = client.get(page(name, *arguments)).content.decode()
        assert URL in shown
        assert "whsec_" not in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": ""}, "This field is required."),
        ({"url": "ftp://example.org/"}, "Give an address that begins with https://."),
        ({"consortium": "nergens"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(owner: User, given: dict[str, str], said: str) -> None:
    answer = signed_in(owner).post(page(), {"url": URL, "consortium": "", **given})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Webhook.objects.exists()


def test_sending_again_begins_anew_where_it_was_stopped(owner: User) -> None:
    hook = webhooks.add(actor=owner, url=URL)
    Webhook.objects.update(disabled_at=clock.now(), failures=20)
    client = signed_in(owner)
    assert "stopped on" in client.get(page("webhook", hook.pk)).content.decode()

    wrong = client.post(page("webhook_replay", hook.pk), {"after": ledger.newest() + 1})
    right = client.post(page("webhook_replay", hook.pk), {"after": 2}, follow=True)

    assert wrong.status_code == 422
    assert "Give a seq from 0 to" in wrong.content.decode()
    assert "sent again, within seconds" in right.content.decode()
    hook.refresh_from_db()
    assert (hook.delivered_seq, hook.disabled_at, hook.failures) == (2, None, 0)


def test_a_new_secret_and_an_end(owner: User) -> None:
    hook = webhooks.add(actor=owner, url=URL)
    client = signed_in(owner)

    renewed = client.post(page("webhook_secret", hook.pk))
    found = SECRET.search(renewed.content.decode())
    assert found is not None
    assert found[1] != webhook_delivery.secret_of(hook)
    assert "with the old one as well" in renewed.content.decode()
    ended = client.post(page("webhook_remove", hook.pk), follow=True)

    assert f"Nothing is sent to {URL} any more." in ended.content.decode()
    assert not Webhook.objects.exists()


def test_the_office_sees_those_of_machines_and_nobody_those_of_another(owner: User) -> None:
    manager = factories.user(Role.MANAGER)
    end = clock.now() + clock.now().resolution * 10**12
    token, _key = machines.issue(actor=manager, name="Koppeling", scopes=[Scope.READ], expires_at=end)
    own = webhooks.add(actor=owner, url=f"{URL}/own")
    of_machine = webhooks.add(actor=token.user, url=f"{URL}/machine", token=token)

    listed = signed_in(manager).get(page()).content.decode()
    assert f"{URL}/machine" in listed
    assert "Koppeling (machine)" in listed
    assert f"{URL}/own" not in listed
    assert signed_in(manager).get(page("webhook", own.pk)).status_code == 404
    assert signed_in(owner).get(page("webhook", of_machine.pk)).status_code == 404
    assert signed_in(manager).post(page("webhook_remove", of_machine.pk)).status_code == 302


def test_the_pages_take_as_many_queries_for_many_as_for_one(owner: User) -> None:
    client = signed_in(owner)
    hook = webhooks.add(actor=owner, url=URL, consortium="scale")
    WebhookAttempt.objects.create(webhook=hook, first_seq=1, last_seq=1, status=204)

    def queries() -> list[int]:
        counted = []
        for address in (page(), page("webhook", hook.pk)):
            with CaptureQueriesContext(connection) as found:
                client.get(address)
            counted.append(len(found))
        return counted

    queries()
    few = queries()
    for number in range(8):
        webhooks.add(actor=owner, url=f"{URL}/{number}", consortium="scale")
        WebhookAttempt.objects.create(webhook=hook, first_seq=1, last_seq=number + 1, status=204)

    assert queries() == few
