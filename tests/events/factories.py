"""Events and good practices; what is public went through the commands."""

from datetime import datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from consortia.clock import AMSTERDAM
from consortia.models import Role
from events import publishing
from events.models import Event, GoodPractice
from tests import factories


def local(text: str) -> datetime:
    """A moment in Amsterdam: `local("2026-11-24 13:30")`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=AMSTERDAM)


class EventFactory(DjangoModelFactory[Event]):
    """A draft that lacks nothing."""

    title_nl = factory.Sequence(lambda number: f"Kennissessie {number}")
    title_en = factory.Sequence(lambda number: f"Knowledge session {number}")
    summary_nl = "Hoe betrekt u het mkb?"
    summary_en = "How to involve small companies?"
    kind = "knowledgeSession"
    format = "onSite"
    starts_at = local("2026-11-24 13:30")
    ends_at = local("2026-11-24 17:00")
    location = "Voorbeeldplein 1, Utrecht"
    organiser = "Programmabureau"

    class Meta:
        model = Event


class GoodPracticeFactory(DjangoModelFactory[GoodPractice]):
    """A draft that lacks nothing."""

    slug = factory.Sequence(lambda number: f"praktijk-{number}")
    title_nl = factory.Sequence(lambda number: f"Praktijk {number}")
    title_en = factory.Sequence(lambda number: f"Practice {number}")
    summary_nl = "Bedrijven geven zelf les."
    summary_en = "Companies teach."
    problem_nl = "Er waren te weinig docenten."
    approach_nl = "Vakmensen staan **een dag** voor de klas."
    results_nl = "De roosters zijn vol."
    contact = "Programmabureau"
    source = "Voorbeeldrapport 2026"

    class Meta:
        model = GoodPractice


def published_event(**fields: Any) -> Event:
    """A public event; lists give its HIPs, action lines and themes."""
    related = {name: fields.pop(name) for name in ("consortia", "action_lines", "themes") if name in fields}
    event = EventFactory(**fields)
    for name, rows in related.items():
        getattr(event, name).set(rows)
    return publishing.publish_event(actor=factories._person(Role.MANAGER), event_id=event.pk)


def cancelled_event(reason: str = "De spreker is ziek.", reason_en: str = "", **fields: Any) -> Event:
    event = published_event(**fields)
    manager = factories._person(Role.MANAGER)
    return publishing.cancel(actor=manager, event_id=event.pk, reason=reason, reason_en=reason_en)


def published_practice(**fields: Any) -> GoodPractice:
    names = ("consortia", "action_lines", "themes", "indicators")
    related = {name: fields.pop(name) for name in names if name in fields}
    practice = GoodPracticeFactory(**fields)
    for name, rows in related.items():
        getattr(practice, name).set(rows)
    return publishing.publish_practice(actor=factories._person(Role.MANAGER), slug=practice.slug)
