"""Which organisation a row means: decided at acceptance, by nobody's draft."""

import pytest

from consortia.errors import NotAllowedNow, NotPermitted, Refused
from consortia.models import Organisation, Role
from impact import ledger, reporting, rollups
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import company, school

pytestmark = pytest.mark.django_db

NUMBER = "41000001"


def partners(period: str) -> object:
    dimensions = Dimensions.read()
    indicator = next(pk for pk, row in dimensions.indicators.items() if row.code == "partners")
    quarter = next(index for index, row in dimensions.quarters.items() if row.pk == period)
    selection = Selection(consortia=[None], action_lines=[None], indicators=[indicator], quarters=[quarter])
    return rollups.compute(selection, ledger.resolve(), dimensions)[0].measures


def test_a_number_and_a_code_of_different_organisations_are_refused_when_the_register_knows_one_of_them(programme):
    factories.reported("scale", "2024Q1", company(NUMBER, institution_code="25PW"))

    with pytest.raises(Refused) as refusal:
        factories.reported("scale", "2024Q2", company("50000002", institution_code="25PW"))

    assert [problem.code for problem in refusal.value.problems] == ["other-organisation"]


def test_a_later_row_completes_the_register_as_well(programme):
    factories.reported("scale", "2024Q1", school("25PW"))
    factories.reported(
        "scale", "2024Q2", school("25PW"), company(NUMBER, institution_code="25PW", action_line="innovation")
    )
    factories.reported("scale", "2024Q3", company(NUMBER))

    assert partners("2024Q3").cumulative == 1
    assert Organisation.objects.get(institution_code="25PW").kvk_number == NUMBER


def test_a_draft_of_another_hip_does_not_stand_in_the_way_of_acceptance(programme):
    version = factories.reported("scale", "2024Q1", company(NUMBER, institution_code="25PW"), upto="submitted")
    factories.reported("people", "2024Q1", school("25PW"), upto="draft")

    where = {"consortium": "scale", "quarter": "2024Q1"}
    reporting.review(actor=factories.user(Role.REVIEWER), decision="accept", content_hash=version.content_hash, **where)
    other = factories.user(Role.COORDINATOR, "people")
    handed_in = reporting.submit(actor=other, consortium="people", quarter="2024Q1")
    reporting.review(
        actor=factories.user(Role.REVIEWER),
        consortium="people",
        quarter="2024Q1",
        decision="accept",
        content_hash=handed_in.content_hash,
    )

    assert partners("2024Q1").value == 1


def test_what_was_submitted_under_an_identity_that_another_got_is_to_be_returned(programme):
    first = factories.reported("scale", "2024Q1", company(NUMBER, institution_code="25PW"), upto="submitted")
    second = factories.reported("people", "2024Q1", school("25PW"), upto="submitted")
    reviewer = factories.user(Role.REVIEWER)
    accept = {"actor": reviewer, "decision": "accept", "quarter": "2024Q1"}
    reporting.review(consortium="scale", content_hash=first.content_hash, **accept)

    with pytest.raises(NotAllowedNow):
        reporting.review(consortium="people", content_hash=second.content_hash, **accept)
    returned = {**accept, "decision": "return"}
    reporting.review(consortium="people", content_hash=second.content_hash, **returned)
    factories.reported("people", "2024Q1", school("25PW"))

    assert partners("2024Q1").value == 1


def test_a_draft_tells_others_nothing_of_an_organisation(programme):
    row = company(NUMBER, name="Geheime Partner BV", postcode="3311 AB", size_class="medium")
    factories.reported("scale", "2024Q1", row, upto="draft")

    shared = Organisation.objects.get(kvk_number=NUMBER)

    assert (shared.name, shared.postcode, shared.size_class, shared.is_listed) == ("", "", "unknown", False)


def test_who_submitted_an_earlier_version_does_not_review_the_next_one(programme):
    both = factories.user(Role.COORDINATOR, "scale")
    both.memberships.create(role=Role.REVIEWER)
    contributor = factories.user(Role.CONTRIBUTOR, "scale")
    where = {"consortium": "scale", "quarter": "2024Q1"}
    factories.reported("scale", "2024Q1", upto="draft", coordinator=contributor)
    version = reporting.submit(actor=both, **where)
    reporting.review(actor=factories.user(Role.REVIEWER), decision="return", content_hash=version.content_hash, **where)
    colleague = factories.user(Role.COORDINATOR, "scale")
    again = factories.reported("scale", "2024Q1", upto="submitted", coordinator=colleague)

    with pytest.raises(NotPermitted):
        reporting.review(actor=both, decision="accept", content_hash=again.content_hash, **where)


@pytest.mark.parametrize("text", ["Bakkerij\u00a0De Molen", "\U0001f468\u200d\U0001f469", "soft\u00adhyphen"])
def test_what_a_text_processor_leaves_in_a_name_is_no_error(programme, text):
    factories.reported("scale", "2024Q1", company(NUMBER, name=text))

    assert Organisation.objects.get(kvk_number=NUMBER).name == text
