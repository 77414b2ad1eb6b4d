"""The history of reference data, read back: who changed which row, when, from what into what.

The database writes it (`consortia.models.tracking`); here it becomes words. Two questions to the database whatever the
number of tables, and one for each kind of row that a change refers to.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import pghistory.core
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg2 import sql

from consortia import notation
from consortia.clock import AMSTERDAM
from consortia.models import Change, User

AT_ONCE = 50


class Difference(NamedTuple):
    """One field of a row, before and after, as texts."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One change of one row."""

    model: type[models.Model]
    key: str
    row: str
    change: Change
    when: datetime
    user: User | None
    door: str
    differences: Sequence[Difference]

    @property
    def kind(self) -> str:
        return capfirst(str(self.model._meta.verbose_name))

    @property
    def who(self) -> str:
        """The person, else the program, else that the portal does not know: then it was SQL."""
        return str(self.user) if self.user else self.door or _("outside the portal")


@dataclass(frozen=True)
class Asked:
    """Which changes are wanted; what is empty leaves all."""

    kinds: Sequence[type[models.Model]] = ()
    users: Sequence[User] | None = None
    first_day: date | None = None
    last_day: date | None = None
    text: str = ""
    row: models.Model | None = None
    """This row, and what belongs to it: the partners of a HIP, the roles of a person."""


@cache
def tracked() -> Mapping[type[models.Model], type[models.Model]]:
    """The models whose changes are kept, each with the model of its history."""
    return {history.pgh_tracked_model: history for history in pghistory.core.event_models()}  # type: ignore[attr-defined]


def number(asked: Asked) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM ({}) found").format(_keys(asked)))
        return int(cursor.fetchone()[0])


def read(asked: Asked, *, limit: int = AT_ONCE, offset: int = 0) -> list[Entry]:
    """The newest changes first."""
    found = sql.SQL("{} ORDER BY pgh_created_at DESC, pgh_id DESC LIMIT {} OFFSET {}").format(
        _keys(asked), sql.Literal(limit), sql.Literal(offset)
    )
    with connection.cursor() as cursor:
        cursor.execute(found)
        keys = [(label, pk) for label, pk, _when in cursor.fetchall()]
        rows = _rows(cursor, keys)
    stored = [(_model(label), *rows[label, pk]) for label, pk in keys]
    names = _Names(stored)
    return [_entry(model, names, *row) for model, *row in stored]


def every(asked: Asked, *, at_a_time: int = 500) -> Iterator[Entry]:
    """All of them, some hundreds at a time, for an export; what is added meanwhile comes too late for it."""
    for offset in range(0, number(asked), at_a_time):
        yield from read(asked, limit=at_a_time, offset=offset)


# --- asking


def _fields(model: type[models.Model]) -> list[Any]:
    """The fields of a history, those of the row and those about the change."""
    return list(tracked()[model]._meta.concrete_fields)


def _model(label: str) -> type[models.Model]:
    return next(model for model in tracked() if model._meta.label_lower == label)


def _keys(asked: Asked) -> sql.Composable:
    wanted = [
        _keys_of(model, history, asked)
        for model, history in tracked().items()
        if (not asked.kinds or model in asked.kinds) and (asked.row is None or _refers_to(model, asked.row))
    ]
    nothing = sql.SQL("SELECT '' AS label, 0 AS pgh_id, now() AS pgh_created_at WHERE false")
    return sql.SQL(" UNION ALL ").join([*wanted, nothing])


def _keys_of(model: type[models.Model], history: type[models.Model], asked: Asked) -> sql.Composable:
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if asked.row is not None:
        key = sql.Literal(str(asked.row.pk))
        conditions.append(
            sql.SQL("({})").format(
                sql.SQL(" OR ").join(
                    sql.SQL("{}::text = {}").format(sql.Identifier(column), key)
                    for column in _columns_about(model, type(asked.row))
                )
            )
        )
    if asked.users is not None:
        keys = [str(user.pk) for user in asked.users]
        conditions.append(sql.SQL("pgh_context->>'user' = ANY({})").format(sql.Literal(keys)))
    if asked.first_day:
        conditions.append(sql.SQL("pgh_created_at >= {}").format(sql.Literal(_midnight(asked.first_day))))
    if asked.last_day:
        after = _midnight(asked.last_day + timedelta(days=1))
        conditions.append(sql.SQL("pgh_created_at < {}").format(sql.Literal(after)))
    if asked.text:
        escaped = asked.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        conditions.append(sql.SQL("history::text ILIKE {}").format(sql.Literal(f"%{escaped}%")))
    return sql.SQL("SELECT {} AS label, pgh_id, pgh_created_at FROM {} history WHERE {}").format(
        sql.Literal(model._meta.label_lower),
        sql.Identifier(history._meta.db_table),
        sql.SQL(" AND ").join(conditions),
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM)


def _columns_about(model: type[models.Model], about: type[models.Model]) -> list[str]:
    """The columns of a history that name a row of `about`: its own key, or a reference."""
    if model is about:
        return ["pgh_obj_id"]
    return [str(field.column) for field in _fields(model) if _kept_reference(field) is about]


def _refers_to(model: type[models.Model], row: models.Model) -> bool:
    return bool(_columns_about(model, type(row)))


