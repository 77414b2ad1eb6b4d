"""The year overview for RVO (jaaroverzicht): what one HIP spent, raised and achieved in a year, as PDF and xlsx.

The same ledger entry and the same revision of the plan give the same bytes: nothing in it looks at the clock. It is no
form of RVO, which publishes none; it holds what the lead partner needs to fill in the yearly progress report.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import clock, notation
from consortia.models import Consortium, Programme
from impact import budgets, documents, finance, ledger, rollups
from impact.finance import COSTS, Finance
from impact.ledger import State
from impact.models import Kind, LedgerEntry
from impact.rollups import Cell, Dimensions, Selection
from impact.views.figures import unit_word

_TEMPLATE = "impact/receipts/receipt.typ"
_AUTHOR = "High Impact PPS'en"


class As(Enum):
    """How a value is written."""

    TEXT = auto()
    EURO = auto()
    NUMBER = auto()
    SHARE = auto()


@dataclass(frozen=True)
class Value:
    """A cell of a table; None stands for what is not known or not reported."""

    value: str | int | Decimal | None
    how: As = As.TEXT


@dataclass(frozen=True)
class Table:
    title: str
    notes: tuple[str, ...]
    head: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Overview:
    """Everything that the files say, in the language at hand."""

    consortium: Consortium
    year: int
    title: str
    lead: str
    notice: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    moment: datetime
    seq: int
    revision: int

    @property
    def file_name(self) -> str:
        return f"rvo-{self.consortium.slug}-{self.year}-{self.seq}-{self.revision}"


def of(
    actor: Any, consortium: Consortium, year: int, *, seq: int | None = None, revision: int | None = None
) -> Overview | None:
    """As of a ledger entry and a revision of the plan; else the newest. None: no such year or entry."""
    entry = LedgerEntry.objects.filter(seq=ledger.newest() if seq is None else seq).first()
    dimensions = Dimensions.read()
    if entry is None or entry.recorded_at is None or year not in budgets.years():
        return None
    state = ledger.resolve(entry.seq)
    day = timezone.localtime(entry.recorded_at, clock.AMSTERDAM).date()
    money = finance.read(actor, state, dimensions, consortia=[consortium.pk], plan=budgets.read(revision), today=day)
    return _Writer(actor, consortium, year, money, dimensions, entry.recorded_at, day).overview()


class _Writer:
    """The tables of one HIP and year."""

    def __init__(
        self,
        actor: Any,
        consortium: Consortium,
        year: int,
        money: Finance,
        dimensions: Dimensions,
        moment: datetime,
        day: date,
    ) -> None:
        self._actor = actor
        self._hip = consortium
        self._year = year
        self._money = money
        self._state: State = money.state
        self._dimensions = dimensions
        self._moment = moment
        self._quarters = [dimensions.quarters[index] for index in money.quarters[year]]
        self._ended = [quarter for quarter in self._quarters if quarter.end_date < day]
        self._amounts = [money.of(consortium.pk, year, item) for item in money.items]

    def overview(self) -> Overview:
        words = {"hip": self._hip.name, "year": self._year}
        return Overview(
            consortium=self._hip,
            year=self._year,
            title=_("Year overview for RVO, %(year)d") % words,
            lead=self._hip.name,
            notice=_notice(),
            facts=tuple(self._facts()),
            tables=(self._plan(), self._by_quarter(), self._indicators(), self._coverage()),
            notes=tuple(self._notes()),
            moment=self._moment,
            seq=self._state.seq,
            revision=self._money.plan.revision,
        )

    def _facts(self) -> Iterable[tuple[str, str]]:
        costs = self._money.of(self._hip.pk, self._year, self._item(COSTS)) if self._item(COSTS) else None
        yield _("HIP"), self._hip.name
        yield _("Calendar year"), str(self._year)
        yield _("Quarters"), self._how_far()
        if costs is not None and costs.realised is not None:
            grant = finance.grant_of(costs.realised)
            yield _("Grant by share of the costs"), self._share_words(grant)
        awarded = _("not known") if self._hip.grant_eur is None else _euro(self._hip.grant_eur)
        if self._hip.grant_eur is not None and self._hip.grant_is_maximum:
            awarded = _("at most %(amount)s") % {"amount": awarded}
        yield _("Grant awarded, whole period"), awarded
        moment = date_format(timezone.localtime(self._moment, clock.AMSTERDAM), "j F Y H:i")
        known = _("entry %(seq)d of the ledger, %(moment)s (Amsterdam time)")
        yield _("Figures as of"), known % {"seq": self._state.seq, "moment": moment}
        yield _("Plan as of"), _("revision %(number)d") % {"number": self._money.plan.revision}

    def _share_words(self, grant: Decimal | None) -> str:
        programme = Programme.objects.first()
        share = "" if programme is None else notation.percentage(programme.grant_share, language=_language())
        return "–" if grant is None else _("%(amount)s (%(share)s)") % {"amount": _euro(grant), "share": share}

    def _how_far(self) -> str:
        if len(self._ended) == len(self._quarters):
            return _("%(all)d, all of them have ended") % {"all": len(self._quarters)}
        ended = {"ended": len(self._ended), "all": len(self._quarters)}
        return _("%(ended)d of %(all)d have ended: the year is not complete yet") % ended

    def _item(self, code: str) -> int:
        return next((pk for pk in self._money.items if self._dimensions.indicators[pk].code == code), 0)

    def _plan(self) -> Table:
        rows = [
            (
                Value(self._name(amount.indicator_id)),
                Value(amount.planned, As.EURO),
                Value(amount.realised, As.EURO),
                Value(amount.difference, As.EURO),
                Value(amount.deviation, As.SHARE),
                Value(_("of %(expected)d: %(reported)d") % {"expected": amount.expected, "reported": amount.reported}),
                Value(_("more than 25%") if amount.is_flagged else ""),
            )
            for amount in self._amounts
        ]
        head = (
            _("Item"), _("Planned"), _("Realised"), _("Difference"), _("Deviation"), _("Quarters in"), _("Flag"),
        )  # fmt: skip
        notes = []
        if any(amount.planned is None for amount in self._amounts):
            notes.append(_("A dash under Planned: no plan is known, so there is no deviation either."))
        if not all(amount.is_complete for amount in self._amounts):
            notes.append(
                _("The year is not complete: what lies below the plan is flagged once every quarter has been reported.")
            )
        return Table(_("Planned and realised"), tuple(notes), head, (5, 3, 3, 3, 2, 2, 2), tuple(rows))

    def _by_quarter(self) -> Table:
        rows = []
        for item in self._money.items:
            cells = [self._money.cells[self._hip.pk, item, quarter.index] for quarter in self._quarters]
            amounts = [Value(_decimal(cell.measures.value), As.EURO) for cell in cells]
            year = Value(self._money.of(self._hip.pk, self._year, item).realised, As.EURO)
            rows.append((Value(self._name(item)), *amounts, year))
        head = (_("Item"), *(str(quarter) for quarter in self._quarters), _("Year"))
        note = _("A dash: not reported. 0: reported as nothing.")
        return Table(_("Realised by quarter"), (note,), head, (5, *(3 for _each in head[1:])), tuple(rows))

    def _indicators(self) -> Table:
        last = self._quarters[-1]
        wanted = [pk for pk in self._state.definitions if pk not in self._money.items]
        selection = Selection(
            consortia=[self._hip.pk], action_lines=[None], indicators=wanted, quarters=[last.index], has_bounds=False
        )
        found = rollups.read(selection, self._actor, self._dimensions, state=self._state)
        cells = {cell.indicator_id: cell for cell in found}
        rows = [self._of_indicator(pk, cells[pk]) for pk in self._dimensions.indicators if pk in cells]
        head = (_("Indicator"), _("Unit"), _("Year"), _("Quarters in"))
        note = _(
            "The measure of four quarters up to and including %(quarter)s: flows added up, different organisations "
            "counted once, shares pooled. A state on the last day (stock) is that of this quarter alone."
        ) % {"quarter": last}
        return Table(_("All indicators"), (note,), head, (6, 3, 3, 2), tuple(row for row in rows))

    def _of_indicator(self, pk: int, cell: Cell) -> tuple[Value, ...]:
        found = self._state.definition(pk, cell.quarter)
        kind = found[1].kind if found else ""
        coverage = cell.coverage
        assert coverage is not None, "a HIP over all lines is never withheld"
        if kind == Kind.STOCK:
            measure, reported, expected = cell.measures.value, coverage.reported, coverage.expected
        else:
            measure = cell.measures.trailing_year
            reported, expected = coverage.trailing_year_reported, coverage.trailing_year_expected
        how = As.SHARE if kind == Kind.RATIO else As.NUMBER
        covered = _("of %(expected)d: %(reported)d") % {"expected": expected, "reported": reported}
        return Value(self._name(pk)), Value(unit_word(cell.unit)), Value(_decimal(measure), how), Value(covered)

    def _coverage(self) -> Table:
        counting = {row.quarter: row for row in self._state.counting if row.consortium_id == self._hip.pk}
        rows = []
        for quarter in self._quarters:
            row = counting.get(quarter.index)
            state = _("counts, version %(number)d") % {"number": row.version_number} if row else _("not reported")
            if quarter not in self._ended:
                state = _("has not ended")
            closed = _("closed") if quarter.index in self._state.closed else _("open")
            rows.append((Value(str(quarter)), Value(state), Value(closed), Value(row.seq if row else None, As.NUMBER)))
        head = (_("Quarter"), _("Report"), _("Quarter is"), _("Ledger entry"))
        return Table(_("What this rests on"), (), head, (3, 4, 3, 2), tuple(rows))

    def _notes(self) -> Iterable[str]:
        flagged = [self._name(amount.indicator_id) for amount in self._amounts if amount.is_flagged]
        if flagged:
            yield _("Deviates more than 25%% from the plan: %(items)s. RVO asks for a change request then.") % {
                "items": ", ".join(flagged)
            }
        if any(amount.planned is not None for amount in self._amounts):
            sources = {
                source
                for (hip, year, _item), source in self._money.plan.sources.items()
                if (hip, year) == (self._hip.pk, self._year)
            }
            yield _("Source of the plan: %(sources)s.") % {"sources": "; ".join(sorted(sources)).rstrip(".")}
        yield _("The grant by share of the costs is arithmetic; what is granted is decided by RVO.")
        for amount in self._amounts:
            if (since := self._state.break_in(amount.indicator_id, self._quarters[-1].index)) is not None:
                yield _("%(item)s has another definition from %(quarter)s on.") % {
                    "item": self._name(amount.indicator_id), "quarter": self._dimensions.quarters[since],
                }  # fmt: skip
        place = f"{settings.PUBLIC_URL}/financien/{self._hip.slug}/{self._year}"
        address = f"{place}.pdf?seq={self._state.seq}&begroting={self._money.plan.revision}"
        yield _("This very document again: %(address)s") % {"address": address}

    def _name(self, indicator: int) -> str:
        return self._dimensions.indicators[indicator].name


# --- the two files


def pdf(overview: Overview) -> bytes:
    sections = [
        {
            "title": table.title,
            "paragraphs": list(table.notes),
            "head": list(table.head),
            "columns": list(table.widths),
            "numeric": _numeric(table),
            "rows": [[documents.breakable(_written(value)) for value in row] for row in table.rows],
        }
        for table in overview.tables
    ]
    notes = {"title": _("Notes"), "paragraphs": [documents.breakable(text) for text in overview.notes], "rows": []}
    words = {"seq": overview.seq, "revision": overview.revision}
    data = {
        "language": _language(),
        "title": overview.title,
        "description": f"{overview.title}: {overview.lead}",
        "lead": overview.lead,
        "notice": overview.notice,
        "facts": [list(fact) for fact in overview.facts],
        "sections": [*sections, notes],
        "footer": " · ".join([overview.lead, str(overview.year), _("entry %(seq)d, plan %(revision)d") % words]),
        "page": _("page"),
    }
    return documents.pdf(_TEMPLATE, data, moment=overview.moment)


def _numeric(table: Table) -> list[bool]:
    return [any(row[place].how != As.TEXT for row in table.rows) for place in range(len(table.head))]


def _written(value: Value) -> str:
    if value.value is None:
        return "–"
    if isinstance(value.value, str):
        return value.value
    if value.how == As.EURO:
        return _euro(value.value)
    if value.how == As.SHARE:
        return notation.percentage(value.value, language=_language())
    return notation.number(value.value, language=_language())


def xlsx(overview: Overview) -> bytes:
    """One sheet: the facts, the tables below each other, the notes. Numbers are numbers, texts never formulas."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book: Any = xlsxwriter.Workbook(stream, options)
    moment = overview.moment.astimezone(clock.AMSTERDAM).replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": overview.title, "author": _AUTHOR, "company": "", "created": moment})
    sheet = book.add_worksheet(str(overview.year))
    bold = book.add_format({"bold": True})
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        As.EURO: book.add_format({"num_format": "€ #,##0.00;-€ #,##0.00"}),
        As.NUMBER: book.add_format({"num_format": "#,##0"}),
        As.SHARE: book.add_format({"num_format": "0.0%"}),
    }
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 8, 18)
    place = 0
    for text, how in ((overview.title, title), (overview.lead, bold), (overview.notice, bold)):
        if text:
            sheet.write_string(place, 0, text, how)
            place += 1
    for label, text in overview.facts:
        sheet.write_string(place, 0, label)
        sheet.write_string(place, 1, text)
        place += 1
    for table in overview.tables:
        place += 1
        sheet.write_string(place, 0, table.title, bold)
        for at, text in enumerate(table.head):
            sheet.write_string(place + 1, at, text, head)
        place += 2
        for row in table.rows:
            for at, value in enumerate(row):
                _write(sheet, place, at, value, formats)
            place += 1
        for text in table.notes:
            sheet.write_string(place, 0, text)
            place += 1
    for text in ("", *overview.notes):
        sheet.write_string(place, 0, text)
        place += 1
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
    return stream.getvalue()


def _write(sheet: Any, row: int, column: int, value: Value, formats: dict[As, Any]) -> None:
    """What is not known stays empty: a dash would be a text among numbers."""
    if value.value is None:
        return
    if isinstance(value.value, str):
        sheet.write_string(row, column, value.value)
    else:
        sheet.write_number(row, column, value.value, formats[value.how])


# --- how it is written


def _notice() -> str:
    programme = Programme.objects.first()
    return _("Demonstration data: all figures are made up.") if programme and programme.is_demo else ""


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else Decimal(number)


def _euro(amount: int | Decimal) -> str:
    return notation.euro(amount, language=_language())


def _language() -> str:
    return (get_language() or notation.DUTCH)[:2]
