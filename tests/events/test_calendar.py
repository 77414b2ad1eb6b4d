"""Events as iCalendar, read back as a calendar program would."""

import io
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from dateutil.tz import tzical
from django.test import Client

from consortia import clock
from consortia.clock import AMSTERDAM
from consortia.models import Role
from events import publishing
from tests.events.factories import EventFactory, cancelled_event, local, published_event
from tests.factories import user

pytestmark = pytest.mark.django_db

FEED = "/events.ics"
HOUR = timedelta(hours=1)


def read(content: bytes) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(content)


def entries(client: Client, address: str = FEED) -> dict[str, icalendar.Event]:
    calendar = read(client.get(address).content)
    return {str(entry["uid"]): entry for entry in calendar.walk("VEVENT")}


def test_the_calendar_holds_what_is_public_and_no_draft(client: Client) -> None:
    public, off = published_event(), cancelled_event()
    EventFactory()

    found = entries(client)

    assert set(found) == {str(public.pk), str(off.pk)}


def test_an_office_that_is_signed_in_gets_the_same_calendar(client: Client) -> None:
    EventFactory()
    client.force_login(user(Role.MANAGER))

    assert entries(client) == {}


def test_an_empty_calendar_is_a_calendar(client: Client) -> None:
    response = client.get(FEED)

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert read(response.content)["version"] == "2.0"


def test_an_entry_says_what_when_where_and_who(client: Client) -> None:
    event = published_event(title_nl="Leren, werken; en “meer”", location="Plein 1, Utrecht")

    entry = entries(client)[str(event.pk)]

    assert entry["summary"] == "Leren, werken; en “meer”"
    assert entry["location"] == "Plein 1, Utrecht"
    assert entry["dtstart"].dt == event.starts_at
    assert entry["dtend"].dt == event.ends_at
    assert entry["status"] == "CONFIRMED"
    assert event.summary_nl in entry["description"]
    assert "Programmabureau" in entry["description"]
    assert str(entry["url"]).endswith(f"/bijeenkomsten/{event.pk}")


def test_an_online_event_is_where_its_address_is(client: Client) -> None:
    event = published_event(format="online", location="", online_url="https://example.org/sessie")

    assert entries(client)[str(event.pk)]["location"] == "https://example.org/sessie"


def test_the_identity_stays_and_the_sequence_rises_when_it_is_moved_and_called_off(client: Client) -> None:
    manager = user(Role.MANAGER)
    with clock.at(local("2026-10-01 09:00")):
        event = published_event()
    before = entries(client)[str(event.pk)]

    with clock.at(local("2026-10-02 09:00")):
        publishing.reschedule(
            actor=manager, event_id=event.pk, starts_at=local("2026-12-01 10:00"), ends_at=local("2026-12-01 12:00")
        )
    moved = entries(client)[str(event.pk)]
    with clock.at(local("2026-10-03 09:00")):
        publishing.cancel(actor=manager, event_id=event.pk, reason="Te weinig aanmeldingen.")
    off = entries(client)[str(event.pk)]

    assert [entry["sequence"] for entry in (before, moved, off)] == [0, 1, 2]
    assert [entry["dtstamp"].dt for entry in (before, moved, off)] == [
        datetime(2026, 10, day, 7, tzinfo=UTC) for day in (1, 2, 3)
    ]
    assert moved["dtstart"].dt == local("2026-12-01 10:00")
    assert (off["status"], off["transp"]) == ("CANCELLED", "TRANSPARENT")
    assert "Te weinig aanmeldingen." in off["description"]


