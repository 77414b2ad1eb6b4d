"""Every route × every role. A route that is not in the table, or answers otherwise, fails.

`yes` is a good answer; `reach` means that access was given and only then state or input were judged;
`login` sends to the sign-in page. Numbers are HTTP statuses.
"""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from consortia import invitations, mail, message_kinds, tokens
from consortia.models import KeptMail, Mail, Notification, Organisation, Role
from impact import evidence, links, register_upload, vintages, webhooks
from impact.models import ReportVersion
from impact.programme_report import making
from tests import factories
from tests.events.factories import EventFactory, GoodPracticeFactory, published_event, published_practice
from tests.impact.files import PDF

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "nobody", "reader", "contributor", "coordinator", "other", "reviewer", "manager")
"""`nobody` has an account without a role; `other` coordinates another HIP than that of the reports."""

YES = dict.fromkeys(ROLES, "yes")
SIGNED_IN = {**YES, "anonymous": 401}
COUNTING = "api/v1/reports/scale/2025Q1"
PENDING = "api/v1/reports/scale/2025Q2"
SEES_COUNTING = {**YES, "anonymous": 401, "nobody": 404, "other": 404}
SEES_PENDING = {**SEES_COUNTING, "reader": 404}
NOT_SEEN = {"anonymous": 401, "nobody": 404, "other": 404}


def may(*roles: str, reader: int = 403) -> dict[str, str | int]:
    """These roles get through to state and input; who sees the report gets 403, who does not 404."""
    return {
        **dict.fromkeys(ROLES, 403),
        "reader": reader,
        **NOT_SEEN,
        **dict.fromkeys(roles, "reach"),
    }


