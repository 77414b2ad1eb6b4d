"""Mijn werk: what asks for the reader now, oldest deadline first."""

from collections import Counter
from collections.abc import Sequence

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia import access, exports
from consortia.access import Permission
from impact import checklist, extensions, follow_ups, ledger, obligations, returning
from impact.forms.questions import Questions
from impact.ledger import State
from impact.models import ExtensionRequest, ReportVersion, VersionStatus
from impact.obligations import Obligation
from impact.transitions import ReportStatus
from impact.views import open_cells, work_lists
from impact.views.refusals import work_page

_MOST_DONE = 8


@require_safe
@work_page
def work(request: HttpRequest) -> HttpResponseBase:
    """One row a report, one button a row; for reviewers and the office the whole programme."""
    fills = access.consortia_where(request.user, Permission.FILL)
    reviews = access.allows(request.user, Permission.REVIEW)
    oversees = access.allows(request.user, Permission.SEE_REPORTS)
    own = set() if fills is None else fills
    state = ledger.resolve()
    rows = obligations.of_consortia(request.user, state, consortia=None if oversees else own)
    mine = [row for row in rows if row.report.consortium_id in own]
    if exports.is_asked(request):
        return work_lists.obligations(request, rows, title=_("Reports"), name="reports")
    everything = request.GET.get("toon") == "alles"
    waiting = [row for row in rows if row.is_waiting]
    done = [row for row in mine if row.status == ReportStatus.ACCEPTED]
    due = [row for row in mine if row.is_due]
    context = {
        "due": list(zip(due, _asked_for_time(due), strict=True)),
        "sent": [row for row in mine if row.is_waiting],
        "done": sorted(done, key=lambda row: -row.report.quarter.index)[: None if everything else _MOST_DONE],
        "done_more": 0 if everything else max(len(done) - _MOST_DONE, 0),
        "returned": [(row, version, _open_in(row, version, state)) for row, version in _returned(mine)],
        "mine": checklist.mine(request.user, [row.standing for row in rows if row.is_due]),
        "marks": follow_ups.mine(request.user),
        "has_own": bool(own),
        "has_several": len(own) > 1,
        "reviews": reviews,
        "waiting": waiting[:_MOST_DONE],
        "waiting_count": len(waiting),
        "oversees": oversees,
        "backfills": fills is None,
        "overview": _overview(rows, state.closed) if oversees else [],
    }
    return render(request, "impact/work/home.html", context)


def _returned(rows: list[Obligation]) -> list[tuple[Obligation, ReportVersion]]:
    """Reports that came back, with the version in which the reviewer says why."""
    found = []
    for row in rows:
        versions = [version for version in row.standing.versions if version.status != VersionStatus.DRAFT]
        if row.is_due and versions and versions[-1].status == VersionStatus.RETURNED:
            found.append((row, versions[-1]))
    return found


def _asked_for_time(rows: Sequence[Obligation]) -> list[ExtensionRequest | None]:
    """What the HIP asked the office last for each of these, while it matters: until the report was handed in."""
    asked = extensions.newest_of(row.report for row in rows)
    return [asked.get(row.report.pk) if row.punctuality.handed_in_at is None else None for row in rows]


def _open_in(row: Obligation, version: ReportVersion, state: State) -> list[tuple[str, str]]:
    """What alone may change of a report that came back, with what the reviewer says; nothing where all of it may."""
    if returning.open_places(row.standing) is None:
        return []
    return open_cells.in_words(version, Questions.of(row.report.quarter, state))


def _overview(rows: list[Obligation], closed: frozenset[int]) -> list[dict[str, object]]:
    """For each quarter that is open: how many HIPs are how far. Newest first."""
    by_quarter: dict[int, list[Obligation]] = {}
    for row in rows:
        index = row.report.quarter.index
        if index not in closed or row.is_due or row.is_waiting:
            by_quarter.setdefault(index, []).append(row)
    overview = []
    for _index, of_quarter in sorted(by_quarter.items(), reverse=True):
        # A correction stands with what counts already, and once more where a reviewer has to look at it.
        count = Counter(row.status for row in of_quarter if row.is_waiting or not row.counts)
        overview.append(
            {
                "quarter": of_quarter[0].report.quarter,
                "expected": len(of_quarter),
                "accepted": sum(row.counts for row in of_quarter),
                "submitted": count[ReportStatus.SUBMITTED],
                "busy": count[ReportStatus.DRAFT] + count[ReportStatus.RETURNED],
                "not_started": count[ReportStatus.NOT_STARTED] + count[ReportStatus.WITHDRAWN],
                "late": sum(row.is_late for row in of_quarter),
            }
        )
    return overview
