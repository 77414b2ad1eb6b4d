"""Lists of organisations as files: what their rows say, and every odd thing that a cell can hold. Pure."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortia.errors import Refused
from consortia.models import OrganisationType, SizeClass
from impact import organisation_list, organisation_list_cells
from impact.models import Involvement
from impact.organisation_list import Choice
from impact.organisation_list_columns import (
    _HEADINGS,
    _INVOLVEMENTS,
    _SIZES,
    _TYPES,
    Column,
    Vocabulary,
    heading_row,
    recognise,
    recognise_contents,
)
from impact.organisation_list_table import Odd, Row, Table, of_csv, table, tables
from impact.reference_programme import ACTION_LINES
from impact.submission import Known
from tests import factories
from tests.spreadsheets import workbook

LINES = {line["code"]: [line["name_nl"], line["name_en"], line["short_nl"], line["short_en"]] for line in ACTION_LINES}
WORDS = Vocabulary.of(LINES)
KNOWN = Known(definitions={}, action_lines=list(LINES))


def chosen(table_: Table, **more) -> Choice:
    """As the page proposes it."""
    heading = heading_row(table_.rows)
    headings = next((row.cells for row in table_.rows if row.number == heading), None)
    found = recognise(headings) if headings else recognise_contents(table_.rows)
    columns = {each.column: number for number, each in found.items()}
    return Choice(heading_row=heading, columns=columns, **{"organisation_type": "company", **more})


def reading_of(data: str | bytes | Table, **more):
    rows = data if isinstance(data, Table) else of_csv(data.encode() if isinstance(data, str) else data)
    return organisation_list.read(rows, chosen(rows, **more), WORDS)


def said(data, **more) -> list[tuple[str, str]]:
    """The refusals: address and what is wrong."""
    return [(each.address, each.detail) for each in reading_of(data, **more).refusals]


def outcome_of(data: str, *stored, known: Known = KNOWN, register=None, **more):
    rows = of_csv(data.encode())
    choice = chosen(rows, **more)
    reading = organisation_list.read(rows, choice, WORDS)
    return organisation_list.settle(reading, rows, choice, stored=stored, known=known, register=register or {})


def cell(value, *, column: Column = Column.KVK, **more):
    """One cell in a list that is right otherwise; the lines and the refusals."""
    cells = {Column.KVK: "12345678", Column.ACTION_LINE: "talent", Column.INVOLVEMENT: "project", column: value}
    rows = Table("Blad1", [Row(2, tuple(cells.values()))])
    choice = Choice(columns={name: number for number, name in enumerate(cells)}, **more)
    reading = organisation_list.read(rows, choice, WORDS)
    return reading.lines, [(each.address, each.detail) for each in reading.refusals]


# --- the whole of it


_name = st.text(st.characters(codec="cp1252", categories=("L", "N", "P", "S", "Zs")), max_size=12).map(
    lambda text: " ".join(text.split())
)
_safe_name = _name.filter(
    lambda text: (
        not text.startswith(("=", "'"))
        # The word KVK, a heading or a number would be an honest reading of its own.
        and not any(character.isdigit() for character in text)
    )
)
_row = st.fixed_dictionaries(
    {
        Column.KVK: st.integers(1, 99_999_999).map(lambda number: f"{number:08}"),
        Column.NAME: _safe_name,
        Column.TYPE: st.sampled_from(OrganisationType.values),
        Column.POSTCODE: st.sampled_from(["3311 AB", "1012 XK"]),
        Column.SIZE: st.sampled_from(SizeClass.values),
        Column.ACTION_LINE: st.sampled_from(list(LINES)),
        Column.INVOLVEMENT: st.sampled_from(Involvement.values),
    }
)


@settings(max_examples=150)
@given(data=st.data())
def test_a_list_in_any_order_of_columns_words_delimiter_and_encoding_is_read_as_it_was_meant(data):
    rows = data.draw(st.lists(_row, min_size=1, max_size=8, unique_by=lambda row: row[Column.KVK]))
    columns = data.draw(st.permutations(list(rows[0])))
    delimiter = data.draw(st.sampled_from([";", ",", "\t"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    words = {
        Column.TYPE: _TYPES,
        Column.SIZE: _SIZES,
        Column.INVOLVEMENT: _INVOLVEMENTS,
        Column.ACTION_LINE: {code: [name for name in names if name] for code, names in LINES.items()},
    }

    def written(column: Column, value: str) -> str:
        if column in words:
            text = data.draw(st.sampled_from([value, *words[column][value]]))
            text = text.replace("≥", ">=")
            return data.draw(st.sampled_from([text, text.upper(), f"  {text}\u00a0"]))
        if column is Column.KVK:
            return data.draw(st.sampled_from([value, f"{value[:4]} {value[4:]}", f"KVK {value}", f"{value}\u00a0"]))
        return value

    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=data.draw(st.sampled_from([0, 1])))
    writer.writerow([data.draw(st.sampled_from(_HEADINGS[column])).upper() for column in columns])
    for row in rows:
        writer.writerow([written(column, row[column]) for column in columns])

    reading = reading_of(stream.getvalue().encode(encoding))

    assert reading.refusals == []
    assert [
        {
            Column.KVK: line.kvk_number,
            Column.NAME: line.name,
            Column.TYPE: line.organisation_type,
            Column.POSTCODE: line.postcode,
            Column.SIZE: line.size_class,
            Column.ACTION_LINE: line.action_line,
            Column.INVOLVEMENT: line.involvement,
        }
        for line in reading.lines
    ] == rows


def test_a_workbook_and_a_text_file_with_the_same_rows_say_the_same():
    rows = [["KvK-nummer", "Naam", "Actielijn", "Rol"], ["01234567", "Één", "LLO", "stage"]]
    text = "\n".join(";".join(row) for row in rows)

    from_text, from_book = reading_of(text).lines, reading_of(table(workbook({"Blad1": rows}), "Blad1")).lines

    assert [line.origin for line in from_text] == ["A2"]
    assert [line.origin for line in from_book] == ["Blad1!A2"]
    assert [(line.kvk_number, line.name, line.action_line) for line in from_book] == [
        (line.kvk_number, line.name, line.action_line) for line in from_text
    ]


# --- headings


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("KVK", Column.KVK),
        ("KvK-nummer", Column.KVK),
        ("kvknr.", Column.KVK),
        ("K.v.K. nr", Column.KVK),
        ("Handelsnaam", Column.NAME),
        ("Bedrijfsnaam", Column.NAME),
        ("POSTCODE", Column.POSTCODE),
        ("Grootteklasse", Column.SIZE),
        ("Omvang", Column.SIZE),
        ("Soort", Column.TYPE),
        ("BRIN", Column.CODE),
        ("Instellingscode", Column.CODE),
        ("Actielijn", Column.ACTION_LINE),
        ("Betrokkenheid", Column.INVOLVEMENT),
        ("Rol", Column.INVOLVEMENT),
        ("Takes part through", Column.INVOLVEMENT),
        ("Aantal medewerkers", Column.EMPLOYEES),
    ],
)
def test_a_heading_is_recognised_whatever_its_case_and_punctuation(heading, column):
    (found,) = recognise([heading]).values()

    assert (found.column, found.is_sure) == (column, True)


@pytest.mark.parametrize(
    ("heading", "column"),
    [("Handelsnamen", Column.NAME), ("KvK nummmer", Column.KVK), ("Actielijjn", Column.ACTION_LINE)],
)
def test_a_heading_that_is_nearly_known_is_proposed_to_be_checked(heading, column):
    (found,) = recognise([heading]).values()

    assert (found.column, found.is_sure) == (column, False)


def test_a_heading_that_means_nothing_is_left_out_and_one_meaning_has_one_column():
    assert recognise(["Opmerking", "Contactpersoon", "E-mail", ""]) == {}
    assert [(number, each.column) for number, each in recognise(["Naam", "Bedrijfsnaam", "KVK"]).items()] == [
        (0, Column.NAME),
        (2, Column.KVK),
    ]


def test_headings_below_a_title_are_found():
    rows = of_csv(b"Deelnemers 2026;;\n\nKvK;Naam;Rol\n12345678;A;project\n").rows

    assert heading_row(rows) == 3


def test_a_list_without_headings_says_itself_which_column_has_the_numbers():
    rows = of_csv(b"Een BV;12345678;3311 AB\nTwee BV;02345678;1012 XK\n").rows

    assert heading_row(rows) == 0
    assert {each.column: number for number, each in recognise_contents(rows).items()} == {
        Column.KVK: 1,
        Column.POSTCODE: 2,
    }


# --- text files


def test_a_line_break_in_a_quoted_cell_is_no_new_row():
    lines = reading_of(
        'KVK;Naam;Actielijn;Rol\n12345678;"Twee\nregels";talent;project\n87654321;B;talent;project\n'
    ).lines

    assert [(line.origin, line.name) for line in lines] == [("A2", "Twee regels"), ("A3", "B")]


def test_blank_rows_count_in_the_address_and_nowhere_else():
    reading = reading_of("KVK;Actielijn;Rol\n\n;;\n12345678;talent;project\n")

    assert [line.origin for line in reading.lines] == ["A4"]
    assert reading.rows == 1


def test_what_excel_says_of_its_delimiter_is_no_row():
    assert [line.origin for line in reading_of("sep=,\r\nKVK,Actielijn,Rol\r\n12345678,talent,project\r\n").lines] == [
        "A2"
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"KVK;Naam\n1234\x005678;A\n",
        "KVK;Naam\n12345678;A\n".encode("utf-16-le"),
        b"KVK;Naam\n12345678;\x81\x8d\n",
        b'KVK;Naam\n12345678;"' + b"x" * 200_000,
        b'KVK;Naam\n12345678;"' + b"x" * 40_000,
        b"KVK" + b";" * 200 + b"x\n",
        b'KVK;Naam\n12345678;"A\n12345679;"B"\n',
        b'KVK;Naam\n12345678;"A\n12345679;B"\n12345680;C\n',
        b'KVK;Naam;Type\n12345678;"A;school\n12345679;B";school\n12345680;C;school\n',
        b'KVK;Naam\n12345678;"A" BV\n',
    ],
    ids=[
        "NUL",
        "UTF-16 without a mark",
        "no encoding",
        "open quotation mark",
        "open mark, shorter",
        "too many columns",
        "a stray mark, and a later cell in marks",
        "two stray marks",
        "two stray marks in the middle",
        "text after the closing mark",
    ],
)
def test_what_is_no_table_of_text_is_refused(data):
    with pytest.raises(Refused):
        of_csv(data)


def test_a_stray_quotation_mark_is_refused_with_the_line_where_it_begins():
    with pytest.raises(Refused) as caught:
        of_csv(b'KVK;Naam\n12345678;"Twee\nregels"\n12345679;"A\n12345680;B\n12345681;C\n')

    assert "4" in caught.value.problems[0].detail


def test_a_quotation_mark_within_a_text_is_text():
    table = of_csv(b'KVK;Naam\n12345678;Bakkerij "De Hoek"\n12345679;"De ""Hoek"""\n')

    assert [row.cell(1) for row in table.rows[1:]] == ['Bakkerij "De Hoek"', 'De "Hoek"']


