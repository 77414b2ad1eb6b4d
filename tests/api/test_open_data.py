"""The catalogue of the open data, and the data package of every vintage."""

import csv
import hashlib
import io
import json
import re
import zipfile
from base64 import b64encode
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.models import ActionLine, Consortium, Role
from consortia.rest import linked_data
from impact import vintages
from impact.api import catalog
from impact.models import Indicator, Vintage
from tests import factories
from tests.api.conftest import Caller, parsed
from tests.factories import company, figure, headcount

pytestmark = pytest.mark.django_db

PACKAGE = "vintages/voorjaar/data-package"


@pytest.fixture
def vintage(programme: Any) -> Vintage:
    factories.reported(
        "scale", "2025Q1", company(1), figure("assignments", 12), headcount(20, 8),
        figure("cofinancing-cash", "12.50", action_line=None),
        figure("training-completions", numerator=8, denominator=10, action_line="lifelong-learning"),
    )  # fmt: skip
    return vintages.publish(actor=factories.user(Role.MANAGER), code="voorjaar", name="Voorjaar")


# --- the catalogue


MANDATORY = {
    "dcat:Catalog": "dct:title dct:description dct:publisher dcat:contactPoint dcat:dataset",
    "dcat:Dataset": "dct:title dct:description dct:accessRights dcat:contactPoint dct:creator dct:identifier "
    "dct:publisher dcat:theme dcat:distribution",
    "dcat:Distribution": "dcat:accessURL dct:license dcat:byteSize dct:format dcat:mediaType",
    "dcat:DataService": "dct:title dct:description dct:accessRights dcat:contactPoint dcat:endpointDescription "
    "dcat:endpointURL dct:identifier dct:license dct:publisher dcat:theme",
}
"""The mandatory properties of DCAT-AP-NL 3.0, and what the European profile and our own standards add."""
AT_MOST_ONE = {
    "dcat:contactPoint", "dct:identifier", "dct:publisher", "dcat:version", "dcat:accessURL", "dcat:downloadURL",
    "dcat:accessService", "dcat:endpointDescription", "dct:license", "dct:format", "dcat:mediaType", "dcat:byteSize",
}  # fmt: skip
RANGES = {
    "dct:publisher": "foaf:Agent", "dct:creator": "foaf:Agent", "dcat:contactPoint": "vcard:Kind",
    "dcat:theme": "skos:Concept", "dct:language": "dct:LinguisticSystem", "dct:accessRights": "dct:RightsStatement",
    "dct:license": "dct:LicenseDocument", "dct:format": "dct:MediaTypeOrExtent", "dcat:mediaType": "dct:MediaType",
    "dcat:distribution": "dcat:Distribution", "dcat:dataset": "dcat:Dataset", "dcat:service": "dcat:DataService",
    "dcat:accessService": "dcat:DataService", "dct:temporal": "dct:PeriodOfTime", "dct:spatial": "dct:Location",
    "dcat:servesDataset": "dcat:Dataset", "dcat:hasVersion": "dcat:Dataset", "dcat:isVersionOf": "dcat:Dataset",
}  # fmt: skip


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def graph(who: Caller) -> dict[str, dict[str, Any]]:
    response = who.get("catalog")
    assert response["Content-Type"] == "application/ld+json"
    body = parsed(response)
    nodes = {node["@id"]: node for node in body["@graph"]}
    assert len(nodes) == len(body["@graph"]), "every node stands there once"
    for node in nodes.values():
        for name in (*node, *listed(node["@type"])):
            assert name.startswith("@") or name.partition(":")[0] in body["@context"], name
    return nodes


def test_everything_has_what_the_profile_makes_mandatory(vintage: Vintage, anonymous: Caller) -> None:
    nodes = graph(anonymous)

    assert {kind for node in nodes.values() for kind in listed(node["@type"])} >= set(MANDATORY)
    for address, node in nodes.items():
        for kind in listed(node["@type"]):
            missing = [name for name in MANDATORY.get(kind, "").split() if not node.get(name)]
            assert not missing, (address, missing)
        if set(listed(node["@type"])) & set(MANDATORY):
            assert not [name for name in AT_MOST_ONE & set(node) if isinstance(node[name], list)], address


def test_everything_that_is_referred_to_is_of_the_kind_that_is_meant(vintage: Vintage, anonymous: Caller) -> None:
    nodes = graph(anonymous)

    for node in nodes.values():
        for name, kind in RANGES.items():
            for value in listed(node.get(name, [])):
                assert kind in listed(nodes[value["@id"]]["@type"]), (node["@id"], name)


