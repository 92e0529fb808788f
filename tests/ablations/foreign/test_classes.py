"""Labels and predictions that spell yes and no in two ways name the same classes."""

import json

import pandas as pd
import pytest

from ablations.foreign.arms import frame_arms, read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError

RIGHT = {"": {"0": 1.0, "1": 0.0, "2": 1.0}}


@pytest.mark.parametrize(
    ("labels", "predictions", "said"),
    [
        (["1", "0", "0"], ["True", "True", "False"], "False is 0, True is 1"),
        (["1.0", "1.0", "1.0"], ["true", "false", "true"], "false is 0, true is 1"),
        (["True", "False", "False"], ["1", "1", "0"], "0 is False, 1 is True"),
        (["TRUE", "FALSE", "TRUE"], ["true", "true", "true"], "true is TRUE"),
    ],
)
def test_true_and_one_are_one_class(tmp_path, labels, predictions, said):
    rows = [f"{place},{label},{guess}" for place, (label, guess) in enumerate(zip(labels, predictions, strict=True))]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["example,label,prediction", *rows]))
    found = read_arms([path])
    assert found.arms[0].answers == RIGHT
    assert f"a.csv: predictions are spelled otherwise than labels: {said}" in found.notes
    assert read_arms([path], Asked(measure="balanced_accuracy")).arms[0].scores["0"] > 0


def test_bools_of_json_and_data_frames_are_zeros_and_ones(tmp_path):
    rows = [{"example": place, "label": place < 1, "prediction": int(place < 2)} for place in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert read_arms([tmp_path / "a.jsonl"]).arms[0].answers == RIGHT
    assert frame_arms(pd.DataFrame(rows)).arms[0].answers == RIGHT


def test_each_arm_may_have_its_own_spelling():
    rows = [(arm, 0, place, place % 2, place % 2) for arm in "ab" for place in range(4)]
    frame = pd.DataFrame(rows, columns=["run", "seed", "example", "label", "prediction"]).astype({"prediction": object})
    frame.loc[frame.run == "b", "prediction"] = [False, True, True, True]
    found = frame_arms(frame)
    assert [arm.scores for arm in found.arms] == [{"0": 100.0}, {"0": 75.0}]
    assert "b: predictions are spelled otherwise than labels: False is 0, True is 1" in found.notes


@pytest.mark.parametrize("measure", ["accuracy", "macro_f1"])
def test_labels_and_predictions_without_a_common_class_are_refused(tmp_path, measure):
    path = tmp_path / "a.csv"
    path.write_text("label,prediction\n0,n02\n1,n01\n2,n03\n3,n04\n")
    said = (
        r"a.csv: no prediction is one of the labels \(prediction: 'n01', 'n02', 'n03', ...; label: '0', '1', '2', ...\)"
    )
    with pytest.raises(UserError, match=said):
        read_arms([path], Asked(measure=measure))


def test_all_may_be_wrong_where_the_classes_are_the_same(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("label,prediction\n0,1\n0,1\n")
    assert read_arms([path]).arms[0].scores == {"": 0.0}
    path.write_text("label,prediction\ncat,\ndog,\n")
    assert read_arms([path]).arms[0].scores == {"": 0.0}, "missing predictions are wrong"
