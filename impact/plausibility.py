"""Which questions the content of a draft raises: the rules of the check, worked out. Pure.

What is merely unlikely is asked about, never refused. Rules are data (`CheckRule`); this says what each kind means.
A report is compared with the past of its own HIP only, and never across a change of definition.
Source: docs/semantics.md, "Everything at once, in its place".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.errors import Problem
from consortia.models import in_language
from impact.models.codebook import EURO, PARTS_OF_COFINANCING, Rule
from impact.models.content import Group
from impact.models.rules import CheckRule, RuleKind

QUARTERS = 4
"""So many quarters back are looked at; the last of them is a year ago."""
FEWEST = 3
"""Of so few values a median says something."""
NAMES = 3
"""So many of the organisations that are gone are named."""
_NORMAL = Decimal("1.4826")
"""Times the median absolute deviation: the spread that a standard deviation would give of numbers without outliers."""
_FLOOR = Decimal("0.1")
"""Of the median: numbers that were always the same may move that much."""

Place = tuple[str, str | None]
"""An indicator and an action line; None where it has none."""


@dataclass(frozen=True, kw_only=True)
class RuleInForce:
    """A rule that holds, with its texts in the language of the reader."""

    code: str
    kind: str
    factor: Decimal = Decimal(0)
    least: int = 0
    indicator: str | None = None
    """None: every figure that is entered."""
    indicator_name: str = ""
    whole: str | None = None
    whole_name: str = ""
    text: str = ""

    @classmethod
    def of(cls, rule: CheckRule) -> "RuleInForce":
        return cls(
            code=rule.code,
            kind=rule.kind,
            factor=rule.factor or Decimal(0),
            least=rule.least,
            indicator=rule.indicator.code if rule.indicator else None,
            indicator_name=rule.indicator.name if rule.indicator else "",
            whole=rule.whole.code if rule.whole else None,
            whole_name=rule.whole.name if rule.whole else "",
            text=in_language(rule, "text"),
        )


@dataclass(frozen=True)
class Gist:
    """What the rules look at in the content of a report."""

    figures: Mapping[Place, Decimal] = field(default_factory=dict)
    """What was entered as one number."""
    pointers: Mapping[Place, str] = field(default_factory=dict)
    """Where that stands; only known of the draft at hand."""
    people: Mapping[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)
    """By group and action line: participations, and persons for the first time."""
    organisations: Mapping[UUID | str, str] = field(default_factory=dict)
    """Their names by who they are, after links: the register's id, else the number or code that it does not know."""
    cofinancers: int = 0
    """How many of those are listed as co-financing."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Rows by section; of companies without a KVK number how many they are."""
    filled: frozenset[str] = frozenset()
    """The sections that have any row."""


