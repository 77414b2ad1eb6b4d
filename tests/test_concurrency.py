"""Several people at once, on real connections: nothing is lost, doubled or out of order."""

import time
from collections.abc import Callable
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from consortia import clock
from consortia.errors import DomainError, NotAllowedNow, Stale
from consortia.models import Consortium, Role
from impact import identities, ledger, links, materialise, reporting, standing, vintages
from impact import programme as office
from impact.models import EntryKind, Indicator, IndicatorDefinition, LedgerEntry, Quarter, ReportVersion, RollUpState
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

WHERE = {"consortium": "scale", "quarter": "2025Q1"}


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs in threads that start together; results or the refusals, in the jobs' order."""
    barrier = Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def work(number: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[number] = job()
        except DomainError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=work, args=(number, job)) for number, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_reviewers_who_accept_at_once_one_succeeds(programme):
    version = factories.reported("scale", "2025Q1", upto="submitted")
    reviewers = [factories.user(Role.REVIEWER), factories.user(Role.REVIEWER)]

    results = at_once(
        *(
            lambda reviewer=reviewer: reporting.review(
                actor=reviewer, decision="accept", content_hash=version.content_hash, **WHERE
            )
            for reviewer in reviewers
        )
    )

    assert sum(isinstance(result, ReportVersion) for result in results) == 1
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 1
    assert LedgerEntry.objects.filter(version=version).count() == 1


def test_of_two_people_who_save_on_the_same_base_one_is_told(programme):
    factories.reported("scale", "2025Q1", upto="draft")
    people = [factories.user(Role.COORDINATOR, "scale"), factories.user(Role.CONTRIBUTOR, "scale")]
    base = standing.standing(people[0], "scale", "2025Q1").tag

    results = at_once(
        *(
            lambda person=person, number=number: reporting.fill(
                actor=person, lines=factories.lines(factories.figure("assignments", number)), base=base, **WHERE
            )
            for number, person in enumerate(people)
        )
    )

    assert sum(isinstance(result, ReportVersion) for result in results) == 1
    (stale,) = [result for result in results if isinstance(result, Stale)]
    assert stale.current == standing.standing(people[0], "scale", "2025Q1").tag


def test_two_people_who_begin_a_report_at_once_make_one(programme):
    people = [factories.user(Role.COORDINATOR, "scale"), factories.user(Role.COORDINATOR, "scale")]

    at_once(
        *(
            lambda person=person: reporting.fill(actor=person, lines=factories.lines(), base=reporting.ANY, **WHERE)
            for person in people
        )
    )

    assert ReportVersion.objects.filter(report__consortium__slug="scale").count() == 1


def test_two_drafts_with_the_same_new_companies_share_them(programme):
    hips = ["scale", "people", "snel", "greenchain-nh"]
    people = {hip: factories.user(Role.COORDINATOR, hip) for hip in hips}
    companies = [factories.company(number) for number in range(1, 120)]

    results = at_once(
        *(
            lambda hip=hip, rows=companies[:: 1 if number % 2 else -1]: reporting.fill(
                actor=people[hip], consortium=hip, quarter="2025Q1", lines=factories.lines(*rows), base=reporting.ANY
            )
            for number, hip in enumerate(hips)
        )
    )

    assert all(isinstance(result, ReportVersion) for result in results), results
    assert {result.participations.count() for result in results} == {119}


def test_many_who_accept_at_once_leave_a_ledger_without_gap_and_a_right_roll_up(programme):
    hips = list(Consortium.objects.values_list("slug", flat=True))[:8]
    versions = {hip: factories.reported(hip, "2025Q1", upto="submitted") for hip in hips}
    reviewer = factories.user(Role.REVIEWER)
    before = ledger.newest()

    at_once(
        *(
            lambda hip=hip: reporting.review(
                actor=reviewer,
                consortium=hip,
                quarter="2025Q1",
                decision="accept",
                content_hash=versions[hip].content_hash,
            )
            for hip in hips
        ),
        materialise.roll_up,
        materialise.roll_up,
    )

    entries = list(LedgerEntry.objects.filter(seq__gt=before).order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(before + 1, before + 9))
    times = [entry.recorded_at for entry in entries]
    assert times == sorted(times)
    materialise.roll_up()
    assert RollUpState.objects.get().seq == before + 8
    assert materialise.verify() == (before + 8, [])


@pytest.mark.parametrize("kinds", [("merge", "merge"), ("merge", "succession")])
def test_of_two_opposite_links_at_once_one_is_laid(programme, kinds):
    manager = factories.user(Role.MANAGER)
    one, other = factories.OrganisationFactory(), factories.OrganisationFactory()

    results = at_once(
        *(
            lambda kind=kind, source=source, target=target: links.link(
                actor=manager, kind=kind, source=source.pk, target=target.pk, reason="dubbel"
            )
            for kind, source, target in ((kinds[0], one, other), (kinds[1], other, one))
        )
    )

    assert sum(isinstance(result, LedgerEntry) for result in results) == 1
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 1
    assert len(ledger.links()) == 1


