"""The lists of the work as workbooks: versions, what people said, the organisations of a report."""

from collections.abc import Iterable

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from consortia import exports
from consortia.models import SizeClass
from consortia.spreadsheets import Column
from impact.forms.participations import listed
from impact.models import Comment, ReportVersion
from impact.views.desk import Desk
from impact.views.places import Places


def versions(request: HttpRequest, desk: Desk, rows: Iterable[ReportVersion]) -> FileResponse:
    """Who handed in what and when; what people wrote beside it only for who sees all of the report."""
    columns = [
        _("Version"), _("Status"), _("Begun"), _("Submitted"), _("Reviewed"), _("Counts"),
        Column(_("Content hash"), width=68),
        *([_("Submitted by"), _("Reviewed by"), Column(_("Message to the reviewer"), width=50),
           Column(_("Comment of the reviewer"), width=50), Column(_("Reason of the correction"), width=50)]
          if desk.sees_everything else []),
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
    columns = [
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
    columns = [
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


def _of(desk: Desk) -> dict[str, object]:
    version = desk.version
    return {
        _("HIP"): desk.hip.name,
        _("Quarter"): str(desk.quarter),
        _("Version"): version.number if version else None,
    }
