"""The administration at the size of the whole programme: 15 HIPs × 16 quarters × 30,000 companies.

That lists take as many queries for many rows as for few is tested with every run (tests/*/test_admin.py); here every
page is opened at the real size: lists with and without search, filters and order, rows, their histories, forms for new
ones, and steps. `make proof`, some minutes.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from benchmarks import world
from consortia import clock
from consortia.models import (
    ApiToken,
    Consortium,
    Invitation,
    Mail,
    Membership,
    MessageTemplate,
    Organisation,
    PageText,
    Partner,
    Partnership,
    Role,
    Scope,
    User,
)
from events import publishing
from impact import materialise, reporting, vintages
from impact.admin.reference_files import TABLES
from impact.models import (
    BudgetLine,
    Comment,
    DismissedDuplicate,
    EventKind,
    Extension,
    ExtensionRequest,
    Goal,
    Indicator,
    Quarter,
    QuarterlyReport,
    ReportEvent,
)
from tests import factories
from tests.events.factories import EventFactory, GoodPracticeFactory

# What the world is made of is committed: an owner tidies it up in between, as autovacuum does.
pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]

MOST = 30
COMPANIES = 30_000
LARGEST_PAGE = 1_000_000
"""In bytes: a list of choices with every organisation in it would be three times that."""
_FORM = "application/x-www-form-urlencoded"
_ANSWERS = {200, 302, 403, 404, 405}
"""A step that the state of the row does not allow sends back, is not there or is forbidden; one is for POST alone."""


def test_no_page_of_the_administration_takes_more_than_thirty_queries_at_the_real_size() -> None:
    people = world.People.make()
    world.build(world.Size(COMPANIES, 200_000), people)
    materialise.roll_up()
    manager = factories.user(Role.MANAGER)
    furnish(manager)
    assert Consortium.objects.count() == 15
    assert Quarter.objects.count() >= 16
    assert Organisation.objects.count() >= COMPANIES
    empty = [model for model in admin.site._registry if not model._default_manager.exists()]
    assert empty == [], "every table has rows to be shown"
    office = Client()
    office.force_login(manager)
    office.get(reverse("admin:index"))  # content types are remembered after the first time

    asked = [*(("GET", address, {}) for address in pages(manager)), *previews()]
    too_many, too_large, broken = {}, {}, {}
    for method, address, sent in asked:
        with CaptureQueriesContext(connection) as captured:
            answer = office.generic(method, address, urlencode(sent), content_type=_FORM)
        if answer.status_code not in _ANSWERS or "e=1" in answer.headers.get("Location", ""):
            broken[address] = answer.status_code
        if len(captured) > MOST:
            too_many[address] = len(captured)
        if not answer.streaming and len(answer.content) > LARGEST_PAGE:
            too_large[address] = len(answer.content)
    assert broken == {}
    assert too_many == {}
    assert too_large == {}
    assert len(asked) > 500


def pages(manager: User) -> Iterator[str]:
    """Every address of the administration, each kind of page of each table."""
    request = RequestFactory().get("/")
    request.user = manager
    yield reverse("admin:index")
    yield reverse("search") + "?q=bedrijf"
    yield reverse("reference-files")
    for code in TABLES:
        yield reverse("reference-file", args=[code])
    yield reverse("admin:admin_logentry_changes")
    for label in sorted({model._meta.app_label for model in admin.site._registry}):
        yield reverse("admin:app_list", args=[label])
    for model, model_admin in admin.site._registry.items():
        yield from _of_table(model, model_admin, request)


def _of_table(model: Any, model_admin: Any, request: Any) -> Iterator[str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    list_page = reverse(f"{name}_changelist")
    yield list_page
    yield f"{list_page}?p=2"
    if model_admin.search_fields:
        yield f"{list_page}?q=bedrijf+1"
        yield f"{list_page}?q=0000123"
    for chosen in _filters(model_admin, request):
        yield list_page + chosen
    for place, _column in enumerate(model_admin.get_list_display(request), start=1):
        yield f"{list_page}?o=-{place}"
    if model_admin.has_add_permission(request):
        yield reverse(f"{name}_add")
    for key in _keys(model):
        yield reverse(f"{name}_change", args=[key])
        yield reverse(f"{name}_history", args=[key])
        if model_admin.has_delete_permission(request):
            yield reverse(f"{name}_delete", args=[key])
        for step in getattr(model_admin, "steps", dict)():
            try:
                yield reverse(f"{name}_{step}") + f"?id={key}"
            except NoReverseMatch:
                continue


def previews() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Steps that show what they change before they are taken."""
    one, other = Organisation.objects.filter(kvk_number__in=["00000002", "00000003"]).order_by("kvk_number")
    link = {"kind": "merge", "to": other.kvk_number or "", "reason": "Dezelfde"}
    yield "POST", reverse("admin:consortia_organisation_link") + f"?id={one.pk}", link
    goal = Goal.objects.order_by("order")[0]
    revision = {
        "baseline_value": "10000", "baseline_date": "2023-09-30", "target_value": "31000", "target_date": "2027-09-30",
        "decision": "Besluit", "decided_on": "2026-01-15",
    }  # fmt: skip
    yield "POST", reverse("admin:impact_goal_revise") + f"?id={goal.pk}", revision


