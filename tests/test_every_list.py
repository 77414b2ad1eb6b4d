"""No list that cannot be taken away: every address is walked, and a list without a workbook needs a reason."""

import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import translation

from consortia import clock, local_mail
from consortia.models import Consortium, KeptMail, Notification, Role, User
from events.models import Event
from impact import extensions, follow_ups, links, programme, teamwork
from impact.models import Quarter, RegisterImport
from tests import factories
from tests.events.factories import published_event, published_practice
from tests.test_access_matrix import PAGES, people, world

__all__ = ["people", "world"]

pytestmark = pytest.mark.django_db

LIST = re.compile(r'<table|class="(?:task-list|event-list|timeline|pagination)\b')
LINK = re.compile(r'href="([^"]*formaat=xlsx[^"]*)"')

ONE_REPORT = "one report, whose workbook of the quarter has these rows"
STEP = "a step that is about to be taken: what it lists is gone once it is taken"
FILE = "what a file that was handed in says; the file itself, marked, is to be had"
NO_LIST = {
    "finance_hip": "each year is a workbook of its own, the overview for RVO",
    "backfill": "a form: what is chosen in it comes as a workbook",
    "backfill_upload": FILE,
    "register_export": FILE,
    "report_list": FILE,
    "report_list_upload": FILE,
    "report": ONE_REPORT,
    "report_submit": STEP,
    "review": ONE_REPORT,
    "report_versions_compare": ONE_REPORT,
}
"""By the name of an address: why what looks like a list there has no workbook."""


@pytest.fixture
def lists(world: dict[str, str]) -> dict[str, str]:
    """Something in every list of the portal."""
    manager, soon = factories.user(Role.MANAGER), clock.today() + timedelta(days=40)
    factories.reported(
        "scale", "2026Q2", factories.company(1), factories.company(2), factories.figure("assignments", 3)
    )
    where = {"consortium": Consortium.objects.get(slug="scale"), "quarter": Quarter.objects.get(pk="2025Q3")}
    extensions.request_extension(
        actor=factories.user(Role.COORDINATOR, "people"), consortium="people", quarter="2026Q3",
        due_date=soon, reason="ziekte",
    )  # fmt: skip
    programme.extend(actor=manager, due_date=soon, reason="verhuizing", **where)
    follow_ups.mark(actor=manager, consortium="scale", quarter="2025Q2", text="navragen", owner=manager, due_date=soon)
    for period in ("2025Q1", "2025Q3"):
        teamwork.comment(actor=manager, consortium="scale", quarter=period, text="Graag nakijken", place="")
    for number in (1, 2):
        factories.OrganisationFactory(kvk_number=f"6875011{number}", name="Bakkerij De Halm BV", postcode="3311 AB")
    RegisterImport.objects.create(
        imported_by=manager, name="kvk.csv", sha256="0" * 64, rows=3, changed=1, unknown=1, refused=1
    )
    return world


def _client(user: User | None = None) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    if user is not None:
        client.force_login(user)
    return client


def _main(answer: Any) -> str:
    page: str = answer.content.decode()
    return page[page.find("<main") : page.find("</main>")]


def _book(client: Client, address: str) -> Any:
    answer = client.get(f"{address}{'&' if '?' in address else '?'}formaat=xlsx")
    assert "spreadsheetml" in answer["Content-Type"], address
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def _rows(book: Any) -> list[tuple[Any, ...]]:
    """Of all sheets but the last, which is about the list."""
    return [row for sheet in book.worksheets[:-1] for row in sheet.iter_rows(min_row=2, values_only=True)]


