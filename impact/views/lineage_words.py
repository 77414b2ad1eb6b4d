"""What a figure is, and how it is counted, in a sentence each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consortia.templatetags import portal
from impact.lineage import Absence, Lineage
from impact.lineage_organisations import HIPS, LINES, QUARTERS
from impact.models import Kind, Rule
from impact.rollups import Dimensions

_YEAR, _EVER = "trailingYear", "cumulative"

_HOW_ORGANISATIONS: dict[str, Promise] = {
    "value": gettext_lazy(
        "Different organisations in the reports of this quarter. One that stands in several HIPs, action lines or rows "
        "counts once."
    ),
    "new": gettext_lazy(
        "The organisations of this quarter that stand in no report of an earlier quarter, looking at the same HIPs and "
        "action lines."
    ),
    _YEAR: gettext_lazy(
        "Different organisations in the reports of these quarters together. One that stands in several quarters, HIPs "
        "or action lines counts once."
    ),
    _EVER: gettext_lazy(
        "Different organisations in all reports since the start. One that stands in several quarters, HIPs or action "
        "lines counts once."
    ),
}
_HOW_COMPANIES: dict[str, Promise] = {
    "value": gettext_lazy(
        "Different companies in the reports of this quarter. One that stands in several HIPs, action lines or rows "
        "counts once."
    ),
    "new": gettext_lazy(
        "The companies of this quarter that stand in no report of an earlier quarter, looking at the same HIPs and "
        "action lines."
    ),
    _YEAR: gettext_lazy(
        "Different companies in the reports of these quarters together. One that stands in several quarters, HIPs "
        "or action lines counts once."
    ),
    _EVER: gettext_lazy(
        "Different companies in all reports since the start. One that stands in several quarters, HIPs or action "
        "lines counts once."
    ),
    "low": gettext_lazy(
        "The fewest companies there can be. Companies without a KVK number cannot be compared: within one HIP they are "
        "none of those with a number, but they may be the same in all its action lines."
    ),
    "high": gettext_lazy(
        "The most companies there can be: as if every company without a KVK number were yet another one."
    ),
}
_HOW_FLOW: dict[str, Promise] = {
    "value": gettext_lazy("The sum of what the HIPs reported for this quarter."),
    _YEAR: gettext_lazy("The sum of what the HIPs reported for these quarters."),
    _EVER: gettext_lazy("The sum of what the HIPs reported since the start."),
}
_HOW_RATIO: dict[str, Promise] = {
    "numerator": gettext_lazy("The sum of the numerators that the HIPs reported."),
    "denominator": gettext_lazy("The sum of the denominators that the HIPs reported."),
}


@dataclass(frozen=True)
class Words:
    """What organisations are called here: companies where only those are counted."""

    heading: str
    column: str
    different: str
    _shared: dict[str, Callable[[int], str]]
    _unnamed: Callable[[int], str]

    def shared(self, by: str, number: int) -> str:
        """How many are in more than one part of the sum."""
        return self._shared[by](number) % {"written": portal.number(number)}

    def unnamed(self, number: int) -> str:
        """That none of them is shown by name."""
        return self._unnamed(number) % {"written": portal.number(number)}


def words_of(found: Lineage) -> Words:
    """The words for what a lineage counts."""
    if _counts_companies(found):
        return Words(
            heading=_("The companies"),
            column=_("Company"),
            different=_("Different companies"),
            _shared={
                HIPS: lambda number: ngettext(
                    "%(written)s company takes part in more than one HIP. It counts once.",
                    "%(written)s companies take part in more than one HIP. They count once.",
                    number,
                ),
                LINES: lambda number: ngettext(
                    "%(written)s company takes part in more than one action line. It counts once.",
                    "%(written)s companies take part in more than one action line. They count once.",
                    number,
                ),
                QUARTERS: lambda number: ngettext(
                    "%(written)s company takes part in more than one of these quarters. It counts once.",
                    "%(written)s companies take part in more than one of these quarters. They count once.",
                    number,
                ),
            },
            _unnamed=lambda number: ngettext(
                "Which company this is, is not shown to you: %(written)s. The tables above say where it is counted.",
                "Which companies these are is not shown to you: %(written)s. The tables above say where they are "
                "counted.",
                number,
            ),
        )
    return Words(
        heading=_("The organisations"),
        column=_("Organisation"),
        different=_("Different organisations"),
        _shared={
            HIPS: lambda number: ngettext(
                "%(written)s organisation takes part in more than one HIP. It counts once.",
                "%(written)s organisations take part in more than one HIP. They count once.",
                number,
            ),
            LINES: lambda number: ngettext(
                "%(written)s organisation takes part in more than one action line. It counts once.",
                "%(written)s organisations take part in more than one action line. They count once.",
                number,
            ),
            QUARTERS: lambda number: ngettext(
                "%(written)s organisation takes part in more than one of these quarters. It counts once.",
                "%(written)s organisations take part in more than one of these quarters. They count once.",
                number,
            ),
        },
        _unnamed=lambda number: ngettext(
            "Which organisation this is, is not shown to you: %(written)s. The tables above say where it is counted.",
            "Which organisations these are is not shown to you: %(written)s. The tables above say where they are "
            "counted.",
            number,
        ),
    )


def _counts_companies(found: Lineage) -> bool:
    return found.definition is not None and found.definition.rule in {Rule.COMPANIES, Rule.COMPANIES_SME}


def what_it_is(found: Lineage, dimensions: Dimensions) -> str:
    """Of what, where and when: the measure and its quarters."""
    last = portal.quarter(dimensions.quarters[found.question.quarter].pk)
    first = portal.quarter(dimensions.quarters[found.quarters[0]].pk) if found.quarters else last
    match found.question.measure:
        case "trailingYear" if first != last:
            return _("the quarters %(first)s to %(last)s") % {"first": first, "last": last}
        case "cumulative" if first != last:
            return _("from %(first)s up to and including %(last)s") % {"first": first, "last": last}
        case "new":
            return _("new in %(quarter)s") % {"quarter": last}
        case "low":
            return _("at least, in %(quarter)s") % {"quarter": last}
        case "high":
            return _("at most, in %(quarter)s") % {"quarter": last}
        case "numerator":
            return _("numerator in %(quarter)s") % {"quarter": last}
        case "denominator":
            return _("denominator in %(quarter)s") % {"quarter": last}
    return last


def how_it_is_counted(found: Lineage) -> str:
    """In one sentence; empty where nothing is counted."""
    if found.definition is None or found.absence in {Absence.NOT_APPLICABLE, Absence.NOT_DEFINED}:
        return ""
    measure = found.question.measure
    match found.definition.kind:
        case Kind.UNIQUE:
            return str((_HOW_COMPANIES if _counts_companies(found) else _HOW_ORGANISATIONS)[measure])
        case Kind.STOCK:
            return _(
                "A state on the last day of the quarter. It adds up over HIPs and action lines, not over quarters."
            )
        case Kind.RATIO:
            return str(_HOW_RATIO.get(measure, _("All numerators together over all denominators together.")))
    how = str(_HOW_FLOW[measure])
    return f"{how} {_from_rows(found)}".strip()


def _from_rows(found: Lineage) -> str:
    assert found.definition is not None
    match found.definition.rule:
        case Rule.COFINANCING:
            return _("Contributions in cash and in kind together.")
        case Rule.HEADCOUNT_STUDENTS:
            return _("Every participation counts.")
        case rule if rule:
            return _("Counted are those who take part for the first time this school year in that HIP.")
    return ""


def why_there_is_none(found: Lineage, dimensions: Dimensions) -> str:
    """Why there is no number, where there is none."""
    match found.absence:
        case Absence.WITHHELD:
            return _("Numbers of persons by action line are not public, because they could be about a few people.")
        case Absence.NOT_DEFINED if found.since is not None:
            since = portal.quarter(dimensions.quarters[found.since].pk)
            return _("This indicator is counted from %(quarter)s on.") % {"quarter": since}
        case Absence.NOT_DEFINED:
            return _("At that moment this indicator had no definition yet.")
        case Absence.NOT_APPLICABLE:
            return _("This indicator does not have this measure.")
        case Absence.NO_DENOMINATOR:
            return _("It was reported, but the denominators add up to 0: there is nothing to take a share of.")
        case Absence.NOT_REPORTED:
            return _("No report that counts says anything about this. That is not the same as 0.")
    return ""
