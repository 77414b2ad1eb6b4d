"""What every template of the portal needs: notation, states, wayfinding."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import NoReverseMatch, Resolver404, resolve, reverse, translate_url
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from consortia import exports, notation

register = template.Library()


@dataclass(frozen=True)
class Link:
    """One entry of a menu."""

    label: str
    url: str
    current: str = ""
    starts_group: bool = False
    says: str = ""
    """What is behind it, where the label alone says too little."""


@dataclass(frozen=True)
class State:
    """How a state is shown: a word and a mark, so that colour is never the only difference."""

    kind: str
    word: Any
    mark: str


CIRCLE = "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9"
HALF_CIRCLE = f"{CIRCLE}M6 2v8"
TICK = "M1.5 6.5L4.5 9.5L10.5 2.5"
ARROW_UP = "M6 11V2M2 5.5L6 1.5L10 5.5"
ARROW_BACK = "M11 6H2M5.5 2L1.5 6L5.5 10"
CROSS = "M2 2L10 10M10 2L2 10"
TRIANGLE = "M6 1.5L11 10.5H1Z"
WAVE = "M1 7C3 3 4.5 3 6 6S9 9 11 5"
BAR = "M1 6H11"
QUESTION = "M3 4C3 .8 9 .8 9 4C9 6 6 6 6 8M6 10V11"

STATES = {
    "notstarted": State("not-started", gettext_lazy("Not started"), CIRCLE),
    "draft": State("draft", gettext_lazy("Draft"), HALF_CIRCLE),
    "submitted": State("submitted", gettext_lazy("Submitted"), ARROW_UP),
    "returned": State("returned", gettext_lazy("Returned"), ARROW_BACK),
    "accepted": State("accepted", gettext_lazy("Accepted"), TICK),
    "withdrawn": State("withdrawn", gettext_lazy("Withdrawn"), CROSS),
    "provisional": State("provisional", gettext_lazy("Provisional"), WAVE),
    "final": State("final", gettext_lazy("Final"), TICK),
    "late": State("late", gettext_lazy("Late"), TRIANGLE),
    "odd": State("odd", gettext_lazy("Unusual"), TRIANGLE),
    "upcoming": State("upcoming", gettext_lazy("Not open yet"), CIRCLE),
    "open": State("open", gettext_lazy("Open"), HALF_CIRCLE),
    "closed": State("closed", gettext_lazy("Closed"), BAR),
    "proposal": State("proposal", gettext_lazy("Proposal"), QUESTION),
}

MAIN = (
    (gettext_lazy("Progress"), "impact:dashboard"),
    (gettext_lazy("HIPs"), "impact:hips"),
    (gettext_lazy("Indicators"), "impact:indicators"),
    (gettext_lazy("Meetings"), "events:events"),
    (gettext_lazy("Good practices"), "events:practices"),
    (gettext_lazy("Data"), "impact:data"),
)

FOOTER = (
    (gettext_lazy("About the programme"), "about"),
    (gettext_lazy("Vintages"), "impact:vintages"),
    (gettext_lazy("Accessibility"), "accessibility"),
    (gettext_lazy("Privacy"), "privacy"),
    (gettext_lazy("Contact"), "contact"),
    (gettext_lazy("API documentation"), "api-docs"),
)


FURTHER = (
    (
        gettext_lazy("Explore"),
        "impact:explore",
        gettext_lazy("any indicator, HIP and action line in one picture, to take away"),
    ),
    (gettext_lazy("Compare"), "impact:compare", gettext_lazy("HIPs or action lines side by side on one scale")),
    (gettext_lazy("By region"), "impact:regions", gettext_lazy("which HIPs work in which province")),
    (gettext_lazy("Overlap"), "impact:overlap", gettext_lazy("which organisations HIPs share")),
)
"""Where a visitor puts the figures together; too many for the main menu."""


# Notation


@register.filter
def number(value: object, decimals: int | None = None) -> str:
    """12431 → 12.431 in Dutch, 12,431 in English; nothing reported → a dash that is read aloud."""
    amount = _amount(value)
    if amount is None:
        return not_reported()
    return notation.number(amount, language=_language(), decimals=decimals)


@register.filter
def difference(value: object) -> str:
    """A change with its sign."""
    amount = _amount(value)
    return not_reported() if amount is None else notation.difference(amount, language=_language())


@register.filter
def euro(value: object) -> str:
    """Whole euros without cents."""
    amount = _amount(value)
    return not_reported() if amount is None else notation.euro(amount, language=_language())


@register.filter
def euro_millions(value: object) -> str:
    """€ 97 mln."""
    amount = _amount(value)
    return not_reported() if amount is None else notation.euro_millions(amount, language=_language())


@register.filter
def percentage(share: object, decimals: int = 1) -> str:
    """The share 0.263415 → 26,3%."""
    amount = _amount(share)
    if amount is None:
        return not_reported()
    return notation.percentage(amount, language=_language(), decimals=decimals)


@register.filter
def measure(value: object, unit: str) -> str:
    """A value in the notation of its unit: `euro`, `share`, else a plain number."""
    if unit == "euro":
        return euro(value)
    if unit == "share":
        return percentage(value)
    return number(value)


@register.filter
def quarter(value: object) -> str:
    """2026Q1 → 2026 K1 in Dutch; also takes what writes itself as 2026Q1, and has an empty answer to nothing."""
    return "" if value is None else notation.quarter(str(value), language=_language())


@register.simple_tag
def not_reported() -> SafeString:
    """The dash of a missing value: missing is not zero, and a screen reader must hear which it is."""
    return format_html(
        '<span class="not-reported"><span aria-hidden="true">–</span><span class="visually-hidden">{}</span></span>',
        _("not reported"),
    )


# States


@register.filter
def state_word(status: object) -> str:
    """The word for a state of a report, a quarter or a figure."""
    state = STATES.get(_state_key(status))
    return str(status) if state is None else str(state.word)


@register.inclusion_tag("_badge.html")
def badge(status: object, word: str = "") -> dict[str, Any]:
    """A state as a badge; `word` replaces the usual word."""
    state = STATES.get(_state_key(status)) or State("open", str(status), CIRCLE)
    return {"kind": state.kind, "word": word or state.word, "mark": state.mark}


@register.simple_tag(takes_context=True)
def excel(context: Context, which: str = "") -> SafeString:
    """A link to the list of the page as a workbook; `which` of them, where it has several."""
    return format_html(
        '<a class="button button--small" href="{}" download>Excel<span class="visually-hidden"> ({})</span></a>',
        exports.address(context["request"], which),
        _("this list as a workbook"),
    )


# Wayfinding


@register.simple_tag(takes_context=True)
def main_links(context: Context) -> list[Link]:
    """The main menu for this visitor, with the present section marked."""
    path = _path(context)
    links = [_link(label, name, path) for label, name in MAIN]
    user = context.get("user")
    own: list[Link | None] = []
    if user is not None and user.is_authenticated:
        own.append(_link(gettext_lazy("My work"), "impact:work", path))
        if _can_review(context.get("nav")):
            own.append(_link(gettext_lazy("Reviews"), "impact:reviews", path))
        if _sees_money(context.get("nav")):
            own.append(_link(gettext_lazy("Money"), "impact:finance", path))
        own.append(_link(gettext_lazy("Register"), "impact:register", path))
        if user.is_staff:
            own.append(_link(gettext_lazy("Administration"), "admin:index", path))
    shown = [link for link in own if link]
    if shown:
        shown[0] = Link(shown[0].label, shown[0].url, shown[0].current, starts_group=True)
    return [link for link in links if link] + shown


@register.simple_tag(takes_context=True)
def further_links(context: Context) -> list[Link]:
    """The pages to look further, with the present one marked."""
    path = _path(context)
    return [replace(link, says=str(says)) for label, name, says in FURTHER if (link := _link(label, name, path))]


@register.simple_tag
def footer_links() -> list[Link]:
    """The fixed pages that exist in this installation."""
    return [link for label, name in FOOTER if (link := _link(label, name, ""))]


@register.simple_tag(takes_context=True)
def translated_url(context: Context, language: str, absolute: bool = False) -> str:
    """The address of this same page in another language, its query included."""
    request = context.get("request")
    if request is None:
        return "/" if language == notation.DUTCH else f"/{language}/"
    # An address that resolves to nothing has no translation: the visitor lands on the front page.
    try:
        resolve(request.path)
    except Resolver404:
        return _front_page(language)
    here = request.get_full_path()
    return translate_url(request.build_absolute_uri(here) if absolute else here, language)


@register.simple_tag(takes_context=True)
def canonical_url(context: Context) -> str:
    """The address of this page without its query."""
    request: HttpRequest = context["request"]
    return request.build_absolute_uri(request.path)


@register.simple_tag(takes_context=True)
def absolute_url(context: Context, path: str) -> str:
    """A path of this portal with its host; empty stays empty."""
    request: HttpRequest = context["request"]
    return request.build_absolute_uri(path) if path else ""


def _front_page(language: str) -> str:
    with override(language):
        try:
            return reverse("impact:dashboard")
        except NoReverseMatch:
            return "/"


def _link(label: Any, name: str, path: str) -> Link | None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    if path == url:
        return Link(str(label), url, "page")
    # The front page is a prefix of every other, and so only itself.
    is_front = urlsplit(url).path.strip("/") in {"", notation.ENGLISH}
    inside = not is_front and path.startswith(url.rstrip("/") + "/")
    return Link(str(label), url, "true" if inside else "")


def _path(context: Context) -> str:
    request = context.get("request")
    return "" if request is None else str(request.path)


def _can_review(nav: Any) -> bool:
    if isinstance(nav, dict):
        return bool(nav.get("can_review"))
    return bool(getattr(nav, "can_review", False))


def _sees_money(nav: Any) -> bool:
    if isinstance(nav, dict):
        return bool(nav.get("can_see_money"))
    return bool(getattr(nav, "can_see_money", False))


def _amount(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _language() -> str:
    return translation.get_language() or notation.DUTCH


def _state_key(status: object) -> str:
    return str(getattr(status, "value", status)).lower().replace("_", "").replace("-", "").replace(" ", "")
