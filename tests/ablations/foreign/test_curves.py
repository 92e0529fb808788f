"""Charts exported from W&B: one metric is compared, and a run that ended early has no final score."""

import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write


def chart(folder, curves, steps=(1, 2, 3, 4)):
    """A chart; `curves` has the values of each by its name, `None` where the run logged nothing."""
    header = ["Step", *(f"{name}{end}" for name in curves for end in ("", "__MIN", "__MAX"))]
    rows = [
        [step, *(value for values in curves.values() for value in [values[place]] * 3)]
        for place, step in enumerate(steps)
    ]
    lines = [",".join("" if cell is None else f'"{cell}"' for cell in row) for row in [header, *rows]]
    return write(folder, "chart.csv", "\n".join(lines))


def rising(last):
    return [last - 0.3, last - 0.2, last - 0.1, last]


def test_curves_of_several_metrics_are_asked_about(tmp_path):
    """The metric that stood last was compared under the name of the first."""
    curves = {
        f"{arm}-seed{seed} - {metric}": rising(score + seed / 100)
        for arm, val in (("base", 0.75), ("wide", 0.5))
        for seed in range(2)
        for metric, score in (("val/acc", val), ("train acc", 0.9))
    }
    path = chart(tmp_path, curves)
    said = r"chart.csv has curves of several metrics \(val/acc, train acc\): type --score .*as --score val/acc"
    with pytest.raises(UserError, match=said):
        read_arms([path])
    for asked in ("val/acc", "VAL/ACC"):
        found = read_arms([path], Asked(score=asked))
        assert (found.score, scores(found)["wide"]) == ("val/acc", pytest.approx({"0": 50.0, "1": 51.0}))
    assert read_arms([path], Asked(score="train acc")).arms[1].scores["0"] == pytest.approx(90.0)
    with pytest.raises(UserError, match="curves of several metrics"):
        read_arms([path], Asked(score="loss"))


def test_a_curve_that_ends_early_has_no_final_score(tmp_path):
    """The value of a crashed run at step 1 counted as its final one."""
    curves = {f"{arm}-s{seed} - acc": rising(0.5 + seed / 100) for arm in ("base", "wide") for seed in range(8)}
    curves["wide-s3 - acc"] = [0.2, None, None, None]
    found = read_arms([chart(tmp_path, curves)])
    assert list(scores(found)["wide"]) == ["0", "1", "2", "4", "5", "6", "7"]
    assert any("1 score of wide missing" in note and "the comparison favours it" in note for note in found.notes)
    said = (
        "chart.csv: curves that end before Step 4, the last one, have no final score (wide-s3 at Step 1): to compare "
        "all of them at one step, type --where Step=1"
    )
    assert said in found.notes
    assert judge(found).judged[0].evidence.found.n == 7
    at_one = read_arms([chart(tmp_path, curves)], Asked(where=("Step=1",)))
    assert scores(at_one)["wide"]["3"] == pytest.approx(20.0)


def test_runs_that_log_at_other_steps_end_together(tmp_path):
    curves = {"base-s0 - acc": [None, 0.2, None, 0.5], "wide-s0 - acc": [0.2, None, 0.75, None]}
    found = read_arms([chart(tmp_path, curves, steps=(99, 100, 199, 200))])
    assert scores(found) == {"base": {"0": 50.0}, "wide": {"0": 75.0}}


def test_an_arm_all_of_whose_curves_end_early_is_named(tmp_path):
    curves = {"base-s0 - acc": rising(0.5), "wide-s0 - acc": [0.2, 0.25, None, None], "slim-s0 - acc": rising(0.75)}
    found = read_arms([chart(tmp_path, curves)])
    assert found.empty == ("wide",)
    assert "wide has no scores, so it is not compared" in found.notes
