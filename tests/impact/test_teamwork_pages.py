"""The pages of working together: the checklist, comments and changes, evidence, and asking for more time."""

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from consortia import clock
from impact import evidence, extensions, reporting, teamwork
from impact.models import Comment, Evidence, ExtensionRequest, QuarterlyReport, ReportPart
from impact.teamwork import Assignment
from impact.views import places
from tests import factories
from tests.impact import files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def coordinator():
    return factories.user("coordinator", HIP, name="Carla Coördinator")


@pytest.fixture
def anna():
    return factories.user("contributor", HIP, name="Anna de Vries")


@pytest.fixture
def draft(coordinator):
    return factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)


def url(name, *more, **query):
    with override("en"):
        address = reverse(f"impact:{name}", args=[] if name == "work" else [HIP, PERIOD, *more])
    return address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- the checklist


def test_the_coordinator_says_who_does_what_and_what_a_colleague_chose_meanwhile_stays(coordinator, anna, draft):
    teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("headcounts", None, anna)])
    answer = signed_in(coordinator).post(
        url("report_together"),
        {
            "stap": "assign",
            "owner:figures:": str(anna.pk),
            "was:owner:figures:": "",
            "owner:headcounts:": "",
            "was:owner:headcounts:": "",
            "new_section": "figures",
            "new_line": "talent",
            "new_owner": str(coordinator.pk),
        },
    )

    assert answer.status_code == 302
    assert {
        (part.section, part.action_line and part.action_line.code, part.owner) for part in ReportPart.objects.all()
    } == {
        ("figures", None, anna),
        ("headcounts", None, anna),
        ("figures", "talent", coordinator),
    }


def test_the_names_stand_in_the_checklist_and_beside_the_sections(coordinator, anna, draft):
    teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("figures", None, anna)])
    client = signed_in(factories.user("reviewer"))

    for page in ("report_together", "report", "report_versions"):
        assert "Anna de Vries" in text(client.get(url(page))), page


def test_a_part_is_marked_as_done_and_opened_again(coordinator, anna, draft):
    client = signed_in(anna)
    client.post(url("report_together"), {"stap": "done:figures:talent"})
    assert ReportPart.objects.get().done_by == anna

    client.post(url("report_together"), {"stap": "reopen:figures:talent"})
    assert ReportPart.objects.get().done_by is None


@pytest.mark.parametrize(
    "step", ["", "nonsense", "done:x:y", "settle:x", "settle:99999999999999999999", "done:figures:x"]
)
def test_a_step_that_is_none_changes_nothing(coordinator, draft, step):
    assert signed_in(coordinator).post(url("report_together"), {"stap": step}).status_code in (302, 404)
    assert not ReportPart.objects.exclude(done_by=None).exists()


def test_a_person_who_is_none_is_refused_at_the_field_as_is_one_of_another_hip(coordinator, anna, draft):
    teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("figures", None, anna)])
    other = factories.user("coordinator", "people", name="Geheime Naam")
    was = {"stap": "assign", "was:owner:figures:": str(anna.pk)}
    wrong = ("x", "00000000-0000-0000-0000-000000000000", "é" * 36, "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", other.pk)
    for owner in wrong:
        answer = signed_in(coordinator).post(url("report_together"), {**was, "owner:figures:": str(owner)})
        assert answer.status_code == 422
        assert "Choose somebody who may fill in this report." in text(answer)
        assert "Geheime Naam" not in text(answer)
        assert 'href="#owner:figures:"' in answer.content.decode()
        assert 'id="owner:figures:"' in answer.content.decode()
    assert ReportPart.objects.get().owner == anna

    signed_in(coordinator).post(url("report_together"), {**was, "owner:figures:": ""})
    assert ReportPart.objects.get().owner is None


def test_a_part_that_is_none_is_refused_at_its_field(coordinator, anna, draft):
    wrong = {"stap": "assign", "new_section": "figures", "new_line": "x", "new_owner": str(anna.pk)}
    answer = signed_in(coordinator).post(url("report_together"), wrong)

    assert answer.status_code == 422
    assert "There is no such action line." in text(answer)
    assert not ReportPart.objects.exists()


def test_my_work_shows_what_is_asked_of_me(coordinator, anna, draft):
    teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("unidentifiedCompanies", None, anna)])
    teamwork.comment(actor=coordinator, **WHERE, text="@anna klopt dit?")
    page = signed_in(anna).get(url("work"))

    assert "klopt dit?" in text(page)
    assert f"{url('report')}?sectie=unidentified" in page.content.decode()
    assert "klopt dit?" not in text(signed_in(coordinator).get(url("work")))


# --- comments and changes


