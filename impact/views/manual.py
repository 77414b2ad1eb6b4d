"""The manuals for coordinators and the office: texts in templates/impact/manual/, pictures by docs/screenshots.py."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import notation


@require_safe
@cache_control(private=True, no_cache=True)
def manual(request: HttpRequest) -> HttpResponse:
    """How a quarter is reported, step by step, for whoever does it a few times a year."""
    return render(request, "impact/manual/page.html", {"text": f"impact/manual/{_language()}.html"})


@require_safe
@cache_control(private=True, no_cache=True)
def office(request: HttpRequest) -> HttpResponse:
    """How the office works with the portal; it holds no secrets, and whoever starts there has no account yet."""
    return render(request, "impact/manual/office.html", {"text": f"impact/manual/office_{_language()}.html"})


def _language() -> str:
    return notation.ENGLISH if (get_language() or "").startswith(notation.ENGLISH) else notation.DUTCH
