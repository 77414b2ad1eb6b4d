"""Messages in a real browser: reading them, choosing the mail, and mail that a demonstration kept; axe on each."""

import re
from typing import TYPE_CHECKING, Any

import pytest

from consortia import mail_delivery, notifications
from consortia.models import Consortium, KeptMail, User
from impact import notice_kinds, reference
from tests import factories
from tests.browser import axe
from tests.factories import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tell(user: User, cause: str) -> None:
    notifications.tell(
        user=user,
        kind=notice_kinds.MENTION,
        cause=cause,
        context={
            "hip": "SCALE – Smart Campus Leerpark",
            "quarter": "2025 K1",
            "by": "Carla",
            "place": "Cijfers",
            "comment": "Tellen de deeltijdstudenten hierin mee?\nVorig kwartaal wel.",
        },
        url="/berichten/instellingen",
        about={"consortium": Consortium.objects.get(slug="scale").pk},
    )


def test_messages_are_read_and_their_mail_is_chosen_by_keyboard_and_on_a_phone(
    browser: "Browser", live_server: Any, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "consortia.local_mail.KeepingBackend"
    reference.load(is_demo=True)
    anna = factories.user("coordinator", "scale", name="Anna de Vries")
    tell(anna, "1")
    tell(anna, "2")
    mail_delivery.deliver()
    context = browser.new_context(
        locale="nl-NL", base_url=live_server.url, viewport={"width": 360, "height": 740}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("mail", re.IGNORECASE)).fill(anna.email)
    page.get_by_label(re.compile("wachtwoord|password", re.IGNORECASE)).first.fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(lambda url: "login" not in url)

    page.goto("/berichten")
    assert axe.findings(page) == []
    assert page.locator(".is-unread").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".is-unread .button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/berichten/instellingen")
    assert notifications.unread(anna) == 1

    assert axe.findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("input[name=kind-mention][value=daily]").focus()
    page.keyboard.press("Space")
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state()
    assert notifications.deliveries(anna)["mention"] == "daily"

    kept = KeptMail.objects.order_by("at").first()
    assert kept is not None
    page.goto(f"/berichten/post/{kept.pk}")
    assert axe.findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "deeltijdstudenten" in page.frame_locator("iframe").locator("blockquote").inner_text()
    page.goto(f"/berichten/post/{kept.pk}/opmaak")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
