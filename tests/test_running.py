"""The portal as people run it: `ptvt_portal.local run` with its own processes, and what it survives.

One portal for the whole module; each test leaves it running, and reports for a HIP of its own.
"""

import contextlib
import os
import signal
from collections.abc import Iterator

import psycopg2
import pytest

from tests.running_portal import Portal, eventually, running_portal

PEOPLE = ("coordinator-01", "coordinator-02", "coordinator-03", "coordinator-04", "reviewer", "manager")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("a running portal"), PEOPLE) as running:
        yield running


def test_an_accepted_figure_is_public_within_two_seconds(portal):
    content_hash = portal.submitted(1, "scale", "2025Q1")

    portal.accept("scale", "2025Q1", content_hash)

    assert eventually(lambda: portal.counting("2025Q1") == 12, seconds=2) is not None
    assert eventually(portal.rolled_up, seconds=10) is not None


def test_a_worker_that_is_killed_between_acceptance_and_roll_up_loses_nothing(portal):
    content_hash = portal.submitted(2, "it-verband-zuid-holland", "2025Q1")
    before = portal.counting("2025Q1") or 0
    worker = portal.pid("worker")
    os.kill(worker, signal.SIGSTOP)

    portal.accept("it-verband-zuid-holland", "2025Q1", content_hash)
    stored_meanwhile = portal.rolled_up()
    os.kill(worker, signal.SIGKILL)

    assert not stored_meanwhile
    assert portal.counting("2025Q1") == before + 12
    assert eventually(portal.rolled_up, seconds=60) is not None
    assert portal.pid("worker") != worker


def test_acceptance_succeeds_while_the_broker_is_stopped_and_the_roll_up_follows(portal):
    content_hash = portal.submitted(3, "greenport-horti-campus", "2025Q1")
    before = portal.counting("2025Q1") or 0
    broker = portal.pid("broker")
    os.kill(broker, signal.SIGSTOP)
    try:
        seconds = portal.accept("greenport-horti-campus", "2025Q1", content_hash)
        assert portal.counting("2025Q1") == before + 12
        assert not portal.rolled_up()
    finally:
        os.kill(broker, signal.SIGCONT)

    assert seconds < 10
    assert eventually(portal.rolled_up, seconds=60) is not None


def test_acceptance_succeeds_while_the_broker_is_dead(portal):
    content_hash = portal.submitted(4, "people", "2025Q1")
    before = portal.counting("2025Q1") or 0

    os.kill(portal.pid("broker"), signal.SIGKILL)
    portal.accept("people", "2025Q1", content_hash)

    assert portal.counting("2025Q1") == before + 12
    assert eventually(portal.rolled_up, seconds=90) is not None


def test_verify_finds_nothing_until_a_stored_row_is_tampered_with(portal):
    assert eventually(portal.rolled_up, seconds=60) is not None
    assert portal.manage("verify_roll_ups").returncode == 0

    with contextlib.closing(psycopg2.connect(portal.home.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE impact_rollup SET value = 1 WHERE reported = 0 AND quarter_id = '2026Q3' AND value IS NULL"
        )
        tampered = cursor.rowcount
        connection.commit()
    found = portal.manage("verify_roll_ups")

    assert tampered
    assert found.returncode == 1
    assert f"{tampered} stored roll-ups differ" in found.stderr
    assert portal.manage("roll_up").returncode == 0
    assert portal.manage("verify_roll_ups").returncode == 0
