"""From what happened to who is told: the outbox of the commands becomes notifications (meldingen).

Each message is a transaction of its own, and its cause is what happened: a worker that is killed halfway leaves it to
do, and nobody is told twice.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consortia import access, clock, notifications
from consortia.access import Permission
from consortia.models import User
from impact import drafts, ledger, notice_kinds, obligations, outbox
from impact.forms.places import label_at
from impact.forms.questions import Questions
from impact.models import (
    Comment,
    Extension,
    ExtensionRequest,
    FollowUp,
    Mention,
    QuarterlyReport,
    ReportVersion,
    Webhook,
)
from impact.reminders import quarter_name

MAX_AGE = timedelta(days=3)
"""Older causes are put aside in silence: nobody wants to hear on Friday what happened on Monday."""


def deliver() -> int:
    """Tell what waits to be told; returns how many messages were dealt with."""
    outbox.give_up(outbox.TO_TELL, clock.now() - MAX_AGE)
    dealt_with = 0
    for waiting in outbox.waiting(outbox.TO_TELL):
        outbox.attempt(waiting)
        dealt_with += _deliver_one(waiting)
    return dealt_with


@transaction.atomic
def _deliver_one(waiting: int) -> bool:
    message = outbox.claim(waiting)
    if message is None:
        return False
    _TELL[message.kind](message.payload)
    outbox.done([message])
    return True


def _tell(
    users: Iterable[User],
    kind: str,
    cause: object,
    report: QuarterlyReport,
    context: Mapping[str, Any],
    *,
    page: str = "impact:report",
    arguments: tuple[Any, ...] = (),
    fragment: str = "",
) -> None:
    """Tell people something about a report; `page` is where it leads."""
    where = (report.consortium.slug, report.quarter_id)
    for user in users:
        notifications.tell(
            user=user,
            kind=kind,
            cause=f"{kind}:{cause}",
            context={"hip": report.consortium.name, "quarter": partial(quarter_name, report.quarter_id), **context},
            url=notifications.place(page, *where, *arguments) + fragment,
            about={"consortium": report.consortium_id, "quarter": report.quarter_id},
        )


def _settle(report: QuarterlyReport, *kinds: str) -> None:
    """Lay aside what asked for something that is done, or due on another day."""
    notifications.settle(kinds=kinds, about={"consortium": report.consortium_id, "quarter": report.quarter_id})


# --- handing in and reviewing


def _receipt(payload: Mapping[str, Any]) -> None:
    version = _versions().get(pk=payload["version"])
    report = version.report
    _settle(report, *notice_kinds.REMINDERS, notice_kinds.RETURNED)
    _tell(
        User.objects.filter(pk=payload["user"]),
        notice_kinds.RECEIPT,
        version.pk,
        report,
        {"version": version.number, "moment": version.submitted_at},
        page="impact:report_receipt",
        arguments=(version.number,),
    )


def _returned(payload: Mapping[str, Any]) -> None:
    version = _versions().get(pk=payload["version"])
    _tell(
        _answerable(version.report, version.submitted_by),
        notice_kinds.RETURNED,
        version.pk,
        version.report,
        {"by": version.reviewed_by, "remarks": partial(_remarks, version)},
    )


def _accepted(payload: Mapping[str, Any]) -> None:
    version = _versions().get(pk=payload["version"])
    _tell(
        _answerable(version.report, version.submitted_by),
        notice_kinds.ACCEPTED,
        version.pk,
        version.report,
        {"by": version.reviewed_by, "remarks": partial(_remarks, version)},
    )


def _on_behalf(payload: Mapping[str, Any]) -> None:
    version = _versions().get(pk=payload["version"])
    people = access.members(Permission.SUBMIT, version.report.consortium_id)
    _tell(people, notice_kinds.ON_BEHALF, version.pk, version.report, {"by": version.submitted_by})


def _versions() -> Any:
    return ReportVersion.objects.select_related("report__consortium", "report__quarter", "submitted_by", "reviewed_by")


def _answerable(report: QuarterlyReport, *more: User | None) -> list[User]:
    """Who may submit for the HIP, and who did."""
    people = {user.pk: user for user in access.members(Permission.SUBMIT, report.consortium_id)}
    people |= {user.pk: user for user in more if user is not None}
    return list(people.values())


def _remarks(version: ReportVersion) -> str:
    """What the reviewer said of the whole, and of each place that goes back, named in the language at hand."""
    said = [version.review_comment] if version.review_comment else []
    if version.review_remarks:
        lines = drafts.lines_of(version)
        questions = Questions.of(version.report.quarter, ledger.resolve())
        for row in version.review_remarks:
            label = label_at(row["pointer"], lines, questions)
            said.append(f"• {capfirst(label)}: {row['comment']}" if label else f"• {row['comment']}")
    return "\n".join(said)


# --- what people say


def _comment(payload: Mapping[str, Any]) -> None:
    """The other people of the HIP, and who said something at the same place; not the author, nor who is mentioned."""
    said = _comments().get(pk=payload["comment"])
    report = said.report
    heard = {said.author_id, *said.mentions.values_list("user", flat=True)}
    in_thread = Comment.objects.filter(report=report, place=said.place).values("author")
    sees = access.holders(Permission.SEE_REPORTS, report.consortium_id)
    own = access.members(Permission.SEE_REPORTS, report.consortium_id)
    people = sees.filter(Q(pk__in=own.values("pk")) | Q(pk__in=in_thread)).exclude(pk__in=heard)
    _tell(people, notice_kinds.COMMENT, said.pk, report, _what_was_said(said), page="impact:report_together")


def _mention(payload: Mapping[str, Any]) -> None:
    mention = Mention.objects.select_related("comment", "user").get(pk=payload["mention"])
    said = _comments().get(pk=mention.comment_id)
    if mention.user_id == said.author_id:
        return
    _tell(
        [mention.user],
        notice_kinds.MENTION,
        said.pk,
        said.report,
        _what_was_said(said),
        page="impact:report_together",
    )


def _comments() -> Any:
    return Comment.objects.select_related("report__consortium", "report__quarter", "author")


def _what_was_said(said: Comment) -> dict[str, Any]:
    return {"by": said.author, "comment": said.text, "place": partial(_place, said)}


def _place(said: Comment) -> str:
    questions = Questions.of(said.report.quarter, ledger.resolve())
    newest = said.report.versions.order_by("-number").first()
    lines = drafts.lines_of(newest) if newest else []
    return label_at(said.place, lines, questions) or _("the quarter as a whole")


# --- time


def _extension_request(payload: Mapping[str, Any]) -> None:
    asked = _requests().get(pk=payload["request"])
    _tell(
        access.holders(Permission.CONFIGURE, asked.report.consortium_id),
        notice_kinds.EXTENSION_REQUEST,
        asked.pk,
        asked.report,
        {"by": asked.requested_by, "due_date": asked.due_date, "reason": asked.reason},
    )


def _extension_granted(payload: Mapping[str, Any]) -> None:
    extension = _extensions().get(pk=payload["extension"])
    asked = ExtensionRequest.objects.select_related("requested_by").filter(extension=extension).first()
    _settle(extension.report, *notice_kinds.REMINDERS)
    _tell(
        _answerable(extension.report, asked.requested_by if asked else None),
        notice_kinds.EXTENSION_GRANTED,
        extension.pk,
        extension.report,
        {"due_date": extension.due_date, "reason": extension.reason},
    )


def _extension_declined(payload: Mapping[str, Any]) -> None:
    asked = _requests().get(pk=payload["request"])
    _tell(
        _answerable(asked.report, asked.requested_by),
        notice_kinds.EXTENSION_DECLINED,
        asked.pk,
        asked.report,
        {
            "due_date": obligations.deadline_of(asked.report).due_date,
            "reason": asked.decline_reason,
        },
    )


def _extension_ended(payload: Mapping[str, Any]) -> None:
    extension = _extensions().get(pk=payload["extension"])
    assert extension.ended is not None, "what ended has an end"
    _settle(extension.report, *notice_kinds.REMINDERS)
    _tell(
        _answerable(extension.report),
        notice_kinds.EXTENSION_ENDED,
        extension.pk,
        extension.report,
        {"due_date": obligations.deadline_of(extension.report).due_date, "reason": extension.ended.reason},
    )


def _extensions() -> Any:
    return Extension.objects.select_related("report__consortium", "report__quarter", "end")


def _requests() -> Any:
    return ExtensionRequest.objects.select_related("report__consortium", "report__quarter", "requested_by")


# --- the office


def _follow_up(payload: Mapping[str, Any]) -> None:
    marked = FollowUp.objects.select_related("report__consortium", "report__quarter", "owner", "marked_by").get(
        pk=payload["follow_up"]
    )
    _tell(
        [marked.owner],
        notice_kinds.FOLLOW_UP,
        # Another owner or another day is something new to hear of.
        f"{marked.pk}:{marked.owner_id}:{marked.due_date}",
        marked.report,
        {"by": marked.marked_by, "due_date": marked.due_date, "comment": marked.text},
        page="impact:review",
    )


def _webhook_stopped(payload: Mapping[str, Any]) -> None:
    stopped = Webhook.objects.select_related("owner").filter(pk=payload["webhook"]).first()
    if stopped is None:
        return
    # A machine reads no messages; it is the office's.
    people = access.holders(Permission.CONFIGURE) if stopped.owner.is_machine else [stopped.owner]
    for user in people:
        notifications.tell(
            user=user,
            kind=notice_kinds.WEBHOOK_STOPPED,
            cause=f"{notice_kinds.WEBHOOK_STOPPED}:{stopped.pk}:{payload['at']}",
            context={"address": stopped.address, "owner": stopped.owner},
            url=notifications.place("impact:webhooks"),
        )


_TELL: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    outbox.RECEIPT: _receipt,
    outbox.RETURNED: _returned,
    outbox.ACCEPTED: _accepted,
    outbox.COMMENT: _comment,
    outbox.MENTION: _mention,
    outbox.EXTENSION_REQUEST: _extension_request,
    outbox.EXTENSION: _extension_granted,
    outbox.EXTENSION_DECLINED: _extension_declined,
    outbox.EXTENSION_ENDED: _extension_ended,
    outbox.FOLLOW_UP: _follow_up,
    outbox.ON_BEHALF: _on_behalf,
    outbox.WEBHOOK_STOPPED: _webhook_stopped,
}
