"""Events and good practices over REST."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia import clock, tokens
from consortia.models import ActionLine, Consortium, Programme, Role, Theme
from events import publishing
from impact.models import Indicator
from tests.events.factories import (
    EventFactory,
    GoodPracticeFactory,
    cancelled_event,
    local,
    published_event,
    published_practice,
)
from tests.factories import user

pytestmark = pytest.mark.django_db

EVENTS, PRACTICES = "/api/v1/events", "/api/v1/good-practices"


def get(client: Client, address: str, token: str = "", **query: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = client.get(address, query, headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


def ids(client: Client, **query: Any) -> list[str]:
    return [row["id"] for row in get(client, EVENTS, **query)["results"]]


def office_token() -> str:
    return tokens.issue(user=user(Role.MANAGER))[1]


def refused(client: Client, address: str, **query: Any) -> list[str]:
    response = client.get(address, query)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    return [error["pointer"] for error in response.json()["errors"]]


# --- what is seen


@pytest.mark.usefixtures("programme")
def test_an_event_is_written_with_codes_both_languages_and_utc(client: Client) -> None:
    scale, talent = Consortium.objects.get(slug="scale"), ActionLine.objects.get(code="talent")
    theme = Theme.objects.first()
    assert theme is not None
    with clock.at(datetime(2026, 10, 1, 7, tzinfo=UTC)):
        row = published_event(
            title_nl="Kennissessie",
            title_en="",
            description_nl="Met **lunch**.",
            organised_by=scale,
            organiser="",
            consortia=[scale],
            action_lines=[talent],
            themes=[theme],
        )

    (found,) = get(client, EVENTS)["results"]

    assert found == get(client, f"{EVENTS}/{row.pk}")
    assert found == {
        "id": str(row.pk),
        "title": {"nl": "Kennissessie", "en": "Kennissessie"},
        "summary": {"nl": row.summary_nl, "en": row.summary_en},
        "description": {"nl": "Met **lunch**.", "en": "Met **lunch**."},
        "kind": "knowledgeSession",
        "format": "onSite",
        "status": "published",
        "startsAt": "2026-11-24T12:30:00Z",
        "endsAt": "2026-11-24T16:00:00Z",
        "location": "Voorbeeldplein 1, Utrecht",
        "onlineUrl": None,
        "organiser": scale.name,
        "organisedBy": "scale",
        "consortia": ["scale"],
        "actionLines": ["talent"],
        "themes": [theme.slug],
        "cancelledReason": None,
        "sequence": 0,
        "publishedAt": "2026-10-01T07:00:00Z",
        "updatedAt": "2026-10-01T07:00:00Z",
        "url": f"http://testserver/bijeenkomsten/{row.pk}",
    }


@pytest.mark.usefixtures("programme")
def test_a_good_practice_is_written_with_codes_and_both_languages(client: Client) -> None:
    indicator = Indicator.objects.get(code="trainings")
    row = published_practice(indicators=[indicator], consortia=[Consortium.objects.get(slug="snel")])

    (found,) = get(client, PRACTICES)["results"]

    assert found == get(client, f"{PRACTICES}/{row.slug}")
    assert (found["slug"], found["licence"], found["status"]) == (row.slug, "CC-BY-4.0", "published")
    assert (found["consortia"], found["indicators"]) == (["snel"], ["trainings"])
    assert found["title"] == {"nl": row.title_nl, "en": row.title_en}
    assert found["approach"] == {"nl": row.approach_nl, "en": row.approach_nl}
    assert found["url"] == f"http://testserver/goede-praktijken/{row.slug}"
    assert found["publishedAt"].endswith("Z")


def test_a_cancelled_event_stays_with_its_reason(client: Client) -> None:
    event = cancelled_event(reason="Storm", reason_en="Gale")

    found = get(client, f"{EVENTS}/{event.pk}")

    assert (found["status"], found["sequence"]) == ("cancelled", 1)
    assert found["cancelledReason"] == {"nl": "Storm", "en": "Gale"}


def test_anonymous_callers_and_other_roles_see_no_drafts_and_the_office_does(client: Client) -> None:
    event = EventFactory(starts_at=None, ends_at=None)
    practice = GoodPracticeFactory()
    reader, manager = tokens.issue(user=user(Role.READER))[1], office_token()

    for token in ("", reader):
        assert get(client, EVENTS, token)["results"] == []
        assert get(client, PRACTICES, token)["results"] == []
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for address in (f"{EVENTS}/{event.pk}", f"{PRACTICES}/{practice.slug}"):
            assert client.get(address, headers=headers).status_code == 404

    assert [row["status"] for row in get(client, EVENTS, manager)["results"]] == ["draft"]
    assert get(client, f"{EVENTS}/{event.pk}", manager)["startsAt"] is None
    assert [row["status"] for row in get(client, PRACTICES, manager)["results"]] == ["draft"]


def test_a_withdrawn_practice_is_gone(client: Client) -> None:
    practice = published_practice()
    publishing.withdraw(actor=user(Role.MANAGER), slug=practice.slug, reason="achterhaald")

    assert get(client, PRACTICES)["results"] == []
    assert client.get(f"{PRACTICES}/{practice.slug}").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        f"{EVENTS}/00000000-0000-4000-8000-000000000000",
        f"{EVENTS}/geen-nummer",
        f"{PRACTICES}/nergens",
        f"{EVENTS}/",
        f"{PRACTICES}/",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [EVENTS, PRACTICES])
def test_nothing_is_written_here(client: Client, address: str) -> None:
    response = client.post(
        address, {}, content_type="application/json", headers={"Authorization": f"Bearer {office_token()}"}
    )

    assert response.status_code == 405
    assert response.headers["Content-Type"] == "application/problem+json"


def test_who_has_the_answer_gets_no_copy(client: Client) -> None:
    published_event()
    tag = client.get(EVENTS).headers["ETag"]

    assert client.get(EVENTS, headers={"If-None-Match": tag}).status_code == 304
    published_event()
    assert client.get(EVENTS, headers={"If-None-Match": tag}).status_code == 200


# --- filters


@pytest.mark.usefixtures("programme")
def test_lists_are_chosen_by_hip_and_action_line_each_several_times(client: Client) -> None:
    scale, snel, people = (Consortium.objects.get(slug=slug) for slug in ("scale", "snel", "people"))
    talent = ActionLine.objects.get(code="talent")
    first = published_event(organised_by=scale, organiser="", action_lines=[talent])
    second = published_event(consortia=[snel, people])
    third = published_event()
    practice = published_practice(consortia=[scale], action_lines=[talent])

    assert set(ids(client)) == {str(row.pk) for row in (first, second, third)}
    assert ids(client, consortium="scale") == [str(first.pk)]
    assert set(ids(client, consortium=["scale", "snel", "people"])) == {str(first.pk), str(second.pk)}
    assert ids(client, consortium=["scale", "snel"], actionLine="talent") == [str(first.pk)]
    assert [row["slug"] for row in get(client, PRACTICES, consortium="scale")["results"]] == [practice.slug]
    assert get(client, PRACTICES, actionLine="innovation")["results"] == []


def test_a_window_holds_events_that_touch_it_and_days_are_those_of_amsterdam(client: Client) -> None:
    night = published_event(starts_at=local("2026-10-24 22:00"), ends_at=local("2026-10-25 00:30"))
    day = published_event(starts_at=local("2026-10-25 23:00"), ends_at=local("2026-10-25 23:59"))

    assert ids(client, **{"from": "2026-10-25", "to": "2026-10-25"}) == [str(night.pk), str(day.pk)]
    assert ids(client, to="2026-10-24") == [str(night.pk)]
    assert ids(client, **{"from": "2026-10-26"}) == []
    # 24:00 of 25 October is 23:00 UTC, an hour later than the day before: the clock went back.
    assert ids(client, **{"from": "2026-10-25T22:58:59Z"}) == [str(day.pk)]
    assert ids(client, **{"from": "2026-10-25T22:59:00Z"}) == []
    assert ids(client, to="2026-10-24T22:00:00+02:00") == [str(night.pk)]
    assert ids(client, to="2026-10-24T21:59:59+02:00") == []


def test_the_window_of_good_practices_is_their_publication(client: Client) -> None:
    with clock.at(local("2026-10-25 23:30")):
        practice = published_practice()

    inside = {"from": "2026-10-25", "to": "2026-10-25"}
    assert [row["slug"] for row in get(client, PRACTICES, **inside)["results"]] == [practice.slug]
    assert get(client, PRACTICES, **{"from": "2026-10-26"})["results"] == []
    assert get(client, PRACTICES, to="2026-10-24")["results"] == []


@pytest.mark.parametrize("address", [EVENTS, PRACTICES])
@pytest.mark.parametrize(
    "query",
    [
        {"consortium": "nergens"},
        {"consortium": ""},
        {"actionLine": "nergens"},
        {"from": "gisteren"},
        {"from": ""},
        {"from": "2026-02-30"},
        {"from": "2026-11-24T12:30:00"},
        {"to": "9999-12-31"},
        {"to": "9999-12-31T23:59:59.999999Z"},
        {"from": "0001-01-01"},
        {"actionline": "talent"},
        {"starts_at": "2026-11-24"},
        {"from": "2026-11-24\x00"},
        {"pageSize": "0"},
        {"pageSize": "5001"},
        {"pageToken": "x"},
    ],
)
def test_unknown_keys_and_values_are_refused(client: Client, address: str, query: dict[str, str]) -> None:
    assert refused(client, address, **query) == list(query)


def test_everything_wrong_is_said_at_once(client: Client) -> None:
    assert set(refused(client, EVENTS, consortium="nergens", to="straks")) == {"consortium", "to"}


def test_one_event_takes_no_keys(client: Client) -> None:
    assert refused(client, f"{EVENTS}/{published_event().pk}", consortium="scale") == ["consortium"]


# --- pages


def test_pages_follow_each_other_in_order_also_for_events_at_the_same_time(client: Client) -> None:
    expected = sorted(str(published_event().pk) for _number in range(5))
    draft = EventFactory(starts_at=None, ends_at=None)
    token = office_token()

    seen, address = [], f"{EVENTS}?pageSize=2"
    while address:
        answer = client.get(address, headers={"Authorization": f"Bearer {token}"}).json()
        seen += [row["id"] for row in answer["results"]]
        address = answer["next"]

    assert seen == [*expected, str(draft.pk)]


def test_pages_of_good_practices_follow_each_other(client: Client) -> None:
    expected = sorted(published_practice().slug for _number in range(3))

    first = get(client, PRACTICES, pageSize=2)
    second = client.get(first["next"]).json()

    assert [row["slug"] for row in first["results"] + second["results"]] == expected
    assert second["next"] is None


def test_a_longer_list_asks_no_more_of_the_database(client: Client, programme: Programme) -> None:
    related: dict[str, Any] = {
        "consortia": list(Consortium.objects.all()[:3]),
        "action_lines": list(ActionLine.objects.all()),
        "themes": list(Theme.objects.all()),
    }
    counts: dict[str, list[int]] = {EVENTS: [], PRACTICES: []}
    for _size in range(2):
        for _number in range(4):
            published_event(organised_by=related["consortia"][0], organiser="", **related)
            published_practice(indicators=list(Indicator.objects.all()[:4]), **related)
        for address, found in counts.items():
            with CaptureQueriesContext(connection) as queries:
                get(client, address)
            found.append(len(queries))

    for found in counts.values():
        assert found[0] == found[1] <= 8
