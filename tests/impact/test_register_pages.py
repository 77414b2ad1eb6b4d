"""The register as pages, and the office's steps on links: each is taken on the preview that was seen, or not at all."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consortia.models import Consortium, Organisation, Role, User
from impact import duplicates, effects, ledger, links
from impact.models import DismissedDuplicate, EntryKind, LedgerEntry, OutboxMessage
from impact.rollups import Dimensions
from impact.views.effects import ended, shown
from tests import factories
from tests.factories import OrganisationFactory, company, figure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

WHY = "zelfde bedrijf"


@pytest.fixture
def manager() -> User:
    return factories.user(Role.MANAGER)


@pytest.fixture
def accepted(programme: None) -> None:
    factories.reported("scale", "2025Q1", company(1, name="Eerst BV"), company(2))
    factories.reported("snel", "2025Q2", company(1, name="Later BV"), company(3))


def number(kvk_number: int) -> Organisation:
    return Organisation.objects.get(kvk_number=f"{kvk_number:08}")


def signed_in(who: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


def page(organisation: Organisation) -> str:
    return f"/en/register/{organisation.pk}"


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def link(actor: User, source: int, target: int, kind: str = "merge") -> LedgerEntry:
    return links.link(actor=actor, kind=kind, source=number(source).pk, target=number(target).pk, reason=WHY)


def step(name: str, *organisations: Organisation) -> str:
    query = "&".join(f"id={row.pk}" for row in organisations)
    return f"/en/admin/consortia/organisation/{name}/" + (f"?{query}" if query else "")


# --- pages


def test_the_register_is_for_everybody_with_an_account(accepted: None, client: Client) -> None:
    for address in ("/en/register", page(number(1))):
        assert "login" in client.get(address)["Location"]
        for who in (factories.user(), factories.user(Role.READER), factories.user(Role.COORDINATOR, "people")):
            assert signed_in(who).get(address).status_code == 200


def test_the_list_is_searched_by_name_and_number_and_comes_in_pages(accepted: None, manager: User) -> None:
    for place in range(60):
        OrganisationFactory(name=f"Zagerij {place:02} BV")
    reader = signed_in(factories.user(Role.READER))

    assert "Eerst BV" in text(reader.get("/en/register?zoek=00000001"))
    assert "Zagerij" not in text(reader.get("/en/register?zoek=eerst"))
    assert "60 organisations" in text(reader.get("/en/register?zoek=zagerij"))
    second = text(reader.get("/en/register?zoek=zagerij&page=2"))
    assert "Zagerij 55 BV" in second and "Zagerij 05 BV" not in second
    assert "does not know “nergens”" in text(reader.get("/en/register?zoek=nergens"))
    assert reader.get("/en/register?zoek=%00&page=x").status_code == 200


def test_a_draft_makes_no_organisation_public(manager: User) -> None:
    factories.reported("scale", "2025Q1", company(9), upto="draft")
    own, other = factories.user(Role.COORDINATOR, "scale"), factories.user(Role.READER)

    assert "00000009" in text(signed_in(own).get("/en/register?zoek=00000009"))
    assert "does not know" in text(signed_in(other).get("/en/register?zoek=00000009"))
    assert signed_in(own).get(page(number(9))).status_code == 200
    assert signed_in(other).get(page(number(9))).status_code == 404


def test_the_timeline_follows_the_visibility_of_reports_and_has_the_names_of_then(accepted: None) -> None:
    seen = {
        who: text(signed_in(who).get(page(number(1))))
        for who in (factories.user(Role.READER), factories.user(Role.COORDINATOR, "scale"), factories.user())
    }

    everything, own, nothing = seen.values()
    assert "2025 Q1" in everything and "Eerst BV" in everything and "Later BV" in everything
    assert "Eerst BV" in own and "Later BV" not in own and "As far as you may see the reports" in own
    assert "No report that you may see" in nothing


def test_a_merged_organisation_leads_to_the_one_it_counts_as(accepted: None, manager: User) -> None:
    reader = signed_in(factories.user(Role.READER))
    first = link(manager, 1, 2)
    link(manager, 2, 3)

    for response in (reader.get(page(number(1))), reader.head(page(number(1)))):
        assert response.status_code == 308
        assert response["Location"] == page(number(3))
        assert response["Cache-Control"] == "no-store"
    shown_at_end = text(reader.get(page(number(3))))
    assert "Eerst BV" in shown_at_end and "00000001" in shown_at_end
    assert "counts as Testbedrijf 00000003 BV" in text(reader.get("/en/register?zoek=eerst"))
    links.undo(actor=manager, seq=first.seq, reason="toch niet")
    assert reader.get(page(number(1))).status_code == 200
    assert "toch niet" in text(reader.get(page(number(1))))


def test_a_succeeded_organisation_keeps_its_page_and_says_by_what(accepted: None, manager: User) -> None:
    link(manager, 1, 3, "succession")
    reader = signed_in(factories.user(Role.READER))

    old, new = text(reader.get(page(number(1)))), text(reader.get(page(number(3))))

    assert "Succeeded by Testbedrijf 00000003 BV" in old and WHY in old
    assert "Eerst BV" in new and "was succeeded by" in new


def test_what_a_draft_names_is_not_given_away_by_a_link(accepted: None, manager: User) -> None:
    factories.reported("scale", "2025Q3", company(9, name="Geheim BV"), upto="draft")
    ledger.append(
        kind=EntryKind.MERGE, actor=manager, reason=WHY, from_organisation=number(1), to_organisation=number(9)
    )

    response = signed_in(factories.user(Role.READER)).get(page(number(1)))

    assert response.status_code == 200
    assert "00000009" not in text(response) and WHY not in text(response)


def test_the_pages_take_a_fixed_number_of_queries(manager: User) -> None:
    reader = signed_in(factories.user(Role.READER))
    counts = []
    for period, base in (("2025Q1", 10), ("2025Q2", 20)):
        factories.reported("scale", period, *(company(base + place) for place in range(6)), company(1))
        factories.reported("snel", period, company(1), company(1, action_line="talent"))
        for place in range(5):
            link(manager, base + place, 1)
        with CaptureQueriesContext(connection) as listed:
            reader.get("/en/register")
        with CaptureQueriesContext(connection) as single:
            reader.get(page(number(1)))
        counts.append((len(listed), len(single)))

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 16


# --- the office's steps


def preview(client: Client, address: str, **fields: str) -> tuple[Any, str]:
    response = client.post(address, fields)
    assert response.status_code == 200
    return response, response.context.get("seen", "")


def test_a_link_is_laid_on_the_preview_that_was_seen(accepted: None, manager: User) -> None:
    office, address = signed_in(manager), step("link", number(3))
    sent = {"kind": "merge", "to": "00000002", "reason": WHY}
    newest, outbox = ledger.newest(), OutboxMessage.objects.count()
    assert office.get(address).context["effect"] is None

    response, seen = preview(office, address, **sent)

    assert ledger.newest() == newest, "nothing has happened yet"
    assert "From now on Testbedrijf 00000003 BV (00000003) counts as Testbedrijf 00000002 BV (00000002)." in text(
        response
    )
    assert "3 → becomes 2" in text(response)
    done = office.post(address, {**sent, "seen": seen})
    assert done.status_code == 302
    assert done["Location"].endswith(reverse("admin:consortia_organisation_change", args=[number(2).pk]))
    assert "counts as Testbedrijf 00000002 BV (00000002) from now on" in text(office.get(done["Location"]))
    entry = LedgerEntry.objects.latest("seq")
    assert (entry.kind, entry.from_organisation, entry.to_organisation) == ("merge", number(3), number(2))
    assert (entry.actor, entry.reason) == (manager, WHY)
    assert OutboxMessage.objects.count() == outbox + 1


def test_the_preview_is_every_figure_and_goal_that_then_changes(accepted: None, manager: User) -> None:
    office, address = signed_in(manager), step("link", number(3))
    sent = {"kind": "merge", "to": "00000002", "reason": WHY}
    dimensions, before = Dimensions.read(), ledger.resolve()
    response, seen = preview(office, address, **sent)

    office.post(address, {**sent, "seen": seen})

    changed = effects.between(before, ledger.resolve(), dimensions)
    seen_cells = ended(changed, dimensions)
    table = shown(seen_cells, dimensions, before)
    assert response.context["effect"].figures == len(seen_cells.cells) > 0
    assert response.context["effect"].programme == table.programme
    assert len(response.context["effect"].goals) == len(changed.goals) > 0


def test_once_the_ledger_has_moved_the_preview_is_shown_again(accepted: None, manager: User) -> None:
    office, address = signed_in(manager), step("link", number(3))
    sent = {"kind": "merge", "to": "00000002", "reason": WHY}
    _response, seen = preview(office, address, **sent)
    factories.reported("people", "2025Q2", company(3))
    newest = ledger.newest()

    again, newly_seen = preview(office, address, **sent, seen=seen)

    assert ledger.newest() == newest
    assert "changed since you looked" in text(again)
    assert newly_seen != seen and again.context["effect"]
    assert office.post(address, {**sent, "seen": newly_seen}).status_code == 302


@pytest.mark.parametrize(
    "differently", [{"kind": "succession"}, {"to": "00000001"}, {"seen": "x"}, {"seen": "٣ merge"}, {"seen": "999 "}]
)
def test_another_link_than_the_one_that_was_seen_is_not_laid(
    accepted: None, manager: User, differently: dict[str, str]
) -> None:
    office, address = signed_in(manager), step("link", number(3))
    sent = {"kind": "merge", "to": "00000002", "reason": WHY}
    _response, seen = preview(office, address, **sent)
    newest = ledger.newest()

    again, _seen = preview(office, address, **{**sent, "seen": seen, **differently})

    assert ledger.newest() == newest
    assert again.context["effect"]


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({}, "kind", "required"),
        ({"to": "nergens"}, "to", "no such organisation"),
        ({"to": "testbedrijf"}, "to", "Several are called that"),
        ({"to": "00000003"}, None, "counts, itself or through others"),
        ({"reason": "123456782"}, "reason", "BSN"),
        ({"kind": "takeover"}, "kind", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    accepted: None, manager: User, sent: dict[str, str], field: str | None, words: str
) -> None:
    given = {"kind": "merge", "to": "00000002", "reason": WHY, **sent} if sent else {}

    response, seen = preview(signed_in(manager), step("link", number(3)), **given)

    assert not seen
    errors = response.context["adminform"].form.errors
    assert words in " ".join(errors[field or "__all__"])


def test_the_other_organisation_is_named_by_number_code_id_or_name(accepted: None, manager: User) -> None:
    school = OrganisationFactory(kvk_number=None, institution_code="99XY", organisation_type="school", name="ROC Noord")
    office, address = signed_in(manager), step("link", number(3))

    for named in ("99xy", str(school.pk), "noord roc"):
        _response, seen = preview(office, address, kind="merge", to=named, reason=WHY)
        assert seen.endswith(str(school.pk))


def test_a_link_is_undone_on_its_preview_and_both_stay_to_be_seen(accepted: None, manager: User) -> None:
    entry = link(manager, 3, 2)
    office, address = signed_in(manager), step("unlink", number(3))
    changed = f"/en/admin/consortia/organisation/{number(2).pk}/change/"
    assert f"entry {entry.seq}" in text(office.get(changed)) and "Undo…" in text(office.get(changed))

    response, seen = preview(office, address, reason="vergissing")
    assert "2 → becomes 3" in text(response)
    assert office.post(address, {"reason": "vergissing", "seen": seen}).status_code == 302

    undoing = LedgerEntry.objects.latest("seq")
    assert (undoing.undoes, undoing.reason) == (entry, "vergissing")
    assert f"entry {undoing.seq}. vergissing" in text(office.get(changed))
    assert office.get(address).status_code == 302, "nothing is linked any more"


def test_the_queue_leads_to_the_preview_and_remembers_what_was_dismissed(accepted: None, manager: User) -> None:
    one, other = (OrganisationFactory(name=name, postcode="3311 AB") for name in ("Smid BV", "Smid B.V."))
    office, address = signed_in(manager), step("duplicates")

    queue = office.get(address)

    assert "1 pair" in text(queue) and "Same name and postcode" in text(queue)
    (pair,) = queue.context["pairs"]
    form = office.get(pair["sides"][0]["merge"]).context["adminform"].form
    assert {form.initial["to"]} <= {one.identifier, other.identifier}
    assert form.initial["kind"] == "merge"
    assert "1 likely duplicate in the register" in text(office.get("/en/admin/"))
    given = {"first": str(one.pk), "second": str(other.pk)}
    assert "Say why" in text(office.post(address, given, follow=True))
    given["reason"] = "vader en zoon"
    assert "Confirm that these are two" in text(office.post(address, given, follow=True))
    assert not DismissedDuplicate.objects.exists()
    given["sure"] = "1"
    assert office.post(address, given).status_code == 302
    assert DismissedDuplicate.objects.get().reason == "vader en zoon"
    assert "No likely duplicates" in text(office.get(address))
    assert "likely duplicate in" not in text(office.get("/en/admin/"))
    dismissed = office.get("/en/admin/impact/dismissedduplicate/")
    assert "vader en zoon" in text(dismissed) and "Merge all the same" in text(dismissed)
    assert "said of these two already" in text(office.post(address, given, follow=True))
    assert office.post(address, {"first": "x"}, follow=True).status_code == 200


def test_the_queue_says_where_each_takes_part(manager: User) -> None:
    factories.reported("scale", "2025Q1", company(1, name="Smid BV", postcode="3311AB"))
    factories.reported("scale", "2025Q2", company(1), company(2, name="Smid B.V.", postcode="3311AB"))

    (pair,) = signed_in(manager).get(step("duplicates")).context["pairs"]

    where = {side["organisation"].kvk_number: side["where"] for side in pair["sides"]}
    hip = str(Consortium.objects.get(slug="scale"))
    assert where == {"00000001": [f"{hip}: 2025\xa0Q1, 2025\xa0Q2"], "00000002": [f"{hip}: 2025\xa0Q2"]}


def test_what_has_no_name_yet_comes_last(manager: User) -> None:
    OrganisationFactory(name="", kvk_number="00000077")
    OrganisationFactory(name="Aannemer BV")

    for address in ("/en/register", "/en/admin/consortia/organisation/"):
        page = signed_in(manager).get(address).content.decode()
        assert 0 < page.index("Aannemer BV") < page.index("00000077")


def test_the_queue_and_the_page_of_an_organisation_take_a_fixed_number_of_queries(manager: User) -> None:
    office, counts = signed_in(manager), []
    office.get(reverse("admin:index"))
    target = OrganisationFactory()
    for size in (3, 6):
        for place in range(size):
            OrganisationFactory(name=f"Smederij {'abcdefghi'[place] * 9}", postcode="3311 AB")
            OrganisationFactory(name=f"Smederij {'abcdefghi'[place] * 9} BV", postcode="3311 AB")
            source = OrganisationFactory(name="")
            links.link(actor=manager, kind="merge", source=source.pk, target=target.pk, reason=WHY)
        with CaptureQueriesContext(connection) as queue:
            assert office.get(step("duplicates")).context["pairs"]
        with CaptureQueriesContext(connection) as single:
            office.get(f"/en/admin/consortia/organisation/{target.pk}/change/")
        counts.append((len(queue), len(single)))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", [None, Role.READER, Role.REVIEWER, Role.COORDINATOR])
def test_the_steps_are_for_the_office_alone(accepted: None, manager: User, role: Role | None) -> None:
    somebody = signed_in(factories.user(role, "scale" if role == Role.COORDINATOR else None))
    link(manager, 1, 2)
    newest = ledger.newest()

    for address in (step("link", number(3)), step("unlink", number(1)), step("duplicates")):
        for response in (somebody.get(address), somebody.post(address, {"first": "x"})):
            assert response.status_code in (302, 403)
    assert ledger.newest() == newest
    assert 'href="/en/admin/' not in somebody.get(page(number(3))).content.decode()


# --- an effect as it is shown


def test_an_effect_has_totals_first_and_then_the_hips_and_the_lines(manager: User) -> None:
    first = factories.reported("scale", "2025Q1", company(1), figure("assignments", 5))
    dimensions, state = Dimensions.read(), ledger.resolve()
    version = factories.reported(
        "snel", "2025Q1", company(1), company(2), figure("assignments", 7, action_line="talent"), upto="submitted"
    )

    found = shown(effects.of_version(version.report, version, state, dimensions), dimensions, state)

    assert found and first
    assert found.programme is not None
    assert [table.consortium.slug for table in found.hips if table.consortium] == ["snel"]
    assert [table.consortium and table.consortium.slug for table in found.by_line] == [None, "snel"]
    rows = {(row.indicator.code, row.first.pk): row for row in found.programme.rows}
    value = rows["assignments", "2025Q1"].pairs["value"]
    assert (value.before.value, value.after.value) == (5, 12)
    assert all(len(row.cells) == len(found.programme.columns) for row in found.programme.rows)
    reported = rows["companies", "2025Q1"].pairs["reported"]
    assert (reported.before.value, reported.after.value) == (1, 2)


def test_quarters_in_which_the_same_becomes_the_same_are_one_row(accepted: None, manager: User) -> None:
    dimensions, state = Dimensions.read(), ledger.resolve()
    asked = links.judge(kind="merge", source=number(3).pk, target=number(2).pk, reason=WHY, links=state.links)

    found = shown(links.effect_of_link(asked, state, dimensions), dimensions, state)

    assert found.programme is not None
    of_companies = [row for row in found.programme.rows if row.indicator.code == "companies"]
    assert (of_companies[-1].last.index, set(of_companies[-1].pairs)) == (max(dimensions.quarters), {"cumulative"})
    assert of_companies[-1].first.index < of_companies[-1].last.index
    assert {row.last.index - row.first.index + 1 for row in of_companies} > {1}


def test_nothing_is_said_to_change_where_nothing_does(accepted: None, manager: User) -> None:
    one, other = OrganisationFactory(), OrganisationFactory()

    response, _seen = preview(signed_in(manager), step("link", one), kind="merge", to=other.identifier, reason="leeg")

    assert "No figure and no goal changes." in text(response)
    assert duplicates.find() == []
