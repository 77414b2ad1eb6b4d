"""The report as files, from its content alone: the PDF for people, the workbook for who reckons on.

The same content gives the same bytes, on every machine: the dates in the files are that of the vintage.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from consortia import spreadsheets
from consortia.spreadsheets import Amount, Column, Sheet
from impact import documents
from impact.programme_report.cells import ONLY_WORKBOOK, Cell

_TEMPLATE = "impact/reports/programme.typ"
_NO_NUMBER = "–"


def pdf(content: Mapping[str, Any]) -> bytes:
    """The report on paper, in its own language."""
    sections = [_printed(section) for section in content["sections"] if section["where"] != ONLY_WORKBOOK]
    return documents.pdf(_TEMPLATE, {**content, "sections": sections}, moment=_moment(content))


def _printed(section: Mapping[str, Any]) -> dict[str, Any]:
    tables = [
        {
            **table,
            "rows": [
                {"is_total": row["is_total"], "cells": [documents.breakable(_text(each)) for each in row["cells"]]}
                for row in table["rows"]
            ],
        }
        for table in section["tables"]
    ]
    return {**section, "tables": tables}


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else str(cell["text"])


def xlsx(content: Mapping[str, Any]) -> bytes:
    """The report as a workbook; the language at hand is that of the content."""
    about = [
        (content["title"], content["programme"]),
        ("", content["lead"]),
        *([("", content["notice"])] if content["notice"] else []),
        *((each["label"], f"{each['value']}; {each['note']}") for each in content["key_figures"]),
        *content["about"],
        *([(content["note"]["title"], content["note"]["text"])] if content["note"] else []),
    ]
    stream = spreadsheets.written(
        _sheets(content),
        about=about,
        about_title=content["about_title"],
        title=content["title"],
        created=_moment(content),
        in_memory=True,
    )
    with stream:
        return stream.read()


def _sheets(content: Mapping[str, Any]) -> Iterator[Sheet]:
    for section in content["sections"]:
        for number, table in enumerate(section["tables"]):
            name = section["sheet"] if number == 0 else table["title"]
            yield _sheet(name, table["title"] or section["title"], section["paragraphs"] if number == 0 else [], table)
        if section["sheet"] == content["sections"][0]["sheet"]:
            yield _courses(content["goals"])


def _sheet(name: str, title: str, preface: Sequence[str], table: Mapping[str, Any]) -> Sheet:
    return Sheet(
        name=name,
        title=title,
        preface=preface,
        columns=[
            Column(each["label"], width=max(each["width"], 17 if each["is_number"] else 13))
            for each in table["columns"]
        ],
        rows=[_values(row, table["columns"]) for row in table["rows"]],
        remarks=table["remarks"],
        totals=sum(row["is_total"] for row in table["rows"]),
    )


def _values(row: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> list[object]:
    return [_value(cell, column["is_number"]) for cell, column in zip(row["cells"], columns, strict=True)]


def _value(cell: Cell, is_number: bool) -> object:
    """A number as such; what was not reported is an empty cell, for a dash would be text among numbers."""
    if isinstance(cell, str):
        return None if is_number and cell.startswith(_NO_NUMBER) else cell
    return Amount(Decimal(cell["number"]), cell["unit"])


def _courses(goals: Mapping[str, Any]) -> Sheet:
    """All courses below each other: a list that a spreadsheet can filter."""
    first = goals["each"][0]["course"]["columns"] if goals["each"] else []
    return Sheet(
        name=goals["sheet"],
        title=goals["title"],
        columns=[Column(goals["label"], width=26), *(Column(each["label"], width=16) for each in first)],
        rows=[
            [
                goal["title"],
                *(_value(cell, column["is_number"]) for cell, column in zip(row["cells"], first, strict=True)),
            ]
            for goal in goals["each"]
            for row in goal["course"]["rows"]
        ],
    )


def _moment(content: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(content["moment"])
