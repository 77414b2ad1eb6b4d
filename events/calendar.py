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
_STATUSES = {EventStatus.PUBLISHED: "CONFIRMED", EventStatus.CANCELLED: "CANCELLED"}


def write(events: Iterable[Event], *, language: str) -> bytes:
    """A calendar of these public events, in Dutch or English.

    The same events give the same bytes: DTSTAMP is the last change of each event, as the standard has it
    for a calendar without METHOD.
    """
    events = list(events)
    with override(language):
        calendar = icalendar.Calendar()
        calendar.add("prodid", PRODUCT)
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("name", _("Meetings of the High Impact PPS’en"))
        # Older programs know only the form from before RFC 7986.
        calendar.add("x-wr-calname", _("Meetings of the High Impact PPS’en"))
        calendar.add("refresh-interval", timedelta(hours=6))
        for event in events:
            calendar.add_component(_entry(event))
    if events:
        # Only the years that are asked about: the rules of a century weigh more than the events.
        days = [event.starts_at.astimezone(AMSTERDAM).date() for event in events if event.starts_at]
        calendar.add_missing_timezones(
            first_date=min(days).replace(month=1, day=1),
            last_date=max(days).replace(year=max(days).year + 2, month=1, day=1),
        )
    content: bytes = calendar.to_ical()
    return content


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
