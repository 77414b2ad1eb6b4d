"""REST: the quarter as a workbook, out and in. An upload is judged in the order of every step of a report."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import Scope
from consortia.rest.rendering import JsonRenderer
from consortia.rest.repeating import repeatable
from impact import edits, ledger, obligations, transitions, uploads
from impact.api.steps import _Step
from impact.forms.questions import Questions
from impact.standing import Standing
from impact.submission import Line
from impact.transitions import Step
from impact.workbook import comparison, source, template
from impact.workbook.comparison import Change, Comparison


class WorkbookRenderer(JsonRenderer):
    """The name of the format, so that it can be asked for; the answer is made by the view."""

    media_type = template.CONTENT_TYPE
    format = "xlsx"


class Workbook(_Step):
    # Whoever takes JSON only gets the workbook as well: there is no other form of it.
    renderer_classes = [WorkbookRenderer, JsonRenderer]

    @extend_schema(operation_id="getWorkbook", responses={(200, template.CONTENT_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, consortium: str, period: str) -> HttpResponse:
        """The report as a prefilled workbook (.xlsx), in the language of the caller.

        Always made anew: it also holds the quarter before and proposals, of which the report's `ETag` says nothing.
        """
        self.allowed(request, consortium, period, Permission.FILL, Scope.READ, Scope.REPORT)
        about = source.of(request.user, consortium, period)
        response = HttpResponse(template.written(about), content_type=template.CONTENT_TYPE)
        response["Content-Disposition"] = f'attachment; filename="{template.file_name(about)}"'
        return response


class WorkbookUploadSerializer(Serializer):
    file = serializers.FileField(help_text="A workbook that `GET …/workbook` gave, filled in.")
    apply = serializers.ChoiceField(
        ["false", "true"], required=False, help_text="`true` takes it over, where it has no errors."
    )
    stale = serializers.ChoiceField(
        ["refuse", "skip"],
        required=False,
        help_text="Rows that somebody else changed meanwhile: errors (`stale`), or left as they are.",
    )


class CellIssueSerializer(Serializer):
    cell = serializers.CharField(help_text="Such as `Cijfers!C12`, the name of a sheet, or empty.")
    code = serializers.CharField()
    detail = serializers.CharField()


class RowChangeSerializer(Serializer):
    pointer = serializers.CharField(
        help_text="The key of a row, such as `/figures/assignments/innovation`; `/proposals/00001234` for an "
        "organisation that was proposed and does not take part."
    )
    base = serializers.DictField(allow_null=True, help_text="The row when the workbook was made.")
    draft = serializers.DictField(allow_null=True, help_text="The row in the draft now.")
    workbook = serializers.DictField(allow_null=True, help_text="The row in the workbook.")
    conflict = serializers.BooleanField(help_text="Somebody else changed it meanwhile: it is not taken over.")


class WorkbookVerdictSerializer(Serializer):
    errors = CellIssueSerializer(many=True)  # type: ignore[assignment]
    warnings = CellIssueSerializer(many=True)
    changes = RowChangeSerializer(many=True)
    applied = serializers.BooleanField()


class Workbooks(_Step):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="uploadWorkbook",
        request={"multipart/form-data": WorkbookUploadSerializer},
        responses=WorkbookVerdictSerializer,
    )
    @repeatable
    def post(self, request: Request, consortium: str, period: str) -> Response:
        """What a filled workbook would change; with `apply` it is taken over, where it has no errors.

        A row that somebody else changed since the workbook was made is never overwritten: it is an error with the code
        `stale`, unless `stale` is `skip`. A row that only the caller changed since gets what the workbook says.
        """
        held = self.allowed(request, consortium, period, Permission.FILL, Scope.REPORT)
        _require_fillable(held)
        data, is_applied, skips = _given(request)
        questions = Questions.of(held.report.quarter, ledger.resolve())
        found = comparison.compare(actor=self.actor, held=held, questions=questions, data=data)
        errors = [*found.errors, *([] if skips else comparison.stale(found, held))]
        is_applied = is_applied and not errors
        if is_applied:
            comparison.take_over(
                actor=self.actor,
                consortium=consortium,
                quarter=period,
                comparison=found,
                leave_conflicts=skips,
                seen=found.seen,
            )
        return Response(_verdict(found, errors, is_applied=is_applied))


def _require_fillable(held: Standing) -> None:
    """As filling would refuse it, before anybody reads the file; filling asks again.

    Raises:
        NotAllowedNow.
    """
    closed = ledger.is_closed(held.report.quarter)
    is_open = obligations.takes_new_reports(held.report, is_closed=closed, has_counted=held.has_counted)
    if not transitions.allows(held.status, Step.FILL) or not is_open:
        raise NotAllowedNow(_("This report cannot be filled in now."))


def _given(request: Request) -> tuple[bytes, bool, bool]:
    """The bytes, whether to apply them, and whether to skip stale rows.

    Raises:
        Refused: what is missing or not known, all at once.
    """
    members: Any = request.data
    problems = [
        Problem(f"/{name}", "unknown-key", _("This key is not known."))
        for name in members
        if name not in ("file", "apply", "stale")
    ]
    problems += [
        Problem(f"/{name}", "duplicate", _("This is given more than once."))
        for name, values in members.lists()
        if name in ("file", "apply", "stale") and len(set(values)) > 1
    ]
    choices = {"apply": ("false", "true"), "stale": ("refuse", "skip")}
    chosen = {}
    for name, allowed in choices.items():
        chosen[name] = members.get(name, allowed[0])
        if chosen[name] not in allowed:
            detail = _("Choose one of: %(choices)s.") % {"choices": ", ".join(allowed)}
            problems.append(Problem(f"/{name}", "unknown", detail))
    given: Any = request.FILES.get("file")
    if given is None:
        problems.append(Problem("/file", "required", _("This is missing.")))
    if problems:
        raise Refused(problems)
    return given.read(uploads.MAX_BYTES + 1), chosen["apply"] == "true", chosen["stale"] == "skip"


def _verdict(found: Comparison, errors: Iterable[Problem], *, is_applied: bool) -> dict[str, Any]:
    return {
        "errors": _issues(errors),
        "warnings": _issues(found.warnings),
        "changes": [*map(_change, found.changes), *map(_no, found.left_out)],
        "applied": is_applied,
    }


def _issues(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"cell": each.pointer, "code": each.code, "detail": str(each.detail)} for each in problems]


def _change(change: Change) -> dict[str, Any]:
    return {
        "pointer": change.key,
        "base": _row(change.base),
        "draft": _row(change.draft),
        "workbook": _row(change.workbook),
        "conflict": change.is_conflict,
    }


def _no(identifier: str) -> dict[str, Any]:
    """A proposal that was answered with no: there is no row of it, and none comes."""
    return {"pointer": f"/proposals/{identifier}", "base": None, "draft": None, "workbook": None, "conflict": False}


def _row(line: Line | None) -> dict[str, Any] | None:
    return edits.row(line)
