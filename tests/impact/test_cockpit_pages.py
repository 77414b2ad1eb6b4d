"""The cockpit, accepting several reports, and follow-up marks as pages."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia import clock
from consortia.models import Consortium, Role, User
from impact import follow_ups
from impact.models import FollowUp, LedgerEntry, ReportVersion
from tests import factories
from tests.factories import company, figure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PERIODS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
PERIOD = "2026Q1"
COCKPIT = f"/en/beoordelen?kwartaal={PERIOD}"
ACCEPT = "/en/beoordelen/goedkeuren"
MARKS = "/en/beoordelen/opvolging"


@pytest.fixture
def reviewer(programme: None) -> User:
    return factories.user(Role.REVIEWER, name="Rosa Reviewer")


@pytest.fixture
def client(reviewer: User) -> Client:
    return _signed_in(reviewer)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def _past(*hips: str) -> None:
    for hip in hips:
        for period in PERIODS:
            factories.reported(hip, period, figure("assignments", 20), company(1))


def _handed_in(hip: str, assignments: int = 21, **fields: Any) -> ReportVersion:
    return factories.reported(hip, PERIOD, figure("assignments", assignments), company(1), company(2), **fields)


def _ticked(response: Any) -> list[str]:
    boxes = re.findall(
        r'<input type="checkbox" name="rapport" value="([a-z0-9-]+):[0-9a-f]{64}"( checked)?', response.content.decode()
    )
    return [slug for slug, checked in boxes if checked]


def _tickable(response: Any) -> list[str]:
    return re.findall(r'<input type="checkbox" name="rapport" value="([a-z0-9-]+):', response.content.decode())


def _value(version: ReportVersion) -> str:
    return f"{version.report.consortium.slug}:{version.content_hash}"


# --- the quarter


def test_the_cockpit_says_what_is_in_what_is_odd_and_what_becomes_of_the_goals(client: Client) -> None:
    _past("scale", "people")
    _handed_in("scale", 400, upto="submitted")
    _handed_in("people", upto="draft")

    text = _text(client.get(COCKPIT))

    assert "1 submitted · 1 being filled in · 13 not started · 0 accepted" in text
    assert "+380" in text
    assert "the four quarters before: always 20" in text
    assert "“Zo was het.”" in text
    assert "If everything that waits is accepted" in text
    assert "1 → 2" in text


def test_only_reports_without_odd_values_are_ticked_to_begin_with(client: Client) -> None:
    _past("scale", "people")
    _handed_in("scale", 400, upto="submitted")
    _handed_in("people", upto="submitted")

    page = client.get(COCKPIT)

    assert _tickable(page) == ["scale", "people"] or set(_tickable(page)) == {"scale", "people"}
    assert _ticked(page) == ["people"]


def test_ones_own_report_is_shown_as_such_and_cannot_be_ticked() -> None:
    both = factories.user(Role.REVIEWER)
    both.memberships.create(role=Role.COORDINATOR, consortium=Consortium.objects.get(slug="scale"))
    _handed_in("scale", upto="submitted", coordinator=both)
    _handed_in("people", upto="submitted")

    page = _signed_in(both).get(COCKPIT)

    assert _tickable(page) == ["people"]
    assert "your own" in _text(page)


def test_a_manager_looks_and_ticks_nothing() -> None:
    _handed_in("scale", upto="submitted")

    page = _signed_in(factories.user(Role.MANAGER)).get(COCKPIT)

    assert page.status_code == 200
    assert _tickable(page) == []


def test_the_cockpit_takes_as_many_queries_for_one_report_as_for_four(client: Client) -> None:
    def queries(*hips: str) -> tuple[int, int]:
        """With nothing kept of what was reckoned, and with all of it."""
        _past(*hips)
        for hip in hips:
            _handed_in(hip, 400, upto="submitted")
        client.get(COCKPIT)
        cache.clear()
        numbers = []
        for _time in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(COCKPIT).status_code == 200
            numbers.append(len(captured))
        return numbers[0], numbers[1]

    assert queries("scale") == queries("people", "snel", "greenchain-nh")


# --- accepting several


def test_the_confirmation_shows_the_effect_of_exactly_the_ticked_reports(client: Client) -> None:
    first = _handed_in("scale", upto="submitted")
    factories.reported("people", PERIOD, figure("assignments", 20), company(7), upto="submitted")

    page = client.get(ACCEPT, {"kwartaal": PERIOD, "rapport": [_value(first)]})

    assert "Accept 1 report?" in _text(page)
    assert "→ 2" in _text(page)
    assert "→ 3" not in _text(page)
    assert ReportVersion.objects.filter(status="accepted").count() == 0


def test_several_reports_are_accepted_and_the_exceptions_are_listed(client: Client, reviewer: User) -> None:
    fit, changed, gone = (
        _handed_in("scale", upto="submitted"),
        _handed_in("people", upto="submitted"),
        _handed_in("snel", reviewer=factories.user(Role.REVIEWER)),
    )
    stale = f"people:{'0' * 64}"

    page = client.post(ACCEPT, {"kwartaal": PERIOD, "rapport": [_value(fit), stale, _value(gone)]})

    text = _text(page)
    assert "1 report accepted" in text
    assert "2 were not accepted" in text
    assert "not the content that you saw" in text
    fit.refresh_from_db()
    changed.refresh_from_db()
    assert (fit.status, changed.status) == ("accepted", "submitted")


def test_accepting_the_same_reports_twice_changes_nothing_and_says_so(client: Client) -> None:
    version = _handed_in("scale", upto="submitted")
    sent = {"kwartaal": PERIOD, "rapport": [_value(version), _value(version)]}
    client.post(ACCEPT, sent)
    entries = LedgerEntry.objects.count()

    again = client.post(ACCEPT, sent)

    assert LedgerEntry.objects.count() == entries
    assert "you had accepted it already" in _text(again)


def test_nobody_accepts_their_own_report_by_asking_for_it_directly() -> None:
    both = factories.user(Role.REVIEWER)
    both.memberships.create(role=Role.COORDINATOR, consortium=Consortium.objects.get(slug="scale"))
    version = _handed_in("scale", upto="submitted", coordinator=both)
    client = _signed_in(both)

    before = client.get(ACCEPT, {"kwartaal": PERIOD, "rapport": [_value(version)]})
    after = client.post(ACCEPT, {"kwartaal": PERIOD, "rapport": [_value(version)]})

    version.refresh_from_db()
    assert version.status == "submitted"
    assert "you entered or submitted this yourself" in _text(before)
    assert "1 was not accepted" in _text(after)


def test_only_reviewers_accept_several_reports() -> None:
    version = _handed_in("scale", upto="submitted")

    for role in (Role.MANAGER, Role.READER):
        answer = _signed_in(factories.user(role)).post(ACCEPT, {"kwartaal": PERIOD, "rapport": [_value(version)]})
        assert answer.status_code == 403
    version.refresh_from_db()
    assert version.status == "submitted"


@pytest.mark.parametrize(
    "sent", [{}, {"kwartaal": "2199Q1"}, {"kwartaal": PERIOD, "rapport": ["nothing", ":", "scale:x"]}]
)
def test_whatever_is_asked_for_is_answered(client: Client, sent: dict[str, Any]) -> None:
    assert client.get(ACCEPT, sent).status_code == 200
    assert client.post(ACCEPT, sent).status_code == 200


# --- follow-up marks


def _mark(owner: User, days: int = 5, hip: str = "scale", text: str = "Bellen over de opdrachten.") -> FollowUp:
    return follow_ups.mark(
        actor=owner,
        consortium=hip,
        quarter=PERIOD,
        text=text,
        owner=owner,
        due_date=clock.today() + timedelta(days=days),
        place="/figures/assignments/innovation",
    )


def test_a_place_is_marked_and_stands_on_the_report_in_the_cockpit_and_in_the_list(
    client: Client, reviewer: User
) -> None:
    _past("scale")
    _handed_in("scale", 400, upto="submitted")
    due = clock.today() + timedelta(days=5)

    answer = client.post(
        f"/en/beoordelen/scale/{PERIOD}/opvolging",
        {
            "place": "/figures/assignments/innovation",
            "text": "Bel Coby.",
            "owner": reviewer.pk,
            "due_date": due.isoformat(),
        },
    )

    assert answer.status_code == 302
    assert "Bel Coby." in _text(client.get(f"/en/beoordelen/scale/{PERIOD}"))
    assert "Bel Coby." in _text(client.get(MARKS))
    assert "Bel Coby." in _text(client.get("/en/werk"))
    assert "follow-up Rosa Reviewer" in _text(client.get(COCKPIT))


def test_a_mark_that_lacks_something_is_shown_again_with_what_is_wrong(client: Client) -> None:
    answer = client.post(
        f"/en/beoordelen/scale/{PERIOD}/opvolging", {"text": "Bel Coby.", "owner": "x", "due_date": "soon"}
    )

    assert answer.status_code == 422
    assert "Choose somebody of the programme office." in _text(answer)
    assert "Give a day." in _text(answer)
    assert "Bel Coby." in _text(answer)


def test_a_mark_is_given_to_somebody_else_and_done(client: Client, reviewer: User) -> None:
    manager = factories.user(Role.MANAGER)
    mark = _mark(reviewer)

    client.post(MARKS, {"stap": f"hand-over:{mark.pk}", "owner": manager.pk, "due_date": mark.due_date.isoformat()})
    assert "Bellen over" not in _text(client.get(MARKS))
    assert "Bellen over" in _text(client.get(f"{MARKS}?toon=alle"))
    _signed_in(manager).post(MARKS, {"stap": f"done:{mark.pk}"})

    mark.refresh_from_db()
    assert (mark.owner, mark.done_by) == (manager, manager)
    assert "Bellen over" in _text(client.get(f"{MARKS}?toon=klaar"))


def test_a_hip_sees_no_mark_anywhere(reviewer: User) -> None:
    version = _handed_in("scale", upto="submitted")
    _mark(reviewer)
    coordinator = _signed_in(version.submitted_by)

    assert coordinator.get(MARKS).status_code == 403
    assert coordinator.get(f"/en/beoordelen/scale/{PERIOD}").status_code == 403
    for address in ("werk", f"rapportages/scale/{PERIOD}", f"rapportages/scale/{PERIOD}/samenwerken"):
        assert "Bellen over" not in _text(coordinator.get(f"/en/{address}"))


def test_the_list_of_marks_takes_as_many_queries_for_one_as_for_four(client: Client, reviewer: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(MARKS).status_code == 200
        return len(captured)

    _mark(reviewer)
    client.get(MARKS)
    one = queries()
    for hip in ("people", "snel", "greenchain-nh"):
        _mark(reviewer, hip=hip)

    assert queries() == one


@pytest.mark.parametrize("step", ["done:999999", "done:x", "hand-over:1", "nothing", ""])
def test_a_step_on_a_mark_that_is_not_there_is_answered(client: Client, step: str) -> None:
    assert client.post(MARKS, {"stap": step}).status_code == 422
