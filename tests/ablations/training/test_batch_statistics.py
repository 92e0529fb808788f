"""Batch statistics that are recomputed before an evaluation: exact, and without a trace in the training."""

from dataclasses import replace
from itertools import islice

import keras
import numpy as np
import pytest

from ablations.data import datasets
from ablations.data.batches import training_batches
from ablations.records.checkpoints import Checkpoints, capture
from ablations.records.outcomes import Stopped
from ablations.training.batch_statistics import BatchStatistics, batch_normalizations
from ablations.training.devices import Devices
from ablations.training.progress import TrialListener
from ablations.training.trainer import Trainer
from tests.support.bench import QUICK, TINY

pytestmark = pytest.mark.jax
MOVING = replace(TINY, recipe=replace(TINY.recipe, epochs=2))
RECOMPUTED = replace(MOVING, recipe=replace(MOVING.recipe, batch_statistics="recomputed"))


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits", image_size=32, fraction=0.2)


@pytest.fixture(scope="module")
def trained(data):
    """A trainer of each kind after the same trial, with its outcome."""
    return [
        (one := Trainer(study, study.baseline, data), one.train(0, TrialListener())) for study in (MOVING, RECOMPUTED)
    ]


def test_the_training_is_the_same_and_the_evaluation_is_not(trained):
    (moving, before), (recomputed, after) = trained
    for name, value in capture(moving.model).items():
        np.testing.assert_array_equal(capture(recomputed.model)[name], value, err_msg=name)
    assert [row["loss"] for row in before.history] == [row["loss"] for row in after.history]
    for moved, computed in zip(before.history, after.history, strict=True):
        assert moved["validation_loss"] != computed["validation_loss"]
    assert before.metrics["test"] != after.metrics["test"]


def test_they_are_mean_and_variance_over_all_images(trained, data):
    """Of the first layer, whose inputs do not depend on other statistics."""
    trainer, recipe = trained[1][0], RECOMPUTED.recipe
    first = next(layer for layer in trainer.model.layers if isinstance(layer, keras.layers.BatchNormalization))
    inputs = keras.Model(trainer.model.input, first.input)
    feed = training_batches(data.train, recipe.batch_size, seed=0, epoch=0, augmentation=recipe.augmentation)
    images = np.concatenate([batch for batch, _ in islice(feed, trainer.evaluations._statistics.batches)])
    assert len(images) == len(data.train) // recipe.batch_size * recipe.batch_size
    values = np.asarray(inputs.predict_on_batch(images), "float64")
    with trainer.evaluations.in_place():
        mean, variance = np.array(first.moving_mean), np.array(first.moving_variance)
    np.testing.assert_allclose(mean, values.mean(axis=(0, 1, 2)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, values.var(axis=(0, 1, 2)), rtol=1e-3, atol=1e-6)
    assert not np.allclose(mean, np.array(first.moving_mean)), "the trial's own are back"


def test_a_plan_knows_what_they_take(data):
    paces = [Trainer(study, study.baseline, data).probe() for study in (MOVING, RECOMPUTED)]
    assert paces[0].statistics == 0.0 < paces[1].statistics


def test_they_are_put_back_after_an_error_too(trained):
    trainer = trained[1][0]
    before = capture(trainer.model)
    with pytest.raises(ZeroDivisionError), trainer.evaluations.in_place():
        raise ZeroDivisionError
    assert {name: value.tobytes() for name, value in capture(trainer.model).items()} == {
        name: value.tobytes() for name, value in before.items()
    }


def test_a_trial_that_was_stopped_ends_as_one_that_was_not(trained, tmp_path):
    trainer, whole = trained[1]
    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(Stopped):
        trainer.train(0, TrialListener(), checkpoints, lambda: True)
    parts = trainer.train(0, TrialListener(), checkpoints)
    assert (parts.history, parts.metrics) == (whole.history, whole.metrics)


def test_a_network_without_batch_normalisation_has_none(data):
    plain = replace(QUICK, recipe=RECOMPUTED.recipe)
    one = Trainer(plain, plain.baseline, data)
    if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in one.model.layers):
        before = capture(one.model)
        with one.evaluations.in_place():
            assert capture(one.model).keys() == before.keys()


class Block(keras.layers.Layer):
    """A layer of a user's own, with batch normalisation inside."""

    def __init__(self):
        super().__init__(name="block")
        self.inner = keras.layers.BatchNormalization()

    def call(self, inputs, training=False):
        return self.inner(inputs, training=training)


def test_batch_normalisation_inside_a_layer_of_ones_own_counts(data):
    """Only the layers of the network itself were looked at: the inner one kept its moving averages, silently."""
    images = keras.Input((32, 32, 1))
    block = Block()
    network = keras.Model(images, keras.layers.GlobalAveragePooling2D()(block(images)))
    statistics = BatchStatistics(network, data.train, RECOMPUTED.recipe, Devices())
    with statistics.recomputed():
        mean = np.array(block.inner.moving_mean)
    assert mean != 0 and np.array(block.inner.moving_mean) == 0
    assert batch_normalizations(network) == [block.inner]
