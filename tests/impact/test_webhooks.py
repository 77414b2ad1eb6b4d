"""The entries of the ledger, sent to who asked for them: signed, in order, at least once, whatever fails."""

import json
import os
import runpy
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client

from consortia import clock, machines, tokens
from consortia.errors import NotAllowedNow, NotVisible, Refused
from consortia.models import Consortium, Membership, Notification, Role, Scope, User
from impact import ledger, notices, reporting, tasks, webhook_delivery, webhooks
from impact.api import webhook_bodies
from impact.models import LedgerEntry, Webhook, WebhookAttempt
from tests import factories
from tests.receiving import Receiver, receiving

CLIENT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "receive_webhooks.py"
is_genuine: Callable[..., bool] = runpy.run_path(str(CLIENT))["is_genuine"]
"""As a receiver checks it, by a program that shares no code with the portal."""

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def owner(programme: Any) -> User:
    return factories.user(Role.COORDINATOR, "scale")


def deliver() -> int:
    """What beat asks for, without a broker."""
    return sum(webhook_delivery.deliver(pk, webhook_bodies.message) for pk in webhook_delivery.due())


def accepted(hip: str = "scale", period: str = "2025Q1") -> int:
    """One more entry; gives its seq."""
    factories.reported(hip, period, factories.company(1))
    return ledger.newest()


def of_feed(user: User, after: int) -> list[Any]:
    _token, key = tokens.issue(user=user)
    answer = Client(headers={"Authorization": f"Bearer {key}"}).get(f"/api/v1/changes?after={after}&pageSize=5000")
    return list(answer.json()["results"])


# --- what is sent


def test_an_entry_arrives_as_the_feed_has_it_signed(owner: User, receiver: Receiver) -> None:
    start = ledger.newest()
    hook = webhooks.add(actor=owner, url=receiver.address)
    accepted()

    assert deliver() == 1

    ((headers, body),) = receiver.messages
    assert receiver.bodies()[0]["results"] == of_feed(owner, start)
    assert receiver.bodies()[0]["seq"] == ledger.newest()
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == f"{hook.pk}.{start + 1}-{ledger.newest()}"
    assert abs(int(headers["webhook-timestamp"]) - clock.now().timestamp()) < 60
    secret, now = webhook_delivery.secret_of(hook), clock.now().timestamp()
    assert is_genuine(secret, headers, body, now)
    assert not is_genuine(secret, headers, body + b" ", now)
    assert not is_genuine(secret, {**headers, "webhook-timestamp": str(int(now) + 1)}, body, now)
    assert not is_genuine(secret, headers, body, now + 301)
    assert not is_genuine("whsec_" + "A" * 44, headers, body, now)
    assert not is_genuine(secret, {}, body, now)
    assert deliver() == 0


def test_everything_comes_once_and_in_order(owner: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_delivery, "MOST_ENTRIES", 7)
    webhooks.add(actor=owner, url=receiver.address, after=0)

    deliver()

    assert receiver.seqs() == list(LedgerEntry.objects.order_by("seq").values_list("seq", flat=True))
    assert len(receiver.messages) > 2
    assert len(set(receiver.ids())) == len(receiver.ids())


def test_a_webhook_of_one_hip_gets_its_entries_and_those_of_the_programme(owner: User, receiver: Receiver) -> None:
    webhooks.add(actor=owner, url=receiver.address, consortium="scale")
    accepted("snel")
    assert deliver() == 0
    wanted = accepted("scale")

    assert deliver() == 1
    assert receiver.seqs() == [wanted]
    assert Webhook.objects.get().delivered_seq == ledger.newest()


