"""What may be handed in: the flat lines of every door, and the one check of them. Pure.

Every adapter (form, workbook, JSON) makes `Line`s, knows syntax only, and reports its own problems as the
same `Problem`s. Source: docs/semantics.md, "Input" and "Organisations".
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from consortia import identifiers
from consortia.errors import Problem
from consortia.models import OrganisationType, SizeClass
from impact import plausibility
from impact.models.codebook import EURO, MAX_COUNT, Kind, Source
from impact.models.content import Group, Involvement, StudentCategory
from impact.plausibility import Gist, Past, RuleInForce

MAX_ROWS = 50_000
"""Rows in one section; a HIP has hundreds."""
MAX_TEXT = 10_000
"""Characters of a reason, a comment, an explanation."""


@dataclass(frozen=True, kw_only=True)
class FigureLine:
    origin: str
    indicator: str
    action_line: str | None = None
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ParticipationLine:
    origin: str
    kvk_number: str = ""
    institution_code: str = ""
    name: str = ""
    organisation_type: str = ""
    postcode: str = ""
    size_class: str = ""
    action_line: str = ""
    involvement: str = ""

    @property
    def identifier(self) -> str:
        """What the organisation is known by: its KVK number, else its institution code."""
        return self.kvk_number or self.institution_code


@dataclass(frozen=True, kw_only=True)
class UnidentifiedLine:
    origin: str
    action_line: str
    count: Decimal


@dataclass(frozen=True, kw_only=True)
class HeadcountLine:
    origin: str
    group: str
    category: str = ""
    action_line: str = ""
    institution_code: str = ""
    headcount: Decimal
    first_time: Decimal


Line = FigureLine | ParticipationLine | UnidentifiedLine | HeadcountLine


@dataclass(frozen=True)
class DefinitionInForce:
    """What of an indicator's definition decides on input."""

    kind: str
    unit: str
    source: str
    by_action_line: bool
    rule: str = ""
    """From what it is derived."""


@dataclass(frozen=True)
class Known:
    """What the check may know of the world; `reporting` reads it from the database."""

    definitions: Mapping[str, DefinitionInForce]
    action_lines: Sequence[str]
    organisations: Mapping[str, UUID] = field(default_factory=dict)
    """By KVK number and by institution code: the register, as far as the lines name it."""
    identities: Mapping[UUID, tuple[str, str]] = field(default_factory=dict)
    """The KVK number and the institution code of each of those."""
    links: Mapping[UUID, UUID] = field(default_factory=dict)
    """What organisations that are linked to another count as."""
    rules: Sequence[RuleInForce] = ()
    past: Past = field(default_factory=Past)


@dataclass(frozen=True)
class Verdict:
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(lines: Iterable[Line], known: Known) -> Verdict:
    """Judge what is handed in, whole: errors cannot be true or stored, warnings are merely unlikely."""
    found = _Findings()
    lines = _not_too_many(list(lines), found)
    for line in lines:
        match line:
            case FigureLine():
                _check_figure(line, known, found)
            case ParticipationLine():
                _check_participation(line, known, found)
            case UnidentifiedLine():
                _check_action_line(line, line.action_line, known, found)
                _check_count(line, "count", line.count, found)
                found.once(line, ("unidentified", line.action_line))
            case HeadcountLine():
                _check_headcount(line, known, found)
    participations = [line for line in lines if isinstance(line, ParticipationLine)]
    _check_identities(participations, known, found)
    return Verdict(tuple(found.errors), tuple(_questions(lines, known)) if known.rules else ())


def _questions(lines: Sequence[Line], known: Known) -> list[Problem]:
    return plausibility.questions(
        gist(lines, known),
        known.past,
        known.rules,
        units={code: definition.unit for code, definition in known.definitions.items()},
        derived={code: definition.rule for code, definition in known.definitions.items()},
    )


