"""A backfill workbook that was handed in: kept, looked at, taken over and handed in, by a worker where it is large.

Each step is asked for by the office and then done once, by whoever holds the lock of the file; a killed worker lets go,
and the next one begins the step anew. The page that waits can be left and come back to.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import partial
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from consortia import access
from consortia.access import Permission
from consortia.errors import DomainError, NotAllowedNow, Problem, Refused
from consortia.models import User
from impact import programme, uploads
from impact.backfill import plan
from impact.backfill.reading import Report
from impact.models import QuarterlyReport, Upload, UploadKind, UploadState

SMALL = 60_000
"""Bytes up to which a step is done while the office waits: a few reports."""
_TOLD_FOR = 3_600
_LISTED = 10


class Work(StrEnum):
    LOOK = "look"
    TAKE_OVER = "take-over"
    HAND_IN = "hand-in"


def receive(*, actor: User, name: str, data: bytes) -> Upload:
    """Keep a workbook, to be looked at.

    Raises:
        NotPermitted, Refused: as for `uploads.keep_backfill`.
    """
    options = {"work": Work.LOOK, "actor": str(actor.pk), "language": translation.get_language() or "nl"}
    return uploads.keep_backfill(actor=actor, name=name, data=data, options=options)


def recent() -> list[Upload]:
    """The workbooks that are still kept, the newest first."""
    return list(Upload.objects.filter(kind=UploadKind.BACKFILL).select_related("uploaded_by")[:_LISTED])


@transaction.atomic
def ask(*, actor: User, upload_id: UUID | str, work: Work, reports: Sequence[Report] = ()) -> Upload:
    """Ask for the next step; `reports`: what is to be handed in.

    Raises:
        NotVisible: no such file, or not for this actor.
        NotAllowedNow: a step is being done, or this one does not follow.
        Refused: nothing was chosen to be handed in.
    """
    upload = Upload.objects.select_for_update().get(pk=uploads.find_of_office(actor, UploadKind.BACKFILL, upload_id).pk)
    if upload.state in uploads.BUSY:
        raise NotAllowedNow(_("This workbook is being worked on. Wait until that is done."))
    if work is Work.TAKE_OVER and not may_take_over(upload):
        raise NotAllowedNow(_("This workbook cannot be taken over as it is."))
    if work is Work.HAND_IN:
        if upload.state != UploadState.APPLIED:
            raise NotAllowedNow(_("Take the workbook over first."))
        offered = {tuple(each) for each in upload.result["drafted"]}
        if not reports or not offered.issuperset(reports):
            raise Refused([Problem("/rapportage", "required", _("Choose what is to be handed in."))])
    if work is Work.LOOK and upload.state == UploadState.APPLIED:
        raise NotAllowedNow(_("This workbook was taken over already."))
    upload.options |= {
        "work": work,
        "actor": str(actor.pk),
        "language": translation.get_language() or "nl",
        "reports": [list(each) for each in reports],
        "attempts": 0,
    }
    upload.state, upload.done_rows, upload.total_rows = UploadState.WAITING, 0, None
    upload.save()
    return upload


def may_take_over(upload: Upload) -> bool:
    """Whether it was looked at, and nothing in it is wrong or kept out."""
    result = upload.result
    if upload.state != UploadState.READ or "reports" not in result or result["error_count"]:
        return False
    changing = any(each["added"] or each["changed"] or each["removed"] or each["notes"] for each in result["reports"])
    return changing and not any(each["refused_by"] or each["conflict_count"] for each in result["reports"])


@transaction.atomic
def extend(*, actor: User, upload_id: UUID | str, due_date: date | None, reason: str) -> int:
    """Give every report in the workbook whose quarter is closed an extension, so that it can come in; how many.

    Raises:
        NotVisible, NotAllowedNow: as for `ask`.
        NotPermitted, Refused: as for `programme.extend`.
    """
    upload = uploads.find_of_office(actor, UploadKind.BACKFILL, upload_id)
    access.require(actor, Permission.CONFIGURE)
    if due_date is None:
        raise Refused([Problem("/dueDate", "required", _("Choose a day."))])
    closed = [each for each in upload.result.get("reports", ()) if each["refused_by"] == plan.CLOSED]
    for each in closed:
        where = {"consortium__slug": each["hip"], "quarter": each["quarter"]}
        report = QuarterlyReport.objects.select_related("consortium", "quarter").get(**where)
        programme.extend(
            actor=actor, consortium=report.consortium, quarter=report.quarter, due_date=due_date, reason=reason
        )
    ask(actor=actor, upload_id=upload.pk, work=Work.LOOK)
    return len(closed)


# --- doing it


def waiting() -> QuerySet[Upload]:
    """The workbooks with a step that nobody has done to the end yet."""
    return uploads.waiting(UploadKind.BACKFILL)


def run(upload_id: UUID | str) -> bool:
    """Do the step that was asked for; False where another one does, or there is none."""
    with uploads.in_turn(upload_id, waiting()) as upload:
        if upload is None:
            return False
        _STEPS[Work(upload.options["work"])](upload, User.objects.get(pk=upload.options["actor"]))
    return True


def _look(upload: Upload, actor: User) -> None:
    try:
        outlook = plan.look(
            actor=actor,
            data=uploads.read_bytes(upload),
            tell=partial(uploads.progress, upload),
        )
    except Refused as error:
        uploads.finish(upload, UploadState.REFUSED, {"refused": _details(error)})
    except DomainError as error:
        uploads.finish(upload, UploadState.REFUSED, {"refused": [error.detail]})
    else:
        uploads.finish(upload, UploadState.READ, outlook.as_json())


def _take_over(upload: Upload, actor: User) -> None:
    result = upload.result
    seen = {(each["hip"], each["quarter"]): each["tag"] for each in result["reports"]}
    try:
        with transaction.atomic():
            data = uploads.read_bytes(upload)
            taken = plan.take_over(actor=actor, data=data, seen=seen, tell=_teller(upload))
            kept = {key: value for key, value in result.items() if key != "not_taken"}
            drafted = [list(each) for each in taken.drafted]
            notes = [[*report, said] for report, said in taken.notes.items() if said]
            uploads.finish(upload, UploadState.APPLIED, {**kept, "drafted": drafted, "notes": notes})
    except Refused as error:
        uploads.finish(upload, UploadState.READ, {**result, "not_taken": _details(error)})
    except DomainError as error:
        uploads.finish(upload, UploadState.READ, {**result, "not_taken": [error.detail]})


def _hand_in(upload: Upload, actor: User) -> None:
    notes = {(hip, quarter): said for hip, quarter, said in upload.result.get("notes", ())}
    chosen = [(hip, quarter) for hip, quarter in upload.options["reports"]]
    found = plan.hand_in(actor=actor, reports=chosen, notes=notes, tell=_teller(upload))
    before = {(each["hip"], each["quarter"]): each for each in upload.result.get("handed_in", ())}
    before |= {each.report: each.as_json() for each in found}
    uploads.finish(upload, UploadState.APPLIED, {**upload.result, "handed_in": list(before.values())})


_STEPS: Mapping[Work, Callable[[Upload, User], None]] = {
    Work.LOOK: _look,
    Work.TAKE_OVER: _take_over,
    Work.HAND_IN: _hand_in,
}


def _details(error: Refused) -> list[str]:
    return [f"{each.pointer}: {each.detail}".removeprefix("/file: ").removeprefix(": ") for each in error.problems]


# --- how far it is


def _teller(upload: Upload) -> Callable[[int, int], None]:
    """What a transaction writes is seen after it only: how far it is goes through the cache, which may be away."""
    return lambda done, total: cache.set(_key(upload), (done, total), _TOLD_FOR)


def progress(upload: Upload) -> tuple[int, int | None]:
    """How far the step is, in rows or in reports."""
    if upload.options["work"] == Work.LOOK:
        return upload.done_rows, upload.total_rows
    done, total = cache.get(_key(upload), (0, None))
    return done, total


def _key(upload: Upload) -> str:
    return f"backfill:{upload.pk}:{upload.options['work']}"
