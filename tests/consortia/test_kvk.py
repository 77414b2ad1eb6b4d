"""Asking KVK: what is sent, what is read, and what is said when KVK does not answer as it documents."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from consortia import kvk
from consortia.kvk import Found, KvkBusy, KvkClient, KvkKeyRefused, KvkUnknown, KvkUnreadable, Profile
from tests import kvk_server
from tests.kvk_server import KEY, Kvk


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kvk]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with kvk_server.running() as found:
        yield found


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def client(server: Kvk, waited: list[float]) -> KvkClient:
    return KvkClient(KEY, server.address, wait=waited.append)


def test_without_a_key_kvk_is_off(settings: Any) -> None:
    settings.KVK_API_KEY = ""

    assert not kvk.is_on()
    with pytest.raises(kvk.KvkError, match=r"no key|geen sleutel"):
        kvk.client()


def test_a_search_sends_the_key_in_its_header_and_reads_what_is_found(client: KvkClient, server: Kvk) -> None:
    assert client.search(kvk_number="69599068") == [
        Found("69599068", "Test Stichting Bolderbast", "Lochem", "rechtspersoon")
    ]
    assert server.asked == [("/v2/zoeken?kvkNummer=69599068&resultatenPerPagina=10", KEY)]


def test_a_search_that_finds_nothing_is_an_empty_list(client: KvkClient, server: Kvk) -> None:
    assert client.search(name="Café & Zn") == []
    assert server.asked[0][0] == "/v2/zoeken?naam=Caf%C3%A9+%26+Zn&resultatenPerPagina=10"


def test_a_profile_gives_the_main_activity_the_whole_head_count_and_the_visiting_address(
    client: KvkClient, settings: Any
) -> None:
    settings.KVK_SBI_VERSION = "2025"

    assert client.profile("68750110") == Profile(
        kvk_number="68750110",
        name="Test BV Donald",
        employees=51,
        sbi_code="01241",
        sbi_version="2025",
        postcode="8823 SJ",
        place="Lollum",
        has_ended=False,
    )


def test_a_shielded_address_stays_where_it_is_and_an_ended_company_is_said_to_have_ended(client: KvkClient) -> None:
    profile = client.profile("69599084")

    assert (profile.postcode, profile.place, profile.sbi_code, profile.sbi_version) == ("", "", "", "")
    assert profile.has_ended


def test_an_unknown_number_is_said_to_be_unknown_and_is_asked_once(client: KvkClient, server: Kvk) -> None:
    with pytest.raises(KvkUnknown):
        client.profile("55344526")
    assert len(server.asked) == 1


def test_what_is_no_number_is_never_sent(client: KvkClient, server: Kvk) -> None:
    with pytest.raises(KvkUnknown):
        client.profile("../zoeken")
    assert server.asked == []


def test_a_refused_key_is_told_apart(server: Kvk) -> None:
    with pytest.raises(KvkKeyRefused):
        KvkClient("another key", server.address).profile("68750110")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again_with_longer_and_longer_waits(
    client: KvkClient, server: Kvk, waited: list[float], status: int
) -> None:
    server.next_answers = [(status, "", {}), (status, "", {})]

    assert client.profile("68750110").name == "Test BV Donald"
    assert waited == [0.5, 1.0]


def test_kvk_says_itself_how_long_to_wait_but_not_for_ever(client: KvkClient, server: Kvk, waited: list[float]) -> None:
    server.next_answers = [(429, "", {"Retry-After": "2"}), (429, "", {"Retry-After": "900"})]

    client.profile("68750110")

    assert waited == [2.0, 5.0]


def test_after_three_attempts_it_is_for_later(client: KvkClient, server: Kvk) -> None:
    server.next_answers = [(429, "", {})] * 3

    with pytest.raises(KvkBusy):
        client.profile("68750110")
    assert len(server.asked) == 3


def test_a_server_that_is_not_there_is_for_later(server: Kvk, waited: list[float]) -> None:
    nowhere = KvkClient(KEY, "http://127.0.0.1:9", patience=0.5, wait=waited.append)

    with pytest.raises(KvkBusy):
        nowhere.profile("68750110")
    assert len(waited) == 2


def test_the_key_does_not_follow_a_redirect(client: KvkClient, server: Kvk) -> None:
    server.next_answers = [(302, "", {"Location": f"{server.address}/elsewhere"})]

    with pytest.raises(KvkUnreadable):
        client.profile("68750110")
    assert [path for path, _key in server.asked] == ["/v1/basisprofielen/68750110"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        '{"kvkNummer": 68750110}',
        '{"kvkNummer": "69599084"}',
        '{"kvkNummer": "68750110", "naam": ["x"]}',
        '{"kvkNummer": "68750110", "totaalWerkzamePersonen": "12"}',
        '{"kvkNummer": "68750110", "totaalWerkzamePersonen": -1}',
        '{"kvkNummer": "68750110", "sbiActiviteiten": {}}',
        '{"kvkNummer": "68750110", "sbiActiviteiten": ["01"]}',
        '{"kvkNummer": "68750110", "_embedded": []}',
        '{"kvkNummer": "68750110", "naam": "' + "x" * 1_000_001 + '"}',
        "[" * 100_000,
    ],
    ids=lambda body: body[:40],
)
def test_an_answer_of_another_shape_is_refused_whole(client: KvkClient, server: Kvk, body: str) -> None:
    server.next_answers = [(200, body, {})]

    with pytest.raises(KvkUnreadable):
        client.profile("68750110")


def test_what_the_register_cannot_hold_is_left_out(client: KvkClient, server: Kvk) -> None:
    activities = [{"sbiCode": "1", "indHoofdactiviteit": "Ja"}]
    body = {"kvkNummer": "68750110", "naam": "x" * 300, "sbiActiviteiten": activities}
    server.next_answers = [(200, json.dumps(body), {})]

    profile = client.profile("68750110")

    assert (len(profile.name), profile.sbi_code, profile.employees) == (200, "", None)


@pytest.mark.django_db(transaction=True)
def test_kvk_is_not_asked_inside_a_transaction(client: KvkClient, server: Kvk) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        client.profile("68750110")
    assert server.asked == []
