"""Rules of the check as data: tried on history, put in force by the office, guarded by the database."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Consortium, Organisation, Role
from impact import drafts, earlier, links, reference, reporting, rules
from impact.models import CheckRule, EntryKind, Explanation, Indicator, QuarterlyReport, RuleKind
from impact.reference_rules import RULES
from tests import factories
from tests.factories import company, figure, headcount, unidentified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

QUARTERS = ("2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def history():
    """Five quarters of one HIP in which the fourth is ten times the others, and one quarter of another."""
    for period, value in zip(QUARTERS, (12, 13, 12, 130, 12), strict=True):
        factories.reported("scale", period, figure("assignments", value), explanations={"/figures/0/value": "ja"})
    factories.reported("people", "2024Q1", figure("assignments", 130))


def rule(**fields):
    given = {"code": "my-rule", "kind": RuleKind.PREVIOUS, "factor": Decimal(5), "least": 50, **fields}
    return CheckRule(**given)


def judged(period, *parts, hip="scale"):
    lines = factories.lines(*parts)
    verdict = reporting.judge(actor=factories.user(Role.MANAGER), consortium=hip, quarter=period, lines=lines)
    return [(problem.pointer, problem.code) for problem in verdict.warnings]


# --- what an installation starts with


def test_the_rules_of_an_installation_hold_and_loading_again_leaves_them_as_the_office_made_them(manager):
    assert set(CheckRule.objects.active().values_list("code", flat=True)) == {row.code for row in RULES}
    assert set(CheckRule.objects.values_list("tried_reports", "tried_hits")) == {(0, 0)}
    rules.deactivate(actor=manager, rule=CheckRule.objects.get(code="vanished"))

    assert reference.load() == 0

    assert not CheckRule.objects.get(code="vanished").is_active


def test_a_first_report_is_asked_nothing():
    assert judged("2024Q1", *factories.lines()) == []


def test_a_report_like_the_one_before_is_asked_nothing():
    factories.reported("scale", "2024Q1")

    assert judged("2024Q2", *factories.lines()) == []


# --- what is read of the past


def test_the_past_is_what_counts_in_the_quarters_before(history):
    report = QuarterlyReport.objects.get(consortium__slug="scale", quarter="2025Q1")

    past = drafts.known(report, []).past

    assert {ago: list(figures.values()) for ago, figures in past.figures.items()} == {
        1: [130],
        2: [12],
        3: [13],
        4: [12],
    }
    assert past.sizes == {"figures": 1}


def test_what_was_withdrawn_is_no_past(history, manager):
    reporting.withdraw(actor=manager, consortium="scale", quarter="2024Q4", reason="onjuist")
    report = QuarterlyReport.objects.get(consortium__slug="scale", quarter="2025Q1")

    assert 1 not in drafts.known(report, []).past.figures


def test_an_organisation_that_became_another_has_not_vanished(manager):
    CheckRule.objects.filter(code="vanished").update(is_active=False)
    mine = rules.store(actor=manager, rule=rule(code="gone", kind=RuleKind.VANISHED, factor=Decimal("0.1"), least=1))
    rules.activate(actor=manager, rule=rules.try_out(actor=manager, rule=mine))
    factories.reported("scale", "2024Q1", company(1), company(2))
    factories.reported("people", "2024Q1", company(3))
    assert judged("2024Q2", company(2), company(3)) == [("/participations", "vanished")]

    old, new = (Organisation.objects.get(kvk_number=f"{number:08}").pk for number in (1, 3))
    links.link(actor=manager, kind=EntryKind.SUCCESSION, source=old, target=new, reason="overgenomen")

    assert judged("2024Q2", company(2), company(3)) == []


def test_the_number_of_queries_does_not_grow_with_the_report():
    counted = []
    for hip, size in (("scale", 2), ("people", 40)):
        report = QuarterlyReport(consortium=Consortium.objects.get(slug=hip), quarter=factories.quarter("2024Q2"))
        factories.reported(hip, "2024Q1", figure("assignments", 12), *(company(each) for each in range(1, size)))
        with CaptureQueriesContext(connection) as queries:
            drafts.known(report, factories.lines())
        counted.append(len(queries))
    with CaptureQueriesContext(connection) as without:
        drafts.known(report, factories.lines(), with_history=False)

    assert counted[0] == counted[1] == 9
    assert len(without) == 3


# --- trying, putting in force


def test_a_trial_finds_in_history_what_the_rule_would_have_asked(history, manager):
    tried = rules.try_out(actor=manager, rule=rules.store(actor=manager, rule=rule()))

    assert (tried.tried_reports, tried.tried_hits, tried.is_active) == (6, 2, False)
    assert tried.tried_found[0] == {
        "consortium": "scale",
        "name": "SCALE – Smart Campus Leerpark",
        "quarter": "2024Q4",
        "indicator": "assignments",
        "actionLine": "innovation",
        "value": "130.00",
        "nl": tried.tried_found[0]["nl"],
        "en": "Last quarter this was 12; this is 11× as much.",
    }


def test_a_trial_of_the_rule_for_every_figure_leaves_out_those_with_a_rule_of_their_own(history, manager):
    own = rules.store(actor=manager, rule=rule(code="own", indicator=Indicator.objects.get(code="assignments")))
    rules.activate(actor=manager, rule=rules.try_out(actor=manager, rule=own))

    assert rules.try_out(actor=manager, rule=rules.store(actor=manager, rule=rule())).tried_hits == 0


def test_a_trial_says_what_judging_says(history, manager):
    """Every rule that holds, over reports that are judged anew as drafts."""
    asked = {}
    for report in QuarterlyReport.objects.with_counting().filter(counting_version_id__isnull=False):
        for problem in reporting.judge(
            actor=manager, consortium=report.consortium.slug, quarter=report.quarter_id,
            lines=drafts.lines_of(report.versions.get()),
        ).warnings:  # fmt: skip
            asked.setdefault((report.consortium.slug, report.quarter_id), set()).add(problem.detail)
    found = {}
    for row in CheckRule.objects.active():
        for hit in rules.try_out(actor=manager, rule=row).tried_found:
            found.setdefault((hit["consortium"], hit["quarter"]), set()).add(hit["en"])

    assert asked
    assert asked.keys() == found.keys()
    assert all(asked[place] <= found[place] for place in asked)


def test_a_rule_holds_only_after_its_trial(manager):
    stored = rules.store(actor=manager, rule=rule())

    with pytest.raises(NotAllowedNow, match="Try the rule"):
        rules.activate(actor=manager, rule=stored)
    rules.activate(actor=manager, rule=rules.try_out(actor=manager, rule=stored))
    with pytest.raises(NotAllowedNow, match="holds already"):
        rules.activate(actor=manager, rule=stored)

    stored.refresh_from_db()
    assert (stored.is_active, stored.activated_by) == (True, manager)


def test_a_change_of_what_is_asked_takes_a_rule_out_of_force_and_another_text_does_not(manager):
    stored = rules.activate(
        actor=manager, rule=rules.try_out(actor=manager, rule=rules.store(actor=manager, rule=rule()))
    )

    stored.text_en = "Count groups."
    assert rules.store(actor=manager, rule=stored).is_active
    stored.least = 60
    assert not rules.store(actor=manager, rule=stored).is_active
    stored.refresh_from_db()
    with pytest.raises(NotAllowedNow):
        rules.activate(actor=manager, rule=stored)


def test_a_rule_that_does_not_hold_asks_nothing(history, manager):
    assert judged("2025Q1", figure("assignments", 1)) == [("/figures/0/value", "unusual")]

    for row in CheckRule.objects.active():
        rules.deactivate(actor=manager, rule=row)

    assert judged("2025Q1", figure("assignments", 1)) == []
    with pytest.raises(NotAllowedNow):
        rules.deactivate(actor=manager, rule=CheckRule.objects.first())


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER])
def test_only_the_office_has_rules(role):
    actor, stored = factories.user(role), CheckRule.objects.get(code="vanished")

    for command in (rules.store, rules.try_out, rules.activate, rules.deactivate):
        with pytest.raises(NotPermitted):
            command(actor=actor, rule=stored)


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"factor": None}, ["/factor"]),
        ({"factor": Decimal(0)}, ["/factor"]),
        ({"kind": RuleKind.VANISHED, "factor": Decimal("1.5")}, ["/factor"]),
        ({"kind": RuleKind.SUM}, ["/indicator", "/whole"]),
        ({"kind": RuleKind.SUM, "indicator": "cofinancing", "whole": "cofinancing"}, ["/whole"]),
        ({"kind": RuleKind.SUM, "indicator": "training-completions", "whole": "companies"}, ["/indicator", "/whole"]),
        ({"whole": "project-costs"}, ["/whole"]),
        ({"indicator": "companies"}, ["/indicator"]),
        ({"indicator": "training-completions"}, ["/indicator"]),
        ({"kind": RuleKind.COFINANCING, "factor": None, "indicator": "assignments"}, ["/indicator"]),
        ({"text_nl": "BSN 111222333"}, ["/text_nl"]),
    ],
)
def test_a_rule_fits_its_kind(manager, fields, pointers):
    given = {
        name: Indicator.objects.get(code=value) if name in ("indicator", "whole") else value
        for name, value in fields.items()
    }

    with pytest.raises(Refused) as refused:
        rules.store(actor=manager, rule=rule(**given))

    assert [problem.pointer for problem in refused.value.problems] == pointers


# --- the database


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'astrology'",
        "factor = 0",
        "factor = NULL",
        "kind = 'vanished', factor = 2",
        "kind = 'sum'",
        "whole_id = (SELECT id FROM impact_indicator LIMIT 1)",
        "kind = 'cofinancing', indicator_id = (SELECT id FROM impact_indicator LIMIT 1)",
        "kind = 'sum', indicator_id = (SELECT min(id) FROM impact_indicator), "
        "whole_id = (SELECT min(id) FROM impact_indicator)",
        "tried_at = NULL",
        "tried_reports = NULL",
        "tried_hits = NULL",
        "changed_at = now() + interval '1 day'",
        "tried_at = changed_at - interval '1 second'",
        "code = 'vanished'",
    ],
)
def test_the_database_refuses_a_rule_that_cannot_be(change):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE impact_checkrule SET is_active = false WHERE code = 'unusual'; "
                       f"UPDATE impact_checkrule SET is_active = true, {change} WHERE code = 'unusual'")  # fmt: skip


@pytest.mark.parametrize("change", ["factor = 6", "least = 11", "kind = 'previous'"])
def test_the_database_keeps_what_was_tried_as_it_was_tried(change):
    for also in ("", ", changed_at = now(), tried_at = now()", ", is_active = false"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE impact_checkrule SET {change}{also} WHERE code = 'unusual'")


def test_the_database_lets_no_rule_hold_that_was_never_tried():
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(is_active=True).save()


def test_a_rule_is_not_removed():
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM impact_checkrule")


def test_another_text_leaves_what_a_colleague_put_in_force_meanwhile(manager):
    stored = rules.store(actor=manager, rule=rule())
    seen = CheckRule.objects.get(pk=stored.pk)
    rules.activate(actor=manager, rule=rules.try_out(actor=manager, rule=stored))
    seen.text_nl = "Tel groepen."

    now = rules.store(actor=factories.user(Role.MANAGER), rule=seen)
    assert (now.is_active, now.activated_by, now.text_nl) == (True, manager, "Tel groepen.")
    assert CheckRule.objects.get(pk=stored.pk).is_tried


def test_an_explanation_says_something_once_for_a_place(manager):
    version = factories.reported("scale", "2024Q1", upto="draft")
    given = {"report": version.report, "author": manager}
    Explanation.objects.create(place="/figures", text="ja", **given)

    for place, text in (("/figures", "ook"), ("/headcounts", ""), ("", "ja")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Explanation.objects.create(place=place, text=text, **given)


# --- the office's page

NEW = {
    "code": "my-rule", "kind": "previous", "indicator": "", "whole": "", "factor": "5", "least": "50",
    "text_nl": "Tel groepen.", "text_en": "Count groups.",
}  # fmt: skip


def address(step, stored):
    return reverse(f"admin:impact_checkrule_{step}") + f"?id={stored.pk}"


def test_the_office_adds_a_rule_tries_it_and_puts_it_in_force(history, office, manager):
    office.post(reverse("admin:impact_checkrule_add"), NEW)
    stored = CheckRule.objects.get(code="my-rule")
    assert not stored.is_active
    page = reverse("admin:impact_checkrule_change", args=[stored.pk])
    assert "not tried yet" in office.get(page).content.decode()
    refused = office.post(address("activate", stored), {})
    assert "Try the rule on history first" in refused.content.decode()

    office.post(address("try", stored), {})
    text = office.get(page).content.decode()
    for part in ("Questions: 2. Reports: 6.", "SCALE", "2024 Q4", "130", "11× as much. Count groups."):
        assert part.replace(" Q", "\N{NO-BREAK SPACE}Q") in text
    office.post(address("activate", stored), {})

    stored.refresh_from_db()
    assert (stored.is_active, stored.activated_by) == (True, manager)
    messages = [str(entry) for entry in LogEntry.objects.filter(object_id=stored.pk)]
    assert len(messages) == 3


def test_a_change_by_the_office_says_from_what_into_what_and_asks_for_another_trial(office):
    stored = CheckRule.objects.get(code="factor-ten")
    page = reverse("admin:impact_checkrule_change", args=[stored.pk])

    office.post(page, {**NEW, "factor": "8", "least": "100"})

    stored.refresh_from_db()
    assert (stored.code, stored.factor, stored.is_active) == ("factor-ten", 8, False)
    assert "10.00 → 8" in LogEntry.objects.get(object_id=stored.pk).get_change_message()
    assert "not tried since it was changed" in office.get(page).content.decode()
    office.post(address("try", stored), {})
    office.post(address("activate", stored), {})
    assert "Take out of force" in office.get(page).content.decode()
    office.post(address("deactivate", stored), {})
    stored.refresh_from_db()
    assert not stored.is_active


def test_what_does_not_fit_is_said_at_its_field_and_stored_nowhere(office):
    answer = office.post(
        reverse("admin:impact_checkrule_add"), {**NEW, "factor": "", "whole": Indicator.objects.first().pk}
    )

    assert set(answer.context["adminform"].form.errors) == {"factor", "whole"}
    assert not CheckRule.objects.filter(code="my-rule").exists()


def test_hits_are_read_in_the_language_of_the_reader(history, manager):
    tried = rules.try_out(actor=manager, rule=rules.store(actor=manager, rule=rule()))

    assert set(tried.tried_found[0]) >= {"nl", "en"}


def test_the_page_lists_no_more_than_fit_on_it(history, manager, monkeypatch):
    monkeypatch.setattr(rules, "MOST_KEPT", 1)

    tried = rules.try_out(actor=manager, rule=rules.store(actor=manager, rule=rule()))

    assert (tried.tried_hits, len(tried.tried_found)) == (2, 1)


def test_the_trial_of_everything_takes_a_few_queries_a_hip(history, manager):
    stored = rules.store(actor=manager, rule=rule())
    with CaptureQueriesContext(connection) as few:
        rules.try_out(actor=manager, rule=stored)
    factories.reported("people", "2024Q2", figure("assignments", 130), company(1), unidentified(3), headcount(3, 2))
    with CaptureQueriesContext(connection) as more:
        rules.try_out(actor=manager, rule=stored)

    assert len(more) == len(few)


def test_the_past_knows_who_it_is_after_links():
    assert earlier.roots() == {}