def test_who_may_see_less_is_sent_less(receiver: Receiver) -> None:
    """A coordinator of another HIP is not told who did it and why, nor is a key that is narrowed to another."""
    other = factories.user(Role.COORDINATOR, "people")
    manager = factories.user(Role.MANAGER)
    narrow, _key = tokens.issue(user=manager, consortium=Consortium.objects.get(slug="people"))
    whole, _key = tokens.issue(user=manager)
    start = ledger.newest()
    for user, token in ((other, None), (manager, narrow), (manager, whole)):
        webhooks.add(actor=user, url=receiver.address, token=token)
    factories.reported("scale", "2025Q1", factories.company(1))
    reporting.withdraw(actor=manager, consortium="scale", quarter="2025Q1", reason="dubbel ingediend")
    deliver()

    reasons = sorted([str(entry["reason"]) for entry in body["results"]][-1] for body in receiver.bodies())
    assert reasons == ["None", "None", "dubbel ingediend"]
    assert [entry["reason"] for entry in of_feed(other, start)][-1] is None


# --- what fails


def test_what_does_not_arrive_is_sent_again_later_and_later_and_is_the_same_message(
    owner: User, receiver: Receiver
) -> None:
    hook = webhooks.add(actor=owner, url=receiver.address)
    receiver.answers = [500, 302, 404]
    first = accepted()
    start = clock.now()
    with time_machine.travel(start, tick=False) as clock_of_test:
        for number in range(3):
            assert deliver() == 1
            hook.refresh_from_db()
            wait = hook.next_attempt_at - clock.now()
            shortest = webhook_delivery.FIRST_PAUSE * 2**number
            assert shortest <= wait <= shortest * 1.25
            assert deliver() == 0
            clock_of_test.shift(wait)
        second = accepted("snel")
        deliver()
        deliver()

    assert receiver.seqs() == [first, first, first, first, second]
    assert len(set(receiver.ids()[:4])) == 1
    assert {body for _headers, body in receiver.messages[:4]} == {receiver.messages[0][1]}
    assert list(WebhookAttempt.objects.order_by("pk").values_list("status", flat=True)) == [500, 302, 404, 204, 204]
    hook.refresh_from_db()
    assert (hook.failures, hook.next_attempt_at, hook.delivered_seq) == (0, None, second)


