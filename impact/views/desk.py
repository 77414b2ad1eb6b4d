"""What the pages of one report share: the report as the reader may see it, its lines, and what they may do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from consortia import access, clock
from consortia.access import Permission
from impact import (
    checklist,
    corrections,
    drafts,
    extensions,
    ledger,
    obligations,
    on_behalf,
    proposals,
    quarters,
    reporting,
    returning,
    transitions,
    unfit,
)
from impact.checklist import Checklist
from impact.forms import merging
from impact.forms.participations import Listed, listed
from impact.forms.places import label_at
from impact.forms.questions import Questions
from impact.ledger import State
from impact.models import ExtensionRequest, Group, Quarter, QuarterlyReport, ReportVersion, VersionStatus
from impact.proposals import Proposals
from impact.punctuality import Punctuality
from impact.returning import Fixed
from impact.standing import Standing
from impact.standing import standing as find_standing
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine, Verdict
from impact.transitions import ReportStatus, Step
from impact.views.section_state import SectionState

SECTIONS = ("figures", "participations", "unidentified", "headcounts")
FIGURES, PARTICIPATIONS, UNIDENTIFIED, HEADCOUNTS = SECTIONS
SECTION_TITLES: dict[str, Promise] = {
    FIGURES: gettext_lazy("Figures"),
    PARTICIPATIONS: gettext_lazy("Organisations"),
    UNIDENTIFIED: gettext_lazy("Without KVK number"),
    HEADCOUNTS: gettext_lazy("Participants"),
}


class Desk:
    """One report in front of one reader. Reads only what the page at hand asks for.

    Raises:
        NotVisible: no such report, or not for this reader.
    """

    def __init__(self, request: HttpRequest, slug: str, period: str) -> None:
        self.actor: Any = request.user
        self.standing: Standing = find_standing(self.actor, slug, period)
        self.report: QuarterlyReport = self.standing.report
        self.hip = self.report.consortium
        self.quarter: Quarter = self.report.quarter
        self.status = self.standing.status
        self.version = self.standing.version
        self.deadline = obligations.deadline_of(self.report)

    # --- what is read once

    @cached_property
    def punctuality(self) -> Punctuality:
        """Whether it came in time: by its first submission, as everywhere."""
        return obligations.punctuality_of(self.standing, self.state)

    @cached_property
    def state(self) -> State:
        return ledger.resolve()

    @cached_property
    def questions(self) -> Questions:
        return Questions.of(self.quarter, self.state)

    @cached_property
    def lines(self) -> list[Line]:
        """What is stored: the open version, or the one that a new version starts from."""
        return drafts.lines_of(self.version) if self.version else []

    @cached_property
    def previous_version(self) -> ReportVersion | None:
        """Of the quarter before: the version that counts, else for whoever may see it the newest."""
        before = ReportVersion.objects.filter(
            report__consortium=self.hip, report__quarter__index=self.quarter.index - 1
        )
        counting = next(
            (
                row.version_id
                for row in self.state.counting
                if row.consortium_id == self.hip.pk and row.quarter == self.quarter.index - 1
            ),
            None,
        )
        if counting is not None:
            return before.filter(pk=counting).first()
        return before.order_by("-number").first() if self.sees_everything else None

    @property
    def counted_period(self) -> str:
        """The quarter, where the version at hand is the one that counts; else empty."""
        counting = self.standing.counting
        return self.quarter.pk if counting is not None and counting == self.version else ""

    @cached_property
    def counted_period_before(self) -> str:
        """The quarter before, where a report of it counts; else empty."""
        return self._counted_period(1)

    @cached_property
    def counted_period_year_ago(self) -> str:
        return self._counted_period(4)

    def _counted_period(self, quarters_ago: int) -> str:
        index = self.quarter.index - quarters_ago
        counts = any(row.consortium_id == self.hip.pk and row.quarter == index for row in self.state.counting)
        return quarters.from_ordinal(quarters.parse(self.quarter.pk).ordinal - quarters_ago).id if counts else ""

    @cached_property
    def previous(self) -> list[Line]:
        return drafts.lines_of(self.previous_version) if self.previous_version else []

    @cached_property
    def proposals(self) -> Proposals:
        """The organisations that are proposed to whoever may fill; for readers there are none."""
        if not self.may_fill:
            return Proposals()
        found = proposals.of(self.report, self.version)
        return found if self.kept is None else found.where(self.kept.is_open)

    @cached_property
    def organisations(self) -> dict[str, Listed]:
        return listed(self.lines)

    @cached_property
    def listed_as(self) -> dict[str, str]:
        """By number and by code the key under which an organisation stands in the list."""
        return {
            identifier: key
            for key, row in self.organisations.items()
            for line in row.lines
            for identifier in (line.kvk_number, line.institution_code)
            if identifier
        }

    @cached_property
    def verdict(self) -> Verdict:
        """What the check says of the stored draft, as submitting would."""
        return reporting.judge(actor=self.actor, consortium=self.hip.slug, quarter=self.quarter.pk, lines=self.lines)

    @cached_property
    def unfit(self) -> str:
        """The figures that the next save leaves out, since their indicator means something else by now; in words."""
        return unfit.words(unfit.figures(self.lines, self.questions.known)) if self.may_fill else ""

    @property
    def question_count(self) -> int:
        """Places that need an explanation."""
        return len({warning.pointer for warning in self.verdict.warnings})

    @cached_property
    def checklist(self) -> Checklist:
        """Who does which part, and where something was said that is not settled."""
        return checklist.of(self.actor, self.standing)

    @cached_property
    def said(self) -> dict[str, int]:
        """How many comments are not settled, by the field or the organisation of the page where they belong."""
        from impact.views.places import said_at  # It names places by the addresses of this desk.

        return said_at(self, self.checklist.open_comments)

    @cached_property
    def extension_request(self) -> ExtensionRequest | None:
        """What the HIP asked the office and got no answer to."""
        return extensions.unanswered(self.report) if self.sees_everything and self.is_owed else None

    @cached_property
    def declined_request(self) -> ExtensionRequest | None:
        """What the HIP asked last, where the office said no."""
        return extensions.last_answer(self.report) if self.sees_everything and self.is_owed else None

    # --- what the reader may do

    @property
    def sees_everything(self) -> bool:
        return access.allows(self.actor, Permission.SEE_REPORTS, self.hip)

    @cached_property
    def is_open(self) -> bool:
        return obligations.takes_new_reports(
            self.report, is_closed=self.quarter.index in self.state.closed, has_counted=self.standing.has_counted
        )

    @cached_property
    def may_fill(self) -> bool:
        return (
            access.allows(self.actor, Permission.FILL, self.hip)
            and transitions.allows(self.status, Step.FILL)
            and self.is_open
        )

    @cached_property
    def fills_on_behalf(self) -> bool:
        """Whether what the reader may fill in here is of a HIP that they do not belong to."""
        return self.may_fill and on_behalf.acts(self.actor, self.report)

    @cached_property
    def entered_on_behalf(self) -> dict[int, list[str]]:
        """By version who from outside the HIP worked on it, for those who see all of the report."""
        return on_behalf.people_by_version(self.report) if self.sees_everything else {}

    @property
    def entered_for_the_hip(self) -> list[str]:
        """Who from outside the HIP worked on the version at hand."""
        return self.entered_on_behalf.get(self.version.pk, []) if self.version else []

    @property
    def is_draft(self) -> bool:
        return self.version is not None and self.version.status == VersionStatus.DRAFT

    @property
    def may_check(self) -> bool:
        return self.may_fill and self.is_draft

    @property
    def may_open_again(self) -> bool:
        """Whether what came back or was withdrawn can be handed in again, and nobody has begun with that."""
        return self.may_fill and self.version is not None and not self.is_draft

    @property
    def may_submit(self) -> bool:
        return self.may_check and self.hands_in

    @property
    def hands_in(self) -> bool:
        return access.allows(self.actor, Permission.SUBMIT, self.hip)

    @property
    def may_correct(self) -> bool:
        return transitions.allows(self.status, Step.CORRECT) and access.allows(self.actor, Permission.CORRECT, self.hip)

    @property
    def may_explain_correction(self) -> bool:
        """Whether the reason of a correction that is being made can be said anew."""
        return corrections.is_draft(self.version) and access.allows(self.actor, Permission.CORRECT, self.hip)

    @property
    def may_withdraw(self) -> bool:
        return self.standing.counting is not None and access.allows(self.actor, Permission.WITHDRAW, self.hip)

    @property
    def may_review(self) -> bool:
        return self.status == ReportStatus.SUBMITTED and access.allows(self.actor, Permission.REVIEW, self.hip)

    @property
    def is_running(self) -> bool:
        return self.quarter.end_date >= clock.today()

    @property
    def owes(self) -> bool:
        """Whether the deadline still matters."""
        return transitions.allows(self.status, Step.FILL) or self.status == ReportStatus.DRAFT

    @property
    def is_owed(self) -> bool:
        """Whether something is to be handed in by the due date: no correction of what counts."""
        return extensions.is_owed(self.status, counts=self.standing.counting is not None) and not self.is_running

    @property
    def may_ask_extension(self) -> bool:
        return self.is_owed and access.allows(self.actor, Permission.SUBMIT, self.hip)

    @property
    def returned_version(self) -> ReportVersion | None:
        """The version that a reviewer sent back and that this draft is to repair."""
        versions = [version for version in self.standing.versions if version.status != VersionStatus.DRAFT]
        if versions and versions[-1].status == VersionStatus.RETURNED:
            return versions[-1]
        return None

    @cached_property
    def kept(self) -> Fixed | None:
        """What a selective return holds the reader to; None where everything may change, or nothing."""
        return returning.fixed(self.standing) if self.may_fill else None

    @cached_property
    def remarks_at(self) -> dict[str, list[str]]:
        """What the reviewer said, by place, where only those places may change."""
        return {} if self.kept is None else returning.remarks_of(self.standing)

    @cached_property
    def open_cells(self) -> list[Any]:
        """The places that may change, where only those may: see `impact.views.open_cells`."""
        from impact.views import open_cells  # It names places by the addresses of this desk.

        return open_cells.of(self)

    def is_fixed_section(self, section: str) -> bool:
        """Whether a section of the page is not open as a whole."""
        return self.kept is not None and self.kept.holds(merging.SECTIONS[section])

    def may_add(self, section: str) -> bool:
        """Whether a section of the page takes rows that were not handed in."""
        return self.kept is None or self.kept.takes_more(merging.SECTIONS[section])

    @cached_property
    def remarks(self) -> list[tuple["Place | None", str]]:
        """What the reviewer said of places, each with where that is now; of the whole where it names no row."""
        returned = self.returned_version
        if returned is None or not returned.review_remarks:
            return []
        lines = self.lines if returned == self.version else drafts.lines_of(returned)
        return [
            (
                self.place(row["pointer"], lines) if label_at(row["pointer"], lines, self.questions) else None,
                row["comment"],
            )
            for row in returned.review_remarks
        ]

    # --- addresses

    def url(self, name: str = "report", **query: str) -> str:
        address = reverse(f"impact:{name}", args=[self.hip.slug, self.quarter.pk])
        return f"{address}?{urlencode(query)}" if query else address

    def section_url(self, section: str, **query: str) -> str:
        return self.url(sectie=section, **query)

    def states(self, current: str = "", lines: Iterable[Line] | None = None) -> list[SectionState]:
        """The sections with how far they are."""
        lines = list(self.lines if lines is None else lines)
        asked = {figure.indicator.code for figure in self.questions.figures}
        taking_part = len(listed(lines))
        counts: dict[str, tuple[int, int | None]] = {
            FIGURES: (len(asked & {line.indicator for line in lines if isinstance(line, FigureLine)}), len(asked)),
            PARTICIPATIONS: (taking_part, taking_part + len(self.proposals.open) if self.proposals.open else None),
            UNIDENTIFIED: (
                sum(isinstance(line, UnidentifiedLine) for line in lines),
                len(self.questions.action_lines),
            ),
            HEADCOUNTS: (len({line.group for line in lines if isinstance(line, HeadcountLine)}), len(Group.values)),
        }
        return [
            SectionState(
                name=section,
                title=str(SECTION_TITLES[section]),
                url=self.section_url(section),
                is_current=section == current,
                filled=counts[section][0],
                asked=counts[section][1],
            )
            for section in SECTIONS
        ]

    def forgotten(self) -> list[tuple[str, str]]:
        """What the quarter before reported and this one does not, in sections that are begun: name and address."""
        now = {each for line in self.lines if (each := _asked_of(line))}
        before = drafts.answered(self.previous_version) - now if self.previous_version else set()
        begun = {section for section, _name in now}
        named = [(FIGURES, figure.indicator.code, figure.indicator.name) for figure in self.questions.figures]
        named += [(HEADCOUNTS, value, str(label)) for value, label in Group.choices]
        return [
            (name, self.section_url(section))
            for section, code, name in named
            if section in begun and (section, code) in before
        ]

    def place(self, pointer: str, lines: Sequence[Line] | None = None) -> "Place":
        """Where a pointer into the stored content, or the key of a row, is to be repaired, in words and as an address.

        `lines`: the content that it points into, where that is another version than the one at hand.
        """
        from impact.views.places import Places  # It names places by the addresses of this desk.

        return Places(self).at(pointer, lines)


@dataclass(frozen=True)
class Place:
    section: str
    label: str
    url: str
    line: Line | None = None


def _asked_of(line: Line) -> tuple[str, str] | None:
    """The section of a row and what it answers there, of rows with a number for something that is asked by name."""
    match line:
        case FigureLine():
            return FIGURES, line.indicator
        case HeadcountLine():
            return HEADCOUNTS, line.group
        case _:
            return None
