"""A quarter of fifteen HIPs with twenty figures each and seven quarters of past, in which twelve mistakes are planted.

Pure: the same seed gives the same quarter. Shares no code with `impact.oddities`, and knows none of its thresholds.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

HIPS = 15
QUARTERS = 8
"""The last of them is the one to be judged."""
SEASONS = (1.0, 1.15, 0.7, 1.1)

COUNTS = {
    "assignments": {"ecosystems": 6, "talent": 40, "innovation": 20},
    "research-projects": {"ecosystems": 2, "innovation": 6},
    "curricula": {"talent": 3, "lifelong-learning": 3},
    "trainings": {"talent": 3, "lifelong-learning": 9},
}
STOCKS = {
    "learning-communities": {"ecosystems": 10, "talent": 20, "innovation": 8},
    "learning-environments": {"talent": 3, "infrastructure": 8},
}
EUROS = {"cofinancing-cash": 150_000, "cofinancing-in-kind": 250_000, "project-costs": 1_150_000}
ENROLLED = ("training-completions", "lifelong-learning", 150)
COMPANIES = {"talent": 30, "innovation": 40}
"""Twenty figures: nine counts, five stocks, three amounts, a share, and the companies in two action lines."""

Cell = tuple[str, str | None]


@dataclass
class Report:
    """What one HIP hands in for one quarter; a share as its two parts, companies as their numbers."""

    numbers: dict[Cell, Decimal] = field(default_factory=dict)
    shares: dict[Cell, tuple[Decimal, Decimal]] = field(default_factory=dict)
    companies: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Planted:
    """A mistake, and the cells of one HIP in which a reviewer would see it."""

    kind: str
    hip: int
    cells: tuple[Cell, ...]


def quarter(seed: int) -> tuple[list[list[Report]], list[Planted]]:
    """By HIP the reports, oldest first; and the mistakes in the last of each."""
    chance = Random(seed)
    hips = [_past(chance, hip) for hip in range(HIPS)]
    return hips, _plant(chance, hips)


def _past(chance: Random, hip: int) -> list[Report]:
    size = chance.uniform(0.5, 2.0)
    companies = {line: _list(chance, hip, [], size * average) for line, average in COMPANIES.items()}
    stocks = {(code, line): average * size for code, lines in STOCKS.items() for line, average in lines.items()}
    reports = []
    for index in range(QUARTERS):
        grown = size * (1 + 0.05 * index)
        report = Report(companies={line: list(numbers) for line, numbers in companies.items()})
        for code, lines in COUNTS.items():
            for line, average in lines.items():
                report.numbers[code, line] = _around(chance, average * grown * SEASONS[index % 4])
        for cell, stock in stocks.items():
            report.numbers[cell] = Decimal(round(stock))
            stocks[cell] = stock * chance.uniform(1.02, 1.12)
        for code, average in EUROS.items():
            cents = round(100 * average * grown * chance.uniform(0.8, 1.2))
            report.numbers[code, None] = Decimal(cents) / 100
        code, line, average = ENROLLED
        enrolled = int(_around(chance, average * grown * SEASONS[index % 4])) + 5
        report.shares[code, line] = Decimal(int(enrolled * chance.uniform(0.66, 0.94))), Decimal(enrolled)
        reports.append(report)
        companies = {line: _list(chance, hip, numbers, grown * COMPANIES[line]) for line, numbers in companies.items()}
    return reports


def _list(chance: Random, hip: int, before: list[int], average: float) -> list[int]:
    """Nine in ten of last time, and new ones; some companies take part in two HIPs."""
    kept = [number for number in before if chance.random() < 0.9]
    wanted = max(int(_around(chance, average)), 3)
    while len(kept) < wanted:
        of = chance.randrange(HIPS) if chance.random() < 0.1 else hip
        number = 10_000 * (of + 1) + chance.randrange(400)
        if number not in kept:
            kept.append(number)
    return sorted(kept)


def _around(chance: Random, average: float) -> Decimal:
    return Decimal(max(round(chance.gauss(average, 0.5 * average**0.5 + 0.08 * average)), 0))


# --- the mistakes


def _plant(chance: Random, hips: list[list[Report]]) -> list[Planted]:
    """One of each kind, where it can be seen at all: a zero where there always were many, and the like."""
    planted: list[Planted] = []
    free = {(hip, cell) for hip in range(HIPS) for cell in _cells(hips[hip][-1])}

    def spot(*codes: str, least: int = 0) -> tuple[int, Cell]:
        fitting = sorted(
            ((hip, cell) for hip, cell in free if cell[0] in codes and min(_all(hips[hip], cell)) >= least), key=str
        )
        hip, cell = chance.choice(fitting)
        free.difference_update({(hip, each) for each in _cells(hips[hip][-1]) if each[0] == cell[0]})
        return hip, cell

    def put(kind: str, hip: int, cell: Cell, value: Decimal | None) -> None:
        if value is None:
            del hips[hip][-1].numbers[cell]
        else:
            hips[hip][-1].numbers[cell] = value
        planted.append(Planted(kind, hip, (cell,)))

    hip, cell = spot("assignments", "trainings", least=5)
    put("a digit too many", hip, cell, hips[hip][-1].numbers[cell] * 10)
    hip, cell = spot("assignments", least=20)
    put("a digit too few", hip, cell, hips[hip][-1].numbers[cell] // 10)
    hip, cell = spot("project-costs", "cofinancing-in-kind")
    put("thousands instead of euros", hip, cell, round(hips[hip][-1].numbers[cell] / 1000, 2))
    hip, cell = spot("cofinancing-cash")
    put("euros instead of thousands", hip, cell, hips[hip][-1].numbers[cell] * 1000)
    hip, cell = spot("assignments", "trainings", least=8)
    put("zero where there always were many", hip, cell, Decimal(0))
    hip, cell = spot("assignments", least=10)
    put("everything since the start", hip, cell, sum(_all(hips[hip], cell)[:-1], hips[hip][-1].numbers[cell]))
    hip, cell = spot("learning-communities", least=10)
    then, last = hips[hip][-6].numbers[cell], hips[hip][-2].numbers[cell]
    put("growth with the wrong sign", hip, cell, last - (last - then))
    hip, cell = spot("cofinancing-in-kind", "cofinancing-cash")
    put("copied from last quarter", hip, cell, hips[hip][-2].numbers[cell])
    hip, cell = spot("project-costs")
    put("left out", hip, cell, None)

    hip = chance.choice([each for each in range(HIPS) if (each, ("assignments", "talent")) in free])
    free.difference_update({(hip, each) for each in _cells(hips[hip][-1]) if each[0] == "assignments"})
    one, other = ("assignments", "ecosystems"), ("assignments", "talent")
    numbers = hips[hip][-1].numbers
    numbers[one], numbers[other] = numbers[other], numbers[one]
    planted.append(Planted("two action lines swapped", hip, (one, other)))

    hip, victim, third = chance.sample(range(HIPS), 3)
    hips[hip][-1].companies = {line: list(numbers) for line, numbers in hips[victim][-1].companies.items()}
    everywhere: tuple[Cell, ...] = (("companies", None), *(("companies", line) for line in COMPANIES))
    planted.append(Planted("the list of another HIP", hip, everywhere))
    hips[third][-1].companies = {
        line: numbers[: len(numbers) * 2 // 5] for line, numbers in hips[third][-1].companies.items()
    }
    planted.append(Planted("a list cut off", third, everywhere))
    return planted


def _cells(report: Report) -> list[Cell]:
    return list(report.numbers)


def _all(reports: list[Report], cell: Cell) -> list[Decimal]:
    return [report.numbers[cell] for report in reports]