def test_more_rows_than_a_section_takes_are_refused():
    with pytest.raises(Refused):
        of_csv(b"KVK\n" + b"12345678\n" * 50_001)

    assert len(of_csv(b"KVK\n" + b"12345678\n" * 50_000).rows) == 50_001


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_has_no_rows(data):
    assert of_csv(data).rows == []


# --- numbers


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12345678", "12345678"),
        (12345678, "12345678"),
        ("00001234", "00001234"),
        ("KVK 12345678", "12345678"),
        ("KvK-nummer: 12345678", "12345678"),
        ("k.v.k. nr. 12345678", "12345678"),
        ("12 34 56 78", "12345678"),
        ("12.345.678", "12345678"),
        ("12.34.56.78", "12345678"),
        ("12345678.0", "12345678"),
        ("'01234567", "01234567"),
    ],
)
def test_a_kvk_number_may_be_written_in_groups_and_with_its_name(value, number):
    lines, refusals = cell(value)

    assert refusals == []
    assert [line.kvk_number for line in lines] == [number]


def test_an_institution_code_may_stand_among_the_kvk_numbers():
    (line,), _refusals = cell("25pw")

    assert (line.kvk_number, line.institution_code) == ("", "25PW")


@pytest.mark.parametrize("value", [1234567, "1234567", 1234, "1"])
def test_zeros_that_got_lost_are_never_guessed_but_completed_if_asked(value):
    lines, [(address, detail)] = cell(value)
    assert lines == []
    assert (address, str(value).zfill(8) in detail) == ("Blad1!A2", True)

    (line,), refusals = cell(value, completes_zeros=True)
    assert (line.kvk_number, refusals) == (str(value).zfill(8), [])


