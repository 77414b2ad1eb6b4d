"""Commands of the programme office that move figures, coverage or goals: each appends to the ledger.

Source: docs/semantics.md, "The ledger says what counts, from when".
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import access, clock, notation
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused, Stale
from consortia.models import Consortium, User
from impact import definitions, ledger, outbox, submission
from impact.coverage import Participants
from impact.models import (
    EntryKind,
    EventKind,
    Extension,
    ExtensionRequest,
    Goal,
    GoalRevision,
    Indicator,
    IndicatorDefinition,
    LedgerEntry,
    Milestone,
    Quarter,
    QuarterlyReport,
    ReportEvent,
)


def _require(actor: User | None) -> None:
    """The office, or (None) the loading of the reference data, which has no actor."""
    if actor is not None:
        access.require(actor, Permission.CONFIGURE)


def record(kind: EntryKind, actor: User | None, reason: str, **subject: Any) -> LedgerEntry:
    """Append to the ledger what the office decides, and ask for the roll-up that follows from it.

    Raises:
        Refused: a reason that cannot be stored.
    """
    if problems := submission.check_text("/reason", reason, submission.MAX_TEXT):
        raise Refused(problems)
    entry = ledger.append(kind=kind, actor=actor, reason=reason.strip(), **subject)
    outbox.add(entry)
    return entry


def _required_reason(reason: str) -> str:
    if not reason.strip():
        raise Refused([Problem("/reason", "required", _("Give a reason."))])
    return reason


def require_unmoved(seen: int | None) -> None:
    """Take a step only on the figures that its actor saw: `seen` is the seq of the preview, None where there was none.

    Raises:
        Stale: the ledger has moved since.
    """
    now = ledger.newest()
    if seen is not None and seen != now:
        raise Stale(_("The figures have changed since you looked."), current=str(now))


@transaction.atomic
def set_participation(
    *,
    actor: User | None,
    consortium: Consortium,
    start_date: date,
    end_date: date | None,
    reason: str = "",
    seen: int | None = None,
) -> LedgerEntry:
    """From when until when the HIP takes part; it is expected in quarters on whose last day it does.

    `seen` is the seq of the ledger at which the actor saw what would change.

    Raises:
        NotPermitted: no programme manager.
        Refused: the last day lies before the first; or other days than before, and no reason.
        Stale: the ledger has moved since `seen`.
    """
    _require(actor)
    ledger.lock()
    if end_date is not None and end_date < start_date:
        raise Refused([Problem("/endDate", "out-of-order", _("The last day lies before the first."))])
    before = LedgerEntry.objects.filter(kind=EntryKind.PARTICIPATION, consortium=consortium)
    if actor is not None and before.exists():
        reason = _required_reason(reason)
    require_unmoved(seen)
    return record(
        EntryKind.PARTICIPATION, actor, reason, consortium=consortium, start_date=start_date, end_date=end_date
    )


@transaction.atomic
def close_quarter(*, actor: User | None, quarter: Quarter, reason: str = "") -> LedgerEntry:
    """Close a quarter for new first reports; its figures become final once everything is in.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: it has not ended, or is closed.
        Refused: somebody is missing, and there is no reason.
    """
    _require(actor)
    ledger.lock()
    if quarter.end_date >= clock.today():
        raise NotAllowedNow(_("This quarter has not ended yet."))
    if ledger.is_closed(quarter):
        raise NotAllowedNow(_("This quarter is already closed."))
    if actor is not None and not reason.strip():
        participants = Participants.of(ledger.resolve(), [quarter])
        if participants.expected_in(None, quarter.index) > participants.reported_in(None, quarter.index):
            detail = _("Not every HIP that is expected counts in this quarter. Say why it is closed all the same.")
            raise Refused([Problem("/reason", "required", detail)])
    return record(EntryKind.QUARTER_CLOSED, actor, reason, quarter=quarter)


@transaction.atomic
def reopen_quarter(*, actor: User, quarter: Quarter, reason: str) -> LedgerEntry:
    """Undo the closing of a quarter.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: it is not closed.
        Refused: no reason.
    """
    _require(actor)
    ledger.lock()
    if not ledger.is_closed(quarter):
        raise NotAllowedNow(_("This quarter is not closed."))
    return record(EntryKind.QUARTER_REOPENED, actor, _required_reason(reason), quarter=quarter)


@transaction.atomic
def define_indicator(
    *,
    actor: User | None,
    indicator: Indicator,
    from_quarter: Quarter,
    kind: str,
    unit: str,
    source: str,
    rule: str = "",
    by_action_line: bool = True,
    meaning_nl: str,
    meaning_en: str,
    reason: str = "",
) -> IndicatorDefinition:
    """What an indicator means from a quarter on; older quarters keep the definition they had.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: figures were handed in, or count, that were entered under another meaning.
        Refused: the parts do not fit together.
    """
    _require(actor)
    ledger.lock()
    definition = IndicatorDefinition(
        indicator=indicator,
        from_quarter=from_quarter,
        kind=kind,
        unit=unit,
        source=source,
        rule=rule,
        by_action_line=by_action_line,
        meaning_nl=meaning_nl,
        meaning_en=meaning_en,
    )
    _validate(definition)
    require_unanswered(indicator, from_quarter)
    definition.save()
    record(EntryKind.DEFINITION, actor, reason, definition=definition)
    return definition


def require_unanswered(indicator: Indicator, from_quarter: Quarter) -> None:
    """Nothing that was handed in may come to mean something else.

    Raises:
        NotAllowedNow: the definition cannot begin in this quarter; says in which one it can.
    """
    quarters = {row.index: row for row in Quarter.objects.all()}
    free = definitions.first_free(indicator, from_quarter.index, ledger.resolve(), quarters)
    if free == from_quarter.index:
        return
    if free is None:
        raise NotAllowedNow(_("Figures were handed in under the definition that holds there, up to the last quarter."))
    raise NotAllowedNow(
        _(
            "Figures were handed in under the definition that holds there. A new one can begin in %(quarter)s at the "
            "earliest."
        )
        % {"quarter": notation.quarter(quarters[free].pk, language=get_language() or notation.DUTCH)}
    )


@transaction.atomic
def revise_goal(
    *,
    actor: User | None,
    goal: Goal,
    baseline_value: Decimal | None,
    baseline_date: date,
    target_value: Decimal | None,
    target_date: date,
    decision: str,
    decided_on: date,
    baseline_method_nl: str = "",
    baseline_method_en: str = "",
    baseline_source: str = "",
    milestones: Mapping[Quarter, Decimal] | None = None,
    reason: str = "",
    seen: int | None = None,
) -> GoalRevision:
    """Set a goal or revise it; progress against the original target stays available.

    `seen` is the seq of the ledger at which the actor saw what would change (`impact.revising`).

    Raises:
        NotPermitted: no programme manager.
        Refused: the parts do not fit together; or it was set before, and there is no reason.
        Stale: the ledger has moved since `seen`.
    """
    _require(actor)
    ledger.lock()
    Goal.objects.select_for_update().get(pk=goal.pk)
    before = goal.revisions.count()
    if actor is not None and before:
        reason = _required_reason(reason)
    require_unmoved(seen)
    revision = GoalRevision(
        goal=goal,
        number=before + 1,
        baseline_value=baseline_value,
        baseline_date=baseline_date,
        baseline_method_nl=baseline_method_nl,
        baseline_method_en=baseline_method_en,
        baseline_source=baseline_source,
        target_value=target_value,
        target_date=target_date,
        decision=decision,
        decided_on=decided_on,
    )
    _validate(revision)
    revision.save()
    Milestone.objects.bulk_create(
        Milestone(revision=revision, quarter=quarter, value=value) for quarter, value in (milestones or {}).items()
    )
    record(EntryKind.GOAL, actor, reason, goal_revision=revision)
    return revision


def _validate(row: Any) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        problems = [
            Problem(f"/{name}", "invalid", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
        raise Refused(problems) from error


@transaction.atomic
def extend(*, actor: User, consortium: Consortium, quarter: Quarter, due_date: date, reason: str) -> Extension:
    """Give one HIP more time for one quarter.

    Raises:
        NotPermitted: no programme manager.
        NotVisible: the quarter has not opened, so there is nothing to extend.
        Refused: no reason, or a date that is no extension.
    """
    _require(actor)
    report = QuarterlyReport.objects.select_for_update().filter(consortium=consortium, quarter=quarter).first()
    if report is None:
        raise NotVisible(_("There is no such report."))
    if due_date < clock.today():
        raise Refused([Problem("/dueDate", "out-of-range", _("This day is already past."))])
    if due_date <= quarter.due_date:
        raise Refused([Problem("/dueDate", "out-of-range", _("This is not later than the due date."))])
    if problems := submission.check_text("/reason", _required_reason(reason), submission.MAX_TEXT):
        raise Refused(problems)
    extension = Extension.objects.create(
        report=report, due_date=due_date, reason=reason.strip(), granted_by=actor, granted_at=clock.now()
    )
    # Whatever day was asked for, this is the answer.
    waiting = ExtensionRequest.objects.filter(report=report, extension__isnull=True, declined_at__isnull=True)
    waiting.update(extension=extension)
    report.revision += 1
    report.save(update_fields=["revision"])
    ReportEvent.objects.create(
        report=report,
        kind=EventKind.EXTENDED,
        actor=actor,
        at=clock.now(),
        comment=extension.reason,
        revision=report.revision,
    )
    outbox.put(outbox.EXTENSION, extension=extension.pk)
    return extension


@transaction.atomic
def open_quarters() -> int:
    """Make the obligations of quarters that have ended, for every HIP; returns how many were new."""
    ended = list(Quarter.objects.filter(end_date__lt=clock.today()))
    missing = [
        QuarterlyReport(consortium=consortium, quarter=quarter)
        for consortium in Consortium.objects.all()
        for quarter in ended
    ]
    before = QuarterlyReport.objects.count()
    QuarterlyReport.objects.bulk_create(missing, ignore_conflicts=True)
    return QuarterlyReport.objects.count() - before
