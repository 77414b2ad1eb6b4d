"""The pages about vintages, the preview of what a report changes, the form of a correction, and the office's step."""

import csv
import html
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from consortia import clock
from consortia.models import Role, User
from impact import ledger, links, obligations, reporting, vintages
from impact.models import Quarter, ReportVersion, Vintage
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


def test_who_may_publish_a_vintage_finds_the_way_there(client: Client, manager: User) -> None:
    there = reverse("admin:impact_vintage_add")
    assert there not in client.get("/en/edities").content.decode()

    client.force_login(manager)

    assert there in client.get("/en/edities").content.decode()


def test_a_vintage_is_shown_with_what_it_says_and_how_to_check_it(
    client: Client, manager: User, accepted: ReportVersion
) -> None:
    vintage = vintages.publish(actor=manager, code="voor", name="Voor de zomer", note="Voor het ministerie")
    factories.reported("snel", PERIOD, company(5))

    listed, shown = client.get(_url("vintages")), client.get(_url("vintage", "voor"))

    assert "Voor de zomer" in _text(listed)
    assert vintage.sha256[:12] in _text(listed)
    text = _text(shown)
    for each in (
        "Voor het ministerie",
        vintage.sha256,
        vintage.sha256_full,
        "verify_vintage.py",
        "SHA-256",
        "1 of the",
    ):
        assert each in text
    assert str(manager) not in text
    body = shown.content.decode()
    for name in ("vintage_roll_ups", "vintage_figures"):
        assert f'href="{_url(name, "voor")}"' in body
    assert f'href="{_url("example", "verify_vintage.py")}"' in body


def test_a_vintage_is_had_as_csv_with_the_numbers_of_then(
    client: Client, manager: User, coordinator: User, accepted: ReportVersion
) -> None:
    vintage = vintages.publish(actor=manager, code="voor")
    _correct(coordinator, figure("assignments", 10), company(1), headcount(30, 9))
    factories.reported("snel", PERIOD, figure("assignments", 99))

    def rows(name: str) -> list[dict[str, str]]:
        answer = client.get(_url(name, "voor"))
        assert answer["Content-Type"].startswith("text/csv")
        assert "voor.csv" in answer["Content-Disposition"]
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    figures = rows("vintage_figures")
    assert [row["value"] for row in figures if row["indicator"] == "assignments"] == ["12"]
    assert {row["value"] for row in figures if row["withheld"] == "true"} == {""}
    roll_ups = rows("vintage_roll_ups")
    assert max(row["period"] for row in roll_ups) == vintage.last_quarter_id
    assert [
        row["value"]
        for row in roll_ups
        if (row["consortium"], row["actionLine"], row["indicator"], row["period"]) == ("", "", "assignments", PERIOD)
    ] == ["12"]
    assert client.get(_url("vintage_figures", "nothing")).status_code == 404


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


def test_a_comparison_goes_from_the_older_to_the_newer(
    client: Client, manager: User, coordinator: User, accepted: ReportVersion
) -> None:
    vintages.publish(actor=manager, code="voor")
    _correct(coordinator, figure("assignments", 10), company(1), headcount(30, 9))
    vintages.publish(actor=manager, code="na")

    either = [client.get(_url("vintage_difference", *pair)) for pair in (("voor",), ("na",))]
    asked = [client.get(_url("vintage_difference", one, met=two)) for one, two in (("voor", "na"), ("na", "voor"))]

    assert "Nothing: every figure is the same." in _text(either[1])
    for page in asked:
        assert 'data-measure="value" data-before="12" data-after="10"' in page.content.decode()
    for code in ("voor", "na"):
        assert (
            f'href="{_url("vintage_difference", "voor", met="na")}"'
            in client.get(_url("vintage", code)).content.decode()
        )


