"""Revising a goal: what everybody would read shows first, it asks why, and the reason stands with the revision."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from consortia.errors import Refused, Stale
from consortia.models import Role
from impact import ledger, programme, progress, revising
from impact.models import EntryKind, Goal, GoalRevision, LedgerEntry, Quarter
from impact.rollups import Dimensions
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

NUMBERS = {
    "baseline_value": Decimal(10_000),
    "baseline_date": date(2023, 9, 30),
    "target_value": Decimal(20_000),
    "target_date": date(2026, 9, 30),
    "decision": "Stuurgroep",
    "decided_on": date(2026, 1, 15),
}
SENT = {name: str(value) for name, value in NUMBERS.items()}


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def goal():
    return Goal.objects.get(code="companies")


@pytest.fixture(autouse=True)
def in_english():
    """A page leaves its language behind in the thread of the tests."""
    with translation.override("en"):
        yield


def address(goal):
    return reverse("admin:impact_goal_revise") + f"?id={goal.pk}"


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\N{NO-BREAK SPACE}", " ")


def look(goal, **numbers):
    return revising.outlook(ledger.resolve(), goal, Dimensions.read(), **{**NUMBERS, "milestones": {}, **numbers})


def revise(manager, goal, **given):
    return programme.revise_goal(actor=manager, goal=goal, **{**NUMBERS, **given})


def read(goal):
    return next(row for row in progress.read(None, Dimensions.read()) if row.goal == goal)


def facts(row):
    """All that is read of a goal, but for the revision itself: that is not stored yet when it is looked at."""
    names = ("series", "latest", "share_of_growth", "share_of_target", "needed_per_quarter", "at_current_pace")
    return {name: getattr(row, name) for name in (*names, "share_of_original_growth", "share_of_original_target")}


def test_a_revision_changes_exactly_what_its_preview_showed(manager, goal):
    factories.reported("scale", "2025Q1", *(factories.company(number) for number in range(1, 4)))
    milestones = {Quarter.objects.get(pk="2025Q1"): Decimal(15_000)}
    before = read(goal)

    found = look(goal, milestones=milestones)
    assert facts(read(goal)) == facts(before)
    revise(manager, goal, milestones=milestones, reason="Te hoog gegrepen")

    assert facts(found.before) == facts(before)
    assert facts(found.after) == facts(read(goal))
    assert found.after.share_of_target == Decimal(3) / 20_000
    planned = {new.period: (old.planned, new.planned) for old, new in found.path}
    assert planned["2025Q1"] == (17_500, 15_000)
    assert "2023Q3" not in planned


def test_the_page_shows_what_everybody_reads_now_and_would_read_and_takes_the_step_on_a_reason(office, goal):
    factories.reported("scale", "2025Q1", *(factories.company(number) for number in range(1, 4)))

    first = office.get(address(goal))
    preview = office.post(address(goal), SENT)
    told = text(preview)

    assert 'name="reason"' not in first.content.decode()
    assert LedgerEntry.objects.filter(kind=EntryKind.GOAL, actor__isnull=False).count() == 0
    assert "Target 30,000 on Sept. 30, 2027 20,000 on Sept. 30, 2026" in told
    assert "Of the growth that was agreed −50% −100%" in told
    assert "without signing in" in told and reverse("impact:indicator", args=["companies"]) in preview.content.decode()
    assert "2025 Q1 3 17,500 15,000" in told

    seen = {**SENT, "seen": preview.context["seen"]}
    silent = office.post(address(goal), seen)
    assert silent.context["adminform"].form.errors.keys() == {"reason"}
    assert silent.context["effect"] is not None

    office.post(address(goal), {**seen, "reason": "Te hoog gegrepen"})
    assert goal.revisions.last().ledger_entry.reason == "Te hoog gegrepen"
    assert read(goal).current.target_value == 20_000


def test_another_number_or_a_ledger_that_moved_shows_again_and_takes_nothing(office, goal):
    seen = office.post(address(goal), SENT).context["seen"]
    other = {**SENT, "seen": seen, "reason": "hoger", "target_value": "21000"}

    changed = office.post(address(goal), other)
    factories.reported("scale", "2025Q1", factories.company(1))
    moved = office.post(address(goal), {**SENT, "seen": seen, "reason": "hoger"})

    assert "something else than what you saw" in text(changed)
    assert "The figures have changed since you looked" in text(moved)
    assert changed.context["effect"] is not None
    assert goal.revisions.count() == 1


def test_without_a_reason_or_on_figures_that_moved_a_goal_is_not_revised(manager, goal):
    with pytest.raises(Refused) as refused:
        revise(manager, goal, reason=" ")
    with pytest.raises(Stale):
        revise(manager, goal, reason="lager", seen=ledger.newest() - 1)

    assert [problem.pointer for problem in refused.value.problems] == ["/reason"]
    assert goal.revisions.count() == 1


def test_a_goal_that_is_set_for_the_first_time_needs_no_reason(manager, goal):
    new = Goal.objects.create(
        code="other", order=90, name_nl="Ander", name_en="Other", indicator=goal.indicator, measure="value"
    )
    found = look(new)

    assert revise(manager, new).number == 1
    assert found.before is None
    assert facts(found.after) == facts(read(new))


@pytest.mark.parametrize("reason", ["", "  "])
def test_the_database_takes_no_revision_without_a_reason(manager, goal, reason):
    revision = GoalRevision.objects.create(goal=goal, number=2, **NUMBERS)

    with pytest.raises(IntegrityError, match="says why"), transaction.atomic():
        LedgerEntry.objects.create(kind=EntryKind.GOAL, goal_revision=revision, actor=manager, reason=reason)
    LedgerEntry.objects.create(kind=EntryKind.GOAL, goal_revision=revision, actor=manager, reason="lager")
