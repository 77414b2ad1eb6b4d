"""Links between organisations: they act on reading, hold for their own moments, and are undone without a remainder."""

from uuid import uuid4

import pytest

from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused, Stale
from consortia.models import Organisation, Role
from impact import effects, ledger, links, materialise, outbox, progress, register, rollups
from impact.models import LINKS, EntryKind, Indicator, LedgerEntry, OutboxMessage
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import OrganisationFactory, company, school

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

WHY = "zelfde bedrijf"


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


@pytest.fixture
def accepted(programme):
    """Companies 1, 2, 3 in one HIP, 3, 4 in another; 1 and 4 come back a quarter later."""
    factories.reported("scale", "2025Q1", company(1), company(2), company(3, action_line="talent"))
    factories.reported("snel", "2025Q1", company(3), company(4))
    factories.reported("snel", "2025Q2", company(1), company(4), school("99XB"))


def number(kvk_number):
    return Organisation.objects.get(kvk_number=f"{kvk_number:08}")


def link(actor, source, target, kind="merge", reason=WHY, **more):
    ends = {"source": number(source).pk, "target": number(target).pk}
    return links.link(actor=actor, kind=kind, reason=reason, **ends, **more)


def everything(seq=None):
    """Every cell and goal, computed from the ledger up to a seq."""
    dimensions = Dimensions.read()
    state = ledger.resolve(seq)
    return rollups.compute(Selection(), state, dimensions), progress.read(None, dimensions, state=state)


def companies(period="2025Q1", measure="value", hip=None, seq=None):
    dimensions = Dimensions.read()
    quarter = factories.quarter(period).index
    indicator = Indicator.objects.get(code="companies")
    consortium = next((row.pk for row in dimensions.consortia.values() if row.slug == hip), None)
    selection = Selection([consortium], [None], [indicator.pk], [quarter])
    (cell,) = rollups.compute(selection, ledger.resolve(seq), dimensions)
    return getattr(cell.measures, measure)


def problems(error):
    return [(problem.pointer, problem.code) for problem in error.value.problems]


# --- what a link does


@pytest.mark.parametrize("kind", LINKS)
def test_linked_organisations_count_once_from_then_on(accepted, manager, kind):
    before = ledger.newest()
    assert companies() == 4

    entry = link(manager, 4, 2, kind)

    assert (entry.kind, entry.reason, entry.actor) == (kind, WHY, manager)
    assert companies() == 3
    assert companies("2025Q2", "cumulative") == 3
    assert companies(hip="scale") == 3
    assert companies(seq=before) == 4, "a moment before the link sees both"


def test_who_was_known_under_the_other_number_is_not_new(accepted, manager):
    factories.reported("people", "2025Q2", company(5))
    assert companies("2025Q2", "new", hip="people") == 1
    assert companies("2025Q2", "new") == 1

    link(manager, 5, 2, "succession")

    assert companies("2025Q2", "new") == 0
    assert companies("2025Q2", "new", hip="people") == 1, "in this HIP it is"


def test_a_chain_counts_as_its_end(accepted, manager):
    link(manager, 1, 2)
    link(manager, 2, 3, "succession")

    assert companies() == 2
    assert ledger.resolve().root_of(number(1).pk) == number(3).pk


def test_undoing_restores_every_figure_exactly_and_each_moment_keeps_its_own(accepted, manager):
    before, seq = everything(), ledger.newest()
    first = link(manager, 1, 2)
    second = link(manager, 2, 3, "succession")
    linked = everything()
    assert linked != before

    links.undo(actor=manager, seq=second.seq)
    links.undo(actor=manager, seq=first.seq, reason="vergissing")

    assert everything() == before
    assert everything(seq) == before
    assert everything(second.seq) == linked
    assert register.Links.visible_to(manager).entries == ()


def test_the_middle_of_a_chain_can_be_undone(accepted, manager):
    first = link(manager, 1, 2)
    link(manager, 2, 3)

    links.undo(actor=manager, seq=first.seq)

    state = ledger.resolve()
    assert state.root_of(number(1).pk) == number(1).pk
    assert state.root_of(number(2).pk) == number(3).pk


