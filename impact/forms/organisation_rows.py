"""The list of organisations as the page shows it: what is proposed, what is confirmed, what was dropped."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from consortia.models import OrganisationType, SizeClass
from impact.forms import fixing
from impact.forms.fixing import Remarks
from impact.forms.participations import Listed
from impact.models import Involvement
from impact.proposals import Proposal, Proposals
from impact.returning import Fixed
from impact.submission import ParticipationLine

PROPOSED, CONFIRMED, DROPPED = GROUPS = ("proposed", "confirmed", "dropped")
GROUP_TITLES: dict[str, Promise] = {
    PROPOSED: gettext_lazy("proposed"),
    CONFIRMED: gettext_lazy("confirmed"),
    DROPPED: gettext_lazy("dropped"),
}
PAGE_SIZE = 1_000
_WORDS: dict[str, Promise] = {each.value: each.label for each in Involvement}
_SME = (SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM)


@dataclass(frozen=True)
class Cell:
    """How an organisation takes part in one action line."""

    action_line: str
    involvements: tuple[str, ...]

    @property
    def words(self) -> str:
        return ", ".join(str(_WORDS.get(each, each)) for each in self.involvements)

    @property
    def codes(self) -> str:
        return " ".join(self.involvements)


@dataclass(frozen=True)
class Row:
    """An organisation in one of the three groups."""

    group: str
    organisation: Listed
    cells: tuple[Cell, ...]
    reasons: tuple[str, ...] = ()
    is_fixed: bool = False
    """The reviewer returned nothing of it."""
    remarks: tuple[str, ...] = ()
    """What the reviewer says of it."""

    @property
    def key(self) -> str:
        return self.organisation.key

    @property
    def label(self) -> str:
        return self.organisation.label


@dataclass
class Group:
    name: str
    count: int
    """How many organisations it has, shown or not."""
    rows: list[Row] = field(default_factory=list)
    """Those that are shown."""

    @property
    def title(self) -> str:
        return str(GROUP_TITLES[self.name])


@dataclass(frozen=True)
class Page:
    """A part of a long list, as the page shows it."""

    groups: list[Group]
    number: int
    pages: int
    found: int
    """How many organisations match what the list is filtered by; without a filter all."""


class Groups:
    """The whole list, each organisation in one group. A row is made only where it is shown: a list can be very long."""

    def __init__(
        self,
        organisations: Mapping[str, Listed],
        proposed: Proposals,
        action_lines: Sequence[str],
        kept: Fixed | None = None,
        remarks: Remarks | None = None,
    ) -> None:
        self._codes = action_lines
        self._kept = kept
        self._remarks = remarks or {}
        self._known = proposed.by_identifier
        self._rows: dict[str, dict[str, Callable[[], Row]]] = {
            PROPOSED: {each.identifier: partial(self._of_proposal, PROPOSED, each) for each in proposed.open},
            CONFIRMED: {key: partial(self._confirmed, key, row) for key, row in organisations.items()},
            DROPPED: {each.identifier: partial(self._of_proposal, DROPPED, each) for each in proposed.dropped},
        }

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self._rows.items()}

    def some(self, keys: Collection[str]) -> list[Row]:
        """The rows of these organisations, as far as they are in the list."""
        return [rows[key]() for rows in self._rows.values() for key in keys if key in rows]

    def page(self, number: int, wanted: str = "") -> Page:
        """The page, or the nearest that there is, of the organisations of which name and number have these words."""
        words = _plain(wanted).split()
        found = [(name, make) for name, rows in self._rows.items() for make in rows.values()]
        if words:
            found = [(name, make) for name, make in found if _has(make(), words)]
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(max(number, 1), pages)
        groups = {name: Group(name, count) for name, count in self.counts.items()}
        for name, make in found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]:
            groups[name].rows.append(make())
        return Page(list(groups.values()), number, pages, len(found))

    def _confirmed(self, key: str, row: Listed) -> Row:
        was = self._known.get(key)
        return Row(
            CONFIRMED,
            row,
            _cells(row.lines, self._codes),
            # One that was proposed keeps the reasons.
            was.reasons if was else (),
            is_fixed=self._kept is not None and not fixing.opens(self._kept, row),
            remarks=fixing.remarks_of(self._remarks, row),
        )

    def _of_proposal(self, group: str, proposal: Proposal) -> Row:
        row = Listed(proposal.identifier, list(proposal.lines))
        return Row(group, row, _cells(row.lines, self._codes), proposal.reasons)


def _has(row: Row, words: Iterable[str]) -> bool:
    text = _plain(f"{row.label} {row.key}")
    return all(word in text for word in words)


def _plain(text: str) -> str:
    """Without capitals and accents, as the filter in the script."""
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in letters if not "\u0300" <= each <= "\u036f")


def _cells(lines: Iterable[ParticipationLine], action_lines: Sequence[str]) -> tuple[Cell, ...]:
    found: dict[str, list[str]] = {code: [] for code in action_lines}
    for line in lines:
        if line.action_line in found:
            found[line.action_line].append(line.involvement)
    return tuple(Cell(code, tuple(involvements)) for code, involvements in found.items())


@dataclass(frozen=True)
class Total:
    """Distinct companies, and those of them that are small or medium-sized."""

    companies: int
    sme: int


def totals(organisations: Mapping[str, Listed], action_lines: Sequence[str]) -> list[Total]:
    """For each action line and then for all together, as they would count: an internship alone does not."""
    companies: dict[str, set[str]] = {code: set() for code in action_lines}
    sme: dict[str, set[str]] = {code: set() for code in action_lines}
    for key, row in organisations.items():
        for line in row.lines:
            if line.organisation_type != OrganisationType.COMPANY or line.involvement == Involvement.INTERNSHIP:
                continue
            companies.setdefault(line.action_line, set()).add(key)
            if line.size_class in _SME:
                sme.setdefault(line.action_line, set()).add(key)
    found = [Total(len(companies[code]), len(sme[code])) for code in action_lines]
    return [*found, Total(len(set().union(*companies.values())), len(set().union(*sme.values())))]
