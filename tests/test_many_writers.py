"""Four people write without pause for a minute, while the worker is killed again and again, and somebody watches."""

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import psycopg2
import pytest

from tests.running_portal import DRAFT, Portal, eventually, running_portal

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("many writers")]

SECONDS = 60
HIPS = {
    "coordinator-01": "scale",
    "coordinator-02": "it-verband-zuid-holland",
    "coordinator-03": "greenport-horti-campus",
}
PERIODS = ("2024Q4", "2025Q1", "2025Q2")
GOOD = (200, 201, 204)
REFUSED = (400, 404, 409, 412)
"""What two people who write at the same place can get; anything else is a fault."""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    people = (*HIPS, "reviewer", "reviewer2", "manager")
    with running_portal(Path(tmp_path_factory.mktemp("many writers")), people) as running:
        yield running


class Writer:
    """Somebody who does whatever comes up, on the same few reports and companies as all the others."""

    def __init__(self, portal: Portal, number: int) -> None:
        self.portal = portal
        self.random = Random(number)
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []

    def work(self) -> None:
        steps: list[Callable[[str, str, str], tuple[int, Any]]] = [
            *[self.fill] * 4, *[self.submit] * 4, *[self.accept] * 5, self.give_back, *[self.correct] * 3,
            self.withdraw, *[self.link] * 2, *[self.undo] * 2,
        ]  # fmt: skip
        step = self.random.choice(steps)
        who, hip = self.random.choice(list(HIPS.items()))
        status, answer = step(who, hip, self.random.choice(PERIODS))
        if status in GOOD:
            self.done[step.__name__] += 1
        elif status not in REFUSED:
            self.faults.append(f"{step.__name__}: {status} {answer}")

    def fill(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        (row,) = DRAFT["participations"]
        companies = [{**row, "kvkNumber": f"{number:08}"} for number in self.random.sample(range(1, 25), 8)]
        figures = [{"indicator": "assignments", "actionLine": "innovation", "value": self.random.randint(0, 50)}]
        body = {**DRAFT, "figures": figures, "participations": companies}
        return self.portal.call(who, "PUT", f"/api/v1/reports/{hip}/{period}/draft", body, If_Match="*")

    def submit(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        return self.portal.call(who, "POST", f"/api/v1/reports/{hip}/{period}/submissions", {})

    def accept(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        return self.review("accept", hip, period)

    def give_back(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        return self.review("return", hip, period)

    def review(self, decision: str, hip: str, period: str) -> tuple[int, Any]:
        reviewer = self.random.choice(("reviewer", "reviewer2"))
        status, report = self.portal.call(reviewer, "GET", f"/api/v1/reports/{hip}/{period}")
        if status != 200 or report["status"] != "submitted":
            return 409, None
        body = {"decision": decision, "contentHash": report["contentHash"]}
        return self.portal.call(reviewer, "POST", f"/api/v1/reports/{hip}/{period}/reviews", body)

    def correct(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        return self.portal.call(who, "POST", f"/api/v1/reports/{hip}/{period}/corrections", {"reason": "geteld"})

    def withdraw(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        return self.portal.call("manager", "POST", f"/api/v1/reports/{hip}/{period}/withdrawals", {"reason": "dubbel"})

    def link(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        _status, answer = self.portal.call("manager", "GET", "/api/v1/organisations?pageSize=100")
        known = [row["id"] for row in answer["results"]]
        if len(known) < 2:
            return 409, None
        source, target = self.random.sample(known, 2)
        kind = self.random.choice(("merge", "succession"))
        body = {"kind": kind, "from": source, "to": target, "reason": "zelfde bedrijf"}
        return self.portal.call("manager", "POST", "/api/v1/organisation-links", body)

    def undo(self, who: str, hip: str, period: str) -> tuple[int, Any]:
        _status, answer = self.portal.call("manager", "GET", "/api/v1/changes?pageSize=5000")
        kinds = {row["seq"]: row["kind"] for row in answer["results"]}
        undone = {row["undoes"] for row in answer["results"]}
        standing = [seq for seq, kind in kinds.items() if kind in ("merge", "succession") and seq not in undone]
        if not standing:
            return 409, None
        return self.portal.call("manager", "DELETE", f"/api/v1/organisation-links/{self.random.choice(standing)}")


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

    def until_stopped(somebody: Any) -> None:
        while not stop.is_set():
            try:
                somebody.work()
            except Exception as error:  # noqa: BLE001 - it is told at the end
                somebody.faults.append(repr(error))
                time.sleep(0.1)

    threads = [Thread(target=until_stopped, args=(each,)) for each in (*writers, reader, killer)]
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