def test_after_undoing_it_can_be_linked_again(accepted, manager):
    entry = link(manager, 1, 2)
    links.undo(actor=manager, seq=entry.seq)

    link(manager, 1, 3)

    assert companies() == 3


def test_a_linked_number_is_still_reported_beside_the_other_and_keeps_its_own_row(accepted, manager):
    link(manager, 1, 2)

    version = factories.reported("people", "2025Q2", company(1), company(2))

    rows = version.participations.order_by("position")
    assert [row.organisation for row in rows] == [number(1), number(2)]
    assert companies("2025Q2", hip="people") == 1


def test_organisations_of_any_type_are_linked(accepted, manager):
    source, target = Organisation.objects.get(institution_code="99XB"), number(1)

    links.link(actor=manager, kind="merge", source=source.pk, target=str(target.pk), reason=WHY)

    assert ledger.resolve().root_of(source.pk) == target.pk


def test_stored_roll_ups_follow_and_are_what_a_computation_gives(accepted, manager):
    entry = link(manager, 4, 2)
    assert OutboxMessage.objects.filter(kind=outbox.ROLL_UP, payload={"seq": entry.seq}).exists()
    materialise.roll_up()
    assert materialise.verify() == (entry.seq, [])

    undone = links.undo(actor=manager, seq=entry.seq)

    materialise.roll_up()
    assert materialise.verify() == (undone.seq, [])


# --- what is refused, and changes nothing


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.READER, Role.COORDINATOR, Role.CONTRIBUTOR])
def test_only_a_manager_links_and_undoes(accepted, manager, role):
    entry = link(manager, 1, 2)
    hip = "scale" if role in (Role.COORDINATOR, Role.CONTRIBUTOR) else None
    somebody = factories.user(role, hip)

    with pytest.raises(NotPermitted):
        link(somebody, 3, 4)
    with pytest.raises(NotPermitted):
        links.undo(actor=somebody, seq=entry.seq)


def test_what_is_linked_already_is_not_linked_again(accepted, manager):
    link(manager, 1, 2)

    with pytest.raises(NotAllowedNow):
        link(manager, 1, 3)
    with pytest.raises(NotAllowedNow):
        link(manager, 1, 2, "succession")


@pytest.mark.parametrize(("source", "target"), [(1, 1), (2, 1), (3, 1)])
def test_links_never_go_in_a_circle(accepted, manager, source, target):
    link(manager, 1, 2)
    link(manager, 2, 3)
    if source != 3:
        links.undo(actor=manager, seq=ledger.newest())
    if source == 1:
        links.undo(actor=manager, seq=LedgerEntry.objects.get(kind="merge", from_organisation=number(1)).seq)

    with pytest.raises(NotAllowedNow):
        link(manager, source, target)


def test_everything_that_is_wrong_is_said_at_once(accepted, manager):
    newest = ledger.newest()

    with pytest.raises(Refused) as error:
        links.link(actor=manager, kind="takeover", source="nonsense", target=uuid4(), reason=" ")

    assert problems(error) == [
        ("/kind", "unknown"), ("/from", "unknown"), ("/to", "unknown"), ("/reason", "required"),
    ]  # fmt: skip
    assert ledger.newest() == newest


@pytest.mark.parametrize(("source", "target", "pointer"), [(9, 1, "/from"), (1, 9, "/to")])
def test_an_organisation_that_only_a_draft_names_is_not_linked(accepted, manager, source, target, pointer):
    """Its number may still become another organisation's when a report is accepted."""
    factories.reported("people", "2025Q2", company(9), upto="draft")
    newest = ledger.newest()

    with pytest.raises(Refused) as error:
        link(manager, source, target)

    assert problems(error) == [(pointer, "unknown")]
    assert ledger.newest() == newest


