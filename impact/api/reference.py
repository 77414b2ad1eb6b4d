"""REST: HIPs, indicators and quarters. What moves figures about them comes from the ledger."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia import clock
from consortia.api import texts
from consortia.errors import NotVisible
from consortia.models import Consortium, Partner
from consortia.rest import filters, pages
from consortia.rest.schema import PAGES, NumberField, TextsSerializer, listing
from impact import ledger
from impact.api.keyed import Keyed
from impact.coverage import Participants
from impact.ledger import State
from impact.measures import plain
from impact.models import EntryKind, Indicator, IndicatorDefinition, Kind, LedgerEntry, Quarter, Source

TAG = "Reference data"


class ConsortiumSerializer(Serializer):
    slug = serializers.CharField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    isPlaceholder = serializers.BooleanField(help_text="The programme office still has to enter the real name.")
    leadPartner = serializers.CharField(allow_null=True, help_text="Name of today's lead partner, where known.")
    regions = serializers.ListField(child=serializers.CharField())
    themes = serializers.ListField(child=serializers.CharField())
    startDate = serializers.DateField(allow_null=True)
    endDate = serializers.DateField(allow_null=True, help_text="Null: it takes part until further notice.")
    grantEur = NumberField(allow_null=True)
    grantIsMaximum = serializers.BooleanField()
    totalCostEur = NumberField(allow_null=True)
    description = TextsSerializer()
    website = serializers.CharField(allow_null=True)


def _lead_partners() -> dict[int, str]:
    leading = Partner.objects.leading_on(clock.today()).select_related("organisation")
    return {row.consortium_id: str(row.organisation) for row in leading}


def consortium(row: Consortium, state: State, lead_partners: dict[int, str]) -> dict[str, Any]:
    first, last = state.takes_part.get(row.pk, (None, None))
    return {
        "slug": row.slug,
        "number": row.number,
        "name": row.name,
        "isPlaceholder": row.is_placeholder,
        "leadPartner": lead_partners.get(row.pk),
        "regions": row.regions,
        "themes": [theme.slug for theme in row.themes.all()],
        "startDate": first,
        "endDate": last,
        "grantEur": plain(row.grant_eur),
        "grantIsMaximum": row.grant_is_maximum,
        "totalCostEur": plain(row.total_cost_eur),
        "description": texts(row, "description"),
        "website": row.website or None,
    }


class Consortia(Keyed):
    is_daily = True
    is_dated = False
    tag = TAG

    @extend_schema(operation_id="listConsortia", parameters=PAGES, responses=listing(ConsortiumSerializer))
    def get(self, request: Request) -> Response:
        """The High Impact PPS'en (HIPs), in the order of their number."""
        tag, _known = self.begin()
        _none, page = filters.read(request)
        self.unless_known(tag)
        rows = list(Consortium.objects.order_by("number").prefetch_related("themes"))
        shown, last = pages.of_list(page, rows, lambda row: (row.number,))
        state, lead_partners = ledger.resolve(), _lead_partners()
        answers = [consortium(row, state, lead_partners) for row in shown]
        return Response(page.answer(answers, last), headers={"ETag": tag})


