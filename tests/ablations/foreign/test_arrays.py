"""NumPy files hold scores or answers, of one run or of several."""

import numpy as np
import pytest

from ablations.foreign.arms import read_arms


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