def _kept_reference(field: Any) -> type[models.Model] | None:
    """The model that a field of a history refers to, for the fields that come from the row itself."""
    if field.name.startswith("pgh_") or not isinstance(field, models.ForeignKey):
        return None
    related = field.related_model
    return related if isinstance(related, type) else None


def _rows(cursor: Any, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Each change with the row as it is in the history, and as it was in the change before."""
    statement = sql.SQL(
        "SELECT {label}, pgh_id, pgh_label, pgh_created_at, pgh_context::text, to_jsonb(history)::text, ("
        " SELECT to_jsonb(earlier)::text FROM {table} earlier WHERE earlier.pgh_obj_id = history.pgh_obj_id"
        " AND earlier.pgh_id < history.pgh_id ORDER BY earlier.pgh_id DESC LIMIT 1"
        ") FROM {table} history WHERE pgh_id = ANY({keys})"
    )
    parts = [
        statement.format(
            label=sql.Literal(label),
            table=sql.Identifier(tracked()[_model(label)]._meta.db_table),
            keys=sql.Literal([pk for of, pk in keys if of == label]),
        )
        for label in dict.fromkeys(label for label, _pk in keys)
    ]
    if not parts:
        return {}
    cursor.execute(sql.SQL(" UNION ALL ").join(parts))
    return {
        (label, pk): (change, when, _json(context), _json(data), _json(before))
        for label, pk, change, when, context, data, before in cursor.fetchall()
    }


def _json(text: str | None) -> dict[str, Any]:
    return json.loads(text, parse_float=Decimal) if text else {}


# --- in words


class _Names:
    """What the keys in the changes stand for: read once for each model."""

    def __init__(self, stored: Iterable[Sequence[Any]]) -> None:
        wanted: dict[type[models.Model], set[str]] = {User: set()}
        for model, _change, _when, context, *rows in stored:
            if context.get("user"):
                wanted[User].add(context["user"])
            for field in _fields(model):
                about = _kept_reference(field)
                if about is not None:
                    keys = {str(row[field.column]) for row in rows if row.get(field.column) is not None}
                    wanted.setdefault(about, set()).update(keys)
        self._found = {
            model: {str(row.pk): row for row in model._base_manager.filter(pk__in=keys)}
            for model, keys in wanted.items()
            if keys
        }

    def row(self, model: type[models.Model], key: Any) -> models.Model | None:
        return self._found.get(model, {}).get(str(key))

    def text(self, model: type[models.Model], key: Any) -> str:
        return str(self.row(model, key) or key)


def _entry(
    model: type[models.Model],
    names: _Names,
    change: str,
    when: datetime,
    context: Mapping[str, Any],
    data: Mapping[str, Any],
    before: Mapping[str, Any],
) -> Entry:
    who = names.row(User, context.get("user"))
    return Entry(
        model=model,
        key=str(data["pgh_obj_id"]),
        row=_row(model, names, data),
        change=Change(change),
        when=when,
        user=who if isinstance(who, User) else None,
        door=context.get("program") or context.get("door") or "",
        differences=_differences(model, names, Change(change), data, before),
    )


def _row(model: type[models.Model], names: _Names, data: Mapping[str, Any]) -> str:
    """What people call the row, as it was called then."""
    for column in (f"name_{get_language()}", "name_nl", "title_nl", "name", "email", "hint", "code", "slug"):
        if data.get(column):
            return str(data[column])
    if data.get("language"):
        # A text of a page or message: what it is a text of, and in which language.
        fields = [field for field in _fields(model) if field.name in ("page", "kind", "language")]
        return " · ".join(_value(field, names, data[field.column]) for field in fields)
    referred = [
        names.text(about, data[field.column])
        for field in _fields(model)
        if (about := _kept_reference(field)) is not None and data.get(field.column) is not None
    ]
    return " · ".join(referred) or notation.quarter(str(data["id"]), language=get_language() or notation.DUTCH)


def _differences(
    model: type[models.Model], names: _Names, change: Change, data: Mapping[str, Any], before: Mapping[str, Any]
) -> list[Difference]:
    found = []
    for field in _fields(model):
        if field.name.startswith("pgh_") or field.name == "id":
            continue
        old, new = before.get(field.column), data.get(field.column)
        if change in (Change.ADDED, Change.KNOWN):
            old = None
        elif change == Change.REMOVED:
            old, new = new, None
        if old != new and (old or new):
            label = str(model._meta.get_field(field.name).verbose_name)  # type: ignore[union-attr]
            found.append(Difference(capfirst(label), _value(field, names, old), _value(field, names, new)))
    return found


def _value(field: Any, names: _Names, value: Any) -> str:
    """A value out of JSON as a person reads it; what is empty says so by a dash."""
    about = _kept_reference(field)
    if value is None or value in ("", []):
        return "–"
    if about is not None:
        return names.text(about, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, ArrayField):
        return ", ".join(_value(field.base_field, names, part) for part in value)
    if isinstance(field, models.DateTimeField):
        return date_format(localtime(datetime.fromisoformat(value)), "j F Y H:i")
    if isinstance(field, models.DateField):
        return date_format(date.fromisoformat(value), "j F Y")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, Decimal):
        return notation.number(value, language=get_language() or notation.DUTCH)
    return str(value)
