"""The places that a selective return leaves open, in words, with what the reviewer says and whether they changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from impact import drafts, edits, places, returning
from impact.edits import NO_LINE
from impact.forms import merging
from impact.forms.questions import Questions
from impact.models import Involvement, ReportVersion, Section
from impact.submission import FigureLine, HeadcountLine, Line
from impact.views.desk import SECTION_TITLES, Desk, Place
from impact.views.places import PAGE_OF, Places


@dataclass(frozen=True)
class OpenCell:
    place: Place
    said: tuple[str, ...]
    is_changed: bool
    """Whether it is another by now than what was handed in."""


def of(desk: Desk) -> list[OpenCell]:
    """What may change of the report at hand; nothing where everything may."""
    if desk.kept is None or not desk.remarks_at:
        return []
    return _cells(desk, desk.remarks_at, desk.kept.returned)


def asked_before(desk: Desk) -> list[OpenCell]:
    """Of a version that follows a selective return: what the reviewer said then, and whether anything came of it."""
    version = desk.version
    if version is None or version.fixed_except is None or version.prefilled_from is None or desk.kept is not None:
        return []
    if places.WHOLE in version.fixed_except:
        return []
    said: dict[str, list[str]] = {}
    for remark in version.prefilled_from.review_remarks:
        said.setdefault(remark["place"], []).append(remark["comment"])
    return _cells(desk, said, drafts.lines_of(version.prefilled_from))


def _cells(desk: Desk, remarks: Mapping[str, Sequence[str]], returned: Iterable[Line]) -> list[OpenCell]:
    before, now = edits.keyed(returned), edits.keyed(desk.lines)
    changed = [
        returning.names_of(line)
        for each in edits.between(before.values(), now.values())
        for line in (each.base, each.line)
        if line is not None
    ]
    named = Places(desk)
    found = []
    for place, said in remarks.items():
        at = named.named(place)
        if place.startswith(f"/{Section.HEADCOUNTS}/") and place not in now:
            # It is not gone: the reviewer misses it.
            at = replace(at, label=words_of(place, desk.questions))
        found.append(OpenCell(at, tuple(said), any(place in names for names in changed)))
    return found


def in_words(version: ReportVersion, questions: Questions) -> list[tuple[str, str]]:
    """What the reviewer says of each place of a returned version, named by its key alone."""
    return [(words_of(row["place"], questions), row["comment"]) for row in version.review_remarks if "place" in row]


def words_of(place: str, questions: Questions) -> str:
    """A place in words, without looking at the rows of the report."""
    named = places.read(place.removeprefix("/") if place.count("/") == 1 else place)
    if named is None or named.section is None:
        return _("The quarter as a whole")
    section = str(SECTION_TITLES[PAGE_OF[named.section]])
    match named.section, named.parts:
        case Section.FIGURES, (indicator, code):
            line = FigureLine(origin="", indicator=indicator, action_line=None if code == NO_LINE else code)
            return merging.label_of(line, questions)
        case Section.HEADCOUNTS, (group, category, code, institution):
            row = HeadcountLine(
                origin="",
                group=group,
                category=category,
                action_line=code,
                institution_code=institution,
                headcount=Decimal(0),
                first_time=Decimal(0),
            )
            return merging.label_of(row, questions)
        case _, ():
            return section
        case Section.PARTICIPATIONS, (identifier, *rest):
            return ", ".join([identifier, *_how(rest, questions)])
        case _, (code,):
            return f"{section}, {questions.line_name(code)}"
    return section


def _how(rest: Iterable[str], questions: Questions) -> list[str]:
    code, involvement = [*rest, "", ""][:2]
    labels: dict[str, Any] = dict(Involvement.choices)
    return [questions.line_name(code), str(labels.get(involvement, involvement))] if code else []
