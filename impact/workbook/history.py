"""Who changed which rows of a draft since a workbook was made of it, from the log of the saves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consortia.models import User
from impact.models import DraftChange, QuarterlyReport


@dataclass(frozen=True)
class Save:
    actor: User
    at: datetime
    keys: frozenset[str]
    """The rows that it changed; empty where it changed more than are written down one by one."""

    def touched(self, key: str) -> bool:
        """Whether it changed the row, or may have."""
        return not self.keys or key in self.keys


def since(report: QuarterlyReport, revision: int) -> list[Save]:
    """The saves after that revision of the report, oldest first."""
    saved = DraftChange.objects.filter(report=report.pk, revision__gt=revision).select_related("actor")
    return [
        Save(each.actor, each.at, frozenset(change["key"] for change in each.changes))
        for each in saved.order_by("revision")
    ]


def actors(saves: Iterable[Save], key: str) -> set[UUID]:
    """Whoever changed the row, or may have."""
    return {each.actor.pk for each in saves if each.touched(key)}


def last(saves: Iterable[Save], key: str) -> Save | None:
    """The newest save that changed the row, or may have; None where the log knows of none."""
    return next((each for each in reversed(list(saves)) if each.touched(key)), None)
