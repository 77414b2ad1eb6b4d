"""What a reviewer writes at places of a report, so that only those may change: beside a cell, or at a chosen place.

A place is returned where a message is written; an empty one says nothing. No script is needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from consortia.errors import Problem, escaped
from impact.models import Section

AT = "returned:"
"""Begins the name of the message beside a cell; after it stands the place."""
MOST_CHOSEN = 200


@dataclass
class Message:
    """The message at one place, as it was typed."""

    name: str
    """Of the field with the message, and its id."""
    place: str = ""
    text: str = ""
    number: str = ""
    """Of an organisation that was typed instead of chosen."""
    errors: list[str] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """Of the names of the fields beside the message of a chosen place."""
        return self.name.rpartition(".")[0]

    @property
    def pointer(self) -> str:
        identifier = self.number.replace(" ", "").upper()
        return f"/{Section.PARTICIPATIONS}/{escaped(identifier)}" if identifier else self.place


class ReturningForm:
    def __init__(self, texts: Mapping[str, str], *, more: bool = False) -> None:
        self.at = {
            name.removeprefix(AT): Message(name, name.removeprefix(AT), text)
            for name, text in texts.items()
            if name.startswith(AT) and text.strip()
        }
        """The messages beside cells, by place."""
        self.chosen = [row for row in map(_Chosen(texts).row, range(MOST_CHOSEN)) if row.text.strip() or row.pointer]
        """The messages at chosen places, with an empty one at the end."""
        if more or not self.chosen:
            number = 1 + max((int(row.name.split(".")[1]) for row in self.chosen), default=-1)
            self.chosen.append(Message(f"chosen.{number}.message"))

    @property
    def messages(self) -> list[Message]:
        return [*self.at.values(), *(row for row in self.chosen if row.text.strip() or row.pointer)]

    @property
    def remarks(self) -> list[dict[str, str]]:
        """As `reporting.review` takes them."""
        return [{"pointer": each.pointer, "comment": each.text.strip()} for each in self.messages]

    def is_whole(self) -> bool:
        """Whether every message says what it is about; where one does not, it says so."""
        for each in self.messages:
            if not each.pointer:
                each.errors.append(_("Choose what this message is about."))
        return all(each.pointer for each in self.messages)

    def show(self, problems: Iterable[Problem]) -> list[Problem]:
        """Put what the command found at its message; gives back what belongs to none."""
        elsewhere = []
        for problem in problems:
            _empty, first, number, *_rest = [*problem.pointer.split("/"), "", ""]
            if first == "returned" and number.isdecimal() and int(number) < len(self.messages):
                self.messages[int(number)].errors.append(str(problem.detail))
            else:
                elsewhere.append(problem)
        return elsewhere


class _Chosen:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def row(self, number: int) -> Message:
        text, place, identifier = (
            self._texts.get(f"chosen.{number}.{part}", "") for part in ("message", "place", "number")
        )
        return Message(f"chosen.{number}.message", place=place, text=text, number=identifier)
