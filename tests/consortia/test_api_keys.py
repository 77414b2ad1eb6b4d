"""One's own keys to the API: made on a page, shown once, narrowed to one HIP, ended."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consortia import access, clock, tokens
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from consortia.models import ApiToken, Consortium, Membership, Role, Scope, User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

KEY = re.compile(r'id="key">(ptvt_[\w-]{43})<')


def page(name: str = "api-keys", *args: Any) -> str:
    with translation.override("en"):
        return reverse(name, args=args)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(**given: Any) -> dict[str, Any]:
    until = (clock.today() + timedelta(days=30)).isoformat()
    return {"name": "Power BI", "scopes": ["read"], "until": until, **given}


def hip(slug: str = "scale") -> Consortium:
    return Consortium.objects.get(slug=slug)


def api(key: str, address: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {key}"}).get(f"/api/v1/{address}")


# --- the page


def test_a_key_is_shown_once_and_works() -> None:
    client = signed_in(factories.user(Role.COORDINATOR, "scale"))

    answer = client.post(page(), form())

    found = KEY.search(answer.content.decode())
    assert found is not None
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert api(found[1], "reports/scale/2025Q1").status_code == 200
    again = client.get(page()).content.decode()
    assert found[1] not in again
    assert found[1][:9] in again
    assert "Power BI" in again


def test_it_ends_after_the_day_that_was_chosen() -> None:
    client = signed_in(factories.user(Role.READER))
    client.post(page(), form(until="2031-03-30"))

    assert ApiToken.objects.get().expires_at.isoformat() == "2031-03-30T22:00:00+00:00"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "This field is required."),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["manage"]}, "Select a valid choice."),
        ({"until": "2020-01-01"}, "Choose a day that is still to come."),
        ({"until": "nooit"}, "Enter a valid date."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_no_key_is_made(given: dict[str, Any], said: str) -> None:
    answer = signed_in(factories.user(Role.COORDINATOR, "scale")).post(page(), form(**given))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_key_is_no_longer_known() -> None:
    user = factories.user(Role.COORDINATOR, "scale")
    token, key = tokens.issue(user=user, name="Oud")
    client = signed_in(user)

    answer = client.post(page("api-key-revoke", token.pk), follow=True)

    assert "“Oud” no longer works" in answer.content.decode()
    assert api(key, "reports/scale/2025Q1").status_code == 401


def test_nobody_sees_or_revokes_the_keys_of_another() -> None:
    token, _key = tokens.issue(user=factories.user(Role.COORDINATOR, "scale"), name="Geheim plan")
    other = signed_in(factories.user(Role.COORDINATOR, "snel"))

    assert "Geheim plan" not in other.get(page()).content.decode()
    assert other.post(page("api-key-revoke", token.pk)).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_who_is_of_one_hip_is_not_asked_for_which_and_the_office_is() -> None:
    assert "Only for one HIP" not in signed_in(factories.user(Role.COORDINATOR, "scale")).get(page()).content.decode()
    assert "Only for one HIP" in signed_in(factories.user(Role.MANAGER)).get(page()).content.decode()


def test_who_has_no_role_can_make_none() -> None:
    answer = signed_in(factories.user()).post(page(), form())

    assert "no role that a key could use" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_the_page_takes_as_many_queries_for_ten_keys_as_for_one() -> None:
    manager = factories.user(Role.MANAGER)
    client = signed_in(manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(page())
        return len(found)

    tokens.issue(user=manager, consortium=hip())
    queries()
    few = queries()
    for slug in ("scale", "snel", "people") * 3:
        tokens.issue(user=manager, consortium=hip(slug))

    assert queries() == few


def test_a_visitor_is_asked_to_sign_in() -> None:
    assert "/accounts/login/" in Client().get(page())["Location"]


# --- the steps


def test_all_that_is_missing_is_said_at_once() -> None:
    user = factories.user(Role.COORDINATOR, "scale")

    with pytest.raises(Refused) as refused:
        tokens.make_own(
            actor=user, name=" ", scopes=[], expires_at=clock.now() - timedelta(days=1), consortium=hip("snel")
        )

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/name", "required"), ("/scopes", "required"), ("/expiresAt", "in-the-past"), ("/consortium", "unknown"),
    ]  # fmt: skip


def test_nobody_can_do_more_with_a_key_than_without() -> None:
    with pytest.raises(NotPermitted):
        tokens.make_own(
            actor=factories.user(Role.READER), name="x", scopes=[Scope.MANAGE], expires_at=None, consortium=None
        )


def test_nobody_has_more_usable_keys_than_there_may_be() -> None:
    user = factories.user(Role.READER)
    for number in range(tokens.MOST_OWN):
        tokens.make_own(actor=user, name=str(number), scopes=[Scope.READ], expires_at=None)

    with pytest.raises(NotAllowedNow):
        tokens.make_own(actor=user, name="one more", scopes=[Scope.READ], expires_at=None)
    tokens.revoke_own(actor=user, token=tokens.own(user)[0].pk)
    tokens.make_own(actor=user, name="one more", scopes=[Scope.READ], expires_at=None)


def test_a_key_of_somebody_else_is_not_there() -> None:
    token, _key = tokens.issue(user=factories.user(Role.READER))

    with pytest.raises(NotVisible):
        tokens.revoke_own(actor=factories.user(Role.READER), token=token.pk)


# --- for one HIP only


def test_a_key_for_one_hip_shows_and_does_nothing_elsewhere() -> None:
    factories.reported("scale", "2025Q1", factories.company(1), upto="submitted")
    factories.reported("snel", "2025Q1", factories.company(2), upto="submitted")
    manager = factories.user(Role.MANAGER)
    _token, whole = tokens.issue(user=manager)
    _token, narrow = tokens.issue(user=manager, consortium=hip())

    assert api(whole, "reports/snel/2025Q1").json()["content"] is not None
    assert api(narrow, "reports/scale/2025Q1").json()["content"] is not None
    assert api(narrow, "reports/snel/2025Q1").status_code == 404
    listed = {row["consortium"] for row in api(narrow, "reports?period=2025Q1").json()["results"]}
    assert listed == {"scale"}
    post = Client(headers={"Authorization": f"Bearer {narrow}"}).post
    assert post("/api/v1/vintages", {}, content_type="application/json").status_code == 403


def test_narrowing_never_gives_what_the_roles_do_not() -> None:
    user = factories.user(Role.CONTRIBUTOR, "scale")
    access.narrow(user, hip("snel").pk)

    assert not any(access.allows_somewhere(user, permission) for permission in Permission)


def test_a_coordinator_of_two_hips_can_make_a_key_for_one() -> None:
    user = factories.user(Role.COORDINATOR, "scale")
    Membership.objects.create(user=user, role=Role.COORDINATOR, consortium=hip("snel"))
    client = signed_in(user)

    answer = client.post(page(), form(consortium=hip("snel").pk))

    key = KEY.search(answer.content.decode())
    assert key is not None
    assert api(key[1], "reports/snel/2025Q1").status_code == 200
    assert api(key[1], "reports/scale/2025Q1").status_code == 404
