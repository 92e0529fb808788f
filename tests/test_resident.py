"""The cases of a GPU, on a processor: what is timed there, at a size of milliseconds."""

from dataclasses import replace

import keras
import pytest

from ablations import shares
from benchmarks import __main__ as command
from benchmarks.cases import CASES, Case
from benchmarks.contestants import CONTESTANTS
from inception_keras.errors import UserError

TINY = Case(
    name="tiny",
    why="A few milliseconds",
    work="train",
    contestants=("scan", "step"),
    base={"model": "three_convolutions", "width": 0.2},
    side=32,
    batch=8,
    classes=10,
    augmentation=("crop", "flip"),
    device="gpu",
)
ON_JAX = pytest.mark.skipif(keras.backend.backend() != "jax", reason="scanning is JAX's: KERAS_BACKEND=jax")


@ON_JAX
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_dispatches_do_the_steps_that_they_are_asked_for(precision, monkeypatch):
    from benchmarks import resident

    monkeypatch.setattr(resident, "LEAST", 4)
    monkeypatch.setattr(resident, "MOST", 4)
    case = replace(TINY, precision=precision)
    tasks = {name: resident.prepare(case, CONTESTANTS[name].setting) for name in TINY.contestants}
    for task in tasks.values():
        task.run(6)  # more than an epoch; it raises where it came to fewer
    assert (tasks["scan"].steps, tasks["step"].steps) == (4 * resident.EPOCHS, None)
    assert tasks["scan"].params == tasks["step"].params > 0
    assert tasks["scan"].macs == tasks["step"].macs > 0


def test_the_cases_are_those_of_the_device(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())  # which is set, and put back after the test
    names = {device: {case.name for case in command._cases(None, device)} for device in ("cpu", "gpu")}
    assert names["cpu"] | names["gpu"] == {case.name for case in CASES}
    assert {name for name in names["cpu"] | names["gpu"] if name.startswith("gpu_")} == names["gpu"]
    for found, device in ((["0"], "gpu"), ([], "cpu")):
        monkeypatch.setattr(command, "gpus", lambda found=found: found)
        assert {case.name for case in command._cases(None, None)} == names[device]
    with pytest.raises(UserError, match="unknown --device 'gpus': allowed are 'cpu', 'gpu'; did you mean 'gpu'"):
        command._cases(None, "gpus")


def test_a_gpu_has_a_name_of_several_words(monkeypatch):
    class Answer:
        returncode, stdout = 0, "NVIDIA H100 80GB HBM3\nNVIDIA H100 80GB HBM3\n"

    monkeypatch.setattr(shares.shutil, "which", lambda name: name)
    monkeypatch.setattr(shares.subprocess, "run", lambda *a, **k: Answer)
    assert shares.ask_nvidia("name") == ["NVIDIA H100 80GB HBM3"] * 2
