"""The quarterly form as a door: what is typed becomes lines, what is wrong stands at its field, nothing is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortia.errors import Problem
from consortia.models import ActionLine, Organisation
from impact import content
from impact.forms import merging, participations
from impact.forms.figures import FiguresForm
from impact.forms.headcounts import ROWS, HeadcountsForm
from impact.forms.merging import Side
from impact.forms.participations import OrganisationForm, listed
from impact.forms.pasting import SeveralForm
from impact.forms.questions import AskedFigure, Questions
from impact.forms.unidentified import UnidentifiedForm
from impact.models import Indicator, IndicatorDefinition
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine
from tests.factories import company, figure, headcount, lines, school, unidentified

CODES = ("ecosystems", "talent", "innovation")


def _asked(code: str, *, kind: str = "flow", unit: str = "assignments", by_line: bool = True) -> AskedFigure:
    return AskedFigure(
        Indicator(code=code, name_nl=code, name_en=code),
        IndicatorDefinition(
            kind=kind, unit=unit, source="entered", by_action_line=by_line, meaning_nl="", meaning_en=""
        ),
    )


QUESTIONS = Questions(
    tuple(ActionLine(code=code, name_nl=code, order=place) for place, code in enumerate(CODES)),
    (
        _asked("assignments"),
        _asked("training-completions", kind="ratio", unit="completed / enrolled"),
        _asked("cofinancing-cash", unit="euro", by_line=False),
    ),
)


def _errors(form: Any) -> dict[str, list[str]]:
    places = [place for row in form.rows for cell in row.cells for place in cell.fields]
    return {place.name: place.errors for place in places if place.errors}


# --- figures


def test_empty_is_not_reported_and_zero_is_zero() -> None:
    form = FiguresForm(QUESTIONS, {"figure.assignments.talent.value": "0", "figure.assignments.innovation.value": " "})

    read, problems = form.read()

    assert problems == []
    assert [(line.indicator, line.action_line, line.value) for line in read if isinstance(line, FigureLine)] == [
        ("assignments", "talent", 0)
    ]


def test_every_number_that_cannot_be_read_is_said_at_its_field_and_shown_as_it_was_typed() -> None:
    typed = {
        "figure.assignments.talent.value": "12,7",
        "figure.assignments.innovation.value": "1.10",
        "figure.training-completions.talent.numerator": "veel",
        "figure.cofinancing-cash.hip.value": "12500.25",
    }
    form = FiguresForm(QUESTIONS, typed)

    read, problems = form.read()
    elsewhere = form.places.show(problems)

    assert read == []
    assert elsewhere == []
    assert set(_errors(form)) == {*typed, "figure.training-completions.talent.denominator"}
    shown = {place.name: place.text for row in form.rows for cell in row.cells for place in cell.fields}
    assert {name: shown[name] for name in typed} == typed


def test_a_problem_of_the_check_lands_at_the_field_that_repairs_it() -> None:
    typed = {
        "figure.training-completions.talent.numerator": "60",
        "figure.training-completions.talent.denominator": "50",
    }
    form = FiguresForm(QUESTIONS, typed)
    (line,), _problems = form.read()

    elsewhere = form.places.show(
        [
            Problem(f"{line.origin}/numerator", "out-of-range", "too much"),
            Problem("/participations/3/name", "x", "other"),
        ]
    )

    assert _errors(form) == {"figure.training-completions.talent.numerator": ["too much"]}
    assert [problem.pointer for problem in elsewhere] == ["/participations/3/name"]


def test_totals_add_the_lines_and_pool_a_share() -> None:
    stored = lines(
        figure("assignments", 3, action_line="talent"),
        figure("assignments", 9),
        figure("training-completions", numerator=8, denominator=10, action_line="talent"),
        figure("training-completions", numerator=100, denominator=400),
    )

    assignments, completions, cash = FiguresForm.of_lines(QUESTIONS, stored, stored).rows

    assert (assignments.total.value, assignments.previous.value) == (12, 12)
    assert (completions.total.value, completions.total.denominator) == (108, 410)
    assert cash.total.value is None


_figures = st.lists(
    st.one_of(
        st.builds(figure, st.just("assignments"), st.integers(0, 10**9), action_line=st.sampled_from(CODES)),
        st.builds(
            lambda part, rest, line: figure(
                "training-completions", numerator=part, denominator=part + rest, action_line=line
            ),
            st.integers(0, 10**6),
            st.integers(0, 10**6),
            st.sampled_from(CODES),
        ),
        st.builds(
            figure,
            st.just("cofinancing-cash"),
            st.decimals(min_value=0, max_value=10**9, places=2),
            action_line=st.none(),
        ),
    ),
    unique_by=lambda line: (line.indicator, line.action_line),
)


@given(_figures)
def test_stored_figures_survive_being_shown_and_saved_again(stored: list[Line]) -> None:
    shown = FiguresForm.of_lines(QUESTIONS, stored)
    texts = {place.name: place.text for row in shown.rows for cell in row.cells for place in cell.fields}

    read, problems = FiguresForm(QUESTIONS, texts).read()

    assert problems == []
    assert content.digest(read) == content.digest(stored)


@given(_figures)
def test_a_section_survives_the_hidden_field_of_a_conflict(stored: list[Line]) -> None:
    read = merging.load(merging.dump(stored, "figures"), "figures")

    assert read is not None
    assert content.digest(read) == content.digest(stored)


@given(st.text(max_size=40))
def test_a_hidden_field_that_was_tampered_with_is_nothing(text: str) -> None:
    for section in merging.SECTIONS:
        read = merging.load(text, section)
        assert read is None or read == []


# --- without KVK number


def test_unidentified_companies_are_read_and_refused_at_their_field() -> None:
    form = UnidentifiedForm(QUESTIONS, {"unidentified.talent": "1.100", "unidentified.innovation": "1,5"})

    read, problems = form.read()
    form.places.show(problems)

    assert content.write(read)["unidentifiedCompanies"] == [{"actionLine": "talent", "count": 1100}]
    assert [place.name for place in form.fields if place.errors] == ["unidentified.innovation"]


# --- head counts


def _headcount_texts(*rows: dict[str, str]) -> dict[str, str]:
    texts = {ROWS: str(len(rows))}
    for number, row in enumerate(rows):
        texts |= {f"headcount.{number}.{part}": text for part, text in row.items()}
    return texts


ROW = {"group": "students", "category": "MBO", "action_line": "talent", "headcount": "120", "first_time": "80"}


def test_head_counts_are_read_without_the_blank_and_the_removed_rows() -> None:
    removed = ROW | {"category": "hbo", "remove": "on"}
    form = HeadcountsForm(QUESTIONS, _headcount_texts(ROW | {"institution_code": "25pw"}, {}, removed))

    read, problems = form.read()

    assert problems == []
    assert content.write(read)["headcounts"] == [
        {
            "group": "students", "category": "mbo", "actionLine": "talent", "institutionCode": "25PW",
            "headcount": 120, "firstTime": 80,
        }
    ]  # fmt: skip


def test_a_row_with_several_faults_tells_them_all() -> None:
    form = HeadcountsForm(QUESTIONS, _headcount_texts(ROW | {"headcount": "veel", "first_time": "", "group": ""}))

    read, problems = form.read()

    assert {problem.pointer for problem in problems} == {"/headcounts/row-0/headcount", "/headcounts/row-0/firstTime"}
    assert len(read) == 1, "so that the check can say that the group is missing as well"


def test_only_of_students_the_category_is_translated() -> None:
    stored = [headcount(5, 5, category="other"), headcount(6, 6, group="employees", category="other")]

    shown = HeadcountsForm.of_lines(QUESTIONS, stored, blank=0)
    texts = {place.name: place.text for row in shown.rows for place in row.parts.values()} | {ROWS: "2"}
    read, _problems = HeadcountsForm(QUESTIONS, texts).read()

    assert [line.category for line in read if isinstance(line, HeadcountLine)] == ["other", "other"]
    assert texts["headcount.1.category"] == "other"


@pytest.mark.parametrize("rows", ["-1", "1e9", "99999999999", "٣", "", "x"])
def test_the_number_of_rows_is_not_taken_on_trust(rows: str) -> None:
    assert len(HeadcountsForm(QUESTIONS, {ROWS: rows}).rows) <= 2_000


# --- organisations

LIST = lines(company(1), company(1, action_line="talent"), company(2), school("25PW"))


def test_rows_are_grouped_by_organisation_also_by_number_and_code_together() -> None:
    both = company(7, institution_code="25PW", organisation_type="school")

    grouped = listed([both, school("25PW"), company(1)])

    assert {key: len(row.lines) for key, row in grouped.items()} == {"00000007": 2, "00000001": 1}


def test_ticking_adds_what_is_missing_and_unticking_what_is_left_goes() -> None:
    ticked = participations.ticked(LIST, ["00000001", "00000002"], "talent", "project")
    unticked = participations.unticked(ticked, ["00000002"], "innovation", "project")
    gone = participations.unticked(unticked, ["00000002"], "talent", "project")

    assert {key: len(row.lines) for key, row in listed(ticked).items()} == {"00000001": 2, "00000002": 2, "25PW": 1}
    assert [line.action_line for line in listed(unticked)["00000002"].lines] == ["talent"]
    assert "00000002" not in listed(gone)
    assert set(listed(participations.without(LIST, ["00000001"]))) == {"00000002", "25PW"}


def test_one_organisation_is_put_back_in_its_place() -> None:
    stored = listed(LIST)
    texts = {"kvk_number": "0000 0001", "name": "Anders BV", "organisation_type": "company", "size_class": "large"}
    form = OrganisationForm(QUESTIONS, texts, {"innovation:training"}, was="00000001")

    rows, problems = form.read(stored)
    whole = form.put_into(stored, rows)

    assert problems == []
    assert list(listed(whole)) == ["00000001", "00000002", "25PW"]
    assert [(line.name, line.involvement) for line in listed(whole)["00000001"].lines] == [("Anders BV", "training")]


def test_an_organisation_that_is_already_there_is_not_added_again() -> None:
    form = OrganisationForm(QUESTIONS, {"kvk_number": "00000002"}, {"innovation:training"})

    _rows, problems = form.read(listed(LIST))

    assert [problem.pointer for problem in problems] == ["/participations/organisation/kvkNumber"]


def test_without_a_tick_an_organisation_takes_part_in_nothing() -> None:
    form = OrganisationForm(QUESTIONS, {"kvk_number": "00000009"}, set())

    _rows, problems = form.read(listed(LIST))
    form.places.show(problems)

    assert len(form.taking_part.errors) == 1


def test_several_are_added_at_once_with_what_the_register_knows() -> None:
    pasted = "00000002\n\n00000008\tNieuw BV\t3311 ab\n00000009; Uit de tekst ;\n25pw"
    form = SeveralForm(
        QUESTIONS,
        {
            "several.pasted": pasted, "several.action_line": "talent", "several.involvement": "network",
            "several.organisation_type": "company",
        },
    )  # fmt: skip
    register = {
        "00000009": Organisation(kvk_number="00000009", name="Uit het register", organisation_type="government")
    }

    read, problems = form.read(listed(LIST), register)

    found = listed(read)
    assert problems == []
    assert list(found) == ["00000001", "00000002", "25PW", "00000008", "00000009"]
    assert len(found["00000002"].lines) == 2
    assert (found["00000008"].first.name, found["00000008"].first.postcode) == ("Nieuw BV", "3311 AB")
    assert (found["00000009"].first.name, found["00000009"].first.organisation_type) == ("Uit de tekst", "government")
    assert found["25PW"].lines[-1].organisation_type == "school"


# --- two people in one section


def test_each_difference_says_who_changed_it() -> None:
    original = [figure("assignments", 1, action_line="talent"), figure("assignments", 2)]
    mine = [figure("assignments", 5, action_line="talent"), figure("assignments", 6)]
    theirs = [*original[:1], figure("assignments", 7), figure("assignments", 3, action_line="ecosystems")]

    found = merging.differences(mine, theirs, original, QUESTIONS)

    assert {row.key: (row.mine, row.theirs, row.changed_by) for row in found} == {
        "assignments/talent": ("5", "1", Side.MINE),
        "assignments/innovation": ("6", "7", None),
        "assignments/ecosystems": ("", "3", Side.THEIRS),
    }


def test_what_is_chosen_is_kept_and_nothing_else() -> None:
    mine = [figure("assignments", 5, action_line="talent"), figure("assignments", 6)]
    theirs = [figure("assignments", 7), figure("assignments", 3, action_line="ecosystems")]

    kept = merging.merged(mine, theirs, {"assignments/talent": "mine", "assignments/ecosystems": "theirs"})

    assert content.digest(kept) == content.digest([mine[0], theirs[0], theirs[1]]), (
        "where nothing was chosen the stored one stays"
    )


def test_organisations_are_compared_as_a_whole() -> None:
    theirs = participations.ticked(LIST, ["00000001"], "ecosystems", "network")

    (row,) = merging.differences(LIST, theirs, LIST, QUESTIONS)

    assert (row.key, row.changed_by) == ("00000001", Side.THEIRS)


@given(st.data())
def test_choosing_one_side_everywhere_gives_that_side(data: st.DataObject) -> None:
    def section(draw: Any) -> list[Line]:
        numbers = draw(st.lists(st.integers(0, 4), unique=True))
        rows: list[Line] = [
            figure("assignments", draw(st.integers(0, 2)), action_line=f"line-{each}") for each in numbers
        ]
        rows += [unidentified(draw(st.integers(0, 2)), action_line=f"line-{each}") for each in numbers]
        rows += [
            line
            for each in numbers
            for line in [company(each, involvement=draw(st.sampled_from(["project", "network"])))]
        ]
        return rows

    mine, theirs = section(data.draw), section(data.draw)
    for name in merging.SECTIONS:
        own, other = merging.of_section(mine, name), merging.of_section(theirs, name)
        keys = [row.key for row in merging.differences(own, other, None, QUESTIONS)]
        assert content.digest(merging.merged(own, other, dict.fromkeys(keys, "mine"))) == content.digest(own)
        assert content.digest(merging.merged(own, other, dict.fromkeys(keys, "theirs"))) == content.digest(other)


def test_a_pasted_number_of_seven_digits_is_not_completed() -> None:
    form = SeveralForm(QUESTIONS, {"several.pasted": "1234567"})

    (line,), _problems = form.read({}, {})

    assert isinstance(line, ParticipationLine)
    assert line.kvk_number == "1234567"


def test_a_row_of_headings_says_which_columns_are_pasted() -> None:
    form = SeveralForm(
        QUESTIONS, {"several.pasted": "Naam\tPlaats\tKVK-nummer\tPostcode\nEen BV\tEde\t68727720\t6711AA"}
    )

    (row,) = form.rows

    assert (row.identifier, row.name, row.postcode) == ("68727720", "Een BV", "6711AA")
    assert (row.action_line, row.involvement) == ("", "")
