"""The zeros that attest that nothing happened in a section (nulmelding): which those are, and whether they stand. Pure.

Source: docs/semantics.md, "Zero, missing, coverage".
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from impact import content, edits
from impact.models.codebook import Kind, Source
from impact.models.content import Group
from impact.models.drafting import Section
from impact.submission import FigureLine, HeadcountLine, Known, Line, ParticipationLine, UnidentifiedLine

NOTHING = Decimal(0)


def missing(section: str, lines: Iterable[Line], known: Known) -> list[Line]:
    """The zero rows that the section still lacks, each with its key as origin; an empty list needs none."""
    here = [line for line in lines if content.section_of(line) == section]
    if section == Section.HEADCOUNTS:
        filled = {(line.group, line.action_line) for line in here if isinstance(line, HeadcountLine)}
        wanted: list[Line] = [
            _placed(HeadcountLine(origin="", group=group, action_line=line, headcount=NOTHING, first_time=NOTHING))
            for group in Group.values
            for line in known.action_lines
            if (group, line) not in filled
        ]
        return wanted
    stored = edits.keyed(here)
    return [line for line in _asked(section, known) if line.origin not in stored]


def stand(section: str, lines: Sequence[Line], known: Known) -> bool:
    """Whether every place that is asked has its row and all rows of the section say zero."""
    here = [line for line in lines if content.section_of(line) == section]
    return not missing(section, here, known) and all(is_zero(line) for line in here)


def is_zero(line: Line) -> bool:
    match line:
        case FigureLine():
            return not (line.value or line.numerator or line.denominator)
        case UnidentifiedLine():
            return not line.count
        case HeadcountLine():
            return not (line.headcount or line.first_time)
        case ParticipationLine():
            return False


def _asked(section: str, known: Known) -> list[Line]:
    """A zero for every figure that is entered, of a share 0 of 0, or for every action line."""
    if section == Section.UNIDENTIFIED:
        return [_placed(UnidentifiedLine(origin="", action_line=line, count=NOTHING)) for line in known.action_lines]
    if section != Section.FIGURES:
        return []
    wanted: list[Line] = []
    for code, definition in known.definitions.items():
        if definition.source != Source.ENTERED:
            continue
        numbers = (
            {"numerator": NOTHING, "denominator": NOTHING} if definition.kind == Kind.RATIO else {"value": NOTHING}
        )
        lines: Sequence[str | None] = known.action_lines if definition.by_action_line else (None,)
        wanted += [_placed(FigureLine(origin="", indicator=code, action_line=line, **numbers)) for line in lines]
    return wanted


def _placed(line: Line) -> Line:
    return type(line)(**{**vars(line), "origin": edits.key_of(line)})
