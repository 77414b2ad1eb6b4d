"""What the database itself refuses, whoever asks and however: each rule broken by SQL."""

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, transaction

from consortia import clock
from consortia.models import Programme
from impact import ledger, reporting
from impact import programme as office
from impact.models import EntryKind, Goal, LedgerEntry, Quarter, ReportVersion, VersionStatus
from tests import factories

pytestmark = pytest.mark.django_db


def refused(sql, *parameters, using="default", error=IntegrityError):
    """Whether the database refuses the statement, and as what."""
    with pytest.raises(error), transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture
def submitted(programme):
    return factories.reported("scale", "2025Q1", upto="submitted")


@pytest.fixture
def accepted(programme):
    return factories.reported("scale", "2025Q1")


CONTENT = ["impact_figure", "impact_participation", "impact_unidentifiedcount", "impact_headcount"]


@pytest.mark.parametrize("table", CONTENT)
def test_submitted_content_cannot_be_changed_removed_or_added_to(submitted, table):
    refused(f"UPDATE {table} SET position = position + 100 WHERE version_id = %s", submitted.pk)
    refused(f"DELETE FROM {table} WHERE version_id = %s", submitted.pk)
    columns = {
        "impact_figure": "indicator_id, action_line_id, value, numerator, denominator",
        "impact_participation": "organisation_id, kvk_number, institution_code, name, organisation_type, postcode, "
        "size_class, action_line_id, involvement",
        "impact_unidentifiedcount": "action_line_id, count",
        "impact_headcount": '"group", category, action_line_id, institution_code, headcount, first_time',
    }[table]
    refused(
        f"INSERT INTO {table} (version_id, position, {columns}) "
        f"SELECT version_id, 99, {columns} FROM {table} WHERE version_id = %s",
        submitted.pk,
    )


def test_a_row_cannot_be_moved_from_a_submitted_version_into_a_draft(submitted):
    draft = factories.reported("people", "2025Q1", factories.company(1), upto="draft")

    refused("UPDATE impact_figure SET version_id = %s WHERE version_id = %s", draft.pk, submitted.pk)


def test_what_was_said_with_a_submission_is_frozen_too(submitted):
    for column in ("comment", "content_hash", "correction_reason"):
        refused(
            f"UPDATE impact_reportversion SET {column} = repeat('a', 64), status = 'returned', "
            "reviewed_by_id = %s, reviewed_at = now(), reviewed_hash = repeat('a', 64) WHERE id = %s",
            factories.user("reviewer").pk,
            submitted.pk,
        )


def test_a_submitted_version_cannot_become_a_draft_again(submitted):
    refused(
        "UPDATE impact_reportversion SET status = 'draft', submitted_by_id = NULL, submitted_at = NULL WHERE id = %s",
        submitted.pk,
    )
    refused("DELETE FROM impact_reportversion WHERE id = %s", submitted.pk)


def test_an_accepted_version_does_not_change_any_more(accepted):
    refused("UPDATE impact_reportversion SET review_comment = 'x' WHERE id = %s", accepted.pk)


def accept_by_sql(version, user, seen=None):
    refused(
        "UPDATE impact_reportversion SET status = 'accepted', reviewed_by_id = %s, reviewed_at = now(), "
        "reviewed_hash = %s WHERE id = %s",
        user.pk,
        seen or version.content_hash,
        version.pk,
    )


def test_nobody_accepts_what_they_submitted(submitted):
    accept_by_sql(submitted, submitted.submitted_by)


def test_nobody_accepts_what_they_entered(programme):
    author = factories.user("contributor", "scale")
    factories.reported("scale", "2025Q1", upto="draft", coordinator=author)
    coordinator = factories.user("coordinator", "scale")
    version = reporting.submit(actor=coordinator, consortium="scale", quarter="2025Q1")

    accept_by_sql(version, author)


def test_only_the_content_that_was_seen_is_accepted(submitted):
    accept_by_sql(submitted, factories.user("reviewer"), seen="0" * 64)


