"""Which column of a list is what, and what the words in it mean. Pure.

A heading is proposed, and the reader confirms it; a word in a cell is either known or refused, never guessed.
Source: docs/semantics.md, "Input".
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from consortia import identifiers
from consortia.models import OrganisationType, Province, SizeClass
from impact.models import Involvement
from impact.organisation_list_table import Cell, Row, text_of

_NEAR = 84
"""From this likeness (0 to 100) on a heading is proposed, or a word suggested."""
_SHORTEST_NEAR = 4
_LOOKED_AT = 25
"""Rows at the beginning among which the headings are searched."""


class Column(StrEnum):
    """What a list may say of an organisation."""

    KVK = "kvk"
    CODE = "code"
    NAME = "name"
    TYPE = "type"
    POSTCODE = "postcode"
    SIZE = "size"
    EMPLOYEES = "employees"
    ACTION_LINE = "action_line"
    INVOLVEMENT = "involvement"
    PLACE = "place"
    MUNICIPALITY = "municipality"
    PROVINCE = "province"
    SBI = "sbi"


LIST_COLUMNS = (
    Column.KVK, Column.CODE, Column.NAME, Column.TYPE, Column.POSTCODE, Column.SIZE, Column.EMPLOYEES,
    Column.ACTION_LINE, Column.INVOLVEMENT,
)  # fmt: skip
"""Of a list of organisations that a HIP hands in."""
REGISTER_COLUMNS = (
    Column.KVK, Column.NAME, Column.POSTCODE, Column.PLACE, Column.MUNICIPALITY, Column.PROVINCE, Column.SIZE,
    Column.EMPLOYEES, Column.SBI,
)  # fmt: skip
"""Of an export of the trade register, for the register of organisations."""

COLUMN_LABELS: dict[Column, Promise] = {
    Column.KVK: _("KVK number"),
    Column.CODE: _("Institution code"),
    Column.NAME: _("Name"),
    Column.TYPE: _("Type"),
    Column.POSTCODE: _("Postcode"),
    Column.SIZE: _("Size class"),
    Column.EMPLOYEES: _("Number of employees"),
    Column.ACTION_LINE: _("Action line"),
    Column.INVOLVEMENT: _("Takes part through"),
    Column.PLACE: _("Place"),
    Column.MUNICIPALITY: _("Municipality"),
    Column.PROVINCE: _("Province"),
    Column.SBI: _("SBI code"),
}

_HEADINGS: dict[Column, tuple[str, ...]] = {
    Column.KVK: (
        "kvk", "kvknummer", "kvknr", "kvkno", "kvknum", "kvknumber", "nummerkvk", "kamervankoophandel",
        "kamervankoophandelnummer", "handelsregisternummer", "inschrijfnummerkvk", "dossiernummer", "kvkdossiernummer",
        "kvknummerofinstellingscode", "chamberofcommerce", "chamberofcommercenumber", "cocnumber", "coc",
    ),
    Column.CODE: (
        "brin", "brinnummer", "brinnr", "brincode", "instellingscode", "instellingsnummer", "schoolcode",
        "onderwijsinstellingscode", "institutioncode",
    ),
    Column.NAME: (
        "naam", "name", "handelsnaam", "bedrijfsnaam", "bedrijf", "bedrijven", "organisatie", "organisatienaam",
        "naamorganisatie", "naambedrijf", "naamvanhetbedrijf", "naamvandeorganisatie", "onderneming",
        "ondernemingsnaam", "statutairenaam", "organisation", "organization", "organisationname", "company",
        "companyname", "tradename", "partner", "deelnemer",
    ),
    Column.TYPE: (
        "type", "soort", "organisatietype", "typeorganisatie", "soortorganisatie", "soortbedrijf", "organisationtype",
        "typeoforganisation", "kind",
    ),
    Column.POSTCODE: ("postcode", "postcodevestiging", "pc", "pc6", "zip", "zipcode", "postalcode"),
    Column.SIZE: (
        "grootteklasse", "groottecategorie", "grootte", "omvang", "bedrijfsgrootte", "bedrijfsomvang", "omvangbedrijf",
        "omvangsklasse", "size", "sizeclass", "companysize", "mkb",
    ),
    Column.EMPLOYEES: (
        "aantalmedewerkers", "aantalwerknemers", "aantalwerkzamepersonen", "werkzamepersonen", "medewerkers",
        "werknemers", "aantalpersoneelsleden", "employees", "numberofemployees", "headcount",
    ),
    Column.ACTION_LINE: (
        "actielijn", "actielijnen", "lijn", "programmalijn", "actionline", "actionlines", "line",
    ),
    Column.INVOLVEMENT: (
        "betrokkenheid", "betrokkenvia", "rol", "wijzevandeelname", "deelname", "vormvandeelname", "doetmeevia",
        "doetmeeaan", "doetmeemet", "neemtdeelvia", "soortbetrokkenheid", "typebetrokkenheid", "aardvanbetrokkenheid",
        "involvement", "role", "takespartthrough", "takespartvia",
    ),
    Column.PLACE: (
        "plaats", "plaatsnaam", "vestigingsplaats", "woonplaats", "plaatsvestiging", "stad", "place", "city", "town",
    ),
    Column.MUNICIPALITY: ("gemeente", "gemeentenaam", "vestigingsgemeente", "municipality"),
    Column.PROVINCE: ("provincie", "provincienaam", "provinciecode", "province"),
    Column.SBI: (
        "sbi", "sbicode", "sbihoofdactiviteit", "hoofdactiviteit", "hoofdactiviteitsbi", "sbicodehoofdactiviteit",
        "hoofdsbi", "hoofdsbicode", "sbi2008", "sbi2025", "activiteitencode", "maincode", "sbimainactivity",
    ),
}  # fmt: skip
_BY_HEADING = {heading: column for column, headings in _HEADINGS.items() for heading in headings}

_TYPES: dict[str, tuple[str, ...]] = {
    OrganisationType.COMPANY: (
        "bedrijf", "bedrijven", "onderneming", "company", "business", "firm", "bv", "nv", "zzp", "mkbbedrijf",
    ),
    OrganisationType.SCHOOL: (
        "school", "onderwijsinstelling", "onderwijs", "kennisinstelling", "roc", "mbo", "mboinstelling", "aoc", "hbo",
        "hogeschool", "universiteit", "wo", "vo", "institution", "educationalinstitution", "university", "college",
    ),
    OrganisationType.GOVERNMENT: (
        "overheid", "gemeente", "provincie", "waterschap", "rijk", "rijksoverheid", "ministerie", "government",
        "municipality", "province",
    ),
    OrganisationType.OTHER: (
        "anders", "overig", "overige", "other", "stichting", "vereniging", "brancheorganisatie", "branchevereniging",
        "foundation", "association",
    ),
}  # fmt: skip
_SIZES: dict[str, tuple[str, ...]] = {
    SizeClass.MICRO: ("micro", "microbedrijf", "zzp", "<10", "0-9", "1-9", "1-10", "minderdan10", "fewerthan10"),
    SizeClass.SMALL: ("klein", "kleinbedrijf", "kleinmkb", "small", "10-49", "10-50"),
    SizeClass.MEDIUM: (
        "middel", "middelgroot", "middenbedrijf", "midden", "middelgrootbedrijf", "medium", "mediumsized", "50-249",
        "50-250",
    ),
    SizeClass.LARGE: (
        "groot", "grootbedrijf", "large", ">250", "250+", ">=250", "≥250", "250ofmeer", "250enmeer", "250ormore",
    ),
    SizeClass.UNKNOWN: ("onbekend", "unknown", "nvt", "na", "?", "-"),
}  # fmt: skip
_PROVINCES: dict[str, tuple[str, ...]] = {
    province.value: (province.label, *others)
    for province in Province
    for others in [{Province.FRYSLAN: ("friesland",), Province.NOORD_BRABANT: ("n-brabant",)}.get(province, ())]
}
_INVOLVEMENTS: dict[str, tuple[str, ...]] = {
    Involvement.PROJECT: ("project", "projecten", "projectdeelname", "projectpartner", "projects"),
    Involvement.TRAINING: ("training", "trainingen", "scholing", "cursus", "bijscholing", "omscholing"),
    Involvement.TEACHING: (
        "onderwijs", "lesgeven", "gastles", "gastlessen", "gastdocent", "hybridedocent", "teaching", "guestlecture",
    ),
    Involvement.INFRASTRUCTURE: (
        "infrastructuur", "infra", "infrastructure", "voorziening", "voorzieningen", "leeromgeving", "apparatuur",
    ),
    Involvement.COFINANCING: (
        "cofinanciering", "cofinancier", "financiering", "cofinancing", "cofinancer", "bijdrage",
    ),
    Involvement.NETWORK: ("netwerk", "netwerkpartner", "netwerkbijeenkomst", "network"),
    Involvement.INTERNSHIP: ("stage", "stages", "stagebedrijf", "leerbedrijf", "bpv", "internship", "internships"),
}  # fmt: skip


def fold(text: str) -> str:
    """The text without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


