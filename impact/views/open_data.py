"""Where the figures can be had by machines."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

CLIENTS = ("verify_vintage.py", "replay_changes.py")
"""The only files that are given; they need nothing but Python."""


@require_safe
@cache_control(private=True, no_cache=True)
def data(request: HttpRequest) -> HttpResponse:
    """The API with worked examples, the formats and the licence."""
    return render(request, "impact/data.html", {"api": request.build_absolute_uri("/api/v1")})


@require_safe
def client(request: HttpRequest, name: str) -> HttpResponse:
    """A script that uses the API, to download and to read before running it."""
    if name not in CLIENTS:
        raise Http404(_("There is no such script."))
    text = (Path(settings.BASE_DIR) / "docs" / "clients" / name).read_bytes()
    return HttpResponse(
        text,
        content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