def test_every_text_is_there_in_dutch_and_in_english(vintage: Vintage, anonymous: Caller) -> None:
    for node in graph(anonymous).values():
        for name in ("dct:title", "dct:description"):
            if name in node:
                assert [each["@language"] for each in node[name]] == ["nl", "en"], node["@id"]


def test_every_address_of_a_distribution_answers_with_its_media_type(vintage: Vintage, anonymous: Caller) -> None:
    found = [node for node in graph(anonymous).values() if node["@type"] == "dcat:Distribution"]

    assert len(found) == 8
    for node in found:
        media_type = node["dcat:mediaType"]["@id"].partition("media-types/")[2]
        response = anonymous.get(node["dcat:accessURL"]["@id"].removeprefix("http://testserver"), Accept=media_type)
        assert response.status_code == 200
        assert response["Content-Type"].startswith(media_type)
        assert node["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
        assert int(node["dcat:byteSize"]["@value"]) > 0


def test_every_vintage_is_a_version_of_the_figures(vintage: Vintage, anonymous: Caller) -> None:
    vintages.publish(actor=vintage.published_by, code="zomer")
    nodes = graph(anonymous)

    (current,) = [node for node in nodes.values() if "dcat:hasVersion" in node]
    versions = [nodes[each["@id"]] for each in current["dcat:hasVersion"]]
    assert [node["dcat:version"] for node in versions] == ["voorjaar", "zomer"]
    for node in versions:
        assert node["dcat:isVersionOf"] == {"@id": current["@id"]}
        package = nodes[node["dcat:distribution"][0]["@id"]]
        assert package["dcat:downloadURL"]["@id"] == f"{node['@id']}/data-package"


def test_turtle_says_the_same(vintage: Vintage, anonymous: Caller) -> None:
    response = anonymous.get("catalog", Accept="text/turtle")

    assert response["Content-Type"] == "text/turtle; charset=utf-8"
    nodes = list(graph(anonymous).values())
    assert response.content == linked_data.turtle(nodes, catalog.PREFIXES)


def test_turtle_escapes_what_would_end_a_text_or_an_address() -> None:
    node = {
        "@id": "https://x.example/a b",
        "@type": ["dcat:Dataset", "skos:Concept"],
        "dct:title": [linked_data.text('Zeg "ja"\nen \\', "nl"), linked_data.text("é", "en")],
        "dct:identifier": "1",
        "dcat:byteSize": linked_data.typed(5, "xsd:nonNegativeInteger"),
        "dct:license": linked_data.ref("https://x.example/>"),
    }

    assert linked_data.turtle([node], {"dct": "http://purl.org/dc/terms/"}).decode() == (
        "@prefix dct: <http://purl.org/dc/terms/> .\n\n"
        "<https://x.example/a\\u0020b> a dcat:Dataset, skos:Concept ;\n"
        '    dct:title "Zeg \\u0022ja\\u0022\\u000Aen \\u005C"@nl, "é"@en ;\n'
        '    dct:identifier "1" ;\n'
        '    dcat:byteSize "5"^^xsd:nonNegativeInteger ;\n'
        "    dct:license <https://x.example/\\u003E> .\n"
    )


def test_the_catalogue_comes_as_json_too_and_costs_one_query_for_who_has_it(
    vintage: Vintage, anonymous: Caller
) -> None:
    response = anonymous.get("catalog", Accept="application/json")
    assert response["Content-Type"] == "application/json"
    tag = response["ETag"]

    with CaptureQueriesContext(connection) as captured:
        assert anonymous.get("catalog", Accept="application/json", If_None_Match=tag).status_code == 304
    assert len(captured) == 1
    vintages.publish(actor=vintage.published_by, code="zomer")
    assert anonymous.get("catalog", Accept="application/json", If_None_Match=tag).status_code == 200


def test_the_catalogue_takes_as_many_queries_for_many_vintages_as_for_one(vintage: Vintage, anonymous: Caller) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            anonymous.get("catalog")
        return len(captured)

    few = queries()
    for number in range(3):
        vintages.publish(actor=vintage.published_by, code=f"v{number}")
    assert queries() == few


def test_a_portal_without_vintages_has_a_catalogue(programme: Any, anonymous: Caller) -> None:
    assert len([node for node in graph(anonymous).values() if node["@type"] == "dcat:Dataset"]) == 1


# --- the data package


def files(response: Any) -> dict[str, bytes]:
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_package_made_again_is_the_same_to_the_byte_whatever_changed(
    vintage: Vintage, anonymous: Caller, manager: Caller
) -> None:
    first = anonymous.get(PACKAGE).content

    factories.reported("snel", "2025Q1", company(2), headcount(5, 3))
    Consortium.objects.filter(slug="scale").update(name="Heel anders", number=99)
    Indicator.objects.filter(code="assignments").update(name_nl="Anders", order=999)
    ActionLine.objects.filter(code="talent").update(name_en="Different")
    cache.clear()

    assert anonymous.get(PACKAGE).content == first
    assert manager.get(PACKAGE).content == first
    assert anonymous.get(PACKAGE, Accept_Language="en").content == first


def test_a_package_says_of_every_file_what_it_is_and_its_hash(vintage: Vintage, anonymous: Caller) -> None:
    found = files(anonymous.get(PACKAGE))
    described = json.loads(found["datapackage.json"])

    assert described["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert re.fullmatch(r"[a-z0-9._-]+", described["name"])
    assert [each["name"] for each in described["licenses"]] == ["CC-BY-4.0"]
    assert (described["vintage"]["seq"], described["vintage"]["sha256"]) == (vintage.entry_id, vintage.sha256)
    assert {each["path"] for each in described["resources"]} == set(found) - {"datapackage.json", "README.md"}
    for resource in described["resources"]:
        content = found[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    readme = found["README.md"].decode()
    assert all(text in readme for text in ("CC BY 4.0", "Voorjaar", vintage.sha256))


READERS = {
    "string": str,
    "number": Decimal,
    "integer": int,
    "date": date.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def test_every_cell_is_of_the_type_that_its_field_says_and_every_key_has_its_row(
    vintage: Vintage, anonymous: Caller
) -> None:
    found = files(anonymous.get(PACKAGE))
    resources = {each["name"]: each for each in json.loads(found["datapackage.json"])["resources"]}
    tables = {name: rows(found[each["path"]]) for name, each in resources.items()}

    for name, resource in resources.items():
        schema = resource["schema"]
        assert tables[name], name
        for row in tables[name]:
            assert list(row) == [field["name"] for field in schema["fields"]]
            for field in schema["fields"]:
                text = row[field["name"]]
                assert text or not field.get("constraints", {}).get("required"), (name, field["name"])
                if text:
                    READERS[field["type"]](text)
        for key in schema["uniqueKeys"]:
            keys = [tuple(row[field] for field in key) for row in tables[name]]
            assert len(set(keys)) == len(keys), name
        for foreign in schema.get("foreignKeys", []):
            other = tables[foreign["reference"]["resource"]]
            members = {row[foreign["reference"]["fields"][0]] for row in other} | {""}
            assert {row[foreign["fields"][0]] for row in tables[name]} <= members, foreign


def test_the_hash_of_the_vintage_follows_from_the_files(vintage: Vintage, anonymous: Caller) -> None:
    found = files(anonymous.get(PACKAGE))
    kinds = {"figure": ("figures.csv", vintages.FIGURE_FIELDS), "roll-up": ("roll-ups.csv", vintages.ROLL_UP_FIELDS)}

    lines = [
        ("\t".join([kind, *(row[field] for field in fields)]) + "\n").encode()
        for kind, (name, fields) in kinds.items()
        for row in rows(found[name])
    ]
    assert vintages.digest(lines) == vintage.sha256


def test_a_package_withholds_as_every_public_answer_does_also_with_a_token(
    vintage: Vintage, anonymous: Caller, manager: Caller
) -> None:
    for who in (anonymous, manager):
        found = files(who.get(PACKAGE))
        withheld = [row for name in ("figures.csv", "roll-ups.csv") for row in rows(found[name])]
        withheld = [row for row in withheld if row["withheld"] == "true"]
        assert withheld
        assert not [row for row in withheld if row["value"] or row.get("cumulative") or row.get("reported")]


def test_a_package_is_kept_for_ever_and_costs_one_query_for_who_has_it(vintage: Vintage, anonymous: Caller) -> None:
    response = anonymous.get(PACKAGE)

    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Disposition"] == 'attachment; filename="impact-voorjaar.zip"'
    digest = b64encode(hashlib.sha256(response.content).digest()).decode()
    assert response["Repr-Digest"] == f"sha-256=:{digest}:"
    with CaptureQueriesContext(connection) as captured:
        assert anonymous.get(PACKAGE, If_None_Match=response["ETag"]).status_code == 304
    assert len(captured) == 1
    assert anonymous.get("vintages/nothing/data-package").status_code == 404


def test_the_pages_of_the_vintages_offer_it(vintage: Vintage, client: Any) -> None:
    for page in ("/edities", "/edities/voorjaar"):
        assert f'href="/api/v1/{PACKAGE}"' in client.get(page).content.decode()
    assert "/api/v1/catalog" in client.get("/data").content.decode()
