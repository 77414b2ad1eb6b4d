"""Files that somebody hands in to be read: kept as they came, so that what was previewed is what is applied.

The name that the user gave is shown and never becomes a path. A file is gone after some days; what it brought is in the
draft by then. Source: docs/semantics.md, "Input".
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotVisible, Problem, Refused
from consortia.models import User
from impact import in_hand
from impact.models import Upload, UploadKind, UploadState
from impact.standing import find as find_report
from impact.transitions import Step

MAX_BYTES = 10 * 1024 * 1024
KEPT_DAYS = 7
LARGEST_BACKFILL = 40 * 1024 * 1024
"""Bytes of a backfill workbook, which holds many reports."""
KEPT_FILES = 20
"""Of one report, and of the office; whoever brings another one in takes the oldest away."""
LOCK = 72_012
MOST_ATTEMPTS = 3
"""A file that ends every worker that reads it must not be begun for ever."""
FOLDER = "uploads"
BUSY = (UploadState.WAITING, UploadState.READING)
_LONGEST_NAME = 200
_OF_OFFICE = {UploadKind.BACKFILL: Permission.FILL, UploadKind.EXPORT: Permission.CONFIGURE}
"""What one has to be allowed to do for every HIP to hand in a file that is of no single report."""


@transaction.atomic
def keep(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    kind: UploadKind,
    name: str,
    data: bytes,
    options: Mapping[str, Any] | None = None,
) -> Upload:
    """Keep the bytes of a file for a report that may be filled now; nothing is read of them.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `reporting.fill`.
        Refused: an empty file, or one that is too large.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    in_hand.require_open_quarter(report, held)
    upload = Upload(report=report, kind=kind, name=_shown(name), uploaded_by=actor, options=dict(options or {}))
    return _keep(upload, data, Upload.objects.filter(report=report), largest=MAX_BYTES)


@transaction.atomic
def keep_backfill(*, actor: User, name: str, data: bytes, options: Mapping[str, Any]) -> Upload:
    """Keep a workbook with several reports, for the office; nothing is read of it.

    Raises:
        NotPermitted: the actor may not fill in for every HIP.
        Refused: an empty file, or one that is too large.
    """
    access.require(actor, _OF_OFFICE[UploadKind.BACKFILL])
    upload = Upload(kind=UploadKind.BACKFILL, name=_shown(name), uploaded_by=actor, options=dict(options))
    return _keep(upload, data, Upload.objects.filter(kind=UploadKind.BACKFILL), largest=LARGEST_BACKFILL)


@transaction.atomic
def keep_export(*, actor: User, name: str, data: bytes) -> Upload:
    """Keep an export of the trade register, for the office; nothing is read of it.

    Raises:
        NotPermitted: no programme manager.
        Refused: an empty file, or one that is too large.
    """
    access.require(actor, _OF_OFFICE[UploadKind.EXPORT])
    upload = Upload(kind=UploadKind.EXPORT, name=_shown(name), uploaded_by=actor)
    return _keep(upload, data, Upload.objects.filter(kind=UploadKind.EXPORT), largest=MAX_BYTES)


def _keep(upload: Upload, data: bytes, others: QuerySet[Upload], *, largest: int) -> Upload:
    if not data:
        raise Refused([Problem("/file", "required", _("This file is empty."))])
    if len(data) > largest:
        detail = _("This file is larger than %(number)d MB.") % {"number": largest // (1024 * 1024)}
        raise Refused([Problem("/file", "too-large", detail)])
    upload.size, upload.sha256 = len(data), hashlib.sha256(data).hexdigest()
    upload.file.save("", ContentFile(data), save=False)
    upload.save(force_insert=True)
    others = others.exclude(pk=upload.pk)
    for old in others.order_by("-uploaded_at", "pk")[KEPT_FILES - 1 :]:
        path = str(old.file.name)
        old.delete()
        # Only then is it sure that no row names the file.
        transaction.on_commit(partial(default_storage.delete, path))
    return upload


def _shown(name: str) -> str:
    """The name to show: without folders and without what cannot be read."""
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in name if each.isprintable())[-_LONGEST_NAME:].strip() or "-"


def find(actor: Any, consortium: str, quarter: str, upload_id: UUID | str) -> Upload:
    """An upload of this report, for those who may fill it; the report comes with it.

    Raises:
        NotVisible: there is none, or not for this actor.
    """
    report = find_report(actor, consortium, quarter)
    if not report._state.adding and access.allows(actor, Permission.FILL, report.consortium_id):
        upload = Upload.objects.select_related("report", "uploaded_by").filter(report=report, pk=upload_id).first()
        if upload is not None:
            return upload
    raise NotVisible(_("There is no such file, or it is no longer kept."))


