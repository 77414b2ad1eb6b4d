"""The manual: both languages, the same steps, and every picture that it shows is there and is made by the script."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import resolve

from docs import screenshots
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {
    (manual, language): (ROOT / f"templates/impact/manual/{manual}{language}.html").read_text()
    for manual in ("", "office_")
    for language in ("nl", "en")
}
NAMES = {"": screenshots.PICTURES, "office_": screenshots.OFFICE_PICTURES}
ADDRESSES = [("", "nl", "/handleiding"), ("", "en", "/en/handleiding"),
             ("office_", "nl", "/handleiding/bureau"), ("office_", "en", "/en/handleiding/bureau")]  # fmt: skip


@pytest.mark.parametrize(("manual", "language", "address"), ADDRESSES)
def test_everybody_can_read_it_with_its_pictures(manual: str, language: str, address: str) -> None:
    page = Client().get(address).content.decode()

    shown = re.findall(rf'<img src="[^"]*img/manual/{language}/([a-z]+)\.png" alt="([^"]+)" width="(\d+)"', page)
    assert [name for name, _alt, _width in shown] == re.findall(r'{% picture "\w+" "(\w+)"', TEXTS[manual, language])
    assert all(len(alt) > 20 and int(width) > 0 for _name, alt, width in shown)
    anchors, ids = set(re.findall(r'href="#(\w[\w-]*)"', page)), set(re.findall(r'id="(\w[\w-]*)"', page))
    assert anchors <= ids | {"content"}


@pytest.mark.parametrize(("manual", "language", "address"), ADDRESSES)
def test_every_page_that_it_links_is_there(manual: str, language: str, address: str) -> None:
    page = Client().get(address).content.decode()
    text = page[page.index('class="lead"') : page.index("</main>")]

    for link in set(re.findall(r'href="(/[^"#?]*)', text)):
        assert resolve(link), link


@pytest.mark.parametrize("manual", ["", "office_"])
def test_the_two_languages_tell_the_same(manual: str) -> None:
    texts = {language: TEXTS[manual, language] for language in ("nl", "en")}
    pictures = {language: re.findall(r'{% picture "(\w+)" "(\w+)"', text) for language, text in texts.items()}

    assert [name for _language, name in pictures["nl"]] == [name for _language, name in pictures["en"]]
    assert all(said == language for language, shown in pictures.items() for said, _name in shown)
    assert texts["nl"].count("<h2") == texts["en"].count("<h2")
    assert texts["nl"].count("<li>") == texts["en"].count("<li>")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_script_makes_exactly_the_pictures_that_the_manual_shows(language: str) -> None:
    folder = ROOT / "static" / "img" / "manual" / language
    shown = set()
    for manual, names in NAMES.items():
        in_text = set(re.findall(r'{% picture "\w+" "(\w+)"', TEXTS[manual, language]))
        assert in_text == set(names)
        shown |= in_text

    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in shown}
    for path in folder.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size < screenshots.LARGEST


def test_the_work_of_a_coordinator_leads_to_it() -> None:
    client = Client()
    client.force_login(factories.user("coordinator", "scale"))

    for address in ("/werk", "/rapportages/scale/2025Q1"):
        assert 'href="/handleiding"' in client.get(address).content.decode()