def test_a_worker_that_is_killed_while_sending_loses_nothing(
    owner: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.add(actor=owner, url=receiver.address)
    first = accepted()
    post = webhook_delivery.outbound.post

    class Killed(BaseException):
        pass

    def killed_after(*given: Any) -> None:
        post(*given)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(webhook_delivery.outbound, "post", killed_after)
        with pytest.raises(Killed):
            deliver()
    second = accepted("snel")

    assert deliver() == 0, "for as long as the other one may be at it"
    with time_machine.travel(clock.now() + webhook_delivery.CLAIM + timedelta(seconds=1), tick=False):
        deliver()

    assert receiver.seqs() == [first, first, second]
    assert receiver.ids()[0] == receiver.ids()[1], "so that a receiver can drop what it has"


def test_after_many_failures_in_a_row_it_is_stopped_and_its_owner_told(owner: User, receiver: Receiver) -> None:
    hook = webhooks.add(actor=owner, url=receiver.address)
    receiver.answers = [503] * webhook_delivery.MOST_FAILURES
    seq = accepted()
    with time_machine.travel(clock.now(), tick=False) as clock_of_test:
        for _number in range(webhook_delivery.MOST_FAILURES + 3):
            deliver()
            clock_of_test.shift(webhook_delivery.LONGEST_PAUSE * 2)
        notices.deliver()
        notices.deliver()
    hook.refresh_from_db()

    assert hook.disabled_at is not None
    assert len(receiver.messages) == webhook_delivery.MOST_FAILURES
    told = Notification.objects.get(kind="webhook-stopped")
    assert told.recipient == owner
    assert receiver.address in told.subject

    webhooks.replay(actor=owner, webhook=hook.pk, after=hook.delivered_seq)
    deliver()
    assert receiver.seqs()[-1] == seq
    hook.refresh_from_db()
    assert (hook.disabled_at, hook.failures) == (None, 0)


def test_of_a_machine_the_office_is_told(receiver: Receiver) -> None:
    manager = factories.user(Role.MANAGER)
    end = clock.now() + timedelta(days=1)
    token, _key = machines.issue(actor=manager, name="Koppeling", scopes=[Scope.READ], expires_at=end)
    webhooks.add(actor=token.user, url=receiver.address, token=token)
    tokens.revoke(token=token)
    accepted()

    assert deliver() == 0
    notices.deliver()

    assert receiver.messages == []
    assert Notification.objects.get(kind="webhook-stopped").recipient == manager


@pytest.mark.parametrize("ended", ["role", "account", "key"])
def test_who_may_see_nothing_any_more_is_sent_nothing(owner: User, receiver: Receiver, ended: str) -> None:
    token, _key = tokens.issue(user=owner)
    webhooks.add(actor=owner, url=receiver.address, token=token)
    if ended == "role":
        Membership.objects.filter(user=owner).delete()
    elif ended == "account":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    else:
        tokens.revoke(token=token)
    accepted("snel")

    assert deliver() == 0
    assert Webhook.objects.get().disabled_at is not None


def test_one_that_does_not_answer_holds_nobody_else_up(owner: User, receiver: Receiver) -> None:
    webhooks.add(actor=owner, url="http://127.0.0.1:1/")
    webhooks.add(actor=owner, url=receiver.address)
    seq = accepted()

    deliver()

    assert receiver.seqs() == [seq]
    assert WebhookAttempt.objects.get(status=None).error == "ConnectionRefusedError"


# --- again


def test_everything_from_an_entry_on_can_be_sent_again(owner: User, receiver: Receiver) -> None:
    start = ledger.newest()
    hook = webhooks.add(actor=owner, url=receiver.address)
    first, second = accepted(), accepted("snel")
    deliver()

    webhooks.replay(actor=owner, webhook=hook.pk, after=start)
    deliver()

    assert receiver.seqs() == [first, second] * 2


def test_a_replay_wins_over_what_is_under_way(owner: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    start = ledger.newest()
    hook = webhooks.add(actor=owner, url=receiver.address)
    first = accepted()
    deliver()
    second = accepted("snel")
    post = webhook_delivery.outbound.post

    def meanwhile(*given: Any) -> Any:
        monkeypatch.undo()
        webhooks.replay(actor=owner, webhook=hook.pk, after=start)
        return post(*given)

    monkeypatch.setattr(webhook_delivery.outbound, "post", meanwhile)
    deliver()
    deliver()

    assert receiver.seqs() == [first, second, first, second]


def test_for_a_day_both_secrets_sign(owner: User, receiver: Receiver) -> None:
    hook = webhooks.add(actor=owner, url=receiver.address)
    old = webhook_delivery.secret_of(hook)
    new = webhook_delivery.secret_of(webhooks.renew_secret(actor=owner, webhook=hook.pk))
    accepted()
    deliver()
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        accepted("snel")
        deliver()

    assert old != new

    def signed_with(secret: str) -> list[bool]:
        return [is_genuine(secret, *each, float(each[0]["webhook-timestamp"])) for each in receiver.messages]

    assert signed_with(new) == [True, True]
    assert signed_with(old) == [True, False]


def test_the_example_receiver_takes_what_is_genuine_and_nothing_twice(owner: User, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    hook = webhooks.add(actor=owner, url=f"http://127.0.0.1:{port}/")
    start = hook.delivered_seq
    first, second = accepted(), accepted("snel")
    asked = [sys.executable, str(CLIENT), "--port", str(port), "--state", str(tmp_path / "seen.txt")]
    secret = {"WEBHOOK_SECRET": webhook_delivery.secret_of(hook), "PATH": os.environ["PATH"]}
    with subprocess.Popen(asked, env=secret, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        assert "listening" in program.stderr.readline()
        deliver()
        webhooks.replay(actor=owner, webhook=hook.pk, after=start)
        deliver()
        # The secret that the receiver has is by now the one before the one before.
        for _time in range(2):
            webhooks.renew_secret(actor=owner, webhook=hook.pk)
        webhooks.replay(actor=owner, webhook=hook.pk, after=start)
        deliver()
        program.terminate()
        printed = program.communicate(timeout=60)[0]

    assert [json.loads(line)["seq"] for line in printed.splitlines()] == [first, second]
    assert list(WebhookAttempt.objects.order_by("pk").values_list("status", flat=True)) == [204, 204, 401]


# --- the steps


def test_all_that_is_wrong_is_said_at_once(owner: User) -> None:
    with pytest.raises(Refused) as refused:
        webhooks.add(actor=owner, url="ftp://x", consortium="nergens", after=ledger.newest() + 1)

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/url", "malformed"), ("/consortium", "unknown"), ("/after", "out-of-range"),
    ]  # fmt: skip


def test_nobody_has_more_than_there_may_be(owner: User) -> None:
    for number in range(webhooks.MOST):
        webhooks.add(actor=owner, url=f"https://example.org/{number}")

    with pytest.raises(NotAllowedNow):
        webhooks.add(actor=owner, url="https://example.org/more")


def test_those_of_others_are_not_there(owner: User) -> None:
    token, _key = tokens.issue(user=owner)
    other_token, _key = tokens.issue(user=owner)
    hook = webhooks.add(actor=owner, url="https://example.org/", token=token)
    stranger = factories.user(Role.MANAGER)

    for who in ({"actor": stranger}, {"actor": owner, "token": other_token}):
        for step in (webhooks.remove, webhooks.renew_secret):
            with pytest.raises(NotVisible):
                step(webhook=hook.pk, **who)
        with pytest.raises(NotVisible):
            webhooks.replay(webhook=hook.pk, after=0, **who)
    assert list(webhooks.of(owner)) == [hook]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE impact_webhook SET address = 'https://evil.example/'",
        "UPDATE impact_webhook SET address = 'file:///etc/passwd'",
        "UPDATE impact_webhook SET owner_id = (SELECT id FROM consortia_user WHERE name = 'Ander')",
        "UPDATE impact_webhook SET token_id = NULL",
        "UPDATE impact_webhook SET delivered_seq = 1000000",
        "UPDATE impact_webhook SET sending_seq = delivered_seq",
        "UPDATE impact_webhook SET generation = 2",
        "UPDATE impact_webhookattempt SET status = 200",
        "INSERT INTO impact_webhook (id, owner_id, token_id, address, generation, created_at, delivered_seq, failures) "
        "SELECT gen_random_uuid(), consortia_user.id, token_id, address, 1, now(), 0, 0 FROM impact_webhook, "
        "consortia_user WHERE name = 'Ander'",
    ],
)
def test_the_database_keeps_a_webhook_whose_it_is(owner: User, statement: str) -> None:
    factories.user(Role.READER, name="Ander")
    token, _key = tokens.issue(user=owner)
    webhooks.add(actor=owner, url="http://127.0.0.1:1/", token=token)
    accepted()
    deliver()

    # What the application's role has no right to, the guards would refuse as well.
    refusals = (IntegrityError, ProgrammingError)
    with pytest.raises(refusals), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_attempts_are_kept_for_a_month(owner: User) -> None:
    webhooks.add(actor=owner, url="http://127.0.0.1:1/")
    accepted()
    deliver()

    assert webhook_delivery.purge() == 0
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert tasks.purge_webhook_attempts() == 1


def test_beat_hands_each_to_a_worker_of_its_own(owner: User, receiver: Receiver, monkeypatch: Any) -> None:
    webhooks.add(actor=owner, url=receiver.address)
    seq = accepted()
    asked: list[list[str]] = []
    monkeypatch.setattr(tasks.deliver_webhook, "apply_async", lambda given, **_options: asked.append(given))

    assert tasks.deliver_webhooks() == 1
    assert [tasks.deliver_webhook(*given) for given in asked] == [1]
    assert receiver.seqs() == [seq]
