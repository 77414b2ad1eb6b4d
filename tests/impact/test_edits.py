"""Changing a draft row by row: a three-way merge against its brute force, and the command that stores it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from consortia import clock
from consortia.errors import DomainError, NotAllowedNow, NotPermitted, NotVisible, Problem, Refused, Stale
from consortia.models import Role
from impact import content, drafts, edits, reporting, submission
from impact.edits import Edit
from impact.models import DraftChange, EventKind, ReportEvent, ReportPart, ReportVersion
from impact.standing import standing
from impact.submission import Line
from tests import factories
from tests.api.test_changes import redefine
from tests.factories import company, figure, headcount, school, unidentified
from tests.impact import strategies

WHERE: dict[str, Any] = {"consortium": "scale", "quarter": "2025Q1"}
ROWS: tuple[Line, ...] = (
    figure("assignments", 1, action_line="talent"),
    figure("training-completions", numerator=1, denominator=2, action_line="talent"),
    figure("cofinancing-cash", "1.50", action_line=None),
    company(1),
    company(1, involvement="training"),
    school(),
    unidentified(1),
    headcount(2, 1, category="mbo"),
    headcount(2, 1, category="hbo", institution_code="25PW"),
)
"""One row for every kind of key."""


def _with_number(line: Line, number: int) -> Line:
    """Another content under the same key."""
    names = {"value", "numerator", "denominator", "count", "headcount", "first_time"}
    changed = {name: Decimal(number) for name in names if getattr(line, name, None) is not None}
    return replace(line, **(changed or {"name": f"Naam {number}"}))


drafts_of_rows = st.lists(
    st.tuples(st.integers(0, len(ROWS) - 1), st.integers(0, 3)), unique_by=lambda pair: pair[0]
).map(lambda pairs: [_with_number(ROWS[place], number) for place, number in pairs])


def _by_key(lines: list[Line]) -> dict[str, Any]:
    return {edits.key_of(line): edits.row(line) for line in lines}


@st.composite
def reported(draw: Any) -> list[Line]:
    lines, problems = content.read(
        {
            section: [{key: _exact(value) for key, value in row.items()} for row in rows]
            for section, rows in draw(strategies.bodies()).items()
        }
    )
    assert problems == []
    return lines


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


@given(reported(), reported())
def test_the_edits_between_two_drafts_lead_from_one_to_the_other(base: list[Line], mine: list[Line]) -> None:
    result, conflicts = edits.apply(base, edits.between(base, mine))

    assert conflicts == []
    assert content.digest(result) == content.digest(mine)


@given(drafts_of_rows, drafts_of_rows, drafts_of_rows)
def test_a_merge_is_what_comparing_row_by_row_gives(base: list[Line], mine: list[Line], theirs: list[Line]) -> None:
    before, wanted, stored = _by_key(base), _by_key(mine), _by_key(theirs)
    expected, clashing = {}, set()
    for key in {**before, **wanted, **stored}:
        sides = before.get(key), wanted.get(key), stored.get(key)
        i_changed, they_changed = sides[1] != sides[0], sides[2] != sides[0]
        if i_changed and they_changed and sides[1] != sides[2]:
            clashing.add(key)
        expected[key] = sides[1] if i_changed and key not in clashing else sides[2]

    result, conflicts = edits.apply(theirs, edits.between(base, mine))

    assert {conflict.key for conflict in conflicts} == clashing
    assert _by_key(result) == {key: row for key, row in expected.items() if row is not None}


@given(drafts_of_rows, drafts_of_rows, drafts_of_rows)
def test_edits_of_different_rows_may_come_in_any_order(base: list[Line], one: list[Line], other: list[Line]) -> None:
    first = edits.between(base, one)
    touched = {edit.key for edit in first}
    second = [edit for edit in edits.between(base, other) if edit.key not in touched]

    there = edits.apply(edits.apply(base, first)[0], second)
    back = edits.apply(edits.apply(base, second)[0], first)

    assert there[1] == back[1] == []
    assert content.digest(there[0]) == content.digest(back[0])


@given(drafts_of_rows, drafts_of_rows, drafts_of_rows)
def test_a_conflict_tells_both_sides_and_leaves_the_stored_row(
    base: list[Line], mine: list[Line], theirs: list[Line]
) -> None:
    result, conflicts = edits.apply(theirs, edits.between(base, mine))

    for conflict in conflicts:
        assert edits.row(conflict.mine) == _by_key(mine).get(conflict.key)
        assert edits.row(conflict.theirs) == _by_key(theirs).get(conflict.key) == _by_key(result).get(conflict.key)


@given(reported(), st.randoms(use_true_random=False))
def test_keys_stay_the_same_when_rows_move(lines: list[Line], random: Any) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)

    assert {key: edits.row(line) for key, line in edits.keyed(lines).items()} == {
        key: edits.row(line) for key, line in edits.keyed(shuffled).items()
    }


@given(reported())
def test_no_two_rows_of_a_draft_have_one_key(lines: list[Line]) -> None:
    assert len(edits.keyed(lines)) == len(lines)


def test_keys_are_the_words_that_everybody_names_places_by() -> None:
    assert [edits.key_of(line) for line in ROWS] == [
        "/figures/assignments/talent",
        "/figures/training-completions/talent",
        "/figures/cofinancing-cash/-",
        "/participations/00000001/innovation/project",
        "/participations/00000001/innovation/training",
        "/participations/99XA/talent/teaching",
        "/unidentifiedCompanies/innovation",
        "/headcounts/students/mbo/talent/",
        "/headcounts/students/hbo/talent/25PW",
    ]
    assert edits.key_of(headcount(1, 1, group="employees", category="a/b~c")) == "/headcounts/employees/a~1b~0c/talent/"


# --- the command

db = pytest.mark.django_db
INNOVATION = "/figures/assignments/innovation"


@pytest.fixture
def draft(programme: None) -> ReportVersion:
    return factories.reported("scale", "2025Q1", upto="draft")


@pytest.fixture
def coordinator(programme: None) -> Any:
    return factories.user(Role.COORDINATOR, "scale")


def _stored(version: ReportVersion, key: str) -> dict[str, Any] | None:
    return edits.row(edits.keyed(drafts.lines_of(version)).get(key))


def _wanted(base: int | None, value: int | None) -> Edit:
    before = None if base is None else figure("assignments", base)
    after = None if value is None else replace(figure("assignments", value), origin="/cell")
    return Edit(INNOVATION, before, after)


@db
def test_one_row_is_changed_and_the_others_stay(draft: ReportVersion, coordinator: Any) -> None:
    before = _by_key(drafts.lines_of(draft))

    version, conflicts = reporting.edit(actor=coordinator, wanted=[_wanted(12, 13)], **WHERE)

    assert version == draft
    assert conflicts == []
    after = {**before, INNOVATION: {"indicator": "assignments", "actionLine": "innovation", "value": 13}}
    assert _by_key(drafts.lines_of(draft)) == after
    draft.refresh_from_db()
    assert draft.content_hash == content.digest(drafts.lines_of(draft))
    assert draft.authors.filter(user=coordinator).exists()


@db
def test_a_row_that_somebody_else_changed_is_a_conflict_and_nothing_at_all_is_stored(
    draft: ReportVersion, coordinator: Any
) -> None:
    before = standing(coordinator, "scale", "2025Q1").tag
    other = Edit("/figures/assignments/talent", None, figure("assignments", 5, action_line="talent"))

    with pytest.raises(Stale) as caught:
        reporting.edit(actor=coordinator, wanted=[_wanted(11, 13), other], **WHERE)

    (conflict,) = caught.value.conflicts
    assert (conflict.key, conflict.mine.value, conflict.theirs.value) == (INNOVATION, 13, 12)
    assert standing(coordinator, "scale", "2025Q1").tag == before
    assert _stored(draft, other.key) is None


@db
def test_conflicts_can_be_left_out_and_the_rest_stored(draft: ReportVersion, coordinator: Any) -> None:
    other = Edit("/figures/assignments/talent", None, figure("assignments", 5, action_line="talent"))

    _version, conflicts = reporting.edit(
        actor=coordinator, wanted=[_wanted(11, 13), other], leave_conflicts=True, **WHERE
    )

    assert [conflict.key for conflict in conflicts] == [INNOVATION]
    assert _stored(draft, INNOVATION) == {"indicator": "assignments", "actionLine": "innovation", "value": 12}
    assert _stored(draft, other.key) == {"indicator": "assignments", "actionLine": "talent", "value": 5}


@db
def test_what_is_already_as_wanted_is_no_conflict_and_no_revision(draft: ReportVersion, coordinator: Any) -> None:
    before = standing(coordinator, "scale", "2025Q1").tag
    logged = DraftChange.objects.count()

    version, conflicts = reporting.edit(actor=coordinator, wanted=[_wanted(11, 12)], **WHERE)

    assert (version, conflicts) == (draft, [])
    assert standing(coordinator, "scale", "2025Q1").tag == before
    assert DraftChange.objects.count() == logged


@db
def test_nothing_to_change_opens_no_version(coordinator: Any) -> None:
    assert reporting.edit(actor=coordinator, wanted=[], **WHERE) == (None, [])
    assert not ReportVersion.objects.filter(report__consortium__slug="scale").exists()


@db
def test_the_first_row_opens_the_version(coordinator: Any) -> None:
    version, _conflicts = reporting.edit(actor=coordinator, wanted=[_wanted(None, 4)], **WHERE)

    assert version is not None
    assert (version.number, version.status, len(drafts.lines_of(version))) == (1, "draft", 1)


@db
def test_what_is_wrong_is_said_at_the_edited_row_and_nothing_is_stored(draft: ReportVersion, coordinator: Any) -> None:
    wrong = Edit(
        "/unidentifiedCompanies/talent", None, replace(unidentified(-1, action_line="talent"), origin="/other")
    )

    with pytest.raises(Refused) as caught:
        reporting.edit(
            actor=coordinator, wanted=[_wanted(12, 13), wrong], problems=[Problem("/third/x", "no", "no")], **WHERE
        )

    assert [problem.pointer for problem in caught.value.problems] == ["/third/x", "/other/count"]
    assert _stored(draft, INNOVATION) == {"indicator": "assignments", "actionLine": "innovation", "value": 12}


@db
def test_an_error_that_was_there_before_elsewhere_does_not_stand_in_the_way(
    draft: ReportVersion, coordinator: Any
) -> None:
    # As an older rule may have let it in: a citizen service number in a name.
    draft.participations.filter(kvk_number="00000001").update(name="Jan 111222333")

    reporting.edit(actor=coordinator, wanted=[_wanted(12, 13)], **WHERE)

    assert _stored(draft, INNOVATION) == {"indicator": "assignments", "actionLine": "innovation", "value": 13}


@db
def test_every_save_writes_down_what_it_changed_and_which_revision_it_made(
    draft: ReportVersion, coordinator: Any
) -> None:
    reporting.edit(actor=coordinator, wanted=[_wanted(12, 13)], **WHERE)
    reporting.edit(actor=coordinator, wanted=[_wanted(13, None)], **WHERE)

    report = standing(coordinator, "scale", "2025Q1").report
    last, before = DraftChange.objects.filter(report=report).order_by("-revision")[:2]
    row = {"indicator": "assignments", "actionLine": "innovation"}
    assert last.changes == [{"key": INNOVATION, "before": {**row, "value": 13}, "after": None}]
    assert before.changes == [{"key": INNOVATION, "before": {**row, "value": 12}, "after": {**row, "value": 13}}]
    assert (last.revision, before.revision) == (report.revision, report.revision - 1)
    assert (last.actor, last.number, last.version) == (coordinator, 1, draft)


@db
def test_many_small_saves_of_one_person_are_one_step_in_the_history(
    draft: ReportVersion, coordinator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ReportEvent.objects.filter(report=draft.report, kind=EventKind.FILLED)
    before = steps.count()

    for number in range(13, 20):
        reporting.edit(actor=coordinator, wanted=[_wanted(number - 1, number)], **WHERE)
    assert steps.count() == before + 1
    colleague = factories.user(Role.CONTRIBUTOR, "scale")
    reporting.edit(actor=colleague, wanted=[_wanted(19, 20)], **WHERE)
    assert steps.count() == before + 2
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    reporting.edit(actor=colleague, wanted=[_wanted(20, 21)], **WHERE)

    assert steps.count() == before + 3


@db
def test_only_who_may_fill_changes_rows(draft: ReportVersion) -> None:
    for person, refusal in (
        (factories.user(Role.REVIEWER), NotPermitted),
        (factories.user(Role.COORDINATOR, "people"), NotVisible),
        (factories.user(Role.READER), NotVisible),
    ):
        with pytest.raises(refusal):
            reporting.edit(actor=person, wanted=[_wanted(12, 13)], **WHERE)


@db
def test_what_is_submitted_takes_no_edit(draft: ReportVersion, coordinator: Any) -> None:
    reporting.submit(actor=coordinator, **WHERE)

    with pytest.raises(NotAllowedNow):
        reporting.edit(actor=coordinator, wanted=[_wanted(12, 13)], **WHERE)


def _at_once(*jobs: Any) -> list[Any]:
    """The jobs in threads that start together, on connections of their own."""
    barrier, results = Barrier(len(jobs)), [None] * len(jobs)

    def work(number: int) -> None:
        try:
            barrier.wait()
            results[number] = jobs[number]()
        except DomainError as error:
            results[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_people_at_once_on_one_row_one_is_told_and_on_two_rows_both_are_stored(programme: None) -> None:
    draft = factories.reported("scale", "2025Q1", upto="draft")
    people = [factories.user(Role.COORDINATOR, "scale"), factories.user(Role.CONTRIBUTOR, "scale")]

    def save(person: Any, number: int, line: str) -> Any:
        both = [
            _wanted(12, number),
            Edit(f"/figures/assignments/{line}", None, figure("assignments", number, action_line=line)),
        ]
        return reporting.edit(actor=person, wanted=both, leave_conflicts=True, **WHERE)

    results = _at_once(lambda: save(people[0], 20, "talent"), lambda: save(people[1], 30, "ecosystems"))

    found = [len(conflicts) for _version, conflicts in results]
    assert sorted(found) == [0, 1]
    winner = (20, 30)[found.index(0)]
    rows = edits.keyed(drafts.lines_of(draft))
    assert {key: edits.row(rows[key])["value"] for key in rows if key.startswith("/figures/assignments")} == {  # type: ignore[index]
        INNOVATION: winner,
        "/figures/assignments/talent": 20,
        "/figures/assignments/ecosystems": 30,
    }


# --- what the database refuses


def _refused(sql: str, *parameters: Any, error: type[Exception] = IntegrityError) -> None:
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@db
def test_what_a_save_changed_stays_written_down(draft: ReportVersion) -> None:
    _refused("UPDATE impact_draftchange SET number = 9", error=DatabaseError)
    _refused("DELETE FROM impact_draftchange", error=DatabaseError)
    again = "INSERT INTO impact_draftchange (report_id, version_id, revision, actor_id, at, number, changes) "
    _refused(again + "SELECT report_id, version_id, revision, actor_id, at, number, changes FROM impact_draftchange")
    _refused(again + "SELECT report_id, version_id, 99, actor_id, at, 0, changes FROM impact_draftchange")


@db
def test_a_part_is_there_once_in_a_known_section_and_done_by_somebody(draft: ReportVersion, coordinator: Any) -> None:
    ReportPart.objects.create(report=draft.report, section="figures")

    for section, nil, by, at in (
        ("figures", False, None, None),
        ("other", False, None, None),
        ("headcounts", True, None, None),
        ("headcounts", False, coordinator.pk, None),
        ("headcounts", False, None, clock.now()),
    ):
        _refused(
            "INSERT INTO impact_reportpart (report_id, section, is_nil, done_by_id, done_at) "
            "VALUES (%s, %s, %s, %s, %s)",
            draft.report_id, section, nil, by, at,
        )  # fmt: skip


# --- organisations with a number, a code or both

_NAMES = (("00000005", ""), ("", "99XA"), ("00000005", "99XA"), ("00000006", ""), ("", "98XB"))
drafts_of_organisations = st.lists(
    st.tuples(st.sampled_from(_NAMES), st.sampled_from(["talent", "innovation"]), st.integers(0, 2)),
    unique_by=lambda row: row[:2],
).map(
    lambda rows: [
        replace(company(1, name=f"Naam {n}"), kvk_number=number, institution_code=code, action_line=line)
        for (number, code), line, n in rows
    ]
)


def _names(rows: list[Line], one: Line) -> set[str]:
    """Every number and code that is the row's organisation, as the rows tell."""
    names = {one.kvk_number, one.institution_code} - {""}  # type: ignore[union-attr]
    for row in rows:
        both = {row.kvk_number, row.institution_code} - {""}  # type: ignore[union-attr]
        if both & names:
            names |= both
    return names


