"""The commands on events and good practices."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from consortia import clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.models import Role, User
from events import publishing
from events.models import Event, EventStatus, GoodPractice, PracticeStatus
from events.publishing import TRANSITIONS, Step
from tests.events.factories import (
    EventFactory,
    GoodPracticeFactory,
    cancelled_event,
    local,
    published_event,
    published_practice,
)
from tests.factories import ConsortiumFactory, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return user(Role.MANAGER)


def fields_of(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {problem.pointer for problem in refusal.value.problems}


# --- publishing


def test_a_published_event_is_seen_by_everybody_and_a_draft_by_the_office_alone(manager: User) -> None:
    event = EventFactory()

    assert list(Event.objects.visible_to(AnonymousUser())) == []
    assert list(Event.objects.visible_to(user(Role.REVIEWER))) == []
    assert list(Event.objects.visible_to(manager)) == [event]

    publishing.publish_event(actor=manager, event_id=event.pk)

    assert list(Event.objects.visible_to(AnonymousUser())) == [event]


def test_publishing_keeps_the_moment(manager: User) -> None:
    moment = local("2026-10-01 09:00")

    with clock.at(moment):
        event = publishing.publish_event(actor=manager, event_id=EventFactory().pk)

    assert (event.status, event.published_at, event.updated_at) == (EventStatus.PUBLISHED, moment, moment)
    assert event.sequence == 0


def test_all_that_is_missing_is_said_at_once(manager: User) -> None:
    event = EventFactory(
        summary_nl=" ", starts_at=None, ends_at=None, format="hybrid", location="", online_url="", organiser=""
    )

    with pytest.raises(Refused) as refusal:
        publishing.publish_event(actor=manager, event_id=event.pk)

    assert fields_of(refusal) == {"/summary_nl", "/starts_at", "/ends_at", "/online_url", "/location", "/organiser"}
    event.refresh_from_db()
    assert event.status == EventStatus.DRAFT


@pytest.mark.parametrize(
    ("event_format", "missing"), [("online", "/online_url"), ("onSite", "/location"), ("hybrid", "/online_url")]
)
def test_each_format_needs_its_own_place(manager: User, event_format: str, missing: str) -> None:
    location = "" if event_format == "onSite" else "Voorbeeldplein 1, Utrecht"
    event = EventFactory(format=event_format, location=location, online_url="")

    with pytest.raises(Refused) as refusal:
        publishing.publish_event(actor=manager, event_id=event.pk)

    assert fields_of(refusal) == {missing}


def test_a_hip_can_be_the_organiser(manager: User) -> None:
    hip = ConsortiumFactory(takes_part=False)
    event = EventFactory(organised_by=hip, organiser="")

    assert publishing.publish_event(actor=manager, event_id=event.pk).organiser_name == hip.name


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER])
def test_who_may_not_configure_may_not_publish(role: Role) -> None:
    person = user(role)
    event, public = EventFactory(), published_event()

    with pytest.raises(NotVisible):
        publishing.publish_event(actor=person, event_id=event.pk)
    with pytest.raises(NotPermitted):
        publishing.cancel(actor=person, event_id=public.pk, reason="daarom")


def test_permission_is_judged_before_the_state_and_the_state_before_the_input(manager: User) -> None:
    event = cancelled_event()

    with pytest.raises(NotPermitted):
        publishing.cancel(actor=user(Role.READER), event_id=event.pk, reason="")
    with pytest.raises(NotAllowedNow):
        publishing.cancel(actor=manager, event_id=event.pk, reason="")


def test_what_does_not_exist_is_not_visible(manager: User) -> None:
    with pytest.raises(NotVisible):
        publishing.publish_event(actor=manager, event_id=uuid4())
    with pytest.raises(NotVisible):
        publishing.withdraw(actor=manager, slug="nergens", reason="daarom")


# --- changing what is public


def test_rescheduling_raises_the_sequence_and_keeps_what_was_left_out(manager: User) -> None:
    event = published_event()

    moved = publishing.reschedule(
        actor=manager, event_id=event.pk, starts_at=local("2026-12-01 10:00"), ends_at=local("2026-12-01 12:00")
    )

    assert (moved.sequence, moved.status) == (1, EventStatus.PUBLISHED)
    assert (moved.starts_at, moved.location) == (local("2026-12-01 10:00"), event.location)


def test_rescheduling_to_the_same_time_and_place_announces_nothing(manager: User) -> None:
    event = published_event()

    same = publishing.reschedule(
        actor=manager, event_id=event.pk, starts_at=event.starts_at, ends_at=event.ends_at, location=event.location
    )

    assert (same.sequence, same.updated_at) == (0, event.updated_at)


def test_rescheduling_refuses_an_end_before_the_start_and_a_format_without_its_place(manager: User) -> None:
    event = published_event()

    with pytest.raises(Refused) as refusal:
        publishing.reschedule(
            actor=manager,
            event_id=event.pk,
            starts_at=event.starts_at,
            ends_at=event.starts_at - timedelta(hours=1),
            event_format="online",
            online_url="http://example.org/sessie",
        )

    assert fields_of(refusal) == {"/ends_at", "/online_url"}
    event.refresh_from_db()
    assert (event.sequence, event.format) == (0, "onSite")


def test_a_corrected_text_raises_the_sequence_once(manager: User) -> None:
    event = published_event()
    texts = {"title_nl": "Betere titel", "summary_nl": "Beter verteld."}

    assert publishing.revise_event(actor=manager, event_id=event.pk, texts=texts).sequence == 1
    assert publishing.revise_event(actor=manager, event_id=event.pk, texts=texts).sequence == 1


@pytest.mark.parametrize("texts", [{"status": "draft"}, {"starts_at": None}, {"sequence": 9}])
def test_revising_changes_texts_and_nothing_else(manager: User, texts: dict[str, object]) -> None:
    event = published_event()

    with pytest.raises(Refused):
        publishing.revise_event(actor=manager, event_id=event.pk, texts=texts)


def test_a_public_event_cannot_lose_what_it_needs(manager: User) -> None:
    event = published_event()

    with pytest.raises(Refused) as refusal:
        publishing.revise_event(actor=manager, event_id=event.pk, texts={"summary_nl": "", "title_nl": "x" * 151})

    assert fields_of(refusal) == {"/summary_nl", "/title_nl"}


def test_a_cancelled_event_stays_in_sight_with_the_reason(manager: User) -> None:
    event = published_event()

    off = publishing.cancel(actor=manager, event_id=event.pk, reason=" De spreker is ziek. ", reason_en="Speaker ill.")

    assert (off.status, off.sequence) == (EventStatus.CANCELLED, 1)
    assert (off.cancelled_reason_nl, off.cancelled_reason_en) == ("De spreker is ziek.", "Speaker ill.")
    assert list(Event.objects.visible_to(AnonymousUser())) == [off]


def test_calling_off_needs_a_reason(manager: User) -> None:
    with pytest.raises(Refused) as refusal:
        publishing.cancel(actor=manager, event_id=published_event().pk, reason="  ")

    assert fields_of(refusal) == {"/reason"}


# --- good practices


def test_a_withdrawn_practice_is_out_of_sight_and_can_return(manager: User) -> None:
    practice = published_practice()

    withdrawn = publishing.withdraw(actor=manager, slug=practice.slug, reason="achterhaald")
    assert (withdrawn.status, withdrawn.withdrawn_reason) == (PracticeStatus.WITHDRAWN, "achterhaald")
    assert list(GoodPractice.objects.visible_to(AnonymousUser())) == []
    assert list(GoodPractice.objects.visible_to(manager)) == [practice]

    again = publishing.publish_practice(actor=manager, slug=practice.slug)
    assert (again.status, again.withdrawn_reason) == (PracticeStatus.PUBLISHED, "")
    assert list(GoodPractice.objects.visible_to(AnonymousUser())) == [practice]


def test_a_practice_is_published_whole_or_not_at_all(manager: User) -> None:
    practice = GoodPracticeFactory(problem_nl="", results_nl=" ", source="")

    with pytest.raises(Refused) as refusal:
        publishing.publish_practice(actor=manager, slug=practice.slug)

    assert fields_of(refusal) == {"/problem_nl", "/results_nl", "/source"}


def test_the_address_of_a_practice_does_not_change_by_revising(manager: User) -> None:
    practice = published_practice()

    with pytest.raises(Refused):
        publishing.revise_practice(actor=manager, slug=practice.slug, texts={"slug": "anders"})
    revised = publishing.revise_practice(actor=manager, slug=practice.slug, texts={"pitfalls_nl": "Begin op tijd."})

    assert revised.pitfalls_nl == "Begin op tijd."


# --- the table


def step_on_event(step: Step, actor: User, event: Event) -> Event:
    if step == Step.PUBLISH:
        return publishing.publish_event(actor=actor, event_id=event.pk)
    if step == Step.REVISE:
        return publishing.revise_event(actor=actor, event_id=event.pk, texts={"title_nl": "Nieuw"})
    if step == Step.RESCHEDULE:
        times = {"starts_at": local("2026-12-01 10:00"), "ends_at": local("2026-12-01 12:00")}
        return publishing.reschedule(actor=actor, event_id=event.pk, **times)
    return publishing.cancel(actor=actor, event_id=event.pk, reason="daarom")


@pytest.mark.parametrize("step", [Step.PUBLISH, Step.REVISE, Step.RESCHEDULE, Step.CANCEL])
@pytest.mark.parametrize("status", EventStatus.values)
def test_events_follow_the_table(manager: User, status: str, step: Step) -> None:
    event = {"draft": EventFactory, "published": published_event, "cancelled": cancelled_event}[status]()
    following = TRANSITIONS[Event][status].get(step)

    if following is None:
        with pytest.raises(NotAllowedNow):
            step_on_event(step, manager, event)
    else:
        assert step_on_event(step, manager, event).status == following


def step_on_practice(step: Step, actor: User, practice: GoodPractice) -> GoodPractice:
    if step == Step.PUBLISH:
        return publishing.publish_practice(actor=actor, slug=practice.slug)
    if step == Step.REVISE:
        return publishing.revise_practice(actor=actor, slug=practice.slug, texts={"title_nl": "Nieuw"})
    return publishing.withdraw(actor=actor, slug=practice.slug, reason="daarom")


@pytest.mark.parametrize("step", [Step.PUBLISH, Step.REVISE, Step.WITHDRAW])
@pytest.mark.parametrize("status", PracticeStatus.values)
def test_good_practices_follow_the_table(manager: User, status: str, step: Step) -> None:
    practice = GoodPracticeFactory() if status == "draft" else published_practice()
    if status == "withdrawn":
        practice = publishing.withdraw(actor=manager, slug=practice.slug, reason="achterhaald")
    following = TRANSITIONS[GoodPractice][status].get(step)

    if following is None:
        with pytest.raises(NotAllowedNow):
            step_on_practice(step, manager, practice)
    else:
        assert step_on_practice(step, manager, practice).status == following


@pytest.mark.django_db(transaction=True)
def test_two_people_who_call_off_at_once_call_off_once() -> None:
    event = published_event()
    people = [user(Role.MANAGER), user(Role.MANAGER)]
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def call_off(person: User) -> None:
        try:
            together.wait(timeout=10)
            publishing.cancel(actor=person, event_id=event.pk, reason="daarom")
            outcomes.append("done")
        except NotAllowedNow:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=call_off, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    event.refresh_from_db()
    assert sorted(outcomes) == ["done", "too late"]
    assert event.sequence == 1
