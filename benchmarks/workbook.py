"""The workbook of a quarter with 600 organisations: made, and read until its preview; prints JSON.

`python -m benchmarks.workbook` starts a throw-away database for it.
"""

from typing import Any

from benchmarks import alone
from benchmarks.timing import Timing, fastest

ORGANISATIONS = 600
MEMORY = 300.0
_LINES = ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure")


def body() -> dict[str, Any]:
    """Each organisation in two action lines, and every head count that a HIP could have."""
    return {
        "figures": [{"indicator": "assignments", "actionLine": line, "value": 12} for line in _LINES],
        "participations": [
            {"kvkNumber": f"{number:08}", "name": f"Bedrijf {number}", "organisationType": "company",
             "postcode": "3311 AB", "sizeClass": "small", "actionLine": line, "involvement": "project"}
            for number in range(1, ORGANISATIONS + 1)
            for line in ("innovation", _LINES[number % 3])
        ],
        "unidentifiedCompanies": [{"actionLine": line, "count": 3} for line in _LINES],
        "headcounts": [
            {"group": "students", "category": category, "actionLine": line, "headcount": 10, "firstTime": 4}
            for category in ("vo", "mbo", "ad", "hbo", "wo")
            for line in _LINES
        ],
    }  # fmt: skip


def measured() -> list[Timing]:
    """As a coordinator meets it: the download, and the upload until its page is there, with every row changed."""
    import io

    import django

    django.setup()
    import openpyxl
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command
    from django.test import Client

    from benchmarks.memory import peak
    from consortia.models import Membership, Role, User
    from impact import content, programme, reference, reporting

    call_command("migrate", verbosity=0)
    reference.load()
    programme.open_quarters()
    actor = User.objects.create_user(email="workbook@example.org", password=None)
    Membership.objects.create(user=actor, role=Role.MANAGER)
    lines, _problems = content.read(body())
    reporting.fill(actor=actor, consortium="scale", quarter="2025Q1", lines=lines, base=reporting.ANY)
    client = Client()
    client.force_login(actor)
    page = "/rapportages/scale/2025Q1/werkboek"
    answers: list[bytes] = []
    made = fastest(lambda: answers.append(client.get(f"{page}.xlsx").content))
    before = peak()

    def upload(data: bytes) -> None:
        preview = client.post(page, {"file": SimpleUploadedFile("boek.xlsx", data)})["Location"]
        assert client.get(preview).status_code == 200

    unchanged = fastest(lambda: upload(answers[-1]))
    memory = peak()
    book = openpyxl.load_workbook(io.BytesIO(answers[-1]))
    sheet = next(each for each in book if each["A1"].value == "ptvt:participations")
    for row in range(5, ORGANISATIONS + 5):
        sheet.cell(row, 4).value = f"Ander bedrijf {row}"
    stream = io.BytesIO()
    book.save(stream)
    changed = fastest(lambda: upload(stream.getvalue()))
    return [
        Timing(f"workbook with {ORGANISATIONS} organisations, made", made, 1.5),
        Timing("the same workbook from the upload to the preview, unchanged", unchanged, 2),
        Timing("the same with every organisation changed", changed, 2),
        Timing(f"peak memory of the process that does this ({before:.0f} MB before the uploads)", memory, MEMORY, "MB"),
    ]


def timings(environment: dict[str, str]) -> list[Timing]:
    """In a process of its own."""
    return alone.measured("benchmarks.workbook", environment)


if __name__ == "__main__":
    alone.main(measured, timings)
