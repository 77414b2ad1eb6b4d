"""One box that looks in everything: HIPs, organisations, people, indicators, quarters, meetings and good practices.

Whoever searches finds what they could reach by other pages, and no more. Accents and case do not matter.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import CharField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia import access
from consortia.access import Permission
from consortia.models import Consortium, Partner, Partnership, User
from events.models import Event, GoodPractice
from impact import register
from impact.models import Goal, Indicator, Quarter, QuarterlyReport

SHORTEST = 2
LONGEST = 100
OF_A_KIND = 8
"""How many of each kind are shown; who needs more searches on."""

_QUARTER = re.compile(r"\b(\d{4})[ -]?[qk]([1-4])\b|\b[qk]([1-4])[ -]?(\d{4})\b")
_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"


Row = TypeVar("Row")


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    title: str
    url: str
    detail: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    title: str
    hits: Sequence[Hit]
    more_url: str = ""


def folded(text: str) -> str:
    """Without accents and capitals: how a name and what somebody types are compared."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def find(user: Any, text: str) -> list[Group]:
    """What fits every word, by kind; a kind of which nothing fits is left out."""
    words = folded(text).split()
    if len("".join(words)) < SHORTEST:
        return []
    asked = [
        _hips(words),
        _reports(user, text),
        _organisations(user, text, words),
        _codebook(words),
        _goals(words),
        _events(user, words),
        _practices(user, words),
    ]
    if access.allows(user, Permission.CONFIGURE):
        asked[2:2] = [_partners(words), _people(words)]
    return [group for group in asked if group.hits]


