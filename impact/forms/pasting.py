"""Several organisations pasted at once, as copied from a spreadsheet: a row each, with the columns in a fixed order."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia.errors import Problem
from consortia.models import Organisation, OrganisationType, SizeClass
from impact.forms.fields import Field, Places, in_words
from impact.forms.participations import Listed, flat, identifiers_of
from impact.forms.questions import Questions
from impact.models import Involvement
from impact.submission import Line, ParticipationLine

MOST_PASTED = 2_000
_LANGUAGES = ("nl", "en")
_CODE = re.compile(r"[0-9]{2}[A-Z].*")
_BLANKS = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}", " "))


@dataclass(frozen=True)
class PastedRow:
    """A row as it was pasted: its number from 1, its text, and its columns."""

    number: int
    text: str
    identifier: str
    name: str = ""
    postcode: str = ""
    action_line: str = ""
    involvement: str = ""


class SeveralForm:
    """A number or code a row; then if wanted the name, the postcode, the action line and how it takes part.

    The last two may be words in Dutch or English; where a row leaves them out, the choice for all of them holds.
    """

    ORIGIN = "/participations/several"

    def __init__(
        self, questions: Questions, texts: Mapping[str, str] | None = None, *, type_follows_number: bool = False
    ) -> None:
        texts = texts or {}
        self.questions = questions
        self.type_follows_number = type_follows_number
        """Whether what the register does not know is a company by its number, a school by its code."""
        lines = [(line.code, line.name) for line in questions.action_lines]
        self.pasted = Field(
            name="several.pasted", label=_("KVK numbers"), text=texts.get("several.pasted", "").replace("\x00", "")
        )
        self.action_line = self._choice("several.action_line", _("Action line"), texts, lines)
        self.involvement = self._choice("several.involvement", _("Takes part through"), texts, Involvement.choices)
        self.organisation_type = self._choice(
            "several.organisation_type", _("Type, where the register does not know it"), texts, OrganisationType.choices
        )
        self.places = Places()

    @staticmethod
    def _choice(name: str, label: str, texts: Mapping[str, str], choices: Sequence[tuple[str, object]]) -> Field:
        return Field(name=name, label=label, text=texts.get(name, ""), choices=choices)

    @property
    def identifiers(self) -> list[str]:
        """What the register is asked for."""
        return [row.identifier for row in self.rows]

    @cached_property
    def rows(self) -> list[PastedRow]:
        """What was pasted, without empty rows and without a row of headings."""
        found: list[PastedRow] = []
        places: list[int | None] = [0, 1, 2, 3, 4]
        for number, text in enumerate(self.pasted.text.splitlines(), start=1):
            parts = [" ".join(part.translate(_BLANKS).split()) for part in re.split(r"[\t;]", text)]
            if not any(parts):
                continue
            columns = None if found or re.search(r"[0-9]", text) else _columns(parts)
            if columns or (not found and _is_heading(parts[0])):
                places = columns or places
                continue
            identifier, name, postcode, line, involvement = (
                parts[place] if place is not None and place < len(parts) else "" for place in places
            )
            line = self._line_words.get(line.lower(), line)
            involvement = self._involvement_words.get(involvement.lower(), involvement)
            compact = re.sub(r"\s", "", identifier).upper()
            found.append(PastedRow(number, text.strip(), compact, name, postcode, line, involvement))
        return found

    def lines(self, register: Mapping[str, Organisation]) -> list[ParticipationLine]:
        """A line for each row, in their order, with what the register knows."""
        return [self._line(row, register) for row in self.rows]

    def too_many(self) -> list[Problem]:
        if len(self.rows) <= MOST_PASTED:
            return []
        return [Problem(self.ORIGIN, "too-many", _("At most %(number)d rows.") % {"number": MOST_PASTED})]

    def read(
        self, stored: Mapping[str, Listed], register: Mapping[str, Organisation]
    ) -> tuple[list[Line], list[Problem]]:
        """The list with these organisations added; those that stand in it already keep what they have."""
        problems = self.too_many()
        if not self.rows:
            problems.append(Problem(self.ORIGIN, "required", _("Paste at least one number.")))
        self.places.add(self.ORIGIN, {"": self.pasted})
        return flat(self.added_to(stored, [] if problems else self.lines(register)).values()), problems

    def added_to(self, stored: Mapping[str, Listed], lines: Iterable[ParticipationLine]) -> dict[str, Listed]:
        """The organisations of the list with these lines added, with the facts that the list has of them already."""
        organisations = {key: Listed(key, list(row.lines)) for key, row in stored.items()}
        known = {identifier: key for key, row in organisations.items() for identifier in identifiers_of(row)}
        for line in lines:
            self.places.add(line.origin, self._members(line.origin))
            key = known.setdefault(line.identifier, line.identifier)
            row = organisations.setdefault(key, Listed(key))
            pair = (line.action_line, line.involvement)
            if any((each.action_line, each.involvement) == pair for each in row.lines):
                continue
            first = row.lines[0] if row.lines else line
            row.lines.append(replace(first, origin=line.origin, action_line=pair[0], involvement=pair[1]))
        return organisations

    def numbered(self, problem: Problem) -> Problem:
        """The problem with the number of the pasted row, where it belongs to one."""
        number = self.number_of(problem)
        if not number or self.places.find(problem.pointer) is not self.pasted:
            return problem
        member = self._chosen_for_all.get(problem.pointer.rpartition("/")[2])
        words = in_words(problem, member.choices if member else ())
        return replace(problem, detail=_("Row %(number)s: %(problem)s") % {"number": number, "problem": words})

    def number_of(self, problem: Problem) -> int:
        """The number of the pasted row that a problem is about; 0 where it is about none."""
        number = problem.pointer.removeprefix(f"{self.ORIGIN}/").partition("/")[0]
        return int(number) if number.isdigit() else 0

    @property
    def _chosen_for_all(self) -> dict[str, Field]:
        return {
            "actionLine": self.action_line,
            "involvement": self.involvement,
            "organisationType": self.organisation_type,
        }

    def _members(self, origin: str) -> dict[str, Field]:
        """Where the problems of a row belong: what it says itself is repaired where it was pasted."""
        row = self._by_origin.get(origin)
        itself = {"actionLine": row.action_line, "involvement": row.involvement} if row else {}
        chosen = {member: place for member, place in self._chosen_for_all.items() if not itself.get(member)}
        return {"": self.pasted, **chosen}

    @cached_property
    def _by_origin(self) -> dict[str, PastedRow]:
        return {f"{self.ORIGIN}/{row.number}": row for row in self.rows}

    @cached_property
    def _line_words(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for line in self.questions.action_lines:
            for language in _LANGUAGES:
                with override(language):
                    words |= {str(each).lower(): line.code for each in (line.code, line.name, line.short)}
        return words

    @cached_property
    def _involvement_words(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for value in Involvement.values:
            for language in _LANGUAGES:
                with override(language):
                    words |= {each.lower(): value for each in (value, str(Involvement(value).label))}
        return words

    def _line(self, row: PastedRow, register: Mapping[str, Organisation]) -> ParticipationLine:
        is_code = _CODE.fullmatch(row.identifier) is not None
        known = register.get(row.identifier)
        kind = self.organisation_type.text
        if not kind and self.type_follows_number:
            kind = OrganisationType.SCHOOL if is_code else OrganisationType.COMPANY
        return ParticipationLine(
            origin=f"{self.ORIGIN}/{row.number}",
            kvk_number=(known.kvk_number or "") if known else "" if is_code else row.identifier,
            institution_code=(known.institution_code or "") if known else row.identifier if is_code else "",
            name=row.name or (known.name if known else ""),
            organisation_type=known.organisation_type if known else kind,
            postcode=row.postcode.upper() or (known.postcode if known else ""),
            size_class=known.size_class if known else SizeClass.UNKNOWN,
            action_line=row.action_line or self.action_line.text,
            involvement=row.involvement or self.involvement.text,
        )


def _is_heading(text: str) -> bool:
    """A first row of headings, such as `KVK-nummer`, `Number` or `BRIN`."""
    return not re.search(r"[0-9]", text) and re.search(r"kvk|num|brin|code", text, re.IGNORECASE) is not None


def _columns(headings: Sequence[str]) -> list[int | None] | None:
    """Where number, name, postcode, action line and way of taking part stand; None where these are no headings."""
    patterns = (
        r"kvk|num|brin|code$",
        r"^(naam|name|bedrijf|company|organisatie|organisation)|naam$|name$",
        r"^post",
        r"actielijn|action.?line",
        r"^via|^doet|takes part|involvement|betrokken",
    )
    left = dict(enumerate(headings))
    # The postcode and the rest go first: their headings may hold the word code as well.
    found: dict[str, int | None] = {}
    for pattern in (*patterns[2:], *patterns[:2]):
        place = next((each for each, text in left.items() if re.search(pattern, text, re.IGNORECASE)), None)
        found[pattern] = place
        if place is not None:
            del left[place]
    places = [found[pattern] for pattern in patterns]
    # One heading says nothing of the columns after it, and may be a name that looks like one.
    return None if places[0] is None or sum(place is not None for place in places) < 2 else places
