"""Vintages: published for ever, proved by hashes that anybody can make again, and compared entry by entry."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Consortium, Organisation, Role
from impact import comparison, effects, ledger, links, materialise, reporting, rollups, snapshots, tasks, vintages
from impact import programme as office
from impact.effects import Change
from impact.models import EntryKind, Goal, Indicator, LedgerEntry, Quarter, Vintage
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import company, figure, headcount
from tests.impact.test_guards import refused

pytestmark = pytest.mark.django_db

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def manager(programme):
    return factories.user(Role.MANAGER)


@pytest.fixture
def accepted(programme):
    return factories.reported("scale", "2025Q1", figure("assignments", 12), company(1), company(2), headcount(20, 8))


def correct(consortium: str, period: str, *lines) -> None:
    """Another version of an accepted report, which then counts."""
    coordinator = factories.user(Role.COORDINATOR, consortium)
    reporting.correct(actor=coordinator, consortium=consortium, quarter=period, reason="telfout")
    factories.reported(consortium, period, *lines, coordinator=coordinator)


def link(actor, source: int, target: int) -> LedgerEntry:
    def pk(number: int) -> str:
        return str(Organisation.objects.get(kvk_number=f"{number:08}").pk)

    return links.link(actor=actor, kind="merge", source=pk(source), target=pk(target), reason="dezelfde")


def hashes(vintage: Vintage) -> tuple[str, str]:
    found = vintages.hashes_of(vintage.entry_id, vintage.last_quarter)
    return found.public, found.sealed(vintage.salt)


# --- publishing


def test_a_vintage_names_the_newest_entry_and_the_day(manager, accepted):
    with time_machine.travel(datetime(2026, 11, 23, 23, 30, tzinfo=AMSTERDAM)):
        first = vintages.publish(actor=manager, name=" Najaar ", note="Voor het ministerie")
        second = vintages.publish(actor=manager)
    with time_machine.travel(datetime(2026, 11, 24, 0, 30, tzinfo=AMSTERDAM)):
        third = vintages.publish(actor=manager)

    assert [row.code for row in (first, second, third)] == ["2026-11-23", "2026-11-23-2", "2026-11-24"]
    assert (first.name, first.note, first.published_by) == ("Najaar", "Voor het ministerie", manager)
    assert {row.entry_id for row in (first, second, third)} == {ledger.newest()}
    assert first.last_quarter_id == "2026Q3"
    assert first.sha256 == second.sha256
    assert first.sha256_full != second.sha256_full, "each is sealed with a salt of its own"
    assert first.sha256 != first.sha256_full, "persons by action line are not public"


def test_an_older_moment_ends_with_the_quarter_that_had_ended_then(manager, accepted):
    seq = ledger.newest()
    day = LedgerEntry.objects.get(seq=seq).recorded_at.astimezone(AMSTERDAM).date()
    with time_machine.travel(datetime.now(AMSTERDAM) + timedelta(days=200)):
        factories.reported("snel", "2025Q1", figure("assignments", 1))
        older = vintages.publish(actor=manager, seq=seq)
        newer = vintages.publish(actor=manager)

    assert older.last_quarter == Quarter.objects.filter(end_date__lt=day).order_by("-index").first()
    assert older.last_quarter.index < newer.last_quarter.index


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER, Role.COORDINATOR, None])
def test_only_the_manager_publishes(accepted, role):
    with pytest.raises(NotPermitted):
        vintages.publish(actor=factories.user(role, "scale" if role == Role.COORDINATOR else None))
    assert not Vintage.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(manager, accepted):
    with pytest.raises(Refused) as refusal:
        vintages.publish(
            actor=manager, code="naar voren", name="x" * 201, note="bsn 123456782", seq=ledger.newest() + 1
        )

    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert found == [("/id", "malformed"), ("/name", "too-long"), ("/note", "bsn"), ("/seq", "future")]
    assert not Vintage.objects.exists()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"code": "nu"}, ("/id", "reserved")),
        ({"code": "Now"}, ("/id", "reserved")),
        ({"code": "-x"}, ("/id", "malformed")),
        ({"code": "x" * 61}, ("/id", "too-long")),
        ({"seq": 0}, ("/seq", "out-of-range")),
        ({"seq": -1}, ("/seq", "out-of-range")),
    ],
)
def test_what_cannot_be_a_vintage_is_refused(manager, accepted, given, problem):
    with pytest.raises(Refused) as refusal:
        vintages.publish(actor=manager, **given)
    assert [(each.pointer, each.code) for each in refusal.value.problems] == [problem]


def test_a_code_is_given_once(manager, accepted):
    vintages.publish(actor=manager, code="najaar.2026")

    with pytest.raises(NotAllowedNow):
        vintages.publish(actor=manager, code="najaar.2026")


# --- what no writer can do


def test_a_vintage_cannot_be_changed_or_removed(manager, accepted):
    vintages.publish(actor=manager)

    # By grant for the application's role, by trigger also for the owner (test_guards).
    refused("UPDATE impact_vintage SET name = 'anders'", error=ProgrammingError)
    refused("DELETE FROM impact_vintage", error=ProgrammingError)


@pytest.mark.parametrize("code", ["nu", "Nu", "now", "NOW"])
def test_no_vintage_has_the_code_that_means_this_moment(manager, accepted, code):
    vintages.publish(actor=manager)
    columns = "name, note, sha256, sha256_full, form, salt, published_at, entry_id, last_quarter_id, published_by_id"

    refused(f"INSERT INTO impact_vintage (code, {columns}) SELECT %s, {columns} FROM impact_vintage", code)


def test_no_vintage_has_a_form_that_is_not_written(manager, accepted):
    vintages.publish(actor=manager)
    columns = "name, note, sha256, sha256_full, published_at, entry_id, last_quarter_id, published_by_id"
    copied = (
        f"INSERT INTO impact_vintage (code, form, salt, {columns}) SELECT 'x', %s, %s, {columns} FROM impact_vintage"
    )

    refused(copied, 3, "0" * 64)
    refused(copied, 2, "")
    refused(copied, 2, "geheim")
    refused(copied, 1, "0" * 64)


def test_a_vintage_has_real_hashes_and_a_code_that_fits_in_an_address(manager, accepted):
    vintage = vintages.publish(actor=manager)
    columns = "name, note, entry_id, last_quarter_id, published_at, published_by_id, form, salt, sha256_full"
    copied = f"INSERT INTO impact_vintage (code, sha256, {columns}) SELECT %s, %s, {columns} FROM impact_vintage"

    refused(copied, "x", "0" * 63)
    refused(copied, "x", "G" * 64)
    refused(copied, "een code", vintage.sha256)
    refused(copied, vintage.code, vintage.sha256)


def test_the_slug_of_a_hip_is_fixed_once_there_is_a_vintage(manager, accepted):
    Consortium.objects.filter(slug="snel").update(slug="sneller")
    vintages.publish(actor=manager)

    refused("UPDATE consortia_consortium SET slug = 'snelst' WHERE slug = 'sneller'")
    Consortium.objects.filter(slug="sneller").update(name="Een andere naam")


# --- the hashes


def test_the_form_of_a_line_is_the_documented_one(manager, accepted):
    dimensions, state = Dimensions.read(), ledger.resolve()
    leaves = rollups.compute_leaves(Selection(), state, dimensions)
    cells = rollups.compute(Selection(), state, dimensions)
    lines = [line.decode() for line in vintages.lines_of(leaves, cells, dimensions)]

    seq = ledger.newest()
    assert f"figure\tscale\t2025Q1\tinnovation\tassignments\t12\t\t\tassignments\t1\t{seq}\tfalse\n" in lines
    total = (
        "roll-up\t\t\tassignments\t2025Q1\t12\t\t12\t12\t\t\t\t\t1\t15\t1\t60\tprovisional\tassignments\tfalse\tfalse\n"
    )
    assert total in lines
    assert vintages.digest(line.encode() for line in reversed(lines)) == (
        hashlib.sha256("".join(sorted(lines, key=str.encode)).encode()).hexdigest()
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "true"), (False, "false"), (0, "0"), (-7, "-7"), (Decimal("12500.250"), "12500.25"),
        (Decimal("1E+3"), "1000"), (Decimal("0.000001"), "0.000001"), (Decimal("5.00"), "5"), (Decimal(100), "100"),
        ("a\tb\\c\nd", "a\\tb\\\\c\\nd"),
    ],
)  # fmt: skip
def test_a_value_has_one_way_to_be_written(value, text):
    assert vintages._plain(value) == text


def test_published_hashes_never_change(manager, accepted):
    factories.reported("snel", "2025Q1", company(2), company(3))
    vintage = vintages.publish(actor=manager)
    published = (vintage.sha256, vintage.sha256_full)

    correct("scale", "2025Q1", figure("assignments", 13), company(9))
    factories.reported("people", "2024Q4", company(1))
    made = link(manager, 2, 3)
    links.undo(actor=manager, seq=made.seq)
    reporting.withdraw(actor=manager, consortium="snel", quarter="2025Q1", reason="dubbel")
    office.close_quarter(actor=manager, quarter=Quarter.objects.get(pk="2025Q1"), reason="klaar")
    indicator = Indicator.objects.get(code="assignments")
    Indicator.objects.update(name_nl="Anders", name_en="Other")
    Consortium.objects.filter(slug="scale").update(name="Anders")
    newest = Quarter.objects.order_by("-index").first()
    Quarter.objects.create(
        pk="2031Q1", index=newest.index + 9, start_date=date(2031, 1, 1), end_date=date(2031, 3, 31),
        due_date=date(2031, 4, 30),
    )  # fmt: skip
    definition = indicator.definitions.get()
    office.define_indicator(
        actor=manager, indicator=indicator, from_quarter=Quarter.objects.get(pk="2025Q3"), kind=definition.kind,
        unit="opdrachten", source=definition.source, by_action_line=True, meaning_nl="anders", meaning_en="other",
    )  # fmt: skip
    factories.ConsortiumFactory()

    cache.clear()
    assert hashes(vintage) == published
    assert vintages.verify(vintage) == []
    with time_machine.travel(datetime.now(AMSTERDAM) + timedelta(days=900)):
        assert vintages.verify(vintage) == []


def test_a_wrong_hash_is_an_alarm(manager, accepted, caplog, capsys):
    vintage = vintages.publish(actor=manager)
    call_command("verify_vintages")
    assert tasks.verify_vintages() == 0

    Vintage.objects.create(
        code="vals", entry_id=vintage.entry_id, last_quarter=vintage.last_quarter, published_by=manager,
        sha256=vintage.sha256, sha256_full="0" * 64,
    )  # fmt: skip

    assert tasks.verify_vintages() == 1
    assert "vintage vals" in caplog.text
    assert "sha256Full" in caplog.text
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("verify_vintages")


def test_the_proof_does_not_read_what_is_stored_or_kept(manager, accepted):
    materialise.roll_up()
    vintage = vintages.publish(actor=manager)
    connection.cursor().execute("UPDATE impact_rollup SET value = value + 1 WHERE value IS NOT NULL")
    cache.clear()
    snapshots.as_of(vintage.entry_id, Dimensions.read())

    assert vintages.verify(vintage) == []


# --- comparing


def compared(before: Vintage, after: Vintage | None = None, user=None):
    dimensions = Dimensions.read()
    to = after.entry_id if after else ledger.newest()
    return comparison.compare(before.entry_id, to, user, dimensions, upto=vintages.upto(before, after, dimensions))


def cells_at(seq: int):
    cells = rollups.compute(Selection(), ledger.resolve(seq), Dimensions.read())
    return {(cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter): cell for cell in cells}


def test_nothing_differs_between_a_vintage_and_itself(manager, accepted):
    vintage = vintages.publish(actor=manager)

    found = compared(vintage, vintage, manager)
    assert (found.cells, found.goals) == ((), ())


def test_a_correction_is_told_with_its_entry_alone(manager, accepted):
    factories.reported("snel", "2024Q4", figure("assignments", 5))
    before = vintages.publish(actor=manager)
    factories.reported("people", "2024Q3", company(7))
    correct("scale", "2025Q1", figure("assignments", 10), company(1), company(2), headcount(20, 8))
    correction = ledger.newest()

    found = compared(before, user=manager)

    assignments, scale = Indicator.objects.get(code="assignments"), Consortium.objects.get(slug="scale")
    (change,) = [
        row
        for row in found.cells
        if (row.change.after.consortium_id, row.change.after.action_line_id) == (scale.pk, None)
        and row.change.after.indicator_id == assignments.pk
        and row.change.after.quarter == Quarter.objects.get(pk="2025Q1").index
    ]
    assert change.change.measures == {"value": (12, 10), "trailingYear": (12, 10), "cumulative": (12, 10)}
    assert change.entries == (correction,)


def test_a_link_is_told_where_its_organisations_take_part(manager, accepted):
    factories.reported("snel", "2025Q1", company(3))
    factories.reported("people", "2025Q1", company(8))
    before = vintages.publish(actor=manager)
    entry = link(manager, 2, 3)
    correct("people", "2025Q1", company(8), company(9), company(10))
    correction = ledger.newest()

    found = compared(before, user=manager)

    hips = {row.slug: row.pk for row in Consortium.objects.all()}
    companies = Indicator.objects.get(code="companies").pk
    quarter = Quarter.objects.get(pk="2025Q1").index
    of = {
        row.change.after.consortium_id: row
        for row in found.cells
        if row.change.after.action_line_id is None
        and row.change.after.indicator_id == companies
        and row.change.after.quarter == quarter
    }
    assert of.keys() == {None, hips["people"]}
    assert of[hips["people"]].entries == (correction,)
    assert of[None].entries == (entry.seq, correction)


def test_the_entries_of_a_cell_do_not_tell_in_which_other_hip_a_linked_organisation_takes_part(manager, accepted):
    """Both HIPs that were corrected have every link; only who may look inside a HIP sees where it bears."""
    factories.OrganisationFactory(kvk_number="00000004")
    factories.reported("people", "2025Q1", company(9))
    before = vintages.publish(actor=manager)
    entry = link(manager, 1, 4)
    correct("scale", "2025Q1", company(1), company(2), company(6))
    correct("people", "2025Q1", company(9), company(7))

    companies = Indicator.objects.get(code="companies").pk
    hips = {row.pk: row.slug for row in Consortium.objects.all()}

    def where_it_is_told(user) -> set[str]:
        return {
            hips[row.change.after.consortium_id]
            for row in compared(before, user=user).cells
            if row.change.after.indicator_id == companies
            and row.change.after.consortium_id is not None
            and entry.seq in row.entries
        }

    coordinator = factories.user(Role.COORDINATOR, "snel")
    assert where_it_is_told(manager) == {"scale"}
    assert where_it_is_told(factories.user(Role.COORDINATOR, "people")) == {"scale"}
    for outsider in (None, coordinator):
        assert where_it_is_told(outsider) == {"scale", "people"}


def all_kinds_of_steps(manager) -> list[int]:
    """Something of every kind that can happen, and the seq after each."""
    first = Quarter.objects.get(index=0)
    for hip in Consortium.objects.exclude(slug="snel"):
        # So that one HIP alone completes the first quarter.
        office.set_participation(
            actor=manager,
            consortium=hip,
            start_date=first.end_date + timedelta(days=1),
            end_date=date(2027, 9, 30),
            reason="later begonnen",
        )
    factories.reported("snel", first, company(2))
    seqs = [ledger.newest()]

    def done() -> None:
        seqs.append(ledger.newest())

    factories.reported("snel", "2025Q1", company(2), company(3), figure("cofinancing-cash", 100, action_line=None))
    done()
    factories.reported("snel", "2025Q2", company(3), company(4), figure("learning-communities", 3))
    done()
    correct("scale", "2025Q1", figure("assignments", 13), company(9), headcount(20, 9))
    done()
    made = link(manager, 3, 2)
    done()
    office.close_quarter(actor=manager, quarter=first, reason="klaar")
    done()
    scale = Consortium.objects.get(slug="scale")
    office.set_participation(
        actor=manager, consortium=scale, start_date=date(2023, 10, 1), end_date=date(2025, 5, 1), reason="gestopt"
    )
    done()
    reporting.withdraw(actor=manager, consortium="snel", quarter="2025Q2", reason="dubbel")
    done()
    links.undo(actor=manager, seq=made.seq)
    done()
    for code in ("assignments", "cofinancing-cash", "companies"):
        indicator = Indicator.objects.get(code=code)
        old = indicator.definitions.get()
        office.define_indicator(
            actor=manager, indicator=indicator, from_quarter=Quarter.objects.get(pk="2025Q3"), kind=old.kind,
            unit=old.unit, source=old.source, rule=old.rule, by_action_line=old.by_action_line, meaning_nl="anders",
            meaning_en="other",
        )  # fmt: skip
        done()
    office.reopen_quarter(actor=manager, quarter=first, reason="vergissing")
    done()
    factories.ConsortiumFactory()
    done()
    goal = Goal.objects.first()
    office.revise_goal(
        actor=manager, goal=goal, baseline_value=Decimal(1), baseline_date=date(2023, 9, 30), target_value=Decimal(9),
        target_date=date(2027, 9, 30), decision="besluit", decided_on=date(2026, 1, 1),
        reason="herzien",
    )  # fmt: skip
    done()
    return seqs


def test_every_cell_that_differs_is_told_and_has_an_entry_that_bears_on_it(manager, accepted):
    seqs = all_kinds_of_steps(manager)
    dimensions = Dimensions.read()
    last = max(dimensions.quarters)
    kinds = dict(LedgerEntry.objects.values_list("seq", "kind"))
    cells = {seq: cells_at(seq) for seq in seqs}
    told = set()
    for first, second in [*pairwise(seqs), (seqs[0], seqs[-1]), (seqs[-1], seqs[2])]:
        found = comparison.compare(first, second, manager, dimensions, upto=last)
        old, new = cells[first], cells[second]
        keys = {
            (cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter)
            for row in found.cells
            for cell in [row.change.after]
        }
        assert {key for key in old.keys() & new.keys() if old[key] != new[key]} <= keys
        low, high = sorted((first, second))
        for row in found.cells:
            assert row.names
            assert row.entries
            assert all(low < seq <= high for seq in row.entries)
        for goal in found.goals:
            assert goal.entries
        told |= {kinds[seq] for row in (*found.cells, *found.goals) for seq in row.entries}
    assert told == set(EntryKind.values) - {EntryKind.SUCCESSION}


def test_a_kept_snapshot_is_what_would_be_computed(manager, accepted):
    seqs = all_kinds_of_steps(manager)
    dimensions = Dimensions.read()
    for seq in seqs[::2]:
        snapshots.as_of(seq, dimensions)
        kept = snapshots.as_of(seq, dimensions)
        assert {key: kept.cell(key) for key in kept.rows} == cells_at(seq)


def test_what_is_withheld_is_not_compared_either(manager, accepted):
    before = vintages.publish(actor=manager)
    correct("scale", "2025Q1", figure("assignments", 12), company(1), company(2), headcount(30, 9))

    everything, public = compared(before, user=manager), compared(before)

    students = Indicator.objects.get(code="students").pk
    assert any(
        row.change.after.indicator_id == students and row.change.after.action_line_id for row in everything.cells
    )
    assert {row.change.after.action_line_id for row in public.cells if row.change.after.indicator_id == students} == {
        None
    }


# --- what a report would make of them


def only(effect, hip: Consortium):
    """The part of an effect that a preview of this HIP shows."""
    return {
        (cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter): (change.before, cell)
        for change in effect.cells
        for cell in [change.after]
        if cell.consortium_id in (None, hip.pk)
    }


@pytest.mark.parametrize("case", ["first", "correction", "after withdrawal"])
def test_the_effect_of_acceptance_is_what_was_shown_before(manager, case):
    hip = Consortium.objects.get(slug="scale")
    factories.reported("snel", "2025Q1", company(2), company(3), figure("assignments", 4))
    factories.reported("scale", "2024Q4", company(1), figure("assignments", 4))
    coordinator = factories.user(Role.COORDINATOR, "scale")
    if case != "first":
        factories.reported("scale", "2025Q1", company(1), company(5), figure("assignments", 4), headcount(9, 3))
    if case == "correction":
        reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="telfout")
    if case == "after withdrawal":
        reporting.withdraw(actor=manager, consortium="scale", quarter="2025Q1", reason="dubbel")
    version = factories.reported(
        "scale", "2025Q1", company(1), company(2), figure("assignments", 6), factories.unidentified(3),
        headcount(20, 8), coordinator=coordinator, upto="submitted",
    )  # fmt: skip
    materialise.roll_up()
    dimensions, before = Dimensions.read(), ledger.resolve()
    preview = effects.of_version(version.report, version, before, dimensions)

    reporting.review(
        actor=factories.user(Role.REVIEWER), consortium="scale", quarter="2025Q1", decision="accept",
        content_hash=version.content_hash,
    )  # fmt: skip

    after = effects.between(before, ledger.resolve(), dimensions)
    assert preview.cells
    assert only(preview, hip) == only(after, hip)
    assert preview.goals == after.goals


def test_vintages_that_say_something_else_are_named_and_stay(manager, accepted):
    old = vintages.publish(actor=manager, code="oud", seq=ledger.newest())
    factories.reported("people", "2024Q4", company(1))
    new = vintages.publish(actor=manager, code="nieuw")
    published = [(row.sha256, row.sha256_full) for row in (old, new)]
    coordinator = factories.user(Role.COORDINATOR, "scale")
    reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="telfout")
    version = factories.reported(
        "scale", "2025Q1", figure("assignments", 13), coordinator=coordinator, upto="submitted"
    )
    effect = effects.of_version(version.report, version, ledger.resolve(), Dimensions.read())

    assert vintages.contradicted(effect.cells, Dimensions.read()) == [new, old]
    assert vintages.contradicted([], Dimensions.read()) == []
    same = [Change(change.before, change.before) for change in effect.cells]
    assert new not in vintages.contradicted(same, Dimensions.read())
    assert [hashes(row) for row in (old, new)] == published


def test_a_vintage_in_which_the_quarter_was_not_reported_yet_differs_as_well(manager, programme):
    vintage = vintages.publish(actor=manager)
    version = factories.reported("scale", "2025Q1", figure("assignments", 13), upto="submitted")
    effect = effects.of_version(version.report, version, ledger.resolve(), Dimensions.read())

    assert vintages.contradicted(effect.cells, Dimensions.read()) == [vintage]


def test_the_last_report_of_a_closed_quarter_changes_what_the_preview_says_in_every_hip(manager, programme):
    first, *rest = Consortium.objects.order_by("number")
    # The first quarter of all: its trailing year has no other.
    quarter = Quarter.objects.order_by("index").first()
    for hip in rest:
        factories.reported(hip.slug, quarter.pk, company(1))
    version = factories.reported(first.slug, quarter.pk, company(2), upto="submitted")
    office.close_quarter(actor=manager, quarter=quarter, reason="klaar")
    dimensions, before = Dimensions.read(), ledger.resolve()
    preview = effects.of_version(version.report, version, before, dimensions)

    reporting.review(
        actor=factories.user(Role.REVIEWER), consortium=first.slug, quarter=quarter.pk, decision="accept",
        content_hash=version.content_hash,
    )  # fmt: skip

    after = effects.between(before, ledger.resolve(), dimensions)
    assert preview.cells == after.cells
    assert preview.goals == after.goals
    others = {row.after.consortium_id for row in preview.cells if row.before.is_final != row.after.is_final}
    assert others >= {hip.pk for hip in rest}, "the status is one of all HIPs"


def _completions(numerator, denominator):
    return figure("training-completions", action_line="lifelong-learning", numerator=numerator, denominator=denominator)


def test_a_ratio_of_the_same_share_on_other_numbers_names_the_vintage(manager, programme):
    coordinator = factories.user(Role.COORDINATOR, "scale")
    factories.reported("scale", "2025Q1", _completions(4, 5), coordinator=coordinator)
    vintage = vintages.publish(actor=manager)
    reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="telfout")
    version = factories.reported("scale", "2025Q1", _completions(40, 50), coordinator=coordinator, upto="submitted")
    effect = effects.of_version(version.report, version, ledger.resolve(), Dimensions.read())

    assert vintages.contradicted(effect.cells, Dimensions.read()) == [vintage]


def test_how_many_queries_a_comparison_takes_does_not_depend_on_how_much_changed(manager, accepted):
    before = vintages.publish(actor=manager)
    factories.reported("snel", "2025Q1", company(2))

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            compared(before, user=manager)
        return len(captured)

    few = queries()
    for slug in ("people", "greenport"):
        hip = factories.ConsortiumFactory(slug=slug) if slug == "greenport" else slug
        factories.reported(hip, "2025Q1", company(4), company(5))
    assert queries() == few
