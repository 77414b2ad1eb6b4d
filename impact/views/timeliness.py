"""In time and complete: a row a HIP, a column a quarter, as of now or of an earlier day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from consortia import access, clock, exports
from consortia.access import Permission
from consortia.errors import NotPermitted
from consortia.models import Consortium
from impact import ledger, timeliness
from impact.models import Group, Indicator, Quarter, Section
from impact.punctuality import MARK_LABELS, Mark
from impact.timeliness import Completeness, Rate, Timeliness
from impact.views import work_lists
from impact.views.refusals import work_page

_SIGNS = {Mark.IN_TIME: "✓", Mark.LATE: "!", Mark.MISSING: "✕", Mark.NOT_YET: "…", Mark.NOT_EXPECTED: "–"}
"""Beside every sign stands its word, at least for who hears the page: never the colour alone."""


@dataclass(frozen=True)
class Box:
    """One HIP in one quarter, as the matrix shows it."""

    row: Timeliness
    quarter: Quarter
    missing: tuple[str, ...]

    @property
    def sign(self) -> str:
        return _SIGNS[self.row.mark]

    @property
    def words(self) -> str:
        days = self.row.days_late
        if self.row.mark == Mark.LATE:
            return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}
        if self.row.mark == Mark.MISSING:
            text = ngettext("not handed in, %(days)d day over", "not handed in, %(days)d days over", days)
            return text % {"days": days}
        return str(MARK_LABELS[self.row.mark])


@dataclass(frozen=True)
class Line:
    """One HIP with all its quarters."""

    hip: Consortium
    boxes: tuple[Box, ...]
    rate: Rate


@require_safe
@work_page
def timeliness_page(request: HttpRequest) -> HttpResponseBase:
    """Of all HIPs for the office, of their own for others; `op` is the day as of which it is shown."""
    if not access.allows_somewhere(request.user, Permission.SEE_REPORTS):
        raise NotPermitted(_("Your role does not allow this."))
    day, problem = _day(request.GET.get("op", ""))
    moment = None if day is None else datetime.combine(day, time(23, 59, 59), tzinfo=clock.AMSTERDAM)
    state = ledger.resolve(None if moment is None else ledger.seq_at(moment))
    rows = timeliness.of_reports(request.user, state, moment=moment)
    hips = {row.pk: row for row in Consortium.objects.order_by("number")}
    quarters = {row.index: row for row in Quarter.objects.order_by("index")}
    shown = sorted({quarter for _hip, quarter in rows})
    words = _Words()
    lines = [
        Line(
            hip=hip,
            boxes=tuple(Box(rows[pk, index], quarters[index], words.of(rows[pk, index].first)) for index in shown),
            rate=timeliness.rate(rows[pk, index] for index in shown),
        )
        for pk, hip in hips.items()
        if shown and (pk, shown[0]) in rows
    ]
    if exports.is_asked(request):
        return work_lists.timeliness(request, lines, day)
    context = {
        "lines": lines,
        "quarters": [(quarters[index], _rate_of(lines, place)) for place, index in enumerate(shown)],
        "all": timeliness.rate(rows.values()),
        "signs": [(_SIGNS[mark], mark, MARK_LABELS[mark]) for mark in Mark],
        "day": day,
        "asked": request.GET.get("op", ""),
        "problem": problem,
        "today": clock.today(),
    }
    return render(request, "impact/work/timeliness.html", context)


def _rate_of(lines: Sequence[Line], place: int) -> Rate:
    return timeliness.rate(line.boxes[place].row for line in lines)


def _day(text: str) -> tuple[date | None, str]:
    """The day that is asked for, up to yesterday; None is now. And what is wrong with it."""
    if not text:
        return None, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, _("This is no day; the present is shown.")
    if day > clock.today():
        return None, _("This day is still to come; the present is shown.")
    return (None if day == clock.today() else day), ""


class _Words:
    """The names of what a report is asked for, read once."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, Any], str] = {
            **{("indicator", row.pk): row.name for row in Indicator.objects.all()},
            **{("group", value): str(label) for value, label in Group.choices},
            **{("section", value): str(label) for value, label in Section.choices},
        }

    def of(self, completeness: Completeness | None) -> tuple[str, ...]:
        """What is missing, by name."""
        if completeness is None:
            return ()
        return tuple(name for part, name in self._names.items() if part in completeness.missing)
