"""Figures in a page: written for people, and with the exact value and its place for everything else."""

from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from consortia.models import ActionLine, Consortium
from consortia.templatetags import portal
from impact.lineage import MEASURES
from impact.measures import Number
from impact.models import Indicator
from impact.views import figures
from impact.views.figures import EVERYTHING, YEAR, Shown, share_of, why_goal, why_of, why_share
from impact.views.goals import GoalShown
from impact.views.workings import WORKED_OUT

register = template.Library()

OF_COVERAGE = {"reported": "value", "trailingYearReported": YEAR}
"""Who reported stands on the page that says why this measure is what it is."""


@register.filter
def exact(value: Number | None) -> str:
    """The value as the API gives it, without the notation of a language; empty where there is none."""
    if value is None:
        return ""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.simple_tag
def figure(shown: Shown | None, measure: str, words: bool = False) -> SafeString:
    """A measure of a cell. `words` says "not reported" where a dash would be read as nothing at all."""
    if shown is None:
        return portal.not_reported()
    value = shown.measure(measure)
    if shown.cell.withheld:
        text = format_html('<span class="not-reported">{}</span>', _("not public"))
    elif shown.has_no_denominator(measure):
        text = format_html('<span class="not-reported">{}</span>', _("n/a"))
    elif value is None and words:
        text = format_html('<span class="not-reported">{}</span>', _("not reported"))
    else:
        unit = shown.notation if measure in {"value", "trailingYear", "cumulative"} else ""
        text = format_html("{}", portal.measure(value, unit))
    return format_html(
        "{}{}", _number(text, _place(shown, measure, value), _why(shown, measure)), _mark(shown, measure)
    )


def _mark(shown: Shown, measure: str) -> SafeString:
    """At a figure that a changed definition cuts off, or with which a new one begins; a note says the same."""
    if not shown.is_cut(measure) or shown.broken_from is None:
        return SafeString("")
    said = _("new definition from %(quarter)s") % {"quarter": portal.quarter(shown.broken_from.pk)}
    return format_html(
        '<span class="break-mark" title="{}"><span aria-hidden="true">*</span>'
        '<span class="visually-hidden"> ({})</span></span>',
        said,
        said,
    )


def _why(shown: Shown, measure: str) -> str:
    """The page that says why, also why there is nothing; none for what is withheld."""
    if shown.cell.withheld:
        return ""
    if measure in OF_COVERAGE:
        return f"{why_of(shown, OF_COVERAGE[measure])}#reports"
    return why_of(shown, measure) if measure in MEASURES else ""


def _place(shown: Shown, measure: str, value: Number | None) -> dict[str, str]:
    place = {
        "consortium": shown.consortium.slug if shown.consortium else EVERYTHING,
        "line": shown.action_line.code if shown.action_line else EVERYTHING,
        "indicator": shown.indicator.code,
        "period": shown.quarter.pk,
        "measure": measure,
        "value": exact(value),
    }
    return place | ({"withheld": "true"} if shown.cell.withheld else {})


@register.simple_tag
def goal_figure(goal: GoalShown, measure: str) -> SafeString:
    """A number of a goal, by its name in the API's progress; `latest` is the goal's own measure in its quarter."""
    value = goal.number(measure)
    text = format_html("{}", goal.said(measure))
    place = {
        "goal": goal.code,
        "consortium": EVERYTHING,
        "line": EVERYTHING,
        "indicator": goal.progress.goal.indicator.code,
        "period": goal.progress.latest.period if goal.progress.latest else "",
        "measure": goal.progress.goal.measure if measure == "latest" else measure,
        "value": exact(value),
    }
    return _number(text, place, "" if value is None else _why_of_goal(goal, measure))


def _why_of_goal(goal: GoalShown, measure: str) -> str:
    if measure in WORKED_OUT:
        return why_goal(goal.code, measure, goal.as_of)
    return {"latest": goal.why, "reported": goal.why and f"{goal.why}#reports"}.get(measure, "")


@register.simple_tag
def sme_share(part: Shown | None, whole: Shown | None) -> SafeString:
    """Which part of a year's companies is micro, small or medium; a dash where there are none."""
    share = share_of(part, whole, YEAR)
    if part is None:
        return portal.not_reported()
    why = "" if part.cell.withheld else why_of(part, YEAR) if share is None else why_share(part, YEAR)
    text = format_html("{}", portal.percentage(share))
    marked = next((each for each in (part, whole) if each is not None and each.is_cut(YEAR)), None)
    if whole is not None and part.looks_from(YEAR) != whole.looks_from(YEAR):
        text = format_html('<span class="not-reported">{}</span>', _("n/a"))
    number = _number(text, _place(part, "smeShare", share), why)
    return number if marked is None else format_html("{}{}", number, _mark(marked, YEAR))


@register.simple_tag
def goal_words(goal: GoalShown, measure: str) -> str:
    """A number of a goal as text alone, for a title."""
    return goal.written(goal.number(measure))


@register.simple_tag
def why_address(
    consortium: Consortium, period: str, indicator: Indicator, action_line: ActionLine | str | None = None
) -> str:
    """Where it stands why a figure of a HIP is what it is; empty without a quarter: then none counts."""
    if not period:
        return ""
    return figures.why_address(
        consortium=consortium.slug,
        line=action_line.code if isinstance(action_line, ActionLine) else EVERYTHING,
        indicator=indicator.code,
        period=period,
        measure="value",
    )


@register.simple_tag
def number_link(value: Number | None, address: str) -> SafeString:
    """A number that is no roll-up cell, with the page that explains it."""
    if value is None or not address:
        return format_html("{}", portal.number(value))
    text = portal.number(value)
    name = _("%(number)s, why this number?") % {"number": text}
    return format_html('<a class="why" aria-label="{}" href="{}">{}</a>', name, address, text)


def _number(text: SafeString, place: dict[str, str], why: str = "") -> SafeString:
    attributes = format_html_join("", ' data-{}="{}"', place.items())
    number = format_html('<span class="number"{}>{}</span>', attributes, text)
    if not why:
        return number
    # Where a word or a dash stands in for the number, that has its own text for who hears it.
    named = "" if "<" in text else format_html(' aria-label="{}"', _("%(number)s, why this number?") % {"number": text})
    # Crawlers need not go from every number to its rows.
    return format_html('<a class="why" rel="nofollow"{} href="{}">{}</a>', named, why, number)
