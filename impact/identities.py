"""Which organisation a reported row means: looked up, added bare with a draft, settled at acceptance.

What a draft says of an organisation is nobody else's business and decides nothing: until acceptance the shared row
holds one identifier and no more. Source: docs/semantics.md, "Organisations".
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from consortia import clock, identifiers
from consortia.errors import NotAllowedNow
from consortia.models import DataSource, Organisation, OrganisationType, SizeClass
from impact.models import ReportVersion
from impact.submission import Known, ParticipationLine, organisation_keys

LOCK = 72_003
"""Shared by who refers to organisations, alone for who settles them: rows in different orders cannot deadlock."""
_BATCH = 2_000
_COMPLETED = ("name", "postcode", "kvk_number", "institution_code")
_SETTLED = (*_COMPLETED, "size_class", "organisation_type", "is_listed", "data_source", "data_at")


def lock_to_refer() -> None:
    """Before rows that refer to organisations are written; holds until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def lock_to_settle() -> None:
    """Before what the register says of organisations is changed; holds until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def registered(
    lines: Iterable[ParticipationLine],
) -> tuple[dict[str, UUID], dict[UUID, tuple[str, str]]]:
    """The listed organisations that the lines name: by identifier, and what identifies each (number, code)."""
    by_identifier: dict[str, UUID] = {}
    identities: dict[UUID, tuple[str, str]] = {}
    for organisation in _named_in(lines).filter(is_listed=True):
        identities[organisation.pk] = (organisation.kvk_number or "", organisation.institution_code or "")
        by_identifier.update({identifier: organisation.pk for identifier in identities[organisation.pk] if identifier})
    return by_identifier, identities


def _named_in(lines: Iterable[ParticipationLine]) -> QuerySet[Organisation]:
    numbers, codes = set(), set()
    for line in lines:
        if identifiers.is_kvk_number(line.kvk_number):
            numbers.add(line.kvk_number)
        if identifiers.is_institution_code(line.institution_code):
            codes.add(line.institution_code)
    if not numbers and not codes:
        return Organisation.objects.none()
    rows = Organisation.objects.filter(Q(kvk_number__in=numbers) | Q(institution_code__in=codes))
    return rows.order_by("pk").only("pk", "kvk_number", "institution_code", "is_listed")


def organisations_of(lines: Sequence[ParticipationLine], known: Known) -> dict[ParticipationLine, UUID]:
    """The organisation of each checked line; those that the register lacks are added to it, bare and not listed."""
    keys = organisation_keys(lines, known.organisations)
    unlisted = {key for key in keys if isinstance(key, str)}
    if unlisted:
        # In a fixed order, so that two drafts with the same new companies cannot wait for each other.
        Organisation.objects.bulk_create(
            [_bare(key) for key in sorted(unlisted)], ignore_conflicts=True, batch_size=_BATCH
        )
    found: dict[str, UUID] = {}
    for organisation in _named_in(lines) if unlisted else ():
        found.update(
            {each: organisation.pk for each in (organisation.kvk_number, organisation.institution_code) if each}
        )
    return {line: found[key] if isinstance(key, str) else key for line, key in zip(lines, keys, strict=True)}


def _bare(identifier: str) -> Organisation:
    by_number = identifiers.is_kvk_number(identifier)
    return Organisation(
        kvk_number=identifier if by_number else None,
        institution_code=None if by_number else identifier,
        organisation_type=OrganisationType.OTHER,
    )


def settle(version: ReportVersion) -> None:
    """List the organisations of an accepted version in the register, and complete what it lacks.

    What the register already says stays: the office corrects names, reports do not. An identifier that so far only a
    draft had used for another organisation goes to this one.

    Raises:
        NotAllowedNow: a number or code has meanwhile become another organisation's.
    """
    lock_to_settle()
    rows = list(version.participations.order_by("position"))
    lines = [
        ParticipationLine(origin="", kvk_number=row.kvk_number, institution_code=row.institution_code) for row in rows
    ]
    organisations = {
        organisation.pk: organisation
        for organisation in Organisation.objects.filter(pk__in={row.organisation_id for row in rows}).order_by("pk")
    }
    before = {pk: _state_of(organisation) for pk, organisation in organisations.items()}
    for row in rows:
        organisation = organisations[row.organisation_id]
        # The first row that says something decides.
        for name in _COMPLETED:
            setattr(
                organisation, name, getattr(organisation, name) or getattr(row, name) or before[organisation.pk][name]
            )
        if organisation.size_class == SizeClass.UNKNOWN:
            organisation.size_class = row.size_class or SizeClass.UNKNOWN
        if not organisation.is_listed:
            organisation.organisation_type = row.organisation_type
            organisation.is_listed = True
            organisation.data_source, organisation.data_at = DataSource.HIP, clock.now()
        for name in ("kvk_number", "institution_code"):
            if getattr(row, name) and getattr(row, name) != getattr(organisation, name):
                raise _taken(getattr(row, name))
    for other in _named_in(lines).exclude(pk__in=organisations):
        _give_up(other, {each for line in lines for each in (line.kvk_number, line.institution_code)})
    changed = [row for pk, row in organisations.items() if _state_of(row) != before[pk]]
    # All of them exist. An update of many rows with a value each is ten times as slow.
    Organisation.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=_SETTLED, batch_size=_BATCH
    )


def _state_of(organisation: Organisation) -> dict[str, object]:
    return {name: getattr(organisation, name) for name in _SETTLED}


def _give_up(other: Organisation, settled: set[str]) -> None:
    if other.is_listed:
        raise _taken(other.kvk_number if other.kvk_number in settled else other.institution_code)
    if other.kvk_number in settled:
        other.kvk_number = None
    if other.institution_code in settled:
        other.institution_code = None
    other.save(update_fields=["kvk_number", "institution_code"])


def _taken(identifier: str | None) -> NotAllowedNow:
    return NotAllowedNow(
        _("%(identifier)s has meanwhile become another organisation's: return the report.") % {"identifier": identifier}
    )
