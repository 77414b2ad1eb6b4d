"""The office's pages on what is counted and reported: every page opens, every step appends, nothing goes around."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consortia import clock, mail, tokens
from consortia.models import (
    ActionLine,
    Consortium,
    Mail,
    MessageTemplate,
    Organisation,
    PageText,
    Programme,
    Role,
    Theme,
)
from impact import budgets, duplicates, extensions, ledger, materialise, reporting, vintages
from impact.models import (
    DismissedDuplicate,
    EntryKind,
    EventKind,
    Extension,
    ExtensionRequest,
    Goal,
    GoalRevision,
    Indicator,
    IndicatorDefinition,
    LedgerEntry,
    OutboxMessage,
    Quarter,
    QuarterlyReport,
    ReportEvent,
    ReportVersion,
    RollUp,
    RollUpState,
    VersionAuthor,
)
from tests import factories
from tests.factories import OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

OURS = [model for model in admin.site._registry if model._meta.app_label in ("consortia", "impact", "admin")]
EDITED_ELSEWHERE = [
    LedgerEntry, RollUp, RollUpState, OutboxMessage, VersionAuthor, ReportEvent, ReportVersion, QuarterlyReport,
    LogEntry, DismissedDuplicate, Mail, ExtensionRequest,
]  # fmt: skip
NEVER_ADDED = [*EDITED_ELSEWHERE, Programme, ActionLine, Quarter]


@pytest.fixture(autouse=True)
def in_dutch():
    """A page in English leaves its language behind in the thread of the tests."""
    with translation.override("nl"):
        yield


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def hip(programme):
    return Consortium.objects.get(slug="scale")


@pytest.fixture
def accepted(hip):
    return factories.reported(hip, "2025Q1")


@pytest.fixture
def something_everywhere(manager, hip, accepted):
    """A row in every table of the administration."""
    factories.reported("snel", "2025Q1", upto="submitted")
    factories.reported("people", "2025Q1", upto="draft")
    Extension.objects.create(report=accepted.report, due_date=date(2030, 1, 1), reason="ziek", granted_by=manager)
    coordinator = factories.user("coordinator", "snel")
    where = {"consortium": "snel", "quarter": "2024Q4"}
    extensions.request_extension(actor=coordinator, **where, due_date=date.today() + timedelta(30), reason="ziek")
    costs = Indicator.objects.get(code="project-costs")
    budgets.plan(actor=manager, consortium=hip, year=2025, indicator=costs, amount=Decimal(1), source="besluit")
    hip.partnerships.create(name="PPS Staal")
    tokens.issue(user=manager)
    materialise.roll_up()
    duplicates.dismiss(actor=manager, first=OrganisationFactory().pk, second=OrganisationFactory().pk)
    vintages.publish(actor=manager)
    LogEntry.objects.log_actions(manager.pk, [hip], 2, change_message="x")
    MessageTemplate.objects.create(kind="returned", language="nl", subject="Terug", body="Kijk nog eens.")
    PageText.objects.create(page="contact", language="nl", body="Bel ons.")
    mail.post(user=manager, kind="returned", cause="returned:1", letter=None)


def page(model, name, *args, query=""):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args) + query


def text(response):
    return response.content.decode()


def form_errors(response):
    return set(response.context["adminform"].form.errors)


def newest():
    return LedgerEntry.objects.latest("seq")


def everything():
    """All that decides figures, as it is stored."""
    return {
        model: list(model._base_manager.order_by("pk").values())
        for model in (LedgerEntry, ReportVersion, QuarterlyReport, VersionAuthor, ReportEvent, RollUp,
                      IndicatorDefinition, GoalRevision)
    }  # fmt: skip


# --- every page


def test_there_are_no_pages_but_ours():
    """Those that come with packages would be ways around the commands."""
    labels = {model._meta.app_label for model in admin.site._registry}

    assert labels == {"admin", "consortia", "events", "impact"}


def addresses(kinds):
    found = []
    for model in OURS:
        if "changelist" in kinds:
            found.append(page(model, "changelist"))
        if "add" in kinds and model not in NEVER_ADDED:
            found.append(page(model, "add"))
        if "change" in kinds:
            row = model._base_manager.order_by("pk").first()
            assert row is not None, f"the test data has no {model.__name__}"
            found.append(page(model, "change", row.pk))
    return found


def steps(hip, accepted, manager):
    quarter = Quarter.objects.get(pk="2025Q1")
    return [
        page(Consortium, "participation", query=f"?id={hip.pk}"),
        page(Consortium, "lead", query=f"?id={hip.pk}"),
        page(Quarter, "close", query=f"?id={quarter.pk}&id=2024Q4"),
        page(Quarter, "reopen", query=f"?id={quarter.pk}"),
        page(Indicator, "define", query=f"?id={Indicator.objects.first().pk}"),
        page(Goal, "revise", query=f"?id={Goal.objects.first().pk}"),
        page(Organisation, "link", query=f"?id={Organisation.objects.get(kvk_number='00000001').pk}"),
        page(Organisation, "duplicates"),
        page(QuarterlyReport, "withdraw", query=f"?id={accepted.report_id}"),
        reverse("admin:consortia_user_deactivate") + f"?id={manager.pk}",
        reverse("admin:consortia_user_reactivate") + f"?id={manager.pk}",
        reverse("admin:consortia_user_email") + f"?id={manager.pk}",
        reverse("admin:consortia_apitoken_revoke") + f"?id={manager.api_tokens.get().pk}",
        reverse("admin:consortia_partner_end") + f"?id={hip.partners.first().pk}",
        reverse("admin:consortia_partner_correct") + f"?id={hip.partners.first().pk}",
    ]


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|<style|\sstyle=|\son[a-z]+=\"|javascript:"
)


@pytest.mark.usefixtures("something_everywhere")
def test_every_page_opens_for_the_office_without_inline_scripts_or_styles(office, manager, hip, accepted):
    for url in [reverse("admin:index"), *addresses({"changelist", "add", "change"}), *steps(hip, accepted, manager)]:
        response = office.get(url)

        assert response.status_code == 200, url
        assert not INLINE.findall(text(response)), url
        assert "'unsafe-inline'" not in response["Content-Security-Policy"]


@pytest.mark.usefixtures("something_everywhere")
def test_every_page_opens_in_english_as_well(office):
    for url in addresses({"changelist", "change"}):
        assert office.get(f"/en{url}").status_code == 200


@pytest.mark.usefixtures("something_everywhere")
def test_nobody_else_comes_in(client, hip, accepted, manager):
    urls = [reverse("admin:index"), *addresses({"changelist", "add", "change"}), *steps(hip, accepted, manager)]
    people = [
        None,
        factories.user(),
        factories.user(Role.REVIEWER),
        factories.user(Role.READER),
        factories.user(Role.COORDINATOR, hip),
        factories.user(Role.CONTRIBUTOR, hip),
    ]
    before = everything()

    for person in people:
        client.logout()
        if person is not None:
            client.force_login(person)
        for url in urls:
            for response in (client.get(url), client.post(url, {"reason": "x", "start_date": "2020-01-01"})):
                assert response.status_code == 302, (url, person)
                assert response.url.startswith(reverse("admin:login")), (url, person)
        assert client.get(reverse("admin:login")).status_code == (302 if person is None else 403)
    assert everything() == before


@pytest.mark.usefixtures("something_everywhere")
def test_filters_and_search_of_every_list_answer(office):
    for model in OURS:
        url = page(model, "changelist")
        assert office.get(url, {"q": "scale"}).status_code == 200, url
        links = re.findall(r'href="\?(([^"=]*)=[^"]*)"', text(office.get(url)))
        # One value of each filter; the others go through the same code.
        for address in {name: address for address, name in links if name != "o"}.values():
            assert office.get(f"{url}?{address.replace('&amp;', '&')}").status_code == 200, address


# --- what is written elsewhere


@pytest.mark.usefixtures("something_everywhere")
def test_what_is_written_elsewhere_is_neither_added_nor_changed_nor_deleted(office):
    before = everything()
    sent = {
        "status": "accepted", "kind": "withdrawn", "reason": "x", "value": "1", "seq": "1", "post": "yes",
        "figures-TOTAL_FORMS": "1", "figures-INITIAL_FORMS": "1", "figures-0-value": "999", "_save": "x",
    }  # fmt: skip

    for model in EDITED_ELSEWHERE:
        row = model._base_manager.order_by("pk").first()
        for url in (page(model, "add"), page(model, "change", row.pk), page(model, "delete", row.pk)):
            assert office.post(url, sent).status_code == 403, url
        at_once = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        office.post(page(model, "changelist"), at_once)
        assert model._base_manager.filter(pk=row.pk).exists()

    assert everything() == before


@pytest.mark.parametrize("upto", ["draft", "submitted", "returned", "accepted"])
def test_content_is_shown_and_never_edited_whatever_its_review(office, upto):
    version = factories.reported("snel", "2025Q1", upto=upto)
    url = page(ReportVersion, "change", version.pk)

    shown = text(office.get(url))
    response = office.post(url, {"figures-0-value": "999", "status": "accepted", "comment": "x"})

    assert response.status_code == 403
    assert version.content_hash in shown
    assert not re.search(
        r"<(input type=\"(?!hidden)|textarea|select)[^>]*name=\"(figures|headcounts|status|comment)", shown
    )


def test_there_is_no_accepting_in_the_admin(office):
    version = factories.reported("snel", "2025Q1", upto="submitted")

    for model, pk in [(ReportVersion, version.pk), (QuarterlyReport, version.report_id)]:
        listed = office.get(page(model, "changelist"))
        shown = office.get(page(model, "change", pk))
        assert 'value="accept' not in text(listed) + text(shown)
        office.post(page(model, "changelist"), {"action": "accept", "_selected_action": [str(pk)]})

    version.refresh_from_db()
    assert version.status == "submitted"


def test_nothing_that_decides_figures_is_deleted(office, accepted):
    rows = [Consortium, Quarter, Indicator, Goal, ActionLine, Programme]
    for model in rows:
        row = model.objects.order_by("pk").first()
        assert office.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=row.pk).exists()

    company = Organisation.objects.get(kvk_number="00000001")
    refused = office.post(page(Organisation, "delete", company.pk), {"post": "yes"})
    assert refused.status_code == 200
    assert Organisation.objects.filter(pk=company.pk).exists()


# --- HIPs take part from, until


def test_participation_is_set_through_the_ledger_with_the_actor(office, manager, hip):
    url = page(Consortium, "participation", query=f"?id={hip.pk}")

    asked = office.get(url)
    sent = {"start_date": "2024-01-01", "end_date": "2026-12-31", "reason": "besluit"}
    preview = office.post(url, sent)
    response = office.post(url, {**sent, "seen": preview.context["seen"]})

    assert asked.context["adminform"].form.initial["start_date"] == date(2023, 9, 1)
    assert response.status_code == 302
    entry = newest()
    assert (entry.kind, entry.actor, entry.consortium, entry.reason) == (
        EntryKind.PARTICIPATION, manager, hip, "besluit",
    )  # fmt: skip
    assert ledger.resolve().takes_part[hip.pk] == (date(2024, 1, 1), date(2026, 12, 31))
    assert OutboxMessage.objects.filter(payload={"seq": entry.seq}).exists()
    assert "2026" in text(office.get(page(Consortium, "changelist")))
    assert LogEntry.objects.filter(user=manager, object_id=str(hip.pk)).exists()


def test_participation_in_the_wrong_order_is_refused_at_its_field(office, hip):
    before = ledger.newest()

    response = office.post(
        page(Consortium, "participation", query=f"?id={hip.pk}"),
        {"start_date": "2025-01-01", "end_date": "2024-01-01"},
    )

    assert form_errors(response) == {"end_date", "reason"}
    assert ledger.newest() == before


def test_participation_is_not_a_field_of_the_page(office, hip):
    before = ledger.newest()

    office.post(page(Consortium, "change", hip.pk), {"takes_part_from": "2020-01-01", "start_date": "2020-01-01"})

    assert ledger.newest() == before


def test_a_new_hip_goes_on_to_its_dates(office):
    sent = {
        "number": "16", "slug": "zestien", "name": "Zestien", "regions": "Zeeland",
        "partnerships-TOTAL_FORMS": "0", "partnerships-INITIAL_FORMS": "0",
    }  # fmt: skip

    response = office.post(page(Consortium, "add"), sent)

    hip = Consortium.objects.get(slug="zestien")
    assert response.url == page(Consortium, "participation", query=f"?id={hip.pk}")
    assert hip.pk not in ledger.resolve().takes_part
    assert office.get(response.url).status_code == 200


# --- quarters


def test_a_due_date_is_edited_and_lies_after_the_quarter(office):
    url = page(Quarter, "change", "2025Q1")

    office.post(url, {"due_date": "2025-05-15", "end_date": "2025-01-31"})
    refused = office.post(url, {"due_date": "2025-03-31"})

    quarter = Quarter.objects.get(pk="2025Q1")
    assert (quarter.due_date, quarter.end_date) == (date(2025, 5, 15), date(2025, 3, 31))
    assert form_errors(refused) == {"due_date"}


def test_quarters_are_closed_and_reopened_by_steps_with_a_reason(office, manager):
    ticked = {"action": "close", "_selected_action": ["2024Q4", "2025Q1"]}
    step = office.post(page(Quarter, "changelist"), ticked)
    assert ledger.closed_quarters() == set()

    office.post(step.url, {"reason": "alles is binnen"})

    assert ledger.closed_quarters() == {"2024Q4", "2025Q1"}
    assert (newest().kind, newest().actor, newest().reason) == (
        EntryKind.QUARTER_CLOSED, manager, "alles is binnen",
    )  # fmt: skip
    reopen = page(Quarter, "reopen", query="?id=2025Q1")
    assert form_errors(office.post(reopen, {"reason": " "})) == {"reason"}
    office.post(reopen, {"reason": "te vroeg"})
    assert ledger.closed_quarters() == {"2024Q4"}


def test_a_step_on_several_rows_happens_whole_or_not_at_all(office):
    before = ledger.newest()

    response = office.post(page(Quarter, "close", query="?id=2025Q1&id=2027Q3"), {"reason": "x"})

    assert response.context["adminform"].form.non_field_errors()
    assert ledger.newest() == before


# --- codebook


DEFINITION = {
    "from_quarter": "2026Q1", "kind": "flow", "unit": "sessions", "source": "entered", "rule": "",
    "by_action_line": "on", "meaning_nl": "Sessies", "meaning_en": "Sessions", "reason": "besluit",
}  # fmt: skip
INDICATOR = {"code": "sessions", "order": "50", "name_nl": "Sessies", "name_en": "Sessions", "is_proposal": "on"}


def test_names_are_edited_and_definitions_are_not(office):
    indicator = Indicator.objects.get(code="assignments")
    before = everything()
    names = {"code": "x", "order": indicator.order, "name_nl": "Opdrachten", "name_en": "Assignments"}
    inline = {"definitions-TOTAL_FORMS": "1", "definitions-INITIAL_FORMS": "1", "definitions-0-unit": "x"}

    response = office.post(page(Indicator, "change", indicator.pk), {**names, **inline})

    indicator.refresh_from_db()
    assert response.status_code == 302
    assert (indicator.name_nl, indicator.code, indicator.is_proposal) == ("Opdrachten", "assignments", False)
    assert everything() == before


def test_a_definition_from_a_quarter_on_goes_into_the_ledger(office, manager):
    indicator = Indicator.objects.get(code="assignments")
    url = page(Indicator, "define", query=f"?id={indicator.pk}")

    asked = office.get(url)
    preview = office.post(url, DEFINITION)
    assert indicator.definitions.count() == 1
    office.post(url, {**DEFINITION, "seen": preview.context["seen"]})

    assert asked.context["adminform"].form.initial["unit"] == "assignments"
    entry = newest()
    assert (entry.kind, entry.actor, entry.reason) == (EntryKind.DEFINITION, manager, "besluit")
    since, definition = ledger.resolve().definitions[indicator.pk][-1]
    assert (since, definition.unit) == (Quarter.objects.get(pk="2026Q1").index, "sessions")
    assert indicator.definitions.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rule": "companies"}, "rule"),
        ({"source": "derived"}, "rule"),
        ({"source": "derived", "rule": "companies"}, "kind"),
        ({"kind": "unique"}, "kind"),
        ({"source": "derived", "rule": "cofinancing", "kind": "stock"}, "kind"),
        ({"unit": ""}, "unit"),
        ({"from_quarter": "1999Q1"}, "from_quarter"),
    ],
)
def test_a_definition_that_does_not_fit_together_is_refused_at_its_field(office, changes, field):
    before = everything()
    indicator = Indicator.objects.get(code="assignments")

    response = office.post(page(Indicator, "define", query=f"?id={indicator.pk}"), {**DEFINITION, **changes})

    assert form_errors(response) == {field}
    assert everything() == before


def test_a_new_indicator_comes_with_its_definition(office):
    response = office.post(page(Indicator, "add"), {**INDICATOR, **DEFINITION})

    indicator = Indicator.objects.get(code="sessions")
    assert response.url == page(Indicator, "change", indicator.pk)
    assert newest().definition.indicator == indicator


def test_a_new_indicator_that_is_refused_leaves_nothing_behind(office):
    misfit = office.post(page(Indicator, "add"), {**INDICATOR, **DEFINITION, "kind": "unique"})
    # A citizen service number in the reason is found by the command only, after the indicator was made.
    refused = office.post(page(Indicator, "add"), {**INDICATOR, **DEFINITION, "reason": "voor 123456782"})
    taken = office.post(page(Indicator, "add"), {**INDICATOR, **DEFINITION, "code": "assignments"})

    assert (form_errors(misfit), form_errors(refused), form_errors(taken)) == ({"kind"}, {"reason"}, {"code"})
    assert not Indicator.objects.filter(code="sessions").exists()


# --- goals


REVISION = {
    "baseline_value": "10000", "baseline_date": "2023-09-30", "target_value": "35000", "target_date": "2027-09-30",
    "decision": "Stuurgroep", "decided_on": "2026-01-15", "reason": "hoger",
}  # fmt: skip


def test_a_goal_is_revised_with_milestones_and_keeps_its_original(office, manager):
    goal = Goal.objects.get(code="companies")
    url = page(Goal, "revise", query=f"?id={goal.pk}")

    asked = office.get(url)
    sent = {**REVISION, "milestone_2025Q3": "20.000", "milestone_2026Q3": "28000,50"}
    office.post(url, {**sent, "seen": office.post(url, sent).context["seen"]})

    assert asked.context["adminform"].form.initial["target_value"] == 30_000
    assert (newest().kind, newest().actor, newest().reason) == (EntryKind.GOAL, manager, "hoger")
    original, current = ledger.resolve().revisions[goal.pk]
    assert (original.target_value, current.target_value) == (30_000, 35_000)
    planned = {each.quarter_id: each.value for each in current.milestones.all()}
    assert planned == {"2025Q3": Decimal(20_000), "2026Q3": Decimal("28000.50")}
    assert office.get(url).context["adminform"].form.initial["milestone_2026Q3"] == Decimal("28000.50")
    told = text(office.get(page(Goal, "change", goal.pk)))
    assert "<td>35.000</td>" in told and "2025\u00a0K3: 20.000; 2026\u00a0K3: 28.000,5" in told
    assert "<td>hoger</td>" in told and f"<td>{manager}</td>" in told


def test_a_revision_that_cannot_be_is_refused_at_its_field(office):
    goal = Goal.objects.get(code="companies")
    url = page(Goal, "revise", query=f"?id={goal.pk}")
    before = everything()

    backwards = office.post(url, {**REVISION, "target_date": "2020-01-01"})
    outside = office.post(url, {**REVISION, "target_date": "2025-09-30", "milestone_2026Q3": "1"})
    english = office.post(url, {**REVISION, "target_value": "28.00"})
    undecided = office.post(url, {**REVISION, "decision": "", "target_value": "-1"})

    assert form_errors(backwards) == {"target_date"}
    assert form_errors(outside) == {"milestone_2026Q3"}
    assert form_errors(undecided) == {"decision", "target_value"}
    assert form_errors(english) == {"target_value"}
    assert everything() == before


def test_what_a_goal_looks_at_is_fixed_and_its_name_is_not(office):
    goal = Goal.objects.get(code="companies")
    other = Indicator.objects.get(code="partners")
    sent = {"code": "x", "order": goal.order, "name_nl": "Bedrijven!", "name_en": "Companies", "indicator": other.pk,
            "measure": "value", "revisions-TOTAL_FORMS": "1", "revisions-INITIAL_FORMS": "1",
            "revisions-0-target_value": "1"}  # fmt: skip

    office.post(page(Goal, "change", goal.pk), sent)

    after = Goal.objects.get(pk=goal.pk)
    assert (after.name_nl, after.code, after.indicator_id, after.measure) == (
        "Bedrijven!", "companies", goal.indicator_id, goal.measure,
    )  # fmt: skip
    assert after.revisions.get().target_value == 30_000


def test_a_new_goal_comes_with_its_numbers(office):
    indicator = Indicator.objects.get(code="assignments")
    names = {"code": "assignments", "order": "60", "name_nl": "Opdrachten", "name_en": "Assignments",
             "indicator": indicator.pk, "measure": "cumulative"}  # fmt: skip

    refused = office.post(page(Goal, "add"), names)
    office.post(page(Goal, "add"), {**names, **REVISION, "baseline_value": ""})

    assert "target_date" in form_errors(refused)
    goal = Goal.objects.get(code="assignments")
    assert ledger.resolve().revisions[goal.pk][0].baseline_value is None


# --- reports


def test_withdrawing_asks_for_a_reason_and_appends_with_the_actor(office, manager, accepted):
    ticked = {"action": "withdraw", "_selected_action": [str(accepted.report_id)]}
    step = office.post(page(QuarterlyReport, "changelist"), ticked)

    asked = office.get(step.url)
    refused = office.post(step.url, {"reason": ""})
    office.post(step.url, {"reason": "dubbel ingediend"})

    assert asked.status_code == 200
    assert form_errors(refused) == {"reason"}
    entry = newest()
    assert (entry.kind, entry.actor, entry.report, entry.reason) == (
        EntryKind.WITHDRAWN, manager, accepted.report, "dubbel ingediend",
    )  # fmt: skip
    assert ReportEvent.objects.filter(kind=EventKind.WITHDRAWN, actor=manager).exists()
    assert OutboxMessage.objects.filter(payload={"seq": entry.seq}).exists()
    again = office.post(step.url, {"reason": "nog eens"})
    assert again.context["adminform"].form.non_field_errors()
    assert newest() == entry


def test_the_list_finds_reports_by_where_they_stand(office, hip, accepted):
    factories.reported("snel", "2025Q1", upto="submitted")
    factories.reported("people", "2025Q1", upto="returned")
    withdrawn = factories.reported("greenchain-nh", "2025Q1")
    reporting.withdraw(
        actor=factories.user(Role.MANAGER), consortium="greenchain-nh", quarter="2025Q1", reason="dubbel"
    )

    def listed(**query):
        response = office.get(page(QuarterlyReport, "changelist"), {"quarter__id__exact": "2025Q1", **query})
        return {report.consortium.slug for report in response.context["cl"].result_list}

    assert listed(status="accepted") == {"scale"}
    assert listed(status="submitted") == {"snel"}
    assert listed(status="returned") == {"people"}
    assert listed(status="withdrawn") == {withdrawn.report.consortium.slug}
    assert len(listed(status="notStarted")) == 11
    assert listed(status="accepted", consortium__id__exact=hip.pk) == {"scale"}
    came = {"scale", "snel", "people", "greenchain-nh"}
    assert listed(late="late") == came
    assert len(listed(late="overdue")) == 11 and not came & listed(late="overdue")


def test_more_time_is_given_by_command(office, manager, hip):
    late = clock.today() + timedelta(days=10)
    sent = {"consortium": hip.pk, "quarter": "2025Q1", "due_date": late.isoformat(), "reason": "ziekte"}

    early = office.post(page(Extension, "add"), {**sent, "due_date": "2025-04-01"})
    not_yet = office.post(page(Extension, "add"), {**sent, "quarter": "2027Q3"})
    office.post(page(Extension, "add"), sent)

    assert form_errors(early) == {"due_date"}
    assert not_yet.context["adminform"].form.non_field_errors()
    extension = Extension.objects.get()
    assert (extension.due_date, extension.granted_by) == (late, manager)
    assert ReportEvent.objects.get(kind=EventKind.EXTENDED).actor == manager
    assert office.post(page(Extension, "change", extension.pk), {"due_date": "2030-01-01"}).status_code == 403


# --- the register


def test_a_number_that_was_reported_stays(office, accepted):
    company = Organisation.objects.get(kvk_number="00000001")
    inline = {"partner_in-TOTAL_FORMS": "0", "partner_in-INITIAL_FORMS": "0"}
    sent = {"name": "Nieuwe naam", "organisation_type": "other", "size_class": "large", "kvk_number": "00000009",
            "institution_code": "25PW", **inline}  # fmt: skip
    rows = list(company.participations.values())

    assert office.post(page(Organisation, "change", company.pk), sent).status_code == 302

    company.refresh_from_db()
    assert (company.name, company.kvk_number, company.institution_code) == ("Nieuwe naam", "00000001", "25PW")
    assert list(company.participations.values()) == rows


# --- what needs attention


def test_the_first_page_says_what_needs_attention(office):
    factories.reported("snel", "2025Q1", upto="submitted")

    tasks = office.get(reverse("admin:index")).content.decode().split('id="attention"')[1]
    links = [
        address.replace("&amp;", "&")
        for address in re.findall(r'href="([^"]*)"', tasks)
        if "status=submitted" in address or "late=overdue" in address or "is_placeholder" in address
    ]
    waiting, overdue, nameless = [office.get(url).context["cl"].result_count for url in links]

    assert waiting == 1
    assert overdue > 100
    assert nameless == Consortium.objects.filter(is_placeholder=True).count() == 7
    for number in (waiting, overdue, nameless):
        assert f">{number}</span>" in tasks


# --- how much work a page is


def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def grow(first, last):
    """More of everything that grows: companies, people, tokens, reports with many rows."""
    Organisation.objects.bulk_create(
        Organisation(kvk_number=f"{number:08}", name=f"Bedrijf {number}", organisation_type="company")
        for number in range(100_000 + first * 500, 100_000 + last * 500)
    )
    slugs = list(Consortium.objects.values_list("slug", flat=True))
    for number in range(first, last):
        companies = [factories.company(100_000 + first * 500 + row) for row in range(60)]
        lines = [factories.figure(code, number) for code in ("assignments", "trainings", "curricula")]
        counts = [factories.headcount(9, 3, category=category) for category in ("mbo", "hbo", "wo")]
        factories.reported(slugs[number], "2024Q1", *lines, *companies, *counts)
        factories.reported(slugs[number], "2024Q2", *lines, *companies, upto="submitted")
        tokens.issue(user=factories.user(Role.READER))
        Theme.objects.create(slug=f"thema-{number}", name_nl=f"Thema {number}", name_en="")
        hip = Consortium.objects.get(slug=slugs[number])
        hip.partnerships.create(name=f"PPS {number}")
        Extension.objects.create(
            report=hip.reports.first(), due_date=date(2030, 1, 1), reason="x", granted_by=factories.user()
        )
        hip.partners.create(organisation=Organisation.objects.get(kvk_number=f"{100_000 + number * 500:08}"))
        LogEntry.objects.log_actions(factories.user().pk, [hip], 2, change_message="x")
    materialise.roll_up()


@pytest.mark.usefixtures("something_everywhere")
def test_lists_take_as_many_queries_for_many_rows_as_for_few(office):
    urls = [*addresses({"changelist"}), reverse("admin:index")]
    grow(0, 1)
    for url in urls:
        office.get(url)  # content types and the like are remembered after the first time
    few = {url: queries(office, url) for url in urls}

    grow(1, 6)

    assert {url: queries(office, url) for url in urls} == few
    assert max(few.values()) <= 30


@pytest.mark.usefixtures("something_everywhere")
def test_no_page_of_one_row_takes_more_than_thirty_queries(office, hip, accepted, manager):
    grow(0, 5)
    busiest = ReportVersion.objects.filter(report__consortium__slug=Consortium.objects.first().slug).latest("number")
    urls = [
        *addresses({"add", "change"}),
        *steps(hip, accepted, manager),
        page(ReportVersion, "change", busiest.pk),
        page(QuarterlyReport, "change", busiest.report_id),
        page(Organisation, "change", Organisation.objects.get(kvk_number="00100000").pk),
    ]

    for url in urls:
        assert queries(office, url) <= 30, url
        # The register is looked up, never listed in a page.
        assert len(office.get(url).content) < 200_000, url
