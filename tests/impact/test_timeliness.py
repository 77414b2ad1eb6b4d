"""In time, late, missing or not expected; how complete; and that no later decision changes what it was."""

from dataclasses import fields
from datetime import date, datetime, time

import pytest
from django.db import IntegrityError, connection, transaction

from consortia import clock
from consortia.models import Consortium
from impact import extensions, ledger, obligations, programme, punctuality, reporting, timeliness
from impact.due_dates import DueDates
from impact.models import EntryKind, IndicatorDefinition, Kind, LedgerEntry, Quarter, ReportVersion, Source
from impact.punctuality import Mark
from tests import factories
from tests.factories import company, figure, headcount, unidentified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"


def at(month, day, hour=12, year=2025):
    return clock.at(datetime.combine(date(year, month, day), time(hour), tzinfo=clock.AMSTERDAM))


@pytest.fixture
def manager():
    return factories.user("manager")


def hand_in(*parts, consortium=HIP, period=PERIOD):
    return factories.reported(consortium, period, *parts, upto="submitted")


def of(actor, *, consortium=HIP, period=PERIOD, **options):
    key = Consortium.objects.get(slug=consortium).pk, Quarter.objects.get(pk=period).index
    return timeliness.of_reports(actor, ledger.resolve(), **options)[key]


def refused(sql, *parameters, error=IntegrityError):
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.mark.parametrize(
    ("month", "day", "hour", "mark", "days"),
    [(4, 30, 23, Mark.IN_TIME, 0), (5, 1, 0, Mark.LATE, 1), (6, 9, 12, Mark.LATE, 40), (4, 1, 0, Mark.IN_TIME, 0)],
)
def test_a_report_is_in_time_until_the_end_of_the_due_date_in_amsterdam(manager, month, day, hour, mark, days):
    with at(month, day, hour):
        hand_in()

    found = of(manager)

    assert (found.mark, found.days_late, found.due_date) == (mark, days, date(2025, 4, 30))


def test_what_was_never_handed_in_is_missing_once_its_day_has_passed(manager):
    with at(4, 30, 23):
        assert (of(manager).mark, of(manager).days_late) == (Mark.NOT_YET, 0)
    with at(5, 2):
        assert (of(manager).mark, of(manager).days_late) == (Mark.MISSING, 2)


def test_a_hip_that_took_no_part_is_not_expected(manager):
    hip = Consortium.objects.get(slug=HIP)
    programme.set_participation(
        actor=manager, consortium=hip, start_date=date(2023, 9, 1), end_date=date(2024, 12, 31), reason="gestopt"
    )

    assert of(manager).mark == Mark.NOT_EXPECTED
    assert of(manager, period="2024Q4").mark == Mark.MISSING


def test_no_later_extension_turns_late_into_in_time(manager):
    with at(5, 3):
        hand_in()
    with at(5, 4):
        programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD),
            due_date=date(2025, 6, 1), reason="achteraf",
        )  # fmt: skip

    assert (of(manager).mark, of(manager).days_late, of(manager).is_extended) == (Mark.LATE, 3, False)


def test_an_extension_that_is_ended_afterwards_does_not_turn_in_time_into_late(manager):
    with at(4, 20):
        extension = programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD),
            due_date=date(2025, 6, 1), reason="ziekte",
        )  # fmt: skip
    with at(5, 10):
        hand_in()
        extensions.end(actor=manager, extension_id=extension.pk, last_day=date(2025, 5, 10), reason="klaar")

    assert (of(manager).mark, of(manager).due_date, of(manager).is_extended) == (Mark.IN_TIME, date(2025, 6, 1), True)


def test_another_due_date_of_the_quarter_does_not_change_what_was_handed_in(manager):
    with at(5, 3):
        hand_in()
    Quarter.objects.filter(pk=PERIOD).update(due_date=date(2025, 5, 31))

    assert (of(manager).mark, of(manager).due_date) == (Mark.LATE, date(2025, 4, 30))
    assert of(manager, consortium="people").due_date == date(2025, 5, 31)


def test_returning_correcting_and_withdrawing_leave_the_first_submission_as_it_was(manager):
    with at(4, 10):
        version = hand_in()
    reviewer = factories.user("reviewer")
    where = {"consortium": HIP, "quarter": PERIOD}
    reporting.review(actor=reviewer, decision="return", content_hash=version.content_hash, comment="nee", **where)
    factories.reported(HIP, PERIOD)
    reporting.withdraw(actor=manager, reason="dubbel", **where)

    assert (of(manager).mark, of(manager).handed_in_at) == (Mark.IN_TIME, version.submitted_at)


