"""The fixed pages about the portal itself; their texts stand in templates/pages/."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


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
