"""Money: what HIPs spent and raised, against what they planned; and the year overview for RVO."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia import access, exports, notation
from consortia.access import Permission
from consortia.errors import NotPermitted
from consortia.models import Consortium, Programme
from impact import charts, finance, progress, year_overview
from impact.charts import Share
from impact.finance import CASH, COFINANCING, COSTS, IN_KIND, Amount, Finance
from impact.models import Indicator, Quarter
from impact.progress import Progress
from impact.views import figures, lists, work_lists
from impact.views.figures import EVERYTHING, YEAR, Reader
from impact.views.refusals import work_page
from impact.year_overview import Overview

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Shown:
    """An amount with the page that says why it is what it is, and how far it is on its plan."""

    amount: Amount
    indicator: Indicator
    why: str

    @property
    def bar(self) -> Share | None:
        """What was realised, and the plan as a mark; None where one of the two is not known."""
        planned, realised = self.amount.planned, self.amount.realised
        if planned is None or realised is None or not (most := max(planned, realised)):
            return None
        return charts.share(part=realised / most, mark=planned / most, width=100)


@dataclass(frozen=True)
class Row:
    """One HIP, or the programme (None), in one year: its amounts in the order of the columns."""

    hip: Consortium | None
    amounts: tuple[Shown, ...]

    @property
    def flagged(self) -> list[Shown]:
        return [shown for shown in self.amounts if shown.amount.is_flagged]


@dataclass(frozen=True)
class QuarterAmount:
    quarter: Quarter
    value: Decimal | None
    why: str


@dataclass(frozen=True)
class ItemRow:
    """One item of a HIP in a year, quarter by quarter."""

    shown: Shown
    quarters: tuple[QuarterAmount, ...]


@dataclass(frozen=True)
class Year:
    year: int
    rows: tuple[ItemRow, ...]
    quarters: tuple[Quarter, ...]


class _Money:
    """What both pages show, as of now."""

    def __init__(self, request: HttpRequest, consortia: set[int] | None) -> None:
        self.reader = Reader(request.user)
        hips = self.reader.dimensions.consortia
        self.hips = [hip for pk, hip in hips.items() if consortia is None or pk in consortia]
        self.finance: Finance = finance.read(
            request.user, self.reader.state, self.reader.dimensions, consortia=[hip.pk for hip in self.hips]
        )
        self._items = {self.reader.dimensions.indicators[pk].code: pk for pk in self.finance.items}

    def item(self, code: str) -> int | None:
        return self._items.get(code)

    def shown(self, hip: Consortium | None, year: int, indicator: int) -> Shown:
        """The year is the trailing year of its fourth quarter; the programme may end before it."""
        row = self.reader.dimensions.indicators[indicator]
        last = self.reader.dimensions.quarters[self.finance.quarters[year][-1]]
        amount = self.finance.of(hip.pk if hip else None, year, indicator)
        has_why = last.pk.endswith("Q4") and amount.realised is not None
        return Shown(amount, row, self._why(hip, row, last, YEAR) if has_why else "")

    def _why(self, hip: Consortium | None, indicator: Indicator, quarter: Quarter, measure: str) -> str:
        return figures.why_address(
            consortium=hip.slug if hip else EVERYTHING,
            line=EVERYTHING,
            indicator=indicator.code,
            period=quarter.pk,
            measure=measure,
        )

    def year_of(self, hip: Consortium, year: int) -> Year:
        quarters = tuple(self.reader.dimensions.quarters[index] for index in self.finance.quarters[year])
        rows = []
        for pk in self.finance.items:
            shown = self.shown(hip, year, pk)
            values = []
            for quarter in quarters:
                found = self.finance.cells[hip.pk, pk, quarter.index].measures.value
                why = "" if found is None else self._why(hip, shown.indicator, quarter, "value")
                values.append(QuarterAmount(quarter, None if found is None else Decimal(found), why))
            rows.append(ItemRow(shown, tuple(values)))
        return Year(year, tuple(rows), quarters)

    def years_begun(self) -> list[int]:
        """Those of which a quarter has ended, the newest first."""
        ended = set(self.reader.ended)
        begun = [year for year, of_year in self.finance.quarters.items() if ended.intersection(of_year)]
        return sorted(begun, reverse=True)

    def goal(self) -> Progress | None:
        """Of the co-financing by business."""
        found = progress.read(self.reader.user, self.reader.dimensions, state=self.reader.state)
        return next((each for each in found if each.goal.indicator.code == COFINANCING), None)


def _scope(request: HttpRequest) -> set[int] | None:
    """The HIPs whose money the reader sees; None is all of them.

    Raises:
        NotPermitted: none.
    """
    scope = access.consortia_where(request.user, Permission.SEE_FINANCE)
    if scope is not None and not scope:
        raise NotPermitted(_("Your role does not allow this."))
    return scope


@require_safe
@work_page
def overview(request: HttpRequest) -> HttpResponseBase:
    """A row a HIP for one year, and where the programme stands; whoever has one HIP goes to its page."""
    scope = _scope(request)
    if scope is not None and len(scope) == 1:
        return redirect("impact:finance_hip", Consortium.objects.get(pk__in=scope).slug)
    money = _Money(request, scope)
    years = money.years_begun()
    asked = request.GET.get("jaar", "")
    year = next((each for each in years if str(each) == asked), years[0] if years else None)
    columns = [pk for code in (COSTS, CASH, IN_KIND, COFINANCING) if (pk := money.item(code)) is not None]
    rows = [] if year is None else [Row(hip, tuple(money.shown(hip, year, pk) for pk in columns)) for hip in money.hips]
    if exports.is_asked(request):
        whole = (
            []
            if scope is not None or year is None
            else [Row(None, tuple(money.shown(None, year, pk) for pk in columns))]
        )
        return work_lists.finance(request, [*rows, *whole], lists.known(money.reader))
    context: dict[str, Any] = {
        "year": year,
        "years": years,
        "rows": rows,
        "columns": [money.reader.dimensions.indicators[pk] for pk in columns],
        "flagged": [(row.hip, shown) for row in rows for shown in row.flagged],
        "without_plan": [row.hip for row in rows if all(shown.amount.planned is None for shown in row.amounts)],
        "recorded_at": money.reader.recorded_at,
        "seq": money.reader.seq,
        "revision": money.finance.plan.revision,
        "may_plan": access.allows(request.user, Permission.CONFIGURE),
    }
    if scope is None and year is not None:
        context["total"] = Row(None, tuple(money.shown(None, year, pk) for pk in columns))
        context |= _programme(money)
    return render(request, "impact/work/finance.html", context)


def _programme(money: _Money) -> dict[str, Any]:
    """Toward the goal for co-financing, and the grant."""
    costs, cofinancing = money.item(COSTS), money.item(COFINANCING)
    spent = None if costs is None else money.finance.total(None, costs)
    goal = money.goal()
    newest = money.reader.latest
    return {
        "programme_row": Programme.objects.first(),
        "spent": spent,
        "spent_coverage": None if costs is None else money.finance.coverage(None, costs),
        "grant": finance.grant_of(spent),
        "raised": None if cofinancing is None else money.finance.total(None, cofinancing),
        "raised_coverage": None if cofinancing is None else money.finance.coverage(None, cofinancing),
        "target": goal.current.target_value if goal else None,
        "share_of_target": goal.share_of_target if goal else None,
        "why_spent": _why_ever(COSTS, newest, money),
        "why_raised": _why_ever(COFINANCING, newest, money),
    }


def _why_ever(code: str, newest: int | None, money: _Money, hip: Consortium | None = None) -> str:
    if newest is None or money.item(code) is None:
        return ""
    return figures.why_address(
        consortium=hip.slug if hip else EVERYTHING,
        line=EVERYTHING,
        indicator=code,
        period=money.reader.dimensions.quarters[newest].pk,
        measure="cumulative",
    )


@require_safe
@work_page
def hip_money(request: HttpRequest, slug: str) -> HttpResponse:
    """One HIP, year by year, with the quarters of each."""
    hip = _hip(request, slug)
    money = _Money(request, {hip.pk})
    costs, cofinancing = money.item(COSTS), money.item(COFINANCING)
    spent = None if costs is None else money.finance.total(hip.pk, costs)
    years = [money.year_of(hip, year) for year in money.years_begun()]
    context = {
        "hip": hip,
        "oversees": access.allows(request.user, Permission.SEE_FINANCE),
        "may_plan": access.allows(request.user, Permission.CONFIGURE),
        "years": years,
        "spent": spent,
        "spent_coverage": None if costs is None else money.finance.coverage(hip.pk, costs),
        "why_spent": _why_ever(COSTS, money.reader.latest, money, hip),
        "raised": None if cofinancing is None else money.finance.total(hip.pk, cofinancing),
        "raised_coverage": None if cofinancing is None else money.finance.coverage(hip.pk, cofinancing),
        "why_raised": _why_ever(COFINANCING, money.reader.latest, money, hip),
        "grant": finance.grant_of(spent),
        "programme_row": Programme.objects.first(),
        "recorded_at": money.reader.recorded_at,
        "seq": money.reader.seq,
        "revision": money.finance.plan.revision,
    }
    return render(request, "impact/work/finance_hip.html", context)


def _hip(request: HttpRequest, slug: str) -> Consortium:
    scope = _scope(request)
    hip = Consortium.objects.filter(slug=slug).first()
    if hip is None or (scope is not None and hip.pk not in scope):
        raise Http404("no such HIP")
    return hip


@require_safe
@work_page
def year_as_pdf(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The year overview for RVO as PDF; with `seq` and `begroting` the very same one again."""
    return _file(request, slug, year, "pdf", "application/pdf", year_overview.pdf)


@require_safe
@work_page
def year_as_xlsx(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """The same as a workbook."""
    return _file(request, slug, year, "xlsx", _XLSX, year_overview.xlsx)


def _file(
    request: HttpRequest, slug: str, year: int, suffix: str, content_type: str, make: Callable[[Overview], bytes]
) -> HttpResponse:
    hip = _hip(request, slug)
    found = year_overview.of(
        request.user, hip, year, seq=_number(request, "seq"), revision=_number(request, "begroting")
    )
    if found is None:
        raise Http404("no such year overview")
    return HttpResponse(
        make(found),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{found.file_name}.{suffix}"',
            "Content-Language": (get_language() or notation.DUTCH)[:2],
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _number(request: HttpRequest, name: str) -> int | None:
    """What the address asks for; not given is the newest."""
    text = request.GET.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise Http404("no such number")
    return int(text)
