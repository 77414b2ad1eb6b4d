"""REST: links between organisations. Undoing one is a new entry of the ledger; the link stays to be read."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia import access
from consortia.access import Permission
from consortia.errors import NotVisible, Refused
from consortia.models import Scope, User
from consortia.rest import filters, pages, parsing
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import unknown_keys
from consortia.rest.parsing import Reader
from consortia.rest.repeating import repeatable
from consortia.rest.schema import PAGES, listing, with_keyword
from impact import links, register, tasks
from impact.models import LINKS, LedgerEntry

TAG = "Register"
_KINDS = [kind.value for kind in LINKS]
_FROM_HELP = "The organisation that counts as the other."
_TO_HELP = "The organisation as which it counts."


class UndoneSerializer(Serializer):
    seq = serializers.IntegerField(help_text="The ledger entry that undid it.")
    time = serializers.DateTimeField()
    reason = serializers.CharField()


class LinkSerializer(Serializer):
    id = serializers.IntegerField(help_text="The `seq` of its ledger entry.")
    kind = serializers.ChoiceField(_KINDS)
    to = serializers.UUIDField(help_text=_TO_HELP)
    reason = serializers.CharField()
    seq = serializers.IntegerField()
    time = serializers.DateTimeField()
    undone = UndoneSerializer(allow_null=True, help_text="Null as long as the link stands.")


class NewLinkSerializer(Serializer):
    kind = serializers.ChoiceField(_KINDS)
    to = serializers.UUIDField(help_text=_TO_HELP)
    reason = serializers.CharField()


with_keyword(LinkSerializer, "from", serializers.UUIDField(help_text=_FROM_HELP))
with_keyword(NewLinkSerializer, "from", serializers.UUIDField(help_text=_FROM_HELP))
_NEW: Mapping[str, Reader] = {
    "kind": parsing.text,
    "from": parsing.text,
    "to": parsing.text,
    "reason": parsing.text,
}


def written(entry: LedgerEntry) -> dict[str, Any]:
    """A link as the API gives it; `undone_by` has to be at hand."""
    undoing = getattr(entry, "undone_by", None)
    return {
        "id": entry.seq,
        "kind": entry.kind,
        "from": entry.from_organisation_id,
        "to": entry.to_organisation_id,
        "reason": entry.reason,
        "seq": entry.seq,
        "time": entry.recorded_at,
        "undone": undoing and {"seq": undoing.seq, "time": undoing.recorded_at, "reason": undoing.reason},
    }


class _LinkEndpoint(Endpoint):
    tag = TAG

    def visible(self, request: Request) -> QuerySet[LedgerEntry]:
        return register.links_visible_to(request.user).select_related("undone_by")

    def allowed(self, request: Request) -> User:
        """The actor, once it is clear that they may link organisations.

        Raises:
            NotPermitted.
            Refused: query keys.
        """
        self.require_scope(Scope.MANAGE)
        access.require(request.user, Permission.CONFIGURE)
        if problems := unknown_keys(request):
            raise Refused(problems)
        assert isinstance(request.user, User), "a step needs a token"
        return request.user


class Links(_LinkEndpoint):
    @extend_schema(operation_id="listOrganisationLinks", parameters=PAGES, responses=listing(LinkSerializer))
    def get(self, request: Request) -> Response:
        """Every link between organisations that the caller may see, oldest first; those undone as well."""
        _none, page = filters.read(request)
        shown, last = pages.of_queryset(page, self.visible(request), "seq")
        return Response(page.answer([written(entry) for entry in shown], last))

    @extend_schema(operation_id="linkOrganisations", request=NewLinkSerializer, responses={201: LinkSerializer})
    @repeatable
    def post(self, request: Request) -> Response:
        """From now on `from` counts as `to`. Rows keep the organisation as reported; earlier moments keep both."""
        actor = self.allowed(request)
        given = parsing.members(request, _NEW)
        entry = links.link(
            actor=actor,
            kind=given.get("kind", ""),
            source=given.get("from", ""),
            target=given.get("to", ""),
            reason=given.get("reason", ""),
        )
        tasks.nudge()
        address = reverse("api:organisation-link", args=[entry.seq])
        return Response(written(entry), status=201, headers={"Location": request.build_absolute_uri(address)})


class OneLink(_LinkEndpoint):
    @extend_schema(operation_id="getOrganisationLink", responses=LinkSerializer)
    def get(self, request: Request, id: int) -> Response:  # noqa: A002 - the name in the description
        """One link, also after it was undone."""
        filters.read(request, paged=False)
        return Response(written(self._found(request, id)))

    @extend_schema(operation_id="undoOrganisationLink", responses={204: None})
    def delete(self, request: Request, id: int) -> Response:  # noqa: A002 - the name in the description
        """Undoes the link by a new ledger entry: every figure is what it would be without it."""
        self._found(request, id)
        actor = self.allowed(request)
        links.undo(actor=actor, seq=id)
        tasks.nudge()
        return Response(status=204)

    def _found(self, request: Request, number: int) -> LedgerEntry:
        found = self.visible(request).filter(pk=number).first()
        if found is None:
            raise NotVisible(_("There is no such link."))
        return found
