"""The office's texts of the fixed pages: safe, in two languages, with a preview, a history and a way back."""

import re

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consortia import changes, page_texts
from consortia.changes import Asked
from consortia.models import Change, Page, PageText, Programme, Role, User
from tests import factories

pytestmark = pytest.mark.django_db
LIST, ADD, PREVIEW = (reverse(f"admin:consortia_pagetext_{name}") for name in ("changelist", "add", "preview"))
ADDRESSES = {
    Page.ABOUT: "over", Page.ACCESSIBILITY: "toegankelijkheid", Page.PRIVACY: "privacy", Page.CONTACT: "contact",
}  # fmt: skip


@pytest.fixture
def manager(programme: Programme) -> User:
    return factories.user(Role.MANAGER, name="Mieke de Vries")


@pytest.fixture
def office(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def shown(page, language="nl"):
    address = f"/{ADDRESSES[page]}" if language == "nl" else f"/en/{ADDRESSES[page]}"
    return Client().get(address).content.decode()


def main_of(html):
    return html.split("<main", 1)[1].split("</main>", 1)[0]


def own(page="contact", language="nl", **given):
    return PageText.objects.create(page=page, language=language, **{"body": "Bel ons.", **given})


def change(row):
    return reverse("admin:consortia_pagetext_change", args=[row.pk])


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_without_a_text_of_the_office_a_page_says_what_is_built_in(programme, page, language):
    text = page_texts.built_in(page, language)

    html = shown(page, language)

    assert text.title in html
    assert text.introduction.split("’")[0] in html
    assert str(text.html) in html
    assert "{" not in text.body
    # What the view gives the page must not get into the frame around it, such as the search box.
    assert "Text(" not in html
    assert not re.search(r"\]\(|^#", str(text.html), re.MULTILINE)


def test_the_office_s_text_stands_on_its_page_in_its_language_alone(programme):
    own(title="Bereikbaar", introduction="Wij & u", body="## Bellen\n\nOp **maandag**.")

    dutch, english = main_of(shown(Page.CONTACT)), main_of(shown(Page.CONTACT, "en"))

    assert "<h1>Bereikbaar</h1>" in dutch
    assert '<p class="lead">Wij &amp; u</p>' in dutch
    assert "<h2>Bellen</h2>" in dutch
    assert "<strong>maandag</strong>" in dutch
    assert "Do you work for a HIP?" in english
    assert "maandag" not in english


def test_facts_stay_on_the_page_whatever_the_office_writes(programme):
    Programme.objects.update(contact_email="office@example.org", summary_nl="Samen sterker.")
    own("contact")
    own("about")

    assert "mailto:office@example.org" in shown(Page.CONTACT)
    assert "Titel 3.29" in shown(Page.ABOUT)
    assert "Samen sterker." in shown(Page.ABOUT)


def test_headings_keep_their_order_below_the_title_of_the_page(programme):
    own(body="# Een\n\n#### Twee\n\n<h1>Drie</h1>")

    assert re.findall(r"<h(\d)>", main_of(shown(Page.CONTACT))) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[klik](javascript:alert(1))",
        "![x](https://x.example/x)",
    ],
)
def test_nothing_that_runs_or_loads_gets_through(programme, evil):
    own(title=evil, introduction=evil, body=f"Tekst {evil}")

    html = main_of(shown(Page.CONTACT))

    assert not re.search(r"<script|<img|href=.javascript", html)


def test_a_changed_text_is_seen_at_once_by_who_has_the_page_already(programme):
    client, row = Client(), own()
    first = client.get("/contact")
    PageText.objects.filter(pk=row.pk).update(body="Bel ons morgen.")

    again = client.get("/contact", headers={"if-none-match": first.headers.get("ETag", '"x"')})

    assert "no-cache" in first.headers["Cache-Control"]
    assert again.status_code == 200
    assert "morgen" in again.content.decode()


def test_a_new_text_begins_with_the_built_in_one(office):
    page = office.get(f"{ADD}?page=privacy&language=en").content.decode()

    assert "## People in the figures" in page
    assert "This portal counts companies and people." in page