def _unique(rows: list[Line]) -> bool:
    """No organisation twice in a line, as every draft is."""
    places = [(name, row.action_line) for row in rows for name in _names(rows, row)]
    return len(set(places)) == sum(len(_names(rows, row)) for row in rows) and len(places) == len(set(places))


_lists = drafts_of_organisations.filter(_unique)


@given(_lists, _lists, _lists)
def test_no_row_that_somebody_took_out_stays_under_another_number_without_a_word(
    base: list[Line], mine: list[Line], theirs: list[Line]
) -> None:
    wanted = edits.between(base, mine)

    result, conflicts = edits.apply(theirs, wanted)

    told = {conflict.key for conflict in conflicts}
    asked = {edit.key for edit in wanted}
    for edit in wanted:
        if edit.line is None and edit.key not in told:
            names = {edit.base.kvk_number, edit.base.institution_code} - {""}  # type: ignore[union-attr]
            left = [
                row
                for row in result
                if row.action_line == edit.base.action_line and _names(theirs, row) & names  # type: ignore[union-attr]
            ]
            assert {edits.key_of(row) for row in left} <= asked


@given(_lists, _lists)
def test_edits_of_organisations_lead_from_one_list_to_the_other_and_again_change_nothing(
    base: list[Line], mine: list[Line]
) -> None:
    wanted = edits.between(base, mine)

    once = edits.apply(base, wanted)
    twice = edits.apply(once[0], wanted)

    assert once[1] == twice[1] == []
    assert content.digest(once[0]) == content.digest(twice[0]) == content.digest(mine)


