"""Tables whose rows a file changes by the commands of the domain: those that the pages call, with their refusals.

A file is judged by taking its steps in a transaction that is undone; it is stored by taking them again, and only if
they come to exactly what was seen.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia.admin.office import REFUSED_BY_DATABASE, actor
from consortia.errors import DomainError, Refused
from consortia.models import User
from impact.admin.file_tables import NO, UNREADABLE, YES, Cells, FileTable, Judged, digest

MOST_STEPS = 500
"""Each takes some questions to the database, and they wait for each other."""


class StepTable(FileTable):
    model: type[models.Model]
    labels: Mapping[str, str | Promise]

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(self.labels)

    def label(self, name: str) -> str:
        return str(self.labels[name])

    def judged(self, request: HttpRequest, rows: Sequence[Cells]) -> list[Judged]:
        with transaction.atomic():
            found = self._taken(actor(request), rows)
            transaction.set_rollback(True)
        return found

    def store(self, request: HttpRequest, judged: Sequence[Judged]) -> int | None:
        with transaction.atomic():
            taken = self._taken(actor(request), [each.cells for each in judged])
            if any(each.problems for each in taken) or digest(taken) != digest(judged):
                transaction.set_rollback(True)
                return None
            for row, text in (noted for each in taken for noted in each.noted):
                office = admin.site._registry[type(row)]
                office.log_change(request, row, text)
        return sum(bool(each.differences) for each in taken)

    def _taken(self, actor: User, rows: Sequence[Cells]) -> list[Judged]:
        """Take the steps of all rows; one that is refused says so at its cells, and the others go on."""
        found = [Judged(cells) for cells in rows]
        for number, (judged, step) in enumerate(self.steps(actor, found)):
            if number >= MOST_STEPS:
                judged.refuse("", _("A file changes at most %(number)d rows at once.") % {"number": MOST_STEPS})
                break
            with _refusals_at(judged, self.pointers):
                step()
        return found

    pointers: Mapping[str, str] = {}
    """The columns of the places that refusals name, where these are called otherwise."""

    @abstractmethod
    def steps(self, actor: User, rows: Sequence[Judged]) -> Iterator[tuple[Judged, Callable[[], object]]]:
        """The steps that the rows ask for, in the order in which they can be taken."""


@contextmanager
def _refusals_at(judged: Judged, pointers: Mapping[str, str]) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except Refused as error:
        for problem in error.problems:
            judged.refuse(pointers.get(problem.pointer, problem.pointer.strip("/")), problem.detail)
    except DomainError as error:
        judged.refuse("", error.detail)
    except IntegrityError:
        judged.refuse("", REFUSED_BY_DATABASE)


# --- cells of a row


def text(judged: Judged, name: str) -> str:
    """What stands in the cell; a formula is refused at its address."""
    written = judged.cells.get(name, "")
    if written == UNREADABLE:
        judged.refuse(name, _("A formula or an error stands here: type the value itself."))
        return ""
    return written


def day(judged: Judged, name: str) -> date | None:
    written = text(judged, name)
    try:
        return forms.DateField(required=False).clean(written)
    except forms.ValidationError:
        judged.refuse(name, _("Type a date, such as 31-12-2026."))
        return None


def yes(judged: Judged, name: str) -> bool:
    written = text(judged, name).casefold()
    if written not in (*YES, *NO):
        judged.refuse(name, _("Type yes or no."))
    return written in YES


def choice(judged: Judged, name: str, choices: Any, *, usual: str) -> str:
    """One of the choices, by its code or by its name in either language; `usual` where nothing is written."""
    written = text(judged, name).casefold()
    if not written:
        return usual
    for value, label in choices.choices if hasattr(choices, "choices") else choices:
        names = {value.casefold()}
        for language in ("nl", "en"):
            with override(language):
                names.add(str(label).casefold())
        if written in names:
            return str(value)
    offered = choices.labels if hasattr(choices, "labels") else [label for _value, label in choices]
    judged.refuse(name, _("Choose one of: %(names)s.") % {"names": ", ".join(map(str, offered))})
    return usual
