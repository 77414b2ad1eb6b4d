"""Webhooks over the API: a key makes, sees and ends its own; the secret is given once."""

from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from consortia import clock, tokens
from consortia.models import KeptAnswer
from impact import ledger, webhook_delivery
from impact.models import Webhook, WebhookAttempt
from tests.api.conftest import Caller, parsed, refused

pytestmark = pytest.mark.django_db

URL = "https://dashboard.example.org/ptvt"


def made(who: Caller, **given: Any) -> Any:
    response = who.post("webhooks", {"url": URL, **given})
    assert response.status_code == 201, response.content
    return parsed(response)


def test_one_that_is_made_gives_its_secret_once(coordinator: Caller) -> None:
    response = coordinator.post("webhooks", {"url": URL, "consortium": "scale", "after": 0})
    body = parsed(response)

    assert response.status_code == 201
    assert body["secret"] == webhook_delivery.secret_of(Webhook.objects.get())
    shown = parsed(coordinator.get(response["Location"].partition("/api/v1/")[2]))
    assert shown == {key: value for key, value in body.items() if key != "secret"}
    assert shown == {
        "id": str(Webhook.objects.get().pk), "url": URL, "consortium": "scale", "createdAt": body["createdAt"],
        "deliveredSeq": 0, "failures": 0, "nextAttemptAt": None, "stoppedAt": None,
    }  # fmt: skip
    assert coordinator.rows("webhooks") == [shown]


def test_a_secret_is_said_again_to_a_repeated_call_and_kept_nowhere(coordinator: Caller) -> None:
    first = coordinator.post("webhooks", {"url": URL}, Idempotency_Key="a")
    again = coordinator.post("webhooks", {"url": URL}, Idempotency_Key="a")
    renewed = [coordinator.post(f"webhooks/{parsed(first)['id']}/secrets", Idempotency_Key="a") for _ in range(2)]
    replayed = coordinator.post(f"webhooks/{parsed(first)['id']}/replays", {"after": 0}, Idempotency_Key="a")
    replayed_again = coordinator.post(f"webhooks/{parsed(first)['id']}/replays", {"after": 0}, Idempotency_Key="a")

    assert again["Idempotency-Replayed"] == renewed[1]["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert renewed[0].content == renewed[1].content
    assert parsed(renewed[0])["secret"] != parsed(first)["secret"]
    assert replayed.content == replayed_again.content
    assert Webhook.objects.count() == 1
    assert not any(b"whsec_" in bytes(each.content) for each in KeptAnswer.objects.all())


def test_it_begins_with_what_is_new(coordinator: Caller) -> None:
    assert made(coordinator)["deliveredSeq"] == ledger.newest()


def test_everything_that_is_wrong_is_said_at_once(coordinator: Caller) -> None:
    assert refused(coordinator.post("webhooks", {"consortium": 3, "after": "0", "x": 1})) == [
        ("/x", "unknown-key"), ("/consortium", "not-text"), ("/after", "malformed"),
    ]  # fmt: skip
    assert refused(coordinator.post("webhooks", {})) == [("/url", "required")]
    assert refused(coordinator.post("webhooks", {"url": "x", "consortium": "nergens", "after": 10**9})) == [
        ("/url", "malformed"), ("/consortium", "unknown"), ("/after", "out-of-range"),
    ]  # fmt: skip


@override_settings(PRODUCTION=True)
@pytest.mark.parametrize("url", ["http://dashboard.example.org/", "https://10.0.0.1/", "https://[::1]:8000/"])
def test_in_production_an_address_within_our_own_network_is_refused(coordinator: Caller, url: str) -> None:
    assert [pointer for pointer, _code in refused(coordinator.post("webhooks", {"url": url}))] == ["/url"]


def test_a_replay_goes_on_from_an_entry_and_a_new_secret_is_another(coordinator: Caller) -> None:
    hook = made(coordinator)
    Webhook.objects.update(disabled_at=clock.now(), failures=20)

    replayed = coordinator.post(f"webhooks/{hook['id']}/replays", {"after": 3})
    renewed = coordinator.post(f"webhooks/{hook['id']}/secrets")

    assert replayed.status_code == 201
    assert [parsed(replayed)[key] for key in ("deliveredSeq", "failures", "stoppedAt")] == [3, 0, None]
    assert renewed.status_code == 201
    assert parsed(renewed)["secret"] not in ("", hook["secret"])
    assert refused(coordinator.post(f"webhooks/{hook['id']}/replays", {"after": 10**9})) == [
        ("/after", "out-of-range")
    ]  # fmt: skip
    assert refused(coordinator.post(f"webhooks/{hook['id']}/replays", {})) == [("/after", "required")]


def test_one_that_is_removed_is_not_there_any_more(coordinator: Caller) -> None:
    address = f"webhooks/{made(coordinator)['id']}"

    assert coordinator.send("DELETE", address).status_code == 204
    refused(coordinator.get(address), 404)
    refused(coordinator.send("DELETE", address), 404)


def test_a_key_sees_its_own_alone(coordinator: Caller, manager: Caller) -> None:
    address = f"webhooks/{made(coordinator)['id']}"
    assert coordinator.user is not None
    other = Caller(tokens.issue(user=coordinator.user)[1], coordinator.user)

    for who in (other, manager):
        assert who.rows("webhooks") == []
        refused(who.get(address), 404)
        refused(who.post(f"{address}/replays", {"after": 0}), 404)
        refused(who.post(f"{address}/secrets"), 404)
        refused(who.send("DELETE", address), 404)


def test_what_was_sent_can_be_looked_up(coordinator: Caller) -> None:
    hook = made(coordinator)
    row = Webhook.objects.get()
    for number in range(3):
        WebhookAttempt.objects.create(webhook=row, first_seq=number, last_seq=number, status=500, milliseconds=12)
    WebhookAttempt.objects.create(webhook=row, first_seq=4, last_seq=9, error="TimeoutError")
    first = parsed(coordinator.get(f"webhooks/{hook['id']}/attempts", {"pageSize": 3}))

    assert [each["status"] for each in first["results"]] == [500, 500, 500]
    rest = parsed(coordinator.get(first["next"].partition("testserver")[2]))
    assert [(each["lastSeq"], each["status"], each["error"]) for each in rest["results"]] == [(9, None, "TimeoutError")]
    assert rest["next"] is None


def test_a_list_takes_as_many_queries_for_ten_as_for_one(coordinator: Caller) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            coordinator.rows("webhooks")
        return len(found)

    made(coordinator, consortium="scale")
    queries()
    few = queries()
    for _number in range(9):
        made(coordinator, consortium="scale")

    assert queries() == few
    assert len(coordinator.rows("webhooks", {"pageSize": 20})) == 10
    refused(coordinator.post("webhooks", {"url": URL}), 409)