@given(drafts_of_organisations)
def test_a_row_is_named_by_itself_whatever_stands_beside_it(rows: list[Line]) -> None:
    assert all(key == edits.key_of(line) for key, line in edits.keyed(rows).items())


@db
def test_a_row_is_taken_out_also_after_a_colleague_added_its_school_with_both_numbers(coordinator: Any) -> None:
    draft = factories.reported("scale", "2025Q1", school("99XA"), upto="draft")
    key = "/participations/99XA/talent/teaching"
    seen = edits.keyed(drafts.lines_of(draft))[key]
    both = replace(company(5), institution_code="99XA", organisation_type="school", origin="/new")
    reporting.edit(actor=coordinator, wanted=[Edit(edits.key_of(both), None, both)], **WHERE)

    reporting.edit(actor=coordinator, wanted=[Edit(key, seen, None)], **WHERE)

    assert list(edits.keyed(drafts.lines_of(draft))) == ["/participations/00000005/innovation/project"]


@db
def test_a_row_that_a_colleague_gave_a_number_is_a_conflict_and_not_gone(coordinator: Any) -> None:
    draft = factories.reported("scale", "2025Q1", school("99XA"), upto="draft")
    key = "/participations/99XA/talent/teaching"
    seen = edits.keyed(drafts.lines_of(draft))[key]
    numbered = replace(seen, kvk_number="00000005", origin="/new")
    numbering = [Edit(key, seen, None), Edit(edits.key_of(numbered), None, numbered)]
    reporting.edit(actor=coordinator, wanted=numbering, **WHERE)

    with pytest.raises(Stale) as caught:
        reporting.edit(actor=coordinator, wanted=[Edit(key, seen, None)], **WHERE)

    (conflict,) = caught.value.conflicts
    assert conflict.theirs.kvk_number == "00000005"
    assert reporting.edit(actor=coordinator, wanted=numbering, **WHERE) == (draft, [])