def test_a_number_that_became_a_decimal_lost_no_digit_to_its_point():
    _lines, [(_address, detail)] = cell("1234567.0")
    assert "01234567" in detail

    (line,), refusals = cell("1234567.0", completes_zeros=True)
    assert (line.kvk_number, refusals) == ("01234567", [])


@pytest.mark.parametrize("completes_zeros", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        "1234.5678",
        "1.2345678",
        "12345678.",
        "12.345.67",
        "1234567.5",
        123456782,
        "123456782",
        "123.456.782",
        "123456789",
        "123456789012",
        "1,23457E+07",
        Decimal("1234567.5"),
        -12345678,
        "12345678a",
        "１２３４５６７８",
        44927,
        "44927",
        "nvt",
        Odd.FORMULA,
        Odd.DATE,
        Odd.BOOLEAN,
        Odd.ERROR,
    ],
)
def test_what_is_no_kvk_number_is_refused_at_its_cell(value, completes_zeros):
    lines, refusals = cell(value, completes_zeros=completes_zeros)

    assert lines == []
    assert [address for address, _detail in refusals] == ["Blad1!A2"]


def test_a_citizen_service_number_is_never_shown_again():
    _lines, [(_address, detail)] = cell("123456782")
    _more, [(_other, said_there)] = cell("123456782", column=Column.TYPE)

    assert "123456782" not in detail
    assert "123456782" not in said_there
    assert "123456782" not in organisation_list_cells.masked("BSN 123456782")


