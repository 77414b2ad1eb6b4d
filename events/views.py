"""The pages of events and good practices, and the calendar."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import TypeVar
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia import clock, exports
from consortia.exports import Columns
from consortia.notation import DUTCH, ENGLISH
from consortia.spreadsheets import Column
from events import calendar
from events.forms import Choice
from events.models import Event, EventQuerySet, GoodPractice, GoodPracticeQuerySet

PAST_ON_A_PAGE = 20
PRACTICES_ON_A_PAGE = 24
CALENDAR_SECONDS = 300

Rows = TypeVar("Rows", EventQuerySet, GoodPracticeQuerySet)


@require_safe
def events(request: HttpRequest) -> HttpResponseBase:
    """What is next; under it what is over, the latest first."""
    choice = Choice(request.GET or None)
    chosen = _chosen(Event.objects.visible_to(request.user), choice)
    if exports.is_asked(request):
        return _events_as_workbook(request, chosen.with_relations())
    moment = clock.now()
    past = Paginator(chosen.past(moment).with_relations(), PAST_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "choice": choice,
        "is_chosen": bool(choice.is_bound and any(choice.data.get(name) for name in choice.fields)),
        "upcoming": chosen.upcoming(moment).with_relations(),
        "undated": chosen.undated().with_relations(),
        "past": past,
        "language": get_language(),
    }
    return render(request, "events/events.html", context)


@require_safe
def event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    found = get_object_or_404(Event.objects.visible_to(request.user).with_relations(), pk=event_id)
    is_over = found.ends_at is not None and found.ends_at <= clock.now()
    return render(request, "events/event.html", {"event": found, "is_over": is_over})


@require_safe
def event_calendar(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """One event as a file for one's own calendar, in the language of the page."""
    found = get_object_or_404(Event.objects.public().select_related("organised_by"), pk=event_id)
    response = _calendar(request, [found], language=get_language() or DUTCH)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.pk}.ics"'
    return response


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """All public events as one calendar to subscribe to; `?language=en` for English texts."""
    language = request.GET.get("language", DUTCH)
    if language not in {DUTCH, ENGLISH}:
        return HttpResponseBadRequest("language is nl or en\n", content_type="text/plain; charset=utf-8")
    found = list(Event.objects.public().select_related("organised_by").order_by("starts_at", "id"))
    response = _calendar(request, found, language=language)
    patch_cache_control(response, public=True, max_age=CALENDAR_SECONDS)
    return response


@require_safe
def practices(request: HttpRequest) -> HttpResponseBase:
    choice = Choice(request.GET or None)
    chosen = _chosen(GoodPractice.objects.visible_to(request.user), choice).newest_first().with_relations()
    if exports.is_asked(request):
        return _practices_as_workbook(request, chosen)
    page = Paginator(chosen, PRACTICES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "choice": choice,
        "is_chosen": bool(choice.is_bound and any(choice.data.get(name) for name in choice.fields)),
        "page": page,
    }
    return render(request, "events/practices.html", context)


@require_safe
def practice(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(GoodPractice.objects.visible_to(request.user).with_relations(), slug=slug)
    return render(request, "events/practice.html", {"practice": found})


def _chosen(rows: Rows, choice: Choice) -> Rows:
    """What is left after the choice; a choice that does not exist leaves nothing."""
    if not choice.is_bound:
        return rows
    if not choice.is_valid():
        return rows.none()
    if hip := choice.cleaned_data["hip"]:
        rows = rows.of_consortia([hip])
    if line := choice.cleaned_data["line"]:
        rows = rows.of_action_lines([line])
    return rows


def _events_as_workbook(request: HttpRequest, found: Iterable[Event]) -> FileResponse:
    """What is over as well, oldest first, without pages; those without a date last."""
    columns: Columns = [
        Column(_("Title"), width=50), _("Status"), _("Starts"), _("Ends"), _("Kind"), _("Format"),
        Column(_("Location"), width=40), Column(_("Online address"), width=40), Column(_("Organised by"), width=30),
        Column(_("HIPs"), width=40), Column(_("Action lines"), width=40), Column(_("Summary"), width=70),
    ]  # fmt: skip
    rows = (
        [
            each.title,
            each.get_status_display(),
            each.starts_at,
            each.ends_at,
            each.get_kind_display(),
            each.get_format_display(),
            each.location,
            each.online_url,
            each.organiser_name,
            _named(each),
            ", ".join(line.name for line in each.action_lines.all()),
            each.summary,
        ]
        for each in found
    )
    return exports.answer(request, name="meetings", title=_("Meetings"), columns=columns, rows=rows)


def _practices_as_workbook(request: HttpRequest, found: Iterable[GoodPractice]) -> FileResponse:
    columns: Columns = [
        Column(_("Title"), width=50), _("Status"), _("Published"), Column(_("HIPs"), width=40),
        Column(_("Action lines"), width=40), Column(_("Summary"), width=70), Column(_("Address"), width=60),
    ]  # fmt: skip
    rows = (
        [
            each.title,
            each.get_status_display(),
            each.published_at,
            _named(each),
            ", ".join(line.name for line in each.action_lines.all()),
            each.summary,
            request.build_absolute_uri(reverse("events:practice", args=[each.slug])),
        ]
        for each in found
    )
    return exports.answer(request, name="good-practices", title=_("Good practices"), columns=columns, rows=rows)


def _named(each: Event | GoodPractice) -> str:
    return ", ".join(hip.name for hip in each.consortia.all())


def _calendar(request: HttpRequest, found: Sequence[Event], *, language: str) -> HttpResponse:
    """The calendar with its tags, or 304 for who has it already."""
    content = calendar.write(found, language=language)
    etag = quote_etag(hashlib.sha256(content).hexdigest())
    changed = max((int(each.updated_at.astimezone(UTC).timestamp()) for each in found), default=None)
    response = HttpResponse(content, content_type=calendar.MEDIA_TYPE)
    response.headers["ETag"] = etag
    response.headers["Content-Language"] = language
    if changed is not None:
        response.headers["Last-Modified"] = http_date(changed)
    conditional = get_conditional_response(request, etag=etag, last_modified=changed, response=response)
    return conditional or response
