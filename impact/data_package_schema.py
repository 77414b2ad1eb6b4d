"""What a data package says of its own tables: fields, types, keys, and how to read them. In words that never change."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Field = tuple[str, str, str]
"""Name, type in Table Schema, description."""


@dataclass(frozen=True)
class Table:
    """A table; `key` tells its rows apart, and `references` names for a field the table that has its members."""

    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    references: Mapping[str, tuple[str, str]]

    @property
    def columns(self) -> list[str]:
        return [name for name, _type, _description in self.fields]


_OF = {
    "consortium": ("consortia", "slug"),
    "actionLine": ("action-lines", "code"),
    "indicator": ("indicators", "code"),
    "period": ("periods", "id"),
}
_WITHHELD: Field = ("withheld", "boolean", "True: persons by action line; no numbers are given, nor who reported.")

TABLES: dict[str, Table] = {
    "figures": Table(
        "Figures as reported",
        "The numbers that count, by HIP, quarter, indicator and action line. Organisations are in the roll-ups alone.",
        (
            ("consortium", "string", "Slug of the HIP."),
            ("period", "string", "Quarter, such as 2025Q1."),
            ("actionLine", "string", "Code of the action line; empty for what is not by action line."),
            ("indicator", "string", "Code of the indicator."),
            ("value", "number", "Empty for a ratio."),
            ("numerator", "integer", "For a ratio."),
            ("denominator", "integer", "For a ratio."),
            ("unit", "string", "Unit of the value."),
            ("version", "integer", "Version of the report that it stands in."),
            ("seq", "integer", "Ledger entry that made it count."),
            _WITHHELD,
        ),
        ("consortium", "period", "indicator", "actionLine"),
        _OF,
    ),
    "roll-ups": Table(
        "Roll-ups",
        "Totals for every HIP and the programme, every action line and all together. HIPs and action lines overlap: "
        "they do not add up.",
        (
            ("consortium", "string", "Slug of the HIP; empty: the programme."),
            ("actionLine", "string", "Code of the action line; empty: all together."),
            ("indicator", "string", "Code of the indicator."),
            ("period", "string", "Quarter, such as 2025Q1."),
            ("value", "number", "In the quarter; for a ratio a share. Empty: nobody reported. 0 is a reported zero."),
            ("new", "integer", "Organisations seen here for the first time."),
            ("trailingYear", "number", "The quarter and the three before it."),
            ("cumulative", "number", "Since the first quarter."),
            ("low", "integer", "Companies at least, with those without a KVK number."),
            ("high", "integer", "Companies at most, with those without a KVK number."),
            ("numerator", "integer", "Of value, for a ratio."),
            ("denominator", "integer", "Of value, for a ratio."),
            ("reported", "integer", "HIPs that reported."),
            ("expected", "integer", "HIPs that were expected to."),
            ("trailingYearReported", "integer", "HIP-quarters of the trailing year that were reported."),
            ("trailingYearExpected", "integer", "HIP-quarters of the trailing year that were expected."),
            ("status", "string", "final, or provisional: a quarter is open or a HIP has not reported."),
            ("unit", "string", "Unit of the value."),
            _WITHHELD,
            ("break", "boolean", "True: the windows leave out quarters with an older definition."),
        ),
        ("consortium", "actionLine", "indicator", "period"),
        _OF,
    ),
    "consortia": Table(
        "High Impact PPS’en (HIPs)",
        "With their names when the vintage was published.",
        (
            ("slug", "string", "Stays the same."),
            ("name", "string", "Name."),
            ("startDate", "date", "First day of taking part."),
            ("endDate", "date", "Last day of taking part."),
        ),
        ("slug",),
        {},
    ),
    "action-lines": Table(
        "Action lines",
        "The five action lines of the programme.",
        (
            ("code", "string", "Code."),
            ("nameNl", "string", "Name in Dutch."),
            ("nameEn", "string", "Name in English."),
        ),
        ("code",),
        {},
    ),
    "indicators": Table(
        "Indicators",
        "The codebook, with the definition in force in the last quarter.",
        (
            ("code", "string", "Code."),
            ("nameNl", "string", "Name in Dutch."),
            ("nameEn", "string", "Name in English."),
            ("kind", "string", "flow, stock, unique or ratio: how it adds up."),
            ("unit", "string", "Unit."),
            ("source", "string", "entered or derived."),
            ("byActionLine", "boolean", "Whether it has figures by action line."),
            ("definitionNl", "string", "Meaning in Dutch."),
            ("definitionEn", "string", "Meaning in English."),
        ),
        ("code",),
        {},
    ),
    "periods": Table(
        "Quarters",
        "The quarters that the vintage covers.",
        (
            ("id", "string", "Such as 2025Q1."),
            ("startDate", "date", "First day."),
            ("endDate", "date", "Last day."),
        ),
        ("id",),
        {},
    ),
}


def resource(name: str, *, profile: str, licence: Mapping[str, str], content: bytes) -> dict[str, Any]:
    """A file as `datapackage.json` describes it."""
    table = TABLES[name]
    fields = [
        {"name": field, "type": kind, "description": text, **_constraints(table, field)}
        for field, kind, text in table.fields
    ]
    keys = [
        {"fields": [field], "reference": {"resource": other, "fields": [member]}}
        for field, (other, member) in table.references.items()
    ]
    return {
        "$schema": f"{profile}dataresource.json",
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        "title": table.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "licenses": [dict(licence)],
        "dialect": {"$schema": f"{profile}tabledialect.json", "delimiter": ",", "lineTerminator": "\r\n"},
        "schema": {
            "$schema": f"{profile}tableschema.json",
            "fields": fields,
            "missingValues": [""],
            **({"foreignKeys": keys} if keys else {"primaryKey": list(table.key)}),
            # Of a key with members that may be empty, which a primary key does not allow.
            "uniqueKeys": [list(table.key)],
        },
    }


def _constraints(table: Table, field: str) -> dict[str, Any]:
    if not table.references and field in table.key:
        return {"constraints": {"required": True, "unique": True}}
    if field in ("indicator", "period", "unit", "withheld"):
        return {"constraints": {"required": True}}
    return {}


DESCRIPTION = (
    "De openbare cijfers van een editie van het impactportaal: wat de High Impact PPS’en rapporteerden en de totalen "
    "daarvan, zoals bekend na één regel van het grootboek. / The public figures of a vintage of the impact portal: "
    "what the High Impact PPS’en reported and its totals, as known after one entry of the ledger."
)

README = """# Impact van de High Impact PPS’en: editie {name}

