"""What the register says of an organisation beside its numbers: what a source would make of it, and the change.

Figures use what was reported on the row, so nothing here moves one. A source that is silent about something leaves it.
A number or code is never changed here. Source: docs/semantics.md, "Organisations".
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import access, clock, identifiers, sectors
from consortia.access import Permission
from consortia.errors import NotVisible, Problem, Refused, Stale
from consortia.kvk import Profile
from consortia.models import DataSource, Organisation, Province, SbiVersion, SizeClass, User
from impact import identities, submission
from impact.organisation_list_columns import size_of

Value = str | int

FIELDS = (
    "name",
    "postcode",
    "place",
    "municipality",
    "province",
    "province_year",
    "size_class",
    "sbi_code",
    "sbi_version",
)
"""What a source may say; `province_year` and `sbi_version` go with what they are of."""
WRITTEN = (*FIELDS, "data_source", "data_at")
_LENGTHS = {"name": 200, "place": 100, "municipality": 100}
_BATCH = 2_000


@dataclass(frozen=True)
class Difference:
    """One thing that would change, from what the register says now."""

    field: str
    old: Value
    new: Value


def differences(organisation: Organisation, said: Mapping[str, Value]) -> list[Difference]:
    """What would change if the register said this; blank and unknown say nothing."""
    told = {name: value for name, value in said.items() if name in FIELDS and value and value != SizeClass.UNKNOWN}
    return [
        Difference(name, getattr(organisation, name) or "", told[name])
        for name in FIELDS
        if name in told and told[name] != getattr(organisation, name)
    ]


def said_by(profile: Profile) -> dict[str, Value]:
    """What a profile of KVK says. It names no province, and that is not guessed."""
    size = "" if profile.employees is None else size_of(profile.employees)
    return {
        "name": profile.name,
        "postcode": profile.postcode,
        "place": profile.place,
        "size_class": str(size),
        "sbi_code": profile.sbi_code,
        "sbi_version": profile.sbi_version,
    }


def wrong_in(said: Mapping[str, Value]) -> list[Problem]:
    """What is wrong with what a source says; the pointer is the field."""
    problems: list[Problem] = []
    for name, longest in _LENGTHS.items():
        problems += submission.check_text(f"/{name}", str(said.get(name, "")), longest)
    postcode = said.get("postcode")
    if postcode and identifiers.normal_postcode(str(postcode)) != postcode:
        problems.append(Problem("/postcode", "malformed", _("A postcode looks like 1234 AB.")))
    for name, choices in (("province", Province), ("sbi_version", SbiVersion), ("size_class", SizeClass)):
        if said.get(name) and said[name] not in choices.values:
            problems.append(Problem(f"/{name}", "unknown", _("Choose one of the list.")))
    code = said.get("sbi_code")
    if code and sectors.normal_code(str(code)) != code:
        detail = _("An SBI code has two to five digits, such as 6201 or 62.01.")
        problems.append(Problem("/sbi_code", "malformed", detail))
    if bool(said.get("sbi_code")) != bool(said.get("sbi_version")):
        problems.append(Problem("/sbi_version", "required", _("Of which edition is the SBI code?")))
    if bool(said.get("province")) != bool(said.get("province_year")):
        problems.append(Problem("/province_year", "required", _("Of which year is the code of the province?")))
    return problems


def digest(changes: Iterable[tuple[str, Sequence[Difference]]]) -> str:
    """Differs for whatever would change otherwise: what was shown is what is done."""
    text = json.dumps([[key, [[each.field, each.old, each.new] for each in found]] for key, found in changes])
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def update(
    *, actor: User, organisation_id: UUID, said: Mapping[str, Value], source: DataSource, seen: str
) -> Organisation:
    """Take over what a source says of one organisation, as its preview showed; `seen` is the digest of that.

    Raises:
        NotVisible: there is no such organisation in the register.
        NotPermitted: no programme manager.
        Refused: something that the register cannot hold.
        Stale: the register has changed since.
    """
    identities.lock_to_settle()
    row = Organisation.objects.select_for_update().listed().filter(pk=organisation_id).first()
    if row is None:
        raise NotVisible(_("There is no such organisation."))
    access.require(actor, Permission.CONFIGURE)
    problems = wrong_in(said)
    if problems:
        raise Refused(problems)
    found = differences(row, said)
    now = digest([(str(row.pk), found)])
    if now != seen:
        raise Stale(_("The register has changed since you looked."), current=now)
    take_over([(row, found)], source)
    return row


def take_over(changes: Iterable[tuple[Organisation, Sequence[Difference]]], source: DataSource) -> int:
    """Store the changes of locked organisations at once; gives how many. What did not change keeps its source."""
    at = clock.now()
    rows = []
    for row, found in changes:
        if not found:
            continue
        for each in found:
            setattr(row, each.field, each.new)
        row.data_source, row.data_at = source, at
        rows.append(row)
    # All of them exist. An update of many rows with a value each is ten times as slow.
    Organisation.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN, batch_size=_BATCH
    )
    return len(rows)
