"""The content of a version as JSON: the door for `PUT draft`, and the form that answers and the hash use.

Syntax only: whether a code exists or a number is likely is for `submission.check`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from consortia import identifiers
from consortia.errors import Problem, escaped
from impact.measures import plain
from impact.submission import (
    FigureLine,
    HeadcountLine,
    Line,
    ParticipationLine,
    UnidentifiedLine,
)


@dataclass(frozen=True)
class _Member:
    """A key of a row in the draft, and the field of the line that it fills."""

    key: str
    field: str
    kind: type
    required: bool = False


_SECTIONS: dict[str, tuple[type[Line], tuple[_Member, ...]]] = {
    "figures": (
        FigureLine,
        (
            _Member("indicator", "indicator", str, required=True),
            _Member("actionLine", "action_line", str),
            _Member("value", "value", Decimal),
            _Member("numerator", "numerator", Decimal),
            _Member("denominator", "denominator", Decimal),
        ),
    ),
    "participations": (
        ParticipationLine,
        (
            _Member("kvkNumber", "kvk_number", str),
            _Member("institutionCode", "institution_code", str),
            _Member("name", "name", str),
            _Member("organisationType", "organisation_type", str, required=True),
            _Member("postcode", "postcode", str),
            _Member("sizeClass", "size_class", str),
            _Member("actionLine", "action_line", str, required=True),
            _Member("involvement", "involvement", str, required=True),
        ),
    ),
    "unidentifiedCompanies": (
        UnidentifiedLine,
        (
            _Member("actionLine", "action_line", str, required=True),
            _Member("count", "count", Decimal, required=True),
        ),
    ),
    "headcounts": (
        HeadcountLine,
        (
            _Member("group", "group", str, required=True),
            _Member("category", "category", str),
            _Member("actionLine", "action_line", str, required=True),
            _Member("institutionCode", "institution_code", str),
            _Member("headcount", "headcount", Decimal, required=True),
            _Member("firstTime", "first_time", Decimal, required=True),
        ),
    ),
}
SECTIONS = tuple(_SECTIONS)
_SECTION_OF: dict[type[Line], str] = {kind: name for name, (kind, _members) in _SECTIONS.items()}
MAX_DIGITS = 15
"""Longer numbers are refused before anybody computes with them."""


def read(body: object) -> tuple[list[Line], list[Problem]]:
    """The lines of a draft's body (parsed with `parse_float=Decimal`), and all that is wrong with its form.

    A row that cannot be read gives problems and no line; the others are read all the same.
    """
    problems: list[Problem] = []
    lines: list[Line] = []
    if not isinstance(body, dict):
        return [], [Problem("", "not-an-object", _("The body must be a JSON object."))]
    _refuse_unknown(body, SECTIONS, "", problems)
    for section, (kind, members) in _SECTIONS.items():
        rows = body.get(section)
        if section not in body:
            problems.append(Problem(f"/{section}", "required", _("This list is missing; it may be empty.")))
        elif not isinstance(rows, list):
            problems.append(Problem(f"/{section}", "not-a-list", _("This must be a list.")))
        else:
            for number, row in enumerate(rows):
                line = _read_row(row, f"/{section}/{number}", kind, members, problems)
                if line is not None:
                    lines.append(line)
    return lines, problems


def _refuse_unknown(row: dict[Any, Any], known: Iterable[str], pointer: str, problems: list[Problem]) -> None:
    problems += [
        Problem(f"{pointer}/{escaped(str(key))}", "unknown-key", _("This key is not known."))
        for key in row.keys() - set(known)
    ]


def _read_row(
    row: object, origin: str, kind: type[Line], members: Sequence[_Member], problems: list[Problem]
) -> Line | None:
    if not isinstance(row, dict):
        problems.append(Problem(origin, "not-an-object", _("This must be an object.")))
        return None
    before = len(problems)
    _refuse_unknown(row, [member.key for member in members], origin, problems)
    values: dict[str, Any] = {}
    for member in members:
        value = row.get(member.key)
        pointer = f"{origin}/{member.key}"
        if value is None:
            if member.required:
                problems.append(Problem(pointer, "required", _("This is missing.")))
        elif member.kind is str:
            values[member.field] = _read_text(value, pointer, problems)
        else:
            values[member.field] = _read_number(value, pointer, problems)
    if len(problems) > before:
        return None
    return kind(origin=origin, **values)


def _read_text(value: object, pointer: str, problems: list[Problem]) -> str:
    if isinstance(value, str):
        return value.strip()
    problems.append(Problem(pointer, "not-text", _("This must be text.")))
    return ""


def _read_number(value: object, pointer: str, problems: list[Problem]) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        problems.append(Problem(pointer, "not-a-number", _("This must be a number.")))
        return Decimal(0)
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        problems.append(Problem(pointer, "out-of-range", _("This must be a number from 0 to 1,000,000,000.")))
        return Decimal(0)
    return number


def write(lines: Iterable[Line]) -> dict[str, list[dict[str, Any]]]:
    """The draft's body for these lines, in their order; what `read` gives back unchanged."""
    body: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTIONS}
    for line in lines:
        body[section_of(line)].append(row(line))
    return body


def section_of(line: Line) -> str:
    """The list of the draft in which a row stands."""
    return _SECTION_OF[type(line)]


def members_of(section: str) -> list[str]:
    """The keys that a row of a section may have, in their order."""
    return [member.key for member in _SECTIONS[section][1]]


def row(line: Line) -> dict[str, Any]:
    """One row as in the draft's body, without what is empty."""
    row = {}
    for member in _SECTIONS[section_of(line)][1]:
        value = getattr(line, member.field)
        if member.field == "postcode":
            value = identifiers.normal_postcode(value) or value
        if value is None or value == "":
            continue
        row[member.key] = plain(value) if isinstance(value, Decimal) else str(value)
    return row


def digest(lines: Iterable[Line]) -> str:
    """The content hash: SHA-256 over the content as canonical JSON, whatever the order of its rows."""
    body = {section: sorted(_canonical(row) for row in rows) for section, rows in write(lines).items()}
    return hashlib.sha256(_canonical(body).encode()).hexdigest()


def _canonical(value: object) -> str:
    # Decimals become text here only: the hash must not depend on how a float prints.
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def renumber(lines: Iterable[Line]) -> list[Line]:
    """The same lines with the origins that their place in the stored content gives them."""
    counters = dict.fromkeys(SECTIONS, 0)
    renumbered: list[Line] = []
    for line in lines:
        section = _SECTION_OF[type(line)]
        members = {part.name: getattr(line, part.name) for part in fields(line)}
        members["origin"] = f"/{section}/{counters[section]}"
        counters[section] += 1
        renumbered.append(type(line)(**members))
    return renumbered
