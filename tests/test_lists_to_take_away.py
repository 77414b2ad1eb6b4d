"""Every list has a link "Excel", and behind it are the rows of the list: with its filters, for whoever may see it."""

import html
import io
import re
from typing import Any

import openpyxl
import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consortia.admin.lists import ListedAdmin
from consortia.models import Consortium, Organisation, Role, User
from impact import reporting, teamwork, vintages
from impact.models import LedgerEntry, ReportVersion
from tests import factories
from tests.factories import company, figure, headcount, school

pytestmark = pytest.mark.django_db

HIP, PERIOD = "scale", "2026Q3"
LINK = re.compile(r'href="([^"]*formaat=xlsx[^"]*)"')


@pytest.fixture
def manager(programme: Any) -> User:
    """Two HIPs that share a company, with a correction between two vintages."""
    manager = factories.user(Role.MANAGER)
    coordinator = factories.user(Role.COORDINATOR, HIP)
    factories.reported(
        HIP, PERIOD, figure("assignments", 12), company(1), company(2), school(), headcount(4321, 3210),
        coordinator=coordinator,
    )  # fmt: skip
    factories.reported("people", PERIOD, figure("assignments", 5), company(2))
    vintages.publish(actor=manager, code="eerder", note="=1+1")
    reporting.correct(actor=coordinator, consortium=HIP, quarter=PERIOD, reason="telfout")
    factories.reported(
        HIP, PERIOD, figure("assignments", 10), company(1), company(2), school(), headcount(4321, 3210),
        coordinator=coordinator,
    )  # fmt: skip
    vintages.publish(actor=manager, code="later")
    teamwork.comment(actor=manager, consortium=HIP, quarter=PERIOD, text="Graag nakijken", place="")
    return manager