API = {
    ("GET", "api/v1/openapi.json"): YES,
    ("GET", "api/v1/consortia"): YES,
    ("GET", "api/v1/consortia/scale"): YES,
    ("GET", "api/v1/action-lines"): YES,
    ("GET", "api/v1/indicators"): YES,
    ("GET", "api/v1/periods"): YES,
    ("GET", "api/v1/goals"): YES,
    ("GET", "api/v1/progress"): YES,
    ("GET", "api/v1/figures"): YES,
    ("GET", "api/v1/roll-ups?period=2025Q1&consortium=none"): YES,
    ("GET", "api/v1/lineage?period=2025Q1&indicator=companies"): YES,
    ("GET", "api/v1/changes"): YES,
    ("GET", "api/v1/overlaps?period=2025Q1&measure=value"): YES,
    ("GET", "api/v1/dynamics?period=2025Q1&consortium=none"): YES,
    ("GET", "api/v1/catalog"): YES,
    ("GET", "api/v1/vintages"): YES,
    ("GET", "api/v1/vintages/{vintage}"): YES,
    ("GET", "api/v1/vintages/{vintage}/data-package"): YES,
    ("GET", "api/v1/vintage-comparisons?from={vintage}"): YES,
    ("POST", "api/v1/vintages"): {**dict.fromkeys(ROLES, 403), "anonymous": 401, "manager": "yes"},
    ("GET", "api/v1/webhooks"): SIGNED_IN,
    ("POST", "api/v1/webhooks"): {**dict.fromkeys(ROLES, "reach"), "anonymous": 401},
    # Made by the coordinator on the page: with a key one sees those of the key alone.
    **{
        ("GET", f"api/v1/webhooks/{{webhook}}{part}"): {**dict.fromkeys(ROLES, 404), "anonymous": 401}
        for part in ("", "/attempts")
    },
    **{
        ("POST", f"api/v1/webhooks/{{webhook}}/{part}"): {**dict.fromkeys(ROLES, 404), "anonymous": 401}
        for part in ("replays", "secrets")
    },
    ("DELETE", "api/v1/webhooks/{webhook}"): {**dict.fromkeys(ROLES, 404), "anonymous": 401},
    ("GET", "api/v1/organisations"): SIGNED_IN,
    ("GET", "api/v1/organisations/{listed}"): SIGNED_IN,
    ("GET", "api/v1/organisations/{unlisted}"): {
        **SIGNED_IN, "nobody": 404, "reader": 404, "other": 404,
    },
    ("GET", "api/v1/organisation-links"): SIGNED_IN,
    ("GET", "api/v1/organisation-links/{link}"): SIGNED_IN,
    ("POST", "api/v1/organisation-links"): {**dict.fromkeys(ROLES, 403), "anonymous": 401, "manager": "reach"},
    ("DELETE", "api/v1/organisation-links/{link}"): {**dict.fromkeys(ROLES, 403), "anonymous": 401, "manager": "yes"},
    ("GET", "api/v1/reports"): SIGNED_IN,
    ("GET", COUNTING): SEES_COUNTING,
    ("GET", f"{COUNTING}/versions"): SEES_COUNTING,
    ("GET", f"{COUNTING}/versions/1"): SEES_COUNTING,
    ("GET", PENDING): SEES_PENDING,
    ("GET", f"{PENDING}/versions"): SEES_PENDING,
    ("GET", f"{PENDING}/versions/1"): SEES_PENDING,
    ("GET", f"{COUNTING}/effect"): may("contributor", "coordinator", "reviewer", "manager"),
    ("GET", f"{PENDING}/effect"): SEES_PENDING,
    ("PUT", f"{COUNTING}/draft"): may("contributor", "coordinator", "manager"),
    ("PUT", f"{PENDING}/draft"): may("contributor", "coordinator", "manager", reader=404),
    ("POST", f"{COUNTING}/checks"): {
        **may(), **dict.fromkeys(("contributor", "coordinator", "manager"), "yes"),
    },
    ("GET", f"{COUNTING}/workbook"): {
        **may(), **dict.fromkeys(("contributor", "coordinator", "manager"), "yes"),
    },
    ("GET", f"{PENDING}/workbook"): {
        **may(reader=404), **dict.fromkeys(("contributor", "coordinator", "manager"), "yes"),
    },
    ("POST", f"{COUNTING}/workbooks"): may("contributor", "coordinator", "manager"),
    ("POST", f"{PENDING}/workbooks"): may("contributor", "coordinator", "manager", reader=404),
    ("POST", f"{COUNTING}/submissions"): may("coordinator", "manager"),
    ("POST", f"{PENDING}/submissions"): may("coordinator", "manager", reader=404),
    ("POST", f"{COUNTING}/reviews"): may("reviewer"),
    ("POST", f"{PENDING}/reviews"): may("reviewer", reader=404),
    ("POST", f"{COUNTING}/corrections"): may("coordinator", "manager"),
    ("POST", f"{COUNTING}/withdrawals"): may("manager"),
    ("GET", "api/v1/events"): YES,
    ("GET", "api/v1/events/{event}"): YES,
    ("GET", "api/v1/events/{event_draft}"): {**dict.fromkeys(ROLES, 404), "manager": "yes"},
    ("GET", "api/v1/good-practices"): YES,
    ("GET", "api/v1/good-practices/published"): YES,
    ("GET", "api/v1/good-practices/draft"): {**dict.fromkeys(ROLES, 404), "manager": "yes"},
}  # fmt: skip

WORK = {**YES, "anonymous": "login"}
PAGE_COUNTING = {**YES, "anonymous": "login", "nobody": 404, "other": 404}
PAGE_PENDING = {**PAGE_COUNTING, "reader": 404}


def only(*roles: str, reader: int = 403) -> dict[str, str | int]:
    """Pages for these roles; who sees the report is told why not, for others it is not there."""
    return {
        **dict.fromkeys(ROLES, 403),
        "anonymous": "login",
        "nobody": 404,
        "other": 404,
        "reader": reader,
        **dict.fromkeys(roles, "yes"),
    }


SEES_ALL_COUNTING = {
    **dict.fromkeys(ROLES, 403), "anonymous": "login", "reader": "yes", "reviewer": "yes", "manager": "yes",
}  # fmt: skip