def gist(lines: Sequence[Line], known: Known) -> Gist:
    """What the rules look at; numbers that are refused anyway are left out."""
    figures = {
        (line.indicator, line.action_line): (line.value, line.origin)
        for line in lines
        if isinstance(line, FigureLine) and line.value is not None and line.value.is_finite()
        if 0 <= line.value <= MAX_COUNT
    }
    people: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for line in lines:
        if isinstance(line, HeadcountLine) and line.headcount.is_finite() and line.first_time.is_finite():
            counted, first = people.get((line.group, line.action_line), (Decimal(), Decimal()))
            people[line.group, line.action_line] = (counted + line.headcount, first + line.first_time)
    listed = [line for line in lines if isinstance(line, ParticipationLine)]
    keys = [
        known.links.get(key, key) if isinstance(key, UUID) else key
        for key in organisation_keys(listed, known.organisations)
    ]
    return Gist(
        figures={place: value for place, (value, _origin) in figures.items()},
        pointers={place: origin for place, (_value, origin) in figures.items()},
        people=people,
        organisations={key: line.name or line.identifier for key, line in zip(keys, listed, strict=True)},
        cofinancers=len(
            {key for key, line in zip(keys, listed, strict=True) if line.involvement == Involvement.COFINANCING}
        ),
        sizes={
            "unidentifiedCompanies": sum(
                int(line.count) for line in lines if isinstance(line, UnidentifiedLine) and line.count.is_finite()
            )
        },
        filled=frozenset(_SECTIONS[type(line)] for line in lines),
    )


_SECTIONS: dict[type[Line], str] = {
    FigureLine: "figures",
    ParticipationLine: "participations",
    UnidentifiedLine: "unidentifiedCompanies",
    HeadcountLine: "headcounts",
}
# Read once: a report has thousands of rows, and the classes make these lists anew each time.
_ORGANISATION_TYPES = tuple(OrganisationType.values)
_SIZE_CLASSES = tuple(SizeClass.values)
_INVOLVEMENTS = tuple(Involvement.values)


class _Findings:
    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self._seen: set[tuple[object, ...]] = set()

    def refuse(self, line: Line, member: str, code: str, detail: str) -> None:
        self.errors.append(Problem(f"{line.origin}/{member}", code, detail))

    def once(self, line: Line, key: tuple[object, ...]) -> None:
        """A second row with the same key is refused at the later row."""
        if key in self._seen:
            self.errors.append(Problem(line.origin, "duplicate", _("This row is already there, above.")))
        self._seen.add(key)


def _not_too_many(lines: list[Line], found: _Findings) -> list[Line]:
    """The rows without those of sections that have more than is ever read: of them that is all that is said."""
    numbers = Counter(map(type, lines))
    for kind, number in numbers.items():
        if number > MAX_ROWS:
            detail = _("At most %(number)d rows.") % {"number": MAX_ROWS}
            found.errors.append(Problem(f"/{_SECTIONS[kind]}", "too-many", detail))
    return [line for line in lines if numbers[type(line)] <= MAX_ROWS]


def _check_figure(line: FigureLine, known: Known, found: _Findings) -> None:
    definition = known.definitions.get(line.indicator)
    if definition is None:
        found.refuse(line, "indicator", "unknown", _("There is no such indicator in this quarter."))
        return
    if definition.source == Source.DERIVED:
        found.refuse(line, "indicator", "derived", _("This indicator follows from other input and is not entered."))
        return
    if definition.by_action_line:
        _check_action_line(line, line.action_line, known, found)
    elif line.action_line is not None:
        found.refuse(line, "actionLine", "not-by-action-line", _("This indicator has no action line."))
    if definition.kind == Kind.RATIO:
        _check_ratio(line, found)
    else:
        _check_value(line, definition, found)
    found.once(line, ("figure", line.indicator, line.action_line))


