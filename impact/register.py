"""The register of organisations, as far as somebody may see it, with the links that stand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from consortia import access
from consortia.access import Permission
from consortia.models import Organisation
from impact.models import LINKS, EntryKind, LedgerEntry, Participation, QuarterlyReport

NAMELESS_LAST = Case(When(name="", then=1), default=0)
"""An order: what only drafts name has no name yet, and so comes after everything that has one."""


def visible_to(user: Any) -> QuerySet[Organisation]:
    """What is listed, and what the reports name that are the user's own to see: drafts make no organisation public."""
    everywhere = access.consortia_where(user, Permission.SEE_REPORTS)
    if everywhere is None:
        return Organisation.objects.all()
    if not everywhere:
        return Organisation.objects.listed()
    named = Participation.objects.filter(organisation=OuterRef("pk"), version__report__consortium__in=everywhere)
    return Organisation.objects.filter(Q(is_listed=True) | Exists(named.order_by()))


def listed(given: UUID | str) -> Organisation | None:
    """The organisation by its id, if the register lists it: one that only a draft names may still lose its number."""
    try:
        key = given if isinstance(given, UUID) else UUID(given)
    except ValueError:
        return None
    return Organisation.objects.listed().filter(pk=key).first()


def participations_of(organisations: Iterable[UUID], user: Any) -> QuerySet[Participation]:
    """Where these took part: in the versions that count of the reports that the user sees, oldest quarter first.

    Each row keeps the organisation, the number and the name as reported.
    """
    # The annotation of `visible_to` is beyond what types know.
    reports: Any = QuarterlyReport.objects.visible_to(user)
    return (
        Participation.objects.filter(
            organisation__in=list(organisations), version__in=reports.values("counting_version_id")
        )
        .select_related("version__report__consortium", "version__report__quarter", "action_line")
        .order_by("version__report__quarter__index", "version__report__consortium__number", "position")
    )


def links_visible_to(user: Any) -> QuerySet[LedgerEntry]:
    """Links of which the user may see both sides, those that were undone as well."""
    links = LedgerEntry.objects.filter(kind__in=LINKS)
    seen = visible_to(user)
    for side in ("from_organisation", "to_organisation"):
        links = links.filter(Exists(seen.filter(pk=OuterRef(side)).order_by()))
    return links


@dataclass(frozen=True)
class Links:
    """Links between organisations that stand, each as its entry of the ledger."""

    entries: tuple[LedgerEntry, ...]

    @classmethod
    def visible_to(cls, user: Any) -> "Links":
        """Those of which the user may see both sides, oldest first."""
        return cls(tuple(links_visible_to(user).filter(undone_by__isnull=True).select_related("undone_by")))

    @cached_property
    def _onward(self) -> dict[UUID | None, LedgerEntry]:
        return {entry.from_organisation_id: entry for entry in self.entries}

    @cached_property
    def _inward(self) -> dict[UUID | None, list[LedgerEntry]]:
        found = defaultdict(list)
        for entry in self.entries:
            found[entry.to_organisation_id].append(entry)
        return found

    def above(self, organisation: UUID) -> list[LedgerEntry]:
        """The links from this organisation to the one that it counts as, in that order."""
        path: list[LedgerEntry] = []
        entry = self._onward.get(organisation)
        while entry is not None:
            path.append(entry)
            entry = self._onward.get(entry.to_organisation_id)
        return path

    def below(self, organisation: UUID) -> list[LedgerEntry]:
        """The links through which others count as this organisation, the nearest first."""
        found = list(self._inward.get(organisation, ()))
        for entry in found:
            # Grows while it is walked through: links never go in a circle.
            found += self._inward.get(entry.from_organisation_id, ())
        return found

    def of(self, organisation: UUID) -> list[LedgerEntry]:
        """Every link with which the organisation hangs together, oldest first."""
        return sorted([*self.above(organisation), *self.below(organisation)], key=lambda entry: entry.seq)

    def members(self, organisation: UUID) -> list[UUID]:
        """The organisation, and those that count as it."""
        sources = (entry.from_organisation_id for entry in self.below(organisation))
        return [organisation, *(source for source in sources if source is not None)]

    def merged_into(self, organisation: UUID) -> UUID | None:
        """The end of the chain of merges that begins here, the record that stands in for this one; None without any.

        Source: docs/semantics.md, "Merge".
        """
        end = None
        for entry in self.above(organisation):
            if entry.kind != EntryKind.MERGE:
                break
            end = entry.to_organisation_id
        return end
