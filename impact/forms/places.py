"""What a pointer into a version's content is about, in words."""

from collections.abc import Sequence

from impact import returning
from impact.forms import merging
from impact.forms.questions import Questions
from impact.models.drafting import Section
from impact.submission import Line


def label_at(pointer: str, lines: Sequence[Line], questions: Questions) -> str:
    """The row that a pointer names, by its number or by its key; else its section; empty for the report as a whole."""
    _empty, section, number, *_rest = [*pointer.split("/"), "", ""]
    name = next((each for each, in_draft in merging.SECTIONS.items() if in_draft == section), "")
    if not name:
        return ""
    rows = merging.of_section(lines, name)
    if returning.is_row_number(number):
        named = rows[int(number) : int(number) + 1]
    else:
        named = [line for line in rows if pointer in returning.names_of(line)] if number else []
    return merging.label_of(named[0], questions) if named else str(Section(section).label)
