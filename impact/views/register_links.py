"""Which organisation took over which, and which pairs look like one: beside the register, to read and to act on."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consortia import access, exports
from consortia.access import Permission
from consortia.errors import NotAllowedNow
from consortia.models import Organisation, User
from impact import duplicates, register
from impact.duplicates import Likely
from impact.models import EntryKind
from impact.views import register_lists
from impact.views.refusals import work_page

_ON_A_PAGE = 50
_PAIRS_ON_A_PAGE = 10
_KINDS: dict[str, Promise] = {
    EntryKind.SUCCESSION.value: gettext_lazy("Successions"),
    EntryKind.MERGE.value: gettext_lazy("Mergers"),
}
WHY: dict[str, Promise] = {
    duplicates.SAME_NAME_AND_POSTCODE: gettext_lazy("same name and postcode"),
    duplicates.SAME_NAME: gettext_lazy("same name"),
    duplicates.ALIKE: gettext_lazy("names that look alike"),
}

KEEPS: dict[str, Promise] = {
    duplicates.HAS_NUMBER: gettext_lazy("it has a number that others use as well"),
    duplicates.IN_MORE_REPORTS: gettext_lazy("it is in more reports"),
    duplicates.KNOWN_BETTER: gettext_lazy("more is known of it"),
    duplicates.AS_GOOD: gettext_lazy("both are as good; this one comes first in the alphabet"),
}


@require_safe
@work_page
def successions(request: HttpRequest) -> HttpResponseBase:
    """Every link of which the reader sees both sides, the newest first; those that were undone as well."""
    kind = request.GET.get("soort", "")
    entries = register.links_visible_to(request.user)
    if kind in _KINDS:
        entries = entries.filter(kind=kind)
    related = entries.select_related("from_organisation", "to_organisation", "actor", "undone_by__actor")
    ordered = related.order_by("-seq")
    if exports.is_asked(request):
        return register_lists.links(request, ordered)
    context = {
        "page": Paginator(ordered, _ON_A_PAGE).get_page(request.GET.get("page")),
        "kinds": [(value, label, value == kind) for value, label in _KINDS.items()],
        "kind": kind if kind in _KINDS else "",
        "may_configure": access.allows(request.user, Permission.CONFIGURE),
    }
    return render(request, "impact/register_successions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def likely_duplicates(request: HttpRequest) -> HttpResponseBase:
    """Pairs side by side, the most alike first: merge one into the other, or say that they are two."""
    access.require(request.user, Permission.CONFIGURE)
    assert isinstance(request.user, User)
    if request.method == "POST":
        return _dismiss(request, request.user)
    found = duplicates.find()
    if exports.is_asked(request):
        named = _named(found)
        return register_lists.pairs(request, found, named, where_of(named, request.user), WHY)
    page = Paginator(found, _PAIRS_ON_A_PAGE).get_page(request.GET.get("page"))
    named = _named(page)
    where = _quarters_of(named, request.user)
    context = {
        "page": page,
        "pairs": [_pair(pair, named, where) for pair in page if pair.first in named and pair.second in named],
    }
    return render(request, "impact/register_duplicates.html", context)


def _named(pairs: Iterable[Likely]) -> dict[Any, Organisation]:
    return Organisation.objects.in_bulk({pk for pair in pairs for pk in (pair.first, pair.second)})


def where_of(organisations: Iterable[UUID], user: Any) -> dict[UUID, list[str]]:
    """By organisation: each HIP in which it takes part, with the quarters, in words."""
    return {pk: _in_words(hips) for pk, hips in _quarters_of(organisations, user).items()}


def _in_words(hips: Mapping[str, list[str]]) -> list[str]:
    return [f"{hip}: {', '.join(quarters)}" for hip, quarters in hips.items()]


def _quarters_of(organisations: Iterable[UUID], user: Any) -> dict[UUID, dict[str, list[str]]]:
    found: dict[UUID, dict[str, list[str]]] = {}
    for row in register.participations_of(organisations, user):
        report = row.version.report
        quarters = found.setdefault(row.organisation_id, {}).setdefault(str(report.consortium), [])
        if str(report.quarter) not in quarters:
            quarters.append(str(report.quarter))
    return found


def _pair(pair: Likely, named: dict[Any, Organisation], where: Mapping[UUID, dict[str, list[str]]]) -> dict[str, Any]:
    first, second = named[pair.first], named[pair.second]
    reports = {pk: sum(map(len, hips.values())) for pk, hips in where.items()}
    kept, why = duplicates.to_keep(first, second, reports)
    return {
        "pair": pair,
        "why": WHY[pair.why],
        "sides": [
            _side(side, other, where, keeps=KEEPS[why] if side == kept else "")
            for side, other in ((first, second), (second, first))
        ],
        "rows": [
            (label, one, other, one == other and bool(one))
            for label, one, other in (
                (_("Number"), first.identifier, second.identifier),
                (_("Type"), first.get_organisation_type_display(), second.get_organisation_type_display()),
                (_("Size class"), first.get_size_class_display(), second.get_size_class_display()),
                (_("Postcode"), first.postcode, second.postcode),
                (_("Place"), first.place, second.place),
                (_("SBI code"), first.sbi_code, second.sbi_code),
            )
            if one or other
        ],
    }


def _side(
    target: Organisation, source: Organisation, where: Mapping[UUID, dict[str, list[str]]], *, keeps: str | Promise
) -> dict[str, Any]:
    """One of a pair, with the way to have the other count as it; `keeps` says why that is the better way."""
    # What has no number is found by its id.
    query = {"id": source.pk, "kind": EntryKind.MERGE.value, "to": target.identifier or target.pk}
    return {
        "organisation": target,
        "where": _in_words(where.get(target.pk, {})),
        "keeps": keeps,
        "merge": f"{reverse('admin:consortia_organisation_link')}?{urlencode(query)}",
    }


def _dismiss(request: HttpRequest, actor: User) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("first", "second", "reason")}
    here = request.get_full_path()
    if not given["reason"].strip():
        messages.error(request, _("Say why these are two."))
        return HttpResponseRedirect(here)
    try:
        duplicates.dismiss(actor=actor, **given)
    except NotAllowedNow as error:
        messages.error(request, error.detail)
        return HttpResponseRedirect(here)
    messages.success(request, _("Noted: these are two. The pair does not come back."))
    return HttpResponseRedirect(here)
