"""The section *Bedrijven*: organisations with the action lines in which they take part, and how.

Each step changes the stored list and leaves the rest of it as it is, so 600 companies need not travel with every click.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from consortia.errors import Problem
from consortia.models import Organisation, OrganisationType, SizeClass
from impact.forms.fields import Field, Places
from impact.forms.questions import Questions
from impact.models import Involvement
from impact.submission import Line, ParticipationLine, organisation_keys

MOST_PASTED = 2_000
_TYPE_LABELS = dict(OrganisationType.choices)
_SIZE_LABELS = dict(SizeClass.choices)
_INVOLVEMENT_LABELS = dict(Involvement.choices)
_TICK = "tick"


@dataclass
class Listed:
    """An organisation in the list with its rows."""

    key: str
    """The number or code that it is known by in this list."""
    lines: list[ParticipationLine] = field(default_factory=list)

    @property
    def first(self) -> ParticipationLine:
        return self.lines[0]

    @property
    def name(self) -> str:
        return next((line.name for line in self.lines if line.name), "")

    @property
    def label(self) -> str:
        return self.name or self.key

    @property
    def type_label(self) -> str:
        return str(_TYPE_LABELS.get(self.first.organisation_type, self.first.organisation_type))

    @property
    def size_label(self) -> str:
        """The class without its range; nothing where it is unknown."""
        if self.first.size_class in ("", SizeClass.UNKNOWN):
            return ""
        return str(_SIZE_LABELS.get(self.first.size_class, self.first.size_class)).partition(" (")[0]

    def involvements(self, action_lines: Iterable[str]) -> list[str]:
        """For each action line how it takes part, in words; empty where it does not."""
        words: dict[str, list[str]] = {code: [] for code in action_lines}
        for line in self.lines:
            label = str(_INVOLVEMENT_LABELS.get(line.involvement, line.involvement))
            words.setdefault(line.action_line, []).append(label)
        return [", ".join(words[code]) for code in words]


def listed(lines: Iterable[Line]) -> dict[str, Listed]:
    """The organisations of a list by their key, in the order in which they first appear."""
    rows = [line for line in lines if isinstance(line, ParticipationLine)]
    found: dict[str, Listed] = {}
    for line, key in zip(rows, organisation_keys(rows, {}), strict=True):
        found.setdefault(str(key), Listed(str(key))).lines.append(line)
    return found


def flat(organisations: Iterable[Listed]) -> list[Line]:
    return [line for organisation in organisations for line in organisation.lines]


# --- steps on the list


def without(lines: Iterable[Line], keys: Collection[str]) -> list[Line]:
    """The list without these organisations."""
    return flat(each for key, each in listed(lines).items() if key not in keys)


def ticked(lines: Iterable[Line], keys: Collection[str], action_line: str, involvement: str) -> list[Line]:
    """The list in which these organisations take part in that line in that way as well."""
    organisations = listed(lines)
    for key in keys:
        row = organisations[key]
        if not any((each.action_line, each.involvement) == (action_line, involvement) for each in row.lines):
            row.lines.append(replace(row.first, action_line=action_line, involvement=involvement))
    return flat(organisations.values())


def unticked(lines: Iterable[Line], keys: Collection[str], action_line: str, involvement: str) -> list[Line]:
    """The list in which these organisations do not take part in that line in that way; with nothing left they go."""
    organisations = listed(lines)
    for key in keys:
        row = organisations[key]
        row.lines = [each for each in row.lines if (each.action_line, each.involvement) != (action_line, involvement)]
    return flat(organisations.values())


# --- one organisation


class OrganisationForm:
    """One organisation: who it is, and a tick for each action line and way in which it takes part."""

    ORIGIN = "/participations/organisation"
    SINGLE = ("kvk_number", "institution_code", "name", "organisation_type", "postcode", "size_class")
    _MEMBERS = ("kvkNumber", "institutionCode", "name", "organisationType", "postcode", "sizeClass")

    def __init__(self, questions: Questions, texts: Mapping[str, str], ticks: Collection[str], was: str = "") -> None:
        self.questions = questions
        self.was = was
        """The key under which it stands in the list; empty for a new one."""
        labels = {
            "kvk_number": _("KVK number"),
            "institution_code": _("Institution code"),
            "name": _("Name"),
            "organisation_type": _("Type"),
            "postcode": _("Postcode"),
            "size_class": _("Size class"),
        }
        choices = {"organisation_type": OrganisationType.choices, "size_class": SizeClass.choices}
        # A size that was left out is unknown; a list of choices would else show its first one.
        texts = {**texts, "size_class": texts.get("size_class") or SizeClass.UNKNOWN}
        self.fields = {
            name: Field(name=name, label=labels[name], text=texts.get(name, ""), choices=choices.get(name, ()))
            for name in self.SINGLE
        }
        self.taking_part = Field(name=_TICK, label=_("Takes part in"))
        self.ticks = set(ticks)
        self.places = Places()
        members = dict(zip(self._MEMBERS, self.fields.values(), strict=True))
        self.places.add(
            self.ORIGIN,
            {**members, "actionLine": self.taking_part, "involvement": self.taking_part, "": self.taking_part},
        )

    @classmethod
    def of_listed(cls, questions: Questions, row: Listed) -> "OrganisationForm":
        texts = {name: getattr(row.first, name) for name in cls.SINGLE} | {"name": row.name}
        return cls(questions, texts, {_tick_name(each.action_line, each.involvement) for each in row.lines}, row.key)

    @classmethod
    def of_registered(cls, questions: Questions, organisation: Organisation) -> "OrganisationForm":
        return cls(questions, {name: getattr(organisation, name) or "" for name in cls.SINGLE}, ())

    @classmethod
    def blank(cls, questions: Questions, *, identifier: str) -> "OrganisationForm":
        name = "kvk_number" if identifier[:1].isdigit() and identifier.isdigit() else "institution_code"
        texts = {name: identifier, "organisation_type": OrganisationType.COMPANY, "size_class": SizeClass.UNKNOWN}
        return cls(questions, texts, ())

    @property
    def matrix(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """For each action line: its name, and (tick, label, whether it is set) for each way of taking part."""
        return [
            (
                line.name,
                [
                    (name, str(label), name in self.ticks)
                    for value, label in Involvement.choices
                    if (name := _tick_name(line.code, value))
                ],
            )
            for line in self.questions.action_lines
        ]

    def read(self, stored: Mapping[str, Listed]) -> tuple[list[ParticipationLine], list[Problem]]:
        """The rows of this organisation, and what is wrong with the form itself."""
        text = {name: self.fields[name].text.strip() for name in self.SINGLE}
        text["kvk_number"] = re.sub(r"\s", "", text["kvk_number"])
        for name in ("institution_code", "postcode"):
            text[name] = text[name].upper()
        rows = [
            ParticipationLine(origin=self.ORIGIN, action_line=line.code, involvement=value, **text)
            for line in self.questions.action_lines
            for value in Involvement.values
            if _tick_name(line.code, value) in self.ticks
        ]
        problems = []
        if not rows:
            detail = _("Tick at least one way in which this organisation takes part.")
            problems.append(Problem(f"{self.ORIGIN}/involvement", "required", detail))
            # So that what else is wrong is said as well; with a problem nothing is stored.
            first = self.questions.action_lines[0].code
            rows = [ParticipationLine(origin=self.ORIGIN, action_line=first, involvement=Involvement.PROJECT, **text)]
        for member, identifier in (("kvkNumber", text["kvk_number"]), ("institutionCode", text["institution_code"])):
            if identifier and any(identifier in _identifiers(row) for key, row in stored.items() if key != self.was):
                detail = _("This organisation is already in the list. Change it there.")
                problems.append(Problem(f"{self.ORIGIN}/{member}", "duplicate", detail))
        return rows, problems

    def put_into(self, stored: Mapping[str, Listed], rows: Sequence[ParticipationLine]) -> list[Line]:
        """The list with these rows in the place of the organisation, or at the end."""
        fresh = Listed("", list(rows))
        organisations = [fresh if key == self.was else row for key, row in stored.items()]
        return flat(organisations if self.was in stored else [*organisations, fresh])


def _identifiers(row: Listed) -> set[str]:
    return {each for line in row.lines for each in (line.kvk_number, line.institution_code) if each}


def _tick_name(action_line: str, involvement: str) -> str:
    return f"{action_line}:{involvement}"


# --- several at once


class SeveralForm:
    """Several organisations pasted at once: a number or code a line, then if wanted the name and the postcode."""

    ORIGIN = "/participations/several"

    def __init__(self, questions: Questions, texts: Mapping[str, str] | None = None) -> None:
        texts = texts or {}
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
        return [parts[0] for _number, parts in self._rows()]

    def read(
        self, stored: Mapping[str, Listed], register: Mapping[str, Organisation]
    ) -> tuple[list[Line], list[Problem]]:
        """The list with these organisations added; those that stand in it already keep what they have."""
        organisations = {key: Listed(key, list(row.lines)) for key, row in stored.items()}
        known = {identifier: key for key, row in organisations.items() for identifier in _identifiers(row)}
        rows = self._rows()
        problems = []
        if not rows:
            problems.append(Problem(self.ORIGIN, "required", _("Paste at least one number.")))
        if len(rows) > MOST_PASTED:
            detail = _("At most %(number)d rows.") % {"number": MOST_PASTED}
            problems.append(Problem(self.ORIGIN, "too-many", detail))
            rows = []
        self.places.add(self.ORIGIN, {"": self.pasted})
        for number, parts in rows:
            line = self._line(f"{self.ORIGIN}/{number}", parts, register)
            self.places.add(
                line.origin,
                {"": self.pasted, "actionLine": self.action_line, "involvement": self.involvement,
                 "organisationType": self.organisation_type},
            )  # fmt: skip
            key = known.setdefault(line.identifier, line.identifier)
            row = organisations.setdefault(key, Listed(key))
            if row.lines:
                line = replace(
                    row.first, origin=line.origin, action_line=line.action_line, involvement=line.involvement
                )
            if not any(
                (each.action_line, each.involvement) == (line.action_line, line.involvement) for each in row.lines
            ):
                row.lines.append(line)
        return flat(organisations.values()), problems

    def numbered(self, problem: Problem) -> Problem:
        """The problem with the number of the pasted row, where it belongs to one."""
        number = problem.pointer.removeprefix(f"{self.ORIGIN}/").partition("/")[0]
        if not number.isdigit() or self.places.find(problem.pointer) is not self.pasted:
            return problem
        detail = _("Row %(number)s: %(problem)s") % {"number": number, "problem": problem.detail}
        return replace(problem, detail=detail)

    def _rows(self) -> list[tuple[int, list[str]]]:
        rows = []
        for number, row in enumerate(self.pasted.text.splitlines(), start=1):
            parts = [part.strip() for part in re.split(r"[\t;]", row)]
            if any(parts):
                parts[0] = re.sub(r"\s", "", parts[0]).upper()
                rows.append((number, parts))
        return rows

    def _line(self, origin: str, parts: list[str], register: Mapping[str, Organisation]) -> ParticipationLine:
        identifier, name, postcode = [*parts, "", ""][:3]
        is_code = re.fullmatch(r"[0-9]{2}[A-Z].*", identifier) is not None
        known = register.get(identifier)
        return ParticipationLine(
            origin=origin,
            kvk_number=(known.kvk_number or "") if known else "" if is_code else identifier,
            institution_code=(known.institution_code or "") if known else identifier if is_code else "",
            name=name or (known.name if known else ""),
            organisation_type=known.organisation_type if known else self.organisation_type.text,
            postcode=postcode.upper() or (known.postcode if known else ""),
            size_class=known.size_class if known else SizeClass.UNKNOWN,
            action_line=self.action_line.text,
            involvement=self.involvement.text,
        )
