"""What the address of the page "Why this number?" asks for."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from consortia.errors import Refused
from impact import ledger, lineage, progress
from impact.lineage import Question
from impact.rollups import Selection
from impact.views import figures, workings
from impact.views.figures import COMPANIES, SME, YEAR, Reader
from impact.views.goals import GoalShown
from impact.views.workings import WORKED_OUT, Working


class Asked:
    """A cell and a measure; or a number that follows from one, of a goal or as a share of the companies."""

    def __init__(self, request: HttpRequest) -> None:
        self.query = request.GET
        self.problem = ""
        as_of = self._one("peilmoment")
        seq = None
        if as_of:
            try:
                seq = ledger.parse_as_of(as_of)
            except Refused as refused:
                self.problem = str(refused.problems[0].detail)
        self.reader = Reader(request.user, seq)
        self.problem = self.problem or self._what_is_wrong()

    def _what_is_wrong(self) -> str:
        if not self._one("doel"):
            is_whole = self._one("indicator") and self._one("kwartaal")
            return "" if is_whole else _("The address names no indicator or no quarter.")
        others = any(self._one(key) for key in ("hip", "actielijn", "indicator", "kwartaal", "deelvan"))
        return _("The address names a goal, and a figure as well.") if others else ""

    def _one(self, key: str, fallback: str = "") -> str:
        return self.query.get(key, "").strip() or fallback

    def question(self) -> Question:
        """The cell and measure.

        Raises:
            Http404: one of the values is not known.
        """
        dimensions = self.reader.dimensions
        if self.goal is not None:
            return self._latest_of(self.goal)
        hip, line = self._one("hip", figures.EVERYTHING), self._one("actielijn", figures.EVERYTHING)
        measure = self._one("maat", "value")
        if measure not in lineage.MEASURES:
            raise Http404("no such measure")
        return Question(
            consortium_id=None if hip == figures.EVERYTHING else _found(dimensions.consortia, "slug", hip),
            action_line_id=None if line == figures.EVERYTHING else _found(dimensions.action_lines, "code", line),
            indicator_id=_found(dimensions.indicators, "code", self._one("indicator")),
            quarter=_found(dimensions.quarters, "pk", self._one("kwartaal")),
            measure=measure,
        )

    @cached_property
    def goal(self) -> GoalShown | None:
        """The goal of which a number is worked out.

        Raises:
            Http404: there is no such goal.
        """
        code = self._one("doel")
        if not code:
            return None
        reader = self.reader
        for row in progress.read(reader.user, reader.dimensions, state=reader.state):
            if row.goal.code == code:
                return GoalShown.of(row, reader)
        raise Http404("no such goal")

    def _latest_of(self, goal: GoalShown) -> Question:
        latest = goal.progress.latest
        if latest is None or self._one("maat") not in WORKED_OUT:
            raise Http404("no such number")
        return Question(None, None, goal.progress.goal.indicator_id, latest.quarter, goal.progress.goal.measure)

    def working(self) -> Working | None:
        """How the number is worked out, where it follows from the figure.

        Raises:
            Http404: the figure is not what such a number follows from.
        """
        if self.goal is not None:
            working = workings.of_goal(self.goal, self._one("maat"))
        elif self._one("deelvan"):
            working = self._share()
        else:
            return None
        if working is None:
            raise Http404("not known")
        return working

    def _share(self) -> Working | None:
        question, reader = self.question(), self.reader
        whole = reader.indicator(COMPANIES)
        if self._one("deelvan") != COMPANIES or question.measure != YEAR or whole is None:
            raise Http404("no such share")
        if reader.dimensions.indicators[question.indicator_id].code != SME:
            raise Http404("no such share")
        indicators, place = (question.indicator_id, whole.pk), (question.consortium_id, question.action_line_id)
        found = reader.shown(Selection([place[0]], [place[1]], indicators, [question.quarter]))
        part, whole_shown = (found.get((*place, indicator, question.quarter)) for indicator in indicators)
        return workings.of_share(part, whole_shown) if part and whole_shown else None


def _found(members: Mapping[int, Any], attribute: str, code: str) -> int:
    for pk, row in members.items():
        if getattr(row, attribute) == code:
            return pk
    raise Http404("not known")
