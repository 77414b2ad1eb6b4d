"""REST: the change feed, for copies that are kept in step with the figures."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django_filters import Filter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.rest import rendering
from consortia.rest.filters import OnceField, StrictFilterSet
from consortia.rest.rendering import JsonRenderer, NdjsonRenderer
from consortia.rest.schema import PAGES, listing, with_keyword
from impact import feed
from impact.api import selection
from impact.api.keyed import Keyed
from impact.feed import Change, Replaces
from impact.models import EntryKind

AFTER = "after"


class _SeqField(OnceField):
    def absent(self) -> int:
        return 0

    def given_twice(self) -> str:
        return _("Give one number.")

    def read(self, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise ValidationError(_("Give the sequence number of an entry, or 0."), code="malformed")
        return int(text)


class _Seq(Filter):
    field_class = _SeqField


class ChangeFilter(StrictFilterSet):
    after = _Seq()


class ReplacesSerializer(Serializer):
    consortium = serializers.CharField(required=False)
    period = serializers.CharField(required=False)
    indicator = serializers.CharField(required=False)
    periodFrom = serializers.CharField(required=False)


class LinkedOrganisationSerializer(Serializer):
    id = serializers.UUIDField()
    kvkNumber = serializers.CharField(allow_null=True)
    institutionCode = serializers.CharField(allow_null=True)
    name = serializers.CharField()


class OrganisationLinkInFeedSerializer(Serializer):
    id = serializers.IntegerField(help_text="The seq of the entry that made the link.")
    to = LinkedOrganisationSerializer()


with_keyword(OrganisationLinkInFeedSerializer, "from", LinkedOrganisationSerializer())


class ChangeSerializer(Serializer):
    seq = serializers.IntegerField()
    time = serializers.DateTimeField()
    kind = serializers.ChoiceField(EntryKind.values)
    consortium = serializers.CharField(allow_null=True)
    period = serializers.CharField(allow_null=True, help_text="For a definition the quarter from which it holds.")
    version = serializers.IntegerField(allow_null=True, help_text="The version of the report that counts from now on.")
    indicator = serializers.CharField(allow_null=True)
    goal = serializers.CharField(allow_null=True)
    startDate = serializers.DateField(allow_null=True)
    endDate = serializers.DateField(allow_null=True)
    undoes = serializers.IntegerField(allow_null=True, help_text="The seq of the entry that no longer holds.")
    replaces = ReplacesSerializer(
        allow_null=True, help_text="The filters of `GET /figures` whose rows may be others from now on."
    )
    actor = serializers.CharField(
        required=False, allow_null=True, help_text="With a token; null where it is not for the caller to see."
    )
    reason = serializers.CharField(required=False, allow_null=True, help_text="As `actor`.")
    link = OrganisationLinkInFeedSerializer(
        required=False, allow_null=True, help_text="With a token: the organisations of a merge, a succession, an undo."
    )


def _replaces(replaces: Replaces | None) -> dict[str, Any] | None:
    if replaces is None:
        return None
    if replaces.indicator is not None:
        return {"indicator": replaces.indicator, "periodFrom": replaces.period_from}
    return {"consortium": replaces.consortium, "period": replaces.period}


def _link(change: Change) -> dict[str, Any] | None:
    if change.link is None:
        return None
    sides = {}
    for name, row, is_shown in (
        ("from", change.link.source, change.link.shows_source),
        ("to", change.link.target, change.link.shows_target),
    ):
        sides[name] = {
            "id": row.pk,
            "kvkNumber": row.kvk_number if is_shown else None,
            "institutionCode": row.institution_code if is_shown else None,
            "name": row.name if is_shown else "",
        }
    return {"id": change.undoes or change.seq, **sides}


def change(row: Change, *, is_anonymous: bool) -> dict[str, Any]:
    body = {
        "seq": row.seq,
        "time": row.time,
        "kind": row.kind,
        "consortium": row.consortium,
        "period": row.period,
        "version": row.version,
        "indicator": row.indicator,
        "goal": row.goal,
        "startDate": row.start_date,
        "endDate": row.end_date,
        "undoes": row.undoes,
        "replaces": _replaces(row.replaces),
    }
    if is_anonymous:
        return body
    return {**body, "actor": row.actor, "reason": row.reason, "link": _link(row)}


class Changes(Keyed):
    tag = "Figures"
    renderer_classes = [JsonRenderer, NdjsonRenderer]

    @extend_schema(
        operation_id="listChanges",
        parameters=[
            OpenApiParameter(
                AFTER,
                {"type": "integer", "format": "int64", "minimum": 0, "default": 0},
                OpenApiParameter.QUERY,
                description="The seq of the last entry that you have: only later ones are given.",
            ),
            *PAGES,
        ],
        responses={
            (200, "application/json"): listing(ChangeSerializer, with_seq=True),
            (200, "application/x-ndjson"): OpenApiResponse(
                OpenApiTypes.STR, "The whole answer, streamed, without pages."
            ),
        },
    )
    def get(self, request: Request) -> Any:
        """The entries of the ledger in their order, without a gap: what to pull anew to keep a copy in step."""
        is_anonymous = request.auth is None
        tag, known = self.begin(is_anonymous, *feed.audience(request.user))
        bound, page = selection.read(request, ChangeFilter)
        self.unless_known(tag)
        upto = known.seq if page.seq is None else page.seq
        after = page.after[0] if page.after else bound.form.cleaned_data[AFTER]
        if request.accepted_renderer.format == NdjsonRenderer.format:
            rows = iter(()) if request.method == "HEAD" else feed.stream(request.user, after=after, upto=upto)
            return StreamingHttpResponse(
                rendering.ndjson(change(row, is_anonymous=is_anonymous) for row in rows),
                content_type=NdjsonRenderer.media_type,
                headers={
                    "Content-Disposition": f'attachment; filename="changes-{upto}.ndjson"',
                    "ETag": tag,
                    "Ledger-Seq": str(upto),
                },
            )
        shown = feed.read(request.user, after=after, upto=upto, size=page.size + 1)
        last = (shown[page.size - 1].seq,) if len(shown) > page.size else None
        results = [change(row, is_anonymous=is_anonymous) for row in shown[: page.size]]
        return Response(page.answer(results, last, seq=upto), headers={"ETag": tag})
