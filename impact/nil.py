"""The command that attests that nothing happened in a section of a quarter (nulmelding)."""

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow
from consortia.models import User
from impact import content, drafts, in_hand, reporting, zeros
from impact.edits import Edit
from impact.models import ReportPart, Section
from impact.transitions import Step


@transaction.atomic
def attest_nil(*, actor: User, consortium: str, quarter: str, section: str) -> ReportPart:
    """Store a zero in every place of a section that is still empty, and write down who said that nothing happened.

    What is filled in stays as it is; the section is then done, and *nil* only if all of it is zero. Whoever changes
    it afterwards takes that back (`reporting` does so with every save).

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `reporting.fill`; also where organisations are listed.
        Refused: the draft has an error in the section.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    in_hand.require_open_quarter(report, held)
    lines = drafts.lines_of(held.open_version or held.versions[-1]) if held.versions else []
    if section == Section.PARTICIPATIONS and any(content.section_of(line) == section for line in lines):
        raise NotAllowedNow(_("Organisations are listed in this quarter. Take them out first if nobody took part."))
    known = drafts.known(report, lines)
    wanted = [Edit(line.origin, None, line) for line in zeros.missing(section, lines, known)]
    version, _conflicts = reporting.edit(actor=actor, consortium=consortium, quarter=quarter, wanted=wanted)
    in_hand.author(version, actor)
    is_nil = zeros.stand(section, [*lines, *(edit.line for edit in wanted if edit.line is not None)], known)
    part, _is_new = ReportPart.objects.update_or_create(
        report=report,
        section=section,
        action_line=None,
        defaults={"is_nil": is_nil, "done_by": actor, "done_at": clock.now()},
    )
    return part
