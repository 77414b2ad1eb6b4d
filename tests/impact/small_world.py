"""A small programme for the proofs: every kind of indicator and goal, few enough cells to check them all, often."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from consortia.models import ActionLine, Consortium, Programme
from impact import programme as office
from impact import quarters
from impact.models import Goal as GoalRow
from impact.models import Indicator, Kind, Measure, Quarter, Rule, Source
from impact.reference_programme import PROGRAMME
from tests.impact.brute_force import Body, Definition, Goal, Revision, World

HIPS = {"alfa": date(2024, 1, 1), "beta": date(2024, 1, 1), "gamma": date(2024, 5, 1)}
"""With their first day: the third is not expected in the first quarter."""
LAST_DAY = date(2027, 9, 30)
LINES = ("talent", "innovation", "infrastructure")
QUARTERS = ("2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1")
COMPANIES = [f"{number:08d}" for number in range(1, 11)]
SCHOOLS = ("25PW", "01AB")

INDICATORS: tuple[tuple[str, str, str, str, bool], ...] = (
    ("companies", Kind.UNIQUE, Rule.COMPANIES, "companies", True),
    ("companies-sme", Kind.UNIQUE, Rule.COMPANIES_SME, "companies", True),
    ("partners", Kind.UNIQUE, Rule.PARTNERS, "organisations", True),
    ("students", Kind.FLOW, Rule.FIRST_TIME_STUDENTS, "students", True),
    ("student-participations", Kind.FLOW, Rule.HEADCOUNT_STUDENTS, "participations", True),
    ("assignments", Kind.FLOW, "", "assignments", True),
    ("learning-communities", Kind.STOCK, "", "communities", True),
    ("training-completions", Kind.RATIO, "", "share", True),
    ("cofinancing-cash", Kind.FLOW, "", "euro", False),
    ("cofinancing-in-kind", Kind.FLOW, "", "euro", False),
    ("cofinancing", Kind.FLOW, Rule.COFINANCING, "euro", False),
)
GOALS = (
    ("companies", Measure.CUMULATIVE, Revision(Decimal(2), date(2023, 12, 31), Decimal(11), date(2025, 12, 31))),
    (
        "assignments",
        Measure.TRAILING_YEAR,
        Revision(
            Decimal(10), date(2024, 3, 31), Decimal(90), date(2025, 12, 31), ((date(2024, 12, 31), Decimal("33.50")),)
        ),
    ),
    ("cofinancing", Measure.CUMULATIVE, Revision(Decimal(0), date(2023, 12, 31), None, date(2024, 12, 31))),
    ("training-completions", Measure.VALUE, Revision(Decimal(0), date(2024, 2, 15), Decimal("0.85"), LAST_DAY)),
    ("learning-communities", Measure.VALUE, Revision(Decimal(5), date(2023, 12, 31), Decimal(5), date(2024, 6, 30))),
)


def build() -> None:
    """Store it, through the commands of the office; everything in it has ended and can be reported."""
    Programme.objects.create(pk=1, **PROGRAMME)
    for order, line in enumerate(LINES, start=1):
        ActionLine.objects.create(code=line, order=order, name_nl=line, name_en=line)
    for index, period in enumerate(QUARTERS):
        calendar = quarters.parse(period)
        Quarter.objects.create(
            pk=period,
            index=index,
            start_date=calendar.start_date,
            end_date=calendar.end_date,
            due_date=calendar.due_date,
        )
    for number, (slug, first_day) in enumerate(HIPS.items(), start=1):
        hip = Consortium.objects.create(number=number, slug=slug, name=f"HIP {slug}")
        office.set_participation(actor=None, consortium=hip, start_date=first_day, end_date=LAST_DAY)
    for order, (code, kind, rule, unit, by_line) in enumerate(INDICATORS, start=1):
        row = Indicator.objects.create(code=code, order=order, name_nl=code, name_en=code)
        define(row, QUARTERS[0], kind=kind, rule=rule, unit=unit, by_action_line=by_line)
    for order, (indicator, measure, revision) in enumerate(GOALS, start=1):
        goal = GoalRow.objects.create(
            code=indicator,
            order=order,
            name_nl=indicator,
            name_en=indicator,
            indicator=Indicator.objects.get(code=indicator),
            measure=measure,
        )
        revise(goal, revision)
    office.open_quarters()


def define(indicator: Indicator, since: str, *, actor: Any = None, rule: str = "", **parts: Any) -> None:
    office.define_indicator(
        actor=actor,
        indicator=indicator,
        from_quarter=Quarter.objects.get(pk=since),
        source=Source.DERIVED if rule else Source.ENTERED,
        rule=rule,
        meaning_nl="wat het is",
        meaning_en="what it is",
        **parts,
    )


def revise(goal: GoalRow, revision: Revision, *, actor: Any = None) -> None:
    office.revise_goal(
        actor=actor,
        goal=goal,
        baseline_value=revision.baseline,
        baseline_date=revision.baseline_date,
        target_value=revision.target,
        target_date=revision.target_date,
        decision="besluit",
        reason="herzien",
        decided_on=date(2024, 1, 1),
        milestones={Quarter.objects.get(end_date=day): value for day, value in revision.milestones},
    )


def model() -> World:
    """The same programme, for the brute-force model."""
    return World(
        hips=list(HIPS),
        lines=list(LINES),
        last_days={index: quarters.parse(period).end_date for index, period in enumerate(QUARTERS)},
        definitions={
            code: [Definition(0, str(kind), by_line, unit)] for code, kind, _rule, unit, by_line in INDICATORS
        },
        takes_part={slug: (first_day, LAST_DAY) for slug, first_day in HIPS.items()},
        goals={indicator: Goal(indicator, str(measure), [revision]) for indicator, measure, revision in GOALS},
    )


def any_body(random: Random) -> Body:
    """A draft that `submission.check` has nothing against; now and then an empty one."""
    size = random.randint(0, 5)

    def some(most: int) -> range:
        return range(random.randint(0, most) if size else 0)

    figures: dict[tuple[str, str | None], dict[str, Any]] = {}
    for _number in some(size + 2):
        code, line = random.choice(("assignments", "learning-communities")), random.choice(LINES)
        figures[code, line] = {"indicator": code, "actionLine": line, "value": random.randint(0, 30)}
    for _number in some(2):
        part, line = random.randint(0, 20), random.choice(LINES)
        figures["training-completions", line] = {
            "indicator": "training-completions",
            "actionLine": line,
            "numerator": part,
            "denominator": part + random.choice((0, 0, 7)),
        }
    for code in ("cofinancing-cash", "cofinancing-in-kind"):
        for _number in some(1):
            figures[code, None] = {"indicator": code, "value": random.randint(0, 9_999) / 100}
    participations: dict[tuple[str, str, str], dict[str, Any]] = {}
    for _number in some(2 * size):
        line = random.choice(LINES)
        involvement = random.choice(("project", "training", "internship"))
        company = random.choice(COMPANIES)
        participations[company, line, involvement] = {
            "kvkNumber": company,
            "name": f"Bedrijf {company}",
            "organisationType": random.choice(("company", "company", "company", "other")),
            "sizeClass": random.choice(("micro", "small", "medium", "large", "unknown")),
            "actionLine": line,
            "involvement": involvement,
        }
    for _number in some(1):
        school, line = random.choice(SCHOOLS), random.choice(LINES)
        participations[school, line, "teaching"] = {
            "institutionCode": school,
            "name": f"School {school}",
            "organisationType": "school",
            "actionLine": line,
            "involvement": "teaching",
        }
    without = {random.choice(LINES): random.randint(0, 5) for _number in some(2)}
    headcounts: dict[tuple[str, str, str], dict[str, Any]] = {}
    for _number in some(size):
        group, line, category = (
            random.choice(("students", "teachers")),
            random.choice(LINES),
            random.choice(("mbo", "")),
        )
        number = random.randint(0, 30)
        headcounts[group, line, category] = {
            "group": group,
            "category": category,
            "actionLine": line,
            "headcount": number,
            "firstTime": random.randint(0, number),
        }
    return {
        "figures": list(figures.values()),
        "participations": list(participations.values()),
        "unidentifiedCompanies": [{"actionLine": line, "count": count} for line, count in without.items()],
        "headcounts": list(headcounts.values()),
    }
