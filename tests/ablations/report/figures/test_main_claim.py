"""The figure of the main claim: which studies it shows, what its title says, and that nothing is cut off."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ablations.evidence.findings import findings
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report.figures.files import write_main_claim
from ablations.report.figures.look import HEADS, LOOK, NARROW, WIDTH
from ablations.report.figures.main_claim import main_claim_numbers
from ablations.report.figures.main_claim_drawing import ABOUT, BEYOND, INTERVAL, MARKS, caption, draw_main_claim
from tests.support.trials import FC, GAP, TRAINED, fill, fill_rungs


def found(folder, name, scores, **changes):
    """The findings on a study called `name` whose variant `fc` is claimed to be better."""
    study = replace(TRAINED, name=name, **changes)
    return findings(study, fill_rungs(Store(folder / name), study, scores))


def test_it_has_a_row_for_each_study_that_asks_the_question(tmp_path):
    scores = {"gap": GAP, "fc": FC}
    all_found = [one for name in ("imagenette", "dropout", "gap_vs_fc") for one in found(tmp_path, name, scores)]
    numbers = main_claim_numbers(all_found)
    rows = [(row["study"], row["budget"], row["verdict"]) for row in numbers["rows"]]
    assert rows == [("gap_vs_fc", 2, "reproduced"), ("imagenette", 2, "reproduced")], "at its longest budget"
    assert numbers["effect"] == 0.8 and numbers["rows"][0]["difference"] == pytest.approx(1.0)
    assert numbers["title"] == "Trained out, average pooling better by 1.0 points after 2 epochs: reproduced"


def test_its_title_does_not_choose_where_the_results_differ(tmp_path):
    both = found(tmp_path, "gap_vs_fc", {"gap": GAP, "fc": FC}) + found(tmp_path, "imagenette", {"gap": FC, "fc": GAP})
    title = main_claim_numbers(both)["title"]
    first, second = (f"{head} better by 1.0 points after 2 epochs" for head in ("average pooling", "fully connected"))
    assert title == f"Trained out, {first}: reproduced; {second}: contradicted"
    level = found(tmp_path, "gap_vs_fc_full_width", {"gap": GAP, "fc": [GAP[1], GAP[0], *GAP[2:]]})
    title = main_claim_numbers(both[1:] + level)["title"]
    against = "Trained out, average pooling against gap: equivalent"
    assert title == f"{against}; {second}: contradicted", "in the order of the studies"
    assert main_claim_numbers(level)["title"] == against


def test_one_pair_has_a_row_and_its_own_words_in_the_title(tmp_path):
    """It is drawn like the others, so a title of theirs alone would not be true of all rows."""
    scores = {"gap": GAP, "fc": FC}
    begun = found(tmp_path, "imagenette", {"gap": GAP[:1], "fc": [GAP[0] - 0.4]}, seeds=1)
    complete = found(tmp_path, "gap_vs_fc", scores)
    numbers = main_claim_numbers(complete + begun)
    assert [row["seeds"] is None for row in numbers["rows"]] == [False, True]
    assert numbers["title"] == (
        "Trained out, average pooling better by 1.0 points after 2 epochs: reproduced. "
        "Not judged: one pair -0.4 after 2 epochs"
    )
    more = found(tmp_path, "gap_vs_fc_full_width", {"gap": GAP[:1], "fc": [GAP[0] - 0.5]}, seeds=1)
    assert main_claim_numbers(complete + begun + more)["title"].endswith("2 single pairs -0.5 to -0.4 after 2 epochs")
    assert main_claim_numbers(begun)["title"] == "One pair -0.4 after 2 epochs: not judged"


def test_a_head_without_a_hidden_layer_is_explained(tmp_path):
    flat = replace(TRAINED.variants[1], overrides={"head": "fc", "fc_units": ()}, label="the flattened map")
    scores = {"gap": GAP, "fc": FC}
    claim = replace(TRAINED.claim, effect=-0.8, direction="worse")
    made = found(tmp_path, "gap_vs_fc", scores, claim=claim)
    made += found(tmp_path, "imagenette", scores, claim=claim, variants=(TRAINED.variants[0], flat))
    rows = main_claim_numbers(made)["rows"]
    assert [row["hidden"] for row in rows] == [True, False]
    assert caption(rows[:1], beyond=False) == f"{ABOUT} {MARKS}"
    assert "The flattened map has no hidden layer" in caption(rows, beyond=False)


def test_rows_that_share_an_arm_are_named(tmp_path):
    scores = {"gap": GAP, "fc": FC}
    made = found(tmp_path, "average_pooling_quarter", scores)
    (other,) = found(tmp_path, "hidden_layer_quarter", scores)
    taken = [Record({**one, "shared": {"study": "average_pooling_quarter", "lock": None}}) for one in other.records]
    both = main_claim_numbers([*made, replace(other, records=taken)])["rows"]
    assert "The rows against gap and against gap share their trials of " in caption(both, beyond=False)
    assert "share" not in caption(both[1:], beyond=False), "the study that they are taken from has no row"


def test_nothing_is_drawn_without_results(tmp_path):
    study = replace(TRAINED, name="gap_vs_fc")
    assert write_main_claim(findings(study, fill(Store(tmp_path / "s"), study, {})), tmp_path / "f") == []
    assert write_main_claim([], tmp_path / "f") == [] and not (tmp_path / "f").exists()


ROW = {"study": "gap_vs_fc", "dataset": "imagenette/160px-v2", "images": 45_000, "width": 0.125, "budget": 24, "n": 8}
ROW |= {"over": "two hidden layers of 512", "hidden": True, "verdict": None, "shared": None}
ROWS = [
    {**ROW, "difference": 9.73, "seeds": [8.47, 10.99], "verdict": "reproduced"},
    {**ROW, "difference": 0.2, "seeds": [-0.3, 0.7]},
    {**ROW, "difference": -1.5, "seeds": [-2.0, -1.0]},
    {**ROW, "difference": 2.0, "seeds": None, "width": None},
]


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_marks_are_at_their_values_in_the_colour_of_the_better_head_and_nothing_is_cut_off(width):
    drawn = claim_drawn(ROWS, width)
    marks = [line for line in drawn.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_allclose(
        [line.get_xydata()[0] for line in marks], [[row["difference"], at] for at, row in enumerate(ROWS)]
    )
    assert marks[0].get_markeredgecolor() == HEADS["gap"] and marks[2].get_markeredgecolor() == HEADS["fc"]
    assert [line.get_markerfacecolor() for line in marks] == [HEADS["gap"], "white", "white", "white"], "what is judged"
    assert marks[1].get_markeredgecolor() not in HEADS.values(), "zero is inside the interval"
    assert_nothing_is_cut_off(drawn)


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_what_is_judged_fills_the_axis_and_arrows_point_to_what_lies_beyond(width):
    """With rows that nobody judges the axis went to 10, and what is judged was a dot at zero."""
    judged = {**ROW, "difference": 0.23, "seeds": [-0.53, 1.0], "verdict": "undecided"}
    far = {**ROW, "difference": 7.68, "seeds": [5.25, 10.1]}
    behind = {**ROW, "difference": -7.68, "seeds": [-14.0, 0.5]}
    drawn = claim_drawn([judged, far, behind], width)
    (axes,) = drawn.axes
    low, high = axes.get_xlim()
    assert -2 < low < -0.53 and 1.0 < high < 2
    points = [(line.get_marker(), *line.get_xydata()[0]) for line in axes.lines if line.get_marker() in ("o", "<", ">")]
    assert points == [("o", 0.23, 0), (">", high, 1), ("<", low, 2)]
    bands = [line.get_xdata() for line in axes.lines if line.get_linewidth() == INTERVAL["lw"]]
    assert [list(band) for band in bands] == [[-0.53, 1.0], [low, 0.5]], "as far as the axis goes"
    assert "+7.68 (+5.25 to +10.10)" in " ".join(text.get_text() for text in axes.texts)
    assert " ".join(BEYOND.split()[:3]) in " ".join(drawn.texts[1].get_text().split())
    assert_nothing_is_cut_off(drawn)


def test_without_a_judged_row_all_rows_are_inside_the_axis():
    (axes,) = claim_drawn([{**row, "verdict": None} for row in ROWS], WIDTH).axes
    assert axes.get_xlim()[1] > 10.99 and not [line for line in axes.lines if line.get_marker() in "<>"]


def claim_drawn(rows, width):
    with style.context(["default", LOOK]):
        return draw_main_claim({"title": "Average pooling better: not judged", "effect": 0.6, "rows": rows}, width)


def assert_nothing_is_cut_off(drawn):
    with style.context(["default", LOOK]):
        box, size = drawn.get_tightbbox(FigureCanvasAgg(drawn).get_renderer()), drawn.get_size_inches()
    assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= size[0] and box.y1 <= size[1]