# --- headings


@dataclass(frozen=True)
class Recognised:
    column: Column
    is_sure: bool
    """False: only nearly the same as a heading that is known."""


def recognise(headings: Sequence[Cell], columns: Collection[Column] = LIST_COLUMNS) -> dict[int, Recognised]:
    """For each heading that means one of the columns which it is; of several that mean the same the first sure one."""
    by_heading = {heading: column for heading, column in _BY_HEADING.items() if column in columns}
    found: dict[int, Recognised] = {}
    folded = [fold(text_of(heading)) for heading in headings]
    taken: set[Column] = set()
    for number, heading in enumerate(folded):
        column = by_heading.get(heading)
        if column is not None and column not in taken:
            taken.add(column)
            found[number] = Recognised(column, is_sure=True)
    for number, heading in enumerate(folded):
        if number in found or heading in by_heading or len(heading) < _SHORTEST_NEAR:
            continue
        near = process.extractOne(heading, by_heading.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
        column = by_heading[near[0]] if near else None
        if column is not None and column not in taken:
            taken.add(column)
            found[number] = Recognised(column, is_sure=False)
    return dict(sorted(found.items()))


def heading_row(rows: Sequence[Row], columns: Collection[Column] = LIST_COLUMNS) -> int:
    """The number of the row that has the headings; 0 where the list begins at once."""
    best, most = 0, 0
    for row in rows[:_LOOKED_AT]:
        known = recognise(row.cells, columns)
        weight = sum(2 if each.is_sure else 1 for each in known.values())
        is_data = any(_is_identifier(cell) for cell in row.cells)
        if weight > most and not is_data:
            best, most = row.number, weight
    if best or not rows:
        return best
    return 0 if any(_is_identifier(cell) for cell in rows[0].cells) else rows[0].number


def recognise_contents(rows: Sequence[Row], columns: Collection[Column] = LIST_COLUMNS) -> dict[int, Recognised]:
    """For a list without headings: the columns that say themselves what they are."""
    found: dict[int, Recognised] = {}
    width = max((len(row.cells) for row in rows), default=0)
    tests = {
        Column.KVK: identifiers.is_kvk_number,
        Column.CODE: lambda text: identifiers.is_institution_code(text.upper()),
        Column.POSTCODE: lambda text: identifiers.normal_postcode(text.upper()) is not None,
    }
    for column, test in tests.items():
        if column not in columns:
            continue
        for number in range(width):
            texts = [text for row in rows if (text := text_of(row.cell(number)))]
            if texts and number not in found and sum(map(test, texts)) * 2 > len(texts):
                found[number] = Recognised(column, is_sure=False)
                break
    return dict(sorted(found.items()))


def _is_identifier(cell: Cell) -> bool:
    text = text_of(cell)
    return identifiers.is_kvk_number(text) or identifiers.is_institution_code(text)


# --- words in the cells


class Words:
    """The words of one column, in Dutch and English, short and long, and the value that each means."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._values: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._looked_up: dict[str, str | None] = {}
        for value, texts in words.items():
            for text in (value, *texts):
                self._values.setdefault(_key(text), value)
                self._shown.setdefault(_key(text), text)

    def value(self, text: str) -> str | None:
        """What the text means; None where that is not known. A list has few different words and many rows."""
        if text not in self._looked_up:
            self._looked_up[text] = self._values.get(_key(text))
        return self._looked_up[text]

    def suggestion(self, text: str) -> str:
        """A known word that looks like this one; empty where there is none."""
        near = process.extractOne(_key(text), self._values.keys(), scorer=fuzz.ratio, score_cutoff=70)
        return self._shown[near[0]] if near else ""


def _key(text: str) -> str:
    """Folded; but a range of numbers keeps what makes it one."""
    if any(character.isdigit() for character in text):
        joined = re.sub(r"\s*(?:t/m|tot en met|tot|–|—|to)\s*", "-", text.casefold())
        return re.sub(r"[^a-z0-9<>=≥+-]|medewerkers|werknemers|employees", "", joined)
    return fold(text) or text.strip()


@dataclass(frozen=True)
class Vocabulary:
    """The words of all columns that have a fixed choice."""

    types: Words
    sizes: Words
    involvements: Words
    action_lines: Words

    @classmethod
    def of(cls, action_lines: Mapping[str, Iterable[str]]) -> "Vocabulary":
        """With the names of the action lines, by their codes."""
        return cls(
            types=Words(_TYPES),
            sizes=Words(_SIZES),
            involvements=Words(_INVOLVEMENTS),
            action_lines=Words(
                {
                    code: [*(name for name in names if name), *_LINES.get(code, ())]
                    for code, names in action_lines.items()
                }
            ),
        )


_LINES: dict[str, tuple[str, ...]] = {
    "ecosystems": ("ketens en ecosystemen", "ecosystemen", "ecosysteem", "keten"),
    "talent": ("talentontwikkeling",),
    "lifelong-learning": ("leven lang leren", "leven lang ontwikkelen", "een leven lang ontwikkelen", "lll"),
    "innovation": ("innovatie beroepspraktijk", "innovation of professional practice"),
    "infrastructure": ("infrastructuur", "contextrijke infrastructuur", "contextrijke leeromgeving"),
}


def sizes() -> Words:
    """The words for size classes."""
    return Words(_SIZES)


def provinces() -> Words:
    """The words for provinces: names and codes."""
    return Words(_PROVINCES)


def size_of(employees: int) -> str:
    """The class of a head count, as in docs/semantics.md, "Identifiers"."""
    if employees < 10:
        return SizeClass.MICRO
    if employees < 50:
        return SizeClass.SMALL
    return SizeClass.MEDIUM if employees < 250 else SizeClass.LARGE
