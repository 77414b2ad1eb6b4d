"""Searching and filtering the register: what is found, in which order, how many of each, and by whom."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consortia import sectors, tokens
from consortia.models import Organisation, Role, User
from impact import ledger, links, register, register_search, rollups
from impact.register import Links
from impact.register_search import NONE, Asked
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import OrganisationFactory, company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


def names(text: str) -> list[str]:
    rows = register_search.matching(Organisation.objects.filter(kvk_number__isnull=False), text)
    return [row.name for row in register_search.ranked(rows, text)]


def caller(who: User) -> Client:
    _token, key = tokens.issue(user=who)
    return Client(headers={"Authorization": f"Bearer {key}"})


def api(who: User, query: str) -> list[str]:
    client = caller(who)
    response = client.get(f"/api/v1/organisations?{query}")
    assert response.status_code == 200, response.content
    # A manager also sees the partners of the reference data, which have no number.
    return sorted(row["kvkNumber"] for row in response.json()["results"] if row["kvkNumber"])


# --- words and numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cafe", "Café d’Arc B.V."),
        ("CAFÉ", "Café d’Arc B.V."),
        ("darc café", "Café d’Arc B.V."),
        ("d'arc", "Café d’Arc B.V."),
        ("arc bv", "Café d’Arc B.V."),
        ("b.v. caf", "Café d’Arc B.V."),
        ("strasse", "Große Straße"),
        ("orsted", "Ørsted & Zonen"),
        ("zonen ørs", "Ørsted & Zonen"),
        ("bakkerij", "Stadsbakkerij Zuid"),
        ("100%_", ""),
    ],
)
def test_a_name_is_found_by_its_words_whatever_their_accents_marks_and_order(text: str, found: str) -> None:
    for name in ("Café d’Arc B.V.", "Große Straße", "Ørsted & Zonen", "Stadsbakkerij Zuid"):
        OrganisationFactory(name=name)

    assert names(text) == ([found] if found else [])


def test_a_number_or_code_is_found_by_its_beginning() -> None:
    OrganisationFactory(kvk_number="00123456", name="Een")
    OrganisationFactory(kvk_number="99001234", name="Twee")
    OrganisationFactory(kvk_number=None, institution_code="25PW", name="Drie", organisation_type="school")

    assert names("001234") == ["Een"]
    assert names("0012 3456") == ["Een"]
    rows = Organisation.objects.all()
    assert [row.name for row in register_search.matching(rows, "25p")] == ["Drie"]


def test_what_begins_with_the_words_comes_before_what_holds_them() -> None:
    for name in ("Stadssmid", "De Smid", "Smid", "Smidse Noord"):
        OrganisationFactory(name=name)

    assert names("smid") == ["Smid", "Smidse Noord", "De Smid", "Stadssmid"]


def test_a_word_that_no_name_has_is_taken_for_the_most_alike_and_a_number_never_is() -> None:
    OrganisationFactory(kvk_number="00123456", name="Zagerij Vondel")
    rows = Organisation.objects.all()

    assert register_search.meant(rows, "zagerrij") == "zagerij"
    assert register_search.meant(rows, "zagerrij vondel") == "zagerij vondel"
    assert register_search.meant(rows, "00123457") == ""
    assert register_search.meant(rows, "wxqz") == ""


# --- what the database holds


@pytest.mark.parametrize(
    "values",
    [
        {"province": "PV28"},
        {"province_year": 2025},
        {"province": "PV99", "province_year": 2025},
        {"province": "PV28", "province_year": 1825},
        {"sbi_code": "6201"},
        {"sbi_version": "2008"},
        {"sbi_code": "62.01", "sbi_version": "2008"},
        {"sbi_code": "6201", "sbi_version": "1993"},
        {"data_source": "office"},
        {"data_at": "2026-01-01T00:00:00Z"},
        {"data_source": "gossip", "data_at": "2026-01-01T00:00:00Z"},
    ],
)
def test_a_province_has_its_year_a_code_its_edition_and_a_source_its_time(values: dict[str, Any]) -> None:
    row = OrganisationFactory()
    assignments = ", ".join(f"{name} = %s" for name in values)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE consortia_organisation SET {assignments} WHERE id = %s", [*values.values(), row.pk])


def test_the_folded_name_follows_the_name_also_by_sql() -> None:
    row = OrganisationFactory(name="Één")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE consortia_organisation SET name = 'Twéé B.V.' WHERE id = %s", [row.pk])

    row.refresh_from_db()
    assert row.folded_name == "twee bv"


@pytest.mark.parametrize(
    ("code", "version", "key"),
    [
        ("01131", "2008", "2008-A"),
        ("6201", "2008", "2008-J"),
        ("6201", "2025", "2025-K"),
        ("64", "2008", "2008-K"),
        ("45", "2008", "2008-G"),
        ("45", "2025", None),
        ("99", "2025", "2025-V"),
        ("", "", None),
    ],
)
def test_a_code_is_in_the_section_of_its_own_edition(code: str, version: str, key: str | None) -> None:
    sector = sectors.sector_of(code, version)

    assert (sector.key if sector else None) == key


@pytest.mark.parametrize(
    ("text", "code"),
    [("62.01", "6201"), ("6201", "6201"), ("01.13.1", "01131"), ("6", None), ("6.2", None), ("x", None)],
)
def test_a_code_is_stored_as_digits(text: str, code: str | None) -> None:
    assert sectors.normal_code(text) == code


def test_what_the_register_says_now_moves_no_figure() -> None:
    factories.reported("scale", "2025Q1", company(1, size_class="small"), company(2, size_class="large"))
    before = [
        (cell.indicator_id, cell.measures) for cell in rollups.compute(Selection(), ledger.resolve(), Dimensions.read())
    ]

    Organisation.objects.update(
        name="Anders",
        size_class="micro",
        organisation_type="school",
        province="PV20",
        province_year=2026,
        sbi_code="85",
        sbi_version="2008",
        data_source="office",
        data_at=timezone.now(),
    )

    after = [
        (cell.indicator_id, cell.measures) for cell in rollups.compute(Selection(), ledger.resolve(), Dimensions.read())
    ]
    assert after == before


# --- filters


@pytest.fixture
def varied(programme: None) -> None:
    factories.reported("scale", "2025Q1", company(1), company(2, action_line="talent"))
    factories.reported("snel", "2025Q1", company(3, action_line="talent"))
    for number, values in {
        1: {"province": "PV28", "province_year": 2026, "sbi_code": "6201", "sbi_version": "2008"},
        2: {"province": "PV28", "province_year": 2026, "sbi_code": "99", "sbi_version": "2008", "postcode": "3311 AB"},
        3: {"province": "PV31", "province_year": 2026, "size_class": "large"},
    }.items():
        Organisation.objects.filter(kvk_number=f"{number:08}").update(**values)
    # The partners of the reference data have no number and are not what these tests are about.
    Organisation.objects.filter(kvk_number__isnull=True).update(is_listed=False)


ONE, TWO, THREE = "00000001", "00000002", "00000003"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("province=PV28", [ONE, TWO]),
        ("province=PV28&province=PV31", [ONE, TWO, THREE]),
        ("province=none", []),
        ("sbiSection=2008-J", [ONE]),
        ("sbiSection=2008-U", [TWO]),
        ("sbiSection=2025-K", []),
        ("sbiSection=none", [THREE]),
        ("sizeClass=large", [THREE]),
        ("organisationType=company&province=PV31", [THREE]),
        ("organisationType=school", []),
        ("lacking=sector", [THREE]),
        ("lacking=postcode&lacking=sector", [THREE]),
        ("consortium=scale", [ONE, TWO]),
        ("actionLine=talent", [TWO, THREE]),
        ("consortium=scale&actionLine=talent", [TWO]),
        ("consortium=scale&search=00000001", [ONE]),
        ("linked=merged", []),
        ("linked=none", [ONE, TWO, THREE]),
    ],
)
def test_filters_narrow_and_their_values_widen(varied: None, query: str, found: list[str]) -> None:
    assert api(factories.user(Role.READER), query) == found


@pytest.mark.parametrize("query", ["province=PV99", "sbiSection=J", "consortium=nowhere", "lacking=x", "linked=x"])
def test_an_unknown_value_is_refused(varied: None, query: str) -> None:
    response = caller(factories.user(Role.READER)).get(f"/api/v1/organisations?{query}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == query.partition("=")[0]


def test_what_counts_as_another_is_found_with_it_where_it_was_reported(varied: None) -> None:
    manager = factories.user(Role.MANAGER)
    keys = {row.kvk_number: row.pk for row in Organisation.objects.all()}
    links.link(actor=manager, kind="merge", source=keys[ONE], target=keys[THREE], reason="zelfde")

    assert api(manager, "consortium=scale") == [ONE, TWO, THREE]
    assert api(manager, "linked=merged") == [ONE]
    assert api(manager, "linked=none") == [TWO, THREE]
    assert api(manager, "linked=succeeded") == []


def test_each_value_is_counted_with_all_other_filters_as_they_are(varied: None) -> None:
    rows = register.visible_to(factories.user(Role.READER))

    counts = register_search.counts(rows, Asked(provinces=["PV28"], sizes=["small"]))

    assert counts.total == 2
    assert counts.provinces == {"PV28": counts.total}
    assert sum(counts.sizes.values()) == 2
    assert counts.sectors.keys() <= {"2008-J", "2008-U"}
    every = register_search.counts(rows, Asked())
    assert (every.total, every.provinces) == (3, {"PV28": 2, "PV31": 1})
    assert (every.lacking["sector"], every.lacking["postcode"], every.sectors[NONE]) == (1, 2, 1)


# --- who sees what


def page(who: User, query: str = "", *, fragment: bool = False) -> Any:
    client = Client(headers={"Accept-Language": "en", **({"X-Fragment": "register-list"} if fragment else {})})
    client.force_login(who)
    return client.get(f"/en/register?{query}")


def found(response: Any) -> list[str]:
    return sorted(row.organisation.kvk_number for row in response.context["rows"])


def test_where_an_organisation_takes_part_is_found_only_in_reports_that_one_sees(varied: None) -> None:
    nobody, own = factories.user(), factories.user(Role.COORDINATOR, "snel")

    for asked in (Asked(consortia=["scale"]), Asked(consortia=["snel"]), Asked(action_lines=["talent"])):
        assert not register_search.filtered(
            register.visible_to(nobody), asked, nobody, Links.visible_to(nobody)
        ).exists()
    assert api(own, "consortium=scale") == []
    assert api(own, "consortium=snel") == [THREE]
    assert api(own, "actionLine=talent") == [THREE]
    assert register.visible_to(nobody).count() == 3
    assert api(own, "") == [ONE, TWO, THREE]


def test_the_page_gives_no_hint_of_where_an_organisation_takes_part(varied: None) -> None:
    nobody, own = factories.user(), factories.user(Role.COORDINATOR, "snel")
    Organisation.objects.filter(kvk_number=THREE).update(name="Alleen elders")

    by_hip = [page(nobody, f"hip={hip}", fragment=True) for hip in ("scale", "snel", "people")]
    everything = page(nobody)

    assert [found(response) for response in by_hip] == [[], [], []]
    assert len({response.content for response in by_hip}) == 1, "the answer says nothing about the HIP"
    assert {each.key for each in everything.context["filters"]}.isdisjoint({"hip", "lijn"})
    assert found(everything) == [ONE, TWO, THREE]
    assert found(page(nobody, "lijn=talent")) == []
    options = next(each.options for each in page(own).context["filters"] if each.key == "hip")
    assert [option.value for option in options] == ["snel"]
    assert all(option.number is None for option in options)
    assert found(page(own, "hip=scale")) == []
    assert found(page(own, "lijn=talent")) == [THREE]


def test_a_draft_is_no_place_where_one_takes_part(varied: None) -> None:
    factories.reported("people", "2025Q1", company(1), upto="draft")
    own = factories.user(Role.COORDINATOR, "people")

    assert api(own, "consortium=people") == []
    assert api(factories.user(Role.MANAGER), "consortium=people") == []


# --- the page


def test_the_page_combines_filters_in_an_address_that_can_be_shared(varied: None) -> None:
    response = page(factories.user(Role.READER), "provincie=PV28&hip=scale&lijn=talent")

    assert found(response) == [TWO]
    assert [(each.key, each.chosen.value) for each, _without in response.context["chosen"]] == [
        ("provincie", "PV28"), ("hip", "scale"), ("lijn", "talent"),
    ]  # fmt: skip
    assert response.context["chosen"][0][1] == "/en/register?hip=scale&lijn=talent"


def test_an_address_with_nonsense_in_it_is_read_as_far_as_it_makes_sense(varied: None) -> None:
    assert found(page(factories.user(Role.READER), "provincie=%00&sector=x&lijn=y&page=-3&ontbreekt=&zoek=%00")) == [
        ONE, TWO, THREE,
    ]  # fmt: skip


def test_a_mistyped_name_is_found_and_said_to_be_taken_for_another(varied: None) -> None:
    OrganisationFactory(name="Zagerij Vondel", kvk_number="00000004")

    response = page(factories.user(Role.READER), "zoek=zagerrij")

    assert found(response) == ["00000004"]
    assert "This is what it has for “zagerij”" in response.content.decode()


def test_a_script_of_ours_gets_the_list_alone(varied: None) -> None:
    client = Client(headers={"X-Fragment": "register-list"})
    client.force_login(factories.user(Role.READER))

    response = client.get("/register?zoek=00000001")

    assert b"<html" not in response.content and b"00000001" in response.content
    assert "X-Fragment" in response["Vary"]


def test_list_and_api_take_a_fixed_number_of_queries(varied: None) -> None:
    reader = factories.user(Role.READER)
    # What is read once for all, say the codebook, is no part of either.
    api(reader, "province=PV28")
    seen = []
    for size in (3, 30):
        for _each in range(size):
            OrganisationFactory(province="PV28", province_year=2026)
        with CaptureQueriesContext(connection) as shown:
            page(reader, "provincie=PV28&hip=scale&zoek=0000")
        with CaptureQueriesContext(connection) as answered:
            api(reader, "province=PV28&consortium=scale&search=0000")
        seen.append((len(shown), len(answered)))

    assert seen[0] == seen[1]
    assert max(seen[0]) <= 30
