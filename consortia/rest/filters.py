"""Filters of lists: declared by hand with django-filter, and strict about what they do not know."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

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

    windows: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Pairs of keys, the begin and the end of a window; one that ends before it begins is refused."""

    def window(self, begin: str, end: str) -> tuple[Any, Any]:
        """Both ends in a form that can be compared; None where it is open."""
        asked = self.form.cleaned_data
        return asked[begin], asked[end]

    def inverted(self) -> list[Problem]:
        """The windows that end before they begin."""
        found = []
        for begin, end in self.windows:
            first, last = self.window(begin, end)
            if first is not None and last is not None and first > last:
                detail = _("%(begin)s is later than %(end)s: nothing lies between them.") % {"begin": begin, "end": end}
                found.append(Problem(begin, "after-end", detail))
        return found


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
        problems += bound.inverted() if bound.form.is_valid() else list(_problems_of(bound.form))
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


def not_known(value: str, known: Iterable[str]) -> str:
    """What is said of a value that is none of the known ones; it names those."""
    shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    return _("“%(value)s” is not known here. Possible are: %(known)s.") % {"value": shown, "known": ", ".join(known)}


_LONGEST = 60
_CODES = {"max_length": "too-long", "invalid": "malformed"}
_NO_CHOICE = ("invalid_choice", "invalid_pk_value")


def _problems_of(form: Any) -> Iterator[Problem]:
    for key, errors in form.errors.as_data().items():
        for error in errors:
            if error.code in _NO_CHOICE:
                known = list(_choices_of(form.fields[key]))
                wrong = [value for value in dict.fromkeys(form.data.getlist(key)) if value not in known]
                yield from (Problem(key, "unknown", not_known(value, known)) for value in wrong)
            else:
                code = _CODES.get(error.code or "", error.code or "invalid")
                yield from (Problem(key, code, str(message)) for message in error.messages)


def _choices_of(field: Any) -> Iterator[str]:
    """The values that a key takes, in their order."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        rows: Any = field.queryset
        names = rows.values_list(field.to_field_name or "pk", flat=True)
        return (str(name) for name in names)
    return (str(value) for value, _label in field.choices)