def test_a_comment_is_placed_at_a_row_shown_there_and_settled(coordinator, anna, draft):
    client = signed_in(coordinator)
    place = "/figures/assignments/innovation"
    client.post(url("report_together"), {"stap": "comment", "place": place, "text": "@anna klopt 12?"})
    said = Comment.objects.get()
    page = client.get(url("report_together"))
    assert (said.place, "klopt 12?" in text(page)) == (place, True)
    assert "#figure.assignments.innovation.value" in page.content.decode()
    assert 'class="said"' in client.get(url("report")).content.decode()

    signed_in(anna).post(url("report_together"), {"stap": f"settle:{said.pk}"})
    assert Comment.objects.get().settled_by == anna
    assert 'class="said"' not in client.get(url("report")).content.decode()


def test_comments_at_rows_of_every_section_are_marked_there(coordinator, draft):
    named = {
        "unidentified": "/unidentifiedCompanies/innovation",
        "headcounts": "/headcounts/students/mbo/talent/",
    }
    for section, place in named.items():
        teamwork.comment(actor=coordinator, **WHERE, place=place, text="x")
        page = signed_in(coordinator).get(url("report", sectie=section)).content.decode()
        assert page.count('class="said"') == 1, section


def test_in_a_very_long_list_an_organisation_is_named_by_its_number(coordinator, draft, monkeypatch):
    monkeypatch.setattr(places, "MOST_OFFERED", 0)
    client = signed_in(coordinator)
    for name in ("report_together", "report_evidence"):
        page = client.get(url(name)).content.decode()
        assert 'name="place_number"' in page
        assert 'value="/participations/' not in page
        assert 'value="/figures/' in page
    said = {"stap": "comment", "place": "figures", "text": "Wie is dit?"}
    client.post(url("report_together"), {**said, "place_number": "0000 0001"})
    client.post(url("report_evidence"), {"stap": "add", "link": "https://hip.example/x", "place_number": "00000001"})
    refused = client.post(url("report_together"), {**said, "place_number": "nergens/1"})

    assert Comment.objects.get().place == Evidence.objects.get().place == "/participations/00000001"
    assert refused.status_code == 422
    assert 'id="place.error"' in refused.content.decode()


def test_what_is_wrong_with_a_comment_stands_at_its_field_with_what_was_typed(coordinator, draft):
    answer = signed_in(coordinator).post(
        url("report_together"), {"stap": "comment", "place": "/nowhere", "text": "@niemand <b>kijk</b>"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="text.error"' in page and 'id="place.error"' in page
    assert "@niemand &lt;b&gt;kijk&lt;/b&gt;</textarea>" in page


def test_the_last_changes_say_who_changed_what_from_what_to_what(coordinator, anna, draft):
    lines = factories.lines(factories.figure("assignments", 15), *[factories.company(n) for n in range(1, 4)])
    reporting.fill(actor=anna, **WHERE, lines=lines, base=reporting.ANY)
    page = text(signed_in(coordinator).get(url("report_together")))

    assert "Anna de Vries" in page
    assert re.search(r"innovati\w+: 12 \S+ → 15", page)


def test_a_large_save_is_told_as_a_number(coordinator, draft):
    lines = factories.lines(*[factories.company(number) for number in range(1, 700)])
    reporting.fill(actor=coordinator, **WHERE, lines=lines, base=reporting.ANY)

    # 698 are new beside the one that was there already; 5 other rows of the draft went.
    assert re.search(r"\b70\d \w+", text(signed_in(coordinator).get(url("report_together"))))


def test_changes_are_paged(coordinator, draft):
    for number in range(25):
        lines = factories.lines(factories.figure("assignments", 100 + number))
        reporting.fill(actor=coordinator, **WHERE, lines=lines, base=reporting.ANY)
    client = signed_in(coordinator)

    assert "124" in text(client.get(url("report_together")))
    assert "124" not in text(client.get(url("report_together", page=2)))


def test_the_number_of_queries_does_not_grow_with_what_was_said(coordinator, anna, draft):
    client = signed_in(coordinator)

    def say(number):
        for each in range(number):
            teamwork.comment(actor=coordinator, **WHERE, text="@anna kijk", place=f"/participations/{each + 1:08}")
            teamwork.comment(actor=anna, **WHERE, text="ja", place="/figures/assignments/innovation")
            evidence.add_link(actor=anna, **WHERE, link=f"https://hip.example/{each}")
        teamwork.mark_done(actor=anna, **WHERE, section="figures")

    pages = [url("report_together"), url("report_evidence"), url("report")]
    say(2)
    few = [queries(client, page) for page in pages]
    say(12)
    assert [queries(client, page) for page in pages] == few


def test_before_anybody_has_begun_the_pages_are_there_as_well(coordinator):
    QuarterlyReport.objects.filter(consortium__slug=HIP, quarter=PERIOD).delete()
    client = signed_in(coordinator)

    for page in ("report_together", "report_evidence", "report_extension"):
        assert client.get(url(page)).status_code == 200


# --- evidence


def upload(client, data=files.PDF, name="bon.pdf", **more):
    return client.post(
        url("report_evidence"),
        {"stap": "add", "place": "", "file": SimpleUploadedFile(name, data), **more},
    )


def test_a_file_is_added_listed_and_downloaded_as_nothing_but_a_file(coordinator, draft):
    client = signed_in(coordinator)
    assert upload(client, title="Bon “maart”; één").status_code == 302
    added = Evidence.objects.get()
    assert added.title in text(client.get(url("report_evidence")))

    answer = client.get(url("report_evidence_file", added.pk))
    assert answer.content == files.PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert "sandbox" in answer["Content-Security-Policy"] and "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_file_is_not_served_at_any_other_address(coordinator, draft):
    client = signed_in(coordinator)
    upload(client)

    assert client.get(f"/media/evidence/{Evidence.objects.get().pk}").status_code == 404


def test_a_link_is_added_and_leads_away_without_telling_from_where(coordinator, draft):
    client = signed_in(coordinator)
    client.post(url("report_evidence"), {"stap": "add", "link": "https://hip.example/x", "place": "figures"})

    assert (
        'href="https://hip.example/x" rel="noopener noreferrer nofollow external"'
        in client.get(url("report_evidence")).content.decode()
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"<svg onload=alert(1)>", "plaatje.png"), (b"MZ", "bon.pdf"), (b"", "leeg.pdf"),
     (b"%PDF-1.7" + b"0" * 11_000_000, "x.pdf")],
)  # fmt: skip
def test_a_file_that_is_not_kept_is_refused_at_its_field(coordinator, draft, data, name):
    answer = upload(signed_in(coordinator), data, name, title="Titel")

    assert answer.status_code == 422
    assert 'id="file.error"' in answer.content.decode() and 'value="Titel"' in answer.content.decode()
    assert Evidence.objects.count() == 0


