"""Positions for points and their labels in a plot, so that none covers another; all of them in points."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.transforms import Bbox

TEXT, INCH = 8, 72  # the font size, and an inch, in points


def text_width(text: str) -> float:
    """Width of a text in inches, estimated from its number of letters: which font shows an SVG is unknown here."""
    return 0.55 * TEXT * max(map(len, text.split("\n"))) / INCH


def side_by_side(xs: Sequence[float], gap: float = 10) -> list[float]:
    """Positions in points, moved apart where they are closer than `gap`; such a group keeps its centre.

    >>> side_by_side([100, 20, 104, 96])
    [100.0, 20.0, 110.0, 90.0]
    """
    moved = np.array(xs, dtype="float64")
    order = np.argsort(moved, kind="stable")
    for run in np.split(order, np.flatnonzero(np.diff(moved[order]) >= gap) + 1):
        if len(run) > 1:
            moved[run] = moved[run].mean() + gap * (np.arange(len(run)) - (len(run) - 1) / 2)
    return moved.tolist()


def place_labels(labels: Sequence[str], spots: Sequence, bars: Sequence[Bbox], area: Bbox) -> list[tuple]:
    """For each label, x and y of its lower left corner, and whether it is so far off that it needs a line to its point.

    A label goes beside its point, above or below its bar, or else to the nearest position where it covers no bar and no
    label and is inside `area`. If there is no such position, it goes beside its point.
    """
    taken, places = list(bars), []
    steps = sorted(product(range(0, 150, 15), range(-180, 181, 20)), key=lambda step: math.hypot(*step))
    for label, (x, y), bar in zip(labels, spots, bars, strict=True):
        width, height = INCH * text_width(label), 1.2 * TEXT * len(label.split("\n"))
        left, right, middle = x - 8 - width, x + 8, y - height / 2
        near = [(right, middle), (left, middle), (x - width / 2, bar.y1 + 3), (x - width / 2, bar.y0 - 3 - height)]
        far = [(edge, middle + up) for across, up in steps for edge in (right + across, left - across)]
        boxes = [Bbox.from_bounds(*corner, width, height) for corner in near + far]
        fits = (box for box in boxes if area.contains(*box.min) and area.contains(*box.max))
        box = next((box for box in fits if not box.count_overlaps(taken)), boxes[0])
        taken.append(box)
        places.append((*map(float, box.min), boxes.index(box) >= len(near)))
    return places
