"""The figure of a tuning: its axis is in the order of the values, whenever they were tried."""

import pytest

from ablations.records.tuning import Choice, Point
from ablations.report.figures.tuning import tuning_numbers


@pytest.mark.parametrize(
    ("tried", "shown"),
    [
        ((0.01, 0.04, 0.16, 0.0025), ["0.0025", "0.01", "0.04", "0.16"]),  # the last one is beyond the grid's edge
        (("triangular", "cosine"), ["triangular", "cosine"]),
    ],
)
def test_numbers_stand_in_their_order_and_names_in_that_of_the_grid(tried, shown):
    points = tuple(Point("gap", "setting", value, (50.0,), ()) for value in tried)
    (setting,) = tuning_numbers(Choice("tiny", "full", points, 1, "a machine", None))["settings"]
    assert [point["value"] for point in setting["points"]] == shown
