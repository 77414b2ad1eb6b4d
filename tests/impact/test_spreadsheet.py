"""Uploaded spreadsheets: what is read of a cell, and every kind of file that is refused, each with its message."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from consortia.errors import Refused
from impact import spreadsheet
from impact.spreadsheet import Kind
from impact.spreadsheet_package import is_date_format

SHEET = "xl/worksheets/sheet1.xml"


def made(fill=None, name="Cijfers") -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, "kop")
    if fill is not None:
        fill(book, sheet)
    book.close()
    return stream.getvalue()


def repacked(data: bytes, changed=None, **options) -> bytes:
    """The package with parts put in, replaced (bytes) or edited (a function)."""
    changed = dict(changed or {})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            change = changed.pop(name, content)
            new.writestr(name, change(content) if callable(change) else change)
        for name, content in changed.items():
            new.writestr(name, content)
    return stream.getvalue()


def cells_of(data: bytes):
    return {cell.address: cell for row in spreadsheet.opened(data).sheets[0].rows() for cell in row.cells.values()}


def refusal(data: bytes, **limits: int) -> tuple[str, str]:
    """The code and the place of the one refusal."""
    with pytest.raises(Refused) as caught:
        _read(data, **limits)
    assert len(caught.value.problems) == 1
    problem = caught.value.problems[0]
    assert len(str(problem.detail)) > 10
    return problem.code, problem.pointer


def _read(data: bytes, **limits: int) -> None:
    for sheet in spreadsheet.opened(data, **limits).sheets:
        list(sheet.rows())


# --- what is read


def test_each_cell_has_its_kind_its_value_and_its_address():
    def fill(book, sheet):
        sheet.write_string("C12", " \u00a0Van Dam & Zn \t\u00a0")
        sheet.write_number("C13", 0.1 + 0.2)
        sheet.write_number("C14", 1100)
        sheet.write_formula("C15", "=1+1", None, 2)
        sheet.write_boolean("C16", True)
        sheet.write_number("C17", 45_000, book.add_format({"num_format": "dd-mm-yyyy"}))
        sheet.write_number("C18", 45_000, book.add_format({"num_format": '#,##0 "dagen"'}))
        sheet.write_string("C19", "  \u00a0 ")
        sheet.write_string("C20", "=HYPERLINK(1)")
        sheet.write_number("AB21", -1e-7)

    found = cells_of(made(fill))

    assert {address: (cell.kind, cell.value) for address, cell in found.items()} == {
        "Cijfers!A1": (Kind.TEXT, "kop"),
        "Cijfers!C12": (Kind.TEXT, "Van Dam & Zn"),
        "Cijfers!C13": (Kind.NUMBER, Decimal("0.3")),
        "Cijfers!C14": (Kind.NUMBER, Decimal(1100)),
        "Cijfers!C15": (Kind.FORMULA, None),
        "Cijfers!C16": (Kind.BOOLEAN, True),
        "Cijfers!C17": (Kind.DATE, date(2023, 3, 15)),
        "Cijfers!C18": (Kind.NUMBER, Decimal(45_000)),
        "Cijfers!C20": (Kind.TEXT, "=HYPERLINK(1)"),
        "Cijfers!AB21": (Kind.NUMBER, Decimal("-1E-7")),
    }


def test_a_cell_that_holds_nothing_is_blank_and_knows_where_it_stands():
    row = next(iter(spreadsheet.opened(made()).sheets[0].rows()))

    assert (row.at(701).kind, row.at(701).address, row.at(701).text) == (Kind.BLANK, "Cijfers!ZZ1", "")


def test_errors_inline_texts_iso_dates_and_numbers_without_end_are_told_apart():
    def edit(content: bytes) -> bytes:
        cells = (
            b'<c r="A2" t="e"><v>#DIV/0!</v></c>'
            b'<c r="B2" t="inlineStr"><is><r><t>in </t></r><r><t>delen</t></r></is></c>'
            b'<c r="C2" t="d"><v>2025-02-03T00:00:00</v></c><c r="D2"><v>NaN</v></c><c r="E2"><v>1e300</v></c>'
            b'<c r="F2" t="str"><v>x</v></c><c><v>7</v></c><c r="H2"/>'
            b'<c r="I2"><v>1e1000000</v></c><c r="J2"><v>1e-1000000</v></c><c r="K2"><v>1_0</v></c>'
            b'<c r="L2"><v>\xd9\xa1\xd9\xa2</v></c><c r="M2"><v>-1.5E+2</v></c>'
        )
        return content.replace(b"</sheetData>", b'<row r="2">' + cells + b"</row></sheetData>")

    found = cells_of(repacked(made(), {SHEET: edit}))

    assert {address[-2:]: (cell.kind.value, cell.value) for address, cell in found.items()} == {
        "A1": ("text", "kop"),
        "A2": ("error", "#DIV/0!"),
        "B2": ("text", "in delen"),
        "C2": ("date", date(2025, 2, 3)),
        "D2": ("error", "NaN"),
        "E2": ("error", "1e300"),
        "F2": ("text", "x"),
        "G2": ("number", Decimal(7)),
        "I2": ("error", "1e1000000"),
        "J2": ("error", "1e-1000000"),
        "K2": ("error", "1_0"),
        "L2": ("error", "١٢"),
        "M2": ("number", Decimal(-150)),
    }


def test_openpyxl_and_this_reader_see_the_same_values():
    def fill(_book, sheet):
        for row in range(50):
            sheet.write_row(row, 0, [f"tekst {row}", row / 8, row, "\r_x0041_ é"])

    data = made(fill)

    theirs = openpyxl.load_workbook(io.BytesIO(data))["Cijfers"]
    for address, cell in cells_of(data).items():
        value = theirs[address.partition("!")[2]].value
        same = float(cell.value) == value if cell.kind is Kind.NUMBER else True
        assert same, address


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("General", False), ("0.00E+00", False), ('#,##0 "dagen"', False), ("[Red]#,##0", False),
        ('_-* #,##0.00\\ "€"_-', False), ("[$€-413] #,##0.00", False), ("@", False),
        ("dd-mm-yyyy", True), ("[$-413]d mmmm yyyy;@", True), ("h:mm", True), ("[h]:mm", True), ("[h]", True),
    ],
)  # fmt: skip
def test_a_format_that_shows_days_or_hours_is_known(code, is_date):
    assert is_date_format(code) is is_date


def test_merged_cells_are_named():
    data = made(lambda _book, sheet: sheet.merge_range("B3:C4", "samen"))

    sheet = spreadsheet.opened(data).sheets[0]

    assert sheet.merged == ("B3:C4",)


def test_hidden_sheets_are_known_as_such():
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet("open")
    book.add_worksheet("weg").very_hidden()
    book.close()

    assert [(sheet.name, sheet.is_hidden) for sheet in spreadsheet.opened(stream.getvalue()).sheets] == [
        ("open", False),
        ("weg", True),
    ]


# --- what is refused


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    assert refusal(b"PK\x03\x04" + bytes(spreadsheet.MAX_BYTES)) == ("too-large", "")


@pytest.mark.parametrize("data", [b"", b"naam;kvk\n", b"%PDF-1.7", b"\x00" * 100])
def test_what_is_no_workbook_is_refused_by_its_content(data):
    assert refusal(data) == ("not-a-workbook", "")


def test_another_package_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert refusal(stream.getvalue())[0] == "not-a-workbook"


def test_an_old_workbook_is_to_be_saved_as_xlsx():
    assert refusal(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1000))[0] == "old-format"


def test_a_workbook_with_a_password_is_refused():
    data = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500) + "EncryptedPackage".encode("utf-16-le")

    assert refusal(data)[0] == "encrypted"


def test_an_open_document_is_to_be_saved_as_xlsx():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")

    assert refusal(stream.getvalue())[0] == "open-document"


def test_macros_are_refused_by_part_and_by_type():
    macro_type = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain_type = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    by_type = {"[Content_Types].xml": lambda content: content.replace(plain_type, macro_type)}

    assert refusal(repacked(made(), {"xl/vbaProject.bin": b"x"}))[0] == "macros"
    assert refusal(repacked(made(), {"xl/macrosheets/sheet1.xml": b"<x/>"}))[0] == "macros"
    assert refusal(repacked(made(), by_type))[0] == "macros"


def test_a_binary_workbook_is_to_be_saved_as_xlsx():
    binary = b"application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    changed = {"[Content_Types].xml": lambda content: content.replace(plain, binary)}

    assert refusal(repacked(made(), changed))[0] == "old-format"


def test_links_to_other_files_are_refused_and_links_in_cells_are_not():
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://x/{kind}" Target="file:///c:/x.xlsx" TargetMode="External"/></Relationships>'
    )
    outside = {"xl/worksheets/_rels/sheet1.xml.rels": relation.format(kind="oleObject").encode()}
    harmless = {"xl/worksheets/_rels/sheet1.xml.rels": relation.format(kind="hyperlink").encode()}

    assert refusal(repacked(made(), {"xl/externalLinks/externalLink1.xml": b"<x/>"}))[0] == "external-links"
    assert refusal(repacked(made(), {"xl/connections.xml": b"<x/>"}))[0] == "external-links"
    assert refusal(repacked(made(), outside))[0] == "external-links"
    assert cells_of(repacked(made(), harmless))


def test_other_files_inside_are_refused():
    assert refusal(repacked(made(), {"xl/embeddings/oleObject1.bin": b"x"}))[0] == "embedded"


def test_a_bomb_is_refused_by_what_it_says_it_unpacks_to():
    zeros = b"<worksheet>" + b" " * 60_000_000

    assert refusal(repacked(made(), {SHEET: zeros}))[0] == "unpacks-too-large"


def test_a_bomb_that_lies_about_its_size_is_read_no_further_than_it_says():
    data = bytearray(repacked(made(), {"xl/styles.xml": b" " * 3_000_000}))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            if data[start + offset : start + offset + 4] == (3_000_000).to_bytes(4, "little"):
                data[start + offset : start + offset + 4] = (500).to_bytes(4, "little")
            start += 4

    with pytest.raises(Refused) as caught:
        spreadsheet.opened(bytes(data)).sheets[0]._package.date_styles  # noqa: B018

    assert caught.value.problems[0].code == "damaged"


def test_thousands_of_parts_are_refused():
    parts = {f"xl/media/{number}.bin": b"" for number in range(2_500)}

    assert refusal(repacked(made(), parts))[0] == "unpacks-too-large"


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_document_type_in_any_part_is_refused(part):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    def edit(content: bytes) -> bytes:
        head, mark, rest = content.partition(b"?>")
        return head + mark + bomb + rest

    assert refusal(repacked(made(), {part: edit}))[0] == "damaged"


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"/>',
        b'<row r="0"/>',
        b'<row r="x"/>',
        b'<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        b'<row r="2"><c r="A3"><v>1</v></c></row>',
        b'<row r="2"><c r="A2" t="s"><v>99</v></c></row>',
        b'<row r="2"><c r="A2"><v>1</v></row>',
        b'<row r="2"><c r="A2" t="d"><v>gisteren</v></c></row>',
    ],
)
def test_a_damaged_sheet_is_refused(rows):
    changed = {SHEET: lambda content: content.replace(b"</sheetData>", rows + b"</sheetData>")}

    assert refusal(repacked(made(), changed))[0] == "damaged"


def test_half_a_file_is_refused():
    data = made()

    assert refusal(data[: len(data) // 2])[0] == "damaged"


def test_two_parts_of_one_name_are_refused():
    data = io.BytesIO(made())
    with zipfile.ZipFile(data, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, b"<worksheet/>")

    assert refusal(data.getvalue())[0] == "damaged"


def test_too_many_sheets_rows_and_columns_are_refused_where_they_begin():
    def many(book, _sheet):
        for number in range(60):
            book.add_worksheet(f"blad {number}")

    wide = made(lambda _book, sheet: sheet.write_number(3, spreadsheet.MAX_COLUMNS, 1))
    long = made(lambda _book, sheet: sheet.write_column(0, 1, range(10)))

    assert refusal(made(many)) == ("too-many-sheets", "")
    assert refusal(wide) == ("too-many-columns", "Cijfers!ALM4")
    assert refusal(long, most_rows=5) == ("too-many-rows", "Cijfers!B6")