class OneConsortium(Keyed):
    is_daily = True
    is_dated = False
    tag = TAG

    @extend_schema(operation_id="getConsortium", responses=ConsortiumSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """One HIP."""
        tag, _known = self.begin()
        filters.read(request, paged=False)
        row = Consortium.objects.filter(slug=slug).prefetch_related("themes").first()
        if row is None:
            raise NotVisible("no such consortium")
        self.unless_known(tag)
        return Response(consortium(row, ledger.resolve(), _lead_partners()), headers={"ETag": tag})


class DefinitionSerializer(Serializer):
    fromPeriod = serializers.CharField()
    seq = serializers.IntegerField(help_text="The entry of the ledger that says so.")
    recordedAt = serializers.DateTimeField()
    kind = serializers.ChoiceField(Kind.values)
    unit = serializers.CharField()
    source = serializers.ChoiceField(Source.values)  # type: ignore[assignment]
    byActionLine = serializers.BooleanField()
    definition = TextsSerializer()


class IndicatorSerializer(Serializer):
    code = serializers.CharField()
    kind = serializers.ChoiceField(Kind.values)
    unit = serializers.CharField()
    source = serializers.ChoiceField(Source.values)  # type: ignore[assignment]
    byActionLine = serializers.BooleanField(help_text="False: it has no figures of one action line.")
    name = TextsSerializer()
    definition = TextsSerializer()
    isProposal = serializers.BooleanField(help_text="No official codebook is public.")
    definitions = DefinitionSerializer(
        many=True,
        help_text="What it means from a quarter on, oldest first. Figures by two of them cannot be compared.",
    )


def _definition(definition: IndicatorDefinition) -> dict[str, Any]:
    return {
        "kind": definition.kind,
        "unit": definition.unit,
        "source": definition.source,
        "byActionLine": definition.by_action_line,
        "definition": texts(definition, "meaning"),
    }


def indicator(row: Indicator, state: State, quarter: int, entries: dict[int, LedgerEntry]) -> dict[str, Any]:
    """With the definition that is in force in the quarter, else the first one."""
    known = state.definitions[row.pk]
    _since, current = state.definition(row.pk, quarter) or known[0]
    return {
        "code": row.code,
        **_definition(current),
        "name": texts(row, "name"),
        "isProposal": row.is_proposal,
        "definitions": [
            {
                "fromPeriod": definition.from_quarter_id,
                "seq": entries[definition.pk].seq,
                "recordedAt": entries[definition.pk].recorded_at,
                **_definition(definition),
            }
            for _from, definition in known
        ],
    }


class Indicators(Keyed):
    is_daily = True
    tag = TAG

    @extend_schema(operation_id="listIndicators", parameters=PAGES, responses=listing(IndicatorSerializer))
    def get(self, request: Request) -> Response:
        """The codebook: what is counted, and how it adds up. Its definitions are those of today."""
        tag, _known = self.begin()
        _none, page = filters.read(request)
        self.unless_known(tag)
        state = ledger.resolve()
        today = clock.today()
        started = Quarter.objects.filter(start_date__lte=today).order_by("-index").values_list("index", flat=True)
        current = started.first() or 0
        rows = [row for row in Indicator.objects.order_by("order") if row.pk in state.definitions]
        shown, last = pages.of_list(page, rows, lambda row: (row.order,))
        entries = {
            entry.definition_id: entry
            for entry in LedgerEntry.objects.filter(kind=EntryKind.DEFINITION)
            if entry.definition_id
        }
        return Response(
            page.answer([indicator(row, state, current, entries) for row in shown], last), headers={"ETag": tag}
        )


class PeriodSerializer(Serializer):
    id = serializers.RegexField(r"^\d{4}Q[1-4]$")
    startDate = serializers.DateField()
    endDate = serializers.DateField()
    dueDate = serializers.DateField(help_text="Without extensions; reporting later is late, and possible.")
    status = serializers.ChoiceField(["upcoming", "open", "closed"])
    expected = serializers.IntegerField(help_text="HIPs that have to report.")
    reported = serializers.IntegerField(help_text="HIPs of which a version counts.")


def _status(quarter: Quarter, state: State, today: date) -> str:
    if quarter.index in state.closed:
        return "closed"
    return "open" if quarter.end_date < today else "upcoming"


class Periods(Keyed):
    is_daily = True
    tag = TAG

    @extend_schema(operation_id="listPeriods", parameters=PAGES, responses=listing(PeriodSerializer))
    def get(self, request: Request) -> Response:
        """The quarters of the programme, and how many HIPs have reported so far."""
        tag, _known = self.begin()
        _none, page = filters.read(request)
        self.unless_known(tag)
        state, today = ledger.resolve(), clock.today()
        rows = list(Quarter.objects.order_by("index"))
        shown, last = pages.of_list(page, rows, lambda row: (row.index,))
        participants = Participants.of(state, shown)
        answers = [
            {
                "id": row.pk,
                "startDate": row.start_date,
                "endDate": row.end_date,
                "dueDate": row.due_date,
                "status": _status(row, state, today),
                "expected": participants.expected_in(None, row.index),
                "reported": participants.reported_in(None, row.index),
            }
            for row in shown
        ]
        return Response(page.answer(answers, last), headers={"ETag": tag})