def test_what_was_revised_is_told_apart_from_what_is_new(
    client: Client, manager: User, coordinator: User, accepted: ReportVersion
) -> None:
    vintages.publish(actor=manager, code="voor")
    _correct(coordinator, figure("assignments", 10), company(1), headcount(20, 8))
    factories.reported(HIP, "2025Q3", figure("assignments", 4), coordinator=coordinator)

    page = client.get(_url("vintage_difference", "voor", hip=HIP))

    body = page.content.decode()
    revised, new = body.index('<h2 id="revised">'), body.index('<h2 id="new">')
    changed = body.index('data-measure="value" data-before="12" data-after="10"')
    first = body.index('data-measure="value" data-before="" data-after="4"')
    assert revised < changed < new < first
    context = page.context
    assert context["changed"] == context["revised"] + context["new"]
    assert f"{context['revised']} revised and {context['new']} new" in _text(page)


def test_a_long_table_ends_with_the_way_to_the_rest(
    client: Client, manager: User, coordinator: User, accepted: ReportVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impact.views.vintages.MOST_ROWS", 1)
    vintages.publish(actor=manager, code="voor")
    _correct(coordinator, figure("assignments", 10), company(1), company(2), headcount(30, 9))
    few = client.get(_url("vintage_difference", "voor"))

    assert "more rows" in _text(few)
    everything = client.get(_url("vintage_difference", "voor", alles="1"))
    assert "more rows" not in _text(everything)
    assert everything.content.decode().count("data-first=") > few.content.decode().count("data-first=")


def test_every_link_between_organisations_says_what_it_is_about(
    client: Client, manager: User, accepted: ReportVersion
) -> None:
    vintages.publish(actor=manager, code="voor")
    one, other = factories.OrganisationFactory(name="Aster bv"), factories.OrganisationFactory(name="Beuk bv")
    link = links.link(actor=manager, kind="merge", source=one.pk, target=other.pk, reason="dubbel")
    links.undo(actor=manager, seq=link.seq, reason="toch niet")
    links.link(actor=manager, kind="succession", source=one.pk, target=other.pk, reason="overname")
    # Something that counts, so that there is a difference to tell of.
    factories.reported("snel", PERIOD, company(9))

    plain, named = (_text(each.get(_url("vintage_difference", "voor"))) for each in (client, _signed_in(manager)))

    for words in ("two organisations, merged", "a link between two organisations, undone", "taken over by another"):
        assert words in plain
    assert "Aster" not in plain
    assert "Aster bv, merged into Beuk bv" in named
    assert "Aster bv and Beuk bv, apart again" in named
    assert "Aster bv, taken over by Beuk bv" in named


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
    assert "In 1 published vintage a figure then differs from the figure here: Voorjaar" in text
    assert "A vintage itself stays as it was published." in text


def test_a_preview_that_changes_nothing_says_so(coordinator: User, accepted: ReportVersion) -> None:
    _correct(coordinator, figure("assignments", 12), company(1), headcount(20, 8), upto="submitted")

    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    assert "No figure and no goal changes." in _text(page)


def test_after_a_decision_there_is_nothing_to_preview(coordinator: User, accepted: ReportVersion) -> None:
    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    assert "What changes when this is accepted" not in _text(page)


def test_what_is_shown_first_is_the_quarter_of_the_report_itself(
    manager: User, coordinator: User, accepted: ReportVersion
) -> None:
    _correct(coordinator, figure("assignments", 10), company(1), company(2), headcount(20, 8), upto="submitted")

    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    body = page.content.decode()
    own = body.index('data-own="assignments"')
    assert own < body.index('<details class="effect-lines">')
    row = body[own : body.index("</tr>", own)]
    assert row.count('data-before="12" data-after="10"') == 2, "the HIP and the programme"
    ended = [row.last for table in page.context["effect"].hips for row in table.rows]
    assert max(quarter.end_date for quarter in ended) < clock.today()


def test_a_figure_that_changes_is_marked_where_it_becomes_public(coordinator: User, accepted: ReportVersion) -> None:
    _correct(coordinator, figure("assignments", 10), company(1), headcount(20, 8), upto="draft")

    page = _signed_in(coordinator).get(_url("report_submit", HIP, PERIOD))

    marked = {
        indicator.code for name in ("headlines", "figures") for indicator, _c, _n, pair in page.context[name] if pair
    }
    assert marked == {"assignments"}


def test_a_correction_stands_beside_the_version_that_counts(coordinator: User, accepted: ReportVersion) -> None:
    _correct(coordinator, figure("assignments", 10), company(2), headcount(20, 8), upto="submitted")

    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    text = _text(page)
    beside = text.index("Beside the version that counts now (version 1)")
    assert beside < text.index("What changes when this is accepted") < text.index("Figures beside the previous quarter")
    assert "Added since then (1)" in text
    assert "Removed since then (1)" in text
    found = {(row.indicator.code, row.pair.before.value, row.pair.after.value) for row in page.context["differs"]}
    assert ("assignments", 12, 10) in found
    gone, new = ([row.identifier for row in getattr(page.context["since_counting"], name)] for name in ("gone", "new"))
    assert (gone, new) == (["00000001"], ["00000002"])


def test_a_first_report_has_no_version_to_stand_beside(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, company(2), coordinator=coordinator, upto="submitted")

    page = _signed_in(factories.user(Role.REVIEWER)).get(_url("review", HIP, PERIOD))

    assert "Beside the version that counts now" not in _text(page)


# --- corrections


def test_a_correction_is_as_late_as_what_it_corrects(manager: User, coordinator: User, accepted: ReportVersion) -> None:
    _correct(coordinator, figure("assignments", 10), upto="draft")
    factories.reported("snel", PERIOD, company(5), upto="draft")

    def shown(name: str, *args: str, person: User = coordinator, **query: str) -> str:
        return _text(_signed_in(person).get(_url(name, *args, **query)))

    assert "days late" not in shown("report", HIP, PERIOD)
    assert "days late" in shown("report", "snel", PERIOD, person=manager)
    assert "the accepted figures go on counting" in shown("work")
    quarter = Quarter.objects.get(pk=PERIOD)
    rows = {
        row.report.consortium.slug: row for row in obligations.of_consortia(manager, ledger.resolve(), quarter=quarter)
    }
    assert (rows[HIP].is_due, rows[HIP].counts, rows[HIP].is_overdue) == (True, True, False)
    assert (rows[HIP].is_late, rows["snel"].is_overdue) == (True, True)
    page = _signed_in(manager).get(_url("reviews", kwartaal=PERIOD))
    assert (page.context["found"].being_filled, page.context["late"]) == (2, 15)
    overview = _signed_in(manager).get(_url("work")).context["overview"]
    counted = next(row for row in overview if row["quarter"].pk == PERIOD)
    assert (counted["accepted"], counted["busy"], counted["late"]) == (1, 1, 15)


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
        sent = {"id": "najaar", "name": "Najaar", "note": "", "seq": ""}
        preview = office.post(address, sent)
        outlook = preview.context["outlook"]
        assert not Vintage.objects.exists()
        assert (outlook.seq, outlook.reported, outlook.expected) == (ledger.newest(), 0, 15)
        assert not outlook.is_final
        factories.reported("snel", PERIOD, company(5))
        stale = office.post(address, {**sent, "seen": preview.context["seen"]})
        assert stale.context["adminform"].form.non_field_errors()
        assert stale.context["seen"] != preview.context["seen"]
        assert not Vintage.objects.exists()
        done = office.post(address, {**sent, "seen": stale.context["seen"]}, follow=True)

    vintage = Vintage.objects.get()
    assert (vintage.code, vintage.name, vintage.published_by) == ("najaar", "Najaar", manager)
    assert vintage.sha256 in done.content.decode()
    taken = office.post(address, {"id": "najaar"})
    assert taken.context["adminform"].form.non_field_errors()
    for name in ("change", "delete"):
        url = reverse(f"admin:impact_vintage_{name}", args=[vintage.pk])
        assert office.post(url, {"post": "yes"}).status_code == 403
