"""Follow-up marks: who makes them, who sees them, and what no writer can do to them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.models import Role, User
from impact import follow_ups, reporting
from impact.models import FollowUp, OutboxMessage
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q2"
WHERE = {"consortium": HIP, "quarter": PERIOD}
PLACE = "/figures/assignments/innovation"


@pytest.fixture
def reviewer(programme: None) -> User:
    return factories.user(Role.REVIEWER)


@pytest.fixture
def manager(programme: None) -> User:
    return factories.user(Role.MANAGER)


def _mark(actor: User, owner: User | None = None, **fields: object) -> FollowUp:
    given = {"text": "Bellen over de opdrachten.", "place": PLACE, "due_date": clock.today() + timedelta(days=7)}
    return follow_ups.mark(actor=actor, owner=owner or actor, **{**WHERE, **given, **fields})


def _told() -> list[int]:
    return [row.payload["follow_up"] for row in OutboxMessage.objects.filter(kind="follow-up").order_by("id")]


def test_a_mark_for_somebody_else_is_told_and_one_for_oneself_is_not(reviewer: User, manager: User) -> None:
    _mark(reviewer)
    given = _mark(reviewer, owner=manager)

    assert _told() == [given.pk]


def test_whoever_gets_a_mark_or_another_day_is_told_and_nothing_is_told_twice(reviewer: User, manager: User) -> None:
    mark = _mark(reviewer)
    later = mark.due_date + timedelta(days=3)

    follow_ups.hand_over(actor=reviewer, follow_up=mark.pk, owner=manager, due_date=mark.due_date)
    follow_ups.hand_over(actor=reviewer, follow_up=mark.pk, owner=manager, due_date=mark.due_date)
    follow_ups.hand_over(actor=manager, follow_up=mark.pk, owner=manager, due_date=later)

    mark.refresh_from_db()
    assert (mark.owner, mark.due_date) == (manager, later)
    assert _told() == [mark.pk]


def test_a_mark_stays_with_the_report_over_its_versions(reviewer: User) -> None:
    factories.reported(HIP, PERIOD, upto="returned", reviewer=reviewer, comment="Kijk nog eens.")
    mark = _mark(reviewer)

    factories.reported(HIP, PERIOD, factories.company(1), factories.company(2), reviewer=reviewer)

    assert list(follow_ups.visible_to(reviewer)) == [mark]


def test_a_mark_changes_nothing_that_a_save_or_a_review_builds_on(reviewer: User) -> None:
    version = factories.reported(HIP, PERIOD, upto="submitted")
    before = version.report.revision

    _mark(reviewer)
    reviewed = reporting.review(actor=reviewer, decision="accept", content_hash=version.content_hash, **WHERE)

    assert (FollowUp.objects.get().report.revision, reviewed.status) == (before + 1, "accepted")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CONTRIBUTOR])
def test_a_hip_neither_makes_nor_sees_marks(role: Role, reviewer: User) -> None:
    mark = _mark(reviewer)
    person = factories.user(role, HIP)

    assert not follow_ups.visible_to(person).exists()
    with pytest.raises(NotPermitted):
        _mark(person, owner=reviewer)
    with pytest.raises(NotVisible):
        follow_ups.finish(actor=person, follow_up=mark.pk)
    with pytest.raises(NotVisible):
        follow_ups.hand_over(actor=person, follow_up=mark.pk, owner=reviewer, due_date=mark.due_date)


def test_a_reader_does_not_learn_that_there_are_marks(reviewer: User) -> None:
    _mark(reviewer)

    assert not follow_ups.visible_to(factories.user(Role.READER)).exists()


def test_only_the_office_can_own_a_mark(reviewer: User) -> None:
    coordinator = factories.user(Role.COORDINATOR, HIP)

    assert set(follow_ups.owners()) == {reviewer}
    with pytest.raises(Refused) as refused:
        _mark(reviewer, owner=coordinator)
    assert [problem.pointer for problem in refused.value.problems] == ["/owner"]


def test_everything_wrong_with_a_mark_is_said_at_once(reviewer: User) -> None:
    yesterday = clock.today() - timedelta(days=1)

    with pytest.raises(Refused) as refused:
        _mark(
            reviewer,
            owner=factories.user(Role.READER),
            text="  ",
            place="/figures/nothing/innovation",
            due_date=yesterday,
        )

    pointers = {problem.pointer for problem in refused.value.problems}
    assert pointers == {"/owner", "/text", "/place", "/dueDate"}
    assert not FollowUp.objects.exists()


def test_what_has_been_dealt_with_is_not_given_to_anybody(reviewer: User, manager: User) -> None:
    mark = _mark(reviewer)

    follow_ups.finish(actor=manager, follow_up=mark.pk)
    again = follow_ups.finish(actor=reviewer, follow_up=mark.pk)

    assert again.done_by == manager
    with pytest.raises(NotAllowedNow):
        follow_ups.hand_over(actor=reviewer, follow_up=mark.pk, owner=manager, due_date=mark.due_date)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE impact_followup SET text = 'iets anders'",
        "UPDATE impact_followup SET place = ''",
        "UPDATE impact_followup SET marked_at = now()",
        "UPDATE impact_followup SET done_at = now()",
        "UPDATE impact_followup SET text = ''",
        "INSERT INTO impact_followup (report_id, place, text, owner_id, due_date, marked_by_id, marked_at, done_by_id,"
        " done_at) SELECT report_id, place, text, owner_id, due_date, marked_by_id, marked_at, owner_id, now()"
        " FROM impact_followup",
    ],
)
def test_no_writer_makes_a_mark_say_something_else(statement: str, reviewer: User) -> None:
    _mark(reviewer)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_no_writer_opens_again_what_has_been_dealt_with(reviewer: User) -> None:
    follow_ups.finish(actor=reviewer, follow_up=_mark(reviewer).pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.update(done_by=None, done_at=None)


def test_the_application_cannot_remove_a_mark(reviewer: User) -> None:
    _mark(reviewer)

    with pytest.raises(ProgrammingError), transaction.atomic():
        FollowUp.objects.all()._raw_delete("default")
