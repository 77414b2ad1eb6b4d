"""REST: roll-ups as a cube in JSON-stat 2.0, as statistical offices publish. Its values are in the order of the rows.

Each of the five dimensions has all members that were asked for; `none` is the programme among the HIPs, and all lines
together among the action lines, as in the filters.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from consortia import notation
from consortia.models import Programme
from consortia.rest.rendering import dumps
from impact import licence
from impact.ledger import State
from impact.rollups import Asked, Dimensions

NONE = "none"
MEASURES = {
    "value": gettext_lazy("This quarter"),
    "new": gettext_lazy("Seen for the first time"),
    "trailingYear": gettext_lazy("This quarter and the three before"),
    "cumulative": gettext_lazy("Since the first quarter"),
    "low": gettext_lazy("At least, with companies without a KVK number"),
    "high": gettext_lazy("At most, with companies without a KVK number"),
    "numerator": gettext_lazy("Numerator of the share"),
    "denominator": gettext_lazy("Denominator of the share"),
    "reported": gettext_lazy("HIPs that reported"),
    "expected": gettext_lazy("HIPs expected to report"),
    "trailingYearReported": gettext_lazy("HIP-quarters reported"),
    "trailingYearExpected": gettext_lazy("HIP-quarters expected"),
}
_AT_ONCE = 200
"""Rows that are written together."""


def cube(
    rows: Iterable[Mapping[str, Any]],
    asked: Asked,
    state: State,
    dimensions: Dimensions,
    *,
    address: str,
    updated: datetime | None,
) -> Iterator[bytes]:
    """The dataset in pieces; `rows` are those of the selection, as the caller may see them, in their order."""
    # Now, while the language is that of the request: the pieces are made when they are sent.
    head = dumps(_head(asked, state, dimensions, address=address, updated=updated))
    return _pieces(head, rows, _extension(state))


def _pieces(head: bytes, rows: Iterable[Mapping[str, Any]], extension: dict[str, Any]) -> Iterator[bytes]:
    yield head[:-1] + b',"value":['
    statuses, breaks = [], []
    waiting: list[bytes] = []
    for place, row in enumerate(rows):
        waiting.append(dumps([row[name] for name in MEASURES])[1:-1])
        statuses.append(_statuses(row))
        if row["break"]:
            breaks.append(place)
        if len(waiting) == _AT_ONCE:
            yield (b"," if place >= _AT_ONCE else b"") + b",".join(waiting)
            waiting.clear()
    if waiting:
        yield (b"," if len(statuses) > _AT_ONCE else b"") + b",".join(waiting)
    yield b'],"status":['
    for start in range(0, len(statuses), _AT_ONCE):
        yield (b"," if start else b"") + b",".join(statuses[start : start + _AT_ONCE])
    # By the number of the row, counting from 0 in the order of the values.
    yield b'],"extension":' + dumps({**extension, "breaks": breaks}) + b"}"


def _statuses(row: Mapping[str, Any]) -> bytes:
    """One of the row's measures each: w(ithheld), m(issing), f(inal) or p(rovisional)."""
    if row["withheld"]:
        return b",".join([b'"w"'] * len(MEASURES))
    known = b'"f"' if row["status"] == "final" else b'"p"'
    return b",".join(b'"m"' if row[name] is None else known for name in MEASURES)


def _extension(state: State) -> dict[str, Any]:
    return {
        "seq": state.seq,
        "status": {
            "label": {
                "f": _("final"),
                "p": _("provisional: a quarter is open, or a HIP has not reported"),
                "m": _("not reported, or no such measure"),
                "w": _("withheld: persons by action line"),
            }
        },
    }


def _head(
    asked: Asked, state: State, dimensions: Dimensions, *, address: str, updated: datetime | None
) -> dict[str, Any]:
    members = {
        "consortium": _consortia(asked, dimensions),
        "actionLine": _action_lines(asked, dimensions),
        "indicator": {dimensions.indicators[pk].code: dimensions.indicators[pk].name for pk in asked.indicators},
        "period": {
            dimensions.quarters[each].pk: notation.quarter(dimensions.quarters[each].pk, language=_language())
            for each in asked.quarters
        },
        "measure": {name: str(label) for name, label in MEASURES.items()},
    }
    labels = {
        "consortium": _("HIP"),
        "actionLine": _("action line"),
        "indicator": _("indicator"),
        "period": _("quarter"),
        "measure": pgettext("of a figure", "measure"),
    }
    programme = Programme.objects.first()
    return {
        "version": "2.0",
        "class": "dataset",
        "href": address,
        "label": _("Impact by HIP, action line, indicator and quarter"),
        "source": programme.name if programme else "",
        "updated": updated,
        "link": {"license": [{"href": licence.ADDRESS, "label": "CC BY 4.0"}]},
        "note": [_("Action lines and HIPs overlap: they do not add up.")],
        "role": {"time": ["period"], "metric": ["indicator", "measure"]},
        "id": list(members),
        "size": [len(each) for each in members.values()],
        "dimension": {
            name: {
                "label": labels[name],
                "category": {
                    "index": list(names),
                    "label": names,
                    **({"unit": _units(asked, state, dimensions)} if name == "indicator" else {}),
                },
            }
            for name, names in members.items()
        },
    }


def _consortia(asked: Asked, dimensions: Dimensions) -> dict[str, str]:
    return {
        NONE if pk is None else dimensions.consortia[pk].slug: _("the programme")
        if pk is None
        else dimensions.consortia[pk].name
        for pk in asked.consortia
    }


def _action_lines(asked: Asked, dimensions: Dimensions) -> dict[str, str]:
    return {
        NONE if pk is None else dimensions.action_lines[pk].code: _("all action lines")
        if pk is None
        else dimensions.action_lines[pk].name
        for pk in asked.action_lines
    }


def _units(asked: Asked, state: State, dimensions: Dimensions) -> dict[str, dict[str, str]]:
    """By the newest definition."""
    return {dimensions.indicators[pk].code: {"label": state.definitions[pk][-1][1].unit} for pk in asked.indicators}


def _language() -> str:
    return get_language() or notation.DUTCH
