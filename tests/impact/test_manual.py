"""The manual: both languages, the same steps, and every picture that it shows is there and is made by the script."""

import re
from pathlib import Path

import pytest
from django.test import Client

from docs import screenshots
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {language: (ROOT / f"templates/impact/manual/{language}.html").read_text() for language in ("nl", "en")}


@pytest.mark.parametrize(("address", "language"), [("/handleiding", "nl"), ("/en/handleiding", "en")])
def test_everybody_can_read_it_with_its_pictures(address: str, language: str) -> None:
    page = Client().get(address).content.decode()

    shown = re.findall(rf'<img src="[^"]*img/manual/{language}/([a-z]+)\.png" alt="([^"]+)" width="(\d+)"', page)
    assert [name for name, _alt, _width in shown] == re.findall(r'{% picture "\w+" "(\w+)"', TEXTS[language])
    assert all(len(alt) > 20 and int(width) > 0 for _name, alt, width in shown)
    anchors, ids = set(re.findall(r'href="#(\w[\w-]*)"', page)), set(re.findall(r'id="(\w[\w-]*)"', page))
    assert anchors <= ids | {"content"}


def test_the_two_languages_tell_the_same() -> None:
    pictures = {language: re.findall(r'{% picture "(\w+)" "(\w+)"', text) for language, text in TEXTS.items()}

    assert [name for _language, name in pictures["nl"]] == [name for _language, name in pictures["en"]]
    assert all(said == language for language, shown in pictures.items() for said, _name in shown)
    assert TEXTS["nl"].count("<h2") == TEXTS["en"].count("<h2")
    assert TEXTS["nl"].count("<li>") == TEXTS["en"].count("<li>")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_script_makes_exactly_the_pictures_that_the_manual_shows(language: str) -> None:
    shown = set(re.findall(r'{% picture "\w+" "(\w+)"', TEXTS[language]))
    folder = ROOT / "static" / "img" / "manual" / language

    assert shown == set(screenshots.PICTURES)
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in shown}
    for path in folder.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size < screenshots.LARGEST


def test_the_work_of_a_coordinator_leads_to_it() -> None:
    client = Client()
    client.force_login(factories.user("coordinator", "scale"))

    for address in ("/werk", "/rapportages/scale/2025Q1"):
        assert 'href="/handleiding"' in client.get(address).content.decode()
