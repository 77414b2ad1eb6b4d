"""Commands on a quarterly report: fill, submit, review, correct, withdraw. The only writers of versions.

Every command: lock → visible? → permission → state → check → change → event → outbox, in one transaction.
Source: docs/semantics.md, "The ledger" and "Input".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotPermitted, Problem, Refused, Stale, escaped
from consortia.models import User
from impact import (
    content,
    corrections,
    drafts,
    edits,
    identities,
    in_hand,
    ledger,
    meanwhile,
    outbox,
    returning,
    submission,
    unfit,
)
from impact.edits import Conflict, Edit
from impact.models import (
    DraftChange,
    EntryKind,
    EventKind,
    QuarterlyReport,
    ReportVersion,
    VersionAuthor,
    VersionStatus,
)
from impact.standing import Standing, find, is_own, standing_of
from impact.submission import MAX_TEXT, Known, Line, Verdict
from impact.transitions import Step

ANY = "*"
"""As `base`: overwrite whatever is there."""
MOST_LOGGED = 500
"""Changed rows of one save that are written down one by one."""


def judge(
    *,
    actor: Any,
    consortium: str,
    quarter: str,
    lines: Sequence[Line],
    problems: Sequence[Problem] = (),
) -> Verdict:
    """Judge lines as `fill` would, and store nothing.

    Raises:
        NotVisible, NotPermitted: as for `fill`.
    """
    report = find(actor, consortium, quarter)
    access.require(actor, Permission.FILL, report.consortium_id)
    verdict = submission.check(lines, drafts.known(report, lines))
    fixed = returning.problems(report, standing_of(actor, report), lines)
    return Verdict((*problems, *verdict.errors, *fixed), verdict.warnings)


@transaction.atomic
def fill(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    lines: Sequence[Line],
    base: str,
    problems: Sequence[Problem] = (),
) -> ReportVersion:
    """Replace the whole draft; opens a version where none is open. The only writer of a draft.

    `base` is the tag that the actor built on, or `ANY`; `problems` are those that the adapter found itself.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: submitted, accepted, not yet opened, or closed without an extension.
        Stale: the report changed since `base`; the message says whether somebody else did it.
        Refused: everything that is wrong with the lines; also what changes a row that the reviewer did not return.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    in_hand.require_open_quarter(report, held)
    if base != ANY and base != held.tag:
        raise meanwhile.stale(actor, report, base=base, current=held.tag)
    stored = drafts.lines_of(held.open_version or held.versions[-1]) if held.versions else []
    known = drafts.known(report, lines, with_history=False)
    errors = (*problems, *submission.check(lines, known).errors, *returning.problems(report, held, lines))
    if errors:
        raise Refused(errors)
    return _store(actor, report, held, stored, lines, known)


