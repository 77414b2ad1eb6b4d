"""What a quarter asks of a HIP: the action lines, and the indicators that are entered, with the definition in force."""

from dataclasses import dataclass

from consortia.models import ActionLine
from impact.ledger import State
from impact.models import Indicator, IndicatorDefinition, Kind, Quarter, Source
from impact.models.codebook import EURO
from impact.submission import DefinitionInForce, Known


@dataclass(frozen=True)
class AskedFigure:
    indicator: Indicator
    definition: IndicatorDefinition
    is_anew: bool = False
    """From this quarter on it means something else than before."""

    @property
    def is_ratio(self) -> bool:
        return self.definition.kind == Kind.RATIO

    @property
    def is_euro(self) -> bool:
        return self.definition.unit == EURO


@dataclass(frozen=True)
class Questions:
    action_lines: tuple[ActionLine, ...]
    figures: tuple[AskedFigure, ...]
    """In the order of the codebook."""

    @classmethod
    def of(cls, quarter: Quarter, state: State) -> "Questions":
        figures = []
        for indicator in Indicator.objects.order_by("order"):
            in_force = state.definition(indicator.pk, quarter.index)
            if in_force is not None and in_force[1].source == Source.ENTERED:
                is_anew = state.break_in(indicator.pk, quarter.index) == quarter.index
                figures.append(AskedFigure(indicator, in_force[1], is_anew))
        return cls(tuple(ActionLine.objects.order_by("order")), tuple(figures))

    @property
    def known(self) -> Known:
        """What the check may know of it: enough for figures."""
        definitions = {
            asked.indicator.code: DefinitionInForce(
                asked.definition.kind, asked.definition.unit, asked.definition.source, asked.definition.by_action_line
            )
            for asked in self.figures
        }
        return Known(definitions=definitions, action_lines=[line.code for line in self.action_lines])

    def line_name(self, code: str | None) -> str:
        """The short name of an action line; its code where it is not known any more."""
        return next((line.short for line in self.action_lines if line.code == code), code or "")

    def is_euro(self, code: str) -> bool:
        """Whether an indicator is an amount of money."""
        return any(asked.is_euro for asked in self.figures if asked.indicator.code == code)

    def indicator_name(self, code: str) -> str:
        return next((asked.indicator.name for asked in self.figures if asked.indicator.code == code), code)
