"""The register for everybody with an account: who takes part, where, since when, and what counts as what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia import access
from consortia.access import Permission
from consortia.errors import NotVisible
from consortia.models import Consortium, Organisation
from impact import register
from impact.models import LedgerEntry, Participation, Quarter
from impact.register import Links
from impact.views.refusals import work_page

_ON_A_PAGE = 50


@dataclass(frozen=True)
class Listed:
    """An organisation in the list; `counts_as` is what stands in for it or has succeeded it."""

    organisation: Organisation
    link: LedgerEntry | None
    counts_as: Organisation | None


@dataclass
class TookPart:
    """One organisation, as reported, in one HIP and quarter."""

    quarter: Quarter
    consortium: Consortium
    name: str
    identifier: str
    is_other: bool
    """Reported under a number that counts as this organisation by a link."""
    lines: dict[str, list[str]] = field(default_factory=dict)
    """By the short name of an action line: how it took part in it."""


@require_safe
@work_page
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation of which the reader may know; with `zoek` in the address those that match."""
    asked = request.GET.get("zoek", "").replace("\x00", "").strip()[:200]
    rows = register.visible_to(request.user)
    found = register.search(rows, asked) if asked else rows
    ordered = found.order_by(register.NAMELESS_LAST, Lower("name"), "pk")
    page = Paginator(ordered, _ON_A_PAGE).get_page(request.GET.get("page"))
    links = Links.visible_to(request.user)
    paths = {row.pk: links.above(row.pk) for row in page}
    named = _named(entry.to_organisation_id for path in paths.values() for entry in path[-1:])
    context = {
        "asked": asked,
        "page": page,
        "rows": [
            Listed(row, path[0], named.get(path[-1].to_organisation_id)) if path else Listed(row, None, None)
            for row in page
            for path in [paths[row.pk]]
        ],
    }
    return render(request, "impact/register.html", context)


def _named(keys: Iterable[UUID | None]) -> dict[UUID | None, Organisation]:
    return {row.pk: row for row in Organisation.objects.filter(pk__in={key for key in keys if key})}


@require_safe
@work_page
def organisation(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - the name in the address
    """A timeline: in which quarter it took part where, under which name, and as what it counts since when."""
    row: Organisation | None = register.visible_to(request.user).filter(pk=id).first()
    if row is None:
        raise NotVisible(_("There is no such organisation."))
    links = Links.visible_to(request.user)
    if instead := links.merged_into(row.pk):
        return _stands_in(reverse("impact:organisation", args=[instead]))
    members = links.members(row.pk)
    path = links.above(row.pk)
    named = _named(entry.to_organisation_id for entry in path)
    context = {
        "organisation": row,
        "took_part": _took_part(row, register.participations_of(members, request.user)),
        "has_members": len(members) > 1,
        "succeeded_by": [named[entry.to_organisation_id] for entry in path],
        "entries": _entries(register.links_visible_to(request.user), members),
        "may_link": access.allows(request.user, Permission.CONFIGURE),
        "sees_all": access.allows(request.user, Permission.SEE_COUNTING),
    }
    return render(request, "impact/organisation.html", context)


def _stands_in(address: str) -> HttpResponse:
    """Where a merged organisation leads as long as its link stands: permanent in method, never kept.

    Source: docs/semantics.md, "Merge".
    """
    response = HttpResponseRedirect(address, headers={"Cache-Control": "no-store"})
    response.status_code = 308
    return response


def _took_part(organisation: Organisation, rows: Iterable[Participation]) -> list[tuple[Quarter, list[TookPart]]]:
    """The newest quarter first; within it by HIP, and by organisation as reported."""
    found: dict[Any, TookPart] = {}
    for row in rows:
        report = row.version.report
        key = (-report.quarter.index, report.consortium.number, row.organisation_id)
        place = found.setdefault(
            key,
            TookPart(
                quarter=report.quarter,
                consortium=report.consortium,
                name=row.name,
                identifier=row.kvk_number or row.institution_code,
                is_other=row.organisation_id != organisation.pk,
            ),
        )
        place.lines.setdefault(row.action_line.short, []).append(row.get_involvement_display())
    ordered = [found[key] for key in sorted(found)]
    return [(quarter, list(places)) for quarter, places in groupby(ordered, key=lambda place: place.quarter)]


def _entries(links: QuerySet[LedgerEntry], members: list[UUID]) -> list[LedgerEntry]:
    """Every link to or from it and what counts as it, newest first; those that were undone as well."""
    touching = links.filter(from_organisation__in=members) | links.filter(to_organisation__in=members)
    return list(
        touching.select_related("from_organisation", "to_organisation", "actor", "undone_by__actor").order_by("-seq")
    )
