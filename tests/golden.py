"""The golden programme: four HIPs, three quarters, every number worked out by hand.

| | 2025Q1 | 2025Q2 | 2025Q3 |
|---|---|---|---|
| A | companies 1 2 3 (talent), 3 4 (innovation) | 1 2 (talent), intern 6 | 1, by now large |
| B | 3 5 and a school (talent) | 5 7 (innovation) | not reported |
| C | nil | 1 8 (ecosystems) | 9, withdrawn |
| D | not yet in the programme | 8 9 (talent) | 9; 20 assignments, corrected to 10 |

Q1 and Q2 are closed. The other eleven HIPs left before the first quarter ended.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consortia.models import Consortium, Role
from impact import ledger, reporting
from impact import programme as office
from impact.models import Quarter
from tests import factories
from tests.factories import company, figure, headcount, school, unidentified

A, B, C, D = "scale", "it-verband-zuid-holland", "greenport-horti-campus", "people"
Q1, Q2, Q3 = "2025Q1", "2025Q2", "2025Q3"
TALENT, INNOVATION, ECOSYSTEMS, LEARNING = "talent", "innovation", "ecosystems", "lifelong-learning"


@dataclass(frozen=True)
class Played:
    """Sequence numbers at which something was different."""

    before_the_correction: int
    before_the_withdrawal: int
    now: int


def play() -> Played:
    """Bring the golden programme about, through the commands alone."""
    for hip in Consortium.objects.all():
        first, last = date(2025, 1, 1), None
        if hip.slug == D:
            first = date(2025, 4, 1)
        elif hip.slug not in (A, B, C):
            first, last = date(2023, 9, 1), date(2023, 9, 29)
        office.set_participation(actor=None, consortium=hip, start_date=first, end_date=last)

    factories.reported(
        A, Q1,
        company(1, action_line=TALENT, size_class="micro"),
        company(2, action_line=TALENT, size_class="small"),
        company(3, action_line=TALENT, size_class="large"),
        company(3, action_line=INNOVATION, size_class="large"),
        company(4, action_line=INNOVATION, size_class="medium"),
        unidentified(2, action_line=INNOVATION),
        figure("assignments", 5, action_line=INNOVATION),
        figure("training-completions", action_line=LEARNING, numerator=8, denominator=10),
        figure("learning-communities", 2, action_line=ECOSYSTEMS),
        figure("cofinancing-cash", "1000.50", action_line=None),
        headcount(40, 25, action_line=TALENT),
    )  # fmt: skip
    factories.reported(
        B, Q1,
        company(3, action_line=TALENT, size_class="large"),
        company(5, action_line=TALENT, size_class="small"),
        school("25PW", action_line=TALENT),
        figure("assignments", 7, action_line=INNOVATION),
        figure("training-completions", action_line=LEARNING, numerator=100, denominator=400),
        figure("learning-communities", 3, action_line=ECOSYSTEMS),
        figure("cofinancing-in-kind", 500, action_line=None),
        headcount(10, 10, action_line=TALENT),
    )  # fmt: skip
    factories.reported(C, Q1, figure("assignments", 0, action_line=INNOVATION))

    factories.reported(
        A, Q2,
        company(1, action_line=TALENT, size_class="micro"),
        company(2, action_line=TALENT, size_class="small"),
        company(6, action_line=INNOVATION, involvement="internship"),
        figure("assignments", 3, action_line=INNOVATION),
        figure("assignments", 1, action_line=TALENT),
        figure("learning-communities", 4, action_line=ECOSYSTEMS),
        headcount(50, 10, action_line=TALENT),
    )  # fmt: skip
    factories.reported(
        B, Q2,
        company(5, action_line=INNOVATION, size_class="small"),
        company(7, action_line=INNOVATION, size_class="unknown"),
        figure("assignments", 0, action_line=INNOVATION),
    )  # fmt: skip
    factories.reported(
        C, Q2,
        company(1, action_line=ECOSYSTEMS, size_class="micro"),
        company(8, action_line=ECOSYSTEMS, size_class="small"),
    )  # fmt: skip
    factories.reported(
        D, Q2,
        company(8, action_line=TALENT, size_class="small"),
        company(9, action_line=TALENT, size_class="medium"),
        unidentified(4, action_line=TALENT),
        figure("assignments", 2, action_line=TALENT),
    )  # fmt: skip
    for quarter in (Q1, Q2):
        office.close_quarter(actor=None, quarter=Quarter.objects.get(pk=quarter))

    factories.reported(
        A, Q3,
        company(1, action_line=TALENT, size_class="large"),
        figure("assignments", 0, action_line=INNOVATION),
    )  # fmt: skip
    factories.reported(C, Q3, company(9, action_line=ECOSYSTEMS, size_class="medium"))
    of_d = company(9, action_line=TALENT, size_class="medium")
    factories.reported(D, Q3, of_d, figure("assignments", 20, action_line=TALENT))
    before_the_correction = ledger.newest()
    coordinator = factories.user(Role.COORDINATOR, D)
    reporting.correct(actor=coordinator, consortium=D, quarter=Q3, reason="dubbel geteld")
    factories.reported(D, Q3, of_d, figure("assignments", 10, action_line=TALENT), coordinator=coordinator)
    before_the_withdrawal = ledger.newest()
    manager = factories.user(Role.MANAGER)
    reporting.withdraw(actor=manager, consortium=C, quarter=Q3, reason="hoort bij een ander kwartaal")
    return Played(before_the_correction, before_the_withdrawal, ledger.newest())


KEYS = (
    "value", "new", "trailingYear", "cumulative", "low", "high",
    "reported", "expected", "trailingYearReported", "trailingYearExpected", "status",
)  # fmt: skip

CELLS: dict[tuple[str | None, str | None, str, str], tuple[Any, ...]] = {
    # HIP, line, indicator, period      value new year ever low high  rep exp  yrep yexp  status
    (None, None, "companies", Q1):      (5, 5, 5, 5, 6, 7,               3, 3,  3, 3,  "final"),
    (None, None, "companies", Q2):      (6, 3, 8, 8, 6, 10,              4, 4,  7, 7,  "final"),
    (None, None, "companies", Q3):      (2, 0, 8, 8, 2, 2,               2, 4,  9, 11, "provisional"),
    (None, None, "companies", "2025Q4"): (None, None, 8, 8, None, None,  0, 4,  9, 15, "provisional"),
    (None, TALENT, "companies", Q1):    (4, 4, 4, 4, 4, 4,               3, 3,  3, 3,  "final"),
    (None, INNOVATION, "companies", Q1): (2, 2, 2, 2, 4, 4,              3, 3,  3, 3,  "final"),
    (None, INNOVATION, "companies", Q2): (2, 2, 4, 4, 2, 2,              4, 4,  7, 7,  "final"),
    (None, TALENT, "companies", Q2):    (4, 2, 6, 6, 6, 8,               4, 4,  7, 7,  "final"),
    (A, None, "companies", Q1):         (4, 4, 4, 4, 6, 6,               1, 1,  1, 1,  "final"),
    (A, None, "companies", Q2):         (2, 0, 4, 4, 2, 2,               1, 1,  2, 2,  "final"),
    (C, None, "companies", Q1):         (0, 0, 0, 0, 0, 0,               1, 1,  1, 1,  "final"),
    (C, None, "companies", Q3):         (None, None, 2, 2, None, None,   0, 1,  2, 3,  "provisional"),
    (D, None, "companies", Q1):         (None, None, None, None, None, None, 0, 0, 0, 0, "final"),
    (D, None, "companies", Q3):         (1, 0, 2, 2, 1, 1,               1, 1,  2, 2,  "provisional"),
    (None, None, "companies-sme", Q1):  (4, 4, 4, 4, None, None,         3, 3,  3, 3,  "final"),
    (None, None, "companies-sme", Q2):  (5, 2, 6, 6, None, None,         4, 4,  7, 7,  "final"),
    (None, None, "companies-sme", Q3):  (1, 0, 6, 6, None, None,         2, 4,  9, 11, "provisional"),
    (None, None, "partners", Q1):       (6, 6, 6, 6, None, None,         3, 3,  3, 3,  "final"),
    (None, None, "partners", Q2):       (7, 4, 10, 10, None, None,       4, 4,  7, 7,  "final"),
    (None, None, "assignments", Q1):    (12, None, 12, 12, None, None,   3, 3,  3, 3,  "final"),
    (None, None, "assignments", Q2):    (6, None, 18, 18, None, None,    3, 4,  6, 7,  "final"),
    (None, None, "assignments", Q3):    (10, None, 28, 28, None, None,   2, 4,  8, 11, "provisional"),
    (None, TALENT, "assignments", Q2):  (3, None, 3, 3, None, None,      2, 4,  2, 7,  "final"),
    (B, None, "assignments", Q2):       (0, None, 7, 7, None, None,      1, 1,  2, 2,  "final"),
    (C, None, "assignments", Q2):       (None, None, 0, 0, None, None,   0, 1,  1, 2,  "final"),
    (None, None, "learning-communities", Q1): (5, None, 5, 5, None, None, 2, 3, 2, 3,  "final"),
    (None, None, "learning-communities", Q2): (4, None, 4, 4, None, None, 1, 4, 3, 7,  "final"),
    (None, None, "learning-communities", Q3): (None, None, None, None, None, None, 0, 4, 3, 11, "provisional"),
    (None, None, "cofinancing", Q1):    (Decimal("1500.5"), None, Decimal("1500.5"), Decimal("1500.5"), None, None,
                                         2, 3,  2, 3,  "final"),
    (None, None, "cofinancing", Q3):    (None, None, Decimal("1500.5"), Decimal("1500.5"), None, None,
                                         0, 4,  2, 11, "provisional"),
    (None, TALENT, "cofinancing", Q1):  (None, None, None, None, None, None, 0, 3, 0, 3, "final"),
    (None, None, "students", Q1):       (35, None, 35, 35, None, None,   2, 3,  2, 3,  "final"),
    (None, None, "students", Q3):       (None, None, 45, 45, None, None, 0, 4,  3, 11, "provisional"),
    (None, None, "student-participations", Q1): (50, None, 50, 50, None, None, 2, 3, 2, 3, "final"),
    (None, None, "training-completions", Q1): (Decimal("0.263415"), None, Decimal("0.263415"), Decimal("0.263415"),
                                         None, None, 2, 3,  2, 3,  "final"),
    (A, None, "training-completions", Q1): (Decimal("0.8"), None, Decimal("0.8"), Decimal("0.8"), None, None,
                                         1, 1,  1, 1,  "final"),
}  # fmt: skip
