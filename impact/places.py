"""What a comment or a piece of evidence is about: a row, an organisation, a section, or the quarter as a whole.

A row is named by its key (see `impact.edits`), whether or not the draft has it: one can ask why a figure is missing.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from consortia import identifiers
from consortia.errors import Problem
from consortia.models import ActionLine
from impact.edits import NO_LINE
from impact.models import Group, Indicator, Involvement, Section
from impact.models.drafting import PLACE_LENGTH

WHOLE = ""
"""The quarter as a whole."""
_PARTS = {
    Section.FIGURES: (2,),
    # Without line and involvement: the organisation, in whatever way it takes part.
    Section.PARTICIPATIONS: (1, 3),
    Section.UNIDENTIFIED: (1,),
    Section.HEADCOUNTS: (4,),
}


@dataclass(frozen=True)
class Named:
    """A place, taken apart: the section (None: the whole quarter) and the parts of the key within it."""

    section: Section | None
    parts: tuple[str, ...] = ()

    @property
    def is_row(self) -> bool:
        return bool(self.parts)


def read(place: str) -> Named | None:
    """What a place names; None where it has not the form of one."""
    if place == WHOLE:
        return Named(None)
    if len(place) > PLACE_LENGTH or not place.isprintable():
        return None
    section, *parts = place.removeprefix("/").split("/")
    if section not in Section.values:
        return None
    if not place.startswith("/"):
        return Named(Section(section)) if not parts else None
    if len(parts) not in _PARTS[Section(section)]:
        return None
    return Named(Section(section), tuple(part.replace("~1", "/").replace("~0", "~") for part in parts))


def section_of(place: str) -> Section | None:
    """The section that a place lies in; None for the quarter as a whole."""
    named = read(place)
    return named.section if named else None


def problems(place: str) -> list[Problem]:
    """What is wrong with a place as somebody gave it: no such form, or nothing of that name."""
    named = read(place)
    if named is not None and not named.is_row:
        return []
    indicators = set(Indicator.objects.values_list("code", flat=True))
    action_lines = set(ActionLine.objects.values_list("code", flat=True))
    if named is not None and exists(named.section, named.parts, indicators, action_lines):
        return []
    return [Problem("/place", "unknown", _("There is no such place in a report."))]


def exists(section: Section | None, parts: tuple[str, ...], indicators: set[str], action_lines: set[str]) -> bool:
    """Whether there can be such a row, by the codes that are known."""
    match section, parts:
        case Section.FIGURES, (indicator, line):
            return indicator in indicators and line in {NO_LINE, *action_lines}
        case Section.PARTICIPATIONS, (identifier, *rest):
            known = identifiers.is_kvk_number(identifier) or identifiers.is_institution_code(identifier)
            return known and (not rest or (rest[0] in action_lines and rest[1] in Involvement.values))
        case Section.UNIDENTIFIED, (line,):
            return line in action_lines
        case Section.HEADCOUNTS, (group, _category, line, _institution):
            return group in Group.values and line in action_lines
    return False
