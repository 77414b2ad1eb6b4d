"""The office at the register: asking KVK, pairs that look like one, and who took over whom."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consortia.models import Organisation, Role, User
from impact import links
from impact.models import DismissedDuplicate
from tests import factories, kvk_server
from tests.factories import OrganisationFactory, company
from tests.kvk_server import KEY, Kvk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture
def manager() -> User:
    return factories.user(Role.MANAGER)


@pytest.fixture
def donald(programme: None) -> Organisation:
    row: Organisation = OrganisationFactory(kvk_number="68750110", name="Donald", size_class="micro")
    return row


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kvk]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with kvk_server.running() as found:
        settings.KVK_API_KEY, settings.KVK_API_URL = KEY, found.address
        yield found


def signed_in(who: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(who)
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


# --- KVK


def test_without_a_key_no_page_offers_kvk(manager: User, donald: Organisation, settings: Any) -> None:
    settings.KVK_API_KEY = ""
    office = signed_in(manager)

    assert "Update from KVK" not in text(office.get(f"/en/register/{donald.pk}"))
    assert office.get(f"/en/register/{donald.pk}/kvk").status_code == 404


def test_what_kvk_says_is_shown_first_and_taken_over_as_it_was_shown(
    manager: User, donald: Organisation, server: Kvk
) -> None:
    office, address = signed_in(manager), f"/en/register/{donald.pk}/kvk"
    assert "Update from KVK" in text(office.get(f"/en/register/{donald.pk}"))
    office.get(address)
    assert server.asked == [], "nothing is asked before somebody asks for it"

    shown = office.post(address)

    assert {label: (old, new) for label, old, new in shown.context["differences"]} == {
        "name": ("Donald", "Test BV Donald"),
        "postcode": ("", "8823 SJ"),
        "place": ("", "Lollum"),
        "size class": ("micro (fewer than 10)", "medium (50 to 249)"),
        "SBI code": ("", "01241"),
        "edition of the SBI code": ("", "SBI 2008"),
    }
    donald.refresh_from_db()
    assert donald.name == "Donald"
    done = office.post(address, {"said": shown.context["said"]})
    assert done["Location"] == f"/en/register/{donald.pk}"
    donald.refresh_from_db()
    assert (donald.name, donald.size_class, donald.sbi_code) == ("Test BV Donald", "medium", "01241")
    assert (donald.kvk_number, donald.province, donald.data_source) == ("68750110", "", "kvk-api")
    assert len(server.asked) == 1
    assert "says the same" in text(office.post(address))


def test_what_was_made_up_or_is_out_of_date_is_not_taken_over(manager: User, donald: Organisation, server: Kvk) -> None:
    office, address = signed_in(manager), f"/en/register/{donald.pk}/kvk"
    said = office.post(address).context["said"]
    other = OrganisationFactory(kvk_number="69599084")

    office.post(address, {"said": said + "x"})
    office.post(f"/en/register/{other.pk}/kvk", {"said": said})
    Organisation.objects.filter(pk=donald.pk).update(name="Intussen")
    stale = office.post(address, {"said": said}, follow=True)

    assert "has changed since you looked" in text(stale)
    assert set(Organisation.objects.filter(pk__in=[donald.pk, other.pk]).values_list("data_source", flat=True)) == {""}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, "", {}), "does not know this number"),
        ((403, "", {}), "does not accept the key"),
        ((200, "[]", {}), "another shape"),
    ],
)
def test_when_kvk_does_not_answer_as_it_should_that_is_said(
    manager: User, donald: Organisation, server: Kvk, answer: tuple[int, str, dict[str, str]], words: str
) -> None:
    server.next_answers = [answer]

    response = signed_in(manager).post(f"/en/register/{donald.pk}/kvk")

    assert response.status_code in (404, 502) and words in text(response)


def test_an_ended_company_leads_to_a_succession(manager: User, server: Kvk) -> None:
    row = OrganisationFactory(kvk_number="69599084")

    assert "has ended" in text(signed_in(manager).post(f"/en/register/{row.pk}/kvk"))


def test_only_the_office_asks_kvk(donald: Organisation, server: Kvk) -> None:
    for role in (Role.REVIEWER, Role.READER):
        assert signed_in(factories.user(role)).post(f"/en/register/{donald.pk}/kvk").status_code == 403
    assert server.asked == []


# --- pairs


def test_pairs_stand_side_by_side_with_the_way_to_merge_them_or_to_say_that_they_are_two(manager: User) -> None:
    one, other = (OrganisationFactory(name=name, postcode="3311 AB") for name in ("Smid BV", "Smid B.V."))
    office, address = signed_in(manager), "/en/register/dubbelen"

    page = office.get(address)

    (pair,) = page.context["pairs"]
    assert "Same name and postcode" in text(page)
    kept, other_side = pair["sides"]
    step = office.get(kept["merge"])
    assert step.context["adminform"].form.initial["kind"] == "merge"
    assert step.context["adminform"].form.initial["to"] == kept["organisation"].identifier, "the other goes"
    assert bool(kept["keeps"]) != bool(other_side["keeps"]), "one of both is proposed to stay"
    given = {"first": str(one.pk), "second": str(other.pk)}
    assert "Say why" in text(office.post(address, given, follow=True))
    assert "No likely duplicates" in text(office.post(address, {**given, "reason": "vader en zoon"}, follow=True))
    assert DismissedDuplicate.objects.get().reason == "vader en zoon"
    assert "said of these two already" in text(office.post(address, {**given, "reason": "nog eens"}, follow=True))


def test_the_pages_of_pairs_and_links_take_a_fixed_number_of_queries(manager: User) -> None:
    office = signed_in(manager)
    counts = []
    for size in (2, 6):
        for number in range(size):
            for _twice in range(2):
                OrganisationFactory(name=f"Zagerij {'abcdefgh'[number]}{size} Noord", postcode="3311 AB")
            first, second = OrganisationFactory(), OrganisationFactory()
            links.link(actor=manager, kind="succession", source=first.pk, target=second.pk, reason="overname")
        with CaptureQueriesContext(connection) as pairs:
            office.get("/en/register/dubbelen")
        with CaptureQueriesContext(connection) as linked:
            office.get("/en/register/opvolgingen")
        counts.append((len(pairs), len(linked)))

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 16


# --- who took over whom


def test_successions_say_who_took_over_whom_and_only_the_office_may_undo(manager: User) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2), company(3))
    keys = {row.kvk_number: row.pk for row in Organisation.objects.filter(kvk_number__isnull=False)}
    target = keys["00000002"]
    link = links.link(actor=manager, kind="succession", source=keys["00000001"], target=target, reason="overname")
    links.link(actor=manager, kind="merge", source=keys["00000003"], target=target, reason="zelfde")
    reader = signed_in(factories.user(Role.READER))

    both, some = reader.get("/en/register/opvolgingen"), reader.get("/en/register/opvolgingen?soort=succession")

    assert "overname" in text(both) and "zelfde" in text(both) and "Undo…" not in text(both)
    assert "overname" in text(some) and "zelfde" not in text(some)
    assert "Undo…" in text(signed_in(manager).get("/en/register/opvolgingen"))
    links.undo(actor=manager, seq=link.seq, reason="toch niet")
    assert "toch niet" in text(reader.get("/en/register/opvolgingen"))


def test_the_timeline_has_links_both_ways_between_the_quarters(manager: User) -> None:
    factories.reported("scale", "2025Q1", company(1, name="Toen BV", size_class="large"), company(2))
    keys = {row.kvk_number: row.pk for row in Organisation.objects.filter(kvk_number__isnull=False)}
    links.link(actor=manager, kind="succession", source=keys["00000001"], target=keys["00000002"], reason="overname")

    old, new = (signed_in(manager).get(f"/en/register/{keys[number]}") for number in ("00000001", "00000002"))

    assert str(keys["00000002"]) in old.content.decode() and str(keys["00000001"]) in new.content.decode()
    assert "Toen BV" in text(new) and "large (250 or more)" in text(new)
    assert "indicator=companies" in old.content.decode()
    assert [bool(moment.entry) for moment in new.context["moments"]] == [True, False]
    assert "Undo…" in text(old)
