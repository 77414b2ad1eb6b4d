"""The pages about vintages, the preview of what a report changes, the form of a correction, and the office's step."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from consortia.models import Role, User
from impact import reporting, vintages
from impact.models import ReportVersion, Vintage
from tests import factories
from tests.factories import company, figure, headcount

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"


@pytest.fixture
def manager() -> User:
    return factories.user(Role.MANAGER)


@pytest.fixture
def coordinator() -> User:
    return factories.user(Role.COORDINATOR, HIP)


@pytest.fixture
def accepted(coordinator: User) -> ReportVersion:
    return factories.reported(
        HIP, PERIOD, figure("assignments", 12), company(1), headcount(20, 8), coordinator=coordinator
    )


def _url(name: str, *args: str, **query: str) -> str:
    with override("en"):
        address = reverse(f"impact:{name}", args=args)
    return address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _correct(coordinator: User, *lines: Any, upto: str = "accepted") -> ReportVersion:
    reporting.correct(actor=coordinator, consortium=HIP, quarter=PERIOD, reason="telfout")
    return factories.reported(HIP, PERIOD, *lines, coordinator=coordinator, upto=upto)


# --- the public pages


def test_without_a_vintage_the_list_says_so(client: Client) -> None:
    assert "No vintage has been published yet" in _text(client.get(_url("vintages")))
    assert client.get(_url("vintage", "nothing")).status_code == 404
    assert client.get(_url("vintage_difference", "nothing")).status_code == 404


def test_a_vintage_is_shown_with_what_it_says_and_how_to_check_it(
    client: Client, manager: User, accepted: ReportVersion
) -> None:
    vintage = vintages.publish(actor=manager, code="voor", name="Voor de zomer", note="Voor het ministerie")
    factories.reported("snel", PERIOD, company(5))

    listed, shown = client.get(_url("vintages")), client.get(_url("vintage", "voor"))

    assert "Voor de zomer" in _text(listed)
    assert vintage.sha256[:12] in _text(listed)
    text = _text(shown)
    for each in ("Voor het ministerie", vintage.sha256, vintage.sha256_full, "verify_vintage.py", "1 of the"):
        assert each in text
    assert str(manager) not in text
    assert f'asOf={vintage.entry_id}&amp;periodTo={vintage.last_quarter_id}"' in shown.content.decode()


def test_the_newest_vintage_is_one_step_from_the_front_page(
    client: Client, manager: User, accepted: ReportVersion
) -> None:
    with override("en"):
        front = reverse("impact:dashboard")
    assert "newest vintage" not in _text(client.get(front))
    vintages.publish(actor=manager, name="Najaar")
    assert "The newest vintage: Najaar" in _text(client.get(front))
    assert _url("vintages") in client.get(_url("data")).content.decode()


def test_the_list_takes_as_many_queries_for_many_as_for_few(
    client: Client, manager: User, accepted: ReportVersion
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(_url("vintages"))
        return len(captured)

    vintages.publish(actor=manager)
    few = queries()
    for _ in range(4):
        vintages.publish(actor=manager)
    assert queries() == few


def test_the_list_has_the_coverage_of_its_own_moment(client: Client, manager: User) -> None:
    quarter = vintages.publish(actor=manager).last_quarter
    factories.reported(HIP, quarter, company(1))
    second = vintages.publish(actor=manager)
    reporting.withdraw(actor=manager, consortium=HIP, quarter=quarter.pk, reason="dubbel")
    vintages.publish(actor=manager)

    rows = re.findall(r"(\d+) of 15 ", _text(client.get(_url("vintages"))))
    assert rows == ["0", "1", "0"]
    assert vintages.coverage_of([second])[second.pk] == (1, 15)


def test_what_changed_is_told_with_the_entries_it_is_due_to(
    client: Client, manager: User, coordinator: User, accepted: ReportVersion
) -> None:
    vintages.publish(actor=manager, code="voor")
    same = client.get(_url("vintage_difference", "voor", met="nu"))
    assert "Nothing: every figure is the same." in _text(same)
    _correct(coordinator, figure("assignments", 10), company(1), headcount(30, 9))
    after = vintages.publish(actor=manager, code="na")

    for query in ({"met": "nu"}, {"met": "na"}, {}):
        page = client.get(_url("vintage_difference", "voor", **query))
        body = page.content.decode()
        assert 'data-measure="value" data-before="12" data-after="10"' in body
        assert f'href="#entry-{after.entry_id}"' in body
        assert f'id="entry-{after.entry_id}"' in body
    assert body.index("By action line") > body.index('data-line="none"'), "the totals stand first, without lines"
    assert body.count(">Action line</th>") == 1
    of_hip = client.get(_url("vintage_difference", "voor", hip=HIP)).content.decode()
    assert f'data-consortium="{HIP}"' in of_hip
    assert 'data-line="talent" data-indicator="students"' not in of_hip
    reader = _signed_in(factories.user(Role.READER))
    of_hip = reader.get(_url("vintage_difference", "voor", hip=HIP)).content.decode()
    assert 'data-line="talent" data-indicator="students"' in of_hip
    assert client.get(_url("vintage_difference", "voor", hip="nobody")).status_code == 404
    assert client.get(_url("vintage_difference", "voor", met="nothing")).status_code == 404


# --- what a report would change


@pytest.mark.parametrize("name", ["report_submit", "review"])
def test_the_preview_says_old_and_new_and_which_vintages_differ(
    manager: User, coordinator: User, accepted: ReportVersion, name: str
) -> None:
    vintages.publish(actor=manager, code="voor", name="Voorjaar")
    _correct(
        coordinator, figure("assignments", 10), company(1), upto="draft" if name == "report_submit" else "submitted"
    )
    person = coordinator if name == "report_submit" else factories.user(Role.REVIEWER)

    page = _signed_in(person).get(_url(name, HIP, PERIOD))

    assert page.status_code == 200
    assert 'data-measure="value" data-before="12" data-after="10"' in page.content.decode()
    text = _text(page)
    assert "In 1 published vintage a figure is then another than it is here: Voorjaar" in text
    assert "A vintage itself stays as it was published." in text


def test_a_preview_that_changes_nothing_says_so(coordinator: User, accepted: ReportVersion) -> None:
    _correct(coordinator, figure("assignments", 12), company(1), headcount(20, 8), upto="submitted")

    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    assert "No figure and no goal changes." in _text(page)


def test_after_a_decision_there_is_nothing_to_preview(coordinator: User, accepted: ReportVersion) -> None:
    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    assert "What changes when this is accepted" not in _text(page)


# --- corrections


def test_a_correction_asks_what_kind_it_is(coordinator: User, accepted: ReportVersion) -> None:
    client = _signed_in(coordinator)
    address = _url("report_correct", HIP, PERIOD)
    assert "What kind of correction is it?" in _text(client.get(address))

    refused = client.post(address, {"reason": "", "code": "Fout!"})
    assert refused.status_code == 422
    assert "A code has at most 30 small letters, digits and hyphens." in _text(refused)
    assert "Give a reason." in _text(refused)
    client.post(address, {"reason": "twaalf vergeten", "code": "late-information"})

    version = ReportVersion.objects.get(number=2)
    assert (version.correction_code, version.correction_reason) == ("late-information", "twaalf vergeten")
    for name in ("report", "report_versions"):
        assert "information that came in later" in _text(client.get(_url(name, HIP, PERIOD))).lower()


def test_a_code_of_ones_own_is_shown_as_it_is(coordinator: User, accepted: ReportVersion) -> None:
    reporting.correct(actor=coordinator, consortium=HIP, quarter=PERIOD, reason="x", code="bron-7")

    assert "bron-7" in _text(_signed_in(coordinator).get(_url("report_versions", HIP, PERIOD)))


# --- the office


def test_the_office_reads_what_publishing_does_and_then_publishes(manager: User, accepted: ReportVersion) -> None:
    office = _signed_in(manager)
    address = reverse("admin:impact_vintage_add")
    with override("nl"):
        asked = office.get(address)
        assert asked.status_code == 200
        wrong = office.post(address, {"id": "naar voren", "seq": "999999"})
        assert set(wrong.context["adminform"].form.errors) == {"id", "seq"}
        assert not Vintage.objects.exists()
        done = office.post(address, {"id": "najaar", "name": "Najaar", "note": "", "seq": ""}, follow=True)

    vintage = Vintage.objects.get()
    assert (vintage.code, vintage.name, vintage.published_by) == ("najaar", "Najaar", manager)
    assert vintage.sha256 in done.content.decode()
    taken = office.post(address, {"id": "najaar"})
    assert taken.context["adminform"].form.non_field_errors()
    for name in ("change", "delete"):
        url = reverse(f"admin:impact_vintage_{name}", args=[vintage.pk])
        assert office.post(url, {"post": "yes"}).status_code == 403
