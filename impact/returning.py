"""Returning only some cells: what the reviewer's pointers name, and that everything else stays as it was handed in.

What is returned are *places*: a row by its key (see `impact.edits`), also one that is not there yet; an organisation in
whatever line; a section; or the whole, which fixes nothing. All rows at other places are *fixed*: in the next version
they are neither changed nor removed nor added to. The database guards it at submission.
Source: docs/semantics.md, "Input".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from consortia import identifiers
from consortia.errors import Problem, escaped
from impact import content, drafts, dutch_numbers, edits, places, submission, transitions
from impact.edits import NO_LINE
from impact.models import Group, QuarterlyReport, ReportVersion, Section, StudentCategory
from impact.models.codebook import Source
from impact.standing import Standing
from impact.submission import MAX_TEXT, Known, Line, ParticipationLine
from impact.transitions import ReportStatus, Step

FIXED = "fixed"
"""The code of the problem of whoever changes what was not returned."""
MAX_POINTER = 200
_CANNOT_STAND = ("duplicate", "other-organisation")
"""Of an organisation: what the register may have made of a row since, so that it cannot be stored again."""


def names_of(line: Line) -> set[str]:
    """Every place that a row lies in; an organisation is known by its number and by its code."""
    section = content.section_of(line)
    names = {places.WHOLE, f"/{section}", edits.key_of(line)}
    if isinstance(line, ParticipationLine):
        for identifier in filter(None, (line.kvk_number, line.institution_code)):
            organisation = f"/{section}/{escaped(identifier)}"
            names |= {organisation, f"{organisation}/{escaped(line.action_line)}/{escaped(line.involvement)}"}
    return names


@dataclass(frozen=True)
class Fixed:
    """What a selective return holds the next version to."""

    places: frozenset[str]
    """That may change."""
    returned: tuple[Line, ...]
    """What was handed in."""

    def is_open(self, line: Line) -> bool:
        return not self.places.isdisjoint(names_of(line))

    def opens(self, key: str) -> bool:
        """Whether a row may change that its key says all of: any but that of an organisation."""
        return not self.places.isdisjoint((places.WHOLE, f"/{key.split('/')[1]}", key))

    def holds(self, section: str) -> bool:
        """Whether anything of a section is fixed; a section that was returned as a whole is free."""
        return self.places.isdisjoint((places.WHOLE, f"/{section}"))

    def takes_more(self, section: str) -> bool:
        """Whether a row may be added to a section that was not there: any, or one that the reviewer misses."""
        if not self.holds(section):
            return True
        there = {name for line in self.returned for name in names_of(line)}
        missing = {place for place in self.places if place.startswith(f"/{section}/")} - there
        return bool(missing)


# --- what the reviewer returns


def read(remarks: Sequence[Mapping[str, str]], version: ReportVersion) -> tuple[list[dict[str, str]], list[Problem]]:
    """The remarks of a return, each with the place that its pointer names, and all that is wrong with them.

    Several remarks may be about one place. A pointer goes into the stored order of the version, or is a key.
    """
    told: list[dict[str, str]] = []
    problems: list[Problem] = []
    if not remarks:
        return told, problems
    keys: dict[str, list[str]] = {section: [] for section in content.SECTIONS}
    for line in drafts.lines_of(version):
        keys[content.section_of(line)].append(edits.key_of(line))
    known = drafts.known(version.report, [], with_history=False)
    for number, remark in enumerate(remarks):
        unreadable = submission.check_text(f"/returned/{number}/pointer", remark["pointer"], MAX_POINTER)
        problems += unreadable + submission.check_text(f"/returned/{number}/comment", remark["comment"], MAX_TEXT)
        if not remark["comment"].strip():
            problems.append(Problem(f"/returned/{number}/comment", "required", _("Say what the HIP is to change.")))
        place = place_of(remark["pointer"], keys, known)
        if unreadable:
            continue
        if place is None:
            detail = _("There is no such place in this report.")
            problems.append(Problem(f"/returned/{number}/pointer", "unknown", detail))
        else:
            told.append({"pointer": remark["pointer"], "comment": remark["comment"].strip(), "place": place})
    return told, problems


def place_of(pointer: str, keys: Mapping[str, Sequence[str]], known: Known) -> str | None:
    """The place that a pointer names: by the number of a row, or by a key; None where it names nothing.

    `keys` are those of the rows that were handed in, by section and in their order. A member at the end
    (`/figures/3/value`) is about its whole row: a row changes as one.
    """
    if pointer == places.WHOLE:
        return places.WHOLE
    section, *parts = pointer.removeprefix("/").split("/")
    if not pointer.startswith("/") or section not in content.SECTIONS:
        return None
    if not parts:
        return f"/{section}"
    members = content.members_of(section)
    if is_row_number(parts[0]) and (len(parts) == 1 or (len(parts) == 2 and parts[1] in members)):
        number = int(parts[0])
        return keys[section][number] if number < len(keys[section]) else None
    for key in (pointer, pointer.rpartition("/")[0]) if parts[-1] in members else (pointer,):
        if key in keys[section]:
            return key
        named = places.read(key)
        if named is not None and named.section is not None and _can_be(named.section, named.parts, known):
            return key
    return None


def is_row_number(text: str) -> bool:
    """Whether a part of a pointer is the number of a row: shorter than a KVK number, written as in JSON pointers."""
    return text.isascii() and text.isdigit() and len(text) < 8 and str(int(text)) == text


def _can_be(section: Section, parts: tuple[str, ...], known: Known) -> bool:
    """Whether a report of the quarter can have such a row."""
    match section, parts:
        case Section.FIGURES, (indicator, line):
            definition = known.definitions.get(indicator)
            if definition is None or definition.source != Source.ENTERED:
                return False
            return line in known.action_lines if definition.by_action_line else line == NO_LINE
        case Section.HEADCOUNTS, (group, category, line, code):
            is_category = group != Group.STUDENTS or category in ("", *StudentCategory.values)
            is_code = not code or identifiers.is_institution_code(code)
            return group in Group.values and is_category and line in known.action_lines and is_code
    return places.exists(section, parts, set(known.definitions), set(known.action_lines))


# --- what may change


def open_places(held: Standing) -> frozenset[str] | None:
    """What may change of a report that can be filled in now; None: everything."""
    named = places_returned(held)
    return None if named is None or places.WHOLE in named else named


def places_returned(held: Standing) -> frozenset[str] | None:
    """The places that were returned of a report that can be filled in now; None: it was not, or without any.

    Before a version is opened it is what the reviewer returned. A withdrawal since then frees the report.
    """
    if not transitions.allows(held.status, Step.FILL):
        return None
    if held.open_version is not None:
        given = held.open_version.fixed_except
        return None if given is None else frozenset(given)
    return selection(held.versions[-1]) if held.status == ReportStatus.RETURNED else None


def selection(version: ReportVersion) -> frozenset[str] | None:
    """The places that were returned of a version; None: it was returned as a whole, or not at all."""
    named = frozenset(remark["place"] for remark in version.review_remarks if "place" in remark)
    return named or None


def fixed(held: Standing) -> Fixed | None:
    """What the report is held to; None where everything may change."""
    named = open_places(held)
    if named is None:
        return None
    source = held.versions[-1] if held.open_version is None else held.open_version.prefilled_from
    assert source is not None, "only a version that follows on another has something fixed"
    return Fixed(named, tuple(drafts.lines_of(source)))


def remarks_of(held: Standing) -> dict[str, list[str]]:
    """What the reviewer said of the places that may change, by place."""
    found: dict[str, list[str]] = {}
    if open_places(held) is None:
        return found
    source = held.versions[-1] if held.open_version is None else held.open_version.prefilled_from
    for remark in source.review_remarks if source else ():
        found.setdefault(remark["place"], []).append(remark["comment"])
    return found


def problems(report: QuarterlyReport, held: Standing, lines: Sequence[Line]) -> list[Problem]:
    """Every change of a fixed row, at its place: a changed or added row at its own, a missing one at its key.

    The order of rows says nothing. A row that cannot be stored any more (its indicator means something else now, two
    organisations are one now) may fall out.
    """
    kept = fixed(held)
    if kept is None:
        return []
    before = {_said(line): line for line in kept.returned if not kept.is_open(line)}
    after = {_said(line): line for line in lines if not kept.is_open(line)}
    was = edits.keyed(before.values())
    found: list[Problem] = []
    for said, line in after.items():
        if said not in before:
            found += _changed(line, was.get(edits.key_of(line)))
    now = set(edits.keyed(after.values()))
    missing = [line for said, line in before.items() if said not in after and edits.key_of(line) not in now]
    return found + [
        Problem(edits.key_of(line), FIXED, _("This has to stay: only what the reviewer returned may change."))
        for line in _that_can_stand(report, list(after.values()), missing)
    ]


def _said(line: Line) -> tuple[Any, ...]:
    return (content.section_of(line), *content.row(line).items())


def _changed(line: Line, was: Line | None) -> list[Problem]:
    if was is None:
        detail = _("Nothing may be added here: only what the reviewer returned may change.")
        return [Problem(line.origin, FIXED, detail)]
    old, new = content.row(was), content.row(line)
    differ = [key for key in content.members_of(content.section_of(line)) if old.get(key) != new.get(key)]
    return [Problem(f"{line.origin}/{key}", FIXED, _words(old.get(key))) for key in differ]


def _words(was: object) -> str:
    if isinstance(was, int | Decimal):
        detail = _("This stays %(number)s, as it was handed in: only what the reviewer returned may change.")
        return detail % {"number": dutch_numbers.write(Decimal(was))}
    return _("This stays as it was handed in: only what the reviewer returned may change.")


def _that_can_stand(report: QuarterlyReport, others: Sequence[Line], missing: Iterable[Line]) -> list[Line]:
    """Those of the missing rows that could be stored beside the other fixed rows."""
    placed = [replace(line, origin=edits.key_of(line)) for line in missing]
    if not placed:
        return []
    known = drafts.known(report, [*others, *placed], with_history=False)
    errors = submission.check([*others, *placed], known).errors
    figures = {each.pointer.rpartition("/")[0] for each in errors}
    organisations = {key for each in errors if each.code in _CANNOT_STAND for key in _places_of(each.pointer)}
    return [
        line
        for line in placed
        if line.origin not in (organisations if isinstance(line, ParticipationLine) else figures)
    ]


def _places_of(pointer: str) -> tuple[str, str]:
    """A problem of a whole row has the row as its place, one of a member the row before it."""
    return pointer, pointer.rpartition("/")[0]
