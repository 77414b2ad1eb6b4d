"""Editions of the programme report: made once from a vintage, kept as they were made, found again.

What stands in them is `impact.programme_report`'s. Source: docs/semantics.md, "The ledger" and "Disclosure".
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Refused
from consortia.models import User
from impact import submission
from impact.models import Audience, ProgrammeReport, ProgrammeReportDocument, Vintage

LOCK = 72_021
"""One edition at a time: two do not take the same number."""


@dataclass(frozen=True)
class Document:
    """An edition in one language for one audience, before it is kept."""

    language: str
    audience: str
    content: dict[str, Any]
    pdf: bytes
    xlsx: bytes


def may_make(user: Any) -> bool:
    """Whether somebody makes reports on the programme: who publishes vintages."""
    return access.allows(user, Permission.CONFIGURE)


def sees_in_full(user: Any) -> bool:
    """Whether somebody reads the report of the steering committee: who sees what counts in the whole programme."""
    return access.allows(user, Permission.SEE_COUNTING)


def check(*, actor: User, note: str) -> None:
    """What `keep` refuses, before the work is done.

    Raises:
        NotPermitted, Refused: as `keep`.
    """
    access.require(actor, Permission.CONFIGURE)
    problems = submission.check_text("/note", note, submission.MAX_TEXT)
    if problems:
        raise Refused(problems)


def newest(vintage: Vintage) -> ProgrammeReport | None:
    """The newest edition; None as long as none was made."""
    return ProgrammeReport.objects.filter(vintage=vintage).order_by("-number").first()


@transaction.atomic
def keep(*, actor: User, vintage: Vintage, number: int, note: str, documents: Sequence[Document]) -> ProgrammeReport:
    """The next edition of the vintage's report; the ones before stay beside it.

    Raises:
        NotPermitted: no programme manager.
        Refused: a note that cannot be.
        NotAllowedNow: somebody else made this edition in the meantime.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    check(actor=actor, note=note)
    before = newest(vintage)
    if number != (before.number + 1 if before else 1):
        raise NotAllowedNow(_("Somebody else has just made this report."))
    report = ProgrammeReport.objects.create(
        vintage=vintage,
        number=number,
        note=note.strip(),
        made_at=clock.now(),
        made_by=actor,
    )
    ProgrammeReportDocument.objects.bulk_create(
        ProgrammeReportDocument(
            report=report,
            language=each.language,
            audience=each.audience,
            content=each.content,
            pdf=each.pdf,
            xlsx=each.xlsx,
            pdf_sha256=hashlib.sha256(each.pdf).hexdigest(),
            xlsx_sha256=hashlib.sha256(each.xlsx).hexdigest(),
        )
        for each in documents
    )
    return report


def of_vintage(vintage: Vintage, user: Any, *, language: str) -> list[ProgrammeReportDocument]:
    """The documents in a language that somebody may see, newest edition first, that of the committee before the public.

    Without the files themselves.
    """
    rows = ProgrammeReportDocument.objects.filter(report__vintage=vintage, language=language)
    if not sees_in_full(user):
        rows = rows.filter(audience=Audience.PUBLIC)
    return list(
        rows.defer("content", "pdf", "xlsx").select_related("report__made_by").order_by("-report__number", "audience")
    )


def find(
    vintage: Vintage, user: Any, *, language: str, audience: str, number: int | None = None
) -> ProgrammeReportDocument | None:
    """A document with its files: of an edition, or of the newest; None where there is none.

    Raises:
        NotPermitted: it is that of the steering committee.
    """
    if audience == Audience.COMMITTEE:
        access.require(user, Permission.SEE_COUNTING)
    rows = ProgrammeReportDocument.objects.filter(report__vintage=vintage, language=language, audience=audience)
    if number is not None:
        rows = rows.filter(report__number=number)
    return rows.defer("content").select_related("report").order_by("-report__number").first()
