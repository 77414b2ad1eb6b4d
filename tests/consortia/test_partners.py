"""Partners of a HIP: dated, one lead at a time, nothing deleted."""

from datetime import date

import pytest

from consortia import partners
from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Partner, PartnerLevel, PartnerRole, Partnership, Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def hip():
    return factories.ConsortiumFactory(takes_part=False)


def add(manager, hip, organisation=None, **fields):
    return partners.add_partner(
        actor=manager, consortium=hip, organisation=organisation or factories.OrganisationFactory(), **fields
    )


def problems(refusal):
    return [problem.pointer for problem in refusal.value.problems]


def test_a_partner_is_added_from_a_day_until_a_day(manager, hip):
    partner = add(manager, hip, start_date=date(2024, 1, 1), end_date=date(2024, 12, 31), level=PartnerLevel.CONTRACT)

    assert (partner.start_date, partner.end_date, partner.role) == (date(2024, 1, 1), date(2024, 12, 31), "partner")


def test_a_second_lead_at_the_same_time_is_refused_with_the_name_of_the_first(manager, hip):
    first = add(manager, hip, role=PartnerRole.LEAD)

    with pytest.raises(Refused) as refusal:
        add(manager, hip, role=PartnerRole.LEAD, start_date=date(2025, 1, 1))

    assert problems(refusal) == ["/startDate"]
    assert str(first.organisation) in refusal.value.problems[0].detail
    assert Partner.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, date(2024, 6, 30)), (date(2024, 6, 30), None)),
        ((date(2024, 1, 1), None), (None, None)),
        ((date(2024, 1, 1), date(2024, 12, 31)), (None, date(2024, 1, 1))),
    ],
)
def test_leads_overlap_when_they_share_a_day(manager, hip, first, second):
    add(manager, hip, role=PartnerRole.LEAD, start_date=first[0], end_date=first[1])

    with pytest.raises(Refused):
        add(manager, hip, role=PartnerRole.LEAD, start_date=second[0], end_date=second[1])


def test_leads_follow_each_other_without_a_gap(manager, hip):
    add(manager, hip, role=PartnerRole.LEAD, end_date=date(2024, 6, 30))

    assert add(manager, hip, role=PartnerRole.LEAD, start_date=date(2024, 7, 1)).pk


def test_the_same_organisation_is_not_a_partner_twice_at_the_same_time(manager, hip):
    organisation = factories.OrganisationFactory()
    add(manager, hip, organisation, start_date=date(2024, 1, 1), end_date=date(2024, 12, 31))

    with pytest.raises(Refused):
        add(manager, hip, organisation, start_date=date(2024, 12, 31))
    assert add(manager, hip, organisation, start_date=date(2025, 1, 1)).pk


def test_the_partnership_is_one_of_the_hip_and_the_days_are_in_order(manager, hip):
    elsewhere = Partnership.objects.create(consortium=factories.ConsortiumFactory(takes_part=False), name="Elders")

    with pytest.raises(Refused) as refusal:
        add(manager, hip, partnership=elsewhere, start_date=date(2025, 1, 1), end_date=date(2024, 1, 1))

    assert problems(refusal) == ["/partnership", "/endDate"]


def test_ending_keeps_the_partner_and_its_history(manager, hip):
    partner = add(manager, hip, start_date=date(2024, 1, 1))

    partners.end_partner(actor=manager, partner=partner, last_day=date(2024, 12, 31))

    partner.refresh_from_db()
    assert (partner.start_date, partner.end_date) == (date(2024, 1, 1), date(2024, 12, 31))
    with pytest.raises(NotAllowedNow):
        partners.end_partner(actor=manager, partner=partner, last_day=date(2025, 12, 31))
    with pytest.raises(Refused):
        partners.end_partner(actor=manager, partner=partner, last_day=date(2023, 12, 31))


