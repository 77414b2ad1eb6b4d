"""The fixed pages about the portal itself; what they say comes from `consortia.page_texts`."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import clock, notation, page_texts
from consortia.models import Page


@require_safe
@cache_control(private=True, no_cache=True)
def about(request: HttpRequest) -> HttpResponse:
    """What the programme is, and where this portal has its facts from."""
    return _shown(request, Page.ABOUT)


@require_safe
@cache_control(private=True, no_cache=True)
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible the portal is, and what to do where it is not."""
    return _shown(request, Page.ACCESSIBILITY)


@require_safe
@cache_control(private=True, no_cache=True)
def privacy(request: HttpRequest) -> HttpResponse:
    """Which personal data the portal holds, and which it never will."""
    return _shown(request, Page.PRIVACY)


@require_safe
@cache_control(private=True, no_cache=True)
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to ask."""
    return _shown(request, Page.CONTACT)


def _shown(request: HttpRequest, page: Page) -> HttpResponse:
    language = (get_language() or notation.DUTCH)[:2]
    return render(request, page_texts.TEMPLATES[page], {"page_text": page_texts.text_of(page, language)})


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def security(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116)."""
    expires = (clock.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: {settings.PUBLIC_URL}/contact",
        f"Expires: {expires}",
        "Preferred-Languages: nl, en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def closed(request: HttpRequest) -> HttpResponse:
    """An address of a package that the portal does not offer: the office sets sign-in addresses."""
    raise Http404
