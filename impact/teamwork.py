"""Commands of working on a quarter together: who does which part, what is done, and what people say about it.

Nothing here counts, and nothing raises the revision of the report: a comment never stands in the way of a save.
To own a part is to answer for it; colleagues who may fill in the report can help out everywhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotVisible, Problem, Refused
from consortia.models import ActionLine, Consortium, User
from impact import in_hand, mentions, outbox, places, submission
from impact.models import Comment, Mention, QuarterlyReport, ReportPart, Section
from impact.transitions import Step

MAX_TEXT = 5_000


@dataclass(frozen=True)
class Assignment:
    """Who is to take care of a section, or of one action line of it; nobody takes it off somebody's list."""

    section: str
    action_line: str | None
    owner: User | None


@transaction.atomic
def assign(*, actor: User, consortium: str, quarter: str, wanted: Sequence[Assignment]) -> list[ReportPart]:
    """Say who takes care of which part; all of it or, where something is wrong, nothing.

    Raises:
        NotVisible, NotPermitted: only who hands in the report divides the work.
        NotAllowedNow: the report is with the reviewer, or accepted.
        Refused: no such part, or somebody who may not fill in this report.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.SUBMIT)
    in_hand.require_step(held, Step.FILL)
    lines = dict(ActionLine.objects.values_list("code", "pk"))
    problems = []
    for number, each in enumerate(wanted):
        problems += _check_part(each.section, each.action_line, lines, f"/{number}")
        if each.owner is not None and not _may_fill(each.owner, report):
            problems.append(nobody(f"/{number}/owner"))
    if problems:
        raise Refused(problems)
    parts = []
    for each in wanted:
        part = _part(report, each.section, lines[each.action_line] if each.action_line else None)
        part.owner = each.owner
        part.save(update_fields=["owner"])
        parts.append(part)
    return parts


@transaction.atomic
def mark_done(
    *, actor: User, consortium: str, quarter: str, section: str, action_line: str | None = None
) -> ReportPart:
    """Say that a part is finished, for those who wait for it; it can be filled in further all the same.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: the report is with the reviewer, or accepted.
        Refused: no such part.
    """
    part = _part_to_mark(actor, consortium, quarter, section, action_line)
    part.done_by, part.done_at = actor, clock.now()
    part.save(update_fields=["done_by", "done_at"])
    return part


@transaction.atomic
def reopen(*, actor: User, consortium: str, quarter: str, section: str, action_line: str | None = None) -> ReportPart:
    """Say that a part is not finished after all.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow, Refused: as for `mark_done`.
    """
    part = _part_to_mark(actor, consortium, quarter, section, action_line)
    part.done_by, part.done_at, part.is_nil = None, None, False
    part.save(update_fields=["done_by", "done_at", "is_nil"])
    return part


@transaction.atomic
def comment(*, actor: User, consortium: str, quarter: str, text: str, place: str = places.WHOLE) -> Comment:
    """Say something about a place of the report; whoever is mentioned with @ is told, once.

    Readers of the report's accepted figures do not see comments, and cannot be mentioned.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: the quarter has not ended.
        Refused: no text, no such place, a name that means nobody or several people, or a text that may not be stored.
    """
    report, _held = in_hand.lock(actor, consortium, quarter, Permission.SEE_REPORTS)
    text = text.strip()
    problems = places.problems(place)
    if not text:
        problems.append(Problem("/text", "required", _("Write what you want to say.")))
    problems += submission.check_text("/text", text, MAX_TEXT)
    mentioned, unclear = mentions.read(text, people_of(report), "/text")
    problems += unclear
    if problems:
        raise Refused(problems)
    said = Comment.objects.create(report=report, place=place, author=actor, at=clock.now(), text=text)
    for mention in Mention.objects.bulk_create(Mention(comment=said, user=user) for user in mentioned):
        outbox.put(outbox.MENTION, mention=mention.pk)
    outbox.put(outbox.COMMENT, comment=said.pk)
    return said


@transaction.atomic
def settle(*, actor: User, consortium: str, quarter: str, comment: int) -> Comment:
    """Say that a comment has been dealt with; whoever sees it may, and it stays to be read.

    Raises:
        NotVisible, NotPermitted.
    """
    report, _held = in_hand.lock(actor, consortium, quarter, Permission.SEE_REPORTS)
    said = Comment.objects.filter(report=report, pk=comment).first()
    if said is None:
        raise NotVisible(_("There is no such comment."))
    if said.settled_at is None:
        said.settled_by, said.settled_at = actor, clock.now()
        said.save(update_fields=["settled_by", "settled_at"])
    return said


def fillers_of(consortium: Consortium | int) -> QuerySet[User]:
    """Whom a part of a report can be given to."""
    return access.holders(Permission.FILL, consortium)


def nobody(pointer: str) -> Problem:
    """Says the same of who is not there and of who belongs to another HIP, whose name is not ours to tell."""
    return Problem(pointer, "unknown", _("Choose somebody who may fill in this report."))


def people_of(report: QuarterlyReport) -> list[User]:
    """Who sees the comments on a report, and so can be mentioned: its HIP, the reviewers, the office."""
    return list(access.holders(Permission.SEE_REPORTS, report.consortium_id))


def _may_fill(user: User, report: QuarterlyReport) -> bool:
    return access.allows(user, Permission.FILL, report.consortium_id)


def _part_to_mark(actor: User, consortium: str, quarter: str, section: str, action_line: str | None) -> ReportPart:
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    lines = dict(ActionLine.objects.values_list("code", "pk"))
    if problems := _check_part(section, action_line, lines, ""):
        raise Refused(problems)
    return _part(report, section, lines[action_line] if action_line else None)


def _part(report: QuarterlyReport, section: str, action_line: int | None) -> ReportPart:
    # Whoever else would make it waits for the lock on the report.
    return ReportPart.objects.get_or_create(report=report, section=section, action_line_id=action_line)[0]


def _check_part(section: str, action_line: str | None, lines: Collection[str], pointer: str) -> list[Problem]:
    problems = []
    if section not in Section.values:
        problems.append(Problem(f"{pointer}/section", "unknown", _("There is no such section.")))
    if action_line is not None and action_line not in lines:
        problems.append(Problem(f"{pointer}/actionLine", "unknown", _("There is no such action line.")))
    return problems
