"""Charts as plain shapes: figures in, coordinates out; the fragments in templates/_chart_*.html draw them.

Coordinates are text, because a Dutch template would write a number with a comma and break the drawing.
Nothing here knows a language: words stand in the fragments, figures come with the notation to write them in.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from impact import chart_labels
from impact.chart_labels import box_before, track
from impact.shapes import Box, Label, Point, Shape, at

Notation = Callable[[Decimal], str]

# Width and height of the drawings for a phone, a column and a page; the style sheet shows the one that fits.
SIZES = {"s": (340, 300), "m": (620, 340), "l": (1100, 430)}
_BREAK_WORDS = 140
"""The width of "new definition from 2026 Q1" on two lines, in any of our languages."""


@dataclass(frozen=True)
class Reading:
    """One quarter of a goal: `value` is None where nobody reported, `planned` where no plan reaches.

    Where another definition began, the figures before and after it are not joined.
    """

    label: str
    value: Decimal | None
    planned: Decimal | None
    provisional: bool = False
    reported: int | None = None
    expected: int | None = None
    why: str = ""
    is_anew: bool = False
    """From this quarter on another definition holds."""
    is_apart: bool = False
    """By an older definition of another kind or unit: it has no place on this scale, so `value` is None."""


@dataclass(frozen=True)
class Spot:
    """One reported quarter."""

    x: str
    y: str
    label: str
    value: str
    provisional: bool


@dataclass(frozen=True)
class Break:
    """Between two quarters: here another definition begins. Without a label where there is no room for the words."""

    line: Shape
    label: Label | None
    second_line: str
    """The height of the second line of the words."""


@dataclass(frozen=True)
class GoalDrawing:
    """The goal chart at one of the SIZES."""

    size: str
    width: str
    height: str
    pattern: str
    grid: tuple[Shape, ...]
    axis: Shape
    marks: tuple[Label, ...]
    quarters: tuple[Label, ...]
    hatched: tuple[Shape, ...]
    plan: str
    lines: tuple[str, ...]
    spots: tuple[Spot, ...]
    baseline: Shape | None
    baseline_label: Label | None
    target: Shape | None
    target_label: Label | None
    plan_label: Label | None
    latest_label: Label | None
    breaks: tuple[Break, ...]


@dataclass(frozen=True)
class GoalChart:
    """A goal over time: what was reported, what was planned, where it began and where it should end."""

    code: str
    title: str
    description: str
    drawings: tuple[GoalDrawing, ...]
    rows: tuple[Reading, ...]
    baseline: Decimal | None
    target: Decimal | None
    unit: str

    @property
    def broken_from(self) -> list[str]:
        """The quarters from which another definition holds, as far as the chart has quarters before them."""
        return [row.label for row in self.rows[1:] if row.is_anew]


@dataclass(frozen=True)
class Coverage:
    """How many of the expected HIPs reported, one block each."""

    reported: int
    expected: int
    width: str
    height: str
    blocks: tuple[tuple[Shape, bool], ...]


@dataclass(frozen=True)
class Share:
    """A share of a whole, such as that of SMEs; the mark says where it should be."""

    share: Decimal | None
    width: str
    height: str
    filled: str
    mark: str


@dataclass(frozen=True)
class Sparkline:
    """The course of a figure in a table cell, without a scale."""

    width: str
    height: str
    lines: tuple[str, ...]
    last: Spot | None
    description: str
    breaks: tuple[Shape, ...] = ()


def goal_chart(
    *,
    code: str,
    title: str,
    description: str,
    readings: Sequence[Reading],
    baseline: Decimal | None,
    target: Decimal | None,
    write: Notation,
    unit: str = "",
) -> GoalChart:
    """Draw a goal; `title` says the finding, `description` tells the course to who cannot see it.

    `write` is the short notation in the drawing; `unit` chooses that of the table: "euro", "share" or a plain number.
    """
    drawings = tuple(
        _goal_drawing(code=code, readings=readings, baseline=baseline, target=target, write=write, size=size)
        for size in SIZES
    )
    return GoalChart(code, title, description, drawings, tuple(readings), baseline, target, unit)


def coverage(*, reported: int, expected: int) -> Coverage:
    """One block for every expected HIP, the reported ones filled."""
    size, gap, height = 6, 2, 14
    blocks = tuple(
        (Shape(x=f"{place * (size + gap)}.5", y="0.5", width=str(size - 1), height=str(height - 1)), place < reported)
        for place in range(expected)
    )
    width = max(expected * (size + gap) - gap, 0)
    return Coverage(reported, expected, str(width), str(height), blocks)


def share(*, part: Decimal | None, mark: Decimal | None = None, width: int = 160) -> Share:
    """A bar of one share between 0 and 1; what lies outside is drawn at the edge, the figure beside it tells."""
    filled = "0" if part is None else at(_within(part) * width)
    return Share(part, str(width), "12", filled, "" if mark is None else at(_within(mark) * width))


def sparkline(
    *,
    values: Sequence[Decimal | None],
    description: str = "",
    provisional: bool = False,
    anew: Collection[int] = (),
    width: int = 96,
    height: int = 24,
) -> Sparkline:
    """A line from lowest to highest, broken where nothing was reported, and `anew` where another definition begins.

    `provisional` is about the last value.
    """
    known = [value for value in values if value is not None]
    if not known:
        return Sparkline(str(width), str(height), (), None, description)
    edge = Decimal(4)
    low, high = min(known), max(known)
    step = (width - 2 * edge) / max(len(values) - 1, 1)

    def place(index: int, value: Decimal) -> Point:
        # A figure that never changes is a line in the middle, not at the bottom.
        height_share = Decimal("0.5") if high == low else (value - low) / (high - low)
        return Point(edge + step * index, height - edge - height_share * (height - 2 * edge))

    points = [None if value is None else place(index, value) for index, value in enumerate(values)]
    last = max(index for index, value in enumerate(values) if value is not None)
    end = place(last, known[-1])
    spot = Spot(at(end.x), at(end.y), "", "", provisional)
    breaks = tuple(_upright(edge + step * (index - Decimal("0.5")), Decimal(height)) for index in anew if index)
    return Sparkline(str(width), str(height), runs(points, anew), spot, description, breaks)


def scale(*, top: Decimal, bottom: Decimal = Decimal(0), most: int = 4) -> tuple[Decimal, ...]:
    """Round marks around `bottom` and `top`, in at most `most` steps of 1, 2, 2½ or 5 times a power of ten."""
    span = top - bottom
    if span <= 0:
        return (bottom, bottom + 1)
    power = Decimal(10) ** ((span / most).adjusted())
    for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10), Decimal(20)):
        step = factor * power
        first = (bottom / step).to_integral_value(rounding="ROUND_FLOOR")
        last = (top / step).to_integral_value(rounding="ROUND_CEILING")
        if last - first <= most:
            return tuple(step * count for count in range(int(first), int(last) + 1))
    raise AssertionError("twenty times the power of ten always suffices")


def _goal_drawing(
    *,
    code: str,
    readings: Sequence[Reading],
    baseline: Decimal | None,
    target: Decimal | None,
    write: Notation,
    size: str,
) -> GoalDrawing:
    width, height = SIZES[size]
    values = [baseline, target, *(reading.value for reading in readings), *(reading.planned for reading in readings)]
    known = [value for value in values if value is not None]
    marks = scale(top=max(known, default=Decimal(1)), bottom=min([Decimal(0), *known]), most=3 if size == "s" else 4)
    low, high = marks[0], marks[-1]
    # The marks of the scale stand on their lines at the left edge; the first quarter begins beside them.
    left, right = Decimal(max(len(write(mark)) for mark in marks) * 8 + 14), Decimal(width - 12)
    anew = [index for index, reading in enumerate(readings) if index and reading.is_anew]
    # The words about a break stand above the drawing.
    top, floor = Decimal(54 if anew else 28), Decimal(height - 34)
    step = (right - left) / max(len(readings) - 1, 1)

    def across(index: int) -> Decimal:
        return left + step * index

    def up(value: Decimal) -> Decimal:
        return floor - (value - low) / (high - low) * (floor - top)

    edges = [across(index) - step / 2 for index in anew]
    points = [None if item.value is None else Point(across(i), up(item.value)) for i, item in enumerate(readings)]
    planned = [None if item.planned is None else Point(across(i), up(item.planned)) for i, item in enumerate(readings)]
    references = [up(value) for value in (baseline, target) if value is not None]
    # A mark gives way to the name of the baseline or the target where it would stand on top of it.
    free_marks = [mark for mark in marks if all(abs(up(mark) - y) >= 20 for y in references)]
    baseline_label = (
        None if baseline is None else chart_labels.baseline_label(write(baseline), up(baseline), right, points)
    )
    taken = [
        *[Box(Decimal(0), y - 1, right, y + 1) for y in references],
        *([] if baseline is None else [box_before(right, up(baseline) - 8, 7 + len(write(baseline)))]),
        *[Box(x - 1, Decimal(0), x + 1, floor) for x in edges],
        *track(planned),
        *track(points),
    ]
    return GoalDrawing(
        size=size,
        width=str(width),
        height=str(height),
        pattern=f"hatch-{code}-{size}",
        grid=tuple(level(up(mark), right) for mark in free_marks if mark != low),
        axis=level(floor, right),
        marks=tuple(Label("0", at(up(mark) - 7), write(mark), "start") for mark in free_marks),
        quarters=chart_labels.quarter_labels(
            [item.label for item in readings], across=across, y=floor + 22, room=90 / step
        ),
        hatched=tuple(
            _hatch(point, step=step, left=left, right=right, floor=floor)
            for point, reading in zip(points, readings, strict=True)
            if point is not None and reading.provisional
        ),
        plan=" ".join(str(place) for place in planned if place is not None),
        lines=runs(points, anew),
        spots=tuple(
            Spot(at(point.x), at(point.y), reading.label, write(reading.value), reading.provisional)
            for point, reading in zip(points, readings, strict=True)
            if point is not None and reading.value is not None
        ),
        baseline=None if baseline is None else level(up(baseline), right),
        baseline_label=baseline_label,
        target=None if target is None else level(up(target), right),
        target_label=None if target is None else Label("0", at(up(target) - 8), write(target), "start"),
        plan_label=chart_labels.plan_label(planned, points),
        latest_label=chart_labels.latest_label(
            [None if item.value is None else write(item.value) for item in readings],
            points,
            taken=taken,
            left=left,
            right=right,
            floor=floor,
            letter=10 if size == "s" else 12,
        ),
        breaks=breaks_between(edges, [readings[index].label for index in anew], floor=floor, right=right),
    )


def breaks_between(
    edges: Sequence[Decimal], quarters: Sequence[str], *, floor: Decimal, right: Decimal
) -> tuple[Break, ...]:
    """An upright line between the quarters, with words on the side where they fit and keep clear of each other."""
    breaks = []
    taken = Decimal(0)
    for x, quarter in zip(edges, quarters, strict=True):
        label = None
        if x + _BREAK_WORDS <= right:
            label, until = Label(at(x + 6), "14", quarter, "start"), x + _BREAK_WORDS
        elif x - _BREAK_WORDS >= taken:
            label, until = Label(at(x - 6), "14", quarter, "end"), x
        if label is not None and (label.anchor == "end" or x >= taken):
            taken = until
        else:
            label = None
        breaks.append(Break(_upright(x, floor), label, "31"))
    return tuple(breaks)


def _upright(x: Decimal, height: Decimal) -> Shape:
    return Shape(x=at(x), y="0", x2=at(x), y2=at(height))


def _hatch(point: Point, *, step: Decimal, left: Decimal, right: Decimal, floor: Decimal) -> Shape:
    """A provisional quarter: the band below its point, as wide as a quarter."""
    start, end = max(point.x - step / 2, left), min(point.x + step / 2, right)
    return Shape(x=at(start), y=at(point.y), width=at(end - start), height=at(floor - point.y))


def runs(points: Sequence[Point | None], anew: Collection[int] = ()) -> tuple[str, ...]:
    """One run of points for every unbroken row of quarters; a quarter alone has its spot and no line."""
    runs: list[list[Point]] = [[]]
    for index, point in enumerate(points):
        if point is None or index in anew:
            runs.append([])
        if point is not None:
            runs[-1].append(point)
    return tuple(" ".join(map(str, run)) for run in runs if len(run) > 1)


def level(y: Decimal, right: Decimal) -> Shape:
    return Shape(x="0", y=at(y), x2=at(right), y2=at(y))


def _within(part: Decimal) -> Decimal:
    return min(max(part, Decimal(0)), Decimal(1))
