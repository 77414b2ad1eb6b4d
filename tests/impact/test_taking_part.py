"""Ending the part of a HIP in the programme: what it does shows first, it asks why, and both stand in the history."""

import re
from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from consortia.errors import Refused, Stale
from consortia.models import Consortium, Role
from impact import ledger, programme, reporting, taking_part
from impact.models import EntryKind, LedgerEntry, Quarter
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

FIRST = date(2023, 9, 1)
LEAVES = date(2025, 12, 31)


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def hip():
    return Consortium.objects.get(slug="scale")


def address(hip):
    return reverse("admin:consortia_consortium_participation") + f"?id={hip.pk}"


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def look(manager, hip, last=LEAVES, first=FIRST):
    return taking_part.outlook(manager, ledger.resolve(), hip, start_date=first, end_date=last)


def names(rows):
    return [row.pk for row in rows]


def test_from_the_quarter_on_whose_last_day_it_takes_no_part_nothing_is_due_and_one_is_expected_less(manager, hip):
    factories.reported("snel", "2026Q1", factories.company(1))

    found = look(manager, hip)

    due = [row.report.quarter.pk for row in found.no_longer_due]
    assert due[0] == "2026Q1"
    assert all(Quarter.objects.get(pk=pk).start_date > LEAVES for pk in due)
    first = found.quarters[0]
    assert (first.quarter.pk, first.reported, first.expected) == ("2026Q1", 1, (15, 14))
    assert {row.expected for row in found.quarters} == {(15, 14)}
    assert all(not row.has_begun for row in found.to_come)


def test_what_counts_after_the_last_day_keeps_counting_and_stays_expected(manager, hip):
    factories.reported("scale", "2026Q1", factories.company(1))

    found = look(manager, hip)

    assert names(found.still_counting) == ["2026Q1"]
    assert "2026Q1" not in [row.quarter.pk for row in found.quarters]
    assert "2026Q1" not in [row.report.quarter.pk for row in found.no_longer_due]


def test_a_longer_part_makes_reports_due_again(manager, hip):
    programme.set_participation(actor=manager, consortium=hip, start_date=FIRST, end_date=LEAVES, reason="gestopt")

    found = look(manager, hip, last=date(2026, 3, 31))

    assert names(found.newly_due) == ["2026Q1"]
    assert [(row.quarter.pk, row.expected) for row in found.quarters] == [("2026Q1", (14, 15))]


def test_a_closed_quarter_becomes_final_when_the_only_one_that_was_missing_leaves(manager, hip):
    for other in Consortium.objects.exclude(pk=hip.pk):
        programme.set_participation(
            actor=manager, consortium=other, start_date=FIRST, end_date=date(2023, 9, 2), reason="proef"
        )
    quarter = Quarter.objects.order_by("index").first()
    programme.close_quarter(actor=manager, quarter=quarter, reason="proef")

    found = look(manager, hip, last=date(2023, 9, 2))

    assert found.changes_status
    assert found.quarters[0].is_final == (False, True)


def test_the_page_shows_the_effect_and_stores_on_the_second_click_with_the_reason(office, manager, hip):
    before = ledger.newest()
    sent = {"start_date": "2023-09-01", "end_date": "2025-12-31", "reason": "gestopt in de regio"}

    preview = office.post(address(hip), sent)

    assert ledger.newest() == before
    assert "0 van 15" in text(preview)
    assert "0 van 14" in text(preview)
    answer = office.post(address(hip), {**sent, "seen": preview.context["seen"]})
    assert answer.status_code == 302
    entry = LedgerEntry.objects.get(kind=EntryKind.PARTICIPATION, consortium=hip, seq__gt=before)
    assert (entry.actor, entry.reason, entry.end_date) == (manager, "gestopt in de regio", LEAVES)
    assert "gestopt in de regio" in LogEntry.objects.get(object_id=str(hip.pk)).change_message
    assert "gestopt in de regio" in text(office.get(reverse("admin:consortia_consortium_history", args=[hip.pk])))


def test_other_days_than_were_seen_are_shown_again_and_not_stored(office, hip):
    before = ledger.newest()
    sent = {"start_date": "2023-09-01", "end_date": "2025-12-31", "reason": "gestopt"}
    preview = office.post(address(hip), sent)

    again = office.post(address(hip), {**sent, "end_date": "2024-12-31", "seen": preview.context["seen"]})

    assert again.status_code == 200
    assert ledger.newest() == before


def test_a_ledger_that_moved_since_the_preview_shows_the_effect_again(office, manager, hip):
    sent = {"start_date": "2023-09-01", "end_date": "2025-12-31", "reason": "gestopt"}
    preview = office.post(address(hip), sent)
    factories.reported("snel", "2025Q1", factories.company(1))
    before = ledger.newest()

    again = office.post(address(hip), {**sent, "seen": preview.context["seen"]})

    assert again.status_code == 200
    assert ledger.newest() == before


def test_without_a_reason_a_part_is_not_ended(office, manager, hip):
    before = ledger.newest()

    answer = office.post(address(hip), {"start_date": "2023-09-01", "end_date": "2025-12-31"})
    with pytest.raises(Refused) as refusal:
        programme.set_participation(actor=manager, consortium=hip, start_date=FIRST, end_date=LEAVES)
    with pytest.raises(Stale):
        programme.set_participation(
            actor=manager, consortium=hip, start_date=FIRST, end_date=LEAVES, reason="x", seen=before - 1
        )

    assert set(answer.context["adminform"].form.errors) == {"reason"}
    assert [problem.pointer for problem in refusal.value.problems] == ["/reason"]
    assert ledger.newest() == before


def test_a_draft_of_a_quarter_that_is_no_longer_due_stays(manager, hip):
    coordinator = factories.user(Role.COORDINATOR, hip)
    reporting.fill(actor=coordinator, consortium="scale", quarter="2026Q1", lines=[], base=reporting.ANY)

    found = look(manager, hip)

    assert [(row.report.quarter.pk, row.status) for row in found.begun] == [("2026Q1", "draft")]
    assert "2026Q1" not in [row.report.quarter.pk for row in found.no_longer_due]


def test_only_the_office_comes_here(client, hip):
    client.force_login(factories.user(Role.REVIEWER))

    assert client.get(address(hip)).status_code in (302, 403)


def test_a_draft_of_a_quarter_that_is_no_longer_due_is_not_called_late(client, manager, hip):
    coordinator = factories.user(Role.COORDINATOR, hip)
    reporting.fill(actor=coordinator, consortium="scale", quarter="2026Q1", lines=[], base=reporting.ANY)
    programme.set_participation(actor=manager, consortium=hip, start_date=FIRST, end_date=LEAVES, reason="gestopt")
    client.force_login(coordinator)

    pages = [text(client.get(page)) for page in ("/en/rapportages/scale/2026Q1", "/en/werk")]

    assert all("not expected" in page for page in pages)
    assert "days late" not in pages[0]
