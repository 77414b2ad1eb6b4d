"""The pages of events and good practices, in Dutch and English."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia import clock
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

EVENTS, PRACTICES = "/bijeenkomsten", "/goede-praktijken"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def office(client: Client) -> Client:
    client.force_login(user(Role.MANAGER))
    return client


# --- the list of events


def test_the_next_event_comes_first_and_what_is_over_last_first(client: Client) -> None:
    now = clock.now()
    for title, days in [("Eergisteren", -2), ("Gisteren", -1), ("Overmorgen", 2), ("Morgen", 1)]:
        start = now + timedelta(days=days)
        published_event(title_nl=title, starts_at=start, ends_at=start + timedelta(hours=2))

    page = text(client, EVENTS)

    places = [page.index(title) for title in ("Morgen", "Overmorgen", "Gisteren", "Eergisteren")]
    assert places == sorted(places)
    assert page.index("Overmorgen") < page.index('id="past"') < page.index("Gisteren")


def test_an_event_that_is_going_on_is_not_over(client: Client) -> None:
    now = clock.now()
    published_event(title_nl="Nu bezig", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))

    assert 'id="past"' not in text(client, EVENTS)


def test_visitors_see_no_drafts_and_the_office_does(client: Client) -> None:
    EventFactory(title_nl="Nog geheim")
    EventFactory(title_nl="Zonder datum", starts_at=None, ends_at=None)

    page = text(client, EVENTS)
    assert "Nog geheim" not in page
    assert "Zonder datum" not in page

    page = text(office(client), EVENTS)
    assert "Nog geheim" in page
    assert "Zonder datum" in page


def test_a_cancelled_event_is_marked(client: Client) -> None:
    event = cancelled_event()

    assert "badge--late" in text(client, EVENTS)
    assert "De spreker is ziek." in text(client, f"{EVENTS}/{event.pk}")


def test_an_empty_list_says_so(client: Client) -> None:
    assert 'class="empty"' in text(client, EVENTS)
    assert 'class="empty"' in text(client, PRACTICES)


def test_english_pages_have_english_texts_and_dutch_ones_where_there_is_no_english(client: Client) -> None:
    times = {"starts_at": local("2099-11-24 13:30"), "ends_at": local("2099-11-24 17:00")}
    event = published_event(title_nl="Samen leren", title_en="Learning together", summary_en="", **times)

    for address in (EVENTS, f"{EVENTS}/{event.pk}"):
        english = text(client, f"/en{address}")
        assert "Learning together" in english
        assert f'lang="nl">{event.summary_nl}' in english
        dutch = text(client, address)
        assert "Samen leren" in dutch
        assert "Learning together" not in dutch
        assert f'lang="nl">{event.summary_nl}' not in dutch


def test_times_are_those_of_amsterdam_in_the_notation_of_the_language(client: Client) -> None:
    event = published_event(starts_at=local("2026-10-25 10:00"), ends_at=local("2026-10-25 12:30"))

    dutch, english = text(client, f"{EVENTS}/{event.pk}"), text(client, f"/en{EVENTS}/{event.pk}")

    assert 'datetime="2026-10-25T10:00+01:00"' in dutch
    assert "zondag 25 oktober 2026, 10.00" in dutch
    assert "Sunday 25 October 2026, 10:00 to 12:30" in english


def test_an_event_of_two_days_names_both(client: Client) -> None:
    event = published_event(starts_at=local("2026-11-24 13:00"), ends_at=local("2026-11-25 12:00"))

    english = text(client, f"/en{EVENTS}/{event.pk}")

    assert "Tuesday 24 November 2026, 13:00 to Wednesday 25 November 2026, 12:00" in english


@pytest.mark.usefixtures("programme")
def test_events_are_chosen_by_hip_and_action_line(client: Client) -> None:
    scale, snel = Consortium.objects.get(slug="scale"), Consortium.objects.get(slug="snel")
    talent = ActionLine.objects.get(code="talent")
    published_event(title_nl="Over Scale", consortia=[scale], action_lines=[talent])
    published_event(title_nl="Van Scale", organised_by=scale, organiser="")
    published_event(title_nl="Bij Snel", consortia=[snel])

    chosen = text(client, f"{EVENTS}?hip=scale")
    assert "Over Scale" in chosen
    assert "Van Scale" in chosen
    assert "Bij Snel" not in chosen

    narrower = text(client, f"{EVENTS}?hip=scale&line=talent")
    assert "Over Scale" in narrower
    assert "Van Scale" not in narrower


def test_a_choice_that_does_not_exist_shows_nothing_and_says_why(client: Client) -> None:
    published_event(title_nl="Over iets")

    page = text(client, f"{EVENTS}?hip=nergens")

    assert "error-summary" in page
    assert "Over iets" not in page


def test_past_events_come_in_pages(client: Client) -> None:
    now = clock.now()
    for days in range(1, 23):
        start = now - timedelta(days=days)
        published_event(title_nl=f"Terugblik {days:02}", starts_at=start, ends_at=start + timedelta(hours=1))

    assert "Terugblik 21" not in text(client, EVENTS)
    assert "Terugblik 21" in text(client, f"{EVENTS}?page=2")


# --- one event


def test_an_event_page_leads_to_its_file_and_to_the_online_room(client: Client) -> None:
    start = clock.now() + timedelta(days=3)
    event = published_event(
        starts_at=start, ends_at=start + timedelta(hours=2), format="hybrid", online_url="https://example.org/sessie"
    )

    page = text(client, f"{EVENTS}/{event.pk}")

    assert f'href="{EVENTS}/{event.pk}.ics"' in page
    assert 'href="https://example.org/sessie"' in page


def test_the_room_of_a_cancelled_event_is_closed(client: Client) -> None:
    start = clock.now() + timedelta(days=3)
    event = cancelled_event(
        starts_at=start, ends_at=start + timedelta(hours=2), format="hybrid", online_url="https://example.org/sessie"
    )

    assert "https://example.org/sessie" not in text(client, f"{EVENTS}/{event.pk}")


@pytest.mark.parametrize("role", [None, Role.READER, Role.REVIEWER])
def test_a_draft_is_not_found_by_anybody_but_the_office(client: Client, role: Role | None) -> None:
    event, practice = EventFactory(), GoodPracticeFactory()
    if role:
        client.force_login(user(role))

    assert client.get(f"{EVENTS}/{event.pk}").status_code == 404
    assert client.get(f"{PRACTICES}/{practice.slug}").status_code == 404

    office(client)
    assert client.get(f"{EVENTS}/{event.pk}").status_code == 200
    assert client.get(f"{PRACTICES}/{practice.slug}").status_code == 200


NOWHERE = f"{EVENTS}/00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("address", [NOWHERE, f"{EVENTS}/geen-nummer", f"{PRACTICES}/nergens"])
def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [EVENTS, PRACTICES])
def test_pages_are_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


# --- good practices


def test_a_practice_is_read_as_text_with_structure(client: Client) -> None:
    practice = published_practice(approach_nl="Vakmensen staan **een dag** voor de klas.\n\n<script>alert(1)</script>")

    page = text(client, f"{PRACTICES}/{practice.slug}")

    assert "<strong>een dag</strong>" in page
    assert "alert(1)" not in page
    assert "https://creativecommons.org/licenses/by/4.0/" in page


@pytest.mark.usefixtures("programme")
def test_practices_are_chosen_by_hip_and_action_line(client: Client) -> None:
    scale = Consortium.objects.get(slug="scale")
    published_practice(title_nl="Van Scale", consortia=[scale])
    published_practice(title_nl="Over talent", action_lines=[ActionLine.objects.get(code="talent")])

    assert "Over talent" not in text(client, f"{PRACTICES}?hip=scale")
    assert "Van Scale" not in text(client, f"{PRACTICES}?line=talent")
    assert "Over talent" in text(client, f"{PRACTICES}?line=talent")


def test_a_withdrawn_practice_is_gone_for_visitors(client: Client) -> None:
    practice = published_practice(title_nl="Achterhaald")
    publishing.withdraw(actor=user(Role.MANAGER), slug=practice.slug, reason="klopt niet meer")

    assert "Achterhaald" not in text(client, PRACTICES)
    assert client.get(f"{PRACTICES}/{practice.slug}").status_code == 404
    assert "klopt niet meer" in text(office(client), f"{PRACTICES}/{practice.slug}")


# --- how much is asked of the database


def many_events(count: int) -> None:
    hips, lines, themes = list(Consortium.objects.all()[:3]), list(ActionLine.objects.all()), list(Theme.objects.all())
    for number in range(count):
        start = clock.now() + timedelta(days=number - count // 2, hours=1)
        published_event(
            organised_by=hips[number % 3],
            organiser="",
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            consortia=hips,
            action_lines=lines,
            themes=themes,
        )


def many_practices(count: int) -> None:
    related = {
        "consortia": list(Consortium.objects.all()[:3]),
        "action_lines": list(ActionLine.objects.all()),
        "themes": list(Theme.objects.all()),
        "indicators": list(Indicator.objects.all()[:4]),
    }
    for _number in range(count):
        published_practice(**related)


@pytest.mark.parametrize(
    ("address", "more"), [(EVENTS, many_events), (PRACTICES, many_practices), ("/events.ics", many_events)]
)
def test_a_longer_list_asks_no_more_of_the_database(
    client: Client, programme: Programme, address: str, more: Callable[[int], None]
) -> None:
    counts = []
    for _size in range(2):
        more(6)
        with CaptureQueriesContext(connection) as queries:
            text(client, address)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 15
