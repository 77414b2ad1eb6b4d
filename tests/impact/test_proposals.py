"""What is proposed for a quarter, and what confirming, dropping and restoring does."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.errors import NotAllowedNow, NotPermitted, Refused, Stale
from consortia.models import Organisation, Role, User
from impact import drafts, links, proposals, reporting
from impact.edits import Edit
from impact.forms.participations import listed
from impact.models import DroppedProposal, ReportVersion
from impact.proposals import Proposals, Suggestion
from impact.standing import standing
from impact.submission import ParticipationLine
from tests import factories
from tests.factories import company, figure, school
from tests.impact.test_guards import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD, BEFORE = "scale", "2025Q2", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}


@pytest.fixture
def coordinator(programme: None) -> User:
    return factories.user(Role.COORDINATOR, HIP)


@pytest.fixture
def source() -> Iterator[list[Suggestion]]:
    """What a registered source suggests."""
    suggestions: list[Suggestion] = []

    def suggest(_report: object) -> list[Suggestion]:
        return suggestions

    proposals.sources.append(suggest)
    yield suggestions
    proposals.sources.remove(suggest)


def proposed(user: User, period: str = PERIOD) -> Proposals:
    found = standing(user, HIP, period)
    return proposals.of(found.report, found.version)


def numbers(user: User) -> list[str]:
    return [each.identifier for each in proposed(user).open]


def in_draft(user: User, period: str = PERIOD) -> dict[str, list[tuple[str, str]]]:
    version = standing(user, HIP, period).version
    lines = drafts.lines_of(version) if version else []
    return {key: [(line.action_line, line.involvement) for line in row.lines] for key, row in listed(lines).items()}


def test_the_organisations_of_last_time_are_proposed_with_their_lines_as_reported_then(coordinator):
    rows = [company(1, name="Toen BV", size_class="micro"), company(1, action_line="talent"), school("25PW")]
    factories.reported(HIP, BEFORE, figure("assignments", 5), *rows)
    Organisation.objects.filter(kvk_number="00000001").update(name="Nu BV", size_class="large")

    one, other = proposed(coordinator).open

    assert (one.identifier, other.identifier) == ("00000001", "25PW")
    assert [(line.action_line, line.involvement) for line in one.lines] == [
        ("innovation", "project"), ("talent", "project"),
    ]  # fmt: skip
    assert (one.lines[0].name, one.lines[0].size_class) == ("Toen BV", "micro")
    assert one.reasons == ("nam deel in 2025\N{NO-BREAK SPACE}K1",) or "2025" in one.reasons[0]


def test_the_newest_earlier_quarter_that_counts_proposes(coordinator):
    factories.reported(HIP, "2024Q3", company(1))
    factories.reported(HIP, "2024Q4", company(2))
    factories.reported(HIP, "2025Q1", company(3), upto="submitted")
    factories.reported(HIP, "2025Q3", company(4))

    assert numbers(coordinator) == ["00000002"]


def test_without_an_earlier_quarter_nothing_is_proposed(coordinator):
    factories.reported("people", BEFORE, company(1))

    found = proposed(coordinator)

    assert (found.all, found.usual) == ((), None)


def test_what_the_draft_has_is_not_proposed(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    factories.reported(HIP, PERIOD, company(2, action_line="talent"), upto="draft", coordinator=coordinator)

    assert numbers(coordinator) == ["00000001"]
    assert proposed(coordinator).by_identifier["00000002"].listed_as == "00000002"


def test_an_organisation_that_was_merged_is_proposed_once_as_the_one_it_counts_as(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2, action_line="talent", size_class="micro"))
    _merge("00000001", "00000002")

    (only,) = proposed(coordinator).open

    assert only.identifier == "00000002"
    assert {(line.kvk_number, line.action_line) for line in only.lines} == {
        ("00000002", "innovation"), ("00000002", "talent"),
    }  # fmt: skip


def test_a_draft_with_the_old_number_of_a_merged_organisation_has_it_already(coordinator):
    factories.reported(HIP, BEFORE, company(2))
    factories.reported("people", BEFORE, company(1))
    _merge("00000001", "00000002")
    factories.reported(HIP, PERIOD, company(1), upto="draft", coordinator=coordinator)

    assert numbers(coordinator) == []


def _merge(source: str, target: str) -> None:
    by_number = {row.kvk_number: row.pk for row in Organisation.objects.all()}
    links.link(
        actor=factories.user(Role.MANAGER), kind="merge", source=by_number[source], target=by_number[target], reason="x"
    )


def test_a_source_proposes_organisations_in_the_usual_way_and_says_why(coordinator, source):
    factories.reported(HIP, BEFORE, company(1, action_line="talent", involvement="network"), company(2), company(3))
    attended = ParticipationLine(
        origin="", kvk_number="00000009", name="Nieuw BV", organisation_type="company", size_class="small"
    )
    source += [Suggestion(attended, "was er 12 maart"), Suggestion(company(1), "was er 12 maart")]

    by_number = {each.identifier: each for each in proposed(coordinator).open}

    fresh, known = by_number["00000009"], by_number["00000001"]
    assert [(line.action_line, line.involvement) for line in fresh.lines] == [("innovation", "project")]
    assert fresh.reasons == ("was er 12 maart",)
    assert len(known.reasons) == 2 and known.reasons[1] == "was er 12 maart"


def test_confirming_adds_the_rows_and_nothing_counts_before(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(1, action_line="talent"), company(2), school("25PW"))
    assert in_draft(coordinator) == {}

    confirmed = proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000001", "25PW"])

    assert confirmed == 2
    assert in_draft(coordinator) == {
        "00000001": [("innovation", "project"), ("talent", "project")],
        "25PW": [("talent", "teaching")],
    }
    assert numbers(coordinator) == ["00000002"]


def test_all_are_confirmed_in_one_save_but_for_those_that_were_dropped(coordinator):
    factories.reported(HIP, BEFORE, *(company(number) for number in range(1, 21)))
    proposals.drop(actor=coordinator, **WHERE, identifiers=["00000003", "00000004"])

    assert proposals.confirm(actor=coordinator, **WHERE) == 18

    found = standing(coordinator, HIP, PERIOD)
    assert (len(in_draft(coordinator)), found.report.revision) == (18, 1)
    assert [each.identifier for each in proposed(coordinator).dropped] == ["00000003", "00000004"]


def test_six_hundred_are_confirmed_within_seconds(coordinator):
    factories.reported(HIP, BEFORE, *(company(number) for number in range(1, 601)))
    begun = time.monotonic()

    assert proposals.confirm(actor=coordinator, **WHERE) == 600

    # About a second on an idle machine.
    assert time.monotonic() - begun < 5


def test_a_proposal_can_be_confirmed_in_other_lines(coordinator):
    factories.reported(HIP, BEFORE, company(1))

    pairs = [("talent", "training"), ("infrastructure", "network")]
    proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000001"], pairs={"00000001": pairs})

    assert in_draft(coordinator) == {"00000001": pairs}


def test_what_a_colleague_added_in_the_meantime_stays_and_is_no_error(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    factories.reported(HIP, PERIOD, company(1, action_line="talent"), upto="draft", coordinator=coordinator)

    assert proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000001", "00000002"]) == 1

    assert in_draft(coordinator) == {"00000001": [("talent", "project")], "00000002": [("innovation", "project")]}


def test_what_was_never_proposed_cannot_be_confirmed(coordinator):
    factories.reported(HIP, BEFORE, company(1))

    with pytest.raises(Refused) as refusal:
        proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000001", "00000099"])

    assert [problem.pointer for problem in refusal.value.problems] == ["/participations/00000099"]
    assert in_draft(coordinator) == {}


def test_a_dropped_proposal_is_written_down_and_can_be_restored(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))

    assert proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001"]) == 1
    assert numbers(coordinator) == ["00000002"]
    assert DroppedProposal.objects.get().dropped_by == coordinator
    assert proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001"]) == 0

    assert proposals.restore(actor=coordinator, **WHERE, identifiers=["00000001", "00000099"]) == 1
    assert numbers(coordinator) == ["00000001", "00000002"]


def test_a_dropped_proposal_that_is_confirmed_after_all_is_not_dropped_any_more(coordinator):
    factories.reported(HIP, BEFORE, company(1))
    proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001"])

    proposals.confirm(actor=coordinator, **WHERE, identifiers=["00000001"])

    assert (list(in_draft(coordinator)), DroppedProposal.objects.count()) == (["00000001"], 0)


def test_dropping_an_organisation_of_the_draft_takes_its_rows_out(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    proposals.confirm(actor=coordinator, **WHERE)
    reporting.edit(actor=coordinator, **WHERE, wanted=[_added(company(9))])

    assert proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001", "00000009"]) == 2

    assert list(in_draft(coordinator)) == ["00000002"]
    # Only what was proposed stays as dropped; what somebody added by mistake is simply gone.
    assert [each.identifier for each in DroppedProposal.objects.all()] == ["00000001"]


def test_dropping_rows_that_a_colleague_changed_shows_both(coordinator):
    factories.reported(HIP, BEFORE, company(1))
    proposals.confirm(actor=coordinator, **WHERE)
    seen = [company(1)]
    reporting.edit(actor=coordinator, **WHERE, wanted=[_added(company(1, action_line="talent"))])
    reporting.edit(
        actor=coordinator, **WHERE,
        wanted=[Edit("/participations/00000001/innovation/project", company(1), company(1, name="Anders BV"))],
    )  # fmt: skip

    with pytest.raises(Stale) as refusal:
        proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001"], seen=seen)

    assert len(refusal.value.conflicts) == 2
    assert (len(in_draft(coordinator)["00000001"]), DroppedProposal.objects.count()) == (2, 0)


def _added(line: ParticipationLine) -> Edit:
    return Edit(f"/participations/{line.identifier}/{line.action_line}/{line.involvement}", None, line)


def test_only_who_may_fill_confirms_drops_and_restores(coordinator):
    factories.reported(HIP, BEFORE, company(1))
    proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001"])
    for person in (factories.user(Role.REVIEWER), factories.user(Role.READER)):
        for command in (proposals.confirm, proposals.drop, proposals.restore):
            with pytest.raises((NotPermitted, Exception)) as refusal:
                command(actor=person, **WHERE, identifiers=["00000001"])
            assert type(refusal.value).__name__ in ("NotPermitted", "NotVisible")
    assert proposals.restore(actor=factories.user(Role.CONTRIBUTOR, HIP), **WHERE, identifiers=["00000001"]) == 1


def test_after_submission_nothing_is_confirmed_or_dropped(coordinator):
    factories.reported(HIP, BEFORE, company(1), company(2))
    factories.reported(HIP, PERIOD, company(1), upto="submitted", coordinator=coordinator)

    for command in (proposals.confirm, proposals.drop, proposals.restore):
        with pytest.raises(NotAllowedNow):
            command(actor=coordinator, **WHERE, identifiers=["00000002"])


@pytest.mark.usefixtures("source")
def test_the_number_of_queries_does_not_grow_with_the_organisations(coordinator, source):
    source.append(Suggestion(company(5_000), "was er"))
    for period, number in (("2024Q1", 2), ("2024Q4", 40)):
        factories.reported(HIP, period, *(company(each) for each in range(1, number + 1)), coordinator=coordinator)
    counts = []
    for period in ("2024Q2", PERIOD):
        found = standing(coordinator, HIP, period)
        with CaptureQueriesContext(connection) as queries:
            proposals.of(found.report, found.version)
        reading = len(queries)
        with CaptureQueriesContext(connection) as queries:
            proposals.confirm(actor=User.objects.get(pk=coordinator.pk), consortium=HIP, quarter=period)
        counts.append((reading, len(queries)))

    assert counts[0] == counts[1]
    assert counts[0][0] <= 8


# --- what the database itself refuses


def test_the_database_refuses_a_dropped_proposal_twice_or_of_nobody(coordinator):
    factories.reported(HIP, BEFORE, company(1))
    proposals.drop(actor=coordinator, **WHERE, identifiers=["00000001"])

    copy = "INSERT INTO impact_droppedproposal (report_id, identifier, dropped_by_id, dropped_at) SELECT report_id, "
    refused(f"{copy} identifier, dropped_by_id, dropped_at FROM impact_droppedproposal")
    refused(f"{copy} '', dropped_by_id, dropped_at FROM impact_droppedproposal")
    refused(f"{copy} '00000002', NULL, dropped_at FROM impact_droppedproposal")
    assert ReportVersion.objects.filter(report__quarter=PERIOD).count() == 0
