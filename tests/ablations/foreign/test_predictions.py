"""What is asked of NumPy files and of scores in memory is done, or refused: it was ignored."""

import numpy as np
import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import read_arms, score_arms
from ablations.foreign.asked import Asked
from ablations.statistics import classification
from inception_keras import UserError

MEASURES = {
    "balanced_accuracy": classification.balanced_accuracy,
    "macro_f1": classification.macro_f1,
    "class:2": lambda labels, given: np.mean(given[labels == 2] == 2),
}


@pytest.fixture
def files(tmp_path):
    draw = np.random.default_rng(7)
    labels = draw.integers(0, 3, 60)
    made = {}
    for name, wrong in (("pa", 0.4), ("pb", 0.2)):
        predictions = np.where(draw.random((6, 60)) < wrong, draw.integers(0, 3, (6, 60)), labels)
        np.savez(tmp_path / f"{name}.npz", predictions=predictions, labels=labels)
        made[tmp_path / f"{name}.npz"] = predictions
    return made, labels


@pytest.mark.parametrize("measure", MEASURES)
def test_measures_are_made_of_labels_and_predictions(files, measure):
    made, labels = files
    found = read_arms(list(made), Asked(measure=measure))
    for arm, predictions in zip(found.arms, made.values(), strict=True):
        expected = [100 * MEASURES[measure](labels, row) for row in predictions]
        assert list(arm.scores.values()) == pytest.approx(expected)
    (one,) = judge(found).judged
    assert one.evidence.found.n == 6 and not np.isnan(one.evidence.found.correlation), "rows are pairs"


def test_accuracy_has_the_answers_of_each_run(files):
    made, labels = files
    found = read_arms(list(made))
    np.savez(next(iter(made)), predictions=next(iter(made.values())).astype(str), labels=labels)
    assert read_arms(list(made)) == found, "texts by way of a table, numbers at once"
    for arm, predictions in zip(found.arms, made.values(), strict=True):
        assert [list(own.values()) for own in arm.answers.values()] == (predictions == labels).tolist()
    assert {arm.keyed for arm in found.arms} == {"place"}


def test_a_confidence_may_stand_beside_predictions(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, predictions=[1, 1], labels=[1, 0], confidence=[0.75, 0.75])
    assert read_arms([path], Asked(measure="calibration_error")).arms[0].scores == {"0": 25.0}
    np.savez(path, predictions=[1, 1], labels=[1, 0], confidence=[0.75])
    with pytest.raises(UserError, match="confidence has one number per prediction"):
        read_arms([path], Asked(measure="calibration_error"))
    np.savez(path, predictions=[1, 1], labels=[1, 0])
    with pytest.raises(UserError, match="needs a column of confidence"):
        read_arms([path], Asked(measure="calibration_error"))


ASKED = [
    {"where": ("epoch=90",)},
    {"run": "name"},
    {"seed": "s"},
    {"example": "id"},
    {"score": "acc"},
    {"arms": ("b", "a")},
    {"measure": "macro_f1"},
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: next(iter(asked)))
def test_what_can_not_apply_is_refused(files, tmp_path, asked):
    (name,) = asked
    np.save(tmp_path / "z.npy", np.array([0.5, 0.75]))
    with pytest.raises(UserError, match=f"z.npy: .*--{name}.* drop it"):
        read_arms([tmp_path / "z.npy"], Asked(**asked))
    with pytest.raises(UserError, match=f"scores in memory: .*{name}.* drop it") as caught:
        score_arms({"a": [0.5, 0.75], "b": [0.5, 0.25]}, Asked(**asked))
    assert "--" not in str(caught.value)
    if name != "measure":
        with pytest.raises(UserError, match=f"pa.npz: there are no columns, as --{name} would need"):
            read_arms(list(files[0]), Asked(**asked))