@pytest.fixture
def office(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def _link(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    found = LINK.search(page.content.decode())
    assert found, f"no workbook at {address}"
    link = html.unescape(found[1])
    return address.split("?", maxsplit=1)[0] + link if link.startswith("?") else link


def _downloaded(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert "spreadsheetml" in answer["Content-Type"], address
    assert "no-store" in answer["Cache-Control"]
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def _book(client: Client, address: str) -> Any:
    return _downloaded(client, _link(client, address))


def _rows(book: Any, sheet: int = 0) -> list[tuple[Any, ...]]:
    return list(book.worksheets[sheet].iter_rows(min_row=2, values_only=True))


def _about(book: Any) -> dict[Any, Any]:
    return {row[0]: row[1] for row in book.worksheets[-1].iter_rows(values_only=True) if len(row) > 1}


def test_every_public_list_is_to_be_had_with_its_rows_and_nothing_withheld_in_it(manager: User) -> None:
    visitor = Client()

    hips = _rows(_book(visitor, "/en/hips"))
    assert len(hips) == Consortium.objects.count()
    assert next(row for row in hips if row[0].startswith("SCALE"))[6:8] == (2, "yes")
    codebook = _rows(_book(visitor, "/en/indicatoren"))
    assert codebook[0][0] == "companies"
    found = _rows(_book(visitor, "/en/edities"))
    assert [row[0] for row in found] == ["later", "eerder"]
    assert found[1][9] == "=1+1"
    differing = _book(visitor, "/en/edities/eerder/verschil?met=later")
    assert ("The programme", "all action lines", "Company assignments", "2026 Q3", "This quarter", 17, 15) in [
        row[:7] for row in _rows(differing)
    ]
    assert not [row for row in _rows(differing, 1) if row[5]], "reasons are not public"
    overlaps = _rows(_book(visitor, "/en/overlap"))
    assert 1 in [row[2] for row in overlaps if row[0].startswith("SCALE") and row[1].startswith("PEOPLE")]
    assert _rows(_book(visitor, "/en/overlap/verloop"))[-1][1] == 2
    students = _book(visitor, f"/en/cijfers/waarom?indicator=students&kwartaal={PERIOD}&hip={HIP}")
    assert [row[2] for row in _rows(students)] == ["all action lines"]
    assert [row[9] for row in _rows(students)] == [3210]


def test_every_list_of_the_work_is_to_be_had_with_its_rows(office: Client) -> None:
    report = f"/en/rapportages/{HIP}/{PERIOD}"

    versions = _rows(_book(office, f"{report}/versies"))
    assert [row[0] for row in versions] == [2, 1]
    assert [row[3] for row in _rows(_book(office, f"{report}/samenwerken"))] == ["Graag nakijken"]
    organisations = _rows(_book(office, f"{report}?sectie=participations"))
    assert len(organisations) == 3
    assert "00000001" in [row[1] for row in organisations]
    companies = _rows(_book(office, f"/en/cijfers/waarom?indicator=companies&kwartaal={PERIOD}"))
    assert sorted(row[1] for row in companies) == ["00000001", "00000002", "00000002"]
    shared = _rows(_book(office, f"/en/overlap/organisaties?hip={HIP}&other=people"))
    assert [(row[1], row[2]) for row in shared] == [("00000002", 2)]


def test_what_a_page_does_not_show_its_workbook_does_not_either(manager: User) -> None:
    other = Client()
    other.force_login(factories.user(Role.COORDINATOR, "people"))

    assert other.get(f"/en/rapportages/{HIP}/{PERIOD}/versies?formaat=xlsx").status_code == 404
    assert "/accounts/login/" in Client().get(f"/en/rapportages/{HIP}/{PERIOD}/versies?formaat=xlsx")["Location"]
    reader = Client()
    reader.force_login(factories.user(Role.READER))
    book = _downloaded(reader, f"/en/rapportages/{HIP}/{PERIOD}/versies?formaat=xlsx")
    assert [row[0] for row in _rows(book)] == [2]
    assert "Submitted by" not in [cell.value for cell in book.worksheets[0][1]]
    names = _downloaded(other, f"/en/overlap/organisaties?hip={HIP}&other=people&formaat=xlsx")
    assert _rows(names) == []
    assert _about(names)["In all"] == 1


def test_the_filters_of_the_list_are_those_of_the_workbook_and_stand_in_it(office: Client) -> None:
    with translation.override("en"):
        list_of_entries = reverse("admin:impact_ledgerentry_changelist")

    book = _book(office, f"{list_of_entries}?kind__exact=counts")

    assert len(_rows(book)) == LedgerEntry.objects.filter(kind="counts").count()
    about = _about(book)
    assert about["Filters"] == "kind__exact = counts"
    assert about["The same on the site"].endswith("?kind__exact=counts")
    assert about["Made on"]


def test_every_list_of_the_administration_is_to_be_had_with_all_its_pages(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListedAdmin, "list_per_page", 3)
    wrong = {}
    for model, model_admin in admin.site._registry.items():
        assert isinstance(model_admin, ListedAdmin), model
        if type(model_admin).changelist_view is not ListedAdmin.changelist_view:
            continue  # The texts of messages stand on a page of their own, which is no list.
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = office.get(address)
        rows = _rows(_book(office, address))
        shown = page.context["cl"].result_count
        labels = len(page.context["cl"].list_display) - ("action_checkbox" in page.context["cl"].list_display)
        if len(rows) != shown or any(len(row) != labels for row in rows):
            wrong[address] = (len(rows), shown)
    assert wrong == {}
    versions = _book(office, reverse("admin:impact_reportversion_changelist"))
    assert len(_rows(versions)) == ReportVersion.objects.count()


def test_the_administration_of_who_is_not_of_the_office_stays_closed(manager: User) -> None:
    reviewer = Client()
    reviewer.force_login(factories.user(Role.REVIEWER))

    answer = reviewer.get(f"{reverse('admin:consortia_organisation_changelist')}?formaat=xlsx")

    assert answer.status_code in (302, 403)
    assert "spreadsheetml" not in answer.get("Content-Type", "")


def test_how_many_queries_a_workbook_takes_does_not_depend_on_its_rows(office: Client) -> None:
    address = f"{reverse('admin:consortia_organisation_changelist')}?formaat=xlsx"
    with CaptureQueriesContext(connection) as few:
        before = len(_rows(_downloaded(office, address)))
    Organisation.objects.bulk_create(factories.OrganisationFactory.build_batch(60))
    with CaptureQueriesContext(connection) as many:
        after = len(_rows(_downloaded(office, address)))

    assert after == before + 60
    assert len(many) == len(few)
