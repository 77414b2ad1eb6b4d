"""The lists beside the register as workbooks: links, pairs that look like one, imports, and where one took part."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from consortia import exports
from consortia.exports import Columns
from consortia.models import Organisation
from consortia.spreadsheets import Column
from impact.duplicates import Likely
from impact.models import EntryKind, LedgerEntry, RegisterImport, Upload

_AT_A_TIME = 1_000


def links(request: HttpRequest, entries: Any) -> FileResponse:
    """Every link that the page lists, on all its pages."""
    columns, rows = _link_columns(), (_link(entry) for entry in entries.iterator(chunk_size=_AT_A_TIME))
    return exports.answer(request, name="links", title=_("Successions and mergers"), columns=columns, rows=rows)


def _link_columns() -> Columns:
    return [
        _("Ledger entry"), _("Recorded"), _("Kind"), Column(_("Organisation"), width=40), _("Number or code"),
        Column(_("Counts as"), width=40), _("Number or code"), _("By"), Column(_("Reason"), width=50), _("Undone"),
        _("Undone by"), Column(_("Reason of undoing"), width=50),
    ]  # fmt: skip


def _link(entry: LedgerEntry) -> Sequence[object]:
    source, target, undone = entry.from_organisation, entry.to_organisation, getattr(entry, "undone_by", None)
    assert source is not None and target is not None, "a link has two sides"
    return [
        entry.seq,
        entry.recorded_at,
        EntryKind(entry.kind).label,
        source,
        source.identifier,
        target,
        target.identifier,
        entry.actor,
        entry.reason,
        undone.recorded_at if undone else None,
        undone.actor if undone else None,
        undone.reason if undone else None,
    ]


def pairs(
    request: HttpRequest,
    found: Iterable[Likely],
    organisations: Mapping[Any, Organisation],
    where: Mapping[UUID, Sequence[str]],
    why: Mapping[str, Any],
) -> FileResponse:
    """All pairs, the most alike first: both sides in one row."""
    columns: Columns = [_("Alike, of 100"), Column(_("Why"), width=30)]
    for label in (_("First"), _("Second")):
        columns += [
            Column(label, width=40), _("Number or code"), _("Type"), _("Size class"), _("Postcode"), _("Place"),
            _("SBI code"), Column(_("Takes part in"), width=60),
        ]  # fmt: skip

    def side(row: Organisation) -> Iterator[object]:
        yield from (row, row.identifier, row.get_organisation_type_display(), row.get_size_class_display())
        yield from (row.postcode, row.place, row.sbi_code, "; ".join(where.get(row.pk, ())))

    rows = (
        [pair.score, str(why[pair.why]), *side(organisations[pair.first]), *side(organisations[pair.second])]
        for pair in found
        if pair.first in organisations and pair.second in organisations
    )
    return exports.answer(request, name="likely-duplicates", title=_("Likely duplicates"), columns=columns, rows=rows)


def imports(request: HttpRequest, taken_over: Iterable[RegisterImport], files: Iterable[Upload]) -> FileResponse:
    """What was taken over, and the files that are still kept; all of both, also where the page has the newest."""
    taken = (
        [each.imported_at, each.imported_by, each.name, each.rows, each.changed, each.unknown, each.refused]
        for each in taken_over
    )
    kept = ([each.uploaded_at, each.uploaded_by, each.name, each.get_state_display()] for each in files)
    return exports.answer_of(
        request,
        name="register-imports",
        title=_("Import a KVK export"),
        sheets=[
            exports.sheet(
                _("What was taken over"),
                [_("When"), _("Who"), Column(_("File"), width=40), _("Rows"), _("Changed"), _("Left out"),
                 _("Refused")],
                taken,
            ),
            exports.sheet(
                _("Files that are still kept"), [_("When"), _("Who"), Column(_("File"), width=40), _("State")], kept
            ),
        ],
    )  # fmt: skip


def organisation(
    request: HttpRequest, row: Organisation, quarters: Any, entries: Iterable[LedgerEntry]
) -> FileResponse:
    """Where one organisation took part, as far as the reader sees, and its links."""
    columns: Columns = [
        _("Quarter"), Column(_("HIP"), width=40), Column(_("Reported as"), width=40), _("Reported number"),
        _("Size class"), _("Action line"), Column(_("Takes part through"), width=40),
    ]  # fmt: skip
    places = (
        [str(quarter), place.consortium.name, place.name, place.identifier, place.size, line, ", ".join(how)]
        for quarter, of_quarter in quarters
        for place in of_quarter
        for line, how in place.lines.items()
    )
    return exports.answer_of(
        request,
        name="organisation",
        title=str(row),
        sheets=[
            exports.sheet(_("Where it took part"), columns, places),
            exports.sheet(_("Successions and mergers"), _link_columns(), (_link(entry) for entry in entries)),
        ],
        about={_("Number or code"): row.identifier},
    )
