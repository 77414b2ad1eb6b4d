#!/usr/bin/env python3
"""Keep a copy of the figures of the portal in step with its change feed. Python 3.11 or newer, nothing else.

    python replay_changes.py https://portal.example/api/v1 --state copy.json --check

The first run replays the ledger from its beginning; each later one goes on after the last entry that it saw. The rule
stands in docs/feed.md: for every entry that replaces rows, drop those rows and pull them anew as of the entry up to
which you replay. With a token (`--token`, or in the environment as PORTAL_TOKEN) the figures are those of its owner.
"""

import argparse
import json
import os
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

Row = dict[str, Any]
ALL = 5_000
"""Rows on a page: the most that the portal gives."""


class Portal:
    def __init__(self, address: str, token: str | None) -> None:
        self.address = address.rstrip("/")
        self.token = token

    def pages(self, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        """All pages of a list; those after the first one stay with the ledger entry of the first one."""
        url: str | None = f"{self.address}/{path}?{urllib.parse.urlencode({**query, 'pageSize': ALL}, doseq=True)}"
        found = []
        while url is not None:
            request = urllib.request.Request(url, headers={"Accept": "application/json"})
            if self.token:
                request.add_header("Authorization", f"Bearer {self.token}")
            with urllib.request.urlopen(request, timeout=60) as answer:
                # Numbers with decimals stay the text that they are: they keep their digits.
                found.append(json.load(answer, parse_float=str))
            url = found[-1]["next"]
        return found

    def figures(self, seq: int, **filters: Any) -> list[Row]:
        return [row for page in self.pages("figures", {**filters, "asOf": seq}) for row in page["results"]]


class Copy:
    """The rows that we have, and the last entry that is in them."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.seq = 0
        self.rows: list[Row] = []

    def load(self, path: Path) -> None:
        if not path.exists():
            return
        kept = json.loads(path.read_text())
        if kept["source"] != self.source:
            raise SystemExit(f"{path} is a copy of {kept['source']}: take another file for another source")
        self.seq, self.rows = kept["seq"], kept["rows"]

    def save(self, path: Path) -> None:
        """Whole or not at all: a copy that is half written would never be put right."""
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps({"source": self.source, "seq": self.seq, "rows": self.rows}))
        beside.replace(path)

    @property
    def source(self) -> list[Any]:
        """Who has a token sees rows that are withheld from others: the two do not mix."""
        return [self.portal.address, "with a token" if self.portal.token else "public"]

    def replay(self) -> int:
        """Take over every entry that is new; returns how many there were."""
        pages = self.portal.pages("changes", {"after": self.seq})
        changes = [change for page in pages for change in page["results"]]
        upto = pages[0]["seq"]
        expected = list(range(self.seq + 1, upto + 1))
        if [change["seq"] for change in changes] != expected:
            raise SystemExit(f"the feed has a gap after {self.seq}")
        for filters in collapsed([change["replaces"] for change in changes if change["replaces"]]):
            # Drop, then add, one after the other: what two filters have in common is dropped and added twice.
            self.rows = [row for row in self.rows if not matches(row, filters)]
            self.rows += self.portal.figures(upto, **filters)
        self.seq = upto
        return len(changes)

    def is_the_full_pull(self) -> bool:
        return in_order(self.rows) == in_order(self.portal.figures(self.seq))


def collapsed(replaced: list[dict[str, str]]) -> list[dict[str, Any]]:
    """What to pull, in fewer requests: each report once and those of a HIP together; of an indicator the earliest."""
    periods: dict[str, set[str]] = {}
    since: dict[str, str] = {}
    for filters in replaced:
        if "indicator" in filters:
            indicator, first = filters["indicator"], filters["periodFrom"]
            since[indicator] = min(first, since.get(indicator, first))
        else:
            periods.setdefault(filters["consortium"], set()).add(filters["period"])
    return [
        *({"consortium": slug, "period": sorted(each)} for slug, each in sorted(periods.items())),
        *({"indicator": code, "periodFrom": first} for code, first in sorted(since.items())),
    ]


def matches(row: Row, filters: dict[str, Any]) -> bool:
    if "indicator" in filters:
        # Quarters are written so that they sort by time: 2024Q4 stands before 2025Q1.
        return bool(row["indicator"] == filters["indicator"] and row["period"] >= filters["periodFrom"])
    return row["consortium"] == filters["consortium"] and row["period"] in filters["period"]


def in_order(rows: list[Row]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="of the API, such as https://portal.example/api/v1")
    parser.add_argument("--state", type=Path, default=Path("figures.json"), help="where the copy is kept")
    parser.add_argument("--token", default=os.environ.get("PORTAL_TOKEN"), help="else the public figures")
    parser.add_argument("--check", action="store_true", help="compare with the full pull; exit 1 on a difference")
    given = parser.parse_args()
    copy = Copy(Portal(given.address, given.token))
    copy.load(given.state)
    number = copy.replay()
    copy.save(given.state)
    print(f"{number} entries, up to {copy.seq}: {len(copy.rows)} rows")
    if not given.check:
        return 0
    if copy.is_the_full_pull():
        print("equal to the full pull")
        return 0
    print("differs from the full pull")
    return 1


if __name__ == "__main__":
    sys.exit(main())
