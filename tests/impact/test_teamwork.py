"""Who does which part of a quarter, what people say about it, and what the database keeps of that."""

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connections, transaction

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused
from impact import checklist, mentions, places, reporting, tasks, teamwork
from impact.models import Comment, Mention, OutboxMessage, QuarterlyReport, ReportPart
from impact.outbox import MENTION
from impact.standing import standing
from impact.teamwork import Assignment
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}


@pytest.fixture
def coordinator():
    return factories.user("coordinator", HIP, name="Carla Coördinator", email="carla@hip.example")


@pytest.fixture
def anna():
    return factories.user("contributor", HIP, name="Anna de Vries", email="a.de.vries@school.example")


@pytest.fixture
def draft(coordinator):
    return factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)


def refused(sql, *parameters, using="default", error=IntegrityError):
    with pytest.raises(error), transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)


def codes(refusal):
    return [(problem.pointer, problem.code) for problem in refusal.value.problems]


def listed(actor):
    return checklist.of(actor, standing(actor, HIP, PERIOD))


# --- who does what


def test_a_coordinator_divides_the_work(coordinator, anna):
    teamwork.assign(
        actor=coordinator,
        **WHERE,
        wanted=[Assignment("figures", None, coordinator), Assignment("figures", "talent", anna)],
    )

    assert [(part.section, part.action_line, part.owner) for part in listed(anna).parts] == [
        ("figures", None, coordinator),
        ("figures", "talent", anna),
    ]


def test_the_work_is_divided_before_anybody_has_begun(coordinator, anna):
    teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("headcounts", None, anna)])

    assert QuarterlyReport.objects.get(consortium__slug=HIP, quarter=PERIOD).versions.count() == 0


def test_only_who_hands_in_divides_the_work(anna, draft):
    outsider = factories.user("coordinator", "people")
    for actor, refusal in ((anna, NotPermitted), (factories.user("reviewer"), NotPermitted), (outsider, NotVisible)):
        with pytest.raises(refusal):
            teamwork.assign(actor=actor, **WHERE, wanted=[Assignment("figures", None, anna)])


def test_a_part_goes_to_people_who_may_fill_it_in_and_all_that_is_wrong_is_said_at_once(coordinator, anna):
    wanted = [
        Assignment("figures", None, anna),
        Assignment("figures", None, factories.user("reviewer")),
        Assignment("headcounts", "talent", factories.user("coordinator", "people")),
        Assignment("nonsense", "nowhere", None),
    ]
    with pytest.raises(Refused) as refusal:
        teamwork.assign(actor=coordinator, **WHERE, wanted=wanted)

    assert codes(refusal) == [
        ("/1/owner", "unknown"),
        ("/2/owner", "unknown"),
        ("/3/section", "unknown"),
        ("/3/actionLine", "unknown"),
    ]
    assert ReportPart.objects.count() == 0


def test_to_own_a_part_is_no_lock(coordinator, anna, draft):
    teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("figures", None, coordinator)])

    lines = factories.lines(factories.figure("assignments", 99))
    assert reporting.fill(actor=anna, **WHERE, lines=lines, base=reporting.ANY)


def test_a_part_is_done_until_somebody_opens_it_again(coordinator, anna, draft):
    teamwork.mark_done(actor=anna, **WHERE, section="figures", action_line="talent")
    assert [(part.done_by, part.is_done) for part in listed(coordinator).parts] == [(anna, True)]

    teamwork.reopen(actor=coordinator, **WHERE, section="figures", action_line="talent")
    assert [part.is_done for part in listed(coordinator).parts] == [False]


def test_what_was_done_in_the_version_that_came_back_is_to_be_looked_at_again(coordinator):
    factories.reported(HIP, PERIOD, upto="draft", coordinator=coordinator)
    teamwork.mark_done(actor=coordinator, **WHERE, section="figures")
    version = reporting.submit(actor=coordinator, **WHERE)
    assert listed(coordinator).part("figures").is_done

    reporting.review(
        actor=factories.user("reviewer"), **WHERE, decision="return", content_hash=version.content_hash, comment="x"
    )
    assert not listed(coordinator).part("figures").is_done

    teamwork.mark_done(actor=coordinator, **WHERE, section="figures")
    assert listed(coordinator).part("figures").is_done


