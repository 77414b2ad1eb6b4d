"""Invented meetings and good practices for the demonstration; every title says so."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from consortia import clock
from consortia.models import ActionLine, Consortium, User
from events import publishing
from events.models import Event, EventFormat, EventKind, GoodPractice
from impact.models import Indicator

_ORGANISER = "Demonstratieorganisatie"
_LOCATION = "Demolocatie, Voorbeeldstraat 1, Voorbeeldstad"
_ONLINE = "https://example.org/demonstratie"
_CONTACT = "Demonstratiebureau, demo@example.org"
_SOURCE = "Verzonnen voor de demonstratie."

# Days from now, hour of the day, duration in hours.
_EVENTS: tuple[tuple[int, int, int, dict[str, Any], tuple[str, ...]], ...] = (
    (
        -40,
        13,
        4,
        {
            "kind": EventKind.KNOWLEDGE_SESSION,
            "title_nl": "Demonstratie: wat telt als betrokken bedrijf?",
            "title_en": "Demonstration: what counts as a company involved?",
            "summary_nl": "Verzonnen kennissessie over de telling van bedrijven, met voorbeelden uit drie HIP's.",
            "summary_en": "An invented knowledge session about counting companies, with examples of three HIPs.",
            "description_nl": "Deze bijeenkomst is verzonnen.\n\n- Inloop met koffie\n- Drie voorbeelden\n- Vragen",
            "description_en": "This meeting is invented.\n\n- Coffee\n- Three examples\n- Questions",
            "location": _LOCATION,
            "organiser": _ORGANISER,
        },
        ("ecosystems",),
    ),
    (
        8,
        10,
        2,
        {
            "kind": EventKind.MEETING,
            "format": EventFormat.ONLINE,
            "title_nl": "Demonstratie: spreekuur kwartaalrapportage",
            "title_en": "Demonstration: open hours for the quarterly report",
            "summary_nl": "Verzonnen spreekuur voor coördinatoren die vragen hebben over hun rapportage.",
            "summary_en": "Invented open hours for coordinators who have questions about their report.",
            "online_url": _ONLINE,
            "organiser": _ORGANISER,
        },
        (),
    ),
    (
        23,
        13,
        3,
        {
            "kind": EventKind.WORK_VISIT,
            "title_nl": "Demonstratie: werkbezoek aan een leeromgeving",
            "title_en": "Demonstration: work visit to a learning environment",
            "summary_nl": "Verzonnen werkbezoek: hoe studenten en werknemers dezelfde werkplaats gebruiken.",
            "summary_en": "An invented work visit: how students and employees use the same workshop.",
            "location": _LOCATION,
            "organised_by": 9,
        },
        ("infrastructure", "talent"),
    ),
    (
        37,
        9,
        7,
        {
            "kind": EventKind.CONFERENCE,
            "format": EventFormat.HYBRID,
            "title_nl": "Demonstratie: jaarbijeenkomst",
            "title_en": "Demonstration: annual meeting",
            "summary_nl": "Verzonnen jaarbijeenkomst van alle HIP's, in de zaal en online te volgen.",
            "summary_en": "An invented annual meeting of all HIPs, on site and online.",
            "location": _LOCATION,
            "online_url": _ONLINE,
            "organiser": _ORGANISER,
        },
        ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure"),
    ),
)
_CANCELLED = (
    15,
    15,
    2,
    {
        "kind": EventKind.WORKSHOP,
        "title_nl": "Demonstratie: workshop cofinanciering",
        "title_en": "Demonstration: workshop on co-financing",
        "summary_nl": "Verzonnen workshop over het vastleggen van uren en materiaal van bedrijven.",
        "summary_en": "An invented workshop on recording hours and equipment of companies.",
        "location": _LOCATION,
        "organised_by": 10,
    },
    ("innovation",),
)
_DRAFT = (
    60,
    13,
    3,
    {
        "kind": EventKind.WORKSHOP,
        "title_nl": "Demonstratie: workshop in voorbereiding",
        "organiser": _ORGANISER,
    },
    ("lifelong-learning",),
)

_PRACTICES: tuple[tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        {
            "slug": "demonstratie-een-werkplaats-twee-groepen",
            "title_nl": "Demonstratie: één werkplaats, twee groepen",
            "title_en": "Demonstration: one workshop, two groups",
            "summary_nl": "Verzonnen voorbeeld: studenten en werknemers leren in dezelfde werkplaats van elkaar.",
            "summary_en": "An invented example: students and employees learn from each other in the same workshop.",
            "problem_nl": "De werkplaats stond 's avonds leeg, en bedrijven zochten een plek om te trainen.",
            "problem_en": "The workshop was empty in the evening, and companies looked for a place to train.",
            "approach_nl": "Overdag studenten, 's avonds werknemers, en elke maand een opdracht samen.",
            "approach_en": "Students by day, employees in the evening, and every month an assignment together.",
            "results_nl": "In dit verzonnen voorbeeld gebruiken twaalf bedrijven de werkplaats.",
            "results_en": "In this invented example twelve companies use the workshop.",
            "pitfalls_nl": "Spreek vooraf af wie de machines onderhoudt.",
            "pitfalls_en": "Agree beforehand who maintains the machines.",
        },
        ("infrastructure", "lifelong-learning"),
        ("learning-environments", "trainings"),
    ),
    (
        {
            "slug": "demonstratie-vraag-van-de-maand",
            "title_nl": "Demonstratie: de vraag van de maand",
            "title_en": "Demonstration: the question of the month",
            "summary_nl": "Verzonnen voorbeeld: kleine bedrijven leggen studenten elke maand een vraag voor.",
            "summary_en": "An invented example: small companies put a practice question to students every month.",
            "problem_nl": "Kleine bedrijven hebben geen tijd om een hele opdracht te schrijven.",
            "problem_en": "Small companies have no time to write a whole assignment.",
            "approach_nl": "Eén telefoontje van een kwartier is genoeg; de school maakt er een opdracht van.",
            "approach_en": "One call of fifteen minutes is enough; the school turns it into an assignment.",
            "results_nl": "In dit verzonnen voorbeeld deden in een jaar veertig kleine bedrijven mee.",
            "results_en": "In this invented example forty small companies took part in a year.",
        },
        ("innovation",),
        ("assignments", "companies-sme"),
    ),
)


@transaction.atomic
def seed(*, actor: User) -> None:
    """Make the meetings, around now, and the good practices; published by the programme manager."""
    for row in _EVENTS:
        _publish(actor, _make_event(*row))
    event = _publish(actor, _make_event(*_CANCELLED))
    publishing.cancel(
        actor=actor,
        event_id=event.pk,
        reason="Te weinig aanmeldingen (demonstratie).",
        reason_en="Too few registrations (demonstration).",
    )
    _make_event(*_DRAFT)
    for fields, lines, indicators in _PRACTICES:
        practice = GoodPractice.objects.create(contact=_CONTACT, source=_SOURCE, **fields)
        practice.action_lines.set(ActionLine.objects.filter(code__in=lines))
        practice.indicators.set(Indicator.objects.filter(code__in=indicators))
        practice.consortia.set(Consortium.objects.filter(number=9))
        with clock.at(clock.now() - timedelta(days=30)):
            publishing.publish_practice(actor=actor, slug=practice.slug)


def _make_event(days: int, hour: int, hours: int, fields: dict[str, Any], lines: tuple[str, ...]) -> Event:
    day = clock.today() + timedelta(days=days)
    starts_at = datetime.combine(day, time(hour), tzinfo=clock.AMSTERDAM)
    number = fields.get("organised_by")
    organised_by = Consortium.objects.get(number=number) if number else None
    event = Event.objects.create(
        **{**fields, "organised_by": organised_by},
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=hours),
    )
    event.action_lines.set(ActionLine.objects.filter(code__in=lines))
    return event


def _publish(actor: User, event: Event) -> Event:
    assert event.starts_at is not None
    with clock.at(min(clock.now(), event.starts_at) - timedelta(days=30)):
        return publishing.publish_event(actor=actor, event_id=event.pk)