@dataclass(frozen=True)
class Past:
    """What counts in earlier quarters of the same HIP, as far as it can be compared."""

    figures: Mapping[int, Mapping[Place, Decimal]] = field(default_factory=dict)
    """By how many quarters ago, 1 to 4."""
    organisations: Mapping[UUID | str, str] = field(default_factory=dict)
    """Of the quarter before."""
    cofinancers: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Of the newest earlier report that counts, however long ago."""


def past(reports: Mapping[int, Gist], quarter: int, since: Mapping[str, int]) -> Past:
    """What a report of a quarter is compared with, from the gists of the HIP's reports by quarter.

    `since` says from which quarter on each indicator has meant what it means in this one.
    """
    figures = {
        ago: {
            place: value
            for place, value in reports[quarter - ago].figures.items()
            if since.get(place[0], quarter) <= quarter - ago
        }
        for ago in range(1, QUARTERS + 1)
        if quarter - ago in reports
    }
    before = reports.get(quarter - 1, Gist())
    earlier = [index for index in reports if index < quarter]
    sizes = reports[max(earlier)].sizes if earlier else {}
    return Past(figures, before.organisations, before.cofinancers, sizes)


def questions(
    now: Gist, before: Past, rules: Sequence[RuleInForce], units: Mapping[str, str], derived: Mapping[str, str]
) -> list[Problem]:
    """Everything that has to be explained, in the order of the content; at one place nothing is asked twice.

    `units` are those of the indicators, `derived` the rules by which indicators follow from others.
    """
    asked: dict[tuple[str, str], Problem] = {}
    for problem in _all(now, before, rules, units, derived):
        asked.setdefault((problem.pointer, problem.code), problem)
    return list(asked.values())


def _all(
    now: Gist, before: Past, rules: Sequence[RuleInForce], units: Mapping[str, str], derived: Mapping[str, str]
) -> Iterator[Problem]:
    for place, value in now.figures.items():
        pointer = now.pointers.get(place, "/figures")
        euro = units.get(place[0]) == EURO
        for kind, judge in _OF_A_FIGURE.items():
            for rule in _for_indicator(rules, kind, place[0]):
                detail = judge(rule, value, [known.get(place) for known in _by_quarter(before)], euro)
                if detail:
                    yield _problem(f"{pointer}/value", rule, detail)
    for rule in rules:
        match rule.kind:
            case RuleKind.SUM:
                yield from _sums(rule, now, units, derived)
            case RuleKind.COFINANCING:
                yield from _cofinancing(rule, now, before)
            case RuleKind.VANISHED:
                yield from _vanished(rule, now, before)
            case RuleKind.SECTION_EMPTY:
                yield from _empty_sections(rule, now, before)


def _by_quarter(before: Past) -> list[Mapping[Place, Decimal]]:
    """The quarter before first."""
    return [before.figures.get(ago, {}) for ago in range(1, QUARTERS + 1)]


def _for_indicator(rules: Iterable[RuleInForce], kind: str, indicator: str) -> list[RuleInForce]:
    """The rules of its own that an indicator has take the place of those for every figure."""
    of_kind = [rule for rule in rules if rule.kind == kind]
    own = [rule for rule in of_kind if rule.indicator == indicator]
    return own or [rule for rule in of_kind if rule.indicator is None]


_CODES: dict[str, str] = {RuleKind.PREVIOUS: "unusual"}
"""A factor ten and far from the median are one question: is this number right?"""


def _problem(pointer: str, rule: RuleInForce, detail: str) -> Problem:
    return Problem(pointer, _CODES.get(rule.kind, str(rule.kind)), f"{detail} {rule.text}".strip())


# --- a figure and its own past


def _unusual(rule: RuleInForce, value: Decimal, earlier: Sequence[Decimal | None], euro: bool) -> str:
    known = [each for each in earlier if each is not None]
    if len(known) < FEWEST:
        return ""
    middle = median(known)
    if abs(value - middle) < rule.least or abs(value - middle) <= rule.factor * spread(known):
        return ""
    words = {"median": _written(middle, euro), "times": _times(value, middle)}
    all_four = len(known) == QUARTERS
    if not middle:
        return (
            _("The median of your last four quarters is 0.")
            if all_four
            else _("The median of three of your last four quarters is 0.")
        )
    if value * 10 < middle:
        return (
            _("This is less than a tenth of the median of your last four quarters (%(median)s).")
            if all_four
            else _("This is less than a tenth of the median of three of your last four quarters (%(median)s).")
        ) % words
    return (
        _("This is %(times)s× the median of your last four quarters (%(median)s).")
        if all_four
        else _("This is %(times)s× the median of three of your last four quarters (%(median)s).")
    ) % words


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle one, or halfway between the middle two."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread(values: Sequence[Decimal]) -> Decimal:
    """How far these numbers usually lie from their median; never less than a tenth of it, nor than 1."""
    middle = median(values)
    usual = median([abs(each - middle) for each in values]) * _NORMAL
    return max(usual, middle * _FLOOR, Decimal(1))


def _year_on_year(rule: RuleInForce, value: Decimal, earlier: Sequence[Decimal | None], euro: bool) -> str:
    ago = earlier[-1]
    if ago is None or not _differs(rule, value, ago):
        return ""
    words = {"number": _written(ago, euro), "times": _times(value, ago)}
    if not ago:
        return _("A year ago this was 0.")
    if value * 10 < ago:
        return _("A year ago this was %(number)s; this is less than a tenth of it.") % words
    return _("A year ago this was %(number)s; this is %(times)s× as much.") % words


def _previous(rule: RuleInForce, value: Decimal, earlier: Sequence[Decimal | None], euro: bool) -> str:
    last = earlier[0]
    if last is None or not _differs(rule, value, last):
        return ""
    words = {"number": _written(last, euro), "times": _times(value, last)}
    if not last:
        return _("Last quarter this was 0.")
    if value * 10 < last:
        return _("Last quarter this was %(number)s; this is less than a tenth of it.") % words
    return _("Last quarter this was %(number)s; this is %(times)s× as much.") % words


def _differs(rule: RuleInForce, value: Decimal, other: Decimal) -> bool:
    larger, smaller = max(value, other), min(value, other)
    return larger - smaller >= max(rule.least, 1) and larger >= rule.factor * smaller


_OF_A_FIGURE = {RuleKind.UNUSUAL: _unusual, RuleKind.YEAR_ON_YEAR: _year_on_year, RuleKind.PREVIOUS: _previous}


def _written(value: Decimal, euro: bool = False) -> str:
    language = get_language() or notation.DUTCH
    return notation.euro(value, language=language) if euro else notation.number(value, language=language)


def _times(value: Decimal, other: Decimal) -> str:
    """3.1, or without a decimal from 10 on."""
    if not other:
        return ""
    times = value / other
    decimals = 0 if times >= 10 or times == times.to_integral_value() else 1
    return notation.number(times, language=get_language() or notation.DUTCH, decimals=decimals)


# --- figures beside each other


def _sums(rule: RuleInForce, now: Gist, units: Mapping[str, str], derived: Mapping[str, str]) -> Iterator[Problem]:
    if rule.indicator is None or rule.whole is None:
        return
    parts, wholes = (_values(code, now, derived) for code in (rule.indicator, rule.whole))
    if not parts or not wholes:
        return
    by_line = set(parts) & set(wholes)
    if None in parts or None in wholes:
        by_line = {None}
        parts, wholes = {None: sum(parts.values(), Decimal())}, {None: sum(wholes.values(), Decimal())}
    for line in parts:
        over = parts[line] - wholes[line] if line in by_line else Decimal()
        if over <= 0 or over < rule.least:
            continue
        yield _problem(
            _place_of((rule.indicator, rule.whole), line, now),
            rule,
            _("%(part)s is %(part_number)s: more than %(whole)s (%(whole_number)s), of which it is a part.")
            % {
                "part": rule.indicator_name or rule.indicator,
                "part_number": _written(parts[line], units.get(rule.indicator) == EURO),
                "whole": rule.whole_name or rule.whole,
                "whole_number": _written(wholes[line], units.get(rule.whole) == EURO),
            },
        )


def _place_of(indicators: Iterable[str], line: str | None, now: Gist) -> str:
    """The first of the two figures that can be put right; else the section from which they follow."""
    for indicator in indicators:
        for place, pointer in now.pointers.items():
            if place[0] == indicator and line in (None, place[1]):
                return f"{pointer}/value"
    return "/headcounts"


_GROUPS: dict[str, tuple[str, bool]] = {
    Rule.FIRST_TIME_STUDENTS: (Group.STUDENTS, True),
    Rule.HEADCOUNT_STUDENTS: (Group.STUDENTS, False),
    Rule.FIRST_TIME_TEACHERS: (Group.TEACHERS, True),
    Rule.FIRST_TIME_EMPLOYEES: (Group.EMPLOYEES, True),
    Rule.FIRST_TIME_JOBSEEKERS: (Group.JOBSEEKERS, True),
}


def _values(indicator: str, now: Gist, derived: Mapping[str, str]) -> dict[str | None, Decimal]:
    """The figures of an indicator by action line, worked out where it is derived; nothing where it is not reported."""
    rule = derived.get(indicator, "")
    if rule == Rule.COFINANCING:
        parts = [now.figures[part, None] for part in PARTS_OF_COFINANCING if (part, None) in now.figures]
        return {None: sum(parts, Decimal())} if parts else {}
    if rule in _GROUPS:
        group, first_time = _GROUPS[rule]
        return {line: counts[first_time] for (of, line), counts in now.people.items() if of == group}
    return {line: value for (code, line), value in now.figures.items() if code == indicator}


def _cofinancing(rule: RuleInForce, now: Gist, before: Past) -> Iterator[Problem]:
    parts = [(part, None) for part in PARTS_OF_COFINANCING if now.figures.get((part, None))]
    amount = sum((now.figures[part] for part in parts), Decimal())
    if not parts or amount < rule.least:
        return
    pointer = f"{now.pointers.get(parts[0], '/figures')}/value"
    words = {"amount": _written(amount, euro=True), "number": _written(Decimal(before.cofinancers))}
    if not now.organisations and not now.sizes.get("unidentifiedCompanies"):
        detail = _("There is %(amount)s of co-financing, but no organisation takes part.") % words
        yield _problem(pointer, rule, detail)
    elif not now.cofinancers and before.cofinancers:
        detail = _(
            "There is %(amount)s of co-financing, but no organisation is listed as co-financing; last quarter there "
            "were %(number)s."
        )
        yield _problem(pointer, rule, detail % words)


# --- sections and lists


def _vanished(rule: RuleInForce, now: Gist, before: Past) -> Iterator[Problem]:
    gone = [name for key, name in before.organisations.items() if key not in now.organisations]
    # An empty list is the question of the next kind.
    if not now.organisations or len(gone) < max(rule.least, 1) or len(gone) <= rule.factor * len(before.organisations):
        return
    words = {
        "gone": _written(Decimal(len(gone))),
        "before": _written(Decimal(len(before.organisations))),
        "names": ", ".join(gone[:NAMES]),
    }
    detail = (
        _("%(gone)s of the %(before)s organisations of last quarter are not listed any more: %(names)s.")
        if len(gone) <= NAMES
        else _("%(gone)s of the %(before)s organisations of last quarter are not listed any more, such as %(names)s.")
    )
    yield _problem("/participations", rule, detail % words)


_OF_FEW_ROWS = ("figures", "headcounts")


def _empty_sections(rule: RuleInForce, now: Gist, before: Past) -> Iterator[Problem]:
    texts = {
        "figures": _("No figure is filled in; the report before this one had %(number)s."),
        "participations": _("No organisation is listed; the report before this one had %(number)s rows."),
        "unidentifiedCompanies": _(
            "Nothing is said of companies without a KVK number; in the report before this one there were %(number)s."
        ),
        "headcounts": _("No participants are filled in; the report before this one had %(number)s rows of them."),
    }
    for section, text in texts.items():
        size = before.sizes.get(section, 0)
        # A section of few rows, each of which says much, is asked about whatever it held.
        least = 1 if section in _OF_FEW_ROWS else max(rule.least, 1)
        if section not in now.filled and size >= least:
            yield _problem(f"/{section}", rule, text % {"number": _written(Decimal(size))})
