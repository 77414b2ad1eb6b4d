"""The pages behind the sign-in: what is due, the quarter, handing in, reviewing; and every refusal in its own words."""

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from consortia import clock
from consortia.models import Consortium, Organisation, Role, User
from impact import extensions
from impact import programme as office
from impact.drafts import lines_of
from impact.forms.participations import listed
from impact.models import (
    Extension,
    ExtensionRequest,
    OutboxMessage,
    Quarter,
    QuarterlyReport,
    ReportVersion,
    VersionStatus,
)
from impact.standing import standing, tag_of
from impact.submission import Line
from impact.transitions import ReportStatus
from tests import factories
from tests.factories import company, figure, headcount, school, unidentified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD, BEFORE = "scale", "2025Q2", "2025Q1"


@pytest.fixture
def coordinator(programme: None) -> User:
    return factories.user(Role.COORDINATOR, HIP)


@pytest.fixture
def reviewer() -> User:
    return factories.user(Role.REVIEWER)


def _url(name: str, slug: str = HIP, period: str = PERIOD, **query: str) -> str:
    with override("en"):
        address = (
            reverse(f"impact:{name}") if name in ("work", "reviews") else reverse(f"impact:{name}", args=[slug, period])
        )
    return address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _text(response: Any) -> str:
    """What stands on the page, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def _base(user: User, slug: str = HIP, period: str = PERIOD) -> str:
    return standing(user, slug, period).tag


def _save(
    client: Client, section: str, fields: Mapping[str, str], *, base: str, step: str = "save", **more: str
) -> Any:
    return client.post(_url("report", sectie=section), {**fields, "base": base, "stap": step, **more})


def _stored(user: User, period: str = PERIOD) -> list[Line]:
    version = standing(user, HIP, period).version
    return lines_of(version) if version else []


def _figure_field(indicator: str, action_line: str = "innovation", part: str = "value") -> str:
    return f"figure.{indicator}.{action_line}.{part}"


# --- who sees what


@pytest.mark.parametrize(
    "name",
    [
        "work",
        "report",
        "report_check",
        "report_submit",
        "report_versions",
        "report_correct",
        "report_withdraw",
        "reviews",
        "review",
    ],
)
def test_a_visitor_is_asked_to_sign_in_and_comes_back(name: str, client: Client) -> None:
    response = client.get(_url(name))

    assert response.status_code == 302
    assert "login" in response["Location"]
    assert f"next={_url(name)}" in response["Location"]


@pytest.mark.parametrize(
    "name", ["report", "report_check", "report_submit", "report_versions", "report_correct", "review"]
)
def test_another_hip_does_not_learn_that_the_report_exists(name: str) -> None:
    factories.reported(HIP, PERIOD)

    response = _signed_in(factories.user(Role.COORDINATOR, "people")).get(_url(name))

    assert response.status_code == 404


def test_what_does_not_exist_is_not_found(reviewer: User) -> None:
    client = _signed_in(reviewer)

    assert client.get(_url("report", "nobody")).status_code == 404
    assert client.get(_url("report", HIP, "2019Q9")).status_code == 404


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_whoever_signs_in_comes_at_the_work_in_the_same_language(prefix: str, coordinator: User) -> None:
    sent = {"login": coordinator.email, "password": factories.PASSWORD}

    assert Client().post(f"{prefix}/accounts/login/", sent).url == f"{prefix}/werk"


def test_a_contributor_fills_and_does_not_submit() -> None:
    contributor = factories.user(Role.CONTRIBUTOR, HIP)
    client = _signed_in(contributor)

    saved = _save(client, "figures", {_figure_field("assignments"): "12"}, base=_base(contributor))

    assert saved.status_code == 302
    assert "Submit…" not in _text(client.get(_url("report")))
    assert "The coordinator of your HIP submits" in _text(client.get(_url("report_check")))
    assert client.get(_url("report_submit")).status_code == 403
    assert client.post(_url("report_submit"), {"bevestig": "1"}).status_code == 403
    assert standing(contributor, HIP, PERIOD).status == ReportStatus.DRAFT


def test_a_reader_reads_what_counts_and_nothing_of_how_it_came_about(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, comment="vertrouwelijk overleg", coordinator=coordinator)
    client = _signed_in(factories.user(Role.READER))

    assert client.get(_url("report")).status_code == 200
    assert "vertrouwelijk" not in _text(client.get(_url("report_versions")))
    assert coordinator.name not in _text(client.get(_url("report_versions")))
    assert client.get(_url("review")).status_code == 403
    assert client.get(_url("report", HIP, BEFORE)).status_code == 404


def test_only_the_programme_reviews(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)
    client = _signed_in(coordinator)

    assert client.get(_url("reviews")).status_code == 403
    assert client.get(_url("review")).status_code == 403
    assert client.post(_url("review"), {"decision": "accept"}).status_code == 403


# --- my work


def test_what_is_due_comes_oldest_first_with_what_was_returned_on_top(coordinator: User) -> None:
    office.open_quarters()
    factories.reported(
        HIP, PERIOD, upto=VersionStatus.RETURNED, coordinator=coordinator, comment="Kijk naar de cofinanciering."
    )
    factories.reported(HIP, BEFORE, coordinator=coordinator)

    text = _text(_signed_in(coordinator).get(_url("work")))

    assert text.index("Kijk naar de cofinanciering.") < text.index("Still to hand in")
    assert text.index("2023 Q3") < text.index("2023 Q4") < text.index("2025 Q2", text.index("Still to hand in"))
    assert text.index("Accepted", text.index("Still to hand in")) < text.rindex("2025 Q1")


def test_an_extension_moves_the_deadline(coordinator: User) -> None:
    office.open_quarters()
    report = QuarterlyReport.objects.get(consortium__slug=HIP, quarter=PERIOD)
    Extension.objects.create(
        report=report, due_date=clock.today() + timedelta(days=3), reason="ziekte", granted_by=coordinator
    )

    text = _text(_signed_in(coordinator).get(_url("report")))

    assert "(extension)" in text
    assert "3 days left" in text


def test_what_was_asked_of_the_office_stands_beside_what_is_due_with_its_answer(coordinator: User) -> None:
    def told() -> str:
        return _text(_signed_in(coordinator).get(_url("work")))

    def ask(days: int) -> ExtensionRequest:
        return extensions.request_extension(
            actor=coordinator, consortium=HIP, quarter=PERIOD, due_date=clock.today() + timedelta(days), reason="Ziekte"
        )

    def written(days: int) -> str:
        day = clock.today() + timedelta(days)
        return f"{day.day} {day:%B %Y}"

    manager = factories.user(Role.MANAGER)
    assert "more time" not in told()
    asked = ask(9)
    assert f"more time asked until {written(9)} : the programme office has not answered yet" in told()
    extensions.decline(actor=manager, request_id=asked.pk, reason="Te kort voor de rapportage")
    assert f"more time until {written(9)} declined : Te kort voor de rapportage" in told()
    ask(12)
    office.extend(
        actor=manager, consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD),
        due_date=clock.today() + timedelta(7), reason="Een week",
    )  # fmt: skip
    assert f"more time asked until {written(12)}, given until {written(7)}" in told()
    factories.reported(HIP, PERIOD, upto="returned")
    assert "more time" not in told()


def test_all_accepted_quarters_are_one_click_away(coordinator: User) -> None:
    ended = list(Quarter.objects.filter(end_date__lt=clock.today()).order_by("-index"))[:10]
    for quarter in ended:
        factories.reported(HIP, quarter.pk)
    client = _signed_in(coordinator)

    page = client.get(_url("work"))
    everything = client.get(_url("work", toon="alles"))

    assert (len(page.context["done"]), page.context["done_more"]) == (8, 2)
    assert "Show 2 more" in _text(page)
    assert 'href="/en/werk?toon=alles#done-title"' in page.content.decode()
    assert (len(everything.context["done"]), everything.context["done_more"]) == (10, 0)
    assert "Show" not in _text(everything)


def test_a_report_that_came_in_time_and_was_returned_is_not_called_late(coordinator: User) -> None:
    with clock.at(datetime(2025, 7, 20, 12, tzinfo=clock.AMSTERDAM)):
        factories.reported(HIP, PERIOD, upto="returned", coordinator=coordinator)
    report, work = (_text(_signed_in(coordinator).get(_url(name))) for name in ("report", "work"))

    assert "first handed in on 20 July 2025, in time" in report
    assert "first handed in on 20 July 2025, in time" in work
    assert "days late" not in report


def test_a_closed_quarter_asks_for_nothing_and_takes_nothing(coordinator: User) -> None:
    office.open_quarters()
    office.close_quarter(actor=None, quarter=Quarter.objects.get(pk=PERIOD))
    client = _signed_in(coordinator)

    page = client.get(_url("report"))

    assert "This quarter is closed." in _text(page)
    assert '<input type="text"' not in page.content.decode()
    assert "2025 Q2" not in _text(client.get(_url("work")))
    refused = _save(client, "figures", {_figure_field("assignments"): "12"}, base=_base(coordinator))
    assert refused.status_code == 409
    assert "12" in _text(refused)


def test_reviewers_see_their_queue_and_the_office_the_quarters(reviewer: User) -> None:
    office.open_quarters()
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED)

    queue = _text(_signed_in(reviewer).get(_url("work")))
    overview = _text(_signed_in(factories.user(Role.MANAGER)).get(_url("work")))

    assert "1 report waits for a reviewer." in queue
    assert "The open quarters" in overview
    assert "report waits" not in overview


def test_who_has_no_role_has_nothing_to_do() -> None:
    assert "There is nothing for you to do here." in _text(_signed_in(factories.user()).get(_url("work")))


# --- filling


def test_a_section_is_saved_and_leaves_the_others_as_they_are(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.DRAFT, coordinator=coordinator)
    before = _stored(coordinator)

    response = _save(
        _signed_in(coordinator),
        "figures",
        {_figure_field("assignments"): "1.100", "figure.cofinancing-cash.hip.value": "1.234,56"},
        base=_base(coordinator),
    )

    assert response.status_code == 302
    figures = {getattr(line, "indicator", ""): getattr(line, "value", None) for line in _stored(coordinator)}
    assert (figures["assignments"], str(figures["cofinancing-cash"])) == (1100, "1234.56")
    assert len(_stored(coordinator)) == len(before)


def test_everything_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(coordinator: User) -> None:
    typed = {
        _figure_field("assignments"): "12,7",
        _figure_field("curricula", "talent"): "1,100",
        _figure_field("training-completions", "talent", "numerator"): "60",
        _figure_field("training-completions", "talent", "denominator"): "50",
        "figure.project-costs.hip.value": "<b>veel",
    }

    response = _save(_signed_in(coordinator), "figures", typed, base=_base(coordinator))

    page = response.content.decode()
    assert response.status_code == 422
    for name, text in typed.items():
        field = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page)
        assert field
        assert f'value="{html.escape(text)}"' in field[0]
        wrong = name != _figure_field("training-completions", "talent", "denominator")
        assert ('aria-invalid="true"' in field[0]) is wrong
        if wrong:
            assert f'href="#{name}"' in page
            assert f'id="{name}.error"' in page
            assert f"{name}.error" in field[0]
    assert _stored(coordinator) == []


def test_the_previous_quarter_stands_beside_each_field(coordinator: User) -> None:
    factories.reported(HIP, BEFORE, figure("assignments", 1_234), coordinator=coordinator)

    page = _signed_in(coordinator).get(_url("report")).content.decode()

    field = re.search(rf'<input[^>]*name="{re.escape(_figure_field("assignments"))}"[^>]*>', page)
    assert field
    assert f'aria-describedby="{_figure_field("assignments")}.previous"' in field[0]
    assert "1,234" in page


def test_saving_may_lead_to_the_next_section_and_then_to_the_check(coordinator: User) -> None:
    client = _signed_in(coordinator)

    first = _save(client, "figures", {_figure_field("assignments"): "0"}, base=_base(coordinator), step="next")
    last = _save(client, "headcounts", {"headcount.rows": "0"}, base=_base(coordinator), step="next")

    assert first["Location"] == _url("report", sectie="participations")
    assert last["Location"] == _url("report_check")


def test_more_rows_save_nothing_and_lose_nothing(coordinator: User) -> None:
    typed = {"headcount.rows": "1", "headcount.0.group": "students", "headcount.0.headcount": "1,5"}

    response = _save(_signed_in(coordinator), "headcounts", typed, base=_base(coordinator), step="more")

    assert response.status_code == 200
    assert 'name="headcount.rows" value="4"' in response.content.decode()
    assert 'value="1,5"' in response.content.decode()
    assert _stored(coordinator) == []


def test_head_counts_are_saved_refused_and_taken_out(coordinator: User) -> None:
    client = _signed_in(coordinator)
    row = {
        "headcount.rows": "2", "headcount.0.group": "students", "headcount.0.category": "mbo",
        "headcount.0.action_line": "talent", "headcount.0.headcount": "80", "headcount.0.first_time": "120",
    }  # fmt: skip

    refused = _save(client, "headcounts", row, base=_base(coordinator))
    saved = _save(client, "headcounts", {**row, "headcount.0.first_time": "8"}, base=_base(coordinator))
    stored = len(_stored(coordinator))
    removed = _save(client, "headcounts", {**row, "headcount.0.remove": "on"}, base=_base(coordinator))

    assert refused.status_code == 422
    assert 'href="#headcount.0.first_time"' in refused.content.decode()
    assert (saved.status_code, stored, removed.status_code, _stored(coordinator)) == (302, 1, 302, [])


def test_companies_without_a_number_are_saved(coordinator: User) -> None:
    client = _signed_in(coordinator)

    saved = _save(
        client, "unidentified", {"unidentified.innovation": "3", "unidentified.talent": "0"}, base=_base(coordinator)
    )

    assert saved.status_code == 302
    assert len(_stored(coordinator)) == 2


@pytest.mark.parametrize("upto", [VersionStatus.SUBMITTED, VersionStatus.ACCEPTED])
def test_what_was_handed_in_is_read_and_not_changed(upto: VersionStatus, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, upto=upto, coordinator=coordinator)
    client = _signed_in(coordinator)

    for section in ("figures", "participations", "unidentified", "headcounts"):
        page = client.get(_url("report", sectie=section))
        assert page.status_code == 200
        assert 'name="base"' not in page.content.decode()
    assert client.get(_url("report_check")).status_code == 302
    refused = _save(client, "figures", {_figure_field("assignments"): "99"}, base=_base(coordinator))
    assert refused.status_code == 409


def test_a_quarter_that_still_runs_says_from_when_it_can_be_reported(coordinator: User) -> None:
    period = Quarter.objects.filter(end_date__gte=clock.today()).order_by("index")[0].pk

    page = _signed_in(coordinator).get(_url("report", period=period))

    assert "From the day after, it can be reported." in _text(page)


# --- two people at once


def _conflict(coordinator: User, section: str, fields: dict[str, str], original: str, base: str) -> Any:
    return _save(_signed_in(coordinator), section, fields, base=base, original=original)


def _hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found
    return html.unescape(found[1])


def test_a_stale_write_shows_what_changed_and_saves_what_is_chosen(coordinator: User) -> None:
    colleague = factories.user(Role.CONTRIBUTOR, HIP)
    factories.reported(
        HIP, PERIOD, figure("assignments", 1), figure("curricula", 2), figure("trainings", 3),
        upto=VersionStatus.DRAFT, coordinator=coordinator,
    )  # fmt: skip
    opened = _signed_in(coordinator).get(_url("report"))
    theirs = {_figure_field("assignments"): "10", _figure_field("curricula"): "20", _figure_field("trainings"): "3"}
    _save(_signed_in(colleague), "figures", theirs, base=_base(colleague))

    mine = {_figure_field("assignments"): "1", _figure_field("curricula"): "200", _figure_field("trainings"): "300"}
    page = _conflict(coordinator, "figures", mine, _hidden(opened, "original"), _hidden(opened, "base"))

    assert page.status_code == 409
    assert [line.value for line in _stored(coordinator)] == [10, 20, 3], "nothing was overwritten"  # type: ignore[union-attr]
    assert colleague.name in _text(page)
    chosen = re.findall(r'name="choice:(\w+)/innovation" value="(\w+)"[^>]*checked', page.content.decode())
    assert chosen == [("assignments", "theirs"), ("trainings", "mine")], "where both changed, nothing is chosen yet"

    choices = {"choice:assignments/innovation": "theirs", "choice:trainings/innovation": "mine"}
    sent = {name: _hidden(page, name) for name in ("mine", "original")}
    unfinished = _save(
        _signed_in(coordinator), "figures", {**choices, **sent}, base=_hidden(page, "base"), step="merge"
    )
    assert unfinished.status_code == 409
    choices["choice:curricula/innovation"] = "mine"
    saved = _save(_signed_in(coordinator), "figures", {**choices, **sent}, base=_hidden(page, "base"), step="merge")

    assert saved.status_code == 302
    assert {line.indicator: line.value for line in _stored(coordinator)} == {  # type: ignore[union-attr]
        "assignments": 10, "curricula": 200, "trainings": 300,
    }  # fmt: skip


def test_a_choice_that_has_become_stale_itself_is_asked_again(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 1), upto=VersionStatus.DRAFT, coordinator=coordinator)
    opened = _signed_in(coordinator).get(_url("report"))
    field = _figure_field("assignments")
    _save(_signed_in(coordinator), "figures", {field: "2"}, base=_base(coordinator))
    page = _conflict(coordinator, "figures", {field: "3"}, _hidden(opened, "original"), _hidden(opened, "base"))
    _save(_signed_in(coordinator), "figures", {field: "4"}, base=_base(coordinator))

    again = _save(
        _signed_in(coordinator),
        "figures",
        {"choice:assignments/innovation": "mine", **{name: _hidden(page, name) for name in ("mine", "original")}},
        base=_hidden(page, "base"),
        step="merge",
    )

    assert again.status_code == 409
    assert [line.value for line in _stored(coordinator)] == [4]  # type: ignore[union-attr]


def test_what_was_chosen_and_cannot_be_true_comes_back_in_the_form(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 1), upto=VersionStatus.DRAFT, coordinator=coordinator)
    opened = _signed_in(coordinator).get(_url("report"))
    _save(_signed_in(coordinator), "figures", {_figure_field("assignments"): "2"}, base=_base(coordinator))
    share = {
        _figure_field("training-completions", part="numerator"): "9",
        _figure_field("training-completions", part="denominator"): "5",
    }
    page = _conflict(coordinator, "figures", share, _hidden(opened, "original"), _hidden(opened, "base"))

    again = _save(
        _signed_in(coordinator),
        "figures",
        {
            "choice:assignments/innovation": "theirs", "choice:training-completions/innovation": "mine",
            **{name: _hidden(page, name) for name in ("mine", "original")},
        },
        base=_hidden(page, "base"),
        step="merge",
    )  # fmt: skip

    assert again.status_code == 422
    assert f'href="#{_figure_field("training-completions", part="numerator")}"' in again.content.decode()
    assert 'value="9"' in again.content.decode()


@pytest.mark.parametrize("tampered", ["", "[", "[1]", '[{"indicator": 3}]', '{"a": 1}'])
def test_a_broken_page_of_a_conflict_saves_nothing(tampered: str, coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 1), upto=VersionStatus.DRAFT, coordinator=coordinator)

    response = _save(_signed_in(coordinator), "figures", {"mine": tampered}, base=_base(coordinator), step="merge")

    assert response.status_code == 302
    assert len(_stored(coordinator)) == 1


def test_the_star_of_the_api_is_no_way_around(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 1), upto=VersionStatus.DRAFT, coordinator=coordinator)

    response = _save(_signed_in(coordinator), "figures", {_figure_field("assignments"): "2"}, base="*")

    assert response.status_code == 409


# --- organisations


def _organisation(**fields: Any) -> dict[str, Any]:
    given = {"kvk_number": "69599084", "name": "Test EMZ", "organisation_type": "company", "size_class": "small"}
    return {**given, "tick": ["innovation:project", "talent:network"], "was": "", **fields}


def test_an_organisation_is_found_in_the_register_and_added(coordinator: User) -> None:
    Organisation.objects.create(
        kvk_number="69599084", name="Test EMZ Dagobert", organisation_type="company", is_listed=True
    )
    Organisation.objects.create(kvk_number="68727720", name="Dagobert stil", organisation_type="company")
    client = _signed_in(coordinator)

    by_name = client.get(_url("report", sectie="participations", zoek="dagobert"))
    by_number = client.get(_url("report", sectie="participations", zoek="6959"))
    form = client.get(_url("report", sectie="participations", nieuw="69599084"))

    for page in (by_name, by_number):
        assert "Test EMZ Dagobert" in _text(page)
        assert "Dagobert stil" not in _text(page), "what only a draft names is not in the register"
    assert 'value="Test EMZ Dagobert"' in form.content.decode()
    saved = _save(client, "participations", _organisation(), base=_base(coordinator), step="organisation")
    assert saved.status_code == 302
    assert {key: len(row.lines) for key, row in listed(_stored(coordinator)).items()} == {"69599084": 2}


def test_the_register_answers_in_a_fragment_for_the_search_while_typing(coordinator: User) -> None:
    factories.OrganisationFactory(name="Dagobert BV")

    response = _signed_in(coordinator).get(
        _url("report", sectie="participations", zoek="dago"), headers={"X-Fragment": "register"}
    )

    assert "Dagobert BV" in response.content.decode()
    assert "<html" not in response.content.decode()


def test_a_number_that_the_register_lacks_can_be_added_as_new(coordinator: User) -> None:
    client = _signed_in(coordinator)

    page = client.get(_url("report", sectie="participations", zoek="69599084"))

    assert "nieuw=69599084" in page.content.decode()
    assert 'value="69599084"' in client.get(_url("report", sectie="participations", nieuw="69599084")).content.decode()


def test_every_fault_of_an_organisation_stands_at_its_field(coordinator: User) -> None:
    wrong = _organisation(kvk_number="123", postcode="0000 XX", name="bsn 111222333", tick=[])

    response = _save(_signed_in(coordinator), "participations", wrong, base=_base(coordinator), step="organisation")

    page = response.content.decode()
    assert response.status_code == 422
    for name in ("kvk_number", "postcode", "name", "tick"):
        assert f'href="#{name}"' in page
        assert f'id="{name}.error"' in page
    assert 'value="0000 XX"' in page
    assert _stored(coordinator) == []


def test_an_organisation_is_changed_in_its_place(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, company(1), company(2), upto=VersionStatus.DRAFT, coordinator=coordinator)
    client = _signed_in(coordinator)

    assert (
        'value="innovation:project" checked'
        in client.get(_url("report", sectie="participations", organisatie="00000001")).content.decode()
    )
    changed = _organisation(kvk_number="00000001", name="Anders BV", was="00000001")
    saved = _save(client, "participations", changed, base=_base(coordinator), step="organisation")

    assert saved.status_code == 302
    found = listed(_stored(coordinator))
    assert list(found) == ["00000001", "00000002"]
    assert (found["00000001"].name, len(found["00000001"].lines)) == ("Anders BV", 2)


def test_many_are_changed_and_removed_at_once(coordinator: User) -> None:
    factories.reported(
        HIP, PERIOD, company(1), company(2), company(3), upto=VersionStatus.DRAFT, coordinator=coordinator
    )
    client = _signed_in(coordinator)
    chosen: dict[str, Any] = {"organisation": ["00000001", "00000002", "unknown"]}
    choice = {"action_line": "talent", "involvement": "training"}

    nothing = _save(client, "participations", {}, base=_base(coordinator), step="drop")
    _save(client, "participations", {**chosen, **choice}, base=_base(coordinator), step="tick")
    ticked = listed(_stored(coordinator))
    _save(client, "participations", {**chosen, **choice}, base=_base(coordinator), step="untick")
    unticked = listed(_stored(coordinator))
    _save(client, "participations", chosen, base=_base(coordinator), step="drop")

    assert nothing.status_code == 422
    assert [len(row.lines) for row in ticked.values()] == [2, 2, 1]
    assert [len(row.lines) for row in unticked.values()] == [1, 1, 1]
    assert list(listed(_stored(coordinator))) == ["00000003"]


def test_several_are_pasted_and_their_faults_are_told_by_row(coordinator: User) -> None:
    client = _signed_in(coordinator)
    fields = {
        "several.pasted": "69599084\tEerste\n123\tTweede\n68727720",
        "several.action_line": "talent",
        "several.involvement": "training",
        "several.organisation_type": "company",
    }

    refused = _save(client, "participations", fields, base=_base(coordinator), step="several")
    fields["several.pasted"] = "69599084\tEerste\n68727720"
    saved = _save(client, "participations", fields, base=_base(coordinator), step="several")

    assert refused.status_code == 422
    assert "Row 2:" in _text(refused)
    assert saved.status_code == 302
    assert list(listed(_stored(coordinator))) == ["69599084", "68727720"]


def test_a_word_that_is_no_choice_is_answered_with_the_words_of_the_reader(coordinator: User) -> None:
    client = _signed_in(coordinator)
    fields = {
        "several.pasted": "69599084\tEerste\t\ttalent\tbestuur\n9599084\tTweede\t\ttalent\tproject",
        "several.organisation_type": "company",
    }

    refused = _text(_save(client, "participations", fields, base=_base(coordinator), step="several"))

    assert (
        "Row 1: Choose one of: project, training, teaching, infrastructure, co-financing, network, internship."
        in refused
    )
    assert "Row 2: A KVK number has exactly eight digits. Is a zero missing in front: 09599084?" in refused


def test_the_list_of_last_quarter_is_confirmed_at_once(coordinator: User) -> None:
    factories.reported(HIP, BEFORE, company(1), school(), coordinator=coordinator)
    client = _signed_in(coordinator)

    assert "2 proposed" in _text(client.get(_url("report", sectie="participations")))
    _save(client, "participations", {}, base="", step="confirm-all")

    assert list(listed(_stored(coordinator))) == ["00000001", "99XA"]


def test_a_stale_change_of_an_organisation_touches_nobody_elses(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, company(1), company(2), upto=VersionStatus.DRAFT, coordinator=coordinator)
    client, stale = _signed_in(coordinator), _base(coordinator)
    _save(client, "participations", {"organisation": ["00000002"]}, base=stale, step="drop")

    page = _save(
        client, "participations", _organisation(kvk_number="00000001", was="00000001"), base=stale, step="organisation"
    )
    sent = {name: _hidden(page, name) for name in ("mine", "original")}
    saved = _save(
        client, "participations", {"choice:00000001": "mine", **sent}, base=_hidden(page, "base"), step="merge"
    )

    assert page.status_code == 409
    assert saved.status_code == 302
    found = listed(_stored(coordinator))
    assert list(found) == ["00000001"], "what the other removed stays removed"
    assert found["00000001"].name == "Test EMZ"


# --- checking and submitting


@pytest.fixture
def unusual(programme: None, coordinator: User) -> ReportVersion:
    """A draft with one warning: 1,200 assignments after 12."""
    factories.reported(HIP, BEFORE, figure("assignments", 12), company(1), coordinator=coordinator)
    return factories.reported(
        HIP, PERIOD, figure("assignments", 1_200), company(1), company(2, size_class="large"), unidentified(3),
        headcount(120, 80, category="mbo"), figure("cofinancing-cash", "12500.25", action_line=None),
        upto=VersionStatus.DRAFT, coordinator=coordinator,
    )  # fmt: skip


@pytest.mark.usefixtures("unusual")
def test_the_check_links_each_question_to_its_field(coordinator: User) -> None:
    page = _signed_in(coordinator).get(_url("report_check")).content.decode()

    assert f"#{_figure_field('assignments')}" in page
    assert 'name="explanation:/figures/0/value"' in page


def test_what_last_quarter_had_and_this_one_leaves_out_is_named_before_handing_in(coordinator: User) -> None:
    before = [figure("assignments", 9), figure("cofinancing-cash", 100, action_line=None), headcount(50, 20)]
    factories.reported(HIP, BEFORE, *before)
    factories.reported(HIP, PERIOD, figure("assignments", 10), upto=VersionStatus.DRAFT, coordinator=coordinator)
    client = _signed_in(coordinator)

    for page in (_text(client.get(_url(name))) for name in ("report_check", "report_submit")):
        named = page.partition("Reported last quarter, not now:")[2].partition(" . ")[0]
        assert named.split() == ["Co-financing", "in", "cash"]
    section = _text(client.get(_url("report", sectie="headcounts")))
    assert "What else was reported last quarter: 1 row" in section


def test_an_organisation_that_is_in_the_list_already_is_said_once(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, company(1), upto=VersionStatus.DRAFT, coordinator=coordinator)
    (row,) = listed(_stored(coordinator)).values()
    sent = {"kvk_number": row.first.kvk_number, "organisation_type": "company", "size_class": "unknown"}
    ticks = {"tick": [f"{row.first.action_line}:{row.first.involvement}"]}

    refused = _save(
        _signed_in(coordinator), "participations", {**sent, **ticks}, base=_base(coordinator), step="organisation"
    )

    assert refused.status_code == 422
    assert "already in the list" in _text(refused)
    assert "already there, above" not in _text(refused)


@pytest.mark.usefixtures("unusual")
def test_an_explanation_given_at_the_check_travels_to_the_last_page(coordinator: User) -> None:
    page = _signed_in(coordinator).post(_url("report_submit"), {"explanation:/figures/0/value": "groot project"})

    assert 'value="groot project"' in page.content.decode()
    assert standing(coordinator, HIP, PERIOD).status == ReportStatus.DRAFT


@pytest.mark.usefixtures("unusual")
def test_the_last_page_repeats_the_numbers_and_asks_for_what_is_missing(coordinator: User) -> None:
    client = _signed_in(coordinator)

    page = _text(client.get(_url("report_submit")))
    refused = client.post(_url("report_submit"), {"bevestig": "1", "base": _base(coordinator), "comment": "klaar"})
    accepted = client.post(
        _url("report_submit"),
        {"bevestig": "1", "base": _base(coordinator), "comment": "klaar", "explanation:/figures/0/value": "groot"},
    )

    assert "These figures become public" in page
    for number in ("€12,500.25", "1,200", "80"):
        assert number in page
    assert refused.status_code == 422
    assert "Write in one line why this is right." in _text(refused)
    assert "klaar" in refused.content.decode()
    assert accepted.status_code == 302
    version = standing(coordinator, HIP, PERIOD).version
    assert version is not None
    assert (version.status, version.comment, version.warnings[0]["explanation"]) == ("submitted", "klaar", "groot")


@pytest.mark.usefixtures("unusual")
def test_numbers_that_changed_since_they_were_shown_are_not_handed_in(coordinator: User) -> None:
    client, shown = _signed_in(coordinator), _base(coordinator)
    _save(client, "figures", {_figure_field("assignments"): "13"}, base=shown)

    response = client.post(_url("report_submit"), {"bevestig": "1", "base": shown})

    assert response.status_code == 409
    assert standing(coordinator, HIP, PERIOD).status == ReportStatus.DRAFT
    assert f'value="{html.escape(_base(coordinator))}"' in response.content.decode()


@pytest.mark.usefixtures("unusual")
def test_who_changed_it_themselves_is_told_so_and_hands_in_what_they_then_saw_with_one_click(coordinator: User) -> None:
    client = _signed_in(coordinator)
    shown = _base(coordinator)
    _save(client, "figures", {_figure_field("assignments"): "13"}, base=shown)

    response = client.post(_url("report_submit"), {"bevestig": "1", "base": shown})
    page = _text(response)

    assert "you changed this report yourself" in page
    assert "omebody else" not in page
    assert "→ 13" in page, "what changed since the page was opened"
    assert 'form="hand-in" name="bevestig" value="1"' in response.content.decode()


def test_what_somebody_else_changed_as_well_is_not_called_ones_own(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, figure("assignments", 1), upto=VersionStatus.DRAFT, coordinator=coordinator)
    shown, field = _base(coordinator), _figure_field("assignments")
    colleague = factories.user(Role.CONTRIBUTOR, HIP)
    _save(_signed_in(colleague), "figures", {field: "2"}, base=_base(colleague))
    _save(_signed_in(coordinator), "figures", {field: "3"}, base=_base(coordinator))

    page = _text(_signed_in(coordinator).post(_url("report_submit"), {"bevestig": "1", "base": shown}))

    assert "this report was changed after you opened this page" in page
    assert colleague.name in page


def test_without_a_draft_there_is_nothing_to_check(coordinator: User) -> None:
    client = _signed_in(coordinator)

    for name in ("report_check", "report_submit"):
        response = client.get(_url(name), follow=True)
        assert "There is no draft to check" in _text(response)


# --- looking back, correcting, withdrawing


def test_versions_tell_who_did_what_and_show_the_content_of_each(coordinator: User, reviewer: User) -> None:
    factories.reported(
        HIP, PERIOD, figure("assignments", 41), company(1), upto=VersionStatus.RETURNED, comment="nog eens",
        coordinator=coordinator, reviewer=reviewer,
    )  # fmt: skip
    factories.reported(HIP, PERIOD, figure("assignments", 42), coordinator=coordinator, reviewer=reviewer)
    client = _signed_in(coordinator)

    text = _text(client.get(_url("report_versions")))
    first = _text(client.get(_url("report_versions", versie="1")))

    assert "Version 1" in text
    assert "Version 2" in text
    assert "nog eens" in text
    assert reviewer.name in text
    assert "41" in first
    assert client.get(_url("report_versions", versie="9")).status_code == 200


def test_an_accepted_report_is_corrected_with_a_reason(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, coordinator=coordinator)
    client = _signed_in(coordinator)

    refused = client.post(_url("report_correct"), {"reason": " "})
    opened = client.post(_url("report_correct"), {"reason": "twaalf bedrijven vergeten"}, follow=True)

    assert refused.status_code == 422
    assert 'href="#reason"' in refused.content.decode()
    assert "twaalf bedrijven vergeten" in _text(opened)
    assert standing(coordinator, HIP, PERIOD).status == ReportStatus.DRAFT
    assert "twaalf bedrijven vergeten</textarea>" in client.get(_url("report_correct")).content.decode()


def test_only_the_office_withdraws(coordinator: User) -> None:
    factories.reported(HIP, PERIOD, coordinator=coordinator)
    manager = factories.user(Role.MANAGER)
    before = OutboxMessage.objects.count()

    assert _signed_in(coordinator).post(_url("report_withdraw"), {"reason": "dubbel"}).status_code == 403
    assert _signed_in(manager).post(_url("report_withdraw"), {"reason": ""}).status_code == 422
    response = _signed_in(manager).post(_url("report_withdraw"), {"reason": "dubbel"})

    assert response.status_code == 302
    assert standing(manager, HIP, PERIOD).status == ReportStatus.WITHDRAWN
    assert OutboxMessage.objects.count() == before + 1
    assert "You can fill it in again" in _text(_signed_in(coordinator).get(_url("report")))


# --- reviewing


def test_the_queue_shows_every_hip_of_the_quarter(reviewer: User) -> None:
    office.open_quarters()
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED)

    text = _text(_signed_in(reviewer).get(_url("reviews", kwartaal=PERIOD)))

    assert all(hip.name in text for hip in Consortium.objects.all())
    assert "Submitted" in text
    assert "Not started" in text


def test_a_report_stands_beside_its_past(reviewer: User, coordinator: User) -> None:
    factories.reported(HIP, "2024Q2", figure("assignments", 5), company(1), coordinator=coordinator)
    factories.reported(HIP, BEFORE, figure("assignments", 12), company(1), company(2), coordinator=coordinator)
    factories.reported(
        HIP, PERIOD, figure("assignments", 1_200), company(2), company(3), upto=VersionStatus.SUBMITTED,
        explanations={"/figures/0/value": "groot project"}, coordinator=coordinator,
    )  # fmt: skip

    page = _signed_in(reviewer).get(_url("review"))
    text = _text(page)

    assert "+1,188" in text
    assert "+1,195" in text
    assert "groot project" in text
    assert "1 new" in text
    assert "1 no longer there" in text
    assert "is-odd-value" in page.content.decode()


def test_accepting_makes_it_count_and_asks_for_a_roll_up(reviewer: User) -> None:
    version = factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED)
    before = set(OutboxMessage.objects.values_list("pk", flat=True))

    response = _signed_in(reviewer).post(
        _url("review"), {"decision": "accept", "content_hash": version.content_hash, "comment": ""}
    )

    left = OutboxMessage.objects.exclude(pk__in=before).values_list("kind", flat=True)
    assert response.status_code == 302
    assert standing(reviewer, HIP, PERIOD).counting == version
    assert sorted(left) == ["accepted", "roll-up"]


def test_returning_needs_a_message(reviewer: User) -> None:
    version = factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED)
    client, sent = _signed_in(reviewer), {"decision": "return", "content_hash": version.content_hash}

    refused = client.post(_url("review"), {**sent, "comment": " "})
    returned = client.post(_url("review"), {**sent, "comment": "Kijk nog eens."})
    told = _text(client.get(returned.url))

    assert f"Returned: {version.report.consortium} 2025 Q2." in told
    assert refused.status_code == 422
    assert "Say what the HIP is to change." in _text(refused)
    assert returned.status_code == 302
    assert standing(reviewer, HIP, PERIOD).status == ReportStatus.RETURNED


def test_other_content_than_what_was_seen_is_not_accepted(reviewer: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED)

    response = _signed_in(reviewer).post(
        _url("review"), {"decision": "accept", "content_hash": "0" * 64, "comment": "mooi"}
    )

    assert response.status_code == 409
    assert "mooi" in response.content.decode()
    assert standing(reviewer, HIP, PERIOD).status == ReportStatus.SUBMITTED


def test_nobody_reviews_their_own_report() -> None:
    both = factories.user(Role.COORDINATOR, HIP)
    both.memberships.create(role=Role.REVIEWER)
    version = factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=both)
    client = _signed_in(both)

    page = client.get(_url("review"))
    refused = client.post(_url("review"), {"decision": "accept", "content_hash": version.content_hash})

    assert "nobody accepts their own figures" in _text(page)
    assert 'name="decision"' not in page.content.decode()
    assert refused.status_code == 403
    assert standing(both, HIP, PERIOD).status == ReportStatus.SUBMITTED


def test_the_office_looks_and_leaves_the_decision_to_a_reviewer() -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED)

    page = _signed_in(factories.user(Role.MANAGER)).get(_url("review"))

    assert "A reviewer decides about this report." in _text(page)
    assert 'name="decision"' not in page.content.decode()


def test_a_step_after_somebody_else_decided_is_told_on_the_page(reviewer: User) -> None:
    version = factories.reported(HIP, PERIOD)

    response = _signed_in(reviewer).post(
        _url("review"), {"decision": "return", "content_hash": version.content_hash, "comment": "te laat"}, follow=True
    )

    assert "that does not allow this step" in _text(response)


# --- the work that pages cause


def _queries(user: User, url: str) -> int:
    client = _signed_in(user)
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_my_work_asks_the_same_number_of_queries_for_one_report_as_for_many(coordinator: User) -> None:
    office.open_quarters()
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)
    manager = factories.user(Role.MANAGER)
    few = [_queries(user, _url("work")) for user in (coordinator, manager)]
    for period in (BEFORE, "2024Q1", "2024Q2"):
        factories.reported(HIP, period, coordinator=coordinator)
    factories.reported("people", PERIOD, upto=VersionStatus.SUBMITTED)

    assert [_queries(user, _url("work")) for user in (coordinator, manager)] == few
    assert max(few) <= 25


@pytest.mark.parametrize("section", ["figures", "participations", "unidentified", "headcounts"])
def test_a_section_asks_the_same_number_of_queries_at_any_size(section: str, coordinator: User) -> None:
    factories.reported(HIP, BEFORE, coordinator=coordinator)
    factories.reported(HIP, PERIOD, company(1), headcount(1, 1), upto=VersionStatus.DRAFT, coordinator=coordinator)
    few = _queries(coordinator, _url("report", sectie=section))
    many = [company(number, action_line=line) for number in range(1, 80) for line in ("talent", "innovation")]
    categories = [headcount(1, 1, group="employees", category=str(number)) for number in range(30)]
    factories.reported(
        HIP, PERIOD, *factories.lines(), *many[4:], *categories, upto=VersionStatus.DRAFT, coordinator=coordinator
    )

    assert _queries(coordinator, _url("report", sectie=section)) == few


def test_reviewing_asks_the_same_number_of_queries_at_any_size(reviewer: User, coordinator: User) -> None:
    office.open_quarters()
    factories.reported(HIP, BEFORE, company(1), coordinator=coordinator)
    factories.reported(HIP, PERIOD, company(1), upto=VersionStatus.SUBMITTED, coordinator=coordinator)
    few = [_queries(reviewer, _url(name)) for name in ("reviews", "review")]
    other = factories.user(Role.COORDINATOR, "people")
    factories.reported("people", BEFORE, *factories.lines(), coordinator=other)
    factories.reported(
        "people", PERIOD, *factories.lines(), *[company(number) for number in range(10, 60)],
        upto=VersionStatus.SUBMITTED, coordinator=other,
    )  # fmt: skip

    assert _queries(reviewer, _url("reviews")) == few[0]
    assert _queries(reviewer, _url("review", "people")) == few[1]


def test_every_page_also_speaks_dutch(coordinator: User, reviewer: User) -> None:
    factories.reported(HIP, PERIOD, coordinator=coordinator)
    for user, name in ((coordinator, "report"), (coordinator, "report_versions"), (reviewer, "review")):
        assert _signed_in(user).get(_url(name).removeprefix("/en")).status_code == 200


def test_no_page_has_script_or_style_of_its_own(coordinator: User, reviewer: User) -> None:
    factories.reported(HIP, PERIOD, upto=VersionStatus.SUBMITTED, coordinator=coordinator)
    factories.reported(HIP, BEFORE, upto=VersionStatus.DRAFT, coordinator=coordinator)
    addresses = [
        (coordinator, _url("report", period=BEFORE, sectie=name))
        for name in ("figures", "participations", "headcounts")
    ]
    addresses += [
        (coordinator, _url("report_submit", period=BEFORE)),
        (reviewer, _url("review")),
        (reviewer, _url("work")),
    ]
    for user, address in addresses:
        page = _signed_in(user).get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)


def test_the_actor_of_a_fill_is_remembered(coordinator: User) -> None:
    manager = factories.user(Role.MANAGER)

    _save(_signed_in(manager), "figures", {_figure_field("assignments"): "1"}, base=_base(manager))

    event = QuarterlyReport.objects.get(consortium__slug=HIP, quarter=PERIOD).events.get()
    assert (event.actor, event.on_behalf) == (manager, True)
    assert "on behalf of the HIP" in _text(_signed_in(coordinator).get(_url("report_versions")))


def test_a_token_of_the_form_is_that_of_the_report(coordinator: User) -> None:
    page = _signed_in(coordinator).get(_url("report"))

    assert _hidden(page, "base") == _base(coordinator) == tag_of(standing(coordinator, HIP, PERIOD).report)
