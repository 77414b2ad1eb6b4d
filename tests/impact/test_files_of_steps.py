"""Partners and people as a workbook: a file takes the steps of the pages, all of them or none."""

import io
from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consortia import partners
from consortia.models import (
    Consortium,
    Invitation,
    Mail,
    Membership,
    Partner,
    PartnerLevel,
    PartnerRole,
    Partnership,
    Role,
    User,
)
from tests import factories, spreadsheets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PARTNERS = [
    "partner",
    "consortium",
    "organisation",
    "name",
    "role",
    "level",
    "partnership",
    "start_date",
    "end_date",
    "reason",
]
PEOPLE = ["email", "name", "language", "role", "consortium", "invite", "ends", "reason"]


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER, email="mieke@example.org", name="Mieke")


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def hip():
    return Consortium.objects.get(number=1)


def address(code):
    return reverse("reference-file", args=[code])


def uploaded(office, code, columns, *rows):
    """A file with these columns; a row names the cells that are filled."""
    cells = [[row.get(name) for name in columns] for row in rows]
    kept = io.BytesIO(spreadsheets.workbook({"Blad": [columns, *cells]}))
    kept.name = "bestand.xlsx"
    return office.post(address(code), {"file": kept})


def apply(office, code, preview):
    return office.post(address(code), {"kept": preview.context["kept"], "seen": preview.context["seen"]})


def refused(preview):
    return [(where.partition("!")[2], what) for row in preview.context["refused"] for where, what in row.problems]


def places(preview):
    return [where for where, _what in refused(preview)]


def partner(hip, **fields):
    return partners.add_partner(
        actor=None,
        consortium=hip,
        organisation=fields.pop("organisation", None) or factories.OrganisationFactory(),
        **fields,
    )


def on_file(row, **said):
    dates = {name: value for name in ("start_date", "end_date") if (value := getattr(row, name)) is not None}
    return {
        "partner": row.pk, "consortium": row.consortium.number, "organisation": row.organisation.identifier,
        "role": row.role, "level": row.level, **dates, **said,
    }  # fmt: skip


# --- partners


def test_a_file_adds_a_partner_with_its_role_level_days_and_partnership(office, hip):
    Partnership.objects.create(consortium=hip, name="PPS Een")
    company = factories.OrganisationFactory(name="Staal BV")
    row = {
        "consortium": 1, "organisation": company.kvk_number, "name": "staal bv", "level": "Onder contract",
        "partnership": "pps een", "start_date": date(2025, 1, 1), "end_date": "31-12-2027",
    }  # fmt: skip

    preview = uploaded(office, "partners", PARTNERS, row)

    assert refused(preview) == []
    assert not Partner.objects.filter(organisation=company).exists()
    assert [each.is_new for each in preview.context["changed"]] == [True]
    apply(office, "partners", preview)
    added = Partner.objects.get(organisation=company)
    assert (added.consortium, added.role, added.level) == (hip, PartnerRole.PARTNER, PartnerLevel.CONTRACT)
    assert (added.start_date, added.end_date) == (date(2025, 1, 1), date(2027, 12, 31))
    assert added.partnership is not None
    assert LogEntry.objects.filter(object_id=str(added.pk)).exists()


def test_ending_a_partner_asks_why_and_says_so_in_its_history(office, hip):
    row = partner(hip, start_date=date(2024, 1, 1))

    silent = uploaded(office, "partners", PARTNERS, on_file(row, end_date=date(2026, 6, 30)))
    apply(office, "partners", silent)
    row.refresh_from_db()

    assert places(silent) == ["J2"]
    assert row.end_date is None
    told = uploaded(office, "partners", PARTNERS, on_file(row, end_date=date(2026, 6, 30), reason="gestopt"))
    apply(office, "partners", told)
    row.refresh_from_db()
    assert row.end_date == date(2026, 6, 30)
    assert "gestopt" in LogEntry.objects.get(object_id=str(row.pk)).change_message


