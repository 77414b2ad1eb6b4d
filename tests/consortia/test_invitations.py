"""Inviting people by e-mail: a link that works once and for two weeks, and tells outsiders nothing."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from consortia import clock, invitations, mail_delivery
from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Consortium, Invitation, Mail, MailState, Role, User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PASSWORD = "een lang en eigen wachtwoord"


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER, name="Mieke Jansen")


@pytest.fixture
def hip():
    return Consortium.objects.get(slug="scale")


@pytest.fixture
def invited(manager, hip):
    return invitations.invite(
        actor=manager, email="Nieuw@Example.org", name="Nieuw", role=Role.COORDINATOR, consortium=hip
    )


def mailed(user):
    """The address in the newest invitation, without its host."""
    text = Mail.objects.filter(recipient=user, kind="invitation").latest("created_at").text
    return re.search(r"/uitnodiging/[\w-]+", text)[0]


def key_of(user):
    return mailed(user).rsplit("/", 1)[1]


def choose(client, address, password=PASSWORD, name="Nora Nieuw"):
    return client.post(address, {"name": name, "new_password1": password, "new_password2": password})


def test_an_invitation_makes_an_account_with_its_role_and_one_mail(invited, manager, hip):
    assert (invited.email, invited.has_usable_password()) == ("nieuw@example.org", False)
    assert [(held.role, held.consortium) for held in invited.memberships.all()] == [(Role.COORDINATOR, hip)]
    mail = Mail.objects.get(recipient=invited)
    assert "Mieke Jansen" in mail.text and str(hip) in mail.text


def test_the_link_sets_the_password_and_signs_in(client, invited):
    answer = choose(client, mailed(invited))

    invited.refresh_from_db()
    assert answer.url == reverse("impact:work")
    assert (invited.name, invited.check_password(PASSWORD)) == ("Nora Nieuw", True)
    assert client.session["_auth_user_id"] == str(invited.pk)


def test_a_link_that_was_used_says_to_sign_in(client, invited):
    address = mailed(invited)
    choose(client, address)
    client.logout()

    again = client.get(address)
    choose(client, address, password="een ander lang wachtwoord")

    assert again.status_code == 410
    assert reverse("account_login") in again.content.decode()
    invited.refresh_from_db()
    assert invited.check_password(PASSWORD)


def test_a_link_expires_after_two_weeks(client, invited, time_machine):
    address = mailed(invited)
    time_machine.move_to(clock.now() + timedelta(days=14, minutes=1))

    assert client.get(address).status_code == 410
    assert choose(client, address).status_code == 410
    assert not User.objects.get(pk=invited.pk).has_usable_password()


def test_an_expired_link_looks_like_one_that_never_was(client, invited, time_machine):
    time_machine.move_to(clock.now() + timedelta(days=15))

    expired, unknown = client.get(mailed(invited)), client.get("/uitnodiging/nooitverstuurd")

    def without_token(page):
        return re.sub(r"(csrf\w*|nonce|value|/uitnodiging/)[^ <]*", "", page.content.decode())

    assert (expired.status_code, without_token(expired)) == (unknown.status_code, without_token(unknown))


def test_sending_again_makes_the_link_before_useless(client, invited, manager):
    before = mailed(invited)
    Mail.objects.update(created_at=clock.now() - timedelta(hours=1))

    invitations.send(actor=manager, user=invited)

    assert client.get(before).status_code == 410
    assert client.get(mailed(invited)).status_code == 200


def test_a_revoked_invitation_works_no_longer_and_its_mail_is_not_sent(client, invited, manager):
    invitations.revoke(actor=manager, user=invited)
    mail_delivery.deliver()

    assert client.get(mailed(invited)).status_code == 410
    assert Mail.objects.get(recipient=invited).state == MailState.DROPPED


def test_only_a_digest_of_the_link_is_kept_with_the_invitation(invited):
    assert key_of(invited) not in str(Invitation.objects.filter(user=invited).values())


def test_who_has_a_password_is_not_invited(manager):
    with pytest.raises(NotAllowedNow):
        invitations.send(actor=manager, user=factories.user(Role.READER))


def test_an_address_that_has_an_account_is_refused_to_the_office_alone(manager, invited):
    with pytest.raises(Refused):
        invitations.invite(actor=manager, email="nieuw@example.org", role=Role.READER)
    with pytest.raises(NotPermitted):
        invitations.invite(actor=factories.user(Role.REVIEWER), email="nieuw@example.org", role=Role.READER)


def test_a_weak_password_is_refused_in_words_and_the_link_stays(client, invited):
    address = mailed(invited)

    refused = choose(client, address, password="kort")

    assert refused.status_code == 200
    assert refused.context["form"].errors
    assert choose(client, address).status_code == 302


def test_the_office_invites_sends_again_and_revokes_in_the_administration(client, manager, hip):
    client.force_login(manager)
    added = reverse("admin:consortia_user_add") + f"?role=coordinator&consortium={hip.pk}"
    form = client.get(added).context["adminform"].form
    sent = {"email": "c9@example.org", "name": "", "language": "nl", "invite": "on"}

    client.post(added, {**sent, "role": form["role"].value(), "consortium": form["consortium"].value()})
    user = User.objects.get(email="c9@example.org")
    listed = client.get(reverse("admin:consortia_user_changelist") + "?account=invited").content.decode()
    client.post(reverse("admin:consortia_user_invite") + f"?id={user.pk}")
    client.post(reverse("admin:consortia_user_uninvite") + f"?id={user.pk}")

    assert "c9@example.org" in listed
    assert Mail.objects.filter(recipient=user, kind="invitation").count() == 2
    assert not Invitation.objects.open().filter(user=user).exists()


def test_deactivating_says_which_hip_is_left_without_a_coordinator(client, manager, hip):
    client.force_login(manager)
    alone = factories.user(Role.COORDINATOR, hip)
    address = reverse("admin:consortia_user_deactivate") + f"?id={alone.pk}"

    asked = client.get(address).content.decode()
    client.post(address, {"reason": ""})

    assert "SCALE" in asked
    assert User.objects.get(pk=alone.pk).is_active
