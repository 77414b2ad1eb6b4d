"""A HIP asks for more time; the office answers with an `Extension` (`programme.extend`), or declines.

Source: docs/semantics.md, "Time".
"""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused
from consortia.models import User
from impact import in_hand, obligations, outbox, submission
from impact.models import (
    EventKind,
    Extension,
    ExtensionEnd,
    ExtensionRequest,
    QuarterlyReport,
    ReportEvent,
)
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
    return ExtensionRequest.objects.filter(report=report, extension__isnull=True, declined_at__isnull=True).first()


def last_answer(report: QuarterlyReport) -> ExtensionRequest | None:
    """The newest request, where the office declined it."""
    if report._state.adding:
        return None
    newest = ExtensionRequest.objects.filter(report=report).order_by("-requested_at", "-pk").first()
    return newest if newest is not None and newest.declined_at is not None else None


def newest_of(reports: Iterable[QuarterlyReport]) -> dict[UUID, ExtensionRequest]:
    """By report what was asked last, with its answer where there is one."""
    stored = [report.pk for report in reports if not report._state.adding]
    rows = ExtensionRequest.objects.filter(report__in=stored).select_related("extension__end")
    return {row.report_id: row for row in rows.order_by("requested_at", "pk")}


def open_requests() -> QuerySet[ExtensionRequest]:
    """All that wait for the office, the oldest first."""
    waiting = ExtensionRequest.objects.filter(extension__isnull=True, declined_at__isnull=True)
    return waiting.select_related("report__consortium", "report__quarter", "requested_by").order_by("requested_at")


def running() -> QuerySet[Extension]:
    """The extensions that hold today, the first to end first."""
    holds = Extension.objects.filter(due_date__gte=clock.today()).exclude(end__last_day__lt=clock.today())
    related = holds.select_related("report__consortium", "report__quarter", "granted_by", "end")
    return related.order_by("due_date", "pk")


@transaction.atomic
def decline(*, actor: User, request_id: int, reason: str) -> ExtensionRequest:
    """Give no more time, and say why; the due date stays as it is, and the HIP may ask again.

    Raises:
        NotPermitted: no programme manager.
        NotVisible: there is no such request.
        NotAllowedNow: it has its answer.
        Refused: no reason that may be stored.
    """
    access.require(actor, Permission.CONFIGURE)
    asked = ExtensionRequest.objects.filter(pk=request_id).first()
    if asked is None:
        raise NotVisible(_("There is no such request."))
    report = QuarterlyReport.objects.select_for_update().get(pk=asked.report_id)
    asked = ExtensionRequest.objects.select_for_update().get(pk=request_id)
    if asked.is_answered:
        raise NotAllowedNow(_("This request has its answer already."))
    _require_reason(reason)
    asked.declined_by, asked.declined_at, asked.decline_reason = actor, clock.now(), reason.strip()
    asked.save(update_fields=["declined_by", "declined_at", "decline_reason"])
    _told(actor, report, EventKind.DECLINED, asked.decline_reason)
    outbox.put(outbox.EXTENSION_DECLINED, request=asked.pk)
    return asked


@transaction.atomic
def end(*, actor: User, extension_id: int, last_day: date | None, reason: str) -> ExtensionEnd:
    """Let an extension hold less long than was granted, at the earliest until the end of today.

    The extension stays in the history as it was granted. What was handed in by now keeps the due date that held then.

    Raises:
        NotPermitted: no programme manager.
        NotVisible: there is no such extension.
        NotAllowedNow: it has passed, or was ended before.
        Refused: a day that is not between today and the day that was granted, or no reason that may be stored.
    """
    access.require(actor, Permission.CONFIGURE)
    extension = Extension.objects.filter(pk=extension_id).first()
    if extension is None:
        raise NotVisible(_("There is no such extension."))
    report = QuarterlyReport.objects.select_for_update().get(pk=extension.report_id)
    extension = Extension.objects.get(pk=extension_id)
    if extension.ended is not None:
        raise NotAllowedNow(_("This extension was ended already."))
    if extension.due_date <= clock.today():
        raise NotAllowedNow(_("This extension has nothing left to end."))
    if last_day is None or not clock.today() <= last_day < extension.due_date:
        detail = _("Choose a day from today until the day before the one that was granted.")
        raise Refused([Problem("/lastDay", "out-of-range", detail)])
    _require_reason(reason)
    ended = ExtensionEnd.objects.create(
        extension=extension, last_day=last_day, reason=reason.strip(), ended_by=actor, ended_at=clock.now()
    )
    _told(actor, report, EventKind.SHORTENED, ended.reason)
    outbox.put(outbox.EXTENSION_ENDED, extension=extension.pk)
    return ended


def _require_reason(reason: str) -> None:
    problems = [] if reason.strip() else [Problem("/reason", "required", _("Give a reason."))]
    problems += submission.check_text("/reason", reason, MAX_TEXT)
    if problems:
        raise Refused(problems)


def _told(actor: User, report: QuarterlyReport, kind: EventKind, comment: str) -> None:
    report.revision += 1
    report.save(update_fields=["revision"])
    ReportEvent.objects.create(
        report=report, kind=kind, actor=actor, at=clock.now(), comment=comment, revision=report.revision
    )


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
