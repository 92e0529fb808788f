"""Positions for labels in a plot, so that none covers another; all of them in points."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from ablations.report.figures.look import INCH, TEXT

APART = 12  # points from a label with a line to the points of others


def text_width(text: str, size: float = TEXT) -> float:
    """Width of a text in inches, estimated from its number of letters: which font shows an SVG is unknown here."""
    return 0.55 * size * max(map(len, text.split("\n"))) / INCH


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Positions as near as possible to the given ones, no two closer than `gap`; their order stays.

    Groups that would be too close are pooled around their common centre until none is left.

    >>> apart([100, 20, 104, 96], 10)
    [100.0, 20.0, 110.0, 90.0]
    """
    order = np.argsort(np.asarray(places, dtype="float64"), kind="stable")
    groups: list[list[int]] = []  # each from below to above, around the mean of its places

    def ends(group: list[int]) -> tuple[float, float]:
        centre, reach = float(np.mean([places[at] for at in group])), gap * (len(group) - 1) / 2
        return centre - reach, centre + reach

    for at in order.tolist():
        groups.append([at])
        while len(groups) > 1 and ends(groups[-2])[1] + gap > ends(groups[-1])[0]:
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = [0.0] * len(places)
    for group in groups:
        for step, at in enumerate(group):
            moved[at] = ends(group)[0] + gap * step
    return moved


def place_labels(labels: Sequence[str], spots: Sequence, bars: Sequence[Bbox], area: Bbox) -> list[tuple] | None:
    """For each label, x and y of its lower left corner, and whether it is so far off that it needs a line to its point.

    A label goes beside its point, above or below its bar, if no other point is as near to it; or else to the nearest
    position where it covers no bar, no label and no line and is inside `area`; its own line crosses none of them. Which
    label is placed first matters: of the given order, from above and from below, the one with the fewest lines is
    taken. `None` if each of them leaves a label without such a position: then a legend has to name the points.
    """
    heights = np.array([y for _, y in spots])
    orders = [np.arange(len(labels)), np.argsort(-heights, kind="stable"), np.argsort(heights, kind="stable")]
    layouts = [_layout(order.tolist(), labels, spots, bars, area) for order in orders]
    return min(filter(None, layouts), key=lambda places: sum(far for *_, far in places), default=None)


def _layout(order: list[int], labels: Sequence[str], spots: Sequence, bars: Sequence[Bbox], area: Bbox) -> list | None:
    """As `place_labels`, with the labels placed one after the other in the given order."""
    taken = list(bars)
    lines: list[Path] = []
    places: list[tuple] = [()] * len(labels)
    for at in order:
        # of points whose bars overlap no position tells which is meant
        spot, others = spots[at], [one for one, bar in zip(spots, bars, strict=True) if not bar.overlaps(bars[at])]
        near, far = _boxes(labels[at], spot, bars[at])
        tried: list[tuple[Bbox, Path | None]] = []
        tried += [(box, None) for box in near if all(_gap(box, other) > _gap(box, spot) for other in others)]
        tried += [(box, _line(box, spot)) for box in far if all(_gap(box, other) >= APART for other in others)]
        inside = ((box, line) for box, line in tried if area.contains(*box.min) and area.contains(*box.max))
        crossed = [box for box in taken if not box.overlaps(bars[at])]  # a bar on its own can't be avoided
        box, line = next((one for one in inside if _is_free(*one, taken, crossed, lines)), (None, None))
        if box is None:
            return None
        taken.append(box)
        lines += [line] if line else []
        places[at] = (*map(float, box.min), line is not None)
    return places


def _gap(box: Bbox, spot: tuple[float, float]) -> float:
    """How far a point is from a box; 0 inside."""
    x, y = spot
    return math.hypot(max(box.x0 - x, 0, x - box.x1), max(box.y0 - y, 0, y - box.y1))


def _line(box: Bbox, spot: tuple[float, float]) -> Path:
    """The line from a label to its point, as it is drawn: from the middle of the label."""
    return Path([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2), spot])


def _is_free(
    box: Bbox, line: Path | None, taken: Sequence[Bbox], crossed: Sequence[Bbox], lines: Sequence[Path]
) -> bool:
    """Whether a label covers nothing that is taken, and its line, if it has one, crosses nothing."""
    if box.count_overlaps(taken) or any(other.intersects_bbox(box) for other in lines):
        return False
    return line is None or not (
        any(line.intersects_bbox(other) for other in crossed) or any(line.intersects_path(other) for other in lines)
    )


def _boxes(label: str, spot: tuple[float, float], bar: Bbox) -> tuple[list[Bbox], list[Bbox]]:
    """Where a label may go: beside its point, above or below its bar; and farther off, the nearest first."""
    x, y = spot
    width, height = INCH * text_width(label), 1.2 * TEXT * len(label.split("\n"))
    left, right, middle = x - 8 - width, x + 8, y - height / 2
    across_it = (x - width / 2, x - 4, x + 4 - width)  # in its middle, to its right, to its left
    near = [(right, middle), (left, middle)]
    near += [(edge, low) for edge in across_it for low in (bar.y1 + 3, bar.y0 - 3 - height)]
    steps = sorted(product(range(0, 150, 15), range(-180, 181, 20)), key=lambda step: math.hypot(*step))
    far = [(edge, middle + up) for across, up in steps for edge in (right + across, left - across)]
    near_boxes, far_boxes = ([Bbox.from_bounds(*corner, width, height) for corner in some] for some in (near, far))
    return near_boxes, far_boxes