De openbare cijfers tot en met {period}, zoals bekend na regel {seq} van het grootboek. Ze veranderen niet meer: wie
dit pakket opnieuw ophaalt, krijgt dezelfde bestanden.

- `roll-ups.csv`: de totalen per HIP en van het programma, per kwartaal, per actielijn en over alle actielijnen. HIP’s
  en actielijnen overlappen: ze tellen niet op. Een lege waarde is niet gerapporteerd, 0 is een gerapporteerde nul. Bij
  elk totaal staat hoeveel HIP’s rapporteerden (`reported`) van hoeveel (`expected`).
- `figures.csv`: de getallen zoals gerapporteerd.
- `consortia.csv`, `action-lines.csv`, `indicators.csv`, `periods.csv`: wat de codes betekenen.
- Personen per actielijn zijn niet openbaar: zulke rijen hebben `withheld` = `true` en geen getallen.

`datapackage.json` beschrijft elke kolom en noemt van elk bestand de SHA-256. De SHA-256 van de editie, over de rijen
van `figures.csv` en `roll-ups.csv`, is `{sha256}`.

Licentie: CC BY 4.0 ({licence}). Noem als bron: impactportaal High Impact PPS’en, editie {code}.

# Impact of the High Impact PPS’en: vintage {name}

The public figures up to and including {period}, as known after entry {seq} of the ledger. They no longer change:
whoever downloads this package again gets the same files.

- `roll-ups.csv`: the totals of every HIP and of the programme, by quarter, by action line and over all of them. HIPs
  and action lines overlap: they do not add up. An empty value was not reported, 0 is a reported zero. Every total says
  how many HIPs reported (`reported`), of how many (`expected`).
- `figures.csv`: the numbers as reported.
- `consortia.csv`, `action-lines.csv`, `indicators.csv`, `periods.csv`: what the codes mean.
- Persons by action line are not public: such rows have `withheld` = `true`, and no numbers.

`datapackage.json` describes every column, and has the SHA-256 of every file. The SHA-256 of the vintage, over the rows
of `figures.csv` and `roll-ups.csv`, is `{sha256}`.

Licence: CC BY 4.0 ({licence}). Name as source: impact portal High Impact PPS’en, vintage {code}.
"""
