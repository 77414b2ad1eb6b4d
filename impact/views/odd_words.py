"""Odd values in words and numbers, for whoever reviews. `templates/impact/work/_odd.html` writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from consortia.models import ActionLine
from consortia.templatetags import portal
from impact.measures import Number
from impact.models import FollowUp, Indicator, QuarterlyReport, VersionStatus
from impact.models.codebook import EURO
from impact.odd_values import OddValue
from impact.oddities import Why
from impact.rollups import Dimensions
from impact.templatetags import work


@dataclass(frozen=True)
class OddShown:
    """A row of the list of odd values."""

    odd: OddValue
    indicator: Indicator
    action_line: ActionLine | None
    also: tuple[Indicator, ...]
    reason: str
    marks: tuple[FollowUp, ...] = ()

    @property
    def report(self) -> QuarterlyReport:
        return self.odd.report

    @property
    def hip_name(self) -> str:
        """What people call it: the part before the dash, where its name explains itself."""
        return self.report.consortium.name.partition(" – ")[0]

    @property
    def anchor(self) -> str:
        """Where it stands on the page of its report."""
        return f"odd-{self.indicator.code}-{self.action_line.code if self.action_line else 'all'}"

    @property
    def url(self) -> str:
        address = reverse("impact:review", args=[self.report.consortium.slug, self.report.quarter_id])
        return f"{address}#{self.anchor}"

    @property
    def notation(self) -> str:
        return "share" if self.odd.is_share else EURO if self.odd.unit == EURO else ""

    @property
    def now(self) -> Number | None:
        return self.odd.oddity.series.value

    @property
    def before(self) -> Number | None:
        return self.odd.oddity.series.ago(1)

    @property
    def year_ago(self) -> Number | None:
        return self.odd.oddity.series.ago(4)

    @property
    def effect(self) -> str:
        effect = self.odd.effect
        if effect is None:
            return "–"
        return work.change(round(Decimal(effect), 6), self.notation) if effect else portal.difference(0)

    @property
    def is_decided(self) -> bool:
        return self.odd.version.status == VersionStatus.ACCEPTED


def shown(
    found: Iterable[OddValue], dimensions: Dimensions, marks: Mapping[tuple[str, str], list[FollowUp]] | None = None
) -> list[OddShown]:
    """In the reader's language; `marks` are those that are open, by report and place."""
    return [
        OddShown(
            odd=odd,
            indicator=dimensions.indicators[odd.oddity.at.indicator],
            action_line=dimensions.action_lines.get(odd.oddity.at.line or 0),
            also=tuple(dimensions.indicators[pk] for pk in odd.oddity.also),
            reason=reason(odd, dimensions),
            marks=tuple((marks or {}).get((str(odd.report.pk), odd.place), ())),
        )
        for odd in found
    ]


def reason(odd: OddValue, dimensions: Dimensions) -> str:
    """Why it is odd, as one would say it."""
    series, why = odd.oddity.series, odd.oddity.why
    words = {
        "usual": _written(series.usual, odd),
        "sum": _written(series.until_now, odd),
        "whole": portal.number(series.whole),
        "other": _other(odd, dimensions),
        "change": _change(series.value, series.ago(1)),
    }
    text = _text(why, bool(words["change"]), odd.oddity.other_hip == odd.hip_id) % words
    past = _past(odd)
    if not past:
        return text
    return f"{text.removesuffix('.')} ({past})" + ("." if text.endswith(".") else "")


def _past(odd: OddValue) -> str:
    """What it was in the quarters that it is measured by; nothing where there are none."""
    series = odd.oddity.series
    if not series.recent:
        return ""
    low, high = _written(min(series.recent), odd), _written(max(series.recent), odd)
    words = {"low": low, "high": high, "before": _written(series.ago(1), odd)}
    if low == high:
        return _("the four quarters before: always %(low)s") % words
    if words["before"]:
        return _("the four quarters before: %(low)s to %(high)s, last quarter %(before)s") % words
    return _("the four quarters before: %(low)s to %(high)s") % words


def _text(why: Why, has_change: bool, is_within_hip: bool) -> str:
    match why:
        case Why.THOUSANDFOLD:
            return _("About a thousand times what is usual (%(usual)s): three zeros too many?")
        case Why.THOUSANDTH:
            return _("About a thousandth of what is usual (%(usual)s): thousands of euros instead of euros?")
        case Why.TENFOLD:
            return _("About ten times what is usual (%(usual)s): a digit too many?")
        case Why.TENTH:
            return _("About a tenth of what is usual (%(usual)s): a digit too few?")
        case Why.SINCE_THE_START:
            return _("As much as all quarters before together (%(sum)s): everything since the start?")
        case Why.SWAPPED:
            return _("This is what %(other)s usually has, and the other way round: swapped?")
        case Why.SAME_LIST if is_within_hip:
            return _("Nearly the same companies as in %(other)s, which last quarter it was not.")
        case Why.SAME_LIST:
            return _("Nearly the same companies as %(other)s, which last quarter it was not.")
        case Why.ZERO:
            return _("0, where it never was that low in the last four quarters.")
        case Why.MISSING:
            return _("Not reported, where it was in each of the last four quarters.")
        case Why.SHRINKS:
            return _("It falls back, where it grew or stayed in every quarter of a year.")
        case Why.SAME_AMOUNT:
            return _("Exactly the amount of last quarter: copied?")
        case Why.ENROLLED:
            return _("It is out of %(whole)s people, which is far from what is usual here.")
        case Why.PEERS:
            return _("More than five times what any other HIP reports; this HIP has no past to compare with.")
        case Why.HIGH if has_change:
            return _("%(change)s on last quarter, further up than this figure usually moves.")
        case Why.LOW if has_change:
            return _("%(change)s on last quarter, further down than this figure usually moves.")
        case Why.HIGH:
            return _("Higher than this figure usually moves.")
        case Why.LOW:
            return _("Lower than this figure usually moves.")


def _written(value: Number | None, odd: OddValue) -> str:
    if value is None:
        return ""
    return str(portal.measure(round(Decimal(value), 4), "share" if odd.is_share else EURO if odd.unit == EURO else ""))


def _change(now: Decimal | None, before: Decimal | None) -> str:
    if now is None or not before:
        return ""
    change = now / before - 1
    sign = "+" if change > 0 else ""
    return f"{sign}{portal.percentage(change, 0)}"


def _other(odd: OddValue, dimensions: Dimensions) -> str:
    at = odd.oddity
    if at.other_hip is not None and at.other_hip != odd.hip_id:
        return dimensions.consortia[at.other_hip].name
    line = dimensions.action_lines.get(at.other_line or 0)
    return line.short if line else ""
