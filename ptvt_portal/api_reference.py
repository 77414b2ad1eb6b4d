"""Every call of the API as a page, to read and to try, made from its description: no viewer that draws one elsewhere.

Only calls that read are tried. What the others do is done in the portal, where one sees what one does.
"""

import json
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from ptvt_portal import api

Member = dict[str, Any]
"""A part of the description, as it stands there."""

BEGIN_WITH = {"indicator": "companies", "consortium": "none", "actionLine": "none"}
"""What the fields of roll-ups are filled in with: a first call gives an answer that one can read."""


@dataclass(frozen=True)
class Field:
    """Something to fill in, or a member of what is sent."""

    name: str
    place: str
    says: str
    is_required: bool
    choices: tuple[str, ...] = ()
    takes_several: bool = False
    begin_with: str = ""


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    code: str
    method: str
    path: str
    says: str
    tag: str
    needs_key: bool
    fields: tuple[Field, ...]
    formats: tuple[str, ...]
    sends: tuple[Field, ...]

    @property
    def can_be_tried(self) -> bool:
        return self.method == "get"


@cache
def operations() -> tuple[tuple[str, tuple[Operation, ...]], ...]:
    """All that is described, by subject and each in the order of the description."""
    described = json.loads(api.description())
    found = [
        _operation(described, method, path, row)
        for path, methods in described["paths"].items()
        for method, row in methods.items()
    ]
    tags = list(dict.fromkeys(each.tag for each in found))
    found.sort(key=lambda each: tags.index(each.tag))
    return tuple((tag, tuple(rows)) for tag, rows in groupby(found, key=lambda each: each.tag))


def _operation(described: Member, method: str, path: str, row: Member) -> Operation:
    parameters = [each for each in row.get("parameters", ()) if each["in"] in ("path", "query")]
    answers = next(answer for status, answer in row["responses"].items() if status.startswith("2"))
    return Operation(
        code=row["operationId"],
        method=method,
        path=path,
        says=row.get("description", ""),
        tag=row["tags"][0],
        # An empty requirement says that nothing is needed.
        needs_key={} not in row.get("security", [{}]),
        fields=tuple(_field(each, path) for each in parameters),
        formats=tuple(answers.get("content", {})),
        sends=tuple(_sent(described, row)),
    )


def _field(parameter: Member, path: str) -> Field:
    schema = parameter["schema"]
    several = schema.get("type") == "array"
    inner = schema.get("items", {}) if several else schema
    return Field(
        name=parameter["name"],
        place=parameter["in"],
        says=parameter.get("description", ""),
        is_required=parameter.get("required", False),
        choices=tuple(str(choice) for choice in inner.get("enum", ())),
        takes_several=several,
        begin_with=BEGIN_WITH.get(parameter["name"], "") if path == "/roll-ups" else "",
    )


def _sent(described: Member, row: Member) -> list[Field]:
    content = row.get("requestBody", {}).get("content", {})
    found = []
    for place, body in content.items():
        schema = _resolved(described, body["schema"])
        needed = schema.get("required", ())
        for name, member in schema.get("properties", {}).items():
            inner = _resolved(described, member)
            says = member.get("description") or inner.get("description", "")
            choices = tuple(str(choice) for choice in inner.get("enum", ()))
            found.append(Field(name, place, says, name in needed, choices, inner.get("type") == "array"))
    return found


def _resolved(described: Member, schema: Member) -> Member:
    """What a reference, or the only part of a compound, stands for."""
    name = schema.get("$ref") or next((part.get("$ref") for part in schema.get("allOf", ())), None)
    return described["components"]["schemas"][name.rsplit("/", 1)[-1]] if name else schema


@require_safe
@cache_control(private=True, no_cache=True)
def reference(request: HttpRequest) -> HttpResponse:
    """The calls by subject; each that reads is a form that shows the answer, and the command that gives it."""
    address = request.build_absolute_uri("/api/v1")
    return render(request, "pages/api_reference.html", {"api": address, "subjects": operations()})
