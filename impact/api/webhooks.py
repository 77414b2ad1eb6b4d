"""REST: webhooks, which send the entries of the ledger to an address of the caller."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.errors import Problem, Refused
from consortia.models import ApiToken, Scope, User
from consortia.rest import filters, pages, parsing
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import unknown_keys
from consortia.rest.parsing import Reader
from consortia.rest.repeating import repeatable
from consortia.rest.schema import PAGES, listing
from impact import webhook_delivery, webhooks
from impact.models import Webhook, WebhookAttempt

TAG = "Webhooks"


class WebhookSerializer(Serializer):
    id = serializers.UUIDField()
    url = serializers.URLField()
    consortium = serializers.CharField(allow_null=True, help_text="Null: the entries of all HIPs.")
    createdAt = serializers.DateTimeField()
    deliveredSeq = serializers.IntegerField(help_text="The seq up to which everything was delivered.")
    failures = serializers.IntegerField(help_text="Messages in a row that did not arrive.")
    nextAttemptAt = serializers.DateTimeField(allow_null=True, help_text="Null: at once, when there is something.")
    stoppedAt = serializers.DateTimeField(allow_null=True, help_text="Nothing is sent until a replay.")


class WebhookWithSecretSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="What messages are signed with; given here alone.")


class NewWebhookSerializer(Serializer):
    url = serializers.URLField(help_text="https, on the public internet, without a name, a password or a fragment.")
    consortium = serializers.CharField(
        required=False, allow_null=True, help_text="Only entries of this HIP and of the programme as a whole."
    )
    after = serializers.IntegerField(
        required=False, min_value=0, help_text="The seq of the last entry that you have; by default the newest."
    )


class NewReplaySerializer(Serializer):
    after = serializers.IntegerField(min_value=0, help_text="Everything after this seq is sent again.")


class WebhookAttemptSerializer(Serializer):
    time = serializers.DateTimeField()
    firstSeq = serializers.IntegerField()
    lastSeq = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="Of the receiver's answer; null without one.")
    milliseconds = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True, help_text="Why there was no answer.")


def written(row: Webhook) -> dict[str, Any]:
    return {
        "id": row.pk,
        "url": row.address,
        "consortium": row.consortium.slug if row.consortium else None,
        "createdAt": row.created_at,
        "deliveredSeq": row.delivered_seq,
        "failures": row.failures,
        "nextAttemptAt": row.next_attempt_at,
        "stoppedAt": row.disabled_at,
    }


def _attempt(row: WebhookAttempt) -> dict[str, Any]:
    return {
        "time": row.at,
        "firstSeq": row.first_seq,
        "lastSeq": row.last_seq,
        "status": row.status,
        "milliseconds": row.milliseconds,
        "error": row.error,
    }


def _seq(value: object, pointer: str, problems: list[Problem]) -> int | None:
    if isinstance(value, Decimal) and 0 <= value < 10**18 and value == value.to_integral_value():
        return int(value)
    problems.append(Problem(pointer, "malformed", _("Give the sequence number of an entry, or 0.")))
    return None


def _slug(value: object, pointer: str, problems: list[Problem]) -> str | None:
    return None if value is None else parsing.text(value, pointer, problems)


_NEW: Mapping[str, Reader] = {"url": parsing.text, "consortium": _slug, "after": _seq}
_REPLAY: Mapping[str, Reader] = {"after": _seq}


class _WebhookEndpoint(Endpoint):
    tag = TAG

    def said_again(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        row = webhooks.find(**self.who(self.request), webhook=UUID(said["id"]))
        return {"secret": webhook_delivery.secret_of(row)}

    def who(self, request: Request) -> dict[str, Any]:
        """The actor and their key, for the commands; the key has to be one that reads."""
        self.require_scope(Scope.READ)
        assert isinstance(request.user, User), "it has a scope"
        assert isinstance(request.auth, ApiToken), "it has a scope"
        return {"actor": request.user, "token": request.auth}

    def given(self, request: Request, readers: Mapping[str, Reader], *required: str) -> dict[str, Any]:
        """Raises `Refused`: members that are unknown, missing or of the wrong type."""
        if problems := unknown_keys(request):
            raise Refused(problems)
        given = parsing.members(request, readers)
        if missing := [name for name in required if name not in given]:
            raise Refused([Problem(f"/{name}", "required", _("This is missing.")) for name in missing])
        return given

    def made(self, request: Request, row: Webhook, **more: Any) -> Response:
        address = request.build_absolute_uri(reverse("api:webhook", args=[row.pk]))
        return Response({**written(row), **more}, status=201, headers={"Location": address})


class Webhooks(_WebhookEndpoint):
    never_kept = ("secret",)

    @extend_schema(operation_id="listWebhooks", parameters=PAGES, responses=listing(WebhookSerializer))
    def get(self, request: Request) -> Response:
        """The webhooks that were made with this key, in that order."""
        who = self.who(request)
        _none, page = filters.read(request)
        shown, last = pages.of_queryset(page, webhooks.of(who["actor"], who["token"]), "created_at", "pk")
        return Response(page.answer([written(row) for row in shown], last))

    @extend_schema(
        operation_id="addWebhook", request=NewWebhookSerializer, responses={201: WebhookWithSecretSerializer}
    )
    @repeatable
    def post(self, request: Request) -> Response:
        """Has the entries of the ledger sent to an address, signed; the answer has the secret, once."""
        who = self.who(request)
        row = webhooks.add(**who, **self.given(request, _NEW, "url"))
        return self.made(request, row, secret=webhook_delivery.secret_of(row))


class OneWebhook(_WebhookEndpoint):
    @extend_schema(operation_id="getWebhook", responses=WebhookSerializer)
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """One webhook: up to where everything was delivered, and whether something is the matter."""
        who = self.who(request)
        filters.read(request, paged=False)
        return Response(written(webhooks.find(**who, webhook=id)))

    @extend_schema(operation_id="removeWebhook", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """Nothing is sent any more."""
        webhooks.remove(**self.who(request), webhook=id)
        return Response(status=204)


class WebhookReplays(_WebhookEndpoint):
    @extend_schema(operation_id="replayWebhook", request=NewReplaySerializer, responses={201: WebhookSerializer})
    @repeatable
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """Sends everything after an entry again, in order. A webhook that was stopped goes on."""
        who = self.who(request)
        webhooks.find(**who, webhook=id)
        return self.made(request, webhooks.replay(**who, webhook=id, **self.given(request, _REPLAY, "after")))


class WebhookSecrets(_WebhookEndpoint):
    never_kept = ("secret",)

    @extend_schema(operation_id="renewWebhookSecret", request=None, responses={201: WebhookWithSecretSerializer})
    @repeatable
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """Signs with another secret from now on, and for a day with the one before as well."""
        who = self.who(request)
        if problems := unknown_keys(request):
            raise Refused(problems)
        row = webhooks.renew_secret(**who, webhook=id)
        return self.made(request, row, secret=webhook_delivery.secret_of(row))


class WebhookAttempts(_WebhookEndpoint):
    @extend_schema(operation_id="listWebhookAttempts", parameters=PAGES, responses=listing(WebhookAttemptSerializer))
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """The messages of the last thirty days and what came back, oldest first."""
        row = webhooks.find(**self.who(request), webhook=id)
        _none, page = filters.read(request)
        shown, last = pages.of_queryset(page, row.attempts.all(), "pk")
        return Response(page.answer([_attempt(each) for each in shown], last))
