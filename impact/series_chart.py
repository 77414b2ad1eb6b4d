"""Several figures over the quarters in one drawing, as lines or as bars; templates/_chart_series*.html draw them.

As in `impact.charts` coordinates are text, and words stand in the fragments. A series is told from another by its
letter, its mark and its place in the key, never by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from impact import chart_labels, charts
from impact.charts import Break, Notation, Reading
from impact.shapes import Label, Point, Shape, at

LINES, BARS = "lijn", "staaf"
MOST_SERIES = 8
"""So many marks can be told apart."""
SIZES = {"s": (340, 300), "m": (620, 360), "l": (1100, 450), "xs": (250, 150)}
"""Those of `charts.SIZES`, and a small one to stand beside others."""
LETTERS = "ABCDEFGHIJKLMNOP"
_MARKS = (
    "M0,-5A5,5 0 1 1 0,5A5,5 0 1 1 0,-5Z", "M-4.5,-4.5H4.5V4.5H-4.5Z", "M0,-6L5.5,4H-5.5Z", "M0,-6L6,0L0,6L-6,0Z",
    "M0,6L5.5,-4H-5.5Z", "M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z", "M-5.5,0L-2.8,-5H2.8L5.5,0L2.8,5H-2.8Z",
    "M-6,-3.5H6V3.5H-6Z",
)  # fmt: skip
_LABELS = {"s": 26, "m": 150, "l": 230, "xs": 8}
"""The room at the right for the names; in the small drawings only a letter stands there."""
_SHORTEST_NAME = 14
_LETTER_WIDTH = 7


@dataclass(frozen=True)
class Series:
    """One course, with its name and a short one."""

    name: str
    short: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Run:
    """A row of points without a gap."""

    number: int
    points: str


@dataclass(frozen=True)
class Spot:
    """One reported quarter of a series."""

    number: int
    x: str
    y: str
    path: str
    label: str
    value: str
    name: str
    provisional: bool


@dataclass(frozen=True)
class Bar:
    number: int
    shape: Shape
    label: str
    value: str
    name: str
    letter: Label | None
    provisional: bool


@dataclass(frozen=True)
class End:
    """The name of a series, where it ends."""

    number: int
    label: Label


@dataclass(frozen=True)
class Drawing:
    size: str
    width: str
    height: str
    pattern: str
    grid: tuple[Shape, ...]
    axis: Shape
    marks: tuple[Label, ...]
    quarters: tuple[Label, ...]
    hatched: tuple[Shape, ...]
    runs: tuple[Run, ...]
    spots: tuple[Spot, ...]
    bars: tuple[Bar, ...]
    ends: tuple[End, ...]
    latest: Label | None
    breaks: tuple[Break, ...]


@dataclass(frozen=True)
class Key:
    """A series in the list of names."""

    number: int
    letter: str
    name: str
    path: str


@dataclass(frozen=True)
class SeriesChart:
    code: str
    title: str
    description: str
    form: str
    drawings: tuple[Drawing, ...]
    keys: tuple[Key, ...]
    broken_from: tuple[str, ...]
    """The quarters from which another definition holds, as far as quarters before them are drawn."""

    def of_size(self, size: str) -> Drawing:
        return next(drawing for drawing in self.drawings if drawing.size == size)


def keys_of(names: Sequence[str]) -> tuple[Key, ...]:
    """Number, letter and mark of each series; nothing where there is one."""
    if len(names) == 1:
        return ()
    return tuple(Key(place + 1, LETTERS[place], name, _MARKS[place % MOST_SERIES]) for place, name in enumerate(names))


def top_of(series: Sequence[Series]) -> Decimal:
    """The largest figure, so that several drawings can share a scale."""
    return max(
        (row.value for each in series for row in each.readings if row.value is not None), default=Decimal(0)
    ) or Decimal(1)


def series_chart(
    *,
    code: str,
    title: str,
    description: str,
    series: Sequence[Series],
    write: Notation,
    form: str = LINES,
    sizes: Sequence[str] = ("s", "m", "l"),
    top: Decimal | None = None,
) -> SeriesChart:
    """Draw the series; with `top` on a scale that reaches that far, whatever the series reach."""
    drawings = tuple(_Drawer(code, series, write, form, size, top or top_of(series)).drawing() for size in sizes)
    first = series[0].readings if series else ()
    return SeriesChart(
        code=code,
        title=title,
        description=description,
        form=form,
        drawings=drawings,
        keys=keys_of([each.name for each in series]),
        broken_from=tuple(row.label for row in first[1:] if row.is_anew),
    )


class _Drawer:
    """One drawing: each quarter has a band, and a point stands in the middle of its band."""

    def __init__(
        self, code: str, series: Sequence[Series], write: Notation, form: str, size: str, top: Decimal
    ) -> None:
        self._code, self._series, self._write, self._form, self._size = code, series, write, form, size
        self._width, self._height = SIZES[size]
        self._readings = series[0].readings if series else ()
        lowest = min([Decimal(0), *(row.value for each in series for row in each.readings if row.value is not None)])
        self._marks = charts.scale(top=top, bottom=lowest, most={"xs": 2, "s": 3}.get(size, 4))
        low, high = self._marks[0], self._marks[-1]
        self._left = Decimal(max(len(write(mark)) for mark in self._marks) * 8 + 10)
        self._has_ends = len(series) > 1 and form == LINES
        self._right = Decimal(self._width - (_LABELS[size] if self._has_ends else 8))
        self._anew = [place for place, row in enumerate(self._readings) if place and row.is_anew]
        # The words about a break stand above the drawing.
        has_words = bool(self._anew) and size != "xs"
        self._top, self._floor = Decimal(54 if has_words else 26), Decimal(self._height - 34)
        self._step = (self._right - self._left) / max(len(self._readings), 1)
        self._low, self._scale = low, (self._floor - self._top) / (high - low)

    def _up(self, value: Decimal) -> Decimal:
        return self._floor - (value - self._low) * self._scale

    def _middle(self, place: int) -> Decimal:
        return self._left + self._step * place + self._step / 2

    def drawing(self) -> Drawing:
        edges = [self._left + self._step * place for place in self._anew]
        breaks = charts.breaks_between(
            edges, [self._readings[place].label for place in self._anew], floor=self._floor, right=self._right
        )
        if self._size == "xs":
            breaks = tuple(Break(each.line, None, each.second_line) for each in breaks)
        is_lines = self._form == LINES
        return Drawing(
            size=self._size,
            width=str(self._width),
            height=str(self._height),
            pattern=f"hatch-{self._code}-{self._size}",
            grid=tuple(charts.level(self._up(mark), self._right) for mark in self._marks if mark),
            axis=charts.level(self._up(Decimal(0)), self._right),
            marks=tuple(Label("0", at(self._up(mark) - 6), self._write(mark), "start") for mark in self._marks),
            quarters=self._quarters(),
            hatched=self._hatched(),
            runs=self._runs() if is_lines else (),
            spots=self._spots() if is_lines else (),
            bars=() if is_lines else self._bars(),
            ends=self._ends() if self._has_ends else (),
            latest=self._latest() if len(self._series) == 1 else None,
            breaks=breaks,
        )

    def _quarters(self) -> tuple[Label, ...]:
        labels = [row.label for row in self._readings]
        if not labels:
            return ()
        return chart_labels.quarter_labels(
            labels, across=self._middle, y=self._floor + 22, room=Decimal(90) / self._step
        )

    def _hatched(self) -> tuple[Shape, ...]:
        """The bands of the provisional quarters."""
        return tuple(
            Shape(
                x=at(self._left + self._step * place),
                y=at(self._top - 8),
                width=at(self._step),
                height=at(self._floor - self._top + 8),
            )
            for place, row in enumerate(self._readings)
            if row.provisional
        )

    def _points(self, series: Series) -> list[Point | None]:
        return [
            None if row.value is None else Point(self._middle(place), self._up(row.value))
            for place, row in enumerate(series.readings)
        ]

    def _runs(self) -> tuple[Run, ...]:
        return tuple(
            Run(number, points)
            for number, series in enumerate(self._series, start=1)
            for points in charts.runs(self._points(series), self._anew)
        )

    def _spots(self) -> tuple[Spot, ...]:
        return tuple(
            Spot(
                number=number,
                x=at(point.x),
                y=at(point.y),
                path=_MARKS[(number - 1) % MOST_SERIES],
                label=row.label,
                value=self._write(row.value),
                name=series.name,
                provisional=row.provisional,
            )
            for number, series in enumerate(self._series, start=1)
            for point, row in zip(self._points(series), series.readings, strict=True)
            if point is not None and row.value is not None
        )

    def _bars(self) -> tuple[Bar, ...]:
        count = max(len(self._series), 1)
        thick = min(self._step * Decimal("0.8") / count, Decimal(44))
        floor = self._up(Decimal(0))
        bars = []
        for number, series in enumerate(self._series, start=1):
            for place, row in enumerate(series.readings):
                if row.value is None:
                    continue
                x = self._middle(place) - thick * count / 2 + thick * (number - 1)
                end = self._up(row.value)
                high, low = min(end, floor), max(end, floor)
                letter = None
                if count > 1 and thick >= 10:
                    letter = Label(at(x + thick / 2), at(high - 4), LETTERS[number - 1])
                shape = Shape(x=at(x + 1), y=at(high), width=at(max(thick - 2, Decimal(1))), height=at(low - high))
                value = self._write(row.value)
                bars.append(Bar(number, shape, row.label, value, series.name, letter, row.provisional))
        return tuple(bars)

    def _ends(self) -> tuple[End, ...]:
        """The names below each other, each as near to the end of its line as the others leave room."""
        found = []
        for number, series in enumerate(self._series, start=1):
            last = next((point for point in reversed(self._points(series)) if point is not None), None)
            if last is not None:
                found.append((last.y, number, series))
        if not found:
            return ()
        found.sort(key=lambda each: (each[0], each[1]))
        room = min(Decimal(17), (self._floor - self._top) / len(found))
        heights: list[Decimal] = []
        for y, _number, _series in found:
            heights.append(max(y + 5, heights[-1] + room if heights else self._top))
        # What was pushed below the drawing pushes those above it up again.
        heights = [min(height, self._floor - room * (len(heights) - 1 - place)) for place, height in enumerate(heights)]
        x = at(self._right + 8)
        return tuple(
            End(number, Label(x, at(height), self._end_text(number, series), "start"))
            for height, (_y, number, series) in zip(heights, found, strict=True)
        )

    def _end_text(self, number: int, series: Series) -> str:
        letter = LETTERS[number - 1]
        most = (_LABELS[self._size] - 12) // _LETTER_WIDTH - 2
        if most < _SHORTEST_NAME:
            return letter
        return f"{letter} {series.short if len(series.short) <= most else series.short[: most - 1].rstrip() + '…'}"

    def _latest(self) -> Label | None:
        points = self._points(self._series[0])
        if self._form == BARS:
            # Between bars there is no room: it stands above them.
            newest = next((row for row in reversed(self._readings) if row.value is not None), None)
            if newest is None or newest.value is None:
                return None
            return Label(at(self._right), at(self._top - 10), self._write(newest.value), "end")
        return chart_labels.latest_label(
            [None if row.value is None else self._write(row.value) for row in self._readings],
            points,
            taken=chart_labels.track(points),
            left=self._left,
            right=self._right,
            floor=self._floor,
            letter=10 if self._size in ("s", "xs") else 12,
        )
