"""REST: events and good practices. Texts are Markdown in both languages, as the office wrote them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django_filters import Filter, ModelMultipleChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.api import texts
from consortia.clock import AMSTERDAM
from consortia.errors import NotVisible
from consortia.models import ActionLine, Consortium
from consortia.notation import DUTCH
from consortia.rest import filters, pages
from consortia.rest.endpoint import Endpoint
from consortia.rest.filters import StrictFilterSet
from consortia.rest.schema import PAGES, TextsSerializer, listing, query
from events.models import (
    Event,
    EventFormat,
    EventKind,
    EventQuerySet,
    EventStatus,
    GoodPractice,
    GoodPracticeQuerySet,
    Licence,
    PracticeStatus,
)

TAG = "Knowledge programme"

_UNDATED = datetime(9999, 1, 1, tzinfo=UTC)
"""Where drafts without a time stand in the order: last."""


# --- what is asked for


class MomentField(forms.CharField):
    """A time with its zone, or a whole day in Amsterdam; as the end of a window a day counts to its last moment."""

    default_error_messages = {
        "malformed": _("Give a date (2026-11-24) or a time with its zone (2026-11-24T12:30:00Z).")
    }

    def __init__(self, *, is_end: bool, **options: Any) -> None:
        super().__init__(**options)
        self.is_end = is_end

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if value is None:
            return None
        try:
            return _moment(text, is_end=self.is_end)
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["malformed"], code="malformed") from None


def _moment(text: str, *, is_end: bool) -> datetime:
    """The first moment that is inside, or for the end of a window the first one that is not."""
    if len(text) == len("2026-11-24"):
        day = date.fromisoformat(text) + timedelta(days=1 if is_end else 0)
        return datetime.combine(day, time(), tzinfo=AMSTERDAM).astimezone(UTC)
    # In an address a plus sign reads as a space.
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC) + timedelta(microseconds=1 if is_end else 0)


class MomentFilter(Filter):
    field_class = MomentField


class _ChoiceFilter(StrictFilterSet):
    consortium = ModelMultipleChoiceFilter(queryset=Consortium.objects.all(), to_field_name="slug")
    actionLine = ModelMultipleChoiceFilter(queryset=ActionLine.objects.all(), to_field_name="code")

    def window(self, begin: str, end: str) -> tuple[Any, Any]:
        # The end is the first moment outside: the last one inside is compared.
        first, last = super().window(begin, end)
        return first, last and last - timedelta(microseconds=1)


# Python keeps `from` for itself, so the class cannot be written down with it.
WindowFilter: type[StrictFilterSet] = type(
    "WindowFilter",
    (_ChoiceFilter,),
    {"from": MomentFilter(is_end=False), "to": MomentFilter(is_end=True), "windows": (("from", "to"),)},
)

_CHOICE = [
    query("consortium", "Slug of a HIP; of several, any."),
    query("actionLine", "Code of an action line; of several, any."),
]
_DAY_OR_TIME = "A date in Amsterdam, or a time with its zone."


def _chosen(request: Request, rows: Any) -> tuple[Any, dict[str, Any], pages.Page]:
    """The rows of the HIPs and action lines that are asked for, the window, and the page."""
    bound, page = filters.read(request, WindowFilter, queryset=rows)
    asked = bound.form.cleaned_data
    if asked["consortium"]:
        rows = rows.of_consortia(asked["consortium"])
    if asked["actionLine"]:
        rows = rows.of_action_lines(asked["actionLine"])
    return rows, asked, page


def _address(request: Request, name: str, **parts: Any) -> str:
    # One address whatever the language of the caller: the Dutch page, which links to the English one.
    with override(DUTCH):
        return request.build_absolute_uri(reverse(name, kwargs=parts))


# --- events


class EventSerializer(Serializer):
    id = serializers.UUIDField()
    title = TextsSerializer()
    summary = TextsSerializer()
    description = TextsSerializer(help_text="Markdown.")
    kind = serializers.ChoiceField(EventKind.values)
    format = serializers.ChoiceField(EventFormat.values)
    status = serializers.ChoiceField(EventStatus.values, help_text="Drafts are seen by the programme office alone.")
    startsAt = serializers.DateTimeField(allow_null=True, help_text="Null only in a draft.")
    endsAt = serializers.DateTimeField(allow_null=True)
    location = serializers.CharField(allow_null=True)
    onlineUrl = serializers.URLField(allow_null=True)
    organiser = serializers.CharField(help_text="Name of the HIP or organisation.")
    organisedBy = serializers.CharField(allow_null=True, help_text="Slug, where a HIP is the organiser.")
    consortia = serializers.ListField(child=serializers.CharField())
    actionLines = serializers.ListField(child=serializers.CharField())
    themes = serializers.ListField(child=serializers.CharField())
    cancelledReason = TextsSerializer(allow_null=True)
    sequence = serializers.IntegerField(help_text="Raised by every change after publication, as in iCalendar.")
    publishedAt = serializers.DateTimeField(allow_null=True)
    updatedAt = serializers.DateTimeField()
    url = serializers.URLField(help_text="Its page.")


def event(row: Event, request: Request) -> dict[str, Any]:
    return {
        "id": row.pk,
        "title": texts(row, "title"),
        "summary": texts(row, "summary"),
        "description": texts(row, "description"),
        "kind": row.kind,
        "format": row.format,
        "status": row.status,
        "startsAt": row.starts_at,
        "endsAt": row.ends_at,
        "location": row.location or None,
        "onlineUrl": row.online_url or None,
        "organiser": row.organiser_name,
        "organisedBy": row.organised_by.slug if row.organised_by else None,
        "consortia": [hip.slug for hip in row.consortia.all()],
        "actionLines": [line.code for line in row.action_lines.all()],
        "themes": [theme.slug for theme in row.themes.all()],
        "cancelledReason": texts(row, "cancelled_reason") if row.is_cancelled else None,
        "sequence": row.sequence,
        "publishedAt": row.published_at,
        "updatedAt": row.updated_at,
        "url": _address(request, "events:event", event_id=row.pk),
    }


class Events(Endpoint):
    is_public = True
    tag = TAG

    @extend_schema(
        operation_id="listEvents",
        parameters=[
            *_CHOICE,
            query("from", f"Not over before this. {_DAY_OR_TIME}", many=False),
            query("to", f"Begun by then. {_DAY_OR_TIME}", many=False),
            *PAGES,
        ],
        responses=listing(EventSerializer),
    )
    def get(self, request: Request) -> Response:
        """Meetings, the earliest first; cancelled ones too, marked."""
        rows: EventQuerySet
        rows, asked, page = _chosen(request, Event.objects.visible_to(request.user).with_relations())
        if asked["from"]:
            rows = rows.filter(ends_at__gt=asked["from"])
        if asked["to"]:
            rows = rows.filter(starts_at__lt=asked["to"])
        ordered = rows.annotate(place=Coalesce("starts_at", Value(_UNDATED), output_field=DateTimeField()))
        shown, last = pages.of_queryset(page, ordered, "place", "id")
        return Response(page.answer([event(row, request) for row in shown], last))


class OneEvent(Endpoint):
    is_public = True
    tag = TAG

    @extend_schema(operation_id="getEvent", responses=EventSerializer)
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - the name in the description
        """One meeting."""
        filters.read(request, paged=False)
        row = Event.objects.visible_to(request.user).with_relations().filter(pk=id).first()
        if row is None:
            raise NotVisible("no such event")
        return Response(event(row, request))


# --- good practices


class GoodPracticeSerializer(Serializer):
    slug = serializers.CharField()
    title = TextsSerializer()
    summary = TextsSerializer()
    problem = TextsSerializer(help_text="Markdown, as the following three.")
    approach = TextsSerializer()
    results = TextsSerializer()
    pitfalls = TextsSerializer()
    status = serializers.ChoiceField(
        PracticeStatus.values, help_text="Anything but published is seen by the programme office alone."
    )
    consortia = serializers.ListField(child=serializers.CharField())
    actionLines = serializers.ListField(child=serializers.CharField())
    themes = serializers.ListField(child=serializers.CharField())
    indicators = serializers.ListField(child=serializers.CharField())
    contact = serializers.CharField(help_text="The office to ask.")
    source = serializers.CharField()  # type: ignore[assignment]  # taken off the class by its metaclass
    licence = serializers.ChoiceField(Licence.values, help_text="SPDX name.")
    publishedAt = serializers.DateTimeField(allow_null=True)
    updatedAt = serializers.DateTimeField()
    url = serializers.URLField(help_text="Its page.")


def good_practice(row: GoodPractice, request: Request) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "title": texts(row, "title"),
        "summary": texts(row, "summary"),
        "problem": texts(row, "problem"),
        "approach": texts(row, "approach"),
        "results": texts(row, "results"),
        "pitfalls": texts(row, "pitfalls"),
        "status": row.status,
        "consortia": [hip.slug for hip in row.consortia.all()],
        "actionLines": [line.code for line in row.action_lines.all()],
        "themes": [theme.slug for theme in row.themes.all()],
        "indicators": [indicator.code for indicator in row.indicators.all()],
        "contact": row.contact,
        "source": row.source,
        "licence": row.licence,
        "publishedAt": row.published_at,
        "updatedAt": row.updated_at,
        "url": _address(request, "events:practice", slug=row.slug),
    }


class GoodPractices(Endpoint):
    is_public = True
    tag = TAG

    @extend_schema(
        operation_id="listGoodPractices",
        parameters=[
            *_CHOICE,
            query("from", f"Published from then on. {_DAY_OR_TIME}", many=False),
            query("to", f"Published by then. {_DAY_OR_TIME}", many=False),
            *PAGES,
        ],
        responses=listing(GoodPracticeSerializer),
    )
    def get(self, request: Request) -> Response:
        """What worked at one HIP, told so that another can do it too."""
        rows: GoodPracticeQuerySet
        rows, asked, page = _chosen(request, GoodPractice.objects.visible_to(request.user).with_relations())
        if asked["from"]:
            rows = rows.filter(published_at__gte=asked["from"])
        if asked["to"]:
            rows = rows.filter(published_at__lt=asked["to"])
        shown, last = pages.of_queryset(page, rows, "slug")
        return Response(page.answer([good_practice(row, request) for row in shown], last))


class OneGoodPractice(Endpoint):
    is_public = True
    tag = TAG

    @extend_schema(operation_id="getGoodPractice", responses=GoodPracticeSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """One good practice."""
        filters.read(request, paged=False)
        row = GoodPractice.objects.visible_to(request.user).with_relations().filter(slug=slug).first()
        if row is None:
            raise NotVisible("no such good practice")
        return Response(good_practice(row, request))


urlpatterns = [
    path("events", Events.as_view()),
    path("events/<uuid:id>", OneEvent.as_view()),
    path("good-practices", GoodPractices.as_view()),
    path("good-practices/<slug:slug>", OneGoodPractice.as_view()),
]