def test_everything_that_is_wrong_is_said_at_once_at_its_cell(office, hip):
    row = partner(hip)
    other = factories.OrganisationFactory(name="Anders BV")
    good = {"consortium": 1, "organisation": other.kvk_number}

    preview = uploaded(
        office, "partners", PARTNERS,
        {"consortium": 99, "organisation": "00000000", "level": "vriend"},
        {"partner": 987654, "consortium": 1, "organisation": other.kvk_number},
        on_file(row, organisation=other.kvk_number, role="lead"),
        {**good, "name": "Staal BV", "partnership": "PPS Nul", "start_date": "morgen"},
        {**good, "start_date": date(2026, 2, 1), "end_date": date(2026, 1, 1)},
        good,
    )  # fmt: skip
    apply(office, "partners", preview)

    assert places(preview) == ["B2", "C2", "F2", "A3", "C4", "E4", "D5", "H5", "G5", "I6"]
    assert Partner.objects.filter(organisation=other).count() == 0


def test_who_leads_from_a_day_on_takes_the_place_of_who_ends_in_the_same_file(office):
    hip = factories.ConsortiumFactory()
    former, new = partner(hip, role=PartnerRole.LEAD), factories.OrganisationFactory()

    preview = uploaded(
        office, "partners", PARTNERS,
        {"consortium": hip.number, "organisation": new.kvk_number, "role": "penvoerder", "start_date": "2026-07-01"},
        on_file(former, end_date="2026-06-30", reason="overgedragen"),
    )  # fmt: skip
    apply(office, "partners", preview)

    assert refused(preview) == []
    assert Partner.objects.leading_on(date(2026, 7, 1)).get(consortium=hip).organisation == new


def test_a_second_lead_is_refused_in_the_words_of_the_page(office):
    hip = factories.ConsortiumFactory()
    partner(hip, role=PartnerRole.LEAD)
    row = {"consortium": hip.number, "organisation": factories.OrganisationFactory().kvk_number, "role": "lead"}

    assert places(uploaded(office, "partners", PARTNERS, row)) == ["H2"]


def test_an_organisation_without_a_number_is_known_by_its_name_if_only_one_has_it(office, hip):
    school = factories.OrganisationFactory(kvk_number=None, name="Vakschool Oost")
    for _each in range(2):
        factories.OrganisationFactory(name="Bakker BV")

    preview = uploaded(
        office, "partners", PARTNERS,
        {"consortium": 1, "name": "vakschool oost"},
        {"consortium": 1, "name": "Bakker BV"},
        {"consortium": 1, "name": "Nul"},
    )  # fmt: skip

    assert places(preview) == ["C3", "C4"]
    assert preview.context["changed"][0].name.startswith(str(school))


def test_a_column_that_is_not_in_the_file_changes_nothing(office, hip):
    row = partner(hip, level=PartnerLevel.CONTRACT, start_date=date(2024, 1, 1), end_date=date(2026, 1, 1))

    columns = ["partner", "consortium", "organisation"]
    preview = uploaded(office, "partners", columns, on_file(row))

    assert (refused(preview), preview.context["changed"], preview.context["unchanged"]) == ([], [], 1)


def test_what_somebody_else_changed_meanwhile_is_shown_before_it_is_stored(office, hip):
    row = partner(hip)
    preview = uploaded(office, "partners", PARTNERS, on_file(row, level="contract", start_date=date(2024, 1, 1)))
    Partner.objects.filter(pk=row.pk).update(start_date=date(2023, 11, 1))

    again = apply(office, "partners", preview)

    row.refresh_from_db()
    assert again.status_code == 200
    assert row.level == PartnerLevel.INVOLVED
    apply(office, "partners", again)
    row.refresh_from_db()
    assert (row.level, row.start_date) == (PartnerLevel.CONTRACT, date(2024, 1, 1))


def test_rows_that_stay_cost_no_questions_each(office, hip):
    def queries(number):
        rows = [on_file(partner(hip)) for _each in range(number)]
        with CaptureQueriesContext(connection) as counted:
            uploaded(office, "partners", PARTNERS, *rows)
        return len(counted)

    assert queries(2) == queries(12) <= 30


# --- people


def test_a_new_address_becomes_an_account_with_its_roles_and_one_mail_after_storing(office, hip):
    coby = {"email": "Coby@Example.org", "name": "Coby", "language": "English", "invite": "ja"}

    preview = uploaded(
        office, "people", PEOPLE,
        {**coby, "role": "coordinator", "consortium": 1},
        {**coby, "role": "reader"},
    )  # fmt: skip

    assert refused(preview) == []
    assert not User.objects.filter(email="coby@example.org").exists()
    assert not Mail.objects.exists()
    apply(office, "people", preview)
    made = User.objects.get(email="coby@example.org")
    assert (made.name, made.language, made.has_usable_password()) == ("Coby", "en", False)
    assert {(held.role, held.consortium) for held in made.memberships.all()} == {("coordinator", hip), ("reader", None)}
    assert Invitation.objects.open().filter(user=made).count() == 1
    assert Mail.objects.filter(recipient=made).count() == 1


