"""The page of the check: what is wrong and what is asked, by section, and explanations that are kept."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Consortium, Organisation, Role
from impact import explanations, reporting, teamwork
from impact.models import Explanation, QuarterlyReport, ReportVersion
from impact.standing import standing
from tests import factories
from tests.factories import company, figure, headcount, school, unidentified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, BEFORE, PERIOD = "scale", "2024Q4", "2025Q1"
ASSIGNMENTS = "/figures/assignments/innovation"


@pytest.fixture
def hip():
    return Consortium.objects.get(slug=HIP)


@pytest.fixture
def coordinator(hip):
    return factories.user(Role.COORDINATOR, hip)


@pytest.fixture
def contributor(hip):
    return factories.user(Role.CONTRIBUTOR, hip)


@pytest.fixture
def draft(coordinator):
    """With two questions: 1,200 assignments after 12, and no organisations after twelve."""
    listed = [company(number) for number in range(1, 13)]
    factories.reported(HIP, BEFORE, figure("assignments", 12), figure("trainings", 3), *listed, coordinator=coordinator)
    return factories.reported(
        HIP, PERIOD, figure("trainings", 3), figure("assignments", 1_200), headcount(12, 8),
        upto="draft", coordinator=coordinator,
    )  # fmt: skip


def url(name="report_check", hip=HIP):
    return "/en" + reverse(f"impact:{name}", args=[hip, PERIOD]).removeprefix("/en")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text(answer):
    page = re.sub(r"<(style|script|svg).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def explained(**texts):
    """The fields of the form, by the names that the places have here."""
    at = {"assignments": ("/figures/1/value", ASSIGNMENTS), "organisations": ("/participations", "/participations")}
    return {
        f"{kind}:{at[name][0]}": value
        for name, written in texts.items()
        for kind, value in (("explanation", written), ("place", at[name][1]))
    }


def kept():
    return dict(Explanation.objects.values_list("place", "text"))


def test_questions_stand_by_section_with_a_link_to_their_field(draft, coordinator):
    page = signed_in(coordinator).get(url())
    words, source = text(page), page.content.decode()

    assert words.index("2 questions These") < words.index("Company assignments") < words.index("The list as a whole")
    assert "Last quarter this was 12; this is 100× as much." in words
    assert "No organisation is listed; the report before this one had 12 rows." in words
    assert "2 explanations are still missing." in words
    for heading in ("questions-figures", "questions-participations"):
        assert f'id="{heading}"' in source
    assert 'name="explanation:/figures/1/value"' in source
    assert re.search(r'href="[^"]*sectie=figures#[^"]*assignments', source)


def test_errors_come_first_and_stand_by_section(draft, coordinator):
    reporting.fill(
        actor=coordinator,
        consortium=HIP,
        quarter=PERIOD,
        base=reporting.ANY,
        lines=factories.lines(figure("assignments", 1_200), school("99XB", kvk_number="00000077")),
    )
    # Meanwhile the register learns that this number has another code.
    Organisation.objects.filter(kvk_number="00000077").update(institution_code="99XC", is_listed=True)

    words = text(signed_in(coordinator).get(url()))

    assert "1 thing has to be right first Organisations" in words
    assert words.index("has to be right first") < words.index("2 questions")
    assert "1 error" in words[: words.index("has to be right first")], "in the navigation"


def test_the_navigation_counts_what_is_asked(draft, coordinator):
    words = text(signed_in(coordinator).get(url("report")))

    assert "Check 2 questions" in words


def test_what_is_explained_is_kept_with_its_row_while_one_goes_on_working(draft, coordinator, contributor):
    answer = signed_in(contributor).post(url(), explained(assignments="groot project", organisations=""))
    assert answer.status_code == 302
    assert kept() == {ASSIGNMENTS: "groot project"}
    reporting.fill(
        actor=contributor, consortium=HIP, quarter=PERIOD, base=reporting.ANY,
        lines=factories.lines(figure("assignments", 1_200)),
    )  # fmt: skip

    for name in ("report_check", "report_submit"):
        page = signed_in(coordinator).get(url(name)).content.decode()
        assert re.search(r'name="explanation:/figures/0/value" value="groot project"', page)


def test_a_script_keeps_without_loading_the_page(draft, coordinator):
    client = signed_in(coordinator)

    good = client.post(url(), explained(assignments="groot project"), headers={"X-Fragment": "state"})
    bad = client.post(url(), explained(assignments="van 111222333"), headers={"X-Fragment": "state"})

    assert (good.status_code, bad.status_code) == (204, 422)
    assert kept() == {ASSIGNMENTS: "groot project"}


def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_is_kept(draft, coordinator):
    given = explained(assignments="van 111222333", organisations="ja")

    answers = [signed_in(coordinator).post(url(name), given) for name in ("report_check", "report_submit")]

    for answer in answers:
        assert answer.status_code == 422
        assert "A citizen service number (BSN) must not be entered here." in text(answer)
        assert 'value="van 111222333"' in answer.content.decode()
    assert kept() == {}


def test_an_emptied_explanation_is_taken_back(draft, coordinator):
    client = signed_in(coordinator)
    client.post(url(), explained(assignments="groot project", organisations="ja"))

    client.post(url(), explained(assignments=" "))

    assert kept() == {"/participations": "ja"}


def test_on_the_way_to_submitting_explanations_are_kept_too_and_stay_with_the_version(draft, coordinator):
    client = signed_in(coordinator)
    given = explained(assignments="groot project", organisations="seizoen")
    page = client.post(url("report_submit"), given).content.decode()
    assert 'value="groot project"' in page
    assert len(kept()) == 2

    base = html.unescape(re.search(r'name="base" value="([^"]*)"', page)[1])
    assert client.post(url("report_submit"), {"bevestig": "1", "base": base, **given}).status_code == 302

    version = standing(coordinator, HIP, PERIOD).version
    assert {row["pointer"]: row["explanation"] for row in version.warnings} == {
        "/figures/1/value": "groot project",
        "/participations": "seizoen",
    }
    for reader, name in ((coordinator, "report_versions"), (factories.user(Role.REVIEWER), "review")):
        shown = text(signed_in(reader).get(url(name) + "?versie=2&versie=1"))
        assert "groot project" in shown
        assert "seizoen" in shown


def test_the_explanations_of_a_report_that_came_back_are_offered_again(draft, coordinator):
    signed_in(coordinator).post(url(), explained(assignments="groot project"))
    given = {"/figures/1/value": "groot project", "/participations": "ja"}
    where = {"consortium": HIP, "quarter": PERIOD}
    version = reporting.submit(actor=coordinator, explanations=given, **where)
    reviewer = factories.user(Role.REVIEWER)
    reporting.review(actor=reviewer, decision="return", content_hash=version.content_hash, comment="nee", **where)
    lines = factories.lines(figure("assignments", 1_200))
    reporting.fill(actor=coordinator, lines=lines, base=reporting.ANY, **where)

    assert 'value="groot project"' in signed_in(coordinator).get(url()).content.decode()


def test_an_explanation_of_another_number_is_shown_and_not_taken_for_granted(draft, coordinator):
    signed_in(coordinator).post(url(), explained(assignments="twaalf groepen", organisations="niemand"))
    listed = [figure("assignments", 999_999), company(1)]
    reporting.fill(
        actor=coordinator, lines=factories.lines(*listed), base=reporting.ANY, consortium=HIP, quarter=PERIOD
    )
    page = signed_in(coordinator).get(url())

    assert 'value="twaalf groepen"' not in page.content.decode()
    assert "Written earlier, when 1200 stood here: “twaalf groepen”." in text(page)
    assert "Written earlier, before this list changed: “niemand”." in text(page)

    asked = re.search(r'name="explanation:(/figures/\d/value)"', page.content.decode())[1]
    for written, shown in (("", False), ("twaalf groepen", True)):
        fields = {f"explanation:{asked}": written, f"place:{asked}": ASSIGNMENTS}
        signed_in(coordinator).post(url(), fields)
        assert kept() == {ASSIGNMENTS: "twaalf groepen", "/participations": "niemand"}
        assert ('value="twaalf groepen"' in signed_in(coordinator).get(url()).content.decode()) == shown


def test_only_places_of_the_draft_are_explained_by_whoever_may_fill_it(draft, coordinator):
    where = {"consortium": HIP, "quarter": PERIOD}
    for actor in (factories.user(Role.REVIEWER), factories.user(Role.READER)):
        with pytest.raises((NotPermitted, Exception)):
            explanations.keep(actor=actor, given={ASSIGNMENTS: "ja"}, **where)
    with pytest.raises(Refused) as refused:
        explanations.keep(actor=coordinator, given={"/figures/curricula/talent": "ja", ASSIGNMENTS: "ja"}, **where)
    reporting.submit(
        actor=coordinator, explanations={"/figures/1/value": "ja", "/participations": "ja"}, **where
    )  # fmt: skip
    with pytest.raises(NotAllowedNow):
        explanations.keep(actor=coordinator, given={ASSIGNMENTS: "ja"}, **where)

    assert [problem.code for problem in refused.value.problems] == ["unknown"]
    assert kept() == {}


def test_a_contributor_explains_and_does_not_submit(draft, contributor):
    page = signed_in(contributor).get(url()).content.decode()

    assert "Keep the explanations" in page
    assert "On to submitting" not in page
    assert "The coordinator of your HIP submits the report." in page


def test_where_nothing_is_asked_the_way_is_free(coordinator):
    factories.reported(HIP, PERIOD, *factories.lines(), upto="draft", coordinator=coordinator)

    page = signed_in(coordinator).get(url())

    assert "No errors" in text(page) or "Everything is in order" in text(page)
    assert reverse("impact:report_submit", args=[HIP, PERIOD]).removeprefix("/en") in page.content.decode()


def test_both_pages_read_as_much_for_many_organisations_as_for_few(coordinator):
    others = factories.user(Role.COORDINATOR, Consortium.objects.get(slug="people"))
    counted = []
    for slug, actor, size in ((HIP, coordinator, 4), ("people", others, 200)):
        listed = [company(number) for number in range(1, size)]
        rest = [figure("assignments", 12), unidentified(3), headcount(3, 2)]
        factories.reported(slug, BEFORE, *rest, *listed, coordinator=actor)
        factories.reported(slug, PERIOD, *rest, *listed[1:], upto="draft", coordinator=actor)
        client = signed_in(actor)
        for name in ("report_check", "report_submit"):
            client.get(url(name, slug))
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url(name, slug)).status_code == 200
            counted.append(len(queries))

    assert counted[:2] == counted[2:]


def test_the_report_and_its_versions_are_not_touched_by_an_explanation(draft, coordinator):
    revision = QuarterlyReport.objects.get(pk=draft.report_id).revision

    signed_in(coordinator).post(url(), explained(assignments="groot project"))

    assert QuarterlyReport.objects.get(pk=draft.report_id).revision == revision
    assert ReportVersion.objects.get(pk=draft.pk).content_hash == draft.content_hash


def test_proposals_and_comments_that_stand_open_are_said_before_handing_in(coordinator):
    factories.reported(HIP, BEFORE, figure("trainings", 3), *[company(number) for number in range(1, 13)])
    factories.reported(HIP, PERIOD, figure("trainings", 3), company(1), upto="draft", coordinator=coordinator)
    teamwork.comment(actor=coordinator, consortium=HIP, quarter=PERIOD, text="Klopt dit?")
    client = signed_in(coordinator)

    for name in ("report_check", "report_submit"):
        words = text(client.get(url(name)))
        assert "11 proposals are not confirmed and do not count. To the list of organisations Confirm all" in words
        assert "1 comment is still open. Read what was said" in words
    words = text(client.get(url()))
    assert "11 organisations of last time still stand open as proposals: confirm them or leave them out first." in words

    client.post(url("report") + "?sectie=participations", {"stap": "confirm-all", "base": ""})

    assert "not confirmed" not in text(client.get(url()))


def test_the_title_of_a_page_says_which_it_is_first(draft, coordinator):
    client = signed_in(coordinator)

    titles = [
        re.search(r"<title>(.*?)</title>", client.get(url(name)).content.decode(), re.DOTALL)[1]
        for name in ("report", "report_check", "report_submit", "report_together")
    ]

    assert [" ".join(html.unescape(title).split()).partition(" · ")[0] for title in titles] == [
        "Figures", "Check", "Submit", "Working together",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["report_check", "report_submit"])
def test_where_nothing_is_to_be_checked_the_page_says_what_is_the_case(coordinator, name):
    def told():
        return text(signed_in(coordinator).get(url(name), follow=True))

    assert "There is no draft to check. Fill in a section first." in told()
    version = factories.reported(HIP, PERIOD, figure("assignments", 12), upto="submitted", coordinator=coordinator)
    day = timezone.localtime(version.submitted_at)
    assert f"This report was submitted on {day.day} {day:%B %Y} and waits for a reviewer." in told()
    where = {"consortium": HIP, "quarter": PERIOD, "content_hash": version.content_hash}
    reporting.review(actor=factories.user(Role.REVIEWER), decision="accept", **where)
    assert "This report was accepted, so these figures count. Choose “Correct…”" in told()
    reporting.withdraw(actor=factories.user(Role.MANAGER), consortium=HIP, quarter=PERIOD, reason="dubbel")
    assert "This report was withdrawn. Fill in a section, or choose “Check”" in told()


def test_what_came_back_says_so_instead_of_that_there_is_no_draft(coordinator):
    _send_back(coordinator)

    told = text(signed_in(coordinator).get(url("report_check"), follow=True))

    assert "This report was returned. Change below what was asked, or choose “Check”" in told


def _send_back(coordinator, remarks=()):
    where = {"consortium": HIP, "quarter": PERIOD}
    factories.reported(
        HIP, PERIOD, figure("assignments", 12), company(1), headcount(12, 8), upto="submitted", coordinator=coordinator
    )
    version = standing(coordinator, HIP, PERIOD).version
    reviewer = factories.user(Role.REVIEWER)
    reporting.review(
        actor=reviewer, decision="return", content_hash=version.content_hash, comment="nee", remarks=remarks, **where
    )


@pytest.mark.parametrize(("step", "name"), [("check", "report_check"), ("submit", "report_submit")])
def test_what_came_back_can_be_handed_in_again_as_it_stands(coordinator, step, name):
    _send_back(coordinator)
    client = signed_in(coordinator)
    assert 'name="open_again" value="submit"' in client.get(url("report")).content.decode()

    answers = [client.post(url(), {"open_again": step}) for _attempt in range(2)]

    # The second time the draft is there; a page that was opened before leads on all the same.
    assert {(each.status_code, each["Location"]) for each in answers} == {(302, url(name))}
    held = standing(coordinator, HIP, PERIOD)
    assert (held.status, held.version.number) == ("draft", 2)
    assert client.get(url(name)).status_code == 200


def test_whoever_may_not_fill_opens_nothing_again(coordinator):
    _send_back(coordinator)

    signed_in(factories.user(Role.REVIEWER)).post(url(), {"open_again": "check"})

    assert standing(coordinator, HIP, PERIOD).status == "returned"


def test_remarks_of_the_reviewer_lead_to_their_places(coordinator):
    places = ("/figures/0/value", "/participations/0/name", "/headcounts/0/headcount", "")
    _send_back(coordinator, [{"pointer": place, "comment": f"Over {place}."} for place in places])
    client = signed_in(coordinator)

    def shown():
        page = client.get(url("report")).content.decode()
        return re.search(r"<ul>(<li>.*?)</ul>", page.partition("returned-title")[2], re.DOTALL)[1]

    before = shown()
    for label, anchor in (("Company assignments", "#"), ("Testbedrijf", "organisatie="), ("tudents", "#")):
        assert re.search(rf'<a href="[^"]*{anchor}[^"]*">[^<]*{label}', before), label
    assert "<li>Over .</li>" in before

    # A row in front of them moves the places, not the links.
    reporting.fill(
        actor=coordinator, consortium=HIP, quarter=PERIOD, base=reporting.ANY,
        lines=factories.lines(figure("trainings", 3), figure("assignments", 12), company(2)),
    )  # fmt: skip
    assert re.search(r'<a href="[^"]*assignments[^"]*">[^<]*Company assignments', shown())
