"""Keys of machines: of the programme, with a purpose and an end; they are told nothing and review nothing."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from consortia import access, clock, machines, people
from consortia.access import Permission
from consortia.errors import NotPermitted, Refused
from consortia.models import ApiToken, Consortium, Membership, Notification, Role, Scope, User
from impact import notices
from impact.models import LedgerEntry, ReportEvent
from tests import factories
from tests.api.conftest import DRAFT, REPORT, Caller, parsed, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


def hip(slug: str = "scale") -> Consortium:
    return Consortium.objects.get(slug=slug)


def in_a_year() -> datetime:
    return clock.now() + timedelta(days=365)


def machine(*scopes: Scope, consortium: Consortium | None = None, name: str = "Dashboard van de provincie") -> Caller:
    manager = factories.user(Role.MANAGER)
    token, key = machines.issue(
        actor=manager, name=name, scopes=scopes or (Scope.READ,), expires_at=in_a_year(), consortium=consortium
    )
    return Caller(key, token.user)


def test_a_machine_reads_what_counts_and_no_drafts() -> None:
    factories.reported("scale", "2025Q1", factories.company(1))
    factories.reported("scale", "2025Q2", factories.company(1), upto="submitted")
    reading = machine()

    assert parsed(reading.get("reports/scale/2025Q1"))["content"] is not None
    assert reading.get("reports/scale/2025Q2").status_code == 404
    assert reading.put("reports/scale/2025Q2/draft", DRAFT, If_Match="*").status_code == 404


def test_a_machine_of_a_hip_hands_in_for_it_and_stands_there_by_its_name() -> None:
    reporting = machine(Scope.READ, Scope.REPORT, consortium=hip(), name="Koppeling SCALE")

    assert put(reporting).status_code == 200
    assert reporting.post(f"{REPORT}/submissions", {}).status_code == 201
    assert str(ReportEvent.objects.get(kind="submitted").actor) == "Koppeling SCALE (machine)"
    assert reporting.get("reports/snel/2025Q1").status_code == 404


def test_a_machine_that_manages_is_named_in_the_feed() -> None:
    managing = machine(Scope.READ, Scope.MANAGE, name="Nachtelijke editie")
    factories.reported("scale", "2025Q1", factories.company(1))

    assert managing.post(f"{REPORT}/withdrawals", {"reason": "dubbel"}).status_code == 201
    assert LedgerEntry.objects.latest("seq").actor == managing.user
    assert parsed(managing.get("changes", {"pageSize": 5000}))["results"][-1]["actor"] == "Nachtelijke editie (machine)"


@pytest.mark.parametrize(
    ("scopes", "slug", "role"),
    [
        ([Scope.READ], None, Role.READER),
        ([Scope.READ, Scope.REPORT], None, Role.MANAGER),
        ([Scope.READ], "scale", Role.CONTRIBUTOR),
        ([Scope.READ, Scope.REPORT], "scale", Role.COORDINATOR),
    ],
)
def test_a_machine_has_the_least_role_that_its_scopes_need(scopes: list[Scope], slug: str | None, role: Role) -> None:
    made = machine(*scopes, consortium=hip(slug) if slug else None)

    assert Membership.objects.get(user=made.user).role == role


def test_all_that_is_missing_is_said_at_once() -> None:
    manager = factories.user(Role.MANAGER)

    with pytest.raises(Refused) as refused:
        machines.issue(actor=manager, name=" ", scopes=[Scope.REVIEW], expires_at=None)
    with pytest.raises(Refused) as more:
        machines.issue(actor=manager, name="x" * 101, scopes=[Scope.MANAGE], expires_at=clock.now(), consortium=hip())

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/name", "required"), ("/scopes", "not-for-machines"), ("/expiresAt", "required"),
    ]  # fmt: skip
    assert [(each.pointer, each.code) for each in more.value.problems] == [
        ("/name", "too-long"), ("/scopes", "whole-programme"), ("/expiresAt", "in-the-past"),
    ]  # fmt: skip
    assert not User.objects.filter(is_machine=True).exists()


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER])
def test_only_a_manager_makes_one(role: Role) -> None:
    with pytest.raises(NotPermitted):
        machines.issue(actor=factories.user(role), name="x", scopes=[Scope.READ], expires_at=in_a_year())


def test_a_machine_is_nobody_who_is_asked_or_told_something() -> None:
    made = machine(Scope.READ, Scope.REPORT, consortium=hip())
    managing = machine(Scope.MANAGE)
    put(made)
    made.post(f"{REPORT}/submissions", {})
    notices.deliver()

    assert not Notification.objects.filter(recipient__is_machine=True).exists()
    assert made.user not in access.members(Permission.SUBMIT, hip())
    assert managing.user not in access.holders(Permission.CONFIGURE)
    assert hip() in access.consortia_without(Permission.SUBMIT)


def test_a_machine_gets_no_other_role() -> None:
    made = machine()

    with pytest.raises(Refused):
        people.give_role(actor=factories.user(Role.MANAGER), user=made.user, role=Role.REVIEWER)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consortia_user SET password = 'argon2$x' WHERE is_machine",
        "UPDATE consortia_user SET name = '' WHERE is_machine",
        "UPDATE consortia_user SET is_machine = false WHERE is_machine",
        "UPDATE consortia_user SET is_machine = true WHERE NOT is_machine",
        "UPDATE consortia_membership SET role = 'reviewer' WHERE role = 'reader'",
        "INSERT INTO consortia_membership (user_id, role) SELECT id, 'reviewer' FROM consortia_user WHERE is_machine",
    ],
)
def test_the_database_keeps_machines_from_signing_in_and_from_reviewing(statement: str) -> None:
    machine()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_office_makes_one_and_finds_it_among_the_keys_and_not_among_the_people() -> None:
    client = Client()
    client.force_login(factories.user(Role.MANAGER))
    until = {"expires_at_0": "2031-03-30", "expires_at_1": "00:00:00"}
    asked: dict[str, Any] = {"user": "", "name": "RVO haalt op", "scopes": ["read"], **until}

    missing = client.post(reverse("admin:consortia_apitoken_add"), {**asked, "name": ""})
    answer = client.post(reverse("admin:consortia_apitoken_add"), asked, follow=True)

    assert "errorlist" in missing.content.decode()
    key = re.search(r"ptvt_[\w-]{43}", answer.content.decode())
    assert key is not None
    assert Caller(key[0]).get("reports").status_code == 200
    assert ApiToken.objects.get().user.is_machine
    listed = client.get(reverse("admin:consortia_apitoken_changelist"), {"user__is_machine__exact": "1"})
    assert "RVO haalt op (machine)" in listed.content.decode()
    assert "RVO haalt op" not in client.get(reverse("admin:consortia_user_changelist")).content.decode()


def test_a_key_that_is_narrowed_to_a_hip_does_not_make_its_owner_of_that_hip() -> None:
    manager = factories.user(Role.MANAGER)
    access.narrow(manager, hip().pk)

    assert access.allows(manager, Permission.FILL, hip())
    assert not access.allows(manager, Permission.FILL, hip("snel"))
    assert not access.belongs_to(manager, hip().pk)
    assert not access.allows_in_own(manager, Permission.FILL)
