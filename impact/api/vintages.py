"""REST: vintages, published for ever; and what is different between two of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django_filters import Filter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia import access
from consortia.access import Permission
from consortia.errors import NotVisible, Problem, Refused
from consortia.models import Scope, User
from consortia.rest import filters, pages, parsing
from consortia.rest.filters import OnceField, StrictFilterSet, unknown_keys
from consortia.rest.parsing import Reader
from consortia.rest.repeating import repeatable
from consortia.rest.schema import PAGES, listing, query
from impact import comparison, feed, vintages
from impact.api import changes, effects, selection
from impact.api.changes import ChangeSerializer
from impact.api.effects import ChangedCellSerializer, ChangedGoalSerializer
from impact.api.keyed import Keyed
from impact.comparison import Changed, GoalChanged
from impact.fingerprint import Fingerprint
from impact.models import Vintage
from impact.rollups import Dimensions, sees_everything

TAG = "Vintages"


class VintageLinksSerializer(Serializer):
    figures = serializers.URLField(help_text="What the hashes are made of, first part.")
    rollUps = serializers.URLField(help_text="Second part.")
    dataPackage = serializers.URLField(help_text="All public figures of it as one zip that describes itself.")


class VintageSerializer(Serializer):
    id = serializers.CharField(help_text="The code under which it was published.")
    name = serializers.CharField()
    note = serializers.CharField()
    seq = serializers.IntegerField(help_text="The ledger entry as of which it is.")
    publishedAt = serializers.DateTimeField()
    publishedBy = serializers.CharField(allow_null=True, help_text="Null for anonymous callers.")
    lastPeriod = serializers.CharField(help_text="Later quarters are no part of it.")
    form = serializers.IntegerField(help_text="How the hashes are made: docs/vintages.md.")
    sha256 = serializers.CharField(help_text="Of the figures as anonymous callers see them.")
    sha256Full = serializers.CharField(
        help_text="Of the figures as callers with a token see them; in form 2 sealed with `salt`."
    )
    salt = serializers.CharField(
        allow_null=True, help_text="For callers with a token: what the full hash is sealed with. Null in form 1."
    )
    links = VintageLinksSerializer()


class NewVintageSerializer(Serializer):
    id = serializers.CharField(required=False, help_text="By default the date, with a number where it is taken.")
    name = serializers.CharField(required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True)
    seq = serializers.IntegerField(required=False, help_text="By default the newest ledger entry.")


def vintage(row: Vintage, request: Request) -> dict[str, Any]:
    asked = urlencode({"asOf": row.entry_id, "periodTo": row.last_quarter_id})

    def address(name: str) -> str:
        return f"{request.build_absolute_uri(reverse(f'api:{name}'))}?{asked}"

    return {
        "id": row.code,
        "name": row.name,
        "note": row.note,
        "seq": row.entry_id,
        "publishedAt": row.published_at,
        "publishedBy": str(row.published_by) if sees_everything(request.user) else None,
        "lastPeriod": row.last_quarter_id,
        "form": row.form,
        "sha256": row.sha256,
        "sha256Full": row.sha256_full,
        "salt": (row.salt or None) if sees_everything(request.user) else None,
        "links": {
            "figures": address("figures"),
            "rollUps": address("roll-ups"),
            "dataPackage": request.build_absolute_uri(reverse("api:data-package", args=[row.code])),
        },
    }


def _seq(value: object, pointer: str, problems: list[Problem]) -> int | None:
    if isinstance(value, Decimal) and abs(value) < 10**18 and value == value.to_integral_value():
        return int(value)
    problems.append(Problem(pointer, "malformed", _("Give the sequence number of an entry.")))
    return None


_NEW: Mapping[str, Reader] = {"id": parsing.text, "name": parsing.text, "note": parsing.text, "seq": _seq}


class _Published(Keyed):
    lists_vintages = True
    tag = TAG

    def begin_of_published(self) -> str:
        """As `begin`; whoever sees who published is told of a new name."""
        if not sees_everything(self.request.user):
            return self.begin()[0]
        names = User.objects.filter(pk__in=Vintage.objects.values("published_by")).order_by("pk")
        return self.begin(*names.values_list("name", "email"))[0]


class Vintages(_Published):
    @extend_schema(operation_id="listVintages", parameters=PAGES, responses=listing(VintageSerializer))
    def get(self, request: Request) -> Response:
        """The vintages, newest first."""
        tag = self.begin_of_published()
        _none, page = filters.read(request)
        self.unless_known(tag)
        rows = Vintage.objects.select_related("published_by").order_by("-pk")
        shown, last = pages.of_list(page, list(rows), lambda row: (-row.pk,))
        return Response(page.answer([vintage(row, request) for row in shown], last), headers={"ETag": tag})

    @extend_schema(operation_id="publishVintage", request=NewVintageSerializer, responses={201: VintageSerializer})
    @repeatable
    def post(self, request: Request) -> Response:
        """Names the figures as they are known now, or as of a `seq`, with the hashes that prove them; for ever."""
        self.require_scope(Scope.MANAGE)
        access.require(request.user, Permission.CONFIGURE)
        if problems := unknown_keys(request):
            raise Refused(problems)
        given = parsing.members(request, _NEW)
        assert isinstance(request.user, User), "a step needs a token"
        row = vintages.publish(actor=request.user, code=given.pop("id", ""), **given)
        address = request.build_absolute_uri(reverse("api:vintage", args=[row.code]))
        return Response(vintage(row, request), status=201, headers={"Location": address})


class OneVintage(_Published):
    def is_for_ever(self, known: Fingerprint, *, is_exact: bool) -> bool:
        return not is_exact and self.request.auth is None

    @extend_schema(operation_id="getVintage", responses=VintageSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the description
        """One vintage, by its code."""
        tag = self.begin_of_published()
        filters.read(request, paged=False)
        self.unless_known(tag)
        row = Vintage.objects.select_related("published_by").filter(code=id).first()
        if row is None:
            raise NotVisible(_("There is no such vintage."))
        return Response(vintage(row, request), headers={"ETag": tag})


# --- comparing


class _VintageField(OnceField):
    def given_twice(self) -> str:
        return _("Give one vintage.")

    def read(self, text: str) -> Vintage:
        row = Vintage.objects.select_related("last_quarter").filter(code=text).first()
        if row is None:
            raise ValidationError(_("There is no such vintage."), code="unknown")
        return row


class _Vintage(Filter):
    field_class = _VintageField


# Python keeps `from` for itself, so the class cannot be written down with it.
_ComparisonFilter: type[StrictFilterSet] = type(
    "_ComparisonFilter", (StrictFilterSet,), {"from": _Vintage(), "to": _Vintage()}
)


class ComparedCellSerializer(ChangedCellSerializer):
    changed = serializers.ListField(child=serializers.CharField(), help_text="The keys that differ.")
    entries = serializers.ListField(
        child=serializers.IntegerField(), help_text="The ledger entries that bear on it, by seq; at least one."
    )


class ComparedGoalSerializer(ChangedGoalSerializer):
    entries = serializers.ListField(child=serializers.IntegerField())


_ComparisonSerializer = listing(ComparedCellSerializer, with_seq=True)
_ComparisonSerializer._declared_fields |= {
    "goals": ComparedGoalSerializer(many=True),
    "entries": ChangeSerializer(
        many=True, help_text="The ledger entries between the two, as in `changes`; on the first page."
    ),
}


def _cell(row: Changed, dimensions: Dimensions) -> dict[str, Any]:
    found = effects.cell(row.change, dimensions)
    return found | {"changed": sorted(row.names), "entries": list(row.entries)}


def _goal(row: GoalChanged) -> dict[str, Any]:
    return effects.goal(row.change) | {"entries": list(row.entries)}


class Comparisons(Keyed):
    # Which quarters had ended.
    is_daily = True
    tag = TAG

    @extend_schema(
        operation_id="compareVintages",
        parameters=[
            query("from", "A vintage, by its code.", many=False),
            query("to", "Another vintage; without it, the figures as they are now.", many=False),
            *PAGES,
        ],
        responses=_ComparisonSerializer,
    )
    def get(self, request: Request) -> Response:
        """Every roll-up that is not the same in both, old and new, with the ledger entries that bear on it.

        What is withheld from the caller is not compared, and left out.
        """
        tag, known = self.begin(request.auth is None, *feed.audience(request.user))
        bound, page = selection.read(request, _ComparisonFilter)
        asked = bound.form.cleaned_data
        before: Vintage | None = asked["from"]
        if before is None:
            raise Refused([Problem("from", "required", _("Say which vintage is compared."))])
        self.unless_known(tag)
        after: Vintage | None = asked["to"]
        seq = page.seq if page.seq is not None else after.entry_id if after else known.seq
        dimensions = Dimensions.read()
        found = comparison.compare(
            before.entry_id, seq, request.user, dimensions, upto=vintages.upto(before, after, dimensions)
        )
        start = page.after[0] if page.after else 0
        end = start + page.size
        between = found.last_seq - found.first_seq if start == 0 else 0
        entries = feed.read(request.user, after=found.first_seq, upto=found.last_seq, size=between)
        body = page.answer(
            [_cell(row, dimensions) for row in found.cells[start:end]],
            (end,) if end < len(found.cells) else None,
            seq=seq,
            goals=[_goal(row) for row in found.goals],
            entries=[changes.change(row, is_anonymous=request.auth is None) for row in entries],
        )
        return Response(body, headers={"ETag": tag})
