"""The places that a reviewer can choose to return, in words: those of the report, and figures that it lacks."""

from typing import Any

from django.utils.translation import gettext as _

from impact import edits
from impact.forms import merging
from impact.submission import FigureLine
from impact.views.desk import Desk
from impact.views.places import Places

Group = tuple[str, list[tuple[str, str]]]


def context(desk: Desk) -> dict[str, Any]:
    """What `impact/work/_returning.html` needs beside its form."""
    places = Places(desk)
    return {"return_places": [*_of_report(places), *_missing(desk)], "return_by_number": places.has_too_many}


def _of_report(places: Places) -> list[Group]:
    # A section as a whole is named as a pointer names it.
    return [
        (title, [(place if place.startswith("/") else f"/{place}", label) for place, label in rows])
        for title, rows in places.choices()
    ]


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
