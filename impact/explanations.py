"""Why what is unusual is right: written down while a draft is made, by whoever of the HIP knows.

What stands here is offered when the draft is handed in; only what is handed in with it stays with the version. An
explanation is of a number: where that has changed since, the text is only shown, to be written again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import clock
from consortia.access import Permission
from consortia.errors import Problem, Refused, escaped
from consortia.models import User
from impact import content, drafts, edits, in_hand, submission
from impact.models import Explanation, QuarterlyReport, Section
from impact.submission import Line
from impact.transitions import Step

_HASH = "hash"


@dataclass(frozen=True)
class Kept:
    """An explanation, and whether what it explains still is as it was then."""

    text: str
    holds: bool
    row: Mapping[str, Any] | None
    """The row that it was written about; None: about a section."""


def of(report: QuarterlyReport, lines: Sequence[Line]) -> dict[str, Kept]:
    """What is written down, by place: the key of a row, or a section; `lines` are those of the draft as it is now."""
    now = _places(lines)
    stored = Explanation.objects.filter(report=report.pk).values_list("place", "text", "about")
    return {
        place: Kept(text, about == now.get(place), about if about and _HASH not in about else None)
        for place, text, about in stored
    }


def place_of(pointer: str, line: Line | None) -> str:
    """The place that a question is about: it stays the same when rows move."""
    return edits.key_of(line) if line is not None else pointer


@transaction.atomic
def keep(*, actor: User, consortium: str, quarter: str, given: Mapping[str, str]) -> None:
    """Write down what explains these places of the draft as they are now; a blank text takes that back.

    What was written about an earlier number stays as it was where nothing is written anew.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: there is no draft to explain.
        Refused: a place that the draft does not have, or a text that cannot be stored.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.SUBMIT)
    assert held.open_version is not None, "a draft is an open version"
    there = _places(drafts.lines_of(held.open_version))
    problems = []
    for place, text in given.items():
        pointer = f"/explanations/{escaped(place)}"
        if place not in there:
            problems.append(Problem(pointer, "unknown", _("The draft does not have this any more.")))
        problems += submission.check_text(pointer, text, submission.MAX_TEXT)
    if problems:
        raise Refused(problems)
    stored = {row.place: row for row in Explanation.objects.filter(report=report, place__in=given)}
    for place, text in given.items():
        row = stored.get(place) or Explanation(report=report, place=place, text="")
        holds = row.about == there[place]
        if not text.strip():
            if holds:
                row.delete()
        elif row.text != text.strip() or not holds:
            row.text, row.about, row.author, row.written_at = text.strip(), there[place], actor, clock.now()
            row.save()
    in_hand.author(held.open_version, actor)


def _places(lines: Sequence[Line]) -> dict[str, Mapping[str, Any]]:
    """Every place of a draft, with what an explanation there is about."""
    sections = {
        f"/{section}": {_HASH: content.digest(line for line in lines if content.section_of(line) == section)}
        for section in Section.values
    }
    return sections | {key: edits.plain(line) or {} for key, line in edits.keyed(lines).items()}
