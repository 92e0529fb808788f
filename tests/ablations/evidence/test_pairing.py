"""Which runs and examples of foreign arms are compared, and what can't be judged."""

import numpy as np
import pytest

from ablations.evidence.foreign import check_not_worse, judge
from ablations.evidence.planning import spreads
from ablations.evidence.verdict import NOT_JUDGED
from ablations.foreign.arms import read_arms, score_arms
from inception_keras import UserError

SCORES = [80.1, 80.4, 79.8, 80.2, 80.0, 80.3, 79.9, 80.5]


def answers(share, runs=8, examples=200, seed=0):
    return np.random.default_rng(seed).random((runs, examples)) < share


def test_seeds_that_changed_nothing_are_not_judged():
    """Seven copies of one score are one run: an interval of no width says nothing of another seed."""
    foreign = score_arms({"old": [80.12] * 7, "new": [80.34] * 7})
    found = judge(foreign)
    (one,) = found.judged
    assert one.verdict.name == NOT_JUDGED and not one.verdict.more_seeds
    assert (
        one.verdict.reason
        == "all runs of an arm have the same score, so the seeds changed nothing and each arm is one run"
    )
    assert not judge(score_arms({"old": [80.12] * 8, "new": SCORES})).judged[0].obstacle, "one without seeds is fine"
    (check,) = check_not_worse(found, 1.0)
    assert "not shown: all runs of an arm have the same score" in check.broken
    with pytest.raises(UserError, match="they differ by the same everywhere, so there is no spread"):
        spreads(foreign)


def test_runs_with_the_same_answers_count_as_one():
    old, new = answers(0.7, runs=1)[0], answers(0.8, runs=1, seed=1)[0]
    found = judge(score_arms({"old": np.stack([old] * 8), "new": np.stack([new] * 8)}))
    alone = judge(score_arms({"old": old[None], "new": new[None]}))
    assert found.judged[0].evidence == alone.judged[0].evidence and found.judged[0].evidence.over == "examples"
    assert "old and new: all runs of an arm gave the same answers, so they count as one run" in found.assumptions


def test_a_run_that_ended_early_is_named_with_the_means_that_are_compared(tmp_path):
    rows = [("example", "seed", "old", "new")]
    rows += [(f"q{n}", seed, int(n % 5 > 0), int(n % 10 > 0)) for seed in range(7) for n in range(50)]
    rows = [row for row in rows if row[1] != 3 or row[0] in ("q0", "q1", "q2", "q3")]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    said = (
        "46 examples of 50 lack a score in some run and are left out (run 3 of old has the fewest, 4); over the others "
    )
    assert f"old and new: {said}old 75.00, new 75.00" in judge(read_arms([path])).assumptions


def test_one_common_example_is_refused():
    with pytest.raises(UserError, match="one example in common .*, which says nothing of others"):
        judge(score_arms({"old": answers(0.5, examples=1), "new": answers(0.9, examples=1, seed=3)}))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([""] * 8, "not shown: it has no scores"),
        (["81"] * 6 + ["nan"] * 2, "2 scores of it missing, not finite, or of runs"),
    ],
)
def test_a_gate_does_not_pass_an_arm_whose_runs_failed(tmp_path, cells, words):
    """A run that diverged is the worst there is; left out, the arm would be shown not to be worse."""
    path = tmp_path / "a.csv"
    rows = [f"{seed},{score},{score + 1},{cells[seed]}" for seed, score in enumerate(SCORES)]
    path.write_text("\n".join(["seed,base,good,crashed", *rows]))
    good, crashed = check_not_worse(judge(read_arms([path])), 1.0)
    assert not good.broken
    assert crashed.name == "crashed not worse than base by 1 point" and words in crashed.broken
