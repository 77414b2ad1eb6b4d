"""The section *Zonder KVK*: how many companies without a KVK number took part, per action line."""

from collections.abc import Iterable, Mapping

from consortia.errors import Problem
from impact import dutch_numbers
from impact.forms.fields import Field, Places, read_number
from impact.forms.questions import Questions
from impact.submission import Line, UnidentifiedLine


def field_name(action_line: str) -> str:
    return f"unidentified.{action_line}"


class UnidentifiedForm:
    section = "unidentified"

    def __init__(self, questions: Questions, texts: Mapping[str, str], previous: Iterable[Line] = ()) -> None:
        self.places = Places()
        before = {line.action_line: line.count for line in previous if isinstance(line, UnidentifiedLine)}
        self._fields = {
            line.code: Field(
                name=field_name(line.code),
                label=line.name,
                text=texts.get(field_name(line.code), ""),
                previous=before.get(line.code),
            )
            for line in questions.action_lines
        }

    @classmethod
    def of_lines(cls, questions: Questions, lines: Iterable[Line], previous: Iterable[Line] = ()) -> "UnidentifiedForm":
        texts = {
            field_name(line.action_line): dutch_numbers.write(line.count)
            for line in lines
            if isinstance(line, UnidentifiedLine)
        }
        return cls(questions, texts, previous)

    @property
    def by_line(self) -> Mapping[str, Field]:
        return self._fields

    @property
    def fields(self) -> list[Field]:
        return list(self._fields.values())

    def read(self) -> tuple[list[Line], list[Problem]]:
        """The counts that are filled in, and what cannot be read as a number."""
        lines: list[Line] = []
        problems: list[Problem] = []
        for code, place in self._fields.items():
            origin = f"/unidentifiedCompanies/{code}"
            self.places.add(origin, {"count": place})
            count = read_number(place, f"{origin}/count", dutch_numbers.read_count, problems)
            if count is not None:
                lines.append(UnidentifiedLine(origin=origin, action_line=code, count=count))
        return lines, problems
