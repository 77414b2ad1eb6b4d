"""The demonstration data: plausible, invented for all to see, and never mixed with real data."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.db.models import F
from pytest_django import DjangoDbBlocker

from consortia import clock, identifiers
from consortia.models import Consortium, Membership, Organisation, Programme, User
from impact import content, demo, demo_figures, demo_history, ledger, materialise, quarters, reference, rollups
from impact.demo_figures import Asked
from impact.demo_world import World
from impact.models import (
    EntryKind,
    Extension,
    Figure,
    LedgerEntry,
    OutboxMessage,
    Participation,
    Quarter,
    QuarterlyReport,
    ReportVersion,
)
from impact.reference_programme import FIRST_QUARTER
from impact.rollups import Cell, Dimensions, Selection
from impact.standing import standing

NOW = datetime(2024, 11, 20, 12, tzinfo=UTC)
"""Five quarters have ended, the newest fifty days ago."""
COMPANIES = 300
PASSWORD = "a password of the demo"


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A small one, made once for this module, as if it were November 2024."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.at(NOW):
            demo.seed(full=True, password=PASSWORD, companies=COMPANIES)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(demonstration: None, db: None) -> None:
    """The demonstration, for one test."""


def status_of(consortium: str, period: str) -> str:
    return str(standing(User.objects.get(email="manager@demo.example"), consortium, period).status)


def cell(indicator: str, period: int, consortium: str | None = None, *, seq: int | None = None) -> Cell:
    dimensions = Dimensions.read()
    pk = next(row.pk for row in dimensions.indicators.values() if row.code == indicator)
    hip = None if consortium is None else Consortium.objects.get(slug=consortium).pk
    selection = Selection(consortia=[hip], action_lines=[None], indicators=[pk], quarters=[period])
    return rollups.compute(selection, ledger.resolve(seq), dimensions)[0]


# --- the whole


def test_every_role_has_its_account(seeded: None):
    roles = {
        (row.user.email.removesuffix("@demo.example"), row.role, row.consortium and row.consortium.number)
        for row in Membership.objects.select_related("user", "consortium")
    }

    assert roles == {
        ("manager", "manager", None),
        ("reviewer", "reviewer", None),
        ("reviewer2", "reviewer", None),
        ("reader", "reader", None),
        ("contributor-01", "contributor", 1),
        *((f"coordinator-{number:02}", "coordinator", number) for number in range(1, 16)),
    }
    assert all(user.is_demo and user.is_active and user.check_password(PASSWORD) for user in User.objects.all())


def test_the_programme_is_marked_as_a_demonstration(seeded: None):
    assert Programme.objects.get().is_demo


def test_no_real_company_or_school_is_meant(seeded: None):
    invented = Organisation.objects.exclude(kvk_number=None, institution_code=None)

    assert set(Participation.objects.values_list("organisation", flat=True)) <= {row.pk for row in invented}
    for row in invented:
        assert row.name.startswith("Demo") or not row.is_listed
        assert row.kvk_number is None or "00000001" <= row.kvk_number <= "00999999"
        assert row.institution_code is None or row.institution_code.startswith("99X")
        assert not identifiers.holds_bsn(f"{row.name} {row.kvk_number}")


def test_about_as_many_companies_take_part_as_asked_for(seeded: None):
    names = Participation.objects.filter(organisation_type="company").values("kvk_number").distinct()

    assert 0.8 * COMPANIES <= names.count() <= COMPANIES


def test_companies_are_in_several_hips_and_lines(seeded: None):
    counting = ledger.resolve().counting
    rows = Participation.objects.filter(version__in=[row.version_id for row in counting], organisation_type="company")
    hips = Counter(pk for pk, _hip in set(rows.values_list("organisation", "version__report__consortium")))
    lines = Counter(pk for pk, _line in set(rows.values_list("organisation", "action_line")))

    assert 0.05 < sum(number > 1 for number in hips.values()) / len(hips) < 0.3
    assert 0.1 < sum(number > 1 for number in lines.values()) / len(lines) < 0.5


def test_most_of_the_companies_are_small_or_medium(seeded: None):
    share = cell("companies-sme", 3).measures.value / cell("companies", 3).measures.value

    assert 0.6 < share < 0.9


def test_the_number_of_companies_grows(seeded: None):
    ever = [cell("companies", period).measures.cumulative for period in range(4)]

    assert ever == sorted(set(ever))


def test_every_entered_indicator_is_reported(seeded: None):
    entered = {row.code for row in reference.INDICATORS if not row.rule}

    assert set(Figure.objects.values_list("indicator__code", flat=True)) == entered


def test_every_derived_indicator_has_a_value(seeded: None):
    for row in reference.INDICATORS:
        assert cell(row.code, 3).measures.value, row.code


# --- the stories


def test_something_waits_for_everybody_in_the_newest_quarter(seeded: None):
    statuses = {slug: status_of(slug, "2024Q3") for slug in Consortium.objects.values_list("slug", flat=True)}

    assert statuses["scale"] == "draft"
    assert statuses["people"] == "submitted"
    assert statuses["digital-industry-boost"] == "returned"
    assert statuses["hip-11"] == "notStarted"
    assert Counter(statuses.values())["accepted"] == 11


def test_the_returned_report_says_what_to_do(seeded: None):
    version = ReportVersion.objects.get(report__consortium__slug="digital-industry-boost", report__quarter="2024Q3")

    assert version.review_comment
    assert version.review_remarks[0]["pointer"] == "/figures/0/value"
    assert version.figures.first().indicator.code == "assignments"


def test_the_draft_of_the_newest_quarter_is_the_contributors(seeded: None):
    version = ReportVersion.objects.get(report__consortium__slug="scale", report__quarter="2024Q3")

    assert [author.user.email for author in version.authors.all()] == ["contributor-01@demo.example"]
    assert version.participations.exists()
    assert not version.headcounts.exists()


def test_older_quarters_are_complete_and_closed_but_the_newest_two(seeded: None):
    assert ledger.closed_quarters() == {"2023Q3", "2023Q4", "2024Q1"}
    for period in range(4):
        assert cell("companies", period).coverage.reported == 15
    assert cell("companies", 2).is_final
    assert not cell("companies", 3).is_final


def test_one_hip_is_late(seeded: None):
    late = [
        version.report.consortium.slug
        for version in ReportVersion.objects.filter(number=1, submitted_at__isnull=False).select_related(
            "report__consortium", "report__quarter"
        )
        if version.submitted_at.astimezone(clock.AMSTERDAM).date() > version.report.quarter.due_date
    ]

    assert set(late) == {"hip-11"}
    assert len(late) == 4


def test_the_late_hip_once_asked_for_more_time(seeded: None):
    extension = Extension.objects.get()

    assert (extension.report.consortium.slug, extension.report.quarter_id) == ("hip-11", "2024Q2")
    assert extension.due_date > extension.report.quarter.due_date


def test_a_nil_report_counts_as_reported_zero(seeded: None):
    for indicator in ("companies", "students", "assignments", "cofinancing", "learning-communities"):
        found = cell(indicator, 0, "hip-13")
        assert found.measures.value == 0, indicator
        assert found.coverage.reported == 1, indicator
    completions = cell("training-completions", 0, "hip-13")
    assert completions.measures.value is None
    assert completions.coverage.reported == 1


def test_one_quarter_was_corrected_and_the_past_kept(seeded: None):
    report = QuarterlyReport.objects.get(consortium__slug="greenchain-nh", quarter="2024Q1")
    first, second = LedgerEntry.objects.filter(report=report)

    assert report.versions.get(number=2).correction_reason
    before, after = (cell("assignments", 2, "greenchain-nh", seq=entry.seq).measures.value for entry in (first, second))
    assert before > after


def test_one_report_was_returned_and_handed_in_again(seeded: None):
    versions = ReportVersion.objects.filter(report__consortium__slug="hip-09", report__quarter="2023Q4")

    assert [version.status for version in versions] == ["returned", "accepted"]


def test_nobody_reviewed_their_own_work(seeded: None):
    reviewed = ReportVersion.objects.filter(reviewed_by__isnull=False)

    assert reviewed.exists()
    assert not reviewed.filter(authors__user=F("reviewed_by")).exists()
    assert set(reviewed.values_list("reviewed_by__email", flat=True)) == {
        "reviewer@demo.example",
        "reviewer2@demo.example",
    }


# --- time


def test_the_ledger_rises_strictly_and_never_passes_now(seeded: None):
    times = list(LedgerEntry.objects.exclude(recorded_at=demo.START).values_list("recorded_at", flat=True))

    assert times == sorted(set(times))
    assert times[-1] < NOW
    loaded = LedgerEntry.objects.filter(recorded_at=demo.START)
    assert set(loaded.values_list("kind", flat=True)) == {EntryKind.PARTICIPATION, EntryKind.DEFINITION, EntryKind.GOAL}


def test_as_of_a_past_time_less_was_known(seeded: None):
    then = ledger.seq_at(datetime(2024, 6, 1, tzinfo=UTC))

    assert cell("companies", 3, seq=then).measures.value is None
    assert cell("companies", 2, seq=then).measures.value > 0
    assert cell("companies", 4, seq=then).measures.cumulative < cell("companies", 4).measures.cumulative


def test_the_stored_roll_ups_are_what_the_ledger_says(seeded: None):
    seq, differences = materialise.verify()

    assert seq == ledger.newest()
    assert differences == []
    assert not OutboxMessage.objects.filter(done_at=None).exists()


# --- the same again


def content_of(seed: int, hip: int, index: int) -> list[object]:
    world = World(seed=seed, companies=200, quarters=6)
    return list(demo_figures.report(Asked(world, seed, hip, index)))


def test_the_same_seed_gives_the_same_content():
    assert content_of(1, 5, 3) == content_of(1, 5, 3)
    assert content_of(1, 5, 3) != content_of(2, 5, 3)


def test_what_was_stored_is_what_the_seed_gives(seeded: None):
    world = World(seed=demo.SEED, companies=COMPANIES, quarters=5)
    lines = demo_figures.report(Asked(world, demo.SEED, 5, 3))
    stored = ReportVersion.objects.get(report__consortium__number=5, report__quarter="2024Q2")

    assert stored.content_hash == content.digest(lines)


def test_the_days_of_a_history_leave_room_for_its_stories():
    """Returned, then handed in again; counted, then corrected: whatever the seed, in this order."""
    calendar = [quarters.from_ordinal(FIRST_QUARTER.ordinal + index) for index in range(4)]
    periods = [
        Quarter(pk=row.id, index=index, start_date=row.start_date, end_date=row.end_date, due_date=row.due_date)
        for index, row in enumerate(calendar)
    ]
    for seed in range(200):
        history = demo_history.History(
            cast=None, world=None, seed=seed, consortia=[], quarters=periods, now=datetime(2025, 1, 1, tzinfo=UTC)
        )
        for number, index, story in ((9, 1, "returned_once"), (7, 2, "corrected"), (11, 1, "handed_in")):
            report = demo_history._Report(history, Consortium(number=number), periods[index])
            moments = [step.at for step in getattr(report, story)()]
            assert moments == sorted(moments)
            assert moments[0].date() > periods[index].end_date
