"""`make bench [ARGS="--factors 1"]`: every size on a throw-away database of its own; exit 1 where a limit is passed."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import history, organisation_list, register, workbook
from benchmarks.timing import Timing

GROWTH = 12.0
"""The most that the whole roll-up may take at ten times the size, of what it takes at once."""
MEMORY = 1.15
"""The most that the memory of the process that rolls up may be at ten times the size; nothing, but for chance."""


@contextmanager
def throw_away_server() -> Iterator[dict[str, str]]:
    """The environment of a new, empty database server."""
    from ptvt_portal.local.home import Home
    from ptvt_portal.local.postgres import THROW_AWAY, Postgres

    folder = Path(tempfile.mkdtemp(prefix="ptvt-bench-"))
    folder.chmod(0o711)
    home = Home(folder.resolve() / "home")
    home.prepare()
    (home.root / "static").mkdir()
    postgres = Postgres(home, options=THROW_AWAY)
    try:
        postgres.start()
        yield os.environ | {
            "ENVIRONMENT": "test",
            "DATABASE_URL": home.database_url,
            "DATABASE_OWNER_URL": home.database_owner_url,
            "REDIS_URL": "unix:///nowhere.sock?db=0",
            "DJANGO_SETTINGS_MODULE": "ptvt_portal.settings",
            "PORTAL_HOME": str(home.root),
        }
    finally:
        postgres.stop()
        home.discard()
        shutil.rmtree(folder, ignore_errors=True)


def measure(companies: int, participations: int, *, in_full: bool) -> dict[str, Any]:
    """One size, in processes of its own: what one size leaves behind must not colour the next."""
    with throw_away_server() as environment:
        arguments = [str(companies), str(participations), *(["--in-full"] if in_full else [])]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.at_size", *arguments],
            env=environment, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout)
    return result | {"timings": [Timing(**timing) for timing in result["timings"]]}


def growth(small: dict[str, Any], large: dict[str, Any]) -> list[Timing]:
    """What the large size takes of the small one, in the same run."""

    def of(result: dict[str, Any], name: str) -> float:
        return float(next(timing.value for timing in result["timings"] if timing.name == name))

    whole, memory = "full roll-up of every measure of every cell, stored", "peak memory of the process that rolls up"
    return [
        Timing(f"{whole}: growth", of(large, whole) / of(small, whole), GROWTH, "×"),
        Timing(f"{memory}: growth", of(large, memory) / of(small, memory), MEMORY, "×"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…")
    parser.add_argument("--companies", type=int, default=30_000)
    parser.add_argument("--participations", type=int, default=400_000)
    parser.add_argument(
        "--factors", type=int, nargs="+", default=[1, 10], help="sizes to measure, as multiples of the above"
    )
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    arguments = parser.parse_args()

    start = time.perf_counter()
    results: dict[int, dict[str, Any]] = {}
    for factor in arguments.factors:
        results[factor] = measure(arguments.companies * factor, arguments.participations * factor, in_full=factor == 1)
        print(f"\n{factor} ×: {results[factor]['size']}")
        for timing in results[factor]["timings"]:
            print(timing)
    timings = [timing for result in results.values() for timing in result["timings"]]
    if {1, 10} <= results.keys():
        grown = growth(results[1], results[10])
        timings += grown
        print("\n10 × against 1 ×")
        for timing in grown:
            print(timing)
    with throw_away_server() as environment:
        lists = organisation_list.timings(environment)
    timings += lists
    print("\nlists of organisations", *lists, sep="\n")
    with throw_away_server() as environment:
        workbooks = workbook.timings(environment)
    timings += workbooks
    print("\nthe workbook of a quarter", *workbooks, sep="\n")
    with throw_away_server() as environment:
        searches = register.timings(environment)
    timings += searches
    print("\nsearching the register", *searches, sep="\n")
    with throw_away_server() as environment:
        kept = history.timings(environment)
    timings += kept
    print("\nthe history of reference data", *kept, sep="\n")
    seconds = time.perf_counter() - start
    written = {
        "seconds": round(seconds, 1),
        "sizes": {
            factor: {**result, "timings": [timing.written() for timing in result["timings"]]}
            for factor, result in results.items()
        },
        "lists": [timing.written() for timing in lists],
        "growth": [timing.written() for timing in timings if timing.unit == "×"],
        "workbooks": [timing.written() for timing in workbooks],
        "register": [timing.written() for timing in searches],
        "history": [timing.written() for timing in kept],
    }
    arguments.output.write_text(json.dumps(written, indent=2) + "\n")
    print(f"\n{seconds:.0f} s in all; also in {arguments.output}")
    if any(timing.is_too_much for timing in timings):
        sys.exit("slower or larger than it should be")


if __name__ == "__main__":
    main()
