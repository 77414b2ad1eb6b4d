"""Commands on follow-up marks, and who sees which. A mark is the office's own: no HIP reads it, and nothing counts.

Nothing here raises the revision of the report: a mark never stands in the way of a save or a review.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused
from consortia.models import User
from impact import in_hand, outbox, places, submission
from impact.models import FollowUp, QuarterlyReport

MAX_TEXT = 2_000


def owners() -> QuerySet[User]:
    """Whom a mark can be given to: who sees the reports of every HIP."""
    return access.holders(Permission.SEE_REPORTS)


def visible_to(actor: Any) -> QuerySet[FollowUp]:
    """Every mark for the office, none for anybody else; the first to be done first."""
    if not access.allows(actor, Permission.SEE_REPORTS):
        return FollowUp.objects.none()
    return FollowUp.objects.select_related("report__consortium", "report__quarter", "owner", "marked_by", "done_by")


def mine(actor: Any) -> QuerySet[FollowUp]:
    """What the actor is to look into, as far as it is not done."""
    return visible_to(actor).filter(owner=actor, done_at__isnull=True)


@transaction.atomic
def mark(
    *, actor: User, consortium: str, quarter: str, text: str, owner: User, due_date: date, place: str = places.WHOLE
) -> FollowUp:
    """Mark a place of a report, for somebody of the office to come back to; they are told, unless it is oneself.

    Raises:
        NotVisible.
        NotPermitted: only the office marks.
        NotAllowedNow: the quarter has not ended.
        Refused: no text, no such place, an owner outside the office, a day that has passed.
    """
    report = _report(actor, consortium, quarter)
    text = text.strip()
    problems = [*places.problems(place), *_check(owner, due_date)]
    if not text:
        problems.append(Problem("/text", "required", _("Write what has to be looked into.")))
    problems += submission.check_text("/text", text, MAX_TEXT)
    if problems:
        raise Refused(problems)
    marked = FollowUp.objects.create(
        report=report,
        place=place,
        text=text,
        owner=owner,
        due_date=due_date,
        marked_by=actor,
        marked_at=clock.now(),
    )
    _tell(actor, marked)
    return marked


@transaction.atomic
def hand_over(*, actor: User, follow_up: int, owner: User, due_date: date) -> FollowUp:
    """Give a mark to somebody else, or another day; whoever has it now is told, unless it is oneself.

    Raises:
        NotVisible: no such mark, or not for this actor.
        NotAllowedNow: it is done.
        Refused: an owner outside the office, a day that has passed.
    """
    marked = _locked(actor, follow_up)
    if marked.done_at is not None:
        raise NotAllowedNow(_("This has been dealt with."))
    if (marked.owner_id, marked.due_date) == (owner.pk, due_date):
        return marked
    if problems := _check(owner, due_date):
        raise Refused(problems)
    marked.owner, marked.due_date = owner, due_date
    marked.save(update_fields=["owner", "due_date"])
    _tell(actor, marked)
    return marked


@transaction.atomic
def finish(*, actor: User, follow_up: int) -> FollowUp:
    """Say that it has been looked into; anybody of the office may, and doing so twice changes nothing.

    Raises:
        NotVisible: no such mark, or not for this actor.
    """
    marked = _locked(actor, follow_up)
    if marked.done_at is None:
        marked.done_by, marked.done_at = actor, clock.now()
        marked.save(update_fields=["done_by", "done_at"])
    return marked


def _report(actor: User, consortium: str, quarter: str) -> QuarterlyReport:
    report, _held = in_hand.lock(actor, consortium, quarter, Permission.SEE_REPORTS)
    access.require(actor, Permission.SEE_REPORTS)
    return report


def _locked(actor: User, follow_up: int) -> FollowUp:
    found = visible_to(actor).select_related(None).select_for_update().filter(pk=follow_up).first()
    if found is None:
        raise NotVisible(_("There is no such follow-up mark."))
    return found


def _check(owner: User, due_date: date) -> list[Problem]:
    problems = []
    if not access.allows(owner, Permission.SEE_REPORTS):
        problems.append(Problem("/owner", "unknown", _("Choose somebody of the programme office.")))
    if due_date < clock.today():
        problems.append(Problem("/dueDate", "past", _("This day has passed.")))
    return problems


def _tell(actor: User, marked: FollowUp) -> None:
    if marked.owner_id != actor.pk:
        outbox.put(outbox.FOLLOW_UP, follow_up=marked.pk)