def test_a_row_without_a_number_is_refused():
    assert [address for address, _detail in said("KVK;Naam;Actielijn;Rol\n;Een;talent;project\n")] == ["A2"]


# --- words


@pytest.mark.parametrize(
    ("column", "text", "field", "value"),
    [
        (Column.TYPE, "Gemeente", "organisation_type", "government"),
        (Column.TYPE, "Onderwijsinstelling", "organisation_type", "school"),
        (Column.SIZE, "Klein", "size_class", "small"),
        (Column.SIZE, "10 t/m 49", "size_class", "small"),
        (Column.SIZE, "10–49 werknemers", "size_class", "small"),
        (Column.SIZE, "250+", "size_class", "large"),
        (Column.SIZE, "onbekend", "size_class", "unknown"),
        (Column.EMPLOYEES, 9, "size_class", "micro"),
        (Column.EMPLOYEES, 10, "size_class", "small"),
        (Column.EMPLOYEES, "50", "size_class", "medium"),
        (Column.EMPLOYEES, 250, "size_class", "large"),
        (Column.EMPLOYEES, "50-249", "size_class", "medium"),
        (Column.ACTION_LINE, "Ketens", "action_line", "ecosystems"),
        (
            Column.ACTION_LINE,
            "een leven lang leren voor werknemers en werkzoekenden",
            "action_line",
            "lifelong-learning",
        ),
        (Column.INVOLVEMENT, "Co-financiering", "involvement", "cofinancing"),
        (Column.NAME, 365, "name", "365"),
        (Column.NAME, "\u202aStaal\u00a0 BV\u200b ", "name", "Staal BV"),
    ],
)
def test_a_word_is_known_in_its_usual_forms(column, text, field, value):
    from impact.organisation_list_table import clean

    lines, refusals = cell(clean(text) if isinstance(text, str) else text, column=column)

    assert refusals == []
    assert [getattr(line, field) for line in lines] == [value]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column.TYPE, "ruimteschip"),
        (Column.SIZE, "MKB"),
        (Column.SIZE, "3"),
        (Column.SIZE, Odd.DATE),
        (Column.EMPLOYEES, "12,5"),
        (Column.EMPLOYEES, -3),
        (Column.ACTION_LINE, "innovatei"),
        (Column.ACTION_LINE, 3),
        (Column.INVOLVEMENT, "ja"),
        (Column.NAME, Odd.FORMULA),
        (Column.POSTCODE, Odd.BOOLEAN),
    ],
)
def test_a_word_that_could_mean_something_else_is_refused_and_never_guessed(column, value):
    lines, refusals = cell(value, column=column)

    assert lines == []
    assert len(refusals) == 1


def test_a_refused_word_comes_with_the_one_that_was_probably_meant():
    _lines, [(_address, detail)] = cell("innovatei", column=Column.ACTION_LINE)

    assert "innovatie" in detail


def test_a_cell_may_name_several_lines():
    lines, _refusals = cell("ketens, versterking van ketens en ecosystemen; talent en LLO", column=Column.ACTION_LINE)

    assert [line.action_line for line in lines] == ["ecosystems", "talent", "lifelong-learning"]