def test_an_old_quarter_that_is_filled_in_afterwards_stays_late(manager):
    factories.reported(HIP, "2023Q3")

    found = of(manager, period="2023Q3")

    assert (found.mark, found.days_late) == (Mark.LATE, (clock.today() - date(2023, 10, 30)).days)


def test_as_of_an_earlier_moment_it_is_what_it_was_then(manager):
    moment = datetime(2025, 5, 5, 12, tzinfo=clock.AMSTERDAM)
    with clock.at(moment):
        before = timeliness.of_reports(manager, ledger.resolve())
    with at(5, 6):
        hand_in()
        programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug="people"), quarter=Quarter.objects.get(pk=PERIOD),
            due_date=date(2025, 6, 1), reason="achteraf",
        )  # fmt: skip

    assert timeliness.of_reports(manager, ledger.resolve(), moment=moment) == before
    assert of(manager, moment=moment).mark == Mark.MISSING


def test_as_of_an_earlier_moment_the_due_date_is_the_one_that_was_known_then(manager):
    with at(4, 20):
        programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD),
            due_date=date(2025, 6, 1), reason="ziekte",
        )  # fmt: skip
        hand_in()
    before = clock.now()
    known = timeliness.of_reports(manager, ledger.resolve(), moment=before)
    Quarter.objects.filter(pk=PERIOD).update(due_date=date(2025, 5, 31))
    between = clock.now()
    Quarter.objects.filter(pk=PERIOD).update(due_date=date(2027, 1, 31))

    assert timeliness.of_reports(manager, ledger.resolve(), moment=before) == known
    assert of(manager, moment=before).is_extended
    days = [of(manager, consortium="people", moment=moment).due_date for moment in (before, between, None)]
    assert days == [date(2025, 4, 30), date(2025, 5, 31), date(2027, 1, 31)]
    marks = [of(manager, consortium="people", moment=moment).mark for moment in (before, between, None)]
    assert marks == [Mark.MISSING, Mark.MISSING, Mark.NOT_YET]


def test_the_database_keeps_the_due_date_and_counts_like_the_portal(manager):
    with at(4, 20):
        programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD),
            due_date=date(2025, 5, 20), reason="ziekte",
        )  # fmt: skip
        version = hand_in()
    report = ReportVersion.objects.select_related("report__quarter").get(pk=version.pk).report

    assert version.due_date == obligations.deadline_of(report).due_date == date(2025, 5, 20)
    refused("UPDATE impact_reportversion SET due_date = %s WHERE id = %s", date(2026, 1, 1), version.pk)
    draft = factories.reported("people", PERIOD, upto="draft")
    refused("UPDATE impact_reportversion SET due_date = %s WHERE id = %s", date(2026, 1, 1), draft.pk)


def test_what_was_submitted_before_the_due_date_was_kept_is_judged_by_what_was_granted_then(manager):
    with at(5, 3):
        version = hand_in()
    report = version.report
    version.due_date = None
    with at(5, 4):
        programme.extend(
            actor=manager, consortium=report.consortium, quarter=report.quarter, due_date=date(2025, 6, 1), reason="x"
        )

    found = punctuality.of_report(report, version, DueDates())
    assert (found.days_late, found.due_date, found.is_extended) == (3, date(2025, 4, 30), False)


def test_late_means_one_thing_wherever_it_is_counted(manager):
    """A return, a correction or a withdrawal makes nothing late, and nothing that came late in time."""

    def accept(slug, version):
        reporting.review(
            actor=factories.user("reviewer"), decision="accept", content_hash=version.content_hash, consortium=slug,
            quarter=PERIOD,
        )  # fmt: skip

    with at(4, 20):
        factories.reported(HIP, PERIOD, upto="returned")
        factories.reported("greenchain-nh", PERIOD, upto="submitted")
        withdrawn = hand_in(consortium="people")
    with at(5, 3):
        accepted = hand_in(consortium="snel")
        factories.reported("hip-11", PERIOD, upto="returned")
    accept("people", withdrawn)
    accept("snel", accepted)
    reporting.withdraw(actor=manager, consortium="people", quarter=PERIOD, reason="dubbel")
    state, quarter = ledger.resolve(), Quarter.objects.get(pk=PERIOD)
    owed = {row.report.consortium.slug: row for row in obligations.of_consortia(manager, state, quarter=quarter)}
    times = timeliness.of_reports(manager, state, quarters=[quarter.index])

    assert {slug for slug, row in owed.items() if row.is_late and not row.is_overdue} == {"snel", "hip-11"}
    assert not {HIP, "people", "greenchain-nh"} & {slug for slug, row in owed.items() if row.is_late}
    assert [owed["hip-11"].punctuality.days_late, owed[HIP].punctuality.days_late] == [3, 0]
    for row in owed.values():
        judged = times[row.report.consortium_id, quarter.index]
        same = {field.name: getattr(judged, field.name) for field in fields(row.punctuality)}
        assert row.punctuality == punctuality.Punctuality(**same)