def test_nothing_is_divided_or_done_in_what_was_handed_in(coordinator, anna):
    factories.reported(HIP, PERIOD, upto="submitted", coordinator=coordinator)

    for step in (
        lambda: teamwork.assign(actor=coordinator, **WHERE, wanted=[Assignment("figures", None, anna)]),
        lambda: teamwork.mark_done(actor=anna, **WHERE, section="figures"),
        lambda: teamwork.reopen(actor=anna, **WHERE, section="figures"),
    ):
        with pytest.raises(NotAllowedNow):
            step()


def test_my_work_is_my_parts_that_are_not_done_and_what_is_meant_for_me(coordinator, anna, draft):
    wanted = [Assignment("figures", None, anna), Assignment("headcounts", None, anna)]
    teamwork.assign(actor=coordinator, **WHERE, wanted=wanted)
    teamwork.mark_done(actor=anna, **WHERE, section="headcounts")
    teamwork.comment(actor=coordinator, **WHERE, text="@anna klopt dit?")
    settled = teamwork.comment(actor=coordinator, **WHERE, text="@anna en dit?")
    teamwork.settle(actor=coordinator, **WHERE, comment=settled.pk)

    mine = checklist.mine(anna, [standing(anna, HIP, PERIOD)])

    assert [part.section for part in mine.parts] == ["figures"]
    assert [said.text for said in mine.comments] == ["@anna klopt dit?"]


def test_who_left_the_hip_no_longer_reads_what_was_meant_for_them(coordinator, anna, draft):
    teamwork.comment(actor=coordinator, **WHERE, text="@anna klopt dit?")
    anna.memberships.all().delete()
    anna.__dict__.pop("_access_grants", None)

    assert checklist.mine(anna, []).comments == []


# --- what people say


def test_a_comment_reaches_who_is_mentioned_and_nobody_delivers_it_yet(coordinator, anna, draft):
    said = teamwork.comment(
        actor=coordinator, **WHERE, place="/figures/assignments/innovation", text="@Anna de Vries, klopt 12?"
    )

    (mention,) = Mention.objects.all()
    assert (mention.comment, mention.user) == (said, anna)
    assert OutboxMessage.objects.get(kind=MENTION).payload == {"mention": mention.pk}
    tasks.deliver_outbox()
    assert OutboxMessage.objects.get(kind=MENTION).done_at is None


def test_a_comment_does_not_stand_in_the_way_of_a_save(coordinator, anna, draft):
    before = standing(anna, HIP, PERIOD).tag
    teamwork.comment(actor=coordinator, **WHERE, text="Let op")

    assert standing(anna, HIP, PERIOD).tag == before


def test_reviewers_and_the_office_take_part_in_the_talk_and_readers_do_not(draft):
    for role in ("reviewer", "manager"):
        assert teamwork.comment(actor=factories.user(role), **WHERE, text="Gezien")
    factories.reported(HIP, "2024Q4")
    reader, outsider = factories.user("reader"), factories.user("coordinator", "people")
    with pytest.raises(NotPermitted):
        teamwork.comment(actor=reader, consortium=HIP, quarter="2024Q4", text="Mag ik?")
    with pytest.raises(NotVisible):
        teamwork.comment(actor=outsider, **WHERE, text="Mag ik?")
    assert list(checklist.comments(reader, standing(reader, HIP, "2024Q4"))) == []


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("  ", "", [("/text", "required")]),
        ("x" * 5001, "", [("/text", "too-long")]),
        ("nummer 111222333", "", [("/text", "bsn")]),
        ("\x00", "", [("/text", "unreadable")]),
        ("@nobody kijk", "", [("/text", "unknown-mention")]),
        ("@reader kijk", "/figures/nothing/talent", [("/place", "unknown"), ("/text", "unknown-mention")]),
        ("@anna kijk", "", [("/text", "ambiguous-mention")]),
    ],
)
def test_all_that_is_wrong_with_a_comment_is_said_at_its_place(coordinator, anna, draft, text, place, expected):
    factories.user("reader", name="reader")
    factories.user("contributor", HIP, name="Anna Bakker")

    with pytest.raises(Refused) as refusal:
        teamwork.comment(actor=coordinator, **WHERE, text=text, place=place)

    assert codes(refusal) == expected
    assert Comment.objects.count() == 0


