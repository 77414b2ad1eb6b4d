"""Two people edited one section: what differs, who changed it, and the list that follows from the choices.

Nothing is taken over silently: where both changed the same thing, the reader has to choose.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from consortia.models import OrganisationType, SizeClass
from impact import content, dutch_numbers
from impact.forms.headcounts import shown_category
from impact.forms.participations import listed
from impact.forms.questions import Questions
from impact.models import Group, Involvement
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine

SECTIONS = {
    "figures": "figures",
    "participations": "participations",
    "unidentified": "unidentifiedCompanies",
    "headcounts": "headcounts",
}
"""The sections of the page and their names in the draft."""
_SECTION_OF = {
    FigureLine: "figures",
    ParticipationLine: "participations",
    UnidentifiedLine: "unidentified",
    HeadcountLine: "headcounts",
}


class Side(StrEnum):
    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Difference:
    key: str
    label: str
    mine: str
    theirs: str
    """In words; empty where the row is not there."""
    changed_by: Side | None
    """None where both changed it."""

    @property
    def name(self) -> str:
        return f"choice:{self.key}"


def of_section(lines: Iterable[Line], section: str) -> list[Line]:
    return [line for line in lines if _SECTION_OF[type(line)] == section]


def outside_section(lines: Iterable[Line], section: str) -> list[Line]:
    return [line for line in lines if _SECTION_OF[type(line)] != section]


def differences(
    mine: Sequence[Line], theirs: Sequence[Line], original: Sequence[Line] | None, questions: Questions
) -> list[Difference]:
    """Where the two differ; `original` is what both started from, None where only mine can have changed."""
    by_me, by_them = _keyed(mine), _keyed(theirs)
    before = by_them if original is None else _keyed(original)
    found = []
    for key in {**by_me, **by_them}:
        own, other = by_me.get(key, []), by_them.get(key, [])
        if _same(own, other):
            continue
        i_changed, they_changed = not _same(own, before.get(key, [])), not _same(other, before.get(key, []))
        changed_by = None if i_changed and they_changed else Side.MINE if i_changed else Side.THEIRS
        found.append(
            Difference(
                key=key,
                label=label_of((own or other)[0], questions),
                mine=words_of(own, questions),
                theirs=words_of(other, questions),
                changed_by=changed_by,
            )
        )
    return found


def merged(mine: Sequence[Line], theirs: Sequence[Line], choices: Mapping[str, str]) -> list[Line]:
    """Theirs with mine where mine was chosen; what is not asked is the same in both."""
    by_me, by_them = _keyed(mine), _keyed(theirs)
    lines: list[Line] = []
    for key in {**by_them, **by_me}:
        lines += by_me.get(key, []) if choices.get(key) == Side.MINE else by_them.get(key, [])
    return lines


def dump(lines: Iterable[Line], section: str) -> str:
    """A section as text for a hidden field."""
    return json.dumps(content.write(lines)[SECTIONS[section]], default=str)


def load(text: str, section: str) -> list[Line] | None:
    """What `dump` wrote; None where it is not that."""
    try:
        rows = json.loads(text)
        json.dumps(rows, ensure_ascii=False).encode()  # Half a pair of a character could not be stored.
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list):
        return None
    body: dict[str, object] = {name: [] for name in SECTIONS.values()}
    body[SECTIONS[section]] = [_with_numbers(row) for row in rows]
    lines, problems = content.read(body)
    return None if problems else lines


def _with_numbers(row: object) -> object:
    """Amounts with cents travel as text, since JSON numbers would become floats."""
    if not isinstance(row, dict):
        return row
    value = row.get("value")
    if isinstance(value, str) and value.replace(".", "", 1).isdigit() and value.isascii():
        return {**row, "value": Decimal(value)}
    return row


def _keyed(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        match line:
            case FigureLine():
                key = f"{line.indicator}/{line.action_line or ''}"
            case UnidentifiedLine():
                key = line.action_line
            case HeadcountLine():
                key = "/".join((line.group, line.category, line.action_line, line.institution_code))
            case _:
                continue
        found.setdefault(key, []).append(line)
    for key, organisation in listed(lines).items():
        found[key] = list(organisation.lines)
    return found


def _same(some: Sequence[Line], others: Sequence[Line]) -> bool:
    return content.digest(some) == content.digest(others)


def label_of(line: Line, questions: Questions) -> str:
    """What a row is about, in words."""
    match line:
        case FigureLine():
            name = questions.indicator_name(line.indicator)
            return f"{name}, {questions.line_name(line.action_line)}" if line.action_line else name
        case UnidentifiedLine():
            return questions.line_name(line.action_line)
        case HeadcountLine():
            parts = [str(dict(Group.choices).get(line.group, line.group)), shown_category(line)]
            parts += [questions.line_name(line.action_line), line.institution_code]
            return ", ".join(part for part in parts if part)
        case ParticipationLine():
            return f"{line.name} ({line.identifier})" if line.name else line.identifier


def words_of(lines: Sequence[Line], questions: Questions) -> str:
    """What rows say, in words."""
    if lines and isinstance(lines[0], ParticipationLine):
        return _organisation_words([line for line in lines if isinstance(line, ParticipationLine)], questions)
    return "; ".join(number_words(line, _number) for line in lines)


def number_words(
    line: Line, number: Callable[[Decimal | None], str], amount: Callable[[Decimal | None], str] | None = None
) -> str:
    """What a row with numbers says, each written by `number`, the value of a figure by `amount` where that is given."""
    match line:
        case FigureLine(value=None):
            numbers = {"part": number(line.numerator), "whole": number(line.denominator)}
            return _("%(part)s of %(whole)s") % numbers
        case FigureLine():
            return (amount or number)(line.value)
        case UnidentifiedLine():
            return number(line.count)
        case HeadcountLine():
            numbers = {"all": number(line.headcount), "first": number(line.first_time)}
            return _("%(all)s, of whom %(first)s for the first time") % numbers
    return ""


def _organisation_words(lines: Sequence[ParticipationLine], questions: Questions) -> str:
    first = lines[0]
    facts = [
        first.name,
        str(dict(OrganisationType.choices).get(first.organisation_type, first.organisation_type)),
        str(dict(SizeClass.choices).get(first.size_class, first.size_class)),
        first.postcode,
    ]
    return " · ".join([*(fact for fact in facts if fact), taking_part(lines, questions)])


def taking_part(lines: Sequence[ParticipationLine], questions: Questions) -> str:
    """In which action lines an organisation takes part and how, in words."""
    ways = dict(Involvement.choices)
    parts = [
        f"{questions.line_name(line.action_line)}: {ways.get(line.involvement, line.involvement)}" for line in lines
    ]
    return " · ".join(parts)


def _number(number: Decimal | None) -> str:
    return "" if number is None else dutch_numbers.write(number)
