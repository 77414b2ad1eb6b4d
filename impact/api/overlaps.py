"""REST: how many organisations HIPs share, and who came, stayed and went from one quarter to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django_filters import MultipleChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from consortia.rest.pages import Page
from consortia.rest.schema import AS_OF, PAGES, query, with_keyword
from impact import overlap, rollups
from impact.api.figures import Cells, Combinations, in_formats
from impact.api.selection import ROLL_UP_PARAMETERS, AsOfFilter, RollUpFilter
from impact.dynamics import Dynamics
from impact.ledger import State
from impact.models import Indicator, Measure
from impact.models.codebook import DISTINCT_RULES
from impact.rollups import Dimensions, Selection

_SPANS_AT_A_TIME = 24
"""As many as a streamed answer counts in one query."""


def _of_organisations() -> list[str]:
    """The codes of the indicators that ever counted different organisations."""
    rows = Indicator.objects.filter(definitions__rule__in=DISTINCT_RULES).order_by("order").distinct()
    return list(rows.values_list("code", flat=True))


# --- overlaps


class OverlapSerializer(Serializer):
    consortium = serializers.CharField()
    otherConsortium = serializers.CharField(help_text="The same HIP: its own number.")
    period = serializers.CharField()
    indicator = serializers.CharField()
    measure = serializers.ChoiceField(Measure.values)
    value = serializers.IntegerField(
        allow_null=True, help_text="Organisations in both. Null: one of the two did not report."
    )
    seq = serializers.IntegerField(help_text="The ledger entry up to which this holds.")


@dataclass(frozen=True)
class _Asked:
    """Pairs of HIPs, and the spans over which they are compared: the outermost part of the order first."""

    spans: list[tuple[int, int, str]]
    """(indicator, quarter, measure)."""
    pairs: list[tuple[int, int]]


class OverlapFilter(AsOfFilter):
    """Every key may be given several times: then the rows of all of them are meant."""

    consortium = MultipleChoiceFilter()
    otherConsortium = MultipleChoiceFilter()
    indicator = MultipleChoiceFilter()
    period = MultipleChoiceFilter()
    measure = MultipleChoiceFilter(choices=Measure.choices)

    def __init__(self, *args: Any, dimensions: Dimensions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slugs = [row.slug for row in dimensions.consortia.values()]
        choices = {
            "consortium": slugs,
            "otherConsortium": slugs,
            "indicator": _of_organisations(),
            "period": [row.pk for row in dimensions.quarters.values()],
        }
        for key, known in choices.items():
            self.filters[key].extra["choices"] = [(value, value) for value in known]

    def selection(self, dimensions: Dimensions) -> _Asked:
        asked = self.form.cleaned_data
        codes = asked["indicator"] or [code for code, _name in self.filters["indicator"].extra["choices"]]
        indicators = [pk for pk, row in dimensions.indicators.items() if row.code in codes]
        quarters = [at for at, row in dimensions.quarters.items() if not asked["period"] or row.pk in asked["period"]]
        measures = [each for each in Measure.values if not asked["measure"] or each in asked["measure"]]
        hips, others = (
            [pk for pk, row in dimensions.consortia.items() if not asked[key] or row.slug in asked[key]]
            for key in ("consortium", "otherConsortium")
        )
        return _Asked(list(product(indicators, quarters, measures)), list(product(hips, others)))


class Overlaps(Cells):
    name = "overlaps"
    filterset = OverlapFilter
    columns = list(OverlapSerializer().fields)

    @extend_schema(
        operation_id="listOverlaps",
        parameters=[
            query("consortium", "Slug of a HIP."),
            query("otherConsortium", "Slug of the HIP that it is compared with."),
            query("indicator", "Code of an indicator that counts organisations."),
            query("period", "A quarter, such as 2025Q1."),
            query("measure", "Over which quarters.", enum=Measure.values),
            AS_OF,
            *PAGES,
        ],
        responses=in_formats(OverlapSerializer),
    )
    def get(self, request: Request) -> Any:
        """How many organisations two HIPs share: for every pair, and for every HIP with itself its own number."""
        return self.answer(request)

    def rows(
        self, asked: _Asked, state: State, dimensions: Dimensions, page: Page | None
    ) -> tuple[Iterator[dict[str, Any]], int | None]:
        of_span = len(asked.pairs)
        total = len(asked.spans) * of_span
        if page is None:
            return _overlaps(asked, state, dimensions), None
        start = min(page.after[0] if page.after else 0, total)
        end = min(start + page.size, total)
        first, last = start // of_span, -(-end // of_span)
        part = _Asked(asked.spans[first:last], asked.pairs)
        skipped = first * of_span
        shown = list(_overlaps(part, state, dimensions))[start - skipped : end - skipped]
        return iter(shown), end if end < total else None


def _overlaps(asked: _Asked, state: State, dimensions: Dimensions) -> Iterator[dict[str, Any]]:
    for start in range(0, len(asked.spans), _SPANS_AT_A_TIME):
        keys = asked.spans[start : start + _SPANS_AT_A_TIME]
        counted = overlap.count(state, [overlap.span_of(state, *key) for key in keys])
        for (indicator, quarter, measure), found in zip(keys, counted, strict=True):
            for hip, other in asked.pairs:
                yield {
                    "consortium": dimensions.consortia[hip].slug,
                    "otherConsortium": dimensions.consortia[other].slug,
                    "period": dimensions.quarters[quarter].pk,
                    "indicator": dimensions.indicators[indicator].code,
                    "measure": measure,
                    "value": found.between(hip, other),
                    "seq": state.seq,
                }


# --- dynamics


class DynamicsSerializer(Serializer):
    consortium = serializers.CharField(allow_null=True, help_text="Null: the programme.")
    actionLine = serializers.CharField(allow_null=True, help_text="Null: all lines together.")
    indicator = serializers.CharField()
    period = serializers.CharField()
    present = serializers.IntegerField(allow_null=True, help_text="new + stayed + returning. Null: nobody reported.")
    new = serializers.IntegerField(allow_null=True, help_text="Seen for the first time.")
    stayed = serializers.IntegerField(allow_null=True, help_text="Also there in the quarter before.")
    returning = serializers.IntegerField(allow_null=True, help_text="Seen earlier, and not in the quarter before.")
    lost = serializers.IntegerField(
        allow_null=True,
        help_text="There in the quarter before, and now not. Null: nobody reported that, or a definition begins.",
    )
    unknown = serializers.IntegerField(
        allow_null=True, help_text="As lost, but a HIP that listed it has not reported this quarter."
    )
    reported = serializers.IntegerField(help_text="HIPs that reported.")
    expected = serializers.IntegerField()
    status = serializers.ChoiceField(["final", "provisional"])
    seq = serializers.IntegerField(help_text="The ledger entry up to which this holds.")


with_keyword(
    DynamicsSerializer, "break", serializers.BooleanField(help_text="Counted anew since a changed definition.")
)


class DynamicsFilter(RollUpFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["indicator"].extra["choices"] = [(code, code) for code in _of_organisations()]

    def selection(self, dimensions: Dimensions) -> Selection:
        asked = super().selection(dimensions)
        known = [code for code, _name in self.filters["indicator"].extra["choices"]]
        every = [pk for pk, row in dimensions.indicators.items() if row.code in known]
        return Selection(asked.consortia, asked.action_lines, asked.indicators or every, asked.quarters)


class Courses(Combinations):
    name = "dynamics"
    filterset = DynamicsFilter
    columns = list(DynamicsSerializer().fields)

    @extend_schema(
        operation_id="listDynamics",
        parameters=[*ROLL_UP_PARAMETERS, *PAGES],
        responses=in_formats(DynamicsSerializer),
    )
    def get(self, request: Request) -> Any:
        """Per quarter the organisations that are new, stayed, came back, were lost, or of which it is not known."""
        return self.answer(request)

    def read(self, asked: Selection, state: State, dimensions: Dimensions) -> Iterator[dict[str, Any]]:
        return _movements(asked, state, dimensions)


def _movements(selection: Selection, state: State, dimensions: Dimensions) -> Iterator[dict[str, Any]]:
    asked = rollups.spell_out(selection, state, dimensions)
    scopes = list(product(asked.consortia, asked.action_lines))
    counted = Dynamics(state, dimensions.quarters.values(), scopes, asked.indicators)
    for scope in scopes:
        for indicator, quarter in product(asked.indicators, asked.quarters):
            movement = counted.movement(scope, indicator, quarter)
            yield {
                "consortium": None if scope[0] is None else dimensions.consortia[scope[0]].slug,
                "actionLine": None if scope[1] is None else dimensions.action_lines[scope[1]].code,
                "indicator": dimensions.indicators[indicator].code,
                "period": dimensions.quarters[quarter].pk,
                "present": movement.present,
                "new": movement.new,
                "stayed": movement.stayed,
                "returning": movement.returning,
                "lost": movement.lost,
                "unknown": movement.unknown,
                "reported": counted.reported_in(scope, quarter),
                "expected": counted.expected_in(scope, quarter),
                "status": "final" if counted.is_final(quarter) else "provisional",
                "seq": state.seq,
                "break": counted.is_break(indicator, quarter),
            }
