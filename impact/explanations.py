"""Why what is unusual is right: written down while a draft is made, by whoever of the HIP knows.

What stands here is offered when the draft is handed in; only what is handed in with it stays with the version.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import clock
from consortia.access import Permission
from consortia.errors import Problem, Refused, escaped
from consortia.models import User
from impact import drafts, edits, in_hand, submission
from impact.models import Explanation, QuarterlyReport, Section
from impact.submission import Line
from impact.transitions import Step


def of(report: QuarterlyReport) -> dict[str, str]:
    """What is written down, by place: the key of a row, or a section."""
    return dict(Explanation.objects.filter(report=report.pk).values_list("place", "text"))


def place_of(pointer: str, line: Line | None) -> str:
    """The place that a question is about: it stays the same when rows move."""
    return edits.key_of(line) if line is not None else pointer


@transaction.atomic
def keep(*, actor: User, consortium: str, quarter: str, given: Mapping[str, str]) -> None:
    """Write down what explains these places of the draft; a blank text takes it back.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: there is no draft to explain.
        Refused: a place that the draft does not have, or a text that cannot be stored.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.SUBMIT)
    assert held.open_version is not None, "a draft is an open version"
    there = {*edits.keyed(drafts.lines_of(held.open_version)), *(f"/{section}" for section in Section.values)}
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
        if row.text == text.strip():
            continue
        if not text.strip():
            row.delete()
            continue
        row.text, row.author, row.written_at = text.strip(), actor, clock.now()
        row.save()
