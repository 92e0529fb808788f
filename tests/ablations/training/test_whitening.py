"""A trial whose network whitens its input: from the seed's training images, before the first step, and resumed."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from ablations.data import datasets
from ablations.data.batches import normalize, order
from ablations.records.checkpoints import Checkpoints
from ablations.records.outcomes import Stopped
from ablations.training import whitening
from ablations.training.progress import TrialListener
from ablations.training.trainer import Trainer
from inception_keras.layers.patch_whitening import PatchWhitening
from tests.support.bench import TINY

pytestmark = pytest.mark.jax
STUDY = replace(TINY, base={**TINY.base, "whitening": True}, recipe=replace(TINY.recipe, epochs=2))


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits", image_size=32, fraction=0.2)


@pytest.fixture(scope="module")
def trainer(data):
    return Trainer(STUDY, STUDY.arms[0], data)


def filters(trainer: Trainer) -> np.ndarray:
    return np.array(trainer.model.get_layer("whitening_2x2").kernel)


def test_the_filters_are_those_of_the_seeds_training_images(trainer, data, monkeypatch):
    monkeypatch.setattr(whitening, "IMAGES", 100)
    trainer._start(3, None, TrialListener())
    found = filters(trainer)
    expected = PatchWhitening(8, 2)
    expected.build((None, 32, 32, 1))
    expected.adapt(normalize(data.train.images[order(len(data.train), 3, 0)[:100]]))
    np.testing.assert_array_equal(found, np.array(expected.kernel))
    trainer._start(4, None, TrialListener())
    assert not np.array_equal(found, filters(trainer)), "another seed has other images"


def test_the_filters_stay_as_they_are_and_a_stopped_trial_ends_bit_for_bit(trainer, tmp_path):
    trainer._start(1, None, TrialListener())
    before = filters(trainer)
    whole = trainer.train(1, TrialListener())
    np.testing.assert_array_equal(filters(trainer), before)
    with pytest.raises(Stopped):
        trainer.train(1, TrialListener(), Checkpoints(tmp_path), lambda: True)
    trainer.train(2, TrialListener())
    resumed = trainer.train(1, TrialListener(), Checkpoints(tmp_path))
    assert (resumed.history, resumed.metrics) == (whole.history, whole.metrics)


def test_neither_a_trial_nor_a_timing_warns_of_random_filters(trainer, data):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*neither adapted nor loaded")
        Trainer(STUDY, STUDY.arms[0], data, only_timed=True).probe(2)
        trainer.train(1, TrialListener())