OFFICE = {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": "yes"}
DESK = {**dict.fromkeys(ROLES, 403), "anonymous": "login", "reviewer": "yes", "manager": "yes"}
PAGES = {
    ("GET", "health/live"): YES,
    ("GET", "health/ready"): YES,
    ("GET", "events.ics"): YES,
    ("GET", ".well-known/security.txt"): YES,
    ("GET", "robots.txt"): YES,
    ("GET", "sitemap.xml"): YES,
    ("GET", "voortgang.png"): YES,
    ("GET", ""): YES,
    ("GET", "hips"): YES,
    ("GET", "hips/scale"): YES,
    ("GET", "indicatoren"): YES,
    ("GET", "indicatoren/companies"): YES,
    ("GET", "actielijnen/talent"): YES,
    ("GET", "cijfers/waarom?indicator=companies&kwartaal=2025Q1"): YES,
    ("GET", "verkennen"): YES,
    ("GET", "vergelijken"): YES,
    ("GET", "regio"): YES,
    ("GET", "regio/zuid-holland"): YES,
    ("GET", "data"): YES,
    ("GET", "edities"): YES,
    ("GET", "edities/{vintage}"): YES,
    ("GET", "edities/{vintage}/verschil"): YES,
    ("GET", "edities/{vintage}/figures.csv"): YES,
    ("GET", "edities/{vintage}/roll-ups.csv"): YES,
    ("GET", "edities/{vintage}/rapport-openbaar.pdf"): YES,
    ("GET", "edities/{vintage}/rapport.pdf"): SEES_ALL_COUNTING,
    ("GET", "edities/{vintage}/rapport.xlsx"): SEES_ALL_COUNTING,
    ("POST", "edities/{vintage}/rapport"): {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": 302},
    ("GET", "data/api"): YES,
    ("GET", "data/api/proberen"): YES,
    ("GET", "data/voorbeelden/verify_vintage.py"): YES,
    ("GET", "handleiding"): YES,
    ("GET", "handleiding/bureau"): YES,
    ("GET", "overlap"): YES,
    ("GET", "overlap/organisaties?hip=scale&other=people"): YES,
    ("GET", "overlap/verloop?hip=scale"): YES,
    ("GET", "over"): YES,
    ("GET", "sleutels"): WORK,
    ("POST", "sleutels"): {**dict.fromkeys(ROLES, 422), "anonymous": "login", "nobody": "yes"},
    # Of the coordinator, and of nobody else.
    ("POST", "sleutels/{key}/intrekken"): {**dict.fromkeys(ROLES, 404), "anonymous": "login", "coordinator": 302},
    ("GET", "webhooks"): WORK,
    ("POST", "webhooks"): {**dict.fromkeys(ROLES, 422), "anonymous": "login", "nobody": "yes"},
    ("GET", "webhooks/{webhook}"): {**dict.fromkeys(ROLES, 404), "anonymous": "login", "coordinator": "yes"},
    ("POST", "webhooks/{webhook}/opnieuw"): {**dict.fromkeys(ROLES, 404), "anonymous": "login", "coordinator": 422},
    ("POST", "webhooks/{webhook}/geheim"): {**dict.fromkeys(ROLES, 404), "anonymous": "login", "coordinator": "yes"},
    ("POST", "webhooks/{webhook}/verwijderen"): {
        **dict.fromkeys(ROLES, 404),
        "anonymous": "login",
        "coordinator": 302,
    },
    ("GET", "zoeken?q=scale"): WORK,
    ("GET", "uitnodiging/{invitation}"): YES,
    ("GET", "toegankelijkheid"): YES,
    ("GET", "privacy"): YES,
    ("GET", "contact"): YES,
    ("GET", "bijeenkomsten"): YES,
    ("GET", "bijeenkomsten/{event}"): YES,
    ("GET", "bijeenkomsten/{event}.ics"): YES,
    ("GET", "bijeenkomsten/{event_draft}"): {**dict.fromkeys(ROLES, 404), "manager": "yes"},
    ("GET", "goede-praktijken"): YES,
    ("GET", "goede-praktijken/published"): YES,
    ("GET", "goede-praktijken/draft"): {**dict.fromkeys(ROLES, 404), "manager": "yes"},
    ("GET", "werk"): WORK,
    ("GET", "register"): WORK,
    ("GET", "berichten"): WORK,
    ("GET", "berichten/instellingen"): WORK,
    ("POST", "berichten/gelezen"): {**dict.fromkeys(ROLES, 302), "anonymous": "login"},
    # Of the coordinator, and of nobody else.
    ("POST", "berichten/{message}/openen"): {**dict.fromkeys(ROLES, 404), "anonymous": "login", "coordinator": 302},
    ("POST", "berichten/{message}/gelezen"): {**dict.fromkeys(ROLES, 404), "anonymous": "login", "coordinator": 302},
    # The signed link in a mail is its own key; what a demonstration kept is not there elsewhere.
    ("GET", "berichten/afmelden/{unsubscribe}"): YES,
    ("GET", "berichten/afmelden/made-up"): dict.fromkeys(ROLES, 404),
    **{
        ("GET", f"berichten/{page}"): {**dict.fromkeys(ROLES, 404), "anonymous": "login"}
        for page in ("post", "post/{kept}", "post/{kept}/opmaak")
    },
    ("GET", "register/opvolgingen"): WORK,
    ("GET", "register/dubbelen"): {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": "yes"},
    ("GET", "register/importeren"): {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": "yes"},
    ("GET", "register/importeren/{export}"): {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": "yes"},
    # Without a key of KVK the page is not there.
    ("GET", "register/{listed}/kvk"): {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": 404},
    ("GET", "register/{listed}"): WORK,
    ("GET", "register/{unlisted}"): {**WORK, "nobody": 404, "reader": 404, "other": 404},
    ("GET", "rapportages/scale/2025Q1"): PAGE_COUNTING,
    ("GET", "rapportages/scale/2025Q2"): PAGE_PENDING,
    ("GET", "rapportages/scale/2025Q3"): PAGE_PENDING,
    ("GET", "rapportages/scale/2025Q3/controle"): only("contributor", "coordinator", "manager", reader=404),
    ("POST", "rapportages/scale/2025Q3/controle"): {
        **only("contributor", "coordinator", "manager", reader=404),
        **dict.fromkeys(("contributor", "coordinator", "manager"), 302),
    },
    ("GET", "rapportages/scale/2025Q3/indienen"): only("coordinator", "manager", reader=404),
    ("GET", "rapportages/scale/2025Q1/cellen?sectie=figures&na=0"): {**PAGE_PENDING, "anonymous": 401},
    ("POST", "rapportages/scale/2025Q1/cellen"): {
        **only("contributor", "coordinator", "manager"),
        "anonymous": 401,
        **dict.fromkeys(("contributor", "coordinator", "manager"), "reach"),
    },
    ("POST", "rapportages/scale/2025Q3/cellen"): {
        **only("contributor", "coordinator", "manager", reader=404),
        "anonymous": 401,
        **dict.fromkeys(("contributor", "coordinator", "manager"), "reach"),
    },
    ("GET", "rapportages/scale/2025Q3/organisaties"): {**PAGE_PENDING, "anonymous": 401},
    ("POST", "rapportages/scale/2025Q3/organisaties"): {
        **may("contributor", "coordinator", "manager", reader=404),
        "anonymous": 401,
    },
    ("GET", "rapportages/scale/2025Q3/niets-gebeurd?sectie=figures"): only(
        "contributor", "coordinator", "manager", reader=404
    ),
    ("GET", "rapportages/scale/2025Q1/versies"): PAGE_COUNTING,
    ("GET", "rapportages/scale/2025Q1/versies/vergelijken?oud=1&nieuw=1"): PAGE_COUNTING,
    ("GET", "rapportages/scale/2025Q2/versies/vergelijken?oud=1&nieuw=1"): PAGE_PENDING,
    ("GET", "rapportages/scale/2025Q1/versies/1/ontvangstbewijs.pdf"): PAGE_COUNTING,
    ("GET", "rapportages/scale/2025Q2/versies/1/ontvangstbewijs.pdf"): PAGE_PENDING,
    ("GET", "rapportages/scale/2025Q1/corrigeren"): only("coordinator", "manager"),
    ("GET", "rapportages/scale/2025Q1/intrekken"): only("manager"),
    ("GET", "rapportages/scale/2025Q3/lijst"): only("contributor", "coordinator", "manager", reader=404),
    ("GET", "rapportages/scale/2025Q3/lijst/{list}"): only("contributor", "coordinator", "manager", reader=404),
    ("GET", "rapportages/scale/2025Q3/lijst/{list}/geweigerd.csv"): only(
        "contributor", "coordinator", "manager", reader=404
    ),
    **{
        ("GET", f"rapportages/scale/2025Q3/{page}"): only("contributor", "coordinator", "manager", reader=404)
        for page in ("werkboek", "werkboek.xlsx", "werkboek/{workbook}", "werkboek/{workbook}/gemarkeerd.xlsx")
    },
    **{
        ("GET", f"rapportages/scale/{period}/{page}"): only(
            "contributor", "coordinator", "reviewer", "manager", reader=reader
        )
        for period, reader in (("2025Q1", 403), ("2025Q3", 404))
        for page in ("samenwerken", "bewijs")
    },
    ("GET", "rapportages/scale/2025Q3/bewijs/{evidence}"): only(
        "contributor", "coordinator", "reviewer", "manager", reader=404
    ),
    ("GET", "rapportages/scale/2025Q3/uitstel"): only("coordinator", "manager", reader=404),
    ("GET", "beoordelen"): DESK,
    ("GET", "beoordelen/aanvullen"): OFFICE,
    ("GET", "beoordelen/aanvullen/werkboek.xlsx?hip=scale&kwartaal=2025Q1"): OFFICE,
    **{
        ("GET", f"beoordelen/aanvullen/{{backfill}}{page}"): {**OFFICE, **dict.fromkeys(ROLES[1:-1], 404)}
        for page in ("", "/gemarkeerd.xlsx", "/meldingen.csv")
    },
    ("GET", "beoordelen/op-tijd"): {**YES, "anonymous": "login", "nobody": 403, "reader": 403},
    ("GET", "beoordelen/uitstel"): {**dict.fromkeys(ROLES, 403), "anonymous": "login", "manager": "yes"},
    ("GET", "financien"): {
        **dict.fromkeys(("contributor", "coordinator", "other"), 302),
        "anonymous": "login",
        "nobody": 403,
        "reader": 403,
        "reviewer": "yes",
        "manager": "yes",
    },
    **{
        ("GET", f"financien/scale{page}"): {
            **YES,
            "anonymous": "login",
            "nobody": 403,
            "reader": 403,
            "other": 404,
        }
        for page in ("", "/2025.pdf", "/2025.xlsx")
    },
    ("GET", "beoordelen/scale/2025Q2"): only("reviewer", "manager", reader=404),
    ("GET", "beoordelen/scale/2025Q2/opvolging"): DESK,
    ("POST", "beoordelen/scale/2025Q2/opvolging"): {**DESK, "reviewer": 422, "manager": 422},
    ("GET", "beoordelen/opvolging"): DESK,
    ("POST", "beoordelen/opvolging"): {**DESK, "reviewer": 422, "manager": 422},
    ("GET", "beoordelen/goedkeuren?kwartaal=2025Q2"): {**DESK, "manager": 403},
    ("POST", "beoordelen/goedkeuren"): {**DESK, "manager": 403},
}

ELSEWHERE = ("accounts/", "admin/", "^api(", "en/", "static/", "i18n/")
"""Allauth's own pages, the admin (tests/*/test_admin.py), and the 404 of unknown API addresses."""


@pytest.fixture
def world(programme, people) -> dict[str, str]:
    """Reports of SCALE that count, are submitted and are a draft; things listed and not; the ids for the table."""
    factories.reported("scale", "2025Q1")
    factories.reported("scale", "2025Q2", upto="submitted")
    factories.reported("scale", "2025Q3", factories.company(77), upto="draft")
    one, other = factories.OrganisationFactory(), factories.OrganisationFactory()
    link = links.link(actor=factories.user(Role.MANAGER), kind="merge", source=one.pk, target=other.pk, reason="dubbel")
    handed_in = factories.read_list("scale", "2025Q3", "KvK-nummer;Actielijn;Betrokkenheid\n1;innovatie;project\n")
    workbook = factories.uploaded_workbook("scale", "2025Q3")
    backfill = factories.uploaded_backfill(["scale"], ["2025Q3"])
    export = register_upload.receive(
        actor=factories.user(Role.MANAGER), name="kvk.csv", data=b"KVK-nummer;Naam\n00000001;Smid\n"
    )
    vintage = vintages.publish(actor=factories.user(Role.MANAGER))
    making.make(actor=factories.user(Role.MANAGER), vintage=vintage)
    piece = evidence.add_file(
        actor=factories.user(Role.MANAGER), consortium="scale", quarter="2025Q3", data=PDF, name="bewijs.pdf"
    )
    event, draft = published_event(), EventFactory()
    published_practice(slug="published")
    GoodPracticeFactory(slug="draft")
    told = Notification.objects.create(
        recipient=people["coordinator"], kind="comment", cause="x", subject="x", text="x", html="x"
    )
    return {
        "message": str(told.pk),
        "unsubscribe": mail.unsubscribe_url(people["reader"], message_kinds.DIGEST).rpartition("/")[2],
        "key": str(tokens.issue(user=people["coordinator"])[0].pk),
        "webhook": str(webhooks.add(actor=people["coordinator"], url="https://example.org/").pk),
        "kept": str(KeptMail.objects.create(to="x@example.org", subject="x", text="x").pk),
        "listed": str(Organisation.objects.get(kvk_number="00000001").pk),
        "unlisted": str(Organisation.objects.get(kvk_number="00000077").pk),
        "link": str(link.seq),
        "list": str(handed_in.pk),
        "workbook": str(workbook.pk),
        "backfill": str(backfill.pk),
        "export": str(export.pk),
        "vintage": vintage.code,
        "evidence": str(piece.pk),
        "event": str(event.pk),
        "event_draft": str(draft.pk),
        "invitation": _invitation(),
    }


def _invitation() -> str:
    """The key of a link that was mailed, which only the mail holds."""
    invitations.invite(actor=factories.user(Role.MANAGER), email="nieuw@example.org", role=Role.READER)
    return re.search(r"/uitnodiging/([\w-]+)", Mail.objects.get(kind="invitation").text)[1]


@pytest.fixture
def people(programme):
    hips = {"contributor": "scale", "coordinator": "scale", "other": "people"}
    roles = {"other": Role.COORDINATOR, "nobody": None}
    return {name: factories.user(roles.get(name, name), hips.get(name)) for name in ROLES if name != "anonymous"}


def outcome(response) -> str | int:
    if response.status_code == 302 and "/accounts/login/" in response["Location"]:
        return "login"
    if response.status_code in (400, 409, 412, 415, 428):
        return "reach"
    return "yes" if response.status_code < 300 else response.status_code


def judge(table, client_of, world) -> dict[str, tuple[str | int, str | int]]:
    surprises = {}
    for (method, path), expected in table.items():
        for role in ROLES:
            client, headers = client_of(role)
            response = client.generic(
                method, "/" + path.format(**world), "", content_type="application/json", headers=headers
            )
            if outcome(response) != expected[role]:
                surprises[f"{role}: {method} /{path}"] = (outcome(response), expected[role])
    return surprises


def test_every_api_route_answers_every_role_as_the_table_says(world, people):
    keys = {}
    for name, person in people.items():
        if name != "nobody":
            keys[name] = tokens.issue(user=person)[1]
    nobody = people["nobody"]
    keys["nobody"] = _key_without_role(nobody)

    def client_of(role):
        return Client(), {"Authorization": f"Bearer {keys[role]}"} if role in keys else {}

    assert judge(API, client_of, world) == {}
    # Nothing was changed on the way.
    assert set(ReportVersion.objects.values_list("status", flat=True)) == {"accepted", "submitted", "draft"}


def _key_without_role(person) -> str:
    """A token whose owner has lost the role that it was made for."""
    membership = person.memberships.create(role=Role.READER)
    key = tokens.issue(user=person)[1]
    membership.delete()
    person.__dict__.pop("_access_grants", None)
    return key


def test_every_page_answers_every_role_as_the_table_says(world, people):
    clients = {name: Client() for name in ROLES}
    for name, person in people.items():
        clients[name].force_login(person)

    assert judge(PAGES, lambda role: (clients[role], {}), world) == {}


def test_a_session_is_no_key_to_the_api(world, people):
    client = Client()
    client.force_login(people["manager"])

    assert client.get("/api/v1/reports").status_code == 401


def test_a_token_without_the_scope_is_not_enough(world, people):
    from consortia.models import Scope

    _token, key = tokens.issue(user=people["coordinator"], scopes=[Scope.READ])
    headers = {"Authorization": f"Bearer {key}"}

    assert Client().get(f"/{COUNTING}", headers=headers).status_code == 200
    assert Client().post(f"/{COUNTING}/corrections", headers=headers).status_code == 403
    assert Client().put(f"/{COUNTING}/draft", headers=headers).status_code == 403


def routes(patterns=None, prefix: str = "") -> Iterator[str]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


def test_every_route_is_in_the_table(world):
    from django.urls import resolve

    tried = set()
    for _method, path in (*API, *PAGES):
        match = resolve("/" + path.format(**world).split("?")[0])
        tried.add(match.route)

    assert [route for route in routes() if route not in tried and not route.startswith(ELSEWHERE)] == []
