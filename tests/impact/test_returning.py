"""Returning only some cells: what may change then, against a model of it and against the database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.errors import Refused
from consortia.models import Organisation, Programme, Role, User
from impact import content, drafts, edits, nil, proposals, reporting, returning
from impact.edits import Edit
from impact.models import ReportVersion, VersionStatus
from impact.standing import standing
from impact.submission import Line
from tests import factories
from tests.api.test_changes import redefine
from tests.factories import company, figure, headcount, school, unidentified
from tests.impact import strategies

pytestmark = pytest.mark.django_db

WHERE: dict[str, Any] = {"consortium": "scale", "quarter": "2025Q1"}
ROWS: tuple[Line, ...] = (
    figure("assignments", 12),
    figure("assignments", 5, action_line="talent"),
    figure("training-completions", numerator=40, denominator=50, action_line="talent"),
    figure("cofinancing-cash", "12500.25", action_line=None),
    company(1, postcode="3311 AB"),
    company(1, involvement="training"),
    company(2, size_class=""),
    school("25PW"),
    unidentified(3),
    headcount(120, 80, category="mbo", institution_code="25PW"),
    headcount(7, 0, group="employees", category="a/b~c"),
)


@pytest.fixture
def coordinator(programme: Programme) -> User:
    return factories.user(Role.COORDINATOR, "scale")


@pytest.fixture
def reviewer(programme: Programme) -> User:
    return factories.user(Role.REVIEWER)


def returned(coordinator: User, reviewer: User, *pointers: str, rows: tuple[Line, ...] = ROWS) -> ReportVersion:
    """A report that was handed in with these rows, of which these places came back."""
    factories.reported("scale", "2025Q1", *rows, upto="submitted", coordinator=coordinator)
    return send_back(reviewer, *pointers)


def send_back(reviewer: User, *pointers: str, comment: str = "kijk hier") -> ReportVersion:
    version = standing(reviewer, **WHERE).open_version
    assert version is not None
    remarks = [{"pointer": pointer, "comment": comment} for pointer in pointers]
    return reporting.review(
        actor=reviewer, decision="return", content_hash=version.content_hash, comment="", remarks=remarks, **WHERE
    )


def fill(actor: User, *rows: Line) -> ReportVersion:
    return reporting.fill(actor=actor, lines=content.renumber(rows), base=reporting.ANY, **WHERE)


def problems_of(actor: User, *rows: Line) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        fill(actor, *rows)
    return [(each.pointer, each.code) for each in refused.value.problems]


def may_change() -> list[str] | None:
    newest = ReportVersion.objects.order_by("number").last()
    assert newest is not None
    return newest.fixed_except


def but(*changed: tuple[int, Line | None], rows: tuple[Line, ...] = ROWS) -> list[Line]:
    """The rows with some of them otherwise, or not there."""
    wanted = dict(changed)
    return [row for place, old in enumerate(rows) if (row := wanted.get(place, old)) is not None]


# --- what a pointer names


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", ""),
        ("/figures", "/figures"),
        ("/figures/0", "/figures/assignments/innovation"),
        ("/figures/2/numerator", "/figures/training-completions/talent"),
        ("/figures/3", "/figures/cofinancing-cash/-"),
        ("/figures/assignments/talent", "/figures/assignments/talent"),
        ("/figures/assignments/talent/value", "/figures/assignments/talent"),
        ("/figures/curricula/talent", "/figures/curricula/talent"),
        ("/participations/1/postcode", "/participations/00000001/innovation/training"),
        ("/participations/00000001", "/participations/00000001"),
        ("/participations/25PW", "/participations/25PW"),
        ("/participations/00009999/talent/network", "/participations/00009999/talent/network"),
        ("/unidentifiedCompanies/0", "/unidentifiedCompanies/innovation"),
        ("/unidentifiedCompanies/talent/count", "/unidentifiedCompanies/talent"),
        ("/headcounts/1", "/headcounts/employees/a~1b~0c/talent/"),
        ("/headcounts/students/hbo/talent/", "/headcounts/students/hbo/talent/"),
    ],
)
def test_a_pointer_names_a_row_that_is_there_or_missing_an_organisation_or_a_section(
    coordinator: User, reviewer: User, pointer: str, place: str
) -> None:
    version = returned(coordinator, reviewer, pointer)

    assert [(row["pointer"], row["place"]) for row in version.review_remarks] == [(pointer, place)]
    fill(coordinator, *ROWS)
    assert may_change() == [place]


def test_pointers_that_name_nothing_are_refused_all_at_once(coordinator: User, reviewer: User) -> None:
    factories.reported("scale", "2025Q1", *ROWS, upto="submitted", coordinator=coordinator)
    wrong = [
        "/figures/99", "/figures/-1", "/figures/00", "/figures/0/color", "/figures/0/value/0", "figures", "/",
        "/people", "/figures/assignments", "/figures/assignments/-", "/figures/cofinancing-cash/talent",
        "/figures/companies/talent",
        "/participations/4", "/participations/123", "/participations/00000001/talent", "/participations/25PW/x/project",
        "/unidentifiedCompanies/moon", "/headcounts/2", "/headcounts/students/mavo/talent/", "/headcounts/students",
    ]  # fmt: skip

    with pytest.raises(Refused) as refused:
        send_back(reviewer, "/figures/0", *wrong)

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        (f"/returned/{number}/pointer", "unknown") for number in range(1, len(wrong) + 1)
    ]
    assert standing(reviewer, **WHERE).status == "submitted"


def test_each_place_needs_a_message_and_may_have_several(coordinator: User, reviewer: User) -> None:
    factories.reported("scale", "2025Q1", *ROWS, upto="submitted", coordinator=coordinator)
    with pytest.raises(Refused) as refused:
        send_back(reviewer, "/figures/0", comment=" ")
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/returned/0/comment", "required")]

    version = send_back(reviewer, "/figures/0", "/figures/0/value", "/figures/assignments/innovation")

    assert len(version.review_remarks) == 3
    assert returning.selection(version) == {"/figures/assignments/innovation"}


# --- what may change


def test_what_was_returned_may_change_and_the_rest_is_refused_each_at_its_place(
    coordinator: User, reviewer: User
) -> None:
    returned(coordinator, reviewer, "/figures/0", "/participations/00000001")
    changed = but(
        (0, figure("assignments", 10)),
        (1, figure("assignments", 6, action_line="talent")),
        (2, figure("training-completions", numerator=41, denominator=51, action_line="talent")),
        (3, None),
        (4, company(1, postcode="3311 AB", name="Anders BV")),
        (6, company(2, size_class="large", name="Ook anders BV")),
        (8, unidentified(4)),
        (9, None),
    )

    found = problems_of(coordinator, *changed, figure("trainings", 3), company(9))

    assert found == [
        ("/figures/1/value", "fixed"),
        ("/figures/2/numerator", "fixed"),
        ("/figures/2/denominator", "fixed"),
        ("/participations/2/name", "fixed"),
        ("/participations/2/sizeClass", "fixed"),
        ("/unidentifiedCompanies/0/count", "fixed"),
        ("/figures/3", "fixed"),
        ("/participations/4", "fixed"),
        ("/figures/cofinancing-cash/-", "fixed"),
        ("/headcounts/students/mbo/talent/25PW", "fixed"),
    ]
    assert standing(coordinator, **WHERE).status == "returned"
    fill(coordinator, *but((0, None), (4, company(1, action_line="talent")), (5, None)))
    assert reporting.submit(actor=coordinator, **WHERE).status == VersionStatus.SUBMITTED


def test_the_order_of_rows_is_no_change(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0")

    draft = fill(coordinator, *reversed(ROWS))

    assert drafts.lines_of(draft)[0] != ROWS[0]
    assert reporting.submit(actor=coordinator, **WHERE).status == VersionStatus.SUBMITTED


def test_a_row_that_is_missing_can_be_asked_for(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/trainings/talent", "/participations/00000007")

    assert problems_of(coordinator, *ROWS, figure("trainings", 4), company(8)) == [
        ("/figures/4", "fixed"), ("/participations/4", "fixed"),
    ]  # fmt: skip
    fill(coordinator, *ROWS, figure("trainings", 4, action_line="talent"), company(7, action_line="talent"), company(7))


def test_a_section_as_a_whole_is_free_and_the_others_are_fixed(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/participations")

    assert problems_of(coordinator, *but((8, unidentified(9)))) == [("/unidentifiedCompanies/0/count", "fixed")]
    fill(coordinator, *but((4, None), (5, None), (6, None), (7, None)), company(44))


def test_an_organisation_that_was_returned_by_its_code_may_get_its_number(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/participations/25PW")

    fill(coordinator, *but((7, school("25PW", kvk_number="00000077"))))


@pytest.mark.parametrize("door", ["edit", "judge", "confirm", "drop", "nil"])
def test_every_door_of_a_draft_asks_the_same(coordinator: User, reviewer: User, door: str) -> None:
    factories.reported("scale", "2024Q4", company(5), coordinator=coordinator, reviewer=reviewer)
    returned(coordinator, reviewer, "/figures/0")
    row = replace(ROWS[1], origin="Cijfers!C5")

    def taken() -> Any:
        match door:
            case "edit":
                wanted = [
                    Edit(edits.key_of(row), row, replace(row, value=Decimal(6))),
                    Edit(edits.key_of(ROWS[8]), ROWS[8], None),
                ]
                return reporting.edit(actor=coordinator, wanted=wanted, **WHERE)
            case "judge":
                rows = content.renumber(but((1, figure("assignments", 6, action_line="talent"))))
                raise Refused(reporting.judge(actor=coordinator, lines=rows, **WHERE).errors)
            case "confirm":
                return proposals.confirm(actor=coordinator, **WHERE)
            case "drop":
                return proposals.drop(actor=coordinator, identifiers=["00000002"], **WHERE)
        return nil.attest_nil(actor=coordinator, section="unidentifiedCompanies", **WHERE)

    with pytest.raises(Refused) as refused:
        taken()

    assert {each.code for each in refused.value.problems} == {"fixed"}
    first = "/unidentifiedCompanies/"
    assert [each.pointer for each in refused.value.problems] == {
        "edit": ["Cijfers!C5/value", "/unidentifiedCompanies/innovation"],
        "judge": ["/figures/1/value"],
        "confirm": ["/participations/00000005"],
        "drop": ["/participations/00000002/innovation/project"],
        "nil": [f"{first}ecosystems", f"{first}talent", f"{first}lifelong-learning", f"{first}infrastructure"],
    }[door]
    assert standing(coordinator, **WHERE).status == "returned"


def test_a_returned_row_is_changed_row_by_row_as_well(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0")

    version, _left = reporting.edit(
        actor=coordinator, wanted=[Edit(edits.key_of(ROWS[0]), ROWS[0], replace(ROWS[0], value=Decimal(10)))], **WHERE
    )

    assert version is not None
    assert version.fixed_except == ["/figures/assignments/innovation"]


# --- what frees it


def test_a_return_as_a_whole_fixes_nothing(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer)

    assert fill(coordinator, figure("assignments", 1)).fixed_except is None


def test_the_next_return_counts_anew(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0")
    fill(coordinator, *but((0, figure("assignments", 10))))
    reporting.submit(actor=coordinator, **WHERE)

    send_back(reviewer, "/figures/1")
    again = but((0, figure("assignments", 10)))
    assert problems_of(coordinator, *ROWS) == [("/figures/0/value", "fixed")]
    fill(coordinator, *again[:1], figure("assignments", 6, action_line="talent"), *again[2:])
    reporting.submit(actor=coordinator, **WHERE)

    send_back(reviewer)
    assert fill(coordinator, figure("assignments", 1)).fixed_except is None


def test_a_withdrawal_after_the_return_frees_the_report(coordinator: User, reviewer: User) -> None:
    factories.reported("scale", "2025Q1", *ROWS, coordinator=coordinator, reviewer=reviewer)
    reporting.correct(actor=coordinator, reason="verteld", **WHERE)
    reporting.submit(actor=coordinator, **WHERE)
    send_back(reviewer, "/figures/0")
    assert problems_of(coordinator, figure("assignments", 1))

    reporting.withdraw(actor=factories.user(Role.MANAGER), reason="dubbel", **WHERE)

    assert fill(coordinator, figure("assignments", 1)).fixed_except is None


def test_a_draft_that_was_opened_before_a_withdrawal_stays_as_it_is(coordinator: User, reviewer: User) -> None:
    factories.reported("scale", "2025Q1", *ROWS, coordinator=coordinator, reviewer=reviewer)
    reporting.correct(actor=coordinator, reason="verteld", **WHERE)
    reporting.submit(actor=coordinator, **WHERE)
    send_back(reviewer, "/figures/0")
    fill(coordinator, *ROWS)

    reporting.withdraw(actor=factories.user(Role.MANAGER), reason="dubbel", **WHERE)

    assert problems_of(coordinator, *but((1, None))) == [("/figures/assignments/talent", "fixed")]
    assert reporting.submit(actor=coordinator, **WHERE).status == VersionStatus.SUBMITTED


def test_a_figure_that_does_not_fit_its_indicator_any_more_falls_out(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0")
    redefine("cofinancing-cash", "2025Q1", by_action_line=True)

    assert problems_of(coordinator, *but((1, None), (3, None))) == [("/figures/assignments/talent", "fixed")]
    key = edits.key_of(ROWS[0])
    mine = replace(ROWS[0], origin=key, value=Decimal(10))
    reporting.edit(actor=coordinator, wanted=[Edit(key, ROWS[0], mine)], **WHERE)

    assert reporting.submit(actor=coordinator, **WHERE).status == VersionStatus.SUBMITTED
    assert not ReportVersion.objects.get(number=2).figures.filter(indicator__code="cofinancing-cash").exists()


def test_of_two_rows_that_the_register_made_one_organisation_one_may_fall_out(
    coordinator: User, reviewer: User
) -> None:
    twice = (school("25PW"), school("", kvk_number="00000077"))
    returned(coordinator, reviewer, "/figures/0", rows=(figure("assignments", 1), *twice))
    organisation = Organisation.objects.get(institution_code="25PW")
    Organisation.objects.filter(kvk_number="00000077").update(kvk_number="00000078")
    organisation.kvk_number, organisation.is_listed = "00000077", True
    organisation.save()

    assert problems_of(coordinator, figure("assignments", 1)) == [
        ("/participations/25PW/talent/teaching", "fixed"),
    ]
    fill(coordinator, figure("assignments", 1), twice[1])

    assert reporting.submit(actor=coordinator, **WHERE).status == VersionStatus.SUBMITTED


# --- against a model, and against the database


def _key(section: str, row: dict[str, Any]) -> tuple[str, ...]:
    names = ("indicator", "kvkNumber", "institutionCode", "group", "category", "actionLine", "involvement")
    return (section, *(str(row.get(name, "")) for name in names))


def _is_refused(body: dict[str, Any], wanted: dict[str, Any], chosen: list[tuple[str, str, Any]]) -> bool:
    """Whether anything differs that was not chosen: as a section, an organisation, or a row (there or missing)."""

    def fixed(rows_by_section: dict[str, Any]) -> set[str]:
        return {
            f"{section} {json.dumps(row, sort_keys=True, default=str)}"
            for section, rows in rows_by_section.items()
            for row in rows
            if not any(
                section == where
                and (
                    how == "section"
                    or (how == "organisation" and row["kvkNumber"] == what)
                    or (how == "row" and _key(section, row) == what)
                )
                for where, how, what in chosen
            )
        }

    return fixed(body) != fixed(wanted)


def _choose(chance: Random, body: dict[str, Any]) -> tuple[list[tuple[str, str, Any]], list[str]]:
    """Some places, for the model and as pointers."""
    chosen: list[tuple[str, str, Any]] = []
    pointers = []
    for section, rows in body.items():
        for number, row in enumerate(rows):
            if chance.random() < 0.3:
                chosen.append((section, "row", _key(section, row)))
                pointers.append(f"/{section}/{number}" + chance.choice(["", "/actionLine"]))
        if chance.random() < 0.1:
            chosen.append((section, "section", None))
            pointers.append(f"/{section}")
    if chance.random() < 0.5:
        number = f"{chance.randint(1, 14):08}"
        chosen.append(("participations", "organisation", number))
        pointers.append(f"/participations/{number}")
    if chance.random() < 0.5 or not pointers:
        missing = {"indicator": "assignments", "actionLine": chance.choice(strategies.LINES)}
        chosen.append(("figures", "row", _key("figures", missing)))
        pointers.append(f"/figures/assignments/{missing['actionLine']}")
    return chosen, pointers


def _edited(chance: Random, body: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The body with some rows otherwise, gone, or new ones from another one, and in another order."""
    odds = chance.choice([0.0, 0.1, 0.4])
    result: dict[str, Any] = {}
    for section, rows in body.items():
        kept = []
        for row in rows:
            if chance.random() >= odds:
                kept.append(row)
            elif chance.random() < 0.5:
                kept.append(_otherwise(row))
        keys = {_key(section, row) for row in kept}
        if chance.random() < odds:
            kept += [row for row in other[section] if _key(section, row) not in keys][:2]
        chance.shuffle(kept)
        result[section] = kept
    return result


