"""Tables of means over runs, as papers print them."""

import math

import pandas as pd
import pytest

from ablations import compare
from ablations.evidence.foreign import judge
from ablations.evidence.planning import spreads
from ablations.evidence.verdict import NOT_JUDGED, REPRODUCED
from ablations.foreign.arms import frame_arms, read_arms, score_arms
from ablations.foreign.asked import Asked
from ablations.statistics import Summary
from inception_keras import UserError
from tests.support.foreign_files import write

TABLE = "model,top-1,std,n\nbaseline,76.2,0.3,8\nwider,76.8,0.2,6\n"


def summaries(found):
    return {arm.name: arm.published for arm in found.arms}


def known(tmp_path, text, asked=None):
    return summaries(read_arms([write(tmp_path, "a.csv", text)], asked))


def test_a_table_of_means_is_judged_by_welch(tmp_path):
    foreign = read_arms([write(tmp_path, "a.csv", TABLE)])
    assert summaries(foreign) == {"baseline": Summary(76.2, 0.3, 8), "wider": Summary(76.8, 0.2, 6)}
    (one,) = judge(foreign).judged
    assert one.verdict.name == REPRODUCED and one.means == (76.2, 76.8)
    assert one.evidence.found.test == "Welch's t" and not one.evidence.found.paired and one.evidence.found.n == 6
    (spread,) = spreads(foreign)
    assert spread.sd == pytest.approx(math.hypot(0.3, 0.2)) and spread.n == 6


@pytest.mark.parametrize(
    "text",
    [
        "model,top-1,std,n\na,76.2,0.3,8\n",
        "model,top-1 mean,top-1 std,n_seeds\na,76.2,0.3,8\n",
        "model,top-1,seeds\na,76.2 ± 0.3,8\n",
        "model;top-1;runs\na;76,2 +/- 0,3;8\n",
        "model,top-1,runs\na,76.2$\\pm$0.3,8\n",
        "model,top-1,runs\na,76.2%±0.3%,8\n",
        "model,top-1,±,runs\na,76.2,0.3,8\n",
        "model,top-1,std top-1,loss,loss_sd,count\na,76.2,0.3,1.5,0.1,8\n",
    ],
)
def test_forms_of_a_mean(tmp_path, text):
    asked = Asked(score="top-1") if "loss" in text else None
    assert known(tmp_path, text, asked) == {"a": Summary(76.2, 0.3, 8)}


def test_fractions_and_standard_errors(tmp_path):
    (found,) = known(tmp_path, "model,accuracy,accuracy_stderr,n\na,0.75,0.01,4\n").values()
    assert (found.mean, found.sd, found.n) == (75.0, pytest.approx(2.0), 4)


def test_one_run_has_no_spread(tmp_path):
    foreign = read_arms([write(tmp_path, "a.csv", "model,acc,std,n\na,76.2,,1\nb,76.9,0.2,8\n")])
    (one,) = judge(foreign).judged
    assert one.verdict.name == NOT_JUDGED and math.isinf(one.evidence.found.high)


def test_runs_of_one_score_are_not_judged(tmp_path):
    foreign = read_arms([write(tmp_path, "a.csv", "model,acc,std,n\na,76.2,0,7\nb,76.9,0,8\n")])
    assert "each arm is one run" in judge(foreign).judged[0].obstacle


def test_means_beside_single_runs():
    """A paper's network beside one's own runs."""
    own = [76.1, 76.4, 75.8, 76.2, 76.0, 76.3]
    found = compare({"paper": Summary(77.0, 0.2, 6), "own": own}, unit="percent", claim="worse")
    (row,) = found.table.to_dict("records")
    assert row["variant_mean"] == pytest.approx(sum(own) / 6) and row["baseline_mean"] == 77.0
    assert any("known by mean, spread and number of runs" in note for note in found.assumptions)
    both = compare({"paper": Summary(77.0, 0.2, 6), "own": Summary.of(own)}, unit="percent", claim="worse")
    pd.testing.assert_frame_equal(found.table, both.table)


def test_each_row_is_an_arm_beside_other_files_too(tmp_path):
    """Single runs of other names would be one arm there."""
    paper, own = write(tmp_path, "paper.csv", TABLE), write(tmp_path, "own.csv", "seed,top-1\n0,76.1\n1,76.4\n")
    assert [arm.name for arm in read_arms([paper, own]).arms] == ["baseline", "wider", "own"]


def test_what_pandas_aggregates():
    runs = pd.DataFrame({"model": ["a"] * 6 + ["b"] * 6, "acc": [70.1, 70.3, 69.8, 70.2, 70.0, 70.4] * 2})
    frame = runs.groupby("model").acc.agg(["mean", "std", "count"])
    found = summaries(frame_arms(frame, Asked(unit="percent")))
    assert found["a"] == found["b"] == Summary(*frame.loc["a", ["mean", "std"]], 6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,acc,std,n\na,76.2,0.3,8\na,76.9,0.3,8\n", "a has two means (lines 2 and 3): keep one with --where"),
        ("model,acc,std,n\na,76.2,,8\nb,76.9,0.3,8\n", "line 2: std is missing, and without a spread nothing says"),
        ("model,acc,n\na,76.2,8\nb,76.9±0.3,8\n", "line 2: no ± behind acc"),
        ("model,acc,std,n\na,76.2,-0.3,8\nb,76.9,0.3,8\n", "line 2, std: a spread is 0 or more; got -0.3"),
        ("model,acc,std,n\na,76.2,small,8\nb,76.9,0.3,8\n", "line 2, std: 'small' is no number"),
        ("model,acc,f1,std_f1,n\na,76.2,70,0.3,8\n", "which of acc, f1 is the score? Type --score acc"),
        ("model,acc\na,76.2 ± 0.3\nb,76.9 ± 0.3\n", "a column `n` says of how many"),
    ],
)
def test_what_can_not_be_told(tmp_path, text, message):
    with pytest.raises(UserError) as caught:
        read_arms([write(tmp_path, "a.csv", text)])
    assert message in str(caught.value)


def test_tables_of_single_runs_are_none_of_means(tmp_path):
    """A seed of its own in each row, or no number of runs: `std` is then something else."""
    for text in (
        "model,seed,acc,std,n\na,0,76.2,0.3,8\na,1,76.3,0.3,8\n",
        "seed,acc,std\n0,76.2,0.3\n1,76.4,0.3\n",
        "seed,n,baseline,wider\n0,8,76.2,77.0\n1,8,76.4,77.1\n",
    ):
        assert set(known(tmp_path, text).values()) == {None}


def test_arms_in_memory_may_all_be_means():
    foreign = score_arms({"a": Summary(0.7, 0.01, 6), "b": Summary(0.8, 0.01, 6)}, Asked(unit="fraction"))
    assert summaries(foreign)["b"] == Summary(80.0, 1.0, 6)
