"""The open data of the portal as a catalogue: DCAT-AP-NL 3.0, as a list of nodes.

The catalogue holds the figures as they are now, every vintage as a version of them, and the API that serves both. What
the profile wants from a list of the European Union has an address of that list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from consortia.models import Programme
from consortia.rest.linked_data import Node, ref, text, typed
from impact import licence
from impact.models import Quarter, Vintage
from impact.rollups import Dimensions

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PROFILE = "https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/"
_EU = "http://publications.europa.eu/resource/authority/"
_THEMES = {
    "EDUC": ("Onderwijs, cultuur en sport", "Education, culture and sport"),
    "ECON": ("Economie en financiën", "Economy and finance"),
}
_PUBLIC = f"{_EU}access-right/PUBLIC"
_LANGUAGES = (f"{_EU}language/NLD", f"{_EU}language/ENG")
_MEDIA = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True)
class Format:
    """A way to get the figures; `bytes_a_row` is what a row takes, about."""

    name: str
    media_type: str
    file_type: str
    bytes_a_row: int


CSV = Format("CSV", "text/csv", "CSV", 110)
NDJSON = Format("NDJSON", "application/x-ndjson", "JSON", 370)
JSON_STAT = Format("JSON-stat 2.0", "application/json-stat+json", "JSON", 80)
ZIP = Format("Data Package", "application/zip", "ZIP", 9)


@dataclass(frozen=True)
class Site:
    """Where the portal is: the address of the API, of the site, and what its catalogue is called."""

    api: str
    pages: str

    @property
    def catalog(self) -> str:
        return f"{self.api}/catalog"

    def part(self, name: str) -> str:
        return f"{self.catalog}#{name}"


def nodes(
    site: Site, programme: Programme | None, vintages: Sequence[Vintage], dimensions: Dimensions, modified: datetime
) -> list[Node]:
    """Every node of the catalogue; `modified` is when anything in it last changed."""
    ended = [quarter for quarter in dimensions.quarters.values() if quarter.end_date < modified.date()]
    found = [
        _catalog(site, vintages, modified),
        *_shared(site, programme),
        _service(site, vintages),
        *_current(site, vintages, dimensions, ended, modified),
    ]
    for vintage in vintages:
        found += _vintage(site, vintage, dimensions)
    return found


def _both(dutch: str, english: str) -> list[Node]:
    return [text(dutch, "nl"), text(english, "en")]


def _common(site: Site) -> dict[str, Any]:
    """What the profile asks of every resource."""
    return {
        "dct:publisher": ref(site.part("publisher")),
        "dct:creator": ref(site.part("publisher")),
        "dcat:contactPoint": ref(site.part("contact")),
        "dct:accessRights": ref(_PUBLIC),
        "dcat:theme": [ref(f"{_EU}data-theme/{code}") for code in _THEMES],
        "dct:language": [ref(language) for language in _LANGUAGES],
    }


def _catalog(site: Site, vintages: Sequence[Vintage], modified: datetime) -> Node:
    datasets = [site.part("figures"), *(_address(site, vintage) for vintage in vintages)]
    common = {name: value for name, value in _common(site).items() if name != "dcat:theme"}
    return {
        "@id": site.catalog,
        "@type": "dcat:Catalog",
        "dct:title": _both("Open data van de High Impact PPS’en", "Open data of the High Impact PPS’en"),
        "dct:description": _both(
            "Wat de High Impact PPS’en van het opschalingsprogramma bereiken: cijfers per kwartaal, met dekking, "
            "herkomst en edities.",
            "What the High Impact PPS’en of the scale-up programme achieve: figures by quarter, with coverage, "
            "provenance and vintages.",
        ),
        "dct:identifier": site.catalog,
        **common,
        "dct:license": ref(licence.ADDRESS),
        "dct:conformsTo": ref(PROFILE),
        "dct:modified": _moment(modified),
        "dcat:themeTaxonomy": ref(f"{_EU}data-theme"),
        "foaf:homepage": ref(site.pages),
        "dcat:dataset": [ref(each) for each in datasets],
        "dcat:service": ref(site.part("api")),
    }


def _shared(site: Site, programme: Programme | None) -> Iterator[Node]:
    name = programme.contact_name if programme and programme.contact_name else "Platform Talent voor Technologie"
    yield {"@id": site.part("publisher"), "@type": "foaf:Agent", "foaf:name": name, "foaf:homepage": ref(site.pages)}
    contact: dict[str, Any] = {
        "@id": site.part("contact"),
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": name,
        "vcard:hasURL": ref(f"{site.pages}contact"),
    }
    if programme and programme.contact_email:
        contact["vcard:hasEmail"] = ref(f"mailto:{programme.contact_email}")
    yield contact
    for code, (dutch, english) in _THEMES.items():
        yield {
            "@id": f"{_EU}data-theme/{code}",
            "@type": "skos:Concept",
            "skos:prefLabel": _both(dutch, english),
            "skos:inScheme": ref(f"{_EU}data-theme"),
        }
    yield {
        "@id": f"{_EU}data-theme",
        "@type": "skos:ConceptScheme",
        "dct:title": _both("Gegevensthema’s", "Data themes"),
    }
    for language in _LANGUAGES:
        yield {"@id": language, "@type": "dct:LinguisticSystem"}
    yield {"@id": _PUBLIC, "@type": ["dct:RightsStatement", "skos:Concept"]}
    yield {"@id": licence.ADDRESS, "@type": "dct:LicenseDocument", "dct:title": _both("CC BY 4.0", "CC BY 4.0")}
    yield {"@id": PROFILE, "@type": "dct:Standard"}
    for each in (CSV, NDJSON, ZIP, JSON_STAT):
        yield {"@id": f"{_MEDIA}{each.media_type}", "@type": "dct:MediaType"}
    for kind in ("CSV", "JSON", "ZIP"):
        yield {"@id": f"{_EU}file-type/{kind}", "@type": ["dct:MediaTypeOrExtent", "skos:Concept"]}


def _service(site: Site, vintages: Sequence[Vintage]) -> Node:
    return {
        "@id": site.part("api"),
        "@type": "dcat:DataService",
        "dct:title": _both("API van het impactportaal", "API of the impact portal"),
        "dct:description": _both(
            "Alle cijfers, zoals ze nu zijn en zoals ze op enig moment bekend waren, met filters; JSON, CSV, NDJSON en "
            "JSON-stat. Openbaar, zonder sleutel.",
            "All figures, as they are now and as they were known at any moment, with filters; JSON, CSV, NDJSON and "
            "JSON-stat. Public, without a key.",
        ),
        "dct:identifier": site.part("api"),
        **_common(site),
        "dct:license": ref(licence.ADDRESS),
        "dcat:endpointURL": ref(site.api),
        "dcat:endpointDescription": ref(f"{site.api}/openapi.json"),
        "foaf:page": ref(f"{site.pages}data"),
        "dcat:servesDataset": [ref(site.part("figures")), *(ref(_address(site, vintage)) for vintage in vintages)],
    }


def _current(
    site: Site, vintages: Sequence[Vintage], dimensions: Dimensions, ended: Sequence[Quarter], modified: datetime
) -> Iterator[Node]:
    own = site.part("figures")
    cells, reported = _roll_ups(dimensions, len(ended)), _figures(dimensions, len(ended))
    ways = [
        ("roll-ups-csv", "Totalen", "Totals", f"{site.api}/roll-ups", CSV, cells),
        ("roll-ups-ndjson", "Totalen", "Totals", f"{site.api}/roll-ups", NDJSON, cells),
        ("roll-ups-json-stat", "Totalen", "Totals", f"{site.api}/roll-ups", JSON_STAT, cells),
        ("figures-csv", "Gerapporteerde cijfers", "Reported figures", f"{site.api}/figures", CSV, reported),
        ("figures-ndjson", "Gerapporteerde cijfers", "Reported figures", f"{site.api}/figures", NDJSON, reported),
    ]
    yield {
        "@id": own,
        "@type": "dcat:Dataset",
        "dct:title": _both("Impact van de High Impact PPS’en", "Impact of the High Impact PPS’en"),
        "dct:description": _both(
            "Bedrijven, studenten, docenten, werknemers, opdrachten, opleidingen en cofinanciering per HIP, actielijn "
            "en kwartaal, zoals nu bekend. Aantallen personen per actielijn worden niet getoond.",
            "Companies, students, teachers, employees, assignments, training and co-financing by HIP, action line and "
            "quarter, as known now. Numbers of persons by action line are withheld.",
        ),
        "dct:identifier": own,
        **_common(site),
        "dcat:keyword": [text("publiek-private samenwerking", "nl"), text("public-private partnership", "en")],
        "dct:accrualPeriodicity": ref(f"{_EU}frequency/CONT"),
        "dct:spatial": ref(f"{_EU}country/NLD"),
        "dct:temporal": ref(site.part("figures-period")),
        "dcat:landingPage": ref(f"{site.pages}data"),
        "dct:modified": _moment(modified),
        **({"dcat:hasVersion": [ref(_address(site, vintage)) for vintage in vintages]} if vintages else {}),
        "dcat:distribution": [ref(site.part(way[0])) for way in ways],
    }
    yield _period(site.part("figures-period"), list(dimensions.quarters.values())[:1] + list(ended[-1:]))
    yield {"@id": f"{_EU}frequency/CONT", "@type": ["dct:Frequency", "skos:Concept"]}
    yield {"@id": f"{_EU}country/NLD", "@type": "dct:Location"}
    for name, dutch, english, address, each, rows in ways:
        yield _distribution(site, site.part(name), (dutch, english), address, each, rows)


def _vintage(site: Site, vintage: Vintage, dimensions: Dimensions) -> Iterator[Node]:
    own, name = _address(site, vintage), vintage.name or vintage.code
    quarters = [row for index, row in dimensions.quarters.items() if index <= vintage.last_quarter.index]
    asked = urlencode({"asOf": vintage.entry_id, "periodTo": vintage.last_quarter_id})
    cells, reported = _roll_ups(dimensions, len(quarters)), _figures(dimensions, len(quarters))
    ways = [
        ("package", "Datapakket", "Data package", f"{own}/data-package", ZIP, cells),
        ("roll-ups-csv", "Totalen", "Totals", f"{site.api}/roll-ups?{asked}", CSV, cells),
        ("figures-csv", "Gerapporteerde cijfers", "Reported figures", f"{site.api}/figures?{asked}", CSV, reported),
    ]
    yield {
        "@id": own,
        "@type": "dcat:Dataset",
        "dct:title": _both(
            f"Impact van de High Impact PPS’en, editie {name}", f"Impact of the High Impact PPS’en, vintage {name}"
        ),
        "dct:description": _both(
            f"De cijfers tot en met {vintage.last_quarter_id}, zoals ze werden gepubliceerd. Ze veranderen niet meer; "
            f"SHA-256: {vintage.sha256}.",
            f"The figures up to and including {vintage.last_quarter_id}, as they were published. They no longer "
            f"change; SHA-256: {vintage.sha256}.",
        ),
        "dct:identifier": own,
        **_common(site),
        "dcat:version": vintage.code,
        "dcat:isVersionOf": ref(site.part("figures")),
        "dct:issued": _moment(vintage.published_at),
        "dct:temporal": ref(f"{own}#period"),
        "dcat:landingPage": ref(f"{site.pages}edities/{vintage.code}"),
        "dcat:distribution": [ref(f"{own}#{way[0]}") for way in ways],
    }
    yield _period(f"{own}#period", quarters)
    for part, dutch, english, address, each, rows in ways:
        yield _distribution(site, f"{own}#{part}", (dutch, english), address, each, rows)


def _distribution(
    site: Site, own: str, titles: tuple[str, str], address: str, each: Format, rows: int
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": own,
        "@type": "dcat:Distribution",
        "dct:title": [text(f"{title} ({each.name})", code) for title, code in zip(titles, ("nl", "en"), strict=True)],
        "dcat:accessURL": ref(address),
        "dcat:accessService": ref(site.part("api")),
        "dct:license": ref(licence.ADDRESS),
        "dct:format": ref(f"{_EU}file-type/{each.file_type}"),
        "dcat:mediaType": ref(f"{_MEDIA}{each.media_type}"),
        # The profile wants a size, and takes one that is about right.
        "dcat:byteSize": typed(rows * each.bytes_a_row, "xsd:nonNegativeInteger"),
    }
    if each is ZIP:
        # The others are chosen by a header, which no address holds.
        found["dcat:downloadURL"] = ref(address)
    return found


def _roll_ups(dimensions: Dimensions, quarters: int) -> int:
    """How many rows the roll-ups of so many quarters have."""
    scopes = (len(dimensions.consortia) + 1) * (len(dimensions.action_lines) + 1)
    return scopes * len(dimensions.indicators) * quarters


def _figures(dimensions: Dimensions, quarters: int) -> int:
    """How many figures are reported in so many quarters, about: some indicators are by action line, some not."""
    return len(dimensions.consortia) * len(dimensions.indicators) * 3 * quarters


def _period(own: str, quarters: Sequence[Quarter]) -> Node:
    found: dict[str, Any] = {"@id": own, "@type": "dct:PeriodOfTime"}
    if quarters:
        found["dcat:startDate"] = typed(quarters[0].start_date, "xsd:date")
        found["dcat:endDate"] = typed(quarters[-1].end_date, "xsd:date")
    return found


def _address(site: Site, vintage: Vintage) -> str:
    return f"{site.api}/vintages/{vintage.code}"


def _moment(moment: datetime) -> Node:
    return typed(moment.isoformat(timespec="seconds"), "xsd:dateTime")
