"""What the database holds to what a reviewer returned: each rule broken by SQL, as the application and as owner."""

from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from consortia.models import Role, User
from impact.models import VersionStatus
from tests import factories
from tests.impact.test_returning import ROWS, fill, returned, undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(programme: Any) -> User:
    return factories.user(Role.COORDINATOR, "scale")


@pytest.fixture
def reviewer(programme: Any) -> User:
    return factories.user(Role.REVIEWER)


def refused_by_sql(sql: str, *parameters: Any, using: str = "default", match: str | None = None) -> None:
    with (
        pytest.raises(IntegrityError, match=match),
        transaction.atomic(using=using),
        connections[using].cursor() as cursor,
    ):
        cursor.execute(sql, parameters)


HAND_IN = (
    "UPDATE impact_reportversion SET status = 'submitted', submitted_by_id = opened_by_id, submitted_at = now() "
    "WHERE id = %s"
)
CHANGES = {
    "figure": "UPDATE impact_figure SET value = value + 1 WHERE version_id = %s AND value = 5",
    "ratio": "UPDATE impact_figure SET denominator = 60 WHERE version_id = %s AND denominator = 50",
    "gone": "DELETE FROM impact_figure WHERE version_id = %s AND value = 12500.25",
    "new": "INSERT INTO impact_figure (version_id, position, indicator_id, action_line_id, value) "
    "SELECT version_id, 90, indicator_id, (SELECT id FROM consortia_actionline WHERE code = 'infrastructure'), 1 "
    "FROM impact_figure WHERE version_id = %s AND value = 5",
    "organisation": "UPDATE impact_participation SET name = 'Anders BV' "
    "WHERE version_id = %s AND kvk_number = '00000002'",
    "number": "UPDATE impact_participation SET kvk_number = '00000003' "
    "WHERE version_id = %s AND kvk_number = '00000002'",
    "taken out": "DELETE FROM impact_participation WHERE version_id = %s AND kvk_number = '00000002'",
    "count": "UPDATE impact_unidentifiedcount SET count = 4 WHERE version_id = %s",
    "people": "UPDATE impact_headcount SET first_time = 0 WHERE version_id = %s AND headcount = 120",
}


def test_no_sql_hands_in_what_was_fixed_otherwise(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0", "/participations/00000001", "/headcounts/1")
    draft = fill(coordinator, *ROWS)

    for change in CHANGES.values():
        with undone():
            with connections["default"].cursor() as cursor:
                cursor.execute(change, [draft.pk])
                assert cursor.rowcount == 1, change
            refused_by_sql(HAND_IN, draft.pk, match="only what the reviewer returned")


def test_sql_may_change_what_was_returned(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/1", "/participations/00000002", "/headcounts/0", "/unidentifiedCompanies")
    draft = fill(coordinator, *ROWS)
    with connections["default"].cursor() as cursor:
        for change in ("figure", "organisation", "count", "people"):
            cursor.execute(CHANGES[change], [draft.pk])
        cursor.execute(HAND_IN, [draft.pk])

    draft.refresh_from_db()
    assert draft.status == VersionStatus.SUBMITTED


def test_what_may_change_cannot_be_widened(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0")
    draft = fill(coordinator, *ROWS)

    for places in ("NULL", "'{/figures}'", "'{}'"):
        refused_by_sql(f"UPDATE impact_reportversion SET fixed_except = {places} WHERE id = %s", draft.pk)
    refused_by_sql("UPDATE impact_reportversion SET prefilled_from_id = NULL WHERE id = %s", draft.pk)


def test_a_version_begins_with_what_was_returned_and_nothing_else(coordinator: User, reviewer: User) -> None:
    before = returned(coordinator, reviewer, "/figures/0")

    def born(places: str, source: int | None = before.pk) -> tuple[str, Any]:
        return (
            "INSERT INTO impact_reportversion (report_id, number, status, opened_by_id, opened_at, content_hash, "
            "correction_code, correction_reason, comment, warnings, review_comment, review_remarks, reviewed_hash, "
            "fixed_except, prefilled_from_id) SELECT report_id, number + 1, 'draft', opened_by_id, opened_at, "
            f"content_hash, '', '', '', '[]', '', '[]', '', {places}, %s FROM impact_reportversion "
            f"WHERE id = {before.pk}",
            source,
        )

    for places in ("NULL", "'{/figures}'", "'{}'", "'{/figures/assignments/innovation,/figures}'"):
        refused_by_sql(*born(places))
    refused_by_sql(*born("'{/figures/assignments/innovation}'", None))
    with connections["default"].cursor() as cursor:
        sql, source = born("'{/figures/assignments/innovation}'")
        cursor.execute(sql, [source])
        assert cursor.rowcount == 1


def test_nothing_is_fixed_by_hand_where_nothing_was_returned(coordinator: User) -> None:
    draft = factories.reported("scale", "2025Q1", *ROWS, upto="draft", coordinator=coordinator)

    refused_by_sql("UPDATE impact_reportversion SET fixed_except = '{/figures}' WHERE id = %s", draft.pk)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_owner_is_stopped_as_well(coordinator: User, reviewer: User) -> None:
    returned(coordinator, reviewer, "/figures/0")
    draft = fill(coordinator, *ROWS)

    refused_by_sql("UPDATE impact_reportversion SET fixed_except = NULL WHERE id = %s", draft.pk, using="owner")
    with connections["owner"].cursor() as cursor:
        cursor.execute(CHANGES["people"], [draft.pk])
    refused_by_sql(HAND_IN, draft.pk, using="owner", match="only what the reviewer returned")