def test_the_lead_is_handed_over_on_a_day_and_the_former_stays_as_a_partner(manager, hip):
    former = add(manager, hip, role=PartnerRole.LEAD, level=PartnerLevel.CONTRACT)
    successor = add(manager, hip)
    day = date(2025, 9, 1)

    partners.replace_lead(actor=manager, consortium=hip, organisation=successor.organisation, first_day=day)

    leads = Partner.objects.filter(consortium=hip)
    assert leads.leading_on(date(2025, 8, 31)).get().organisation == former.organisation
    assert leads.leading_on(day).get().organisation == successor.organisation
    ordinary = Partner.objects.filter(role=PartnerRole.PARTNER)
    assert ordinary.get(organisation=successor.organisation).end_date == date(2025, 8, 31)
    assert ordinary.get(organisation=former.organisation).start_date == day


def test_the_former_lead_can_leave(manager, hip):
    former = add(manager, hip, role=PartnerRole.LEAD)

    partners.replace_lead(
        actor=manager, consortium=hip, organisation=factories.OrganisationFactory(), first_day=date(2025, 9, 1),
        former_stays=False,
    )  # fmt: skip

    assert Partner.objects.filter(organisation=former.organisation).get().end_date == date(2025, 8, 31)


def test_a_hip_without_a_lead_gets_one(manager, hip):
    lead = partners.replace_lead(
        actor=manager, consortium=hip, organisation=factories.OrganisationFactory(), first_day=date(2025, 9, 1)
    )

    assert (lead.role, lead.start_date, lead.end_date) == (PartnerRole.LEAD, date(2025, 9, 1), None)


def test_a_handover_that_cannot_be_changes_nothing(manager, hip):
    lead = add(manager, hip, role=PartnerRole.LEAD, start_date=date(2025, 1, 1), end_date=date(2025, 6, 30))
    later = add(manager, hip, role=PartnerRole.LEAD, start_date=date(2025, 7, 1))
    before = list(Partner.objects.values())

    for organisation, day in [
        (lead.organisation, date(2025, 3, 1)),  # leads already
        (factories.OrganisationFactory(), date(2025, 1, 1)),  # the present one began that day
        (factories.OrganisationFactory(), date(2025, 3, 1)),  # a later one is there
    ]:
        with pytest.raises(Refused):
            partners.replace_lead(actor=manager, consortium=hip, organisation=organisation, first_day=day)

    assert later.pk
    assert list(Partner.objects.values()) == before


def test_days_are_put_right_within_the_same_rules(manager, hip):
    lead = add(manager, hip, role=PartnerRole.LEAD, end_date=date(2024, 12, 31))
    add(manager, hip, role=PartnerRole.LEAD, start_date=date(2025, 1, 1))
    change = {"actor": manager, "partner": lead, "level": PartnerLevel.CONTRACT, "partnership": None}

    partners.change_partner(**change, start_date=date(2023, 9, 1), end_date=date(2024, 12, 31))
    with pytest.raises(Refused):
        partners.change_partner(**change, start_date=None, end_date=date(2025, 1, 1))

    lead.refresh_from_db()
    assert (lead.level, lead.start_date, lead.end_date) == ("contract", date(2023, 9, 1), date(2024, 12, 31))


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER, Role.COORDINATOR, Role.CONTRIBUTOR])
def test_only_the_office_changes_partners(manager, hip, role):
    partner = add(manager, hip)
    somebody = factories.user(role, hip if role in (Role.COORDINATOR, Role.CONTRIBUTOR) else None)

    with pytest.raises(NotPermitted):
        add(somebody, hip)
    with pytest.raises(NotPermitted):
        partners.end_partner(actor=somebody, partner=partner, last_day=date(2024, 1, 1))
    with pytest.raises(NotPermitted):
        partners.replace_lead(
            actor=somebody, consortium=hip, organisation=partner.organisation, first_day=date(2024, 1, 1)
        )
    with pytest.raises(NotPermitted):
        partners.change_partner(
            actor=somebody, partner=partner, level="contract", partnership=None, start_date=None, end_date=None
        )
