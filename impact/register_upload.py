"""An export of the trade register that the office hands in: kept, looked at, read by a worker, taken over at once.

The bytes that were previewed are read again when they are applied, and what would change then has to be what was shown.
One transaction: all of it or nothing. Who took over what stays written down when the file is gone.
Source: docs/semantics.md, "Input".
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused, Stale
from consortia.models import DataSource, Organisation, SbiVersion, User
from consortia.models.organisations import FIRST_YEAR, LAST_YEAR
from impact import identities, register_data, register_import, uploads
from impact.models import RegisterImport, Upload, UploadKind, UploadState
from impact.organisation_list_columns import REGISTER_COLUMNS, Column
from impact.organisation_list_table import table, tables
from impact.organisation_list_upload import SHOWN, is_late, look
from impact.register_import import Choice, Outcome, Reading

__all__ = ["choose", "is_late", "read", "receive", "take_over", "waiting"]

_TOP = 30
_BATCH = 5_000
_WITH_A_VALUE = (Column.NAME, Column.POSTCODE, Column.PLACE, Column.MUNICIPALITY, Column.PROVINCE, Column.SIZE,
                 Column.EMPLOYEES, Column.SBI)  # fmt: skip

Tell = Callable[[int, int], None]


def _tell_nobody(_done: int, _total: int) -> None:
    """Whoever waits for an answer sees no progress."""


@transaction.atomic
def receive(*, actor: User, name: str, data: bytes) -> Upload:
    """Keep an export, and look at its first rows: which sheet, which row of headings, which columns it seems to have.

    Raises:
        NotPermitted: no programme manager.
        Refused: no list, or one that cannot be opened.
    """
    upload = uploads.keep_export(actor=actor, name=name, data=data)
    sheets = [look(each, REGISTER_COLUMNS) for each in tables(data, most=_TOP) if each.rows]
    if not sheets:
        raise Refused([Problem("/file", "required", _("There are no rows in this file."))])
    best = max(range(len(sheets)), key=lambda number: len(sheets[number]["recognised"]))
    upload.options = {"sheets": sheets, "sheet": sheets[best]["name"], "chosen": False}
    upload.save(update_fields=["options"])
    return upload


@transaction.atomic
def choose(
    *,
    actor: User,
    upload_id: UUID | str,
    sheet: str,
    first_row_is_heading: bool,
    columns: Mapping[str, int],
    province_year: str = "",
    sbi_version: str = "",
    completes_zeros: bool = False,
) -> Upload:
    """Lay down how the export is to be read, after which a worker may begin.

    Raises:
        NotVisible: there is no such file, or not for this actor.
        NotAllowedNow: it was taken over already.
        Refused: a choice is missing, or is none.
    """
    upload = _locked(uploads.find_of_office(actor, UploadKind.EXPORT, upload_id))
    if upload.state == UploadState.APPLIED:
        raise NotAllowedNow(_("This list was taken over already."))
    looked = next((each for each in upload.options["sheets"] if each["name"] == sheet), None)
    problems = [] if looked else [Problem("/sheet", "unknown", _("There is no such sheet in this file."))]
    problems += _wrong_choices(columns, province_year, sbi_version)
    if problems or looked is None:
        raise Refused(problems)
    upload.options |= {
        "sheet": sheet,
        "heading_row": (looked["heading_row"] or looked["top"][0][0]) if first_row_is_heading else 0,
        "columns": dict(columns),
        "province_year": int(province_year or 0),
        "sbi_version": sbi_version,
        "completes_zeros": completes_zeros,
        "language": translation.get_language() or "nl",
        "chosen": True,
        "attempts": 0,
        "chosen_at": clock.now().isoformat(),
    }
    upload.state, upload.done_rows, upload.total_rows, upload.result = UploadState.WAITING, 0, None, {}
    upload.save()
    return upload


def _wrong_choices(columns: Mapping[str, int], province_year: str, sbi_version: str) -> list[Problem]:
    problems = []
    if any(name not in REGISTER_COLUMNS for name in columns):
        problems.append(Problem("/columns", "unknown", _("There is no such column.")))
    if Column.KVK not in columns:
        problems.append(Problem("/columns", "required", _("Say which column has the KVK number.")))
    elif not set(columns) & set(_WITH_A_VALUE):
        problems.append(Problem("/columns", "required", _("Say of at least one other column what it is.")))
    if Column.PROVINCE in columns and not (
        province_year.isascii() and province_year.isdigit() and FIRST_YEAR <= int(province_year) <= LAST_YEAR
    ):
        detail = _("Say of which year the provinces are: a year such as %(year)d.") % {"year": clock.now().year}
        problems.append(Problem("/province_year", "required", detail))
    if Column.SBI in columns and sbi_version not in SbiVersion.values:
        problems.append(Problem("/sbi_version", "required", _("Say of which edition the SBI codes are.")))
    return problems


def _locked(upload: Upload) -> Upload:
    return Upload.objects.select_for_update().get(pk=upload.pk)


# --- reading


def waiting() -> QuerySet[Upload]:
    """The exports whose columns are chosen and that nobody has read to the end yet."""
    return uploads.waiting(UploadKind.EXPORT).filter(options__chosen=True)


def read(upload_id: UUID | str) -> bool:
    """Read an export whose columns are chosen, and keep what taking it over would do; False where another one does."""
    return uploads.read_in_turn(upload_id, waiting(), _told)


def _told(upload: Upload) -> dict[str, Any]:
    return _summary(*_read(upload, tell=partial(uploads.progress, upload)))


def _read(upload: Upload, *, tell: Tell = _tell_nobody) -> tuple[Reading, Outcome]:
    rows = table(uploads.read_bytes(upload), upload.options["sheet"], tell=tell)
    options = upload.options
    choice = Choice(
        heading_row=options["heading_row"],
        columns={Column(name): number for name, number in options["columns"].items()},
        province_year=options["province_year"],
        sbi_version=options["sbi_version"],
        completes_zeros=options["completes_zeros"],
    )
    reading = register_import.read(rows, choice, tell=_tell_nobody if rows.name else tell)
    tell(len(rows.rows), len(rows.rows))
    return reading, register_import.settle(reading, _registered(reading))


def _registered(reading: Reading) -> dict[str, Organisation]:
    numbers = list(reading.said)
    found: dict[str, Organisation] = {}
    for start in range(0, len(numbers), _BATCH):
        rows = Organisation.objects.listed().filter(kvk_number__in=numbers[start : start + _BATCH])
        found.update({row.kvk_number or "": row for row in rows})
    return found


def _summary(reading: Reading, outcome: Outcome) -> dict[str, Any]:
    """What the page shows of it."""
    return {
        "rows": reading.rows,
        "changed": len(outcome.changed),
        "unchanged": outcome.unchanged,
        "unknown": len(outcome.unknown),
        "unknown_shown": outcome.unknown[:SHOWN],
        "repeated": reading.repeated,
        "completed": reading.completed,
        "refused_rows": len(reading.refused_rows),
        "refusals": len(reading.refusals),
        "refusals_shown": [[each.address, each.detail] for each in reading.refusals[:SHOWN]],
        "changes_shown": [
            [row.kvk_number, str(row), str(row.pk), [[each.field, each.old, each.new] for each in found]]
            for row, found in outcome.changed[:SHOWN]
        ],
        "digest": outcome.digest,
    }


# --- what comes of it


@transaction.atomic
def take_over(*, actor: User, upload_id: UUID | str, good_rows_only: bool = False) -> RegisterImport:
    """Put what was previewed into the register, all of it or nothing; gives what was written down of it.

    Raises:
        NotVisible, NotPermitted: no programme manager, or there is no such file.
        NotAllowedNow: it was not read to the end, or was taken over already.
        Refused: some rows cannot be taken over, and the actor did not choose to leave those out.
        Stale: by now it would change something else than was shown; it is read again.
    """
    identities.lock_to_settle()
    upload = _locked(uploads.find_of_office(actor, UploadKind.EXPORT, upload_id))
    access.require(actor, Permission.CONFIGURE)
    if upload.state != UploadState.READ:
        raise NotAllowedNow(_("This list was taken over already, or has not been read yet."))
    reading, outcome = _read(upload)
    if reading.refusals and not good_rows_only:
        raise Refused([Problem(each.address, "row", each.detail) for each in reading.refusals])
    if outcome.digest != upload.result["digest"]:
        raise Stale(_("The register has changed since you looked."))
    changed = register_data.take_over(outcome.changed, DataSource.KVK_IMPORT)
    kept = RegisterImport.objects.create(
        imported_by=actor,
        name=upload.name,
        sha256=upload.sha256,
        rows=reading.rows,
        changed=changed,
        unchanged=outcome.unchanged,
        unknown=len(outcome.unknown),
        refused=len(reading.refused_rows),
    )
    uploads.finish(upload, UploadState.APPLIED, {**upload.result, "taken_over": changed})
    return kept


@transaction.atomic
def read_again(*, actor: User, upload_id: UUID | str) -> None:
    """Begin the preview anew, after the register has changed.

    Raises:
        NotVisible: there is no such file, or not for this actor.
    """
    upload = _locked(uploads.find_of_office(actor, UploadKind.EXPORT, upload_id))
    if upload.state == UploadState.READ:
        upload.options |= {"attempts": 0, "chosen_at": clock.now().isoformat()}
        upload.state, upload.done_rows, upload.total_rows = UploadState.WAITING, 0, None
        upload.save()
