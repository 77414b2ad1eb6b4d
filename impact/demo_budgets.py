"""The budgets of the demonstration: invented, and marked as such. Most are near what the HIPs will report."""

from decimal import Decimal

from consortia.models import Consortium, User
from impact import budgets, demo_figures
from impact.demo_figures import Asked
from impact.demo_world import World
from impact.models import Indicator, Quarter

SOURCE = "Demonstratie: verzonnen begroting"
UNKNOWN = 12
"""The number of the HIP of which no budget is known."""
_OFF = {(3, "project-costs"): Decimal("1.6"), (8, "cofinancing-cash"): Decimal("0.65")}
"""By number of the HIP and item: how much more, or less, it planned than it will report."""
_THOUSAND = Decimal(1_000)


def plan(*, actor: User, world: World, seed: int) -> None:
    """A plan for every year of the programme, for every HIP but one."""
    items = {row.code: row for row in Indicator.objects.filter(code__in=demo_figures.EUROS)}
    quarters = list(Quarter.objects.all())
    for consortium in Consortium.objects.exclude(number=UNKNOWN).order_by("number"):
        for year in budgets.years():
            asked = [
                Asked(world, seed, consortium.number, quarter.index)
                for quarter in quarters
                if quarter.start_date.year == year
            ]
            scale = Decimal(str(round(sum(each.scale for each in asked), 3)))
            for code, usual in demo_figures.EUROS.items():
                off = _OFF.get((consortium.number, code), Decimal("1.04"))
                amount = (usual * scale * off / _THOUSAND).quantize(Decimal(1)) * _THOUSAND
                budgets.plan(
                    actor=actor, consortium=consortium, year=year, indicator=items[code], amount=amount, source=SOURCE
                )