def _check_ratio(line: FigureLine, found: _Findings) -> None:
    if line.value is not None:
        found.refuse(line, "value", "ratio", _("Enter the two numbers of this share, not the share itself."))
    both = True
    for member, number in (("numerator", line.numerator), ("denominator", line.denominator)):
        if number is None:
            found.refuse(line, member, "required", _("This number is missing."))
            both = False
        else:
            both = _check_count(line, member, number, found) and both
    if both and line.numerator is not None and line.denominator is not None and line.numerator > line.denominator:
        found.refuse(line, "numerator", "out-of-range", _("This is more than the number it is a part of."))


def _check_value(line: FigureLine, definition: DefinitionInForce, found: _Findings) -> None:
    for member, number in (("numerator", line.numerator), ("denominator", line.denominator)):
        if number is not None:
            found.refuse(line, member, "not-a-ratio", _("This indicator is one number, no share."))
    if line.value is None:
        if line.numerator is None and line.denominator is None:
            found.refuse(line, "value", "required", _("This number is missing."))
    elif definition.unit == EURO:
        if _check_range(line, "value", line.value, found) and line.value != round(line.value, 2):
            found.refuse(line, "value", "too-precise", _("An amount has at most two decimals."))
    else:
        _check_count(line, "value", line.value, found)


def _check_count(line: Line, member: str, number: Decimal, found: _Findings) -> bool:
    """Whether it is a whole number in range; never rounded or cut."""
    if not _check_range(line, member, number, found):
        return False
    if number != number.to_integral_value():
        found.refuse(line, member, "not-whole", _("This must be a whole number."))
        return False
    return True


def _check_range(line: Line, member: str, number: Decimal, found: _Findings) -> bool:
    if number.is_finite() and 0 <= number <= MAX_COUNT:
        return True
    found.refuse(line, member, "out-of-range", _("This must be a number from 0 to 1,000,000,000."))
    return False


def _check_action_line(line: Line, code: str | None, known: Known, found: _Findings) -> None:
    if not code:
        found.refuse(line, "actionLine", "required", _("The action line is missing."))
    elif code not in known.action_lines:
        found.refuse(line, "actionLine", "unknown", _("There is no such action line."))


def _check_choice(line: Line, member: str, value: str, choices: Sequence[str], found: _Findings) -> None:
    if not value:
        found.refuse(line, member, "required", _("This is missing."))
    elif value not in choices:
        found.refuse(line, member, "unknown", _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)})


def _is_unreadable(character: str) -> bool:
    """Control characters, halves of a pair, what no standard knows; a no-break space from elsewhere is fine."""
    return unicodedata.category(character) in ("Cc", "Cs", "Cn") and character not in "\n\r\t"


def check_text(pointer: str, text: str, longest: int) -> list[Problem]:
    """What is wrong with a free text: too long, unreadable, or holding a citizen service number."""
    problems = []
    if len(text) > longest:
        detail = _("At most %(number)d characters.") % {"number": longest}
        problems.append(Problem(pointer, "too-long", detail))
    if not text.isprintable() and any(_is_unreadable(character) for character in text):
        detail = _("This holds a character that cannot be read.")
        problems.append(Problem(pointer, "unreadable", detail))
    if identifiers.holds_bsn(text):
        detail = _("A citizen service number (BSN) must not be entered here.")
        problems.append(Problem(pointer, "bsn", detail))
    return problems


