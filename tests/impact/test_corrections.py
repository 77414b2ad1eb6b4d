"""A correction that was returned goes on being that correction, and its reason can be said anew while it is a draft."""

import pytest
from django.test import Client
from django.urls import reverse

from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Programme, Role, User
from impact import corrections, edits, meanwhile, reporting
from impact.edits import Edit
from impact.models import ReportVersion, VersionStatus
from impact.standing import standing
from tests import factories
from tests.factories import figure

pytestmark = pytest.mark.django_db

WHERE = {"consortium": "scale", "quarter": "2025Q1"}


@pytest.fixture
def coordinator(programme: Programme) -> User:
    return factories.user(Role.COORDINATOR, "scale")


@pytest.fixture
def reviewer(programme: Programme) -> User:
    return factories.user(Role.REVIEWER)


@pytest.fixture
def returned(coordinator: User, reviewer: User) -> ReportVersion:
    """A correction of an accepted report that the reviewer did not accept."""
    factories.reported("scale", "2025Q1", figure("assignments", 50), coordinator=coordinator, reviewer=reviewer)
    reporting.correct(actor=coordinator, **WHERE, reason="twaalf vergeten", code="late-information")
    return factories.reported(
        "scale", "2025Q1", figure("assignments", 62), upto="returned", coordinator=coordinator, reviewer=reviewer
    )


def fill(actor: User, value: int) -> ReportVersion:
    return reporting.fill(actor=actor, **WHERE, lines=[figure("assignments", value)], base=reporting.ANY)


def test_the_draft_after_a_returned_correction_has_its_reason(returned: ReportVersion, coordinator: User) -> None:
    version = fill(coordinator, 61)

    assert version.number == returned.number + 1
    assert (version.correction_reason, version.correction_code) == ("twaalf vergeten", "late-information")


def test_after_a_withdrawal_it_is_no_correction_any_more(returned: ReportVersion, coordinator: User) -> None:
    reporting.withdraw(actor=factories.user(Role.MANAGER), **WHERE, reason="dubbel")

    assert fill(coordinator, 61).correction_reason == ""


def test_the_reason_is_said_anew_while_it_is_a_draft(returned: ReportVersion, coordinator: User) -> None:
    fill(coordinator, 61)

    version = corrections.explain(actor=coordinator, **WHERE, reason=" elf vergeten ", code="counting-error")

    version.refresh_from_db()
    assert (version.correction_reason, version.correction_code) == ("elf vergeten", "counting-error")
    assert "elf vergeten" in version.report.events.last().comment  # type: ignore[union-attr]


def test_the_reason_of_what_was_handed_in_stays(returned: ReportVersion, coordinator: User) -> None:
    with pytest.raises(NotAllowedNow):
        corrections.explain(actor=coordinator, **WHERE, reason="anders")

    fill(coordinator, 61)
    with pytest.raises(Refused):
        corrections.explain(actor=coordinator, **WHERE, reason=" ")
    with pytest.raises(NotPermitted):
        corrections.explain(actor=factories.user(Role.CONTRIBUTOR, "scale"), **WHERE, reason="anders")


def test_the_page_has_the_reason_filled_in_and_keeps_what_is_typed(returned: ReportVersion, coordinator: User) -> None:
    fill(coordinator, 61)
    client = Client()
    client.force_login(coordinator)
    address = "/en" + reverse("impact:report_correct", args=["scale", "2025Q1"]).removeprefix("/en")

    asked = client.get(address).content.decode()
    client.post(address, {"reason": "elf vergeten", "code": ""})

    assert "twaalf vergeten</textarea>" in asked
    assert '<option value="late-information" selected>' in asked
    version = standing(coordinator, "scale", "2025Q1").open_version
    assert version is not None
    assert (version.correction_reason, version.correction_code) == ("elf vergeten", "")


def test_whose_changes_were_made_since_is_known_of_every_single_save(coordinator: User) -> None:
    """Of many small saves the history tells the first; that does not hide whose the later ones are."""
    colleague = factories.user(Role.CONTRIBUTOR, "scale")
    factories.reported("scale", "2025Q1", figure("assignments", 1), upto=VersionStatus.DRAFT, coordinator=colleague)
    edit(coordinator, 1, 2)
    edit(coordinator, 2, 3)
    seen = standing(coordinator, "scale", "2025Q1").tag
    edit(coordinator, 3, 4)
    report = standing(coordinator, "scale", "2025Q1").report

    assert meanwhile.since(report, seen).is_by(coordinator)
    edit(colleague, 4, 5)
    report.refresh_from_db()
    assert not meanwhile.since(report, seen).is_by(coordinator)
    assert not meanwhile.since(report, '"people-2025Q1-0430-1"').is_by(coordinator)


def edit(actor: User, before: int, after: int) -> None:
    old, new = figure("assignments", before), figure("assignments", after)
    reporting.edit(actor=actor, **WHERE, wanted=[Edit(edits.key_of(new), old, new)])
