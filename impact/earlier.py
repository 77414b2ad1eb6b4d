"""What counts of earlier reports of a HIP, as far as the rules of the check look at it."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Count, Sum, Value
from django.db.models.functions import Cast, Coalesce

from impact import ledger, plausibility
from impact.models import Figure, Headcount, Involvement, Participation, QuarterlyReport, UnidentifiedCount
from impact.plausibility import QUARTERS, Gist, Past, Place


def past_of(consortium_id: int, quarter: int, since: Mapping[str, int], roots: Mapping[UUID, UUID]) -> Past:
    """What a report of that HIP and quarter is compared with."""
    reports = QuarterlyReport.objects.with_counting().filter(consortium=consortium_id, quarter__index__lt=quarter)
    versions: dict[int, int] = {
        report.quarter.index: version
        for report in reports.select_related("quarter")
        if (version := getattr(report, "counting_version_id", None)) is not None
    }
    recent = {index: version for index, version in versions.items() if index >= quarter - QUARTERS}
    newest = [versions[max(versions)]] if versions else []
    figures = _figures(recent.values())
    organisations = _organisations([versions[quarter - 1]] if quarter - 1 in versions else [], roots)
    sizes = _sizes(newest)
    gists = {
        index: Gist(
            figures=figures.get(version, {}),
            organisations=organisations.get(version, ({}, 0))[0],
            cofinancers=organisations.get(version, ({}, 0))[1],
            sizes=sizes.get(version, {}),
        )
        for index, version in versions.items()
    }
    return plausibility.past(gists, quarter, since)


def gists_of(versions: Collection[int], roots: Mapping[UUID, UUID]) -> dict[int, Gist]:
    """Everything that the rules look at, of each of these versions."""
    figures, organisations, sizes, people = (
        _figures(versions),
        _organisations(versions, roots),
        _sizes(versions),
        _people(versions),
    )
    return {
        version: Gist(
            figures=figures.get(version, {}),
            pointers={place: f"/figures/{number}" for number, place in enumerate(figures.get(version, {}))},
            people=people.get(version, {}),
            organisations=organisations.get(version, ({}, 0))[0],
            cofinancers=organisations.get(version, ({}, 0))[1],
            sizes=sizes.get(version, {}),
            filled=frozenset(sizes.get(version, {})),
        )
        for version in versions
    }


def roots() -> dict[UUID, UUID]:
    """What each organisation that is linked to another counts as, over all links that stand."""
    links = ledger.links()
    found = {}
    for source in links:
        target = source
        while target in links:
            target = links[target].target
        found[source] = target
    return found


def _figures(versions: Collection[int]) -> dict[int, dict[Place, Decimal]]:
    rows = Figure.objects.filter(version__in=list(versions), value__isnull=False).order_by("version", "position")
    found: dict[int, dict[Place, Decimal]] = {}
    for version, indicator, line, value in rows.values_list(
        "version_id", "indicator__code", "action_line__code", "value"
    ):
        found.setdefault(version, {})[indicator, line] = value or Decimal()
    return found


def _organisations(
    versions: Collection[int], roots: Mapping[UUID, UUID]
) -> dict[int, tuple[dict[UUID | str, str], int]]:
    """By version the names of the organisations, and how many of them co-finance."""
    rows = Participation.objects.filter(version__in=list(versions)).order_by("version", "position")
    names: dict[int, dict[UUID | str, str]] = {}
    cofinancing: dict[int, set[UUID]] = {}
    for version, organisation, name, number, code, involvement in rows.values_list(
        "version_id", "organisation_id", "name", "kvk_number", "institution_code", "involvement"
    ):
        root = roots.get(organisation, organisation)
        names.setdefault(version, {}).setdefault(root, name or number or code)
        if involvement == Involvement.COFINANCING:
            cofinancing.setdefault(version, set()).add(root)
    return {version: (of_version, len(cofinancing.get(version, ()))) for version, of_version in names.items()}


def _people(versions: Collection[int]) -> dict[int, dict[tuple[str, str], tuple[Decimal, Decimal]]]:
    rows = (
        Headcount.objects.filter(version__in=list(versions))
        .order_by()
        .values_list("version_id", "group", "action_line__code")
        .annotate(Sum("headcount"), Sum("first_time"))
    )
    found: dict[int, dict[tuple[str, str], tuple[Decimal, Decimal]]] = {}
    for version, group, line, counted, first in rows:
        found.setdefault(version, {})[group, line] = (Decimal(counted), Decimal(first))
    return found


def _sizes(versions: Collection[int]) -> dict[int, dict[str, int]]:
    """Rows by section, of those sections that have any; of companies without a KVK number how many they are."""
    counts: dict[str, tuple[Any, Any]] = {
        "figures": (Figure, Count("pk")),
        "participations": (Participation, Count("pk")),
        "unidentifiedCompanies": (UnidentifiedCount, Coalesce(Sum("count"), 0)),
        "headcounts": (Headcount, Count("pk")),
    }
    first, *rest = [
        model.objects.filter(version__in=list(versions))
        .order_by()
        .values_list("version_id")
        .annotate(section=Value(section), size=Cast(size, BigIntegerField()))
        for section, (model, size) in counts.items()
    ]
    found: dict[int, dict[str, int]] = {}
    for version, section, number in first.union(*rest, all=True) if versions else ():
        found.setdefault(version, {})[section] = number
    return found
