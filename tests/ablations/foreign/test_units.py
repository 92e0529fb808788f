"""In which unit scores are: points of an accuracy, or units of their own."""

import pytest

from ablations.foreign.arms import read_arms, score_arms
from inception_keras import UserError


def write(folder, name, score, base=0.9):
    path = folder / f"{name}.csv"
    path.write_text(f"seed,{score}\n" + "".join(f"{seed},{base + seed / 1000}\n" for seed in range(8)))
    return path


@pytest.mark.parametrize("name", ["top1", "Top-1", "top_5", "val/top 1", "Top-1 acc", "acc1", "Acc@1"])
def test_top_1_is_an_accuracy_however_it_is_written(tmp_path, name):
    found = read_arms([write(tmp_path, "a", name)])
    assert (found.unit, found.less_is_better) == ("points", False)
    assert found.arms[0].scores["0"] == pytest.approx(90.0)


@pytest.mark.parametrize(("name", "less"), [("Top-1 error", True), ("stop_1", False)])
def test_words_beside_top_1_and_words_that_end_so_count_as_they_are(tmp_path, name, less):
    found = read_arms([write(tmp_path, "a", name)])
    assert (found.unit, found.less_is_better) == ("points" if less else "units", less)


def test_scores_from_0_to_1_that_no_name_calls_accuracies_are_told(tmp_path):
    (note,) = [one for one in read_arms([write(tmp_path, "a", "dice")]).notes if "accuracy" in one]
    assert note.startswith("dice is no accuracy by its name, though all scores are from 0 to 1: differences are in its")
    assert note.endswith("own unit, not in points; if it is one, type --unit fraction")
    (note,) = [one for one in read_arms([write(tmp_path, "b", "loss")]).notes if "accuracy" in one]
    assert note == "loss is no accuracy: differences are in its own unit"


@pytest.mark.parametrize("score", [1.7e308, -1e101])
def test_a_score_whose_square_is_too_large_is_refused_in_one_line(tmp_path, score):
    """Losses of runs that diverged ended in an OverflowError."""
    path = tmp_path / "a.csv"
    path.write_text(f"run,seed,loss\na,0,0.5\nb,0,{score}\n")
    with pytest.raises(UserError, match=r"a.csv: the score .* of b is too large .*leave that of a run that diverged"):
        read_arms([path])
    with pytest.raises(UserError, match="too large to compute with"):
        score_arms({"a": [0.5, 0.6], "b": [score, 0.5]})
