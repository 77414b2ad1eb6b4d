"""The sheets with organisations: one row an organisation, with its ways of taking part in each action line."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from consortia.errors import escaped
from consortia.models import OrganisationType, SizeClass
from impact.forms.questions import Questions
from impact.models import Involvement
from impact.spreadsheet import Cell, Row
from impact.submission import ParticipationLine
from impact.workbook import cells, layout, words
from impact.workbook.cells import Table

if TYPE_CHECKING:
    from impact.workbook.reading import Reading

_BETWEEN = re.compile(r"[;,\n]")


def read(table: Table, questions: Questions, reading: "Reading") -> None:
    """The rows of the list; a row without an action line is asked about, for it could mean two things."""
    columns = layout.organisation_columns(questions)
    for row in table.rows:
        if table.filled(row, columns):
            reading.lines += organisation(table, row, questions, reading)


def read_proposals(table: Table, questions: Questions, reading: "Reading") -> None:
    """Of proposed organisations those that take part are added, and those that do not are left out from now on."""
    answers = words.yes_or_no()
    columns = [layout.TAKES_PART, *layout.organisation_columns(questions)]
    for row in table.rows:
        if not table.filled(row, columns):
            continue
        answer = cells.choice(table.at(row, layout.TAKES_PART), answers, [words.yes(), words.no()], reading.findings)
        if answer == words.YES:
            reading.lines += organisation(table, row, questions, reading)
        elif answer == words.NO:
            identifiers = [cells.text(table.at(row, key), reading.findings) for key in layout.FACTS[:2]]
            reading.left_out += [each for each in identifiers if each][:1]


def organisation(table: Table, row: Row, questions: Questions, reading: "Reading") -> list[ParticipationLine]:
    findings = reading.findings
    at = {key: table.at(row, key) for key in layout.FACTS}
    members = {key: cell.address for key, cell in at.items()}
    facts = {key: cells.text(at[key], findings) for key in ("kvkNumber", "institutionCode", "name", "postcode")}
    facts["kvkNumber"] = re.sub(r"\s", "", facts["kvkNumber"])
    for key in ("institutionCode", "postcode"):
        facts[key] = " ".join(facts[key].upper().split())
    for key, choices in (("organisationType", OrganisationType), ("sizeClass", SizeClass)):
        known, shown = words.of_choices(choices), words.labels(choices).values()
        value = cells.choice(at[key], known, shown, findings)
        # A word that is not known has its problem; the first choice keeps the check from saying it again.
        facts[key] = choices.values[0] if value is None else value
    for identifier in filter(None, (facts["kvkNumber"], facts["institutionCode"])):
        reading.listed.setdefault(escaped(identifier), (row.sheet, row.number, table.columns))
    found = []
    for line in questions.action_lines:
        cell = table.at(row, f"{layout.LINE}{line.code}")
        for involvement in _involvements(cell, reading):
            reading.places.add(cell.address, members)
            found.append(
                layout.as_line(
                    [facts[key] for key in layout.FACTS],
                    origin=cell.address,
                    action_line=line.code,
                    involvement=involvement,
                )
            )
    if found or any(not table.at(row, f"{layout.LINE}{line.code}").is_blank for line in questions.action_lines):
        return found
    first = table.at(row, f"{layout.LINE}{questions.action_lines[0].code}").address
    detail = _("Fill in how it takes part, in at least one action line; if it does not any more, take the row out.")
    findings.refuse(first, "required", detail)
    reading.places.add(first, members)
    # So that what else is wrong with the row is said as well; with a problem nothing is stored.
    return [
        layout.as_line(
            [facts[key] for key in layout.FACTS],
            origin=first,
            action_line=questions.action_lines[0].code,
            involvement=Involvement.PROJECT,
        )
    ]


def _involvements(cell: Cell, reading: "Reading") -> list[str]:
    """What stands in one cell, each word once."""
    known, shown = words.of_choices(Involvement), words.labels(Involvement).values()
    found: list[str] = []
    unknown = []
    for word in _BETWEEN.split(cells.text(cell, reading.findings)):
        if not word.strip():
            continue
        value = known.value(word)
        if value is None:
            unknown.append(word.strip())
        elif value not in found:
            found.append(value)
    if unknown:
        detail = _("Choose from: %(choices)s; several with a semicolon between them.") % {"choices": ", ".join(shown)}
        reading.findings.refuse(cell.address, "unknown", detail)
    return found
