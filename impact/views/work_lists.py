"""The lists of the work as workbooks: versions, what people said, the organisations of a report."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from consortia import exports
from consortia.exports import Columns
from consortia.models import Organisation, SizeClass
from consortia.spreadsheets import EURO, SHARE, Column
from consortia.templatetags import portal
from impact.forms.participations import listed
from impact.models import Comment, Extension, ExtensionRequest, FollowUp, ReportVersion
from impact.obligations import Obligation
from impact.punctuality import MARK_LABELS
from impact.register import Links
from impact.timeliness import Completeness
from impact.views.desk import Desk
from impact.views.places import Places

_AT_A_TIME = 2_000


def versions(request: HttpRequest, desk: Desk, rows: Iterable[ReportVersion]) -> FileResponse:
    """Who handed in what and when; what people wrote beside it only for who sees all of the report."""
    columns: Columns = [
        _("Version"), _("Status"), _("Begun"), _("Submitted"), _("Reviewed"), _("Counts"),
        Column(_("Content hash"), width=68),
    ]  # fmt: skip
    if desk.sees_everything:
        columns += [
            _("Submitted by"), _("Reviewed by"), Column(_("Message to the reviewer"), width=50),
            Column(_("Comment of the reviewer"), width=50), Column(_("Reason of the correction"), width=50),
        ]  # fmt: skip
    written = (
        [
            row.number,
            row.get_status_display(),
            row.opened_at,
            row.submitted_at,
            row.reviewed_at,
            row == desk.standing.counting,
            row.content_hash,
            *(
                [row.submitted_by, row.reviewed_by, row.comment, row.review_comment, row.correction_reason]
                if desk.sees_everything
                else []
            ),
        ]
        for row in rows
    )
    return exports.answer(
        request,
        name=f"versions-{desk.hip.slug}-{desk.quarter.pk}",
        title=_("Versions"),
        columns=columns,
        rows=written,
        about=_of(desk),
    )


def comments(request: HttpRequest, desk: Desk, said: Iterable[Comment], named: Places) -> FileResponse:
    """Oldest first, the settled ones as well."""
    columns: Columns = [
        _("When"), _("Who"), Column(_("About"), width=34), Column(_("Comment"), width=70), _("Settled"),
        _("Settled by"),
    ]  # fmt: skip
    rows = (
        [
            row.at, row.author, named.named(row.place).label, row.text, row.settled_at, row.settled_by,
        ]
        for row in said
    )  # fmt: skip
    return exports.answer(
        request,
        name=f"comments-{desk.hip.slug}-{desk.quarter.pk}",
        title=_("Comments"),
        columns=columns,
        rows=rows,
        about=_of(desk),
    )


def organisations(request: HttpRequest, desk: Desk) -> FileResponse:
    """A row an organisation, with how it takes part in each line."""
    lines = desk.questions.action_lines
    columns: Columns = [
        Column(_("Name"), width=40), _("KVK number"), _("Institution code"), _("Type"), _("Size class"), _("Postcode"),
        *(Column(line.name, width=26) for line in lines),
    ]  # fmt: skip
    codes = [line.code for line in lines]
    sizes = dict(SizeClass.choices)
    rows = (
        [
            row.name,
            row.first.kvk_number,
            row.first.institution_code,
            row.type_label,
            sizes.get(row.first.size_class, row.first.size_class) or None,
            row.first.postcode,
            *row.involvements(codes),
        ]
        for row in listed(desk.lines).values()
    )
    return exports.answer(
        request,
        name=f"organisations-{desk.hip.slug}-{desk.quarter.pk}",
        title=_("Organisations"),
        columns=columns,
        rows=rows,
        about=_of(desk),
    )


def obligations(request: HttpRequest, rows: Iterable[Obligation], *, title: str, name: str) -> FileResponse:
    """Reports of HIPs and quarters: how each stands, and until when it can be in time."""
    columns: Columns = [
        Column(_("HIP"), width=40), _("Quarter"), _("Status"), _("Due"), _("More time"), _("Days left"), _("Late"),
        _("Version"), _("Submitted"), _("Counts"),
    ]  # fmt: skip
    written = (
        [
            row.report.consortium.name,
            str(row.report.quarter),
            portal.state_word(row.status),
            row.deadline.due_date,
            row.deadline.is_extended,
            row.deadline.days_left if row.is_due and row.punctuality.handed_in_at is None else None,
            row.is_late,
            row.standing.version.number if row.standing.version else None,
            row.standing.version.submitted_at if row.standing.version else None,
            row.counts,
        ]
        for row in rows
    )
    return exports.answer(request, name=name, title=title, columns=columns, rows=written)


def register(request: HttpRequest, rows: Any, links: Links) -> FileResponse:
    """Every organisation that the list has, in its order; tens of thousands go through without being kept."""
    columns: Columns = [
        Column(_("Organisation"), width=44), _("KVK number"), _("Institution code"), _("Type"), _("Size class"),
        _("Postcode"), _("Province"), _("Counts as"), _("In an accepted report"),
    ]  # fmt: skip
    linked = {pk for entry in links.entries if (pk := entry.from_organisation_id) is not None}
    ends = {pk: links.above(pk)[-1].to_organisation_id for pk in linked}
    others = {row.pk: str(row) for row in Organisation.objects.filter(pk__in=set(ends.values()))}
    named = {pk: others[end] for pk, end in ends.items() if end is not None}
    written = (
        [
            row.name,
            row.kvk_number,
            row.institution_code,
            row.get_organisation_type_display(),
            row.get_size_class_display(),
            row.postcode,
            row.get_province_display(),
            named.get(row.pk),
            row.is_listed,
        ]
        for row in rows.iterator(chunk_size=_AT_A_TIME)
    )
    return exports.answer(request, name="register", title=_("Register of organisations"), columns=columns, rows=written)


def timeliness(request: HttpRequest, lines: Iterable[Any], day: date | None) -> FileResponse:
    """A row a HIP and quarter."""
    columns: Columns = [
        Column(_("HIP"), width=40), _("Quarter"), _("In time"), _("Due"), _("More time"), _("First handed in"),
        _("Days late"), Column(_("Complete when first handed in"), SHARE), Column(_("Complete now"), SHARE),
        Column(_("Missing"), width=60),
    ]  # fmt: skip
    rows = (
        [
            line.hip.name,
            str(box.quarter),
            str(MARK_LABELS[box.row.mark]),
            box.row.due_date,
            box.row.is_extended,
            box.row.handed_in_at,
            box.row.days_late,
            _share_of(box.row.first),
            _share_of(box.row.counting),
            ", ".join(box.missing),
        ]
        for line in lines
        for box in line.boxes
    )
    return exports.answer(
        request,
        name="timeliness",
        title=_("In time and complete"),
        columns=columns,
        rows=rows,
        about={_("As of"): day} if day else None,
    )


def _share_of(completeness: Completeness | None) -> Decimal | None:
    return None if completeness is None else completeness.share


def finance(request: HttpRequest, rows: Iterable[Any], about: Mapping[str, object]) -> FileResponse:
    """What was spent and raised beside what was planned: a row a HIP, year and item."""
    columns: Columns = [
        Column(_("HIP"), width=40), _("Year"), Column(_("Item"), width=30), Column(_("Realised"), EURO),
        Column(_("Planned"), EURO), Column(_("Difference"), EURO), Column(_("Deviation"), SHARE), _("More than 25%"),
        _("Quarters reported"), _("Quarters expected"),
    ]  # fmt: skip
    written = (
        [
            row.hip.name if row.hip else _("The programme"),
            shown.amount.year,
            shown.indicator.name,
            shown.amount.realised,
            shown.amount.planned,
            shown.amount.difference,
            shown.amount.deviation,
            shown.amount.is_flagged,
            shown.amount.reported,
            shown.amount.expected,
        ]
        for row in rows
        for shown in row.amounts
    )
    return exports.answer(request, name="finance", title=_("Money"), columns=columns, rows=written, about=about)


def follow_ups(request: HttpRequest, marks: Iterable[FollowUp]) -> FileResponse:
    columns: Columns = [
        Column(_("HIP"), width=40), _("Quarter"), Column(_("About"), width=34), Column(_("What"), width=70), _("Who"),
        _("By"), _("Marked by"), _("When"), _("Done"), _("Done by"),
    ]  # fmt: skip
    rows = (
        [
            mark.report.consortium.name,
            str(mark.report.quarter),
            mark.place,
            mark.text,
            mark.owner,
            mark.due_date,
            mark.marked_by,
            mark.marked_at,
            mark.done_at,
            mark.done_by,
        ]
        for mark in marks
    )
    return exports.answer(request, name="follow-ups", title=_("Follow-ups"), columns=columns, rows=rows)


def extensions(request: HttpRequest, asked: Iterable[ExtensionRequest], running: Iterable[Extension]) -> FileResponse:
    """What waits for an answer, and the extensions that hold today."""
    waiting = (
        [
            each.report.consortium.name, str(each.report.quarter), each.report.quarter.due_date, each.due_date,
            each.reason, each.requested_by, each.requested_at,
        ]
        for each in asked
    )  # fmt: skip
    holding = (
        [
            each.report.consortium.name, str(each.report.quarter), each.report.quarter.due_date, each.last_day,
            each.reason, each.granted_by, each.granted_at, each.due_date if each.ended else None,
            each.ended.reason if each.ended else None,
        ]
        for each in running
    )  # fmt: skip
    places: Columns = [Column(_("HIP"), width=40), _("Quarter"), _("Due date of the quarter")]
    return exports.answer_of(
        request,
        name="extensions",
        title=_("More time"),
        sheets=[
            exports.sheet(
                _("Waits for your answer"),
                [*places, _("Asked until"), Column(_("Reason"), width=60), _("Who"), _("When")],
                waiting,
            ),
            exports.sheet(
                _("Extensions that hold today"),
                [*places, _("Holds until"), Column(_("Reason"), width=60), _("Granted by"), _("When"),
                 _("Was granted until"), Column(_("Why it ends early"), width=60)],
                holding,
            ),
        ],
    )  # fmt: skip


def _of(desk: Desk) -> dict[str, object]:
    version = desk.version
    return {
        _("HIP"): desk.hip.name,
        _("Quarter"): str(desk.quarter),
        _("Version"): version.number if version else None,
    }
