"""The data package (datapakket) of a vintage: its public figures as files that describe themselves, in one zip.

Everything in it follows from the ledger up to the vintage's `seq`, and from the names as they were when it was
published: made again it is the same to the byte, which anybody can check. Format: Data Package 2.0 (Frictionless).
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache

from consortia import csv_cells
from impact import data_package_schema as schema
from impact import ledger, licence, rollups
from impact.ledger import State
from impact.models import Vintage
from impact.rollups import Dimensions, Selection
from impact.rows import figure, roll_up

FORM = 1
"""Another choice of files or fields is another form, with another tag."""
LICENCE = {
    "name": "CC-BY-4.0",
    "path": licence.ADDRESS,
    "title": "Creative Commons Attribution 4.0 International",
}
_SECONDS = 24 * 60 * 60
_LARGEST_KEPT = 4_000_000
_PROFILE = "https://datapackage.org/profiles/2.0/"

Rows = list[Mapping[str, Any]]


@dataclass(frozen=True)
class Package:
    """The zip, and what it is known by."""

    name: str
    content: bytes
    digest: bytes
    """SHA-256 of the content."""


def tag(vintage: Vintage) -> str:
    """What the package is known by before it is made: a strong tag, since the same vintage gives the same bytes."""
    return f'"package-{FORM}-{vintage.code}-{vintage.sha256[:20]}"'


def of(vintage: Vintage) -> Package:
    """The package; kept in the shared cache, since it never changes, and made anew where that is empty or away."""
    key = f"data-package:{FORM}:{vintage.code}:{vintage.sha256}"
    content = cache.get(key)
    if content is None:
        content = make(vintage)
        if len(content) <= _LARGEST_KEPT:
            cache.set(key, content, _SECONDS)
    return Package(f"impact-{vintage.code}.zip", content, hashlib.sha256(content).digest())


def make(vintage: Vintage) -> bytes:
    """The zip, from the ledger."""
    tables = _tables(vintage)
    files = {f"{name}.csv": _csv(schema.TABLES[name].columns, rows) for name, rows in tables.items()}
    described = _described(vintage, files)
    moment = vintage.published_at.astimezone(UTC)
    return _zipped(
        {
            "datapackage.json": orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n",
            "README.md": _readme(vintage).encode(),
            **files,
        },
        moment,
    )


# --- the tables


def _tables(vintage: Vintage) -> dict[str, Rows]:
    """The rows of every table in an order of their own: that of the reference data may change."""
    dimensions, state = Dimensions.read(), ledger.resolve(vintage.entry_id)
    indices = [index for index in dimensions.quarters if index <= vintage.last_quarter.index]
    selection, nobody = Selection(quarters=indices), AnonymousUser()
    # Read as a visitor: what is withheld is withheld in one place, for every way out.
    leaves = rollups.read_leaves(selection, nobody, dimensions, state=state)
    cells = rollups.read(selection, nobody, dimensions, state=state)
    as_published = partial(_as_published, vintage.published_at)
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "figures": (figure(leaf, dimensions) for leaf in leaves),
        "roll-ups": (roll_up(cell, dimensions) for cell in cells),
        "consortia": _consortia(state, dimensions, as_published("consortia.ConsortiumChange")),
        "action-lines": _action_lines(dimensions, as_published("consortia.ActionLineChange")),
        "indicators": _indicators(vintage, state, dimensions, as_published("impact.IndicatorChange")),
        "periods": (_period(dimensions.quarters[index]) for index in indices),
    }
    return {name: sorted(found, key=_order_of(schema.TABLES[name].key)) for name, found in rows.items()}


def _order_of(key: Sequence[str]) -> Any:
    return lambda row: tuple(row[name] or "" for name in key)


def _as_published(moment: datetime, history: str) -> dict[int, Any]:
    """By id: each row of the reference data as it was then, or as it was first known where its history is younger."""
    found: dict[int, Any] = {}
    for row in apps.get_model(history).objects.order_by("pgh_id"):
        if row.pgh_obj_id not in found or row.pgh_created_at <= moment:
            found[row.pgh_obj_id] = row
    return found


def _consortia(state: State, dimensions: Dimensions, names: Mapping[int, Any]) -> Iterable[Mapping[str, Any]]:
    known = {row.consortium_id for row in state.counting} | set(state.takes_part)
    for pk, row in dimensions.consortia.items():
        if pk in known:
            first, last = state.takes_part.get(pk, (None, None))
            yield {"slug": row.slug, "name": names[pk].name, "startDate": first, "endDate": last}


def _action_lines(dimensions: Dimensions, names: Mapping[int, Any]) -> Iterable[Mapping[str, Any]]:
    for pk, row in dimensions.action_lines.items():
        yield {"code": row.code, "nameNl": names[pk].name_nl, "nameEn": names[pk].name_en or names[pk].name_nl}


def _indicators(
    vintage: Vintage, state: State, dimensions: Dimensions, names: Mapping[int, Any]
) -> Iterable[Mapping[str, Any]]:
    """With the definition in force in the last quarter, else the first one."""
    for pk, row in dimensions.indicators.items():
        if pk in state.definitions:
            in_force = state.definition(pk, vintage.last_quarter.index) or state.definitions[pk][0]
            definition = in_force[1]
            yield {
                "code": row.code,
                "nameNl": names[pk].name_nl,
                "nameEn": names[pk].name_en or names[pk].name_nl,
                "kind": definition.kind,
                "unit": definition.unit,
                "source": definition.source,
                "byActionLine": definition.by_action_line,
                "definitionNl": definition.meaning_nl,
                "definitionEn": definition.meaning_en or definition.meaning_nl,
            }


def _period(quarter: Any) -> Mapping[str, Any]:
    return {"id": quarter.pk, "startDate": quarter.start_date, "endDate": quarter.end_date}


# --- the files


def _csv(columns: Sequence[str], rows: Rows) -> bytes:
    lines = ([row[column] for column in columns] for row in rows)
    return b"".join(csv_cells.written([columns, *lines]))


def _described(vintage: Vintage, files: Mapping[str, bytes]) -> dict[str, Any]:
    """`datapackage.json`. Nothing in it says where it was downloaded: it is the same everywhere."""
    return {
        "$schema": f"{_PROFILE}datapackage.json",
        "name": f"impact-{vintage.code.lower()}",
        "title": f"Impact van de High Impact PPS’en, editie {vintage.name or vintage.code}",
        "description": schema.DESCRIPTION,
        "version": vintage.code,
        "created": vintage.published_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "keywords": ["publiek-private samenwerking", "mbo", "hbo", "High Impact PPS", "Nationaal Groeifonds"],
        "licenses": [LICENCE],
        "contributors": [{"title": "Platform Talent voor Technologie", "roles": ["publisher"]}],
        "vintage": {
            "id": vintage.code,
            "seq": vintage.entry_id,
            "lastPeriod": vintage.last_quarter_id,
            "form": vintage.form,
            "sha256": vintage.sha256,
        },
        "resources": [
            schema.resource(name, profile=_PROFILE, licence=LICENCE, content=files[f"{name}.csv"])
            for name in schema.TABLES
        ],
    }


def _readme(vintage: Vintage) -> str:
    return schema.README.format(
        name=vintage.name or vintage.code,
        code=vintage.code,
        seq=vintage.entry_id,
        period=vintage.last_quarter_id,
        sha256=vintage.sha256,
        licence=LICENCE["path"],
    )


def _zipped(files: Mapping[str, bytes], moment: datetime) -> bytes:
    """A zip in which nothing says when, where or by whom it was made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
            entry.create_system, entry.external_attr = _UNIX, 0o644 << 16
            archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=6)
    return stream.getvalue()


_UNIX = 3
