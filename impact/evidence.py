"""Evidence with a report: files and links at its rows and sections, as long as the report may be filled in.

It is never changed. What is taken away stays as a row, but nobody gets the file any more, and its bytes go some weeks
later. While a report is with the reviewer, or counts, its evidence stands.
"""

import hashlib
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotVisible, Problem, Refused
from consortia.models import User
from impact import in_hand, media_types, places, submission
from impact.media_types import Unfit
from impact.models import Evidence, QuarterlyReport, ReportVersion
from impact.standing import find
from impact.transitions import Step

MAX_TITLE = 200
MAX_LINK = 500
MAX_TOTAL = 100 * 1024 * 1024
"""Bytes of the files of one report."""
MAX_NUMBER = 200
"""Files and links of one report."""
FOLDER = "evidence"
_KEPT_AFTER_REMOVAL = timedelta(days=30)
_BEING_STORED = timedelta(hours=1)


def add_file(
    *, actor: User, consortium: str, quarter: str, data: bytes, name: str, title: str = "", place: str = places.WHOLE
) -> Evidence:
    """Keep a file with the report. Its content says what it is; images are drawn anew (`media_types`).

    The file is written before its row, so that a fault leaves at most a file that no row names.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: the report is with the reviewer, accepted, or its quarter closed.
        Refused: a file that is not kept, no such place, a title that may not be stored, or too much in all.
    """
    # Looking into a file takes time: it happens for nobody who may not add one, and does not hold up the others.
    access.require(actor, Permission.FILL, find(actor, consortium, quarter).consortium_id)
    problems = []
    kept = None
    try:
        kept = media_types.inspect(data)
    except Unfit as unfit:
        problems.append(Problem("/file", unfit.code, unfit.detail))
    title = title.strip() or _cleaned(name) or _("File")
    with transaction.atomic():
        report, version = _lock(actor, consortium, quarter)
        problems += _check(report, place, title)
        if kept is not None and _stored_bytes(report) + len(kept.data) > MAX_TOTAL:
            detail = _("The files of one report may take %(number)d MB together.") % {"number": MAX_TOTAL // 1024**2}
            problems.append(Problem("/file", "too-much", detail))
        if problems or kept is None:
            raise Refused(problems)
        evidence = Evidence(
            report=report,
            place=place,
            title=title,
            media_type=kept.media_type,
            size=len(kept.data),
            sha256=hashlib.sha256(kept.data).hexdigest(),
            added_by=actor,
            added_at=clock.now(),
        )
        evidence.file = ContentFile(kept.data, name=str(evidence.pk))
        evidence.save(force_insert=True)
        in_hand.author(version, actor)
        return evidence


@transaction.atomic
def add_link(
    *, actor: User, consortium: str, quarter: str, link: str, title: str = "", place: str = places.WHOLE
) -> Evidence:
    """Keep a link with the report, as it is: nobody fetches what is behind it.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `add_file`.
        Refused: no https link, one with a password in it, no such place, or a title that may not be stored.
    """
    report, version = _lock(actor, consortium, quarter)
    link = link.strip()
    problems = _check_link(link)
    title = title.strip() or (urlsplit(link).hostname or "" if not problems else "-")
    problems += _check(report, place, title)
    if problems:
        raise Refused(problems)
    in_hand.author(version, actor)
    return Evidence.objects.create(
        report=report, place=place, title=title, link=link, added_by=actor, added_at=clock.now()
    )


@transaction.atomic
def remove(*, actor: User, consortium: str, quarter: str, evidence: uuid.UUID) -> Evidence:
    """Take a file or a link away: nobody gets it any more, and that it was there stays to be seen.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `add_file`.
    """
    report, version = _lock(actor, consortium, quarter)
    found = Evidence.objects.filter(report=report, pk=evidence).first()
    if found is None:
        raise NotVisible(_("There is no such evidence."))
    if found.removed_at is None:
        found.removed_by, found.removed_at = actor, clock.now()
        found.save(update_fields=["removed_by", "removed_at"])
        in_hand.author(version, actor)
    return found


def of_report(actor: Any, report: QuarterlyReport) -> QuerySet[Evidence]:
    """What stands with a report, for who sees its drafts; for others nothing."""
    if not access.allows(actor, Permission.SEE_REPORTS, report.consortium_id):
        return Evidence.objects.none()
    standing = Evidence.objects.filter(report=report, removed_at__isnull=True)
    return standing.select_related("added_by").order_by("added_at", "pk")


def removed_of(actor: Any, report: QuarterlyReport) -> QuerySet[Evidence]:
    """What was taken away, for who sees what stands."""
    if not access.allows(actor, Permission.SEE_REPORTS, report.consortium_id):
        return Evidence.objects.none()
    gone = Evidence.objects.filter(report=report, removed_at__isnull=False)
    return gone.select_related("removed_by").order_by("removed_at", "pk")


def file_of(actor: Any, consortium: str, quarter: str, evidence: uuid.UUID) -> Evidence:
    """A file to hand out.

    Raises:
        NotVisible: no such file, taken away, or not for this actor.
    """
    found = of_report(actor, find(actor, consortium, quarter)).exclude(file="").filter(pk=evidence).first()
    if found is None or not default_storage.exists(str(found.file.name)):
        raise NotVisible(_("There is no such evidence."))
    return found


def purge() -> int:
    """Delete the files that no row names, and those of evidence that was taken away weeks ago; returns how many."""
    if not default_storage.exists(FOLDER):
        return 0
    _folders, names = default_storage.listdir(FOLDER)
    gone = clock.now() - _KEPT_AFTER_REMOVAL
    kept = set(Evidence.objects.exclude(file="").exclude(removed_at__lt=gone).values_list("file", flat=True))
    deleted = 0
    for name in sorted(f"{FOLDER}/{each}" for each in names):
        # Of a file that has just been written the row may not be committed yet.
        if name not in kept and default_storage.get_modified_time(name) < clock.now() - _BEING_STORED:
            default_storage.delete(name)
            deleted += 1
    return deleted


def _lock(actor: User, consortium: str, quarter: str) -> tuple[QuarterlyReport, ReportVersion | None]:
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    in_hand.require_open_quarter(report, held)
    return report, held.open_version


def _check(report: QuarterlyReport, place: str, title: str) -> list[Problem]:
    problems = places.problems(place)
    problems += submission.check_text("/title", title, MAX_TITLE)
    if Evidence.objects.filter(report=report, removed_at__isnull=True).count() >= MAX_NUMBER:
        detail = _("A report has at most %(number)d files and links.") % {"number": MAX_NUMBER}
        problems.append(Problem("", "too-many", detail))
    return problems


def _check_link(link: str) -> list[Problem]:
    try:
        parts = urlsplit(link)
        host, has_password = parts.hostname, "@" in parts.netloc
        is_number = parts.port is None or parts.port > 0
    except ValueError:
        host, has_password, is_number = None, False, False
    if has_password:
        return [Problem("/link", "credentials", _("This link holds a name or password. Give one without."))]
    if not link.startswith("https://") or not host or "." not in host or not is_number:
        return [Problem("/link", "malformed", _("A link begins with https:// and names a site."))]
    if not link.isprintable() or any(character in link for character in ' <>"\\^`{|}'):
        return [Problem("/link", "malformed", _("A link begins with https:// and names a site."))]
    return submission.check_text("/link", link, MAX_LINK)


def _stored_bytes(report: QuarterlyReport) -> int:
    standing = Evidence.objects.filter(report=report, removed_at__isnull=True)
    return int(standing.aggregate(total=Sum("size"))["total"] or 0)


def _cleaned(name: str) -> str:
    """A file name as a title: without folders, signs that cannot be read, and its ending."""
    name = name.replace("\\", "/").rpartition("/")[2]
    readable = "".join(each for each in unicodedata.normalize("NFC", name) if each.isprintable())
    stem, dot, ending = readable.rpartition(".")
    if dot and stem and len(ending) <= 5:
        readable = stem
    return " ".join(readable.replace("_", " ").split())[:MAX_TITLE]


def grouped(evidence: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    """By place."""
    found: dict[str, list[Evidence]] = {}
    for each in evidence:
        found.setdefault(each.place, []).append(each)
    return found
