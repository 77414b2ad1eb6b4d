"""A HIP asks for more time; the office answers with an `Extension` (`programme.extend`).

Source: docs/semantics.md, "Time".
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import User
from impact import in_hand, obligations, outbox, submission
from impact.models import ExtensionRequest, QuarterlyReport
from impact.submission import MAX_TEXT
from impact.transitions import ReportStatus

LONGEST = timedelta(days=92)
"""How much later than the present due date a HIP can ask for: the next quarter is due by then."""
_OWED = (ReportStatus.NOT_STARTED, ReportStatus.DRAFT, ReportStatus.RETURNED, ReportStatus.WITHDRAWN)


@transaction.atomic
def request_extension(
    *, actor: User, consortium: str, quarter: str, due_date: date | None, reason: str
) -> ExtensionRequest:
    """Ask the office for another due date; one request at a time waits for an answer.

    Raises:
        NotVisible, NotPermitted: only who hands in the report asks.
        NotAllowedNow: nothing is owed, or an earlier request waits for its answer.
        Refused: no date, one that is not later or too late, or no reason that may be stored.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.SUBMIT)
    if not is_owed(held.status, counts=held.counting is not None):
        raise NotAllowedNow(_("Nothing is due for this report, so there is nothing to extend."))
    if unanswered(report) is not None:
        raise NotAllowedNow(_("You asked for an extension already; the programme office has not answered yet."))
    problems = _check_date(report, due_date)
    if not reason.strip():
        problems.append(Problem("/reason", "required", _("Give a reason.")))
    problems += submission.check_text("/reason", reason, MAX_TEXT)
    if problems or due_date is None:
        raise Refused(problems)
    request = ExtensionRequest.objects.create(
        report=report, due_date=due_date, reason=reason.strip(), requested_by=actor, requested_at=clock.now()
    )
    outbox.put(outbox.EXTENSION_REQUEST, request=request.pk)
    return request


def is_owed(status: ReportStatus, *, counts: bool) -> bool:
    """Whether the due date still matters: something is to be handed in, and it is no correction of what counts."""
    return status in _OWED and not counts


def unanswered(report: QuarterlyReport) -> ExtensionRequest | None:
    """The request that waits for the office."""
    if report._state.adding:
        return None
    return ExtensionRequest.objects.filter(report=report, extension__isnull=True).first()


def last_day(report: QuarterlyReport) -> date:
    """The latest day that can be asked for."""
    return max(obligations.deadline_of(report).due_date, clock.today()) + LONGEST


def _check_date(report: QuarterlyReport, due_date: date | None) -> list[Problem]:
    if due_date is None:
        return [Problem("/dueDate", "required", _("Choose a day."))]
    if due_date <= obligations.deadline_of(report).due_date:
        return [Problem("/dueDate", "out-of-range", _("This is not later than the due date."))]
    if due_date < clock.today():
        return [Problem("/dueDate", "out-of-range", _("This day is already past."))]
    if due_date > last_day(report):
        return [Problem("/dueDate", "out-of-range", _("This is more than three months later; ask the office first."))]
    return []
