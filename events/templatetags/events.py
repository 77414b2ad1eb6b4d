"""How the pages of events and good practices write their texts and times."""

from datetime import datetime

from django import template
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import prose
from consortia.clock import AMSTERDAM
from consortia.notation import ENGLISH
from events.models import Event

register = template.Library()

DAY = "l j F Y"


@register.filter
def markdown(text: str) -> SafeString:
    """The office's Markdown as safe HTML."""
    return prose.render(text)


@register.simple_tag
def lang_of(row: Model, field: str) -> SafeString:
    """` lang="nl"` where an English page has to show the Dutch text, so that a screen reader pronounces it."""
    if get_language() == ENGLISH and not getattr(row, f"{field}_en"):
        return mark_safe(' lang="nl"')
    return mark_safe("")


@register.filter
def when(event: Event) -> str:
    """Day and hours in Amsterdam: dinsdag 24 november 2026, 13.30 tot 17.00 uur."""
    if event.starts_at is None or event.ends_at is None:
        return _("no date yet")
    start, end = (timezone.localtime(moment, AMSTERDAM) for moment in (event.starts_at, event.ends_at))
    words = {"day": date_format(start, DAY), "start": _hour(start), "end": _hour(end)}
    if start.date() == end.date():
        return _("%(day)s, %(start)s to %(end)s") % words
    return _("%(day)s, %(start)s to %(last_day)s, %(end)s") % (words | {"last_day": date_format(end, DAY)})


@register.filter
def month(moment: datetime) -> str:
    """nov in Dutch, Nov in English, as it is there."""
    name = date_format(timezone.localtime(moment, AMSTERDAM), "M")
    return name if get_language() == ENGLISH else name.lower()


@register.filter
def iso(moment: datetime) -> str:
    """A moment as the `datetime` of a <time>, with Amsterdam's distance to UTC on that day."""
    return timezone.localtime(moment, AMSTERDAM).isoformat(timespec="minutes")


def _hour(moment: datetime) -> str:
    return moment.strftime("%H:%M" if get_language() == ENGLISH else "%H.%M")