def test_a_text_is_stored_with_who_and_what_in_its_history(office, manager):
    sent = {"page": "contact", "language": "nl", "title": "", "introduction": "Wij\nhelpen", "body": "Bel\r\n\r\nons"}
    answer = office.post(ADD, sent)
    row = PageText.objects.get()
    office.post(change(row), {"title": "Hallo", "introduction": row.introduction, "body": "Mail ons"})

    assert answer.status_code == 302
    newest, first = changes.read(Asked(kinds=[PageText]))
    assert (first.change, newest.change, newest.user) == (Change.ADDED, Change.CHANGED, manager)
    assert [(each.old, each.new) for each in newest.differences] == [("–", "Hallo"), ("Bel\n\nons", "Mail ons")]
    assert newest.row == "Contact · Nederlands"
    assert row.introduction == "Wij helpen"
    history = office.get(reverse("admin:consortia_pagetext_history", args=[row.pk])).content.decode()
    assert "Mail ons" in history


def test_who_writes_in_one_language_is_asked_about_the_other(office):
    sent = {"page": "contact", "language": "nl", "body": "Bel ons"}

    once = office.post(ADD, sent, follow=True).content.decode()
    twice = office.post(ADD, {**sent, "language": "en"}, follow=True).content.decode()

    assert "messagelist" in once
    assert 'class="warning"' in once
    assert 'class="warning"' not in twice


def test_deleting_goes_back_to_the_built_in_text_and_stays_in_the_history(office):
    row = own(title="Bereikbaar")
    assert reverse("admin:consortia_pagetext_delete", args=[row.pk]) in office.get(change(row)).content.decode()

    office.post(reverse("admin:consortia_pagetext_delete", args=[row.pk]), {"post": "yes"})

    assert "Bereikbaar" not in shown(Page.CONTACT)
    assert changes.read(Asked(kinds=[PageText]), limit=1)[0].change == Change.REMOVED


def test_the_preview_is_the_page_in_its_language_and_stores_nothing(office):
    sent = {"page": "about", "language": "en", "title": "All about it", "body": "**Bold** <b>x</b><script>1</script>"}

    html = office.post(PREVIEW, sent).content.decode()

    assert '<html lang="en">' in html
    assert "<h1>All about it</h1>" in main_of(html)
    assert "<strong>Bold</strong>" in html
    assert "Nothing is stored yet" in html
    assert "<script>1" not in html
    assert not PageText.objects.exists()
    assert office.get(PREVIEW).status_code == 302
    assert office.post(PREVIEW, {"page": "home"}).status_code == 400


@pytest.mark.parametrize(
    "body", ["", "<script></script>", "![x](https://x.example/x)", "a" * (page_texts.LONGEST_BODY + 1)]
)
def test_a_text_that_leaves_nothing_or_too_much_is_refused(office, body):
    answer = office.post(ADD, {"page": "contact", "language": "nl", "body": body})

    assert "body" in answer.context["adminform"].form.errors
    assert not PageText.objects.exists()


def test_each_page_has_one_text_in_a_language(office):
    own()

    answer = office.post(ADD, {"page": "contact", "language": "nl", "body": "Nog een"})

    assert answer.status_code == 200
    assert PageText.objects.get().body == "Bel ons."


@pytest.mark.parametrize(
    "given", [{"page": "home"}, {"language": "de"}, {"body": ""}, {"page": "contact", "language": "nl"}]
)
def test_the_database_keeps_the_rules_by_itself(programme, given):
    own()
    row = {"page": "about", "language": "en", "body": "x", **given}

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consortia_pagetext (page, language, title, introduction, body) VALUES (%s, %s, '', '', %s)",
            [row["page"], row["language"], row["body"]],
        )


def test_what_the_database_kept_of_a_text_nobody_alters(programme):
    own()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE consortia_pagetextchange SET body = 'x'")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER])
def test_only_the_office_comes_here(programme, role):
    client, row = Client(), own()
    client.force_login(factories.user(role))

    answers = [client.get(address) for address in (LIST, ADD, change(row))]
    answers.append(client.post(PREVIEW, {"page": "about", "language": "nl", "body": "x"}))

    assert {answer.status_code for answer in answers} <= {302, 403}
    assert client.post(change(row), {"body": "anders"}).status_code in (302, 403)
    assert PageText.objects.get().body == "Bel ons."


def test_the_list_shows_every_page_in_both_languages_with_few_queries(office):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            html = office.get(LIST).content.decode()
        assert html.count("page=privacy&amp;language=") + html.count("/consortia/pagetext/") >= 2
        return len(counted)

    few = queries()
    for page in Page:
        own(page.value, "nl")
        own(page.value, "en")

    assert queries() == few <= 30


@pytest.mark.parametrize("page", Page)
def test_a_page_takes_one_query_for_its_text(programme, page):
    with CaptureQueriesContext(connection) as counted:
        page_texts.text_of(page, "nl")

    assert len(counted) == 1
