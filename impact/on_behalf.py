"""What was entered or handed in on behalf of a HIP, by somebody who is not of it (namens de HIP): read from the events.

Four eyes hold all the same: whoever entered something is an author, and no author reviews. Reads only.
"""

from typing import Any

from consortia import access
from impact.models import EventKind, QuarterlyReport, ReportEvent, ReportVersion


def acts(actor: Any, report: QuarterlyReport) -> bool:
    """Whether what the actor does in this report is done on behalf of the HIP."""
    return not access.belongs_to(actor, report.consortium_id)


def people_by_version(report: QuarterlyReport) -> dict[int, list[str]]:
    """By version who from outside the HIP opened it, filled it in or handed it in."""
    if report._state.adding:
        return {}
    found: dict[int, list[str]] = {}
    events = ReportEvent.objects.filter(report=report, on_behalf=True, version__isnull=False).select_related("actor")
    for event in events:
        assert event.version_id is not None, "asked for above"
        people = found.setdefault(event.version_id, [])
        if str(event.actor) not in people:
            people.append(str(event.actor))
    return found


def was_handed_in(version: ReportVersion) -> bool:
    """Whether it was handed in on behalf of the HIP; what happened since changes nothing about it."""
    return ReportEvent.objects.filter(version=version, kind=EventKind.SUBMITTED, on_behalf=True).exists()
