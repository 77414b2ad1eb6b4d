"""Where the figures can be had by machines."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(private=True, no_cache=True)
def data(request: HttpRequest) -> HttpResponse:
    """The API with worked examples, the formats and the licence."""
    return render(request, "impact/data.html", {"api": request.build_absolute_uri("/api/v1")})
