"""The section *Bedrijven*: organisations with the action lines in which they take part, and how.

Each step changes the stored list and leaves the rest of it as it is, so 600 companies need not travel with every click.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from consortia.errors import Problem
from consortia.models import Organisation, OrganisationType, SizeClass
from impact import edits
from impact.forms.fields import Field, Places
from impact.forms.questions import Questions
from impact.models import Involvement
from impact.submission import Line, ParticipationLine, organisation_keys

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
        self.fixed_ticks: set[str] = set()
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

    def fix(self, is_open: Callable[[Line], bool], row: Listed | None) -> None:
        """Keep as it is what the reviewer did not return: who it is with any row of it, and ticks one by one."""
        if row is None:
            return
        for place in self.fields.values():
            place.is_fixed = not all(map(is_open, row.lines))
        self.fixed_ticks = {
            _tick_name(line.code, value)
            for line in self.questions.action_lines
            for value in Involvement.values
            if not is_open(replace(row.first, action_line=line.code, involvement=value))
        }

    @property
    def matrix(self) -> list[tuple[str, list[tuple[str, str, bool, bool]]]]:
        """By action line: its name, and (tick, label, whether it is set, whether it is fixed) for each involvement."""
        return [
            (
                line.name,
                [
                    (name, str(label), name in self.ticks, name in self.fixed_ticks)
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
        before = self._as_stored(stored)
        rows = [
            before.get((line.code, value))
            or ParticipationLine(origin=self.ORIGIN, action_line=line.code, involvement=value, **text)
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
            if identifier and any(identifier in identifiers_of(row) for key, row in stored.items() if key != self.was):
                detail = _("This organisation is already in the list. Change it there.")
                problems.append(Problem(f"{self.ORIGIN}/{member}", "duplicate", detail))
        return rows, problems

    def _as_stored(self, stored: Mapping[str, Listed]) -> dict[tuple[str, str], ParticipationLine]:
        """The rows of the organisation, where nobody typed anything else about who it is: they stay as they are."""
        row = stored.get(self.was)
        if row is None:
            return {}
        for line in row.lines:
            # A problem of a row that is not there any more has its key.
            self.places.add(edits.key_of(line), {"": self.taking_part})
        shown = OrganisationForm.of_listed(self.questions, row)
        if any(place.text.strip() != self.fields[name].text.strip() for name, place in shown.fields.items()):
            return {}
        return {(line.action_line, line.involvement): replace(line, origin=self.ORIGIN) for line in row.lines}

    def put_into(self, stored: Mapping[str, Listed], rows: Sequence[ParticipationLine]) -> list[Line]:
        """The list with these rows in the place of the organisation, or at the end."""
        fresh = Listed("", list(rows))
        organisations = [fresh if key == self.was else row for key, row in stored.items()]
        return flat(organisations if self.was in stored else [*organisations, fresh])


def identifiers_of(row: Listed) -> set[str]:
    return {each for line in row.lines for each in (line.kvk_number, line.institution_code) if each}


def _tick_name(action_line: str, involvement: str) -> str:
    return f"{action_line}:{involvement}"
