"""Whoever had a hand in a draft does not review it; and what the database keeps of how a draft came about."""

import pytest
from django.db import IntegrityError, connection, transaction

from consortia.errors import NotPermitted
from consortia.models import Membership, Role
from impact import evidence, explanations, nil, proposals, reporting, teamwork
from impact.models import Comment, Explanation, ReportPart, ReportVersion, Section
from tests import factories
from tests.factories import company, figure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

WHERE = {"consortium": "scale", "quarter": "2025Q1"}
LINK = "https://example.org/stuk"


@pytest.fixture
def coordinator():
    return factories.user(Role.COORDINATOR, "scale")


@pytest.fixture
def both():
    """A contributor of the HIP who reviews for the programme as well."""
    user = factories.user(Role.CONTRIBUTOR, "scale")
    Membership.objects.create(user=user, role=Role.REVIEWER, consortium=None)
    return user


def attest(actor):
    nil.attest_nil(actor=actor, section="participations", **WHERE)


def explain(actor):
    explanations.keep(actor=actor, given={"/participations": "niemand deed mee"}, **WHERE)


def add_link(actor):
    evidence.add_link(actor=actor, link=LINK, **WHERE)


def take_away(actor):
    evidence.remove(actor=actor, evidence=evidence.Evidence.objects.get().pk, **WHERE)


def drop(actor):
    assert proposals.drop(actor=actor, identifiers=["00000001"], **WHERE) == 1


def restore(actor):
    assert proposals.restore(actor=actor, identifiers=["00000001"], **WHERE) == 1


def finish(actor):
    teamwork.mark_done(actor=actor, section="figures", **WHERE)


def fill(actor):
    reporting.fill(actor=actor, lines=factories.lines(figure("assignments", 12)), base=reporting.ANY, **WHERE)


def refuse_review(actor, version):
    """By the command, and where that is left out by the database."""
    with pytest.raises(NotPermitted):
        reporting.review(actor=actor, decision="accept", content_hash=version.content_hash, **WHERE)
    with pytest.raises(IntegrityError, match="four eyes"), transaction.atomic():
        ReportVersion.objects.filter(pk=version.pk).update(
            status="accepted", reviewed_by=actor, reviewed_at=version.submitted_at, reviewed_hash=version.content_hash
        )


@pytest.mark.parametrize("step", [attest, explain, add_link, drop, finish])
def test_nobody_reviews_a_draft_that_they_had_a_hand_in(coordinator, both, step):
    factories.reported("scale", "2024Q4", company(1), coordinator=coordinator)
    fill(coordinator)
    step(both)

    refuse_review(both, submitted(coordinator))


@pytest.mark.parametrize("step", [attest, add_link, drop, finish])
def test_a_hand_in_what_came_before_the_draft_counts_too(coordinator, both, step):
    factories.reported("scale", "2024Q4", company(1), coordinator=coordinator)
    step(both)
    assert not ReportVersion.objects.filter(report__quarter="2025Q1").exists()
    fill(coordinator)

    refuse_review(both, submitted(coordinator))


@pytest.mark.parametrize(("first", "step"), [(add_link, take_away), (drop, restore)])
def test_whoever_takes_back_what_a_colleague_did_has_a_hand_in_it(coordinator, both, first, step):
    factories.reported("scale", "2024Q4", company(1), coordinator=coordinator)
    fill(coordinator)
    first(coordinator)
    step(both)

    refuse_review(both, submitted(coordinator))


def test_who_only_says_something_reviews(coordinator, both):
    fill(coordinator)
    teamwork.comment(actor=both, text="klopt dit?", **WHERE)
    version = submitted(coordinator)

    assert (
        reporting.review(actor=both, decision="accept", content_hash=version.content_hash, **WHERE).reviewed_by == both
    )


def submitted(coordinator):
    warned = reporting.judge(actor=coordinator, lines=factories.lines(figure("assignments", 12)), **WHERE).warnings
    return reporting.submit(actor=coordinator, explanations={each.pointer: "ja" for each in warned}, **WHERE)


# --- what no writer can do


def refused(sql, *parameters, match):
    with pytest.raises(IntegrityError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


CHANGE = (
    "INSERT INTO impact_draftchange (report_id, version_id, revision, actor_id, at, number, changes) "
    "VALUES (%s, %s, %s, %s, now(), 1, '[]')"
)


def test_a_change_is_logged_of_the_draft_of_its_report_as_it_is_now(coordinator):
    draft = factories.reported("scale", "2025Q1", upto="draft", coordinator=coordinator)
    other = factories.reported("people", "2025Q1", upto="draft")
    draft.report.refresh_from_db()
    now = draft.report.revision

    for version, revision in ((other, now), (draft, now + 1), (draft, now - 1)):
        refused(CHANGE, draft.report_id, version.pk, revision, coordinator.pk, match="of the draft of its report")
    done = factories.reported("people", "2024Q4", upto="submitted")
    done.report.refresh_from_db()
    refused(CHANGE, done.report_id, done.pk, done.report.revision, coordinator.pk, match="of the draft of its report")


def test_a_comment_begins_unsettled(coordinator):
    draft = factories.reported("scale", "2025Q1", upto="draft", coordinator=coordinator)

    with pytest.raises(IntegrityError, match="begins unsettled"), transaction.atomic():
        Comment.objects.create(
            report=draft.report, author=coordinator, text="x", settled_by=coordinator, settled_at=draft.opened_at
        )


@pytest.mark.parametrize("upto", ["submitted", "accepted"])
def test_what_was_attested_and_explained_stands_once_it_is_handed_in(coordinator, upto):
    fill(coordinator)
    attest(coordinator)
    explain(coordinator)
    version = submitted(coordinator)
    if upto == "accepted":
        reviewer = factories.user(Role.REVIEWER)
        reporting.review(actor=reviewer, decision="accept", content_hash=version.content_hash, **WHERE)

    for sql in (
        "UPDATE impact_reportpart SET is_nil = false",
        "DELETE FROM impact_reportpart",
        "UPDATE impact_explanation SET text = 'anders'",
        "DELETE FROM impact_explanation",
    ):
        refused(sql, match="what was handed in stands")
    for unsaved in (
        ReportPart(report=version.report, section=Section.FIGURES, done_by=coordinator, done_at=version.opened_at),
        Explanation(report=version.report, place="/figures", text="x", author=coordinator),
    ):
        with pytest.raises(IntegrityError, match="what was handed in stands"), transaction.atomic():
            unsaved.save()


def test_a_part_and_an_explanation_stay_with_their_report(coordinator):
    fill(coordinator)
    attest(coordinator)
    explain(coordinator)
    other = factories.reported("people", "2025Q1", upto="draft")

    for table in ("reportpart", "explanation"):
        refused(f"UPDATE impact_{table} SET report_id = %s", other.report_id, match="stays with its report")


def test_when_a_report_comes_back_or_is_corrected_one_goes_on(coordinator):
    fill(coordinator)
    version = submitted(coordinator)
    reviewer = factories.user(Role.REVIEWER)
    reporting.review(actor=reviewer, decision="accept", content_hash=version.content_hash, **WHERE)
    reporting.correct(actor=coordinator, reason="vergeten", **WHERE)
    attest(coordinator)
    explain(coordinator)

    assert ReportPart.objects.get().is_nil
    assert Explanation.objects.count() == 1
