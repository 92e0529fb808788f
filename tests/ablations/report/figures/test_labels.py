"""Positions of labels in a plot: what covers what."""

import math

import pytest
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from ablations.report.figures.labels import place_labels, text_width
from ablations.report.figures.look import INCH, TEXT

AREA = Bbox.from_extents(60, 60, 560, 320)
THREE = ["the flattened map at 0.4\n(n = 8)\n64 k", "the flattened map\n(n = 8)\n64 k", "no dropout\n(n = 8)\n64 k"]


def placed(spots, labels=THREE, area=AREA):
    bars = [Bbox.from_extents(x - 4, y - 4, x + 4, y + 4) for x, y in spots]
    return bars, place_labels(labels, spots, bars, area)


@pytest.mark.parametrize("gap", [3, 9, 15, 30, 60])
@pytest.mark.parametrize("x", [100, 300, 520])
def test_no_line_crosses_a_label_a_point_or_a_line(gap, x):
    """Three dropout rates of one head have one number of parameters and nearly one accuracy: points in a column."""
    spots = [(x, 150), (x, 150 + gap), (x, 150 + 2 * gap)]
    bars, places = placed(spots)
    assert places is not None
    heights = [1.2 * TEXT * len(label.split("\n")) for label in THREE]
    boxes = [
        Bbox.from_bounds(left, low, INCH * text_width(label), height)
        for (left, low, _), label, height in zip(places, THREE, heights, strict=True)
    ]
    lines = {
        at: Path([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2), spots[at]])
        for at, box in enumerate(boxes)
        if places[at][2]
    }
    for at, box in enumerate(boxes):
        assert not box.count_overlaps([*bars, *boxes[:at]])
        for other, line in lines.items():
            assert other == at or not line.intersects_bbox(box)
            touching = bars[other].overlaps(bars[at])
            assert other == at or touching or not line.intersects_bbox(bars[at])
            assert other == at or at not in lines or not line.intersects_path(lines[at])


def test_the_order_with_the_fewest_lines_is_taken():
    """From above, each of three points in a column finds a place beside it; in the given order the last does not."""
    spots = [(300, 190), (300, 170), (300, 210)]
    _, places = placed(spots, ["first", "second", "third"])
    assert [far for *_, far in places] == [False, False, False]


def test_labels_that_find_no_room_are_left_to_a_legend():
    assert placed([(100, 100), (101, 100), (102, 100)], area=Bbox.from_extents(60, 60, 200, 130))[1] is None


def test_a_label_beside_a_point_is_nearer_to_it_than_to_any_other():
    """Points in a column, 9 apart: beside the middle one a label of three lines stood as near to both others."""
    spots = [(300, 150), (300, 159), (300, 168)]
    for at, (left, low, far) in enumerate(placed(spots)[1]):
        right, top = left + INCH * text_width(THREE[at]), low + 1.2 * TEXT * 3
        gaps = [math.hypot(max(left - x, 0, x - right), max(low - y, 0, y - top)) for x, y in spots]
        own = gaps.pop(at)
        assert far or own < min(gaps)