# --- what was right when it was entered


@pytest.fixture
def redefined(coordinator: Any) -> Any:
    """A report of a figure and a company, whose indicator then becomes one that follows from other input."""

    def make(upto: str) -> ReportVersion:
        rows = (figure("assignments", 12), figure("curricula", 3), company(1))
        version = factories.reported("scale", "2025Q1", *rows, upto=upto)
        redefine("assignments", "2025Q1", source="derived", rule="headcount-students", kind="flow")
        return version

    return make


@db
@pytest.mark.parametrize("upto", ["draft", "returned"])
@pytest.mark.parametrize("new", [replace(company(2), origin="/new"), replace(figure("trainings", 2), origin="/new")])
def test_a_figure_that_does_not_fit_any_more_is_left_out_by_the_next_save_and_that_is_told(
    redefined: Any, coordinator: Any, upto: str, new: Line
) -> None:
    redefined(upto)

    draft, _conflicts = reporting.edit(actor=coordinator, wanted=[Edit(edits.key_of(new), None, new)], **WHERE)

    assert INNOVATION not in edits.keyed(drafts.lines_of(draft))
    assert {"/figures/curricula/innovation", edits.key_of(new)} <= edits.keyed(drafts.lines_of(draft)).keys()
    change = DraftChange.objects.order_by("-revision")[0]
    assert {each["key"] for each in change.changes if each["after"] is None} == {INNOVATION}
    told = ReportEvent.objects.filter(kind=EventKind.FILLED, version=draft).order_by("-pk")[0]
    assert told.actor == coordinator
    assert told.comment.endswith(": 12.")