def test_everything_that_is_wrong_with_a_row_is_said_at_once():
    refusals = said("KVK;Soort;Omvang;Actielijn;Rol\n123;x1;mkb;y;=A1\n")

    assert [address for address, _detail in refusals] == ["A2", "B2", "C2", "D2", "E2"]


def test_what_only_the_check_can_tell_is_said_of_a_refused_row_as_well():
    outcome = outcome_of("KVK;Naam;Postcode;Instellingscode;Actielijn;Rol\n123;BSN 123456782;99;ABC;talent;project\n")

    assert sorted(each.address for each in outcome.refusals) == ["A2", "B2", "C2", "D2"]


def test_columns_that_are_left_out_are_not_looked_at():
    reading = reading_of("KVK;Actielijn;Rol;Opmerking\n12345678;talent;project;=HYPERLINK(1)\n")

    assert (len(reading.lines), reading.refusals) == (1, [])


def test_merged_cells_are_refused_where_they_are():
    rows = Table("Blad1", [Row(2, ("12345678",)), Row(3, ("87654321",))], frozenset({3}))

    reading = organisation_list.read(rows, Choice(columns={Column.KVK: 0}), WORDS)

    assert [each.address for each in reading.refusals] == ["Blad1!A3"]
    assert len(reading.lines) == 1


# --- into a draft


def test_only_what_the_draft_lacks_is_added():
    outcome = outcome_of(
        "KVK;Actielijn;Rol\n00000007;innovatie;project\n00000007;talent;stage\n00000008;talent;project\n",
        factories.company(7),
    )

    assert [(line.kvk_number, line.action_line) for line in outcome.added] == [
        ("00000007", "talent"),
        ("00000008", "talent"),
    ]
    assert (outcome.unchanged, outcome.new_organisations, outcome.known_organisations) == (1, 1, 1)


def test_an_organisation_of_the_draft_stays_as_it_is_described_there():
    outcome = outcome_of(
        "KVK;Naam;Omvang;Actielijn;Rol\n00000007;Anders BV;groot;talent;stage\n",
        factories.company(7, size_class="small"),
    )

    (line,) = outcome.added
    assert (line.name, line.size_class) == ("Testbedrijf 00000007 BV", "small")


def test_the_same_row_twice_counts_once_and_is_told():
    outcome = outcome_of("KVK;Actielijn;Rol\n00000007;LLO;stage\n7;talent;stage\nKVK 00000007;llo;Stages\n")

    assert len(outcome.added) == 1
    assert outcome.duplicates == [("A4", "A2")]


def test_what_the_check_refuses_is_told_at_its_cell():
    outcome = outcome_of("KVK;Naam;Postcode;Actielijn;Rol\n00000007;BSN 123456782;99;talent;project\n")

    assert outcome.added == []
    assert [each.address for each in outcome.refusals] == ["C2", "B2"]


def test_what_the_file_and_the_register_leave_open_is_what_was_chosen_for_all_rows():
    (line,) = outcome_of(
        "KVK\n00000007\n", action_line="talent", involvement="network", organisation_type="other"
    ).added

    assert (line.action_line, line.involvement, line.organisation_type, line.size_class) == (
        "talent",
        "network",
        "other",
        "unknown",
    )


def test_a_later_row_of_an_organisation_takes_what_it_leaves_open_from_the_first():
    first, second = outcome_of(
        "KVK;Naam;Omvang;Actielijn;Rol\n00000007;Een BV;klein;talent;stage\n00000007;;;LLO;stage\n"
    ).added

    assert (second.name, second.size_class) == (first.name, first.size_class) == ("Een BV", "small")


def test_a_draft_takes_no_more_rows_than_a_section_holds(monkeypatch):
    monkeypatch.setattr(organisation_list, "MAX_ROWS", 3)

    outcome = outcome_of("KVK;Actielijn;Rol\n00000008;LLO;stage\n00000009;LLO;stage\n", *map(factories.company, (1, 2)))

    assert [line.kvk_number for line in outcome.added] == ["00000008"]
    assert [each.address for each in outcome.refusals] == ["A3"]


def test_only_so_many_rows_are_looked_at_first():
    rows = [["KVK"], *[[number] for number in range(10_000_000, 10_000_100)]]

    assert [len(each.rows) for each in tables(workbook({"Een": rows, "Twee": [["x"]]}), most=30)] == [30, 1]
