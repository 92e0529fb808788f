"""Which way is better, as the name of a score says it: a wrong guess turns every verdict upside down."""

import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from tests.support.foreign_files import write

ASSUMED = "higher is better, though no name says so of {}: if lower is, type --less-is-better"


def table(folder, score, values=(0.5, 0.25)):
    rows = [f"{run},{seed},{value + seed / 1000}" for run, value in zip("ab", values, strict=True) for seed in range(8)]
    return write(folder, "a.csv", "\n".join([f"run,seed,{score}", *rows]))


@pytest.mark.parametrize("score", ["test_neg_log_loss", "neg_mean_squared_error", "negative_rmse", "neg-wer"])
def test_more_of_a_negated_loss_is_better(tmp_path, score):
    """scikit-learn's scorers negate losses; the better model was called the worse one, without a note."""
    found = read_arms([table(tmp_path, score, (-0.5, -0.25))])
    assert (found.less_is_better, ASSUMED.format(score) in found.notes) == (False, False)
    assert judge(found).judged[0].evidence.improvement == 1


@pytest.mark.parametrize(
    ("score", "values"),
    [
        ("accuracy_drop", (3.0, 2.0)),
        ("acc gap", (3.0, 2.0)),
        ("error_reduction", (3.0, 2.0)),
        ("loss_difference", (3.0, 2.0)),
        ("negative_acc", (0.5, 0.25)),
        ("loss_neg", (0.5, 0.25)),
        ("neg_loss", (0.5, 0.25)),
    ],
)
def test_a_change_of_a_score_says_nothing_of_what_is_better(tmp_path, score, values):
    """The larger drop of an accuracy was called better; a loss above 0 is that of negatives, and not negated."""
    found = read_arms([table(tmp_path, score, values)])
    assert ASSUMED.format(score) in found.notes
    assert read_arms([table(tmp_path, score, values)], Asked(less_is_better=True)).less_is_better


def test_columns_of_negated_losses_are_arms_of_one(tmp_path):
    path = write(tmp_path, "w.csv", "seed,neg_loss_a,neg_loss_b\n0,-0.5,-0.25\n1,-0.5,-0.2\n")
    found = read_arms([path], Asked(arms=("neg_loss_a", "neg_loss_b")))
    assert (found.score, found.less_is_better) == ("neg_loss", False)
