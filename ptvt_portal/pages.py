"""The fixed pages about the portal itself; their texts stand in templates/pages/."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import clock


@require_safe
@cache_control(private=True, no_cache=True)
def about(request: HttpRequest) -> HttpResponse:
    """What the programme is, and where this portal has its facts from."""
    return render(request, "pages/about.html")


@require_safe
@cache_control(private=True, no_cache=True)
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible the portal is, and what to do where it is not."""
    return render(request, "pages/accessibility.html")


@require_safe
@cache_control(private=True, no_cache=True)
def privacy(request: HttpRequest) -> HttpResponse:
    """Which personal data the portal holds, and which it never will."""
    return render(request, "pages/privacy.html", {"session_days": settings.SESSION_COOKIE_AGE // (24 * 60 * 60)})


@require_safe
@cache_control(private=True, no_cache=True)
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to ask."""
    return render(request, "pages/contact.html")


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
