"""What a table that goes out and in as a workbook has to know, and what one row of a file would do."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import override

YES, NO = ("ja", "yes", "true", "1", "x"), ("nee", "no", "false", "0", "")
UNREADABLE = "\x00"
"""Stands for a cell that holds a formula or an error."""

Cells = Mapping[str, str]
"""A row of the file: texts by column, the address of each under `@column`, and that of the row under `@`."""


@dataclass
class Judged:
    """What one row of the file would do: nothing, change, add, or be refused with its reasons."""

    cells: Cells
    form: forms.ModelForm | None = None
    differences: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """(address of the cell, what is wrong with it)."""
    name: str = ""
    is_new: bool = False
    noted: list[tuple[Any, str]] = field(default_factory=list)
    """What the history of which row says afterwards."""

    def refuse(self, column: str, detail: object) -> None:
        """At the cell of the column, or at the row where the file has no such column."""
        self.problems.append((self.cells.get(f"@{column}", self.cells["@"]), str(detail)))


class FileTable(ABC):
    """One kind of rows: by which columns a row is known, and what a file may say about it."""

    code: str
    key: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    @abstractmethod
    def title(self) -> str: ...

    @property
    def explanation(self) -> str:
        """What one has to know before filling in the file."""
        return ""

    @abstractmethod
    def label(self, name: str) -> str:
        """How the column is called."""

    @abstractmethod
    def exported(self) -> Iterable[Sequence[object]]:
        """The rows as they are, for the download."""

    @abstractmethod
    def judged(self, request: HttpRequest, rows: Sequence[Cells]) -> list[Judged]:
        """What the rows of a file would do; nothing is stored."""

    @abstractmethod
    def store(self, request: HttpRequest, judged: Sequence[Judged]) -> int | None:
        """Store all of what was judged just now; how many rows, or None where it would do something else by now.

        Raises:
            IntegrityError: the database refuses; then nothing is stored.
        """

    @cached_property
    def headers(self) -> Mapping[str, frozenset[str]]:
        """How the header of each column may read: its label in either language, or its name."""
        found: dict[str, set[str]] = {name: {name.casefold()} for name in self.columns}
        for language in ("nl", "en"):
            with override(language):
                for name in self.columns:
                    found[name].add(self.label(name).casefold())
        return {name: frozenset(texts) for name, texts in found.items()}


def digest(judged: Sequence[Judged]) -> str:
    """What was shown of the rows, so that exactly that is stored."""
    said = [[each.name, each.differences, each.problems] for each in judged]
    return sha256(dumps(said).encode()).hexdigest()


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", []):
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