def _pages(world: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page of the access matrix, with the name of its address."""
    for method, path in PAGES:
        address = f"/{path.format(**world)}"
        if method == "GET":
            with translation.override("nl"):
                name = resolve(address.split("?", maxsplit=1)[0]).url_name or ""
            yield name, address


def test_every_list_has_its_workbook_or_a_reason_why_not(
    lists: dict[str, str], people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Elsewhere than in a demonstration there is no kept mail to list.
    monkeypatch.setattr(local_mail, "visible_to", lambda _user: KeptMail.objects.all())
    Notification.objects.create(recipient=people["manager"], kind="comment", cause="y", subject="y", text="y", html="y")
    manager, reviewer = _client(people["manager"]), _client(people["reviewer"])
    without, empty, reasons = [], [], set()
    for name, address in _pages(lists):
        client, answer = next(
            ((each, got) for each in (manager, reviewer) if (got := each.get(address)).status_code == 200), (None, None)
        )
        if client is None or "text/html" not in answer["Content-Type"] or not LIST.search(_main(answer)):
            continue
        if (link := LINK.search(_main(answer))) is not None:
            page, query = address.split("?", maxsplit=1)[0], html.unescape(link[1])
            if not _rows(_book(client, page + query.replace("formaat=xlsx", ""))):
                empty.append(address)
        elif name in NO_LIST:
            reasons.add(name)
        else:
            without.append(address)

    # A reason that is not needed, because the page has no list or has its workbook, goes as well.
    assert (without, empty, set(NO_LIST) - reasons) == ([], [], set())


def test_the_lists_of_the_office_say_in_the_workbook_what_the_page_says(
    lists: dict[str, str], people: dict[str, User]
) -> None:
    office = _client(people["manager"])

    waiting, running = (
        list(sheet.iter_rows(min_row=2, values_only=True))
        for sheet in _book(office, "/en/beoordelen/uitstel").worksheets[:2]
    )
    assert [(row[0].split(" ")[0], row[1], row[4]) for row in waiting] == [("PEOPLE", "2026 Q3", "ziekte")]
    assert [(row[0].split(" ")[0], row[1], row[4]) for row in running] == [("SCALE", "2025 Q3", "verhuizing")]
    pairs = _rows(_book(office, "/en/register/dubbelen"))
    assert ("68750111", "68750112") in [tuple(sorted((row[3], row[11]))) for row in pairs]
    [link] = _rows(_book(office, "/en/register/opvolgingen"))
    assert (link[0], link[2], link[8]) == (int(lists["link"]), "merged", "dubbel")
    taken, kept = _book(office, "/en/register/importeren").worksheets[:2]
    assert [row[2:] for row in taken.iter_rows(min_row=2, values_only=True)] == [("kvk.csv", 3, 1, 1, 1)]
    assert [row[2] for row in kept.iter_rows(min_row=2, values_only=True)] == ["kvk.csv"]
    places = _rows(_book(office, f"/en/register/{lists['listed']}"))
    assert ("2026 Q2", "00000001") in [(row[0], row[3]) for row in places]


def test_the_choice_of_the_page_is_that_of_the_workbook(lists: dict[str, str], people: dict[str, User]) -> None:
    office, hip = _client(people["manager"]), Consortium.objects.get(slug="scale")
    published_event(title_nl="Van SCALE").consortia.add(hip)
    published_practice(slug="van-scale").consortia.add(hip)

    assert [row[0] for row in _rows(_book(office, "/bijeenkomsten?hip=scale"))] == ["Van SCALE"]
    assert [row[6].rpartition("/")[2] for row in _rows(_book(office, "/en/goede-praktijken?hip=scale"))] == [
        "van-scale"
    ]
    assert _rows(_book(office, "/en/register/opvolgingen?soort=succession")) == []


def test_what_a_page_withholds_is_not_in_its_workbook(lists: dict[str, str]) -> None:
    factories.reported("scale", "2026Q3", factories.headcount(4321, 3210))
    visitor, reader = _client(), _client(factories.user(Role.READER))

    draft = Event.objects.get(pk=lists["event_draft"]).title
    assert draft not in [row[0] for row in _rows(_book(visitor, "/en/bijeenkomsten"))]
    assert "draft" not in [row[1] for row in _rows(_book(visitor, "/en/goede-praktijken"))]
    for address in ("/en/hips/scale", "/en/actielijnen/talent", "/en/indicatoren/students"):
        shown = {client: _rows(_book(client, address)) for client in (visitor, reader)}
        by_line = {client: [row for row in rows if row[1] != "all action lines" and row[2] == "Students"]
                   for client, rows in shown.items()}  # fmt: skip
        assert all(row[5] == "not public" and row[6:14] == (None,) * 8 for row in by_line[visitor])
        assert "not public" not in [row[5] for row in shown[reader]]
    assert 3210 in [row[5] for row in _rows(_book(visitor, "/en/indicatoren/students"))]


def test_how_many_queries_a_workbook_takes_does_not_depend_on_its_rows(
    lists: dict[str, str], people: dict[str, User]
) -> None:
    office = _client(people["manager"])
    addresses = (
        "/en/bijeenkomsten", "/en/goede-praktijken", "/en/register/dubbelen", "/en/register/opvolgingen",
        "/en/register/importeren", "/en/beoordelen/uitstel", f"/en/register/{lists['listed']}",
    )  # fmt: skip
    few = {address: _asked(office, address) for address in addresses}
    _more(people["manager"])
    many = {address: _asked(office, address) for address in addresses}

    assert {address: number for address, (number, _rows) in many.items()} == {
        address: number for address, (number, _rows) in few.items()
    }
    assert all(many[address][1] > few[address][1] for address in addresses)


def _asked(client: Client, address: str) -> tuple[int, int]:
    """The number of queries of a workbook, and of its rows."""
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        rows = _rows(_book(client, address))
    return len(queries), len(rows)


def _more(manager: User) -> None:
    """Twice as much, or more, of everything."""
    for number in range(3):
        published_event()
        published_practice(slug=f"nog-{number}")
        factories.OrganisationFactory(kvk_number=f"6875020{number}", name="Bakkerij De Halm BV", postcode="3311 AB")
        one, other = factories.OrganisationFactory(), factories.OrganisationFactory()
        links.link(actor=manager, kind="succession", source=one.pk, target=other.pk, reason="overname")
        RegisterImport.objects.create(
            imported_by=manager, name="kvk.csv", sha256="1" * 64, rows=3, changed=1, unknown=1, refused=1
        )
        programme.extend(
            actor=manager, consortium=Consortium.objects.get(slug="scale"), reason="verhuizing",
            quarter=Quarter.objects.get(index=number), due_date=clock.today() + timedelta(days=30),
        )  # fmt: skip
    factories.reported("people", "2026Q2", factories.company(1))