def test_a_file_and_a_link_at_once_are_refused(coordinator, draft):
    answer = upload(signed_in(coordinator), link="https://hip.example")

    assert answer.status_code == 422
    assert Evidence.objects.count() == 0


def test_evidence_is_taken_away_by_who_fills_in(coordinator, draft):
    client = signed_in(coordinator)
    upload(client)
    added = Evidence.objects.get()
    signed_in(factories.user("reviewer")).post(url("report_evidence"), {"stap": f"remove:{added.pk}"})
    assert Evidence.objects.get().removed_at is None

    client.post(url("report_evidence"), {"stap": f"remove:{added.pk}"})
    assert Evidence.objects.get().removed_by == coordinator
    assert client.get(url("report_evidence_file", added.pk)).status_code == 404
    assert client.post(url("report_evidence"), {"stap": "remove:x"}).status_code == 404


def test_the_reviewer_sees_the_evidence_and_nobody_adds_to_what_was_handed_in(coordinator):
    factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)
    evidence.add_file(actor=coordinator, **WHERE, data=files.PDF, name="factuur.pdf")
    reporting.submit(actor=coordinator, **WHERE)

    assert "factuur" in text(signed_in(factories.user("reviewer")).get(url("review")))
    page = signed_in(coordinator).get(url("report_evidence")).content.decode()
    assert 'type="file"' not in page
    upload(signed_in(coordinator))
    assert Evidence.objects.count() == 1


# --- more time


def test_more_time_is_asked_and_stands_beside_the_due_date(coordinator, draft):
    client = signed_in(coordinator)
    day = clock.today() + timedelta(days=10)
    refused = client.post(url("report_extension"), {"dueDate": "morgen", "reason": ""})
    assert refused.status_code == 422
    assert 'id="dueDate.error"' in refused.content.decode() and 'id="reason.error"' in refused.content.decode()

    client.post(url("report_extension"), {"dueDate": day.isoformat(), "reason": "Ziekte"})
    assert ExtensionRequest.objects.get().due_date == day
    assert str(day.year) in text(client.get(url("report"))).split("quarter-head")[0]
    assert "Ziekte" in text(client.get(url("report_extension")))
    assert client.post(url("report_extension"), {"dueDate": day.isoformat(), "reason": "x"}).status_code == 302
    assert ExtensionRequest.objects.count() == 1


def test_the_office_sees_the_request_at_the_report(coordinator, draft):
    extensions.request_extension(
        actor=coordinator, **WHERE, due_date=clock.today() + timedelta(days=5), reason="De school is dicht"
    )
    page = signed_in(factories.user("manager")).get(f"/admin/impact/quarterlyreport/{draft.report_id}/change/")

    assert "De school is dicht" in text(page)