def _filters(model_admin: Any, request: Any) -> Iterator[str]:
    """The last choice of every filter beside the list, as its link says it."""
    listed = model_admin.get_changelist_instance(request)
    for spec in listed.filter_specs:
        links = [choice["query_string"] for choice in spec.choices(listed)]
        yield links[-1]


def _keys(model: Any) -> list[Any]:
    """The first row, the last one, and the one that most refers to, where that can be told cheaply."""
    keys = model._default_manager.order_by("pk").values_list("pk", flat=True)
    return sorted({keys.first(), keys.last()} - {None}, key=str)


# --- what the office has beside what HIPs handed in


def furnish(manager: User) -> None:
    """Rows in every table that the administration shows, as many as four years leave behind."""
    hips = list(Consortium.objects.order_by("number"))
    reports = list(QuarterlyReport.objects.filter(quarter=world.newest_quarter()))
    _people(hips, manager)
    _partners(hips)
    _decisions(reports, manager)
    _what_happened(manager)
    _corrections(reports)
    PageText.objects.create(page="contact", language="nl", body="Bel ons.")
    vintages.publish(actor=manager, code="proef", name="Proef", note="", seen=None)
    for _number in range(60):
        publishing.publish_event(actor=manager, event_id=EventFactory().pk)
        publishing.publish_practice(actor=manager, slug=GoodPracticeFactory().slug)


def _people(hips: list[Consortium], manager: User) -> None:
    users = User.objects.bulk_create(
        User(email=f"person-{hip.number}-{number}@office.example", name=f"Persoon {number}")
        for hip in hips
        for number in range(8)
    )
    Membership.objects.bulk_create(
        Membership(user=user, consortium=hips[number // 8], role=Role.CONTRIBUTOR if number % 8 else Role.COORDINATOR)
        for number, user in enumerate(users)
    )
    later = clock.now() + timedelta(days=14)
    Invitation.objects.bulk_create(
        Invitation(user=user, invited_by=manager, digest=f"{number:064x}", expires_at=later)
        for number, user in enumerate(users)
    )
    ApiToken.objects.bulk_create(
        ApiToken(user=user, digest=f"{number:064x}", hint="ptvt_", scopes=[Scope.READ])
        for number, user in enumerate(users)
    )
    Mail.objects.bulk_create(
        Mail(recipient=user, kind="opened", cause=f"opened {period}", message_id=f"{period}-{user.pk}", subject="Open")
        for user in users
        for period in range(16)
    )
    MessageTemplate.objects.create(kind="opened", language="nl", subject="Open", body="Het kwartaal is open.")


def _partners(hips: list[Consortium]) -> None:
    companies = list(Organisation.objects.filter(kvk_number__isnull=False)[: 15 * 25])
    Partner.objects.bulk_create(
        Partner(organisation=company, consortium=hips[number % 15]) for number, company in enumerate(companies)
    )
    Partnership.objects.bulk_create(
        Partnership(consortium=hip, name=f"PPS {number}") for hip in hips for number in range(6)
    )


def _decisions(reports: list[QuarterlyReport], manager: User) -> None:
    items = list(Indicator.objects.filter(code__in=["cofinancing-cash", "cofinancing-in-kind", "project-costs"]))
    BudgetLine.objects.bulk_create(
        BudgetLine(consortium=report.consortium, year=year, indicator=item, amount=1_000, source="Plan", set_by=manager)
        for report in reports
        for year in range(2023, 2028)
        for item in items
    )
    day = clock.today() + timedelta(days=20)
    Extension.objects.bulk_create(
        Extension(report=report, due_date=day, reason="Ziekte", granted_by=manager) for report in reports
    )
    ExtensionRequest.objects.bulk_create(
        ExtensionRequest(report=report, due_date=day, reason="Ziekte", requested_by=manager) for report in reports
    )
    Comment.objects.bulk_create(
        Comment(report=report, author=manager, text=f"Klopt dit? {number}")
        for report in reports
        for number in range(20)
    )
    pairs = Organisation.objects.order_by("pk")[:400]
    DismissedDuplicate.objects.bulk_create(
        DismissedDuplicate(first=one, second=other, dismissed_by=manager, reason="Twee zaken")
        for one, other in zip(pairs[::2], pairs[1::2], strict=True)
    )


def _what_happened(manager: User) -> None:
    ReportEvent.objects.bulk_create(
        ReportEvent(report=report, kind=kind, actor=manager)
        for report in QuarterlyReport.objects.all()
        for kind in EventKind.values
    )
    kind = ContentType.objects.get_for_model(Consortium)
    LogEntry.objects.bulk_create(
        LogEntry(user=manager, content_type=kind, object_id=str(number % 15), object_repr="HIP", action_flag=CHANGE)
        for number in range(5_000)
    )


def _corrections(reports: list[QuarterlyReport]) -> None:
    for report in reports:
        coordinator = factories._person(Role.COORDINATOR, report.consortium)
        reporting.correct(
            actor=coordinator, consortium=report.consortium.slug, quarter=report.quarter_id, reason="Beter geteld"
        )
