"""A list of organisations that was handed in: kept, looked at, read by a worker, and added to the draft.

Only rows are added; what the draft has stays as it is. The bytes that were previewed are read again when they are
applied. Whoever reads holds a lock of the database, which a killed worker lets go: the next one begins anew, and two at
once cannot happen. Source: docs/semantics.md, "Input".
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from consortia import clock, csv_cells
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import ActionLine, Organisation, OrganisationType, User
from impact import drafts, edits, organisation_list, reporting, returning, uploads
from impact.edits import Edit
from impact.models import Involvement, QuarterlyReport, Upload, UploadKind, UploadState
from impact.organisation_list import Choice, Outcome, Reading, Registered
from impact.organisation_list_cells import shown
from impact.organisation_list_columns import (
    LIST_COLUMNS,
    Column,
    Vocabulary,
    heading_row,
    recognise,
    recognise_contents,
)
from impact.organisation_list_table import Row, Table, table, tables
from impact.spreadsheet import letters
from impact.standing import standing
from impact.submission import Line

SMALL = 150_000
"""Bytes up to which a list is read while its reader waits: well under 2,000 rows."""
PATIENCE = timedelta(seconds=5)
"""How long a worker may take to begin; then the page that waits reads the list itself."""
SHOWN = 200
"""Refused rows on the page; the file to download has all of them."""
_TOP = 30
_SAMPLE = 5
_LONGEST_SHOWN = 60
_MOST_LISTED = 5


Tell = Callable[[int, int], None]


def _tell_nobody(_done: int, _total: int) -> None:
    """Whoever waits for an answer sees no progress."""


@transaction.atomic
def receive(*, actor: User, consortium: str, quarter: str, name: str, data: bytes) -> Upload:
    """Keep a list, and look at its first rows: which sheet, which row of headings, which columns it seems to have.

    Raises:
        NotVisible, NotPermitted, NotAllowedNow: as for `reporting.fill`.
        Refused: no list, or one that cannot be opened.
    """
    upload = uploads.keep(
        actor=actor, consortium=consortium, quarter=quarter, kind=UploadKind.ORGANISATIONS, name=name, data=data
    )
    sheets = [look(each) for each in tables(data, most=_TOP) if each.rows]
    if not sheets:
        raise Refused([Problem("/file", "required", _("There are no rows in this file."))])
    best = max(range(len(sheets)), key=lambda number: len(sheets[number]["recognised"]))
    upload.options = {"sheets": sheets, "sheet": sheets[best]["name"], "chosen": False}
    upload.save(update_fields=["options"])
    return upload


def look(sheet: Table, columns: Collection[Column] = LIST_COLUMNS) -> dict[str, Any]:
    """The first rows of a sheet, with its headings, and which of the columns it seems to have."""
    heading = heading_row(sheet.rows, columns)
    return {
        "name": sheet.name,
        "heading_row": heading,
        "top": [[row.number, [shown(cell)[:_LONGEST_SHOWN] for cell in row.cells]] for row in sheet.rows],
        "recognised": _recognised(sheet, heading, columns),
    }


def _recognised(sheet: Table, heading: int, columns: Collection[Column]) -> dict[str, list[Any]]:
    headings = next((row for row in sheet.rows if row.number == heading), None)
    found = recognise(headings.cells, columns) if headings else recognise_contents(sheet.rows, columns)
    return {each.column.value: [number, each.is_sure] for number, each in found.items()}


def choose(
    *,
    actor: User,
    consortium: str,
    quarter: str,
    upload_id: UUID | str,
    sheet: str,
    first_row_is_heading: bool,
    columns: Mapping[str, int],
    action_line: str = "",
    involvement: str = "",
    organisation_type: str = "",
    completes_zeros: bool = False,
) -> Upload:
    """Lay down how the list is to be read, after which a worker may begin.

    Raises:
        NotVisible: as for `uploads.find`.
        NotAllowedNow: it was taken over already.
        Refused: a choice is missing, or is none.
    """
    with transaction.atomic():
        upload = _locked(uploads.find(actor, consortium, quarter, upload_id))
        if upload.state == UploadState.APPLIED:
            raise NotAllowedNow(_("This list was taken over already."))
        looked = next((each for each in upload.options["sheets"] if each["name"] == sheet), None)
        problems = [] if looked else [Problem("/sheet", "unknown", _("There is no such sheet in this file."))]
        problems += _wrong_choices(columns, action_line, involvement, organisation_type)
        if problems or looked is None:
            raise Refused(problems)
        upload.options |= {
            "sheet": sheet,
            "heading_row": (looked["heading_row"] or looked["top"][0][0]) if first_row_is_heading else 0,
            "columns": dict(columns),
            "action_line": action_line,
            "involvement": involvement,
            "organisation_type": organisation_type,
            "completes_zeros": completes_zeros,
            "language": translation.get_language() or "nl",
            "chosen": True,
            "attempts": 0,
            "chosen_at": clock.now().isoformat(),
        }
        upload.state, upload.done_rows, upload.total_rows, upload.result = UploadState.WAITING, 0, None, {}
        upload.save()
    return upload


def _wrong_choices(
    columns: Mapping[str, int], action_line: str, involvement: str, organisation_type: str
) -> list[Problem]:
    problems = []
    if any(name not in LIST_COLUMNS for name in columns):
        problems.append(Problem("/columns", "unknown", _("There is no such column.")))
    if Column.KVK not in columns and Column.CODE not in columns:
        detail = _("Say which column has the KVK number or the institution code.")
        problems.append(Problem("/columns", "required", detail))
    for name, value, values in (
        (Column.ACTION_LINE, action_line, set(ActionLine.objects.values_list("code", flat=True))),
        (Column.INVOLVEMENT, involvement, set(Involvement.values)),
        (Column.TYPE, organisation_type, set(OrganisationType.values)),
    ):
        if value and value not in values:
            problems.append(Problem(f"/{name}", "unknown", _("Choose one of the list.")))
        elif not value and name not in columns:
            detail = _("The list has no column for this: choose what holds for all rows.")
            problems.append(Problem(f"/{name}", "required", detail))
    return problems


def _locked(upload: Upload) -> Upload:
    return Upload.objects.select_for_update(of=("self",)).select_related("report").get(pk=upload.pk)


# --- reading


def waiting() -> QuerySet[Upload]:
    """The lists whose columns are chosen and that nobody has read to the end yet."""
    lists = uploads.waiting(UploadKind.ORGANISATIONS).filter(options__chosen=True)
    return lists.select_related("report__consortium", "report__quarter")


def of_report(report: QuarterlyReport) -> list[Upload]:
    """The lists that were handed in for it and are still kept, the newest first."""
    if report._state.adding:
        return []
    return list(report.uploads.filter(kind=UploadKind.ORGANISATIONS).select_related("uploaded_by")[:_MOST_LISTED])


def is_late(upload: Upload) -> bool:
    """Whether a worker should have begun by now, or been done."""
    since = parse_datetime(upload.options.get("chosen_at", ""))
    if since is None or upload.state not in uploads.BUSY:
        return False
    return clock.now() - since > PATIENCE * (1 if upload.state == UploadState.WAITING else 12)


def read(upload_id: UUID | str) -> bool:
    """Read a list whose columns are chosen, and keep what taking it over would do; False where another one does."""
    return uploads.read_in_turn(upload_id, waiting(), _told)


def _told(upload: Upload) -> dict[str, Any]:
    return _summary(*_read(upload, tell=partial(uploads.progress, upload)))


def _read(upload: Upload, *, tell: Tell = _tell_nobody) -> tuple[Reading, Outcome]:
    rows = table(uploads.read_bytes(upload), upload.options["sheet"], tell=tell)
    # What takes time is the opening of a workbook; of a text file it is what its rows say.
    outcome = _compared(upload, rows, tell=_tell_nobody if rows.name else tell)
    tell(len(rows.rows), len(rows.rows))
    return outcome


def _compared(upload: Upload, rows: Table, *, tell: Tell = _tell_nobody) -> tuple[Reading, Outcome]:
    choice = _choice(upload.options)
    lines = ActionLine.objects.values_list("code", "name_nl", "name_en", "short_nl", "short_en")
    reading = organisation_list.read(rows, choice, Vocabulary.of({code: names for code, *names in lines}), tell=tell)
    assert upload.report is not None, "a list is of one report"
    stored = _stored(upload.report)
    known = drafts.known(upload.report, [*stored, *reading.lines])
    register = {
        pk: Registered(name, organisation_type, postcode, size_class)
        for pk, name, organisation_type, postcode, size_class in Organisation.objects.filter(
            pk__in=set(known.organisations.values())
        ).values_list("pk", "name", "organisation_type", "postcode", "size_class")
    }
    outcome = organisation_list.settle(
        reading,
        rows,
        choice,
        stored=stored,
        known=known,
        register=register,
        fixed=_fixed(upload.report, upload.uploaded_by, stored),
    )
    return reading, outcome


def _fixed(report: QuarterlyReport, actor: User, stored: Sequence[Any]) -> Callable[[Sequence[Line]], list[Problem]]:
    """What of added lines a selective return does not let into the draft."""
    held = standing(actor, report.consortium.slug, report.quarter_id)
    return lambda lines: returning.problems(report, held, [*stored, *lines])


def _stored(report: QuarterlyReport) -> Sequence[Any]:
    version = report.versions.order_by("-number").first()
    return drafts.lines_of(version) if version else []


def _choice(options: Mapping[str, Any]) -> Choice:
    return Choice(
        heading_row=options["heading_row"],
        columns={Column(name): number for name, number in options["columns"].items()},
        action_line=options["action_line"],
        involvement=options["involvement"],
        organisation_type=options["organisation_type"],
        completes_zeros=options["completes_zeros"],
    )


def _summary(reading: Reading, outcome: Outcome) -> dict[str, Any]:
    """What the page shows of it."""
    return {
        "rows": reading.rows,
        "added": len(outcome.added),
        "new_organisations": outcome.new_organisations,
        "known_organisations": outcome.known_organisations,
        "unchanged": outcome.unchanged,
        "completed": reading.completed,
        "duplicates": len(outcome.duplicates),
        "duplicates_shown": outcome.duplicates[:SHOWN],
        "refused_rows": len(outcome.refused_rows),
        "refusals": len(outcome.refusals),
        "refusals_shown": [[each.address, each.detail] for each in outcome.refusals[:SHOWN]],
        "examples": [
            [line.identifier, line.name, line.action_line, line.involvement] for line in outcome.added[:_SAMPLE]
        ],
    }


# --- what comes of it


@transaction.atomic
def take_over(
    *, actor: User, consortium: str, quarter: str, upload_id: UUID | str, good_rows_only: bool = False
) -> int:
    """Add the rows of a list that was previewed to the draft; gives the number of lines that were added.

    The bytes are read again, and compared with the draft as it is by now: a line that somebody added meanwhile stays
    as they added it.

    Raises:
        NotVisible, NotPermitted: as for `reporting.fill`.
        NotAllowedNow: it was not read to the end, or was taken over already; or as for `reporting.fill`.
        Refused: some rows cannot be taken over, and the actor did not choose to leave those out; or there is none.
    """
    upload = _locked(uploads.find(actor, consortium, quarter, upload_id))
    if upload.state != UploadState.READ:
        raise NotAllowedNow(_("This list was taken over already, or has not been read yet."))
    _reading, outcome = _read(upload)
    if outcome.refusals and not good_rows_only:
        raise Refused([Problem(each.address, "row", each.detail) for each in outcome.refusals])
    _version, left = reporting.edit(
        actor=actor,
        consortium=consortium,
        quarter=quarter,
        wanted=[Edit(edits.key_of(line), None, line) for line in outcome.added],
        leave_conflicts=True,
    )
    added = len(outcome.added) - len(left)
    uploads.finish(upload, UploadState.APPLIED, {**upload.result, "taken_over": added})
    return added


def refused_as_csv(upload: Upload) -> bytes:
    """The rows that cannot be taken over, as they came, with a last column that says why.

    Written so that a spreadsheet program runs none of it, and without citizen service numbers.
    """
    rows = table(uploads.read_bytes(upload), upload.options["sheet"])
    _reading, outcome = _compared(upload, rows)
    wrong: dict[int, list[str]] = {}
    for refusal in outcome.refusals:
        wrong.setdefault(refusal.row, []).append(f"{refusal.address}: {refusal.detail}")
    heading = upload.options["heading_row"]
    headings = next((row for row in rows.rows if row.number == heading), None)
    width = rows.width
    titles = _texts(headings, width) if headings else [letters(column) for column in range(width)]
    written = [[*titles, _("What is wrong")]]
    written += [[*_texts(row, width), " ".join(wrong[row.number])] for row in rows.rows if row.number in wrong]
    # The mark at the beginning tells Excel that this is UTF-8.
    return b"\xef\xbb\xbf" + b"".join(csv_cells.written(written, delimiter=";"))


def _texts(row: Row, width: int) -> list[str]:
    return [shown(row.cell(column)) for column in range(width)]
