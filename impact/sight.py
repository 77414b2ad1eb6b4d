"""What somebody may see of the versions that count: their figures, their rows, and what people wrote about them."""

from dataclasses import dataclass
from typing import Any

from consortia import access
from consortia.access import Permission
from impact import ledger, rollups
from impact.ledger import Counting, State
from impact.models import QuarterlyReport


@dataclass(frozen=True)
class Sight:
    """As `QuarterlyReport.visible_to` and `standing` judge it, for many versions at once, of any moment.

    Source: docs/semantics.md, "Disclosure".
    """

    is_exact: bool
    """Whether persons by action line are shown."""
    is_everywhere: bool
    """Whether all of every report is shown."""
    own: frozenset[int]
    """The HIPs of which all reports are shown."""
    counting: frozenset[int] | None
    """For who sees what counts: the versions that count now. One that no longer does is not shown to them."""

    @classmethod
    def of(cls, user: Any, state: State) -> "Sight":
        reports = access.consortia_where(user, Permission.SEE_REPORTS)
        counting = None
        if reports is not None and access.allows(user, Permission.SEE_COUNTING):
            counting = _counting_now(state)
        return cls(
            is_exact=rollups.sees_everything(user),
            is_everywhere=reports is None,
            own=frozenset(reports or ()),
            counting=counting,
        )

    def of_rows(self, version: Counting) -> bool:
        """Whether the rows of the version are shown: organisations, institutions, and the places of rows."""
        return self.of_remarks(version) or (self.counting is not None and version.version_id in self.counting)

    def of_remarks(self, version: Counting) -> bool:
        """Whether is shown who submitted and accepted it, and the reason of a correction."""
        return self.is_everywhere or version.consortium_id in self.own

    @property
    def key(self) -> tuple[object, ...]:
        """Differs for whoever may be shown something else."""
        counting = None if self.counting is None else sorted(self.counting)
        return self.is_exact, self.is_everywhere, sorted(self.own), counting


def _counting_now(state: State) -> frozenset[int]:
    if not state.is_supposed and state.seq == ledger.newest():
        return frozenset(row.version_id for row in state.counting)
    # The annotation is beyond what types know.
    reports: Any = QuarterlyReport.objects.with_counting()
    found = reports.filter(counting_version_id__isnull=False).values_list("counting_version_id", flat=True)
    return frozenset(found)
