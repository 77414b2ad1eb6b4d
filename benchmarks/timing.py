"""How long something takes, and how long it may."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Timing:
    """A measured value, the most it may be, and where it is compared its ratio to something of the same run."""

    name: str
    value: float
    limit: float | None = None
    unit: str = "s"
    ratio: float | None = None
    ratio_limit: float | None = None
    against: str = ""

    @property
    def is_too_much(self) -> bool:
        return bool(
            (self.limit is not None and self.value > self.limit)
            or (self.ratio is not None and self.ratio_limit is not None and self.ratio > self.ratio_limit)
        )

    def written(self) -> dict[str, Any]:
        rounded = {name: round(value, 4) for name in ("value", "ratio") if (value := getattr(self, name)) is not None}
        return asdict(self) | rounded | {"ok": not self.is_too_much}

    def __str__(self) -> str:
        value = f"{self.value:9.1f} MB" if self.unit == "MB" else f"{self.value:9.3f} {self.unit} "
        limit = "" if self.limit is None else f"  (at most {self.limit:g} {self.unit})"
        ratio = "" if self.ratio is None else f"  {self.ratio:.2f} × {self.against}"
        if self.ratio_limit is not None:
            ratio += f" (at most {self.ratio_limit:g} ×)"
        return f"{value}  {self.name}{ratio}{limit}{'  TOO MUCH' if self.is_too_much else ''}"


def once(work: Callable[[], Any]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fastest(work: Callable[[], Any], *, times: int = 3) -> float:
    return min(once(work) for _time in range(times))


def fastest_in_turn(*works: Callable[[], Any], times: int = 3) -> list[float]:
    """The fastest of each, taken in turn, so that what else the machine does weighs on all of them alike."""
    rounds = [[once(work) for work in works] for _time in range(times)]
    return [min(column) for column in zip(*rounds, strict=True)]


def percentile95(seconds: Iterable[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]