@pytest.mark.parametrize(
    ("start", "utc_hour", "offset"),
    [
        # The clock goes back in the night to 25 October 2026, and forward in that to 28 March 2027.
        ("2026-10-24 10:00", 8, 2),
        ("2026-10-25 10:00", 9, 1),
        ("2027-03-27 10:00", 9, 1),
        ("2027-03-28 10:00", 8, 2),
    ],
)
def test_the_hour_of_the_invitation_holds_over_a_clock_change(
    client: Client, start: str, utc_hour: int, offset: int
) -> None:
    event = published_event(starts_at=local(start), ends_at=local(start) + timedelta(hours=2))

    response = client.get(FEED)
    entry = entries(client)[str(event.pk)]

    assert b"DTSTART;TZID=Europe/Amsterdam:" + start.replace("-", "")[:8].encode() + b"T100000" in response.content
    assert entry["dtstart"].dt.astimezone(UTC).hour == utc_hour
    assert entry["dtstart"].dt.utcoffset() == timedelta(hours=offset)


def test_a_night_over_the_clock_change_keeps_its_real_length(client: Client) -> None:
    event = published_event(starts_at=local("2026-10-24 22:00"), ends_at=local("2026-10-25 10:00"))

    entry = entries(client)[str(event.pk)]

    assert entry["dtend"].dt.astimezone(UTC) - entry["dtstart"].dt.astimezone(UTC) == timedelta(hours=13)


@pytest.mark.parametrize("transition", [datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)])
def test_the_rules_of_the_time_zone_come_along_and_change_the_clock_to_the_second(
    client: Client, transition: datetime
) -> None:
    published_event()

    # Read by another library than the one that wrote it.
    rules = tzical(io.StringIO(client.get(FEED).content.decode())).get("Europe/Amsterdam")

    second = timedelta(seconds=1)
    for moment in (transition - 2 * HOUR, transition - second, transition, transition + second, transition + 2 * HOUR):
        here = moment.astimezone(AMSTERDAM)
        assert moment.astimezone(rules).replace(tzinfo=None) == here.replace(tzinfo=None)
        assert moment.astimezone(rules).utcoffset() == here.utcoffset()


# --- languages


def test_the_calendar_is_dutch_and_on_request_english(client: Client) -> None:
    event = published_event(title_nl="Kennissessie", title_en="Knowledge session")

    assert entries(client)[str(event.pk)]["summary"] == "Kennissessie"
    english = client.get(f"{FEED}?language=en")
    assert english.headers["Content-Language"] == "en"
    entry = entries(client, f"{FEED}?language=en")[str(event.pk)]
    assert entry["summary"] == "Knowledge session"
    assert str(entry["url"]).endswith(f"/en/bijeenkomsten/{event.pk}")


def test_a_language_that_is_not_there_is_refused(client: Client) -> None:
    assert client.get(f"{FEED}?language=de").status_code == 400


# --- asking again


def test_who_has_the_calendar_gets_no_copy_until_something_changes(client: Client) -> None:
    event = published_event()
    first = client.get(FEED)

    again = client.get(FEED, headers={"If-None-Match": first.headers["ETag"]})
    since = client.get(FEED, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status_code, since.status_code) == (304, 304)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(FEED).content == first.content

    publishing.cancel(actor=user(Role.MANAGER), event_id=event.pk, reason="daarom")
    assert client.get(FEED, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_calendar_is_only_read(client: Client) -> None:
    assert client.post(FEED).status_code == 405
    assert client.head(FEED).status_code == 200


# --- one event


def test_one_event_is_a_file_in_the_language_of_its_page(client: Client) -> None:
    event = published_event()
    published_event()

    dutch = client.get(f"/bijeenkomsten/{event.pk}.ics")
    english = client.get(f"/en/bijeenkomsten/{event.pk}.ics")

    assert dutch.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert dutch.headers["Content-Disposition"] == f'attachment; filename="{event.pk}.ics"'
    assert [entry["summary"] for entry in read(dutch.content).walk("VEVENT")] == [event.title_nl]
    assert [entry["summary"] for entry in read(english.content).walk("VEVENT")] == [event.title_en]


def test_a_draft_is_no_file_for_anybody(client: Client) -> None:
    event = EventFactory()
    assert client.get(f"/bijeenkomsten/{event.pk}.ics").status_code == 404

    client.force_login(user(Role.MANAGER))
    assert client.get(f"/bijeenkomsten/{event.pk}.ics").status_code == 404
