"""Long lists in pages: a token says after which row the next page begins, and at which seq the list is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from consortia.errors import Problem

DEFAULT_SIZE = 1_000
MAX_SIZE = 5_000
SIZE, TOKEN = "pageSize", "pageToken"
KEYS = (SIZE, TOKEN)

Key = tuple[Any, ...]
Row = TypeVar("Row")
ModelRow = TypeVar("ModelRow", bound=Model)


@dataclass(frozen=True)
class Page:
    """What is asked for: `after` is the key of the last row of the page before."""

    request: Request
    size: int = DEFAULT_SIZE
    after: Key | None = None
    seq: int | None = None

    def answer(self, rows: Sequence[Any], last: Key | None, *, seq: int | None = None, **more: Any) -> dict[str, Any]:
        """The envelope of a list; `last` is the key of the last row where more follow."""
        following = None if last is None else self._address_after(last, seq)
        known = {} if seq is None else {"seq": seq}
        return {"results": rows, "next": following, **known, **more}

    def _address_after(self, last: Key, seq: int | None) -> str:
        query = self.request.query_params.copy()
        query[TOKEN] = _signer(self.request).sign_object([seq, *last])
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def read(request: Request) -> tuple[Page, list[Problem]]:
    """The page that a request asks for, and what is wrong with how it asks."""
    problems: list[Problem] = []
    size, seq, after = DEFAULT_SIZE, None, None
    given = request.query_params.get(SIZE)
    if given is not None:
        if given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= MAX_SIZE:
            size = int(given)
        else:
            detail = _("Give a number from 1 to %(number)d.") % {"number": MAX_SIZE}
            problems.append(Problem(SIZE, "out-of-range", detail))
    token = request.query_params.get(TOKEN)
    if token is not None:
        try:
            seq, *rest = _signer(request).unsign_object(token)
            after = tuple(rest)
        except (BadSignature, ValueError):
            detail = _("This page does not belong to this list: begin again without it.")
            problems.append(Problem(TOKEN, "unknown", detail))
    return Page(request, size, after, seq), problems


def _signer(request: Request) -> Signer:
    """Binds a token to its list: the address and all that was asked, but for the size of the page."""
    asked = sorted((key, sorted(values)) for key, values in request.query_params.lists() if key not in KEYS)
    return Signer(salt=f"page of {request.path} {asked}")


def of_list(page: Page, rows: Sequence[Row], key: Callable[[Row], Key]) -> tuple[list[Row], Key | None]:
    """The rows of the page, and the key of its last row where more follow. `rows` stand in the order of `key`."""
    rest = [row for row in rows if page.after is None or key(row) > page.after]
    shown = rest[: page.size]
    return shown, key(shown[-1]) if len(rest) > page.size else None


def of_queryset(page: Page, rows: QuerySet[ModelRow], *fields: str) -> tuple[list[ModelRow], Key | None]:
    """As `of_list`, read by key from the database; `fields` are never null and together unique."""
    if page.after is not None:
        beyond = Q()
        for place, field in enumerate(fields):
            equal = dict(zip(fields[:place], page.after, strict=False))
            beyond |= Q(**equal, **{f"{field}__gt": page.after[place]})
        rows = rows.filter(beyond)
    found = list(rows.order_by(*fields)[: page.size + 1])
    shown = found[: page.size]
    if len(found) <= page.size:
        return shown, None
    return shown, tuple(_plain(getattr(shown[-1], field)) for field in fields)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else str(value)
