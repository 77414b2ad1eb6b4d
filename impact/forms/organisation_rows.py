"""The list of organisations as the page shows it: what is proposed, what is confirmed, what was dropped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from consortia.models import OrganisationType, SizeClass
from impact.forms.participations import Listed, listed
from impact.models import Involvement
from impact.proposals import Proposal, Proposals
from impact.submission import Line, ParticipationLine

PROPOSED, CONFIRMED, DROPPED = GROUPS = ("proposed", "confirmed", "dropped")
GROUP_TITLES: dict[str, Promise] = {
    PROPOSED: gettext_lazy("proposed"),
    CONFIRMED: gettext_lazy("confirmed"),
    DROPPED: gettext_lazy("dropped"),
}
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

    @property
    def key(self) -> str:
        return self.organisation.key

    @property
    def label(self) -> str:
        return self.organisation.label


@dataclass
class Group:
    name: str
    rows: list[Row] = field(default_factory=list)

    @property
    def title(self) -> str:
        return str(GROUP_TITLES[self.name])


def groups(organisations: Mapping[str, Listed], proposed: Proposals, action_lines: Sequence[str]) -> list[Group]:
    """The whole list, each organisation in one group; one that was proposed keeps the reasons."""
    known = proposed.by_identifier

    def confirmed(row: Listed) -> Row:
        was = known.get(row.key)
        return Row(CONFIRMED, row, _cells(row.lines, action_lines), was.reasons if was else ())

    return [
        Group(PROPOSED, [_of_proposal(PROPOSED, each, action_lines) for each in proposed.open]),
        Group(CONFIRMED, [confirmed(row) for row in organisations.values()]),
        Group(DROPPED, [_of_proposal(DROPPED, each, action_lines) for each in proposed.dropped]),
    ]


def _of_proposal(group: str, proposal: Proposal, action_lines: Sequence[str]) -> Row:
    row = Listed(proposal.identifier, list(proposal.lines))
    return Row(group, row, _cells(row.lines, action_lines), proposal.reasons)


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


def totals(lines: Iterable[Line], action_lines: Sequence[str]) -> list[Total]:
    """For each action line and then for all together, as they would count: an internship alone does not."""
    companies: dict[str, set[str]] = {code: set() for code in action_lines}
    sme: dict[str, set[str]] = {code: set() for code in action_lines}
    for key, row in listed(lines).items():
        for line in row.lines:
            if line.organisation_type != OrganisationType.COMPANY or line.involvement == Involvement.INTERNSHIP:
                continue
            companies.setdefault(line.action_line, set()).add(key)
            if line.size_class in _SME:
                sme.setdefault(line.action_line, set()).add(key)
    found = [Total(len(companies[code]), len(sme[code])) for code in action_lines]
    return [*found, Total(len(set().union(*companies.values())), len(set().union(*sme.values())))]
