"""What a backfill workbook is about: the reports of chosen HIPs and quarters, each as it is now."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import Problem, Refused
from consortia.models import Consortium
from impact import drafts, ledger
from impact.backfill import layout
from impact.forms.questions import Questions
from impact.models import Quarter
from impact.standing import Standing, standing
from impact.submission import Line


@dataclass(frozen=True)
class Source:
    actor: Any
    hips: tuple[Consortium, ...]
    quarters: tuple[Quarter, ...]
    asked: Mapping[str, Questions]
    """By quarter what it asks."""

    @property
    def questions(self) -> Questions:
        """Of the newest quarter: the action lines are the same in all."""
        return self.asked[self.quarters[-1].pk]

    def reports(self) -> Iterator[tuple[Standing, list[Line]]]:
        """Each report with its rows, read one by one: HIP by HIP, the oldest quarter first."""
        for hip in self.hips:
            for quarter in self.quarters:
                held = standing(self.actor, hip.slug, quarter.pk)
                yield held, drafts.lines_of(held.version) if held.version else []


def choices() -> tuple[list[Consortium], list[Quarter]]:
    """The HIPs, and the quarters that have ended."""
    return list(Consortium.objects.order_by("number")), list(Quarter.objects.filter(end_date__lt=clock.today()))


def of(actor: Any, hips: Collection[str], quarters: Collection[str]) -> Source:
    """
    Raises:
        NotPermitted: the actor may not fill in for every HIP.
        Refused: nothing is chosen, there is no such HIP or ended quarter, or it is more than a workbook holds.
    """
    access.require(actor, Permission.FILL)
    all_hips, all_quarters = choices()
    chosen_hips = [row for row in all_hips if row.slug in hips]
    chosen_quarters = [row for row in all_quarters if row.pk in quarters]
    problems = []
    if not hips:
        problems.append(Problem("/hip", "required", _("Choose at least one HIP.")))
    elif len(chosen_hips) < len(set(hips)):
        problems.append(Problem("/hip", "unknown", _("There is no such HIP.")))
    if not quarters:
        problems.append(Problem("/kwartaal", "required", _("Choose at least one quarter.")))
    elif len(chosen_quarters) < len(set(quarters)):
        problems.append(Problem("/kwartaal", "unknown", _("There is no such quarter, or it has not ended yet.")))
    if len(chosen_hips) * len(chosen_quarters) > layout.MOST_REPORTS:
        detail = _("A workbook holds at most %(number)d reports; take fewer quarters at a time.")
        problems.append(Problem("/kwartaal", "too-many", detail % {"number": layout.MOST_REPORTS}))
    if problems:
        raise Refused(problems)
    state = ledger.resolve()
    return Source(
        actor=actor,
        hips=tuple(chosen_hips),
        quarters=tuple(chosen_quarters),
        asked={row.pk: Questions.of(row, state) for row in chosen_quarters},
    )
