"""Rows of a training log are epochs of one run: nothing counts them as seeds, pairs or examples."""

import pytest

from ablations.evidence.foreign import judge
from ablations.evidence.verdict import NOT_JUDGED
from ablations.foreign.arms import frame_arms, read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError

LAST = r"rows are epochs of one run \(column {}\).*type --where {}={} for the last one"


def write(folder, name, lines):
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines))
    return path


def log(column="epoch", epochs=range(30)):
    return [f"{column},val_accuracy", *(f"{epoch},{0.9 + epoch % 3 / 1000}" for epoch in epochs)]


def test_a_training_log_is_one_run_and_its_last_epoch_counts(tmp_path):
    paths = [write(tmp_path, name, log()) for name in ("a", "b")]
    with pytest.raises(UserError, match="a.csv: its " + LAST.format("epoch", "epoch", 29)):
        read_arms(paths)
    found = read_arms(paths, Asked(where=("epoch=29",)))
    assert [len(arm.scores) for arm in found.arms] == [1, 1]
    assert judge(found).judged[0].verdict.name == NOT_JUDGED


@pytest.mark.parametrize("column", ["Step", "global_step", "iteration"])
def test_steps_are_no_runs_either(tmp_path, column):
    with pytest.raises(UserError, match=LAST.format(column, column, 900)):
        read_arms([write(tmp_path, "a", log(column, range(100, 1000, 100)))])


@pytest.mark.parametrize(
    "lines",
    [
        ["epoch,baseline,wider", *(f"{n},0.8{n},0.9{n}" for n in range(3))],
        ["run,epoch,accuracy", *(f"{run},{n},0.9{n}" for run in "ab" for n in range(3))],
        ["run,seed,epoch,accuracy", *(f"{run},{seed},{n},0.9" for run in "ab" for seed in "01" for n in range(3))],
        ["run,epoch,accuracy", *(f"{run},{n},0.9{n}" for run in "01" for n in range(3))],
        ["name,epoch,accuracy", *(f"wide-seed{run},{n},0.9{n}" for run in "01" for n in range(3))],
        ["epoch,label,prediction", *(f"{n},cat,{guess}" for n in range(3) for guess in ("cat", "dog"))],
        ["epoch,correct", *(f"{n},{right}" for n in range(3) for right in "01")],
        ["run,epoch,accuracy", *(f"a,{n},0.9{n}" for n in range(5)), *(f"b,{n},0.9{n}" for n in range(3))],
    ],
)
def test_no_shape_counts_an_epoch_as_a_run_or_an_example(tmp_path, lines):
    path = write(tmp_path, "a", lines)
    with pytest.raises(UserError, match=LAST.format("epoch", "epoch", 2)):
        read_arms([path])
    kept = read_arms([path], Asked(where=("epoch=2",)))
    assert all(len(arm.scores) <= 2 for arm in kept.arms)


@pytest.mark.parametrize("measure", ["accuracy", "balanced_accuracy"])
def test_answers_of_several_epochs_are_not_mixed(tmp_path, measure):
    lines = [f"{n},{example},{example % 2},1" for n in range(3) for example in range(4)]
    path = write(tmp_path, "a", ["epoch,example,label,prediction", *lines])
    with pytest.raises(UserError, match=LAST.format("epoch", "epoch", 2)):
        read_arms([path], Asked(measure=measure))


@pytest.mark.parametrize(
    "lines",
    [
        ["seed,epoch,accuracy", "0,88,0.9", "1,90,0.91"],
        ["Name,Group,epoch,test/acc", "x,wide,88,0.9", "y,wide,90,0.91"],
        ["epoch,accuracy", "1,", "2,", "3,0.9"],
        ["epoch,accuracy", "90,0.9", "90,0.91"],
    ],
)
def test_runs_with_the_epoch_they_ended_at_are_runs(tmp_path, lines):
    (arm,) = read_arms([write(tmp_path, "a", lines)]).arms
    assert len(arm.scores) == sum(line[-1] != "," for line in lines) - 1


def test_epochs_that_were_asked_for_as_arms_are_arms(tmp_path):
    lines = [f"{seed},{epoch},0.9" for epoch in (10, 90) for seed in range(2)]
    found = read_arms([write(tmp_path, "a", ["seed,epoch,accuracy", *lines])], Asked(run="epoch"))
    assert [arm.name for arm in found.arms] == ["10", "90"]


def test_a_data_frame_is_a_training_log_too():
    import pandas as pd

    with pytest.raises(UserError, match=LAST.format("epoch", "epoch", 2)):
        frame_arms(pd.DataFrame({"epoch": range(3), "val_accuracy": [0.1, 0.2, 0.3]}))
