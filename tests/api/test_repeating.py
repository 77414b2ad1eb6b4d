"""A call that is sent again with its `Idempotency-Key` is answered again, and carried out once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction
from django.urls import get_resolver
from psycopg2.errors import CheckViolation

from consortia import clock
from consortia.models import ApiToken, KeptAnswer, Role
from consortia.rest import repeating
from impact import reference, reporting, vintages
from impact.models import ReportEvent, Vintage
from tests.api.conftest import DRAFT, REPORT, SUBMISSIONS, caller, parsed, put, refused

KEY = {"Idempotency_Key": "een-sleutel"}


def _posts() -> dict[str, Any]:
    """Every POST of the API, by its address."""
    found = {}
    for pattern in get_resolver().url_patterns:
        for route in getattr(pattern, "url_patterns", ()):
            for each in getattr(route, "url_patterns", [route]):
                view = getattr(getattr(each, "callback", None), "cls", None)
                if view is not None and hasattr(view, "post"):
                    found[str(each.pattern)] = view.post
    return found


def test_every_post_of_the_api_can_be_repeated() -> None:
    posts = _posts()

    assert len(posts) == 11
    assert [address for address, post in posts.items() if not getattr(post, "is_repeatable", False)] == []


def test_a_call_that_is_sent_again_is_answered_again_and_not_carried_out_again(coordinator) -> None:
    put(coordinator)

    first = coordinator.post(SUBMISSIONS, {}, **KEY)
    again = [coordinator.post(SUBMISSIONS, {}, **KEY) for _ in range(9)]

    assert first.status_code == 201
    assert {(each.status_code, each.content, each["ETag"], each["Location"]) for each in again} == {
        (201, first.content, first["ETag"], first["Location"])
    }
    assert "Idempotency-Replayed" not in first
    assert {each["Idempotency-Replayed"] for each in again} == {"true"}
    assert ReportEvent.objects.filter(kind="submitted").count() == 1


def test_without_the_key_it_is_judged_anew(coordinator) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS, {}, **KEY)

    assert coordinator.post(SUBMISSIONS, {}).status_code == 409
    assert coordinator.post(SUBMISSIONS, {}, Idempotency_Key="another").status_code == 409


@pytest.mark.parametrize(("address", "body"), [(SUBMISSIONS, {"comment": "anders"}), (f"{SUBMISSIONS}?page=2", {})])
def test_a_key_with_another_content_is_refused(coordinator, address: str, body: Any) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS, {}, **KEY)

    assert refused(coordinator.post(address, body, **KEY), 422) == []


def test_a_key_belongs_to_one_address(coordinator) -> None:
    put(coordinator)

    assert coordinator.post(f"{REPORT}/checks", DRAFT, **KEY).status_code == 200
    assert coordinator.post(SUBMISSIONS, {}, **KEY).status_code == 201
    assert KeptAnswer.objects.count() == 2


def test_keys_of_two_tokens_do_not_meet(coordinator, stranger) -> None:
    first = coordinator.post(f"{REPORT}/checks", DRAFT, **KEY)
    other = stranger.post("reports/snel/2025Q1/checks", DRAFT, **KEY)

    assert (first.status_code, other.status_code) == (200, 200)
    assert KeptAnswer.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", '""', "é", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(coordinator, key: str) -> None:
    response = coordinator.post(f"{REPORT}/checks", DRAFT, Idempotency_Key=key)

    assert refused(response) == [("Idempotency-Key", "malformed")]


def test_a_quoted_key_is_the_same_key(manager) -> None:
    first = manager.post("vintages", {}, Idempotency_Key='"8e03978e"')
    again = manager.post("vintages", {}, Idempotency_Key="8e03978e")

    assert parsed(first)["id"] == parsed(again)["id"]
    assert Vintage.objects.count() == 1


def test_what_was_refused_is_not_kept_and_may_be_sent_again(coordinator) -> None:
    assert coordinator.post(SUBMISSIONS, {}, **KEY).status_code == 409
    put(coordinator)

    assert coordinator.post(SUBMISSIONS, {}, **KEY).status_code == 201


def test_an_answer_without_its_effect_or_an_effect_without_its_answer_is_impossible(coordinator, monkeypatch) -> None:
    put(coordinator)
    submit = reporting.submit

    def fail_after(**given: Any) -> None:
        submit(**given)
        raise RuntimeError("the machine ends here")

    with monkeypatch.context() as patched:
        patched.setattr(reporting, "submit", fail_after)
        with pytest.raises(RuntimeError):
            coordinator.post(SUBMISSIONS, {}, **KEY)

    assert not KeptAnswer.objects.exists()
    assert parsed(coordinator.get(REPORT))["status"] == "draft"
    assert coordinator.post(SUBMISSIONS, {}, **KEY).status_code == 201


def test_a_form_is_the_same_call_whatever_separates_its_parts(coordinator) -> None:
    workbook = coordinator.get(f"{REPORT}/workbook").content

    def send(boundary: str, stale: str = "skip") -> Any:
        start = f"--{boundary}\r\nContent-Disposition: form-data; name="
        body = f'{start}"stale"\r\n\r\n{stale}\r\n{start}"file"; filename="a.xlsx"\r\n\r\n'.encode()
        body += workbook + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return coordinator.send("POST", f"{REPORT}/workbooks", body, content_type=kind, **KEY)

    first, again = send("eerste"), send("tweede")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert refused(send("derde", "refuse"), 422) == []


def test_who_lost_the_token_gets_no_answer_again(coordinator) -> None:
    put(coordinator)
    coordinator.post(SUBMISSIONS, {}, **KEY)
    ApiToken.objects.update(revoked_at=clock.now())

    assert coordinator.post(SUBMISSIONS, {}, **KEY).status_code == 401


def test_an_answer_is_kept_for_a_day(manager) -> None:
    first = manager.post("vintages", {}, **KEY)
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
        assert repeating.purge() == 0
        assert parsed(manager.post("vintages", {}, **KEY))["id"] == parsed(first)["id"]
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        later = manager.post("vintages", {}, **KEY)
        assert parsed(later)["id"] != parsed(first)["id"]
        assert KeptAnswer.objects.count() == 1
    with time_machine.travel(clock.now() + timedelta(hours=50), tick=False):
        assert repeating.purge() == 1


def test_the_database_keeps_answers_of_success_alone(manager) -> None:
    manager.post("vintages", {}, **KEY)

    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE consortia_keptanswer SET status = 500")
    assert isinstance(error.value.__cause__, CheckViolation)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consortia_keptanswer (token_id, path, key, asked, status, headers, content, at) "
            "SELECT token_id, path, key, asked, status, headers, content, at FROM consortia_keptanswer"
        )


@pytest.mark.django_db(transaction=True)
def test_ten_attempts_at_once_make_one(monkeypatch) -> None:
    reference.load()
    # However slow the machine is.
    monkeypatch.setattr(repeating, "PATIENCE", timedelta(minutes=2))
    manager = caller(Role.MANAGER)
    key = {"Idempotency_Key": str(uuid4())}

    def publish(_number: int) -> Any:
        try:
            return manager.post("vintages", {"name": "Eenmaal"}, **key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(publish, range(10)))

    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert Vintage.objects.count() == 1
    assert sorted(each.has_header("Idempotency-Replayed") for each in answers) == [False] + [True] * 9


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_the_first_one_is_at_work_for_long_is_told_to_come_back(monkeypatch) -> None:
    reference.load()
    manager = caller(Role.MANAGER)
    begun, go_on = Event(), Event()
    publish = vintages.publish

    def slowly(**given: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return publish(**given)

    def call() -> Any:
        try:
            return manager.post("vintages", {}, **KEY)
        finally:
            connections.close_all()

    monkeypatch.setattr(vintages, "publish", slowly)
    monkeypatch.setattr(repeating, "PATIENCE", timedelta(milliseconds=20))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(call)
        assert begun.wait(60)
        meanwhile = manager.post("vintages", {}, **KEY)
        go_on.set()

    assert refused(meanwhile, 409) == []
    assert meanwhile["Retry-After"] == "1"
    assert first.result().status_code == 201
    assert manager.post("vintages", {}, **KEY).content == first.result().content
    assert Vintage.objects.count() == 1