@pytest.mark.parametrize(
    "place",
    ["", "figures", "/figures/assignments/innovation", "/figures/cofinancing-cash/-", "/participations/00000001",
     "/participations/99XA/talent/teaching", "/unidentifiedCompanies/talent", "/headcounts/students/mbo/talent/",
     "/headcounts/employees/a~1b/talent/25PW"],
)  # fmt: skip
def test_a_comment_is_about_the_quarter_a_section_an_organisation_or_a_row(coordinator, draft, place):
    assert teamwork.comment(actor=coordinator, **WHERE, text="x", place=place).place == place


@pytest.mark.parametrize(
    "place",
    ["x", "/", "/figures", "figures/assignments", "/figures/assignments", "/figures/assignments/nowhere",
     "/headcounts/x", "/participations/123/talent/project", "/participations/00000001/talent",
     "/participations/00000001/talent/x",
     "/unidentifiedCompanies/x", "/headcounts/people/mbo/talent/", "/headcounts/students/mbo/x/", "/figures/a\n/b",
     "/headcounts/students/" + "x" * 300 + "/talent/"],
)  # fmt: skip
def test_what_names_no_place_is_refused(coordinator, draft, place):
    with pytest.raises(Refused) as refusal:
        teamwork.comment(actor=coordinator, **WHERE, text="x", place=place)

    assert codes(refusal) == [("/place", "unknown")]


def test_open_comments_are_counted_by_section(coordinator, draft):
    for place in ("figures", "/figures/assignments/innovation", "headcounts", ""):
        teamwork.comment(actor=coordinator, **WHERE, text="x", place=place)

    found = listed(coordinator)
    assert (found.comments_in("figures"), found.comments_in("headcounts"), found.number_of_comments) == (2, 1, 4)


def test_a_comment_is_settled_once_by_who_sees_it(coordinator, anna, draft):
    said = teamwork.comment(actor=coordinator, **WHERE, text="x")
    teamwork.settle(actor=anna, **WHERE, comment=said.pk)
    teamwork.settle(actor=coordinator, **WHERE, comment=said.pk)

    assert Comment.objects.get().settled_by == anna
    assert listed(anna).number_of_comments == 0


def test_a_comment_of_another_report_is_not_there(coordinator, draft):
    other = factories.user("coordinator", "people")
    factories.reported("people", PERIOD, factories.company(5), upto="draft", coordinator=other)
    said = teamwork.comment(actor=other, consortium="people", quarter=PERIOD, text="x")

    with pytest.raises(NotVisible):
        teamwork.settle(actor=coordinator, **WHERE, comment=said.pk)


def test_comments_are_written_once_the_quarter_has_ended(coordinator):
    with pytest.raises((NotAllowedNow, NotVisible)):
        teamwork.comment(actor=coordinator, consortium=HIP, quarter="2027Q1", text="x")


# --- names


def test_names_are_read_as_people_write_them(coordinator, anna):
    people = [coordinator, anna]

    for text in (
        "@Anna de Vries",
        "zie @anna!",
        "(@ANNA)",
        "@a.de.vries",
        "@a.de.vries@school.example, ja?",
        "“@anna”",
    ):
        assert mentions.read(text, people, "/text") == ([anna], []), text
    assert mentions.read("@anna en @anna en @carla", people, "/text")[0] == [anna, coordinator]


