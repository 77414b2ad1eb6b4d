"""The register of organisations, as far as somebody may see it."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from consortia import access
from consortia.access import Permission
from consortia.models import Organisation
from impact.models import Participation, QuarterlyReport


def visible_to(user: Any) -> QuerySet[Organisation]:
    """What is listed, and what the reports name that are the user's own to see: drafts make no organisation public."""
    everywhere = access.consortia_where(user, Permission.SEE_REPORTS)
    if everywhere is None:
        return Organisation.objects.all()
    if not everywhere:
        return Organisation.objects.listed()
    named = Participation.objects.filter(organisation=OuterRef("pk"), version__report__consortium__in=everywhere)
    return Organisation.objects.filter(Q(is_listed=True) | Exists(named.order_by()))


def search(organisations: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """Those whose name holds every word of the text, or whose number or code begins with it."""
    words = text.split()
    by_name = Q()
    for word in words:
        by_name &= Q(name__icontains=word)
    identifier = "".join(words)
    return organisations.filter(
        by_name | Q(kvk_number__startswith=identifier) | Q(institution_code__startswith=identifier.upper())
    )


def participations_of(organisation: Organisation, user: Any) -> QuerySet[Participation]:
    """Where it took part: in the versions that count of the reports that the user sees, oldest quarter first."""
    # The annotation of `visible_to` is beyond what types know.
    reports: Any = QuarterlyReport.objects.visible_to(user)
    return (
        Participation.objects.filter(organisation=organisation, version__in=reports.values("counting_version_id"))
        .select_related("version__report__consortium", "version__report__quarter", "action_line")
        .order_by("version__report__quarter__index", "version__report__consortium__number", "position")
    )
