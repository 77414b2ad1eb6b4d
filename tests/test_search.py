"""One box that looks everywhere, and shows to everybody what is theirs to see."""

import pytest
from django.urls import reverse

from consortia.models import Consortium, Role
from ptvt_portal import search
from tests import factories
from tests.events.factories import EventFactory, published_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


def titles(user, text):
    return {hit.title for group in search.find(user, text) for hit in group.hits}


def test_accents_and_capitals_do_not_matter():
    factories.OrganisationFactory(name="Café Zoë BV")
    reader = factories.user(Role.READER)

    assert "Café Zoë BV" in titles(reader, "CAFE zoe")
    assert "Café Zoë BV" in titles(reader, "café")


def test_a_number_finds_its_company_and_a_quarter_its_reports():
    company = factories.OrganisationFactory(kvk_number="00990099", name="Nummer BV")
    factories.reported("scale", "2025Q1")
    manager = factories.user(Role.MANAGER)

    assert company.name in titles(manager, "009900")
    assert any("SCALE" in title for title in titles(manager, "scale 2025 K1"))
    assert any("SCALE" in title for title in titles(manager, "2025q1"))


def test_people_are_found_by_the_office_alone():
    person = factories.user(Role.COORDINATOR, "scale", name="Zeldzame Naam")

    assert person.name in titles(factories.user(Role.MANAGER), "zeldzame")
    assert titles(factories.user(Role.REVIEWER), "zeldzame") == set()


def test_a_report_that_somebody_may_not_see_is_not_found():
    factories.reported("scale", "2025Q1", upto="submitted")

    def of_scale(hip):
        return [title for title in titles(factories.user(Role.COORDINATOR, hip), "2025Q1") if "SCALE" in title]

    assert of_scale("people") == []
    assert of_scale("scale") != []


def test_an_organisation_that_only_a_draft_of_others_names_is_not_found():
    factories.OrganisationFactory(name="Alleen in concept BV", is_listed=False)

    assert titles(factories.user(Role.READER), "alleen in concept") == set()


def test_hips_indicators_goals_and_meetings_are_found():
    reader = factories.user(Role.READER)
    meeting, draft = published_event(), EventFactory(title_nl="Geheime bijeenkomst")

    assert Consortium.objects.get(slug="snel").name in titles(reader, "limburg")
    assert titles(reader, "companies") & titles(reader, "bedrijven")
    assert meeting.title in titles(reader, meeting.title_nl)
    assert draft.title not in titles(reader, "geheime")


def test_who_is_not_signed_in_is_asked_to(client):
    assert "/accounts/login/" in client.get(reverse("search") + "?q=scale").url


@pytest.mark.parametrize("text", ["", "a", "%", "_ _", "\x00", "x" * 500])
def test_odd_texts_are_answered(client, text):
    client.force_login(factories.user(Role.MANAGER))

    assert client.get(reverse("search"), {"q": text}).status_code == 200


def test_a_search_takes_as_many_queries_whatever_is_found(client, django_assert_max_num_queries):
    client.force_login(factories.user(Role.MANAGER))
    for number in range(30):
        factories.OrganisationFactory(name=f"Zoekbaar {number}")
        factories.user(Role.COORDINATOR, "scale", name=f"Zoekbaar {number}")

    with django_assert_max_num_queries(25):
        client.get(reverse("search"), {"q": "zoekbaar"})