@db
def test_a_figure_that_does_not_fit_any_more_is_refused_where_somebody_types_it_again(
    redefined: Any, coordinator: Any
) -> None:
    redefined("draft")
    again = Edit(INNOVATION, figure("assignments", 12), replace(figure("assignments", 13), origin=INNOVATION))

    with pytest.raises(Refused) as caught:
        reporting.edit(actor=coordinator, wanted=[again], **WHERE)

    assert [(each.pointer, each.code) for each in caught.value.problems] == [(f"{INNOVATION}/indicator", "derived")]


@db
def test_pages_say_which_figures_go_and_save_without_them(client: Any, redefined: Any, coordinator: Any) -> None:
    redefined("returned")
    client.force_login(coordinator)
    page = client.get("/rapportages/scale/2025Q1?sectie=figures").content.decode()
    assert "banner--warning" in page
    base = standing(coordinator, "scale", "2025Q1").tag
    texts = {"stap": "save", "base": base, "unidentified.talent": "3"}

    answer = client.post("/rapportages/scale/2025Q1?sectie=unidentified", texts)

    assert answer.status_code == 302
    draft = standing(coordinator, "scale", "2025Q1").open_version
    assert draft is not None
    assert list(edits.keyed(drafts.lines_of(draft))) == [
        "/figures/curricula/innovation",
        "/participations/00000001/innovation/project",
        "/unidentifiedCompanies/talent",
    ]
    assert ": 12." in client.get("/rapportages/scale/2025Q1/versies").content.decode()


