"""What the pages of the review keep is never stale: after every kind of change they say what they would say anew."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from consortia import clock
from consortia.models import Consortium, Organisation, Role, User
from impact import cockpit, follow_ups, ledger, links, odd_values, programme, reporting, snapshots, teamwork
from impact.models import Goal, Indicator, Quarter, ReportVersion, VersionStatus
from impact.reference_programme import FIRST_DAY, LAST_DAY
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import company, figure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PERIODS = ("2025Q2", "2025Q3", "2025Q4")
PERIOD = "2026Q1"
PAGES = (
    f"/en/beoordelen?kwartaal={PERIOD}",
    f"/en/beoordelen/scale/{PERIOD}",
    f"/en/beoordelen/people/{PERIOD}",
)


@pytest.fixture
def reviewer(programme: None) -> User:
    return factories.user(Role.REVIEWER, name="Rosa Reviewer")


@pytest.fixture
def manager(programme: None) -> User:
    return factories.user(Role.MANAGER, name="Mo Manager")


def _hand_in(hip: str, assignments: int, *numbers: int, **fields: Any) -> ReportVersion:
    rows = [company(number) for number in numbers]
    return factories.reported(hip, PERIOD, figure("assignments", assignments), *rows, upto="submitted", **fields)


def _waiting() -> dict[str, ReportVersion]:
    """Two HIPs with three quarters of past, and reports that wait for a reviewer."""
    for hip in ("scale", "people"):
        for period in PERIODS:
            factories.reported(hip, period, figure("assignments", 20), company(1), company(2))
    return {"scale": _hand_in("scale", 400, 1, 2, 3), "people": _hand_in("people", 21, 1, 4)}


def _decide(reviewer: User, hip: str, decision: str) -> None:
    newest = ReportVersion.objects.filter(report__consortium__slug=hip, report__quarter=PERIOD).latest("number")
    reporting.review(
        actor=reviewer,
        consortium=hip,
        quarter=PERIOD,
        decision=decision,
        content_hash=newest.content_hash,
        comment="Kijk nog eens." if decision == "return" else "",
    )


def _steps(reviewer: User, manager: User) -> dict[str, Callable[[], object]]:
    """Every kind of change, in an order in which all of them may be made."""
    quarter = Quarter.objects.get(pk=PERIOD)
    before = Quarter.objects.get(pk="2025Q4")
    idle, scale = Consortium.objects.get(slug="digital-industry-boost"), Consortium.objects.get(slug="scale")
    due = clock.today() + timedelta(days=9)
    goal = Goal.objects.get(code="companies")
    where = {"consortium": "scale", "quarter": PERIOD}
    coordinator = factories._person(Role.COORDINATOR, scale)

    def merge() -> object:
        one, other = (Organisation.objects.get(kvk_number=f"{number:08}").pk for number in (1, 2))
        return links.link(actor=manager, kind="merge", source=other, target=one, reason="Dezelfde")

    def again() -> object:
        return _hand_in("scale", 90, 1, 3, 5, 6, explanations=None)

    def corrected() -> object:
        reporting.correct(actor=coordinator, reason="Beter geteld", **where)
        return _hand_in("scale", 25, 1, 2)

    def revise() -> object:
        return programme.revise_goal(
            actor=manager,
            goal=goal,
            baseline_value=Decimal(10_000),
            baseline_date=date(2023, 9, 30),
            target_value=Decimal(29_000),
            target_date=date(2027, 9, 30),
            decision="Stuurgroep",
            decided_on=clock.today(),
            reason="Lager doel",
        )

    def define() -> object:
        assignments = Indicator.objects.get(code="assignments")
        return programme.define_indicator(
            actor=manager,
            indicator=assignments,
            from_quarter=Quarter.objects.filter(end_date__gte=clock.today()).earliest("index"),
            kind="flow",
            unit="assignments",
            source="entered",
            meaning_nl="Anders geteld",
            meaning_en="Counted otherwise",
            reason="Besluit",
        )

    def take_part(last_day: date) -> object:
        return programme.set_participation(
            actor=manager, consortium=idle, start_date=FIRST_DAY, end_date=last_day, reason="Besluit"
        )

    return {
        "a report is handed in": lambda: _hand_in("snel", 70, 1, 2, 7),
        "it is returned": lambda: _decide(reviewer, "scale", "return"),
        "it is handed in again, with other explanations": again,
        "organisations are linked": merge,
        "the link is undone": lambda: links.undo(actor=manager, seq=ledger.newest(), reason="Toch niet"),
        "it is accepted": lambda: _decide(reviewer, "scale", "accept"),
        "a correction of it is handed in": corrected,
        "it is withdrawn": lambda: reporting.withdraw(actor=manager, reason="Dubbel", **where),
        "an earlier quarter is withdrawn": lambda: reporting.withdraw(
            actor=manager, consortium="people", quarter="2025Q4", reason="Dubbel"
        ),
        "a quarter is closed": lambda: programme.close_quarter(actor=manager, quarter=quarter, reason="Zo is het"),
        "it is opened again": lambda: programme.reopen_quarter(actor=manager, quarter=quarter, reason="Toch niet"),
        "an earlier one is closed": lambda: programme.close_quarter(actor=manager, quarter=before, reason="Zo"),
        "a HIP takes part no longer": lambda: take_part(date(2025, 12, 31)),
        "it takes part again": lambda: take_part(LAST_DAY),
        "a goal is revised": revise,
        "an indicator means something else": define,
        "a HIP gets more time": lambda: programme.extend(
            actor=manager,
            consortium=Consortium.objects.get(slug="greenchain-nh"),
            quarter=quarter,
            due_date=due,
            reason="Ziekte",
        ),
        "the due date is another": lambda: Quarter.objects.filter(pk=PERIOD).update(due_date=due),
        "somebody says something": lambda: teamwork.comment(actor=reviewer, text="Klopt dit?", **where),
        "something is marked": lambda: follow_ups.mark(
            actor=reviewer, text="Bellen.", owner=reviewer, due_date=due, place="", **where
        ),
    }


_UNSEEN = {"an earlier one is closed", "an indicator means something else"}
"""What no page of this quarter shows."""


def test_after_every_kind_of_change_the_pages_say_what_they_would_say_anew(reviewer: User, manager: User) -> None:
    _waiting()
    client = Client()
    client.force_login(reviewer)

    before = _pages(client)
    for what, step in _steps(reviewer, manager).items():
        step()
        kept = _pages(client)
        cache.clear()
        anew = _pages(client)

        assert kept == anew, what
        assert kept != before or what in _UNSEEN, what
        before = anew


def _pages(client: Client) -> list[str]:
    answers = [client.get(address) for address in PAGES]
    assert {answer.status_code for answer in answers} == {200}
    return [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()) for answer in answers]


def test_accepting_what_waits_leaves_what_was_reckoned_of_it(reviewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _waiting()
    first = _odd(reviewer)

    monkeypatch.setattr(odd_values, "_rows", _not_again)
    _decide(reviewer, "scale", "accept")

    assert first
    assert _odd(reviewer) == first


def _odd(reviewer: User) -> list[Any]:
    found = cockpit.of_quarter(reviewer, Quarter.objects.get(pk=PERIOD), ledger.resolve(), Dimensions.read())
    return [(each.oddity, each.effect, each.weight, each.place, each.explanation) for each in found.odd]


def _not_again(*_arguments: object) -> Any:
    pytest.fail("this was reckoned already")


def test_what_follows_from_a_draft_is_not_kept(reviewer: User) -> None:
    version = factories.reported("scale", PERIOD, figure("assignments", 5), upto="draft")
    dimensions, state = Dimensions.read(), ledger.resolve()
    row = ledger.Counting(state.seq, version.report.consortium_id, version.report.quarter.index, version.pk, 1)
    selection = Selection(consortia=[row.consortium_id], action_lines=[None], quarters=[row.quarter])

    def reported() -> set[Any]:
        cells = snapshots.of_supposed(selection, state.suppose(counting=(row,)), dimensions)
        return {cell.measures.value for cell in cells}

    assert version.status == VersionStatus.DRAFT
    assert 5 in reported()
    factories.reported("scale", PERIOD, figure("assignments", 6), upto="draft")
    assert 6 in reported()
