"""Filters of lists: declared by hand with django-filter, and strict about what they do not know."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import FilterSet
from rest_framework.request import Request

from consortia.errors import Problem, Refused
from consortia.rest import pages
from consortia.rest.pages import Page


class StrictFilterSet(FilterSet):
    """A filter whose unknown keys and values are a 400; a key that takes several values is given several times."""


class OnceField(forms.Field):
    """A key that is given at most once; `read` makes a value of its text, `absent` of its absence."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: list[str] | None) -> Any:
        if not value:
            return self.absent()
        if len(set(value)) > 1:
            raise ValidationError(self.given_twice(), code="given-twice")
        return self.read(value[0])

    def absent(self) -> Any:
        return None

    def given_twice(self) -> str:
        raise NotImplementedError

    def read(self, text: str) -> Any:
        raise NotImplementedError


def read(
    request: Request, filterset: type[StrictFilterSet] | None = None, *, paged: bool = True, **options: Any
) -> tuple[Any, Page]:
    """The filter set, bound and valid, and the page that is asked for; None for a list without filters.

    Raises:
        Refused: unknown keys and values, all at once; the pointer is the key.
    """
    known = [*(filterset.base_filters if filterset else ()), *(pages.KEYS if paged else ())]
    problems = unknown_keys(request, known)
    page, wrong = pages.read(request) if paged else (Page(request), [])
    problems += wrong
    bound = None
    if filterset is not None:
        told = {problem.pointer for problem in problems}
        # What cannot be read is refused already, and would stop the database.
        readable = QueryDict(mutable=True)
        for key, values in request.query_params.lists():
            if key not in told:
                readable.setlist(key, values)
        bound = filterset(readable, request=request._request, **options)
        if not bound.form.is_valid():
            problems += _problems_of(bound.form)
    if problems:
        raise Refused(problems)
    return bound, page


def unknown_keys(request: Request, known: Sequence[str] = ()) -> list[Problem]:
    """What is wrong with the keys themselves, and with values that no database can hold."""
    problems = []
    for key, values in request.query_params.lists():
        if key not in known:
            problems.append(Problem(_printable(key), "unknown-key", _("This key is not known here.")))
        elif any(not each.isprintable() for each in values):
            problems.append(Problem(key, "unreadable", _("This holds a character that cannot be read.")))
    return problems


def _printable(key: str) -> str:
    return key if key.isprintable() else ascii(key)[1:-1]


_CODES = {"invalid_choice": "unknown", "invalid_pk_value": "unknown", "max_length": "too-long", "invalid": "malformed"}


def _problems_of(form: Any) -> list[Problem]:
    return [
        Problem(key, _CODES.get(error["code"], error["code"] or "invalid"), str(error["message"]))
        for key, errors in form.errors.get_json_data().items()
        for error in errors
    ]
