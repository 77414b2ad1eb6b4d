"""The lists of the public pages as workbooks: what each page shows, row by row, with nothing that it does not show."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from consortia import exports
from consortia.exports import Columns
from consortia.models import Consortium, User
from consortia.spreadsheets import EURO as EURO_CELLS
from consortia.spreadsheets import SHARE as SHARE_CELLS
from consortia.spreadsheets import Amount, Column
from consortia.templatetags import portal
from impact import lineage as tracing
from impact import overlap as overlapping
from impact.comparison import Changed, Comparison
from impact.effects import MEASURES, measures_of
from impact.lineage import Question
from impact.lineage_organisations import OrganisationRecord
from impact.lineage_rows import RowRecord
from impact.measures import Number, share
from impact.models import Involvement, Kind, Vintage
from impact.models.codebook import EURO
from impact.overlap import Wanted
from impact.views.effects import COLUMNS
from impact.views.figures import SHARE, YEAR, Reader, Shown

_AT_A_TIME = 2_000


def amount(value: Number | None, unit: str) -> object:
    """A number in its unit; nothing where there is none."""
    return None if value is None else Amount(Decimal(value), unit)


def known(reader: Reader) -> dict[str, object]:
    """As of when the figures are."""
    return {_("As known after ledger entry"): reader.seq, _("Recorded"): reader.recorded_at}


def cell_of(shown: Shown | None, measure: str) -> object:
    if shown is None or shown.cell.withheld:
        return None if shown is None else _("not public")
    unit = {SHARE: SHARE_CELLS, EURO: EURO_CELLS}.get(shown.notation, "")
    return amount(shown.measure(measure), unit if measure in ("value", YEAR, "cumulative") else "")


def hips(request: HttpRequest, reader: Reader, cards: Iterable[Any]) -> FileResponse:
    columns: Columns = [
        _("HIP"), _("Lead partner"), _("Regions"), _("Themes"), _("First day"), _("Last day"),
        _("Companies, four quarters"), _("Reported the quarter"),
    ]  # fmt: skip
    rows = (
        [
            card.consortium.name,
            card.lead.organisation.name if card.lead else None,
            ", ".join(card.consortium.regions),
            ", ".join(theme.name for theme in card.consortium.themes.all()),
            *(reader.state.takes_part.get(card.consortium.pk) or (None, None)),
            cell_of(card.companies, YEAR),
            bool(card.companies.cell.coverage.reported) if card.companies else None,
        ]
        for card in cards
    )
    return exports.answer(request, name="hips", title=_("The HIPs"), columns=columns, rows=rows, about=known(reader))


def indicators(request: HttpRequest, reader: Reader, entries: Iterable[Any]) -> FileResponse:
    columns: Columns = [
        _("Code"), Column(_("Indicator"), width=34), _("Unit"), Column(_("Counts as"), width=30),
        Column(_("Meaning"), width=90), _("Proposal"),
    ]  # fmt: skip
    rows = (
        [
            entry.indicator.code,
            entry.indicator.name,
            entry.current.unit,
            entry.current.kind_word,
            entry.current.definition.meaning,
            entry.indicator.is_proposal,
        ]
        for entry in entries
    )
    return exports.answer(
        request, name="indicators", title=_("The indicators"), columns=columns, rows=rows, about=known(reader)
    )


def vintages(request: HttpRequest, rows: Iterable[tuple[Vintage, int, int]]) -> FileResponse:
    columns: Columns = [
        _("Code"), _("Name"), _("Published"), _("Up to and including"), _("HIPs that reported"), _("HIPs expected"),
        _("Ledger entry"), Column(_("SHA-256 of the public figures"), width=68),
        Column(_("SHA-256 of the full figures"), width=68), Column(_("Note"), width=50),
    ]  # fmt: skip
    written = (
        [
            row.code, row.name, row.published_at, portal.quarter(row.last_quarter_id), reported, expected,
            row.entry_id, row.sha256, row.sha256_full, row.note,
        ]
        for row, reported, expected in rows
    )  # fmt: skip
    return exports.answer(request, name="vintages", title=_("Vintages"), columns=columns, rows=written)


def difference(
    request: HttpRequest, reader: Any, found: Comparison, rows: Sequence[Changed], entries: Iterable[Any]
) -> FileResponse:
    """Every number that differs, and the entries in between; `reader` has the dimensions."""
    dimensions = reader
    columns: Columns = [
        Column(_("HIP"), width=30), _("Action line"), Column(_("Indicator"), width=30), _("Quarter"), _("Figure"),
        _("Was"), _("Is"), _("Entries"),
    ]  # fmt: skip

    def changed() -> Iterator[Sequence[object]]:
        for row in rows:
            cell = row.change.after
            old, new = measures_of(row.change.before), measures_of(cell)
            hip, line = dimensions.consortia.get(cell.consortium_id), dimensions.action_lines.get(cell.action_line_id)
            unit = _unit(found, row)
            for name in MEASURES:
                if old[name] != new[name]:
                    of_it = unit if name in ("value", YEAR, "cumulative") else ""
                    yield [
                        hip.name if hip else _("The programme"),
                        line.name if line else _("all action lines"),
                        dimensions.indicators[cell.indicator_id].name,
                        portal.quarter(dimensions.quarters[cell.quarter].pk),
                        str(COLUMNS[name]),
                        amount(old[name], of_it),
                        amount(new[name], of_it),
                        ", ".join(map(str, row.entries)),
                    ]

    entry_columns: Columns = [
        _("Entry"), _("Recorded"), Column(_("What"), width=34), Column(_("HIP"), width=30), _("Quarter"),
        Column(_("Reason"), width=50),
    ]  # fmt: skip
    written = (
        [
            entry.change.seq,
            entry.change.time,
            entry.kind,
            entry.hip.name if entry.hip else None,
            portal.quarter(entry.change.period),
            entry.change.reason,
        ]
        for entry in entries
    )
    return exports.answer_of(
        request,
        name="vintage-difference",
        title=_("What has changed"),
        sheets=[exports.sheet(_("Figures"), columns, changed()), exports.sheet(_("Ledger"), entry_columns, written)],
        about={_("Ledger entries"): f"{found.first_seq + 1} – {found.last_seq}"},
    )


def _unit(found: Comparison, row: Changed) -> str:
    in_force = found.after.definition(row.change.after.indicator_id, row.change.after.quarter)
    if in_force is not None and in_force[1].kind == Kind.RATIO:
        return SHARE_CELLS
    return EURO_CELLS if row.change.after.unit == EURO else ""


def overlaps(request: HttpRequest, view: Any, matrix: Iterable[Any], sizes: Iterable[Any]) -> FileResponse:
    """The matrix as pairs, and in how many HIPs organisations are."""
    pairs = [
        [row.consortium.name, cell.other.name, cell.value, None if cell.is_own else amount(cell.share, SHARE_CELLS)]
        for row in matrix
        for cell in row.cells
    ]
    in_so_many = [[each.hips, each.number, amount(each.share, SHARE_CELLS), each.or_more] for each in sizes]
    return exports.answer_of(
        request,
        name="overlap",
        title=_("Overlap of the HIPs"),
        sheets=[
            exports.sheet(
                _("Pairs"),
                [Column(_("HIP"), width=40), Column(_("Other HIP"), width=40), _("In both"),
                 Column(_("Share of the first"), SHARE_CELLS)],
                pairs,
            ),
            exports.sheet(
                _("In so many HIPs"),
                [_("HIPs"), _("Organisations"), Column(_("Share"), SHARE_CELLS), _("In so many or more")],
                in_so_many,
            ),
        ],
        about={_("Indicator"): view.indicator.name, _("Quarters"): view.window, **known(view.reader)},
    )  # fmt: skip


def overlap_organisations(
    request: HttpRequest, view: Any, chosen: Sequence[Consortium], wanted: Wanted
) -> FileResponse:
    """Those that the reader may know by name; of the others only how many there are."""
    total = view.overlaps.number_of(wanted)
    seen = overlapping.sees_in(view.reader.user)
    named = view.overlaps.number_of(wanted, within=seen) or 0

    def rows() -> Iterator[Sequence[object]]:
        after, is_first = None, True
        while is_first or after is not None:
            found = overlapping.members(
                view.reader.state, view.span, wanted, view.reader.user, overlaps=view.overlaps, after=after,
                size=_AT_A_TIME,
            )  # fmt: skip
            for each in found.page:
                hips = [row.name for pk, row in view.reader.dimensions.consortia.items() if pk in each.hips]
                yield [each.name, each.identifier, len(hips), ", ".join(hips)]
            after, is_first = found.last, False

    columns: Columns = [
        Column(_("Organisation"), width=40), _("Number or code"), _("In so many HIPs"), Column(_("HIPs"), width=70),
    ]  # fmt: skip
    return exports.answer(
        request,
        name="overlap-organisations",
        title=_("Organisations that HIPs share"),
        columns=columns,
        rows=rows(),
        about={
            _("Indicator"): view.indicator.name,
            _("Quarters"): view.window,
            _("HIPs"): ", ".join(row.name for row in chosen) or None,
            _("In all"): total,
            _("Of whom you may not know the name"): (total or 0) - named,
            **known(view.reader),
        },
    )


def dynamics(request: HttpRequest, course: Any) -> FileResponse:
    """The course, and the cohorts one below the other."""
    rows = [
        [
            portal.quarter(row.quarter.pk), row.movement.present, row.movement.new, row.movement.stayed,
            row.movement.returning, row.movement.lost, row.movement.unknown,
            portal.state_word("final" if row.shown.cell.is_final else "provisional"), row.is_restart,
        ]
        for row in course.rows
    ]  # fmt: skip
    cohorts = [
        [portal.quarter(cohort.quarter.pk), cohort.size, portal.quarter(row.quarter.pk), cell.number,
         amount(cell.share, SHARE_CELLS)]
        for cohort in course.cohorts
        for row, cell in zip(course.cohort_quarters, cohort.cells, strict=True)
        if cell.number is not None
    ]  # fmt: skip
    columns: Columns = [
        _("Quarter"), _("Take part"), _("New"), _("Stayed"), _("Returned"), _("Left"), _("Not known"), _("Status"),
        _("New definition"),
    ]  # fmt: skip
    return exports.answer_of(
        request,
        name="dynamics",
        title=_("Who came, stayed and left"),
        sheets=[
            exports.sheet(_("Course"), columns, rows),
            exports.sheet(
                _("Cohorts"),
                [_("First seen in"), _("Size"), _("Quarter"), _("Still take part"), Column(_("Share"), SHARE_CELLS)],
                cohorts,
            ),
        ],
        about={
            _("HIP"): course.consortium.name if course.consortium else _("The programme"),
            _("Action line"): course.action_line.name if course.action_line else _("all action lines"),
            _("Indicator"): course.indicator.name,
            **known(course.reader),
        },
    )


# --- the records behind a number


def lineage(request: HttpRequest, reader: Reader, question: Question, user: User | Any) -> FileResponse:
    """All records, not only those of the first page: a row for every reported row, as far as the reader sees it."""
    first = tracing.trace(user, question, reader.dimensions, state=reader.state, size=_AT_A_TIME, after=None)
    of_organisations = first.counts_organisations
    unit = "" if first.definition is None else EURO_CELLS if first.definition.unit == EURO else ""

    def rows() -> Iterator[Sequence[object]]:
        found = first
        while True:
            for record in found.records:
                if isinstance(record, OrganisationRecord):
                    yield from _of_organisation(record, reader)
                else:
                    yield _of_row(record, reader, unit)
            if found.last is None:
                return
            found = tracing.trace(
                user, question, reader.dimensions, state=reader.state, size=_AT_A_TIME, after=found.last
            )

    places: Columns = [Column(_("HIP"), width=34), _("Quarter"), Column(_("Action line"), width=34)]
    columns: Columns = (
        [Column(_("Organisation"), width=40), _("Number or code"), *places, _("Takes part through"),
         Column(_("Reported as"), width=40), _("Reported number")]
        if of_organisations
        else [*places, Column(_("Indicator"), width=30), _("Category"), _("Institution"), _("Head count"),
              _("Numerator"), _("Denominator"), _("Number")]
    )  # fmt: skip
    value = None if first.value is None else Decimal(first.value)
    return exports.answer(
        request,
        name="why",
        title=_("What the number is made of"),
        columns=columns,
        rows=rows(),
        about={
            _("Indicator"): reader.dimensions.indicators[question.indicator_id].name,
            _("The number"): value,
            _("Not named, because you do not see them"): first.not_named or None,
            **known(reader),
        },
    )


def _of_organisation(record: OrganisationRecord, reader: Reader) -> Iterator[Sequence[object]]:
    for row in record.rows:
        yield [
            record.name or record.kvk_number or record.institution_code,
            record.kvk_number or record.institution_code,
            reader.dimensions.consortia[row.version.consortium_id].name,
            portal.quarter(reader.dimensions.quarters[row.version.quarter].pk),
            reader.dimensions.action_lines[row.action_line_id].name,
            str(Involvement(row.involvement).label),
            row.name,
            row.kvk_number or row.institution_code,
        ]


def _of_row(record: RowRecord, reader: Reader, unit: str) -> Sequence[object]:
    line = reader.dimensions.action_lines.get(record.action_line_id or 0)
    part = None if record.numerator is None else share(record.numerator, record.denominator or 0)
    return [
        reader.dimensions.consortia[record.version.consortium_id].name,
        portal.quarter(reader.dimensions.quarters[record.version.quarter].pk),
        line.name if line else _("all action lines"),
        reader.dimensions.indicators[record.indicator_id].name,
        record.category,
        record.institution_code,
        record.headcount,
        record.numerator,
        record.denominator,
        amount(part, SHARE_CELLS) if part is not None else amount(record.value, unit),
    ]
