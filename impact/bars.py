"""Who came, stayed and went per quarter, as bars: figures in, coordinates out; templates/_chart_bars.html draws them.

As in `impact.charts` coordinates are text, and words stand in the fragment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from impact.charts import SIZES, Notation, scale
from impact.shapes import Label, Shape

ABOVE = ("stayed", "returning", "new")
BELOW = ("lost", "unknown")
"""In the order in which they are piled up from the axis."""


@dataclass(frozen=True)
class Quarter:
    """One quarter; every part is None where nobody reported, those below also where there is nothing to compare."""

    label: str
    parts: dict[str, int | None]
    provisional: bool

    def height(self, names: Sequence[str]) -> int:
        return sum(self.parts[name] or 0 for name in names)


@dataclass(frozen=True)
class Part:
    """A piece of a bar."""

    kind: str
    label: str
    value: str
    shape: Shape


@dataclass(frozen=True)
class BarDrawing:
    """The chart at one of the SIZES."""

    size: str
    width: str
    height: str
    pattern: str
    grid: tuple[Shape, ...]
    axis: Shape
    marks: tuple[Label, ...]
    quarters: tuple[Label, ...]
    parts: tuple[Part, ...]
    hatched: tuple[Shape, ...]


@dataclass(frozen=True)
class BarChart:
    title: str
    description: str
    drawings: tuple[BarDrawing, ...]


def bar_chart(*, title: str, description: str, quarters: Sequence[Quarter], write: Notation) -> BarChart:
    """Bars above the axis of who is there, below it of who no longer is; a gap where nobody reported."""
    return BarChart(title, description, tuple(_drawing(quarters, write, size) for size in SIZES))


def _drawing(quarters: Sequence[Quarter], write: Notation, size: str) -> BarDrawing:
    width, height = SIZES[size]
    marks = scale(
        top=Decimal(max((each.height(ABOVE) for each in quarters), default=0) or 1),
        bottom=-Decimal(max((each.height(BELOW) for each in quarters), default=0)),
        most=3 if size == "s" else 5,
    )
    low, high = marks[0], marks[-1]
    left, right = Decimal(max(len(write(abs(mark))) for mark in marks) * 8 + 14), Decimal(width - 4)
    top, floor = Decimal(18), Decimal(height - 34)
    step = (right - left) / max(len(quarters), 1)
    thick = min(step * Decimal("0.7"), Decimal(56))

    def up(value: Decimal | int) -> Decimal:
        return floor - (value - low) / (high - low) * (floor - top)

    parts, hatched = [], []
    for place, quarter in enumerate(quarters):
        start = left + step * place + (step - thick) / 2
        for names, sign in ((ABOVE, 1), (BELOW, -1)):
            foot = 0
            for name in names:
                value = quarter.parts[name]
                if value:
                    ends = sorted((up(sign * foot), up(sign * (foot + value))))
                    shape = _box(start, ends[0], thick, ends[1] - ends[0])
                    parts.append(Part(name, quarter.label, write(Decimal(value)), shape))
                    foot += value
        reaches = (up(quarter.height(ABOVE)), up(-quarter.height(BELOW)))
        if quarter.provisional and reaches[0] < reaches[1]:
            hatched.append(_box(start, reaches[0], thick, reaches[1] - reaches[0]))
    return BarDrawing(
        size=size,
        width=str(width),
        height=str(height),
        pattern=f"hatch-bars-{size}",
        grid=tuple(Shape(x=_at(left), y=_at(up(mark)), x2=_at(right), y2=_at(up(mark))) for mark in marks if mark),
        axis=Shape(x=_at(left), y=_at(up(0)), x2=_at(right), y2=_at(up(0))),
        marks=tuple(Label("0", _at(up(mark) + 5), write(abs(mark)), "start") for mark in marks),
        quarters=tuple(
            Label(_at(left + step * place + step / 2), _at(floor + 22), quarters[place].label)
            for place in _labelled(len(quarters), room=Decimal(76) / step)
        ),
        parts=tuple(parts),
        hatched=tuple(hatched),
    )


def _labelled(number: int, *, room: Decimal) -> list[int]:
    """The last quarter, and before it as many as have `room` quarters of space each."""
    every = next(each for each in (1, 2, 4, 8, 62) if each >= room)
    # The first label may reach beyond the drawing where a bar is thin.
    return [place for place in range(number - 1, -1, -every) if place + Decimal("0.5") >= room / 2][::-1]


def _box(x: Decimal, y: Decimal, width: Decimal, height: Decimal) -> Shape:
    return Shape(x=_at(x), y=_at(y), width=_at(width), height=_at(height))


def _at(place: Decimal) -> str:
    return f"{place.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP).normalize():f}"