@transaction.atomic
def edit(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    wanted: Sequence[Edit],
    problems: Sequence[Problem] = (),
    leave_conflicts: bool = False,
) -> tuple[ReportVersion | None, list[Conflict]]:
    """Change rows of the draft, and leave what others changed in the meantime as it is.

    A row is changed where it still is what the actor saw (`Edit.base`), or already what they want. Other rows are
    conflicts: none of the edits is made, unless the actor chose to leave those out (`leave_conflicts`). An error that
    the draft had before, elsewhere, does not stand in the way; a figure that does not fit its indicator any more goes.
    Gives the draft (None where there still is none, since nothing had to change) and the conflicts that were left.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `fill`.
        Refused: everything that is wrong with the edited rows, also that the reviewer did not return them; pointers
            begin with their origin, else with their key.
        Stale: the `conflicts`.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.FILL)
    in_hand.require_step(held, Step.FILL)
    in_hand.require_open_quarter(report, held)
    stored = drafts.lines_of(held.open_version or held.versions[-1]) if held.versions else []
    lines, conflicts = edits.apply(stored, wanted)
    fixed = returning.problems(report, held, lines)
    if problems:
        errors = submission.check(lines, drafts.known(report, lines, with_history=False)).errors
        raise Refused((*problems, *errors, *fixed))
    if conflicts and not leave_conflicts:
        raise Stale(_("Somebody else changed this report in the meantime."), current=held.tag, conflicts=conflicts)
    changes = edits.between(stored, lines)
    if not changes:
        return held.open_version, conflicts
    known = drafts.known(report, lines, with_history=False)
    errors = submission.check(lines, known).errors
    if fixed:
        raise Refused((*_of_edits(errors, stored, changes, known), *fixed))
    if errors:
        refused = _of_edits(errors, stored, changes, known)
        if refused:
            raise Refused(refused)
        left_out = unfit.figures(lines, known)
        lines = [line for line in lines if line not in left_out]
    return _store(actor, report, held, stored, lines, known, once=True), conflicts


def _of_edits(
    errors: Sequence[Problem], stored: Sequence[Line], changes: Sequence[Edit], known: Known
) -> list[Problem]:
    """The errors at edited rows, and those that the draft did not have before."""
    before = submission.check([replace(line, origin=key) for key, line in edits.keyed(stored).items()], known)
    mine = tuple(f"{each.line.origin}/" for each in changes if each.line)
    return [each for each in errors if each not in before.errors or f"{each.pointer}/".startswith(mine)]


def _store(
    actor: User,
    report: QuarterlyReport,
    held: Standing,
    stored: Sequence[Line],
    lines: Sequence[Line],
    known: Known,
    *,
    once: bool = False,
) -> ReportVersion:
    """Make checked lines the content of the draft, and write down what that changed."""
    version = held.open_version
    source = version or (held.versions[-1] if held.versions else None)
    if version is None:
        version, sections = _open_version(actor, report, held), set(content.SECTIONS)
    else:
        old, new = content.write(stored), content.write(lines)
        sections = {section for section in content.SECTIONS if old[section] != new[section]}
    drafts.replace(version, lines, known, sections=sections, source=source)
    version.content_hash = content.digest(lines)
    version.save(update_fields=["content_hash"])
    in_hand.author(version, actor)
    changes = edits.between(stored, lines)
    left_out = unfit.note(unfit.figures((each.base for each in changes if each.line is None), known))
    in_hand.changed(actor, report, EventKind.FILLED, version, left_out, once=once and not left_out)
    in_hand.take_back_nil(report, lines, known)
    if changes:
        DraftChange.objects.create(
            report=report,
            version=version,
            revision=report.revision,
            actor=actor,
            number=len(changes),
            changes=edits.log(changes) if len(changes) <= MOST_LOGGED else [],
        )
    return version


@transaction.atomic
def submit(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    comment: str = "",
    explanations: Mapping[str, str] | None = None,
    base: str = ANY,
) -> ReportVersion:
    """Hand the draft in; from now on its content is frozen. Every warning needs an explanation.

    `base` is the tag of what the actor saw when they confirmed it, or `ANY`.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: there is no draft, the quarter is closed, or the codebook changes at this very moment.
        Stale: the draft changed since `base`; the message says whether somebody else did it.
        Refused: errors that came up since the draft was stored, and warnings without an explanation.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.SUBMIT)
    in_hand.require_step(held, Step.SUBMIT)
    in_hand.require_open_quarter(report, held)
    if base not in (ANY, held.tag):
        raise meanwhile.stale(actor, report, base=base, current=held.tag)
    version = held.open_version
    assert version is not None, "a draft is an open version"
    codebook = ledger.newest_definition()
    lines = drafts.lines_of(version)
    known = drafts.known(report, lines)
    verdict = submission.check(lines, known)
    given = {pointer: text.strip() for pointer, text in (explanations or {}).items()}
    problems = [*verdict.errors, *returning.problems(report, held, lines)]
    problems += submission.check_text("/comment", comment, MAX_TEXT)
    for pointer, text in given.items():
        problems += submission.check_text(f"/explanations/{escaped(pointer)}", text, MAX_TEXT)
    for warning in verdict.warnings:
        if not given.get(warning.pointer):
            problems.append(Problem(warning.pointer, "explanation-required", warning.detail))
    if problems:
        raise Refused(problems)
    # The register may have changed since the draft was stored: what is frozen refers to it as it is now.
    drafts.replace(version, lines, known)
    # A definition waits for this commit from here on, and sees what was handed in. Last, so that nobody who holds rows
    # of the register and is about to write in the ledger waits for us while we wait for them.
    ledger.hold()
    if ledger.newest_definition() != codebook:
        raise NotAllowedNow(_("What an indicator means has just changed. Look at the report again."))
    # While it still is a draft: afterwards nobody becomes an author.
    in_hand.author(version, *in_hand.authors_before(report))
    version.content_hash = content.digest(lines)
    version.status = VersionStatus.SUBMITTED
    version.submitted_by = actor
    version.submitted_at = clock.now()
    version.comment = comment.strip()
    version.warnings = [
        {
            "pointer": warning.pointer,
            "code": warning.code,
            "detail": str(warning.detail),
            "explanation": given[warning.pointer],
        }
        for warning in verdict.warnings
    ]
    version.save()
    version.refresh_from_db(fields=["due_date"])
    in_hand.changed(actor, report, EventKind.SUBMITTED, version, version.comment)
    outbox.put(outbox.RECEIPT, version=version.pk, user=str(actor.pk))
    if not access.belongs_to(actor, report.consortium_id):
        outbox.put(outbox.ON_BEHALF, version=version.pk, user=str(actor.pk))
    return version