def test_of_many_who_link_and_undo_the_same_at_once_one_succeeds(programme):
    manager = factories.user(Role.MANAGER)
    source, *targets = (factories.OrganisationFactory() for _ in range(4))

    laid = at_once(
        *(
            lambda target=target: links.link(
                actor=manager, kind="merge", source=source.pk, target=target.pk, reason="dubbel"
            )
            for target in targets
        )
    )
    (entry,) = [result for result in laid if isinstance(result, LedgerEntry)]
    undone = at_once(*(lambda: links.undo(actor=manager, seq=entry.seq) for _ in range(3)))

    assert sum(isinstance(result, NotAllowedNow) for result in laid) == 2
    assert sum(isinstance(result, LedgerEntry) for result in undone) == 1
    assert sum(isinstance(result, NotAllowedNow) for result in undone) == 2
    assert ledger.links() == {}


def pausing(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Event:
    """Have a step of a command wait after it is done, with its locks; the event says that it has come so far."""
    step, done = getattr(module, name), Event()

    def and_wait(*given: Any, **named: Any) -> Any:
        result = step(*given, **named)
        if not done.is_set():
            done.set()
            time.sleep(0.5)
        return result

    monkeypatch.setattr(module, name, and_wait)
    return done


def test_a_report_is_accepted_while_its_company_is_being_linked(programme, monkeypatch):
    """The acceptance completes the company before it locks the ledger; the link refers to it after that."""
    source = factories.OrganisationFactory(kvk_number="00000001")
    target = factories.OrganisationFactory(kvk_number="00000002")
    version = factories.reported("scale", "2025Q1", factories.company(1, postcode="6229ER"), upto="submitted")
    reviewer, manager = factories.user(Role.REVIEWER), factories.user(Role.MANAGER)
    settled = pausing(monkeypatch, identities, "settle")

    def accept() -> ReportVersion:
        return reporting.review(actor=reviewer, decision="accept", content_hash=version.content_hash, **WHERE)

    def link() -> LedgerEntry:
        settled.wait(5)
        return links.link(actor=manager, kind="merge", source=source.pk, target=target.pk, reason="dubbel")

    accepted, linked = at_once(accept, link)

    source.refresh_from_db()
    assert isinstance(accepted, ReportVersion)
    assert isinstance(linked, LedgerEntry)
    assert source.postcode == "6229 ER"
    assert LedgerEntry.objects.get(version=version).seq < linked.seq


def test_a_quarter_is_closed_while_an_indicator_is_being_defined_from_it_on(programme, monkeypatch):
    managers = [factories.user(Role.MANAGER) for _ in range(2)]
    quarter, indicator = Quarter.objects.get(pk="2025Q4"), Indicator.objects.get(code="assignments")
    looked = pausing(monkeypatch, ledger, "is_closed")

    def define() -> IndicatorDefinition:
        looked.wait(5)
        return office.define_indicator(
            actor=managers[1], indicator=indicator, from_quarter=quarter, kind="flow", unit="assignments",
            source="entered", meaning_nl="anders", meaning_en="otherwise",
        )  # fmt: skip

    closed, defined = at_once(lambda: office.close_quarter(actor=managers[0], quarter=quarter, reason="klaar"), define)

    assert isinstance(closed, LedgerEntry)
    assert isinstance(defined, IndicatorDefinition)
    assert closed.seq < defined.ledger_entry.seq


def test_an_answer_for_a_moment_waits_for_an_entry_that_has_its_time_but_is_not_committed(programme):
    """Else the entry would come into the answer for the same moment later on."""
    written, asked = Event(), Event()
    found: list[int] = []

    def write_slowly() -> None:
        with transaction.atomic():
            ledger.append(kind=EntryKind.QUARTER_CLOSED, actor=None, quarter=Quarter.objects.get(pk="2024Q1"))
            written.set()
            asked.wait(2)
            # The reader is by now waiting for the lock; give it the time to prove that it waits.
            asked.clear()
            asked.wait(0.3)
        connection.close()

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment = cursor.fetchone()[0]
        asked.set()
        found.append(ledger.seq_at(moment))
        connection.close()

    before = ledger.newest()
    writer = Thread(target=write_slowly)
    writer.start()
    written.wait(5)
    reader = Thread(target=ask)
    reader.start()
    writer.join()
    reader.join()

    assert found == [before + 1]


def test_vintages_that_are_published_at_once_get_codes_of_their_own(programme):
    managers = [factories.user(Role.MANAGER) for _ in range(4)]

    results = at_once(*(lambda manager=manager: vintages.publish(actor=manager) for manager in managers))

    today = clock.today().isoformat()
    assert sorted(row.code for row in results) == [today, f"{today}-2", f"{today}-3", f"{today}-4"]
    assert len({row.sha256 for row in results}) == 1


def test_of_two_vintages_with_one_code_at_once_one_is_published(programme):
    managers = [factories.user(Role.MANAGER) for _ in range(2)]

    results = at_once(*(lambda manager=manager: vintages.publish(actor=manager, code="a") for manager in managers))

    assert sorted(type(result).__name__ for result in results) == ["NotAllowedNow", "Vintage"]
