"""The rules of the check that an installation starts with: proposals of the portal, for the office to change.

No source of the programme names any threshold. They are wide on purpose: whoever has to explain ten things explains
none. Why each is as it is stands in docs/decisions.md.
"""

from dataclasses import dataclass
from decimal import Decimal

from impact.models import RuleKind


@dataclass(frozen=True, kw_only=True)
class StartingRule:
    code: str
    kind: RuleKind
    factor: Decimal | None = None
    least: int = 0
    indicator: str = ""
    whole: str = ""


_EUROS = ("cofinancing-cash", "cofinancing-in-kind", "project-costs")
_LEAST_EUROS = 25_000

RULES = (
    StartingRule(code="unusual", kind=RuleKind.UNUSUAL, factor=Decimal(5), least=10),
    StartingRule(code="year-on-year", kind=RuleKind.YEAR_ON_YEAR, factor=Decimal(3), least=50),
    StartingRule(code="factor-ten", kind=RuleKind.PREVIOUS, factor=Decimal(10), least=100),
    *(
        StartingRule(
            code=f"unusual-{code}", kind=RuleKind.UNUSUAL, factor=Decimal(5), least=_LEAST_EUROS, indicator=code
        )
        for code in _EUROS
    ),
    *(
        StartingRule(
            code=f"year-on-year-{code}",
            kind=RuleKind.YEAR_ON_YEAR,
            factor=Decimal(3),
            least=_LEAST_EUROS,
            indicator=code,
        )
        for code in _EUROS
    ),
    StartingRule(code="vanished", kind=RuleKind.VANISHED, factor=Decimal("0.5"), least=10),
    StartingRule(code="section-empty", kind=RuleKind.SECTION_EMPTY, least=10),
    StartingRule(
        code="cofinancing-of-costs",
        kind=RuleKind.SUM,
        indicator="cofinancing",
        whole="project-costs",
        least=1_000,
    ),
    StartingRule(code="cofinancing-without-companies", kind=RuleKind.COFINANCING, least=1_000),
)
