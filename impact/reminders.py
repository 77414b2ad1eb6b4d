"""Reminders (herinneringen): when a quarter opens, 14 and 3 days before it is due, and 1 and 8 days after.

To the people of the HIP who may submit; nothing once a version was submitted. Each is told once for a due date: an
extension brings new ones for the new date. The office hears once of all that became overdue on a day.

Source: docs/semantics.md, "Time".
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import partial

from django.db import transaction
from django.utils.translation import get_language

from consortia import access, notation, notifications
from consortia.access import Permission
from consortia.models import User
from impact import dues, ledger, notice_kinds, obligations
from impact.dues import Stage
from impact.models import QuarterlyReport
from impact.obligations import Obligation


def remind() -> int:
    """Tell what it is time for and was not told yet; returns how many notifications that made."""
    office = list(access.holders(Permission.CONFIGURE))
    if not office:
        return 0
    # With the eyes of the office, which sees what every HIP owes.
    rows = obligations.of_consortia(office[0], ledger.resolve())
    told = 0
    overdue: dict[tuple[str, date], list[Obligation]] = defaultdict(list)
    for row in rows:
        stage = dues.stage_of(row)
        if stage is None:
            continue
        told += _remind(row, stage)
        if stage.code == "overdue-1":
            overdue[row.report.quarter_id, row.deadline.due_date].append(row)
    return told + sum(_tell_office(office, *which, of_them) for which, of_them in overdue.items())


def quarter_name(period: str) -> str:
    """The quarter as it is written in the language at hand."""
    return notation.quarter(period, language=get_language() or notation.DUTCH)


@transaction.atomic
def _remind(row: Obligation, stage: Stage) -> int:
    report = row.report
    # Whoever submits at this moment is waited for, so that nobody is reminded of what is in.
    stored = QuarterlyReport.objects.select_for_update().filter(pk=report.pk)
    if stored.first() and stored.filter(versions__submitted_at__isnull=False).exists():
        return 0
    due_date = row.deadline.due_date
    place = f"{report.consortium.slug}/{report.quarter_id}"
    # A quarter opens once, whatever becomes of its due date.
    cause = f"{stage.code}:{place}" if stage.kind == dues.OPENING else f"{stage.code}:{place}:{due_date}"
    return sum(
        notifications.tell(
            user=user,
            kind=stage.kind,
            cause=cause,
            context={
                "hip": report.consortium.name,
                "quarter": partial(quarter_name, report.quarter_id),
                "due_date": due_date,
            },
            url=notifications.place("impact:report", report.consortium.slug, report.quarter_id),
            about={
                "consortium": report.consortium_id,
                "quarter": report.quarter_id,
                "due_date": due_date.isoformat(),
                "stage": stage.code,
            },
        )
        for user in access.members(Permission.SUBMIT, report.consortium_id)
    )


def _tell_office(office: Iterable[User], quarter: str, due_date: date, rows: list[Obligation]) -> int:
    names = [row.report.consortium.name for row in rows]
    return sum(
        notifications.tell(
            user=user,
            kind=notice_kinds.OVERDUE_OFFICE,
            cause=f"overdue-office:{quarter}:{due_date}",
            context={
                "quarter": partial(quarter_name, quarter),
                "due_date": due_date,
                "number": len(names),
                "hips": "\n".join(f"• {name}" for name in names),
            },
            url=f"{notifications.place('impact:reviews')}?kwartaal={quarter}",
            about={"quarter": quarter, "due_date": due_date.isoformat()},
        )
        for user in office
    )
