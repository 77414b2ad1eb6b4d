"""REST: why a number is what it is, the versions and records of one roll-up cell and measure."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters import Filter
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from consortia.rest import conditional
from consortia.rest.filters import OnceField, not_known
from consortia.rest.pages import Page
from consortia.rest.schema import AS_OF, PAGES, query
from impact import fingerprint, lineage
from impact.api import selection
from impact.api.figures import TAG
from impact.api.keyed import Keyed
from impact.api.lineage_answer import Writer
from impact.api.lineage_schema import LineageSerializer
from impact.api.selection import NONE, AsOfFilter
from impact.lineage import Lineage, Question
from impact.rollups import Dimensions
from impact.sight import Sight


class _OneField(OnceField):
    """One of the known values, given once."""

    def __init__(self, *args: Any, choices: Any = (), fallback: str | None = None, **kwargs: Any) -> None:
        kwargs["required"] = False
        super().__init__(*args, **kwargs)
        self.choices, self.fallback = choices, fallback

    def absent(self) -> Any:
        if self.fallback is None:
            raise ValidationError(_("This is missing."), code="required")
        return self.read(self.fallback)

    def given_twice(self) -> str:
        return _("Give one value.")

    def read(self, text: str) -> Any:
        if text not in dict(self.choices):
            raise ValidationError(not_known(text, dict(self.choices)), code="unknown")
        return dict(self.choices)[text]


class _One(Filter):
    field_class = _OneField


class LineageFilter(AsOfFilter):
    """A cell and a measure: everything is given once."""

    consortium = _One(fallback=NONE)
    actionLine = _One(fallback=NONE)
    indicator = _One()
    period = _One()
    measure = _One(fallback="value", choices=[(name, name) for name in lineage.MEASURES])

    def __init__(self, *args: Any, dimensions: Dimensions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: dict[str, list[tuple[str, int | None]]] = {
            "consortium": [(NONE, None), *((row.slug, pk) for pk, row in dimensions.consortia.items())],
            "actionLine": [(NONE, None), *((row.code, pk) for pk, row in dimensions.action_lines.items())],
            "indicator": [(row.code, pk) for pk, row in dimensions.indicators.items()],
            "period": [(row.pk, index) for index, row in dimensions.quarters.items()],
        }
        for key, choices in known.items():
            self.filters[key].extra["choices"] = choices

    def question(self) -> Question:
        asked = self.form.cleaned_data
        return Question(
            consortium_id=asked["consortium"],
            action_line_id=asked["actionLine"],
            indicator_id=asked["indicator"],
            quarter=asked["period"],
            measure=asked["measure"],
        )


class OneLineage(Keyed):
    tag = TAG

    @extend_schema(
        operation_id="getLineage",
        parameters=[
            query("consortium", "Slug of a HIP; `none`, or left out, is the whole programme.", many=False),
            query("actionLine", "Code of an action line; `none`, or left out, is all lines together.", many=False),
            query("indicator", "Code of an indicator; needed.", many=False),
            query("period", "A quarter, such as 2025Q1; needed.", many=False),
            query("measure", "A measure of roll-ups.", many=False, enum=list(lineage.MEASURES), default="value"),
            AS_OF,
            *PAGES,
        ],
        responses=LineageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Why a number is what it is: the versions and records that add up to it, as far as the caller sees them."""
        # Names of people and organisations are no part of the ledger: who sees any is told by the answer itself.
        tag, known = self.begin() if request.auth is None else ("", fingerprint.read())
        dimensions = Dimensions.read()
        bound, page = selection.read(request, LineageFilter, dimensions=dimensions)
        seq = self.seq_of(bound, page, known)
        if tag:
            self.unless_known(tag)
        state = selection.state_at(seq)
        found = lineage.trace(request.user, bound.question(), dimensions, state=state, size=page.size, after=page.after)
        body = _body(found, page, dimensions)
        if not tag:
            sight = Sight.of(request.user, state)
            tag = self.unless_known(selection.tag_of(request, known, sight.key, conditional.tag_of(body)))
        return Response(body, headers={"ETag": tag})


def _body(found: Lineage, page: Page, dimensions: Dimensions) -> dict[str, Any]:
    writer = Writer(dimensions)
    shown = {part.counting.version_id for part in found.versions if part.shows_rows}
    rows = [writer.record(record, shown) for record in found.records]
    return {**writer.head(found), **page.answer(rows, found.last, seq=found.seq)}