@transaction.atomic
def review(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    decision: str,
    content_hash: str,
    comment: str = "",
    remarks: Sequence[Mapping[str, str]] = (),
) -> ReportVersion:
    """Accept the submitted version, which makes it count, or return it to the HIP.

    A return with remarks is selective: only what they name may change before it is handed in again (`returning`).

    Raises:
        NotVisible.
        NotPermitted: no reviewer, or the actor entered or submitted it themselves (four eyes).
        NotAllowedNow: nothing is submitted, or a figure does not fit what its indicator means by now.
        Stale: the content is not what the actor saw.
        Refused: an unknown decision, a text that may not be stored, a remark that names no place, or one at what is
            accepted.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.REVIEW)
    version = held.open_version
    if version is not None:
        _require_four_eyes(actor, version)
    in_hand.require_step(held, Step.ACCEPT)
    assert version is not None, "a submitted report has an open version"
    problems = submission.check_text("/comment", comment, MAX_TEXT)
    if decision not in ("accept", "return"):
        problems.append(
            Problem("/decision", "unknown", _("Choose one of: %(choices)s.") % {"choices": "accept, return"})
        )
    if not content_hash:
        problems.append(Problem("/contentHash", "required", _("This is missing.")))
    if remarks and decision == "accept":
        detail = _("What is accepted is not returned: leave these out, or return the report.")
        problems.append(Problem("/returned", "meaningless", detail))
    told, of_remarks = returning.read(remarks, version)
    if problems or of_remarks:
        raise Refused((*problems, *of_remarks))
    if content_hash != version.content_hash:
        raise Stale(_("This is not the content that you saw."), current=version.content_hash)
    accepted = decision == "accept"
    if accepted:
        _require_fitting(report, version)
    version.status = VersionStatus.ACCEPTED if accepted else VersionStatus.RETURNED
    version.reviewed_by = actor
    version.reviewed_at = clock.now()
    version.reviewed_hash = content_hash
    version.review_comment = comment.strip()
    version.review_remarks = told
    version.save()
    if accepted:
        identities.settle(version)
        entry = ledger.append(kind=EntryKind.COUNTS, actor=actor, report=report, version=version)
        outbox.add(entry)
    in_hand.changed(
        actor, report, EventKind.ACCEPTED if accepted else EventKind.RETURNED, version, version.review_comment
    )
    outbox.put(outbox.ACCEPTED if accepted else outbox.RETURNED, version=version.pk)
    return version


@transaction.atomic
def correct(*, actor: User, consortium: str, quarter: str, reason: str, code: str = "") -> ReportVersion:
    """Open the next version of an accepted report, prefilled from the one that counts, which goes on counting.

    `code` is one of `CorrectionCode`, or a caller's own of that form; it may be left out.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: the report is not accepted.
        Refused: no reason, or a code that is no code.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.CORRECT)
    in_hand.require_step(held, Step.CORRECT)
    problems = corrections.check_reason(reason) + corrections.check_code(code.strip())
    if problems:
        raise Refused(problems)
    assert held.counting is not None, "an accepted report has a version that counts"
    version = _open_version(actor, report, held, reason=reason.strip(), code=code.strip())
    drafts.copy(held.counting, version)
    in_hand.changed(actor, report, EventKind.CORRECTION, version, version.correction_reason)
    return version


@transaction.atomic
def withdraw(*, actor: User, consortium: str, quarter: str, reason: str) -> QuarterlyReport:
    """Make nothing count for this report any more, from now on.

    Figures as of an earlier moment keep it. The HIP becomes "not reported". An open version stays as it is.

    Raises:
        NotVisible, NotPermitted.
        NotAllowedNow: nothing counts at present.
        Refused: no reason.
    """
    report, held = in_hand.lock(actor, consortium, quarter, Permission.WITHDRAW)
    if held.counting is None:
        raise NotAllowedNow(_("Nothing counts for this report."))
    problems = corrections.check_reason(reason)
    if problems:
        raise Refused(problems)
    entry = ledger.append(kind=EntryKind.WITHDRAWN, actor=actor, reason=reason.strip(), report=report)
    outbox.add(entry)
    in_hand.changed(actor, report, EventKind.WITHDRAWN, held.counting, entry.reason)
    return report


# --- the steps that commands share


def _require_four_eyes(actor: User, version: ReportVersion) -> None:
    if is_own(actor, version):
        raise NotPermitted(_("Nobody reviews what they entered or submitted themselves."))


def _require_fitting(report: QuarterlyReport, version: ReportVersion) -> None:
    """What was handed in still fits the codebook of its quarter; the database would refuse it without a word."""
    if unfit.among(report, drafts.figures_of(version)):
        raise NotAllowedNow(
            _("What an indicator means has changed since this was handed in. Return the report, so that it is adapted.")
        )


def _open_version(
    actor: User, report: QuarterlyReport, held: Standing, *, reason: str = "", code: str = ""
) -> ReportVersion:
    """The next version, to start from the newest one: who entered or submitted that is an author here, too.

    What follows on a returned correction goes on being that correction, with its reason.
    """
    source = held.versions[-1] if held.versions else None
    if not reason:
        reason, code = corrections.carried(held)
    may_change = returning.places_returned(held)
    version = ReportVersion.objects.create(
        report=report,
        number=len(held.versions) + 1,
        prefilled_from=source,
        fixed_except=None if may_change is None else sorted(may_change),
        opened_by=actor,
        opened_at=clock.now(),
        content_hash=source.content_hash if source else content.digest([]),
        correction_reason=reason,
        correction_code=code,
    )
    if source is not None:
        people = {*source.authors.values_list("user", flat=True), source.submitted_by_id}
        VersionAuthor.objects.bulk_create(VersionAuthor(version=version, user_id=pk) for pk in people if pk)
    return version
