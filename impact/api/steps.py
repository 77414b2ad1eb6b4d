"""REST: the steps of a report. Each is judged in one order: token, visible, permission, state, stale, content."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia import access
from consortia.access import Permission
from consortia.errors import Problem, Refused, Stale
from consortia.models import Scope, User
from consortia.rest import parsing
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import unknown_keys
from consortia.rest.parsing import Reader
from consortia.rest.repeating import repeatable
from impact import content, drafts, meanwhile, reporting, tasks
from impact.api import report_content
from impact.api.report_content import DraftSerializer, IssueSerializer, RemarkSerializer, ReportSerializer
from impact.models import CorrectionCode
from impact.reporting import ANY
from impact.standing import Standing, standing
from impact.submission import Line

TAG = "Steps of a report"


class PreconditionRequired(APIException):
    """A draft is replaced only by somebody who says what they build on (428)."""

    status_code = 428


class StaleDraft(Stale):
    """As `Stale`, with who changed the draft meanwhile, and where it differs from what was sent."""

    def __init__(self, stale: Stale, *, changes: list[dict[str, Any]], differences: list[dict[str, Any]]) -> None:
        super().__init__(stale.detail, current=stale.current)
        self.members = {"changes": changes, "differences": differences}


class _Step(Endpoint):
    tag = TAG
    is_compressed = False

    @property
    def actor(self) -> User:
        assert isinstance(self.request.user, User), "a step needs a token"
        return self.request.user

    def allowed(
        self, request: Request, consortium: str, period: str, permission: Permission, *scopes: Scope
    ) -> Standing:
        """The report, once it is clear that the caller may see it and take the step; the body is still unread.

        Raises:
            NotVisible, NotPermitted.
            Refused: query keys.
        """
        held = standing(request.user, consortium, period)
        self.require_scope(*scopes)
        access.require(request.user, permission, held.report.consortium_id)
        if problems := unknown_keys(request):
            raise Refused(problems)
        return held

    def report(self, request: Request, consortium: str, period: str, *, status: int) -> Response:
        """The report as it stands now."""
        held = standing(request.user, consortium, period)
        headers = {"ETag": held.tag}
        if status == 201 and held.version is not None:
            address = reverse("api:version", args=[consortium, period, held.version.number])
            headers["Location"] = request.build_absolute_uri(address)
        return Response(report_content.whole(held, request.user), status=status, headers=headers)


def _lines(request: Request) -> tuple[list[Line], list[Problem]]:
    """The lines of a body, and all that is wrong with its form, also where it cannot be read at all."""
    try:
        return content.read(request.data)
    except Refused as refused:
        return [], list(refused.problems)


class Draft(_Step):
    @extend_schema(
        operation_id="replaceDraft",
        parameters=[
            OpenApiParameter(
                "If-Match",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="The `ETag` of the report; `*` overwrites whatever is there.",
            )
        ],
        request=DraftSerializer,
        responses=ReportSerializer,
    )
    def put(self, request: Request, consortium: str, period: str) -> Response:
        """Replaces the whole draft; opens a version where the report is notStarted, returned or withdrawn."""
        held = self.allowed(request, consortium, period, Permission.FILL, Scope.REPORT)
        base = _base(request, held)
        lines, problems = _lines(request)
        try:
            reporting.fill(
                actor=self.actor,
                consortium=consortium,
                quarter=period,
                lines=lines,
                base=base,
                problems=problems,
            )
        except Stale as stale:
            now = standing(request.user, consortium, period)
            raise StaleDraft(stale, changes=_changes_since(base, now), differences=_differences(now, lines)) from stale
        return self.report(request, consortium, period, status=200)


def _base(request: Request, held: Standing) -> str:
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequired(_("Send If-Match with the ETag of the report, or * to overwrite what is there."))
    if given == ANY:
        return ANY
    tags = parse_etags(given)
    return held.tag if held.tag in tags else tags[0] if tags else given


def _changes_since(base: str, now: Standing) -> list[dict[str, Any]]:
    """What was done since the tag that the caller built on."""
    events = meanwhile.since(now.report, base).events
    return [{"time": event.at, "kind": event.kind, "actor": str(event.actor)} for event in events]


def _differences(now: Standing, sent: list[Line]) -> list[dict[str, Any]]:
    """Row by row: what is there and what was sent, where the two are not the same."""
    there = content.write(drafts.lines_of(now.version)) if now.version else content.write([])
    ours = content.write(sent)
    found = []
    for section in content.SECTIONS:
        current, mine = _keyed(there[section]), _keyed(ours[section])
        found += [
            {"section": section, "current": current.get(key), "sent": mine.get(key)}
            for key in {**current, **mine}
            if current.get(key) != mine.get(key)
        ]
    return found


_IDENTITY = ("indicator", "kvkNumber", "institutionCode", "group", "category", "actionLine", "involvement")


def _keyed(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row.get(name) for name in _IDENTITY): row for row in rows}


class VerdictSerializer(Serializer):
    errors = IssueSerializer(many=True)  # type: ignore[assignment]
    warnings = IssueSerializer(many=True)


class Checks(_Step):
    @extend_schema(operation_id="checkDraft", request=DraftSerializer, responses=VerdictSerializer)
    @repeatable
    def post(self, request: Request, consortium: str, period: str) -> Response:
        """Judges a body as `PUT` of a draft would, and stores nothing."""
        self.allowed(request, consortium, period, Permission.FILL, Scope.REPORT)
        lines, problems = content.read(request.data)
        verdict = reporting.judge(
            actor=self.actor, consortium=consortium, quarter=period, lines=lines, problems=problems
        )
        return Response({"errors": _issues(verdict.errors), "warnings": _issues(verdict.warnings)})


def _issues(problems: tuple[Problem, ...]) -> list[dict[str, str]]:
    return [{"pointer": each.pointer, "code": each.code, "detail": str(each.detail)} for each in problems]


class SubmissionSerializer(Serializer):
    comment = serializers.CharField(required=False, allow_blank=True)
    explanations = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="By pointer: one non-blank explanation covers all warnings at its pointer.",
    )


_SUBMISSION: Mapping[str, Reader] = {"comment": parsing.text, "explanations": parsing.texts_by_pointer}


class Submissions(_Step):
    @extend_schema(operation_id="submitReport", request=SubmissionSerializer, responses={201: ReportSerializer})
    @repeatable
    def post(self, request: Request, consortium: str, period: str) -> Response:
        """Hands the draft in; from now on its content is frozen. Every warning needs an explanation."""
        self.allowed(request, consortium, period, Permission.SUBMIT, Scope.REPORT)
        given = parsing.members(request, _SUBMISSION)
        reporting.submit(actor=self.actor, consortium=consortium, quarter=period, **given)
        return self.report(request, consortium, period, status=201)


class ReviewSerializer(Serializer):
    decision = serializers.ChoiceField(["accept", "return"])
    contentHash = serializers.CharField(help_text="Of the content that the reviewer saw.")
    comment = serializers.CharField(required=False, allow_blank=True)
    returned = RemarkSerializer(
        many=True,
        required=False,
        help_text="Remarks at places: a row as pointer into the content (`/figures/3/value`) or by its key (also of "
        "one that is missing), an organisation (`/participations/00001234`), or a section. When a report is returned "
        "with any, only these places may change before it is submitted again. Not with `accept`.",
    )


_REMARK: Mapping[str, Reader] = {"pointer": parsing.text, "comment": parsing.text}
_REVIEW: Mapping[str, Reader] = {
    "decision": parsing.text,
    "contentHash": parsing.text,
    "comment": parsing.text,
    "returned": parsing.list_of(_REMARK, required=("pointer", "comment"), longest=1_000),
}


class Reviews(_Step):
    @extend_schema(operation_id="reviewReport", request=ReviewSerializer, responses={201: ReportSerializer})
    @repeatable
    def post(self, request: Request, consortium: str, period: str) -> Response:
        """Accepts the submitted version, which makes it count, or returns it. Never by who entered or submitted it."""
        self.allowed(request, consortium, period, Permission.REVIEW, Scope.REVIEW)
        given = parsing.members(request, _REVIEW)
        reporting.review(
            actor=self.actor,
            consortium=consortium,
            quarter=period,
            decision=given.get("decision", ""),
            content_hash=given.get("contentHash", ""),
            comment=given.get("comment", ""),
            remarks=given.get("returned", []),
        )
        tasks.nudge()
        return self.report(request, consortium, period, status=201)


class CorrectionSerializer(Serializer):
    reason = serializers.CharField()
    code = serializers.RegexField(
        r"^([a-z0-9-]{1,30})?$",
        required=False,
        allow_blank=True,
        help_text=f"The kind of reason: {', '.join(CorrectionCode.values)}; or a code of your own.",
    )


_CORRECTION: Mapping[str, Reader] = {"reason": parsing.text, "code": parsing.text}


class Corrections(_Step):
    @extend_schema(operation_id="correctReport", request=CorrectionSerializer, responses={201: ReportSerializer})
    @repeatable
    def post(self, request: Request, consortium: str, period: str) -> Response:
        """Opens the next version of an accepted report, prefilled; what counts goes on counting."""
        self.allowed(request, consortium, period, Permission.CORRECT, Scope.REPORT, Scope.MANAGE)
        given = parsing.members(request, _CORRECTION)
        reporting.correct(
            actor=self.actor,
            consortium=consortium,
            quarter=period,
            reason=given.get("reason", ""),
            code=given.get("code", ""),
        )
        return self.report(request, consortium, period, status=201)


class WithdrawalSerializer(Serializer):
    reason = serializers.CharField()


_WITHDRAWAL: Mapping[str, Reader] = {"reason": parsing.text}


class Withdrawals(_Step):
    @extend_schema(operation_id="withdrawReport", request=WithdrawalSerializer, responses={201: ReportSerializer})
    @repeatable
    def post(self, request: Request, consortium: str, period: str) -> Response:
        """Makes nothing count for this report any more, from now on; figures as of an earlier moment keep it."""
        self.allowed(request, consortium, period, Permission.WITHDRAW, Scope.MANAGE)
        given = parsing.members(request, _WITHDRAWAL)
        reporting.withdraw(actor=self.actor, consortium=consortium, quarter=period, reason=given.get("reason", ""))
        tasks.nudge()
        return self.report(request, consortium, period, status=201)
