"""Places of a report in words and as addresses: where a comment or a piece of evidence belongs."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from django.http import HttpRequest
from django.utils.translation import gettext as _

from consortia.errors import escaped
from impact import edits, places, returning
from impact.edits import NO_LINE
from impact.forms import figures, headcounts, merging, unidentified
from impact.forms.headcounts import HeadcountsForm
from impact.models import Section
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine
from impact.views.desk import FIGURES, SECTION_TITLES, Desk, Place

MOST_OFFERED = 1_000
PAGE_OF = {in_draft: on_page for on_page, in_draft in merging.SECTIONS.items()}
"""The name of a section on the page, by its name in a draft."""


def organisation_place(identifier: str) -> str:
    """An organisation in whatever way it takes part."""
    return f"/{Section.PARTICIPATIONS}/{escaped(identifier)}"


def said_at(desk: Desk, open_comments: Mapping[str, int]) -> dict[str, int]:
    """The comments at rows, by the name of the field on the page, of organisations by their key."""
    named = Places(desk) if open_comments else None
    found: dict[str, int] = {}
    for place, number in open_comments.items():
        _path, _hash, name = named.named(place).url.partition("#") if named else ("", "", "")
        parts = places.read(place)
        if parts is not None and parts.section == Section.PARTICIPATIONS and parts.is_row:
            name = desk.listed_as.get(parts.parts[0], "")
        if name:
            found[name] = found.get(name, 0) + number
    return found


def chosen_place(request: HttpRequest) -> str:
    """The place that was chosen in a form; with the number of an organisation beside it, that one."""
    place, identifier = request.POST.get("place", places.WHOLE), request.POST.get("place_number", "")
    identifier = identifier.replace(" ", "").upper()
    return organisation_place(identifier) if identifier else place


class Places:
    """The places of one report in front of one reader."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @cached_property
    def _rows(self) -> dict[str, Line]:
        return edits.keyed(self._desk.lines)

    @cached_property
    def _headcounts(self) -> dict[str, int]:
        keys = [key for key, line in self._rows.items() if isinstance(line, HeadcountLine)]
        return {key: number for number, key in enumerate(keys)}

    def at(self, pointer: str, lines: Sequence[Line] | None) -> Place:
        """Where a pointer into the stored content, or the key of a row, is to be repaired (see `Desk.place`)."""
        desk = self._desk
        _empty, section, number, member = [*pointer.split("/"), "", "", ""][:4]
        if not returning.is_row_number(number) and (named := places.read(pointer)) is not None and named.is_row:
            return self.named(pointer)
        name = next((each for each, in_draft in merging.SECTIONS.items() if in_draft == section), FIGURES)
        rows = merging.of_section(desk.lines if lines is None else lines, name)
        if not number.isdigit() or int(number) >= len(rows):
            return Place(name, str(SECTION_TITLES[name]), desk.section_url(name))
        line = rows[int(number)]
        label = merging.label_of(line, desk.questions)
        match line:
            case FigureLine():
                anchor = figures.field_name(line.indicator, line.action_line, _number_member(line, member))
            case UnidentifiedLine():
                anchor = unidentified.field_name(line.action_line)
            case HeadcountLine():
                here = rows if lines is None else merging.of_section(desk.lines, name)
                if line not in here:
                    return Place(name, label, desk.section_url(name), line)
                anchor = headcounts.field_name(here.index(line), HeadcountsForm.part_of(member))
            case _:
                key = next((key for key, row in desk.organisations.items() if line in row.lines), "")
                return Place(name, label, desk.section_url(name, **({"organisatie": key} if key else {})), line)
        return Place(name, label, f"{desk.section_url(name)}#{anchor}", line)

    def named(self, place: str) -> Place:
        """A place in words, with its address; of a row that is not there any more the section."""
        # A pointer names a section with a slash in front.
        desk, named = self._desk, places.read(place.removeprefix("/") if place.count("/") == 1 else place)
        if named is None or named.section is None:
            return Place("", _("The quarter as a whole"), desk.url())
        page = PAGE_OF[named.section]
        section = Place(page, str(SECTION_TITLES[page]), desk.section_url(page))
        if not named.is_row:
            return section
        match named.section, named.parts:
            case Section.FIGURES, (indicator, code):
                line = FigureLine(origin="", indicator=indicator, action_line=None if code == NO_LINE else code)
                is_ratio = any(each.is_ratio for each in desk.questions.figures if each.indicator.code == indicator)
                anchor = figures.field_name(indicator, line.action_line, "numerator" if is_ratio else "value")
                return Place(page, merging.label_of(line, desk.questions), f"{section.url}#{anchor}")
            case Section.UNIDENTIFIED, (code,):
                label = _("%(section)s, %(line)s") % {
                    "section": section.label,
                    "line": desk.questions.line_name(code),
                }
                return Place(page, label, f"{section.url}#{unidentified.field_name(code)}")
            case Section.HEADCOUNTS, _parts:
                return self._headcount(place, page, section)
        return self._organisation(named.parts, page, section)

    def _headcount(self, place: str, page: str, section: Place) -> Place:
        line = self._rows.get(place)
        if line is None:
            return Place(page, _("%(section)s, a row that is gone") % {"section": section.label}, section.url)
        anchor = headcounts.field_name(self._headcounts[place], "headcount")
        return Place(page, merging.label_of(line, self._desk.questions), f"{section.url}#{anchor}")

    def _organisation(self, parts: tuple[str, ...], page: str, section: Place) -> Place:
        identifier, *rest = parts
        key = self._desk.listed_as.get(identifier)
        label = self._desk.organisations[key].label if key else identifier
        if rest:
            label = f"{label}, {self._desk.questions.line_name(rest[0])}"
        return Place(page, label, self._desk.section_url(page, organisatie=key) if key else section.url)

    def choices(self, chosen: str = places.WHOLE) -> list[tuple[str, list[tuple[str, str]]]]:
        """The places of the draft to choose from, by section; `chosen` is always among them.

        Of a very long list the organisations are not: there a number is typed (see `chosen_place`).
        """
        desk = self._desk
        groups: list[tuple[str, list[tuple[str, str]]]] = []
        for section in Section:
            title = str(SECTION_TITLES[PAGE_OF[section]])
            rows = [(section.value, _("%(section)s as a whole") % {"section": title})]
            if section == Section.PARTICIPATIONS:
                listed = {} if self.has_too_many else desk.organisations
                named = sorted(listed.items(), key=lambda each: (each[1].label.casefold(), each[0]))
                rows += [(organisation_place(key), row.label) for key, row in named]
            else:
                lines = self._rows_of(section)
                if section == Section.FIGURES:
                    lines.sort(key=lambda each: self._in_codebook(each[1]))
                rows += [(key, merging.label_of(line, desk.questions)) for key, line in lines]
            groups.append((title, rows))
        offered = {place for _title, rows in groups for place, _label in rows} | {places.WHOLE}
        if chosen not in offered and places.read(chosen) is not None:
            groups.insert(0, (_("Chosen"), [(chosen, self.named(chosen).label)]))
        return groups

    @property
    def has_too_many(self) -> bool:
        """Whether the organisations are too many to choose from."""
        return len(self._desk.organisations) > MOST_OFFERED

    def _rows_of(self, section: Section) -> list[tuple[str, Line]]:
        kind = {
            Section.FIGURES: FigureLine,
            Section.PARTICIPATIONS: ParticipationLine,
            Section.UNIDENTIFIED: UnidentifiedLine,
            Section.HEADCOUNTS: HeadcountLine,
        }[section]
        return [(key, line) for key, line in self._rows.items() if isinstance(line, kind)]

    @cached_property
    def _orders(self) -> dict[str, int]:
        """Of indicators and of action lines; an indicator that is not asked any more comes last."""
        questions = self._desk.questions
        of_figures = {asked.indicator.code: number for number, asked in enumerate(questions.figures)}
        return of_figures | {f"/{line.code}": number for number, line in enumerate(questions.action_lines, 1)}

    def _in_codebook(self, line: Line) -> tuple[int, int]:
        if not isinstance(line, FigureLine):
            return len(self._orders), 0
        of_line = self._orders.get(f"/{line.action_line}", 0)
        return self._orders.get(line.indicator, len(self._orders)), of_line


def _number_member(line: FigureLine, member: str) -> str:
    if member in ("value", "numerator", "denominator"):
        return member
    return "value" if line.value is not None else "numerator"