def _otherwise(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("value", "denominator", "count", "headcount"):
        if name in row:
            return {**row, name: round(row[name] + 1, 2)}
    return {**row, "name": row["name"] + " Holding"}


def _lines(body: dict[str, Any]) -> list[Line]:
    lines, problems = content.read(json.loads(json.dumps(body), parse_float=Decimal))
    assert problems == []
    return lines


@contextmanager
def undone() -> Iterator[None]:
    """What happens within is rolled back."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=strategies.bodies(min_rows=1), other=strategies.bodies(), chance=st.randoms(use_true_random=False))
def test_a_change_is_refused_exactly_where_something_fixed_changed(
    coordinator: User, reviewer: User, body: Any, other: Any, chance: Random
) -> None:
    chosen, pointers = _choose(chance, body)
    wanted = _edited(chance, body, other)
    expected = _is_refused(body, wanted, chosen)
    with undone():
        returned(coordinator, reviewer, *pointers, rows=tuple(_lines(body)))
        try:
            reporting.fill(actor=coordinator, lines=_lines(wanted), base=reporting.ANY, **WHERE)
        except Refused as refused:
            was_refused = {each.code for each in refused.problems} == {"fixed"}
            # Whoever gets past the command is stopped by the database.
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(returning, "problems", lambda *_args: [])
                reporting.fill(actor=coordinator, lines=_lines(wanted), base=reporting.ANY, **WHERE)
                with pytest.raises(IntegrityError, match="only what the reviewer returned"), transaction.atomic():
                    _submit(coordinator)
        else:
            was_refused = False
            assert _submit(coordinator).status == VersionStatus.SUBMITTED
        assert was_refused == expected


def _submit(actor: User) -> ReportVersion:
    lines = drafts.lines_of(ReportVersion.objects.get(status=VersionStatus.DRAFT))
    asked = reporting.judge(actor=actor, lines=lines, **WHERE).warnings
    return reporting.submit(actor=actor, explanations={each.pointer: "klopt" for each in asked}, **WHERE)


def test_a_list_of_thousands_is_compared_at_submission(coordinator: User, reviewer: User) -> None:
    rows = (*(company(number) for number in range(1, 1_501)), figure("assignments", 1))
    returned(coordinator, reviewer, *(f"/participations/{number}" for number in range(900)), rows=rows)

    assert problems_of(coordinator, *rows[:-2], rows[-1]) == [("/participations/00001500/innovation/project", "fixed")]
    fill(coordinator, *rows[900:])
    assert _submit(coordinator).status == VersionStatus.SUBMITTED
