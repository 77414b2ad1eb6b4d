"""REST: the goals of the programme, and where it stands on the way to them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.api import texts
from consortia.rest import pages
from consortia.rest.schema import AS_OF, PAGES, NumberField, TextsSerializer, listing, with_keyword
from impact import progress
from impact.api import selection
from impact.api.keyed import Keyed
from impact.api.selection import AsOfFilter
from impact.measures import plain
from impact.models import Goal, GoalRevision, Measure
from impact.progress import Point, Progress
from impact.rollups import Dimensions

TAG = "Figures"


class BaselineSerializer(Serializer):
    value = NumberField(allow_null=True, help_text="Null: not known yet.")
    date = serializers.DateField()
    method = TextsSerializer()
    source = serializers.CharField()  # type: ignore[assignment]


class TargetSerializer(Serializer):
    value = NumberField(allow_null=True, help_text="Null: not known yet.")
    date = serializers.DateField()


class MilestoneSerializer(Serializer):
    period = serializers.CharField()
    value = NumberField()


class RevisionSerializer(Serializer):
    number = serializers.IntegerField()
    baseline = BaselineSerializer()
    target = TargetSerializer()
    milestones = MilestoneSerializer(
        many=True, help_text="Planned values on the way; without any it is a straight line."
    )
    decision = serializers.CharField()
    decidedOn = serializers.DateField()


class GoalSerializer(Serializer):
    code = serializers.CharField()
    name = TextsSerializer()
    indicator = serializers.CharField()
    measure = serializers.ChoiceField(Measure.values)
    baseline = BaselineSerializer()
    target = TargetSerializer()
    revisions = RevisionSerializer(many=True, help_text="Oldest first; the last one holds.")


def _baseline(revision: GoalRevision) -> dict[str, Any]:
    return {
        "value": plain(revision.baseline_value),
        "date": revision.baseline_date,
        "method": texts(revision, "baseline_method"),
        "source": revision.baseline_source,
    }


def _target(revision: GoalRevision) -> dict[str, Any]:
    return {"value": plain(revision.target_value), "date": revision.target_date}


def goal(row: Goal, revisions: tuple[GoalRevision, ...]) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": texts(row, "name"),
        "indicator": row.indicator.code,
        "measure": row.measure,
        "baseline": _baseline(revisions[-1]),
        "target": _target(revisions[-1]),
        "revisions": [
            {
                "number": revision.number,
                "baseline": _baseline(revision),
                "target": _target(revision),
                "milestones": [
                    {"period": milestone.quarter_id, "value": plain(milestone.value)}
                    for milestone in revision.milestones.all()
                ],
                "decision": revision.decision,
                "decidedOn": revision.decided_on,
            }
            for revision in revisions
        ],
    }


class Goals(Keyed):
    tag = TAG

    @extend_schema(
        operation_id="listGoals", parameters=[AS_OF, *PAGES], responses=listing(GoalSerializer, with_seq=True)
    )
    def get(self, request: Request) -> Response:
        """The goals with their baseline, target and revisions."""
        tag, known = self.begin()
        bound, page = selection.read(request, AsOfFilter)
        state = selection.state_at(self.seq_of(bound, page, known))
        self.unless_known(tag)
        rows = [row for row in Goal.objects.select_related("indicator").order_by("order") if row.pk in state.revisions]
        shown, last = pages.of_list(page, rows, lambda row: (row.order,))
        answers = [goal(row, state.revisions[row.pk]) for row in shown]
        return Response(page.answer(answers, last, seq=state.seq), headers={"ETag": tag})


class PointSerializer(Serializer):
    period = serializers.CharField()
    value = NumberField(allow_null=True)
    planned = NumberField(allow_null=True)
    reported = serializers.IntegerField(help_text="HIPs; for a goal over a trailing year, HIP-quarters.")
    expected = serializers.IntegerField()
    status = serializers.ChoiceField(["final", "provisional"])


with_keyword(
    PointSerializer,
    "break",
    serializers.BooleanField(help_text="Quarters with an older definition are left out of the window."),
)


class ProgressSerializer(Serializer):
    goal = serializers.CharField()
    name = TextsSerializer()
    indicator = serializers.CharField()
    measure = serializers.ChoiceField(Measure.values)
    baseline = BaselineSerializer()
    target = TargetSerializer()
    originalTarget = TargetSerializer()
    latest = PointSerializer(allow_null=True, help_text="The newest ended quarter that anybody reported.")
    latestFinal = PointSerializer(allow_null=True)
    series = PointSerializer(many=True)
    shareOfGrowth = NumberField(allow_null=True, help_text="(latest − baseline) / (target − baseline), not clamped.")
    shareOfTarget = NumberField(allow_null=True, help_text="latest / target, not clamped.")
    shareOfOriginalGrowth = NumberField(allow_null=True)
    shareOfOriginalTarget = NumberField(allow_null=True)
    neededPerQuarter = NumberField(allow_null=True)
    atCurrentPace = NumberField(
        allow_null=True,
        help_text="Where the pace of the last four quarters leads by the target date. Null where the definition has "
        "changed in the quarters that it would look at.",
    )
    breakFrom = serializers.CharField(
        allow_null=True,
        help_text="The quarter from which the definition of `latest` holds, where another one held before. The shares "
        "and neededPerQuarter then compare with a goal that may have been set under the older one.",
    )


def _point(point: Point | None) -> dict[str, Any] | None:
    if point is None:
        return None
    return {
        "period": point.period,
        "value": plain(point.value),
        "planned": plain(point.planned),
        "reported": point.reported,
        "expected": point.expected,
        "status": "final" if point.is_final else "provisional",
        "break": point.is_break,
    }


def progress_of(row: Progress) -> dict[str, Any]:
    return {
        "goal": row.goal.code,
        "name": texts(row.goal, "name"),
        "indicator": row.goal.indicator.code,
        "measure": row.goal.measure,
        "baseline": _baseline(row.current),
        "target": _target(row.current),
        "originalTarget": _target(row.original),
        "latest": _point(row.latest),
        "latestFinal": _point(row.latest_final),
        "series": [_point(point) for point in row.series],
        "shareOfGrowth": plain(row.share_of_growth),
        "shareOfTarget": plain(row.share_of_target),
        "shareOfOriginalGrowth": plain(row.share_of_original_growth),
        "shareOfOriginalTarget": plain(row.share_of_original_target),
        "neededPerQuarter": plain(row.needed_per_quarter),
        "atCurrentPace": plain(row.at_current_pace),
        "breakFrom": next((point.period for point in row.series if point.quarter == row.broken_from), None),
    }


class GoalProgress(Keyed):
    is_daily = True
    tag = TAG

    @extend_schema(
        operation_id="listProgress", parameters=[AS_OF, *PAGES], responses=listing(ProgressSerializer, with_seq=True)
    )
    def get(self, request: Request) -> Response:
        """Every goal against its path. Which quarter is the latest depends on the day, also with `asOf`."""
        tag, known = self.begin()
        bound, page = selection.read(request, AsOfFilter)
        seq = self.seq_of(bound, page, known)
        self.unless_known(tag)
        dimensions = Dimensions.read()
        rows = progress.read(request.user, dimensions, state=selection.state_at(seq))
        shown, last = pages.of_list(page, rows, lambda row: (row.goal.order,))
        answers = [progress_of(row) for row in shown]
        return Response(page.answer(answers, last, seq=seq), headers={"ETag": tag})
