"""The history of reference data: whatever writes, the database keeps who, when, old and new; nobody alters it."""

import re
from datetime import timedelta

import pghistory.core
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.urls import reverse

from consortia import acting, changes, people, tokens
from consortia.changes import Asked, Difference
from consortia.models import (
    ApiToken,
    Change,
    Consortium,
    ConsortiumTheme,
    Membership,
    Organisation,
    Partner,
    PartnerRole,
    Programme,
    Role,
    Theme,
    User,
)
from impact.models import CheckRule, Goal, Indicator, Quarter
from ptvt_portal import grants
from ptvt_portal.celery import app
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

REFERENCE_DATA = {
    "Programme", "ActionLine", "Theme", "Consortium", "ConsortiumTheme", "Partnership", "Partner", "Organisation",
    "User", "Membership", "ApiToken", "Indicator", "Goal", "Quarter", "CheckRule",
    "MessageTemplate", "PageText",
}  # fmt: skip


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER, name="Mieke de Vries")


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def hip():
    return Consortium.objects.get(slug="scale")


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def newest(**asked):
    return changes.read(Asked(**asked), limit=1)[0]


def form_of(response):
    """What a browser would send back from the form of a row, untouched."""
    adminform = response.context["adminform"]
    forms = [adminform.form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    sent = {}
    for field in (field for form in forms for field in form):
        value = field.value()
        if isinstance(value, list):
            sent[field.html_name] = [str(getattr(item, "pk", item)) for item in value]
        elif value is not None and value is not False:
            sent[field.html_name] = "on" if value is True else str(value)
    return sent


def test_all_reference_data_is_tracked():
    assert {model.__name__ for model in changes.tracked()} >= REFERENCE_DATA


def test_a_change_in_the_administration_says_who_from_what_and_into_what(office, manager, hip):
    page = reverse("admin:consortia_consortium_change", args=[hip.pk])

    office.post(page, {**form_of(office.get(page)), "source": "besluit van het kantoor"})

    entry = newest(row=hip)
    assert (entry.user, entry.change, entry.row, entry.door) == (manager, Change.CHANGED, hip.name, page)
    assert [field.new for field in entry.differences] == ["besluit van het kantoor"]


def test_a_bulk_update_shows_for_every_row(hip):
    goals = list(Goal.objects.all()[:2])
    for goal in goals:
        goal.name_en = f"{goal.name_en} (new)"

    with acting.program("a script"):
        Goal.objects.bulk_update(goals, ["name_en"])

    for goal in goals:
        entry = newest(row=goal)
        assert (entry.who, entry.differences) == (
            "a script",
            [Difference("Naam (Engels)", goal.name_en.removesuffix(" (new)"), goal.name_en)],
        )


def test_a_change_by_sql_shows_too_and_is_from_outside_the_portal(hip):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consortia_consortium SET website = 'https://example.org' WHERE id = %s", [hip.pk])

    entry = newest(row=hip)
    assert entry.user is None
    assert [(field.old, field.new) for field in entry.differences] == [("–", "https://example.org")]


def test_a_removed_row_keeps_its_history():
    theme = Theme.objects.create(slug="vrij", name_nl="Vrij", name_en="Free")
    theme.delete()

    entry = newest(kinds=[Theme])
    assert (entry.change, entry.row) == (Change.REMOVED, "Vrij")
    assert ("Vrij", "–") in [(field.old, field.new) for field in entry.differences]


def test_the_history_of_a_hip_holds_its_themes_its_partners_and_its_people(hip, manager):
    other = Theme.objects.create(slug="vrij", name_nl="Vrij", name_en="Free")
    hip.themes.add(other)
    Partner.objects.create(consortium=hip, organisation=factories.OrganisationFactory(), role=PartnerRole.PARTNER)
    person = factories.user(Role.COORDINATOR, hip)

    found = {entry.model: entry for entry in changes.read(Asked(row=hip), limit=3)}

    assert set(found) == {ConsortiumTheme, Partner, Membership}
    assert found[Membership].row == f"{person} · {hip}"


def test_a_sign_in_is_no_change_and_no_secret_is_kept(client):
    person = factories.user(Role.READER)
    _token, key = tokens.issue(user=person, name="", scopes=["read"])
    before = changes.number(Asked())

    client.login(email=person.email, password=factories.PASSWORD)
    person.set_password("another password for tests")
    person.save()
    tokens.recognise(key)

    assert changes.number(Asked()) == before
    kept = {field.name for field in changes.tracked()[User]._meta.fields + changes.tracked()[ApiToken]._meta.fields}
    assert not kept & {"password", "last_login", "digest", "last_used_at"}


def test_a_change_through_the_api_is_that_of_the_owner_of_the_token(client, programme):
    manager = factories.user(Role.MANAGER)
    _token, key = tokens.issue(user=manager, name="", scopes=["manage", "report", "read"])
    body = {
        "figures": [],
        "participations": [
            {"kvkNumber": "00001234", "name": "Nieuw BV", "organisationType": "company", "actionLine": "innovation",
             "involvement": "project"}
        ],
        "unidentifiedCompanies": [],
        "headcounts": [],
    }  # fmt: skip
    quarter = factories.quarter("2024Q1")

    answer = client.put(
        f"/api/v1/reports/scale/{quarter.pk}/draft",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {key}", "if-match": "*"},
    )

    assert answer.status_code == 200, answer.content
    assert newest(kinds=[Organisation]).user == manager


def test_a_task_says_its_name(hip):
    @app.task(name="tests.rename")
    def rename():
        Consortium.objects.filter(pk=hip.pk).update(source="taak")

    rename()

    assert newest(row=hip).who == "tests.rename"


@pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'delete'", "DELETE FROM {}"])
def test_no_entry_of_a_history_can_be_changed_or_removed(statement, hip):
    """The application has no right to, and a trigger stops the owner."""
    hip.save()
    for history in pghistory.core.event_models():
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement.format(history._meta.db_table))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'delete'", "DELETE FROM {}"])
def test_the_owner_is_stopped_by_a_trigger(statement, programme):
    tables = [changes.tracked()[model]._meta.db_table for model in (Consortium, Theme, Quarter, Indicator, CheckRule)]

    for table in tables:
        with (
            pytest.raises(DatabaseError, match="Cannot update or delete rows"),
            transaction.atomic(using="owner"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(statement.format(table))


def test_the_application_may_only_read_and_add_to_every_history():
    assert {grants.privileges(history._meta.db_table) for history in pghistory.core.event_models()} == {
        grants.APPEND_ONLY
    }


def test_changes_are_found_by_kind_person_day_and_text(office, manager, hip):
    with acting.somebody(manager.pk, door="/test"):
        Programme.objects.update(contact_name="Mieke")
        Consortium.objects.filter(pk=hip.pk).update(source="100%_zeker")
    today = changes.read(Asked(), limit=1)[0].when.date()

    assert [entry.model for entry in changes.read(Asked(users=[manager]))] == [Consortium, Programme]
    assert [entry.model for entry in changes.read(Asked(users=[manager], kinds=[Programme]))] == [Programme]
    assert [entry.model for entry in changes.read(Asked(text="100%_ze"))] == [Consortium]
    assert changes.number(Asked(users=[manager], last_day=today - timedelta(days=2))) == 0
    assert changes.number(Asked(users=[manager], first_day=today - timedelta(days=2))) == 2


def test_the_list_of_all_changes_shows_filters_and_downloads_them(office, manager, hip):
    with acting.somebody(manager.pk, door="/test"):
        Consortium.objects.filter(pk=hip.pk).update(source="=besluit")
    address = reverse("admin:admin_logentry_changes")

    shown = text(office.get(address, {"who": "mieke", "kind": "consortia.consortium"}))
    nothing = text(office.get(address, {"who": "nobody of that name"}))
    downloaded = b"".join(office.get(f"{address.rstrip('/')}.csv/", {"who": "mieke"}).streaming_content).decode()

    assert "=besluit" in shown and "Mieke de Vries" in shown
    assert "=besluit" not in nothing
    assert "'=besluit" in downloaded


def test_the_page_of_a_rows_history_shows_every_change(office, hip):
    Consortium.objects.filter(pk=hip.pk).update(source="door SQL")

    shown = text(office.get(reverse("admin:consortia_consortium_history", args=[hip.pk])))

    assert "door SQL" in shown


def test_the_history_of_a_row_takes_as_many_queries_whatever_happened(office, hip, django_assert_max_num_queries):
    address = reverse("admin:consortia_consortium_history", args=[hip.pk])
    for number in range(60):
        Consortium.objects.filter(pk=hip.pk).update(source=f"besluit {number}")
        factories.user(Role.CONTRIBUTOR, hip)

    with django_assert_max_num_queries(20):
        office.get(address)
    with django_assert_max_num_queries(30):
        office.get(reverse("admin:admin_logentry_changes"))


def test_giving_and_taking_a_role_both_show(manager, hip):
    person = factories.user()
    membership = people.give_role(actor=manager, user=person, role=Role.COORDINATOR, consortium=hip)
    people.take_role(actor=manager, membership=membership)

    assert [entry.change for entry in changes.read(Asked(row=person, kinds=[Membership]))] == [
        Change.REMOVED,
        Change.ADDED,
    ]


def test_a_command_of_manage_py_says_its_name():
    with acting.program("manage.py load_programme"):
        Programme.objects.update(contact_name="Kantoor")
        call_command("load_programme", verbosity=0)

    assert newest(kinds=[Programme]).who == "manage.py load_programme"
