"""The due dates of quarters, as they were known at any moment. Reads only.

A quarter's due date is plain reference data, with its history in the database; an extension is a row of its own.

Source: docs/semantics.md, "In time and complete".
"""

from collections import defaultdict
from datetime import date, datetime

from consortia import changes, clock
from consortia.models import Change
from impact.models import Quarter, QuarterlyReport


class DueDates:
    """Of all quarters, read once."""

    def __init__(self) -> None:
        history = changes.tracked()[Quarter]._default_manager.exclude(pgh_label=Change.REMOVED.value)
        self._read_at = clock.now()
        self._known: dict[str, list[tuple[datetime, date]]] = defaultdict(list)
        for quarter, since, due_date in history.order_by("pgh_created_at", "pgh_id").values_list(
            "pgh_obj_id", "pgh_created_at", "due_date"
        ):
            self._known[quarter].append((since, due_date))

    def of_quarter(self, quarter: Quarter, moment: datetime) -> date:
        """The quarter's own due date as it was known then; before its history begins, the first that is known."""
        known = self._known.get(quarter.pk)
        if moment >= self._read_at or not known:
            return quarter.due_date
        return next((day for since, day in reversed(known) if since <= moment), known[0][1])

    def of_report(self, report: QuarterlyReport, moment: datetime) -> date:
        """The same with the extensions that had been granted, and not ended, by that moment."""
        days = (extension.last_day_at(moment) for extension in report.extensions.all())
        return max([self.of_quarter(report.quarter, moment), *(day for day in days if day is not None)])
