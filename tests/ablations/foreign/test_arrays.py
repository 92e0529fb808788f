"""NumPy files hold scores or answers, of one run or of several."""

import numpy as np
import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import read_arms, score_arms
from inception_keras import UserError


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [
        ([2.0, 1.0, np.nan, np.nan], [2, 0, 0, 0]),
        ([2.0, 1.0, np.nan, np.nan], [2.0, np.nan, np.nan, 1.0]),
        (["2", "1", "", ""], ["2.0", "", "", "1"]),
        ([b"2", b"1", b"", b""], [2, 0, 0, 0]),
    ],
)
def test_numpy_files_compare_labels_as_tables_do(tmp_path, labels, predictions):
    np.savez(tmp_path / "a.npz", labels=labels, predictions=predictions)
    found = read_arms([tmp_path / "a.npz"])
    assert found.arms[0].answers == {"": {"0": 1.0, "1": 0.0}}
    assert "2 rows of a.npz without a label left out" in found.notes
    np.savez(tmp_path / "a.npz", labels=labels, predictions=labels)
    assert read_arms([tmp_path / "a.npz"]).arms[0].answers == {"": {"0": 1.0, "1": 1.0}}, "all of them are right"


def test_numpy_files_hold_answers_of_one_or_several_runs(tmp_path):
    answers = np.array([[True, False, True], [True, True, True]])
    np.save(tmp_path / "several.npy", answers)
    np.save(tmp_path / "one.npy", answers[0])
    np.savez(tmp_path / "labelled.npz", predictions=[1, 2, 3], labels=[1, 0, 3])
    found = {path.stem: read_arms([path]).arms[0] for path in tmp_path.iterdir()}
    assert found["several"].answers == {"0": {"0": 1, "1": 0, "2": 1}, "1": {"0": 1, "1": 1, "2": 1}}
    assert found["one"].answers == {"": {"0": 1, "1": 0, "2": 1}} == found["labelled"].answers


def test_a_perfect_run_has_answers_and_no_scores(tmp_path):
    np.save(tmp_path / "perfect.npy", np.ones(4, int))
    np.save(tmp_path / "scores.npy", np.ones(4))
    perfect, scores = (read_arms([tmp_path / f"{name}.npy"]).arms[0] for name in ("perfect", "scores"))
    assert perfect.answers == {"": {"0": 1, "1": 1, "2": 1, "3": 1}}
    assert not scores.answers, "four runs that reached 100%"
    np.save(tmp_path / "scores.npy", np.ones((2, 2)))
    assert read_arms([tmp_path / "scores.npy"]).arms[0].answers == {name: {"0": 1, "1": 1} for name in "01"}


@pytest.mark.parametrize("columns", [20, 2])
def test_learning_curves_are_no_answers_to_examples(tmp_path, columns):
    """The 20 epochs of 8 runs counted as 20 test examples, and their mean as the score."""
    curves = np.random.default_rng(0).uniform(0.5, 0.9, (8, columns))
    np.save(tmp_path / "a.npy", curves)
    np.savez(tmp_path / "b.npz", old=curves, new=curves)
    said = rf"holds 0 and 1 alone; got other numbers in \(8, {columns}\): .* array\[:, -1\]; .*seed, example and score"
    for read in (
        lambda: read_arms([tmp_path / "a.npy"]),
        lambda: read_arms([tmp_path / "b.npz"]),
        lambda: score_arms({"old": curves}),
    ):
        with pytest.raises(UserError, match=said):
            read()


def test_a_column_of_scores_is_one_of_runs(tmp_path):
    """Scores `(runs, 1)` ended in a traceback: each run seemed to have answered one example."""
    scores = np.array([0.5, np.nan, 0.75])
    np.save(tmp_path / "a.npy", scores[:, None])
    assert list(read_arms([tmp_path / "a.npy"]).arms[0].scores.values()) == [50.0, 75.0]
    found = score_arms({"a": scores[:, None], "b": scores})
    assert [(arm.scores, arm.answers) for arm in found.arms] == [({"0": 50.0, "2": 75.0}, {})] * 2
    assert judge(found).judged[0].evidence.found.n == 2


def test_answers_to_one_common_example_are_refused_in_one_line(tmp_path):
    """They ended in a traceback, since an interval over examples takes two."""
    np.save(tmp_path / "a.npy", np.array([[True], [False], [True]]))
    np.save(tmp_path / "b.npy", np.array([[True], [True], [False]]))
    with pytest.raises(UserError, match=r"a and b have one example in common \(0\).*give answers to several"):
        judge(read_arms([tmp_path / "a.npy", tmp_path / "b.npy"]))
