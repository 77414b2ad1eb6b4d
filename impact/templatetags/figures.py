"""Figures in a page: written for people, and with the exact value and its place for everything else."""

from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from consortia.templatetags import portal
from impact.measures import Number
from impact.views.figures import EVERYTHING, YEAR, Shown, share_of
from impact.views.goals import GoalShown

register = template.Library()


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
    return _number(text, _place(shown, measure, value))


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
    text = format_html("{}", _goal_text(goal, measure, value))
    place = {
        "goal": goal.code,
        "consortium": EVERYTHING,
        "line": EVERYTHING,
        "indicator": goal.progress.goal.indicator.code,
        "period": goal.progress.latest.period if goal.progress.latest else "",
        "measure": goal.progress.goal.measure if measure == "latest" else measure,
        "value": exact(value),
    }
    return _number(text, place)


def _goal_text(goal: GoalShown, measure: str, value: Number | None) -> str:
    if measure.startswith("shareOf"):
        return portal.percentage(value)
    if measure.startswith("growth"):
        return portal.difference(value)
    return portal.number(value) if measure in {"reported", "expected"} else goal.written(value)


@register.simple_tag
def sme_share(part: Shown | None, whole: Shown | None) -> SafeString:
    """Which part of a year's companies is micro, small or medium; a dash where there are none."""
    share = share_of(part, whole, YEAR)
    if part is None:
        return portal.not_reported()
    return _number(format_html("{}", portal.percentage(share)), _place(part, "smeShare", share))


@register.simple_tag
def goal_words(goal: GoalShown, measure: str) -> str:
    """A number of a goal as text alone, for a title."""
    return goal.written(goal.number(measure))


def _number(text: SafeString, place: dict[str, str]) -> SafeString:
    attributes = format_html_join("", ' data-{}="{}"', place.items())
    return format_html('<span class="number"{}>{}</span>', attributes, text)
