"""What machines that pass by read: robots, the map of the site, data sets, and what stands beside a link elsewhere."""

import json
import re
import xml.etree.ElementTree as ElementTree
from html import unescape

import pytest
from django.test import Client

from consortia.models import Role
from impact import vintages
from impact.views.share_image import said
from tests import factories, golden
from tests.impact.test_public_pages import text_of

pytestmark = pytest.mark.django_db

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
LINK = "{http://www.w3.org/1999/xhtml}link"


def path_of(address: str, settings) -> str:
    return address.removeprefix(settings.PUBLIC_URL)


def test_every_address_of_the_site_map_answers_in_both_languages(programme, settings):
    golden.play()
    vintages.publish(actor=factories.user(Role.MANAGER), code="toen")
    client = Client()
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    addresses = [url.find(LOC).text for url in tree]

    assert len(addresses) == len(set(addresses)) > 120
    assert f"{settings.PUBLIC_URL}/en/regio/fryslan" in addresses
    assert f"{settings.PUBLIC_URL}/edities/toen" in addresses
    for url in tree:
        links = {link.get("hreflang"): link.get("href") for link in url.findall(LINK)}
        assert url.find(LOC).text in (links["nl"], links["en"])
    for address in addresses[::9]:
        assert client.get(path_of(address, settings)).status_code == 200, address


def test_robots_name_the_site_map_and_leave_out_pages_without_end(db, client, settings):
    text = client.get("/robots.txt").content.decode()

    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in text
    assert "Disallow: /cijfers/waarom" in text
    assert "Disallow: /\n" not in text


def test_the_data_and_a_vintage_are_data_sets_that_can_be_had(programme, client):
    golden.play()
    vintages.publish(actor=factories.user(Role.MANAGER), code="toen", name="</script><b>toen")

    for path in ("data", "edities/toen"):
        page = client.get(f"/en/{path}")
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.content.decode(), re.DOTALL)
        about = json.loads(found[0])
        assert (about["@type"], about["license"]) == ("Dataset", "https://creativecommons.org/licenses/by/4.0/")
        for download in about["distribution"]:
            answer = client.get(download["contentUrl"].removeprefix("http://testserver"))
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith(download["encodingFormat"])
    assert about["name"].endswith("</script><b>toen")
    assert about["version"] == "toen"


def test_a_link_elsewhere_is_shown_with_the_newest_figure(programme, client):
    golden.play()
    page = unescape(client.get("/en/").content.decode())

    image = re.search(r'property="og:image" content="([^"]+)"', page)[1]
    assert image == "http://testserver/en/voortgang.png"
    picture = client.get(image)
    assert picture.headers["Content-Type"] == "image/png"
    assert (int.from_bytes(picture.content[16:20]), int.from_bytes(picture.content[20:24])) == (1200, 630)
    assert "public" in picture.headers["Cache-Control"]
    again = client.get(image, headers={"If-None-Match": picture.headers["ETag"]})
    assert again.status_code == 304


def test_the_picture_says_what_the_front_page_says(programme, client):
    assert said().number == ""
    golden.play()

    assert (said().number, said().what) == ("8", "van de 30.000 bedrijven doen mee")
    assert "8 van de 30.000 bedrijven doen mee" in text_of(client.get("/"))
    assert said().status.replace("\N{NO-BREAK SPACE}", " ") == "2025 K3 · voorlopig · 9 van de 11 HIP-rapportages"