@require_safe
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """The box, and under it what was found."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    groups = find(request.user, text)
    return render(
        request,
        "search.html",
        {"text": text, "groups": groups, "number": sum(len(group.hits) for group in groups), "shortest": SHORTEST},
    )


# --- the kinds


def _holding(rows: Iterable[Row], words: Sequence[str], texts: Callable[[Row], Iterable[str]]) -> list[Row]:
    """Of a short table the rows that hold every word somewhere, those that begin with the first word in front."""
    found: list[tuple[bool, int, Row]] = []
    for row in rows:
        said = folded(" ".join(texts(row)))
        if all(word in said for word in words):
            found.append((not said.startswith(words[0]), len(found), row))
    return [row for _late, _order, row in sorted(found, key=lambda each: each[:2])][:OF_A_KIND]


def _fitting(rows: QuerySet[Any], words: Sequence[str], *fields: str) -> QuerySet[Any]:
    """The same in the database, for tables that grow."""
    named = {f"folded_{number}": _Folded(field) for number, field in enumerate(fields)}
    condition = Q()
    for word in words:
        anywhere = Q()
        for name in named:
            anywhere |= Q(**{f"{name}__contains": word})
        condition &= anywhere
    return rows.alias(**named).filter(condition)


class _Folded(Func):
    """A text of the database, folded: the embedded PostgreSQL has no `unaccent`."""

    function = "translate"

    def __init__(self, field: str) -> None:
        super().__init__(Lower(F(field)), Value(_ACCENTED), Value(_PLAIN), output_field=CharField())


def _hips(words: Sequence[str]) -> Group:
    found = _holding(
        Consortium.objects.all(), words, lambda hip: [hip.name, hip.slug, f"HIP {hip.number}", *hip.regions]
    )
    hits = [Hit(hip.name, reverse("impact:hip", args=[hip.slug]), ", ".join(hip.regions)) for hip in found]
    return Group(_("HIPs"), hits)


def _reports(user: Any, text: str) -> Group:
    """The quarters that the text names, "2026 K1", and the reports of the HIPs that it names beside them."""
    match = _QUARTER.search(text.casefold())
    if match is None:
        return Group(_("Reports"), [])
    year, number = (match[1], match[2]) if match[1] else (match[4], match[3])
    quarter = Quarter.objects.filter(pk=f"{year}Q{number}").first()
    if quarter is None:
        return Group(_("Reports"), [])
    rest = folded(text[: match.start()] + text[match.end() :]).split()
    seen = (
        QuarterlyReport.objects.visible_to(user)
        .filter(quarter=quarter)
        .select_related("consortium")
        .order_by("consortium__number")
    )
    reports = _holding(seen, rest or [""], lambda report: [report.consortium.name, report.consortium.slug])
    hits = [
        Hit(
            f"{report.consortium.name} · {quarter}",
            reverse("impact:report", args=[report.consortium.slug, quarter.pk]),
        )
        for report in reports
    ]
    return Group(_("Reports"), hits)


def _organisations(user: Any, text: str, words: Sequence[str]) -> Group:
    seen = register.visible_to(user)
    identifier = "".join(text.split())
    by_number = Q(kvk_number__startswith=identifier) | Q(institution_code__startswith=identifier.upper())
    number = seen.filter(by_number) if identifier[:1].isdigit() else seen.none()
    rows = list(number[:OF_A_KIND]) or list(_fitting(seen, words, "name").order_by("name", "id")[: OF_A_KIND + 1])
    hits = [Hit(str(row), reverse("impact:organisation", args=[row.pk]), row.identifier) for row in rows[:OF_A_KIND]]
    more = f"{reverse('impact:register')}?{urlencode({'zoek': text})}"
    return Group(_("Organisations"), hits, more if len(rows) > OF_A_KIND else "")


def _partners(words: Sequence[str]) -> Group:
    rows = Partner.objects.select_related("organisation", "consortium")
    found = _fitting(rows, words, "organisation__name", "consortium__name").order_by("organisation__name")[:OF_A_KIND]
    hits = [
        Hit(str(row), reverse("admin:consortia_partner_change", args=[row.pk]), str(row.get_role_display()))
        for row in found
    ]
    joined = _fitting(Partnership.objects.select_related("consortium"), words, "name").order_by("name")[:OF_A_KIND]
    hits += [
        Hit(str(row), reverse("admin:consortia_partnership_change", args=[row.pk]), str(row.consortium))
        for row in joined
    ]
    return Group(_("Partners and PPS’en"), hits)


def _people(words: Sequence[str]) -> Group:
    found = _fitting(
        User.objects.filter(is_machine=False).prefetch_related("memberships__consortium"), words, "name", "email"
    )
    hits = [
        Hit(
            str(row),
            reverse("admin:consortia_user_change", args=[row.pk]),
            ", ".join([row.email, *map(str, row.memberships.all())]),
        )
        for row in found.order_by("name", "email")[:OF_A_KIND]
    ]
    return Group(_("People"), hits)


def _codebook(words: Sequence[str]) -> Group:
    found = _holding(Indicator.objects.all(), words, lambda row: [row.name, row.code, row.name_nl, row.name_en])
    return Group(
        _("Indicators"), [Hit(row.name, reverse("impact:indicator", args=[row.code]), row.code) for row in found]
    )


def _goals(words: Sequence[str]) -> Group:
    rows = Goal.objects.select_related("indicator")
    found = _holding(rows, words, lambda row: [row.name, row.code, row.name_nl, row.name_en])
    return Group(
        _("Goals"), [Hit(row.name, reverse("impact:indicator", args=[row.indicator.code]), row.code) for row in found]
    )


def _events(user: Any, words: Sequence[str]) -> Group:
    rows = _fitting(Event.objects.visible_to(user), words, "title_nl", "title_en").order_by("-starts_at", "id")
    hits = [Hit(row.title, reverse("events:event", args=[row.pk])) for row in rows[:OF_A_KIND]]
    return Group(_("Meetings"), hits)


def _practices(user: Any, words: Sequence[str]) -> Group:
    rows = _fitting(GoodPractice.objects.visible_to(user), words, "title_nl", "title_en").order_by("title_nl")
    hits = [Hit(row.title, reverse("events:practice", args=[row.slug])) for row in rows[:OF_A_KIND]]
    return Group(_("Good practices"), hits)
