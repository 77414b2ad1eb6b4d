"""Charts as plain shapes: figures in, coordinates out; the fragments in templates/_chart_*.html draw them.

Coordinates are text, because a Dutch template would write a number with a comma and break the drawing.
Nothing here knows a language: words stand in the fragments, figures come with the notation to write them in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

Notation = Callable[[Decimal], str]

# Width and height of the drawings for a phone, a column and a page; the style sheet shows the one that fits.
SIZES = {"s": (340, 300), "m": (620, 340), "l": (1100, 430)}


@dataclass(frozen=True)
class Reading:
    """One quarter of a goal: `value` is None where nobody reported, `planned` where no plan reaches."""

    label: str
    value: Decimal | None
    planned: Decimal | None
    provisional: bool = False
    reported: int | None = None
    expected: int | None = None


@dataclass(frozen=True)
class Point:
    """A place in a drawing."""

    x: Decimal
    y: Decimal

    def __str__(self) -> str:
        return f"{_at(self.x)},{_at(self.y)}"


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


@dataclass(frozen=True)
class Spot:
    """One reported quarter."""

    x: str
    y: str
    label: str
    value: str
    provisional: bool


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
    filled = "0" if part is None else _at(_within(part) * width)
    return Share(part, str(width), "12", filled, "" if mark is None else _at(_within(mark) * width))


def sparkline(
    *,
    values: Sequence[Decimal | None],
    description: str = "",
    provisional: bool = False,
    width: int = 96,
    height: int = 24,
) -> Sparkline:
    """A line from lowest to highest, broken where nothing was reported; `provisional` is about the last value."""
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
    spot = Spot(_at(end.x), _at(end.y), "", "", provisional)
    return Sparkline(str(width), str(height), _lines(points), spot, description)


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
    top, floor = Decimal(28), Decimal(height - 34)
    step = (right - left) / max(len(readings) - 1, 1)

    def across(index: int) -> Decimal:
        return left + step * index

    def up(value: Decimal) -> Decimal:
        return floor - (value - low) / (high - low) * (floor - top)

    points = [None if item.value is None else Point(across(i), up(item.value)) for i, item in enumerate(readings)]
    planned = [None if item.planned is None else Point(across(i), up(item.planned)) for i, item in enumerate(readings)]
    references = [up(value) for value in (baseline, target) if value is not None]
    # A mark gives way to the name of the baseline or the target where it would stand on top of it.
    free_marks = [mark for mark in marks if all(abs(up(mark) - y) >= 20 for y in references)]
    baseline_label = None if baseline is None else _baseline_label(write(baseline), up(baseline), right, points)
    taken = [
        *[Box(Decimal(0), y - 1, right, y + 1) for y in references],
        *([] if baseline is None else [_box_before(right, up(baseline) - 8, 7 + len(write(baseline)))]),
        *_track(planned),
        *_track(points),
    ]
    return GoalDrawing(
        size=size,
        width=str(width),
        height=str(height),
        pattern=f"hatch-{code}-{size}",
        grid=tuple(_level(up(mark), right) for mark in free_marks if mark != low),
        axis=_level(floor, right),
        marks=tuple(Label("0", _at(up(mark) - 7), write(mark), "start") for mark in free_marks),
        quarters=_quarter_labels(readings, across=across, y=floor + 22, room=90 / step),
        hatched=tuple(
            _hatch(point, step=step, left=left, right=right, floor=floor)
            for point, reading in zip(points, readings, strict=True)
            if point is not None and reading.provisional
        ),
        plan=" ".join(str(place) for place in planned if place is not None),
        lines=_lines(points),
        spots=tuple(
            Spot(_at(point.x), _at(point.y), reading.label, write(reading.value), reading.provisional)
            for point, reading in zip(points, readings, strict=True)
            if point is not None and reading.value is not None
        ),
        baseline=None if baseline is None else _level(up(baseline), right),
        baseline_label=baseline_label,
        target=None if target is None else _level(up(target), right),
        target_label=None if target is None else Label("0", _at(up(target) - 8), write(target), "start"),
        plan_label=_plan_label(planned, points),
        latest_label=_latest_label(
            readings,
            points,
            taken=taken,
            write=write,
            left=left,
            right=right,
            floor=floor,
            letter=10 if size == "s" else 12,
        ),
    )


def _hatch(point: Point, *, step: Decimal, left: Decimal, right: Decimal, floor: Decimal) -> Shape:
    """A provisional quarter: the band below its point, as wide as a quarter."""
    start, end = max(point.x - step / 2, left), min(point.x + step / 2, right)
    return Shape(x=_at(start), y=_at(point.y), width=_at(end - start), height=_at(floor - point.y))


def _quarter_labels(
    readings: Sequence[Reading], *, across: Callable[[int], Decimal], y: Decimal, room: Decimal
) -> tuple[Label, ...]:
    """First and last quarter, and between them every fourth that leaves `room` quarters of space."""
    end = len(readings) - 1
    every = next((count for count in (4, 8) if count >= room), end + 1)
    chosen = sorted({index for index in range(0, end + 1, every) if index == 0 or end - index >= room} | {end} - {-1})
    anchors = {0: "start", end: "end"} if end else {}
    return tuple(Label(_at(across(i)), _at(y), readings[i].label, anchors.get(i, "middle")) for i in chosen)


def _baseline_label(text: str, y: Decimal, right: Decimal, points: Sequence[Point | None]) -> Label:
    """The name of the baseline stands above it at the end; below it at the start if the figures run there."""
    is_crossed = any(_box_before(right, y - 8, 7 + len(text)).meets(each) for each in _track(points))
    return Label("0", _at(y + 18), text, "start") if is_crossed else Label(_at(right), _at(y - 8), text, "end")


def _plan_label(planned: Sequence[Point | None], points: Sequence[Point | None]) -> Label | None:
    """The name of the plan stands below its line, where nothing is reported yet."""
    reported = [index for index, point in enumerate(points) if point is not None]
    places = [place for place in planned[reported[-1] if reported else 0 :] if place is not None]
    if not places:
        return None
    place = places[len(places) * 2 // 3]
    return Label(_at(place.x + 10), _at(place.y + 18), "", "start" if len(places) > 2 else "end")


def _latest_label(
    readings: Sequence[Reading],
    points: Sequence[Point | None],
    *,
    taken: Sequence[Box],
    write: Notation,
    left: Decimal,
    right: Decimal,
    floor: Decimal,
    letter: int,
) -> Label | None:
    """The newest value in words, at the first place around its point where it covers least of the lines."""
    newest = next((index for index in reversed(range(len(points))) if points[index] is not None), None)
    if newest is None:
        return None
    point, value = points[newest], readings[newest].value
    if point is None or value is None:
        return None
    text = write(value)
    width = Decimal(letter * len(text))
    places = [
        (dx, dy, anchor)
        for dy in (7, 30, -14, 52, -36, 74, -58)
        for dx, anchor in ((13, "start"), (0, "middle"), (-13, "end"))
        if not (dy == 7 and anchor == "middle")
    ]
    before = {"start": Decimal(0), "middle": Decimal("0.5"), "end": Decimal(1)}
    chosen, fewest = Label(_at(right), _at(point.y - 14), text, "end"), len(taken) + 1
    for dx, dy, anchor in places:
        start = point.x + dx - width * before[anchor]
        box = Box(start, point.y + dy - 18, start + width, point.y + dy + 3)
        if box.left < left or box.right > right or box.bottom > floor:
            continue
        covered = sum(box.meets(other) for other in taken)
        if covered < fewest:
            chosen, fewest = Label(_at(point.x + dx), _at(point.y + dy), text, anchor), covered
    return chosen


def _track(points: Sequence[Point | None]) -> list[Box]:
    """Small boxes along a line, so that a label can keep clear of it."""
    boxes = []
    for start, end in pairwise(points):
        if start is None or end is None:
            continue
        for part in range(9):
            x, y = start.x + (end.x - start.x) * part / 8, start.y + (end.y - start.y) * part / 8
            boxes.append(Box(x - 4, y - 4, x + 4, y + 4))
    return boxes


def _box_before(x: Decimal, y: Decimal, letters: int) -> Box:
    return Box(x - 8 * letters, y - 14, x, y + 4)


def _lines(points: Sequence[Point | None]) -> tuple[str, ...]:
    """One run of points for every unbroken row of quarters; a quarter alone has its spot and no line."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return tuple(" ".join(map(str, run)) for run in runs if len(run) > 1)


def _level(y: Decimal, right: Decimal) -> Shape:
    return Shape(x="0", y=_at(y), x2=_at(right), y2=_at(y))


def _within(part: Decimal) -> Decimal:
    return min(max(part, Decimal(0)), Decimal(1))


def _at(place: Decimal | int) -> str:
    """A coordinate with at most one decimal, and never the comma of a language."""
    return f"{Decimal(place).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP).normalize():f}"
