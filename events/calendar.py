"""Events as iCalendar (RFC 5545), for calendars that people subscribe to or load once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import icalendar
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia.clock import AMSTERDAM
from events.models import Event, EventFormat, EventStatus

PRODUCT = "-//Platform Talent voor Technologie//Impact portal//NL"
MEDIA_TYPE = "text/calendar; charset=utf-8"
_WINTER, _SUMMER = timedelta(hours=1), timedelta(hours=2)
_STATUSES = {EventStatus.PUBLISHED: "CONFIRMED", EventStatus.CANCELLED: "CANCELLED"}


def write(events: Iterable[Event], *, language: str) -> bytes:
    """A calendar of these public events, in Dutch or English.

    The same events give the same bytes: DTSTAMP is the last change of each event, as the standard has it
    for a calendar without METHOD.
    """
    with override(language):
        calendar = icalendar.Calendar()
        calendar.add("prodid", PRODUCT)
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("name", _("Meetings of the High Impact PPS’en"))
        # Older programs know only the form from before RFC 7986.
        calendar.add("x-wr-calname", _("Meetings of the High Impact PPS’en"))
        calendar.add("refresh-interval", timedelta(hours=6))
        calendar.add_component(_time_zone())
        for event in events:
            calendar.add_component(_entry(event))
    content: bytes = calendar.to_ical()
    return content


def _time_zone() -> icalendar.Timezone:
    """The rules of Amsterdam as they are since 1996: the last Sundays of March and October, at 01:00 UTC.

    Written out here because `add_missing_timezones` lets summer begin an hour late: it gives the onset in the
    new time, where the standard wants it in the time before (RFC 5545, 3.6.5).
    """
    zone = icalendar.Timezone()
    zone.add("tzid", AMSTERDAM.key)
    summer, winter = icalendar.TimezoneDaylight(), icalendar.TimezoneStandard()
    for observance, name, onset, month, before, after in (
        (summer, "CEST", datetime(1996, 3, 31, 2), 3, _WINTER, _SUMMER),  # noqa: DTZ001 - local by definition
        (winter, "CET", datetime(1996, 10, 27, 3), 10, _SUMMER, _WINTER),  # noqa: DTZ001
    ):
        observance.add("tzname", name)
        observance.add("dtstart", onset)
        observance.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        observance.add("tzoffsetfrom", before)
        observance.add("tzoffsetto", after)
        zone.add_component(observance)
    return zone


def _entry(event: Event) -> icalendar.Event:
    if event.starts_at is None or event.ends_at is None:
        raise ValueError("only events with a time can be in a calendar")
    address = settings.PUBLIC_URL + reverse("events:event", kwargs={"event_id": event.pk})
    entry = icalendar.Event()
    entry.add("uid", str(event.pk))
    entry.add("dtstamp", _utc(event.updated_at))
    entry.add("last-modified", _utc(event.updated_at))
    entry.add("sequence", event.sequence)
    entry.add("status", _STATUSES[EventStatus(event.status)])
    entry.add("summary", _("Cancelled: %(title)s") % {"title": event.title} if event.is_cancelled else event.title)
    # In local time with the zone's rules, so that a calendar shows the hour of the invitation after a clock change.
    entry.add("dtstart", event.starts_at.astimezone(AMSTERDAM))
    entry.add("dtend", event.ends_at.astimezone(AMSTERDAM))
    place = event.online_url if event.format == EventFormat.ONLINE else event.location
    if place:
        entry.add("location", place)
    entry.add("description", "\n\n".join(_paragraphs(event, address)))
    entry.add("url", address)
    entry.add("categories", [str(event.get_kind_display())])
    # Who had kept the time free for it has it back.
    entry.add("transp", "TRANSPARENT" if event.is_cancelled else "OPAQUE")
    return entry


def _paragraphs(event: Event, address: str) -> Iterable[str]:
    if event.is_cancelled:
        yield _("This meeting is off: %(reason)s") % {"reason": event.cancelled_reason}
    yield event.summary
    yield _("Organised by %(organiser)s") % {"organiser": event.organiser_name}
    if event.online_url and event.format == EventFormat.HYBRID:
        yield _("Online: %(address)s") % {"address": event.online_url}
    yield address


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
