"""What the database itself refuses about links between organisations, whoever asks: each rule broken by SQL."""

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from consortia.models import Role
from impact import duplicates, ledger, links
from impact.models import EntryKind, LedgerEntry
from tests import factories
from tests.factories import OrganisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

INSERT = (
    "INSERT INTO impact_ledgerentry (kind, reason, actor_id, from_organisation_id, to_organisation_id, undoes_id) "
    "VALUES (%s, %s, NULL, %s, %s, %s)"
)


def refused(sql, *parameters, using="default", error=IntegrityError, match=None):
    with (
        pytest.raises(error, match=match),
        transaction.atomic(using=using),
        connections[using].cursor() as cursor,
    ):
        cursor.execute(sql, parameters)


def written(kind, source=None, target=None, undoes=None, reason="dubbel"):
    """By the one writer, around the command and its checks."""
    subject = {"undoes": undoes} if undoes else {"from_organisation": source, "to_organisation": target}
    return ledger.append(kind=kind, actor=None, reason=reason, **subject)


@pytest.fixture
def trio():
    return [OrganisationFactory() for _ in range(3)]


@pytest.fixture
def linked(trio):
    return written(EntryKind.MERGE, trio[0], trio[1])


@pytest.mark.parametrize("kind", ["merge", "succession"])
def test_an_organisation_is_linked_to_one_other_at_a_time(trio, linked, kind):
    refused(INSERT, kind, "x", trio[0].pk, trio[2].pk, None, match="already linked")
    refused(INSERT, kind, "x", trio[0].pk, trio[1].pk, None, match="already linked")


def test_links_do_not_go_in_a_circle(trio, linked):
    refused(INSERT, "merge", "x", trio[1].pk, trio[0].pk, None, match="circle")
    written(EntryKind.SUCCESSION, trio[1], trio[2])
    refused(INSERT, "succession", "x", trio[2].pk, trio[0].pk, None, match="circle")


def test_an_undone_link_stands_in_nobodys_way(trio, linked):
    written(EntryKind.UNDO, undoes=linked)

    written(EntryKind.MERGE, trio[1], trio[0])

    assert ledger.resolve().links == ledger.links()
    refused(INSERT, "merge", "x", trio[0].pk, trio[1].pk, None, match="circle")


def test_nothing_is_linked_to_itself_or_to_nothing(trio):
    refused(INSERT, "merge", "x", trio[0].pk, trio[0].pk, None)
    refused(INSERT, "merge", "x", trio[0].pk, None, None)
    refused(INSERT, "succession", "x", None, trio[0].pk, None)


def test_a_link_has_a_reason_and_a_known_kind(trio):
    refused(INSERT, "merge", "", trio[0].pk, trio[1].pk, None)
    refused(INSERT, "succession", "", trio[0].pk, trio[1].pk, None)
    refused(INSERT, "takeover", "x", trio[0].pk, trio[1].pk, None)


def test_only_a_link_is_undone_and_once(trio, linked):
    other = LedgerEntry.objects.filter(kind=EntryKind.DEFINITION).latest("seq")
    refused(INSERT, "undo", "x", None, None, other.seq, match="only a link")
    refused(INSERT, "undo", "x", None, None, None)
    undoing = written(EntryKind.UNDO, undoes=linked)

    refused(INSERT, "undo", "x", None, None, linked.seq)
    refused(INSERT, "undo", "x", None, None, undoing.seq, match="only a link")


def test_a_link_says_nothing_else(trio, linked):
    refused(INSERT, "undo", "x", trio[1].pk, trio[2].pk, linked.seq)
    refused(INSERT, "quarter-closed", "x", trio[1].pk, trio[2].pk, None)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_a_link_is_neither_changed_nor_removed_not_even_by_the_owner(trio, linked):
    for using in ("default", "owner"):
        for sql in (
            "UPDATE impact_ledgerentry SET to_organisation_id = %s WHERE seq = %s",
            "UPDATE impact_ledgerentry SET reason = %s WHERE seq = %s",
        ):
            refused(sql, str(trio[2].pk), linked.seq, using=using, error=DatabaseError)
        refused("DELETE FROM impact_ledgerentry WHERE seq = %s", linked.seq, using=using, error=DatabaseError)


def test_a_linked_organisation_is_not_removed(trio, linked):
    for row in trio[:2]:
        refused("DELETE FROM consortia_organisation WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE", row.pk)


def test_what_was_dismissed_is_neither_changed_nor_removed_nor_said_twice(trio):
    manager = factories.user(Role.MANAGER)
    row = duplicates.dismiss(actor=manager, first=trio[0].pk, second=trio[1].pk)

    refused("UPDATE impact_dismissedduplicate SET reason = 'x' WHERE id = %s", row.pk, error=DatabaseError)
    refused("DELETE FROM impact_dismissedduplicate WHERE id = %s", row.pk, error=DatabaseError)
    insert = (
        "INSERT INTO impact_dismissedduplicate (first_id, second_id, dismissed_by_id, dismissed_at, reason) "
        "VALUES (%s, %s, %s, now(), '')"
    )
    refused(insert, row.first_id, row.second_id, manager.pk)
    refused(insert, row.second_id, row.first_id, manager.pk)


def test_the_command_says_in_words_what_the_database_would_refuse(trio, linked):
    from consortia.errors import NotAllowedNow

    with pytest.raises(NotAllowedNow):
        links.link(actor=factories.user(Role.MANAGER), kind="merge", source=trio[0].pk, target=trio[2].pk, reason="x")
