"""The benchmark cases for a GPU, run on a CPU at a size of milliseconds."""

from dataclasses import replace

import keras
import pytest

from benchmarks import __main__ as command
from benchmarks.cases import CASES, Case
from benchmarks.contestants import CONTESTANTS
from inception_keras.errors import UserError

pytestmark = pytest.mark.jax
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
        task.run(6)  # more than an epoch; raises if it did fewer
    assert (tasks["scan"].steps, tasks["step"].steps) == (4 * resident.EPOCHS, None)
    assert tasks["scan"].params == tasks["step"].params > 0
    assert tasks["scan"].macs == tasks["step"].macs > 0


@ON_JAX
def test_seeds_of_one_program_are_those_of_their_own(monkeypatch):
    import numpy as np

    from ablations.training.seeding import reset_optimizer, seed_model
    from benchmarks import ours, resident, seeds

    monkeypatch.setattr(resident, "LEAST", 5)
    monkeypatch.setattr(resident, "MOST", 5)
    devices = ours.Devices()
    devices.dispatch = "scan"
    trainer = ours.Timed(TINY, resident.random(TINY), repeated=False, devices=devices)
    together = seeds.Together(trainer.model, trainer.data.train, trainer.recipe, devices)
    together.together = 3  # so that the last chunk has a step that does not count
    together.begin((1, 2))
    losses = together.train_all(0, 5)
    assert losses.shape == (2, 2)
    for place, seed in enumerate((1, 2)):
        seed_model(trainer.model, seed)
        reset_optimizer(trainer.model.optimizer)
        trainer.take(5, seed)
        alone = [variable.numpy() for variable in trainer.model.trainable_variables]
        for one, several in zip(alone, together.states[0], strict=True):
            np.testing.assert_allclose(several[place], one, rtol=1e-4, atol=1e-6)
    assert not np.allclose(losses[0], losses[1])


@ON_JAX
def test_a_task_of_several_seeds_counts_all_their_images(monkeypatch):
    from benchmarks import resident, seeds

    monkeypatch.setattr(resident, "LEAST", 2)
    monkeypatch.setattr(resident, "MOST", 2)
    several, one = (resident.prepare(TINY, setting) for setting in ("seeds", "scan"))
    several.run(3)
    assert several.images == seeds.SEEDS * one.images
    assert (several.params, several.macs) == (one.params, seeds.SEEDS * one.macs)


def test_the_cases_are_those_of_the_device(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())  # which `_cases` sets; restored after the test
    names = {device: {case.name for case in command._cases(None, device)} for device in ("cpu", "gpu")}
    assert names["cpu"] | names["gpu"] == {case.name for case in CASES}
    assert {name for name in names["cpu"] | names["gpu"] if name.startswith("gpu_")} == names["gpu"]
    for found, device in ((["0"], "gpu"), ([], "cpu")):
        monkeypatch.setattr(command, "gpus", lambda found=found: found)
        assert {case.name for case in command._cases(None, None)} == names[device]
    with pytest.raises(UserError, match="unknown --device 'gpus': did you mean 'gpu'\\? allowed are 'cpu', 'gpu'"):
        command._cases(None, "gpus")
