"""The past of the demonstration: who filled, submitted and reviewed what at which moment, replayed in that order.

Most reports come in within the thirty days after their quarter and are reviewed within ten more. A few HIPs have a
story of their own, so that every page has something to show.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from consortia import clock
from consortia.errors import Refused
from consortia.models import Consortium, Organisation, User
from impact import demo_figures, dues, links, notices, programme, reminders, reporting, vintages
from impact.demo_figures import Asked
from impact.demo_world import World
from impact.models import EntryKind, Quarter
from impact.reporting import ANY
from impact.standing import standing
from impact.submission import Line

# Who has a story in the newest quarter, by number of the HIP: these leave something to do for whoever tries the portal.
DRAFT, WAITING, RETURNED, LATE = 1, 4, 6, 11
# What happened once in the past, by number of the HIP and index of the quarter.
CORRECTED, RETURNED_ONCE, EXTENDED, NIL = (7, 2), (9, 1), (11, 3), (13, 0)

OPEN_QUARTERS = 2
"""So many of the ended quarters are not closed yet, the newest ones."""
PUBLISHED = 2
"""So many of the closed quarters have a vintage, the newest ones."""
_DAYS_OF_NEWEST = 45
"""A quarter's story takes this long; where less has passed since the newest one ended, it is told faster."""


@dataclass(frozen=True)
class Cast:
    """Everybody who acts."""

    manager: User
    reviewers: Sequence[User]
    coordinators: Mapping[int, User]
    """By number of the HIP."""
    contributor: User
    """Of the first HIP."""


@dataclass(frozen=True)
class _Step:
    at: datetime
    quarter: Quarter
    act: Callable[[], object]


@dataclass(frozen=True)
class History:
    """What happened after each of the quarters that had ended by `now`, oldest first."""

    cast: Cast
    world: World
    seed: int
    consortia: Sequence[Consortium]
    quarters: Sequence[Quarter]
    now: datetime

    def replay(self, tell: Callable[[str], object]) -> None:
        """Do everything again through the commands, in the order of time and none of it after now."""
        steps = sorted(self._steps(), key=lambda step: step.at)
        to_do = Counter(step.quarter for step in steps)
        moment = datetime.min.replace(tzinfo=clock.AMSTERDAM)
        for step in steps:
            # No two at the same moment: as of a time shall mean one thing.
            moment = max(step.at, moment + timedelta(seconds=1))
            if moment >= self.now:
                return
            with clock.at(moment):
                step.act()
                if step.quarter in self.quarters[-OPEN_QUARTERS:]:
                    # As the worker does within seconds; of older quarters nobody would keep the messages.
                    notices.deliver()
            to_do[step.quarter] -= 1
            if not to_do[step.quarter]:
                tell(f"{step.quarter}: reported")

    def _steps(self) -> Iterator[_Step]:
        for quarter in self.quarters:
            for consortium in self.consortia:
                yield from self._story(_Report(self, consortium, quarter))
            if quarter in self.quarters[:-OPEN_QUARTERS]:
                yield _Step(self.moment(quarter, 60), quarter, self._closing(quarter))
        for quarter in self.quarters[-OPEN_QUARTERS:]:
            yield from self._reminders(quarter)
        for quarter in self.quarters[-PUBLISHED - OPEN_QUARTERS : -OPEN_QUARTERS]:
            yield _Step(self.moment(quarter, 61), quarter, self._publishing(quarter))
        if self.quarters[:-OPEN_QUARTERS]:
            quarter = self.quarters[-OPEN_QUARTERS - 1]
            yield _Step(self.moment(quarter, 63), quarter, self._linking)

    def _reminders(self, quarter: Quarter) -> Iterator[_Step]:
        """As beat makes them every day, on the days of which there is something to say."""
        opened = quarter.end_date + timedelta(days=1)
        for day in (opened, *(quarter.due_date + timedelta(days=stage.first) for stage in dues.STAGES)):
            yield _Step(datetime.combine(day, time(7), tzinfo=clock.AMSTERDAM), quarter, reminders.remind)

    def _closing(self, quarter: Quarter) -> Callable[[], object]:
        reason = "Alle HIP's hebben de tijd gehad om in te leveren."
        return lambda: programme.close_quarter(actor=self.cast.manager, quarter=quarter, reason=reason)

    def _publishing(self, quarter: Quarter) -> Callable[[], object]:
        year, number = quarter.pk.split("Q")
        name = f"Stand na {number}e kwartaal {year}"
        return lambda: vintages.publish(actor=self.cast.manager, code=f"{year}-K{number}", name=name)

    def _linking(self) -> None:
        """Of the companies that are in the register twice, two pairs are joined; the others wait for the office."""
        for (number, twin), kind, reason in zip(
            self.world.twins,
            (EntryKind.MERGE, EntryKind.SUCCESSION),
            ("Twee inschrijvingen van hetzelfde bedrijf.", "Overgenomen; gaat door onder een nieuw nummer."),
            strict=False,
        ):
            sides = Organisation.objects.listed().in_bulk([number, twin], field_name="kvk_number")
            if len(sides) == 2:
                source, target = sides[twin].pk, sides[number].pk
                links.link(actor=self.cast.manager, kind=kind, source=source, target=target, reason=reason)

    def _story(self, report: "_Report") -> Iterator[_Step]:
        if report.quarter == self.quarters[-1]:
            return self._newest(report)
        match report.consortium.number, report.quarter.index:
            case place if place == NIL:
                return report.handed_in(demo_figures.nil)
            case place if place == RETURNED_ONCE:
                return report.returned_once()
            case place if place == CORRECTED:
                return report.corrected()
            case place if place == EXTENDED:
                return report.extended()
        return report.handed_in()

    def _newest(self, report: "_Report") -> Iterator[_Step]:
        number = report.consortium.number
        if number == DRAFT:
            return report.begun()
        if number == LATE:
            return iter(())
        if number == WAITING:
            return report.handed_in(decision=None)
        if number == RETURNED:
            return report.handed_in(decision="return")
        return report.handed_in()

    def moment(self, quarter: Quarter, days: float) -> datetime:
        """So many days after the end of the quarter."""
        ended = datetime.combine(quarter.end_date + timedelta(days=1), time(), tzinfo=clock.AMSTERDAM)
        passed = timedelta(days=days)
        if quarter == self.quarters[-1]:
            passed *= min(1.0, (self.now - ended) / timedelta(days=_DAYS_OF_NEWEST))
        return ended + passed


