"""The course of one figure over the quarters, as a chart without a goal."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.templatetags import portal
from impact import charts
from impact.charts import GoalChart
from impact.models import Measure
from impact.views import figures
from impact.views.figures import Shown


def course_of(course: Sequence[Shown], measure: str, *, title: str, code: str) -> GoalChart:
    """A measure over all quarters that have ended, as a chart without a goal."""
    language = get_language() or notation.DUTCH
    unit = course[-1].notation if course else ""
    scale = (course[-1].kind, course[-1].cell.unit) if course else ("", "")
    readings = [
        reading_of(shown, measure, language, is_apart=(shown.kind, shown.cell.unit) != scale) for shown in course
    ]
    known = [reading for reading in readings if reading.value is not None]
    description = "; ".join(f"{reading.label}: {portal.measure(reading.value, unit)}" for reading in known)
    return charts.goal_chart(
        code=code,
        title=title,
        description=description or _("Nothing reported yet."),
        readings=readings,
        baseline=None,
        target=None,
        write=lambda value: figures.write(value, unit, language=language),
        unit=unit,
    )


def reading_of(shown: Shown, measure: str, language: str, *, is_apart: bool) -> charts.Reading:
    value = None if is_apart else shown.measure(measure)
    over_a_year = measure == Measure.TRAILING_YEAR
    reported = shown.measure("trailingYearReported" if over_a_year else "reported")
    expected = shown.measure("trailingYearExpected" if over_a_year else "expected")
    return charts.Reading(
        label=notation.quarter(shown.quarter.pk, language=language),
        value=None if value is None else Decimal(value),
        planned=None,
        provisional=not shown.cell.is_final,
        reported=None if reported is None else int(reported),
        expected=None if expected is None else int(expected),
        why="" if shown.cell.withheld else figures.why_of(shown, measure),
        is_anew=shown.is_anew,
        is_apart=is_apart,
    )
