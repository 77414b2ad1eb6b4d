"""Where a report comes from and when it is due, moment by moment, in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from consortia import clock
from impact.models import EventKind, ReportEvent, ReportVersion
from impact.views.desk import Desk


@dataclass
class Moment:
    """A line of the history: what happened, or when the report is due."""

    at: datetime
    kind: str
    version: ReportVersion | None = None
    people: list[str] = field(default_factory=list)
    on_behalf: bool = False
    comment: str = ""
    until: datetime | None = None
    times: int = 1
    days_late: int = 0
    is_last: bool = False
    """The last thing that has happened."""
    is_ahead: bool = False

    @property
    def day(self) -> date:
        return timezone.localtime(self.at, clock.AMSTERDAM).date()

    @property
    def words(self) -> str:
        who = ", ".join(self.people)
        if len(self.people) > 1:
            who = _("%(some)s and %(last)s") % {"some": ", ".join(self.people[:-1]), "last": self.people[-1]}
        said = {
            "due": _("Last day to hand in"),
            EventKind.OPENED: _("Begun by %(who)s"),
            EventKind.FILLED: _("Filled in by %(who)s"),
            EventKind.SUBMITTED: _("Submitted by %(who)s"),
            EventKind.RETURNED: _("Returned by %(who)s"),
            EventKind.ACCEPTED: _("Accepted by %(who)s: these figures count"),
            EventKind.CORRECTION: _("Correction opened by %(who)s"),
            EventKind.WITHDRAWN: _("Withdrawn by %(who)s: nothing counts any more"),
            EventKind.EXTENDED: _("More time given by %(who)s"),
            EventKind.SHORTENED: _("Extension ended early by %(who)s"),
            EventKind.DECLINED: _("More time declined by %(who)s"),
        }
        return said.get(self.kind, f"{self.kind} · %(who)s") % {"who": who}


def moments(desk: Desk) -> list[Moment]:
    """From the first save to now, with the day on which the report is due in its place."""
    found = _told(desk.report.events.select_related("actor", "version") if desk.report.pk else [])
    if not found and not desk.owes:
        return []
    due_date = desk.punctuality.due_date or desk.deadline.due_date
    end_of_day = datetime.combine(due_date, time(23, 59), tzinfo=clock.AMSTERDAM)
    first = next((moment for moment in found if moment.kind == EventKind.SUBMITTED), None)
    if first is not None:
        first.days_late = desk.punctuality.days_late
    if found:
        found[-1].is_last = True
    due = Moment(at=end_of_day, kind="due", is_ahead=end_of_day > clock.now())
    return sorted([*found, due], key=lambda moment: moment.at)


def _told(events: Iterable[ReportEvent]) -> list[Moment]:
    """What happened; of many saves of one version behind each other one line with who took part in them.

    A save of which something is to be told has a line of its own.
    """
    found: list[Moment] = []
    for event in events:
        last = found[-1] if found else None
        is_same = last is not None and (last.kind, last.version) == (EventKind.FILLED, event.version)
        if last and is_same and event.kind == EventKind.FILLED and not event.comment:
            last.until, last.times = event.at, last.times + 1
            last.on_behalf = last.on_behalf or event.on_behalf
            if str(event.actor) not in last.people:
                last.people.append(str(event.actor))
            continue
        found.append(
            Moment(
                at=event.at,
                kind=event.kind,
                version=event.version,
                people=[str(event.actor)],
                on_behalf=event.on_behalf,
                comment=event.comment,
            )
        )
    return found