def find_of_office(actor: Any, kind: UploadKind, upload_id: UUID | str) -> Upload:
    """A workbook with several reports or an export of the trade register, for those of the office who may hand it in.

    Raises:
        NotVisible: there is none, or not for this actor.
    """
    if access.allows(actor, _OF_OFFICE[kind]):
        upload = Upload.objects.select_related("uploaded_by").filter(kind=kind, pk=upload_id).first()
        if upload is not None:
            return upload
    raise NotVisible(_("There is no such file, or it is no longer kept."))


def require_kind(upload: Upload, kind: UploadKind) -> None:
    """Raises `NotVisible`: it was handed in for something else."""
    if upload.kind != kind:
        raise NotVisible(_("There is no such file, or it is no longer kept."))


def read_bytes(upload: Upload) -> bytes:
    """The bytes as they came.

    Raises:
        NotVisible: the file is gone, or is not what was kept.
    """
    try:
        with upload.file.open("rb") as stream:
            data: bytes = stream.read()
    except OSError as error:
        raise NotVisible(_("There is no such file, or it is no longer kept.")) from error
    if hashlib.sha256(data).hexdigest() != upload.sha256:
        raise NotVisible(_("There is no such file, or it is no longer kept."))
    return data


def waiting(kind: UploadKind) -> QuerySet[Upload]:
    """The files of this kind that nobody has read to the end yet, the oldest first."""
    return Upload.objects.filter(kind=kind, state__in=BUSY).order_by("uploaded_at")


@contextmanager
def in_turn(upload_id: UUID | str, waiting: QuerySet[Upload]) -> Iterator[Upload | None]:
    """One of those that wait, for who reads it alone, in its sender's language; None where there is nothing to do.

    How far it is can be seen meanwhile, so this is no transaction; who ends, in whatever way, lets go of it.
    """
    key = UUID(str(upload_id))
    with _alone(key) as is_mine:
        upload = waiting.filter(pk=key).first() if is_mine else None
        if upload is None:
            yield None
            return
        with translation.override(upload.options.get("language")):
            yield upload if _begin(upload) else None


def read_in_turn(upload_id: UUID | str, waiting: QuerySet[Upload], look: Callable[[Upload], Any]) -> bool:
    """Keep what `look` finds out about a file that waits, or why it is refused; False where there is nothing to do."""
    with in_turn(upload_id, waiting) as upload:
        if upload is None:
            return False
        try:
            result = look(upload)
        except Refused as error:
            details = [f"{each.pointer}: {each.detail}".removeprefix("/file: ") for each in error.problems]
            finish(upload, UploadState.REFUSED, {"refused": details})
        else:
            finish(upload, UploadState.READ, result)
    return True


@contextmanager
def _alone(upload_id: UUID) -> Iterator[bool]:
    """Whether nobody else is at work on this file; they let go when they end, in whatever way."""
    key = [LOCK, upload_id.int & 0x7FFF_FFFF]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _begin(upload: Upload) -> bool:
    """Count an attempt to read it; False, and refused, where too many ended halfway."""
    upload.options["attempts"] = upload.options.get("attempts", 0) + 1
    upload.save(update_fields=["options"])
    if upload.options["attempts"] > MOST_ATTEMPTS:
        finish(upload, UploadState.REFUSED, {"refused": [_("This file cannot be read.")]})
        return False
    progress(upload, 0, None)
    return True


def progress(upload: Upload, done: int, total: int | None) -> None:
    """How far reading it is, for the page that waits; seen at once where the caller is in no transaction."""
    upload.state, upload.done_rows, upload.total_rows = UploadState.READING, done, total
    upload.save(update_fields=["state", "done_rows", "total_rows"])


def finish(upload: Upload, state: UploadState, result: Any = None) -> None:
    """How reading or applying it ended, with what the page shows of it (JSON); None leaves the result as it is."""
    upload.state = state
    if result is not None:
        upload.result = result
    upload.save(update_fields=["state", "result"])


def purge(*, older_than_days: int = KEPT_DAYS) -> int:
    """Delete what was uploaded longer ago, and files that no row knows; gives the number of rows.

    A row goes before its file: a file that stays behind is found the next time.
    """
    before = clock.now() - timedelta(days=older_than_days)
    old = list(Upload.objects.filter(uploaded_at__lt=before))
    for upload in old:
        path = str(upload.file.name)
        upload.delete()
        default_storage.delete(path)
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    for name in default_storage.listdir(FOLDER)[1] if default_storage.exists(FOLDER) else []:
        path = f"{FOLDER}/{name}"
        if name not in known and default_storage.get_modified_time(path) < before:
            default_storage.delete(path)
    return len(old)
