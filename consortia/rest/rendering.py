"""Answers as JSON, NDJSON and CSV: exact numbers, times in UTC."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

from consortia import csv_cells

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def dumps(data: object) -> bytes:
    """JSON in UTF-8: a Decimal keeps its digits, a time becomes UTC with a Z and keeps its microseconds."""
    return orjson.dumps(data, default=_written, option=_OPTIONS)


def _written(value: object) -> object:
    if isinstance(value, Decimal):
        # As text, never through a float: 0.263415 stays 0.263415, and "f" never writes an exponent.
        return orjson.Fragment(f"{value:f}".encode())
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"no JSON for {type(value)}")


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    extension = "json"
    """Of a file with it."""
    charset: str | None = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else dumps(data)


class NdjsonRenderer(JsonRenderer):
    """One JSON object a line; the whole answer is streamed, without pages."""

    media_type = "application/x-ndjson"
    format = extension = "ndjson"


class CsvRenderer(JsonRenderer):
    """A table with a header; the whole answer is streamed, without pages."""

    media_type = "text/csv"
    format = extension = "csv"
    charset = "utf-8"


class JsonStatRenderer(JsonRenderer):
    """A cube in JSON-stat 2.0, whole; the media type is the one in use, none is registered."""

    media_type = "application/json-stat+json"
    format = "json-stat"


def ndjson(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield dumps(row) + b"\n"


def as_csv(columns: list[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Comma-separated lines below a header; what is not known is an empty cell."""
    return csv_cells.written(chain([columns], ([row.get(column) for column in columns] for row in rows)))