# --- completeness


def _define(manager, code, period, source=Source.ENTERED):
    definition = IndicatorDefinition.objects.filter(indicator__code=code).latest("pk")
    return programme.define_indicator(
        actor=manager, indicator=definition.indicator, from_quarter=Quarter.objects.get(pk=period), kind=Kind.FLOW,
        unit=definition.unit, source=source, meaning_nl="x", meaning_en="x", reason="nieuw",
    )  # fmt: skip


def test_complete_counts_entered_indicators_groups_of_people_and_lists_with_a_row(manager):
    hand_in(
        figure("assignments", 3), figure("assignments", 0, action_line="talent"), figure("trainings", 0),
        headcount(5, 5, category="mbo"), headcount(5, 1, category="hbo"), company(1),
    )  # fmt: skip
    entered = IndicatorDefinition.objects.filter(source=Source.ENTERED).count()

    first = of(manager).first

    assert (len(first.asked), len(first.filled)) == (entered + 4 + 2, 2 + 1 + 1)
    assert ("section", "unidentifiedCompanies") in first.missing
    assert ("group", "teachers") in first.missing


def test_the_first_submission_and_what_counts_are_told_apart(manager):
    factories.reported(HIP, PERIOD, figure("assignments", 3))
    reporting.correct(actor=manager, consortium=HIP, quarter=PERIOD, reason="aanvulling")
    factories.reported(HIP, PERIOD, figure("assignments", 3), company(1), unidentified(0))

    found = of(manager)

    assert (len(found.first.filled), len(found.counting.filled)) == (1, 3)


def test_an_indicator_that_is_added_later_makes_no_earlier_report_less_complete(manager):
    hand_in(figure("assignments", 3))
    before = of(manager).first
    indicator = LedgerEntry.objects.filter(kind=EntryKind.DEFINITION).latest("seq").definition.indicator
    new = type(indicator).objects.create(code="nieuw", order=999, name_nl="Nieuw", name_en="New")
    programme.define_indicator(
        actor=manager, indicator=new, from_quarter=Quarter.objects.get(pk=PERIOD), kind=Kind.FLOW, unit="x",
        source=Source.ENTERED, meaning_nl="x", meaning_en="x",
    )  # fmt: skip

    hand_in(figure("assignments", 3), consortium="people")

    assert of(manager).first == before
    assert len(of(manager, consortium="people").first.asked) == len(before.asked) + 1


# --- many of them


def test_rates_leave_out_what_is_not_due_or_not_expected(manager):
    with at(4, 10):
        hand_in()
    with at(5, 2):
        hand_in(consortium="people")
    with at(5, 10):
        quarter = Quarter.objects.get(pk=PERIOD).index
        programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug="snel"), quarter=Quarter.objects.get(pk=PERIOD),
            due_date=date(2025, 6, 1), reason="ziekte",
        )  # fmt: skip
        found = timeliness.rate(timeliness.of_reports(manager, ledger.resolve(), quarters=[quarter]).values())

    assert (found.in_time, found.late, found.missing, found.due) == (1, 1, 12, 14)
    assert timeliness.rate([]).share is None


def test_somebody_sees_the_hips_whose_reports_they_see(manager):
    state = ledger.resolve()
    own = {Consortium.objects.get(slug=HIP).pk}

    assert {hip for hip, _quarter in timeliness.of_reports(factories.user("coordinator", HIP), state)} == own
    assert timeliness.of_reports(factories.user("reader"), state) == {}
    assert len({hip for hip, _quarter in timeliness.of_reports(factories.user("reviewer"), state)}) == 15


def test_all_hips_and_quarters_take_as_many_queries_as_one(manager, django_assert_max_num_queries):
    hand_in()
    state = ledger.resolve()
    one = {"consortia": [Consortium.objects.get(slug=HIP).pk], "quarters": [Quarter.objects.get(pk=PERIOD).index]}
    timeliness.of_reports(manager, state)
    with django_assert_max_num_queries(10) as few:
        timeliness.of_reports(manager, state, **one)
    for slug in ("people", "snel"):
        for period in ("2024Q4", "2025Q2"):
            hand_in(consortium=slug, period=period)

    with django_assert_max_num_queries(len(few)):
        timeliness.of_reports(manager, state)
