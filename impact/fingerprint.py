"""What answers about figures are made of, in one small query: how far the ledger is, and which reference data holds.

Whoever has an answer of the same fingerprint has the answer: nothing needs to be reckoned, or read, to say so.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.apps import apps
from django.db import connection

_HISTORIES = (
    "consortia.ProgrammeChange",
    "consortia.ActionLineChange",
    "consortia.ThemeChange",
    "consortia.ConsortiumChange",
    "consortia.ConsortiumThemeChange",
    "impact.QuarterChange",
    "impact.IndicatorChange",
    "impact.GoalChange",
)
"""The history of the reference data that answers show, written by the database itself: it grows with every change."""


@dataclass(frozen=True)
class Fingerprint:
    """The newest entry of the ledger, and the state of the reference data."""

    seq: int
    reference: str
    """Another text whenever a name, a code or a date of the reference data is another."""
    changed_at: datetime | None
    """When the newest of all this was written."""
    vintages: int
    """How many are published. From the first one on the slugs of the HIPs stay, and so do the answers of any moment."""
    published_at: datetime | None
    """When the newest of them was."""


def read() -> Fingerprint:
    """The fingerprint of now.

    It is taken before what it stands for is read: at worst an answer is newer than its tag says, and is asked for anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(_sql())
        seq, written_at, vintages, published_at, reference, changed_at = cursor.fetchone()
    moments = [moment for moment in (written_at, changed_at) if moment is not None]
    return Fingerprint(seq or 0, reference, max(moments, default=None), vintages, published_at)


# Who leads a HIP is shown with its name, and the register is too large to look at its history.
_LEAD_PARTNERS = f"""
    SELECT {len(_HISTORIES)}, md5(coalesce(string_agg(
        concat_ws('-', partner.consortium_id, partner.start_date, partner.end_date, organisation.name,
            organisation.kvk_number, organisation.institution_code), ' ' ORDER BY partner.id), '')), NULL
    FROM consortia_partner partner
    JOIN consortia_organisation organisation ON organisation.id = partner.organisation_id
    WHERE partner.role = 'lead'
"""  # noqa: S608 - own names


@cache
def _sql() -> str:
    # The number of rows beside the newest: of two that are written at once, the older may be committed last.
    histories = " UNION ALL ".join(
        f"SELECT {place} AS place, count(*) || '-' || coalesce(max(pgh_id), 0) AS version, "  # noqa: S608 - own names
        f"max(pgh_created_at) AS changed_at FROM {apps.get_model(name)._meta.db_table}"
        for place, name in enumerate(_HISTORIES)
    )
    return f"""
        SELECT newest.seq, newest.recorded_at, published.vintages, published.last_at, reference.version,
            reference.changed_at
        FROM (SELECT count(*) AS vintages, max(published_at) AS last_at FROM impact_vintage) published
        CROSS JOIN (
            SELECT string_agg(version, ' ' ORDER BY place) AS version, max(changed_at) AS changed_at
            FROM ({histories} UNION ALL {_LEAD_PARTNERS}) history
        ) reference
        LEFT JOIN LATERAL (
            SELECT seq, recorded_at FROM impact_ledgerentry ORDER BY seq DESC LIMIT 1
        ) newest ON true
    """  # noqa: S608 - own names
