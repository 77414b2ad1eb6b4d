"""Goals as the pages show them: in words, in numbers and as a chart."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import clock, notation
from consortia.templatetags import portal
from impact import charts, quarters
from impact.charts import GoalChart, Share
from impact.measures import QUARTERS_IN_A_YEAR, Number
from impact.models import Measure, Quarter
from impact.models.codebook import EURO
from impact.progress import Point, Progress
from impact.views import figures
from impact.views.figures import Reader


@dataclass
class GoalShown:
    """A goal, as far as it is known."""

    progress: Progress
    quarters: dict[int, Quarter]
    is_about_persons: bool
    notation: str
    as_of: int | None = None
    apart: frozenset[int] = frozenset()
    """Quarters with a definition of another kind or unit: what was counted then has no place beside the newest."""

    @classmethod
    def of(cls, progress: Progress, reader: Reader) -> "GoalShown":
        indicator = progress.goal.indicator_id
        definitions = reader.state.definitions[indicator]
        newest = progress.latest.quarter if progress.latest else max(reader.dimensions.quarters)
        scales = {
            quarter: (in_force[1].kind, in_force[1].unit)
            for quarter in reader.dimensions.quarters
            if (in_force := reader.state.definition(indicator, quarter))
        }
        return cls(
            progress=progress,
            quarters=reader.dimensions.quarters,
            is_about_persons=reader.is_about_persons(progress.goal.indicator),
            notation=EURO if definitions[-1][1].unit == EURO else "",
            as_of=reader.as_of,
            apart=frozenset(quarter for quarter, scale in scales.items() if scale != scales.get(newest)),
        )

    @property
    def code(self) -> str:
        return self.progress.goal.code

    @property
    def name(self) -> str:
        return self.progress.goal.name

    def number(self, name: str) -> Number | None:
        """A number by its name in the API's progress, or one that follows from those."""
        progress = self.progress
        latest = progress.latest
        return {
            "latest": latest.value if latest else None,
            "planned": latest.planned if latest else None,
            "behindPlan": self.behind_plan,
            "baseline": progress.current.baseline_value,
            "target": progress.current.target_value,
            "originalTarget": progress.original.target_value,
            "shareOfGrowth": progress.share_of_growth,
            "shareOfTarget": progress.share_of_target,
            "shareOfOriginalTarget": progress.share_of_original_target,
            "neededPerQuarter": progress.needed_per_quarter,
            "atCurrentPace": progress.at_current_pace,
            "paceFrom": progress.pace_from,
            "growthSoFar": self.growth_so_far,
            "growthAsked": self.growth_asked,
            "reported": latest.reported if latest else None,
            "expected": latest.expected if latest else None,
        }[name]

    def said(self, name: str) -> str:
        """A number by its name, as the pages write it."""
        value = self.number(name)
        if name.startswith("shareOf"):
            return portal.percentage(value)
        if name.startswith("growth"):
            return portal.difference(value)
        return portal.number(value) if name in {"reported", "expected"} else self.written(value)

    def written(self, value: Number | None) -> str:
        """In the goal's notation; companies and persons come whole, also on the planned path."""
        return portal.euro_millions(value) if self.notation == EURO else portal.number(value, 0)

    @property
    def behind_plan(self) -> Number | None:
        latest = self.progress.latest
        if latest is None or latest.value is None or latest.planned is None:
            return None
        return latest.planned - latest.value

    @property
    def ahead_of_plan(self) -> Number | None:
        return None if self.behind_plan is None else -self.behind_plan

    @property
    def is_revised(self) -> bool:
        return self.progress.original.pk != self.progress.current.pk

    @property
    def broken_from(self) -> Quarter | None:
        """The quarter from which another definition holds than the goal may have been set under."""
        broken_from = self.progress.broken_from
        return None if broken_from is None else self.quarters[broken_from]

    @property
    def growth_so_far(self) -> Number | None:
        baseline, latest = self.progress.current.baseline_value, self.progress.latest
        return None if baseline is None or latest is None or latest.value is None else latest.value - baseline

    @property
    def growth_asked(self) -> Number | None:
        baseline, target = self.progress.current.baseline_value, self.progress.current.target_value
        return None if baseline is None or target is None else target - baseline

    @property
    def quarters_left(self) -> int:
        latest = self.progress.latest
        if latest is None:
            return 0
        return max(self._end - quarters.parse(latest.period).ordinal, 0)

    @property
    def year_before(self) -> Point | None:
        """The quarter that the pace starts from; None where the start figure stands in for it."""
        latest = self.progress.latest
        if latest is None:
            return None
        before = quarters.from_ordinal(quarters.parse(latest.period).ordinal - QUARTERS_IN_A_YEAR).id
        return next((each for each in self.progress.series if each.period == before and each.value is not None), None)

    @property
    def starts_below_baseline(self) -> bool:
        """Whether the line begins lower than the start figure, which the reader has to be told why."""
        baseline = self.progress.current.baseline_value
        first = next((each.value for each in self.progress.series if each.value is not None), None)
        return baseline is not None and first is not None and first < baseline

    @property
    def counted_from(self) -> str:
        """The first quarter from which anything can be in the line."""
        return (self.broken_from or self._first).pk

    @property
    def last_quarter(self) -> str:
        return quarters.from_ordinal(self._end).id

    @property
    def _end(self) -> int:
        return quarters.completed_by(self.progress.current.target_date)

    @property
    def is_yearly(self) -> bool:
        return self.progress.goal.measure == Measure.TRAILING_YEAR

    @property
    def window(self) -> str:
        """Which quarters the figure is about, in words."""
        if self.progress.latest is None:
            return ""
        last = portal.quarter(self.progress.latest.period)
        match self.progress.goal.measure:
            case Measure.TRAILING_YEAR:
                start, _end = figures.year_until(self._quarter, self._first)
                return _("the four quarters %(first)s to %(last)s") % {"first": portal.quarter(start.id), "last": last}
            case Measure.CUMULATIVE:
                return _("from the start up to and including %(last)s") % {"last": last}
        return _("in %(last)s") % {"last": last}

    @property
    def school_years(self) -> list[str]:
        """The school years of a yearly count of persons, where there are two: the reader has to know."""
        if not (self.is_about_persons and self.is_yearly and self.progress.latest):
            return []
        years = figures.school_years(self._quarter, self._first)
        return [year.replace("-", "\N{NON-BREAKING HYPHEN}") for year in years] if len(years) > 1 else []

    @property
    def _quarter(self) -> Quarter:
        assert self.progress.latest is not None
        return self.quarters[self.progress.latest.quarter]

    @property
    def _first(self) -> Quarter:
        return self.quarters[min(self.quarters)]

    @property
    def share_bar(self) -> Share | None:
        """How much of the target is there, with a mark where the plan is."""
        target, planned = self.number("target"), self.number("planned")
        if not target or self.progress.share_of_target is None:
            return None
        mark = None if planned is None else Decimal(planned) / Decimal(target)
        return charts.share(part=Decimal(self.progress.share_of_target), mark=mark)

    @property
    def finding(self) -> str:
        """The chart's title: what there is, against what was planned."""
        value, behind = self.number("latest"), self.behind_plan
        if value is None:
            return _("%(name)s: nothing reported yet") % {"name": self.name}
        words = {"name": self.name, "value": self.written(value)}
        if behind is None:
            return _("%(name)s: %(value)s") % words
        words["difference"] = self.written(max(behind, -behind))
        if behind > 0:
            return _("%(name)s: %(value)s, %(difference)s below the plan") % words
        if behind < 0:
            return _("%(name)s: %(value)s, %(difference)s above the plan") % words
        return _("%(name)s: %(value)s, exactly as planned") % words

    @cached_property
    def chart(self) -> GoalChart:
        """The whole course: what was reported in quarters that have ended, and the plan until the end."""
        language = get_language() or notation.DUTCH
        return charts.goal_chart(
            code=self.code,
            title=self.finding,
            description=self._description,
            readings=[self._reading(point, language) for point in self.progress.series],
            baseline=_decimal(self.progress.current.baseline_value),
            target=_decimal(self.progress.current.target_value),
            write=lambda value: figures.write(value, self.notation, language=language),
            unit=self.notation,
        )

    def _reading(self, point: Point, language: str) -> charts.Reading:
        # Before its end a quarter has no figure, though its year already has quarters with one.
        ended = self.quarters[point.quarter].end_date < clock.today()
        return charts.Reading(
            label=notation.quarter(point.period, language=language),
            value=_decimal(point.value) if ended and point.quarter not in self.apart else None,
            planned=_decimal(point.planned),
            provisional=not point.is_final,
            reported=point.reported if ended else None,
            expected=point.expected if ended else None,
            why=self.why_in(point.period) if ended else "",
            is_anew=point.is_anew,
            is_apart=point.quarter in self.apart,
        )

    @property
    def why(self) -> str:
        """The page that says why the latest figure is what it is; empty where there is none."""
        return self.why_in(self.progress.latest.period) if self.progress.latest else ""

    def why_in(self, period: str) -> str:
        return figures.why_address(
            consortium=figures.EVERYTHING,
            line=figures.EVERYTHING,
            indicator=self.progress.goal.indicator.code,
            period=period,
            measure=self.progress.goal.measure,
            as_of=self.as_of,
        )

    @property
    def _description(self) -> str:
        """The course for who cannot see it: where it began, where it is, where it should end."""
        parts = []
        if (baseline := self.number("baseline")) is not None:
            parts.append(_("At the start: %(value)s.") % {"value": self.written(baseline)})
        if (latest := self.number("latest")) is not None:
            parts.append(_("Now: %(value)s (%(window)s).") % {"value": self.written(latest), "window": self.window})
        if (planned := self.number("planned")) is not None:
            parts.append(_("Planned by now: %(value)s.") % {"value": self.written(planned)})
        if (target := self.number("target")) is not None:
            end = portal.quarter(self.last_quarter)
            parts.append(_("Target for %(quarter)s: %(value)s.") % {"quarter": end, "value": self.written(target)})
        return " ".join(parts)


def _decimal(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value)
