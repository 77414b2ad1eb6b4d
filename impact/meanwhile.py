"""What happened to a report since somebody saw it, and by whom. Reads only.

Every change of a report is one revision, and every tag names one. The events are the log of the revisions: of many
small saves of one person in a row only the first is told, so whose a revision is says the newest event that is not
after it.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from consortia.errors import Stale
from impact.models import QuarterlyReport, ReportEvent
from impact.standing import tag_of


@dataclass(frozen=True)
class Meanwhile:
    """What was done after a revision, oldest first."""

    revision: int | None
    """None: the tag is of something else, or of no report at all."""
    events: tuple[ReportEvent, ...] = ()
    is_whole: bool = False
    """Whether this is all of it: what was written down before events had a revision is not known."""

    def is_by(self, actor: Any) -> bool:
        """Whether everything since was done by the actor."""
        return self.is_whole and bool(self.events) and all(event.actor_id == actor.pk for event in self.events)


def since(report: QuarterlyReport, tag: str) -> Meanwhile:
    """What was done to a report after it had that tag."""
    revision = _revision_of(report, tag)
    if revision is None:
        return Meanwhile(None)
    told = report.events.filter(revision__isnull=False).select_related("actor").order_by("revision", "id")
    first = told.filter(revision__lte=revision + 1).last()
    after = list(told.filter(revision__gt=revision + 1))
    return Meanwhile(revision, (*([first] if first else []), *after), is_whole=first is not None)


def stale(actor: Any, report: QuarterlyReport, *, base: str, current: str) -> Stale:
    """The refusal of a write that was built on `base`, in words that blame nobody else for one's own changes."""
    if since(report, base).is_by(actor):
        detail = _("You changed this report yourself in the meantime, in another window or program.")
        return Stale(detail, current=current, is_own=True)
    return Stale(_("Somebody else changed this report in the meantime."), current=current)


def _revision_of(report: QuarterlyReport, tag: str) -> int | None:
    """The revision that a tag names; None unless it is of an earlier state of this report."""
    name, _dash, number = tag.strip('"').rpartition("-")
    if f'"{name}-' != tag_of(report).rpartition("-")[0] + "-":
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return int(number) if int(number) < report.revision else None