@pytest.fixture
def two_of_one(coordinator: Any) -> ReportVersion:
    """A draft with two rows of what only became one organisation when another HIP's report was accepted."""
    by_code = school("99XA", action_line="innovation", involvement="project")
    draft = factories.reported("scale", "2025Q1", company(1), by_code, figure("assignments", 12), upto="draft")
    factories.reported("people", "2025Q1", replace(company(1), institution_code="99XA"))
    return draft


@db
@pytest.mark.parametrize("row", range(2))
def test_two_rows_that_became_one_organisation_stop_no_other_save_and_either_can_go(
    two_of_one: ReportVersion, coordinator: Any, row: int
) -> None:
    new = replace(company(2), origin="/new")
    reporting.edit(actor=coordinator, wanted=[Edit(edits.key_of(new), None, new)], **WHERE)
    assert len(edits.keyed(drafts.lines_of(two_of_one))) == 4
    with pytest.raises(Refused) as caught:
        reporting.submit(actor=coordinator, **WHERE)
    assert {each.code for each in caught.value.problems} == {"duplicate"}
    key = ("/participations/00000001/innovation/project", "/participations/99XA/innovation/project")[row]
    stored = edits.keyed(drafts.lines_of(two_of_one))

    reporting.edit(actor=coordinator, wanted=[Edit(key, stored[key], None)], **WHERE)

    assert key not in edits.keyed(drafts.lines_of(two_of_one))
    assert reporting.submit(actor=coordinator, **WHERE).status == "submitted"


@db
def test_a_new_version_starts_from_two_rows_that_became_one_organisation(coordinator: Any) -> None:
    by_code = school("99XA", action_line="innovation", involvement="project")
    factories.reported("scale", "2025Q1", by_code, company(1), figure("assignments", 12), upto="returned")
    factories.reported("people", "2025Q1", replace(company(1), institution_code="99XA"))

    version, _conflicts = reporting.edit(actor=coordinator, wanted=[_wanted(12, 13)], **WHERE)

    assert version is not None
    assert (version.number, version.participations.count()) == (2, 2)


@db
def test_the_second_row_of_what_became_one_organisation_is_refused_where_it_is_changed(
    two_of_one: ReportVersion, coordinator: Any
) -> None:
    key = "/participations/99XA/innovation/project"
    seen = edits.keyed(drafts.lines_of(two_of_one))[key]

    with pytest.raises(Refused) as caught:
        reporting.edit(actor=coordinator, wanted=[Edit(key, seen, replace(seen, name="Anders", origin=key))], **WHERE)

    assert [(each.pointer, each.code) for each in caught.value.problems] == [(key, "duplicate")]


@db
def test_a_section_takes_no_more_rows_than_can_be_read_again(
    draft: ReportVersion, coordinator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "MAX_ROWS", 5)
    rows = [replace(company(number), origin=f"/new/{number}") for number in range(3, 9)]

    with pytest.raises(Refused) as caught:
        reporting.edit(actor=coordinator, wanted=[Edit(edits.key_of(row), None, row) for row in rows], **WHERE)

    assert [(each.pointer, each.code) for each in caught.value.problems] == [("/participations", "too-many")]
