"""What tells runs apart: seeds, repeats and folds. None of these is an arm, and several belong together."""

import pandas as pd
import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import frame_arms, read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write

FOLDS = "fold is taken as a fold of a cross-validation; folds share training data, so they are no independent runs"


def crossed(folder, header, rows=5):
    lines = [f"{one},{other},0.{one}{other},0.{one}{other}5" for one in range(2) for other in range(rows)]
    return write(folder, "cv.csv", "\n".join([header, *lines]))


@pytest.mark.parametrize("header", ["repeat,fold", "fold,repeat", "seed,fold", "random_state,split"])
def test_repeats_and_folds_are_one_key(tmp_path, header):
    """`fold` was taken as an arm, and "seed 0 of fold stands twice"."""
    found = read_arms([crossed(tmp_path, f"{header},base,wide")])
    assert [arm.name for arm in found.arms] == ["base", "wide"]
    assert judge(found).judged[0].evidence.found.n == 10
    first, second = header.split(",") if not header.startswith("fold") else ("repeat", "fold")
    assert f"{first} 0, {second} 1" in found.arms[0].scores
    assert any("is taken as a fold of a cross-validation" in note for note in found.notes)


def test_folds_are_named_as_such(tmp_path):
    path = write(tmp_path, "a.csv", "fold,accuracy\n0,0.5\n1,0.25\n")
    assert any(FOLDS in note for note in read_arms([path]).notes)
    seeds = write(tmp_path, "b.csv", "seed,accuracy\n0,0.5\n1,0.25\n")
    assert not any("fold" in note for note in read_arms([seeds]).notes)


def test_one_key_that_was_asked_for_is_not_joined_and_the_other_is_no_arm(tmp_path):
    path = crossed(tmp_path, "repeat,fold,base,wide")
    with pytest.raises(UserError, match="seed 0 of base stands twice"):
        read_arms([path], Asked(seed="repeat"))
    kept = read_arms([path], Asked(seed="repeat", where=("fold=1",)))
    assert scores(kept) == {"base": {"0": 1.0, "1": 11.0}, "wide": {"0": 1.5, "1": 11.5}}


def test_a_joined_key_that_stands_twice_is_named(tmp_path):
    path = write(tmp_path, "a.csv", "repeat,fold,accuracy\n0,1,0.5\n0,1,0.25\n")
    with pytest.raises(UserError, match="a.csv: repeat 0, fold 1 of a stands twice"):
        read_arms([path])


@pytest.mark.parametrize("column", ["rng", "rep", "cv", "split"])
def test_a_column_of_whole_numbers_that_tells_runs_apart_is_no_arm(tmp_path, column):
    """The seeds 42 to 49 of a column `rng` were the baseline, and both arms were better than it."""
    path = write(tmp_path, "a.csv", f"{column},base,wide\n42,80.5,81.5\n43,81.5,82.5\n")
    assert scores(read_arms([path])) == {"base": {"42": 80.5, "43": 81.5}, "wide": {"42": 81.5, "43": 82.5}}


def test_arms_may_be_called_split_or_rep(tmp_path):
    path = write(tmp_path, "a.csv", "seed,full,split,rep\n0,0.5,0.75,0.25\n1,0.25,0.5,0.25\n2,0.5,0.5,0.75\n")
    assert [arm.name for arm in read_arms([path]).arms] == ["full", "split", "rep"]


@pytest.mark.parametrize("levels", [["seed"], ["run"], ["run", "seed"]])
def test_a_named_index_of_a_data_frame_is_a_column(levels):
    """The seeds of `frame.set_index("seed")` were lost, so that no runs were pairs."""
    frame = pd.DataFrame({"run": list("aabb"), "seed": [3, 4, 3, 4], "accuracy": [0.5, 0.75, 0.25, 0.5]})
    expected = {"a": {"3": 50.0, "4": 75.0}, "b": {"3": 25.0, "4": 50.0}}
    assert scores(frame_arms(frame.set_index(levels))) == expected
    assert scores(frame_arms(frame.set_index("seed", drop=False))) == expected
    wide = frame.pivot(index="seed", columns="run", values="accuracy")
    assert scores(frame_arms(wide)) == expected


@pytest.mark.parametrize(
    ("names", "arms"),
    [
        (("adam_layers2", "adam_layers4", "sgd_layers2", "sgd_layers4"), None),
        (("a_grep2", "a_grep3", "b_grep2", "b_grep3"), None),
        (("adam_s2", "adam-s4", "sgd s2", "sgd/s4"), {"adam", "sgd"}),
        (("adamSeed2", "adam-SEED4", "sgdRun2", "sgd_rep=4"), {"adam", "sgd"}),
    ],
)
def test_a_seed_in_a_name_stands_apart(tmp_path, names, arms):
    """The `s` at the end of `layers2` was taken as that of a seed, and 14 models as 2 with 7 seeds."""
    rows = "".join(f"{name},0.{place + 1}\n" for place, name in enumerate(names))
    found = read_arms([write(tmp_path, "a.csv", f"name,accuracy\n{rows}")])
    assert {arm.name for arm in found.arms} == (arms or set(names))
