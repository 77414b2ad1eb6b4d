"""What is no longer as it was in the vintage before, and by which entries of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consortia import clock
from consortia.templatetags import portal
from impact import comparison, feed, vintages
from impact.comparison import Changed, Comparison
from impact.effects import MEASURES, Change, measures_of
from impact.models import EntryKind, Kind, Vintage
from impact.models.codebook import EURO
from impact.programme_report import cells
from impact.programme_report.cells import Cell
from impact.views.effects import COLUMNS
from impact.views.figures import SHARE, Reader

_MOST_ROWS = 60
"""Of changed totals on paper; the workbook has all of them."""


def before(vintage: Vintage) -> Vintage | None:
    """The newest vintage that is older in the ledger."""
    older = Vintage.objects.filter(entry__lt=vintage.entry_id).select_related("last_quarter")
    return older.order_by("-entry", "-pk").first()


@dataclass(frozen=True)
class Changes:
    """What differs from the vintage before, as one audience may see it."""

    previous: Vintage
    found: Comparison
    entries: tuple[feed.Change, ...]


def read(reader: Reader, vintage: Vintage) -> Changes | None:
    """None where there is no vintage before."""
    previous = before(vintage)
    if previous is None:
        return None
    found = comparison.compare(
        previous.entry_id,
        vintage.entry_id,
        reader.user,
        reader.dimensions,
        upto=vintages.upto(previous, vintage, reader.dimensions),
    )
    size = found.last_seq - found.first_seq
    entries = feed.read(reader.user, after=found.first_seq, upto=found.last_seq, size=size)
    return Changes(previous, found, tuple(entries))


def sections(changes: Changes | None, reader: Reader, *, with_reasons: bool) -> list[dict[str, Any]]:
    """The changed totals and the entries, in the language at hand."""
    if changes is None:
        nothing = _("This is the first vintage: there is none before it to compare with.")
        return [cells.section(_("Changes"), _("What changed since the vintage before"), paragraphs=[nothing])]
    previous, found = changes.previous, changes.found
    revised = [row for row in found.cells if _is_revised(row, previous)]
    totals = [row for row in revised if row.change.after.action_line_id is None]
    programme = [row for row in totals if row.change.after.consortium_id is None]
    names = {"name": previous.name or previous.code, "number": portal.number(len(revised))}
    if not revised:
        said = [_("No figure that stood in the vintage %(name)s is another by now.") % names]
    else:
        text = _("Of the figures that stood in the vintage %(name)s, %(number)s are another by now; new quarters are "
                 "no change.")  # fmt: skip
        said = [text % names, "" if programme else _("No total of the programme is among them.")]
    left_out = len(programme) - _MOST_ROWS
    remark = (
        _("%(number)s more rows stand in the workbook.") % {"number": portal.number(left_out)} if left_out > 0 else ""
    )
    on_paper = _totals(programme[:_MOST_ROWS], found, reader, remarks=[remark], with_hips=False)
    return [
        cells.section(
            _("Changes"), _("What changed since the vintage before"), *([on_paper] if programme else []),
            paragraphs=said,
        ),
        cells.section(
            _("All changes"), _("All totals that changed"), _totals(totals, found, reader, with_hips=True),
            where=cells.ONLY_WORKBOOK,
        ),
        cells.section(_("Ledger"), _("What was decided in between"), _entries(changes.entries, reader, with_reasons)),
    ]  # fmt: skip


def _is_revised(row: Changed, previous: Vintage) -> bool:
    """Whether a number that stood there is another now."""
    had_numbers = any(old is not None for old, _new in row.change.measures.values())
    return row.change.after.quarter <= previous.last_quarter.index and had_numbers


def _totals(
    rows: Iterable[Changed], found: Comparison, reader: Reader, *, with_hips: bool, remarks: Iterable[str] = ()
) -> dict[str, Any]:
    columns = [
        *([cells.column(_("HIP"), 26)] if with_hips else []),
        cells.column(_("Indicator"), 28),
        cells.column(_("Quarter"), 11),
        cells.column(_("Figure"), 20),
        cells.column(_("Was"), 14, is_number=True),
        cells.column(_("Is"), 14, is_number=True),
        cells.column(_("Entries"), 13),
    ]
    written = [
        _row(row, name, found, reader, with_hips=with_hips)
        for row in rows
        for name in MEASURES
        if name in row.change.measures
    ]
    return cells.table("", columns, written, remarks=remarks)


def _row(row: Changed, name: str, found: Comparison, reader: Reader, *, with_hips: bool) -> list[Cell]:
    cell = row.change.after
    hip = None if cell.consortium_id is None else reader.dimensions.consortia[cell.consortium_id]
    old, new = measures_of(row.change.before)[name], measures_of(cell)[name]
    unit = _unit(row.change, found) if name in cells.IN_UNITS else ""
    return [
        *([hip.name if hip else _("The programme")] if with_hips else []),
        reader.dimensions.indicators[cell.indicator_id].name,
        portal.quarter(reader.dimensions.quarters[cell.quarter].pk),
        str(COLUMNS[name]),
        cells.number(old, unit),
        cells.number(new, unit),
        ", ".join(map(str, row.entries[:4])) + (" …" if len(row.entries) > 4 else ""),
    ]


def _unit(change: Change, found: Comparison) -> str:
    in_force = found.after.definition(change.after.indicator_id, change.after.quarter)
    if in_force is not None and in_force[1].kind == Kind.RATIO:
        return SHARE
    return EURO if change.after.unit == EURO else ""


def _entries(entries: Iterable[feed.Change], reader: Reader, with_reasons: bool) -> dict[str, Any]:
    names = {row.slug: row.name for row in reader.dimensions.consortia.values()}
    columns = [
        cells.column(_("Entry"), 9, is_number=True),
        cells.column(_("When"), 17),
        cells.column(_("What"), 24),
        cells.column(_("HIP"), 24),
        cells.column(_("Quarter"), 11),
        *([cells.column(_("Reason"), 28)] if with_reasons else []),
    ]
    rows: list[list[Cell]] = []
    for entry in entries:
        moment = timezone.localtime(entry.time, clock.AMSTERDAM)
        rows.append(
            [
                cells.number(entry.seq),
                date_format(moment, "j M Y H:i"),
                str(EntryKind(entry.kind).label),
                names.get(entry.consortium or "", ""),
                portal.quarter(entry.period),
                *([entry.reason or ""] if with_reasons else []),
            ]
        )
    return cells.table("", columns, rows)
