"""Positions for labels in a plot, so that none covers another; all of them in points."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.transforms import Bbox

from ablations.report.figures.look import INCH, TEXT


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

    A label goes beside its point, above or below its bar, or else to the nearest position where it covers no bar and no
    label and is inside `area`. `None` if a label has no such position: then a legend has to name the points.
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
        box = next((box for box in fits if not box.count_overlaps(taken)), None)
        if box is None:
            return None
        taken.append(box)
        places.append((*map(float, box.min), boxes.index(box) >= len(near)))
    return places
