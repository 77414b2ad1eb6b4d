"""The tables of figures on the public pages as one list: a row a cell, as far as whoever asks may see it."""

from collections.abc import Iterable

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from consortia import exports
from consortia.exports import Columns
from consortia.spreadsheets import Column
from consortia.templatetags import portal
from impact.views.figures import YEAR, Reader, Shown, unit_word
from impact.views.lists import cell_of, known


def cells(request: HttpRequest, reader: Reader, shown: Iterable[Shown], *, name: str, title: str) -> FileResponse:
    """Every measure of each cell with its coverage; of what is withheld only that it is, once for its row."""
    columns: Columns = [
        Column(_("HIP"), width=40), Column(_("Action line"), width=34), Column(_("Indicator"), width=34), _("Unit"),
        _("Quarter"), _("This quarter"), _("New"), _("Four quarters"), _("Since the start"), _("At least"),
        _("At most"), _("HIPs that reported"), _("HIPs expected"), _("Status"), _("New definition from"),
    ]  # fmt: skip
    rows = (
        [
            each.consortium.name if each.consortium else _("The programme"),
            each.action_line.name if each.action_line else _("all action lines"),
            each.indicator.name,
            unit_word(each.cell.unit),
            portal.quarter(each.quarter.pk),
            cell_of(each, "value"),
            *(
                [None] * 8
                if each.cell.withheld
                else [
                    *(cell_of(each, measure) for measure in ("new", YEAR, "cumulative", "low", "high")),
                    each.measure("reported"),
                    each.measure("expected"),
                    portal.state_word("final" if each.cell.is_final else "provisional"),
                ]
            ),
            portal.quarter(each.broken_from.pk) if each.broken_from else None,
        ]
        for each in shown
    )
    return exports.answer(request, name=name, title=title, columns=columns, rows=rows, about=known(reader))
