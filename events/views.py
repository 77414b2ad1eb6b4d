"""The pages of events and good practices, and the calendar."""

import hashlib
from collections.abc import Sequence
from datetime import UTC
from typing import TypeVar
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from consortia import clock
from consortia.notation import DUTCH, ENGLISH
from events import calendar
from events.forms import Choice
from events.models import Event, EventQuerySet, GoodPractice, GoodPracticeQuerySet

PAST_ON_A_PAGE = 20
PRACTICES_ON_A_PAGE = 24
CALENDAR_SECONDS = 300

Rows = TypeVar("Rows", EventQuerySet, GoodPracticeQuerySet)


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What is next; under it what is over, the latest first."""
    choice = Choice(request.GET or None)
    chosen = _chosen(Event.objects.visible_to(request.user), choice)
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
def practices(request: HttpRequest) -> HttpResponse:
    choice = Choice(request.GET or None)
    chosen = _chosen(GoodPractice.objects.visible_to(request.user), choice).newest_first().with_relations()
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
