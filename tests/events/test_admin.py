"""The office's walk through the administration: draft, publication, correction, move, end."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.forms import ModelMultipleChoiceField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consortia.models import Role, User
from events.models import Event, EventStatus, GoodPractice, PracticeStatus
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

ADD_EVENT = "/admin/events/event/add/"
ADD_PRACTICE = "/admin/events/goodpractice/add/"


@pytest.fixture
def manager() -> User:
    return user(Role.MANAGER)


@pytest.fixture
def office(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def change_address(item: Event | GoodPractice) -> str:
    return reverse(f"admin:events_{item._meta.model_name}_change", args=[item.pk])


def step_address(item: Event | GoodPractice, step: str) -> str:
    return reverse(f"admin:events_{item._meta.model_name}_{step}") + f"?id={item.pk}"


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back from the page as it stands."""
    form = client.get(address).context["adminform"].form
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "widgets"):
            for number, part in enumerate(bound.field.widget.decompress(value)):
                data[f"{bound.html_name}_{number}"] = "" if part is None else str(part)
        elif isinstance(bound.field, ModelMultipleChoiceField):
            data[bound.html_name] = [getattr(each, "pk", each) for each in value or ()]
        else:
            data[bound.html_name] = "" if value is None else value
    return data


def times(start: str, end: str) -> dict[str, str]:
    (start_day, start_hour), (end_day, end_hour) = start.split(), end.split()
    return {"starts_at_0": start_day, "starts_at_1": start_hour, "ends_at_0": end_day, "ends_at_1": end_hour}


# --- events


def test_an_event_goes_from_draft_to_publication_move_and_end(office: Client) -> None:
    data = form_of(office, ADD_EVENT) | {
        "title_nl": "Kennissessie",
        "summary_nl": "Samen leren.",
        "organiser": "Programmabureau",
        "location": "Voorbeeldplein 1, Utrecht",
        **times("2026-11-24 13:30", "2026-11-24 17:00"),
    }
    response = office.post(ADD_EVENT, data)
    assert response.status_code == 302, response.context["errors"]
    event = Event.objects.get()
    assert (event.status, event.starts_at) == (EventStatus.DRAFT, local("2026-11-24 13:30"))

    office.post(step_address(event, "publish"))
    event.refresh_from_db()
    assert (event.status, event.sequence) == (EventStatus.PUBLISHED, 0)

    data = form_of(office, change_address(event)) | {"title_nl": "Betere titel"}
    office.post(change_address(event), data)
    event.refresh_from_db()
    assert (event.title_nl, event.sequence) == ("Betere titel", 1)

    moved = form_of(office, step_address(event, "reschedule")) | times("2026-12-01 10:00", "2026-12-01 12:00")
    office.post(step_address(event, "reschedule"), moved)
    event.refresh_from_db()
    assert (event.starts_at, event.sequence) == (local("2026-12-01 10:00"), 2)

    office.post(step_address(event, "cancel"), {"reason": "De spreker is ziek."})
    event.refresh_from_db()
    assert (event.status, event.cancelled_reason_nl) == (EventStatus.CANCELLED, "De spreker is ziek.")

    history = LogEntry.objects.filter(object_id=str(event.pk))
    assert history.count() == 5
    assert office.get(reverse("admin:events_event_history", args=[event.pk])).status_code == 200


def test_no_form_sets_the_state(office: Client) -> None:
    event = EventFactory()
    data = form_of(office, change_address(event))
    assert not {"status", "sequence", "published_at", "cancelled_reason_nl"} & set(data)

    office.post(change_address(event), data | {"status": "published", "sequence": "7", "published_at_0": "2026-01-01"})

    event.refresh_from_db()
    assert (event.status, event.sequence, event.published_at) == (EventStatus.DRAFT, 0, None)


def test_time_and_place_of_a_public_event_change_only_by_moving_it(office: Client) -> None:
    event = published_event()
    data = form_of(office, change_address(event))
    assert not {"starts_at_0", "location", "format", "online_url"} & set(data)

    office.post(change_address(event), data | {"location": "Elders"} | times("2027-01-01 10:00", "2027-01-01 12:00"))

    before = event.starts_at, event.location
    event.refresh_from_db()
    assert (event.starts_at, event.location, event.sequence) == (*before, 0)


def test_what_is_missing_is_named_and_nothing_happens(office: Client) -> None:
    event = EventFactory(summary_nl="", location="")

    response = office.post(step_address(event, "publish"))

    page = response.content.decode()
    assert str(Event._meta.get_field("summary_nl").verbose_name) in page
    assert str(Event._meta.get_field("location").verbose_name) in page
    event.refresh_from_db()
    assert event.status == EventStatus.DRAFT


def test_a_public_event_cannot_lose_its_summary_by_the_form(office: Client) -> None:
    event = published_event()
    data = form_of(office, change_address(event)) | {"summary_nl": ""}

    response = office.post(change_address(event), data)

    assert "summary_nl" in response.context["adminform"].form.errors
    event.refresh_from_db()
    assert event.summary_nl


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("__all__", times("2026-11-24 13:30", "2026-11-24 13:00")),
        ("__all__", {"ends_at_0": "", "ends_at_1": ""}),
        ("online_url", {"online_url": "http://example.org"}),
        ("title_nl", {"title_nl": " "}),
    ],
)
def test_what_is_never_true_is_said_in_the_form_of_a_draft(office: Client, field: str, change: dict[str, str]) -> None:
    event = EventFactory()
    data = form_of(office, change_address(event)) | change

    response = office.post(change_address(event), data)

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors


def test_a_move_that_cannot_be_is_said_at_its_field(office: Client) -> None:
    event = published_event()
    address = step_address(event, "reschedule")
    data = form_of(office, address) | {"format": "online"} | times("2026-12-01 10:00", "2026-12-01 09:00")

    response = office.post(address, data)

    assert {"ends_at", "online_url"} <= set(response.context["adminform"].form.errors)
    event.refresh_from_db()
    assert event.sequence == 0


def test_several_events_are_published_together_or_not_at_all(office: Client) -> None:
    whole, broken = EventFactory(), EventFactory(location="")
    chosen = {"action": "publish", "_selected_action": [str(whole.pk), str(broken.pk)]}

    response = office.post(reverse("admin:events_event_changelist"), chosen)
    office.post(response.headers["Location"])

    assert set(Event.objects.values_list("status", flat=True)) == {EventStatus.DRAFT}

    office.post(reverse("admin:events_event_publish") + f"?id={whole.pk}")
    assert set(Event.objects.values_list("status", flat=True)) == {EventStatus.DRAFT, EventStatus.PUBLISHED}


def test_only_steps_that_are_possible_are_offered(office: Client) -> None:
    def offered(event: Event) -> set[str]:
        page = office.get(change_address(event)).content.decode()
        return {step for step in ("publish", "reschedule", "cancel") if f"event/{step}/?id=" in page}

    assert offered(EventFactory()) == {"publish"}
    assert offered(published_event()) == {"reschedule", "cancel"}
    assert offered(cancelled_event()) == set()


def test_a_cancelled_event_is_only_looked_at(office: Client) -> None:
    event = cancelled_event()

    assert office.get(change_address(event)).status_code == 200
    assert office.post(change_address(event), {"title_nl": "Toch"}).status_code == 403


def test_only_drafts_are_deleted(office: Client) -> None:
    draft, public = EventFactory(), published_event()

    office.post(reverse("admin:events_event_delete", args=[draft.pk]), {"post": "yes"})
    response = office.post(reverse("admin:events_event_delete", args=[public.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert list(Event.objects.all()) == [public]


# --- good practices


def test_a_practice_goes_from_draft_to_publication_and_back(office: Client) -> None:
    data = form_of(office, ADD_PRACTICE) | {
        "title_nl": "Bedrijven voor de klas",
        "slug": "bedrijven-voor-de-klas",
        "summary_nl": "Vakmensen geven les.",
        "problem_nl": "Te weinig docenten.",
        "approach_nl": "Een dag per week.",
        "results_nl": "Volle roosters.",
        "contact": "Programmabureau",
        "source": "Voorbeeldrapport",
    }
    response = office.post(ADD_PRACTICE, data)
    assert response.status_code == 302, response.context["errors"]
    practice = GoodPractice.objects.get()

    office.post(step_address(practice, "publish"))
    data = form_of(office, change_address(practice))
    assert "slug" not in data
    office.post(change_address(practice), data | {"pitfalls_nl": "Begin op tijd."})
    practice.refresh_from_db()
    assert (practice.status, practice.pitfalls_nl) == (PracticeStatus.PUBLISHED, "Begin op tijd.")

    office.post(step_address(practice, "withdraw"), {"reason": "achterhaald"})
    practice.refresh_from_db()
    assert (practice.status, practice.withdrawn_reason) == (PracticeStatus.WITHDRAWN, "achterhaald")

    office.post(step_address(practice, "publish"))
    practice.refresh_from_db()
    assert practice.status == PracticeStatus.PUBLISHED


def test_withdrawing_asks_for_a_reason(office: Client) -> None:
    practice = published_practice()

    response = office.post(step_address(practice, "withdraw"), {"reason": ""})

    assert "reason" in response.context["adminform"].form.errors
    practice.refresh_from_db()
    assert practice.status == PracticeStatus.PUBLISHED


# --- who, and how much


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER, None])
def test_nobody_else_comes_in(client: Client, role: Role | None) -> None:
    event = EventFactory()
    if role:
        client.force_login(user(role))

    for address in (change_address(event), step_address(event, "publish"), reverse("admin:events_event_changelist")):
        assert client.post(address).status_code in (302, 403)
    event.refresh_from_db()
    assert event.status == EventStatus.DRAFT


@pytest.mark.parametrize("query", ["", "?id=", "?id=geen-nummer", "?id=2b5f1a3e-8f6a-4a57-9d3e-6f0a4f0b7a11"])
def test_a_step_without_something_to_take_it_on_is_not_found(office: Client, query: str) -> None:
    assert office.get(reverse("admin:events_event_publish") + query).status_code == 404


def test_lists_are_searched_and_ask_no_more_of_the_database_when_they_grow(office: Client) -> None:
    for name, make in [("event", EventFactory), ("goodpractice", GoodPracticeFactory)]:
        counts = []
        for _size in range(2):
            make.create_batch(5)
            with CaptureQueriesContext(connection) as queries:
                assert office.get(reverse(f"admin:events_{name}_changelist")).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

        found = office.get(reverse(f"admin:events_{name}_changelist"), {"q": "1"})
        assert found.status_code == 200
