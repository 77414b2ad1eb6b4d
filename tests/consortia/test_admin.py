"""The office's pages on who takes part: what they change, by which command, and what they refuse in words."""

import re
from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from consortia import partners, tokens
from consortia.models import (
    ActionLine,
    ApiToken,
    Consortium,
    Membership,
    Organisation,
    Partner,
    PartnerRole,
    Partnership,
    Programme,
    Role,
    Scope,
    Theme,
    User,
)
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def hip():
    return Consortium.objects.get(slug="scale")


def page(model, name, *args, query=""):
    return reverse(f"admin:consortia_{model}_{name}", args=args) + query


def text(response):
    return response.content.decode()


def data_of(response):
    """What a browser would send back from a form page, untouched."""
    adminform = response.context["adminform"]
    forms = [adminform.form]
    sent = {}
    for inline in response.context.get("inline_admin_formsets", []):
        formset = inline.formset
        forms += [formset.management_form, *formset.initial_forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is True:
                sent[field.html_name] = "on"
            elif isinstance(value, list):
                sent[field.html_name] = [str(getattr(item, "pk", item)) for item in value]
            elif value is not None and value is not False:
                sent[field.html_name] = str(value)
    return sent


def save(client, url, **changes):
    return client.post(url, {**data_of(client.get(url)), **changes})


# --- texts


def test_texts_are_edited_and_the_history_says_from_what_into_what(office, manager):
    url = page("programme", "change", 1)

    response = save(office, url, contact_name="Kantoor")

    assert response.status_code == 302
    assert Programme.objects.get().contact_name == "Kantoor"
    entry = LogEntry.objects.get()
    assert entry.user == manager
    assert "Kantoor" in entry.get_change_message()


def test_an_action_line_keeps_its_code_and_place(office):
    line = ActionLine.objects.get(code="talent")
    url = page("actionline", "change", line.pk)

    save(office, url, name_nl="Talent", code="x", order="77")

    line.refresh_from_db()
    assert (line.name_nl, line.code, line.order) == ("Talent", "talent", 2)
    assert office.post(page("actionline", "delete", line.pk), {"post": "yes"}).status_code == 403
    assert office.get(page("actionline", "add")).status_code == 403


def test_a_theme_in_use_stays_and_the_page_says_why(office, hip):
    used = hip.themes.first()
    unused = Theme.objects.create(slug="vrij", name_nl="Vrij", name_en="Free")

    refused = office.post(page("theme", "delete", used.pk), {"post": "yes"})
    office.post(page("theme", "delete", unused.pk), {"post": "yes"})

    assert refused.status_code == 200
    assert str(Consortium._meta.verbose_name).lower()[:3] in text(refused).lower()
    assert list(Theme.objects.filter(pk__in=[used.pk, unused.pk])) == [used]


# --- HIPs


def test_the_name_of_a_placeholder_is_entered_with_its_address(office):
    hip = Consortium.objects.filter(is_placeholder=True).first()
    url = page("consortium", "change", hip.pk)
    sent = data_of(office.get(url))

    named = office.post(
        url, {**sent, "name": "Waterkracht", "slug": "waterkracht", "regions": "Zeeland, Friesland"}, follow=True
    )

    hip.refresh_from_db()
    assert (hip.name, hip.slug, hip.regions) == ("Waterkracht", "waterkracht", ["Zeeland", "Friesland"])
    assert not hip.is_placeholder, "the tick follows the name"
    assert "/hips/waterkracht" in text(named)
    save(office, url, slug="elders", number="99")
    hip.refresh_from_db()
    assert (hip.slug, hip.number) == ("waterkracht", 9)


def test_negative_amounts_and_days_in_the_wrong_order_are_refused_at_their_field(office, hip):
    hip_page = save(office, page("consortium", "change", hip.pk), grant_eur="-1")
    programme_page = save(office, page("programme", "change", 1), start_date="2027-01-01", end_date="2026-01-01")

    assert "grant_eur" in hip_page.context["adminform"].form.errors
    assert "end_date" in programme_page.context["adminform"].form.errors


def test_a_hip_is_never_deleted(office, hip):
    assert office.post(page("consortium", "delete", hip.pk), {"post": "yes"}).status_code == 403
    assert Consortium.objects.filter(pk=hip.pk).exists()


def test_a_partnership_is_added_on_the_page_of_its_hip(office, hip):
    url = page("consortium", "change", hip.pk)
    new = {
        "partnerships-TOTAL_FORMS": "1",
        "partnerships-0-name": "PPS Staal",
        "partnerships-0-consortium": str(hip.pk),
    }

    assert save(office, url, **new).status_code == 302

    assert Partnership.objects.get().consortium == hip


# --- partners


def test_a_partner_is_added_by_command(office, hip):
    organisation = factories.OrganisationFactory()
    sent = {
        "consortium": hip.pk, "organisation": organisation.pk, "role": "partner", "level": "contract",
        "start_date": "2024-01-01",
    }  # fmt: skip

    response = office.post(page("partner", "add"), sent)

    partner = Partner.objects.get(organisation=organisation)
    assert response.status_code == 302
    assert (partner.consortium, partner.start_date) == (hip, date(2024, 1, 1))
    assert LogEntry.objects.get().object_id == str(partner.pk)


def test_a_second_lead_is_a_clear_error_at_the_date(office, hip):
    lead = Partner.objects.leading_on(date(2025, 1, 1)).get(consortium=hip)
    sent = {
        "consortium": hip.pk, "organisation": factories.OrganisationFactory().pk, "role": "lead", "level": "contract",
        "start_date": "2025-01-01",
    }  # fmt: skip

    response = office.post(page("partner", "add"), sent)

    assert str(lead.organisation) in " ".join(response.context["adminform"].form.errors["start_date"])
    assert Partner.objects.filter(consortium=hip).count() == 1


def test_the_lead_is_handed_over_on_the_page_of_the_hip(office, hip):
    successor = factories.OrganisationFactory()
    url = page("consortium", "lead", query=f"?id={hip.pk}")

    assert office.get(url).status_code == 200
    office.post(url, {"organisation": successor.pk, "first_day": "2026-01-01", "former_stays": "on"})

    assert Partner.objects.leading_on(date(2026, 1, 1)).get(consortium=hip).organisation == successor
    assert Partner.objects.leading_on(date(2025, 12, 31)).get(consortium=hip).organisation != successor


def test_a_partner_is_put_right_and_ended(office, manager, hip):
    partner = partners.add_partner(actor=manager, consortium=hip, organisation=factories.OrganisationFactory())
    query = f"?id={partner.pk}"

    office.post(page("partner", "correct", query=query), {"level": "contract", "start_date": "2024-01-01"})
    refused = office.post(page("partner", "end", query=query), {"last_day": "2023-01-01", "reason": "gestopt"})
    office.post(page("partner", "end", query=query), {"last_day": "2025-06-30", "reason": "gestopt"})

    partner.refresh_from_db()
    assert "last_day" in refused.context["adminform"].form.errors
    assert (partner.level, partner.start_date, partner.end_date) == ("contract", date(2024, 1, 1), date(2025, 6, 30))


def test_a_partner_is_not_changed_or_deleted_around_the_commands(office, hip):
    lead = Partner.objects.get(consortium=hip, role=PartnerRole.LEAD)

    changed = office.post(page("partner", "change", lead.pk), {"role": "partner", "end_date": "2020-01-01"})
    deleted = office.post(page("partner", "delete", lead.pk), {"post": "yes"})

    assert (changed.status_code, deleted.status_code) == (403, 403)
    lead.refresh_from_db()
    assert (lead.role, lead.end_date) == (PartnerRole.LEAD, None)


# --- the register


def test_an_organisation_is_stored_as_identifiers_are_written(office):
    sent = {
        "name": "Voorbeeld BV", "organisation_type": "company", "size_class": "small", "kvk_number": "00001234",
        "institution_code": "25pw", "postcode": "3311ab", "is_listed": "on",
        "partner_in-TOTAL_FORMS": "0", "partner_in-INITIAL_FORMS": "0",
    }  # fmt: skip

    assert office.post(page("organisation", "add"), sent).status_code == 302

    organisation = Organisation.objects.get(name="Voorbeeld BV")
    assert (organisation.kvk_number, organisation.institution_code, organisation.postcode) == (
        "00001234", "25PW", "3311 AB",
    )  # fmt: skip


def test_every_wrong_identifier_is_named_at_its_field(office):
    organisation = factories.OrganisationFactory(kvk_number=None, name="Een")
    other = factories.OrganisationFactory()
    url = page("organisation", "change", organisation.pk)

    wrong = save(office, url, kvk_number="1234", institution_code="PW25", postcode="3311 SS")
    taken = save(office, url, kvk_number=other.kvk_number)

    assert set(wrong.context["adminform"].form.errors) == {"kvk_number", "institution_code", "postcode"}
    assert taken.status_code == 200
    organisation.refresh_from_db()
    assert (organisation.kvk_number, organisation.postcode) == (None, "")


def test_two_organisations_without_a_number_can_be_edited(office):
    first, second = [factories.OrganisationFactory(kvk_number=None, name=name) for name in ("Een", "Twee")]

    for organisation in (first, second):
        assert save(office, page("organisation", "change", organisation.pk), postcode="1234AB").status_code == 302
        organisation.refresh_from_db()
        assert (organisation.kvk_number, organisation.postcode) == (None, "1234 AB")


def test_an_organisation_that_is_a_partner_stays_and_an_unused_one_can_go(office, hip):
    partner = Partner.objects.filter(consortium=hip).first()
    unused = factories.OrganisationFactory()

    refused = office.post(page("organisation", "delete", partner.organisation_id), {"post": "yes"})
    office.post(page("organisation", "delete", unused.pk), {"post": "yes"})

    assert refused.status_code == 200
    assert "1 ×" in text(refused)
    assert Organisation.objects.filter(pk=partner.organisation_id).exists()
    assert not Organisation.objects.filter(pk=unused.pk).exists()


# --- people


def test_an_account_is_made_with_its_role(office, manager, hip):
    url = page("user", "add")
    sent = {"email": "Nieuw@example.org", "name": "Nieuw", "language": "nl", "role": "coordinator"}

    refused = office.post(url, sent)
    assert list(refused.context["adminform"].form.errors) == ["consortium"]
    assert not User.objects.filter(email="nieuw@example.org").exists()
    office.post(url, {**sent, "consortium": hip.pk})

    user = User.objects.get(email="nieuw@example.org")
    assert not user.has_usable_password()
    assert [(role.role, role.consortium) for role in user.memberships.all()] == [("coordinator", hip)]


def test_an_address_in_use_is_refused_at_its_field(office, manager):
    sent = {"email": manager.email.upper(), "language": "nl", "role": "reader"}

    response = office.post(page("user", "add"), sent)

    assert list(response.context["adminform"].form.errors) == ["email"]


def test_roles_are_given_and_taken_on_the_page_of_a_person(office, hip):
    user = factories.user(Role.READER)
    url = page("user", "change", user.pk)
    given = {"memberships-TOTAL_FORMS": "2", "memberships-1-role": "coordinator", "memberships-1-user": str(user.pk)}

    misplaced = save(office, url, **given)
    saved = save(office, url, **given, **{"memberships-1-consortium": hip.pk})
    step, read = page("user", "role", query=f"?id={user.pk}"), user.memberships.get(role=Role.READER)
    unexplained = office.post(step, {"membership": read.pk})
    taken = office.post(step, {"membership": read.pk, "reason": "andere baan"})

    assert (misplaced.status_code, saved.status_code) == (200, 302)
    assert (unexplained.status_code, taken.status_code) == (200, 302)
    assert "andere baan" in LogEntry.objects.filter(object_id=str(user.pk)).first().get_change_message()
    assert [(role.role, role.consortium) for role in user.memberships.all()] == [("coordinator", hip)]


def test_a_role_is_not_turned_into_another(office, manager):
    reader = factories.user(Role.READER)

    save(office, page("user", "change", reader.pk), **{"memberships-0-role": "manager"})

    assert reader.memberships.get().role == Role.READER


def test_the_last_manager_cannot_leave_and_is_told_so(office, manager):
    membership = manager.memberships.get()
    step = page("user", "role", query=f"?id={manager.pk}")

    response = office.post(step, {"membership": membership.pk, "reason": "weg"})
    deactivated = office.post(page("user", "deactivate", query=f"?id={manager.pk}"), {"reason": "weg"})

    assert response.context["adminform"].form.non_field_errors()
    assert Membership.objects.filter(pk=membership.pk).exists()
    assert deactivated.context["adminform"].form.non_field_errors()
    manager.refresh_from_db()
    assert manager.is_active


def test_accounts_are_deactivated_from_the_list_and_never_deleted(office):
    users = [factories.user(Role.READER), factories.user(Role.REVIEWER)]
    ticked = {"action": "deactivate", "_selected_action": [str(user.pk) for user in users]}

    step = office.post(page("user", "changelist"), ticked)
    asked = office.get(step.url)
    office.post(step.url, {"reason": "uit dienst"})

    assert asked.status_code == 200
    assert all(user.email not in text(asked) or str(user) in text(asked) for user in users)
    assert not User.objects.filter(pk__in=[user.pk for user in users], is_active=True).exists()
    assert office.post(page("user", "delete", users[0].pk), {"post": "yes"}).status_code == 403
    office.post(page("user", "reactivate", query=f"?id={users[0].pk}"))
    assert User.objects.get(pk=users[0].pk).is_active


def test_an_address_is_changed_on_its_own_page_only(office):
    user = factories.user(Role.READER, email="oud@example.org")

    save(office, page("user", "change", user.pk), email="x@example.org", is_active="", password="!", language="en")
    user.refresh_from_db()
    assert (user.email, user.language, user.is_active) == ("oud@example.org", "en", True)

    office.post(page("user", "email", query=f"?id={user.pk}"), {"email": "Nieuw@example.org"})
    user.refresh_from_db()
    assert user.email == "nieuw@example.org"


# --- keys to the API


def test_a_key_shows_once_and_only_its_digest_is_kept(office):
    owner = factories.user(Role.COORDINATOR, "scale")

    response = office.post(page("apitoken", "add"), {"user": owner.pk, "name": "koppeling"}, follow=True)

    token = ApiToken.objects.get()
    key = re.search(rf"{tokens.PREFIX}[\w-]{{43}}", text(response))[0]
    assert tokens.recognise(key) == token
    assert token.scopes == [Scope.READ, Scope.REPORT]
    assert key not in text(office.get(page("apitoken", "change", token.pk)))
    assert key not in "".join(LogEntry.objects.values_list("change_message", flat=True))


def test_a_key_to_review_with_is_not_made_for_somebody_else(office):
    reviewer = factories.user(Role.REVIEWER)

    refused = office.post(page("apitoken", "add"), {"user": reviewer.pk, "scopes": ["review"]})
    beyond = office.post(page("apitoken", "add"), {"user": reviewer.pk, "scopes": ["manage"]})

    assert "scopes" in refused.context["adminform"].form.errors
    assert beyond.context["adminform"].form.errors
    assert not ApiToken.objects.exists()


def test_tokens_are_revoked_from_the_list(office, manager):
    token, key = tokens.issue(user=manager)

    step = office.post(page("apitoken", "changelist"), {"action": "revoke", "_selected_action": [str(token.pk)]})
    assert tokens.recognise(key) is not None
    office.post(step.url)
    assert tokens.recognise(key) is not None
    office.post(step.url, {"reason": "op straat gevonden"})

    assert tokens.recognise(key) is None
    assert office.post(page("apitoken", "change", token.pk), {"revoked_at": ""}).status_code == 403


# --- addresses that somebody makes up


@pytest.mark.parametrize("query", ["", "?id=", "?id=x", "?id=00000000-0000-0000-0000-000000000000"])
def test_a_step_for_a_row_that_is_not_there_is_not_found(office, query):
    for model, step in [("user", "deactivate"), ("apitoken", "revoke"), ("partner", "end"), ("consortium", "lead")]:
        assert office.get(page(model, step, query=query)).status_code == 404
