"""Where a report stands, as one person may see it: status, versions, and what counts. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from consortia import access
from consortia.access import Permission
from consortia.errors import NotVisible
from consortia.models import Consortium, User
from impact.models import Quarter, QuarterlyReport, ReportVersion, VersionStatus
from impact.transitions import ReportStatus


@dataclass(frozen=True)
class Standing:
    """A report as one actor may see it: its status, the version to show, and what counts."""

    report: QuarterlyReport
    tag: str
    """The strong ETag of what the actor sees: changes with every change of it, and with nothing else."""
    status: ReportStatus
    version: ReportVersion | None
    counting: ReportVersion | None
    counting_seq: int | None
    versions: tuple[ReportVersion, ...]
    """All that the actor may see, oldest first."""
    has_counted: bool
    """Whether any version ever counted, also one that was withdrawn."""

    @property
    def open_version(self) -> ReportVersion | None:
        return _open_of(self.versions)


def tag_of(report: QuarterlyReport) -> str:
    """The tag of the whole report, for those who see all of it; what a write has to build on."""
    return f'"{report.consortium.slug}-{report.quarter_id}-{report.quarter.due_date:%m%d}-{report.revision}"'


def standing(actor: Any, consortium: str, quarter: str) -> Standing:
    """A report as the actor may see it, without locking or making anything.

    Raises:
        NotVisible: no such HIP or quarter, or not for this actor.
    """
    return standing_of(actor, find(actor, consortium, quarter))


def standing_of(actor: Any, report: QuarterlyReport) -> Standing:
    """As `standing`, for a report from `visible_to(actor)`; versions are taken from its prefetch if there is one."""
    versions = tuple(sorted(report.versions.all(), key=lambda version: version.number))
    counting_id, seq, since = (
        getattr(report, name, None) for name in ("counting_version_id", "ledger_seq", "ledger_time")
    )
    counting = next((version for version in versions if version.pk == counting_id), None)
    status = _status(versions, counting, withdrawn_at=since if seq and counting_id is None else None)
    tag = tag_of(report)
    if not access.allows(actor, Permission.SEE_REPORTS, report.consortium_id):
        versions = (counting,) if counting else ()
        status = ReportStatus.ACCEPTED
        # What the HIP is drafting must not show, not even in the tag.
        tag = f'"{report.consortium.slug}-{report.quarter_id}-{report.quarter.due_date:%m%d}-counting-{seq}"'
    return Standing(
        report=report,
        tag=tag,
        status=status,
        version=_open_of(versions) or (versions[-1] if versions else None),
        counting=counting,
        counting_seq=seq if counting else None,
        versions=versions,
        has_counted=seq is not None,
    )


def find(actor: Any, consortium: str, quarter: str) -> QuarterlyReport:
    """The report's row with what counts, for those who may see it; not yet stored where nobody touched it.

    Raises:
        NotVisible: no such HIP or quarter, or not for this actor.
    """
    report = (
        QuarterlyReport.objects.visible_to(actor)
        .select_related("consortium", "quarter")
        .filter(consortium__slug=consortium, quarter=quarter)
        .first()
    )
    if report is not None:
        return report
    hip = Consortium.objects.filter(slug=consortium).first()
    period = Quarter.objects.filter(pk=quarter).first()
    if hip is None or period is None or not access.allows(actor, Permission.SEE_REPORTS, hip):
        raise NotVisible(_("There is no such report."))
    # An obligation that nobody has touched needs no row to be seen.
    return QuarterlyReport(consortium=hip, quarter=period)


def is_own(user: User, version: ReportVersion) -> bool:
    """Four eyes: whoever entered or submitted something does not review it."""
    return version.submitted_by_id == user.pk or version.authors.filter(user=user).exists()


def _open_of(versions: Sequence[ReportVersion]) -> ReportVersion | None:
    return next((each for each in versions if each.status in (VersionStatus.DRAFT, VersionStatus.SUBMITTED)), None)


def _status(
    versions: Sequence[ReportVersion], counting: ReportVersion | None, *, withdrawn_at: datetime | None
) -> ReportStatus:
    """What happened last decides; an open version is not touched by a withdrawal."""
    if not versions:
        return ReportStatus.NOT_STARTED
    last = versions[-1]
    if last.status == VersionStatus.ACCEPTED and last != counting:
        return ReportStatus.WITHDRAWN
    if last.status == VersionStatus.RETURNED and withdrawn_at and last.reviewed_at and withdrawn_at >= last.reviewed_at:
        return ReportStatus.WITHDRAWN
    return ReportStatus(last.status)