@pytest.mark.parametrize(
    ("reason", "code"), [("x" * 10_001, "too-long"), ("a\x00b", "unreadable"), ("123456782", "bsn"), ("\n", "required")]
)
def test_a_reason_that_cannot_be_stored_is_refused(accepted, manager, reason, code):
    with pytest.raises(Refused) as error:
        link(manager, 1, 2, reason=reason)

    assert problems(error) == [("/reason", code)]


def test_the_longest_reason_is_stored(accepted, manager):
    assert len(link(manager, 1, 2, reason="x" * 10_000).reason) == 10_000


def test_undoing_what_is_no_link_or_is_undone_is_refused(accepted, manager):
    entry = link(manager, 1, 2)
    undone = links.undo(actor=manager, seq=entry.seq)

    with pytest.raises(NotAllowedNow):
        links.undo(actor=manager, seq=entry.seq)
    for seq in (undone.seq, LedgerEntry.objects.filter(kind=EntryKind.COUNTS).latest("seq").seq, 0, 10**12, 10**30):
        with pytest.raises(NotVisible):
            links.undo(actor=manager, seq=seq)


def test_a_link_on_what_was_seen_is_refused_once_the_ledger_has_moved(accepted, manager):
    seen = ledger.newest()
    entry = link(manager, 1, 2, seen=seen)

    with pytest.raises(Stale):
        link(manager, 3, 4, seen=seen)
    with pytest.raises(Stale):
        links.undo(actor=manager, seq=entry.seq, seen=seen)


# --- what it would change


def test_the_effect_of_a_link_and_of_undoing_it_is_what_then_happens(accepted, manager):
    dimensions = Dimensions.read()
    before = ledger.resolve()
    asked = links.judge(kind="merge", source=number(4).pk, target=number(2).pk, reason=WHY, links=before.links)
    foreseen = links.effect_of_link(asked, before, dimensions)

    entry = link(manager, 4, 2)

    after = ledger.resolve()
    assert foreseen
    assert foreseen == effects.between(before, after, dimensions)
    back = links.effect_of_undo(after.links[number(4).pk], after, dimensions)
    links.undo(actor=manager, seq=entry.seq)
    assert back == effects.between(after, ledger.resolve(), dimensions)
    assert [change.after for change in back.cells] == [change.before for change in foreseen.cells]


def test_a_link_that_moves_nothing_has_no_effect(accepted, manager):
    one, two = OrganisationFactory(), OrganisationFactory()
    state = ledger.resolve()
    asked = links.judge(kind="merge", source=one.pk, target=two.pk, reason=WHY, links=state.links)

    assert not links.effect_of_link(asked, state, Dimensions.read())


# --- how organisations hang together


def test_links_lead_to_what_an_organisation_counts_as_and_from_all_that_count_as_it(accepted, manager):
    first, second = link(manager, 1, 2), link(manager, 2, 3, "succession")
    third = link(manager, 4, 2)
    found = register.Links.visible_to(manager)

    assert found.above(number(1).pk) == [first, second]
    assert found.below(number(3).pk) == [second, first, third]
    assert found.of(number(2).pk) == [first, second, third]
    assert found.members(number(3).pk) == [number(n).pk for n in (3, 2, 1, 4)]
    assert found.merged_into(number(1).pk) == number(2).pk, "a succession does not stand in"
    assert found.merged_into(number(2).pk) is None


def test_a_link_with_an_organisation_of_a_draft_is_hidden_from_who_may_not_know_it(accepted, manager):
    """The command lays none; what is in the ledger some other way is not told either."""
    factories.reported("people", "2025Q2", company(9), upto="draft")
    entry = ledger.append(
        kind=EntryKind.MERGE, actor=manager, reason=WHY, from_organisation=number(1), to_organisation=number(9)
    )
    own, reader = factories.user(Role.COORDINATOR, "people"), factories.user(Role.READER)

    assert register.Links.visible_to(manager).entries == register.Links.visible_to(own).entries == (entry,)
    assert register.Links.visible_to(reader).entries == ()
