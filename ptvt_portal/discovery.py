"""What search engines read: which addresses there are, in both languages, and which are not for them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import notation
from consortia.models import ActionLine, Consortium
from consortia.models.organisations import Province
from events.models import Event, GoodPractice
from impact import regions
from impact.models import Indicator, Vintage

_SECONDS = 60 * 60
_FIXED = (
    "impact:dashboard", "impact:hips", "impact:indicators", "impact:explore", "impact:compare", "impact:regions",
    "impact:overlap", "impact:dynamics", "impact:data", "impact:api", "impact:vintages", "events:events",
    "events:practices", "about", "accessibility", "privacy", "contact",
)  # fmt: skip
_NOT_FOR_CRAWLERS = ("impact:lineage", "search", "account_login")
"""Without end, or without anything to find; work and the admin ask who one is."""


@dataclass(frozen=True)
class Address:
    """One page in each language."""

    dutch: str
    english: str


@require_safe
@cache_control(public=True, max_age=_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be read; not the pages without end, and no files made on demand."""
    closed = [path for name in _NOT_FOR_CRAWLERS for path in _in_languages(name)]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "Disallow: /*formaat="]
    text = "\n".join([*lines, "", f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml", ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=_SECONDS)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page, each language with a link to the other (sitemaps.org, hreflang)."""
    addresses = [
        Address(*(f"{settings.PUBLIC_URL}{path}" for path in _in_languages(name, *parts))) for name, parts in _pages()
    ]
    return render(request, "sitemap.xml", {"addresses": addresses}, content_type="application/xml; charset=utf-8")


def _pages() -> Iterator[tuple[str, tuple[object, ...]]]:
    yield from ((name, ()) for name in _FIXED)
    yield from (("impact:hip", (slug,)) for slug in Consortium.objects.values_list("slug", flat=True))
    yield from (("impact:action_line", (code,)) for code in ActionLine.objects.values_list("code", flat=True))
    yield from (("impact:indicator", (code,)) for code in _defined())
    yield from (("impact:province", (regions.slug_of(province),)) for province in Province)
    yield from (("impact:vintage", (code,)) for code in Vintage.objects.order_by("pk").values_list("code", flat=True))
    visible = Event.objects.public().order_by("pk")
    yield from (("events:event", (key,)) for key in visible.values_list("pk", flat=True))
    practices = GoodPractice.objects.public().order_by("slug")
    yield from (("events:practice", (slug,)) for slug in practices.values_list("slug", flat=True))


def _defined() -> Iterator[str]:
    """The indicators that have a meaning; the others have no page yet."""
    rows = Indicator.objects.filter(definitions__isnull=False).order_by("order").distinct()
    yield from rows.values_list("code", flat=True)


def _in_languages(name: str, *parts: object) -> list[str]:
    found = []
    for language in (notation.DUTCH, notation.ENGLISH):
        with override(language):
            found.append(reverse(name, args=parts))
    return found
