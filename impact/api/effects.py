"""REST: figures that become others: what a report would change once it is accepted."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow
from consortia.rest import filters
from consortia.rest.endpoint import Endpoint
from consortia.rest.schema import NumberField, with_keyword
from impact import effects, ledger, rows, vintages
from impact.api.goals import PointSerializer, progress_of
from impact.effects import Change, GoalChange
from impact.rollups import Dimensions
from impact.standing import standing


class SideSerializer(Serializer):
    """One side of a change, with the keys of a roll-up."""

    value = NumberField(allow_null=True)
    new = serializers.IntegerField(allow_null=True)
    trailingYear = NumberField(allow_null=True)
    cumulative = NumberField(allow_null=True)
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    reported = serializers.IntegerField()
    expected = serializers.IntegerField()
    trailingYearReported = serializers.IntegerField()
    trailingYearExpected = serializers.IntegerField()
    status = serializers.ChoiceField(["final", "provisional"])
    unit = serializers.CharField()


with_keyword(SideSerializer, "break", serializers.BooleanField())


class ChangedCellSerializer(Serializer):
    consortium = serializers.CharField(allow_null=True, help_text="Null: the programme.")
    actionLine = serializers.CharField(allow_null=True, help_text="Null: all lines together.")
    indicator = serializers.CharField()
    period = serializers.CharField()
    before = SideSerializer()
    after = SideSerializer()


class GoalSideSerializer(Serializer):
    latest = PointSerializer(allow_null=True)
    latestFinal = PointSerializer(allow_null=True)
    shareOfGrowth = NumberField(allow_null=True)
    shareOfTarget = NumberField(allow_null=True)
    shareOfOriginalGrowth = NumberField(allow_null=True)
    shareOfOriginalTarget = NumberField(allow_null=True)
    neededPerQuarter = NumberField(allow_null=True)
    atCurrentPace = NumberField(allow_null=True)


class ChangedGoalSerializer(Serializer):
    goal = serializers.CharField()
    indicator = serializers.CharField()
    before = GoalSideSerializer()
    after = GoalSideSerializer()


class EffectSerializer(Serializer):
    seq = serializers.IntegerField(help_text="The ledger entry from which it is reckoned.")
    cells = ChangedCellSerializer(many=True, help_text="Every cell of the HIP and the programme that changes.")
    goals = ChangedGoalSerializer(many=True)
    vintages = serializers.ListField(
        child=serializers.CharField(),
        help_text="The vintages with a figure that is then another: they stay as they are.",
    )


def goal(change: GoalChange) -> dict[str, Any]:
    before, after = progress_of(change.before), progress_of(change.after)
    keys = list(GoalSideSerializer().fields)
    return {
        "goal": after["goal"],
        "indicator": after["indicator"],
        "before": {key: before[key] for key in keys},
        "after": {key: after[key] for key in keys},
    }


def cell(change: Change, dimensions: Dimensions) -> dict[str, Any]:
    return rows.change(change.before, change.after, dimensions)


class ReportEffect(Endpoint):
    tag = "Reports"

    @extend_schema(operation_id="getReportEffect", responses=EffectSerializer)
    def get(self, request: Request, consortium: str, period: str) -> Response:
        """What changes once the open version is accepted: every figure and goal, old and new. Nothing is stored."""
        held = standing(request.user, consortium, period)
        access.require(request.user, Permission.SEE_REPORTS, held.report.consortium_id)
        filters.read(request, paged=False)
        version = held.open_version
        if version is None:
            raise NotAllowedNow(_("No version of this report is open: there is nothing to come."))
        dimensions, state = Dimensions.read(), ledger.resolve()
        effect = effects.of_version(held.report, version, state, dimensions)
        body = {
            "seq": state.seq,
            "cells": [cell(change, dimensions) for change in effect.cells],
            "goals": [goal(change) for change in effect.goals],
            "vintages": [row.code for row in vintages.contradicted(effect.cells, dimensions)],
        }
        return Response(body)
