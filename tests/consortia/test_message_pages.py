"""The inbox, how somebody is mailed, the link that stops a mail, and the mail that a demonstration kept."""

import re

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consortia import mail_delivery, notifications
from consortia.models import Consortium, Delivery, KeptMail, Notification, Role, User
from impact import notice_kinds, reference
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo() -> None:
    """Asked for by the tests whose portal holds demonstration data."""


@pytest.fixture(autouse=True)
def _reference(request: pytest.FixtureRequest, db: None) -> None:
    reference.load(is_demo="demo" in request.fixturenames)


@pytest.fixture
def coordinator() -> User:
    return factories.user(Role.COORDINATOR, "scale", email="anna@example.org")


def tell(user: User, cause: str = "1", kind: str = notice_kinds.COMMENT) -> Notification:
    context = {"hip": "SCALE", "quarter": "2025 K3", "by": "Bram", "place": "cijfers", "comment": "Klopt <dit>?"}
    notifications.tell(
        user=user,
        kind=kind,
        cause=cause,
        context={**context, "remarks": "Nog eens."},
        url="/rapportages/scale/2025Q3",
        about={"consortium": Consortium.objects.get(slug="scale").pk},
    )
    return Notification.objects.get(recipient=user, cause=cause)


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_inbox_shows_what_somebody_was_told_and_nothing_of_others(coordinator):
    tell(coordinator)
    tell(factories.user(Role.COORDINATOR, "snel"), cause="geheim")
    client = of(coordinator)

    page = client.get(reverse("messages:inbox")).content.decode()

    assert page.count('class="inbox__message') == 1
    assert "Klopt &lt;dit&gt;?" in page
    assert re.search(r'class="count"[^>]*>1<', page)


def test_opening_a_message_marks_it_as_read_and_leads_to_its_place(coordinator):
    told = tell(coordinator)

    answer = of(coordinator).post(f"/en/berichten/{told.pk}/openen")

    assert answer.url == "/en/rapportages/scale/2025Q3"
    assert notifications.unread(coordinator) == 0


def test_looking_at_the_inbox_marks_nothing_as_read(coordinator):
    tell(coordinator)
    of(coordinator).get(reverse("messages:inbox"))

    assert notifications.unread(coordinator) == 1


@pytest.mark.parametrize("step", ["follow", "read"])
def test_the_messages_of_others_are_not_there(coordinator, step):
    told = tell(factories.user(Role.COORDINATOR, "snel"))

    assert of(coordinator).post(reverse(f"messages:{step}", args=[told.pk])).status_code == 404


def test_all_are_marked_as_read_at_once(coordinator):
    for number in range(3):
        tell(coordinator, str(number))

    of(coordinator).post(reverse("messages:read_all"))

    assert notifications.unread(coordinator) == 0


def test_the_settings_offer_what_one_may_get_and_keep_what_is_chosen(coordinator):
    client = of(coordinator)
    page = client.get(reverse("messages:settings")).content.decode()
    assert "kind-extension-request" not in page
    assert not re.search(r'name="kind-returned" value="none"', page)

    client.post(reverse("messages:settings"), {"kind-comment": "daily", "language": "en"})

    coordinator.refresh_from_db()
    assert notifications.deliveries(coordinator)["comment"] == Delivery.DAILY
    assert coordinator.language == "en"


def test_a_setting_that_is_not_offered_is_refused(coordinator):
    answer = of(coordinator).post(reverse("messages:settings"), {"kind-returned": "none", "language": "nl"})

    assert answer.status_code == 422


def unsubscribe_address(user: User) -> str:
    tell(user)
    mail_delivery.deliver()
    (header,) = [sent.extra_headers["List-Unsubscribe"] for sent in django_mail.outbox if sent.to == [user.email]]
    return re.search(r"https?://[^/]+(/.*)>", header)[1]


def test_a_mail_program_stops_a_kind_with_one_request_and_without_signing_in(coordinator):
    address = unsubscribe_address(coordinator)
    client = Client(enforce_csrf_checks=True)

    assert client.get(address).status_code == 200
    assert notifications.deliveries(coordinator)["comment"] == Delivery.AT_ONCE
    answer = client.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 200
    assert notifications.deliveries(coordinator)["comment"] == Delivery.NONE


def test_a_link_that_was_changed_stops_nothing(coordinator):
    assert Client().post(unsubscribe_address(coordinator)[:-2] + "xx").status_code == 404


# --- the mail of a demonstration


def kept(to: User, subject: str = "Hallo") -> KeptMail:
    return KeptMail.objects.create(
        to=to.email, subject=subject, text="Dag", html="<html><head></head><p>Dag</p></html>"
    )


def test_one_reads_ones_own_kept_mail_and_the_office_all_of_it(demo, coordinator):
    manager = factories.user(Role.MANAGER)
    mine, other = kept(coordinator), kept(manager)

    assert of(coordinator).get(reverse("messages:kept_mail", args=[mine.pk])).status_code == 200
    assert of(coordinator).get(reverse("messages:kept_mail", args=[other.pk])).status_code == 404
    assert of(manager).get(reverse("messages:kept_mail", args=[mine.pk])).status_code == 200


def test_outside_of_a_demonstration_there_is_no_such_page(coordinator):
    mine = kept(coordinator)
    client = of(coordinator)

    for name, arguments in (("post", []), ("kept_mail", [mine.pk]), ("kept_mail_html", [mine.pk])):
        assert client.get(reverse(f"messages:{name}", args=arguments)).status_code == 404


def test_the_layout_of_a_mail_runs_nothing_and_loads_nothing(demo, coordinator):

    answer = of(coordinator).get(reverse("messages:kept_mail_html", args=[kept(coordinator).pk]))

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("name", ["inbox", "post"])
def test_the_lists_ask_the_same_number_of_queries_at_any_length(demo, coordinator, name):
    client = of(coordinator)

    def queries(number: int) -> int:
        for each in range(number):
            tell(coordinator, f"{number}-{each}")
            kept(coordinator, f"{number}-{each}")
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse(f"messages:{name}"))
        return len(counted)

    assert queries(2) == queries(15)
