"""Accepting several reports one after the other, each by the ordinary review and in a transaction of its own.

What one report does not allow stands in the way of no other. Doing it twice accepts nothing twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from consortia.errors import DomainError
from consortia.models import User
from impact import reporting
from impact.models import ReportVersion, VersionStatus


@dataclass(frozen=True)
class Wanted:
    """A report to accept, and the hash of its content as it was displayed."""

    consortium: str
    quarter: str
    content_hash: str


@dataclass(frozen=True)
class Outcome:
    """What became of it: the version that counts, or the reason why it does not."""

    wanted: Wanted
    version: ReportVersion | None = None
    reason: str = ""
    was_accepted_before: bool = False


def accept(*, actor: User, wanted: Iterable[Wanted]) -> list[Outcome]:
    """Accept each of these reports as far as it allows that; see `reporting.review` for what it may refuse."""
    return [_accept(actor, each) for each in dict.fromkeys(wanted)]


def _accept(actor: User, wanted: Wanted) -> Outcome:
    try:
        version = reporting.review(
            actor=actor,
            consortium=wanted.consortium,
            quarter=wanted.quarter,
            decision="accept",
            content_hash=wanted.content_hash,
        )
    except DomainError as error:
        done = _accepted_before(actor, wanted)
        return Outcome(wanted, done, was_accepted_before=True) if done else Outcome(wanted, reason=str(error.detail))
    return Outcome(wanted, version)


def _accepted_before(actor: User, wanted: Wanted) -> ReportVersion | None:
    """The version, if it is this very content and the actor accepted it: the form was sent twice."""
    newest = (
        ReportVersion.objects.filter(report__consortium__slug=wanted.consortium, report__quarter=wanted.quarter)
        .order_by("-number")
        .first()
    )
    if newest is None or (newest.status, newest.reviewed_by_id) != (VersionStatus.ACCEPTED, actor.pk):
        return None
    return newest if newest.reviewed_hash == wanted.content_hash else None
