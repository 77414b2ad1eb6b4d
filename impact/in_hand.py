"""A report in the hands of one command: locked, seen to allow the step, and afterwards with the step written down."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible
from consortia.models import User
from impact import ledger, obligations, transitions, zeros
from impact.models import (
    DroppedProposal,
    EventKind,
    Evidence,
    Explanation,
    QuarterlyReport,
    ReportEvent,
    ReportPart,
    ReportVersion,
    VersionAuthor,
)
from impact.standing import Standing, find, standing_of
from impact.submission import Known, Line
from impact.transitions import Step

_TOLD_FOR = timedelta(minutes=30)


def lock(actor: User, consortium: str, quarter: str, permission: Permission) -> tuple[QuarterlyReport, Standing]:
    """The report, locked until commit, as it stands after whoever was before us."""
    report = find(actor, consortium, quarter)
    access.require(actor, permission, report.consortium_id)
    if report._state.adding:
        if report.quarter.end_date >= clock.today():
            raise NotAllowedNow(_("This quarter has not ended yet."))
        QuarterlyReport.objects.bulk_create([report], ignore_conflicts=True)
    ids = {"consortium": report.consortium_id, "quarter": report.quarter_id}
    QuarterlyReport.objects.select_for_update().get(**ids)
    locked = QuarterlyReport.objects.visible_to(actor).select_related("consortium", "quarter").filter(**ids).first()
    if locked is None:
        raise NotVisible(_("There is no such report."))
    return locked, standing_of(actor, locked)


def require_step(held: Standing, step: Step) -> None:
    if not transitions.allows(held.status, step):
        raise NotAllowedNow(
            _("This report is %(status)s; that does not allow this step.")
            % {"status": transitions.STATUS_LABELS[held.status]}
        )


def require_open_quarter(report: QuarterlyReport, held: Standing) -> None:
    """A closed quarter takes no new first report without an extension; corrections stay possible."""
    if report.quarter.end_date >= clock.today():
        raise NotAllowedNow(_("This quarter has not ended yet."))
    is_closed = ledger.is_closed(report.quarter)
    if not obligations.takes_new_reports(report, is_closed=is_closed, has_counted=held.has_counted):
        raise NotAllowedNow(_("This quarter is closed; ask the programme office for an extension."))


def author(version: ReportVersion | None, *people: User | UUID) -> None:
    """Who had a hand in what is handed in, and so does not review it (four eyes).

    Before there is a version nothing is written down; `authors_before` makes up for it.
    """
    if version is None or not people:
        return
    ids = {each.pk if isinstance(each, User) else each for each in people}
    missing = ids - set(VersionAuthor.objects.filter(version=version, user__in=ids).values_list("user", flat=True))
    VersionAuthor.objects.bulk_create([VersionAuthor(version=version, user_id=pk) for pk in sorted(missing)])


def authors_before(report: QuarterlyReport) -> set[UUID]:
    """Who said that a part is done, explained, dropped a proposal or added evidence, also where no draft was yet.

    What stands from before an earlier submission does no harm: a version has the authors of the one it starts from.
    """
    return set(
        ReportPart.objects.filter(report=report, done_by__isnull=False)
        .values_list("done_by", flat=True)
        .union(
            Explanation.objects.filter(report=report).values_list("author", flat=True),
            DroppedProposal.objects.filter(report=report).values_list("dropped_by", flat=True),
            Evidence.objects.filter(report=report).values_list("added_by", flat=True),
            Evidence.objects.filter(report=report, removed_by__isnull=False).values_list("removed_by", flat=True),
        )
    )


def changed(
    actor: User,
    report: QuarterlyReport,
    kind: EventKind,
    version: ReportVersion,
    comment: str = "",
    *,
    once: bool = False,
) -> None:
    """Write down that a step was made, and raise the revision that every tag is made of.

    `once`: of many small steps of one person shortly after each other the history tells the first.
    """
    report.revision += 1
    report.save(update_fields=["revision"])
    if once and _is_told(actor, report, kind, version):
        return
    ReportEvent.objects.create(
        report=report,
        version=version,
        kind=kind,
        actor=actor,
        on_behalf=kind not in (EventKind.ACCEPTED, EventKind.RETURNED, EventKind.WITHDRAWN)
        and not access.belongs_to(actor, report.consortium_id),
        at=clock.now(),
        comment=comment,
        revision=report.revision,
    )


def _is_told(actor: User, report: QuarterlyReport, kind: EventKind, version: ReportVersion) -> bool:
    last = report.events.last()
    return (
        last is not None
        and (last.kind, last.actor_id, last.version_id) == (kind, actor.pk, version.pk)
        and clock.now() - last.at < _TOLD_FOR
    )


def take_back_nil(report: QuarterlyReport, lines: Sequence[Line], known: Known) -> None:
    """Whoever reports something after all takes back that nothing happened there."""
    for part in ReportPart.objects.filter(report=report, is_nil=True):
        if not zeros.stand(part.section, lines, known):
            part.is_nil, part.done_by, part.done_at = False, None, None
            part.save()
