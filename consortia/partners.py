"""Commands on the partners of a HIP: add one, end one, hand over the lead (penvoerderschap) on a day.

Partners are dated and stay for ever; what a HIP counts does not depend on them.
"""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import Consortium, Organisation, Partner, PartnerLevel, PartnerRole, Partnership, User


@transaction.atomic
def add_partner(
    *,
    actor: User | None,
    consortium: Consortium,
    organisation: Organisation,
    role: str = PartnerRole.PARTNER,
    level: str = PartnerLevel.INVOLVED,
    partnership: Partnership | None = None,
    start_date: date | None = None,
    end_date: date | None = None,
) -> Partner:
    """Let an organisation take part in a HIP, from a day until a day; None is "always" and "until further notice".

    Raises:
        NotPermitted: no programme manager.
        Refused: the dates are in the wrong order, or somebody leads then, or the partnership is another HIP's.
    """
    _lock(actor, consortium)
    partner = Partner(
        consortium=consortium,
        organisation=organisation,
        role=role,
        level=level,
        partnership=partnership,
        start_date=start_date,
        end_date=end_date,
    )
    return _store(partner)


@transaction.atomic
def change_partner(
    *,
    actor: User | None,
    partner: Partner,
    level: str,
    partnership: Partnership | None,
    start_date: date | None,
    end_date: date | None,
) -> Partner:
    """Put right what was written about a partner; who it is, where, and its role stay.

    Raises:
        NotPermitted, Refused: as for `add_partner`.
    """
    _lock(actor, partner.consortium)
    stored = Partner.objects.select_for_update(of=["self"]).select_related("consortium", "organisation")
    current = stored.get(pk=partner.pk)
    current.level, current.partnership = level, partnership
    current.start_date, current.end_date = start_date, end_date
    return _store(current)


@transaction.atomic
def end_partner(*, actor: User | None, partner: Partner, last_day: date) -> Partner:
    """End a partner's part in the HIP; it keeps its history.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: it has ended by then.
        Refused: the last day lies before the first.
    """
    _lock(actor, partner.consortium)
    current = Partner.objects.select_for_update().get(pk=partner.pk)
    if current.end_date is not None and current.end_date <= last_day:
        raise NotAllowedNow(_("This partner has ended by then: %(day)s.") % {"day": current.end_date})
    if current.start_date is not None and last_day < current.start_date:
        raise Refused([Problem("/lastDay", "out-of-order", _("The last day lies before the first."))])
    current.end_date = last_day
    current.save(update_fields=["end_date"])
    return current


@transaction.atomic
def replace_lead(
    *,
    actor: User | None,
    consortium: Consortium,
    organisation: Organisation,
    first_day: date,
    former_stays: bool = True,
) -> Partner:
    """Hand the lead of a HIP over: from `first_day` on it is `organisation`, until the day before whoever it was.

    Who takes over is no ordinary partner beside that; who hands over stays as one, unless told otherwise.

    Raises:
        NotPermitted: no programme manager.
        Refused: it is the lead partner already, or somebody leads only from a later day on.
    """
    _lock(actor, consortium)
    eve = first_day - timedelta(days=1)
    former = Partner.objects.filter(consortium=consortium).leading_on(first_day).select_for_update().first()
    if former is not None:
        if former.organisation_id == organisation.pk:
            raise Refused([Problem("/organisation", "unchanged", _("This is the lead partner already."))])
        if former.start_date is not None and eve < former.start_date:
            detail = _("The present lead partner began on that day or later; choose a later day.")
            raise Refused([Problem("/firstDay", "out-of-order", detail)])
        former.end_date, former_end = eve, former.end_date
        former.save(update_fields=["end_date"])
    as_partner = Partner.objects.filter(
        Q(end_date__isnull=True) | Q(end_date__gte=first_day),
        consortium=consortium, organisation=organisation, role=PartnerRole.PARTNER,
    )  # fmt: skip
    for ordinary in as_partner.select_for_update():
        if ordinary.start_date is not None and eve < ordinary.start_date:
            detail = _("This organisation begins as an ordinary partner on that day or later; put that right first.")
            raise Refused([Problem("/organisation", "overlap", detail)])
        ordinary.end_date = eve
        ordinary.save(update_fields=["end_date"])
    lead = _store(
        Partner(
            consortium=consortium,
            organisation=organisation,
            role=PartnerRole.LEAD,
            level=PartnerLevel.CONTRACT,
            start_date=first_day,
        )
    )
    if former is not None and former_stays:
        _store(
            Partner(
                consortium=consortium,
                organisation=former.organisation,
                partnership=former.partnership,
                role=PartnerRole.PARTNER,
                level=former.level,
                start_date=first_day,
                end_date=former_end,
            )
        )
    return lead


def _lock(actor: User | None, consortium: Consortium) -> None:
    """The office, or (None) the loading of reference data; one change of a HIP's partners at a time."""
    if actor is not None:
        access.require(actor, Permission.CONFIGURE)
    Consortium.objects.select_for_update().get(pk=consortium.pk)


def _store(partner: Partner) -> Partner:
    """Store a partner that is new or changed, unless what it says cannot be.

    Said here in words because the form of a constraint is not for readers, nor is its refusal.
    """
    problems = []
    if partner.partnership is not None and partner.partnership.consortium_id != partner.consortium_id:
        problems.append(Problem("/partnership", "another-hip", _("This partnership is part of another HIP.")))
    if partner.start_date is not None and partner.end_date is not None and partner.end_date < partner.start_date:
        problems.append(Problem("/endDate", "out-of-order", _("The last day lies before the first.")))
    if problems:
        raise Refused(problems)
    in_the_way, detail = {
        PartnerRole.LEAD: (
            Q(role=PartnerRole.LEAD),
            _("%(name)s is the lead partner then (%(period)s). End that first, or hand the lead over."),
        ),
        PartnerRole.PARTNER: (
            Q(organisation=partner.organisation, partnership=partner.partnership),
            _("%(name)s is a partner already (%(period)s)."),
        ),
    }[PartnerRole(partner.role)]
    other = _at_the_same_time(partner).filter(in_the_way).first()
    if other is not None:
        facts = {"name": other.organisation, "period": _period(other)}
        raise Refused([Problem("/startDate", "overlap", detail % facts)])
    partner.save()
    return partner


def _at_the_same_time(partner: Partner) -> QuerySet[Partner]:
    """The other partners of the HIP whose days meet with those of this one."""
    others = Partner.objects.filter(consortium=partner.consortium_id).exclude(pk=partner.pk)
    if partner.start_date is not None:
        others = others.filter(Q(end_date__isnull=True) | Q(end_date__gte=partner.start_date))
    if partner.end_date is not None:
        others = others.filter(Q(start_date__isnull=True) | Q(start_date__lte=partner.end_date))
    return others.select_related("organisation").order_by("start_date", "pk")


def _period(partner: Partner) -> str:
    return _("from %(start)s until %(end)s") % {
        "start": partner.start_date or _("the beginning"),
        "end": partner.end_date or _("further notice"),
    }
