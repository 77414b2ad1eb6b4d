"""Accounts and roles: given and taken by the office, never deleted, and never without an office left."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from consortia import access, people, tokens
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Membership, Role, Scope, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def hip():
    return factories.ConsortiumFactory(takes_part=False)


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_a_new_account_has_no_password_and_its_owner_can_choose_one(manager, client):
    user = people.create_user(actor=manager, email=" Nieuw@Example.ORG ", name="Nieuw")

    assert (user.email, user.has_usable_password()) == ("nieuw@example.org", False)
    client.post(reverse("account_reset_password"), {"email": "nieuw@example.org"})
    assert [message.to for message in mail.outbox] == [["nieuw@example.org"]]


def test_an_address_belongs_to_one_account(manager):
    people.create_user(actor=manager, email="een@example.org")

    with pytest.raises(Refused) as refusal:
        people.create_user(actor=manager, email="EEN@example.org")
    assert [problem.pointer for problem in refusal.value.problems] == ["/email"]
    with pytest.raises(Refused):
        people.create_user(actor=manager, email="geen adres")


def test_an_old_address_does_not_sign_in_any_more(manager, client):
    user = factories.user(Role.READER, email="oud@example.org")
    EmailAddress.objects.create(user=user, email="oud@example.org", primary=True, verified=True)

    people.change_email(actor=manager, user=user, email="nieuw@example.org")

    credentials = {"login": "oud@example.org", "password": factories.PASSWORD}
    client.post(reverse("account_login"), credentials)
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_login"), {**credentials, "login": "nieuw@example.org"})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_deactivated_account_is_signed_out_and_its_tokens_are_dead(manager, client):
    user = factories.user(Role.MANAGER)
    _token, key = tokens.issue(user=user)
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200

    people.deactivate(actor=manager, user=user)

    assert tokens.recognise(key) is None
    assert client.get(reverse("admin:index")).status_code == 302
    people.reactivate(actor=manager, user=user)
    assert tokens.recognise(key) is not None


def test_the_last_manager_stays(manager):
    factories.user(Role.REVIEWER)
    idle = factories.user(Role.MANAGER, is_active=False)

    with pytest.raises(NotAllowedNow):
        people.deactivate(actor=manager, user=manager)
    with pytest.raises(NotAllowedNow):
        people.take_role(actor=manager, membership=manager.memberships.get())

    people.reactivate(actor=manager, user=idle)
    people.deactivate(actor=fresh(idle), user=manager)
    assert not fresh(manager).is_active


def test_roles_are_given_and_taken(manager, hip):
    user = factories.UserFactory()

    membership = people.give_role(actor=manager, user=user, role=Role.COORDINATOR, consortium=hip)

    assert access.allows(fresh(user), Permission.SUBMIT, hip)
    people.take_role(actor=manager, membership=membership)
    assert not access.allows(fresh(user), Permission.SUBMIT, hip)


def test_a_role_is_in_its_place_and_held_once(manager, hip):
    user = factories.UserFactory()
    people.give_role(actor=manager, user=user, role=Role.READER)

    for role, consortium in [(Role.COORDINATOR, None), (Role.REVIEWER, hip), (Role.READER, None), ("director", None)]:
        with pytest.raises(Refused):
            people.give_role(actor=manager, user=user, role=role, consortium=consortium)

    assert Membership.objects.filter(user=user).count() == 1


def test_nobody_gets_a_key_to_review_with_from_somebody_else(manager):
    reviewer = factories.user(Role.REVIEWER)

    with pytest.raises(Refused):
        people.issue_token(actor=manager, user=reviewer, scopes=[Scope.REVIEW])
    token, _key = people.issue_token(actor=manager, user=reviewer)
    assert token.scopes == [Scope.READ]

    both = factories.user(Role.MANAGER)
    Membership.objects.create(user=both, role=Role.REVIEWER)
    token, _key = people.issue_token(actor=both, user=both)
    assert Scope.REVIEW in token.scopes


def test_only_the_office_deals_with_accounts(manager, hip):
    somebody = factories.user(Role.COORDINATOR, hip)

    for act in [
        lambda: people.create_user(actor=somebody, email="x@example.org"),
        lambda: people.change_email(actor=somebody, user=manager, email="x@example.org"),
        lambda: people.deactivate(actor=somebody, user=manager),
        lambda: people.reactivate(actor=somebody, user=somebody),
        lambda: people.give_role(actor=somebody, user=somebody, role=Role.MANAGER),
        lambda: people.take_role(actor=somebody, membership=manager.memberships.get()),
        lambda: people.issue_token(actor=somebody, user=somebody),
    ]:
        with pytest.raises(NotPermitted):
            act()
