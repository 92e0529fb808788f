"""A column that is no score is never judged in place of one that is, without a word."""

import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write


@pytest.mark.parametrize("cell", ["0.80 ± 0.01", "81.2 (0.3)", "0.81*", "~0.8"])
@pytest.mark.parametrize("other", ["minutes", "loss"])
def test_a_score_whose_cells_are_texts_is_refused(tmp_path, cell, other):
    """The minutes were judged: accuracies beside their spreads are no numbers, so that the column was skipped."""
    rows = "".join(f"{seed},{cell},{30 + seed}\n" for seed in range(8))
    path = write(tmp_path, "a.csv", f"seed,accuracy,{other}\n{rows}")
    with pytest.raises(UserError, match=rf"a.csv, line 2: accuracy has .*is no number: .*--score {other}") as caught:
        read_arms([path])
    assert repr(cell) in str(caught.value)
    assert len(read_arms([path], Asked(score=other)).arms[0].scores) == 8


def test_a_kind_of_loss_is_no_score(tmp_path):
    path = write(tmp_path, "a.csv", "run,loss,seed,result\na,focal,0,0.5\nb,l1,0,0.25\n")
    assert read_arms([path]).score == "result"


@pytest.mark.parametrize("column", ["loss_weight", "loss-scale", "config.loss_alpha", "acc_threshold", "loss weight 2"])
def test_a_setting_that_is_named_after_a_score_is_no_score(tmp_path, column):
    """`loss_weight` was judged as a loss, and the column `result` was not looked at."""
    rows = [f"{group},{seed},{seed / 10},{0.8 + seed / 100}" for group in ("base", "wide") for seed in range(3)]
    found = read_arms([write(tmp_path, "a.csv", "\n".join([f"Group,seed,{column},result", *rows]))])
    assert found.score == "result"
    said = f"a.csv: {column} is a setting by name, and no score: if it is the score, type --score {column}"
    assert said in found.notes


def test_a_setting_named_after_a_score_is_no_arm(tmp_path):
    path = write(tmp_path, "a.csv", "seed,loss_weight,base,wide\n0,0.1,0.5,0.75\n1,0.2,0.25,0.5\n")
    assert list(scores(read_arms([path]))) == ["base", "wide"]
    assert read_arms([path], Asked(score="loss_weight")).score == "loss_weight"