def test_an_author_cannot_be_taken_away_or_added_later(submitted):
    refused("DELETE FROM impact_versionauthor", error=DatabaseError)
    refused(
        "INSERT INTO impact_versionauthor (version_id, user_id) VALUES (%s, %s)",
        submitted.pk,
        factories.user("reviewer").pk,
    )


def test_a_version_cannot_be_born_submitted(programme, submitted):
    refused(
        "INSERT INTO impact_reportversion (report_id, number, status, opened_by_id, opened_at, content_hash, "
        "correction_code, correction_reason, comment, warnings, review_comment, review_remarks, reviewed_hash, "
        "submitted_by_id, submitted_at) SELECT report_id, 9, 'submitted', opened_by_id, opened_at, content_hash, "
        "'', '', '', '[]', '', '[]', '', submitted_by_id, submitted_at FROM impact_reportversion WHERE id = %s",
        submitted.pk,
    )


def test_a_report_has_one_open_version(submitted):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportVersion.objects.create(
            report=submitted.report, number=2, opened_by=submitted.opened_by, content_hash="0" * 64
        )


def test_only_an_accepted_version_counts_and_by_who_accepted_it(submitted):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.append(
            kind=EntryKind.COUNTS, actor=factories.user("reviewer"), report=submitted.report, version=submitted
        )


def test_a_version_starts_to_count_once(accepted):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.append(kind=EntryKind.COUNTS, actor=accepted.reviewed_by, report=accepted.report, version=accepted)


def test_nothing_can_be_withdrawn_that_does_not_count(submitted):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.append(kind=EntryKind.WITHDRAWN, actor=None, report=submitted.report, reason="x")


@pytest.mark.parametrize(
    "table", ["ledgerentry", "reportevent", "versionauthor", "goalrevision", "indicatordefinition", "milestone"]
)
def test_the_application_role_has_no_grant_to_change_ledger_and_audit(programme, table):
    for statement in (f"UPDATE impact_{table} SET id = id", f"DELETE FROM impact_{table}"):
        refused(
            statement.replace("id = id", "seq = seq" if table == "ledgerentry" else "id = id"), error=ProgrammingError
        )
    refused(f"TRUNCATE impact_{table} CASCADE", error=ProgrammingError)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_owner_is_stopped_by_the_triggers_as_well(programme):
    version = factories.reported("scale", "2025Q1")

    refused("UPDATE impact_figure SET value = 1 WHERE version_id = %s", version.pk, using="owner")
    refused("UPDATE impact_ledgerentry SET reason = 'x'", using="owner")
    refused("DELETE FROM impact_ledgerentry", using="owner")
    refused("DELETE FROM impact_reportevent", using="owner")
    refused("UPDATE impact_goalrevision SET target_value = 1", using="owner")


def test_the_application_role_cannot_touch_the_schema(programme):
    refused("CREATE TABLE mine (id int)", error=ProgrammingError)
    refused("ALTER TABLE impact_figure DISABLE TRIGGER ALL", error=ProgrammingError)
    refused("DROP TRIGGER give_seq ON impact_ledgerentry", error=ProgrammingError)
    refused("SET session_replication_role = replica", error=ProgrammingError)


def test_the_ledger_takes_its_own_sequence_and_time(programme):
    newest = ledger.newest()
    LedgerEntry.objects.create(
        seq=newest + 500, kind=EntryKind.QUARTER_CLOSED, quarter=Quarter.objects.get(pk="2024Q1")
    )

    assert ledger.newest() == newest + 1
    assert LedgerEntry.objects.filter(pk=newest + 500).count() == 0


def test_a_replayed_time_is_accepted_for_demonstration_data_only(programme):
    with clock.at(clock.now()), pytest.raises(IntegrityError), transaction.atomic():
        office.close_quarter(actor=None, quarter=Quarter.objects.get(pk="2024Q1"))


def test_demonstration_data_cannot_be_declared_afterwards(programme):
    with pytest.raises(IntegrityError), transaction.atomic():
        Programme.objects.update(is_demo=True)


@pytest.mark.parametrize(
    "change",
    ["end_date = end_date + 1", "start_date = start_date - 1", "index = index + 20"],
)
def test_the_dates_of_a_quarter_are_fixed(programme, change):
    refused(f"UPDATE impact_quarter SET {change} WHERE id = '2025Q1'")


