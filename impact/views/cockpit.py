"""The review cockpit: a quarter's reports, what is odd in them, and accepting several after each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consortia import access, clock, exports
from consortia.access import Permission
from impact import bulk_review, cockpit, follow_ups, ledger, obligations, tasks, timeliness
from impact.bulk_review import Outcome, Wanted
from impact.cockpit import Cockpit, GoalAt, Row
from impact.models import FollowUp, Goal, Quarter, ReportVersion, VersionStatus
from impact.models.codebook import EURO
from impact.odd_values import Handed
from impact.rollups import Dimensions
from impact.timeliness import Completeness, Timeliness
from impact.views import odd_words, work_lists
from impact.views.refusals import work_page

FIRST_SCREEN = 24
"""So many odd values are shown at first."""
_MOST_TICKED = 100


@dataclass(frozen=True)
class RowShown:
    """A report in the table of the quarter."""

    row: Row
    timeliness: Timeliness | None
    may_tick: bool
    is_ticked: bool

    @property
    def value(self) -> str:
        """What a tick sends: the report and its content as it is displayed."""
        version = self.row.obligation.standing.version
        return f"{self.row.obligation.report.consortium.slug}:{version.content_hash if version else ''}"

    @property
    def completeness(self) -> Completeness | None:
        return (self.timeliness.counting or self.timeliness.first) if self.timeliness else None


@dataclass(frozen=True)
class GoalShown:
    """A goal before and after, in the quarter at hand."""

    at: GoalAt
    notation: str

    @property
    def goal(self) -> Goal:
        return self.at.change.after.goal

    @property
    def before(self) -> Any:
        return self.at.before.value if self.at.before else None

    @property
    def after(self) -> Any:
        return self.at.after.value if self.at.after else None

    @property
    def changes(self) -> bool:
        return self.at.changes


@require_safe
@work_page
def reviews(request: HttpRequest) -> HttpResponseBase:
    """Every HIP in the quarter that is asked for: what is odd first, then the reports."""
    access.require(request.user, Permission.SEE_REPORTS)
    state, dimensions = ledger.resolve(), Dimensions.read()
    ended = [row for row in reversed(dimensions.quarters.values()) if row.end_date < clock.today()]
    chosen = _chosen(request.GET.get("kwartaal", ""), ended, state.closed)
    waiting = _waiting_by_quarter()
    context: dict[str, Any] = {
        "quarters": [(row, waiting.get(row.pk, 0)) for row in ended],
        "chosen": chosen,
        "elsewhere": [row for row in ended if waiting.get(row.pk) and row != chosen],
        "may_review": access.allows(request.user, Permission.REVIEW),
    }
    if chosen is not None:
        if exports.is_asked(request):
            rows = obligations.of_consortia(request.user, state, quarter=chosen)
            return work_lists.obligations(request, rows, title=_("Reports"), name=f"reports-{chosen.pk}")
        found = cockpit.of_quarter(request.user, chosen, state, dimensions)
        marks = _marks(request.user, found)
        odd = odd_words.shown(found.odd, dimensions, marks)
        times = timeliness.of_reports(request.user, state, quarters=[chosen.index])
        may_review = context["may_review"]
        everything = request.GET.get("toon") == "alles"
        context |= {
            "found": found,
            "is_closed": chosen.index in state.closed,
            "odd": odd if everything else odd[:FIRST_SCREEN],
            "odd_more": 0 if everything else max(len(odd) - FIRST_SCREEN, 0),
            "rows": [_shown(row, times, may_review=may_review) for row in found.rows],
            "late": sum(row.obligation.is_late for row in found.rows),
            "goals": _goals(chosen, found.waiting, state, dimensions) if found.waiting else [],
        }
    return render(request, "impact/work/reviews.html", context)


def _chosen(asked: str, newest_first: Sequence[Quarter], closed: frozenset[int]) -> Quarter | None:
    newest_open = next((row for row in newest_first if row.index not in closed), None)
    default = newest_open or (newest_first[0] if newest_first else None)
    return next((row for row in newest_first if row.pk == asked), default)


def _waiting_by_quarter() -> dict[str, int]:
    waiting = ReportVersion.objects.filter(status=VersionStatus.SUBMITTED).order_by()
    return dict(waiting.values_list("report__quarter").annotate(Count("pk")))


def _marks(actor: Any, found: Cockpit) -> dict[tuple[str, str], list[FollowUp]]:
    """The marks that are open, by report and place."""
    reports = [report.pk for report, _version in found.handed]
    marks: dict[tuple[str, str], list[FollowUp]] = {}
    for mark in follow_ups.visible_to(actor).filter(report__in=reports, done_at__isnull=True):
        marks.setdefault((str(mark.report_id), mark.place), []).append(mark)
    return marks


def _shown(row: Row, times: Any, *, may_review: bool) -> RowShown:
    report = row.obligation.report
    may_tick = may_review and row.waits and not row.is_own
    return RowShown(
        row=row,
        timeliness=times.get((report.consortium_id, report.quarter.index)),
        may_tick=may_tick,
        is_ticked=may_tick and not row.odd,
    )


def _goals(quarter: Quarter, accepted: Sequence[Handed], state: Any, dimensions: Dimensions) -> list[GoalShown]:
    return [
        GoalShown(each, EURO if state.definitions[each.change.after.goal.indicator_id][-1][1].unit == EURO else "")
        for each in cockpit.goals_if_accepted(quarter, accepted, state, dimensions)
    ]


# --- accepting several


@dataclass(frozen=True)
class Ticked:
    """A report that was ticked, as it is now."""

    wanted: Wanted
    row: Row
    is_stale: bool

    @property
    def value(self) -> str:
        return f"{self.wanted.consortium}:{self.wanted.content_hash}"

    @property
    def stands_in_the_way(self) -> bool:
        return self.is_stale or self.row.is_own or not self.row.waits


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def accept_several(request: HttpRequest) -> HttpResponse:
    """What accepting exactly the ticked reports would do; and, asked with a POST, what came of it."""
    access.require(request.user, Permission.REVIEW)
    given = request.POST if request.method == "POST" else request.GET
    quarter = Quarter.objects.filter(pk=given.get("kwartaal", ""), end_date__lt=clock.today()).first()
    wanted = _wanted(given.getlist("rapport"), quarter)
    if request.method == "POST":
        outcomes = bulk_review.accept(actor=request.user, wanted=wanted)  # type: ignore[arg-type]
        tasks.nudge()
        return _result(request, quarter, outcomes)
    state, dimensions = ledger.resolve(), Dimensions.read()
    ticked = _ticked(request.user, quarter, wanted, state, dimensions) if quarter else []
    fit = [each for each in ticked if not each.stands_in_the_way]
    handed = [(each.row.obligation.report, each.row.version) for each in fit if each.row.version]
    context = {
        "quarter": quarter,
        "fit": fit,
        "exceptions": [each for each in ticked if each.stands_in_the_way],
        "goals": _goals(quarter, handed, state, dimensions) if quarter and handed else [],
    }
    return render(request, "impact/work/reviews_accept.html", context)


def _wanted(values: Iterable[str], quarter: Quarter | None) -> list[Wanted]:
    if quarter is None:
        return []
    pairs = [value.partition(":") for value in values][:_MOST_TICKED]
    return [Wanted(slug, quarter.pk, content_hash) for slug, _colon, content_hash in pairs]


def _ticked(actor: Any, quarter: Quarter, wanted: Iterable[Wanted], state: Any, dimensions: Dimensions) -> list[Ticked]:
    rows = {
        row.obligation.report.consortium.slug: row for row in cockpit.of_quarter(actor, quarter, state, dimensions).rows
    }
    found = []
    for each in dict.fromkeys(wanted):
        row = rows.get(each.consortium)
        if row is not None:
            version = row.version
            found.append(Ticked(each, row, version is None or version.content_hash != each.content_hash))
    return found


def _result(request: HttpRequest, quarter: Quarter | None, outcomes: Sequence[Outcome]) -> HttpResponse:
    names = {row.slug: row for row in Dimensions.read().consortia.values()}
    shown = [(names[each.wanted.consortium], each) for each in outcomes if each.wanted.consortium in names]
    context = {
        "quarter": quarter,
        "accepted": [row for row in shown if row[1].version is not None],
        "exceptions": [row for row in shown if row[1].version is None],
    }
    return render(request, "impact/work/reviews_accepted.html", context)
