"""The figure of a tuning: its axis is in the order of the values, whenever they were tried."""

from dataclasses import replace

import pytest

from ablations.records.tuning import Choice, Point
from ablations.report.figures.tuning import tuning_numbers, write_tuning_figure
from ablations.study import Variant
from tests.support.drawn_trials import STUDY

LABELLED = replace(STUDY, variants=(Variant("gap", label="average pooling"), Variant("fc", {"head": "fc"})), claim=None)


def choice(*points):
    return Choice("heads", "full", points, 1, "a machine", None)


@pytest.mark.parametrize(
    ("tried", "shown"),
    [
        ((0.01, 0.04, 0.16, 0.0025), ["0.0025", "0.01", "0.04", "0.16"]),  # the last one is beyond the grid's edge
        (("triangular", "cosine"), ["triangular", "cosine"]),
    ],
)
def test_numbers_stand_in_their_order_and_names_in_that_of_the_grid(tried, shown):
    points = tuple(Point("gap", "setting", value, (50.0,), ()) for value in tried)
    (setting,) = tuning_numbers(choice(*points), LABELLED)["settings"]
    assert [point["value"] for point in setting["points"]] == shown


def test_arms_have_their_labels_and_a_collapse_does_not_press_the_others_together(tmp_path):
    """A point at chance beside others at 60 and 61% left no height for their difference."""
    scores = {("gap", 0.01): 60.0, ("gap", 0.1): 61.0, ("fc", 0.01): 59.5, ("fc", 0.1): 10.0}
    points = [Point(arm, "learning_rate", rate, (top1, top1 + 0.2), ()) for (arm, rate), top1 in scores.items()]
    numbers = tuning_numbers(choice(*points), LABELLED)
    assert numbers["arms"] == ["average pooling", "fc"] and numbers["seeds"] == [2]
    svg = next(path for path in write_tuning_figure(choice(*points), LABELLED, tmp_path) if path.suffix == ".svg")
    text = svg.read_text(encoding="utf-8").replace("\xa0", " ")
    for words in ("average pooling", "mean over 2 seeds", "Arrows: values far below", ">10.10<", ">60.5<"):
        assert words in text, words
    assert ">20<" not in text, "no tick of the axis is down there"
