"""People who write without pause, on the same few reports and companies, against a portal that runs."""

import time
from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Event
from typing import Any

from tests.running_portal import DRAFT, Portal

HIPS = {
    "coordinator-01": "scale",
    "coordinator-02": "it-verband-zuid-holland",
    "coordinator-03": "greenport-horti-campus",
}
PERIODS = ("2024Q4", "2025Q1", "2025Q2")
GOOD = (200, 201, 204)
REFUSED = (400, 404, 409, 412)
"""What two people who write at the same place can get; anything else is a fault."""


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


def keep_on(somebody: Any, stop: Event) -> None:
    """Have somebody work until told to stop; what goes wrong is among their faults."""
    while not stop.is_set():
        try:
            somebody.work()
        except Exception as error:  # noqa: BLE001 - it is told at the end
            somebody.faults.append(repr(error))
            time.sleep(0.1)
