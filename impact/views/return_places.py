"""The places that a reviewer can choose to return, in words: odd ones first, those of the report, and what it lacks."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from impact import edits
from impact.forms import merging
from impact.submission import FigureLine
from impact.views.desk import Desk
from impact.views.odd_words import OddShown
from impact.views.places import Places

Group = tuple[str, list[tuple[str, str]]]


def context(desk: Desk, odd: Iterable[OddShown]) -> dict[str, Any]:
    """What `impact/work/_returning.html` needs beside its form."""
    places = Places(desk)
    groups = [*_of_report(places), *_missing(desk)]
    return {"return_places": [*_odd(groups, odd), *groups], "return_by_number": places.has_too_many}


def _of_report(places: Places) -> list[Group]:
    # A section as a whole is named as a pointer names it.
    return [(title, [(_pointer(place), label) for place, label in rows]) for title, rows in places.choices()]


def _pointer(place: str) -> str:
    return place if place.startswith("/") else f"/{place}"


def _odd(groups: Iterable[Group], odd: Iterable[OddShown]) -> list[Group]:
    """The odd values among the places, taken out of their own group."""
    labels = {place: label for _title, rows in groups for place, label in rows}
    found: dict[str, str] = {}
    for row in odd:
        place = _pointer(row.odd.place)
        if place not in labels:
            continue
        name = f"{row.indicator.name}, {row.action_line.short}" if row.action_line else row.indicator.name
        is_section = place.count("/") == 1
        known = found.get(place)
        if not is_section:
            found[place] = labels[place]
        else:
            found[place] = f"{known}; {name}" if known else f"{labels[place]}: {name}"
    for _title, rows in groups:
        rows[:] = [each for each in rows if each[0] not in found]
    return [(_("Odd values"), list(found.items()))] if found else []


def _missing(desk: Desk) -> list[Group]:
    """Figures that are asked and that the report has no number for."""
    stored = edits.keyed(desk.lines)
    rows = []
    for asked in desk.questions.figures:
        for line in desk.questions.action_lines if asked.definition.by_action_line else (None,):
            figure = FigureLine(origin="", indicator=asked.indicator.code, action_line=line.code if line else None)
            key = edits.key_of(figure)
            if key not in stored:
                rows.append((key, merging.label_of(figure, desk.questions)))
    return [(_("Figures that are missing"), rows)] if rows else []
