"""The partners of the HIPs as a workbook: added, put right and ended as on their pages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import partners
from consortia.models import Consortium, Organisation, Partner, PartnerLevel, PartnerRole, Partnership, User
from impact.admin import step_tables
from impact.admin.file_tables import Judged, shown
from impact.admin.step_tables import StepTable

_FAR = date.max


@dataclass(frozen=True)
class _Known:
    """What the rows of a file refer to, read once."""

    partners: Mapping[str, Partner]
    hips: Mapping[str, Consortium]
    partnerships: Mapping[tuple[int, str], Partnership]
    organisations: Mapping[str, Organisation]
    """By number or code."""
    named: Mapping[str, Sequence[Organisation]]
    """By name in small letters, for rows without a number: many a lead partner has none yet."""

    @classmethod
    def of(cls, rows: Sequence[Judged]) -> "_Known":
        numbers = {row.cells.get("organisation", "").upper() for row in rows} - {""}
        found = Organisation.objects.filter(Q(kvk_number__in=numbers) | Q(institution_code__in=numbers))
        names = {row.cells.get("name", "").lower() for row in rows if not row.cells.get("organisation")} - {""}
        named: dict[str, list[Organisation]] = {}
        for row in Organisation.objects.annotate(small=Lower("name")).filter(small__in=names):
            named.setdefault(row.name.lower(), []).append(row)
        return cls(
            partners={str(row.pk): row for row in _partners()},
            hips={str(hip.number): hip for hip in Consortium.objects.all()},
            partnerships={(row.consortium_id, row.name.casefold()): row for row in Partnership.objects.all()},
            organisations={
                number: row for row in found for number in (row.kvk_number, row.institution_code) if number is not None
            },
            named=named,
        )


@dataclass
class _Asked:
    """What a row says about a partner: who, and until when, at which level, in which partnership."""

    judged: Judged
    current: Partner | None
    consortium: Consortium | None = None
    organisation: Organisation | None = None
    role: str = PartnerRole.PARTNER
    said: dict[str, Any] = field(default_factory=dict)
    """The arguments of `partners.change_partner`, but for the partner."""


def _partners() -> Any:
    return Partner.objects.select_related("consortium", "organisation", "partnership").order_by(
        "consortium__number", "role", "start_date", "pk"
    )


class PartnerTable(StepTable):
    code = "partners"
    model = Partner
    key = ("consortium", "organisation")
    labels = {
        "partner": gettext_lazy("Row number"),
        "consortium": gettext_lazy("HIP number"),
        "organisation": gettext_lazy("KVK number or institution code"),
        "name": gettext_lazy("Name in the register"),
        "role": gettext_lazy("Role"),
        "level": gettext_lazy("Level"),
        "partnership": gettext_lazy("Partnership (PPS)"),
        "start_date": gettext_lazy("First day"),
        "end_date": gettext_lazy("Last day"),
        "reason": gettext_lazy("Reason"),
    }
    pointers = {"/startDate": "start_date", "/endDate": "end_date"}

    @property
    def explanation(self) -> str:
        return _(
            "A row without a row number is a new partner. A partner ends with its last day, and a reason; a row that "
            "is not in the file stays as it is. HIP, organisation and role of a partner stay what they are: end it and "
            "add another. An organisation without a number is known by its name."
        )

    def exported(self) -> Iterator[Sequence[object]]:
        for row in _partners():
            yield [
                row.pk, row.consortium.number, row.organisation.identifier, row.organisation.name,
                row.get_role_display(), row.get_level_display(), row.partnership and row.partnership.name,
                row.start_date, row.end_date, None,
            ]  # fmt: skip

    def steps(self, actor: User, rows: Sequence[Judged]) -> Iterator[tuple[Judged, Callable[[], object]]]:
        known, met = _Known.of(rows), set()
        asked = []
        for judged in rows:
            number = step_tables.text(judged, "partner")
            if number and number in met:
                judged.refuse("partner", _("This row is in the file twice."))
            elif number and number not in known.partners:
                judged.refuse("partner", _("There is no such row. Leave this empty for a new partner."))
            else:
                asked.append(_asked(judged, known, known.partners.get(number)))
            met.add(number)
        # Who ends makes room for who begins, wherever they stand in the file.
        for each in sorted(asked, key=lambda each: _last_day(each) if each.current else _FAR):
            if each.judged.problems or (each.current is not None and not each.judged.differences):
                continue
            yield each.judged, partial(_change if each.current else _add, actor, each)


def _last_day(asked: _Asked) -> date:
    day: date | None = asked.said.get("end_date")
    return day or _FAR


def _asked(judged: Judged, known: _Known, current: Partner | None) -> _Asked:
    asked = _Asked(judged, current)
    _who(asked, known)
    judged.is_new = current is None
    judged.name = " · ".join(str(each) for each in (asked.organisation, asked.consortium) if each is not None)
    _what(asked, known)
    if current is not None and not judged.problems:
        _compare(asked, current)
    return asked


def _who(asked: _Asked, known: _Known) -> None:
    """The HIP, the organisation and the role: those of a partner that is there stay."""
    judged, current = asked.judged, asked.current
    asked.consortium = known.hips.get(step_tables.text(judged, "consortium"))
    if asked.consortium is None:
        judged.refuse("consortium", _("There is no HIP with this number."))
    _which_organisation(asked, known)
    asked.role = step_tables.choice(
        judged, "role", PartnerRole, usual=current.role if current is not None else PartnerRole.PARTNER
    )
    if current is None:
        return
    stays = _("This stays what it is: end the partner and add another.")
    if asked.consortium is not None and asked.consortium.pk != current.consortium_id:
        judged.refuse("consortium", stays)
    if asked.organisation is not None and asked.organisation.pk != current.organisation_id:
        judged.refuse("organisation", stays)
    if asked.role != current.role:
        judged.refuse("role", stays)


def _which_organisation(asked: _Asked, known: _Known) -> None:
    """The one with the number; without a number that of the row itself, else the only one of that name."""
    judged, current = asked.judged, asked.current
    number, name = step_tables.text(judged, "organisation").upper(), step_tables.text(judged, "name")
    if number:
        asked.organisation = known.organisations.get(number)
    elif current is not None:
        asked.organisation = current.organisation
    else:
        found = known.named.get(name.lower(), ())
        asked.organisation = found[0] if len(found) == 1 else None
        if len(found) > 1:
            judged.refuse("organisation", _("Several are called that: give the number of one."))
            return
    if asked.organisation is None:
        judged.refuse("organisation", _("There is no such organisation in the register."))
    elif name and name.lower() != asked.organisation.name.lower():
        judged.refuse("name", _("The register has %(name)s here.") % {"name": asked.organisation})


def _what(asked: _Asked, known: _Known) -> None:
    """Level, partnership and days; of a column that is not in the file they stay what they are."""
    judged, current = asked.judged, asked.current
    usual = current.level if current is not None else PartnerLevel.INVOLVED
    asked.said = {"level": step_tables.choice(judged, "level", PartnerLevel, usual=usual)}
    for name in ("start_date", "end_date"):
        is_said = name in judged.cells or current is None
        asked.said[name] = step_tables.day(judged, name) if is_said else getattr(current, name)
    asked.said["partnership"] = current.partnership if current is not None else None
    if "partnership" in judged.cells:
        name = step_tables.text(judged, "partnership")
        hip = asked.consortium.pk if asked.consortium is not None else 0
        asked.said["partnership"] = known.partnerships.get((hip, name.casefold()))
        if name and asked.said["partnership"] is None and asked.consortium is not None:
            judged.refuse("partnership", _("This HIP has no partnership of that name."))


def _compare(asked: _Asked, current: Partner) -> None:
    """What becomes another; who ends earlier than was written says why."""
    judged = asked.judged
    for name in ("level", "partnership", "start_date", "end_date"):
        old, new = getattr(current, name), asked.said[name]
        if old != new:
            words = [_level(each) if name == "level" else shown(each) for each in (old, new)]
            judged.differences.append((PARTNERS.label(name), words[0], words[1]))
    reason = step_tables.text(judged, "reason")
    ends = asked.said["end_date"] is not None and asked.said["end_date"] < (current.end_date or _FAR)
    if ends and not reason:
        judged.refuse("reason", _("Say why this partner ends."))
    if judged.differences and reason:
        judged.differences.append((PARTNERS.label("reason"), "–", reason))


def _level(level: str) -> str:
    return str(PartnerLevel(level).label)


def _add(actor: User, asked: _Asked) -> None:
    assert asked.consortium is not None and asked.organisation is not None
    judged = asked.judged
    partner = partners.add_partner(
        actor=actor, consortium=asked.consortium, organisation=asked.organisation, role=asked.role, **asked.said
    )
    judged.differences = [
        (PARTNERS.label("role"), "–", str(PartnerRole(asked.role).label)),
        (PARTNERS.label("level"), "–", _level(asked.said["level"])),
        *(
            (PARTNERS.label(name), "–", shown(asked.said[name]))
            for name in ("partnership", "start_date", "end_date")
            if asked.said[name] is not None
        ),
    ]
    judged.noted.append((partner, _("The partner is added.")))


def _change(actor: User, asked: _Asked) -> None:
    assert asked.current is not None
    partner = partners.change_partner(actor=actor, partner=asked.current, **asked.said)
    reason = step_tables.text(asked.judged, "reason")
    noted = _("The partner is put right.")
    if asked.said["end_date"] is not None and reason:
        noted = _("The partner is ended: %(reason)s") % {"reason": reason}
    asked.judged.noted.append((partner, noted))


PARTNERS = PartnerTable()
