"""Averages of weights: the formulas of their sources, and that a trial is evaluated with them."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from ablations.data import datasets
from ablations.data.splits import Split
from ablations.records.checkpoints import Checkpoints
from ablations.records.outcomes import Stopped
from ablations.training.averaging import AverageCallback, WeightAverage
from ablations.training.callback import TrialCallback
from ablations.training.devices import Devices
from ablations.training.keras_fit import KerasFit
from ablations.training.progress import TrialListener
from ablations.training.seeding import reset_optimizer, seed_model
from ablations.training.trainer import Trainer
from inception_keras import UserError
from tests.support.bench import QUICK, TINY
from tests.support.small_networks import small

pytestmark = pytest.mark.jax
RECIPE = replace(TINY.recipe, epochs=4, batch_size=8)
STEPS = 5


def test_an_average_that_would_never_move_is_refused():
    """It would be evaluated in place of the weights: an untrained network, recorded as done."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    recipe = replace(RECIPE, averaging="ema", average_every=21)
    with pytest.raises(UserError, match="average_every=21 is more than all 20 steps of the training"):
        WeightAverage(model, recipe, steps=20)
    assert WeightAverage(model, recipe, steps=21)
    with pytest.raises(UserError, match="average_decay=1 holds the average where it starts"):
        replace(RECIPE, averaging="ema", average_decay=1.0)


def numbers(variables) -> list[np.ndarray]:
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def drift(recipe) -> list[tuple[float, float]]:
    """Moves the one weight of a network by 1 per step for 4 epochs; returns weight and average after each step."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    average = WeightAverage(model, recipe, steps=4 * STEPS)
    (weight,), (shadow,) = average.sources, average.variables
    weight.assign([[0.0]])
    average.reset()
    callback = AverageCallback(average, STEPS)
    callback.set_model(model)
    rows = []
    for epoch in range(4):
        callback.on_epoch_begin(epoch)
        for batch in range(STEPS):
            weight.assign(weight + 1.0)
            callback.on_train_batch_end(batch)
            rows.append((float(numbers([weight])[0].item()), float(numbers([shadow])[0].item())))
    return rows


def test_ema_is_that_of_its_source():
    shadow, expected = 0.0, []
    for step in range(1, 21):
        if step % 3 == 0:  # cifar10-fast, bag_of_tricks.ipynb: rho = momentum ** update_freq, lerp towards the weights
            shadow += (step - shadow) * (1 - 0.9**3)
        expected.append((step, shadow))
    found = drift(replace(RECIPE, averaging="ema", average_every=3, average_decay=0.9))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_lookahead_is_that_of_airbench():
    weight = shadow = 0.0
    expected = []
    for step in range(1, 21):
        weight += 1
        if step % 5 == 0:  # airbench94.py: alpha_schedule = 0.95 ** 5 * (step / steps) ** 3
            decay = 0.95**5 * (step / 20) ** 3
            shadow = decay * shadow + (1 - decay) * weight
            weight = shadow  # the network goes on from there
        expected.append((weight, shadow))
    found = drift(replace(RECIPE, averaging="lookahead"))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


class Recorded(TrialCallback):
    """Keeps the weights after each step."""

    def __init__(self, average):
        super().__init__(TrialListener(), 1e9)
        self.average, self.weights = average, []

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()
        self.weights.append(numbers(self.average.sources))


def test_it_follows_the_weights_through_the_steps_of_fit():
    """Moving statistics too, as in both sources."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (STEPS * 8, 16, 16, 1), np.uint8)
    split = Split(images, random.integers(0, 10, len(images)).astype("int32"), np.arange(len(images)))
    keras.utils.clear_session()
    model = small()
    seed_model(model, 1)
    reset_optimizer(model.optimizer)
    recipe = replace(RECIPE, augmentation=(), averaging="ema", average_every=2)
    average = WeightAverage(model, recipe, 4 * STEPS)
    average.reset()
    expected = numbers(average.sources)
    fit, watch = KerasFit(model, split, recipe, Devices(), average), Recorded(average)
    for epoch in range(2):
        fit.train(1, epoch, watch, STEPS)
    for weights in watch.weights[1::2]:
        expected = [one + (value - one) * (1 - 0.95**2) for one, value in zip(expected, weights, strict=True)]
    assert {variable.name for variable in average.sources} >= {"kernel", "beta", "moving_mean", "moving_variance"}
    for place, (found, values) in enumerate(zip(numbers(average.variables), expected, strict=True)):
        np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-6, err_msg=average.sources[place].path)


class TestOfATrial:
    @pytest.fixture(scope="class")
    def data(self):
        return datasets.load("digits", image_size=32, fraction=0.2)

    @pytest.fixture(scope="class", params=["ema", "lookahead"])
    def trainer(self, request, data):
        recipe = replace(QUICK.recipe, epochs=2, averaging=request.param, average_every=2, average_decay=0.7)
        study = replace(QUICK, recipe=recipe, base={**QUICK.base, "dropout": 0.2})
        return Trainer(study, study.arms[0], data)

    def test_it_ends_with_its_average_and_is_evaluated_with_it(self, trainer):
        outcome = trainer.train(0, TrialListener())
        for weights, average in zip(*map(numbers, (trainer.average.sources, trainer.average.variables)), strict=True):
            np.testing.assert_array_equal(weights, average)
        validation = trainer.evaluations.validate(1).metrics
        assert outcome.metrics["validation"] == validation, "also after the epochs"

    def test_a_trial_that_was_stopped_ends_bit_for_bit_as_one_that_was_not(self, trainer, tmp_path):
        whole = trainer.train(1, TrialListener())
        end = numbers(trainer.average.sources)
        with pytest.raises(Stopped):
            trainer.train(1, TrialListener(), Checkpoints(tmp_path), lambda: True)
        trainer.train(2, TrialListener())
        resumed = trainer.train(1, TrialListener(), Checkpoints(tmp_path))
        assert (resumed.history, resumed.metrics) == (whole.history, whole.metrics)
        for one, other in zip(end, numbers(trainer.average.sources), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_the_training_goes_on_from_the_weights_after_an_evaluation(self, trainer):
        before = numbers(trainer.average.sources)
        for average in trainer.average.variables:
            average.assign(keras.ops.zeros(average.shape))
        with trainer.average.in_place():
            assert not any(weights.any() for weights in numbers(trainer.average.sources))
        for one, other in zip(before, numbers(trainer.average.sources), strict=True):
            np.testing.assert_array_equal(one, other)
