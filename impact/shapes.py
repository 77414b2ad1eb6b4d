"""Places, boxes and texts of a drawing. Coordinates are text where a template writes them."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Point:
    """A place in a drawing."""

    x: Decimal
    y: Decimal

    def __str__(self) -> str:
        return f"{at(self.x)},{at(self.y)}"


@dataclass(frozen=True)
class Box:
    """A part of a drawing that is taken."""

    left: Decimal
    top: Decimal
    right: Decimal
    bottom: Decimal

    def meets(self, other: "Box") -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Shape:
    """A line, a band or a spot, by its corners."""

    x: str
    y: str
    x2: str = ""
    y2: str = ""
    width: str = ""
    height: str = ""


@dataclass(frozen=True)
class Label:
    """A text and where it stands."""

    x: str
    y: str
    text: str
    anchor: str = "middle"


def at(place: Decimal | int) -> str:
    """A coordinate with at most one decimal, and never the comma of a language."""
    return f"{Decimal(place).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP).normalize():f}"
