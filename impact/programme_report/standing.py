"""How the report of each HIP stood in a quarter, as of the ledger: when it came in, if it counts."""

from collections.abc import Mapping
from datetime import date

from consortia import clock
from impact.coverage import Participants
from impact.ledger import State
from impact.models import Quarter, ReportVersion


def of_quarter(state: State, quarter: Quarter) -> Mapping[int, date | None]:
    """By expected HIP the day on which its report was first handed in; None where nothing counts."""
    counting = {row.consortium_id for row in state.counting if row.quarter == quarter.index}
    handed_in = ReportVersion.objects.filter(
        report__quarter=quarter, submitted_at__isnull=False, report__consortium__in=counting
    )
    # The first version comes last, and stays.
    days = {
        hip: moment.astimezone(clock.AMSTERDAM).date()
        for hip, moment in handed_in.order_by("-number").values_list("report__consortium", "submitted_at")
        if moment is not None
    }
    expected = Participants.of(state, [quarter]).expected[quarter.index]
    return {hip: days.get(hip) for hip in expected}
