"""A list of 30,000 organisations from its upload to the draft, in a process of its own as a worker is; prints JSON.

`python -m benchmarks.organisation_list` starts a throw-away database for it.
"""

import io
import time
from typing import Any

from benchmarks import alone
from benchmarks.timing import Timing

ROWS = 30_000
MEMORY = 300.0
HEADINGS = (
    "KvK-nummer",
    "Handelsnaam",
    "Postcode",
    "Grootteklasse",
    "Actielijn",
    "Betrokkenheid",
    "Plaats",
    "Opmerking",
)


def rows() -> list[tuple[str, ...]]:
    return [
        (f"{20_000_000 + number}", f"Bedrijf {number} BV", "3311 AB", "klein", "innovatie", "project", "Dordrecht", "")
        for number in range(ROWS)
    ]


def as_csv() -> bytes:
    return "\n".join(";".join(row) for row in (HEADINGS, *rows())).encode("cp1252")


def as_workbook() -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Bedrijven")
    for number, row in enumerate((HEADINGS, *rows())):
        sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


def measured(kind: str) -> list[Timing]:
    """From the bytes to the preview, and from the preview to the draft; the peak of memory of it all."""
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.memory import peak
    from consortia.models import Membership, Role, User
    from impact import organisation_list_upload, programme, reference

    call_command("migrate", verbosity=0)
    reference.load()
    programme.open_quarters()
    actor = User.objects.create_user(email=f"{kind}@example.org", password=None)
    Membership.objects.create(user=actor, role=Role.MANAGER)
    where: dict[str, Any] = {"actor": actor, "consortium": "scale", "quarter": "2025Q1" if kind == "csv" else "2025Q2"}
    data = as_csv() if kind == "csv" else as_workbook()
    before = peak()
    start = time.perf_counter()
    upload = organisation_list_upload.receive(**where, name=f"lijst.{kind}", data=data)
    sheet = upload.options["sheets"][0]
    organisation_list_upload.choose(
        **where, upload_id=upload.pk, sheet=sheet["name"], first_row_is_heading=True,
        columns={name: number for name, (number, _sure) in sheet["recognised"].items()}, organisation_type="company",
    )  # fmt: skip
    assert organisation_list_upload.read(upload.pk)
    preview = time.perf_counter() - start
    start = time.perf_counter()
    assert organisation_list_upload.take_over(**where, upload_id=upload.pk) == ROWS
    taken_over = time.perf_counter() - start
    return [
        Timing(f"list of {ROWS} organisations ({kind}) from the upload to the preview", preview, 10),
        Timing(f"the same list from the preview to the draft ({kind})", taken_over, 30),
        Timing(f"peak memory of the process that does both ({kind}; {before:.0f} MB before)", peak(), MEMORY, "MB"),
    ]


def timings(environment: dict[str, str]) -> list[Timing]:
    """CSV and workbook, each in a process of its own."""
    module = "benchmarks.organisation_list"
    return [timing for kind in ("csv", "xlsx") for timing in alone.measured(module, environment, kind)]


if __name__ == "__main__":
    alone.main(measured, timings)
