"""Where the texts of a chart stand, so that they keep clear of its lines and of each other."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

from impact.shapes import Box, Label, Point, at


def quarter_labels(
    quarters: Sequence[str], *, across: Callable[[int], Decimal], y: Decimal, room: Decimal
) -> tuple[Label, ...]:
    """First and last quarter, and between them every fourth that leaves `room` quarters of space."""
    end = len(quarters) - 1
    every = next((count for count in (4, 8) if count >= room), end + 1)
    chosen = sorted({index for index in range(0, end + 1, every) if index == 0 or end - index >= room} | {end} - {-1})
    anchors = {0: "start", end: "end"} if end else {}
    return tuple(Label(at(across(i)), at(y), quarters[i], anchors.get(i, "middle")) for i in chosen)


def baseline_label(text: str, y: Decimal, right: Decimal, points: Sequence[Point | None]) -> Label:
    """The name of the baseline stands above it at the end; below it at the start if the figures run there."""
    is_crossed = any(box_before(right, y - 8, 7 + len(text)).meets(each) for each in track(points))
    return Label("0", at(y + 18), text, "start") if is_crossed else Label(at(right), at(y - 8), text, "end")


def plan_label(planned: Sequence[Point | None], points: Sequence[Point | None]) -> Label | None:
    """The name of the plan stands below its line, where nothing is reported yet."""
    reported = [index for index, point in enumerate(points) if point is not None]
    places = [place for place in planned[reported[-1] if reported else 0 :] if place is not None]
    if not places:
        return None
    place = places[len(places) * 2 // 3]
    return Label(at(place.x + 10), at(place.y + 18), "", "start" if len(places) > 2 else "end")


def latest_label(
    texts: Sequence[str | None],
    points: Sequence[Point | None],
    *,
    taken: Sequence[Box],
    left: Decimal,
    right: Decimal,
    floor: Decimal,
    letter: int,
) -> Label | None:
    """The newest value in words, at the first place around its point where it covers least of the lines."""
    newest = next((index for index in reversed(range(len(points))) if points[index] is not None), None)
    if newest is None:
        return None
    point, text = points[newest], texts[newest]
    if point is None or text is None:
        return None
    width = Decimal(letter * len(text))
    places = [
        (dx, dy, anchor)
        for dy in (7, 30, -14, 52, -36, 74, -58)
        for dx, anchor in ((13, "start"), (0, "middle"), (-13, "end"))
        if not (dy == 7 and anchor == "middle")
    ]
    before = {"start": Decimal(0), "middle": Decimal("0.5"), "end": Decimal(1)}
    chosen, fewest = Label(at(right), at(point.y - 14), text, "end"), len(taken) + 1
    for dx, dy, anchor in places:
        start = point.x + dx - width * before[anchor]
        box = Box(start, point.y + dy - 18, start + width, point.y + dy + 3)
        if box.left < left or box.right > right or box.bottom > floor:
            continue
        covered = sum(box.meets(other) for other in taken)
        if covered < fewest:
            chosen, fewest = Label(at(point.x + dx), at(point.y + dy), text, anchor), covered
    return chosen


def track(points: Sequence[Point | None]) -> list[Box]:
    """Small boxes along a line, so that a label can keep clear of it."""
    boxes = []
    for start, end in pairwise(points):
        if start is None or end is None:
            continue
        for part in range(9):
            x, y = start.x + (end.x - start.x) * part / 8, start.y + (end.y - start.y) * part / 8
            boxes.append(Box(x - 4, y - 4, x + 4, y + 4))
    return boxes


def box_before(x: Decimal, y: Decimal, letters: int) -> Box:
    return Box(x - 8 * letters, y - 14, x, y + 4)