def test_storing_the_same_preview_twice_invites_nobody_twice(office):
    preview = uploaded(office, "people", PEOPLE, {"email": "rie@example.org", "role": "reader", "invite": "yes"})

    apply(office, "people", preview)
    apply(office, "people", preview)

    assert Mail.objects.filter(recipient__email="rie@example.org").count() == 1


def test_a_role_ends_with_a_reason_that_stands_in_the_history(office, hip):
    coby = factories.user(Role.COORDINATOR, hip, email="coby@example.org")
    row = {"email": "coby@example.org", "role": "coordinator", "consortium": 1, "ends": "ja"}

    silent = uploaded(office, "people", PEOPLE, row)
    apply(office, "people", silent)
    assert places(silent) == ["H2"]
    assert coby.memberships.exists()

    apply(office, "people", uploaded(office, "people", PEOPLE, {**row, "reason": "andere baan"}))
    assert not coby.memberships.exists()
    assert "andere baan" in LogEntry.objects.get(object_id=str(coby.pk)).change_message


def test_everything_that_is_wrong_with_people_is_said_at_once_and_nothing_is_stored(office, hip):
    factories.user(Role.READER, email="rie@example.org", name="Rie")

    preview = uploaded(
        office, "people", PEOPLE,
        {"email": "nieuw@example.org", "name": "Nieuw", "role": "reader"},
        {"email": "geen adres", "role": "reader"},
        {"email": "a@example.org", "role": "baas"},
        {"email": "b@example.org", "role": "coordinator"},
        {"email": "c@example.org", "role": "reader", "consortium": 99},
        {"email": "nieuw@example.org", "name": "Oud", "role": "reviewer"},
        {"email": "rie@example.org", "role": "reader", "invite": "ja"},
        {"email": "rie@example.org", "role": "reviewer", "ends": "ja", "reason": "x"},
        {"email": "rie@example.org", "role": "reader", "ends": "misschien"},
    )  # fmt: skip
    apply(office, "people", preview)

    assert places(preview) == ["A3", "D4", "E5", "E6", "B7", "A8", "D9", "G10", "D10"]
    assert User.objects.count() == 2


def test_a_file_can_no_more_than_the_page_leave_nobody_in_the_office(office, manager):
    row = {"email": manager.email, "role": "manager", "ends": "ja", "reason": "weg"}

    alone = uploaded(office, "people", PEOPLE, row)
    followed = uploaded(office, "people", PEOPLE, row, {"email": "nieuw@example.org", "role": "manager"})

    assert places(alone) == ["A2"]
    assert refused(followed) == []
    assert Membership.objects.filter(role=Role.MANAGER).count() == 1


def test_a_name_and_a_language_change_and_an_empty_cell_says_nothing(office):
    rie = factories.user(Role.READER, email="rie@example.org", name="Rie")

    preview = uploaded(office, "people", PEOPLE, {"email": "rie@example.org", "language": "English"})
    apply(office, "people", preview)

    rie.refresh_from_db()
    assert (rie.name, rie.language) == ("Rie", "en")
    assert preview.context["changed"][0].differences == [("Taal", "Nederlands", "English")]


def test_who_is_deactivated_is_not_in_the_file(office):
    factories.user(Role.READER, email="weg@example.org", is_active=False)

    answer = office.get(address("people"), {"formaat": "xlsx"})

    rows = spreadsheets.read(b"".join(answer.streaming_content))
    assert "mieke@example.org" in rows
    assert "weg@example.org" not in rows


@pytest.mark.parametrize("code", ["partners", "people"])
def test_only_the_office_takes_people_and_partners_away_or_brings_them_in(client, code):
    client.force_login(factories.user(Role.REVIEWER))

    answers = [client.get(address(code)), client.get(address(code), {"formaat": "xlsx"})]
    answers.append(uploaded(client, code, PEOPLE, {"email": "rie@example.org", "role": "manager"}))

    assert {answer.status_code for answer in answers} <= {302, 403}
    assert not User.objects.filter(email="rie@example.org").exists()
