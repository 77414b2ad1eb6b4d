"""A part of the benchmarks in a process of its own: `python -m benchmarks.PART` starts a throw-away database for it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict

from benchmarks.timing import Timing

_MEASURE = "measure"


def measured(module: str, environment: dict[str, str], *arguments: str) -> list[Timing]:
    """What the module's own process measures."""
    done = subprocess.run(
        [sys.executable, "-m", module, _MEASURE, *arguments],
        env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [Timing(**timing) for timing in json.loads(done.stdout)]


def main(measure: Callable[..., list[Timing]], timings: Callable[[dict[str, str]], list[Timing]]) -> None:
    """Measure and print JSON, where this is that process; else start it, print a table, and fail beyond a limit."""
    if _MEASURE in sys.argv:
        json.dump([asdict(timing) for timing in measure(*sys.argv[2:])], sys.stdout)
        return
    from benchmarks.__main__ import throw_away_server

    with throw_away_server() as environment:
        found = timings(environment)
    print(*found, sep="\n")
    if any(timing.is_too_much for timing in found):
        sys.exit("slower or larger than it should be")