@dataclass(frozen=True)
class _Report:
    """One HIP's report of one quarter; `wait` says how many days later than usual its steps are."""

    history: History
    consortium: Consortium
    quarter: Quarter
    wait: int = 0

    # --- stories

    def handed_in(
        self, content: Callable[[Asked], list[Line]] = demo_figures.report, decision: str | None = "accept"
    ) -> Iterator[_Step]:
        """Filled, submitted and, unless it still waits, reviewed."""
        chance = self._chance("days")
        days = chance.randint(36, 41) if self.consortium.number == LATE else chance.randint(5, 27)
        submitted = self.wait + days + chance.uniform(9, 17) / 24
        yield self._step(submitted - chance.uniform(0.5, 3) / 24, lambda: self._fill(content))
        yield self._step(submitted, self._submit)
        if decision:
            reviewed = int(submitted) + chance.randint(2, 9) + chance.uniform(9, 17) / 24
            yield self._step(reviewed, lambda: self._review(decision))

    def begun(self) -> Iterator[_Step]:
        """A draft of the contributor, not ready yet."""
        contributor = self.history.cast.contributor
        yield self._step(12.6, lambda: self._fill(demo_figures.half_done, actor=contributor))

    def returned_once(self) -> Iterator[_Step]:
        yield from self.handed_in(decision="return")
        yield from replace(self, wait=12).handed_in()

    def corrected(self) -> Iterator[_Step]:
        yield from self.handed_in()
        yield self._step(self.wait + 95.4, self._correct)
        yield from replace(self, wait=92).handed_in(demo_figures.corrected)

    def extended(self) -> Iterator[_Step]:
        yield self._step(26.4, self._extend)
        yield from self.handed_in()

    # --- steps

    @property
    def _where(self) -> dict[str, Any]:
        return {"consortium": self.consortium.slug, "quarter": self.quarter.pk}

    @property
    def _coordinator(self) -> User:
        return self.history.cast.coordinators[self.consortium.number]

    def _chance(self, purpose: str) -> random.Random:
        # The same days whatever the wait: what comes second keeps its distance from what came first.
        place = f"{self.consortium.number}/{self.quarter.index}"
        return random.Random(f"{self.history.seed}/{purpose}/{place}")  # noqa: S311 - invented data, no secret

    def _step(self, days: float, act: Callable[[], object]) -> _Step:
        return _Step(self.history.moment(self.quarter, days), self.quarter, act)

    def _fill(self, content: Callable[[Asked], list[Line]], actor: User | None = None) -> None:
        history = self.history
        asked = Asked(history.world, history.seed, self.consortium.number, self.quarter.index)
        reporting.fill(actor=actor or self._coordinator, lines=content(asked), base=ANY, **self._where)

    def _submit(self) -> None:
        try:
            reporting.submit(actor=self._coordinator, **self._where)
        except Refused as refused:
            # What is unlikely has to be explained.
            reason = "Klopt, nagevraagd bij de projectleider (demonstratiegegevens)."
            explanations = {problem.pointer: reason for problem in refused.problems}
            reporting.submit(actor=self._coordinator, explanations=explanations, **self._where)

    def _review(self, decision: str) -> None:
        reviewers = self.history.cast.reviewers
        reviewer = reviewers[(self.consortium.number + self.quarter.index) % len(reviewers)]
        submitted = standing(reviewer, **self._where).open_version
        assert submitted is not None, "it was submitted"
        remarks, comment = [], ""
        if decision == "return":
            # Assignments stand first in what a HIP hands in here.
            remarks = [{"pointer": "/figures/0/value", "comment": "Dit is meer dan het aantal groepen dat meedeed."}]
            comment = "Bijna klaar: kijk nog eens naar de bedrijfsopdrachten."
        reporting.review(
            actor=reviewer,
            decision=decision,
            content_hash=submitted.content_hash,
            comment=comment,
            remarks=remarks,
            **self._where,
        )

    def _correct(self) -> None:
        reason = "Vijf regels bleken van een ander project te zijn, en per actielijn was één opdracht dubbel geteld."
        reporting.correct(actor=self._coordinator, reason=reason, **self._where)

    def _extend(self) -> None:
        programme.extend(
            actor=self.history.cast.manager,
            consortium=self.consortium,
            quarter=self.quarter,
            due_date=self.quarter.due_date + timedelta(days=14),
            reason="De penvoerder wisselde van administratie.",
        )
