"""Why an accepted report is corrected: the reason and its code, also when a correction comes back."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import User
from impact import in_hand, submission
from impact.models import EventKind, ReportVersion, VersionStatus
from impact.standing import Standing
from impact.submission import MAX_TEXT
from impact.transitions import ReportStatus

_CODE = re.compile(r"[a-z0-9-]{1,30}")


def carried(held: Standing) -> tuple[str, str]:
    """The reason and the code that the next version takes over: those of a correction that was returned."""
    if held.status != ReportStatus.RETURNED:
        return "", ""
    returned = held.versions[-1]
    return returned.correction_reason, returned.correction_code


def is_draft(version: ReportVersion | None) -> bool:
    """Whether a version is a correction that can still say otherwise why it is made."""
    return version is not None and version.status == VersionStatus.DRAFT and bool(version.correction_reason)


@transaction.atomic
def explain(*, actor: User, consortium: str, quarter: str, reason: str, code: str = "") -> ReportVersion:
    """Say anew why a report is corrected, while the correction is a draft.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: no correction is being made.
        Refused: no reason, or a code that is no code.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.CORRECT)
    version = held.open_version
    if version is None or not is_draft(version):
        raise NotAllowedNow(_("No correction of this report is being made."))
    reason, code = reason.strip(), code.strip()
    problems = check_reason(reason) + check_code(code)
    if problems:
        raise Refused(problems)
    if (reason, code) == (version.correction_reason, version.correction_code):
        return version
    version.correction_reason, version.correction_code = reason, code
    version.save(update_fields=["correction_reason", "correction_code"])
    in_hand.author(version, actor)
    told = _("Reason of the correction: %(reason)s") % {"reason": reason}
    in_hand.changed(actor, report, EventKind.FILLED, version, told)
    return version


def check_code(code: str) -> list[Problem]:
    """What is wrong with a code; it may be left out."""
    if code and not _CODE.fullmatch(code):
        return [Problem("/code", "malformed", _("A code has at most 30 small letters, digits and hyphens."))]
    return submission.check_text("/code", code, 30)


def check_reason(reason: str) -> list[Problem]:
    """What is wrong with a reason; there has to be one."""
    if not reason.strip():
        return [Problem("/reason", "required", _("Give a reason."))]
    return submission.check_text("/reason", reason, MAX_TEXT)
