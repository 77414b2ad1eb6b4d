"""What was reported before, in words, beside each cell of the grid."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consortia.templatetags import portal
from impact import history
from impact.forms import cells, merging
from impact.models.codebook import EURO
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine
from impact.views.desk import Desk


@dataclass(frozen=True)
class Moment:
    """One earlier quarter of one cell; `text` is empty where nothing was reported in it."""

    quarter: str
    text: str
    is_year_ago: bool
    is_other_definition: bool
    """The indicator meant something else then."""


def of(desk: Desk, section: str) -> Mapping[str, list[Moment]]:
    """By name of the cell the quarters before, newest first; only cells for which any of them has something."""
    earlier = history.of(
        consortium=desk.hip.pk,
        quarter=desk.quarter,
        state=desk.state,
        section=merging.SECTIONS[section],
        sees_everything=desk.sees_everything,
    )
    asked = {figure.indicator.code: figure for figure in desk.questions.figures}
    found = {}
    for key in dict.fromkeys(key for past in earlier for key in past.rows or {}):
        moments = []
        for past in earlier:
            line = (past.rows or {}).get(key)
            figure = asked.get(line.indicator) if isinstance(line, FigureLine) else None
            moments.append(
                Moment(
                    quarter=past.quarter.pk,
                    text=_words(line, figure.definition.unit if figure else ""),
                    is_year_ago=past.is_year_ago,
                    is_other_definition=figure is not None
                    and not desk.state.compares(figure.indicator.pk, desk.quarter.index, past.quarter.index),
                )
            )
        found[cells.name_of_key(key)] = moments
    return found


def _words(line: Line | None, unit: str) -> str:
    match line:
        case FigureLine(value=None):
            numbers = {"part": portal.number(line.numerator), "whole": portal.number(line.denominator)}
            return _("%(part)s of %(whole)s") % numbers
        case FigureLine():
            return str(portal.euro(line.value) if unit == EURO else portal.number(line.value))
        case UnidentifiedLine():
            return str(portal.number(line.count))
        case HeadcountLine():
            return f"{portal.number(line.headcount)} / {portal.number(line.first_time)}"
    return ""
