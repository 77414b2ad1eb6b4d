"""Four people write without pause for a minute, while the worker is killed again and again, and somebody watches."""

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread

import psycopg2
import pytest

from tests.running_portal import Portal, eventually, running_portal
from tests.writers import HIPS, Writer, keep_on

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("many writers")]

SECONDS = 60


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    people = (*HIPS, "reviewer", "reviewer2", "manager")
    with running_portal(Path(tmp_path_factory.mktemp("many writers")), people) as running:
        yield running


class Reader:
    """Follows the feed, and beside it the table itself: what has been seen is all that there will ever be below it."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.seqs: list[int] = []
        self.times: list[str] = []
        self.faults: list[str] = []
        self._connection = psycopg2.connect(portal.home.database_url)
        self._connection.autocommit = True
        self._seen: set[int] = set()

    def work(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT seq FROM impact_ledgerentry")
            found = {seq for (seq,) in cursor.fetchall()}
        late = {seq for seq in found - self._seen if seq < max(self._seen, default=0)}
        if late or self._seen - found:
            self.faults.append(f"came below what was seen: {sorted(late)}; went: {sorted(self._seen - found)}")
        self._seen = found
        last = self.seqs[-1] if self.seqs else 0
        status, answer = self.portal.call(None, "GET", f"/api/v1/changes?after={last}&pageSize=5000")
        if status != 200:
            self.faults.append(f"{status} {answer}")
            return
        new = [row["seq"] for row in answer["results"]]
        if new != list(range(last + 1, answer["seq"] + 1)):
            self.faults.append(f"a gap: {new} after {last}, up to {answer['seq']}")
        self.seqs += new
        self.times += [row["time"] for row in answer["results"]]
        time.sleep(0.02)


class Killer:
    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.random = Random(0)
        self.kills = 0
        self.faults: list[str] = []

    def work(self) -> None:
        time.sleep(self.random.uniform(0.5, 5))
        with contextlib.suppress(OSError, ValueError):
            os.kill(self.portal.pid("worker"), signal.SIGKILL)
            self.kills += 1


def test_nothing_is_lost_or_doubled_or_out_of_order_for_a_minute(portal: Portal) -> None:
    writers = [Writer(portal, number) for number in range(4)]
    reader, killer = Reader(portal), Killer(portal)
    stop = Event()

    threads = [Thread(target=keep_on, args=(each, stop)) for each in (*writers, reader, killer)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    stop.set()
    for thread in threads:
        thread.join(60)
    reader.work()
    assert [each.faults for each in (*writers, reader, killer)] == [[]] * 6

    done = sum((writer.done for writer in writers), Counter())
    print(f"{dict(done)}, {len(reader.seqs)} entries, {killer.kills} kills")  # noqa: T201
    assert all(done[step] for step in ("fill", "submit", "accept", "correct", "withdraw", "link", "undo")), done
    assert killer.kills >= 5
    written = sum(done[step] for step in ("accept", "withdraw", "link", "undo"))
    first = portal.query("SELECT count(*) FROM impact_ledgerentry WHERE actor_id IS NULL")
    assert reader.seqs == list(range(1, first + written + 1))
    assert reader.times == sorted(reader.times)
    _status, whole = portal.call(None, "GET", "/api/v1/changes?pageSize=5000")
    assert [row["seq"] for row in whole["results"]] == reader.seqs
    assert eventually(portal.rolled_up, seconds=90) is not None
    proof = portal.manage("verify_roll_ups")
    assert proof.returncode == 0, proof.stderr
