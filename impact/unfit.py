"""Figures of a draft that do not fit what their indicator means by now: it changed after they were entered.

They cannot be stored again. The next save leaves them out and says so. Source: docs/semantics.md, "Input".
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from consortia.models import ActionLine
from impact import drafts, dutch_numbers, submission
from impact.models import Indicator, QuarterlyReport
from impact.submission import FigureLine, Known, Line


def figures(lines: Iterable[Line | None], known: Known) -> list[FigureLine]:
    """Those among the lines."""
    return [line for line in lines if isinstance(line, FigureLine) and submission.check([line], known).errors]


def among(report: QuarterlyReport, lines: Iterable[Line]) -> list[FigureLine]:
    """Those among the lines, by the codebook of the quarter as it is now."""
    rows = [line for line in lines if isinstance(line, FigureLine)]
    return figures(rows, drafts.known(report, rows, with_history=False)) if rows else []


def words(lines: Iterable[FigureLine]) -> str:
    """What they say: each with its number, for that is in the draft no more."""
    lines = list(lines)
    if not lines:
        return ""
    indicators = {each.code: each.name for each in Indicator.objects.all()}
    action_lines = {each.code: each.short for each in ActionLine.objects.all()}
    told = []
    for line in lines:
        place = [indicators[line.indicator], *([action_lines[line.action_line]] if line.action_line else [])]
        told.append(f"{', '.join(place)}: {_number(line)}")
    return "; ".join(told)


def note(lines: Iterable[FigureLine]) -> str:
    """The line in the history of whoever saved without them; empty where there are none."""
    told = words(lines)
    return _("Left out, since the indicator means something else now: %(figures)s.") % {"figures": told} if told else ""


def _number(line: FigureLine) -> str:
    if line.value is not None:
        return dutch_numbers.write(line.value)
    both = (line.numerator, line.denominator)
    return " / ".join(dutch_numbers.write(number) for number in both if number is not None)