def test_what_a_goal_looks_at_is_fixed(programme):
    goal = Goal.objects.get(code="companies")
    refused("UPDATE impact_goal SET measure = 'cumulative' WHERE id = %s", goal.pk)
    refused("UPDATE impact_indicator SET code = 'firms' WHERE code = 'companies'")


def figure_by_sql(version, indicator, line, **numbers):
    numbers = {"value": None, "numerator": None, "denominator": None} | numbers
    refused(
        "INSERT INTO impact_figure (version_id, position, indicator_id, action_line_id, value, numerator, denominator) "
        "VALUES (%s, 50, (SELECT id FROM impact_indicator WHERE code = %s), "
        "(SELECT id FROM consortia_actionline WHERE code = %s), %s, %s, %s)",
        version.pk,
        indicator,
        line,
        *numbers.values(),
    )


def test_a_figure_fits_its_definition(programme):
    draft = factories.reported("scale", "2025Q1", factories.company(1), upto="draft")

    figure_by_sql(draft, "companies", "talent", value=1)
    figure_by_sql(draft, "assignments", None, value=1)
    figure_by_sql(draft, "assignments", "talent", value="1.5")
    figure_by_sql(draft, "assignments", "talent", value=-1)
    figure_by_sql(draft, "assignments", "talent", value=1_000_000_001)
    figure_by_sql(draft, "assignments", "talent", numerator=1, denominator=2)
    figure_by_sql(draft, "assignments", "talent")
    figure_by_sql(draft, "cofinancing-cash", "talent", value=1)
    figure_by_sql(draft, "training-completions", "talent", value=1)
    figure_by_sql(draft, "training-completions", "talent", numerator=3, denominator=2)


def test_rows_of_a_draft_keep_to_their_ranges_and_forms(programme):
    draft = factories.reported("scale", "2025Q1", upto="draft")

    refused("UPDATE impact_participation SET kvk_number = '123' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_participation SET kvk_number = '', institution_code = '' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_participation SET postcode = '1234AB' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_participation SET organisation_type = 'club' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_participation SET size_class = 'huge' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_participation SET involvement = 'friend' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_headcount SET first_time = headcount + 1 WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_headcount SET category = 'phd' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_headcount SET \"group\" = 'parents' WHERE version_id = %s", draft.pk)
    refused("UPDATE impact_unidentifiedcount SET count = -1 WHERE version_id = %s", draft.pk)
    assert ReportVersion.objects.get(pk=draft.pk).status == VersionStatus.DRAFT
    assert connection.vendor == "postgresql"


def test_a_report_cannot_be_moved_to_another_quarter_or_hip(accepted):
    refused("UPDATE impact_quarterlyreport SET quarter_id = '2027Q1' WHERE id = %s", str(accepted.report_id))
    refused(
        "UPDATE impact_quarterlyreport SET consortium_id = (SELECT id FROM consortia_consortium WHERE slug = 'snel') "
        "WHERE id = %s",
        str(accepted.report_id),
    )


def test_no_temporary_table_can_stand_in_for_a_real_one(programme):
    refused("CREATE TEMP TABLE impact_reportversion (LIKE public.impact_reportversion)", error=ProgrammingError)


def test_every_guard_reads_the_real_tables(programme):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'impact\\_%' "
            "AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']"
        )
        assert cursor.fetchall() == []


def test_the_programme_cannot_be_made_a_demonstration_by_replacing_it(programme):
    refused("DELETE FROM consortia_programme")
    refused("INSERT INTO consortia_programme SELECT * FROM consortia_programme")


def test_the_action_lines_are_fixed_once_the_ledger_has_begun(programme):
    refused("DELETE FROM consortia_actionline WHERE code = 'talent'")
    refused("UPDATE consortia_actionline SET code = 'skills' WHERE code = 'talent'")
    refused(
        'INSERT INTO consortia_actionline (code, "order", name_nl, name_en, short_nl, short_en, definition_nl, '
        "definition_en) VALUES ('sport', 9, 'sport', 'sport', '', '', '', '')"
    )
