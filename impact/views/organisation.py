"""One organisation of the register: where it took part, since when, under which name, and what counts as what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia import access, exports, kvk
from consortia.access import Permission
from consortia.errors import NotVisible
from consortia.models import Consortium, Organisation, OrganisationType
from impact import register
from impact.models import Involvement, LedgerEntry, Participation, Quarter
from impact.register import Links
from impact.views import figures, register_lists
from impact.views.figures import COMPANIES, EVERYTHING
from impact.views.refusals import work_page

_PARTNERS = "partners"


@dataclass
class TookPart:
    """One organisation, as reported, in one HIP and quarter."""

    quarter: Quarter
    consortium: Consortium
    name: str
    identifier: str
    size: str
    is_other: bool
    """Reported under a number that counts as this organisation by a link."""
    lines: dict[str, list[str]] = field(default_factory=dict)
    """By the short name of an action line: how it took part in it."""
    is_company_beyond_internships: bool = False

    @property
    def why(self) -> str:
        """The page of the number in which it counts here: companies, else all organisations."""
        return figures.why_address(
            consortium=self.consortium.slug,
            line=EVERYTHING,
            indicator=COMPANIES if self.is_company_beyond_internships else _PARTNERS,
            period=self.quarter.pk,
            measure="value",
        )


@dataclass(frozen=True)
class Moment:
    """What stands at one place of the timeline: a quarter with where it took part, or a link of the ledger."""

    day: date
    quarter: Quarter | None = None
    places: tuple[TookPart, ...] = ()
    entry: LedgerEntry | None = None


@require_safe
@work_page
def show(request: HttpRequest, id: UUID) -> HttpResponseBase:  # noqa: A002 - the name in the address
    """A timeline, the newest first: quarters, and what was linked and undone between them."""
    row: Organisation | None = register.visible_to(request.user).filter(pk=id).first()
    if row is None:
        raise NotVisible(_("There is no such organisation."))
    links = Links.visible_to(request.user)
    if instead := links.merged_into(row.pk):
        return _stands_in(reverse("impact:organisation", args=[instead]))
    members = links.members(row.pk)
    path = links.above(row.pk)
    named = _named(entry.to_organisation_id for entry in path)
    quarters = _took_part(row, register.participations_of(members, request.user))
    entries = _entries(register.links_visible_to(request.user), members)
    if exports.is_asked(request):
        return register_lists.organisation(request, row, quarters, entries)
    may_configure = access.allows(request.user, Permission.CONFIGURE)
    context = {
        "organisation": row,
        "moments": _in_time(quarters, entries),
        "took_part": bool(quarters),
        "linked": bool(entries),
        "succeeded_by": [named[entry.to_organisation_id] for entry in path],
        "may_configure": may_configure,
        "may_ask_kvk": may_configure and row.is_listed and bool(row.kvk_number) and kvk.is_on(),
        "sees_all": access.allows(request.user, Permission.SEE_COUNTING),
    }
    return render(request, "impact/organisation.html", context)


def _named(keys: Iterable[UUID | None]) -> dict[UUID | None, Organisation]:
    return {row.pk: row for row in Organisation.objects.filter(pk__in={key for key in keys if key})}


def _stands_in(address: str) -> HttpResponse:
    """Where a merged organisation leads as long as its link stands: permanent in method, never kept.

    Source: docs/semantics.md, "Merge".
    """
    response = HttpResponseRedirect(address, headers={"Cache-Control": "no-store"})
    response.status_code = 308
    return response


def _took_part(organisation: Organisation, rows: Iterable[Participation]) -> list[tuple[Quarter, tuple[TookPart, ...]]]:
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
                size=row.get_size_class_display() if row.size_class else "",
                is_other=row.organisation_id != organisation.pk,
            ),
        )
        place.lines.setdefault(row.action_line.short, []).append(row.get_involvement_display())
        if row.organisation_type == OrganisationType.COMPANY and row.involvement != Involvement.INTERNSHIP:
            place.is_company_beyond_internships = True
    ordered = [found[key] for key in sorted(found)]
    return [(quarter, tuple(places)) for quarter, places in groupby(ordered, key=lambda place: place.quarter)]


def _entries(links: QuerySet[LedgerEntry], members: list[UUID]) -> list[LedgerEntry]:
    """Every link to or from it and what counts as it, those that were undone as well."""
    touching = links.filter(from_organisation__in=members) | links.filter(to_organisation__in=members)
    return list(
        touching.select_related("from_organisation", "to_organisation", "actor", "undone_by__actor").order_by("-seq")
    )


def _in_time(quarters: Iterable[tuple[Quarter, tuple[TookPart, ...]]], entries: Iterable[LedgerEntry]) -> list[Moment]:
    """The newest first; on one day what was recorded last comes before the quarter that ended."""
    moments = [Moment(timezone.localtime(entry.recorded_at).date(), entry=entry) for entry in entries]
    moments += [Moment(quarter.end_date, quarter=quarter, places=places) for quarter, places in quarters]
    return sorted(moments, key=lambda moment: moment.day, reverse=True)