def test_an_address_in_the_text_is_no_mention(coordinator, anna):
    assert mentions.read("mail iemand@elders.example, 3 @ 5, @ x", [anna], "/text") == ([], [])


def test_a_name_is_a_word_of_its_own(anna):
    found, problems = mentions.read("@annabel", [anna], "/text")

    assert (found, [problem.code for problem in problems]) == ([], ["unknown-mention"])


def test_the_name_that_is_offered_means_one_person(anna):
    namesake = factories.user("contributor", HIP, name="Anna de Vries", email="other@school.example")
    people = [anna, namesake]

    for person in people:
        assert mentions.read(f"@{mentions.name_for(person, people)}", people, "/text") == ([person], [])


def test_who_holds_a_permission_is_who_is_allowed(coordinator, anna):
    for role in ("reviewer", "manager", "reader"):
        factories.user(role)
    factories.user("contributor", "people")
    gone = factories.user("contributor", HIP, is_active=False)
    hip = coordinator.memberships.get().consortium

    for permission in Permission:
        held = set(access.holders(permission, hip))
        assert gone not in held
        assert all(access.allows(person, permission, hip) for person in held)
    assert {coordinator, anna} <= set(access.holders(Permission.FILL, hip))
    assert len(access.holders(Permission.SEE_REPORTS, hip)) == 4


def test_a_place_is_read_into_its_parts():
    assert places.read("/headcounts/students/a~1b~0c/talent/").parts == ("students", "a/b~c", "talent", "")
    assert places.section_of("/figures/x/y") == "figures"
    assert places.section_of("") is None


# --- what the database holds


def test_a_comment_stays_as_it_was_written(coordinator, anna, draft):
    said = teamwork.comment(actor=coordinator, **WHERE, text="x")

    refused("UPDATE impact_comment SET text = 'y'")
    refused("UPDATE impact_comment SET settled_by_id = %s, settled_at = now(), text = 'y'", anna.pk)
    refused("UPDATE impact_comment SET settled_by_id = %s", anna.pk)
    refused("DELETE FROM impact_comment", error=ProgrammingError)
    refused("INSERT INTO impact_comment (report_id, place, author_id, at, text) "
            "VALUES (%s, '', %s, now(), '')", said.report_id, anna.pk)  # fmt: skip
    teamwork.settle(actor=anna, **WHERE, comment=said.pk)
    refused("UPDATE impact_comment SET settled_by_id = NULL, settled_at = NULL")
    refused("UPDATE impact_comment SET settled_by_id = %s", coordinator.pk)


def test_a_mention_is_only_added_and_once(coordinator, anna, draft):
    teamwork.comment(actor=coordinator, **WHERE, text="@anna")

    refused("UPDATE impact_mention SET user_id = %s", coordinator.pk, error=ProgrammingError)
    refused("DELETE FROM impact_mention", error=ProgrammingError)
    refused("INSERT INTO impact_mention (comment_id, user_id) SELECT comment_id, user_id FROM impact_mention")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_owner_cannot_rewrite_what_was_said_either(coordinator, draft):
    teamwork.comment(actor=coordinator, **WHERE, text="x")

    refused("UPDATE impact_comment SET text = 'y'", using="owner")
    refused("DELETE FROM impact_comment", using="owner", error=DatabaseError)


def test_a_part_is_there_once_in_a_section_that_exists_and_done_by_somebody(coordinator, draft):
    part = teamwork.mark_done(actor=coordinator, **WHERE, section="figures")

    again = "INSERT INTO impact_reportpart (report_id, section, action_line_id, owner_id, is_nil, done_by_id, done_at) "
    refused(again + "VALUES (%s, 'figures', NULL, NULL, false, NULL, NULL)", part.report_id)
    refused(again + "VALUES (%s, 'nonsense', NULL, NULL, false, NULL, NULL)", part.report_id)
    refused(again + "VALUES (%s, 'headcounts', NULL, NULL, true, NULL, NULL)", part.report_id)
    refused("UPDATE impact_reportpart SET done_at = NULL")
