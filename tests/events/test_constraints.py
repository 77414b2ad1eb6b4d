"""What the database itself refuses, whoever asks it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.events.factories import (
    EventFactory,
    GoodPracticeFactory,
    cancelled_event,
    published_event,
    published_practice,
)
from tests.factories import ConsortiumFactory

pytestmark = pytest.mark.django_db


def change(table: str, key: Any, assignment: str, *values: Any) -> None:
    """As somebody would with a database client."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {assignment} WHERE id = %s", [*values, key])


@pytest.mark.parametrize(
    ("constraint", "assignment"),
    [
        ("meeting_kind_known", "kind = 'party'"),
        ("event_format_known", "format = 'elsewhere'"),
        ("event_has_title", "title_nl = ' '"),
        ("event_start_with_end", "ends_at = NULL"),
        ("event_ends_after_start", "ends_at = starts_at"),
        ("event_online_by_https", "online_url = 'http://example.org'"),
        ("event_published_since", "published_at = now()"),
        ("event_published_since", "status = 'published'"),
        ("event_published_since", "status = 'secret', published_at = now()"),
        ("event_cancelled_has_reason", "cancelled_reason_nl = 'zomaar'"),
    ],
)
def test_a_draft_event_cannot_be_what_is_never_true(constraint: str, assignment: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        change("events_event", EventFactory().pk, assignment)


@pytest.mark.parametrize(
    ("constraint", "assignment"),
    [
        ("event_published_since", "published_at = NULL"),
        ("event_published_since", "status = 'draft'"),
        ("event_published_has_time", "starts_at = NULL, ends_at = NULL"),
        ("event_published_has_summary", "summary_nl = ''"),
        ("event_published_has_organiser", "organiser = ''"),
        ("event_published_online_has_address", "format = 'online'"),
        ("event_published_online_has_address", "format = 'hybrid'"),
        ("event_published_on_site_has_location", "location = ' '"),
        ("event_cancelled_has_reason", "status = 'cancelled'"),
    ],
)
def test_a_public_event_cannot_lose_what_it_needs(constraint: str, assignment: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        change("events_event", published_event().pk, assignment)


def test_a_cancelled_event_keeps_its_reason() -> None:
    with pytest.raises(IntegrityError, match="event_cancelled_has_reason"):
        change("events_event", cancelled_event().pk, "cancelled_reason_nl = ''")


def test_an_event_has_one_organiser() -> None:
    hip = ConsortiumFactory(takes_part=False)

    with pytest.raises(IntegrityError, match="event_one_organiser"):
        change("events_event", EventFactory().pk, "organised_by_id = %s", hip.pk)


@pytest.mark.parametrize(
    ("constraint", "assignment"),
    [
        ("practice_status_known", "status = 'secret', published_at = now()"),
        ("practice_licence_known", "licence = 'mine'"),
        ("practice_has_title", "title_nl = ' '"),
        ("practice_published_since", "status = 'published'"),
        ("practice_published_since", "published_at = now()"),
        ("practice_withdrawn_has_reason", "withdrawn_reason = 'zomaar'"),
    ],
)
def test_a_draft_practice_cannot_be_what_is_never_true(constraint: str, assignment: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        change("events_goodpractice", GoodPracticeFactory().pk, assignment)


@pytest.mark.parametrize(
    ("constraint", "assignment"),
    [
        ("practice_published_since", "published_at = NULL"),
        ("practice_withdrawn_has_reason", "status = 'withdrawn'"),
        *(
            ("practice_published_is_whole", f"{field} = ' '")
            for field in ("summary_nl", "problem_nl", "approach_nl", "results_nl", "contact", "source")
        ),
    ],
)
def test_a_public_practice_cannot_lose_what_it_needs(constraint: str, assignment: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        change("events_goodpractice", published_practice().pk, assignment)


def test_two_practices_cannot_share_an_address() -> None:
    first, second = GoodPracticeFactory(), GoodPracticeFactory()

    with pytest.raises(IntegrityError, match="slug"):
        change("events_goodpractice", second.pk, "slug = %s", first.slug)