def _check_participation(line: ParticipationLine, known: Known, found: _Findings) -> None:
    if not line.identifier:
        found.refuse(line, "kvkNumber", "required", _("A KVK number or an institution code is needed."))
    if line.kvk_number and not identifiers.is_kvk_number(line.kvk_number):
        if identifiers.holds_bsn(line.kvk_number):
            found.refuse(line, "kvkNumber", "bsn", _("A citizen service number (BSN) must not be entered here."))
        else:
            found.refuse(line, "kvkNumber", "malformed", _malformed_number(line.kvk_number))
    if line.institution_code and not identifiers.is_institution_code(line.institution_code):
        found.refuse(line, "institutionCode", "malformed", _("An institution code looks like 25PW or 25PW01."))
    if line.postcode and identifiers.normal_postcode(line.postcode) is None:
        found.refuse(line, "postcode", "malformed", _("A postcode looks like 1234 AB."))
    found.errors += check_text(f"{line.origin}/name", line.name, 200)
    _check_choice(line, "organisationType", line.organisation_type, _ORGANISATION_TYPES, found)
    if line.size_class:
        _check_choice(line, "sizeClass", line.size_class, _SIZE_CLASSES, found)
    _check_action_line(line, line.action_line, known, found)
    _check_choice(line, "involvement", line.involvement, _INVOLVEMENTS, found)


def _malformed_number(text: str) -> str:
    """A spreadsheet takes the zero in front for nothing."""
    if len(text) == 7 and text.isascii() and text.isdigit():
        detail = _("A KVK number has exactly eight digits. Is a zero missing in front: %(number)s?")
        return detail % {"number": f"0{text}"}
    return _("A KVK number has exactly eight digits.")


def _check_headcount(line: HeadcountLine, known: Known, found: _Findings) -> None:
    _check_choice(line, "group", line.group, Group.values, found)
    if line.group == Group.STUDENTS and line.category:
        _check_choice(line, "category", line.category, StudentCategory.values, found)
    else:
        found.errors += check_text(f"{line.origin}/category", line.category, 60)
    _check_action_line(line, line.action_line, known, found)
    if line.institution_code and not identifiers.is_institution_code(line.institution_code):
        found.refuse(line, "institutionCode", "malformed", _("An institution code looks like 25PW or 25PW01."))
    whole = _check_count(line, "headcount", line.headcount, found)
    whole = _check_count(line, "firstTime", line.first_time, found) and whole
    if whole and line.first_time > line.headcount:
        found.refuse(line, "firstTime", "out-of-range", _("This is more than the head count."))
    found.once(line, ("headcount", line.group, line.category, line.action_line, line.institution_code))


def _check_identities(lines: Sequence[ParticipationLine], known: Known, found: _Findings) -> None:
    """One organisation is one identity: by number, by code, or by a row that carries both."""
    other: dict[str, str] = {}
    for line in lines:
        number, code = line.kvk_number, line.institution_code
        if not (number and code):
            continue
        named = {known.organisations[each] for each in (number, code) if each in known.organisations}
        differ = len(named) > 1 or any(not _may_be(known.identities.get(each), number, code) for each in named)
        if differ or other.setdefault(code, number) != number or other.setdefault(number, code) != code:
            found.refuse(
                line,
                "institutionCode",
                "other-organisation",
                _("This institution code and this KVK number belong to different organisations."),
            )
    for line, organisation in zip(lines, organisation_keys(lines, known.organisations), strict=True):
        if organisation:
            found.once(line, ("participation", organisation, line.action_line, line.involvement))


def _may_be(identity: tuple[str, str] | None, number: str, code: str) -> bool:
    """Whether an organisation that the register knows by these two can be the one with this number and code."""
    known_number, known_code = identity or ("", "")
    return known_number in ("", number) and known_code in ("", code)


def organisation_keys(lines: Sequence[ParticipationLine], organisations: Mapping[str, UUID]) -> list[UUID | str]:
    """For each line its organisation: the register's id, or else the number or code it will be known by."""
    other: dict[str, str] = {}
    for line in lines:
        if line.kvk_number and line.institution_code:
            other.setdefault(line.kvk_number, line.institution_code)
            other.setdefault(line.institution_code, line.kvk_number)
    keys: list[UUID | str] = []
    for line in lines:
        number = line.kvk_number or other.get(line.institution_code, "")
        code = line.institution_code or other.get(line.kvk_number, "")
        keys.append(organisations.get(number) or organisations.get(code) or number or code)
    return keys
